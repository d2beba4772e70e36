//! The deserializer of JSON text: what it gives is borrowed from the text wherever that has no escapes.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::key::Key;
use super::scan::{Broken, COMMA_OR_BRACE, COMMA_OR_BRACKET, NumberToken, Scanner};
use super::unescape::unescape;

/// Why a text is no JSON, or not of the type that was asked for, and where.
pub struct ReadError(Box<Inner>);

#[derive(Debug)]
enum Inner {
    Broken(Broken),
    /// What a type said; where, once that is known.
    Custom(String, Option<usize>),
}

impl ReadError {
    /// Where it was found, in bytes from the beginning.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        match &*self.0 {
            Inner::Broken(broken) => Some(broken.offset()),
            Inner::Custom(_, offset) => *offset,
        }
    }

    /// The same, with the place up to which was read when the type refused.
    #[cold]
    fn at(mut self, place: usize) -> Self {
        if let Inner::Custom(_, offset @ None) = &mut *self.0 {
            *offset = Some(place);
        }
        self
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Inner::Broken(broken) => broken.fmt(f),
            Inner::Custom(reason, None) => f.write_str(reason),
            Inner::Custom(reason, Some(offset)) => write!(f, "{reason}, before byte {offset}"),
        }
    }
}

impl fmt::Debug for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ReadError {}

impl Error for ReadError {
    #[cold]
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self(Box::new(Inner::Custom(reason.to_string(), None)))
    }
}

impl From<Broken> for ReadError {
    #[cold]
    fn from(broken: Broken) -> Self {
        Self(Box::new(Inner::Broken(broken)))
    }
}

type Result<T> = std::result::Result<T, ReadError>;

/// Reads all of `text`, up to `levels` of arrays and objects in each other, through `seed`.
#[inline]
pub(super) fn read<'de, S: DeserializeSeed<'de>>(text: &'de str, levels: usize, seed: S) -> Result<S::Value> {
    let mut reader = Reader { scanner: Scanner::new(text), levels };
    let value = match seed.deserialize(&mut reader) {
        Ok(value) => value,
        Err(error) => return Err(error.at(reader.scanner.offset())),
    };
    reader.scanner.end()?;
    Ok(value)
}

/// Reads all of `text`, which begins as a number.
pub(super) fn read_number<'de, T>(text: &'de str, read: impl FnOnce(&mut Reader<'de>) -> Result<T>) -> Result<T> {
    let mut reader = Reader { scanner: Scanner::new(text), levels: 0 };
    let value = read(&mut reader)?;
    match reader.scanner.offset() == text.len() {
        true => Ok(value),
        false => Err(Error::custom(format_args!("the name {text:?} is no number"))),
    }
}

/// A place in a text, at which a value is expected.
pub(super) struct Reader<'de> {
    scanner: Scanner<'de>,
    levels: usize,
}

