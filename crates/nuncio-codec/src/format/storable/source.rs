//! The second pass: reading an image along the tape that the first one left.

use super::image::{Class, Image, Prefix};
use super::index::{Index, MARK};
use super::tag::{self, hook, key};
use crate::perl::{Event, Fault, Lent, PerlString, Regexp, Source};

/// The bits of a place that say how the slot in its other bits is read. Slots are below 2^31, and take four bytes each.
const MODES: usize = REFERRED | COOKED | LISTED;
/// As what a reference to it is.
const REFERRED: usize = 1 << (usize::BITS - 1);
/// As the string in which an object with a hook wrote itself.
const COOKED: usize = 1 << (usize::BITS - 2);
/// As one of the references that the hook gave besides.
const LISTED: usize = 1 << (usize::BITS - 3);

/// An image while it is read.
#[derive(Debug)]
pub(super) struct Document<'de, 'b> {
    image: Image<'de>,
    index: &'b Index,
    /// The place of the next value.
    at: usize,
    /// Whether the class of what the next reference is to was already said.
    is_named: bool,
    /// The slot before which everything was read.
    read_up_to: usize,
}

/// What is left of a container.
#[derive(Debug)]
pub(super) struct Extent {
    left: usize,
    keys_have_flags: bool,
}

impl Extent {
    fn of(left: usize) -> Self {
        Self { left, keys_have_flags: false }
    }
}

type Next<'de, 'b> = Result<Event<'de, 'b, Extent>, Fault>;

