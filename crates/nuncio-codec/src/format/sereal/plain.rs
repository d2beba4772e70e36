//! A plain body as a [`Value`], in one go: one without objects, in which nothing but keys is met twice.

use super::source::Document;
use super::tag;
use crate::map::MapBuilder;
use crate::perl::{Plain, ROOM_MAX, Reading};
use crate::{DecodeLimits, Value};

/// A body while it is read.
pub(super) struct IntoValue<'a, 'de> {
    document: Document<'de, 'de>,
    plain: Plain<'a>,
}

impl<'a, 'de> IntoValue<'a, 'de> {
    pub(super) fn new(document: Document<'de, 'de>, limits: &DecodeLimits, reading: &'a Reading) -> Self {
        Self { document, plain: Plain::new(limits, reading) }
    }

    /// Reads the body, if it is as plain as that and within the limits.
    pub(super) fn read(mut self) -> Option<Value> {
        let mut value = Value::BLANK;
        self.value(&mut value)?;
        Some(value)
    }

    /// Reads the next value into `slot`, which is blank.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn value(&mut self, slot: &mut Value) -> Option<()> {
        if let Some(text) = self.document.short_string() {
            return self.plain.put_text(text, slot);
        }
        let tag = self.document.cursor.byte("a value").ok()?;
        match self.document.scalar::<()>(tag).ok()? {
            Some(scalar) => self.plain.put(scalar, slot),
            None => self.container(tag, slot),
        }
    }

    fn container(&mut self, tag: u8, slot: &mut Value) -> Option<()> {
        match tag {
            tag::ARRAYREF..=tag::ARRAYREF_LAST => {
                let count = self.document.check_count(usize::from(tag - tag::ARRAYREF), 1).ok()?;
                self.array(count, slot)
            }
            tag::HASHREF..=tag::HASHREF_LAST => {
                let count = self.document.check_count(usize::from(tag - tag::HASHREF), 2).ok()?;
                self.hash(count, slot)
            }
            tag::REFN => match self.document.cursor.byte("what a reference is to").ok()? {
                tag::ARRAY => {
                    let count = self.document.count(1).ok()?;
                    self.array(count, slot)
                }
                tag::HASH => {
                    let count = self.document.count(2).ok()?;
                    self.hash(count, slot)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn array(&mut self, count: usize, slot: &mut Value) -> Option<()> {
        self.plain.enter(count)?;
        let mut elements = Vec::with_capacity(count.min(ROOM_MAX));
        for _ in 0..count {
            self.value(elements.push_mut(Value::BLANK))?;
        }
        slot.settle(Value::Array(elements));
        self.plain.leave();
        Some(())
    }

    fn hash(&mut self, count: usize, slot: &mut Value) -> Option<()> {
        self.plain.enter(count)?;
        let mut map = MapBuilder::with_capacity(count.min(ROOM_MAX));
        for _ in 0..count {
            let slot = match self.document.short_string() {
                Some(key) => {
                    self.plain.check(key)?;
                    map.place(key)
                }
                None => map.place(self.plain.key(self.document.name("a key").ok()?.0)?),
            };
            self.value(slot)?;
        }
        slot.settle(Value::Map(map.finish()));
        self.plain.leave();
        Some(())
    }
}
