//! From any type that serde can write to one of Perl's formats.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};

use crate::Value;
use crate::adapt::{key_text, with_key_text};
use crate::error::Refusal;
use crate::value::{BYTES, OBJECT, Written, value_in};

/// A format while it is written. Containers are references to containers, as everywhere in Perl.
pub(crate) trait Sink {
    /// What is to be remembered of a container until it ends.
    type Container;

    fn undef(&mut self);
    fn truth(&mut self, value: bool);
    fn int(&mut self, value: i64);
    fn uint(&mut self, value: u64);
    fn float(&mut self, value: f64);
    fn text(&mut self, text: &str) -> Result<(), Refusal>;
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Refusal>;

    fn begin_array(&mut self, len: Option<usize>) -> Result<Self::Container, Refusal>;
    fn begin_element(&mut self, array: &mut Self::Container);
    /// Writes the first of some elements, if they are texts that can be written faster together; returns the others.
    #[inline]
    fn texts<'v>(&mut self, _array: &mut Self::Container, elements: &'v [Value]) -> &'v [Value] {
        elements
    }
    fn end_array(&mut self, array: Self::Container) -> Result<(), Refusal>;

    fn begin_hash(&mut self, len: Option<usize>) -> Result<Self::Container, Refusal>;
    fn begin_entry(&mut self, hash: &mut Self::Container, key: &str) -> Result<(), Refusal>;
    fn end_entry(&mut self, hash: &mut Self::Container, key: &str) -> Result<(), Refusal>;
    fn end_hash(&mut self, hash: Self::Container) -> Result<(), Refusal>;

    /// What is written until the matching [`end_object`](Self::end_object) is an object of `class`: a container, or a
    /// scalar between [`begin_reference`](Self::begin_reference) and [`end_reference`](Self::end_reference).
    fn begin_object(&mut self, class: &str) -> Result<(), Refusal>;
    fn end_object(&mut self, class: &str) -> Result<(), Refusal>;

    fn begin_reference(&mut self);
    fn end_reference(&mut self);
}

/// What can be written to a sink.
pub(crate) trait Content {
    fn write<K: Sink>(&self, sink: K) -> Result<(), Refusal>;

    /// The content with the entries of each map sorted by key.
    ///
    /// # Errors
    /// What a [`Value`] cannot hold.
    fn sorted(&self) -> Result<Value, Refusal>;
}

/// Whatever serde can write.
pub(crate) struct Serialized<'a, T: ?Sized>(pub(crate) &'a T);

impl<T: Serialize + ?Sized> Content for Serialized<'_, T> {
    #[inline]
    fn write<K: Sink>(&self, sink: K) -> Result<(), Refusal> {
        let mut output = Output { sink, keys: String::new() };
        self.0.serialize(Writer::new(&mut output))?;
        Ok(())
    }

    fn sorted(&self) -> Result<Value, Refusal> {
        let mut value = value_in(true, self.0)?;
        sort(&mut value);
        Ok(value)
    }
}

struct Output<K> {
    sink: K,
    /// The keys of the entries that have begun, one after the other.
    keys: String,
}

/// The serializer for one value.
struct Writer<'a, K> {
    output: &'a mut Output<K>,
    human_readable: bool,
    /// Whether this is what an object consists of, which has to be a reference.
    is_blessed: bool,
}

impl<'a, K: Sink> Writer<'a, K> {
    #[inline]
    fn new(output: &'a mut Output<K>) -> Self {
        Self { output, human_readable: true, is_blessed: false }
    }

    #[inline]
    fn scalar(self, write: impl FnOnce(&mut K) -> Result<(), Refusal>) -> Result<Written, Refusal> {
        let sink = &mut self.output.sink;
        if self.is_blessed {
            sink.begin_reference();
        }
        write(sink)?;
        if self.is_blessed {
            sink.end_reference();
        }
        Ok(Written)
    }

    #[inline]
    fn array(self, len: Option<usize>) -> Result<Elements<'a, K>, Refusal> {
        let array = self.output.sink.begin_array(len)?;
        Ok(Elements { output: self.output, array, variant: None })
    }

    #[inline]
    fn hash(self, len: Option<usize>) -> Result<Entries<'a, K>, Refusal> {
        let hash = self.output.sink.begin_hash(len)?;
        Ok(Entries { output: self.output, hash, variant: None, key_start: 0 })
    }

    /// The hash with one entry that an enum variant with content is.
    fn variant(&mut self, variant: &'static str) -> Result<Variant<K::Container>, Refusal> {
        let mut hash = self.output.sink.begin_hash(Some(1))?;
        self.output.sink.begin_entry(&mut hash, variant)?;
        Ok(Variant { hash, name: variant })
    }
}

