//! The header of a document.
//!
//! # Source
//! Sereal specification, "Document Header Format".

use std::ops::Range;

use crate::detect::{SEREAL_BYTES_MIN, SEREAL_MAGIC, sereal_kind};
use crate::error::Failure;
use crate::perl::{Cursor, Fault};

use super::body::Packing;
use super::varint::varint;

/// What becomes of the magic where somebody took the document for Latin-1 text.
const MAGIC_IN_UTF8: &[u8] = b"=\xc3\xb3rl";

const VERSION_MAX: u8 = 5;

/// The header of nearly all documents: of the latest version, neither packed nor with a header of the user's own.
const USUAL: &[u8] = b"=\xf3rl\x05\x00";

/// In the bits of a header's first byte: a user header follows.
pub(super) const HAS_USER_HEADER: u8 = 1;

/// What a header says.
#[derive(Debug)]
pub(super) struct Header {
    version: u8,
    pub(super) packing: Packing,
    /// Where the user header is.
    pub(super) user: Option<Range<usize>>,
    /// Where the body begins, packed as it is.
    pub(super) body: usize,
}

impl Header {
    #[inline]
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        match bytes.starts_with(USUAL) {
            true => Ok(Self { version: VERSION_MAX, packing: Packing::Raw, user: None, body: USUAL.len() }),
            false => Self::read_other(bytes),
        }
    }

    fn read_other(bytes: &[u8]) -> Result<Self, Failure> {
        let Some(kind) = sereal_kind(bytes) else { return Err(refuse_magic(bytes).into()) };
        let version = kind & 0x0f;
        if version > VERSION_MAX {
            let reason = format_args!("expected a version up to {VERSION_MAX}, found {version}");
            return Err(Fault::new(SEREAL_MAGIC.len(), reason).into());
        }
        let packing = Packing::from_number(kind >> 4).ok_or_else(|| {
            Fault::new(SEREAL_MAGIC.len(), format_args!("expected a packing from 0 to 4, found {}", kind >> 4))
        })?;
        let mut cursor = Cursor::new(bytes, Some(bytes), 0);
        cursor.seek(SEREAL_MAGIC.len() + 1);
        let size = varint(&mut cursor, "the length of the header")?;
        let start = cursor.position();
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        cursor.take(size, "a header")?;
        let body = cursor.position();
        let has_user_header = version > 1 && size > 0 && bytes[start] & HAS_USER_HEADER != 0;
        Ok(Self { version, packing, user: has_user_header.then_some(start + 1..body), body })
    }

    /// What an offset in a body has to be added to to make a place, where the body begins at `start`.
    ///
    /// Version 1 counts from the beginning of the document, also in a body that was decompressed; later ones count from
    /// the body's own, and from one.
    pub(super) fn offset_base(&self, start: usize) -> isize {
        let start = isize::try_from(start).expect("a slice has at most isize::MAX bytes");
        match self.version {
            1 if start == 0 => -isize::try_from(self.body).expect("a slice has at most isize::MAX bytes"),
            1 => 0,
            _ => start - 1,
        }
    }
}

fn refuse_magic(bytes: &[u8]) -> Fault {
    let found = match bytes {
        _ if bytes.starts_with(MAGIC_IN_UTF8) => "one that was encoded as UTF-8 by accident".to_owned(),
        _ if bytes.len() < SEREAL_BYTES_MIN => format!("{} bytes, which is too short for one", bytes.len()),
        _ => format!("\"{}\"", bytes[..SEREAL_BYTES_MIN].escape_ascii()),
    };
    Fault::new(0, format_args!("expected the header of a Sereal document, found {found}"))
}
