//! What readers of plain documents have in common, which make a [`Value`] of nearly all documents in one go.
//!
//! Such a reader says nothing about what it does not know or may not accept: the document is then read from the beginning
//! by the one that knows everything, which is also the one that says what is wrong with it.

use super::{DEPTH_MAX, Event, Lent, PerlString, Reading};
use crate::{DecodeLimits, Value};

/// What a plain document may still use of its limits.
#[derive(Debug)]
pub(crate) struct Plain<'a> {
    reading: &'a Reading,
    text_bytes: usize,
    /// How many levels deeper it may still go.
    levels: usize,
    /// How many elements there may still be.
    elements: usize,
}

impl<'a> Plain<'a> {
    pub(crate) fn new(limits: &DecodeLimits, reading: &'a Reading) -> Self {
        let DecodeLimits { depth, elements, text_bytes, .. } = *limits;
        Self { reading, text_bytes, levels: depth.min(DEPTH_MAX), elements }
    }

    /// Goes into a container of `count` items, which has to be undone by [`leave`](Self::leave).
    #[inline]
    pub(crate) fn enter(&mut self, count: usize) -> Option<()> {
        self.elements = self.elements.checked_sub(count)?;
        self.levels = self.levels.checked_sub(1)?;
        Some(())
    }

    #[inline]
    pub(crate) fn leave(&mut self) {
        self.levels += 1;
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn check(&self, text: &str) -> Option<()> {
        (text.len() <= self.text_bytes).then_some(())
    }

    /// Puts a text into `slot`, which is blank.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn put_text(&self, text: &str, slot: &mut Value) -> Option<()> {
        self.check(text)?;
        slot.settle_text(text);
        Some(())
    }

    /// Puts a scalar into `slot`, which is blank.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn put<X>(&self, scalar: Event<'_, '_, X>, slot: &mut Value) -> Option<()> {
        match scalar {
            Event::String(string) => return self.put_string(string, slot),
            Event::Int(value) => slot.settle(Value::Int(value)),
            Event::UInt(value) => slot.settle(Value::UInt(value)),
            Event::Float(value) => slot.settle(Value::Float(value)),
            Event::Bool(value) => slot.settle(Value::Bool(value)),
            Event::Undef => slot.settle(Value::Null),
            _ => return None,
        }
        Some(())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn put_string(&self, string: PerlString<'_, '_>, slot: &mut Value) -> Option<()> {
        if string.bytes().len() > self.text_bytes {
            return None;
        }
        match string.text_or_bytes(self.reading.strings) {
            Ok(text) => slot.settle_text(&text),
            Err(bytes) => slot.settle(Value::from(&*bytes)),
        }
        Some(())
    }

    /// The text that a key is, if it is text to everybody.
    #[inline]
    pub(crate) fn key<'de>(&self, key: PerlString<'de, 'de>) -> Option<&'de str> {
        let (Lent::Borrowed(text) | Lent::Passing(text)) = key.text_or_bytes(self.reading.strings).ok()?;
        self.check(text)?;
        Some(text)
    }
}
