//! From events to any type that serde can read.
//!
//! Scalar references are seen through, repeated references are read again, and what closes a circle is refused with the
//! path on which it does.

mod container;
mod object;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, Visitor};

use self::container::{Elements, Entries};
use self::object::{Blessed, Content};
use super::number::{Number, float_text};
use super::reader::Reader;
use super::string::{downgrade, put_into_text};
use super::{Consume, Event, Fault, Lent, PerlString, Reading, Source};
use crate::{DecodeLimits, Value};

/// Reads the value of a seed.
#[derive(Debug)]
pub(crate) struct IntoSerde<'a, D> {
    pub(crate) seed: D,
    pub(crate) limits: &'a DecodeLimits,
    pub(crate) reading: &'a Reading,
}

impl<'de, D: DeserializeSeed<'de>> Consume<'de> for IntoSerde<'_, D> {
    type Out = D::Value;

    #[inline]
    fn consume<'b, S: Source<'de, 'b>>(self, source: S) -> Result<D::Value, Fault> {
        self.seed.deserialize(&mut Reader::new(source, self.limits, self.reading))
    }
}

impl<'de, 'b, S: Source<'de, 'b>> Reader<'_, 'b, S> {
    /// Hands the event to a visitor that takes whatever comes.
    #[inline]
    fn visit_any<V: Visitor<'de>>(&mut self, event: Event<'de, 'b, S::Extent>, visitor: V) -> Result<V::Value, Fault> {
        match event {
            Event::Undef => visitor.visit_unit(),
            Event::Bool(value) => visitor.visit_bool(value),
            Event::Int(value) => visitor.visit_i64(value),
            Event::UInt(value) => visitor.visit_u64(value),
            Event::Float(value) => visitor.visit_f64(value),
            Event::String(string) => match string.text_or_bytes(self.reading.strings) {
                Ok(text) => visit_text(text, visitor),
                Err(bytes) => visit_bytes(bytes, visitor),
            },
            Event::Regexp { regexp, .. } => visitor.visit_string(self.regexp(&regexp)?),
            Event::Code(source) => visitor.visit_string(self.code(&source)?),
            Event::Array { place, extent } => self.visit_array(place, extent, visitor),
            Event::Hash { place, extent } => self.visit_hash(place, extent, visitor),
            _ => Err(Fault::unresolved()),
        }
    }

    #[inline]
    fn visit_array<V: Visitor<'de>>(
        &mut self,
        place: Option<usize>,
        extent: S::Extent,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let open = self.enter_container(place)?;
        let mut elements = Elements { reader: self, extent, index: 0 };
        let value = visitor.visit_seq(&mut elements)?;
        elements.end()?;
        self.leave_container(open);
        Ok(value)
    }

    #[inline]
    fn visit_hash<V: Visitor<'de>>(
        &mut self,
        place: Option<usize>,
        extent: S::Extent,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.with_entries(place, extent, |entries| visitor.visit_map(entries))
    }

    #[inline]
    fn with_entries<T>(
        &mut self,
        place: Option<usize>,
        extent: S::Extent,
        visit: impl FnOnce(&mut Entries<'_, '_, 'de, 'b, S>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let open = self.enter_container(place)?;
        let mut entries = Entries { reader: self, extent, key: PerlString::Ascii(""), has_ended: false };
        let value = visit(&mut entries)?;
        entries.end()?;
        self.leave_container(open);
        Ok(value)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn visit_integer<V: Visitor<'de>>(
        &mut self,
        event: Event<'de, 'b, S::Extent>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match event {
            Event::Int(value) => visitor.visit_i64(value),
            other => self.visit_as_integer(other, visitor),
        }
    }

    #[inline(never)]
    fn visit_as_integer<V: Visitor<'de>>(
        &mut self,
        event: Event<'de, 'b, S::Extent>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let number = match &event {
            Event::Float(value) => Some(Number::Float(*value)),
            Event::String(text) => Number::parse(text.bytes()),
            _ => None,
        };
        match number {
            Some(number) => visit_number(number.narrow(), visitor),
            None => self.visit_any(event, visitor),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn visit_float<V: Visitor<'de>>(
        &mut self,
        event: Event<'de, 'b, S::Extent>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match event {
            Event::Float(value) => visitor.visit_f64(value),
            other => self.visit_as_float(other, visitor),
        }
    }

    #[inline(never)]
    fn visit_as_float<V: Visitor<'de>>(
        &mut self,
        event: Event<'de, 'b, S::Extent>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &event {
            Event::String(text) if let Some(number) = Number::parse(text.bytes()) => visit_number(number, visitor),
            _ => self.visit_any(event, visitor),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn visit_string<V: Visitor<'de>>(
        &mut self,
        event: Event<'de, 'b, S::Extent>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match event {
            Event::String(PerlString::Ascii(text)) => visitor.visit_borrowed_str(text),
            other => self.visit_as_string(other, visitor),
        }
    }

    #[inline(never)]
    fn visit_as_string<V: Visitor<'de>>(
        &mut self,
        event: Event<'de, 'b, S::Extent>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match event {
            Event::String(string) => match string.text_or_bytes(self.reading.strings) {
                Ok(text) => visit_text(text, visitor),
                Err(bytes) => visitor.visit_string(put_into_text(&bytes, self.reading.strings)?),
            },
            Event::Int(value) => visitor.visit_str(itoa::Buffer::new().format(value)),
            Event::UInt(value) => visitor.visit_str(itoa::Buffer::new().format(value)),
            Event::Float(value) => visitor.visit_string(float_text(value)),
            other => self.visit_any(other, visitor),
        }
    }

    fn visit_byte_string<V: Visitor<'de>>(
        &mut self,
        event: Event<'de, 'b, S::Extent>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match event {
            Event::String(PerlString::Ascii(text)) => visitor.visit_borrowed_bytes(text.as_bytes()),
            Event::String(PerlString::Bytes(bytes)) => visit_bytes(bytes, visitor),
            Event::String(PerlString::Text(Lent::Borrowed(text))) if text.is_ascii() => {
                visitor.visit_borrowed_bytes(text.as_bytes())
            }
            Event::String(PerlString::Text(text)) => match downgrade(&text) {
                Some(bytes) => visitor.visit_byte_buf(bytes),
                None => Err(Fault::custom("expected bytes, found text with characters beyond Latin-1")),
            },
            other => self.visit_any(other, visitor),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn visit_truth<V: Visitor<'de>>(
        &mut self,
        event: Event<'de, 'b, S::Extent>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match event {
            Event::Bool(value) => visitor.visit_bool(value),
            other => self.visit_as_truth(other, visitor),
        }
    }

    #[inline(never)]
    fn visit_as_truth<V: Visitor<'de>>(
        &mut self,
        event: Event<'de, 'b, S::Extent>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let truth = match &event {
            Event::Int(value @ (0 | 1)) => Some(*value == 1),
            Event::String(text) => match text.bytes() {
                b"" | b"0" => Some(false),
                b"1" => Some(true),
                _ => None,
            },
            _ => None,
        };
        match truth {
            Some(truth) => visitor.visit_bool(truth),
            None => self.visit_any(event, visitor),
        }
    }
}

