//! Members added, hidden and picked at top level, in every codec of this build.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use nuncio_codec::{Codec, DecodeLimits, ErrorKind, Map, Object, Value};
use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

const META: &str = ".ipc_transit_meta";

fn codecs() -> impl Iterator<Item = Codec> {
    Codec::ALL.iter().copied().filter(|codec| codec.is_supported())
}

fn with_members<T: Serialize, M: Serialize>(codec: Codec, value: &T, members: &[(&str, M)]) -> Vec<u8> {
    let mut out = Vec::new();
    codec.encode_with(value, members, &mut out).unwrap_or_else(|error| panic!("{error:?}"));
    out
}

/// Adds the metadata to `value`, and expects it to be the document `whole`, to be hidden, and to be found.
#[track_caller]
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, whole: &Value) {
    let meta = Meta { send_ts: 1_700_000_000, source_hostname: "box".into() };
    let limits = DecodeLimits::default();
    for codec in codecs() {
        let bytes = with_members(codec, value, &[(META, &meta)]);
        let shown = bytes.escape_ascii();
        let mut expected = whole.clone();
        expected.as_map_mut().unwrap().insert(
            META,
            Value::from_iter([("send_ts", Value::from(1_700_000_000)), ("source_hostname", "box".into())]),
        );
        assert_eq!(codec.decode::<Value>(&bytes, &limits).unwrap(), expected, "{codec}: {shown}");
        match codec.decode_without::<T>(&bytes, META, &limits) {
            Ok(read) => assert_eq!(&read, value, "{codec}: {shown}"),
            Err(error) => panic!("{error:?}: {shown}"),
        }
        assert_eq!(codec.decode_member(&bytes, META, &limits).unwrap(), Some(meta.clone()), "{codec}: {shown}");
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Meta {
    send_ts: u64,
    source_hostname: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    id: u32,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

fn strict() -> Strict {
    Strict { id: 7, name: "x".into(), note: None }
}

fn strict_value() -> Value {
    Value::from_iter([("id", Value::from(7)), ("name", "x".into())])
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    kind: String,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Point { x: i8, y: i8 },
    Strict(Strict),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Internal {
    Start { id: u8 },
    Stop,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "content", deny_unknown_fields)]
enum Adjacent {
    Start(u8),
    Stop,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum External {
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct { id: u8 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Newtype(Strict);

#[test]
fn structs() {
    check(&strict(), &strict_value());
    check(&Some(strict()), &strict_value());
    check(&Newtype(strict()), &strict_value());
    check(&Box::new(Some(Newtype(strict()))), &strict_value());
}

#[test]
fn flattened_structs() {
    let rest = BTreeMap::from([("a".into(), 1), ("b".into(), 2)]);
    let whole = Value::from_iter([("kind", Value::from("k")), ("a", 1.into()), ("b", 2.into())]);
    check(&Flat { kind: "k".into(), rest }, &whole);
}

#[test]
fn enums_of_every_tagging() {
    check(&Untagged::Point { x: 1, y: -1 }, &Value::from_iter([("x", 1), ("y", -1)]));
    check(&Untagged::Strict(strict()), &strict_value());
    check(&Internal::Start { id: 1 }, &Value::from_iter([("type", Value::from("Start")), ("id", 1.into())]));
    check(&Internal::Stop, &Value::from_iter([("type", "Stop")]));
    check(&Adjacent::Start(1), &Value::from_iter([("type", Value::from("Start")), ("content", 1.into())]));
    check(&Adjacent::Stop, &Value::from_iter([("type", "Stop")]));
    check(&External::Newtype(1), &Value::from_iter([("Newtype", 1)]));
    let tuple = Value::from_iter([Value::from(1), "x".into()]);
    check(&External::Tuple(1, "x".into()), &Value::from_iter([("Tuple", tuple)]));
    check(&External::Struct { id: 1 }, &Value::from_iter([("Struct", Value::from_iter([("id", 1)]))]));
}

#[test]
fn maps() {
    check(&Map::new(), &Value::Map(Map::new()));
    check(&HashMap::from([("a".to_owned(), 1)]), &Value::from_iter([("a", 1)]));
    check(&BTreeMap::from([(1u8, 'a'), (2, 'b')]), &Value::from_iter([("1", "a"), ("2", "b")]));
    check(&BTreeMap::from([(true, 1)]), &Value::from_iter([("true", 1)]));
}

#[test]
fn a_map_of_unknown_length() {
    struct Unsized(HashMap<&'static str, u8>);

    impl Serialize for Unsized {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            self.0.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
            map.end()
        }
    }

    for codec in codecs() {
        let bytes = with_members(codec, &Unsized(HashMap::from([("a", 1), ("m", 2)])), &[("m", 3), ("n", 4)]);
        let read: Value = codec.decode(&bytes, &DecodeLimits::default()).unwrap();
        assert_eq!(read, Value::from_iter([("a", 1), ("m", 3), ("n", 4)]), "{codec}");
    }
}

#[test]
fn a_clash_of_maps_merges_them() {
    #[derive(Serialize)]
    struct Message {
        id: u8,
        meta: BTreeMap<&'static str, u8>,
        last: u8,
    }

    let message = Message { id: 1, meta: BTreeMap::from([("kept", 2), ("lost", 3)]), last: 4 };
    let added = BTreeMap::from([("lost", 30), ("new", 40)]);
    for codec in codecs() {
        let bytes = with_members(codec, &message, &[("other", added.clone()), ("meta", added.clone())]);
        let merged = Value::from_iter([("kept", 2), ("lost", 30), ("new", 40)]);
        let other = Value::from_iter([("lost", 30), ("new", 40)]);
        let expected = Value::from_iter([("id", 1.into()), ("meta", merged), ("last", 4.into()), ("other", other)]);
        assert_eq!(codec.decode::<Value>(&bytes, &DecodeLimits::default()).unwrap(), expected, "{codec}");
    }
}

#[test]
fn a_clash_with_anything_else_replaces_it() {
    let map = Value::from_iter([("a", 1)]);
    for codec in codecs() {
        for (own, added) in
            [(Value::from(1), map.clone()), (map.clone(), Value::Null), (Value::from(1), Value::from(2))]
        {
            let bytes = with_members(codec, &Value::from_iter([("x", Value::from(0)), ("m", own)]), &[("m", &added)]);
            let expected = Value::from_iter([("x", Value::from(0)), ("m", added)]);
            assert_eq!(codec.decode::<Value>(&bytes, &DecodeLimits::default()).unwrap(), expected, "{codec}");
        }
        let bytes = with_members(codec, &External::Newtype(1), &[("Newtype", 2)]);
        let expected = Value::from_iter([("Newtype", 2)]);
        assert_eq!(codec.decode::<Value>(&bytes, &DecodeLimits::default()).unwrap(), expected, "{codec}");
    }
}

#[test]
fn what_does_not_clash_is_serialized_as_the_format_does_it() {
    #[derive(Serialize, Deserialize)]
    struct Message {
        bytes: serde_bytes::ByteBuf,
        meta: u8,
    }

    for codec in codecs() {
        let message = Message { bytes: vec![0, 255].into(), meta: 1 };
        let read: Message =
            codec.decode(&with_members(codec, &message, &[("meta", 2)]), &DecodeLimits::default()).unwrap();
        assert_eq!((&read.bytes[..], read.meta), (&[0, 255][..], 2), "{codec}");
    }
}

#[test]
fn an_object_keeps_its_class_while_a_member_is_hidden() {
    let limits = DecodeLimits::default();
    let object = |members: &[(&str, i64)]| Value::from(Object::new("Job", members.iter().copied().collect()));
    for codec in [Codec::Dumper, Codec::Sereal, Codec::Storable].into_iter().filter(|codec| codec.is_supported()) {
        let mut bytes = Vec::new();
        codec.encode(&object(&[("id", 7), ("m", 1)]), &mut bytes).unwrap();
        assert_eq!(codec.decode_without::<Value>(&bytes, "m", &limits).unwrap(), object(&[("id", 7)]), "{codec}");
        let plain: Map = codec.decode_without(&bytes, "m", &limits).unwrap();
        assert_eq!(plain, Map::from_iter([("id", 7)]), "{codec}");
        assert_eq!(codec.decode_member::<u8>(&bytes, "m", &limits).unwrap(), Some(1), "{codec}");
    }
}

#[test]
fn a_value_that_changes_between_passes_is_refused() {
    /// Has the member `m` every other time.
    struct Fickle(Cell<bool>);

    impl Serialize for Fickle {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let has = !self.0.replace(!self.0.get());
            serializer.collect_map([if has { ("m", 1) } else { ("n", 1) }])
        }
    }

    for codec in [Codec::Cbor, Codec::MessagePack].into_iter().filter(|codec| codec.is_supported()) {
        let mut out = vec![1];
        let error = codec.encode_with(&Fickle(Cell::new(false)), &[("m", 2)], &mut out).unwrap_err();
        assert_eq!((error.kind(), &out[..]), (ErrorKind::Unrepresentable, &[1][..]), "{codec}");
    }
}

#[test]
fn only_maps_take_members() {
    for codec in codecs() {
        let mut out = b"before".to_vec();
        let mut refuse = |value: &dyn Fn(&mut Vec<u8>) -> nuncio_codec::Error| {
            let error = value(&mut out);
            assert_eq!(error.kind(), ErrorKind::NotAMap);
            assert_eq!(error.to_string(), format!("encode {codec}: only a map or a struct has members"));
        };
        refuse(&|out| codec.encode_with(&1, &[("m", 1)], out).unwrap_err());
        refuse(&|out| codec.encode_with("text", &[("m", 1)], out).unwrap_err());
        refuse(&|out| codec.encode_with(&[1], &[("m", 1)], out).unwrap_err());
        refuse(&|out| codec.encode_with(&(1, 2), &[("m", 1)], out).unwrap_err());
        refuse(&|out| codec.encode_with(&None::<Strict>, &[("m", 1)], out).unwrap_err());
        refuse(&|out| codec.encode_with(&External::Unit, &[("m", 1)], out).unwrap_err());
        refuse(&|out| codec.encode_with(&Value::Null, &[("m", 1)], out).unwrap_err());
        assert_eq!(out, b"before");
    }
}

#[test]
fn only_maps_have_members() {
    let limits = DecodeLimits::default();
    for codec in codecs() {
        for value in
            [Value::Null, 1.into(), u64::MAX.into(), 0.5.into(), "m".into(), true.into(), Value::from_iter([1])]
        {
            let mut bytes = Vec::new();
            codec.encode(&value, &mut bytes).unwrap();
            let error = codec.decode_member::<Value>(&bytes, "m", &limits).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotAMap, "{codec} {value:?}");
            let error = codec.decode_without::<Value>(&bytes, "m", &limits).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Malformed, "{codec} {value:?}");
        }
    }
}

#[test]
fn an_absent_member_is_none() {
    for codec in codecs() {
        let bytes = with_members(codec, &strict(), &[] as &[(&str, u8)]);
        assert_eq!(codec.decode_member::<Value>(&bytes, META, &DecodeLimits::default()).unwrap(), None, "{codec}");
        assert_eq!(
            codec.decode_without::<Strict>(&bytes, META, &DecodeLimits::default()).unwrap(),
            strict(),
            "{codec}"
        );
    }
}

#[test]
fn unknown_members_are_still_denied() {
    for codec in codecs() {
        let bytes = with_members(codec, &strict(), &[(META, 1), ("other", 2)]);
        let error = codec.decode_without::<Strict>(&bytes, META, &DecodeLimits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{codec}");
        let bytes = with_members(codec, &External::Newtype(1), &[(META, 1), ("other", 2)]);
        let error = codec.decode_without::<External>(&bytes, META, &DecodeLimits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{codec}");
    }
}

#[test]
fn only_the_top_level_is_looked_at() {
    let inner = Value::from_iter([(META, 1)]);
    for codec in codecs() {
        let bytes = with_members(codec, &Value::from_iter([("inner", inner.clone())]), &[(META, 2)]);
        let limits = DecodeLimits::default();
        let read: Value = codec.decode_without(&bytes, META, &limits).unwrap();
        assert_eq!(read, Value::from_iter([("inner", inner.clone())]), "{codec}");
        assert_eq!(codec.decode_member(&bytes, META, &limits).unwrap(), Some(2), "{codec}");
    }
}

#[test]
fn a_unit_variant_is_no_map() {
    for codec in codecs() {
        let mut bytes = Vec::new();
        codec.encode(&External::Unit, &mut bytes).unwrap();
        let error = codec.decode_without::<External>(&bytes, META, &DecodeLimits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{codec}");
    }
}

#[test]
fn the_place_and_the_number_of_hidden_members_do_not_matter() {
    let limits = DecodeLimits::default();
    for text in [
        r#"{".ipc_transit_meta":{"a":[1,{"b":2}]},"id":7,"name":"x"}"#,
        r#"{"id":7,".ipc_transit_meta":null,"name":"x"}"#,
        r#"{"id":7,"name":"x",".ipc_transit_meta":1,".ipc_transit_meta":2}"#,
        r#"{ "id" : 7 , "\u002eipc_transit_meta" : { } , "na\u006de" : "x" } "#,
    ] {
        assert_eq!(Codec::Json.decode_without::<Strict>(text.as_bytes(), META, &limits).unwrap(), strict(), "{text}");
        assert!(Codec::Json.decode_member::<Value>(text.as_bytes(), META, &limits).unwrap().is_some(), "{text}");
    }
    for text in [r#"{".ipc_transit_meta":{},"Newtype":1}"#, r#"{"Newtype":1,".ipc_transit_meta":{}}"#] {
        let read: External = Codec::Json.decode_without(text.as_bytes(), META, &limits).unwrap();
        assert_eq!(read, External::Newtype(1), "{text}");
    }
}

#[test]
fn a_broken_hidden_member_is_still_an_error() {
    for text in [r#"{"id":7,"name":"x",".ipc_transit_meta":}"#, r#"{".ipc_transit_meta":{"a":"id":7,"name":"x"}"#] {
        let error = Codec::Json.decode_without::<Strict>(text.as_bytes(), META, &DecodeLimits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{text}");
    }
}
