//! JSON texts, one after the other, with or without white space between them.
//!
//! # Source
//! RFC 8259.

mod plain;

use std::fmt;

use nuncio_codec::{Codec, DecodeLimits, Text, Value};
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::{Form, Found, Packet, Sink, malformed, port_name, take, unreadable};
use crate::proto::Refusal;

pub(super) fn write(port: &str, elements: &[Value], out: &mut Vec<u8>) -> Result<(), nuncio_codec::Error> {
    Codec::Json.encode(&Written { port, elements }, out)
}

struct Written<'a> {
    port: &'a str,
    elements: &'a [Value],
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(Some(self.elements.len() + 1))?;
        array.serialize_element(self.port)?;
        for element in self.elements {
            array.serialize_element(element)?;
        }
        array.end()
    }
}

/// How far a text was looked at that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Scan {
    position: usize,
    depth: usize,
    is_in_string: bool,
}

#[inline]
pub(super) fn next<S: Sink>(
    scan: &mut Scan,
    input: &[u8],
    limits: &DecodeLimits,
    sink: &mut S,
) -> Result<Option<(S::Taken, usize)>, Refusal> {
    if scan.position == 0
        && let Some((port, elements, length)) = plain::read(input, limits)
    {
        let is_wanted_alone = port.is_ascii() && sink.form(port.as_bytes()) == Form::Values;
        let found = match is_wanted_alone {
            true => Found::Values(elements),
            false => Found::Packet(Packet { port: port.into(), elements }),
        };
        return Ok(Some((take(found, length, limits, sink)?, length)));
    }
    let Some(end) = scan.end(input, limits)? else { return Ok(None) };
    *scan = Scan::default();
    let packet: Arrived = Codec::Json.decode(&input[..end], limits).map_err(|error| unreadable(&error))?;
    Ok(Some((take(Found::Packet(packet.0), end, limits, sink)?, end)))
}

impl Scan {
    /// Where the text ends, if it does.
    fn end(&mut self, input: &[u8], limits: &DecodeLimits) -> Result<Option<usize>, Refusal> {
        while self.position < input.len() {
            if self.is_in_string {
                if !self.leave_string(input) {
                    return Ok(None);
                }
                continue;
            }
            let byte = input[self.position];
            self.position += 1;
            match byte {
                b'[' | b'{' => self.depth += 1,
                b']' | b'}' => {
                    self.depth = self.depth.checked_sub(1).ok_or_else(|| malformed("it is no array"))?;
                    if self.depth == 0 {
                        return Ok(Some(self.position));
                    }
                }
                b'"' if self.depth > 0 => self.is_in_string = true,
                b' ' | b'\t' | b'\n' | b'\r' => {}
                _ if self.depth == 0 => return Err(malformed("it is no array")),
                _ => {}
            }
            if self.depth > limits.depth {
                return Err(malformed(format_args!("more than {} levels of nesting", limits.depth)));
            }
        }
        Ok(None)
    }

    /// Goes behind the end of a string, if it is there.
    fn leave_string(&mut self, input: &[u8]) -> bool {
        while let Some(offset) = memchr::memchr2(b'"', b'\\', &input[self.position..]) {
            let position = self.position + offset;
            if input[position] == b'"' {
                self.position = position + 1;
                self.is_in_string = false;
                return true;
            }
            if position + 1 >= input.len() {
                self.position = position;
                return false;
            }
            self.position = position + 2;
        }
        self.position = input.len();
        false
    }
}

/// A packet, read straight from the text.
struct Arrived(Packet);

impl<'de> Deserialize<'de> for Arrived {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;

        impl<'de> Visitor<'de> for Elements {
            type Value = Packet;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of a port and elements")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Packet, A::Error> {
                let port = match array.next_element::<Value>()? {
                    None => Text::default(),
                    Some(port) => port_name(&port).map_err(serde::de::Error::custom)?,
                };
                let mut elements = Vec::with_capacity(4);
                while let Some(element) = array.next_element()? {
                    elements.push(element);
                }
                Ok(Packet { port, elements })
            }
        }

        deserializer.deserialize_seq(Elements).map(Self)
    }
}
