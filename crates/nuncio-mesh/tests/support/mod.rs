//! What the tests have in common: the recorded cases, and values as Perl compares them.

#![allow(dead_code, reason = "each test program takes what it needs")]

pub(crate) mod kernel;

use nuncio_codec::Value;
use nuncio_mesh::proto::framing::text_of;
use serde_json::Value as Json;

/// A file of recorded cases.
pub(crate) fn recorded(name: &str) -> Json {
    let path = format!("{}/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The elements of a list.
pub(crate) fn list(json: &Json) -> &[Json] {
    json.as_array().unwrap_or_else(|| panic!("{json} is no list"))
}

/// A member that is text.
pub(crate) fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_else(|| panic!("{json} has no {name}"))
}

/// Bytes from hexadecimal digits.
pub(crate) fn bytes(digits: &str) -> Vec<u8> {
    let digit = |index| u8::from_str_radix(&digits[index..index + 2], 16).expect("digits");
    (0..digits.len()).step_by(2).map(digit).collect()
}

/// Hexadecimal digits of bytes.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The value as JSON, bytes as the characters 0 to 255.
pub(crate) fn json(value: &Value) -> Json {
    match value {
        Value::Bytes(_) => Json::from(text_of(value).expect("bytes are text")),
        Value::Array(elements) => elements.iter().map(json).collect(),
        Value::Map(map) => Json::Object(map.iter().map(|(key, value)| (key.to_owned(), json(value))).collect()),
        _ => serde_json::to_value(value).expect("plain data"),
    }
}

/// The value as Perl compares it: numbers are strings that look like them.
pub(crate) fn as_perl(json: &Json) -> Json {
    match json {
        Json::Number(number) if number.is_f64() => Json::from(as_perl_prints(number.as_f64().expect("a float"))),
        Json::Number(number) => Json::from(number.to_string()),
        Json::Array(elements) => elements.iter().map(as_perl).collect(),
        Json::Object(map) => Json::Object(map.iter().map(|(key, value)| (key.clone(), as_perl(value))).collect()),
        _ => json.clone(),
    }
}

/// The value that JSON says.
pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number),
            (_, Some(number)) => Value::from(number),
            _ => Value::Float(number.as_f64().expect("a number")),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(elements) => elements.iter().map(value).collect(),
        Json::Object(map) => map.iter().map(|(key, json)| (key.clone(), value(json))).collect(),
    }
}

/// A number with the 15 digits that Perl prints of it.
fn as_perl_prints(number: f64) -> String {
    format!("{number:.14e}").parse::<f64>().expect("a number").to_string()
}
