//! Passing over a value, however deep it is.

use super::back_reference::Path;
use super::text::{Head, Kind, Text};
use crate::perl::Fault;

/// What is met on the way through a value.
pub(super) trait Notes {
    /// A key begins at this byte; its value is the next.
    fn key(&mut self, _at: usize) {}

    /// A value begins at this byte.
    fn begin(&mut self, _at: usize, _part: Part) -> Result<(), Fault> {
        Ok(())
    }

    /// The class of the innermost object is at this byte.
    fn class(&mut self, _at: usize) {}

    /// The innermost value ends.
    fn end(&mut self) {}
}

impl Notes for () {}

/// What a value is, as far as paths have to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A reference to a container.
    Container(Kind),
    /// A path to something that has been written.
    Path,
    /// A reference to something that has been written.
    PathReference,
    /// What is blessed follows.
    Object,
    /// A reference to the scalar that follows.
    Reference,
    /// A reference to a regular expression.
    Regexp,
    /// Neither a reference nor nothing.
    Scalar,
    /// Nothing.
    Undef,
}

/// A value that has begun.
enum Open {
    Container(Kind, u8),
    Object,
    Reference,
    Variable,
}

impl<'de> Text<'de> {
    /// Passes over the value that begins here, and notes what is in it.
    pub(super) fn walk(&mut self, notes: &mut impl Notes) -> Result<(), Fault> {
        let mut open = Vec::new();
        loop {
            match self.begin(notes)? {
                Some(Open::Container(kind, close)) if self.enter(kind, close, true, notes)? => {
                    open.push(Open::Container(kind, close));
                    continue;
                }
                Some(Open::Container(..)) | None => notes.end(),
                Some(other) => {
                    open.push(other);
                    continue;
                }
            }
            if !self.go_on(&mut open, notes)? {
                return Ok(());
            }
        }
    }

    /// Passes over the beginning of a value, which is all of it unless it is open then.
    fn begin(&mut self, notes: &mut impl Notes) -> Result<Option<Open>, Fault> {
        self.pass_space();
        let at = self.position();
        let (part, open) = match self.head()? {
            Head::Container(kind, close) => (Part::Container(kind), Some(Open::Container(kind, close))),
            Head::Object => (Part::Object, Some(Open::Object)),
            Head::Reference => (Part::Reference, Some(Open::Reference)),
            Head::Variable => (Part::Reference, Some(Open::Variable)),
            Head::Regexp(_) => (Part::Regexp, None),
            Head::Undef => (Part::Undef, None),
            Head::BackReference => match Path::read(self)?.is_reference {
                true => (Part::PathReference, None),
                false => (Part::Path, None),
            },
            _ => (Part::Scalar, None),
        };
        notes.begin(at, part)?;
        Ok(open)
    }

    /// Goes to the next value of a container, or behind its end.
    fn enter(&mut self, kind: Kind, close: u8, is_first: bool, notes: &mut impl Notes) -> Result<bool, Fault> {
        let is_more = self.item(is_first, close)?;
        if is_more && kind == Kind::Hash {
            notes.key(self.position());
            self.key()?;
        }
        Ok(is_more)
    }

    /// Goes from the end of a value to the next one, if there is one, and ends on the way what ends there.
    fn go_on(&mut self, open: &mut Vec<Open>, notes: &mut impl Notes) -> Result<bool, Fault> {
        while let Some(innermost) = open.last() {
            match *innermost {
                Open::Container(kind, close) if self.enter(kind, close, false, notes)? => return Ok(true),
                Open::Container(..) | Open::Reference => {}
                Open::Object => {
                    let class = self.class()?;
                    notes.class(class.position());
                }
                Open::Variable => self.expect_next(")}")?,
            }
            open.pop();
            notes.end();
        }
        Ok(false)
    }
}
