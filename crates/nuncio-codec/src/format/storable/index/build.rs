//! Going over an image once.

use super::super::image::{Class, Image, Prefix};
use super::super::tag::{self, hook, key};
use super::{Index, MARK, Rewritten};
use crate::DecodeLimits;
use crate::error::Exceeded;
use crate::perl::{Fault, latin_1};

/// A container that has begun.
#[derive(Debug)]
struct Open {
    kind: Kind,
    slot: usize,
    /// How many elements or entries are still to come, with the present one.
    left: usize,
    /// Where the key of the present entry is to be put.
    key: usize,
    /// How deep the container is.
    level: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Array,
    FlagHash,
    Hash,
    /// An object that wrote itself, while values come that belong to it.
    Hook,
}

pub(super) struct Builder<'a, 'de> {
    image: Image<'de>,
    limits: &'a DecodeLimits,
    tape: Vec<u32>,
    classes: Vec<(usize, usize)>,
    rewritten: Vec<Rewritten>,
    /// The slots of the values that have numbers.
    objects: Vec<u32>,
    open: Vec<Open>,
    /// How deep the next value is, each reference counted as a level.
    level: usize,
    level_max: usize,
    /// How many elements there may still be.
    elements: usize,
    /// How many references, classes and values of hooks there may still be.
    steps: usize,
}

/// What a slot takes of an image at the usual density, in bytes.
const BYTES_PER_SLOT: usize = 8;

impl<'a, 'de> Builder<'a, 'de> {
    pub(super) fn new(image: Image<'de>, limits: &'a DecodeLimits) -> Self {
        let capacity = image.cursor.remaining() / BYTES_PER_SLOT;
        Self {
            image,
            limits,
            tape: Vec::with_capacity(capacity),
            classes: Vec::new(),
            rewritten: Vec::new(),
            objects: Vec::with_capacity(capacity),
            open: Vec::new(),
            level: 0,
            // Each container is met through a reference. Containers alone are counted by who reads them.
            level_max: limits.depth.saturating_add(1).saturating_mul(2),
            elements: limits.elements,
            // Each element may be a reference to an object; what takes more steps is made of nothing else.
            steps: limits.elements.saturating_add(1).saturating_mul(2),
        }
    }

    pub(super) fn build(mut self) -> Result<Index, Fault> {
        loop {
            let start = self.image.cursor.position();
            let goes_on = self.value().and_then(|is_whole| if is_whole { self.goes_on() } else { Ok(true) });
            if !goes_on.map_err(|fault| fault.at(start))? {
                return Ok(Index { tape: self.tape, classes: self.classes, rewritten: self.rewritten });
            }
        }
    }

    #[inline]
    fn slot(&self) -> usize {
        self.tape.len()
    }

    #[inline]
    fn push(&mut self, entry: usize) {
        // Bytes of the image are below `SIZE_MAX`, and it takes more of them than it has slots.
        self.tape.push(entry as u32);
    }

    /// Begins a value that has a number.
    #[inline]
    fn number(&mut self, start: usize) {
        self.objects.push(self.tape.len() as u32);
        self.push(start);
    }

    /// Reads a value up to where the next one comes, inside or after it, and says whether it is whole.
    #[inline]
    fn value(&mut self) -> Result<bool, Fault> {
        let start = self.image.cursor.position();
        let mut tag = self.image.cursor.byte("a value")?;
        if tag::is_prefix(tag) {
            tag = self.prefixes(tag)?;
        }
        match tag {
            tag::REF | tag::OVERLOAD | tag::WEAKREF | tag::WEAKOVERLOAD => {
                self.number(start);
                self.step()?;
                self.descend()?;
                return Ok(false);
            }
            tag::ARRAY => return self.container(start, Kind::Array, 1),
            tag::HASH => return self.container(start, Kind::Hash, 5),
            tag::FLAG_HASH => {
                self.image.cursor.byte("the flags of a hash")?;
                return self.container(start, Kind::FlagHash, 6);
            }
            tag::OBJECT => self.object(start)?,
            _ => match self.image.pass_scalar(tag) {
                Some(passed) => {
                    self.number(start);
                    passed?;
                }
                None => return self.rare(tag, start),
            },
        }
        Ok(true)
    }

