//! Writing a map with more members than it has.

use std::cell::Cell;

use serde::Serialize;
use serde::ser::{
    Error, Impossible, SerializeMap, SerializeStruct, SerializeStructVariant, SerializeTupleVariant, Serializer,
};

use super::key_text::key_is;
use crate::value::{Value, value_in};

/// What one pass over a value found out, for the next one.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How many of the added members are expected to take the place of one that is there.
    expected: Cell<usize>,
    replaced: Cell<usize>,
    not_a_map: Cell<bool>,
}

impl Tally {
    pub(crate) fn is_not_a_map(&self) -> bool {
        self.not_a_map.get()
    }

    /// How many of the added members took the place of one that was there.
    pub(crate) fn replaced(&self) -> usize {
        self.replaced.get()
    }

    /// Whether the number of entries was announced correctly; if not, the next pass will announce what this one saw.
    pub(crate) fn settle(&self) -> bool {
        self.expected.replace(self.replaced.get()) == self.replaced.get()
    }
}

/// A value that serializes as `value` with `members` added at top level.
#[derive(Debug)]
pub(crate) struct WithMembers<'a, T: ?Sized, M> {
    pub(crate) value: &'a T,
    pub(crate) members: &'a [(&'a str, M)],
    pub(crate) tally: &'a Tally,
}

impl<T: Serialize + ?Sized, M: Serialize> Serialize for WithMembers<'_, T, M> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value
            .serialize(TopLevel { serializer, members: self.members, tally: self.tally })
            .map(|Top(written)| written)
    }
}

/// What the serializer below returned. Being another type, it has an object of a [`Value`] come as its plain value: what
/// members are added to has no class.
struct Top<T>(T);

/// The serializer that waits for a map to begin.
struct TopLevel<'a, S, M> {
    serializer: S,
    members: &'a [(&'a str, M)],
    tally: &'a Tally,
}

impl<'a, S: Serializer, M: Serialize> TopLevel<'a, S, M> {
    #[inline]
    fn open(self, len: Option<usize>) -> Result<Open<'a, S::SerializeMap, M>, S::Error> {
        let Self { serializer, members, tally } = self;
        let len = len.map(|len| (len + members.len()).saturating_sub(tally.expected.get()));
        let human_readable = serializer.is_human_readable();
        let map = serializer.serialize_map(len)?;
        Ok(Open { map, members, tally, human_readable, pending: None, replaced: Vec::new() })
    }

    #[cold]
    fn refuse<T>(self) -> Result<T, S::Error> {
        self.tally.not_a_map.set(true);
        Err(S::Error::custom("only a map or a struct has members"))
    }
}

macro_rules! not_a_map {
    ($($method:ident($($type:ty),*) -> $result:ty;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$result, S::Error> {
            self.refuse()
        }
    )*};
}

impl<'a, S: Serializer, M: Serialize> Serializer for TopLevel<'a, S, M> {
    type Ok = Top<S::Ok>;
    type Error = S::Error;
    type SerializeSeq = Impossible<Top<S::Ok>, S::Error>;
    type SerializeTuple = Impossible<Top<S::Ok>, S::Error>;
    type SerializeTupleStruct = Impossible<Top<S::Ok>, S::Error>;
    type SerializeTupleVariant = Variant<'a, S, M>;
    type SerializeMap = Open<'a, S::SerializeMap, M>;
    type SerializeStruct = Open<'a, S::SerializeMap, M>;
    type SerializeStructVariant = Variant<'a, S, M>;

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.open(len)
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.open(Some(len))
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Top<S::Ok>, S::Error> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Top<S::Ok>, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Top<S::Ok>, S::Error> {
        let mut map = self.open(Some(1))?;
        map.serialize_field(variant, value)?;
        SerializeStruct::end(map)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        Ok(Variant { top: self, variant, content: Value::Array(Vec::with_capacity(len)) })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        Ok(Variant { top: self, variant, content: Value::Map(crate::Map::new()) })
    }

