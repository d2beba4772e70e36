//! Text as a JSON string: what needs an escape is looked for a word at a time, what lies between is copied whole.
//!
//! What is marked `inline(always)` is what a name passes through that the compiler knows, as the names of fields are: it
//! then searches by itself, and of the copy a few moves are left. Left to judge, it takes the search for too large.
//!
//! # Source
//! RFC 8259, 7. The search is that for a zero byte in Henry S. Warren, Hacker's Delight, 6-1.

use std::fmt;

/// Appends `text` as a string, quotes included.
pub(super) fn append(text: &str, out: &mut Vec<u8>) {
    append_inline(text, out);
}

/// As [`append`], but inlined.
#[inline(always)]
pub(super) fn append_inline(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    append_escaped(text, out);
    out.push(b'"');
}

/// Text that comes in pieces, between quotes that somebody else writes.
pub(super) struct Pieces<'a>(pub(super) &'a mut Vec<u8>);

impl fmt::Write for Pieces<'_> {
    #[inline]
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        append_escaped(piece, self.0);
        Ok(())
    }
}

#[inline(always)]
fn append_escaped(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    match next_special(bytes) {
        None => out.extend_from_slice(bytes),
        Some(index) => append_from_special(bytes, index, out),
    }
}

/// Appends `bytes`, of which the one at `index` is the first that needs an escape.
#[inline(never)]
fn append_from_special(bytes: &[u8], index: usize, out: &mut Vec<u8>) {
    let (mut rest, mut next) = (bytes, Some(index));
    while let Some(index) = next {
        out.extend_from_slice(&rest[..index]);
        append_escape(rest[index], out);
        rest = &rest[index + 1..];
        next = next_special_after_another(rest);
    }
    out.extend_from_slice(rest);
}

fn append_escape(byte: u8, out: &mut Vec<u8>) {
    const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";
    let letter = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        _ => {
            let [high, low] = [byte >> 4, byte & 15].map(|digit| HEX_DIGITS[usize::from(digit)]);
            return out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// Where the first byte stands that needs an escape.
#[inline(always)]
fn next_special(bytes: &[u8]) -> Option<usize> {
    let plain = if bytes.len() < BLOCK_BYTES { 0 } else { plain_blocks_bytes(bytes) };
    next_special_in_words(&bytes[plain..]).map(|offset| plain + offset)
}

/// As [`next_special`], where one has just been found: another is often near, and a block is too much to look at for it.
#[inline(always)]
fn next_special_after_another(bytes: &[u8]) -> Option<usize> {
    const NEAR_BYTES: usize = 16;
    let Some((near, far)) = bytes.split_first_chunk::<NEAR_BYTES>() else { return next_special_in_words(bytes) };
    next_special_in_words(near).or_else(|| next_special(far).map(|offset| NEAR_BYTES + offset))
}

/// What is looked at as one in longer text.
const BLOCK_BYTES: usize = 128;

/// How many bytes the blocks in front have in which nothing needs an escape.
///
/// The smallest of what is 0 for such a byte alone takes the compiler a few vector instructions.
#[inline(never)]
fn plain_blocks_bytes(bytes: &[u8]) -> usize {
    let none_for = |byte: &u8| (byte ^ 0x02).saturating_sub(0x20).min(byte ^ b'\\');
    let (blocks, _) = bytes.as_chunks::<BLOCK_BYTES>();
    let plain = blocks.iter().take_while(|block| block.iter().map(none_for).fold(u8::MAX, u8::min) > 0);
    BLOCK_BYTES * plain.count()
}

#[inline(always)]
fn next_special_in_words(bytes: &[u8]) -> Option<usize> {
    let Some(last) = bytes.last_chunk() else { return next_special_in_less_than_a_word(bytes) };
    let (words, _) = bytes.as_chunks();
    for (index, word) in words.iter().enumerate() {
        if let Some(offset) = next_special_in_word(u64::from_le_bytes(*word)) {
            return Some(8 * index + offset);
        }
    }
    // The last word overlaps those before it, in which there is nothing to find any more.
    next_special_in_word(u64::from_le_bytes(*last)).map(|offset| bytes.len() - 8 + offset)
}

#[inline(always)]
fn next_special_in_less_than_a_word(bytes: &[u8]) -> Option<usize> {
    let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) else {
        return bytes.iter().position(|byte| is_special(*byte));
    };
    let word = u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
    // The two halves of the word overlap, as above.
    next_special_in_word(word).map(|offset| if offset < 4 { offset } else { bytes.len() + offset - 8 })
}

/// Quotes, backslashes and control characters. Flipping bit 1 puts the quote right behind the control characters.
#[inline(always)]
const fn is_special(byte: u8) -> bool {
    byte ^ 0x02 <= 0x20 || byte == b'\\'
}

/// As [`is_special`], for eight bytes at once, of which the first is the lowest.
///
/// A subtraction sets the top bit of each byte that was smaller, and of each byte of 0x80 and above, which are left out
/// afterwards. Its borrow can disturb only the bytes behind the first one that is found.
#[inline(always)]
fn next_special_in_word(word: u64) -> Option<usize> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let quote_or_control = (word ^ (0x02 * EACH)).wrapping_sub(0x21 * EACH);
    let backslash = (word ^ (u64::from(b'\\') * EACH)).wrapping_sub(EACH);
    let found = (quote_or_control | backslash) & !word & (0x80 * EACH);
    (found != 0).then(|| found.trailing_zeros() as usize / 8)
}
