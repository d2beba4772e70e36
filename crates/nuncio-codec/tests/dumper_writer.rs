//! Data::Dumper's text written: the same bytes as Perl prints.

mod support;

use nuncio_codec::{Codec, DecodeLimits, Map, Object, Value};

use self::support::{Case, cases};

fn recorded() -> Vec<Case> {
    cases(include_str!("vectors/dumper.json"))
}

fn written(value: &Value) -> String {
    let mut out = Vec::new();
    Codec::Dumper.encode(value, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn values_are_written_as_perl_prints_them() {
    let map = |entries: Vec<(&str, Value)>| Value::Map(Map::from_iter(entries));
    for (value, text) in [
        (Value::Null, "undef"),
        (true.into(), "bless( do{\\(my $o = 1)}, 'JSON::PP::Boolean' )"),
        (4_294_967_295_u64.into(), "4294967295"),
        ((-999_999_999).into(), "-999999999"),
        ((-1_234_567_890).into(), "'-1234567890'"),
        (9_999_999_999_u64.into(), "9999999999"),
        (12_345_678_901_u64.into(), "'12345678901'"),
        (u64::MAX.into(), "'18446744073709551615'"),
        (1.5.into(), "'1.5'"),
        (3.0.into(), "'3'"),
        (0.1.into(), "'0.1'"),
        (1e20.into(), "'1e+20'"),
        ((-0.0).into(), "'0'"),
        (f64::NEG_INFINITY.into(), "'-Inf'"),
        (f64::NAN.into(), "'NaN'"),
        ("12".into(), "'12'"),
        ("it's a\\b \"$x\"\n".into(), "'it\\'s a\\\\b \"$x\"\n'"),
        ("\u{e9}".into(), "\"\\x{e9}\""),
        ("\u{e9}\u{100}'".into(), "\"\\x{e9}\\x{100}'\""),
        ("a\u{100}\n$@\"\u{7}\\".into(), "\"a\\x{100}\n\\$\\@\\\"\u{7}\\\\\""),
        ("\u{ffff}\u{10ffff}".into(), "\"\\x{ffff}\\x{10ffff}\""),
        (Value::Array(vec![]), "[]"),
        (map(vec![]), "{}"),
        (
            map(vec![("a", Value::from_iter([Value::from(1), map(vec![])]))]),
            "{
          'a' => [
                   1,
                   {}
                 ]
        }",
        ),
        (
            map(vec![
                ("k\u{100}", Value::from_iter([1])),
                ("5", 1.into()),
                ("\u{e9}x", Value::from_iter([Value::from_iter([1])])),
                ("it's", map(vec![("", Value::Null)])),
            ]),
            "{
          \"k\\x{100}\" => [
                          1
                        ],
          '5' => 1,
          \"\\x{e9}x\" => [
                         [
                           1
                         ]
                       ],
          'it\\'s' => {
                       '' => undef
                     }
        }",
        ),
        (
            Object::new("Fo'\\o", Value::from_iter([Value::from(1), map(vec![("a", 1.into())])])).into(),
            "bless( [
                 1,
                 {
                   'a' => 1
                 }
               ], 'Fo\\'\\\\o' )",
        ),
        (Object::new("My::Num", 9.into()).into(), "bless( do{\\(my $o = 9)}, 'My::Num' )"),
    ] {
        assert_eq!(written(&value), format!("$VAR1 = {text};\n"));
    }
}

#[test]
fn bytes_are_written_as_they_are() {
    let mut out = Vec::new();
    Codec::Dumper.encode(&Value::Bytes((0..=255).collect()), &mut out).unwrap();
    let recorded = recorded().into_iter().find(|case| case.id == "default/bin-allbytes").expect("a recorded text");
    assert_eq!(out, recorded.bytes);
}

#[test]
fn recorded_texts_in_the_default_style_are_written_alike() {
    for case in recorded().iter().filter(|case| case.id.starts_with("default/") || case.id.starts_with("queue/")) {
        let Ok(value) = Codec::Dumper.decode::<Value>(&case.bytes, &DecodeLimits::default()) else { continue };
        let is_a_tree = !case.bytes.windows(6).skip(1).any(|part| part == b"$VAR1-");
        // A value has no references to scalars, and no keys that are bytes.
        let is_other = case.id.contains("/ref-") || case.id.contains("latin1") || case.id == "default/hash-bin-key";
        if is_a_tree && !is_other {
            let mut out = Vec::new();
            Codec::Dumper.encode(&value, &mut out).unwrap();
            assert_eq!(out.escape_ascii().to_string(), case.bytes.escape_ascii().to_string(), "{}", case.id);
        }
    }
}
