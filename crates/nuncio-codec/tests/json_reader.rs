//! Our own reader of JSON reads what `serde_json` reads, as it reads it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use nuncio_codec::json::{self, ReadError};
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// What both make of `text`; `None` where it is refused.
#[track_caller]
fn reads_alike<T: DeserializeOwned + PartialEq + Debug>(text: &str) -> Option<T> {
    let (ours, theirs) = (json::from_str::<T>(text), serde_json::from_str::<T>(text));
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(ours, theirs, "{text}");
            Some(ours)
        }
        (Err(_), Err(_)) => None,
        (ours, theirs) => panic!("{text}: {ours:?} is not {theirs:?}"),
    }
}

fn refused<T: DeserializeOwned + PartialEq + Debug>(text: &str) -> ReadError {
    assert_eq!(reads_alike::<T>(text), None, "{text}");
    json::from_str::<T>(text).unwrap_err()
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Line(i8, i8),
    Square { side: u16 },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    a: Option<u8>,
    #[serde(default)]
    b: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Newtype(u8);

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
    Map(BTreeMap<String, Self>),
    List(Vec<Self>),
}

#[test]
fn numbers() {
    for text in [
        "0",
        "-0",
        "7",
        "-7",
        "255",
        "256",
        "1.5",
        "-1e3",
        "1E+2",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "1e400",
        "-1e400",
        "1e-400",
        "0.1",
        "123456789012345678901234567890",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "-",
        "1_0",
        "0x1",
        "NaN",
        "Infinity",
        "1 2",
    ] {
        reads_alike::<serde_json::Value>(text);
        reads_alike::<u8>(text);
        reads_alike::<i64>(text);
        reads_alike::<u64>(text);
        reads_alike::<i128>(text);
        reads_alike::<u128>(text);
        reads_alike::<f32>(text);
        reads_alike::<f64>(text);
        reads_alike::<Option<i8>>(text);
        reads_alike::<bool>(text);
        reads_alike::<String>(text);
    }
    assert_eq!(json::from_str::<f64>("-0").unwrap().to_bits(), (-0.0_f64).to_bits());
    // Rounded to 64 bits first, it would be the float below.
    assert_eq!(reads_alike("1.00000017881393432617187499"), Some(1.000_000_1_f32));
}

#[test]
fn strings() {
    for text in [
        r#""""#,
        r#""a""#,
        r#""\n\t\"\\\/\b\f\r""#,
        r#""\u00e9\ud83d\ude00""#,
        r#""\ud800""#,
        r#""\ud800\u0041""#,
        r#""\udc00""#,
        r#""\x""#,
        r#""\u12""#,
        r#""\u12g4""#,
        "\"a\nb\"",
        "\"a",
        "\"",
        "\"\u{7f}é☃😀\"",
        "'a'",
        "\"\\",
    ] {
        reads_alike::<String>(text);
        reads_alike::<char>(text);
        reads_alike::<serde_json::Value>(text);
        reads_alike::<u8>(text);
    }
}

