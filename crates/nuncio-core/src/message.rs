//! What is sent: an envelope with a body, or the borrowed form of it that a driver is given.

use std::fmt;
use std::time::SystemTime;

use nuncio_codec::{Codec, Value};

use crate::error::Result;
use crate::name::EndpointName;

/// One message with everything that is known about it, owned.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Envelope {
    /// An opaque id, compared without regard to case; empty where the medium has none.
    pub id: String,
    /// Who says to have sent it; see [`Origin`](crate::Origin) for who did.
    pub from: Option<EndpointName>,
    /// Whom it is for.
    pub to: Option<EndpointName>,
    /// When it was sent, by the sender's clock.
    pub stamp: Option<SystemTime>,
    /// Whether everybody got it.
    pub broadcast: bool,
    /// Names and values, in their order. `traceparent`, `content-type`, `deadline`, `expires` and `idempotency-key` have
    /// a meaning of nuncio's own; a name with a dot belongs to the medium before the dot (`transit.d`).
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Body,
}

impl Envelope {
    /// An envelope that holds `body` and nothing else.
    pub fn new(body: Body) -> Self {
        Self { id: String::new(), from: None, to: None, stamp: None, broadcast: false, headers: Vec::new(), body }
    }

    /// The value of the first header called `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The content of an envelope.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Body {
    /// Bytes, and their codec where the wire says it or the bytes show it.
    Encoded {
        /// How to read them.
        codec: Option<Codec>,
        /// The payload.
        bytes: Vec<u8>,
    },
    /// A value, where the medium itself holds values.
    Value(Value),
}

impl fmt::Debug for Body {
    /// The size of the payload, not its bytes: they may be secret and are often long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoded { codec, bytes } => write!(f, "Encoded({codec:?}, {} bytes)", bytes.len()),
            Self::Value(value) => f.debug_tuple("Value").field(value).finish(),
        }
    }
}

/// One message to send, borrowed; a driver never keeps it beyond the call.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The message id, or empty.
    pub id: &'a str,
    /// The sender's name, or empty.
    pub from: &'a str,
    /// When it was sent.
    pub stamp: Option<SystemTime>,
    /// Names and values.
    pub headers: &'a [(&'a str, &'a str)],
    /// Whether everybody gets it.
    pub broadcast: bool,
    /// The content.
    pub payload: Payload<'a>,
}

impl<'a> Item<'a> {
    /// An item that holds `payload` and nothing else.
    pub const fn new(payload: Payload<'a>) -> Self {
        Self { id: "", from: "", stamp: None, headers: &[], broadcast: false, payload }
    }
}

/// The content of an [`Item`].
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Payload<'a> {
    /// Bytes that the medium carries unchanged. A medium that holds only values refuses bytes of another codec than its
    /// own with [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported); none transcodes.
    Encoded {
        /// How to read them; `None` leaves the medium's default label.
        codec: Option<Codec>,
        /// The payload.
        bytes: &'a [u8],
    },
    /// A value of any type, encoded once by the driver, which knows the codec and where the bytes belong.
    Encode(&'a (dyn Encode + Sync)),
    /// A dynamic value.
    Value(&'a Value),
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoded { codec, bytes } => write!(f, "Encoded({codec:?}, {} bytes)", bytes.len()),
            Self::Encode(_) => f.write_str("Encode(..)"),
            Self::Value(value) => f.debug_tuple("Value").field(value).finish(),
        }
    }
}

/// Something that can be encoded without its type being known: any `serde` type, through a reference.
pub trait Encode {
    /// Appends the encoding to `out`, with `members` added at top level (see [`Codec::encode_with`]).
    ///
    /// # Errors
    /// As [`Codec::encode`] and, with members, [`Codec::encode_with`]; `out` then has its former length.
    fn encode(&self, codec: Codec, members: &[(&str, &dyn erased_serde::Serialize)], out: &mut Vec<u8>) -> Result<()>;

    /// Appends the encoding as JSON in ASCII (see [`nuncio_codec::json::encode_ascii`]) to `out`.
    ///
    /// # Errors
    /// As [`Codec::encode`]; `out` then has its former length.
    fn encode_ascii(&self, out: &mut Vec<u8>) -> Result<()>;
}

impl<T: serde::Serialize + ?Sized> Encode for T {
    fn encode(&self, codec: Codec, members: &[(&str, &dyn erased_serde::Serialize)], out: &mut Vec<u8>) -> Result<()> {
        match members {
            [] => codec.encode(self, out)?,
            members => codec.encode_with(self, members, out).map(drop)?,
        }
        Ok(())
    }

    fn encode_ascii(&self, out: &mut Vec<u8>) -> Result<()> {
        Ok(nuncio_codec::json::encode_ascii(self, out)?)
    }
}

/// A batch on its way out: what is left of it, and how much was accepted.
#[derive(Debug)]
pub struct Outgoing<'a> {
    items: &'a [Item<'a>],
    accepted: usize,
}

impl<'a> Outgoing<'a> {
    /// A batch of which nothing was accepted yet.
    pub const fn new(items: &'a [Item<'a>]) -> Self {
        Self { items, accepted: 0 }
    }

    /// The items that were not accepted yet, in order.
    pub fn rest(&self) -> &'a [Item<'a>] {
        &self.items[self.accepted..]
    }

    /// Notes that the first `count` of the rest were accepted; a larger count means all of it.
    pub fn advance(&mut self, count: usize) {
        self.accepted = self.items.len().min(self.accepted + count);
    }

    /// How many items were accepted.
    pub const fn accepted(&self) -> usize {
        self.accepted
    }

    /// Gives `act` only the first `count` of the rest, and takes over what it accepted.
    pub fn first<R>(&mut self, count: usize, act: impl FnOnce(&mut Self) -> R) -> R {
        let rest = self.rest();
        let mut part = Self::new(&rest[..count.min(rest.len())]);
        let result = act(&mut part);
        self.advance(part.accepted);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_batch_counts_for_the_whole() {
        let items = [Item::new(Payload::Encoded { codec: None, bytes: b"x" }); 5];
        let mut batch = Outgoing::new(&items);
        batch.advance(1);
        let seen = batch.first(2, |part| {
            part.advance(9);
            part.rest().len()
        });
        assert_eq!((seen, batch.accepted(), batch.rest().len()), (0, 3, 2));
    }

    #[test]
    fn debug_shows_sizes_not_payloads() {
        let body = Body::Encoded { codec: Some(Codec::Json), bytes: b"secret".to_vec() };
        assert_eq!(format!("{body:?}"), "Encoded(Some(Json), 6 bytes)");
    }

    #[test]
    fn any_serde_type_encodes_with_members() {
        let mut out = Vec::new();
        let value: &(dyn Encode + Sync) = &std::collections::BTreeMap::from([("a", 1)]);
        value.encode(Codec::Json, &[("m", &2)], &mut out).expect("a map takes members");
        assert_eq!(out, br#"{"a":1,"m":2}"#);
    }
}
