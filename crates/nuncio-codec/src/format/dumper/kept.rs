//! Strings that were put together while they were read.

use std::cell::OnceCell;

use super::quoted::Characters;
use crate::perl::{Lent, PerlString};

/// The strings of one text, each of which lives as long as this does.
#[derive(Debug, Default)]
pub(super) struct Strings(OnceCell<Box<Link>>);

#[derive(Debug)]
struct Link {
    string: Characters,
    next: Strings,
}

impl Drop for Strings {
    /// One link after the other: to drop each within the one before would need a stack as long as the chain.
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut link) = next {
            next = link.next.0.take();
        }
    }
}

/// The end of the chain, where further strings are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept<'b>(&'b Strings);

impl<'b> Kept<'b> {
    /// Keeps strings in `strings`, which has none yet.
    pub(super) fn new(strings: &'b Strings) -> Self {
        Self(strings)
    }

    pub(super) fn keep<'de>(&mut self, string: Characters) -> PerlString<'de, 'b> {
        let link = self.0.0.get_or_init(|| Box::new(Link { string, next: Strings::default() }));
        self.0 = &link.next;
        match &link.string {
            Characters::Bytes(bytes) => PerlString::Bytes(Lent::Passing(bytes)),
            Characters::Text(text) => PerlString::Text(Lent::Passing(text)),
        }
    }
}
