//! The key of a map as text, to be kept or compared.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{Error, Impossible, Serializer};

use crate::error::Refusal;

/// The key as text of its own.
pub(crate) fn key_text<T: Serialize + ?Sized>(key: &T) -> Result<String, Refusal> {
    with_key_text(key, |text| Ok(text.to_owned()))
}

/// Does something with the key as text. Nothing is copied where it is text already.
#[inline]
pub(crate) fn with_key_text<T: Serialize + ?Sized, R>(
    key: &T,
    act: impl FnOnce(&str) -> Result<R, Refusal>,
) -> Result<R, Refusal> {
    key.serialize(KeyText(act))
}

/// Whether the key reads `name`.
#[inline]
pub(crate) fn key_is<T: Serialize + ?Sized>(key: &T, name: &str) -> bool {
    with_key_text(key, |text| Ok(text == name)).unwrap_or(false)
}

/// Spells a key as the text formats do, and hands it on. Keys that are no single scalar are refused.
struct KeyText<F>(F);

macro_rules! serialize_displayed {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<R, Refusal> {
            self.collect_str(&value)
        }
    )*};
}

impl<R, F: FnOnce(&str) -> Result<R, Refusal>> Serializer for KeyText<F> {
    type Ok = R;
    type Error = Refusal;
    type SerializeSeq = Impossible<R, Refusal>;
    type SerializeTuple = Impossible<R, Refusal>;
    type SerializeTupleStruct = Impossible<R, Refusal>;
    type SerializeTupleVariant = Impossible<R, Refusal>;
    type SerializeMap = Impossible<R, Refusal>;
    type SerializeStruct = Impossible<R, Refusal>;
    type SerializeStructVariant = Impossible<R, Refusal>;

    serialize_displayed! {
        serialize_bool: bool;
        serialize_i8: i8; serialize_i16: i16; serialize_i32: i32; serialize_i64: i64; serialize_i128: i128;
        serialize_u8: u8; serialize_u16: u16; serialize_u32: u32; serialize_u64: u64; serialize_u128: u128;
        serialize_f32: f32; serialize_f64: f64;
        serialize_char: char;
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<R, Refusal> {
        (self.0)(value)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<R, Refusal> {
        (self.0)(&value.to_string())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<R, Refusal> {
        Err(refuse_key("a byte string"))
    }

    fn serialize_none(self) -> Result<R, Refusal> {
        Err(refuse_key("nothing"))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<R, Refusal> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<R, Refusal> {
        Err(refuse_key("nothing"))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<R, Refusal> {
        Err(refuse_key("nothing"))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<R, Refusal> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<R, Refusal> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<R, Refusal> {
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
