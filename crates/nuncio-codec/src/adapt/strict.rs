//! Writing only what arrives as it was sent.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};

/// A serializer, or a value inside it, under the rules of this crate: integers have at most 64 bits, characters are
/// text and, where the format is `FINITE`, there is neither NaN nor infinity.
///
/// Left to themselves, the libraries write JSON's `null` for NaN, and wide integers in ways that only they can read.
#[derive(Debug)]
pub(crate) struct Strict<T, const FINITE: bool>(pub(crate) T);

impl<T: Serialize + ?Sized, const FINITE: bool> Serialize for Strict<&T, FINITE> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Strict::<S, FINITE>(serializer))
    }
}

macro_rules! serialize_unchanged {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {$(
        #[inline]
        fn $method(self, $($argument: $type),*) -> Result<S::Ok, S::Error> {
            self.0.$method($($argument),*)
        }
    )*};
}

macro_rules! serialize_finite {
    ($($method:ident: $type:ty;)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            if FINITE && !value.is_finite() {
                return Err(S::Error::custom(format_args!("{value} is not a finite number")));
            }
            self.0.$method(value)
        }
    )*};
}

macro_rules! serialize_narrow {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            if let Ok(value) = i64::try_from(value) {
                return self.0.serialize_i64(value);
            }
            match u64::try_from(value) {
                Ok(value) => self.0.serialize_u64(value),
                Err(_) => Err(S::Error::custom(format_args!("the integer {value} is outside -2^63..2^64-1"))),
            }
        }
    )*};
}

macro_rules! begin {
    ($($method:ident($($argument:ident: $type:ty),*) -> $compound:ident;)*) => {$(
        #[inline]
        fn $method(self, $($argument: $type),*) -> Result<Self::$compound, S::Error> {
            self.0.$method($($argument),*).map(Strict)
        }
    )*};
}

impl<S: Serializer, const FINITE: bool> Serializer for Strict<S, FINITE> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Strict<S::SerializeSeq, FINITE>;
    type SerializeTuple = Strict<S::SerializeTuple, FINITE>;
    type SerializeTupleStruct = Strict<S::SerializeTupleStruct, FINITE>;
    type SerializeTupleVariant = Strict<S::SerializeTupleVariant, FINITE>;
    type SerializeMap = Strict<S::SerializeMap, FINITE>;
    type SerializeStruct = Strict<S::SerializeStruct, FINITE>;
    type SerializeStructVariant = Strict<S::SerializeStructVariant, FINITE>;

    serialize_unchanged! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    serialize_finite! {
        serialize_f32: f32;
        serialize_f64: f64;
    }

    serialize_narrow! {
        serialize_i128: i128;
        serialize_u128: u128;
    }

    fn serialize_char(self, value: char) -> Result<S::Ok, S::Error> {
        self.0.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Strict::<_, FINITE>(value))
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Strict::<_, FINITE>(value))
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, index, variant, &Strict::<_, FINITE>(value))
    }

    begin! {
        serialize_seq(len: Option<usize>) -> SerializeSeq;
        serialize_tuple(len: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeTupleVariant;
        serialize_map(len: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeStructVariant;
    }

    #[inline]
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.collect_str(value)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

macro_rules! sequence {
    ($($trait:ident::$method:ident;)*) => {$(
        impl<C: $trait, const FINITE: bool> $trait for Strict<C, FINITE> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                self.0.$method(&Strict::<_, FINITE>(value))
            }

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.0.end()
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

macro_rules! structure {
    ($($trait:ident)*) => {$(
        impl<C: $trait, const FINITE: bool> $trait for Strict<C, FINITE> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), C::Error> {
                self.0.serialize_field(key, &Strict::<_, FINITE>(value))
            }

            #[inline]
            fn skip_field(&mut self, key: &'static str) -> Result<(), C::Error> {
                self.0.skip_field(key)
            }

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.0.end()
            }
        }
    )*};
}

structure! { SerializeStruct SerializeStructVariant }

impl<C: SerializeMap, const FINITE: bool> SerializeMap for Strict<C, FINITE> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.0.serialize_key(&Strict::<_, FINITE>(key))
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.0.serialize_value(&Strict::<_, FINITE>(value))
    }

    #[inline]
    fn serialize_entry<K: Serialize + ?Sized, T: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &T,
    ) -> Result<(), C::Error> {
        self.0.serialize_entry(&Strict::<_, FINITE>(key), &Strict::<_, FINITE>(value))
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.0.end()
    }
}
