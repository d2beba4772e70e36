//! JSON in a Zstandard frame, through `zstd`: the binding to the reference implementation, the only library that also
//! compresses well.
//!
//! The frame is decompressed while it is read, so that nothing is allocated on the word of its header but the window,
//! which is not larger than the limit on the whole. More than one frame, or bytes after it, are an error.
//!
//! # Source
//! RFC 8878; IPC::Manager's serializer of this name.

use std::io::{self, BufReader, Read};

use serde::Serialize;
use serde::de::DeserializeSeed;
use zstd::stream::read::Decoder;

use super::{json, zstd_window_log_max};
use crate::DecodeLimits;
use crate::error::{Exceeded, Failure};

/// The library's default: level 3 is where more time stops paying for small texts.
const LEVEL: i32 = 3;

pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Failure> {
    let mut text = Vec::new();
    json::encode(value, &mut text)?;
    out.extend_from_slice(&zstd::bulk::compress(&text, LEVEL)?);
    Ok(())
}

pub(crate) fn decode<'de, S: DeserializeSeed<'de>>(
    bytes: &'de [u8],
    limits: &DecodeLimits,
    seed: S,
) -> Result<S::Value, Failure> {
    let mut decoder = Decoder::with_buffer(bytes)?.single_frame();
    decoder.window_log_max(zstd_window_log_max(limits.total_bytes))?;
    let mut text = BufReader::new(Inflated { decoder: &mut decoder, left: limits.total_bytes, exceeded: false });
    let value = read(&mut text, seed);
    if text.get_ref().exceeded {
        return Err(Failure::Limit(Exceeded::Inflated { limit: limits.total_bytes }));
    }
    let value = value?;
    match decoder.finish() {
        [] => Ok(value),
        rest => Err(Failure::Cause(format!("{} bytes after the compressed document", rest.len()).into())),
    }
}

fn read<'de, S: DeserializeSeed<'de>>(text: impl Read, seed: S) -> Result<S::Value, Failure> {
    let mut deserializer = serde_json::Deserializer::from_reader(text);
    deserializer.disable_recursion_limit();
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// The decompressed bytes, of which there may be only so many.
struct Inflated<R> {
    decoder: R,
    left: usize,
    exceeded: bool,
}

impl<R: Read> Read for Inflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.decoder.read(buffer)?;
        match self.left.checked_sub(size) {
            Some(left) => {
                self.left = left;
                Ok(size)
            }
            None => {
                self.exceeded = true;
                Err(io::Error::other("the decompressed document is too large"))
            }
        }
    }
}
