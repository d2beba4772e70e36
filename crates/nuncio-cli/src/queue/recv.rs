//! `nuncio queue recv`

use clap::Args;
use nuncio::core::QueueName;

use super::receive::{Amount, Form, receive};
use super::{Accepts, Patience, Place};
use crate::stop::Stop;

/// Receive messages, and print each as one line of JSON
///
/// A message that was taken and could not be written is kept, and the next reader gets it first. One that cannot be read or opened,
/// or is refused, is reported, and it is kept in a dot-named file in the registry.
///
/// Sealed messages are opened with the keyring. The member encrypt_source of their metadata is the host whose trusted key opened
/// them, whatever they say themselves; of all other messages it is "default".
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Queue to receive from; made if there is none, so that a reader can be first
    name: QueueName,
    /// Receive so many messages
    #[arg(long, value_name = "NUMBER", default_value_t = 1, hide_default_value = true)]
    count: u64,
    /// Receive until SIGINT or SIGTERM comes; go on after a message that cannot be read
    #[arg(long, conflicts_with = "count")]
    follow: bool,
    #[command(flatten)]
    patience: Patience,
    /// Leave out the metadata
    #[arg(long)]
    bare: bool,
    /// Print header and payload as they were sent, beside the message
    #[arg(long)]
    raw: bool,
    /// Print on several lines, keys sorted
    #[arg(long)]
    pretty: bool,
    /// Read messages in Data::Dumper's text too: their literals, nothing is evaluated
    #[arg(long)]
    accept_dumper: bool,
    #[command(flatten)]
    accepts: Accepts,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Stop> {
    let place = place.accept_dumper(arguments.accept_dumper);
    let queue = place.queue_to_read(&arguments.name, &arguments.accepts, arguments.patience.no_wait)?;
    let amount = if arguments.follow { Amount::Endless } else { Amount::Count(arguments.count) };
    let form = Form { bare: arguments.bare, raw: arguments.raw, pretty: arguments.pretty, unreadable: None };
    receive(&queue, amount, arguments.patience, form)
}