    not_a_map! {
        serialize_bool(bool) -> Top<S::Ok>;
        serialize_i8(i8) -> Top<S::Ok>;
        serialize_i16(i16) -> Top<S::Ok>;
        serialize_i32(i32) -> Top<S::Ok>;
        serialize_i64(i64) -> Top<S::Ok>;
        serialize_u8(u8) -> Top<S::Ok>;
        serialize_u16(u16) -> Top<S::Ok>;
        serialize_u32(u32) -> Top<S::Ok>;
        serialize_u64(u64) -> Top<S::Ok>;
        serialize_f32(f32) -> Top<S::Ok>;
        serialize_f64(f64) -> Top<S::Ok>;
        serialize_char(char) -> Top<S::Ok>;
        serialize_str(&str) -> Top<S::Ok>;
        serialize_bytes(&[u8]) -> Top<S::Ok>;
        serialize_none() -> Top<S::Ok>;
        serialize_unit() -> Top<S::Ok>;
        serialize_unit_struct(&'static str) -> Top<S::Ok>;
        serialize_unit_variant(&'static str, u32, &'static str) -> Top<S::Ok>;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.serializer.is_human_readable()
    }
}

/// The map while it is written.
struct Open<'a, C, M> {
    map: C,
    members: &'a [(&'a str, M)],
    tally: &'a Tally,
    human_readable: bool,
    /// The added member that the key just written has the name of.
    pending: Option<usize>,
    /// The added members that were written in the place of one that was there.
    replaced: Vec<usize>,
}

impl<C: SerializeMap, M: Serialize> Open<'_, C, M> {
    /// What to write in the place of `value`, where the member `index` is added under the same key.
    #[cold]
    fn merge<T: Serialize + ?Sized>(&mut self, index: usize, value: &T) -> Result<Value, C::Error> {
        if !self.replaced.contains(&index) {
            self.replaced.push(index);
        }
        let added = value_in(self.human_readable, &self.members[index].1).map_err(C::Error::custom)?;
        let Value::Map(added) = added else { return Ok(added) };
        match value_in(self.human_readable, value).map_err(C::Error::custom)? {
            Value::Map(mut merged) => {
                merged.extend(added);
                Ok(Value::Map(merged))
            }
            _ => Ok(Value::Map(added)),
        }
    }

    #[inline]
    fn finish(mut self) -> Result<Top<C::Ok>, C::Error> {
        for (index, (name, member)) in self.members.iter().enumerate() {
            if !self.replaced.contains(&index) {
                self.map.serialize_entry(name, member)?;
            }
        }
        self.tally.replaced.set(self.replaced.len());
        self.map.end().map(Top)
    }
}

impl<C: SerializeMap, M: Serialize> SerializeMap for Open<'_, C, M> {
    type Ok = Top<C::Ok>;
    type Error = C::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.pending = self.members.iter().position(|(name, _)| key_is(key, name));
        self.map.serialize_key(key)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        match self.pending.take() {
            None => self.map.serialize_value(value),
            Some(index) => {
                let merged = self.merge(index, value)?;
                self.map.serialize_value(&merged)
            }
        }
    }

    #[inline]
    fn end(self) -> Result<Top<C::Ok>, C::Error> {
        self.finish()
    }
}

impl<C: SerializeMap, M: Serialize> SerializeStruct for Open<'_, C, M> {
    type Ok = Top<C::Ok>;
    type Error = C::Error;

    // Inlined so that a format whose names are compiled in still sees a constant here.
    #[inline(always)]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), C::Error> {
        match self.members.iter().position(|(name, _)| *name == key) {
            None => self.map.serialize_entry(key, value),
            Some(index) => {
                let merged = self.merge(index, value)?;
                self.map.serialize_entry(key, &merged)
            }
        }
    }

    #[inline]
    fn end(self) -> Result<Top<C::Ok>, C::Error> {
        self.finish()
    }
}

/// The content of an enum variant. It comes piece by piece and is written as one entry of the map, so it is collected.
struct Variant<'a, S, M> {
    top: TopLevel<'a, S, M>,
    variant: &'static str,
    content: Value,
}

impl<S: Serializer, M: Serialize> Variant<'_, S, M> {
    fn convert<T: Serialize + ?Sized>(&self, value: &T) -> Result<Value, S::Error> {
        value_in(self.top.is_human_readable(), value).map_err(S::Error::custom)
    }

    fn finish(self) -> Result<Top<S::Ok>, S::Error> {
        self.top.serialize_newtype_variant("", 0, self.variant, &self.content)
    }
}

impl<S: Serializer, M: Serialize> SerializeTupleVariant for Variant<'_, S, M> {
    type Ok = Top<S::Ok>;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        let field = self.convert(value)?;
        if let Value::Array(fields) = &mut self.content {
            fields.push(field);
        }
        Ok(())
    }

    fn end(self) -> Result<Top<S::Ok>, S::Error> {
        self.finish()
    }
}

impl<S: Serializer, M: Serialize> SerializeStructVariant for Variant<'_, S, M> {
    type Ok = Top<S::Ok>;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), S::Error> {
        let field = self.convert(value)?;
        if let Value::Map(fields) = &mut self.content {
            fields.insert(key, field);
        }
        Ok(())
    }

    fn end(self) -> Result<Top<S::Ok>, S::Error> {
        self.finish()
    }
}
