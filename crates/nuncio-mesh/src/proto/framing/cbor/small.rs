//! From types of the program's own to small messages, without a [`Value`](nuncio_codec::Value) in between.
//!
//! Only the sequence of the elements and those of them that are scalars are written here. Any other element becomes a value
//! first, so that it is said once how that is written.

use std::fmt;

use nuncio_codec::to_value;
use serde::Serialize;
use serde::ser::{self, Impossible, SerializeSeq, SerializeTuple, SerializeTupleStruct, Serializer};

use super::{
    ARRAY, BYTES, FALSE, NEGATIVE, NULL, TRUE, UNSIGNED, write_float, write_head, write_string, write_text, write_value,
};
use crate::proto::lanes::LARGE_BYTES;

/// Appends a message, if it is a small sequence; otherwise nothing.
#[inline]
pub(in super::super) fn write_small<T: Serialize + ?Sized>(port: &str, message: &T, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let is_small = message.serialize(Message { port, out }).is_ok();
    if !is_small {
        out.truncate(start);
    }
    is_small
}

/// It has to be written in another way.
#[derive(Debug)]
struct Otherwise;

impl fmt::Display for Otherwise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is written in another way")
    }
}

impl std::error::Error for Otherwise {}

impl ser::Error for Otherwise {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// What is no scalar, or no sequence.
macro_rules! otherwise {
    ($($method:ident($($argument:ty),*) $(-> $answer:ty)?;)*) => {$(
        otherwise! { @ $method($($argument),*) $(-> $answer)? }
    )*};
    (@ $method:ident($($argument:ty),*)) => {
        fn $method(self, $(_: $argument),*) -> Result<(), Otherwise> {
            Err(Otherwise)
        }
    };
    (@ $method:ident($($argument:ty),*) -> $answer:ty) => {
        fn $method(self, $(_: $argument),*) -> Result<$answer, Otherwise> {
            Err(Otherwise)
        }
    };
}

/// What is written the same way by both serializers.
macro_rules! transparent {
    () => {
        #[inline]
        fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Otherwise> {
            value.serialize(self)
        }

        /// Those with such names mean something to who knows them.
        #[inline]
        fn serialize_newtype_struct<T: Serialize + ?Sized>(
            self,
            name: &'static str,
            value: &T,
        ) -> Result<(), Otherwise> {
            if name.starts_with('$') { Err(Otherwise) } else { value.serialize(self) }
        }

        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<(), Otherwise> {
            Err(Otherwise)
        }
    };
}

/// A whole message.
struct Message<'a> {
    port: &'a str,
    out: &'a mut Vec<u8>,
}

impl<'a> Message<'a> {
    #[inline]
    fn begin(self, count: usize) -> Result<Elements<'a>, Otherwise> {
        // Each element takes a byte at least.
        if count > LARGE_BYTES {
            return Err(Otherwise);
        }
        let start = self.out.len();
        write_head(ARRAY, count as u64 + 1, self.out);
        write_text(self.port, self.out);
        Ok(Elements { left: count, start, out: self.out })
    }
}

impl<'a> Serializer for Message<'a> {
    type Ok = ();
    type Error = Otherwise;
    type SerializeSeq = Elements<'a>;
    type SerializeTuple = Elements<'a>;
    type SerializeTupleStruct = Elements<'a>;
    type SerializeTupleVariant = Impossible<(), Otherwise>;
    type SerializeMap = Impossible<(), Otherwise>;
    type SerializeStruct = Impossible<(), Otherwise>;
    type SerializeStructVariant = Impossible<(), Otherwise>;

    #[inline]
    fn serialize_seq(self, count: Option<usize>) -> Result<Elements<'a>, Otherwise> {
        count.map_or(Err(Otherwise), |count| self.begin(count))
    }

    #[inline]
    fn serialize_tuple(self, count: usize) -> Result<Elements<'a>, Otherwise> {
        self.begin(count)
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, count: usize) -> Result<Elements<'a>, Otherwise> {
        self.begin(count)
    }

    transparent!();

    otherwise! {
        serialize_bool(bool);
        serialize_i8(i8); serialize_i16(i16); serialize_i32(i32); serialize_i64(i64);
        serialize_u8(u8); serialize_u16(u16); serialize_u32(u32); serialize_u64(u64);
        serialize_f32(f32); serialize_f64(f64);
        serialize_char(char); serialize_str(&str); serialize_bytes(&[u8]);
        serialize_none(); serialize_unit(); serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}

