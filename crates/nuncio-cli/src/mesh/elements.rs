//! The elements of messages, as JSON.

use nuncio::codec::{Codec, DecodeLimits, Value};
use serde::Serialize;

use crate::stop::Stop;

/// An element as an argument.
pub(super) fn parse(text: &str) -> Result<Element, String> {
    let read = Codec::Json.decode::<Value>(text.as_bytes(), &DecodeLimits::default());
    read.map(Element).map_err(|_| format!("{text:?} is not JSON; text has quotes: '\"{text}\"'"))
}

/// An element of a message.
#[derive(Clone, Debug)]
pub(super) struct Element(Value);

/// The elements of a message.
pub(super) fn values(elements: &[Element]) -> Vec<Value> {
    elements.iter().map(|element| element.0.clone()).collect()
}

/// What is to be printed, as one line of JSON in which bytes are the characters 0 to 255, as Perl has it.
pub(super) fn line(content: &impl Serialize) -> Result<String, Stop> {
    let mut line = Vec::new();
    Codec::Json.encode(content, &mut line).map_err(|error| Stop::from(nuncio::Error::from(error)))?;
    Ok(String::from_utf8(line).expect("JSON is written as UTF-8"))
}
