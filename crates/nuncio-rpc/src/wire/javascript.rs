//! What JavaScript makes of JSON values where the format leans on it: truth, and text.
//!
//! Values are JSON as it was received and parsed once, so that they are well-formed.
//!
//! # Source
//! ECMA-262: ToBoolean, ToString, Number::toString.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// Whether JavaScript takes the value for true: all but null, false, 0 and the empty string are.
pub(crate) fn is_truthy(value: &str) -> bool {
    match value.as_bytes().first() {
        None | Some(b'f' | b'n') => false,
        Some(b'"') => value.len() > 2,
        Some(b'-' | b'0'..=b'9') => value.parse() != Ok(0.0),
        Some(_) => true,
    }
}

/// The value as text: what a URI that is no string is taken for, and by what an id is looked up.
pub(crate) fn to_text(value: &str) -> Cow<'_, str> {
    match value.as_bytes().first() {
        Some(b'"') => string(value),
        Some(b'[') => array(value).into(),
        Some(b'{') => "[object Object]".into(),
        Some(b'-' | b'0'..=b'9') => value.parse().map_or(Cow::Borrowed(value), |number| number_text(number).into()),
        _ => value.into(),
    }
}

/// The value as a number; none if JavaScript has none for it.
pub(crate) fn to_number(value: &str) -> Option<f64> {
    match value.as_bytes().first()? {
        b't' => Some(1.0),
        b'f' | b'n' => Some(0.0),
        b'{' => None,
        _ => match to_text(value).trim() {
            "" => Some(0.0),
            text => text.parse().ok(),
        },
    }
}

/// A string without an escape is a part of the record.
fn string(value: &str) -> Cow<'_, str> {
    let inner = value.get(1..value.len() - 1).unwrap_or_default();
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return inner.into();
    }
    // Half a surrogate pair is no text in Rust: it stays as it was written.
    serde_json::from_str(value).map_or(Cow::Borrowed(inner), Cow::Owned)
}

/// Elements by commas; an inner null is nothing. Nested text of more than a few levels is of no use to anybody.
fn array(value: &str) -> String {
    let elements: Vec<&RawValue> = serde_json::from_str(value).unwrap_or_default();
    let text = |element: &&RawValue| match element.get() {
        "null" => String::new(),
        // Its text would be that of its elements; it is not followed down, so that no depth costs a stack.
        nested if nested.starts_with('[') => nested.trim_matches(['[', ']']).to_owned(),
        other => to_text(other).into_owned(),
    };
    elements.iter().map(text).collect::<Vec<_>>().join(",")
}

fn number_text(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        1e-6..1e21 => number.to_string(),
        _ => {
            let text = format!("{number:e}");
            if text.contains("e-") { text } else { text.replace('e', "e+") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_that_of_javascript() {
        for value in ["null", "false", "0", "-0", "0.0", "0e9", "\"\""] {
            assert!(!is_truthy(value), "{value}");
        }
        for value in ["true", "1", "-1", "0.1", "\"0\"", "\" \"", "[]", "{}"] {
            assert!(is_truthy(value), "{value}");
        }
    }

    #[test]
    fn values_as_text() {
        for (value, text) in [
            ("123", "123"),
            ("1.0", "1"),
            ("-0", "0"),
            ("1e21", "1e+21"),
            ("1e-7", "1e-7"),
            ("true", "true"),
            ("null", "null"),
            (r#"["/a"]"#, "/a"),
            (r#"["/a",null,1]"#, "/a,,1"),
            (r#"{"a":1}"#, "[object Object]"),
            (r#""\/a\u0041""#, "/aA"),
            (r#""\ud800x""#, r"\ud800x"),
        ] {
            assert_eq!(to_text(value), text, "{value}");
        }
    }

    #[test]
    fn values_as_numbers() {
        for (value, number) in
            [("5", 5.0), (r#""5""#, 5.0), (r#"" 5 ""#, 5.0), ("true", 1.0), ("null", 0.0), ("[]", 0.0), ("[7]", 7.0)]
        {
            assert_eq!(to_number(value), Some(number), "{value}");
        }
        for value in ["{}", r#""x""#, "[1,2]"] {
            assert_eq!(to_number(value), None, "{value}");
        }
    }

    #[test]
    fn no_depth_costs_a_stack() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(to_text(&deep), "");
    }
}
