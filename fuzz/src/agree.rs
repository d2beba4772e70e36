//! Whether a typed view and a value are of the same document.

use nuncio_codec::Value;

use crate::alike::same_float;

/// Whether `value` is what `view` shows, as far as a value can have it. What is met again in the view was seen before,
/// and is not looked at.
#[must_use]
pub fn agrees(view: &Value, value: &Value) -> bool {
    let Some(view) = view.as_map() else { return view.is_null() && value.is_null() };
    if view.contains_key("same") {
        return true;
    }
    let class = view.get("blessed").and_then(Value::as_str);
    match (class, value) {
        (Some(class), Value::Object(object)) => object.class == class && content_agrees(view, &object.value),
        (Some(_), _) => false,
        (None, _) => content_agrees(view, value),
    }
}

fn content_agrees(view: &nuncio_codec::Map, value: &Value) -> bool {
    let text = |name| view.get(name).and_then(Value::as_str);
    let list = |name| view.get(name).and_then(Value::as_array);
    match value {
        _ if view.contains_key("scalarref") => scalar_agrees(&view["scalarref"], value),
        Value::Null => view.contains_key("undef"),
        Value::Bool(value) => view.get("bool") == Some(&Value::Bool(*value)),
        Value::Int(value) => text("int") == Some(&*value.to_string()),
        Value::UInt(value) => text("int") == Some(&*value.to_string()),
        Value::Float(value) => float_agrees(text("bits"), *value),
        Value::Text(value) => {
            text("text") == Some(value.as_str())
                // To Perl, Dumper's text is bytes where it fits.
                || text("bytes").is_some_and(|bytes| latin_1(bytes) == value.as_str())
        }
        Value::Bytes(value) => !value.is_ascii() && text("bytes") == Some(&*hexadecimal(value)),
        Value::Array(values) => list("array").or(list("freeze")).is_some_and(|views| {
            views.len() == values.len() && views.iter().zip(values).all(|(view, value)| agrees(view, value))
        }),
        Value::Map(map) => list("hash")
            .is_some_and(|views| views.len() == map.len() && views.iter().all(|view| entry_agrees(view, map))),
        Value::Object(_) => false,
    }
}

/// A reference to a scalar is seen through; of objects in objects a value keeps the outermost.
fn scalar_agrees(view: &Value, value: &Value) -> bool {
    match view.as_map() {
        Some(map) if map.contains_key("blessed") && !matches!(value, Value::Object(_)) => content_agrees(map, value),
        _ => agrees(view, value),
    }
}

fn entry_agrees(view: &Value, map: &nuncio_codec::Map) -> bool {
    let Some([key, value]) = view.as_array() else { return false };
    let key = match (key.get("text").and_then(Value::as_str), key.get("bytes").and_then(Value::as_str)) {
        (Some(text), _) => text.to_owned(),
        (None, Some(digits)) => latin_1(digits),
        (None, None) => return false,
    };
    map.get(&key).is_some_and(|found| agrees(value, found))
}

fn float_agrees(bits: Option<&str>, value: f64) -> bool {
    let shown = bits.and_then(|bits| u64::from_str_radix(bits, 16).ok()).map(f64::from_bits);
    shown.is_some_and(|shown| same_float(shown, value))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The characters of Latin-1 that hexadecimal digits stand for.
fn latin_1(digits: &str) -> String {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("a view has bytes in hexadecimal");
    (0..digits.len()).step_by(2).map(|at| char::from(byte(at))).collect()
}
