//! A [`Value`] from what serde reads, and what serde reads from a [`Value`].

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeOwned, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use super::{Object, Value};
use crate::adapt::{Key, OtherKey};
use crate::error::Refusal;
use crate::map::MapBuilder;
use crate::{Error, Map};

/// Turns `value` into any type that can be deserialized.
///
/// # Errors
/// [`Malformed`](crate::ErrorKind::Malformed), when it has another shape than `T`.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(ValueDeserializer(value)).map_err(Error::from_value)
}

impl<'de> Deserialize<'de> for Value {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        let narrow = i64::try_from(value).map(Value::Int).or_else(|_| u64::try_from(value).map(Value::UInt));
        Ok(narrow.unwrap_or(Value::Float(value as f64)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(u64::try_from(value).map_or(Value::Float(value as f64), Value::from))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_byte_buf<E>(self, value: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bytes(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::with_capacity(cautious(access.size_hint()));
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        MapVisitor.visit_map(access).map(Value::Map)
    }

    /// An object, which only the decoders of Perl's formats hand over, and only to a [`Value`]: the variant is the class.
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        let (class, content) = access.variant::<String>()?;
        Ok(Object::new(class, content.newtype_variant::<Value>()?).into())
    }
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor)
    }
}

struct MapVisitor;

impl<'de> Visitor<'de> for MapVisitor {
    type Value = Map;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Map, A::Error> {
        let mut map = MapBuilder::with_capacity(cautious(access.size_hint()));
        while let Some(key) = access.next_key::<Key<'de>>()? {
            let value = access.next_value::<Value>()?;
            match key {
                Key::Text(key) => map.insert(key, value),
                Key::Other(key) => map.insert(&text_of(*key), value),
            }
        }
        Ok(map.finish())
    }
}

/// Room for what a sender announced, but never for much before it is there.
fn cautious(size_hint: Option<usize>) -> usize {
    size_hint.unwrap_or(0).min(256)
}

/// The text under which a key is kept: numbers in decimal, byte strings as code points unless they are UTF-8.
fn text_of(key: OtherKey) -> String {
    match key {
        OtherKey::Bool(value) => value.to_string(),
        OtherKey::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => error.as_bytes().iter().copied().map(char::from).collect(),
        },
        OtherKey::Float(value) => value.to_string(),
        OtherKey::Int(value) => value.to_string(),
        OtherKey::Text(text) => text,
        OtherKey::UInt(value) => value.to_string(),
    }
}

struct ValueDeserializer(Value);

impl IntoDeserializer<'_, Refusal> for ValueDeserializer {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for ValueDeserializer {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Int(value) => visitor.visit_i64(value),
            Value::UInt(value) => visitor.visit_u64(value),
            Value::Float(value) => visitor.visit_f64(value),
            Value::Text(text) => visitor.visit_string(text.into()),
            Value::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Value::Array(elements) => visit_array(elements, visitor),
            Value::Map(map) => visit_map(map, visitor),
            Value::Object(object) => Self(object.value).deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Text(variant) => visitor.visit_enum(variant.as_str().into_deserializer()),
            Value::Map(map) if map.len() == 1 => visitor.visit_enum(MapAccessDeserializer::new(access(map))),
            Value::Object(object) => Self(object.value).deserialize_enum(name, variants, visitor),
            _ => Err(Refusal::custom("an enum is a text or a map with one entry")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier
    }
}

fn visit_array<'de, V: Visitor<'de>>(elements: Vec<Value>, visitor: V) -> Result<V::Value, Refusal> {
    let mut access = SeqDeserializer::new(elements.into_iter().map(ValueDeserializer));
    let value = visitor.visit_seq(&mut access)?;
    access.end()?;
    Ok(value)
}

fn visit_map<'de, V: Visitor<'de>>(map: Map, visitor: V) -> Result<V::Value, Refusal> {
    let mut access = access(map);
    let value = visitor.visit_map(&mut access)?;
    access.end()?;
    Ok(value)
}

type Entries<'de> = std::iter::Map<crate::IntoIter, fn((String, Value)) -> (Key<'de>, ValueDeserializer)>;

fn access<'de>(map: Map) -> MapDeserializer<'de, Entries<'de>, Refusal> {
    fn entry<'de>((key, value): (String, Value)) -> (Key<'de>, ValueDeserializer) {
        (OtherKey::Text(key).into(), ValueDeserializer(value))
    }
    MapDeserializer::new(map.into_iter().map(entry))
}
