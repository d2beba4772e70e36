//! The key of a map as text, to be kept or compared.

use std::fmt::{Display, Write};

use serde::Serialize;
use serde::ser::{Error, Impossible, Serializer};

use crate::error::Refusal;

/// The key as text of its own.
pub(crate) fn key_text<T: Serialize + ?Sized>(key: &T) -> Result<String, Refusal> {
    let mut text = String::new();
    key.serialize(KeyText(&mut text))?;
    Ok(text)
}

/// Whether the key reads `name`; nothing is allocated to find out.
#[inline]
pub(crate) fn key_is<T: Serialize + ?Sized>(key: &T, name: &str) -> bool {
    let mut comparison = Comparison { rest: Some(name) };
    key.serialize(KeyText(&mut comparison)).is_ok() && comparison.rest == Some("")
}

/// Writes a key as the text formats spell it. Keys that are no single scalar are refused.
struct KeyText<'w, W>(&'w mut W);

/// What of a name has not been matched yet; `None` once something differed.
struct Comparison<'n> {
    rest: Option<&'n str>,
}

impl Write for Comparison<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.rest = self.rest.and_then(|rest| rest.strip_prefix(text));
        Ok(())
    }
}

macro_rules! serialize_displayed {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<(), Refusal> {
            self.collect_str(&value)
        }
    )*};
}

impl<W: Write> Serializer for KeyText<'_, W> {
    type Ok = ();
    type Error = Refusal;
    type SerializeSeq = Impossible<(), Refusal>;
    type SerializeTuple = Impossible<(), Refusal>;
    type SerializeTupleStruct = Impossible<(), Refusal>;
    type SerializeTupleVariant = Impossible<(), Refusal>;
    type SerializeMap = Impossible<(), Refusal>;
    type SerializeStruct = Impossible<(), Refusal>;
    type SerializeStructVariant = Impossible<(), Refusal>;

    serialize_displayed! {
        serialize_bool: bool;
        serialize_i8: i8; serialize_i16: i16; serialize_i32: i32; serialize_i64: i64; serialize_i128: i128;
        serialize_u8: u8; serialize_u16: u16; serialize_u32: u32; serialize_u64: u64; serialize_u128: u128;
        serialize_f32: f32; serialize_f64: f64;
        serialize_char: char;
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Refusal> {
        self.0.write_str(value).map_err(Refusal::custom)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Refusal> {
        write!(self.0, "{value}").map_err(Refusal::custom)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Refusal> {
        Err(refuse_key("a byte string"))
    }

    fn serialize_none(self) -> Result<(), Refusal> {
        Err(refuse_key("nothing"))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refusal> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Refusal> {
        Err(refuse_key("nothing"))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Refusal> {
        Err(refuse_key("nothing"))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Refusal> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Refusal> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Refusal> {
        Err(refuse_key("an enum variant with content"))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Refusal> {
        Err(refuse_key("a sequence"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Refusal> {
        Err(refuse_key("a tuple"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Refusal> {
        Err(refuse_key("a tuple"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Refusal> {
        Err(refuse_key("an enum variant with content"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Refusal> {
        Err(refuse_key("a map"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Refusal> {
        Err(refuse_key("a struct"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Refusal> {
        Err(refuse_key("an enum variant with content"))
    }
}

/// Why `what` is refused, where the key of a map is expected.
#[cold]
pub(crate) fn refuse_key(what: &str) -> Refusal {
    Refusal::custom(format_args!("{what} cannot be the key of a map"))
}
