//! What holds of every codec.

use std::collections::HashMap;
use std::error::Error as _;

use nuncio_codec::perl::Decoder;
use nuncio_codec::{Codec, DecodeLimits, Error, ErrorKind, Value};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::alike::alike;
use crate::memory::{bound, limits, within};
use crate::sight::Sight;

/// Reads `data` in every way that a codec has.
///
/// # Panics
/// If a promise is broken.
pub(crate) fn check(codec: Codec, data: &[u8]) -> Sight {
    let value = decode(codec, data);
    read_as_value(codec, data, &value);
    read_otherwise(codec, data, value.is_ok());
    match &value {
        Ok(value) => {
            comes_back(codec, value, |out| {
                codec.encode(value, out)?;
                written_as_value(codec, value, out);
                Ok(())
            });
            Sight::of_value(value)
        }
        Err(error) => Sight::of_error(error),
    }
}

/// Why a document was refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What is wrong.
    pub kind: ErrorKind,
    /// What the error says, with all its causes.
    pub text: String,
    /// How many bytes were on the heap at most.
    pub memory: u64,
}

/// Reads `data` into a value, and in every other way too, and says why there is no value.
///
/// # Errors
/// The refusal.
pub fn read(codec: Codec, data: &[u8], limits: &DecodeLimits) -> Result<Value, Refusal> {
    let mut value = None;
    let memory = allocation_counter::measure(|| value = Some(codec.decode::<Value>(data, limits))).bytes_max;
    let _ = codec.decode::<IgnoredAny>(data, limits);
    let _ = codec.decode_member::<Value>(data, "a", limits);
    let _ = Decoder::new(codec).limits(limits.clone()).decode_typed(data);
    value.expect("it was measured while it was read").map_err(|error| {
        let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
        Refusal { kind: error.kind(), text: format!("{error}{cause}"), memory }
    })
}

/// Reads `data` into a value, within its limits and the memory that follows from them.
pub(crate) fn decode(codec: Codec, data: &[u8]) -> Result<Value, Error> {
    within(bound(codec, data), || codec.decode(data, &limits(data.len())))
}

/// Sees that what `encode` writes of `value` is read as the same value.
#[track_caller]
pub(crate) fn comes_back(codec: Codec, value: &Value, encode: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>) {
    let mut bytes = Vec::new();
    encode(&mut bytes).unwrap_or_else(|error| panic!("{error:?}: cannot encode what was decoded: {value:?}"));
    // What was written out is longer than what it was unfolded from.
    let back: Value = match codec.decode(&bytes, &DecodeLimits::default()) {
        Ok(back) => back,
        Err(error) => panic!("{error:?}: cannot decode what was encoded of {value:?}: {}", bytes.escape_ascii()),
    };
    assert!(alike(codec, value, &back), "{value:?} came back as {back:?} from {}", bytes.escape_ascii());
}

/// Sees that the way past serde leads to the same value, or the same refusal, within the same memory.
fn read_as_value(codec: Codec, data: &[u8], through_serde: &Result<Value, Error>) {
    let value = within(bound(codec, data), || codec.decode_value(data, &limits(data.len())));
    assert_eq!(format!("{value:?}"), format!("{through_serde:?}"), "{}", data.escape_ascii());
}

/// Sees that the way past serde writes the same bytes.
fn written_as_value(codec: Codec, value: &Value, through_serde: &[u8]) {
    let mut bytes = Vec::new();
    codec.encode_value(value, &mut bytes).expect("it was encoded through serde");
    assert!(bytes == through_serde, "{value:?}: {} and {}", bytes.escape_ascii(), through_serde.escape_ascii());
}

/// A type like those that programs have.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "it is there to be read")]
struct Message<'a> {
    #[serde(borrow, default)]
    name: Option<&'a str>,
    #[serde(default)]
    id: u32,
    #[serde(default)]
    ratio: f64,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    nested: HashMap<String, Shape>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "it is there to be read")]
enum Shape {
    Empty,
    Label(String),
    Pair(i32, char),
    Box { width: u8, deep: Option<Box<Self>> },
}

/// Types other than [`Value`] read what they can, and what is not asked for is skipped.
fn read_otherwise(codec: Codec, data: &[u8], is_value: bool) {
    let limits = limits(data.len());
    let bytes_max = bound(codec, data);
    within(bytes_max, || drop(codec.decode::<Message<'_>>(data, &limits)));
    within(bytes_max, || drop(codec.decode::<Vec<(Shape, bool, i128)>>(data, &limits)));
    within(bytes_max, || drop(codec.decode_without::<HashMap<String, Value>>(data, "a", &limits)));
    within(bytes_max, || drop(codec.decode_member::<Value>(data, "a", &limits)));
    let skipped = within(bytes_max, || codec.decode::<IgnoredAny>(data, &limits));
    assert!(skipped.is_ok() || !is_value, "what can be read cannot be skipped: {skipped:?}");
}

/// Sees that detection says something of any bytes, and knows what its own codec writes.
pub(crate) fn detect(data: &[u8]) -> Sight {
    let codec = within(4 << 10, || Codec::detect(data));
    // A YAML document may look like one of JSON.
    if let Some(codec) = codec.filter(|codec| *codec != Codec::Yaml)
        && let Ok(value @ Value::Map(_)) = codec.decode::<Value>(data, &limits(data.len()))
    {
        let mut bytes = Vec::new();
        codec.encode(&value, &mut bytes).expect("what was decoded can be encoded");
        assert_eq!(Codec::detect(&bytes), Some(codec), "{}", bytes.escape_ascii());
    }
    Sight::of_text(codec.map_or("nothing", Codec::name))
}
