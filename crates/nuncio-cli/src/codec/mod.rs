//! `nuncio codec`: documents on disk or in a pipe, one file for each verb.

mod convert;
mod decode;
mod detect;
mod input;

use clap::{Args, Subcommand};

use crate::stop::Stop;

/// Documents in JSON, CBOR, MessagePack, YAML and Perl's formats: tell, convert, look inside
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Convert(convert::Arguments),
    Decode(decode::Arguments),
    Detect(detect::Arguments),
}

/// Does what was asked for.
///
/// # Errors
/// Those of the verb.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    match &arguments.verb {
        Verb::Convert(arguments) => convert::run(arguments),
        Verb::Decode(arguments) => decode::run(arguments),
        Verb::Detect(arguments) => detect::run(arguments),
    }
}
