//! Integers of any length.

use crate::perl::{Cursor, Fault};
use crate::short::HIGH;

/// Reads an integer of seven bits in each byte, the lowest first.
#[inline]
pub(super) fn varint(cursor: &mut Cursor<'_, '_>, what: &'static str) -> Result<u64, Fault> {
    match cursor.rest() {
        [first @ ..0x80, ..] => {
            cursor.seek(cursor.position() + 1);
            Ok(u64::from(*first))
        }
        rest if let Some((value, size)) = rest.first_chunk().and_then(short_varint) => {
            cursor.seek(cursor.position() + size);
            Ok(value)
        }
        _ => long_varint(cursor, what),
    }
}

/// The integer at the beginning of `bytes` and its size, if it ends in them.
#[inline]
fn short_varint(bytes: &[u8; 8]) -> Option<(u64, usize)> {
    let word = u64::from_le_bytes(*bytes);
    let size = (!word & HIGH).trailing_zeros() as usize / 8 + 1;
    if size > bytes.len() {
        return None;
    }
    // Groups of 7 bits in bytes, of 14 in pairs of them, of 28 in fours.
    let groups = word & !HIGH & u64::MAX >> (u64::BITS as usize - 8 * size);
    let groups = groups & 0x007f_007f_007f_007f | (groups & 0x7f00_7f00_7f00_7f00) >> 1;
    let groups = groups & 0x0000_3fff_0000_3fff | (groups & 0x3fff_0000_3fff_0000) >> 2;
    Some((groups & 0x0fff_ffff | (groups & 0x0fff_ffff_0000_0000) >> 4, size))
}

/// As [`varint`] does, byte by byte: what is long, or near the end.
fn long_varint(cursor: &mut Cursor<'_, '_>, what: &'static str) -> Result<u64, Fault> {
    let start = cursor.position();
    let mut value = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let byte = cursor.byte(what)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Fault::new(start, format_args!("expected {what} of 64 bits, found a longer one")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_length_are_read_wherever_they_end() {
        let edges = (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        for value in edges.chain([u64::MAX, 0x0123_4567_89ab_cdef]) {
            let mut bytes = Vec::new();
            super::super::room::Room::new(&mut bytes).push_varint(value);
            let size = bytes.len();
            for behind in 0..10 {
                bytes.resize(size + behind, 0xff);
                let mut cursor = Cursor::new(&bytes, None, 0);
                assert_eq!(varint(&mut cursor, "an integer").unwrap(), value, "{behind} bytes behind it");
                assert_eq!(cursor.position(), size);
            }
            bytes.truncate(size - 1);
            assert!(varint(&mut Cursor::new(&bytes, None, 0), "an integer").is_err(), "{value} without its end");
        }
        assert!(varint(&mut Cursor::new(&[0x80; 12], None, 0), "an integer").is_err());
    }
}
