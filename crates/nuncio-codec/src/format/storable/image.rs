//! What both passes over an image read alike.

use super::header::{Header, Order};
use super::tag;
use crate::DecodeLimits;
use crate::perl::{Cursor, Event, Fault, PerlString};

/// An image at a position.
#[derive(Debug)]
pub(super) struct Image<'de> {
    pub(super) cursor: Cursor<'de, 'de>,
    order: Order,
    minor: u8,
}

/// How the class of an object is written.
#[derive(Debug)]
pub(super) enum Class {
    /// In full, at these bytes.
    Named { start: usize, end: usize },
    /// As the number of one that was named before.
    Numbered(usize),
}

/// What may stand before the tag of a value, and is not a value itself.
#[derive(Debug)]
pub(super) enum Prefix {
    Class(Class),
    /// How a version was written, whose value follows.
    Version,
}

impl<'de> Image<'de> {
    /// The image after its header.
    pub(super) fn new(bytes: &'de [u8], header: &Header, limits: &DecodeLimits) -> Self {
        let mut cursor = Cursor::new(bytes, Some(bytes), limits.unfolded_bytes);
        cursor.seek(header.body);
        Self { cursor, order: header.order, minor: header.minor }
    }

    /// Reads a length or a count.
    #[inline]
    pub(super) fn size(&mut self, what: &'static str) -> Result<usize, Fault> {
        let size = self.order.number(self.cursor.array(what)?);
        Ok(usize::try_from(size).unwrap_or(usize::MAX))
    }

    /// Reads a length in one byte or, if `is_long`, in four.
    #[inline(always)]
    pub(super) fn size_in(&mut self, is_long: bool, what: &'static str) -> Result<usize, Fault> {
        match is_long {
            true => self.size(what),
            false => self.cursor.byte(what).map(usize::from),
        }
    }

    /// Reads the number of an object: that of a value, counted from the first, whatever the order of the image.
    pub(super) fn object_number(&mut self) -> Result<usize, Fault> {
        let number = u32::from_be_bytes(self.cursor.array("the number of an object")?);
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    /// Reads the count of a container whose items take `bytes` bytes at least.
    #[inline]
    pub(super) fn count(&mut self, bytes: usize) -> Result<usize, Fault> {
        let start = self.cursor.position();
        let count = self.size("a count")?;
        let left = self.cursor.remaining();
        match count.checked_mul(bytes).is_some_and(|needed| needed <= left) {
            true => Ok(count),
            false => Err(Fault::new(
                start,
                format_args!("expected {count} items of {bytes} bytes or more, found {left} bytes to the end"),
            )),
        }
    }

    /// Passes over a number of bytes, of which it says where they are.
    #[inline]
    pub(super) fn pass(&mut self, size: usize, what: &'static str) -> Result<(usize, usize), Fault> {
        let start = self.cursor.position();
        if size > self.cursor.remaining() {
            return Err(self.cursor.ends(what, size));
        }
        self.cursor.seek(start + size);
        Ok((start, start + size))
    }

    /// Passes over the string that a tag begins, whose length takes one byte or, if `is_long`, four.
    #[inline]
    pub(super) fn pass_string(&mut self, is_long: bool) -> Result<(), Fault> {
        let size = self.size_in(is_long, "the length of a string")?;
        self.pass(size, "a string").map(|_| ())
    }

    /// Reads the scalar that a tag begins, if that is what it begins.
    #[inline(always)]
    pub(super) fn scalar<'b, X>(&mut self, tag: u8) -> Result<Option<Event<'de, 'b, X>>, Fault>
    where
        'de: 'b,
    {
        Ok(Some(match tag {
            tag::SCALAR => Event::String(self.bytes(false, "a string")?),
            tag::UTF8STR => Event::String(self.text(false, "a text")?),
            tag::BYTE => Event::Int(i64::from(self.cursor.byte("an integer")?) - 128),
            tag::INTEGER => Event::Int(i64::from_le_bytes(self.cursor.array("an integer")?)),
            tag::DOUBLE => Event::Float(f64::from_le_bytes(self.cursor.array("a float")?)),
            tag::NETINT => Event::Int(i64::from(i32::from_be_bytes(self.cursor.array("an integer")?))),
            tag::UNDEF | tag::SV_UNDEF | tag::SVUNDEF_ELEM => Event::Undef,
            tag::SV_YES => Event::Bool(true),
            tag::SV_NO => Event::Bool(false),
            tag::LSCALAR => Event::String(self.bytes(true, "a string")?),
            tag::LUTF8STR => Event::String(self.text(true, "a text")?),
            _ => return Ok(self.truth(tag).map(Event::Bool)),
        }))
    }

    /// Passes over the scalar that a tag begins, if that is what it begins.
    #[inline(always)]
    pub(super) fn pass_scalar(&mut self, tag: u8) -> Option<Result<(), Fault>> {
        Some(match tag {
            tag::SCALAR | tag::UTF8STR => self.pass_string(false),
            tag::BYTE => self.cursor.byte("an integer").map(drop),
            tag::INTEGER | tag::DOUBLE => self.pass(8, "a number").map(drop),
            tag::NETINT => self.pass(4, "an integer").map(drop),
            tag::UNDEF | tag::SV_UNDEF | tag::SVUNDEF_ELEM | tag::SV_YES | tag::SV_NO => Ok(()),
            tag::LSCALAR | tag::LUTF8STR => self.pass_string(true),
            _ => {
                self.truth(tag)?;
                Ok(())
            }
        })
    }

    /// Passes over a key, of which it says where it is.
    #[inline]
    pub(super) fn pass_key(&mut self) -> Result<(usize, usize), Fault> {
        let size = self.size("the length of a key")?;
        self.pass(size, "a key")
    }

    /// Reads the next value if it is a string that is short, borrowed and ASCII. Otherwise reads nothing.
    #[inline(always)]
    pub(super) fn plain_string(&mut self) -> Option<&'de str> {
        self.cursor.take_plain(|[tag, size]| (tag == tag::SCALAR).then_some(usize::from(size)))
    }

