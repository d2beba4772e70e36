//! The dynamic value.

mod read;
mod write;

use crate::{Map, Text};

pub use self::read::from_value;
pub use self::write::to_value;
pub(crate) use self::write::{BYTES, OBJECT, Written, value_in};

/// A value whose shape is known only when it is there.
///
/// It holds what all formats together can say. What one format cannot keep:
///
/// | | JSON, JSON+zstd, YAML | CBOR, MessagePack | Sereal, Storable | Data::Dumper |
/// |---|---|---|---|---|
/// | [`Bytes`](Self::Bytes) | arrives as [`Text`](Self::Text) of the code points 0 to 255, as in Perl | kept | kept, but ASCII is [`Text`](Self::Text) | likewise |
/// | [`Object`](Self::Object) | arrives as its plain value | arrives as its plain value | kept | kept |
/// | [`Float`](Self::Float) | JSON refuses NaN and infinity; YAML keeps them | kept | kept | arrives as text of 15 digits |
/// | [`UInt`](Self::UInt) | kept | kept | Sereal keeps it; from Storable it arrives as text | arrives as text |
///
/// As a serde type it is human-readable: [`to_value`] and [`from_value`] see times, addresses and the like as text.
// Exhaustive on purpose: it is the whole vocabulary, and a match over it should not need an arm for nothing.
#[expect(clippy::exhaustive_enums, reason = "a further kind of value would change every wire")]
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing: `null`, Perl's `undef`.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// An integer from -2^63 to 2^63-1.
    Int(i64),
    /// An integer from 2^63 to 2^64-1. Smaller ones are [`Int`](Self::Int), so that equal numbers are equal values;
    /// `Value::from(u64)` sees to that.
    UInt(u64),
    /// A floating-point number. Decoders also put integers here that have more than 64 bits.
    Float(f64),
    /// Text.
    Text(Text),
    /// A byte string.
    Bytes(Vec<u8>),
    /// Values in a row.
    Array(Vec<Self>),
    /// Values by name, in order.
    Map(Map),
    /// A value that belongs to a class, as Perl's blessed references do. It serializes as its plain value.
    Object(Box<Object>),
}

/// The content of [`Value::Object`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Object {
    /// The name of the class; nothing of that name is ever called.
    pub class: String,
    /// What was blessed.
    pub value: Value,
}

impl Object {
    /// `value`, said to be of `class`.
    #[must_use]
    pub fn new(class: impl Into<String>, value: Value) -> Self {
        Self { class: class.into(), value }
    }
}

impl Value {
    /// Whether this is [`Null`](Self::Null).
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The truth value, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer, if this is one and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::UInt(value) => i64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The integer, if this is one and fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(value) => u64::try_from(*value).ok(),
            Self::UInt(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if this is one; an integer of more than 53 bits is rounded.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::UInt(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The byte string, if this is one. Text is none.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The map, if this is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The map, to be changed, if this is one.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// What is in the place for a value before the value is: text, because most values are, and without characters.
    pub(crate) const BLANK: Self = Self::Text(Text::EMPTY);

    /// Becomes `value`, having been [blank](Self::BLANK): so there is nothing to drop.
    #[inline(always)]
    pub(crate) fn settle(&mut self, value: Self) {
        debug_assert_eq!(*self, Self::BLANK);
        std::mem::forget(std::mem::replace(self, value));
    }

    /// Becomes `text`, having been [blank](Self::BLANK).
    #[inline(always)]
    pub(crate) fn settle_text(&mut self, text: &str) {
        match self {
            Self::Text(blank) => blank.settle(text),
            _ => *self = Self::from(text),
        }
    }

    /// The value under `key`, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }
}

macro_rules! from {
    ($($type:ty => $from:expr;)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                $from(value)
            }
        }
    )*};
}

from! {
    () => |()| Self::Null;
    bool => Self::Bool;
    i8 => |value| Self::Int(i64::from(value));
    i16 => |value| Self::Int(i64::from(value));
    i32 => |value| Self::Int(i64::from(value));
    i64 => Self::Int;
    u8 => |value| Self::Int(i64::from(value));
    u16 => |value| Self::Int(i64::from(value));
    u32 => |value| Self::Int(i64::from(value));
    u64 => |value| i64::try_from(value).map_or(Self::UInt(value), Self::Int);
    usize => |value| Self::from(value as u64);
    f32 => |value| Self::Float(f64::from(value));
    f64 => Self::Float;
    char => |value| Self::Text(Text::from(value));
    &str => |value| Self::Text(Text::from(value));
    String => |value| Self::Text(Text::from(value));
    Text => Self::Text;
    &[u8] => |value| Self::Bytes(Vec::from(value));
    Vec<Self> => Self::Array;
    Map => Self::Map;
    Object => |value| Self::Object(Box::new(value));
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Self>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self::Array(elements.into_iter().map(Into::into).collect())
    }
}

impl<K: Into<String>, V: Into<Self>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self::Map(entries.into_iter().collect())
    }
}
