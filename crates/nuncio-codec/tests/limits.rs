//! Each limit is attacked in each codec of this build.

use std::collections::BTreeMap;
use std::thread;

use nuncio_codec::{Codec, DecodeLimits, ErrorKind, Value};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

fn codecs() -> impl Iterator<Item = Codec> {
    Codec::ALL.iter().copied().filter(|codec| codec.is_supported())
}

fn encoded<T: Serialize>(codec: Codec, value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    codec.encode(value, &mut out).unwrap();
    out
}

#[track_caller]
fn refused(codec: Codec, bytes: &[u8], limits: &DecodeLimits, text: &str) {
    let error = codec.decode::<Value>(bytes, limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error:?}");
    assert_eq!(error.to_string(), format!("decode {codec}: {text}"));
}

/// Runs `test` with the stack that the standard library gives to a thread.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
}

/// The default limits with the depth that this codec really reaches.
fn deepest(codec: Codec) -> DecodeLimits {
    let limits = DecodeLimits::default();
    let depth = limits.depth.min(codec.depth_max());
    limits.with_depth(depth)
}

fn nested_arrays(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
}

fn nested_maps(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |inner, _| Value::from_iter([("a", inner)]))
}

#[test]
fn depth() {
    let limits = DecodeLimits::default().with_depth(8);
    for codec in codecs() {
        for nested in [nested_arrays, nested_maps] {
            let value: Value = codec.decode(&encoded(codec, &nested(8)), &limits).unwrap();
            assert_eq!(value, nested(8), "{codec}");
            refused(codec, &encoded(codec, &nested(9)), &limits, "more than 8 levels of nesting");
        }
    }
}