/// The elements, as they are written.
struct Elements<'a> {
    /// How many more were announced.
    left: usize,
    /// Where the message begins.
    start: usize,
    out: &'a mut Vec<u8>,
}

impl Elements<'_> {
    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<(), Otherwise> {
        self.left = self.left.checked_sub(1).ok_or(Otherwise)?;
        let start = self.out.len();
        if element.serialize(Scalar(self.out)).is_ok() {
            return self.is_small();
        }
        self.out.truncate(start);
        let value = to_value(element).map_err(|_| Otherwise)?;
        let mut left = LARGE_BYTES;
        if !crate::proto::lanes::takes(&value, &mut left) {
            return Err(Otherwise);
        }
        write_value(&value, self.out);
        self.is_small()
    }

    /// Stops as soon as the message is large: how long the rest is, is not known.
    #[inline]
    fn is_small(&self) -> Result<(), Otherwise> {
        if self.out.len() - self.start <= LARGE_BYTES { Ok(()) } else { Err(Otherwise) }
    }

    #[inline]
    fn finish(self) -> Result<(), Otherwise> {
        if self.left == 0 { Ok(()) } else { Err(Otherwise) }
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident)*) => {$(
        impl $trait for Elements<'_> {
            type Ok = ();
            type Error = Otherwise;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<(), Otherwise> {
                self.element(element)
            }

            #[inline]
            fn end(self) -> Result<(), Otherwise> {
                self.finish()
            }
        }
    )*};
}

elements! { SerializeSeq::serialize_element SerializeTuple::serialize_element SerializeTupleStruct::serialize_field }

/// An element, if it is nothing more.
struct Scalar<'a>(&'a mut Vec<u8>);

macro_rules! as_signed {
    ($($method:ident: $type:ty)*) => {$(
        #[inline]
        fn $method(self, number: $type) -> Result<(), Otherwise> {
            self.serialize_i64(i64::from(number))
        }
    )*};
}

macro_rules! as_unsigned {
    ($($method:ident: $type:ty)*) => {$(
        #[inline]
        fn $method(self, number: $type) -> Result<(), Otherwise> {
            self.serialize_u64(u64::from(number))
        }
    )*};
}

