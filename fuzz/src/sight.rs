//! What an input made a decoder do, as far as can be seen from outside.

use std::error::Error as _;
use std::fmt::Display;

use nuncio_codec::{Error, Value};

/// Two inputs of the same sight are alike: only one of them is worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sight(u64);

/// FNV-1a: the same in every process, unlike the hashing of the standard library.
#[derive(Debug)]
struct Trace(u64);

impl Trace {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    const fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(0x0100_0000_01b3);
    }

    /// Which power of two it is.
    fn size(&mut self, size: usize) {
        self.byte((usize::BITS - size.leading_zeros()) as u8);
    }
}

impl Sight {
    /// Of anything that is shown by its text.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut trace = Trace::new();
        text.bytes().for_each(|byte| trace.byte(byte));
        Self(trace.0)
    }

    /// Of a refusal: its reason without the numbers, and whether it came early or late.
    pub(crate) fn of_error(error: &Error) -> Self {
        let mut trace = Trace::new();
        trace.byte(1);
        error.to_string().bytes().for_each(|byte| trace.byte(byte));
        let reason = error.source().map(<dyn std::error::Error>::to_string).unwrap_or_default();
        let (place, reason) = reason.split_once(": ").unwrap_or(("", &reason));
        let shape = |byte: &u8| !byte.is_ascii_digit() && byte.is_ascii();
        reason.bytes().filter(shape).take(80).for_each(|byte| trace.byte(byte));
        let offset = place.split(' ').find_map(|word| word.trim_end_matches(',').parse::<usize>().ok());
        trace.size(offset.unwrap_or(0));
        trace.size(place.len() / 16);
        Self(trace.0)
    }

    /// Of a value: what it is made of, its sizes as powers of two.
    pub(crate) fn of_value(value: &Value) -> Self {
        const NODES_MAX: usize = 24;
        let mut trace = Trace::new();
        trace_value(value, &mut trace, &mut NODES_MAX.clone());
        Self(trace.0)
    }

    /// With what else is known.
    pub(crate) fn and(self, other: impl Display) -> Self {
        let mut trace = Trace(self.0);
        other.to_string().bytes().for_each(|byte| trace.byte(byte));
        Self(trace.0)
    }
}

fn trace_value(value: &Value, trace: &mut Trace, nodes: &mut usize) {
    *nodes = nodes.saturating_sub(1);
    if *nodes == 0 {
        return;
    }
    match value {
        Value::Null => trace.byte(1),
        Value::Bool(value) => trace.byte(2 + u8::from(*value)),
        Value::Int(value) => {
            trace.byte(4 + u8::from(*value < 0));
            trace.size(value.unsigned_abs() as usize);
        }
        Value::UInt(_) => trace.byte(6),
        Value::Float(_) => trace.byte(7),
        Value::Text(text) => {
            trace.byte(8 + u8::from(text.is_ascii()));
            trace.size(text.len());
        }
        Value::Bytes(bytes) => {
            trace.byte(10);
            trace.size(bytes.len());
        }
        Value::Array(elements) => {
            trace.byte(11);
            trace.size(elements.len());
            elements.iter().for_each(|element| trace_value(element, trace, nodes));
        }
        Value::Map(map) => {
            trace.byte(12);
            trace.size(map.len());
            map.values().for_each(|value| trace_value(value, trace, nodes));
        }
        Value::Object(object) => {
            trace.byte(13);
            trace.size(object.class.len());
            trace_value(&object.value, trace, nodes);
        }
    }
}
