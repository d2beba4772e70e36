//! What YAML looks like to its other readers and writers.
#![cfg(feature = "yaml")]

use nuncio_codec::{Codec, DecodeLimits, Value};

#[test]
fn text_that_looks_like_something_else_is_quoted() {
    for text in ["yes", "no", "on", "off", "null", "~", "1", "1.5", "0x1f", "1e3", "true", "2001-01-01", ""] {
        let mut out = Vec::new();
        Codec::Yaml.encode(&Value::from_iter([("a", text)]), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out == format!("a: \"{text}\"\n") || out == format!("a: '{text}'\n"), "{out}");
    }
}

#[test]
fn plain_scalars_follow_the_core_schema() {
    let read = |text: &str| Codec::Yaml.decode::<Value>(text.as_bytes(), &DecodeLimits::default()).unwrap();
    let scalars = read("[~, null, true, yes, 12, 0x1f, 1.5, -.inf, 2001-01-01, '12', \"a\\tb\", plain]");
    let expected = [
        Value::Null,
        Value::Null,
        true.into(),
        "yes".into(),
        12.into(),
        31.into(),
        1.5.into(),
        f64::NEG_INFINITY.into(),
        "2001-01-01".into(),
        "12".into(),
        "a\tb".into(),
        "plain".into(),
    ];
    assert_eq!(scalars, Value::from_iter(expected));
    assert_eq!(read("a: &x [1]\nb: *x\n"), read("{a: [1], b: [1]}"));
    assert_eq!(read("<<: {a: 1}"), Value::from_iter([("<<", Value::from_iter([("a", 1)]))]));
}

#[test]
fn one_document_only() {
    assert!(Codec::Yaml.decode::<Value>(b"---\n1\n...\n", &DecodeLimits::default()).is_ok());
    assert!(Codec::Yaml.decode::<Value>(b"--- 1\n--- 2\n", &DecodeLimits::default()).is_err());
}
