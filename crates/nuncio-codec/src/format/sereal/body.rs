//! How the body of a document is packed.
//!
//! # Source
//! Sereal specification, "VERSION-TYPE".

use std::borrow::Cow;
use std::io::Read;

use super::header::Header;
use super::varint::varint;
use crate::error::{Exceeded, Failure};
use crate::perl::{Cursor, Fault};

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Raw = 0,
    /// Snappy to the end of the input.
    Snappy = 1,
    /// Snappy, with its length in front.
    SnappyIncremental = 2,
    Zlib = 3,
    Zstd = 4,
}

impl Packing {
    pub(super) fn from_number(number: u8) -> Option<Self> {
        [Self::Raw, Self::Snappy, Self::SnappyIncremental, Self::Zlib, Self::Zstd].get(usize::from(number)).copied()
    }
}

/// Decompresses the body, which may also be raw, to at most `size_max` bytes.
#[cold]
pub(super) fn unpack(bytes: &[u8], header: &Header, size_max: usize) -> Result<Vec<u8>, Failure> {
    let mut cursor = Cursor::new(bytes, Some(bytes), 0);
    cursor.seek(header.body);
    let body = match header.packing {
        Packing::Raw => Ok(cursor.rest().to_vec()),
        Packing::Snappy => snappy(cursor.rest(), size_max),
        Packing::SnappyIncremental => snappy(packed(&mut cursor)?, size_max),
        Packing::Zlib => {
            varint(&mut cursor, "the unpacked size of a body")?;
            zlib(packed(&mut cursor)?, size_max)
        }
        Packing::Zstd => zstd(packed(&mut cursor)?, size_max),
    };
    body.map_err(|error| match error {
        Refused::Limit => Failure::Limit(Exceeded::Inflated { limit: size_max }),
        #[cfg(not(feature = "zstd"))]
        Refused::Lacks => Failure::Lacks("zstd"),
        Refused::Corrupt(reason) => Fault::new(header.body, format_args!("expected a packed body: {reason}")).into(),
    })
}

/// Why a body was not decompressed.
enum Refused {
    Corrupt(Cow<'static, str>),
    Limit,
    #[cfg(not(feature = "zstd"))]
    Lacks,
}

/// The packed bytes behind their length.
fn packed<'b>(cursor: &mut Cursor<'_, 'b>) -> Result<&'b [u8], Fault> {
    let size = usize::try_from(varint(cursor, "the packed size of a body")?).unwrap_or(usize::MAX);
    let rest = cursor.rest();
    cursor.take(size, "a packed body")?;
    Ok(&rest[..size])
}

fn snappy(packed: &[u8], size_max: usize) -> Result<Vec<u8>, Refused> {
    let corrupt = |error: snap::Error| Refused::Corrupt(error.to_string().into());
    let size = snap::raw::decompress_len(packed).map_err(corrupt)?;
    // No format packs tighter than this, so that a size that is believed is also bounded by what was sent.
    const RATIO_MAX: usize = 64;
    if size > size_max {
        return Err(Refused::Limit);
    }
    if size > packed.len().saturating_mul(RATIO_MAX) {
        return Err(Refused::Corrupt("it says a size that Snappy cannot reach".into()));
    }
    snap::raw::Decoder::new().decompress_vec(packed).map_err(corrupt)
}

fn zlib(packed: &[u8], size_max: usize) -> Result<Vec<u8>, Refused> {
    inflate(flate2::read::ZlibDecoder::new(packed), size_max)
}

#[cfg(feature = "zstd")]
fn zstd(packed: &[u8], size_max: usize) -> Result<Vec<u8>, Refused> {
    let corrupt = |error: std::io::Error| Refused::Corrupt(error.to_string().into());
    let mut decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(corrupt)?.single_frame();
    decoder.window_log_max(crate::format::zstd_window_log_max(size_max)).map_err(corrupt)?;
    inflate(decoder, size_max)
}

#[cfg(not(feature = "zstd"))]
fn zstd(_packed: &[u8], _size_max: usize) -> Result<Vec<u8>, Refused> {
    Err(Refused::Lacks)
}

/// Reads all of it, growing with what comes and not with what was announced.
fn inflate(packed: impl Read, size_max: usize) -> Result<Vec<u8>, Refused> {
    let mut body = Vec::new();
    let one_more = u64::try_from(size_max).unwrap_or(u64::MAX).saturating_add(1);
    packed.take(one_more).read_to_end(&mut body).map_err(|error| Refused::Corrupt(error.to_string().into()))?;
    match body.len() > size_max {
        true => Err(Refused::Limit),
        false => Ok(body),
    }
}
