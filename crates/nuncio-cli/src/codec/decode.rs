//! `nuncio codec decode`

use clap::Args;
use nuncio::codec::Codec;
use nuncio::codec::perl::Decoder;

use super::input::Source;
use crate::formats;
use crate::output::Output;
use crate::stop::Stop;

/// Show what is in a document of Perl's: what is an object, what is bytes and what text, what is the same thing twice
///
/// Plain JSON is what `nuncio codec convert --to json` prints.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Print each value as an object that says what it is, as one line of JSON; the only view there is
    #[arg(long, required = true)]
    typed: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let document = arguments.source.read()?;
    let mut text = Vec::new();
    Decoder::new(document.codec)
        .decode_typed(&document.bytes)
        .and_then(|typed| Codec::Json.encode(&typed, &mut text))
        .map_err(|error| document.refused(&error))?;
    Output::new().print(&formats::json_text(text))
}
