//! What stands as Dumper writes it in its default style, which is nearly everything.
//!
//! Each of these looks at what comes next in a few comparisons, and reads nothing where it is not as it expects: then it
//! is read from its beginning by what knows all styles.

use super::text::Text;
use crate::short::HIGH;

/// How far to look ahead: far enough to pay, and not so far that the indentation of deep documents, which is passed over
/// otherwise, is most of what is looked at.
const AHEAD: usize = 512;

/// For a string of so many bytes there is to be room in what is known: most are shorter.
const ROOM: usize = 64;

/// A piece of the text that is known to be UTF-8.
///
/// Strings stand close together, so a whole piece is looked at in one go, and each string in it is a slice.
#[derive(Debug, Default)]
pub(super) struct Known<'de> {
    text: &'de str,
    start: usize,
}

impl<'de> Known<'de> {
    /// What is known, and where in it the `rest` of the text begins, which is at `position`. It goes on as far as a string
    /// of usual length needs.
    #[inline(always)]
    pub(super) fn at(&mut self, position: usize, rest: &'de [u8]) -> (&'de str, usize) {
        let from = position.wrapping_sub(self.start);
        match self.text.len().checked_sub(from) {
            Some(known) if known > ROOM || known == rest.len() => (self.text, from),
            _ => (self.look(position, rest), 0),
        }
    }

    #[inline(never)]
    fn look(&mut self, start: usize, rest: &'de [u8]) -> &'de str {
        let ahead = &rest[..rest.len().min(AHEAD)];
        // Nearly always all of it is.
        let text = simdutf8::basic::from_utf8(ahead).unwrap_or_else(|_| valid_prefix(ahead));
        *self = Self { text, start };
        text
    }
}

#[cold]
fn valid_prefix(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

impl<'de> Text<'de> {
    /// Goes to the next item of a container, or behind the bracket that closes it, and says whether there is an item.
    ///
    /// Items of one container stand alike: the `gap` is the white space before the last one.
    #[inline(always)]
    pub(super) fn plain_item(&mut self, is_first: bool, close: u8, gap: &mut &'de [u8]) -> Option<bool> {
        let rest = self.rest();
        let before = match rest {
            _ if is_first => rest,
            [b',', before @ ..] => before,
            _ => return self.plain_end(close, gap),
        };
        let behind = match strip(before, gap) {
            Some(behind) if behind.first().is_some_and(|next| *next > b' ') => behind,
            _ => measure(before, gap),
        };
        match behind.first() {
            None | Some(b'#') => None,
            Some(next) if *next == close => None,
            Some(_) => {
                self.seek(self.position() + rest.len() - behind.len());
                Some(true)
            }
        }
    }

    /// Goes behind the bracket that closes a container, which stands two columns before what it contains.
    #[inline(always)]
    fn plain_end(&mut self, close: u8, gap: &[u8]) -> Option<bool> {
        let rest = self.rest();
        let behind = strip(rest, &gap[..gap.len().saturating_sub(2)])?;
        if *behind.first()? != close {
            return None;
        }
        self.seek(self.position() + rest.len() - behind.len() + 1);
        Some(false)
    }

    /// Reads a key and what separates it from its value, if it is in single quotes, nothing is escaped in it and it is
    /// ASCII.
    #[inline(always)]
    pub(super) fn plain_key(&mut self) -> Option<&'de str> {
        self.plain_quoted(b"' => ")
    }

    /// Reads a string in single quotes, if nothing is escaped in it, it is ASCII and not long.
    #[inline(always)]
    pub(super) fn plain_string(&mut self) -> Option<&'de str> {
        self.plain_quoted(b"'")
    }

    #[inline(always)]
    fn plain_quoted(&mut self, behind: &'static [u8]) -> Option<&'de str> {
        let (known, from) = self.known();
        let content = known.as_bytes()[from..].strip_prefix(b"'")?;
        let size = find_end(content)?;
        if !content[size..].starts_with(behind) {
            return None;
        }
        let string = known.get(from + 1..from + 1 + size)?;
        self.seek(self.position() + 1 + size + behind.len());
        Some(string)
    }
}

/// What is left of `text` behind its white space, which then is the `gap`.
#[inline(never)]
fn measure<'de>(text: &'de [u8], gap: &mut &'de [u8]) -> &'de [u8] {
    let behind = pass_space(text);
    *gap = &text[..text.len() - behind.len()];
    behind
}

/// What is left of `text` behind `gap`, if it begins so. A call would cost more than comparing a few bytes does.
#[inline(always)]
fn strip<'de>(text: &'de [u8], gap: &[u8]) -> Option<&'de [u8]> {
    const LONG: usize = 16;
    const SHORT: usize = 8;
    const CALL: usize = 64;
    let (found, behind) = text.split_at_checked(gap.len())?;
    let is_alike = match gap.len() {
        SHORT..LONG => {
            found.first_chunk::<SHORT>() == gap.first_chunk() && found.last_chunk::<SHORT>() == gap.last_chunk()
        }
        LONG..CALL => {
            let (found_chunks, chunks) = (found.as_chunks::<LONG>().0, gap.as_chunks::<LONG>().0);
            let has_same_end = found.last_chunk::<LONG>() == gap.last_chunk();
            has_same_end && found_chunks.iter().zip(chunks).all(|(found, gap)| found == gap)
        }
        _ => found == gap,
    };
    is_alike.then_some(behind)
}

