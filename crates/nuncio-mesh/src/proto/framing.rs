//! Messages as they follow each other on a connection: one array each, the name of a port and then the elements.
//!
//! To Perl a string is a string, with or without the flag for characters, and a number is a string that looks like one.
//! So text of the characters 0 to 255 is written as bytes, as Perl does, and what is read is text where it is ASCII and
//! [`Bytes`](Value::Bytes) where it is not and has no such flag. JSON knows text only. See [`text_of`].
//!
//! # Source
//! `docs/wire/mesh.md`, "Framings".

mod cbor;
mod json;
mod storable;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use nuncio_codec::{DecodeLimits, Text, Value};
use serde::Serialize;

use super::Refusal;

pub use self::cbor::{Elements, Encoded};

/// How messages are written on a connection. Each direction has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// CBOR, one item after the other.
    Cbor,
    /// JSON, one text after the other.
    Json,
    /// Perl's Storable in network order, each image behind its length.
    Storable,
}

/// One message: the name of a port of the receiving node, and what it is sent.
///
/// The empty port is the node itself; without elements a message only shows that the sender is alive.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "that is what a message is on the wire")]
pub struct Packet {
    /// The name of the port, without its node.
    pub port: Text,
    /// What it is sent.
    pub elements: Vec<Value>,
}

impl Packet {
    /// A message to `port`.
    #[must_use]
    pub fn new(port: &str, elements: impl Into<Vec<Value>>) -> Self {
        Self { port: port.into(), elements: elements.into() }
    }

    /// Roughly how many bytes it takes in memory.
    pub(super) fn weight(&self) -> usize {
        self.port.len() + self.elements.iter().map(weight).sum::<usize>()
    }
}

impl Framing {
    /// All of them, in the order in which nuncio prefers them.
    pub const ALL: [Self; 3] = [Self::Cbor, Self::Json, Self::Storable];

    /// The name in a greeting.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cbor => "cbor",
            Self::Json => "json",
            Self::Storable => "storable",
        }
    }

    /// Appends a message of `elements` to `port`.
    ///
    /// # Errors
    /// When the framing cannot hold a value: JSON has neither NaN nor infinity. `out` then keeps its former content.
    pub fn write(self, port: &str, elements: &[Value], out: &mut Vec<u8>) -> Result<(), nuncio_codec::Error> {
        match self {
            Self::Cbor => cbor::write(port, elements, out),
            Self::Json => return json::write(port, elements, out),
            Self::Storable => return storable::write(port, elements, out),
        }
        Ok(())
    }

    /// Appends a message that a type of the program's own makes, without making values of it, where that can be done:
    /// in [`Framing::Cbor`], of a sequence that is [small](super::lanes::LARGE_BYTES). What is written is what
    /// [`write`](Self::write) does with the elements. False, and nothing was done, where it cannot.
    #[inline]
    pub fn write_small<T: Serialize + ?Sized>(self, port: &str, message: &T, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Cbor => cbor::write_small(port, message, out),
            Self::Json | Self::Storable => false,
        }
    }

    /// Appends a message without anything, which keeps a connection alive.
    pub fn write_keep_alive(self, out: &mut Vec<u8>) {
        out.extend_from_slice(match self {
            Self::Cbor => &[0x80],
            Self::Json => b"[]",
            Self::Storable => &[7, 5, 11, 2, 0, 0, 0, 0],
        });
    }
}

impl fmt::Display for Framing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Framing {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|framing| framing.name() == name).ok_or(())
    }
}

/// Takes messages from what is read on a connection, however that is cut into pieces.
#[derive(Debug)]
pub struct Reader {
    limits: DecodeLimits,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Cbor(cbor::Scan),
    Json(json::Scan),
    Storable,
}

/// A whole message, and how many bytes it took with what was before it.
type Read = Option<(Packet, usize)>;

impl Reader {
    /// The deepest nesting that is read by default, in levels: enough for any message, and for any thread's stack.
    pub const DEPTH: usize = 128;
    /// The largest message that is read by default, in bytes: one of 100 MB, with room for what is around it.
    pub const BYTES: usize = 128 << 20;

    /// What is read by default.
    #[must_use]
    pub fn default_limits() -> DecodeLimits {
        DecodeLimits::default().with_depth(Self::DEPTH).with_total_bytes(Self::BYTES).with_text_bytes(Self::BYTES)
    }

    /// A reader of `framing` within these limits; deeper than [`DEPTH`](Self::DEPTH) it never goes.
    #[must_use]
    pub fn new(framing: Framing, limits: DecodeLimits) -> Self {
        let depth = limits.depth.min(Self::DEPTH);
        let kind = match framing {
            Framing::Cbor => Kind::Cbor(cbor::Scan::default()),
            Framing::Json => Kind::Json(json::Scan::default()),
            Framing::Storable => Kind::Storable,
        };
        Self { limits: limits.with_depth(depth), kind }
    }

    /// The first message in `input`, if all of it is there, and where the next one begins.
    ///
    /// Until a message is whole `input` has to begin with the same bytes again, and more behind them; what was looked at
    /// once is not looked at again.
    ///
    /// # Errors
    /// [`Refusal::MalformedMessage`]: it is none, or is beyond the limits. What comes after it cannot be found.
    pub fn next(&mut self, input: &[u8]) -> Result<Option<(Packet, usize)>, Refusal> {
        self.next_into(input, &mut Packets)
    }