/// The hash around the content of an enum variant.
struct Variant<H> {
    hash: H,
    name: &'static str,
}

impl<H> Variant<H> {
    fn end<K: Sink<Container = H>>(mut self, sink: &mut K) -> Result<(), Refusal> {
        sink.end_entry(&mut self.hash, self.name)?;
        sink.end_hash(self.hash)
    }
}

macro_rules! serialize_integer {
    ($($method:ident: $type:ty => $write:ident;)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<Written, Refusal> {
            self.scalar(|sink| {
                sink.$write(value.into());
                Ok(())
            })
        }
    )*};
}

macro_rules! serialize_wide {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<Written, Refusal> {
            if let Ok(value) = i64::try_from(value) {
                return self.serialize_i64(value);
            }
            match u64::try_from(value) {
                Ok(value) => self.serialize_u64(value),
                Err(_) => Err(Refusal::custom(format_args!("the integer {value} is outside -2^63..2^64-1"))),
            }
        }
    )*};
}

impl<'a, K: Sink> Serializer for Writer<'a, K> {
    type Ok = Written;
    type Error = Refusal;
    type SerializeSeq = Elements<'a, K>;
    type SerializeTuple = Elements<'a, K>;
    type SerializeTupleStruct = Elements<'a, K>;
    type SerializeTupleVariant = Elements<'a, K>;
    type SerializeMap = Entries<'a, K>;
    type SerializeStruct = Fields<'a, K>;
    type SerializeStructVariant = Entries<'a, K>;

    serialize_integer! {
        serialize_bool: bool => truth;
        serialize_i8: i8 => int; serialize_i16: i16 => int; serialize_i32: i32 => int; serialize_i64: i64 => int;
        serialize_u8: u8 => int; serialize_u16: u16 => int; serialize_u32: u32 => int;
        serialize_f32: f32 => float; serialize_f64: f64 => float;
    }

    serialize_wide! { serialize_i128: i128; serialize_u128: u128; }

    #[inline]
    fn serialize_u64(self, value: u64) -> Result<Written, Refusal> {
        self.scalar(|sink| {
            match i64::try_from(value) {
                Ok(value) => sink.int(value),
                Err(_) => sink.uint(value),
            }
            Ok(())
        })
    }

    fn serialize_char(self, value: char) -> Result<Written, Refusal> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<Written, Refusal> {
        self.scalar(|sink| sink.text(value))
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<Written, Refusal> {
        self.serialize_str(&value.to_string())
    }

    #[inline]
    fn serialize_bytes(self, value: &[u8]) -> Result<Written, Refusal> {
        self.scalar(|sink| sink.bytes(value))
    }

    #[inline]
    fn serialize_none(self) -> Result<Written, Refusal> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Written, Refusal> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<Written, Refusal> {
        self.scalar(|sink| {
            sink.undef();
            Ok(())
        })
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Result<Written, Refusal> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Written, Refusal> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        value: &T,
    ) -> Result<Written, Refusal> {
        self.human_readable &= name != BYTES;
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Written, Refusal> {
        let variant = self.variant(variant)?;
        value.serialize(Writer::new(&mut *self.output))?;
        variant.end(&mut self.output.sink).map(|()| Written)
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Elements<'a, K>, Refusal> {
        self.array(len)
    }

    #[inline]
    fn serialize_tuple(self, len: usize) -> Result<Elements<'a, K>, Refusal> {
        self.array(Some(len))
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Elements<'a, K>, Refusal> {
        self.array(Some(len))
    }

    fn serialize_tuple_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Elements<'a, K>, Refusal> {
        let variant = self.variant(variant)?;
        Ok(Elements { variant: Some(variant), ..self.array(Some(len))? })
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Entries<'a, K>, Refusal> {
        self.hash(len)
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Fields<'a, K>, Refusal> {
        match name {
            OBJECT => Ok(Fields::Object(Object { output: self.output, class: String::new() })),
            _ => self.hash(Some(len)).map(Fields::Hash),
        }
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Entries<'a, K>, Refusal> {
        let variant = self.variant(variant)?;
        Ok(Entries { variant: Some(variant), ..self.hash(Some(len))? })
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.human_readable
    }
}

