//! Reading a body, item by item.

use std::collections::BTreeSet;

use super::tag;
use super::varint::varint;
use crate::perl::{Cursor, Event, Fault, PerlString, Regexp, Source};

/// A body while it is read. Its places are positions of tags.
#[derive(Debug)]
pub(super) struct Document<'de, 'b> {
    pub(super) cursor: Cursor<'de, 'b>,
    /// Where the first item is.
    start: usize,
    /// What is added to an offset to make a place.
    offset_base: isize,
    /// What may be referred to, in the order of places.
    tracked: Vec<Tracked>,
    /// Where names of classes are written.
    classes: BTreeSet<usize>,
    /// Where the object begins whose content comes next.
    object: Option<usize>,
    /// Where to go on after the copy that is being read.
    after_copy: Option<usize>,
    /// The keys that were copied, each in the slot that its place falls into: most keys are copies of a few. There are
    /// no slots before the first, which most small documents do not have.
    copied: Vec<Option<(usize, &'de str)>>,
}

const COPIED_SLOTS: usize = 16;

/// An item with the track bit.
#[derive(Clone, Copy, Debug)]
struct Tracked {
    place: usize,
    /// Where to begin to read it again: at the reference that it was met through.
    start: usize,
}

impl<'de, 'b> Document<'de, 'b> {
    /// Reads the body at the cursor.
    pub(super) fn new(cursor: Cursor<'de, 'b>, offset_base: isize) -> Self {
        Self {
            start: cursor.position(),
            cursor,
            offset_base,
            tracked: Vec::new(),
            classes: BTreeSet::new(),
            object: None,
            after_copy: None,
            copied: Vec::new(),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn pass_padding(&mut self) {
        while self.cursor.peek() == Some(tag::PAD) {
            self.cursor.seek(self.cursor.position() + 1);
        }
    }

    /// Notes the item at `place`, and the reference through which it was met, if its tag says so.
    #[inline]
    fn track(&mut self, tag: u8, place: usize, start: usize) -> Option<usize> {
        if tag & tag::TRACKED == 0 {
            return None;
        }
        // What is read once more was noted before.
        if self.tracked.last().is_none_or(|last| last.place < place) {
            self.tracked.push(Tracked { place, start });
        }
        Some(place)
    }

    /// Reads the offset of something that lies before `place`.
    fn offset_before(&mut self, place: usize) -> Result<usize, Fault> {
        let offset = varint(&mut self.cursor, "an offset")?;
        let target = isize::try_from(offset).ok().and_then(|offset| offset.checked_add(self.offset_base));
        match target
            .and_then(|target| usize::try_from(target).ok())
            .filter(|target| (self.start..place).contains(target))
        {
            Some(target) => Ok(target),
            None => Err(Fault::new(place, format_args!("expected the offset of an earlier item, found {offset}"))),
        }
    }

    fn tracked_before(&mut self, place: usize) -> Result<Tracked, Fault> {
        let target = self.offset_before(place)?;
        match self.tracked.binary_search_by_key(&target, |tracked| tracked.place) {
            Ok(index) => Ok(self.tracked[index]),
            Err(_) => {
                let reason = format_args!("expected the offset of a tracked item, found byte {target}");
                Err(Fault::new(place, reason))
            }
        }
    }

    /// Reads the count of a container whose items take `bytes` bytes at least.
    #[inline]
    pub(super) fn count(&mut self, bytes: usize) -> Result<usize, Fault> {
        let start = self.cursor.position();
        let count = varint(&mut self.cursor, "a count")?;
        match usize::try_from(count) {
            Ok(count) => self.check_count(count, bytes),
            Err(_) => Err(Fault::new(start, format_args!("expected a count, found {count}"))),
        }
    }

    #[inline]
    pub(super) fn check_count(&mut self, count: usize, bytes: usize) -> Result<usize, Fault> {
        let left = self.cursor.remaining();
        match count.checked_mul(bytes).is_some_and(|needed| needed <= left) {
            true => Ok(count),
            false => Err(self.cursor.expected(format_args!("{count} items"), format_args!("{left} bytes to the end"))),
        }
    }

    #[inline]
    fn string_size(&mut self) -> Result<usize, Fault> {
        let size = varint(&mut self.cursor, "the length of a string")?;
        Ok(usize::try_from(size).unwrap_or(usize::MAX))
    }

    /// Reads the string that `tag` begins, if it begins one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn string(&mut self, tag: u8) -> Result<Option<PerlString<'de, 'b>>, Fault> {
        let string = match tag {
            tag::SHORT_BINARY..=tag::SHORT_BINARY_LAST => {
                self.cursor.take_string(usize::from(tag - tag::SHORT_BINARY), "a string")?
            }
            tag::BINARY => {
                let size = self.string_size()?;
                self.cursor.take_string(size, "a string")?
            }
            tag::STR_UTF8 => {
                let size = self.string_size()?;
                PerlString::Text(self.cursor.take_text(size, "a text")?)
            }
            _ => return Ok(None),
        };
        Ok(Some(string))
    }

    /// Reads the scalar that `tag` begins, if it begins one that is read in place.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn scalar<X>(&mut self, tag: u8) -> Result<Option<Event<'de, 'b, X>>, Fault> {
        Ok(Some(match tag {
            0..=tag::POSITIVE_LAST => Event::Int(i64::from(tag)),
            tag::NEGATIVE..=tag::NEGATIVE_LAST => Event::Int(i64::from(tag) - 32),
            tag::VARINT => {
                let value = varint(&mut self.cursor, "an integer")?;
                match i64::try_from(value) {
                    Ok(value) => Event::Int(value),
                    Err(_) => Event::UInt(value),
                }
            }
            tag::ZIGZAG => {
                let value = varint(&mut self.cursor, "an integer")?;
                Event::Int((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
            }
            tag::FLOAT => Event::Float(f64::from(f32::from_le_bytes(self.cursor.array("a float")?))),
            tag::DOUBLE => Event::Float(f64::from_le_bytes(self.cursor.array("a double")?)),
            tag::UNDEF | tag::CANONICAL_UNDEF => Event::Undef,
            tag::TRUE | tag::YES => Event::Bool(true),
            tag::FALSE | tag::NO => Event::Bool(false),
            _ => return Ok(self.string(tag)?.map(Event::String)),
        }))
    }

    /// Reads the next item if it is a string that is short, borrowed and ASCII. Otherwise reads nothing.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn short_string(&mut self) -> Option<&'de str> {
        self.cursor.take_plain(|[tag]| match tag {
            tag::SHORT_BINARY..=tag::SHORT_BINARY_LAST => Some(usize::from(tag - tag::SHORT_BINARY)),
            _ => None,
        })
    }

    /// Reads the string at an earlier place, if there is one.
    fn string_at(&mut self, place: usize) -> Result<Option<PerlString<'de, 'b>>, Fault> {
        let origin = self.cursor.position();
        self.cursor.seek(place);
        let tag = self.cursor.byte("a tag")? & !tag::TRACKED;
        let string = self.string(tag)?;
        let size = self.cursor.position() - place;
        self.cursor.seek(origin);
        if string.is_some() {
            self.cursor.unfold(size)?;
        }
        Ok(string)
    }

    /// Reads a key or the name of a class: a string, or the copy of one. Also says where it is written.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn name(&mut self, what: &'static str) -> Result<(PerlString<'de, 'b>, usize), Fault> {
        let place = self.cursor.position();
        let tag = self.cursor.byte(what)? & !tag::TRACKED;
        if let Some(name) = self.string(tag)? {
            return Ok((name, place));
        }
        if tag == tag::COPY {
            let target = self.offset_before(place)?;
            let slot = target % COPIED_SLOTS;
            if let Some(&Some((written, name))) = self.copied.get(slot)
                && written == target
            {
                self.cursor.unfold(name.len())?;
                return Ok((PerlString::Ascii(name), target));
            }
            if let Some(name) = self.string_at(target)? {
                if let PerlString::Ascii(name) = name {
                    self.copied.resize(COPIED_SLOTS, None);
                    self.copied[slot] = Some((target, name));
                }
                return Ok((name, target));
            }
        }
        Err(Fault::new(place, format_args!("expected {what}, which is a string, found tag {tag:#04x}")))
    }

