//! Sereal: what the original wrote, and what it refuses.
#![cfg(all(feature = "sereal", feature = "zstd"))]

mod support;

use nuncio_codec::{Codec, DecodeLimits, Value};
use serde_json::json;

use self::support::cases;
use self::support::typed::{normalized, typed};

#[test]
fn every_recorded_document_has_the_recorded_value() {
    for case in cases(include_str!("vectors/sereal.json")) {
        let mut expected = case.typed.map(normalized);
        if case.id == "v5-freeze-callbacks/objects" {
            expected = Ok(frozen_objects());
        }
        assert_eq!(typed(Codec::Sereal, &case.bytes), expected, "{}", case.id);
    }
}

/// What is on the wire; the recorded value is what the class made of it when it was thawed.
fn frozen_objects() -> serde_json::Value {
    let pair = json!({"array": [{"int": "1"}, {"int": "2"}]});
    json!({"array": [
        {"blessed": "Frz", "freeze": [{"bytes": "7631"}, {"int": "7"}, pair]},
        {"blessed": "Frz", "freeze": [{"bytes": "7631"}, {"bytes": "78"}, pair]},
    ]})
}

#[test]
fn hand_made_documents_are_read_or_refused_as_by_the_original() {
    for case in cases(include_str!("vectors/sereal-edge.json")) {
        let view = typed(Codec::Sereal, &case.bytes);
        match case.typed.map(normalized) {
            Ok(expected) => assert_eq!(view, Ok(expected), "{}", case.id),
            Err(reason) => assert!(view.is_err(), "{}: the original says {reason}, and here is {view:?}", case.id),
        }
        let recognized = Codec::detect(&case.bytes) == Some(Codec::Sereal);
        assert_eq!(Some(recognized), case.recognized, "{}", case.id);
    }
}

#[test]
fn many_texts_become_the_bytes_that_each_would() {
    let words = |odd: usize| (0..100).map(move |size| if size == odd { "é".to_owned() } else { "x".repeat(size % 40) });
    for odd in 0..=100 {
        let texts: Vec<String> = words(odd).collect();
        let (mut by_itself, mut together) = (Vec::new(), Vec::new());
        Codec::Sereal.encode(&texts, &mut by_itself).unwrap();
        Codec::Sereal.encode_value(&Value::from_iter(words(odd)), &mut together).unwrap();
        assert_eq!(together, by_itself, "{odd}");
        assert_eq!(Codec::Sereal.decode::<Vec<String>>(&together, &DecodeLimits::default()).unwrap(), texts);
    }
}

#[test]
fn what_is_weak_or_blessed_is_a_reference_even_where_it_is_a_copy() {
    let document = |body: &[u8]| [b"=\xf3rl\x05\x00", body].concat();
    // A list of two: first a value, then the copy of it, as a weak reference or an object of class A. In the last, an object
    // that is the name of its own class.
    for body in [&b"\x42\x07\x30\x2f\x02"[..], b"\x42\x07\x2c\x61A\x2f\x02", b"\x41\x2c\x61A\x2f\x03"] {
        let document = document(body);
        let refusals = [
            typed(Codec::Sereal, &document).unwrap_err(),
            Codec::Sereal.decode::<Value>(&document, &DecodeLimits::default()).unwrap_err().to_string(),
            Codec::Sereal.decode_value(&document, &DecodeLimits::default()).unwrap_err().to_string(),
        ];
        assert!(refusals.iter().all(|refusal| refusal.contains("malformed")), "{refusals:?}");
    }
    for body in [&b"\x42\x28\x07\x30\x2f\x02"[..], b"\x42\x41\x07\x30\x2f\x02"] {
        let document = document(body);
        let list = Codec::Sereal.decode_value(&document, &DecodeLimits::default()).unwrap();
        let [first, second] = list.as_array().unwrap() else { panic!("{list:?}") };
        assert_eq!(first, second);
        typed(Codec::Sereal, &document).unwrap();
    }
}
