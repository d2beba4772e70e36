//! Text as a JSON string: what needs an escape is looked for by vectors, in long text by the widest that the processor has, and by
//! words in what is shorter or has something to find; what lies between is copied whole.
//!
//! What is marked `inline(always)` is what a name passes through that the compiler knows, as the names of fields are: it
//! then searches by itself, and of the copy a few moves are left. Left to judge, it takes the search for too large.
//!
//! # Source
//! RFC 8259, 7. The search is that for a zero byte in Henry S. Warren, Hacker's Delight, 6-1.

use std::fmt;

use fearless_simd::{Level, dispatch};

/// Which characters a string may have as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// All that JSON lets stand.
    Any,
    /// Those of ASCII; others become UTF-16 escapes.
    Ascii,
}

/// Appends `text` as a string, quotes included.
pub(super) fn append(text: &str, out: &mut Vec<u8>, alphabet: Alphabet) {
    // Each alphabet has a search of its own.
    match alphabet {
        Alphabet::Any => append_inline(text, out, Alphabet::Any),
        Alphabet::Ascii => append_inline(text, out, Alphabet::Ascii),
    }
}

/// As [`append`], but inlined.
#[inline(always)]
pub(super) fn append_inline(text: &str, out: &mut Vec<u8>, alphabet: Alphabet) {
    out.push(b'"');
    append_escaped(text, out, alphabet);
    out.push(b'"');
}

/// Text that comes in pieces, between quotes that somebody else writes.
pub(super) struct Pieces<'a>(pub(super) &'a mut Vec<u8>, pub(super) Alphabet);

impl fmt::Write for Pieces<'_> {
    #[inline]
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        append_escaped(piece, self.0, self.1);
        Ok(())
    }
}

#[inline(always)]
fn append_escaped(text: &str, out: &mut Vec<u8>, alphabet: Alphabet) {
    match next_special(text.as_bytes(), alphabet) {
        None => out.extend_from_slice(text.as_bytes()),
        Some(index) => append_from_special(text, index, out, alphabet),
    }
}

/// Appends `text`, of which the character at `index` is the first that needs an escape.
#[inline(never)]
fn append_from_special(text: &str, index: usize, out: &mut Vec<u8>, alphabet: Alphabet) {
    let (mut rest, mut next) = (text, Some(index));
    while let Some(index) = next {
        let (plain, special) = rest.split_at(index);
        out.extend_from_slice(plain.as_bytes());
        let mut characters = special.chars();
        match characters.next() {
            Some(character) if character.is_ascii() => append_escape(character as u8, out),
            Some(character) => append_utf16(character, out),
            None => {}
        }
        rest = characters.as_str();
        next = next_special_after_another(rest.as_bytes(), alphabet);
    }
    out.extend_from_slice(rest.as_bytes());
}

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

/// One escape, or two for what has no single unit of UTF-16.
fn append_utf16(character: char, out: &mut Vec<u8>) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        let digit = |shift: u16| HEX_DIGITS[usize::from(*unit >> shift & 15)];
        out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
    }
}