#[test]
fn a_string_without_escapes_is_borrowed() {
    #[derive(Deserialize)]
    struct Borrowed<'a> {
        #[serde(borrow)]
        name: Cow<'a, str>,
        plain: &'a str,
        bytes: &'a [u8],
    }
    let text = r#"{"name":"a\n","plain":"b","bytes":"c"}"#;
    let read: Borrowed<'_> = json::from_str(text).unwrap();
    assert_eq!((&*read.name, read.plain, read.bytes), ("a\n", "b", &b"c"[..]));
    assert!(json::from_str::<&str>(r#""\n""#).is_err());
}

#[test]
fn containers() {
    for text in [
        "[]",
        "[1]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1",
        "[1,2,3]",
        r#"["a","b"]"#,
        "{}",
        r#"{"a":1}"#,
        r#"{"a":1,}"#,
        r#"{"a":1,"b":["x"]}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"a":null,"c":0}"#,
        r#"{"a" 1}"#,
        "{a:1}",
        r#"{"a":1 "b":2}"#,
        r#"{"a":}"#,
        r#"[1,["x"]]"#,
        " [ 1 , 2 ] ",
        "[1]]",
        "[[1]]",
        r#"{"\u0061":3}"#,
    ] {
        reads_alike::<serde_json::Value>(text);
        reads_alike::<Vec<u8>>(text);
        reads_alike::<(u8, u8)>(text);
        reads_alike::<Strict>(text);
        reads_alike::<BTreeMap<String, u8>>(text);
        reads_alike::<Untagged>(text);
        reads_alike::<Newtype>(text);
        reads_alike::<()>(text);
    }
}

#[test]
fn variants() {
    for text in [
        r#""Point""#,
        r#"{"Point":null}"#,
        r#"{"Point":1}"#,
        r#"{"Circle":1.5}"#,
        r#""Circle""#,
        r#"{"Line":[1,-2]}"#,
        r#"{"Line":[1]}"#,
        r#"{"Square":{"side":3}}"#,
        r#"{"Square":[3]}"#,
        r#"{"Circle":1,"Point":2}"#,
        "{}",
        "7",
        r#""Other""#,
        r#"{"Circle":1"#,
    ] {
        reads_alike::<Shape>(text);
    }
}

#[test]
fn names_that_are_numbers_or_truth_values() {
    for name in ["1", "-1", "300", "1.5", "true", "false", "", "x", "01", "1 ", " 1", "1e2", "null"] {
        let text = format!("{{\"{name}\":0}}");
        reads_alike::<BTreeMap<u8, u8>>(&text);
        reads_alike::<BTreeMap<i64, u8>>(&text);
        reads_alike::<BTreeMap<i128, u8>>(&text);
        reads_alike::<BTreeMap<bool, u8>>(&text);
        reads_alike::<BTreeMap<Option<u8>, u8>>(&text);
        reads_alike::<BTreeMap<char, u8>>(&text);
    }
}

#[test]
fn text_that_stays_text() {
    let text = r#"{"a": [1, {"b": "]"}]}"#;
    let read: BTreeMap<&str, &serde_json::value::RawValue> = json::from_str(text).unwrap();
    assert_eq!(read["a"].get(), r#"[1, {"b": "]"}]"#);
}

#[test]
fn errors_say_what_and_where() {
    for (text, expected) in [
        ("", "a value was expected at byte 0"),
        ("[1;2]", "\",\" or \"]\" was expected at byte 2"),
        ("{\"a\":1,}", "the name of a member, in double quotes, was expected at byte 7"),
        ("{\"a\"=1}", "\":\" was expected at byte 4"),
        ("[1] x", "the end was expected at byte 4"),
        ("\"ab", "the end of a string was expected at byte 3"),
        ("\"a\u{1}b\"", "an escape instead of a control character was expected at byte 2"),
        ("tru", "true was expected at byte 0"),
        ("[-]", "a digit was expected at byte 2"),
        ("\"\\ud800\"", "the other half of a surrogate pair was expected at byte 8"),
    ] {
        assert_eq!(refused::<serde_json::Value>(text).to_string(), expected, "{text}");
    }
    let error = refused::<Vec<u8>>("[1, \"x\", 3]");
    assert_eq!(error.to_string(), "invalid type: string \"x\", expected u8, before byte 7");
    assert_eq!(error.offset(), Some(7));
}

#[test]
fn depth_is_limited_where_it_costs_a_stack() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(json::from_str::<Untagged>(&nested(100)).is_ok());
    assert!(json::from_str::<Untagged>(&nested(129)).is_err());
    assert!(json::from_str::<IgnoredAny>(&nested(1_000_000)).is_ok());
}

/// JSON with something wrong in it now and then.
fn texts() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"\\u0061\"",
        "\"",
        "\\",
        "0",
        "-1",
        "1.5e3",
        "true",
        "null",
        " ",
        "é",
        "\n",
    ];
    let soup = prop::collection::vec(prop::sample::select(PARTS), 0..16).prop_map(|parts| parts.concat());
    let leaf = prop::sample::select(
        &["0", "-7", "2.5", "\"x\"", "\"\\n\"", "null", "true", "\"long enough for more than one step\""][..],
    );
    let tree = leaf.prop_map(str::to_owned).prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|values| format!("[{}]", values.join(", "))),
            prop::collection::vec(inner, 0..4).prop_map(|values| {
                let member = |(index, value): (usize, &String)| format!("\"k{index}\" : {value}");
                format!("{{{}}}", values.iter().enumerate().map(member).collect::<Vec<_>>().join(","))
            }),
        ]
    });
    let damaged =
        (tree.clone(), any::<prop::sample::Index>(), prop::sample::select(PARTS)).prop_map(|(text, at, part)| {
            let at = at.index(text.len() + 1);
            format!("{}{part}{}", &text[..at], &text[(at + 1).min(text.len())..])
        });
    prop_oneof![soup, tree, damaged]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_read_alike(text in texts()) {
        reads_alike::<serde_json::Value>(&text);
        reads_alike::<Untagged>(&text);
        let (ours, theirs) = (json::from_str::<IgnoredAny>(&text), serde_json::from_str::<IgnoredAny>(&text));
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}", text);
    }

    #[test]
    fn floats_arrive_as_they_were(bits: u64) {
        let value = f64::from_bits(bits);
        if value.is_finite() {
            let read: f64 = json::from_str(&serde_json::to_string(&value).unwrap()).unwrap();
            prop_assert_eq!(read.to_bits(), bits);
        }
    }
}
