//! The JSON writer against `serde_json`: the same bytes for whatever both can write.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};

use nuncio_codec::{Codec, ErrorKind, Value};
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use serde::{Serialize, Serializer};

fn encoded<T: Serialize + ?Sized>(value: &T) -> String {
    let mut out = Vec::new();
    Codec::Json.encode(value, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn check<T: Serialize + ?Sized>(value: &T) {
    assert_eq!(encoded(value), serde_json::to_string(value).unwrap());
}

/// Also in ASCII.
#[track_caller]
fn check_text(text: &str) {
    check(text);
    let mut ascii = Vec::new();
    nuncio_codec::json::encode_ascii(text, &mut ascii).unwrap();
    let mut expected = String::new();
    for character in serde_json::to_string(text).unwrap().chars() {
        match character.is_ascii() {
            true => expected.push(character),
            false => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| expected += &format!("\\u{unit:04x}")),
        }
    }
    assert_eq!(String::from_utf8(ascii).unwrap(), expected);
}

#[track_caller]
fn refused<T: Serialize + ?Sized>(value: &T, source: &str) {
    let mut out = b"before".to_vec();
    let error = Codec::Json.encode(value, &mut out).unwrap_err();
    assert_eq!((error.kind(), &out[..]), (ErrorKind::Unrepresentable, &b"before"[..]));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), source);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(Value::from),
        "[ -~\u{0}-\u{1f}\"\\\\é€😀]{0,40}".prop_map(Value::from),
        vec(any::<u8>(), 0..24).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((any::<String>(), inner), 0..6).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn every_value(value in any_value()) {
        prop_assert_eq!(encoded(&value), serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn every_float(wide in any::<f64>(), narrow in any::<f32>()) {
        prop_assume!(wide.is_finite() && narrow.is_finite());
        prop_assert_eq!(encoded(&(wide, narrow)), serde_json::to_string(&(wide, narrow)).unwrap());
    }

    #[test]
    fn maps_by_every_kind_of_key(
        text in hash_map(any::<String>(), any::<u8>(), 0..6),
        character in hash_map(any::<char>(), any::<bool>(), 0..6),
        truth in hash_map(any::<bool>(), any::<()>(), 0..6),
        signed in hash_map(any::<i64>(), any::<i8>(), 0..6),
        unsigned in hash_map(any::<u64>(), any::<i16>(), 0..6),
        wide in hash_map(any::<i32>(), any::<u16>(), 0..6),
    ) {
        let wide: HashMap<i128, u16> = wide.into_iter().map(|(key, value)| (key.into(), value)).collect();
        let maps = (text, character, truth, signed, unsigned, wide);
        prop_assert_eq!(encoded(&maps), serde_json::to_string(&maps).unwrap());
    }
}

#[test]
fn every_byte_at_every_offset() {
    let specials = (0u8..0x80).map(|byte| char::from(byte).to_string());
    // Up to the first pieces that are looked at as one, and about the ends of longer ones.
    let lengths = |near: usize| (0..near).chain([31, 33, 127, 128, 129, 145]);
    for special in specials.chain(["\u{80}", "é", "€", "😀", "\u{10ffff}"].map(String::from)) {
        for (before, after) in lengths(19).flat_map(|before| lengths(9).map(move |after| (before, after))) {
            for neighbour in ["x", "é", "!"] {
                check_text(&format!("{}{special}{}", neighbour.repeat(before), neighbour.repeat(after)));
            }
        }
    }
}

#[test]
fn one_escape_after_the_other() {
    for length in 0..40 {
        check_text(&"\"\\\n\u{1}\u{7f}".chars().cycle().take(length).collect::<String>());
        check_text(&"\u{1f}\u{20}!\"#[\\]".chars().cycle().take(length).collect::<String>());
    }
}

#[derive(Serialize)]
struct Nothing;

#[derive(Serialize)]
struct Newtype<T>(T);

#[derive(Serialize)]
struct Pair(u8, &'static str);

#[derive(Serialize)]
struct Braces {}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Shape {
    Unit,
    Newtype(Option<u8>),
    Tuple(i8, f32),
    NoElements(),
    Struct {
        #[serde(rename = "a \"quoted\"\n name")]
        quoted: char,
        #[serde(skip_serializing_if = "Option::is_none")]
        skipped: Option<u8>,
        #[serde(flatten)]
        flattened: HashMap<u8, u8>,
    },
    NoMembers {},
}

struct Shown(&'static str);

impl Display for Shown {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "in \"{}\"\n{:>12}", self.0, '\u{1b}')
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[test]
fn every_shape() {
    check(&(Nothing, Newtype(Newtype("x")), Pair(1, "\t"), Braces {}, Shown("pieces")));
    check(&((), None::<u8>, Some(()), Some(Some(1)), [[0u8; 0]; 2], Vec::<Pair>::new()));
    check(&(Shape::Unit, Shape::Newtype(None), Shape::Newtype(Some(2)), Shape::Tuple(-1, 0.5)));
    check(&(Shape::NoElements(), Shape::NoMembers {}));
    for skipped in [None, Some(3)] {
        check(&[Shape::Struct { quoted: '"', skipped, flattened: HashMap::from([(1, 2)]) }]);
    }
    check(&(serde_bytes::Bytes::new(b""), serde_bytes::Bytes::new(b"\x00\x7f\xff")));
    check(&(i8::MIN, i16::MIN, i32::MIN, i64::MIN, i128::from(i64::MIN)));
    check(&(u8::MAX, u16::MAX, u32::MAX, u64::MAX, u128::from(u64::MAX)));
    check(&(-0.0, 1e15, 1e16, 1e-5, 1e-6, f64::MAX, f64::MIN_POSITIVE, 5e-324, f32::MAX, 16_777_216f32));
}

/// A map with the one key `K`, whether or not it can be hashed.
struct Keyed<K>(K);

impl<K: Serialize> Serialize for Keyed<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(&self.0, 1)])
    }
}

