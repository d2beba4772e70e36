//! The key of a map, taken out of a document so that it can be looked at, and handed on.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, Visitor};

/// A key that was read from a document.
///
/// Nearly every key is text that the format stores as it is: it is borrowed, and looking at it allocates nothing. The
/// others are kept behind a pointer, so that a key costs no more than a string slice to pass on.
#[derive(Debug)]
pub(crate) enum Key<'de> {
    Other(Box<OtherKey>),
    Text(&'de str),
}

/// A key that is not text, or text that had to be put together.
#[derive(Debug)]
pub(crate) enum OtherKey {
    Bool(bool),
    Bytes(Vec<u8>),
    Float(f64),
    Int(i64),
    Text(String),
    UInt(u64),
}

impl Key<'_> {
    #[inline]
    pub(crate) fn is(&self, name: &str) -> bool {
        match self {
            Self::Text(text) => *text == name,
            Self::Other(key) => key.is(name),
        }
    }
}

impl OtherKey {
    fn is(&self, name: &str) -> bool {
        match self {
            Self::Text(text) => text == name,
            Self::Bytes(bytes) => bytes == name.as_bytes(),
            _ => false,
        }
    }
}

impl From<OtherKey> for Key<'_> {
    fn from(key: OtherKey) -> Self {
        Self::Other(Box::new(key))
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // In a text format every key is spelled as text; which type it stands for, only the asking type knows.
        match deserializer.is_human_readable() {
            true => deserializer.deserialize_str(KeyVisitor),
            false => deserializer.deserialize_any(KeyVisitor),
        }
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a byte string or a number as the key of a map")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Key<'de>, E> {
        Ok(OtherKey::Bool(value).into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Key<'de>, E> {
        Ok(OtherKey::Int(value).into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Key<'de>, E> {
        Ok(OtherKey::UInt(value).into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Key<'de>, E> {
        Ok(OtherKey::Float(value).into())
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Key<'de>, E> {
        Ok(Key::Text(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Key<'de>, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Key<'de>, E> {
        Ok(OtherKey::Text(value).into())
    }

    fn visit_bytes<E: Error>(self, value: &[u8]) -> Result<Key<'de>, E> {
        self.visit_byte_buf(value.to_owned())
    }

    fn visit_byte_buf<E: Error>(self, value: Vec<u8>) -> Result<Key<'de>, E> {
        Ok(OtherKey::Bytes(value).into())
    }
}

/// What a key is handed on from: a [`Key`], or text that is known to be one.
pub(crate) trait Spelled<'de> {
    /// The key as text, if it is text.
    fn text(&self) -> Option<&str>;

    /// Hands over the key as what it is.
    fn visit<V: Visitor<'de>, E: Error>(self, visitor: V) -> Result<V::Value, E>;
}

impl<'de> Spelled<'de> for &'de str {
    #[inline]
    fn text(&self) -> Option<&str> {
        Some(self)
    }

    #[inline]
    fn visit<V: Visitor<'de>, E: Error>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_borrowed_str(self)
    }
}

impl<'de> Spelled<'de> for Key<'de> {
    fn text(&self) -> Option<&str> {
        match self {
            Key::Text(text) => Some(text),
            Key::Other(key) => match &**key {
                OtherKey::Text(text) => Some(text),
                _ => None,
            },
        }
    }

    #[inline]
    fn visit<V: Visitor<'de>, E: Error>(self, visitor: V) -> Result<V::Value, E> {
        match self {
            Key::Text(text) => visitor.visit_borrowed_str(text),
            Key::Other(key) => match *key {
                OtherKey::Bool(value) => visitor.visit_bool(value),
                OtherKey::Bytes(bytes) => visitor.visit_byte_buf(bytes),
                OtherKey::Float(value) => visitor.visit_f64(value),
                OtherKey::Int(value) => visitor.visit_i64(value),
                OtherKey::Text(text) => visitor.visit_string(text),
                OtherKey::UInt(value) => visitor.visit_u64(value),
            },
        }
    }
}

impl<'de, E: Error> IntoDeserializer<'de, E> for Key<'de> {
    type Deserializer = KeyDeserializer<Self, E>;

    #[inline]
    fn into_deserializer(self) -> KeyDeserializer<Self, E> {
        KeyDeserializer::new(self)
    }
}

/// Hands a key to the type that asked for it.
#[derive(Debug)]
pub(crate) struct KeyDeserializer<K, E> {
    key: K,
    error: PhantomData<E>,
}

impl<K, E> KeyDeserializer<K, E> {
    #[inline]
    pub(crate) fn new(key: K) -> Self {
        Self { key, error: PhantomData }
    }
}

macro_rules! deserialize_parsed {
    ($($method:ident => $visit:ident: $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
            if let Some(Ok(value)) = self.key.text().map(str::parse::<$type>) {
                return visitor.$visit(value);
            }
            self.deserialize_any(visitor)
        }
    )*};
}

impl<'de, K: Spelled<'de>, E: Error> Deserializer<'de> for KeyDeserializer<K, E> {
    type Error = E;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        self.key.visit(visitor)
    }

    deserialize_parsed! {
        deserialize_bool => visit_bool: bool;
        deserialize_i8 => visit_i8: i8;
        deserialize_i16 => visit_i16: i16;
        deserialize_i32 => visit_i32: i32;
        deserialize_i64 => visit_i64: i64;
        deserialize_i128 => visit_i128: i128;
        deserialize_u8 => visit_u8: u8;
        deserialize_u16 => visit_u16: u16;
        deserialize_u32 => visit_u32: u32;
        deserialize_u64 => visit_u64: u64;
        deserialize_u128 => visit_u128: u128;
        deserialize_f32 => visit_f32: f32;
        deserialize_f64 => visit_f64: f64;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        match self.key.text() {
            Some(text) => visitor.visit_enum(text.into_deserializer()),
            None => self.deserialize_any(visitor),
        }
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
