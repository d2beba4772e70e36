//! Writing many small pieces.

use std::ops::Range;

use super::tag;
use crate::short::{HIGH, tail};

/// The end of a vector, with zeros behind it that are written over.
///
/// To append to a vector is a call, which costs more than to copy the few bytes that most pieces have. Here there is
/// room before it is needed, and a short piece is two stores of fixed size.
#[derive(Debug)]
pub(super) struct Room<'a> {
    bytes: Vec<u8>,
    /// How many bytes have been written.
    len: usize,
    /// Where the bytes came from, and go to.
    whole: &'a mut Vec<u8>,
}

/// The zeros are not part of what was written.
impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.bytes.truncate(self.len);
        *self.whole = std::mem::take(&mut self.bytes);
    }
}

impl<'a> Room<'a> {
    pub(super) fn new(whole: &'a mut Vec<u8>) -> Self {
        Self { len: whole.len(), bytes: std::mem::take(whole), whole }
    }

    /// How many bytes there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// What was written.
    pub(super) fn written(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.len]
    }

    /// The next `N` bytes, to be written over.
    #[inline(always)]
    fn next<const N: usize>(&mut self) -> &mut [u8; N] {
        if self.bytes.len() - self.len < N {
            self.make(N);
        }
        self.bytes[self.len..].first_chunk_mut().expect("there is room")
    }

    /// Makes room for `size` bytes, and for some more.
    #[cold]
    fn make(&mut self, size: usize) {
        let more = self.len.clamp(STEP_BYTES_MIN, STEP_BYTES_MAX).max(size);
        self.bytes.resize(self.len + more, 0);
    }

    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        *self.next() = [byte];
        self.len += 1;
    }

    #[inline]
    pub(super) fn push_array<const N: usize>(&mut self, bytes: [u8; N]) {
        *self.next() = bytes;
        self.len += N;
    }

    #[inline]
    pub(super) fn push_slice(&mut self, bytes: &[u8]) {
        if self.bytes.len() - self.len < bytes.len() {
            self.make(bytes.len());
        }
        let end = self.len + bytes.len();
        self.bytes[self.len..end].copy_from_slice(bytes);
        self.len = end;
    }

    /// Appends an integer of seven bits in each byte, the lowest first.
    #[inline]
    pub(super) fn push_varint(&mut self, value: u64) {
        self.len += put_varint(value, self.next());
    }

    /// Appends an integer behind a tag.
    #[inline]
    pub(super) fn push_tagged(&mut self, tag: u8, value: u64) {
        let [head, room @ ..] = self.next::<{ 1 + VARINT_BYTES_MAX }>();
        *head = tag;
        self.len += 1 + put_varint(value, room);
    }

    /// Appends the head of a reference to a container.
    #[inline(always)]
    pub(super) fn push_head(&mut self, count: usize, short: u8, long: u8) {
        match count <= tag::SHORT_COUNT_MAX {
            true => self.push(short | count as u8),
            false => self.push_long_head(count, long),
        }
    }

    #[inline(never)]
    fn push_long_head(&mut self, count: usize, long: u8) {
        self.push(tag::REFN);
        self.push_tagged(long, count as u64);
    }

    /// Puts other bytes in place of some that were written.
    pub(super) fn replace(&mut self, range: Range<usize>, bytes: Vec<u8>) {
        self.bytes.truncate(self.len);
        self.bytes.splice(range, bytes);
        self.len = self.bytes.len();
    }

    /// Appends `first` and then `bytes`, if these are short and ASCII. Otherwise says that they are not.
    #[inline(always)]
    pub(super) fn push_ascii(&mut self, first: u8, bytes: &[u8]) -> bool {
        match bytes.len() {
            0..8 => {
                let tail = tail(bytes);
                if tail & HIGH != 0 {
                    return false;
                }
                let [tag, room @ ..] = self.next::<9>();
                *tag = first;
                *room = tail.to_le_bytes();
            }
            8..16 if self.put_ends::<8>(first, bytes, |half| u64::from_ne_bytes(*half).into()) => {}
            16..=SHORT_BYTES_MAX if self.put_ends::<16>(first, bytes, |half| u128::from_ne_bytes(*half)) => {}
            _ => return false,
        }
        self.len += 1 + bytes.len();
        true
    }

    /// As [`push_ascii`](Self::push_ascii) does, writes from `N` to twice `N` bytes: the first ones, and over their end
    /// the last ones.
    #[inline(always)]
    fn put_ends<const N: usize>(&mut self, first: u8, bytes: &[u8], number: impl Fn(&[u8; N]) -> u128) -> bool {
        let (Some(head), Some(tail)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) else { return false };
        if (number(head) | number(tail)) & HIGH_OF_HALF != 0 {
            return false;
        }
        let [tag, room @ ..] = self.next::<SHORT_ROOM>();
        *tag = first;
        room[..N].copy_from_slice(head);
        room[bytes.len() - N..bytes.len()].copy_from_slice(tail);
        true
    }

    /// Appends strings, each behind `tag` and its length, if all are short and ASCII. Otherwise appends none.
    ///
    /// Whether they are ASCII is looked at once, when all are copied.
    #[inline]
    pub(super) fn push_all_ascii<'s>(
        &mut self,
        tag: u8,
        strings: impl ExactSizeIterator<Item = Option<&'s [u8]>>,
    ) -> bool {
        let size = strings.len() * SHORT_ROOM;
        if self.bytes.len() - self.len < size {
            self.make(size);
        }
        let room = &mut self.bytes[self.len..];
        let (mut end, mut bits) = (0, 0);
        for bytes in strings {
            let Some(bytes) = bytes.filter(|bytes| bytes.len() <= SHORT_BYTES_MAX) else { return false };
            let Some([head, room @ ..]) = room[end..].first_chunk_mut::<SHORT_ROOM>() else { return false };
            *head = tag | bytes.len() as u8;
            bits |= copy_short(bytes, room);
            end += 1 + bytes.len();
        }
        let are_ascii = bits & HIGH_OF_HALF == 0;
        if are_ascii {
            self.len += end;
        }
        are_ascii
    }
}