fn append_escape(byte: u8, out: &mut Vec<u8>) {
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
pub(super) fn next_special(bytes: &[u8], alphabet: Alphabet) -> Option<usize> {
    let Some(last) = bytes.last_chunk() else { return next_special_in_words(bytes, alphabet) };
    let plain = plain_pieces_bytes(bytes, alphabet);
    // The last piece overlaps those before it, in which there is nothing to find any more.
    if bytes.len() - plain < PIECE_BYTES && is_plain::<PIECE_BYTES>(last, alphabet) {
        return None;
    }
    next_special_in_words(&bytes[plain..], alphabet).map(|offset| plain + offset)
}

/// What is looked at as one: a vector register.
const PIECE_BYTES: usize = 16;

/// How many bytes the blocks and pieces in front have in which nothing needs an escape.
#[inline(always)]
fn plain_pieces_bytes(bytes: &[u8], alphabet: Alphabet) -> usize {
    let blocks = if bytes.len() < BLOCK_BYTES { 0 } else { plain_blocks_bytes(bytes, alphabet) };
    let (pieces, _) = bytes[blocks..].as_chunks::<PIECE_BYTES>();
    let mut plain = blocks;
    for piece in pieces {
        if !is_plain(piece, alphabet) {
            break;
        }
        plain += PIECE_BYTES;
    }
    plain
}

/// As [`next_special`], where one has just been found: another is often near, and a block is too much to look at for it.
#[inline(always)]
fn next_special_after_another(bytes: &[u8], alphabet: Alphabet) -> Option<usize> {
    const NEAR_BYTES: usize = 16;
    let Some((near, far)) = bytes.split_first_chunk::<NEAR_BYTES>() else {
        return next_special_in_words(bytes, alphabet);
    };
    next_special_in_words(near, alphabet).or_else(|| next_special(far, alphabet).map(|offset| NEAR_BYTES + offset))
}

/// What is looked at as one in longer text.
const BLOCK_BYTES: usize = 128;

/// How many bytes the blocks in front have in which nothing needs an escape.
#[inline(never)]
fn plain_blocks_bytes(bytes: &[u8], alphabet: Alphabet) -> usize {
    let (blocks, _) = bytes.as_chunks();
    let level = Level::new();
    // What is dispatched is compiled once for each level of vectors.
    let count = match alphabet {
        Alphabet::Any => dispatch!(level, _simd => count_plain(blocks, Alphabet::Any)),
        Alphabet::Ascii => dispatch!(level, _simd => count_plain(blocks, Alphabet::Ascii)),
    };
    BLOCK_BYTES * count
}

#[inline(always)]
fn count_plain(blocks: &[[u8; BLOCK_BYTES]], alphabet: Alphabet) -> usize {
    blocks.iter().take_while(|block| is_plain(block, alphabet)).count()
}

/// Whether nothing in `block` needs an escape. It is looked at to its end, whatever is found in it: that takes the compiler a few
/// vector instructions.
#[inline(always)]
pub(super) fn is_plain<const BYTES: usize>(block: &[u8; BYTES], alphabet: Alphabet) -> bool {
    block.iter().fold(0, |found, byte| found | u8::from(is_special(*byte, alphabet))) == 0
}

/// As [`next_special`], where it is near.
#[inline(always)]
pub(super) fn next_special_in_words(bytes: &[u8], alphabet: Alphabet) -> Option<usize> {
    let Some(last) = bytes.last_chunk() else { return next_special_in_less_than_a_word(bytes, alphabet) };
    let (words, _) = bytes.as_chunks();
    for (index, word) in words.iter().enumerate() {
        if let Some(offset) = next_special_in_word(u64::from_le_bytes(*word), alphabet) {
            return Some(8 * index + offset);
        }
    }
    // The last word overlaps those before it, in which there is nothing to find any more.
    next_special_in_word(u64::from_le_bytes(*last), alphabet).map(|offset| bytes.len() - 8 + offset)
}

#[inline(always)]
fn next_special_in_less_than_a_word(bytes: &[u8], alphabet: Alphabet) -> Option<usize> {
    let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) else {
        return bytes.iter().position(|byte| is_special(*byte, alphabet));
    };
    let word = u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
    // The two halves of the word overlap, as above.
    next_special_in_word(word, alphabet).map(|offset| if offset < 4 { offset } else { bytes.len() + offset - 8 })
}

/// Quotes, backslashes, control characters, and what the alphabet lacks. Flipping bit 1 puts the quote right behind the control
/// characters.
#[inline(always)]
const fn is_special(byte: u8, alphabet: Alphabet) -> bool {
    let flipped = byte ^ 0x02;
    let is_below_plain = match alphabet {
        Alphabet::Any => flipped <= 0x20,
        // With a sign, what is beyond ASCII is below it as well.
        Alphabet::Ascii => flipped.cast_signed() <= 0x20,
    };
    is_below_plain | (byte == b'\\')
}

/// As [`is_special`], for eight bytes at once, of which the first is the lowest.
///
/// A subtraction sets the top bit of each byte that was smaller, and of each byte of 0x80 and above, which are left out
/// afterwards, or found all together. Its borrow can disturb only the bytes behind the first one that is found.
#[inline(always)]
fn next_special_in_word(word: u64, alphabet: Alphabet) -> Option<usize> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let quote_or_control = (word ^ (0x02 * EACH)).wrapping_sub(0x21 * EACH);
    let backslash = (word ^ (u64::from(b'\\') * EACH)).wrapping_sub(EACH);
    let beyond_ascii = if alphabet == Alphabet::Ascii { word } else { 0 };
    let found = ((quote_or_control | backslash) & !word | beyond_ascii) & (0x80 * EACH);
    (found != 0).then(|| found.trailing_zeros() as usize / 8)
}
