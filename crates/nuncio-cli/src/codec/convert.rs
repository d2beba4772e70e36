//! `nuncio codec convert`

use clap::{Args, ValueEnum};
use nuncio::codec::Codec;
use nuncio::codec::perl::{self, Decoder};

use super::input::Source;
use crate::formats;
use crate::output::Output;
use crate::stop::Stop;

/// Convert a document from one format to another
///
/// Objects keep their class from one of Perl's formats to another and are plain data everywhere else. Byte strings that
/// the new format lacks become the characters 0 to 255.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Format to write
    #[arg(long, value_name = "FORMAT", value_parser = formats::codec())]
    to: Codec,
    /// What strings without Perl's character flag are; only for sereal, storable and dumper
    #[arg(long, value_name = "ENCODING", value_enum, default_value_t = Strings::Latin1)]
    strings: Strings,
    /// Read regular expressions and functions as their text instead of refusing them; only for Perl's formats
    #[arg(long)]
    code_as_text: bool,
}

/// What a string without the character flag is.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Strings {
    /// Bytes, and characters 0 to 255 where the new format knows only text
    Latin1,
    /// Text, where it is valid UTF-8
    Utf8,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let mut output = Output::new();
    if output.is_terminal() && is_binary(arguments.to) {
        let reason = format_args!("{} is not text: send it to a file or a pipe, not to a terminal", arguments.to);
        return Err(Stop::failed(reason));
    }
    let document = arguments.source.read()?;
    let strings = match arguments.strings {
        Strings::Latin1 => perl::Strings::Latin1,
        Strings::Utf8 => perl::Strings::Utf8,
    };
    let decoder = Decoder::new(document.codec).strings(strings).code_as_text(arguments.code_as_text);
    let value = decoder.decode_value(&document.bytes).map_err(|error| document.refused(&error))?;
    let mut converted = Vec::new();
    arguments.to.encode_value(&value, &mut converted).map_err(|error| document.refused(&error))?;
    match arguments.to {
        Codec::Json => output.print(&formats::json_text(converted)),
        _ => output.print_document(&converted),
    }
}

const fn is_binary(codec: Codec) -> bool {
    !matches!(codec, Codec::Dumper | Codec::Json | Codec::Yaml)
}
