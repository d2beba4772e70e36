//! Formats as arguments, and what a user is told of them.

use std::error::Error as _;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use nuncio::codec::{Codec, Error};

/// The word for a format that is to be told by the bytes.
pub(crate) const AUTO: &str = "auto";

/// The format of a document that is there, as its owner says it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said {
    /// Told by the bytes.
    Auto,
    Named(Codec),
}

/// Reads the name of a format.
pub(crate) fn codec() -> impl TypedValueParser<Value = Codec> {
    PossibleValuesParser::new(names()).try_map(|name| name.parse::<Codec>())
}

/// Reads the name of a format, or [`AUTO`].
pub(crate) fn said() -> impl TypedValueParser<Value = Said> {
    PossibleValuesParser::new(std::iter::once(AUTO).chain(names())).try_map(|name| match name.as_str() {
        AUTO => Ok(Said::Auto),
        name => name.parse().map(Said::Named),
    })
}

fn names() -> impl Iterator<Item = &'static str> {
    Codec::ALL.iter().map(|codec| codec.name())
}

/// What `error` says, with what the format's own reader said.
pub(crate) fn reason(error: &Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// JSON that was written just now, as text.
pub(crate) fn json_text(json: Vec<u8>) -> String {
    String::from_utf8(json).expect("JSON is written as UTF-8")
}