    /// Reads the class of an object whose tag is at `place`.
    fn class(&mut self, place: usize) -> Result<PerlString<'de, 'b>, Fault> {
        let (class, written) = self.name("a class")?;
        self.classes.insert(written);
        self.begin_object(place)?;
        Ok(class)
    }

    /// Reads the class of a further object of a class that was named before.
    fn class_again(&mut self, place: usize) -> Result<PerlString<'de, 'b>, Fault> {
        let written = self.offset_before(place)?;
        let class = match self.classes.contains(&written) {
            true => self.string_at(written)?,
            false => None,
        };
        let reason = format_args!("expected the offset of a class that was named before, found byte {written}");
        let class = class.ok_or_else(|| Fault::new(place, reason))?;
        self.begin_object(place)?;
        Ok(class)
    }

    /// Sees that a reference comes next, which is what an object is.
    fn begin_object(&mut self, place: usize) -> Result<(), Fault> {
        self.expect_reference("an object")?;
        self.object = Some(place);
        Ok(())
    }

    fn expect_reference(&mut self, what: &'static str) -> Result<(), Fault> {
        self.pass_padding();
        let Some(tag) = self.cursor.peek() else { return Err(self.cursor.ends(what, 1)) };
        match tag & !tag::TRACKED {
            tag::REFN
            | tag::REFP
            | tag::OBJECT
            | tag::OBJECTV
            | tag::ALIAS
            | tag::COPY
            | tag::WEAKEN
            | tag::REGEXP
            | tag::OBJECT_FREEZE
            | tag::OBJECTV_FREEZE
            | tag::ARRAYREF..=tag::HASHREF_LAST => Ok(()),
            other => Err(self.cursor.expected(format_args!("a reference in {what}"), format_args!("tag {other:#04x}"))),
        }
    }

