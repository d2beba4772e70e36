//! Storable: what the original wrote, what it refuses, and what it reads.

mod support;

use nuncio_codec::perl::Decoder;
use nuncio_codec::storable::{Encoder, Form};
use nuncio_codec::{Codec, DecodeLimits, Error, ErrorKind, Object, Value};
use serde_json::{Value as Json, json};

use self::support::typed::{normalized, typed};
use self::support::{bytes, cases};

const NATIVE: &str = "040b08313233343536373804080808";

/// The typed view of a native image with this root.
#[track_caller]
fn view(root: &str) -> Json {
    typed(Codec::Storable, &bytes(&(NATIVE.to_owned() + root))).unwrap()
}

/// Why a native image with this root is refused.
#[track_caller]
fn refusal(root: &str) -> String {
    typed(Codec::Storable, &bytes(&(NATIVE.to_owned() + root))).unwrap_err()
}

fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<Value, Error> {
    Codec::Storable.decode(bytes, limits)
}

fn encoded(form: Form, value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::default().form(form).canonical(true).encode(value, &mut out).unwrap();
    out
}

#[test]
fn every_recorded_image_has_the_recorded_value() {
    for case in cases(include_str!("vectors/storable.json")) {
        let view = typed(Codec::Storable, &case.bytes);
        match case.typed.map(normalized) {
            Ok(_) if case.id.ends_with("/hook-objects") => assert_eq!(view, Ok(frozen_objects()), "{}", case.id),
            Ok(expected) => assert_eq!(view, Ok(expected), "{}", case.id),
            Err(reason) => assert!(view.is_err(), "{}: the original says {reason}, and here is {view:?}", case.id),
        }
    }
}

/// What is on the wire; the recorded value is what the class made of it when it was thawed.
fn frozen_objects() -> Json {
    let object = |content| json!({"blessed": "Stz", "freeze": [{"bytes": "636f6f6b6564"}, {"array": [content]}]});
    json!({"array": [object(json!({"bytes": "78"})), object(json!({"array": [{"int": "1"}, {"int": "2"}]}))]})
}

#[test]
fn a_recorded_image_is_refused_wherever_it_is_cut() {
    // What was made by hand may have more behind its end.
    let is_whole = |id: &str| !id.starts_with("hand/");
    let cases = cases(include_str!("vectors/storable.json"));
    for case in cases.iter().filter(|case| is_whole(&case.id) && case.bytes.len() < 1000) {
        for size in 0..case.bytes.len() {
            let cut = &case.bytes[..size];
            assert!(typed(Codec::Storable, cut).is_err(), "{} cut to {size} bytes", case.id);
            assert!(decode(cut, &DecodeLimits::default()).is_err(), "{} cut to {size} bytes", case.id);
        }
    }
}

#[test]
fn a_recorded_image_with_a_wrong_byte_does_not_hurt() {
    let limits = DecodeLimits::default().with_elements(10_000).with_unfolded_bytes(100_000);
    for case in cases(include_str!("vectors/storable.json")).iter().filter(|case| case.bytes.len() < 150) {
        let mut image = case.bytes.clone();
        for at in 0..image.len() {
            let right = image[at];
            for wrong in [0, 1, 0x04, 0x11, 0x13, 0x19, 0x7f, 0x80, 0xff, right ^ 1, right ^ 0x40] {
                image[at] = wrong;
                let decoder = Decoder::new(Codec::Storable).limits(limits.clone()).code_as_text(true);
                let _ = decoder.decode_typed(&image);
                let _ = decoder.decode::<Value>(&image);
                let _ = decoder.decode::<serde::de::IgnoredAny>(&image);
            }
            image[at] = right;
        }
    }
}

#[test]
fn files_have_their_magic_before_the_image() {
    let array = json!({"array": [{"int": "1"}]});
    for file in ["70737430040b0831323334353637380408080802010000000881", "70737430050b02000000010881"] {
        assert_eq!(typed(Codec::Storable, &bytes(file)), Ok(array.clone()));
    }
    let old = typed(Codec::Storable, b"perl-store\x00").unwrap_err();
    assert!(
        old.ends_with(
            "at byte 0: expected a Storable image, found a file from before there were versions of the format"
        )
    );
}

#[test]
fn booleans_of_later_versions_are_booleans() {
    let both = json!({"array": [{"bool": true}, {"bool": false}]});
    for tags in ["2829", "2223", "0f10"] {
        assert_eq!(typed(Codec::Storable, &bytes(&format!("050c0200000002{tags}"))), Ok(both.clone()));
    }
    let early = typed(Codec::Storable, &bytes("050b020000000128")).unwrap_err();
    assert!(early.ends_with("at byte 7: expected a value, found tag 0x28"), "{early}");
}

#[test]
fn a_class_belongs_to_the_reference_even_where_the_scalar_is_an_element() {
    let element = json!({"array": [{"int": "5"}]});
    let object = json!({"blessed": "C", "scalarref": {"int": "5"}});
    assert_eq!(view("02020000000402010000001101430885040000000003"), json!({"array": [element, object]}));
    assert_eq!(view("02020000000411014308850402010000000000000002"), json!({"array": [object, element]}));
}

