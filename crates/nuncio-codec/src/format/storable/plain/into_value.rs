//! A plain image as a [`Value`], in one go.

use super::super::image::Image;
use super::super::tag::{self, key};
use crate::map::MapBuilder;
use crate::perl::{PerlString, Plain, ROOM_MAX, Reading};
use crate::{DecodeLimits, Value};

/// An image while it is read.
pub(in super::super) struct IntoValue<'a, 'de> {
    image: Image<'de>,
    plain: Plain<'a>,
}

impl<'a, 'de> IntoValue<'a, 'de> {
    pub(in super::super) fn new(image: Image<'de>, limits: &DecodeLimits, reading: &'a Reading) -> Self {
        Self { image, plain: Plain::new(limits, reading) }
    }

    /// Reads the image, if it is as plain as that and within the limits.
    pub(in super::super) fn read(mut self) -> Option<Value> {
        let mut value = Value::BLANK;
        let tag = self.byte()?;
        self.container(tag, &mut value)?;
        Some(value)
    }

    #[inline]
    fn byte(&mut self) -> Option<u8> {
        self.image.cursor.byte("a value").ok()
    }

    /// Reads the next value into `slot`, which is blank.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn value(&mut self, slot: &mut Value) -> Option<()> {
        if let Some(text) = self.image.plain_string() {
            return self.plain.put_text(text, slot);
        }
        let tag = self.byte()?;
        match self.image.scalar::<()>(tag).ok()? {
            Some(scalar) => self.plain.put(scalar, slot),
            None if tag == tag::REF => {
                let tag = self.byte()?;
                self.container(tag, slot)
            }
            None => None,
        }
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
    #[inline(always)]
    fn enter(&mut self, bytes: usize) -> Option<usize> {
        let count = self.image.count(bytes).ok()?;
        self.plain.enter(count)?;
        Some(count)
    }

    fn array(&mut self, slot: &mut Value) -> Option<()> {
        let count = self.enter(1)?;
        let mut elements = Vec::with_capacity(count.min(ROOM_MAX));
        for _ in 0..count {
            self.value(elements.push_mut(Value::BLANK))?;
        }
        slot.settle(Value::Array(elements));
        self.plain.leave();
        Some(())
    }

    fn hash(&mut self, keys_have_flags: bool, slot: &mut Value) -> Option<()> {
        let count = self.enter(if keys_have_flags { 6 } else { 5 })?;
        let mut map = MapBuilder::with_capacity(count.min(ROOM_MAX));
        for _ in 0..count {
            self.value(map.next_place())?;
            if !keys_have_flags && let Some(key) = self.image.plain_key() {
                self.plain.check(key)?;
                map.name(key);
                continue;
            }
            let key = match keys_have_flags {
                true => self.flag_key()?,
                false => self.image.bytes(true, "a key").ok()?,
            };
            map.name(self.plain.key(key)?);
        }
        slot.settle(Value::Map(map.finish()));
        self.plain.leave();
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