    #[cold]
    fn rare(&mut self, tag: u8, start: usize) -> Result<bool, Fault> {
        let refused = |found: &str| Err(Fault::new(start, format_args!("expected data, found {found}")));
        match tag {
            tag::REGEXP => {
                self.number(start);
                let flags = self.image.cursor.byte("the flags of a regular expression")?;
                self.image.pass_string(flags & tag::LONG_REGEXP != 0)?;
                self.image.pass_string(false)?;
            }
            tag::CODE => self.code(start)?,
            tag::HOOK => return self.hook(start),
            tag::TIED_ARRAY => return refused("a tied array"),
            tag::TIED_HASH => return refused("a tied hash"),
            tag::TIED_SCALAR => return refused("a tied scalar"),
            tag::TIED_KEY => return refused("an element of a tied hash"),
            tag::TIED_INDEX => return refused("an element of a tied array"),
            tag::LOBJECT => return refused("something of 2 GiB or more"),
            _ => return Err(Fault::new(start, format_args!("expected a value, found tag {tag:#04x}"))),
        }
        Ok(true)
    }

    /// Passes over what stands before the tag of a value, and answers the tag.
    #[cold]
    fn prefixes(&mut self, mut tag: u8) -> Result<u8, Fault> {
        while let Some(prefix) = self.image.prefix(tag)? {
            self.step()?;
            if let Prefix::Class(class) = prefix {
                self.class(class)?;
            }
            tag = self.image.cursor.byte("a value")?;
        }
        Ok(tag)
    }

    fn class(&mut self, class: Class) -> Result<(), Fault> {
        match class {
            Class::Named { start, end } => self.classes.push((start, end)),
            Class::Numbered(number) if number < self.classes.len() => {}
            Class::Numbered(number) => {
                let known = self.classes.len();
                let wanted = format_args!("one of {known} classes");
                return Err(self.image.cursor.expected(wanted, format_args!("number {number}")));
            }
        }
        Ok(())
    }

    /// Reads the number of an object, marks it, and answers its slot.
    fn object_slot(&mut self) -> Result<u32, Fault> {
        let start = self.image.cursor.position();
        let number = self.image.object_number()?;
        let Some(slot) = self.objects.get(number) else {
            let known = self.objects.len();
            return Err(Fault::new(start, format_args!("expected one of {known} objects, found number {number}")));
        };
        self.tape[*slot as usize] |= MARK;
        Ok(*slot)
    }

    fn object(&mut self, start: usize) -> Result<(), Fault> {
        let slot = self.object_slot()?;
        self.tape.extend([start as u32, slot]);
        Ok(())
    }

    /// The function has a number, and its source text another. Of that the original writes what follows `sub`.
    fn code(&mut self, start: usize) -> Result<(), Fault> {
        self.number(start);
        self.objects.push(self.slot() as u32 - 1);
        let body = self.image.code_body()?;
        let text = format!("sub {}", body.characters()).into();
        self.rewritten.push(Rewritten { start, text });
        Ok(())
    }

    /// Begins a container whose items take `bytes` bytes at least.
    #[inline]
    fn container(&mut self, start: usize, kind: Kind, bytes: usize) -> Result<bool, Fault> {
        let slot = self.slot();
        self.number(start);
        self.push(0);
        let left = self.image.count(bytes)?;
        match self.elements.checked_sub(left) {
            Some(elements) => self.elements = elements,
            None => return Err(Fault::limit(Exceeded::Elements { limit: self.limits.elements })),
        }
        let level = self.level;
        self.descend()?;
        self.open.push(Open { kind, slot, left, key: 0, level });
        if left == 0 {
            self.close();
            return Ok(true);
        }
        self.begin_item();
        Ok(false)
    }

    /// Makes room for what comes before the next value of the innermost container.
    #[inline]
    fn begin_item(&mut self) {
        let slot = self.tape.len();
        let Some(open) = self.open.last_mut() else { return };
        self.level = open.level + 1;
        if matches!(open.kind, Kind::Hash | Kind::FlagHash) {
            open.key = slot;
            self.tape.push(0);
        }
    }