/// An array while it is written.
struct Elements<'a, K: Sink> {
    output: &'a mut Output<K>,
    array: K::Container,
    variant: Option<Variant<K::Container>>,
}

macro_rules! elements {
    ($($trait:ident::$method:ident;)*) => {$(
        impl<K: Sink> $trait for Elements<'_, K> {
            type Ok = Written;
            type Error = Refusal;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
                self.output.sink.begin_element(&mut self.array);
                value.serialize(Writer::new(self.output))?;
                Ok(())
            }

            #[inline]
            fn end(self) -> Result<Written, Refusal> {
                self.output.sink.end_array(self.array)?;
                match self.variant {
                    Some(variant) => variant.end(&mut self.output.sink).map(|()| Written),
                    None => Ok(Written),
                }
            }
        }
    )*};
}

elements! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

/// A hash while it is written.
struct Entries<'a, K: Sink> {
    output: &'a mut Output<K>,
    hash: K::Container,
    variant: Option<Variant<K::Container>>,
    /// Where in the output's keys the key of the present entry begins.
    key_start: usize,
}

impl<K: Sink> Entries<'_, K> {
    #[inline]
    fn write_entry<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Refusal> {
        self.output.sink.begin_entry(&mut self.hash, key)?;
        value.serialize(Writer::new(self.output))?;
        self.output.sink.end_entry(&mut self.hash, key)
    }

    #[inline]
    fn finish(self) -> Result<Written, Refusal> {
        self.output.sink.end_hash(self.hash)?;
        match self.variant {
            Some(variant) => variant.end(&mut self.output.sink).map(|()| Written),
            None => Ok(Written),
        }
    }
}

impl<K: Sink> SerializeMap for Entries<'_, K> {
    type Ok = Written;
    type Error = Refusal;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refusal> {
        self.key_start = self.output.keys.len();
        with_key_text(key, |key| {
            self.output.keys.push_str(key);
            Ok(())
        })?;
        let Output { sink, keys } = &mut *self.output;
        sink.begin_entry(&mut self.hash, &keys[self.key_start..])
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        value.serialize(Writer::new(self.output))?;
        let Output { sink, keys } = &mut *self.output;
        sink.end_entry(&mut self.hash, &keys[self.key_start..])?;
        keys.truncate(self.key_start);
        Ok(())
    }

    /// Needs no copy of the key, which is there as long as the value is.
    #[inline]
    fn serialize_entry<T, U>(&mut self, key: &T, value: &U) -> Result<(), Refusal>
    where
        T: Serialize + ?Sized,
        U: Serialize + ?Sized,
    {
        with_key_text(key, |key| self.write_entry(key, value))
    }

    #[inline]
    fn end(self) -> Result<Written, Refusal> {
        self.finish()
    }
}

impl<K: Sink> SerializeStructVariant for Entries<'_, K> {
    type Ok = Written;
    type Error = Refusal;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Refusal> {
        self.write_entry(key, value)
    }

    #[inline]
    fn end(self) -> Result<Written, Refusal> {
        self.finish()
    }
}

/// A struct while it is written: a hash or, where it is a [`Value`](crate::Value)'s object, what is blessed.
enum Fields<'a, K: Sink> {
    Hash(Entries<'a, K>),
    Object(Object<'a, K>),
}

/// An object while it is written: first its class, then what is blessed.
struct Object<'a, K> {
    output: &'a mut Output<K>,
    class: String,
}

impl<K: Sink> Object<'_, K> {
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Refusal> {
        if key == "class" {
            self.class = key_text(value)?;
            return Ok(());
        }
        self.output.sink.begin_object(&self.class)?;
        value.serialize(Writer { is_blessed: true, ..Writer::new(self.output) })?;
        self.output.sink.end_object(&self.class)
    }
}

impl<K: Sink> SerializeStruct for Fields<'_, K> {
    type Ok = Written;
    type Error = Refusal;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Refusal> {
        match self {
            Self::Hash(entries) => entries.write_entry(key, value),
            Self::Object(object) => object.field(key, value),
        }
    }

    #[inline]
    fn end(self) -> Result<Written, Refusal> {
        match self {
            Self::Hash(entries) => entries.finish(),
            Self::Object(_) => Ok(Written),
        }
    }
}

pub(super) fn sort(value: &mut Value) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(sort),
        Value::Map(map) => {
            map.sort_keys();
            map.values_mut().for_each(sort);
        }
        Value::Object(object) => sort(&mut object.value),
        _ => {}
    }
}