    /// Whether it may be that all of the first message is there. Where that takes no longer than looking at the heads of its
    /// items, it is known.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn may_be_whole(&mut self, input: &[u8]) -> Result<bool, Refusal> {
        match &mut self.kind {
            Kind::Cbor(scan) => match scan.advance(input, &self.limits)? {
                false if input.len() > self.limits.total_bytes => Err(too_large(&self.limits)),
                is_whole => Ok(is_whole),
            },
            Kind::Json(_) | Kind::Storable => Ok(true),
        }
    }

    /// Gives the first message, as [`next`](Self::next) finds it, to `sink`: what that makes of it, and where the next one
    /// begins.
    ///
    /// # Errors
    /// As [`next`](Self::next), and those of `sink`. What is found as it came may still have something wrong inside of its
    /// elements.
    #[inline]
    pub fn next_into<S: Sink>(&mut self, input: &[u8], sink: &mut S) -> Result<Option<(S::Taken, usize)>, Refusal> {
        let limits = &self.limits;
        let taken = match &mut self.kind {
            Kind::Cbor(scan) => cbor::next(scan, input, limits, sink)?,
            Kind::Json(scan) => json::next(scan, input, limits, sink)?,
            Kind::Storable => match storable::next(input, limits)? {
                Some((packet, length)) => Some((take(Found::Packet(packet), length, limits, sink)?, length)),
                None => None,
            },
        };
        match taken {
            None if input.len() > limits.total_bytes => Err(too_large(limits)),
            taken => Ok(taken),
        }
    }
}

/// Gives a message that took so many bytes to `sink`, if it is no larger than is allowed.
#[inline]
fn take<S: Sink>(found: Found<'_>, length: usize, limits: &DecodeLimits, sink: &mut S) -> Result<S::Taken, Refusal> {
    if length > limits.total_bytes { Err(too_large(limits)) } else { sink.take(found) }
}

/// Takes the messages that a [`Reader`] finds, each where it is found.
pub trait Sink {
    /// What becomes of a message.
    type Taken;

    /// In which form a message to this port is wanted. Where it is not to be had in that form, it comes as a packet.
    fn form(&mut self, port: &[u8]) -> Form;

    /// Takes a message.
    ///
    /// # Errors
    /// What is wrong with it. No message behind it is read then.
    fn take(&mut self, found: Found<'_>) -> Result<Self::Taken, Refusal>;
}

/// Takes messages as packets.
struct Packets;

impl Sink for Packets {
    type Taken = Packet;

    fn form(&mut self, _: &[u8]) -> Form {
        Form::Packet
    }

    fn take(&mut self, found: Found<'_>) -> Result<Packet, Refusal> {
        match found {
            Found::Packet(packet) => Ok(packet),
            Found::Encoded(_) | Found::Values(_) => Err(malformed("it came in a form that nobody wants")),
        }
    }
}

/// In which form a message is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a reader has to know all of them")]
pub enum Form {
    /// Its elements as they came.
    Encoded,
    /// All of it, with its port.
    Packet,
    /// Its elements as values.
    Values,
}

/// A message that was found, in one of its forms.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever reads has to take each of them")]
pub enum Found<'a> {
    /// As it came; what is inside of its elements was not looked at.
    Encoded(Elements<'a>),
    /// With its port.
    Packet(Packet),
    /// Its elements.
    Values(Vec<Value>),
}

/// The text of a string or a number, as Perl would see it: bytes are the characters 0 to 255.
#[must_use]
pub fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::Text(text) => Cow::Borrowed(text),
        Value::Bytes(bytes) => Cow::Owned(latin_1(bytes)),
        Value::Int(number) => Cow::Owned(number.to_string()),
        Value::UInt(number) => Cow::Owned(number.to_string()),
        Value::Float(number) => Cow::Owned(number.to_string()),
        _ => return None,
    })
}

fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Text as bytes, where all of its characters are below 256, as Perl keeps it.
fn to_latin_1(text: &str) -> Option<Cow<'_, [u8]>> {
    if text.is_ascii() {
        return Some(Cow::Borrowed(text.as_bytes()));
    }
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect::<Option<Vec<u8>>>().map(Cow::Owned)
}

/// A string without the flag for characters.
#[inline]
fn plain_string(bytes: &[u8]) -> Value {
    match ascii(bytes) {
        Some(text) => Value::Text(text.into()),
        None => Value::Bytes(bytes.to_vec()),
    }
}

/// Bytes as text, if they are ASCII.
#[inline]
fn ascii(bytes: &[u8]) -> Option<&str> {
    if bytes.is_ascii() { simdutf8::basic::from_utf8(bytes).ok() } else { None }
}

/// Roughly how many bytes a value takes in memory.
pub(super) fn weight(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Array(elements) => elements.iter().map(weight).sum(),
            Value::Map(map) => map.iter().map(|(key, value)| key.len() + weight(value)).sum(),
            Value::Object(object) => weight(&object.value),
            _ => 0,
        }
}

/// The name of a port, from the first element of a message.
fn port_name(value: &Value) -> Result<Text, Refusal> {
    text_of(value).map(|name| Text::from(&*name)).ok_or_else(|| malformed("its port is no string"))
}

fn malformed(what: impl fmt::Display) -> Refusal {
    Refusal::MalformedMessage(what.to_string())
}

fn unreadable(error: &nuncio_codec::Error) -> Refusal {
    use std::error::Error as _;
    match error.source() {
        Some(source) => malformed(format_args!("{error}: {source}")),
        None => malformed(error),
    }
}

fn too_large(limits: &DecodeLimits) -> Refusal {
    malformed(format_args!("it is larger than {} bytes", limits.total_bytes))
}