    /// After a value, says whether another one comes.
    #[inline]
    fn goes_on(&mut self) -> Result<bool, Fault> {
        loop {
            let Some(open) = self.open.last_mut() else { return Ok(false) };
            open.left -= 1;
            let Open { kind, key, left, .. } = *open;
            match kind {
                Kind::Array => {}
                Kind::Hash => self.tape[key] = self.key()?,
                Kind::FlagHash => self.tape[key] = self.flag_key()?,
                Kind::Hook => {
                    if self.hook_goes_on()? {
                        return Ok(true);
                    }
                    continue;
                }
            }
            if left > 0 {
                self.begin_item();
                return Ok(true);
            }
            self.close();
        }
    }

    /// Ends the innermost container.
    #[inline]
    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.tape[open.slot + 1] = self.tape.len() as u32;
            self.level = open.level;
        }
    }

    #[inline]
    fn key(&mut self) -> Result<u32, Fault> {
        let start = self.image.cursor.position();
        self.image.pass_key()?;
        Ok(start as u32)
    }

    fn flag_key(&mut self) -> Result<u32, Fault> {
        let start = self.image.cursor.position();
        let flags = self.image.cursor.byte("the flags of a key")?;
        if flags & key::IS_VALUE != 0 {
            return Err(Fault::new(start, "expected a key, found a value in its place"));
        }
        let (from, to) = self.image.pass_key()?;
        let written = self.image.lend(from, to);
        if flags & (key::UTF8 | key::WAS_UTF8) == key::WAS_UTF8 && !written.bytes().is_ascii() {
            self.rewritten.push(Rewritten { start, text: latin_1(written.bytes()).into() });
        }
        Ok(start as u32 | if flags & key::PLACEHOLDER != 0 { MARK } else { 0 })
    }

    fn hook(&mut self, start: usize) -> Result<bool, Fault> {
        let slot = self.slot();
        self.number(start);
        self.tape.extend([0, 0]);
        let at = self.image.cursor.position();
        let flags = self.image.cursor.byte("the flags of an object with a hook")?;
        if flags & hook::TYPE == hook::TYPE_EXTRA {
            return Err(Fault::new(start, "expected data, found an object that is tied"));
        }
        let level = self.level;
        self.descend()?;
        self.open.push(Open { kind: Kind::Hook, slot, left: 1, key: 0, level });
        self.hook_flags(flags, at).map(|goes_on| !goes_on)
    }

    /// After a value that belongs to a hook, says whether another one comes.
    fn hook_goes_on(&mut self) -> Result<bool, Fault> {
        let at = self.image.cursor.position();
        let flags = self.image.cursor.byte("the flags of an object with a hook")?;
        self.hook_flags(flags, at)
    }

    /// Reads what the flags at the byte `at` announce, and says whether that is a value.
    fn hook_flags(&mut self, flags: u8, at: usize) -> Result<bool, Fault> {
        let Some(open) = self.open.last_mut() else { return Ok(false) };
        if flags & hook::VALUE_FOLLOWS != 0 {
            open.left = 1;
            self.level = open.level + 1;
            self.step()?;
            return Ok(true);
        }
        let slot = open.slot;
        self.tape[slot + 2] = self.slot() as u32;
        self.push(at);
        let class = self.image.hook_class(flags)?;
        self.class(class)?;
        self.image.pass_string(flags & hook::LONG_STRING != 0)?;
        if flags & hook::HAS_LIST != 0 {
            self.hook_list(flags)?;
        }
        self.close();
        Ok(false)
    }

    fn hook_list(&mut self, flags: u8) -> Result<(), Fault> {
        let count = self.image.size_in(flags & hook::LONG_LIST != 0, "the length of a list")?;
        for _ in 0..count {
            let slot = self.object_slot()?;
            self.tape.push(slot);
        }
        Ok(())
    }

    /// Goes one level deeper.
    #[inline]
    fn descend(&mut self) -> Result<(), Fault> {
        self.level += 1;
        match self.level > self.level_max {
            true => Err(Fault::limit(Exceeded::Depth { limit: self.limits.depth })),
            false => Ok(()),
        }
    }

    /// Counts what leads to a value and is none.
    #[inline]
    fn step(&mut self) -> Result<(), Fault> {
        match self.steps.checked_sub(1) {
            Some(steps) => {
                self.steps = steps;
                Ok(())
            }
            None => Err(Fault::limit(Exceeded::Elements { limit: self.limits.elements })),
        }
    }
}
