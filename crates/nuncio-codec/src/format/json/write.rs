//! The serializer that writes compact JSON.

use std::fmt::{Display, Write};

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};

use super::text::{self, Alphabet, Pieces};
use crate::adapt::refuse_key;
use crate::error::Refusal;

/// A serializer that appends one value to a document or, where it is a `KEY`, the key of a member: a string, or another
/// scalar in quotes.
pub(super) struct Writer<'a, const KEY: bool>(&'a mut Vec<u8>, Alphabet);

impl<'a> Writer<'a, false> {
    #[inline]
    pub(super) fn document(out: &'a mut Vec<u8>, alphabet: Alphabet) -> Self {
        Self(out, alphabet)
    }
}

impl<'a, const KEY: bool> Writer<'a, KEY> {
    /// Appends what has no quotes as a value, and no byte in it that would need an escape.
    #[inline]
    fn token(self, token: &str) -> Result<(), Refusal> {
        if KEY {
            self.0.push(b'"');
        }
        self.0.extend_from_slice(token.as_bytes());
        if KEY {
            self.0.push(b'"');
        }
        Ok(())
    }

    #[inline]
    fn begin(self, brackets: Brackets, what: &str) -> Result<Compound<'a>, Refusal> {
        if KEY {
            return Err(refuse_key(what));
        }
        self.0.push(brackets.open);
        Ok(Compound { out: self.0, alphabet: self.1, is_empty: true, close: brackets.close })
    }

    #[inline]
    fn begin_variant(self, variant: &str, brackets: Brackets) -> Result<Compound<'a>, Refusal> {
        if KEY {
            return Err(refuse_key("an enum variant with content"));
        }
        self.0.push(b'{');
        text::append(variant, self.0, self.1);
        self.0.extend_from_slice(&[b':', brackets.open]);
        Ok(Compound { out: self.0, alphabet: self.1, is_empty: true, close: brackets.close_variant })
    }
}

/// What surrounds elements or members.
struct Brackets {
    open: u8,
    close: &'static [u8],
    /// As `close`, where they are the content of an enum variant.
    close_variant: &'static [u8],
}

const ARRAY: Brackets = Brackets { open: b'[', close: b"]", close_variant: b"]}" };
const OBJECT: Brackets = Brackets { open: b'{', close: b"}", close_variant: b"}}" };

macro_rules! serialize_integer {
    ($($method:ident: $type:ty;)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Refusal> {
            self.token(itoa::Buffer::new().format(value))
        }
    )*};
}

macro_rules! serialize_wide {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<(), Refusal> {
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

macro_rules! serialize_float {
    ($($method:ident: $type:ty;)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Refusal> {
            if !value.is_finite() {
                return Err(Refusal::custom(format_args!("{value} is not a finite number")));
            }
            self.token(zmij::Buffer::new().format_finite(value))
        }
    )*};
}

impl<'a, const KEY: bool> Serializer for Writer<'a, KEY> {
    type Ok = ();
    type Error = Refusal;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    serialize_integer! {
        serialize_i8: i8; serialize_i16: i16; serialize_i32: i32; serialize_i64: i64;
        serialize_u8: u8; serialize_u16: u16; serialize_u32: u32; serialize_u64: u64;
    }

    serialize_wide! { serialize_i128: i128; serialize_u128: u128; }

    serialize_float! { serialize_f32: f32; serialize_f64: f64; }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), Refusal> {
        self.token(if value { "true" } else { "false" })
    }

    fn serialize_char(self, value: char) -> Result<(), Refusal> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline(always)]
    fn serialize_str(self, value: &str) -> Result<(), Refusal> {
        match KEY {
            true => text::append_inline(value, self.0, self.1),
            false => text::append(value, self.0, self.1),
        }
        Ok(())
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Refusal> {
        self.0.push(b'"');
        write!(Pieces(self.0, self.1), "{value}").map_err(Refusal::custom)?;
        self.0.push(b'"');
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Refusal> {
        if KEY {
            return Err(refuse_key("a byte string"));
        }
        self.collect_seq(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Refusal> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refusal> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Refusal> {
        if KEY {
            return Err(refuse_key("nothing"));
        }
        self.token("null")
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Refusal> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Refusal> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Refusal> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Refusal> {
        let mut object = self.begin(OBJECT, "an enum variant with content")?;
        object.member(variant, value)?;
        object.finish()
    }

    #[inline]
    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a>, Refusal> {
        self.begin(ARRAY, "a sequence")
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Compound<'a>, Refusal> {
        self.begin(ARRAY, "a tuple")
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>, Refusal> {
        self.begin(ARRAY, "a tuple")
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Refusal> {
        self.begin_variant(variant, ARRAY)
    }

    #[inline]
    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a>, Refusal> {
        self.begin(OBJECT, "a map")
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>, Refusal> {
        self.begin(OBJECT, "a struct")
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Refusal> {
        self.begin_variant(variant, OBJECT)
    }
}

/// An array or an object while it is written.
pub(super) struct Compound<'a> {
    out: &'a mut Vec<u8>,
    alphabet: Alphabet,
    is_empty: bool,
    close: &'static [u8],
}

impl Compound<'_> {
    #[inline]
    fn separate(&mut self) {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.out.push(b',');
        }
    }

    /// A member whose name the program knows. It is written here and not by the function that `str` has for that, which would
    /// stand in between: the name is still a constant; see `text`.
    #[inline(always)]
    fn member<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Refusal> {
        self.separate();
        text::append_inline(name, self.out, self.alphabet);
        self.serialize_value(value)
    }

    #[inline]
    fn finish(self) -> Result<(), Refusal> {
        self.out.extend_from_slice(self.close);
        Ok(())
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident;)*) => {$(
        impl $trait for Compound<'_> {
            type Ok = ();
            type Error = Refusal;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
                self.separate();
                value.serialize(Writer::<false>(self.out, self.alphabet))
            }

            #[inline]
            fn end(self) -> Result<(), Refusal> {
                self.finish()
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

macro_rules! members {
    ($($trait:ident)*) => {$(
        impl $trait for Compound<'_> {
            type Ok = ();
            type Error = Refusal;

            #[inline(always)]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Refusal> {
                self.member(key, value)
            }

            #[inline]
            fn end(self) -> Result<(), Refusal> {
                self.finish()
            }
        }
    )*};
}

members! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Refusal;

    #[inline(always)]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refusal> {
        self.separate();
        key.serialize(Writer::<true>(self.out, self.alphabet))
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        self.out.push(b':');
        value.serialize(Writer::<false>(self.out, self.alphabet))
    }

    #[inline(always)]
    fn serialize_entry<K: Serialize + ?Sized, T: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &T,
    ) -> Result<(), Refusal> {
        self.serialize_key(key)?;
        self.serialize_value(value)
    }

    #[inline]
    fn end(self) -> Result<(), Refusal> {
        self.finish()
    }
}
