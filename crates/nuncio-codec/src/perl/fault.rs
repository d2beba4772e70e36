//! What is wrong with a document, and where.

use std::fmt::{self, Display, Write};

use crate::error::Exceeded;

/// Why a document of one of Perl's formats was refused.
///
/// `Display` says at which byte and on which path, as Perl would write it: `at byte 17, in {"list"}[3]: …`.
pub(crate) struct Fault(Box<Inner>);

struct Inner {
    reason: String,
    limit: Option<Exceeded>,
    /// The byte of the document.
    offset: Option<usize>,
    /// What the document is, if not the input itself.
    within: &'static str,
    path: String,
    /// Whether the path to where it was met says nothing.
    is_elsewhere: bool,
}

impl Fault {
    #[cold]
    pub(crate) fn new(offset: usize, reason: impl Display) -> Self {
        Self::build(reason.to_string(), Some(offset), None)
    }

    /// A limit that was exceeded.
    #[cold]
    pub(crate) fn limit(exceeded: Exceeded) -> Self {
        Self::build(exceeded.to_string(), None, Some(exceeded))
    }

    /// Of references and classes none is left when a value is made of an event.
    #[cold]
    pub(super) fn unresolved() -> Self {
        Self::build("expected a value, found an event that leads to one".to_owned(), None, None)
    }

    /// What is blessed or weak has to be a reference.
    #[cold]
    pub(super) fn no_reference() -> Self {
        Self::build("expected a reference, found none".to_owned(), None, None)
    }

    fn build(reason: String, offset: Option<usize>, limit: Option<Exceeded>) -> Self {
        Self(Box::new(Inner { reason, limit, offset, within: "", path: String::new(), is_elsewhere: false }))
    }

    /// The limit that was exceeded, if that is what is wrong.
    pub(crate) fn exceeded(&self) -> Option<Exceeded> {
        self.0.limit
    }

    /// Says where it was, unless that is known better already.
    #[cold]
    pub(crate) fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// Says in what the byte is to be counted.
    #[cfg(feature = "sereal")]
    #[cold]
    pub(crate) fn within(mut self, document: &'static str) -> Self {
        self.0.within = document;
        self
    }

    /// Says that it is wherever its byte is, and not where it was met.
    #[cold]
    pub(crate) fn wherever(mut self) -> Self {
        self.0.is_elsewhere = true;
        self
    }

    /// Puts a step before the path.
    fn step(mut self, step: &str) -> Self {
        if !self.0.is_elsewhere {
            self.0.path.insert_str(0, step);
        }
        self
    }

    /// Says that it was in the element `index` of an array.
    #[cold]
    pub(crate) fn in_element(self, index: usize) -> Self {
        self.step(&format!("[{index}]"))
    }

    /// Says that it was under `key` of a hash.
    #[cold]
    pub(crate) fn in_entry(self, key: &str) -> Self {
        /// Enough to know the key by, in bytes: it may be as long as the document.
        const KEY_BYTES_MAX: usize = 64;
        let step = match key.floor_char_boundary(KEY_BYTES_MAX) {
            end if end < key.len() => format!("{{{:?}…}}", &key[..end]),
            _ => format!("{{{key:?}}}"),
        };
        self.step(&step)
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { reason, offset, within, path, .. } = &*self.0;
        let mut place = String::new();
        if let Some(offset) = offset {
            write!(place, "at byte {offset}{within}")?;
        }
        if !path.is_empty() {
            let comma = if place.is_empty() { "" } else { ", " };
            write!(place, "{comma}in {path}")?;
        }
        match place.is_empty() {
            true => f.write_str(reason),
            false => write!(f, "{place}: {reason}"),
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({self})")
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    #[cold]
    fn custom<T: Display>(reason: T) -> Self {
        Self::build(reason.to_string(), None, None)
    }
}