impl<'de> Reader<'de> {
    /// Reads the string whose first quote is next.
    #[inline]
    fn string<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        match self.text()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    /// The string whose first quote is next.
    #[inline]
    fn text(&mut self) -> Result<Cow<'de, str>> {
        self.scanner.takes(b'"');
        let token = self.scanner.string()?;
        match token.is_escaped {
            false => Ok(Cow::Borrowed(token.content)),
            true => self.unescape(token.content).map(Cow::Owned),
        }
    }

    fn unescape(&self, content: &str) -> Result<String> {
        unescape(content).ok_or_else(|| self.scanner.broken("the other half of a surrogate pair").into())
    }

    #[inline]
    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let NumberToken { text, is_integer } = self.scanner.number()?;
        if is_integer {
            if let Ok(value) = text.parse::<u64>() {
                return visitor.visit_u64(value);
            }
            // JSON has a negative zero, which integers have not.
            if let Ok(value @ ..=-1) = text.parse::<i64>() {
                return visitor.visit_i64(value);
            }
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => visitor.visit_f64(value),
            _ => Err(Error::custom(format_args!("the number {text} is too large"))),
        }
    }

    #[inline]
    fn array<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        self.scanner.takes(b'[');
        self.descend()?;
        let value = visitor.visit_seq(Elements { reader: self, is_first: true })?;
        self.levels += 1;
        match self.scanner.takes(b']') {
            true => Ok(value),
            false => Err(self.scanner.broken("the end of the array").into()),
        }
    }

    #[inline]
    fn object<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        self.scanner.takes(b'{');
        self.descend()?;
        let value = visitor.visit_map(Members { reader: self, is_first: true })?;
        self.levels += 1;
        match self.scanner.takes(b'}') {
            true => Ok(value),
            false => Err(self.scanner.broken("the end of the object").into()),
        }
    }

    #[inline]
    fn descend(&mut self) -> Result<()> {
        match self.levels.checked_sub(1) {
            Some(levels) => {
                self.levels = levels;
                Ok(())
            }
            None => Err(Error::custom("too many arrays and objects in each other")),
        }
    }

    fn wide<T>(&mut self, convert: impl FnOnce(&str) -> Option<T>, what: &str) -> Result<T> {
        self.scanner.look();
        let token = self.scanner.number()?;
        convert(token.text).ok_or_else(|| Error::custom(format_args!("the number {} is not {what}", token.text)))
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = ReadError;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.scanner.look() {
            Some(b'"') => self.string(visitor),
            Some(b'{') => self.object(visitor),
            Some(b'[') => self.array(visitor),
            Some(b't') => {
                self.scanner.word("true")?;
                visitor.visit_bool(true)
            }
            Some(b'f') => {
                self.scanner.word("false")?;
                visitor.visit_bool(false)
            }
            Some(b'n') => {
                self.scanner.word("null")?;
                visitor.visit_unit()
            }
            Some(b'-' | b'0'..=b'9') => self.number(visitor),
            _ => Err(self.scanner.broken("a value").into()),
        }
    }

    /// Rounded once, not first to 64 bits.
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Some(b'-' | b'0'..=b'9') = self.scanner.look() else { return self.deserialize_any(visitor) };
        let NumberToken { text, .. } = self.scanner.number()?;
        match text.parse::<f32>() {
            Ok(value) if value.is_finite() => visitor.visit_f32(value),
            _ => Err(Error::custom(format_args!("the number {text} is too large"))),
        }
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let value = self.wide(|text| text.parse().ok(), "an integer of 128 bits")?;
        visitor.visit_i128(value)
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let value = self.wide(|text| text.parse().ok(), "an unsigned integer of 128 bits")?;
        visitor.visit_u128(value)
    }

    #[inline]
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.scanner.look() {
            Some(b'"') => match self.text()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_bytes(text.as_bytes()),
                Cow::Owned(text) => visitor.visit_byte_buf(text.into_bytes()),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.scanner.look() {
            Some(b'n') => {
                self.scanner.word("null")?;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if !name.starts_with('$') {
            return visitor.visit_newtype_struct(self);
        }
        // The private name under which serde_json's own types ask for what only it can give them.
        let value = self.scanner.value()?;
        let given = serde_json::Deserializer::from_str(value).deserialize_newtype_struct(name, visitor);
        given.map_err(Error::custom)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.scanner.look() {
            Some(b'"') => visitor.visit_enum(UnitVariant(self)),
            Some(b'{') => {
                self.scanner.takes(b'{');
                self.descend()?;
                let value = visitor.visit_enum(Variant(self))?;
                self.levels += 1;
                self.scanner.expect(b'}')?;
                Ok(value)
            }
            _ => Err(self.scanner.broken("the name of a variant, or an object with one as its only member,").into()),
        }
    }

    /// No depth costs a stack.
    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.scanner.value()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f64 char str string unit unit_struct seq tuple tuple_struct map struct
        identifier
    }
}

struct Elements<'a, 'de> {
    reader: &'a mut Reader<'de>,
    is_first: bool,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = ReadError;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let scanner = &mut self.reader.scanner;
        if scanner.look() == Some(b']') {
            return Ok(None);
        }
        if !std::mem::take(&mut self.is_first) && !scanner.takes(b',') {
            return Err(scanner.broken(COMMA_OR_BRACKET).into());
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

struct Members<'a, 'de> {
    reader: &'a mut Reader<'de>,
    is_first: bool,
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = ReadError;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let scanner = &mut self.reader.scanner;
        if scanner.look() == Some(b'}') {
            return Ok(None);
        }
        if !std::mem::take(&mut self.is_first) && !scanner.takes(b',') {
            return Err(scanner.broken(COMMA_OR_BRACE).into());
        }
        scanner.begin_name()?;
        let token = scanner.string()?;
        let name = match token.is_escaped {
            false => Cow::Borrowed(token.content),
            true => Cow::Owned(self.reader.unescape(token.content)?),
        };
        seed.deserialize(Key(name)).map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        self.reader.scanner.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

/// A variant without content: its name alone.
struct UnitVariant<'a, 'de>(&'a mut Reader<'de>);

impl<'de> EnumAccess<'de> for UnitVariant<'_, 'de> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        Ok((seed.deserialize(&mut *self.0)?, self))
    }
}

impl<'de> VariantAccess<'de> for UnitVariant<'_, 'de> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value> {
        Err(Error::invalid_type(Unexpected::UnitVariant, &"a variant with a value"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value> {
        Err(Error::invalid_type(Unexpected::UnitVariant, &"a variant with several values"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value> {
        Err(Error::invalid_type(Unexpected::UnitVariant, &"a variant with fields"))
    }
}

/// A variant with content: an object with its name for the only member.
struct Variant<'a, 'de>(&'a mut Reader<'de>);

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let name = seed.deserialize(&mut *self.0)?;
        self.0.scanner.expect(b':')?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<()> {
        serde::Deserialize::deserialize(self.0)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.0.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.0.deserialize_any(visitor)
    }
}
