//! Bytes that are read from front to back, with a leap now and then.

use std::fmt::Display;

use super::ascii::ascii_text;
use super::{Fault, Lent, PerlString};
use crate::error::Exceeded;

/// A position in a document. Nothing is read beyond its end, and nothing is believed of what a length field says.
#[derive(Debug)]
pub(crate) struct Cursor<'de, 'b> {
    bytes: &'b [u8],
    /// The same bytes, where they are the caller's own.
    input: Option<&'de [u8]>,
    position: usize,
    /// From where on what was read is not yet taken off `readable`.
    read_from: usize,
    /// How many bytes may still be read, each counted as often as it is read.
    readable: usize,
    unfolded_max: usize,
}

impl<'de, 'b> Cursor<'de, 'b> {
    /// Reads `bytes` once, and at most `unfolded_max` of them again.
    pub(crate) fn new(bytes: &'b [u8], input: Option<&'de [u8]>, unfolded_max: usize) -> Self {
        let readable = bytes.len().saturating_add(unfolded_max);
        Self { bytes, input, position: 0, read_from: 0, readable, unfolded_max }
    }

    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Goes to `position`, which lies in the document, without reading anything twice.
    #[inline]
    pub(crate) fn seek(&mut self, position: usize) {
        debug_assert!(position <= self.bytes.len(), "sought beyond the end");
        self.position = position;
    }

    /// Goes to an earlier `position`, to read from there again.
    ///
    /// # Errors
    /// The document unfolds to more than is allowed.
    pub(crate) fn jump(&mut self, position: usize) -> Result<(), Fault> {
        self.settle(position);
        self.unfold(1)
    }

    /// Goes back to where a [`jump`](Self::jump) came from.
    pub(crate) fn resume(&mut self, position: usize) {
        self.settle(position);
    }

    /// Takes off what was read so far, and goes on at `position`.
    fn settle(&mut self, position: usize) {
        self.readable = self.readable.saturating_sub(self.position.saturating_sub(self.read_from));
        self.position = position;
        self.read_from = position;
    }

    /// Takes off `size` bytes that are read once more.
    ///
    /// # Errors
    /// The document unfolds to more than is allowed.
    #[inline]
    pub(crate) fn unfold(&mut self, size: usize) -> Result<(), Fault> {
        match self.readable.checked_sub(size) {
            Some(readable) => {
                self.readable = readable;
                Ok(())
            }
            None => Err(Fault::limit(Exceeded::Unfolded { limit: self.unfolded_max })),
        }
    }

    #[inline]
    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    #[inline]
    pub(crate) fn rest(&self) -> &'b [u8] {
        &self.bytes[self.position..]
    }

    #[inline]
    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, Fault> {
        match self.bytes.get(self.position) {
            Some(byte) => {
                self.position += 1;
                Ok(*byte)
            }
            None => Err(self.ends(what, 1)),
        }
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Fault> {
        match self.bytes[self.position..].first_chunk::<N>() {
            Some(bytes) => {
                self.position += N;
                Ok(*bytes)
            }
            None => Err(self.ends(what, N)),
        }
    }

    #[inline(always)]
    pub(crate) fn take(&mut self, size: usize, what: &'static str) -> Result<Lent<'de, 'b, [u8]>, Fault> {
        let start = self.position;
        if size > self.remaining() {
            return Err(self.ends(what, size));
        }
        self.position += size;
        Ok(self.lend(start, self.position))
    }

    /// As [`take`](Self::take), of a string without the character flag.
    #[inline(always)]
    pub(crate) fn take_string(&mut self, size: usize, what: &'static str) -> Result<PerlString<'de, 'b>, Fault> {
        let start = self.position;
        if size > self.remaining() {
            return Err(self.ends(what, size));
        }
        self.position += size;
        Ok(self.string(start, start + size))
    }

    /// Reads a string behind `N` bytes in which its `size` is, if it is the caller's own and ASCII. Otherwise reads
    /// nothing.
    #[inline(always)]
    pub(crate) fn take_plain<const N: usize>(
        &mut self,
        size: impl FnOnce([u8; N]) -> Option<usize>,
    ) -> Option<&'de str> {
        let head = self.bytes.get(self.position..)?.first_chunk::<N>()?;
        let start = self.position + N;
        let end = start.checked_add(size(*head)?).filter(|end| *end <= self.bytes.len())?;
        let text = ascii_text(&self.input?[start..end])?;
        self.position = end;
        Some(text)
    }

    /// The bytes from `start` to `end`, which lie in the document, as a string without the character flag.
    #[inline(always)]
    pub(crate) fn string(&mut self, start: usize, end: usize) -> PerlString<'de, 'b> {
        match self.input.and_then(|input| ascii_text(&input[start..end])) {
            Some(text) => PerlString::Ascii(text),
            None => PerlString::Bytes(self.lend(start, end)),
        }
    }

    /// The bytes from `start` to `end`, which lie in the document.
    #[inline(always)]
    pub(crate) fn lend(&self, start: usize, end: usize) -> Lent<'de, 'b, [u8]> {
        match self.input {
            Some(input) => Lent::Borrowed(&input[start..end]),
            None => Lent::Passing(&self.bytes[start..end]),
        }
    }

    /// As [`take`](Self::take), of bytes that have to be UTF-8.
    #[inline]
    pub(crate) fn take_text(&mut self, size: usize, what: &'static str) -> Result<Lent<'de, 'b, str>, Fault> {
        let start = self.position;
        let text = match self.take(size, what)? {
            Lent::Borrowed(bytes) => std::str::from_utf8(bytes).map(Lent::Borrowed),
            Lent::Passing(bytes) => std::str::from_utf8(bytes).map(Lent::Passing),
        };
        text.map_err(|error| Fault::new(start + error.valid_up_to(), format_args!("expected {what}, found no UTF-8")))
    }

    /// The document ends where so many bytes of `what` were expected.
    #[cold]
    pub(crate) fn ends(&self, what: &'static str, size: usize) -> Fault {
        let left = self.remaining();
        self.expected(format_args!("{what} of {size} bytes"), format_args!("the end after {left}"))
    }

    /// Here should be one thing, and is another.
    #[cold]
    pub(crate) fn expected(&self, wanted: impl Display, found: impl Display) -> Fault {
        Fault::new(self.position, format_args!("expected {wanted}, found {found}"))
    }
}