#[test]
fn placeholders_of_restricted_hashes_are_no_entries() {
    let entries = json!({"hash": [[{"bytes": "61"}, {"int": "1"}], [{"bytes": "62"}, {"int": "2"}]]});
    assert_eq!(view("190103000000088200010000006208810001000000610e14020000007a7a"), entries);
}

#[test]
fn versions_are_strings_and_holes_are_nothing() {
    assert_eq!(view("02010000001d0676312e322e330a03010203"), json!({"array": [{"bytes": "010203"}]}));
    assert_eq!(view("02030000000e1f0881"), json!({"array": [null, null, {"int": "1"}]}));
}

#[test]
fn code_is_text_if_asked_for() {
    let image = bytes(&(NATIVE.to_owned() + "0201000000041a0a0a7b0a20202020313b0a7d"));
    let decoder = Decoder::new(Codec::Storable).code_as_text(true);
    assert_eq!(decoder.decode::<Vec<String>>(&image).unwrap(), ["sub {\n    1;\n}"]);
    assert!(decode(&image, &DecodeLimits::default()).is_err());
}

#[test]
fn what_is_tied_is_refused_by_name() {
    for (root, found) in [
        ("0b0411046d61696e0200000000", "a tied array"),
        ("0c05", "a tied hash"),
        ("0d05", "a tied scalar"),
        ("1505", "an element of a tied hash"),
        ("1605", "an element of a tied array"),
        ("130307", "an object that is tied"),
        ("2101", "something of 2 GiB or more"),
    ] {
        let reason = refusal(root);
        assert!(reason.ends_with(&format!("at byte 15: expected data, found {found}")), "{reason}");
    }
}

#[test]
fn an_object_that_wrote_itself_may_be_met_again_and_refer_to_itself() {
    let root = concat!(
        "020400000004134202010000000887820143017802000000020000000304",
        "000000000204000000000304134202010000000888a20001780200000008",
        "00000009",
    );
    let shared = json!({"array": [{"int": "7"}], "id": 2});
    let first = json!({"blessed": "C", "freeze": [{"bytes": "78"}, {"same": 1}, shared], "id": 1});
    let second = json!({"blessed": "C", "freeze": [{"bytes": "78"}, {"same": 3}, {"array": [{"int": "8"}]}], "id": 3});
    assert_eq!(view(root), json!({"array": [first, {"same": 1}, {"same": 2}, second]}));
}

#[test]
fn numbers_that_lie_are_refused_where_they_are() {
    for (root, reason) in [
        ("02ffffffff", "at byte 16: expected 4294967295 items of 1 bytes or more, found 0 bytes to the end"),
        ("0300000010", "at byte 16: expected 268435456 items of 5 bytes or more, found 0 bytes to the end"),
        ("01ffffff7f41", "at byte 20: expected a string of 2147483647 bytes, found the end after 1"),
        ("030100000005ffffffff61", "at byte 25: expected a key of 4294967295 bytes, found the end after 1"),
        ("0400ffffffff", "at byte 17: expected one of 1 objects, found number 4294967295"),
        ("1201", "at byte 17: expected one of 0 classes, found number 1"),
        ("11ffffffffff", "at byte 21: expected a class of 4294967295 bytes, found the end after 0"),
        ("190001000000050861000000", "at byte 22: expected a key, found a value in its place"),
        ("020100000002000000000", "at byte 20, in [0]: expected a scalar, found what has to be behind a reference"),
    ] {
        let found = refusal(root);
        assert!(found.contains(reason), "{root}: {found}");
    }
}

#[test]
fn cycles_are_shown_and_refused_with_their_path() {
    let image = bytes(&(NATIVE.to_owned() + "03010000000402010000000400000000000400000073656c66"));
    assert_eq!(
        typed(Codec::Storable, &image).unwrap(),
        json!({"hash": [[{"bytes": "73656c66"}, {"array": [{"same": 1}]}]], "id": 1})
    );
    let error = decode(&image, &DecodeLimits::default()).unwrap_err();
    let reason = std::error::Error::source(&error).unwrap().to_string();
    assert!(reason.starts_with("at byte 26, in {\"self\"}[0]: a cycle"), "{reason}");
}

/// Arrays, each of which refers to the one before twice.
fn doubling(levels: u8) -> Vec<u8> {
    let mut root = format!("02{:02x}000000040200000000", levels + 1);
    let mut number = 2;
    for _ in 0..levels {
        root += &format!("040202000000{}", format!("0400{number:08x}").repeat(2));
        // Two references and an array for each of them.
        number += if number == 2 { 2 } else { 4 };
    }
    bytes(&(NATIVE.to_owned() + &root))
}