impl Serializer for Scalar<'_> {
    type Ok = ();
    type Error = Otherwise;
    type SerializeSeq = Impossible<(), Otherwise>;
    type SerializeTuple = Impossible<(), Otherwise>;
    type SerializeTupleStruct = Impossible<(), Otherwise>;
    type SerializeTupleVariant = Impossible<(), Otherwise>;
    type SerializeMap = Impossible<(), Otherwise>;
    type SerializeStruct = Impossible<(), Otherwise>;
    type SerializeStructVariant = Impossible<(), Otherwise>;

    as_signed! { serialize_i8: i8 serialize_i16: i16 serialize_i32: i32 }
    as_unsigned! { serialize_u8: u8 serialize_u16: u16 serialize_u32: u32 }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), Otherwise> {
        self.0.push(if value { TRUE } else { FALSE });
        Ok(())
    }

    #[inline]
    fn serialize_i64(self, number: i64) -> Result<(), Otherwise> {
        match u64::try_from(number) {
            Ok(number) => write_head(UNSIGNED, number, self.0),
            Err(_) => write_head(NEGATIVE, !number.cast_unsigned(), self.0),
        }
        Ok(())
    }

    #[inline]
    fn serialize_u64(self, number: u64) -> Result<(), Otherwise> {
        write_head(UNSIGNED, number, self.0);
        Ok(())
    }

    #[inline]
    fn serialize_f32(self, number: f32) -> Result<(), Otherwise> {
        self.serialize_f64(f64::from(number))
    }

    #[inline]
    fn serialize_f64(self, number: f64) -> Result<(), Otherwise> {
        write_float(number, self.0);
        Ok(())
    }

    fn serialize_char(self, character: char) -> Result<(), Otherwise> {
        self.serialize_str(character.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Otherwise> {
        if text.len() > LARGE_BYTES {
            return Err(Otherwise);
        }
        write_text(text, self.0);
        Ok(())
    }

    #[inline]
    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Otherwise> {
        if bytes.len() > LARGE_BYTES {
            return Err(Otherwise);
        }
        write_string(BYTES, bytes, self.0);
        Ok(())
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Otherwise> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Otherwise> {
        self.0.push(NULL);
        Ok(())
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Otherwise> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Otherwise> {
        self.serialize_str(variant)
    }

    transparent!();

    otherwise! {
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use nuncio_codec::Value;

    use super::*;

    /// What is written at once, and what is written of the values.
    fn both<T: Serialize + ?Sized>(message: &T) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        let (mut small, mut through) = (b"before".to_vec(), b"before".to_vec());
        let is_small = write_small("port", message, &mut small);
        assert!(is_small || small == b"before");
        let is_sequence = match to_value(message) {
            Ok(Value::Array(elements)) => {
                super::super::write("port", &elements, &mut through);
                true
            }
            _ => false,
        };
        (is_small.then_some(small), is_sequence.then_some(through))
    }

    #[derive(Serialize)]
    struct Point(i32, f32);

    #[derive(Serialize)]
    struct Wrapped<T>(T);

    #[derive(Serialize)]
    enum Order {
        Stop,
        Add(u8, u8),
        Name { first: &'static str },
    }

    #[test]
    fn it_is_what_would_be_written_of_the_values() {
        fn same<T: Serialize + ?Sized>(message: &T) {
            let (small, through) = both(message);
            assert!(small.is_some());
            assert_eq!(small, through);
        }
        same(&[0_u8; 0]);
        same(&("job", "é", "€", 'x', true, false, ()));
        same(&(1_u8, -1_i8, 300_u16, i64::MIN, u64::MAX, -70_000_i32, 1.5_f32, 0.1_f64, Some(7), None::<u8>));
        same(&Point(3, 0.1));
        same(&Wrapped((1, Wrapped("inner"), Some(Wrapped(2)))));
        same(&vec!["a", "b"]);
        same(&(
            Order::Stop,
            Order::Add(1, 2),
            Order::Name { first: "x" },
            BTreeMap::from([(1, "one")]),
            [[1, 2], [3, 4]],
        ));
        same(&[Value::Bytes(vec![0xe9, 1]), Value::Null, Value::Text("t".into()), Value::Array(vec![1.into()])]);
        same(&(nuncio_codec::Object::new("Class", Value::from(1)), 5_i128));
    }

    #[test]
    fn what_is_large_or_no_sequence_is_left_to_others() {
        for message in [
            both(&"text").0,
            both(&7).0,
            both(&BTreeMap::from([("a", 1)])).0,
            both(&Order::Add(1, 2)).0,
            both(&Order::Stop).0,
            both(&("x".repeat(LARGE_BYTES),)).0,
            both(&vec!["x".repeat(LARGE_BYTES / 4); 4]).0,
            both(&(vec!["x".repeat(LARGE_BYTES / 4); 4],)).0,
            both(&(u128::MAX,)).0,
        ] {
            assert_eq!(message, None);
        }
    }

    /// A sequence that says so many elements, and then serializes `many` of them.
    struct Sequence {
        said: usize,
        many: usize,
        serialized: std::cell::Cell<usize>,
    }

    impl Serialize for Sequence {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut elements = serializer.serialize_seq(Some(self.said))?;
            for _ in 0..self.many {
                self.serialized.set(self.serialized.get() + 1);
                elements.serialize_element(&"x".repeat(1000))?;
            }
            elements.end()
        }
    }

    #[test]
    fn a_large_message_is_given_up_as_soon_as_it_is_one() {
        for (said, serialized) in [(LARGE_BYTES, LARGE_BYTES / 1000 + 1), (LARGE_BYTES + 1, 0), (usize::MAX, 0)] {
            let sequence = Sequence { said, many: 10_000, serialized: 0.into() };
            let mut out = Vec::new();
            assert!(!write_small("port", &sequence, &mut out));
            assert!(sequence.serialized.get() <= serialized, "{said}: {}", sequence.serialized.get());
            assert!(out.is_empty() && out.capacity() <= 4 * LARGE_BYTES, "{}", out.capacity());
        }
    }
}
