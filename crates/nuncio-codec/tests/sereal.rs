//! Sereal: what the original wrote, and what it refuses.
#![cfg(all(feature = "sereal", feature = "zstd"))]

mod support;

use nuncio_codec::Codec;
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