/// Writes an integer of seven bits in each byte, the lowest first, and answers how many bytes that takes.
#[inline(always)]
fn put_varint(mut value: u64, room: &mut [u8; VARINT_BYTES_MAX]) -> usize {
    let mut len = 0;
    while let Some(byte) = room.get_mut(len) {
        len += 1;
        *byte = value as u8;
        value >>= 7;
        if value == 0 {
            break;
        }
        *byte |= 0x80;
    }
    len
}

/// Copies a short string, and answers which bits are in it.
#[inline(always)]
fn copy_short(bytes: &[u8], room: &mut [u8; SHORT_BYTES_MAX]) -> u128 {
    if let (Some(head), Some(tail)) = (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
        room[..16].copy_from_slice(head);
        room[bytes.len() - 16..bytes.len()].copy_from_slice(tail);
        u128::from_ne_bytes(*head) | u128::from_ne_bytes(*tail)
    } else if let (Some(head), Some(tail)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        room[..8].copy_from_slice(head);
        room[bytes.len() - 8..bytes.len()].copy_from_slice(tail);
        (u64::from_ne_bytes(*head) | u64::from_ne_bytes(*tail)).into()
    } else {
        let tail = tail(bytes);
        room[..8].copy_from_slice(&tail.to_le_bytes());
        tail.into()
    }
}

/// As [`HIGH`], of twice as many.
const HIGH_OF_HALF: u128 = (HIGH as u128) << 64 | HIGH as u128;

/// What is short, in bytes.
const SHORT_BYTES_MAX: usize = 31;
/// Room for a tag and what is short.
const SHORT_ROOM: usize = 1 + SHORT_BYTES_MAX;

/// What the longest integer takes, in bytes.
const VARINT_BYTES_MAX: usize = 10;

/// How much room is made at first, in bytes.
const STEP_BYTES_MIN: usize = 128;
/// How much is made at most before it is needed: zeros that are still in the nearest cache when they are written over.
const STEP_BYTES_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_copied_whole() {
        for length in 0..=40 {
            let bytes: Vec<u8> = (1..).take(length).collect();
            let mut out = vec![7];
            let is_pushed = Room::new(&mut out).push_ascii(9, &bytes);
            assert_eq!(is_pushed, length <= SHORT_BYTES_MAX);
            if is_pushed {
                assert_eq!(out, [&[7, 9], &bytes[..]].concat());
            }
            for at in 0..length {
                let mut other = bytes.clone();
                other[at] = 0x80;
                let mut out = vec![7];
                assert!(!Room::new(&mut out).push_ascii(9, &other), "{length}, {at}");
                assert_eq!(out, [7]);
            }
        }
    }

    #[test]
    fn integers_have_seven_bits_in_each_byte() {
        let powers = (0..64).map(|bit| 1_u64 << bit);
        for value in powers.flat_map(|power| [power - 1, power, power + 1, power | power >> 3]).chain([u64::MAX]) {
            let (mut expected, mut rest) = (vec![7], value);
            while rest >= 0x80 {
                expected.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            expected.push(rest as u8);
            let mut out = vec![7];
            Room::new(&mut out).push_varint(value);
            assert_eq!(out, expected, "{value:#x}");
        }
    }

    #[test]
    fn what_is_written_follows_what_was_there() {
        let (mut out, mut expected) = (b"before".to_vec(), b"before".to_vec());
        let mut room = Room::new(&mut out);
        for size in 0..300_usize {
            let piece = vec![size as u8; size];
            room.push(1);
            room.push_slice(&piece);
            expected.push(1);
            expected.extend_from_slice(&piece);
            assert_eq!(room.written(), expected);
        }
        drop(room);
        assert_eq!(out, expected);
    }
}
