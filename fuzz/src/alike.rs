//! Whether a value came back as it went.

use nuncio_codec::{Codec, Value};

/// Whether `back` is `value` after a journey through `codec`.
#[must_use]
pub fn alike(codec: Codec, value: &Value, back: &Value) -> bool {
    match (value, back) {
        (Value::Float(value), Value::Float(back)) => same_float(*value, *back),
        (Value::Float(value), Value::Text(back)) => is_printed(codec, *value, back),
        (Value::Int(value), Value::Text(back)) => writes_numbers(codec) && **back == *value.to_string(),
        (Value::UInt(value), Value::Text(back)) => writes_numbers(codec) && **back == *value.to_string(),
        // To Perl, ASCII is the same with the character flag and without.
        (Value::Bytes(value), Value::Text(back)) => back.is_ascii() && value == back.as_bytes(),
        // To Perl source text, the characters of Latin-1 are bytes.
        (Value::Text(value), Value::Bytes(back)) => {
            codec == Codec::Dumper && value.chars().eq(back.iter().copied().map(char::from))
        }
        (Value::Array(values), Value::Array(backs)) => {
            values.len() == backs.len() && values.iter().zip(backs).all(|(value, back)| alike(codec, value, back))
        }
        (Value::Map(values), Value::Map(backs)) => {
            let same = |(key, value)| backs.get(key).is_some_and(|back| alike(codec, value, back));
            values.len() == backs.len() && values.iter().all(same)
        }
        (Value::Object(value), Value::Object(back)) => {
            value.class == back.class
                && (alike(codec, &value.value, &back.value) || is_same_truth(&value.value, &back.value))
        }
        _ => value == back,
    }
}

/// Every NaN is as good as another, while zero has its sign.
pub(crate) fn same_float(left: f64, right: f64) -> bool {
    left.to_bits() == right.to_bits() || left.is_nan() && right.is_nan()
}

/// Perl had no booleans that could be blessed before it had any.
fn is_same_truth(value: &Value, back: &Value) -> bool {
    matches!((value, back), (Value::Bool(value), Value::Int(back)) if i64::from(*value) == *back)
}

/// Whether the format keeps some numbers as text.
fn writes_numbers(codec: Codec) -> bool {
    matches!(codec, Codec::Dumper | Codec::Storable)
}

/// Whether `text` is how a format prints `value` that keeps it as text: Data::Dumper with 15 digits, Storable with as many
/// as it takes.
fn is_printed(codec: Codec, value: f64, text: &str) -> bool {
    let Ok(read) = text.parse::<f64>() else { return false };
    match codec {
        Codec::Dumper if value.is_finite() => {
            format!("{value:.14e}") == format!("{read:.14e}") || value == 0.0 && read == 0.0
        }
        Codec::Dumper | Codec::Storable => read == value || read.is_nan() && value.is_nan(),
        _ => false,
    }
}
