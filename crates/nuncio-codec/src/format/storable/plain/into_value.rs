//! A plain image as a [`Value`], in one go.

use super::super::image::Image;
use super::super::tag::{self, key};
use crate::map::MapBuilder;
use crate::perl::{DEPTH_MAX, Event, PerlString, ROOM_MAX, Reading};
use crate::{DecodeLimits, Value};

/// An image while it is read.
pub(in super::super) struct IntoValue<'a, 'de> {
    image: Image<'de>,
    limits: &'a DecodeLimits,
    reading: &'a Reading,
    /// How many levels deeper it may still go.
    levels: usize,
    /// How many elements there may still be.
    elements: usize,
}

impl<'a, 'de> IntoValue<'a, 'de> {
    pub(in super::super) fn new(image: Image<'de>, limits: &'a DecodeLimits, reading: &'a Reading) -> Self {
        let (levels, elements) = (limits.depth.min(DEPTH_MAX), limits.elements);
        Self { image, limits, reading, levels, elements }
    }

    /// Reads the image, if it is as plain as that and within the limits.
    pub(in super::super) fn read(mut self) -> Option<Value> {
        let mut value = Value::Null;
        let tag = self.byte()?;
        self.container(tag, &mut value)?;
        Some(value)
    }

    #[inline]
    fn byte(&mut self) -> Option<u8> {
        self.image.cursor.byte("a value").ok()
    }

    /// Reads the next value into `slot`, which is null.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn value(&mut self, slot: &mut Value) -> Option<()> {
        if let Some(text) = self.image.plain_string() {
            self.check_size(text.len())?;
            slot.settle(Value::from(text));
            return Some(());
        }
        let tag = self.byte()?;
        match self.image.scalar::<()>(tag).ok()? {
            Some(Event::String(string)) => return self.string(string, slot),
            Some(Event::Int(value)) => slot.settle(Value::Int(value)),
            Some(Event::Float(value)) => slot.settle(Value::Float(value)),
            Some(Event::Bool(value)) => slot.settle(Value::Bool(value)),
            Some(Event::Undef) => slot.settle(Value::Null),
            _ if tag == tag::REF => {
                let tag = self.byte()?;
                return self.container(tag, slot);
            }
            _ => return None,
        }
        Some(())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn string(&self, string: PerlString<'de, 'de>, slot: &mut Value) -> Option<()> {
        self.check_size(string.bytes().len())?;
        match string.text_or_bytes(self.reading.strings) {
            Ok(text) => slot.settle(Value::from(&*text)),
            Err(bytes) => slot.settle(Value::from(&*bytes)),
        }
        Some(())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn check_size(&self, size: usize) -> Option<()> {
        (size <= self.limits.text_bytes).then_some(())
    }

    fn container(&mut self, tag: u8, slot: &mut Value) -> Option<()> {
        match tag {
            tag::HASH => self.hash(false, slot),
            tag::ARRAY => self.array(slot),
            tag::FLAG_HASH => {
                self.byte()?;
                self.hash(true, slot)
            }
            _ => None,
        }
    }

    /// Goes into a container whose items take `bytes` bytes at least, and answers how many there are.
    #[inline]
    fn enter(&mut self, bytes: usize) -> Option<usize> {
        let count = self.image.count(bytes).ok()?;
        self.elements = self.elements.checked_sub(count)?;
        self.levels = self.levels.checked_sub(1)?;
        Some(count)
    }

    fn array(&mut self, slot: &mut Value) -> Option<()> {
        let count = self.enter(1)?;
        let mut elements = Vec::with_capacity(count.min(ROOM_MAX));
        for _ in 0..count {
            self.value(elements.push_mut(Value::Null))?;
        }
        slot.settle(Value::Array(elements));
        self.levels += 1;
        Some(())
    }

    fn hash(&mut self, keys_have_flags: bool, slot: &mut Value) -> Option<()> {
        let count = self.enter(if keys_have_flags { 6 } else { 5 })?;
        let mut map = MapBuilder::with_capacity(count.min(ROOM_MAX));
        for _ in 0..count {
            self.value(map.next_place())?;
            if !keys_have_flags && let Some(key) = self.image.plain_key() {
                self.check_size(key.len())?;
                map.name(key);
                continue;
            }
            let key = match keys_have_flags {
                true => self.flag_key()?,
                false => self.image.bytes(true, "a key").ok()?,
            };
            self.check_size(key.bytes().len())?;
            map.name(&key.text_or_bytes(self.reading.strings).ok()?);
        }
        slot.settle(Value::Map(map.finish()));
        self.levels += 1;
        Some(())
    }

    fn flag_key(&mut self) -> Option<PerlString<'de, 'de>> {
        let key = match self.byte()? {
            0 => self.image.bytes(true, "a key"),
            key::UTF8 => self.image.text(true, "a key"),
            _ => return None,
        };
        key.ok()
    }
}