    /// Reads a reference whose tag is at `place`, up to and with the head of the container that it is to, if it is.
    #[inline(never)]
    fn reference(&mut self, place: usize) -> Result<Event<'de, 'b, usize>, Fault> {
        let start = self.object.take().unwrap_or(place);
        self.pass_padding();
        let at = self.cursor.position();
        let tag = self.cursor.byte("what a reference is to")?;
        let referent = self.track(tag, at, start);
        match tag & !tag::TRACKED {
            tag::ARRAY => Ok(Event::Array { place: referent, extent: self.count(1)? }),
            tag::HASH => Ok(Event::Hash { place: referent, extent: self.count(2)? }),
            tag::REGEXP => self.regexp(referent),
            _ => {
                self.cursor.seek(at);
                Ok(Event::Reference { place: referent })
            }
        }
    }

    fn regexp(&mut self, place: Option<usize>) -> Result<Event<'de, 'b, usize>, Fault> {
        const MODIFIERS: &[u8] = b"msixp";
        let (pattern, _) = self.name("a regular expression")?;
        let at = self.cursor.position();
        let (flags, _) = self.name("the modifiers of a regular expression")?;
        if let Some(flag) = flags.bytes().iter().find(|flag| !MODIFIERS.contains(flag)) {
            let found = flag.escape_ascii();
            return Err(Fault::new(at, format_args!("expected modifiers among m, s, i, x and p, found \"{found}\"")));
        }
        // Perl matches a pattern of characters by Unicode's rules, and says so when it is asked.
        let is_unicode = matches!(&pattern, PerlString::Text(text) if !text.is_empty());
        let flags = format!("{}{}", if is_unicode { "u" } else { "" }, flags.characters());
        let regexp = Regexp { pattern: pattern.characters().into_owned(), flags };
        Ok(Event::Regexp { place, regexp: Box::new(regexp) })
    }

    fn copy(&mut self, place: usize) -> Result<Event<'de, 'b, usize>, Fault> {
        let target = self.offset_before(place)?;
        if self.after_copy.is_some() {
            return Err(Fault::new(place, "expected no copy inside a copy, found one"));
        }
        if let Some(string) = self.string_at(target)? {
            return Ok(Event::String(string));
        }
        self.after_copy = Some(self.cursor.position());
        Ok(Event::Copy { start: target })
    }

    /// Reads the items that are not read in place.
    #[inline(never)]
    fn rare(&mut self, tag: u8, place: usize) -> Result<Event<'de, 'b, usize>, Fault> {
        match tag & !tag::TRACKED {
            tag::LONG_DOUBLE => Ok(Event::Float(long_double(self.cursor.array("a long double")?))),
            tag::ALIAS => {
                self.object = None;
                Ok(Event::Alias { place: self.tracked_before(place)?.place })
            }
            tag::REFP => {
                self.object = None;
                let Tracked { place, start } = self.tracked_before(place)?;
                Ok(Event::Again { place, start })
            }
            tag::COPY => self.copy(place),
            tag::OBJECT => self.class(place).map(Event::Blessed),
            tag::OBJECTV => self.class_again(place).map(Event::Blessed),
            tag::OBJECT_FREEZE => self.class(place).map(Event::Frozen),
            tag::OBJECTV_FREEZE => self.class_again(place).map(Event::Frozen),
            tag::WEAKEN => self.expect_reference("a weak reference").map(|()| Event::Weak),
            tag::REGEXP => {
                self.object = None;
                self.regexp(None)
            }
            tag::ARRAY | tag::HASH => {
                Err(Fault::new(place, "expected a scalar, found a container without a reference"))
            }
            other => Err(Fault::new(place, format_args!("expected a value, found tag {other:#04x}"))),
        }
    }
}

impl<'de, 'b> Source<'de, 'b> for &mut Document<'de, 'b> {
    type Extent = usize;

