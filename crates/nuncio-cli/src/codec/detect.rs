//! `nuncio codec detect`

use clap::Args;
use nuncio::codec::Codec;

use super::input::Place;
use crate::output::Output;
use crate::stop::Stop;

/// What comes later in a document says nothing about its format.
const LOOKED_AT_BYTES: usize = 64 * 1024;

/// Print the format of a document, told by its first bytes
///
/// Whether the rest can be decoded is not looked at. Ends with 1 when the format is not recognised.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let bytes = arguments.place.read(LOOKED_AT_BYTES)?;
    match Codec::detect(&bytes) {
        Some(codec) => Output::new().print(codec.name()),
        None => Err(arguments.place.failed("its format is not recognised")),
    }
}