#[cfg_attr(not(debug_assertions), inline(always))]
fn visit_text<'de, V: Visitor<'de>>(text: Lent<'de, '_, str>, visitor: V) -> Result<V::Value, Fault> {
    match text {
        Lent::Borrowed(text) => visitor.visit_borrowed_str(text),
        Lent::Passing(text) => visitor.visit_str(text),
    }
}

#[inline]
fn visit_bytes<'de, V: Visitor<'de>>(bytes: Lent<'de, '_, [u8]>, visitor: V) -> Result<V::Value, Fault> {
    match bytes {
        Lent::Borrowed(bytes) => visitor.visit_borrowed_bytes(bytes),
        Lent::Passing(bytes) => visitor.visit_bytes(bytes),
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: Number, visitor: V) -> Result<V::Value, Fault> {
    match number {
        Number::Float(value) => visitor.visit_f64(value),
        Number::Int(value) => visitor.visit_i64(value),
        Number::UInt(value) => visitor.visit_u64(value),
    }
}

/// Whether what a visitor makes is a [`Value`], which alone can keep the class of an object.
fn makes_value<'de, V: Visitor<'de>>() -> bool {
    typeid::of::<V::Value>() == typeid::of::<Value>()
}

macro_rules! deserialize_by {
    ($($read:ident $visit:ident: $($method:ident)*;)*) => {$($(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.$read(|reader, event, _| reader.$visit(event, visitor))
        }
    )*)*};
}

impl<'de, 'b, S: Source<'de, 'b>> Deserializer<'de> for &mut Reader<'_, 'b, S> {
    type Error = Fault;

    deserialize_by! {
        read_integer visit_integer:
            deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
            deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128;
        read_float visit_float: deserialize_f32 deserialize_f64;
        read_string visit_string: deserialize_char deserialize_str deserialize_string deserialize_identifier;
        read visit_byte_string: deserialize_bytes deserialize_byte_buf;
        read_truth visit_truth: deserialize_bool;
        read visit_any: deserialize_unit;
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let place = self.source.place();
        match self.source.plain_array() {
            Some(extent) => {
                self.visit_array(None, extent, visitor).map_err(|fault| fault.at(self.source.offset(place)))
            }
            None => self.read(|reader, event, _| reader.visit_any(event, visitor)),
        }
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let place = self.source.place();
        match self.source.plain_hash() {
            Some(extent) => self.visit_hash(None, extent, visitor).map_err(|fault| fault.at(self.source.offset(place))),
            None => self.read(|reader, event, _| reader.visit_any(event, visitor)),
        }
    }

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.read(|reader, event, class| match class {
            Some(class) if makes_value::<V>() => {
                visitor.visit_enum(Blessed { class, content: Content { reader, event } })
            }
            _ => reader.visit_any(event, visitor),
        })
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.source.take_undef()? {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
        }
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.read(|reader, event, _| match event {
            Event::String(name) => visitor.visit_enum((*name.characters()).into_deserializer()),
            Event::Hash { place, extent } => reader
                .with_entries(place, extent, |entries| visitor.visit_enum(MapAccessDeserializer::new(&mut *entries))),
            _ => Err(Fault::custom("expected an enum: a string, or a hash with one entry")),
        })
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.source.skip()?;
        visitor.visit_unit()
    }
}