    /// Reads the next key, without flags, if it is borrowed and ASCII. Otherwise reads nothing.
    #[inline(always)]
    pub(super) fn plain_key(&mut self) -> Option<&'de str> {
        let order = self.order;
        self.cursor.take_plain(|size| usize::try_from(order.number(size)).ok())
    }

    #[inline(always)]
    pub(super) fn bytes(&mut self, is_long: bool, what: &'static str) -> Result<PerlString<'de, 'de>, Fault> {
        let size = self.size_in(is_long, what)?;
        self.cursor.take_string(size, what)
    }

    #[inline]
    pub(super) fn text(&mut self, is_long: bool, what: &'static str) -> Result<PerlString<'de, 'de>, Fault> {
        let size = self.size_in(is_long, what)?;
        self.cursor.take_text(size, what).map(PerlString::Text)
    }

    /// Reads the prefix that `tag` begins, if it begins one.
    pub(super) fn prefix(&mut self, tag: u8) -> Result<Option<Prefix>, Fault> {
        let prefix = match tag {
            tag::BLESS => {
                let size = self.class_size("the length of a class")?;
                let (start, end) = self.pass(size, "a class")?;
                Prefix::Class(Class::Named { start, end })
            }
            tag::IX_BLESS => Prefix::Class(Class::Numbered(self.class_size("the number of a class")?)),
            tag::VSTRING | tag::LVSTRING => {
                self.pass_string(tag == tag::LVSTRING)?;
                Prefix::Version
            }
            _ => return Ok(None),
        };
        Ok(Some(prefix))
    }

    fn class_size(&mut self, what: &'static str) -> Result<usize, Fault> {
        match self.cursor.byte(what)? {
            size if size & tag::LONG_CLASS == 0 => Ok(usize::from(size)),
            _ => self.size(what),
        }
    }

    /// Reads the class of an object that wrote itself, behind its last flags.
    pub(super) fn hook_class(&mut self, flags: u8) -> Result<Class, Fault> {
        let is_long = flags & tag::hook::LONG_CLASS != 0;
        if flags & tag::hook::CLASS_BY_NUMBER != 0 {
            return self.size_in(is_long, "the number of a class").map(Class::Numbered);
        }
        let size = self.size_in(is_long, "the length of a class")?;
        let (start, end) = self.pass(size, "a class")?;
        Ok(Class::Named { start, end })
    }

    /// Reads the source text of a function.
    pub(super) fn code_body(&mut self) -> Result<PerlString<'de, 'de>, Fault> {
        let start = self.cursor.position();
        match self.cursor.byte("a function")? {
            tag::SCALAR => self.bytes(false, "a function"),
            tag::LSCALAR => self.bytes(true, "a function"),
            tag::UTF8STR => self.text(false, "a function"),
            tag::LUTF8STR => self.text(true, "a function"),
            tag => Err(Fault::new(start, format_args!("expected the text of a function, found tag {tag:#04x}"))),
        }
    }

    /// What the tag of a boolean says, in versions that have them.
    pub(super) fn truth(&self, tag: u8) -> Option<bool> {
        match tag {
            tag::BOOLEAN_TRUE | tag::TRUE if self.minor >= tag::MINOR_WITH_BOOLEANS => Some(true),
            tag::BOOLEAN_FALSE | tag::FALSE if self.minor >= tag::MINOR_WITH_BOOLEANS => Some(false),
            _ => None,
        }
    }

    /// The bytes from `start` to `end`, as a string.
    pub(super) fn lend(&self, start: usize, end: usize) -> PerlString<'de, 'de> {
        PerlString::Bytes(self.cursor.lend(start, end))
    }
}
