//! A [`Value`] to what serde writes, and what serde writes to a [`Value`].

use std::fmt::{self, Write};

use serde::Serialize;
use serde::ser::{
    Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::{Object, Value};
use crate::adapt::key_text;
use crate::error::Refusal;
use crate::{Error, Map};

/// Turns any type that can be serialized into a [`Value`].
///
/// A [`Value`] stays as it is.
///
/// # Errors
/// [`Unrepresentable`](crate::ErrorKind::Unrepresentable): an integer of more than 64 bits, or a map whose keys are no
/// scalars.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, Error> {
    value_in(true, value).map_err(Error::to_value)
}

/// As [`to_value`], for a format that is human-readable or not.
pub(crate) fn value_in<T: Serialize + ?Sized>(human_readable: bool, value: &T) -> Result<Value, Refusal> {
    value.serialize(ValueSerializer { human_readable })
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // Not as a unit, which some formats write as an empty array.
            Self::Null => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::UInt(value) => serializer.serialize_u64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_newtype_struct(BYTES, &Bytes(bytes)),
            Self::Array(elements) => elements.serialize(serializer),
            Self::Map(map) => map.serialize(serializer),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !keeps_classes::<S>() {
            return self.value.serialize(serializer);
        }
        let mut object = serializer.serialize_struct(OBJECT, 2)?;
        object.serialize_field("class", &self.class)?;
        object.serialize_field("value", &self.value)?;
        object.end()
    }
}

/// What the serializers of Perl's formats return, by which an [`Object`] knows them. To any other it is its plain value.
pub(crate) struct Written;

/// The struct as which an [`Object`] is handed to a serializer that keeps classes.
pub(crate) const OBJECT: &str = "$nuncio::Object";

fn keeps_classes<S: Serializer>() -> bool {
    let made = typeid::of::<S::Ok>();
    made == typeid::of::<Written>() || made == typeid::of::<Value>()
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

/// The newtype by which [`ValueSerializer`] knows the bytes of a [`Value`]. To any other serializer it is transparent.
pub(crate) const BYTES: &str = "$nuncio::Bytes";

/// Bytes as such or, in a text, as the code points 0 to 255.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(self),
            false => serializer.serialize_bytes(self.0),
        }
    }
}

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| f.write_char(char::from(*byte)))
    }
}

#[derive(Clone, Copy)]
struct ValueSerializer {
    human_readable: bool,
}

macro_rules! serialize_from {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<Value, Refusal> {
            Ok(Value::from(value))
        }
    )*};
}

macro_rules! serialize_wide {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<Value, Refusal> {
            let narrow = i64::try_from(value).map(Value::Int).or_else(|_| u64::try_from(value).map(Value::UInt));
            narrow.map_err(|_| Refusal::custom(format_args!("the integer {value} is outside -2^63..2^64-1")))
        }
    )*};
}

impl Serializer for ValueSerializer {
    type Ok = Value;
    type Error = Refusal;
    type SerializeSeq = Sequence;
    type SerializeTuple = Sequence;
    type SerializeTupleStruct = Sequence;
    type SerializeTupleVariant = Sequence;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    serialize_from! {
        serialize_bool: bool;
        serialize_i8: i8; serialize_i16: i16; serialize_i32: i32; serialize_i64: i64;
        serialize_u8: u8; serialize_u16: u16; serialize_u32: u32; serialize_u64: u64;
        serialize_f32: f32; serialize_f64: f64;
        serialize_char: char;
        serialize_str: &str;
        serialize_bytes: &[u8];
    }

    serialize_wide! { serialize_i128: i128; serialize_u128: u128; }

    fn serialize_none(self) -> Result<Value, Refusal> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Refusal> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Refusal> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Refusal> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Value, Refusal> {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<Value, Refusal> {
        match name {
            BYTES => value_in(false, value),
            _ => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Refusal> {
        Ok(tagged(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Sequence, Refusal> {
        Ok(Sequence { serializer: self, variant: None, elements: Vec::with_capacity(len.unwrap_or(0)) })
    }

    fn serialize_tuple(self, len: usize) -> Result<Sequence, Refusal> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Sequence, Refusal> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Sequence, Refusal> {
        Ok(Sequence { serializer: self, variant: Some(variant), elements: Vec::with_capacity(len) })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Entries, Refusal> {
        let map = Map::with_capacity(len.unwrap_or(0));
        Ok(Entries { serializer: self, variant: None, map, key: String::new(), is_object: false })
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Entries, Refusal> {
        Ok(Entries { is_object: name == OBJECT, ..self.serialize_map(Some(len))? })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Entries, Refusal> {
        let map = Map::with_capacity(len);
        Ok(Entries { serializer: self, variant: Some(variant), map, key: String::new(), is_object: false })
    }

    fn is_human_readable(&self) -> bool {
        self.human_readable
    }
}

/// The content of an enum variant under its name; without a variant just the content.
fn tagged(variant: Option<&'static str>, content: Value) -> Value {
    match variant {
        Some(variant) => Value::from_iter([(variant, content)]),
        None => content,
    }
}

/// Whatever is written element by element.
struct Sequence {
    serializer: ValueSerializer,
    variant: Option<&'static str>,
    elements: Vec<Value>,
}

macro_rules! sequence {
    ($($trait:ident::$method:ident;)*) => {$(
        impl $trait for Sequence {
            type Ok = Value;
            type Error = Refusal;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
                self.elements.push(value.serialize(self.serializer)?);
                Ok(())
            }

            fn end(self) -> Result<Value, Refusal> {
                Ok(tagged(self.variant, Value::Array(self.elements)))
            }
        }
    )*};
}

sequence! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

/// Whatever is written entry by entry.
struct Entries {
    serializer: ValueSerializer,
    variant: Option<&'static str>,
    map: Map,
    /// The key whose value comes next.
    key: String,
    /// Whether the entries are the two parts of an [`Object`].
    is_object: bool,
}

impl Entries {
    fn finish(mut self) -> Value {
        if self.is_object
            && let (Some(Value::Text(class)), Some(value)) = (self.map.remove("class"), self.map.remove("value"))
        {
            return Object::new(class, value).into();
        }
        tagged(self.variant, Value::Map(self.map))
    }
}

impl SerializeMap for Entries {
    type Ok = Value;
    type Error = Refusal;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refusal> {
        self.key = key_text(key)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        let value = value.serialize(self.serializer)?;
        self.map.insert(std::mem::take(&mut self.key), value);
        Ok(())
    }

    fn end(self) -> Result<Value, Refusal> {
        Ok(self.finish())
    }
}

macro_rules! structure {
    ($($trait:ident)*) => {$(
        impl $trait for Entries {
            type Ok = Value;
            type Error = Refusal;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Refusal> {
                self.map.insert(key, value.serialize(self.serializer)?);
                Ok(())
            }

            fn end(self) -> Result<Value, Refusal> {
                Ok(self.finish())
            }
        }
    )*};
}

structure! { SerializeStruct SerializeStructVariant }
