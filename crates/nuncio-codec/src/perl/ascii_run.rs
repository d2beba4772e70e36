//! Looking for ASCII once for many strings.

use crate::short;

/// A piece of the input that is known to be ASCII.
///
/// In most documents strings stand close together, with tags and lengths in between that are ASCII as well. So a whole
/// piece is looked at in one go, and each string in it is a slice of text without being looked at again.
#[derive(Debug, Default)]
pub(super) struct AsciiRun<'de> {
    text: &'de str,
    start: usize,
}

/// How far to look ahead, in bytes: far enough to pay, and not so far that a document which makes the reader leap could
/// have much looked at for nothing.
const AHEAD: usize = 256;

impl<'de> AsciiRun<'de> {
    /// The text from `start` to `end` of `input`, if it is ASCII.
    #[inline(always)]
    pub(super) fn text(&mut self, input: &'de [u8], start: usize, end: usize) -> Option<&'de str> {
        let from = start.wrapping_sub(self.start);
        match self.text.get(from..from.wrapping_add(end - start)) {
            Some(text) => Some(text),
            None => {
                self.look(input, start, input.len().min(end + AHEAD));
                self.text.get(..end - start)
            }
        }
    }

    /// Looks at the piece from `start` to `end` at most.
    #[inline(never)]
    fn look(&mut self, input: &'de [u8], start: usize, end: usize) {
        let ahead = &input[start..end];
        let ascii = &ahead[..short::ascii_prefix(ahead)];
        *self = Self { text: simdutf8::basic::from_utf8(ascii).unwrap_or_default(), start };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_text_exactly_where_it_is_ascii() {
        let mut input = vec![b'a'; 700];
        for at in [0, 1, 40, 41, 300, 699] {
            input[at] = 0xe9;
        }
        let mut run = AsciiRun::default();
        for start in (0..700).step_by(7).chain((0..700).rev().step_by(31)) {
            for length in [0, 1, 3, 17, 64, 300] {
                let end = 700.min(start + length);
                let piece = &input[start..end];
                let text = piece.is_ascii().then(|| std::str::from_utf8(piece).unwrap());
                assert_eq!(run.text(&input, start, end), text, "{start}..{end}");
            }
        }
    }
}
