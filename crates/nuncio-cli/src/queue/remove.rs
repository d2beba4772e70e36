//! `nuncio queue remove`

use clap::Args;
use nuncio::core::QueueName;

use super::Place;
use crate::stop::Stop;

/// Remove a queue with all that is in it; whoever waits there is told
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The queue
    name: QueueName,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Stop> {
    Ok(place.open_for(&arguments.name)?.remove(arguments.name.as_str())?)
}
