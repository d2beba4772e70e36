//! From events to a [`Value`].
//!
//! Each value is put where it is to stay, and never moved: a move of four words that were written piece by piece has to
//! wait until all of them are out of the processor's hands, and through serde there would be four of them.

use super::reader::{ROOM_MAX, Reader};
use super::string::put_into_text;
use super::{Consume, Event, Fault, PerlString, Reading, Source};
use crate::map::MapBuilder;
use crate::value::Object;
use crate::{DecodeLimits, Value};

/// Reads a document as a [`Value`].
#[derive(Debug)]
pub(crate) struct IntoValue<'a> {
    pub(crate) limits: &'a DecodeLimits,
    pub(crate) reading: &'a Reading,
}

impl<'de> Consume<'de> for IntoValue<'_> {
    type Out = Value;

    fn consume<'b, S: Source<'de, 'b>>(self, source: S) -> Result<Value, Fault> {
        let mut value = Value::BLANK;
        Reader::new(source, self.limits, self.reading).fill(&mut value)?;
        Ok(value)
    }
}

impl<'de, 'b, S: Source<'de, 'b>> Reader<'_, 'b, S> {
    /// Reads the next value into `slot`, which is blank.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn fill(&mut self, slot: &mut Value) -> Result<(), Fault> {
        self.read_string(|reader, event, class| match class {
            None => reader.put(event, slot),
            Some(class) => reader.put_object(&class, event, slot),
        })
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn put(&mut self, event: Event<'de, 'b, S::Extent>, slot: &mut Value) -> Result<(), Fault> {
        match event {
            Event::Undef => slot.settle(Value::Null),
            Event::Bool(value) => slot.settle(Value::Bool(value)),
            Event::Int(value) => slot.settle(Value::Int(value)),
            Event::UInt(value) => slot.settle(Value::UInt(value)),
            Event::Float(value) => slot.settle(Value::Float(value)),
            Event::String(string) => match string.text_or_bytes(self.reading.strings) {
                Ok(text) => slot.settle_text(&text),
                Err(bytes) => put_bytes(&bytes, slot),
            },
            Event::Array { place, extent } => return self.put_array(place, extent, slot),
            Event::Hash { place, extent } => return self.put_hash(place, extent, slot),
            other => return self.put_rare(&other, slot),
        }
        Ok(())
    }

    #[cold]
    fn put_rare(&self, event: &Event<'de, 'b, S::Extent>, slot: &mut Value) -> Result<(), Fault> {
        slot.settle(match event {
            Event::Regexp { regexp, .. } => self.regexp(regexp)?.into(),
            Event::Code(source) => self.code(source)?.into(),
            _ => return Err(Fault::unresolved()),
        });
        Ok(())
    }

    #[cold]
    fn put_object(
        &mut self,
        class: &PerlString<'de, 'b>,
        event: Event<'de, 'b, S::Extent>,
        slot: &mut Value,
    ) -> Result<(), Fault> {
        let mut content = Value::BLANK;
        self.put(event, &mut content)?;
        slot.settle(Object::new(class.characters(), content).into());
        Ok(())
    }

    #[inline(never)]
    fn put_array(&mut self, place: Option<usize>, mut extent: S::Extent, slot: &mut Value) -> Result<(), Fault> {
        let open = self.enter_container(place)?;
        let mut elements = Vec::with_capacity(self.room(&extent));
        while self.source.element(&mut extent)? {
            self.allowance.count_element()?;
            let index = elements.len();
            self.fill(elements.push_mut(Value::BLANK)).map_err(|fault| fault.in_element(index))?;
        }
        slot.settle(Value::Array(elements));
        self.leave_container(open);
        Ok(())
    }

    #[inline(never)]
    fn put_hash(&mut self, place: Option<usize>, mut extent: S::Extent, slot: &mut Value) -> Result<(), Fault> {
        let open = self.enter_container(place)?;
        let mut map = MapBuilder::with_capacity(self.room(&extent));
        loop {
            let (key, slot) = match self.source.plain_key(&mut extent) {
                Some(key) => {
                    self.count_key(key.len())?;
                    (PerlString::Ascii(key), map.place(key))
                }
                None => {
                    let Some(key) = self.source.key(&mut extent)? else { break };
                    self.count_key(key.bytes().len())?;
                    match key.text_or_bytes(self.reading.strings) {
                        Ok(text) => (key, map.place(&text)),
                        Err(bytes) => (key, map.place(&put_into_text(&bytes, self.reading.strings)?)),
                    }
                }
            };
            self.fill(slot).map_err(|fault| fault.in_entry(&key.characters()))?;
        }
        slot.settle(Value::Map(map.finish()));
        self.leave_container(open);
        Ok(())
    }

    fn room(&self, extent: &S::Extent) -> usize {
        self.source.remaining(extent).unwrap_or(0).min(ROOM_MAX)
    }
}

// On its own, so that its three words are not made ready for every other kind of value as well.
#[inline(never)]
fn put_bytes(bytes: &[u8], slot: &mut Value) {
    slot.settle(Value::from(bytes));
}
