//! The header of an image.
//!
//! # Source
//! `Storable.xs`, `magic_write` and `magic_check`.

use crate::perl::{Cursor, Fault};

/// How files begin, which are images otherwise.
pub(super) const FILE_MAGIC: &[u8] = b"pst0";
/// How files began before there were versions.
const OLD_FILE_MAGIC: &[u8] = b"perl-store";

const MAJOR: u8 = 2;
/// The minor version that is written: that of Perl 5.20 and later.
const MINOR: u8 = 11;
/// The first minor version that says the size of a float.
const MINOR_WITH_FLOAT_SIZE: u8 = 2;

/// In the first byte, below the major version: the image is in network order.
const IS_NETWORK: u8 = 1;

/// How a 64-bit little-endian machine introduces itself: the order of the bytes, and the sizes of an `int`, a `long`, a
/// pointer and a float.
const BYTE_ORDER: &[u8] = b"12345678";
const SIZES: &[(u8, &str)] = &[(4, "an int"), (8, "a long"), (8, "a pointer"), (8, "a float")];

/// The header of a usual machine's images, of nearly all that are met.
const USUAL: &[u8] = b"\x04\x0b\x0812345678\x04\x08\x08\x08";

/// The order of the bytes in lengths and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// That of this format's usual machine, little-endian.
    Native,
    /// Big-endian.
    Network,
}

impl Order {
    /// The length or the count that is written so.
    #[inline]
    pub(super) fn number(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Native => u32::from_le_bytes(bytes),
            Self::Network => u32::from_be_bytes(bytes),
        }
    }
}

/// What a header says.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) order: Order,
    pub(super) minor: u8,
    /// Where the root is.
    pub(super) body: usize,
}

impl Header {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.starts_with(USUAL) {
            return Ok(Self { order: Order::Native, minor: MINOR, body: USUAL.len() });
        }
        let mut cursor = Cursor::new(bytes, Some(bytes), 0);
        if bytes.starts_with(OLD_FILE_MAGIC) {
            return Err(cursor.expected("a Storable image", "a file from before there were versions of the format"));
        }
        if bytes.starts_with(FILE_MAGIC) {
            cursor.seek(FILE_MAGIC.len());
        }
        let start = cursor.position();
        let first = cursor.byte("the version of a Storable image")?;
        if first >> 1 != MAJOR {
            let found = format_args!("expected a Storable image of major version {MAJOR}, found {}", first >> 1);
            return Err(Fault::new(start, found));
        }
        let minor = cursor.byte("the minor version of a Storable image")?;
        let order = if first & IS_NETWORK == 0 { Order::Native } else { Order::Network };
        if order == Order::Native {
            check_machine(&mut cursor, minor)?;
        }
        Ok(Self { order, minor, body: cursor.position() })
    }

    /// Appends the header of an image in this order.
    pub(super) fn write(order: Order, out: &mut Vec<u8>) {
        match order {
            Order::Network => out.extend_from_slice(&[MAJOR << 1 | IS_NETWORK, MINOR]),
            Order::Native => out.extend_from_slice(USUAL),
        }
    }
}

/// Reads what the machine was that wrote an image in its own order.
fn check_machine(cursor: &mut Cursor<'_, '_>, minor: u8) -> Result<(), Fault> {
    let start = cursor.position();
    let size = cursor.byte("the length of a byte order")?;
    let order = cursor.take(usize::from(size), "a byte order")?;
    if *order != *BYTE_ORDER {
        let [expected, found] = [BYTE_ORDER, &order].map(<[u8]>::escape_ascii);
        return Err(Fault::new(start, format_args!("expected the byte order \"{expected}\", found \"{found}\"")));
    }
    let says_float_size = minor >= MINOR_WITH_FLOAT_SIZE;
    let sizes = if says_float_size { SIZES } else { &SIZES[..SIZES.len() - 1] };
    for (expected, what) in sizes {
        let at = cursor.position();
        let found = cursor.byte("the size of a type")?;
        if found != *expected {
            return Err(Fault::new(at, format_args!("expected {what} of {expected} bytes, found one of {found}")));
        }
    }
    Ok(())
}