#[test]
fn depth_zero_is_a_scalar() {
    let limits = DecodeLimits::default().with_depth(0);
    // A document of Storable is a reference to what it holds, and one to a scalar is a level.
    for codec in codecs().filter(|codec| *codec != Codec::Storable) {
        assert_eq!(codec.decode::<u8>(&encoded(codec, &1), &limits).unwrap(), 1, "{codec}");
        assert!(codec.decode::<Vec<u8>>(&encoded(codec, &[1]), &limits).is_err(), "{codec}");
    }
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Node {
    next: Option<Box<Self>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Tree {
    Leaf,
    Branch(Box<Self>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Loose {
    Leaf(u8),
    Branch(Vec<Self>),
}

#[test]
fn the_default_depth_fits_a_small_stack() {
    on_a_small_stack(|| {
        for codec in codecs() {
            let limits = deepest(codec);
            for nested in [nested_arrays, nested_maps] {
                let bytes = encoded(codec, &nested(limits.depth));
                let value: Value = codec.decode(&bytes, &limits).unwrap();
                assert_eq!(encoded(codec, &value), bytes, "{codec}");
                drop(value.clone());
                codec.decode::<IgnoredAny>(&bytes, &limits).unwrap();
            }
            let bytes = encoded(codec, &nested_maps(limits.depth));
            assert!(codec.decode_without::<Value>(&bytes, "b", &limits).unwrap().get("a").is_some(), "{codec}");
            assert!(codec.decode_member::<Value>(&bytes, "a", &limits).unwrap().is_some(), "{codec}");
            assert_eq!(codec.decode_member::<Value>(&bytes, "b", &limits).unwrap(), None, "{codec}");
        }
    });
}

#[test]
fn the_default_depth_fits_a_small_stack_for_types_that_contain_themselves() {
    on_a_small_stack(|| {
        for codec in codecs() {
            let limits = deepest(codec);
            let list = (1..limits.depth).fold(Node::default(), |node, _| Node { next: Some(Box::new(node)) });
            let tree = (0..limits.depth).fold(Tree::Leaf, |tree, _| Tree::Branch(Box::new(tree)));
            let loose = (0..limits.depth).fold(Loose::Leaf(1), |loose, _| Loose::Branch(vec![loose]));
            assert_eq!(codec.decode::<Loose>(&encoded(codec, &loose), &limits).unwrap(), loose, "{codec}");
            assert_eq!(codec.decode::<Node>(&encoded(codec, &list), &limits).unwrap(), list, "{codec}");
            assert_eq!(codec.decode::<Tree>(&encoded(codec, &tree), &limits).unwrap(), tree, "{codec}");
            let deeper = Tree::Branch(Box::new(Tree::Branch(Box::new(Tree::Leaf))));
            let error = codec.decode::<Tree>(&encoded(codec, &deeper), &limits.clone().with_depth(1)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{codec}");
        }
    });
}

#[test]
fn far_too_deep_is_refused_on_a_small_stack() {
    on_a_small_stack(|| {
        let limits = DecodeLimits::default();
        let levels = 200_000;
        let mut documents = vec![(Codec::Json, [b"[".repeat(levels), b"]".repeat(levels)].concat())];
        documents.push((Codec::Json, [br#"{"a":"#.repeat(levels), b"1".to_vec(), b"}".repeat(levels)].concat()));
        documents.push((Codec::Cbor, [b"\x81".repeat(levels), b"\x00".to_vec()].concat()));
        documents.push((Codec::Cbor, [b"\xa1\x61a".repeat(levels), b"\x00".to_vec()].concat()));
        documents.push((Codec::Cbor, [b"\x9f".repeat(levels), b"\xff".repeat(levels)].concat()));
        documents.push((Codec::MessagePack, [b"\x91".repeat(levels), b"\x00".to_vec()].concat()));
        documents.push((Codec::MessagePack, [b"\x81\xa1a".repeat(levels), b"\x00".to_vec()].concat()));
        documents.push((Codec::Yaml, [b"- ".repeat(2_000), b"1\n".to_vec()].concat()));
        for (codec, bytes) in documents.into_iter().filter(|(codec, _)| codec.is_supported()) {
            let error = codec.decode::<Value>(&bytes, &limits).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error:?}");
            assert!(codec.decode::<Loose>(&bytes, &limits).is_err(), "{codec}");
            // Whether what is skipped may be deeper depends on the format; it has to survive it.
            let _ = codec.decode::<IgnoredAny>(&bytes, &limits);
            let _ = codec.decode_member::<Value>(&bytes, "b", &limits);
            let _ = codec.decode_without::<BTreeMap<String, u8>>(&bytes, "a", &limits);
        }
    });
}

#[test]
#[cfg(feature = "yaml")]
fn far_too_many_brackets_are_refused_before_they_are_events() {
    on_a_small_stack(|| {
        let bytes = [b"[".repeat(200_000), b"]".repeat(200_000)].concat();
        assert!(Codec::Yaml.decode::<Value>(&bytes, &DecodeLimits::default()).is_err());
        assert!(Codec::Yaml.decode::<IgnoredAny>(&bytes, &DecodeLimits::default()).is_err());
        let bytes = [b"[".repeat(65), b"]".repeat(65)].concat();
        refused(Codec::Yaml, &bytes, &DecodeLimits::default(), "more than 64 levels of nesting");
    });
}

#[test]
fn elements() {
    let limits = DecodeLimits::default().with_elements(6);
    for codec in codecs() {
        let six = Value::from_iter([("a", Value::from_iter([1, 2, 3])), ("b", Value::from_iter([("c", 4)]))]);
        assert_eq!(codec.decode::<Value>(&encoded(codec, &six), &limits).unwrap(), six, "{codec}");
        let seven = Value::from_iter([1, 2, 3, 4, 5, 6, 7]);
        refused(codec, &encoded(codec, &seven), &limits, "more than 6 elements");
    }
}

#[test]
fn text_bytes() {
    let limits = DecodeLimits::default().with_text_bytes(5);
    for codec in codecs() {
        codec.decode::<Value>(&encoded(codec, &["12345", "ŻŻ"]), &limits).unwrap();
        refused(codec, &encoded(codec, &["123456"]), &limits, "a string is 6 bytes, limit is 5 bytes");
        refused(codec, &encoded(codec, &["ŻŻŻ"]), &limits, "a string is 6 bytes, limit is 5 bytes");
        let long_key = encoded(codec, &BTreeMap::from([("123456", 1)]));
        refused(codec, &long_key, &limits, "a string is 6 bytes, limit is 5 bytes");
        let long_bytes = encoded(codec, &Value::Bytes(b"123456".to_vec()));
        refused(codec, &long_bytes, &limits, "a string is 6 bytes, limit is 5 bytes");
        let error = codec.decode_without::<Value>(&long_key, "x", &limits).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{codec}");
    }
}

#[test]
fn total_bytes() {
    for codec in codecs() {
        let bytes = encoded(codec, &"a text of some length");
        let size = bytes.len();
        // Room for what a frame decompresses to, which is a little more than the frame where there is nothing to gain.
        codec.decode::<Value>(&bytes, &DecodeLimits::default().with_total_bytes(size + 8)).unwrap();
        let limits = DecodeLimits::default().with_total_bytes(size - 1);
        refused(codec, &bytes, &limits, &format!("input is {size} bytes, limit is {} bytes", size - 1));
    }
}

#[test]
fn lengths_that_lie_are_not_believed() {
    let mut documents: Vec<(Codec, &[u8])> = vec![(Codec::Cbor, b"\x9a\xff\xff\xff\xff\x01")];
    documents.push((Codec::Cbor, b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    documents.push((Codec::Cbor, b"\xba\xff\xff\xff\xff\x61a\x01"));
    documents.push((Codec::Cbor, b"\x7a\xff\xff\xff\xffabc"));
    documents.push((Codec::Cbor, b"\x5b\xff\xff\xff\xff\xff\xff\xff\xffabc"));
    documents.push((Codec::MessagePack, b"\xdd\xff\xff\xff\xff\x01"));
    documents.push((Codec::MessagePack, b"\xdf\xff\xff\xff\xff\xa1a\x01"));
    documents.push((Codec::MessagePack, b"\xdb\xff\xff\xff\xffabc"));
    documents.push((Codec::MessagePack, b"\xc6\xff\xff\xff\xffabc"));
    documents.push((Codec::MessagePack, b"\xc9\xff\xff\xff\xff\x01abc"));
    // A frame that wants a window of 3.75 TiB.
    documents.push((Codec::JsonZstd, b"\x28\xb5\x2f\xfd\x00\xff\x01\x00\x00"));
    for (codec, bytes) in documents.into_iter().filter(|(codec, _)| codec.is_supported()) {
        let error = codec.decode::<Value>(bytes, &DecodeLimits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{codec} {}", bytes.escape_ascii());
        assert!(codec.decode::<Vec<[u64; 32]>>(bytes, &DecodeLimits::default()).is_err());
        assert!(codec.decode::<IgnoredAny>(bytes, &DecodeLimits::default()).is_err());
    }
}

#[test]
#[cfg(feature = "yaml")]
fn aliases_that_multiply_are_cut_off() {
    use std::fmt::Write;

    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        writeln!(bomb, "a{level}: &a{level} [{}]", vec![below; 10].join(", ")).unwrap();
    }
    let limits = DecodeLimits::default().with_elements(10_000);
    refused(Codec::Yaml, bomb.as_bytes(), &limits, "more than 10000 elements");
    let skipped = Codec::Yaml.decode_member::<Value>(bomb.as_bytes(), "a0", &limits).unwrap_err();
    assert_eq!(skipped.kind(), ErrorKind::LimitExceeded, "{skipped:?}");
}

#[test]
#[cfg(feature = "zstd")]
fn a_frame_that_grows_too_much_is_cut_off() {
    let bytes = encoded(Codec::JsonZstd, &"0".repeat(1_000_000));
    assert!(bytes.len() < 1_000);
    let limits = DecodeLimits::default().with_total_bytes(999_999);
    refused(Codec::JsonZstd, &bytes, &limits, "more than 999999 bytes when decompressed");
    assert!(Codec::JsonZstd.decode::<String>(&bytes, &DecodeLimits::default()).is_ok());
}

#[test]
fn a_limit_is_no_malformed_input() {
    let error = Codec::Json.decode::<Value>(b"[1", &DecodeLimits::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(error.codec(), Some(Codec::Json));
    assert_eq!(error.to_string(), "decode json: malformed, or not of the expected shape");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, r#""," or "]" was expected at byte 2"#);
}
