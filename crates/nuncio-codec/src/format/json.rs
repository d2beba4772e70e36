//! JSON: written by this crate, read through `serde_json`, the library that everybody uses and reads, and whose parser
//! needs no stack for what it skips.
//!
//! The writer is our own because most of what a message costs before it is sent is its strings, and a writer that looks
//! at eight bytes at a time takes half as long as one that looks at each. What it writes is, byte for byte, what
//! `serde_json` writes; only NaN, infinity and integers of more than 64 bits are refused instead.
//!
//! # Source
//! RFC 8259; transit.md 4.1 for what IPC::Transit's peers write.

mod text;
mod write;

use serde::Serialize;
use serde::de::DeserializeSeed;

use self::write::Writer;
use crate::DecodeLimits;
use crate::error::Failure;

#[inline]
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Failure> {
    value.serialize(Writer::document(out))?;
    Ok(())
}

#[inline]
pub(crate) fn decode<'de, S: DeserializeSeed<'de>>(
    bytes: &'de [u8],
    _limits: &DecodeLimits,
    seed: S,
) -> Result<S::Value, Failure> {
    // Looking at all bytes once costs less than looking at each string, and covers what is skipped too.
    let mut deserializer = serde_json::Deserializer::from_str(std::str::from_utf8(bytes)?);
    // The seed counts levels; the library's own count would stop at 128.
    deserializer.disable_recursion_limit();
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}
