//! From elements to types of the program's own, by way of serde.
//!
//! Strings and numbers stand for each other, as they do in Perl: `"2"` is read where a number is wanted, and 2 where text is.

use std::borrow::Cow;
use std::fmt;

use nuncio_codec::Value;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::elements::Str;
use super::{ARRAY, BYTES, Cursor, MAP, NEGATIVE, SIMPLE, Stop, TEXT, UNSIGNED};
use crate::proto::Refusal;
use crate::proto::framing::{ascii, latin_1, to_latin_1};

/// Why something cannot be read as what is wanted.
#[derive(Debug)]
pub(crate) struct Unfit(pub(super) String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

impl de::Error for Unfit {
    #[cold]
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self(reason.to_string())
    }
}

#[cold]
pub(super) fn unfit(stop: Stop) -> Unfit {
    match stop {
        Stop::Refused(refusal) => match *refusal {
            Refusal::MalformedMessage(what) => Unfit(what),
            refusal => Unfit(refusal.to_string()),
        },
        Stop::Short => Unfit("an element is missing".to_owned()),
    }
}

impl From<Stop> for Unfit {
    #[cold]
    fn from(stop: Stop) -> Self {
        unfit(stop)
    }
}

/// So many items that follow each other.
pub(super) struct Items<'c, 'a> {
    pub(super) cursor: &'c mut Cursor<'a>,
    pub(super) left: usize,
    pub(super) depth: usize,
}

impl<'a> Items<'_, 'a> {
    #[inline]
    fn item(&mut self) -> Result<Item<'_, 'a>, Unfit> {
        self.left = self.left.checked_sub(1).ok_or_else(|| Unfit("an element is missing".to_owned()))?;
        Ok(Item { cursor: self.cursor, depth: self.depth })
    }
}

impl<'a> SeqAccess<'a> for Items<'_, 'a> {
    type Error = Unfit;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfit> {
        if self.left == 0 {
            return Ok(None);
        }
        seed.deserialize(self.item()?).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.cursor.room(self.left))
    }
}

impl<'a> MapAccess<'a> for Items<'_, 'a> {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        seed.deserialize(self.item()?)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.cursor.room(self.left / 2))
    }
}

/// A whole message.
impl<'a> Deserializer<'a> for &mut Items<'_, 'a> {
    type Error = Unfit;

    #[inline]
    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_seq(self)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        <W: Visitor<'a>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple tuple_struct map
        struct identifier ignored_any
    }
}

/// A variant: the first item is its name, the others are what is in it.
impl<'a> EnumAccess<'a> for &mut Items<'_, 'a> {
    type Error = Unfit;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self), Unfit> {
        let variant = seed.deserialize(self.item()?)?;
        Ok((variant, self))
    }
}

impl<'a> VariantAccess<'a> for &mut Items<'_, 'a> {
    type Error = Unfit;

    fn unit_variant(self) -> Result<(), Unfit> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Unfit> {
        seed.deserialize(self.item()?)
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_seq(self)
    }

    /// The fields in their order, or one map of them.
    fn struct_variant<V: Visitor<'a>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Unfit> {
        match self.left {
            1 => self.item()?.deserialize_struct("", fields, visitor),
            _ => visitor.visit_seq(self),
        }
    }
}

/// The item at the cursor.
struct Item<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    depth: usize,
}

impl<'a> Item<'_, 'a> {
    fn array<V: Visitor<'a>>(self, count: u64, visitor: V) -> Result<V::Value, Unfit> {
        let (left, depth) = (self.cursor.count(count)?, self.cursor.deeper(self.depth)?);
        let mut items = Items { cursor: self.cursor, left, depth };
        let read = visitor.visit_seq(&mut items)?;
        match items.left {
            0 => Ok(read),
            left => Err(Unfit(format!("{left} more elements than are wanted"))),
        }
    }

    fn map<V: Visitor<'a>>(self, count: u64, visitor: V) -> Result<V::Value, Unfit> {
        let (count, depth) = (self.cursor.count(count)?, self.cursor.deeper(self.depth)?);
        let mut items = Items { cursor: self.cursor, left: count.saturating_mul(2), depth };
        let read = visitor.visit_map(&mut items)?;
        match items.left {
            0 => Ok(read),
            _ => Err(Unfit("a map has more members than are wanted".to_owned())),
        }
    }

    /// A number, or a string that looks like one.
    #[inline]
    fn number<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.cursor.string()? {
            None => self.deserialize_any(visitor),
            Some(Str::Plain(bytes)) => number_in(std::str::from_utf8(bytes).unwrap_or_default(), visitor),
            Some(Str::Text(text)) => number_in(text, visitor),
        }
    }

    /// A string, or the text of a number.
    #[inline]
    fn text<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.cursor.string()? {
            Some(Str::Plain(bytes)) => plain(bytes, visitor),
            Some(Str::Text(text)) => visitor.visit_borrowed_str(text),
            None => match self.cursor.value(self.depth)? {
                Value::Int(number) => visitor.visit_string(number.to_string()),
                Value::UInt(number) => visitor.visit_string(number.to_string()),
                Value::Float(number) => visitor.visit_string(number.to_string()),
                _ => Err(Unfit("it is no string".to_owned())),
            },
        }
    }

    /// Bytes; text of other characters than 0 to 255 as Perl has it inside, which is UTF-8.
    fn octets<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.cursor.string()? {
            None => self.deserialize_any(visitor),
            Some(Str::Plain(bytes)) => visitor.visit_borrowed_bytes(bytes),
            Some(Str::Text(text)) => match to_latin_1(text) {
                Some(Cow::Owned(bytes)) => visitor.visit_byte_buf(bytes),
                _ => visitor.visit_borrowed_bytes(text.as_bytes()),
            },
        }
    }

    /// An array; of a string, its bytes.
    fn list<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.cursor.string()? {
            None => self.deserialize_any(visitor),
            Some(Str::Plain(bytes)) => visitor.visit_seq(de::value::SeqDeserializer::new(bytes.iter().copied())),
            Some(Str::Text(text)) => visitor.visit_seq(de::value::SeqDeserializer::new(text.bytes())),
        }
    }

    /// What Perl takes for the truth: neither nothing, nor an empty string, nor 0.
    fn truth<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let truth = match self.cursor.value(self.depth)? {
            Value::Bool(truth) => truth,
            Value::Null => false,
            Value::Int(number) => number != 0,
            Value::UInt(number) => number != 0,
            Value::Text(text) => !matches!(&*text, "" | "0"),
            _ => return Err(Unfit("it is neither true nor false".to_owned())),
        };
        visitor.visit_bool(truth)
    }
}

