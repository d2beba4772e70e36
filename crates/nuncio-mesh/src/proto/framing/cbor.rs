//! CBOR, written and read without a detour over `serde`, for this is what nodes of nuncio speak to each other.
//!
//! Definite lengths only, and no tags: those that Perl's encoder knows stand for objects and for things shared.
//!
//! # Source
//! RFC 8949.

mod elements;
mod small;
mod typed;

use nuncio_codec::{DecodeLimits, Map, Text, Value};

use super::{Form, Found, Packet, malformed, plain_string, port_name, text_of, to_latin_1};
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

fn write_text(text: &str, out: &mut Vec<u8>) {
    match to_latin_1(text) {
        Some(bytes) => write_string(BYTES, &bytes, out),
        None => write_string(TEXT, text.as_bytes(), out),
    }
}

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
pub(super) fn next<'a>(
    scan: &mut Scan,
    input: &'a [u8],
    limits: &'a DecodeLimits,
    choose: impl FnOnce(&[u8]) -> Form,
) -> Result<Option<(Found<'a>, usize)>, Refusal> {
    // Most messages are whole; so they are read at once, and only the others are looked at before.
    if scan.position > 0 {
        if !scan.advance(input, limits)? {
            return Ok(None);
        }
        *scan = Scan::default();
    }
    let mut cursor = Cursor { input, position: 0, elements_left: limits.elements, limits };
    match cursor.message(choose) {
        Ok(found) => Ok(Some((found, cursor.position))),
        Err(Stop::Short) => {
            scan.advance(input, limits)?;
            Ok(None)
        }
        Err(Stop::Refused(refusal)) => Err(refusal),
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
            let mut cursor = Cursor { input, position: self.position, elements_left: 0, limits };
            let (major, argument) = match cursor.head() {
                Ok(head) => head,
                Err(Stop::Short) => return Ok(false),
                Err(Stop::Refused(refusal)) => return Err(refusal),
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
                Err(Stop::Refused(refusal)) => return Err(refusal),
            }
            *missing -= 1;
            self.position = cursor.position;
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

/// Why reading stops before the end of the message.
enum Stop {
    Refused(Refusal),
    Short,
}

impl From<Refusal> for Stop {
    #[cold]
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

struct Cursor<'a> {
    input: &'a [u8],
    position: usize,
    elements_left: usize,
    limits: &'a DecodeLimits,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn message(&mut self, choose: impl FnOnce(&[u8]) -> Form) -> Result<Found<'a>, Stop> {
        let (major, count) = self.head()?;
        if major != ARRAY {
            return Err(malformed("it is no array").into());
        }
        if count == 0 {
            return Ok(Found::Packet(Packet::default()));
        }
        let count = self.count(count)?;
        let (start, name) = (self.position, self.string()?);
        let form = match name {
            Some(elements::Str::Plain(name)) if name.is_ascii() => choose(name),
            _ => Form::Packet,
        };
        match form {
            Form::Values => self.values(count - 1).map(Found::Values),
            Form::Encoded => self.elements(count - 1).map(Found::Encoded),
            Form::Packet => {
                self.position = start;
                let (port, elements) = (self.value(1)?, self.values(count - 1)?);
                Ok(Found::Packet(Packet { port: port_name(&port)?, elements }))
            }
        }
    }

    #[inline]
    fn values(&mut self, count: usize) -> Result<Vec<Value>, Stop> {
        let mut values = Vec::with_capacity(self.room(count));
        for _ in 0..count {
            values.push(self.value(1)?);
        }
        Ok(values)
    }

    fn value(&mut self, depth: usize) -> Result<Value, Stop> {
        let (major, argument) = self.head()?;
        Ok(match major {
            UNSIGNED => Value::from(argument),
            NEGATIVE => match i64::try_from(argument) {
                Ok(argument) => Value::Int(!argument),
                Err(_) => Value::Float(-1.0 - argument as f64),
            },
            BYTES => plain_string(self.take(argument)?),
            TEXT => Value::Text(self.text(argument)?),
            ARRAY => self.array(argument, self.deeper(depth)?)?,
            MAP => self.map(argument, self.deeper(depth)?)?,
            _ => self.simple(argument)?,
        })
    }

    fn array(&mut self, count: u64, depth: usize) -> Result<Value, Stop> {
        let count = self.count(count)?;
        let mut elements = Vec::with_capacity(self.room(count));
        for _ in 0..count {
            elements.push(self.value(depth)?);
        }
        Ok(Value::Array(elements))
    }

    fn map(&mut self, count: u64, depth: usize) -> Result<Value, Stop> {
        let count = self.count(count)?;
        let mut map = Map::with_capacity(self.room(count));
        for _ in 0..count {
            let key = self.value(depth)?;
            let key = text_of(&key).ok_or_else(|| malformed("a key is no string"))?;
            map.insert(key, self.value(depth)?);
        }
        Ok(Value::Map(map))
    }

    /// A value of the last major type; `head` has put the byte that says which into the argument.
    fn simple(&mut self, which: u64) -> Result<Value, Stop> {
        Ok(match which {
            20 => Value::Bool(false),
            21 => Value::Bool(true),
            22 | 23 => Value::Null,
            25 => Value::Float(half(u16::from_be_bytes(self.array_of()?))),
            26 => Value::Float(f64::from(f32::from_be_bytes(self.array_of()?))),
            27 => Value::Float(f64::from_be_bytes(self.array_of()?)),
            _ => return Err(malformed(format_args!("the simple value {which} means nothing")).into()),
        })
    }

    fn text(&mut self, length: u64) -> Result<Text, Stop> {
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map(Text::from).map_err(|_| malformed("text is not UTF-8").into())
    }

    fn deeper(&self, depth: usize) -> Result<usize, Stop> {
        match depth < self.limits.depth {
            true => Ok(depth + 1),
            false => Err(malformed(format_args!("more than {} levels of nesting", self.limits.depth)).into()),
        }
    }

    /// How many elements come, which may not be more than are allowed.
    #[inline]
    fn count(&mut self, count: u64) -> Result<usize, Stop> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        match self.elements_left.checked_sub(count) {
            Some(left) => {
                self.elements_left = left;
                Ok(count)
            }
            None => Err(malformed(format_args!("more than {} elements", self.limits.elements)).into()),
        }
    }

    /// For how many elements to make room: no more than there are bytes.
    #[inline]
    fn room(&self, count: usize) -> usize {
        count.min(self.input.len() - self.position)
    }

    /// The major type of the next item and its argument; that of the last type is told by how long it is.
    #[inline(always)]
    fn head(&mut self) -> Result<(u8, u64), Stop> {
        // Nearly all items in messages have a head of one byte or two.
        match self.input[self.position..] {
            [first, ..] if first >> 5 < TAG && first & 31 < 24 => {
                self.position += 1;
                Ok((first >> 5, u64::from(first & 31)))
            }
            [first, second, ..] if first >> 5 < TAG && first & 31 == 24 => {
                self.position += 2;
                Ok((first >> 5, u64::from(second)))
            }
            _ => self.long_head(),
        }
    }

    #[inline(never)]
    fn long_head(&mut self) -> Result<(u8, u64), Stop> {
        let first = *self.input.get(self.position).ok_or(Stop::Short)?;
        let (major, low) = (first >> 5, first & 31);
        if major == TAG {
            return Err(malformed("tags mean objects, or things shared").into());
        }
        self.position += 1;
        if major == SIMPLE {
            let (argument, width) = (u64::from(low), [1, 2, 4, 8].get(usize::from(low).wrapping_sub(24)).copied());
            // Whole or not at all, for whoever only looks.
            match width {
                Some(width) if self.input.len() - self.position < width => {
                    self.position -= 1;
                    return Err(Stop::Short);
                }
                _ => return Ok((major, argument)),
            }
        }
        let argument = match low {
            ..24 => u64::from(low),
            24 => u64::from(u8::from_be_bytes(self.array_of()?)),
            25 => u64::from(u16::from_be_bytes(self.array_of()?)),
            26 => u64::from(u32::from_be_bytes(self.array_of()?)),
            27 => u64::from_be_bytes(self.array_of()?),
            _ => return Err(malformed("only definite lengths are understood").into()),
        };
        Ok((major, argument))
    }

    #[inline(always)]
    fn take(&mut self, length: u64) -> Result<&'a [u8], Stop> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > self.limits.text_bytes {
            return Err(self.too_long(length));
        }
        let bytes = self.input[self.position..].get(..length).ok_or(Stop::Short)?;
        self.position += length;
        Ok(bytes)
    }

    #[cold]
    fn too_long(&self, length: usize) -> Stop {
        let limit = self.limits.text_bytes;
        malformed(format_args!("a string is {length} bytes, limit is {limit} bytes")).into()
    }

    fn array_of<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let bytes = self.input[self.position..].first_chunk().copied().ok_or(Stop::Short)?;
        self.position += N;
        Ok(bytes)
    }
}

/// A number of half precision.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (fraction / 1024.0 + 1.0) * 2_f64.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::framing::{Framing, Reader};

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

    #[test]
    fn halves_are_read() {
        for (bits, number) in [(0x3e00, 1.5), (0xc000, -2.0), (0x0001, 2_f64.powi(-24)), (0x7c00, f64::INFINITY)] {
            assert_eq!(half(bits), number);
        }
        assert!(half(0x7e00).is_nan());
    }
}
