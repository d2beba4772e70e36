//! What JSON looks like, byte for byte.

use nuncio_codec::{Codec, DecodeLimits, ErrorKind, Value};
use serde::Serialize;

#[track_caller]
fn written<T: Serialize + ?Sized>(value: &T, text: &str) {
    let mut out = Vec::new();
    Codec::Json.encode(value, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), text);
}

#[track_caller]
fn read(text: &[u8]) -> Value {
    Codec::Json.decode(text, &DecodeLimits::default()).unwrap()
}

#[track_caller]
fn refused(value: impl Serialize, source: &str) {
    let mut out = b"before".to_vec();
    let error = Codec::Json.encode(&value, &mut out).unwrap_err();
    assert_eq!((error.kind(), &out[..]), (ErrorKind::Unrepresentable, &b"before"[..]));
    assert_eq!(error.to_string(), "encode json: the format cannot hold this value");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), source);
}

#[test]
fn numbers() {
    written(&(i64::MIN, u64::MAX), "[-9223372036854775808,18446744073709551615]");
    written(&(u128::from(u64::MAX), i128::from(i64::MIN)), "[18446744073709551615,-9223372036854775808]");
    written(&(0.1, 3.0, 1e300, 1e-7, 0.1f32), "[0.1,3.0,1e+300,1e-7,0.1]");
    assert_eq!(read(b"18446744073709551615"), Value::UInt(u64::MAX));
    assert_eq!(read(b"18446744073709551616"), Value::Float(18446744073709551616.0));
    assert_eq!(read(b"-9223372036854775809"), Value::Float(-9223372036854775809.0));
    assert_eq!(read(b"9223372036854775807"), Value::Int(i64::MAX));
    assert_eq!(read(b"1e-07"), Value::Float(1e-7));
}

#[test]
fn what_json_has_no_number_for() {
    refused(f64::NAN, "NaN is not a finite number");
    refused([f64::NEG_INFINITY], "-inf is not a finite number");
    refused(Value::from_iter([("a", f64::INFINITY)]), "inf is not a finite number");
    refused(f32::NAN, "NaN is not a finite number");
    refused((Some(u128::MAX),), "the integer 340282366920938463463374607431768211455 is outside -2^63..2^64-1");
}

#[test]
fn text() {
    written("größe \u{1f600}\u{0}\"\\/\n", r#""größe 😀\u0000\"\\/\n""#);
    written(&'"', r#""\"""#);
    written(&Value::Bytes(vec![0x00, b'a', 0x80, 0xff]), "\"\\u0000a\u{80}\u{ff}\"");
    assert_eq!(read(br#""\ud83d\ude00""#), Value::from("\u{1f600}"));
}

#[test]
fn what_is_no_json() {
    for text in [
        &b""[..],
        b" ",
        b"{",
        b"[1,]",
        b"{}x",
        b"{}\0",
        b"{} {}",
        b"\"\xff\"",
        b"\"\n\"",
        b"01",
        b"\"\\ud800\"",
        b"nul",
        b"{1:2}",
    ] {
        let error = Codec::Json.decode::<Value>(text, &DecodeLimits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{}", text.escape_ascii());
    }
    assert_eq!(read(b" {} \r\n\t"), Value::Map(Default::default()));
}

#[test]
fn a_key_has_to_be_a_scalar() {
    refused(std::collections::BTreeMap::from([((1, 2), 3)]), "a tuple cannot be the key of a map");
}