/// Where the first single quote, backslash or byte beyond ASCII is.
///
/// Two words are looked at together: in which of them a string ends cannot be guessed.
#[inline(always)]
fn find_end(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(chunk) = text[at..].first_chunk::<16>() {
        let word = |from: usize| u64::from_le_bytes(*chunk[from..].first_chunk().expect("a step is two words"));
        let [first, second] = [ends(word(0)), ends(word(8))];
        if first | second != 0 {
            let both = (u128::from(second) << 64) | u128::from(first);
            return Some(at + both.trailing_zeros() as usize / 8);
        }
        at += 16;
    }
    text[at..].iter().position(|byte| matches!(byte, b'\'' | b'\\' | 0x80..)).map(|index| at + index)
}

/// A number whose lowest set bit is in the first byte of `word` at which a string ends; zero if there is none.
#[inline(always)]
fn ends(word: u64) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    // Below zero where a byte is the one that is looked for, or is beyond ASCII: that is an end as well.
    let like = |byte: u8| (word ^ (LOW * u64::from(byte))).wrapping_sub(LOW);
    (like(b'\'') | like(b'\\') | word) & HIGH
}

/// What is left of `text` behind its white space, of which spaces are most in a deep document.
#[inline]
pub(super) fn pass_space(mut text: &[u8]) -> &[u8] {
    const STEP: usize = 8;
    const STRIDE: usize = 4 * STEP;
    while let [b' ' | b'\n' | b'\t' | b'\r', behind @ ..] = text {
        text = behind;
        while let Some((chunk, behind)) = text.split_first_chunk::<STEP>() {
            let other = u64::from_le_bytes(*chunk) ^ u64::from_le_bytes([b' '; STEP]);
            if other != 0 {
                text = &text[other.trailing_zeros() as usize / 8..];
                break;
            }
            text = behind;
            while let Some((chunk, behind)) = text.split_first_chunk::<STRIDE>()
                && *chunk == [b' '; STRIDE]
            {
                text = behind;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_at_the_first_byte_that_is_not_plain() {
        for length in 0..50 {
            for end in [b'\'', b'\\', 0x80, 0xa7, 0xff] {
                let mut text = vec![b'a'; length];
                assert_eq!(find_end(&text), None, "{length}");
                for at in 0..length {
                    // What differs in one bit from an end is none.
                    text.fill(b'&' ^ (at as u8 & 1) << 6);
                    text[at] = end;
                    text[at + 1..].fill(b'\'');
                    assert_eq!(find_end(&text), Some(at), "{length}, {end}");
                }
            }
        }
    }

    #[test]
    fn a_gap_is_compared_to_its_end() {
        for length in 0..100 {
            let gap = vec![b' '; length];
            let mut text = [&gap[..], b"rest"].concat();
            assert_eq!(strip(&text, &gap), Some(&b"rest"[..]), "{length}");
            for at in 0..length {
                text[at] = b'\n';
                assert_eq!(strip(&text, &gap), None, "{length}, {at}");
                assert_eq!(pass_space(&text), b"rest");
                text[at] = b' ';
            }
            assert_eq!(strip(&text[..length.saturating_sub(1)], &gap).is_some(), length == 0);
        }
    }

    #[test]
    fn what_is_known_is_the_text_up_to_what_is_no_utf_8() {
        let mut text = vec![b'a'; 2000];
        text[300] = 0xe9;
        text.splice(900..900, "h\u{e9}".bytes());
        let mut known = Known::default();
        for position in (0..text.len()).chain((0..text.len()).rev().step_by(37)) {
            let rest = &text[position..];
            let (piece, from) = known.at(position, rest);
            let piece = &piece.as_bytes()[from..];
            assert!(rest.starts_with(piece), "{position}");
            let is_broken = matches!(position, 236..=300) || position == 902;
            assert!(piece.len() > ROOM || piece.len() == rest.len() || is_broken, "{position}: {}", piece.len());
        }
    }
}
