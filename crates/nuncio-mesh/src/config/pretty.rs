//! JSON for people, as the originals write it: one member on each line, three blanks further in for each level.

use nuncio_codec::{Codec, Value};

pub(super) fn json(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, level: usize, text: &mut String) {
    match value {
        Value::Array(elements) if !elements.is_empty() => {
            let elements = elements.iter().map(|element| (None, element));
            list('[', ']', elements, level, text);
        }
        Value::Map(map) if !map.is_empty() => {
            list('{', '}', map.iter().map(|(key, value)| (Some(key), value)), level, text);
        }
        _ => scalar(value, text),
    }
}

fn list<'a>(
    open: char,
    close: char,
    members: impl Iterator<Item = (Option<&'a str>, &'a Value)>,
    level: usize,
    text: &mut String,
) {
    text.push(open);
    for (index, (key, value)) in members.enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        indent(level + 1, text);
        if let Some(key) = key {
            scalar(&Value::from(key), text);
            text.push_str(" : ");
        }
        write(value, level + 1, text);
    }
    text.push('\n');
    indent(level, text);
    text.push(close);
}

fn indent(level: usize, text: &mut String) {
    text.extend(std::iter::repeat_n("   ", level));
}

/// What has nothing inside. A file cannot hold what JSON cannot, and so none of it came from one.
fn scalar(value: &Value, text: &mut String) {
    let mut bytes = Vec::new();
    match Codec::Json.encode(value, &mut bytes) {
        Ok(()) => text.push_str(&String::from_utf8_lossy(&bytes)),
        Err(_) => text.push_str("null"),
    }
}