    const REFUSES_EQUAL_KEYS: bool = true;

    #[inline]
    fn place(&mut self) -> usize {
        self.pass_padding();
        self.cursor.position()
    }

    fn offset(&self, place: usize) -> usize {
        place
    }

    fn jump(&mut self, place: usize) -> Result<(), Fault> {
        self.cursor.jump(place)
    }

    fn resume(&mut self, place: usize) {
        self.after_copy = self.after_copy.filter(|after| *after != place);
        self.cursor.resume(place);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn next(&mut self) -> Result<Event<'de, 'b, usize>, Fault> {
        self.pass_padding();
        let place = self.cursor.position();
        let tagged = self.cursor.byte("a value")?;
        self.track(tagged, place, place);
        let tag = tagged & !tag::TRACKED;
        if let Some(scalar) = self.scalar(tag)? {
            return Ok(scalar);
        }
        match tag {
            tag::REFN => self.reference(place),
            tag::ARRAYREF..=tag::ARRAYREF_LAST => {
                self.object = None;
                let extent = self.check_count(usize::from(tag - tag::ARRAYREF), 1)?;
                Ok(Event::Array { place: None, extent })
            }
            tag::HASHREF..=tag::HASHREF_LAST => {
                self.object = None;
                let extent = self.check_count(usize::from(tag - tag::HASHREF), 2)?;
                Ok(Event::Hash { place: None, extent })
            }
            _ => self.rare(tagged, place),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn plain_string(&mut self) -> Option<&'de str> {
        self.short_string()
    }

    #[inline]
    fn take_undef(&mut self) -> Result<bool, Fault> {
        self.pass_padding();
        let Some(tag) = self.cursor.peek() else { return Ok(false) };
        if !matches!(tag & !tag::TRACKED, tag::UNDEF | tag::CANONICAL_UNDEF) {
            return Ok(false);
        }
        let place = self.cursor.position();
        self.track(tag, place, place);
        self.cursor.seek(place + 1);
        Ok(true)
    }

    fn skip(&mut self) -> Result<(), Fault> {
        let mut left: usize = 1;
        while left > 0 {
            left -= 1;
            left += match self.next()? {
                Event::Array { extent, .. } => extent,
                // Keys are items as well.
                Event::Hash { extent, .. } => 2 * extent,
                Event::Blessed(_) | Event::Frozen(_) | Event::Reference { .. } | Event::Weak => 1,
                Event::Copy { .. } => {
                    self.after_copy = None;
                    0
                }
                _ => 0,
            };
        }
        Ok(())
    }

    #[inline]
    fn element(&mut self, extent: &mut usize) -> Result<bool, Fault> {
        match extent.checked_sub(1) {
            Some(left) => {
                *extent = left;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn key(&mut self, extent: &mut usize) -> Result<Option<PerlString<'de, 'b>>, Fault> {
        match self.element(extent)? {
            true => self.name("a key").map(|(key, _)| Some(key)),
            false => Ok(None),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn plain_key(&mut self, extent: &mut usize) -> Option<&'de str> {
        let left = extent.checked_sub(1)?;
        let key = self.short_string()?;
        *extent = left;
        Some(key)
    }

    #[inline]
    fn remaining(&self, extent: &usize) -> Option<usize> {
        Some(*extent)
    }
}

/// The nearest double to an x86 extended double, of whose sixteen bytes ten matter.
fn long_double(bytes: [u8; 16]) -> f64 {
    let [mantissa @ .., _, _, _, _, _, _, _, _] = bytes;
    let mantissa = u64::from_le_bytes(mantissa);
    let exponent = i32::from(u16::from_le_bytes([bytes[8], bytes[9] & 0x7f]));
    let magnitude = match exponent {
        0x7fff if mantissa << 1 == 0 => f64::INFINITY,
        0x7fff => f64::NAN,
        _ => {
            // In two steps, for a power of two alone may be too small or too large where the product is not.
            let exponent = exponent - 16_383;
            mantissa as f64 * 2f64.powi(-63) * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2)
        }
    };
    if bytes[9] & 0x80 == 0 { magnitude } else { -magnitude }
}