#[inline]
fn plain<'a, V: Visitor<'a>>(bytes: &'a [u8], visitor: V) -> Result<V::Value, Unfit> {
    match ascii(bytes) {
        Some(text) => visitor.visit_borrowed_str(text),
        None => visitor.visit_string(latin_1(bytes)),
    }
}

fn number_in<'a, V: Visitor<'a>>(text: &str, visitor: V) -> Result<V::Value, Unfit> {
    if let Ok(number) = text.parse::<u64>() {
        return visitor.visit_u64(number);
    }
    if let Ok(number) = text.parse::<i64>() {
        return visitor.visit_i64(number);
    }
    match text.parse::<f64>() {
        Ok(number) => visitor.visit_f64(number),
        Err(_) => Err(Unfit(format!("{text:?} is no number"))),
    }
}

macro_rules! as_number {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
            self.number(visitor)
        }
    )*};
}

impl<'a> Deserializer<'a> for Item<'_, 'a> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let (major, argument) = self.cursor.head()?;
        match major {
            UNSIGNED => visitor.visit_u64(argument),
            NEGATIVE => match i64::try_from(argument) {
                Ok(argument) => visitor.visit_i64(!argument),
                Err(_) => visitor.visit_f64(-1.0 - argument as f64),
            },
            // What is no ASCII and has no flag may be text as well as bytes; to a value it is bytes.
            BYTES => match self.cursor.take(argument)? {
                bytes if bytes.is_ascii() => plain(bytes, visitor),
                bytes => visitor.visit_borrowed_bytes(bytes),
            },
            TEXT => {
                let bytes = self.cursor.take(argument)?;
                let text = std::str::from_utf8(bytes).map_err(|_| Unfit("text is not UTF-8".to_owned()))?;
                visitor.visit_borrowed_str(text)
            }
            ARRAY => self.array(argument, visitor),
            MAP => self.map(argument, visitor),
            _ => match self.cursor.simple(argument)? {
                Value::Bool(truth) => visitor.visit_bool(truth),
                Value::Float(number) => visitor.visit_f64(number),
                _ => visitor.visit_unit(),
            },
        }
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let start = self.cursor.rest;
        match self.cursor.head()? {
            (SIMPLE, 22 | 23) => visitor.visit_none(),
            _ => {
                self.cursor.rest = start;
                visitor.visit_some(self)
            }
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    /// A name for a variant without content, an array of a name and the content, or a map of a name to it.
    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        if let Some(name) = self.cursor.string()? {
            let name = match name {
                Str::Plain(bytes) => Cow::Owned(latin_1(bytes)),
                Str::Text(text) => Cow::Borrowed(text),
            };
            let name: StrDeserializer<'_, Unfit> = (&*name).into_deserializer();
            return visitor.visit_enum(name);
        }
        let (major, argument) = self.cursor.head()?;
        let (left, depth) = (self.cursor.count(argument)?, self.cursor.deeper(self.depth)?);
        let left = match (major, left) {
            (ARRAY, 1..) => left,
            (MAP, 1) => 2,
            _ => {
                return Err(Unfit(
                    "it is no variant: a name, an array that begins with one, or a map of one".to_owned(),
                ));
            }
        };
        let mut items = Items { cursor: self.cursor, left, depth };
        let read = visitor.visit_enum(&mut items)?;
        match items.left {
            0 => Ok(read),
            left => Err(Unfit(format!("{left} more elements than are wanted"))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.cursor.skip(1)?;
        visitor.visit_unit()
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.truth(visitor)
    }

    #[inline]
    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.text(visitor)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.text(visitor)
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.text(visitor)
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.text(visitor)
    }

    #[inline]
    fn deserialize_bytes<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.octets(visitor)
    }

    #[inline]
    fn deserialize_byte_buf<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.octets(visitor)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.list(visitor)
    }

    as_number! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
    }

    forward_to_deserialize_any! { <W: Visitor<'a>> unit unit_struct map struct }
}