impl<'de: 'b, 'b> Document<'de, 'b> {
    pub(super) fn new(mut image: Image<'de>, index: &'b Index) -> Self {
        // The first time does not count, and an image may be read again for as many bytes as it has.
        let size = image.cursor.remaining();
        let _ = image.cursor.unfold(size);
        Self { image, index, at: REFERRED, is_named: false, read_up_to: 0 }
    }

    /// Goes to the byte that a slot has.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn seek(&mut self, slot: usize) -> usize {
        let start = (self.index.tape[slot] & !MARK) as usize;
        self.image.cursor.seek(start);
        start
    }

    #[inline]
    fn target(&self, slot: usize) -> usize {
        self.index.tape[slot] as usize
    }

    /// The place by which something refers to the value in a slot, if anything does.
    #[inline]
    fn identity(&self, slot: usize) -> Option<usize> {
        (self.index.tape[slot] & MARK != 0).then_some(slot)
    }

    /// Notes that the slot was read, from the byte `start` to the present one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn note(&mut self, slot: usize, start: usize) -> Result<(), Fault> {
        let size = self.image.cursor.position() - start;
        if slot < self.read_up_to {
            return self.image.cursor.unfold(size);
        }
        self.read_up_to = slot + 1;
        Ok(())
    }

    /// Reads what stands before the tag of a value: the tag, and the last class before it.
    #[cold]
    fn prefixes(&mut self, mut tag: u8) -> Result<(u8, Option<Class>), Fault> {
        let mut class = None;
        while let Some(prefix) = self.image.prefix(tag)? {
            if let Prefix::Class(nearer) = prefix {
                class = Some(nearer);
            }
            tag = self.image.cursor.byte("a value")?;
        }
        Ok((tag, class))
    }

    #[inline]
    fn tag(&mut self) -> Result<(u8, Option<Class>), Fault> {
        match self.image.cursor.byte("a value")? {
            tag if tag::is_prefix(tag) => self.prefixes(tag),
            tag => Ok((tag, None)),
        }
    }

    #[inline]
    fn tag_in(&mut self, slot: usize) -> Result<(u8, Option<Class>), Fault> {
        self.seek(slot);
        self.tag()
    }

    fn class(&self, class: &Class) -> PerlString<'de, 'de> {
        let (start, end) = match class {
            Class::Named { start, end } => (*start, *end),
            Class::Numbered(number) => self.index.classes[*number],
        };
        self.image.lend(start, end)
    }

    /// Reads the value in a slot.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn value(&mut self, slot: usize) -> Next<'de, 'b> {
        let start = self.seek(slot);
        let mut tag = self.image.cursor.byte("a value")?;
        if tag::is_prefix(tag) {
            // The class is that of a reference to this.
            (tag, _) = self.prefixes(tag)?;
        }
        self.at = slot + 1;
        let event = match self.image.scalar(tag)? {
            Some(scalar) => scalar,
            None if matches!(tag, tag::REF | tag::OVERLOAD) => return self.referred(slot + 1),
            None => return self.rare(tag, slot),
        };
        self.note(slot, start)?;
        Ok(event)
    }

    #[cold]
    fn rare(&mut self, tag: u8, slot: usize) -> Next<'de, 'b> {
        match tag {
            tag::OBJECT => {
                self.at = slot + 2;
                let target = self.target(slot + 1);
                Ok(match self.tag_in(target)? {
                    // Perl has one of each, and that two are the same says nothing.
                    (tag::SV_YES | tag::SV_NO | tag::SV_UNDEF, _) => Event::Copy { start: target },
                    _ => Event::Alias { place: target },
                })
            }
            tag::WEAKREF | tag::WEAKOVERLOAD => {
                self.at = (slot + 1) | REFERRED;
                Ok(Event::Weak)
            }
            tag::REGEXP | tag::HOOK => self.referred(slot),
            tag::ARRAY | tag::HASH | tag::FLAG_HASH | tag::CODE => {
                let start = self.seek(slot);
                Err(Fault::new(start, "expected a scalar, found what has to be behind a reference"))
            }
            _ => Err(self.image.cursor.expected("a value", format_args!("tag {tag:#04x}"))),
        }
    }

    /// Reads what a reference to the value in a slot is.
    #[inline]
    fn referred(&mut self, slot: usize) -> Next<'de, 'b> {
        let start = self.seek(slot);
        let (tag, class) = self.tag()?;
        let is_named = std::mem::take(&mut self.is_named);
        if let Some(class) = class
            && !is_named
            && !matches!(tag, tag::OBJECT | tag::HOOK)
        {
            self.is_named = true;
            self.at = slot | REFERRED;
            return Ok(Event::Blessed(self.class(&class)));
        }
        self.at = slot + 2;
        let event = match tag {
            tag::ARRAY => Event::Array { place: self.identity(slot), extent: Extent::of(self.image.count(1)?) },
            tag::HASH => Event::Hash { place: self.identity(slot), extent: Extent::of(self.image.count(5)?) },
            tag::FLAG_HASH => {
                self.image.cursor.byte("the flags of a hash")?;
                let extent = Extent { left: self.image.count(6)?, keys_have_flags: true };
                Event::Hash { place: self.identity(slot), extent }
            }
            tag::OBJECT => return self.again(self.target(slot + 1)),
            tag::HOOK => return self.hook(slot, is_named),
            tag::REGEXP => self.regexp(slot)?,
            tag::CODE => {
                self.at = slot + 1;
                self.image.code_body()?;
                Event::Code(PerlString::Text(Lent::Passing(self.index.rewritten(start).unwrap_or_default())))
            }
            _ => {
                self.at = slot;
                return Ok(Event::Reference { place: self.identity(slot) });
            }
        };
        self.note(slot, start)?;
        Ok(event)
    }

    fn regexp(&mut self, slot: usize) -> Next<'de, 'b> {
        self.at = slot + 1;
        let flags = self.image.cursor.byte("the flags of a regular expression")?;
        let pattern = self.image.bytes(flags & tag::LONG_REGEXP != 0, "a regular expression")?;
        let flags = self.image.bytes(false, "the modifiers of a regular expression")?;
        let [pattern, flags] = [pattern, flags].map(|text| text.characters().into_owned());
        Ok(Event::Regexp { place: self.identity(slot), regexp: Box::new(Regexp { pattern, flags }) })
    }

    /// A reference to the value in the slot `target`.
    fn again(&mut self, target: usize) -> Next<'de, 'b> {
        let (tag, class) = self.tag_in(target)?;
        let is_more = matches!(tag, tag::ARRAY | tag::HASH | tag::FLAG_HASH | tag::HOOK | tag::REGEXP | tag::CODE);
        // A scalar is what it is. The class, and what has one, belong to the reference.
        let start = if is_more || class.is_some() { target | REFERRED } else { target };
        Ok(Event::Again { place: target, start })
    }

    /// An object that wrote itself: first its class, then what it wrote.
    fn hook(&mut self, slot: usize, is_named: bool) -> Next<'de, 'b> {
        let list = self.target(slot + 2);
        if !is_named {
            self.is_named = true;
            self.at = slot | REFERRED;
            let (class, _) = self.hook_head(list)?;
            return Ok(Event::Frozen(self.class(&class)));
        }
        self.at = list | COOKED;
        let count = self.target(slot + 1) - list;
        Ok(Event::Array { place: self.identity(slot), extent: Extent::of(count) })
    }

    /// Reads the head of what an object wrote: its class, and the flags before.
    fn hook_head(&mut self, list: usize) -> Result<(Class, u8), Fault> {
        self.seek(list);
        let flags = self.image.cursor.byte("the flags of an object with a hook")?;
        Ok((self.image.hook_class(flags)?, flags))
    }

    fn cooked(&mut self, list: usize) -> Next<'de, 'b> {
        let (_, flags) = self.hook_head(list)?;
        let start = self.image.cursor.position();
        let string = self.image.bytes(flags & hook::LONG_STRING != 0, "a string")?;
        self.at = (list + 1) | LISTED;
        self.note(list, start)?;
        Ok(Event::String(string))
    }

    /// The slot after the value in `slot`, which is passed over as a value or as what is referred to.
    fn after(&mut self, mut slot: usize) -> Result<usize, Fault> {
        loop {
            match self.tag_in(slot)?.0 {
                tag::REF | tag::OVERLOAD | tag::WEAKREF | tag::WEAKOVERLOAD => slot += 1,
                tag::ARRAY | tag::HASH | tag::FLAG_HASH | tag::HOOK => return Ok(self.target(slot + 1)),
                tag::OBJECT => return Ok(slot + 2),
                _ => return Ok(slot + 1),
            }
        }
    }

    /// Reads a key in a hash whose keys have flags.
    fn flag_key(&mut self, start: usize) -> Result<PerlString<'de, 'b>, Fault> {
        let flags = self.image.cursor.byte("the flags of a key")?;
        if flags & key::UTF8 != 0 {
            return self.image.text(true, "a key");
        }
        let key = self.image.bytes(true, "a key")?;
        if flags & key::WAS_UTF8 == 0 {
            return Ok(key);
        }
        Ok(match (self.index.rewritten(start), key) {
            (Some(text), _) => PerlString::Text(Lent::Passing(text)),
            (None, PerlString::Ascii(text)) => PerlString::Text(Lent::Borrowed(text)),
            (None, other) => other,
        })
    }
}

