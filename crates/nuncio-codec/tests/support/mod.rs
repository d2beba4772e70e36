//! What the tests of Perl's formats share: recorded documents, and the values they stand for.
#![allow(dead_code, reason = "each test program uses its own part")]

pub(crate) mod typed;

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value as Json;

/// A document that the original wrote or was given, with what it read in it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) bytes: Vec<u8>,
    /// The typed view, or what the original said when it refused.
    pub(crate) typed: Result<Json, String>,
    /// Whether the original takes it for a document of its format.
    pub(crate) recognized: Option<bool>,
}

#[derive(Deserialize)]
struct Recorded {
    id: String,
    hex: String,
    #[serde(default, deserialize_with = "present")]
    typed: Option<Json>,
    /// The case that has the same value.
    typed_as: Option<String>,
    refused: Option<String>,
    recognized: Option<bool>,
}

/// Tells a value that is there, and may be `null`, from one that is not.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

/// The cases of a recorded file.
pub(crate) fn cases(file: &str) -> Vec<Case> {
    #[derive(Deserialize)]
    struct File {
        cases: Vec<Recorded>,
    }
    // One of the values is a tower of arrays.
    let mut file = serde_json::Deserializer::from_str(file);
    file.disable_recursion_limit();
    let recorded = File::deserialize(&mut file).expect("a recorded file").cases;
    let values = |case: &Recorded| Some((case.id.clone(), case.typed.clone()?));
    let values: HashMap<String, Json> = recorded.iter().filter_map(values).collect();
    let case = |case: Recorded| {
        let value = case.typed.or_else(|| values.get(case.typed_as.as_ref()?).cloned());
        let typed = value.ok_or_else(|| case.refused.expect("a value, or why there is none"));
        Case { id: case.id, bytes: bytes(&case.hex), typed, recognized: case.recognized }
    };
    recorded.into_iter().map(case).collect()
}

/// The bytes that hexadecimal digits stand for.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hexadecimal")).collect()
}
