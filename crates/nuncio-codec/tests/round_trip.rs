//! What is encoded is what is decoded, in every codec of this build.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use nuncio_codec::{Codec, DecodeLimits, Map, Object, Value, from_value, to_value};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

fn codecs() -> impl Iterator<Item = Codec> {
    Codec::ALL.iter().copied().filter(|codec| codec.is_supported())
}

fn is_text(codec: Codec) -> bool {
    matches!(codec, Codec::Json | Codec::JsonZstd | Codec::Yaml)
}

fn encoded<T: Serialize + ?Sized>(codec: Codec, value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    codec.encode(value, &mut out).unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)));
    out
}

fn is_perls(codec: Codec) -> bool {
    matches!(codec, Codec::Dumper | Codec::Sereal | Codec::Storable)
}

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    check_in(codecs(), value);
}

/// As [`check`], for floats of more digits than Data::Dumper prints.
fn check_exact_floats<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    check_in(codecs().filter(|codec| *codec != Codec::Dumper), value);
}

#[track_caller]
fn check_in<T: Serialize + DeserializeOwned + PartialEq + Debug>(codecs: impl Iterator<Item = Codec>, value: &T) {
    for codec in codecs {
        let bytes = encoded(codec, value);
        match codec.decode::<T>(&bytes, &DecodeLimits::default()) {
            Ok(read) => assert_eq!(&read, value, "{codec}: {}", bytes.escape_ascii()),
            Err(error) => panic!("{error:?}: {}", bytes.escape_ascii()),
        }
    }
    let dynamic = to_value(value).unwrap();
    assert_eq!(&from_value::<T>(dynamic).unwrap(), value, "through a value");
}

/// What is left of `value` once `codec` has carried it.
fn carried(codec: Codec, value: &Value) -> Value {
    match value {
        Value::Array(elements) => elements.iter().map(|element| carried(codec, element)).collect(),
        Value::Map(map) => map.iter().map(|(key, value)| (key, carried(codec, value))).collect(),
        Value::Bytes(bytes) if is_text(codec) => Value::Text(bytes.iter().copied().map(char::from).collect()),
        Value::Bytes(bytes) if is_perls(codec) && bytes.is_ascii() => {
            Value::Text(bytes.iter().copied().map(char::from).collect())
        }
        // Perl writes these as text, and so do we.
        Value::UInt(number) if matches!(codec, Codec::Dumper | Codec::Storable) => number.to_string().into(),
        Value::Int(number) if codec == Codec::Dumper && number.to_string().len() > 10 => number.to_string().into(),
        Value::Float(number) if codec == Codec::Dumper => printed(*number).into(),
        other => other.clone(),
    }
}

