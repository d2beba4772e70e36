//! `nuncio bus clean`

use clap::Args;

use crate::output::Output;
use crate::stop::Stop;

/// Remove the buses among the temporary files whose owners were killed, and print where they were
#[derive(Args, Debug)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments) -> Result<(), Stop> {
    let mut output = Output::new();
    nuncio::bus::clean()?.iter().try_for_each(|bus| output.print(&bus.to_string_lossy()))
}