#[test]
fn what_unfolds_is_counted() {
    assert!(decode(&doubling(3), &DecodeLimits::default()).is_ok());
    let error = decode(&doubling(60), &DecodeLimits::default().with_unfolded_bytes(10_000)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn limits_hold_before_anything_is_built() {
    let array = bytes(&(NATIVE.to_owned() + "0203000000050505"));
    assert!(decode(&array, &DecodeLimits::default().with_elements(3)).is_ok());
    let error = decode(&array, &DecodeLimits::default().with_elements(2)).unwrap_err();
    assert_eq!(error.to_string(), "decode storable: more than 2 elements");
    let tower = bytes(&(NATIVE.to_owned() + &"04".repeat(100_000) + "05"));
    assert_eq!(decode(&tower, &DecodeLimits::default()).unwrap_err().kind(), ErrorKind::LimitExceeded);
    assert_eq!(typed(Codec::Storable, &tower).unwrap_err(), "decode storable: more than 512 levels of nesting");
}

#[test]
fn images_are_written_as_by_the_original() {
    let message = Value::from_iter([
        ("a", Value::from_iter([Value::from(1), Value::from(-129), Value::from("text"), Value::Null])),
        ("b", Value::from(0.1)),
        ("c", Value::from(3_000_000_000_i64)),
        ("o", Value::Object(Box::new(Object::new("My::Class", Value::from_iter([("k", "v")]))))),
    ]);
    let native = concat!(
        "040b08313233343536373804080808",
        "0304000000",
        "040204000000",
        "0881",
        "067fffffffffffffff",
        "0a0474657874",
        "05",
        "0100000061",
        "079a9999999999b93f",
        "0100000062",
        "06005ed0b200000000",
        "0100000063",
        "0411094d793a3a436c617373",
        "03010000000a0176010000006b",
        "010000006f",
    );
    assert_eq!(encoded(Form::Native, &message), bytes(native));
    let network = concat!(
        "050b",
        "0300000004",
        "040200000004",
        "0881",
        "09ffffff7f",
        "0a0474657874",
        "05",
        "0000000161",
        "0a03302e31",
        "0000000162",
        "0a0a33303030303030303030",
        "0000000163",
        "0411094d793a3a436c617373",
        "03000000010a0176000000016b",
        "000000016f",
    );
    assert_eq!(encoded(Form::Network, &message), bytes(network));
    assert_eq!(encoded(Form::NativeFile, &message), bytes(&format!("70737430{native}")));
    assert_eq!(encoded(Form::NetworkFile, &message), bytes(&format!("70737430{network}")));
}

#[test]
fn a_hash_has_flags_from_its_first_key_beyond_ascii_on() {
    let inner = Value::from_iter([("é", Value::from(1)), ("z", Value::from(2))]);
    let value = Value::from_iter([
        ("a", inner),
        ("b", Value::from_iter([("c", 3)])),
        ("ключ", Value::Null),
        ("я", Value::Null),
    ]);
    let mut image = b"before".to_vec();
    Encoder::default().encode(&value, &mut image).unwrap();
    let root = concat!(
        "190004000000",
        "04190002000000",
        "0881",
        "0102000000c3a9",
        "0882",
        "00010000007a",
        "000100000061",
        "040301000000",
        "0883",
        "0100000063",
        "000100000062",
        "05",
        "0108000000d0bad0bbd18ed187",
        "05",
        "0102000000d18f",
    );
    assert_eq!(image.split_off(6), bytes(&(NATIVE.to_owned() + root)));
}

#[test]
fn classes_are_named_once() {
    let object = |content: Value| Value::Object(Box::new(Object::new("C", content)));
    let long = "L".repeat(200);
    let value = Value::from_iter([
        object(Value::from(5)),
        object(object(Value::from_iter([Value::Null]))),
        Value::Object(Box::new(Object::new(&*long, Value::Null))),
    ]);
    let image = encoded(Form::Native, &value);
    let length = format!("11 80 c8000000 {}", "4c".repeat(200)).replace(' ', "");
    let root = format!("0203000000 041101430885 041200041200020100000005 04{length}05").replace(' ', "");
    assert_eq!(image, bytes(&(NATIVE.to_owned() + &root)));
    assert_eq!(
        decode(&encoded(Form::Network, &object(Value::from(5))), &DecodeLimits::default()).unwrap(),
        object(Value::from(5))
    );
}

#[test]
fn numbers_in_network_order_are_read_back_as_numbers() {
    let floats = [0.1, -0.0, 1.0 / 3.0, 5e-324, f64::MAX, f64::INFINITY, 1e23];
    let integers = [0, 127, 128, -129, i64::from(i32::MIN), 1 << 31, i64::MAX, i64::MIN];
    let mut image = Vec::new();
    Encoder::default().form(Form::Network).encode(&(floats, integers, u64::MAX), &mut image).unwrap();
    let read: ([f64; 7], [i64; 8], u64) = Codec::Storable.decode(&image, &DecodeLimits::default()).unwrap();
    assert_eq!(read, (floats, integers, u64::MAX));
}

#[test]
fn scalars_at_the_root_are_what_they_are() {
    for value in [Value::Null, Value::from(true), Value::from(-5), Value::from("text"), Value::from(0.5)] {
        assert_eq!(decode(&encoded(Form::Native, &value), &DecodeLimits::default()).unwrap(), value);
    }
    let image = encoded(Form::Native, &Value::Null);
    assert_eq!(Codec::Storable.decode::<Option<i32>>(&image, &DecodeLimits::default()).unwrap(), None);
}