/// A float as it stands in Dumper text.
fn printed(number: f64) -> String {
    let text = String::from_utf8(encoded(Codec::Dumper, &number)).unwrap();
    text.trim_start_matches("$VAR1 = '").trim_end_matches("';\n").to_owned()
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e6..1e6f64).prop_map(Value::from),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(Value::from),
        ".{0,24}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        proptest::sample::select(vec![
            "",
            " ",
            "null",
            "~",
            "true",
            "no",
            "1",
            "1e3",
            "0x1f",
            "-",
            "- a",
            "a: b",
            "#",
            "<<",
            "\u{0}",
            "\u{85}",
            "\u{feff}",
            "\r\n",
            "...",
            "---",
            "!t",
            "*a",
            "&a",
            "\t",
            "2001-01-01",
            ".nan",
            "'",
            "\"",
            "\u{2028}",
            "|",
            ">",
            "%",
            "@",
            "`",
        ])
        .prop_map(Value::from),
        proptest::collection::vec(any::<u8>(), 0..24).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((".{0,8}", inner), 0..6).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn every_value(value in any_value()) {
        for codec in codecs() {
            let bytes = encoded(codec, &value);
            let read: Value = codec.decode(&bytes, &DecodeLimits::default())
                .map_err(|error| TestCaseError::fail(format!("{error:?}: {}", bytes.escape_ascii())))?;
            prop_assert_eq!(read, carried(codec, &value), "{}: {}", codec, bytes.escape_ascii());
        }
        prop_assert_eq!(&to_value(&value).unwrap(), &value);
        prop_assert_eq!(from_value::<Value>(value.clone()).unwrap(), value);
    }

    #[test]
    fn adding_and_hiding_a_member_changes_nothing(
        map in proptest::collection::vec(("[a-z]{1,4}", any_value()), 0..6).prop_map(Map::from_iter),
        added in any_value(),
    ) {
        let limits = DecodeLimits::default();
        for codec in codecs() {
            let mut bytes = Vec::new();
            codec.encode_with(&map, &[(".meta", &added)], &mut bytes).unwrap();
            let (whole, member) = (carried(codec, &Value::from(map.clone())), carried(codec, &added));
            prop_assert_eq!(codec.decode_without::<Value>(&bytes, ".meta", &limits).unwrap(), whole);
            prop_assert_eq!(codec.decode_member::<Value>(&bytes, ".meta", &limits).unwrap(), Some(member));
        }
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let limits = DecodeLimits::default();
        for codec in codecs() {
            let _ = codec.decode::<Value>(&bytes, &limits);
            let _ = codec.decode_without::<Message>(&bytes, "id", &limits);
            let _ = codec.decode_member::<Value>(&bytes, "a", &limits);
        }
        let _ = Codec::detect(&bytes);
    }

    #[test]
    fn cut_short_is_an_error(value in any_value(), cut in any::<proptest::sample::Index>()) {
        let whole = Value::from_iter([("value", value)]);
        for codec in codecs().filter(|codec| *codec != Codec::Yaml) {
            let mut bytes = encoded(codec, &whole);
            if codec == Codec::Dumper {
                // Without its semicolon it is still whole.
                bytes.truncate(bytes.len() - 2);
            }
            let part = &bytes[..cut.index(bytes.len())];
            prop_assert!(codec.decode::<Value>(part, &DecodeLimits::default()).is_err(), "{}", codec);
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Message {
    id: u32,
    name: String,
    ratio: f64,
    urgent: Option<bool>,
    tags: Vec<String>,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Label(String),
    Pair(i32, i32),
    Box { width: u8, height: u8 },
}

#[test]
fn typed_messages() {
    let message = Message {
        id: 7,
        name: "größe \u{1f600} \"x\"\n".into(),
        ratio: 0.3,
        urgent: None,
        tags: vec!["a".into(), String::new()],
        shape: Shape::Box { width: 1, height: 255 },
    };
    check(&message);
    for shape in [Shape::Empty, Shape::Label("".into()), Shape::Pair(-1, i32::MIN)] {
        check(&Message { shape, urgent: Some(true), ..message.clone() });
    }
}

#[test]
fn scalars_and_their_bounds() {
    check(&(u64::MAX, i64::MIN, u8::MAX, i8::MIN));
    check(&(i128::from(i64::MIN), u128::from(u64::MAX)));
    check(&(0.1, 3.0f64, -0.5e-7, 1e300));
    check_exact_floats(&(f32::MIN_POSITIVE, f64::MAX, 0.1 + 0.2, -0.0f64, 5e-324f64));
    check(&('ä', true, ()));
    check(&(String::from("null"), Some(String::new()), None::<u8>));
    check(&serde_bytes::ByteBuf::from(b"plain".to_vec()));
}

#[test]
fn maps_by_other_keys_than_text() {
    check(&BTreeMap::from([(1u16, 'a'), (300, 'b')]));
    check(&BTreeMap::from([(-1i64, 'a'), (0, 'b')]));
    check(&BTreeMap::from([(true, 1), (false, 2)]));
    check(&HashMap::from([('x', vec![1]), ('"', vec![])]));
    check(&BTreeMap::<String, ()>::new());
}

#[test]
fn a_float_may_arrive_as_an_integer() {
    for codec in codecs() {
        assert_eq!(
            codec.decode::<(f64, f32)>(&encoded(codec, &(3, -4)), &DecodeLimits::default()).unwrap(),
            (3.0, -4.0)
        );
    }
}

#[test]
fn texts_are_borrowed_where_the_format_stores_them_as_they_are() {
    for codec in codecs().filter(|codec| *codec != Codec::JsonZstd) {
        let bytes = encoded(codec, &BTreeMap::from([("name", "plain text")]));
        let read: BTreeMap<&str, &str> = codec.decode(&bytes, &DecodeLimits::default()).unwrap();
        assert_eq!(read["name"], "plain text", "{codec}");
        let read: BTreeMap<&str, &str> = codec.decode_without(&bytes, "other", &DecodeLimits::default()).unwrap();
        assert_eq!(read["name"], "plain text", "{codec}");
    }
}

#[test]
fn the_last_of_equal_keys_wins() {
    let limits = DecodeLimits::default();
    let mut documents = vec![(Codec::Json, &b"{\"a\":1,\"b\":2,\"a\":3}"[..])];
    documents.push((Codec::Cbor, b"\xa3\x61a\x01\x61b\x02\x61a\x03"));
    documents.push((Codec::MessagePack, b"\x83\xa1a\x01\xa1b\x02\xa1a\x03"));
    documents.push((Codec::Yaml, b"a: 1\nb: 2\na: 3\n"));
    for (codec, bytes) in documents.into_iter().filter(|(codec, _)| codec.is_supported()) {
        let read: Value = codec.decode(bytes, &limits).unwrap();
        assert_eq!(read, Value::from_iter([("a", 3), ("b", 2)]), "{codec}");
        assert_eq!(codec.decode_member(bytes, "a", &limits).unwrap(), Some(3), "{codec}");
        assert_eq!(
            codec.decode_without::<Value>(bytes, "a", &limits).unwrap(),
            Value::from_iter([("b", 2)]),
            "{codec}"
        );
    }
}

#[test]
fn bytes_after_a_document_are_an_error() {
    // Perl's readers of these stop at the end of the document, whatever comes after.
    for codec in codecs().filter(|codec| !matches!(codec, Codec::Sereal | Codec::Storable)) {
        let mut bytes = encoded(codec, &Value::from_iter([("a", 1)]));
        bytes.extend(encoded(codec, &Value::from_iter([("b", 2)])));
        if codec != Codec::Yaml {
            assert!(codec.decode::<Value>(&bytes, &DecodeLimits::default()).is_err(), "{codec}");
        }
        let mut bytes = encoded(codec, &Value::from_iter([("a", 1)]));
        bytes.push(0);
        assert!(codec.decode::<Value>(&bytes, &DecodeLimits::default()).is_err(), "{codec}");
    }
}

#[test]
fn objects_keep_their_class_in_perls_formats_and_travel_as_their_plain_value_in_others() {
    for plain in [Value::from(1), Value::from_iter([1, 2]), Value::from_iter([("a", 1)])] {
        let object = Value::from(Object::new("My::Class", plain.clone()));
        for codec in codecs() {
            let bytes = encoded(codec, &Value::from_iter([("object", object.clone())]));
            let read: Value = codec.decode(&bytes, &DecodeLimits::default()).unwrap();
            let expected = if is_perls(codec) { &object } else { &plain };
            assert_eq!(read.get("object"), Some(expected), "{codec}");
        }
        assert_eq!(to_value(&object).unwrap(), object);
        assert_eq!(from_value::<Value>(object).unwrap(), plain);
    }
}

#[test]
fn the_objects_that_json_decoders_make_of_booleans_are_booleans() {
    let object = Value::from(Object::new("JSON::PP::Boolean", Value::from(1)));
    for codec in codecs().filter(|codec| is_perls(*codec)) {
        let bytes = encoded(codec, &Value::from_iter([("flag", object.clone())]));
        let read: Value = codec.decode(&bytes, &DecodeLimits::default()).unwrap();
        assert_eq!(read, Value::from_iter([("flag", true)]), "{codec}");
    }
}