impl<'de: 'b, 'b> Source<'de, 'b> for Document<'de, 'b> {
    type Extent = Extent;

    #[inline]
    fn place(&mut self) -> usize {
        self.at
    }

    fn offset(&self, place: usize) -> usize {
        let entry = |slot: usize| self.index.tape.get(slot).map_or(0, |entry| (entry & !MARK) as usize);
        match place & LISTED {
            0 => entry(place & !MODES),
            _ => entry(entry(place & !MODES)),
        }
    }

    fn jump(&mut self, place: usize) -> Result<(), Fault> {
        self.at = place;
        self.image.cursor.unfold(1)
    }

    fn resume(&mut self, place: usize) {
        self.at = place;
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn next(&mut self) -> Next<'de, 'b> {
        let place = self.at;
        match place & MODES {
            0 => self.value(place),
            REFERRED => self.referred(place & !MODES),
            COOKED => self.cooked(place & !MODES),
            _ => {
                self.at = place + 1;
                self.again(self.target(place & !MODES))
            }
        }
    }

    #[inline]
    fn take_undef(&mut self) -> Result<bool, Fault> {
        if self.at & (COOKED | LISTED) != 0 {
            return Ok(false);
        }
        // A reference to nothing is what an image of nothing is.
        let slot = self.at & !REFERRED;
        let start = self.seek(slot);
        match self.image.cursor.byte("a value")? {
            tag::UNDEF | tag::SV_UNDEF | tag::SVUNDEF_ELEM => {
                self.at = slot + 1;
                self.note(slot, start)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn skip(&mut self) -> Result<(), Fault> {
        let place = self.at;
        self.at = match place & (COOKED | LISTED) {
            0 => self.after(place & !MODES)?,
            _ => ((place & !MODES) + 1) | LISTED,
        };
        Ok(())
    }

    #[inline]
    fn element(&mut self, extent: &mut Extent) -> Result<bool, Fault> {
        match extent.left.checked_sub(1) {
            Some(left) => {
                extent.left = left;
                Ok(true)
            }
            None => {
                // Behind what an object wrote of itself come values again.
                self.at &= !MODES;
                Ok(false)
            }
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn key(&mut self, extent: &mut Extent) -> Result<Option<PerlString<'de, 'b>>, Fault> {
        while self.element(extent)? {
            let slot = self.at;
            let start = self.seek(slot);
            if self.index.tape[slot] & MARK != 0 {
                self.at = self.after(slot + 1)?;
                continue;
            }
            self.at = slot + 1;
            let key = match extent.keys_have_flags {
                true => self.flag_key(start)?,
                false => self.image.bytes(true, "a key")?,
            };
            self.note(slot, start)?;
            return Ok(Some(key));
        }
        Ok(None)
    }

    #[inline]
    fn remaining(&self, extent: &Extent) -> Option<usize> {
        Some(extent.left)
    }
}
