//! A plain image, event by event.

use super::super::image::Image;
use super::super::tag::{self, key};
use super::Extents;
use crate::perl::{Event, Fault, PerlString, Source};

/// A plain image while it is read. Its places are bytes.
#[derive(Debug)]
pub(in super::super) struct Document<'de, 'b> {
    image: Image<'de>,
    extents: &'b Extents,
    /// The number of the next container.
    container: usize,
}

/// What is left of a container.
#[derive(Debug)]
pub(in super::super) struct Rest {
    left: usize,
    keys_have_flags: bool,
    /// Where the value of the next entry is; elements are read one after the other.
    next: usize,
}

type Next<'de, 'b> = Result<Event<'de, 'b, Rest>, Fault>;

impl<'de: 'b, 'b> Document<'de, 'b> {
    pub(in super::super) fn new(image: Image<'de>, extents: &'b Extents) -> Self {
        Self { image, extents, container: 0 }
    }

    fn rest(&mut self, bytes: usize, keys_have_flags: bool) -> Result<Rest, Fault> {
        Ok(Rest { left: self.image.count(bytes)?, keys_have_flags, next: self.image.cursor.position() })
    }

    /// Reads the head of a container.
    fn head(&mut self, tag: u8) -> Next<'de, 'b> {
        Ok(match tag {
            tag::ARRAY => Event::Array { place: None, extent: self.rest(1, false)? },
            tag::HASH => Event::Hash { place: None, extent: self.rest(5, false)? },
            tag::FLAG_HASH => {
                self.image.cursor.byte("the flags of a hash")?;
                Event::Hash { place: None, extent: self.rest(6, true)? }
            }
            _ => return Err(self.image.cursor.expected("a container", format_args!("tag {tag:#04x}"))),
        })
    }

    /// Passes over a value, but not over the containers in it.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn pass_value(&mut self) -> Result<(), Fault> {
        match self.image.cursor.byte("a value")? {
            tag::REF => {
                self.image.cursor.seek(self.extents.end(self.container));
                Ok(())
            }
            tag => match self.image.pass_scalar(tag) {
                Some(passed) => passed,
                None => Err(self.image.cursor.expected("a value", format_args!("tag {tag:#04x}"))),
            },
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn read_key(&mut self, has_flags: bool) -> Result<PerlString<'de, 'b>, Fault> {
        if has_flags && self.image.cursor.byte("the flags of a key")? == key::UTF8 {
            return self.image.text(true, "a key");
        }
        self.image.bytes(true, "a key")
    }
}

impl<'de: 'b, 'b> Source<'de, 'b> for &mut Document<'de, 'b> {
    type Extent = Rest;

    #[inline]
    fn place(&mut self) -> usize {
        self.image.cursor.position()
    }

    fn offset(&self, place: usize) -> usize {
        place
    }

    fn jump(&mut self, place: usize) -> Result<(), Fault> {
        self.container = self.extents.first_from(place);
        self.image.cursor.jump(place)
    }

    fn resume(&mut self, place: usize) {
        self.container = self.extents.first_from(place);
        self.image.cursor.resume(place);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn next(&mut self) -> Next<'de, 'b> {
        let tag = self.image.cursor.byte("a value")?;
        if let Some(scalar) = self.image.scalar(tag)? {
            return Ok(scalar);
        }
        if tag != tag::REF {
            // The outermost has no reference to it.
            return self.head(tag);
        }
        self.container += 1;
        let tag = self.image.cursor.byte("a value")?;
        self.head(tag)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn plain_string(&mut self) -> Option<&'de str> {
        self.image.plain_string()
    }

    #[inline]
    fn take_undef(&mut self) -> Result<bool, Fault> {
        let is_undef = matches!(self.image.cursor.peek(), Some(tag::UNDEF | tag::SV_UNDEF | tag::SVUNDEF_ELEM));
        self.image.cursor.seek(self.image.cursor.position() + usize::from(is_undef));
        Ok(is_undef)
    }

    fn skip(&mut self) -> Result<(), Fault> {
        if let Some(tag::ARRAY | tag::HASH | tag::FLAG_HASH) = self.image.cursor.peek() {
            // The outermost, behind which nothing is read.
            return Ok(());
        }
        self.pass_value()?;
        self.container = self.extents.first_from(self.image.cursor.position());
        Ok(())
    }

    #[inline]
    fn element(&mut self, rest: &mut Rest) -> Result<bool, Fault> {
        let left = rest.left.checked_sub(1);
        rest.left = left.unwrap_or(0);
        Ok(left.is_some())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn key(&mut self, rest: &mut Rest) -> Result<Option<PerlString<'de, 'b>>, Fault> {
        let value = rest.next;
        self.image.cursor.seek(value);
        if !self.element(rest)? {
            return Ok(None);
        }
        self.pass_value()?;
        let key = self.read_key(rest.keys_have_flags)?;
        rest.next = self.image.cursor.position();
        self.image.cursor.seek(value);
        Ok(Some(key))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn plain_key(&mut self, rest: &mut Rest) -> Option<&'de str> {
        let left = rest.left.checked_sub(1).filter(|_| !rest.keys_have_flags)?;
        let value = rest.next;
        self.image.cursor.seek(value);
        self.pass_value().ok()?;
        let key = self.image.plain_key()?;
        (rest.left, rest.next) = (left, self.image.cursor.position());
        self.image.cursor.seek(value);
        Some(key)
    }

    #[inline]
    fn remaining(&self, rest: &Rest) -> Option<usize> {
        Some(rest.left)
    }
}
