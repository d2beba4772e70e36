//! CBOR, written and read without a detour over `serde`, for this is what nodes of nuncio speak to each other.
//!
//! Definite lengths only, and no tags: those that Perl's encoder knows stand for objects and for things shared.
//!
//! # Source
//! RFC 8949.

mod cursor;
mod elements;
mod small;
mod typed;

use nuncio_codec::{DecodeLimits, Value};

use self::cursor::{Cursor, Stop};
use super::{Sink, malformed, to_latin_1};
use crate::proto::Refusal;

pub use self::elements::{Elements, Encoded};
pub(super) use self::small::write_small;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;

const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;
const SINGLE: u8 = 0xfa;
const DOUBLE: u8 = 0xfb;

pub(super) fn write(port: &str, elements: &[Value], out: &mut Vec<u8>) {
    write_head(ARRAY, elements.len() as u64 + 1, out);
    write_text(port, out);
    elements.iter().for_each(|element| write_value(element, out));
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(false) => out.push(FALSE),
        Value::Bool(true) => out.push(TRUE),
        Value::Int(number) => match u64::try_from(*number) {
            Ok(number) => write_head(UNSIGNED, number, out),
            Err(_) => write_head(NEGATIVE, !number.cast_unsigned(), out),
        },
        Value::UInt(number) => write_head(UNSIGNED, *number, out),
        Value::Float(number) => write_float(*number, out),
        Value::Text(text) => write_text(text, out),
        Value::Bytes(bytes) => write_string(BYTES, bytes, out),
        Value::Array(elements) => {
            write_head(ARRAY, elements.len() as u64, out);
            elements.iter().for_each(|element| write_value(element, out));
        }
        Value::Map(map) => {
            write_head(MAP, map.len() as u64, out);
            for (key, value) in map {
                write_text(key, out);
                write_value(value, out);
            }
        }
        Value::Object(object) => write_value(&object.value, out),
    }
}

#[inline]
fn write_text(text: &str, out: &mut Vec<u8>) {
    match text.is_ascii() {
        true => write_string(BYTES, text.as_bytes(), out),
        false => write_characters(text, out),
    }
}

#[inline(never)]
fn write_characters(text: &str, out: &mut Vec<u8>) {
    match to_latin_1(text) {
        Some(bytes) => write_string(BYTES, &bytes, out),
        None => write_string(TEXT, text.as_bytes(), out),
    }
}

#[inline]
fn write_string(major: u8, bytes: &[u8], out: &mut Vec<u8>) {
    write_head(major, bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// In the shortest form that is exact, of the two that Perl's encoder uses.
fn write_float(number: f64, out: &mut Vec<u8>) {
    let single = number as f32;
    if f64::from(single) == number || number.is_nan() {
        out.push(SINGLE);
        out.extend_from_slice(&single.to_be_bytes());
    } else {
        out.push(DOUBLE);
        out.extend_from_slice(&number.to_be_bytes());
    }
}

#[inline]
fn write_head(major: u8, argument: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    let bytes = argument.to_be_bytes();
    match argument {
        0..24 => out.push(major | argument as u8),
        24..0x100 => out.extend_from_slice(&[major | 24, argument as u8]),
        0x100..0x1_0000 => out.extend_from_slice(&[major | 25, bytes[6], bytes[7]]),
        0x1_0000..0x1_0000_0000 => out.extend_from_slice(&[major | 26, bytes[4], bytes[5], bytes[6], bytes[7]]),
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&bytes);
        }
    }
}

/// How far a message was looked at that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Scan {
    position: usize,
    /// How many items are missing in each container that has begun, the outermost first. Empty before the message begins.
    missing: Vec<u64>,
    is_whole: bool,
}

#[inline]
pub(super) fn next<S: Sink>(
    scan: &mut Scan,
    input: &[u8],
    limits: &DecodeLimits,
    sink: &mut S,
) -> Result<Option<(S::Taken, usize)>, Refusal> {
    // Most messages are whole; so they are read at once, and only the others are looked at before.
    if scan.position > 0 {
        if !scan.advance(input, limits)? {
            return Ok(None);
        }
        *scan = Scan::default();
    }
    let mut cursor = Cursor { rest: input, elements_left: limits.elements, limits };
    match cursor.message(sink) {
        Ok(taken) => Ok(Some((taken, input.len() - cursor.rest.len()))),
        Err(Stop::Short) => {
            scan.advance(input, limits)?;
            Ok(None)
        }
        Err(Stop::Refused(refusal)) => Err(*refusal),
    }
}

impl Scan {
    /// Goes on to the end of the message, and says whether it is there.
    pub(super) fn advance(&mut self, input: &[u8], limits: &DecodeLimits) -> Result<bool, Refusal> {
        if self.is_whole {
            return Ok(true);
        }
        if self.missing.is_empty() {
            self.missing.push(1);
        }
        while let Some(missing) = self.missing.last_mut() {
            if *missing == 0 {
                self.missing.pop();
                continue;
            }
            let mut cursor = Cursor { rest: &input[self.position..], elements_left: 0, limits };
            let (major, argument) = match cursor.head() {
                Ok(head) => head,
                Err(Stop::Short) => return Ok(false),
                Err(Stop::Refused(refusal)) => return Err(*refusal),
            };
            let contents = match major {
                ARRAY => Some(argument),
                MAP => Some(argument.saturating_mul(2)),
                _ => None,
            };
            let rest = match major {
                BYTES | TEXT => cursor.take(argument).map(drop),
                SIMPLE => cursor.simple(argument).map(drop),
                _ => Ok(()),
            };
            match rest {
                Ok(()) => {}
                Err(Stop::Short) => return Ok(false),
                Err(Stop::Refused(refusal)) => return Err(*refusal),
            }
            *missing -= 1;
            self.position = input.len() - cursor.rest.len();
            if let Some(contents) = contents {
                if self.missing.len() > limits.depth {
                    return Err(malformed(format_args!("more than {} levels of nesting", limits.depth)));
                }
                self.missing.push(contents);
            }
        }
        self.is_whole = true;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::framing::{Framing, Packet, Reader};

    #[test]
    fn it_is_known_when_a_message_is_whole_and_then_it_is_read() {
        let mut bytes = Vec::new();
        write("port", &["text".into(), Value::Array(vec![1.into(), 70_000.into()])], &mut bytes);
        let length = bytes.len();
        bytes.push(0x80);
        let mut reader = Reader::new(Framing::Cbor, Reader::default_limits());
        for end in 0..=length + 1 {
            for _ in 0..2 {
                assert_eq!(reader.may_be_whole(&bytes[..end]), Ok(end >= length), "{end}");
            }
        }
        let read = reader.next(&bytes).expect("well-formed").expect("whole");
        assert_eq!((read.0.elements.len(), read.1), (2, length));
        assert_eq!(reader.next(&bytes[length..]), Ok(Some((Packet::default(), 1))));
        assert!(reader.may_be_whole(&[0xc0]).is_err());
    }
}
