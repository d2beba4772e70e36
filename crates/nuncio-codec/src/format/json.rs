//! JSON text: [`from_str`] for what needs no limits but those of the stack, and [`Scanner`] for what is not to be read at all.
//! Everything else is [`Codec::Json`](crate::Codec::Json).
//!
//! Writer and reader are our own because most of what a message costs before it is sent and after it has come is its
//! strings: they look at many bytes at a time for what ends one or needs an escape. What is written is, byte for byte, what
//! `serde_json` writes, and what is read is what `serde_json` reads; only NaN, infinity and integers of more than 64 bits are
//! refused instead of written.
//!
//! # Source
//! RFC 8259; transit.md 4.1 for what IPC::Transit's peers write.

mod key;
mod read;
mod scan;
mod text;
mod unescape;
mod write;

use std::marker::PhantomData;
use std::str::Utf8Error;

use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};

pub use self::read::ReadError;
pub use self::scan::{Broken, Scanner};
use self::text::Alphabet;
use self::write::Writer;
use crate::error::Failure;
use crate::{Codec, DecodeLimits, Error};

/// So deep are arrays and objects in each other at most for [`from_str`].
const LEVELS_MAX: usize = 128;

/// Reads all of `text` as a `T`, which may borrow from it; up to 128 levels of arrays and objects in each other.
///
/// # Errors
/// It is no JSON, deeper, or no `T`.
#[inline]
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, ReadError> {
    read::read(text, LEVELS_MAX, PhantomData)
}

#[inline]
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Failure> {
    value.serialize(Writer::document(out, Alphabet::Any))?;
    Ok(())
}

/// Appends `value` to `out` as [`Codec::Json`](crate::Codec::Json) does, in ASCII: what is not of that becomes UTF-16 escapes with
/// digits in lower case, as Perl's JSON modules write it with their option `ascii`.
///
/// # Errors
/// As [`Codec::encode`](crate::Codec::encode); `out` then has its former length.
///
/// ```
/// let mut out = Vec::new();
/// nuncio_codec::json::encode_ascii("gr\u{fc}n", &mut out)?;
/// assert_eq!(out, br#""gr\u00fcn""#);
/// # Ok::<(), nuncio_codec::Error>(())
/// ```
#[inline]
pub fn encode_ascii<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Error> {
    let start = out.len();
    value.serialize(Writer::document(out, Alphabet::Ascii)).map_err(|refusal| {
        out.truncate(start);
        Error::encode(Codec::Json, refusal.into())
    })
}

/// How many bytes in front of `text` can stand in a string of ASCII as they are. What follows, if anything does, is a quote, a
/// backslash, a control character or beyond ASCII.
///
/// ```
/// assert_eq!(nuncio_codec::json::plain_bytes(br#"name","#), 4);
/// ```
#[inline(always)]
#[must_use]
pub fn plain_bytes(text: &[u8]) -> usize {
    text::next_special_in_words(text, Alphabet::Ascii).unwrap_or(text.len())
}

#[inline]
pub(crate) fn decode<'de, S: DeserializeSeed<'de>>(
    bytes: &'de [u8],
    _limits: &DecodeLimits,
    seed: S,
) -> Result<S::Value, Failure> {
    // Looking at all bytes once costs less than looking at each string, and covers what is skipped too.
    // The seed counts levels.
    Ok(read::read(checked(bytes)?, usize::MAX, seed)?)
}

/// From this length on it pays to look how much the processor can check at a time, in bytes.
const LONG_BYTES: usize = 512;

#[inline]
fn checked(bytes: &[u8]) -> Result<&str, Utf8Error> {
    if bytes.len() < LONG_BYTES {
        return std::str::from_utf8(bytes);
    }
    // The quick check does not say where it failed.
    simdutf8::basic::from_utf8(bytes).or_else(|_| std::str::from_utf8(bytes))
}