#[test]
fn what_can_be_a_key() {
    check(&(Keyed(1.5), Keyed(-2f32), Keyed(Shape::Unit), Keyed(Newtype(3)), Keyed(Some('"')), Keyed(Shown("pieces"))));
    refused(&Keyed(f64::NAN), "NaN is not a finite number");
    refused(&Keyed(i128::MIN), &format!("the integer {} is outside -2^63..2^64-1", i128::MIN));
    refused(&Keyed(()), "nothing cannot be the key of a map");
    refused(&Keyed(None::<u8>), "nothing cannot be the key of a map");
    refused(&Keyed(Nothing), "nothing cannot be the key of a map");
    refused(&Keyed(serde_bytes::Bytes::new(b"x")), "a byte string cannot be the key of a map");
    refused(&Keyed([1].as_slice()), "a sequence cannot be the key of a map");
    refused(&Keyed(Pair(1, "x")), "a tuple cannot be the key of a map");
    refused(&Keyed(Keyed(1)), "a map cannot be the key of a map");
    refused(&Keyed(Braces {}), "a struct cannot be the key of a map");
    for variant in [Shape::Newtype(None), Shape::Tuple(1, 1.0), Shape::NoElements(), Shape::NoMembers {}] {
        refused(&Keyed(variant), "an enum variant with content cannot be the key of a map");
    }
}

struct Failing;

impl Display for Failing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("half")?;
        Err(fmt::Error)
    }
}

impl Serialize for Failing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[test]
fn what_fails_in_the_middle_leaves_nothing_behind() {
    refused(&("first", Failing), &fmt::Error.to_string());
    refused(&("first", Keyed(Keyed(f32::INFINITY))), "a map cannot be the key of a map");
    refused(&("first", Shape::Tuple(1, f32::INFINITY)), "inf is not a finite number");
}
