//! From bytes to values, item by item.

use nuncio_codec::{DecodeLimits, Map, Text, Value};

use super::elements::Str;
use super::{ARRAY, BYTES, MAP, NEGATIVE, SIMPLE, TAG, TEXT, UNSIGNED};
use crate::proto::Refusal;
use crate::proto::framing::{Form, Found, Packet, Sink, malformed, plain_string, port_name, text_of, too_large};

/// Why reading stops before the end of the message. It is small, for each step of reading may end with it.
pub(super) enum Stop {
    Refused(Box<Refusal>),
    Short,
}

impl From<Refusal> for Stop {
    #[cold]
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// What was not read yet, and how much of it may be.
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a [u8],
    pub(super) elements_left: usize,
    pub(super) limits: &'a DecodeLimits,
}

impl<'a> Cursor<'a> {
    /// Reads a message and gives it to `sink`, once all of it is there.
    #[inline]
    pub(super) fn message<S: Sink>(&mut self, sink: &mut S) -> Result<S::Taken, Stop> {
        let whole = self.rest;
        let (major, count) = self.head()?;
        if major != ARRAY {
            return Err(malformed("it is no array").into());
        }
        if count == 0 {
            self.ends_in_time(whole)?;
            return Ok(sink.take(Found::Packet(Packet::default()))?);
        }
        let count = self.count(count)?;
        let (start, name) = (self.rest, self.string()?);
        let form = match name {
            Some(Str::Plain(name)) if name.is_ascii() => sink.form(name),
            _ => Form::Packet,
        };
        // Each form is taken where it is made, so that none is moved about.
        Ok(match form {
            Form::Values => {
                let values = self.values(count - 1)?;
                self.ends_in_time(whole)?;
                sink.take(Found::Values(values))?
            }
            Form::Encoded => {
                let elements = self.elements(count - 1)?;
                self.ends_in_time(whole)?;
                sink.take(Found::Encoded(elements))?
            }
            Form::Packet => {
                self.rest = start;
                let (port, elements) = (self.value(1)?, self.values(count - 1)?);
                self.ends_in_time(whole)?;
                sink.take(Found::Packet(Packet { port: port_name(&port)?, elements }))?
            }
        })
    }

    /// Whether the message that began there is no larger than is allowed.
    #[inline]
    fn ends_in_time(&self, whole: &[u8]) -> Result<(), Stop> {
        match whole.len() - self.rest.len() <= self.limits.total_bytes {
            true => Ok(()),
            false => Err(too_large(self.limits).into()),
        }
    }

    #[inline]
    pub(super) fn values(&mut self, count: usize) -> Result<Vec<Value>, Stop> {
        let mut values = Vec::with_capacity(self.room(count));
        for _ in 0..count {
            values.push(self.value(1)?);
        }
        Ok(values)
    }

    #[inline]
    pub(super) fn value(&mut self, depth: usize) -> Result<Value, Stop> {
        match self.short_string() {
            Some(bytes) => Ok(plain_string(bytes)),
            None => self.any_value(depth),
        }
    }

    fn any_value(&mut self, depth: usize) -> Result<Value, Stop> {
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
    pub(super) fn simple(&mut self, which: u64) -> Result<Value, Stop> {
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

    pub(super) fn deeper(&self, depth: usize) -> Result<usize, Stop> {
        match depth < self.limits.depth {
            true => Ok(depth + 1),
            false => Err(malformed(format_args!("more than {} levels of nesting", self.limits.depth)).into()),
        }
    }

    /// How many elements come, which may not be more than are allowed.
    #[inline]
    pub(super) fn count(&mut self, count: u64) -> Result<usize, Stop> {
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
    pub(super) fn room(&self, count: usize) -> usize {
        count.min(self.rest.len())
    }

    /// The major type of the next item and its argument; that of the last type is told by how long it is.
    #[inline(always)]
    pub(super) fn head(&mut self) -> Result<(u8, u64), Stop> {
        // Nearly all items in messages have a head of one byte or two.
        match *self.rest {
            [first, ref rest @ ..] if first >> 5 < TAG && first & 31 < 24 => {
                self.rest = rest;
                Ok((first >> 5, u64::from(first & 31)))
            }
            [first, second, ref rest @ ..] if first >> 5 < TAG && first & 31 == 24 => {
                self.rest = rest;
                Ok((first >> 5, u64::from(second)))
            }
            _ => self.long_head(),
        }
    }

    #[inline(never)]
    fn long_head(&mut self) -> Result<(u8, u64), Stop> {
        let (first, rest) = self.rest.split_first().ok_or(Stop::Short)?;
        let (major, low) = (first >> 5, first & 31);
        if major == TAG {
            return Err(malformed("tags mean objects, or things shared").into());
        }
        if major == SIMPLE {
            let width = [1, 2, 4, 8].get(usize::from(low).wrapping_sub(24));
            // Whole or not at all, for whoever only looks.
            if width.is_some_and(|width| rest.len() < *width) {
                return Err(Stop::Short);
            }
            self.rest = rest;
            return Ok((major, u64::from(low)));
        }
        self.rest = rest;
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

    /// The string that comes next, if it has no flag for characters and a short head, and is all there: nearly all are so.
    /// Of any other nothing is read.
    #[inline(always)]
    pub(super) fn short_string(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = match *self.rest {
            [head @ 0x40..0x58, ref rest @ ..] => (usize::from(head & 31), rest),
            [0x58, length, ref rest @ ..] => (usize::from(length), rest),
            _ => return None,
        };
        if length > self.limits.text_bytes {
            return None;
        }
        let (bytes, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    #[inline(always)]
    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8], Stop> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > self.limits.text_bytes {
            return Err(self.too_long(length));
        }
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Stop::Short)?;
        self.rest = rest;
        Ok(bytes)
    }

    #[cold]
    fn too_long(&self, length: usize) -> Stop {
        let limit = self.limits.text_bytes;
        malformed(format_args!("a string is {length} bytes, limit is {limit} bytes")).into()
    }

    fn array_of<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Stop::Short)?;
        self.rest = rest;
        Ok(*bytes)
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

    #[test]
    fn halves_are_read() {
        for (bits, number) in [(0x3e00, 1.5), (0xc000, -2.0), (0x0001, 2_f64.powi(-24)), (0x7c00, f64::INFINITY)] {
            assert_eq!(half(bits), number);
        }
        assert!(half(0x7e00).is_nan());
    }
}
