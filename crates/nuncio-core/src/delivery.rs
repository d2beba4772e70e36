//! What is received: a batch of slots that keep their allocations, and the view of one message in it.

use std::ops::Range;
use std::time::SystemTime;

use ascii::{AsAsciiStr, AsciiStr};
use nuncio_codec::{Codec, DecodeLimits, Value};
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};
use crate::message::{Body, Envelope};
use crate::name::EndpointName;

/// Who really sent a message, as far as the medium proves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody vouches for more than what the message says itself.
    #[default]
    Claimed,
    /// The kernel says so.
    Kernel {
        /// Process id, as seen when it connected or sent.
        pid: u32,
        /// Its user.
        uid: u32,
        /// Its group.
        gid: u32,
    },
    /// Sealed with this key.
    Key(String),
    /// The holder of a certificate with this name.
    Tls(String),
    /// Somebody who knows the shared secret.
    Secret,
}

/// A piece of a slot's storage, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The piece `range`.
    ///
    /// # Panics
    /// When the range ends beyond 4 GiB; no [`Limits`](crate::Limits) let a message grow that far.
    #[inline]
    pub fn new(range: Range<usize>) -> Self {
        let narrow = |index: usize| u32::try_from(index).expect("a message is smaller than 4 GiB");
        Self { start: narrow(range.start), end: narrow(range.end) }
    }

    #[inline]
    const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One received message as a driver fills it in: strings and bytes are [`Span`]s of `storage`, whose allocation is used
/// again for the next message.
#[derive(Debug, Default)]
pub struct Slot {
    /// The bytes that all spans point into.
    pub storage: Vec<u8>,
    /// The message id.
    pub id: Span,
    /// The sender's name, as the message claims it.
    pub from: Span,
    /// The receiver's name.
    pub to: Span,
    /// Names and values.
    pub headers: Vec<(Span, Span)>,
    /// The content.
    pub body: SlotBody,
    /// A top-level member of an encoded body that belongs to the medium and not to the user.
    pub medium_member: Option<&'static str>,
    /// When it was sent, by the sender's clock.
    pub stamp: Option<SystemTime>,
    /// Who really sent it.
    pub origin: Origin,
    /// Whether everybody got it.
    pub broadcast: bool,
    /// 1 for the first delivery, more for each one after.
    pub attempt: u32,
    /// Names the lease, where the medium lends.
    pub token: Option<Span>,
    /// Why this message cannot be read; everything else is then as far as it was understood, and `storage` whole.
    pub fault: Option<Error>,
}

/// The content of a [`Slot`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum SlotBody {
    /// Nothing was understood.
    #[default]
    None,
    /// Bytes in the storage.
    Encoded(Option<Codec>, Span),
    /// A value.
    Value(Value),
}

impl Slot {
    /// Empties the slot and keeps its allocations.
    #[inline]
    pub fn clear(&mut self) {
        self.storage.clear();
        self.headers.clear();
        (self.id, self.from, self.to) = Default::default();
        self.body = SlotBody::None;
        self.medium_member = None;
        self.stamp = None;
        self.origin = Origin::Claimed;
        self.broadcast = false;
        self.attempt = 1;
        self.token = None;
        self.fault = None;
    }

    /// Appends `text` to the storage.
    #[inline]
    pub fn push(&mut self, text: &[u8]) -> Span {
        let start = self.storage.len();
        self.storage.extend_from_slice(text);
        Span::new(start..self.storage.len())
    }

    /// The view of the message.
    #[inline]
    pub const fn view(&self) -> Delivery<'_> {
        Delivery { slot: self }
    }
}

/// Received messages, in order; emptying it keeps the allocations.
#[derive(Debug, Default)]
pub struct Batch {
    slots: Vec<Slot>,
    len: usize,
}

impl Batch {
    /// An empty batch.
    pub const fn new() -> Self {
        Self { slots: Vec::new(), len: 0 }
    }

    /// How many messages it holds.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// For a driver: the next free slot, emptied. Nothing is added until [`commit`](Self::commit).
    #[inline(always)]
    pub fn slot(&mut self) -> &mut Slot {
        if self.slots.len() == self.len {
            self.slots.push(Slot::default());
        }
        let slot = &mut self.slots[self.len];
        slot.clear();
        slot
    }

    /// For a driver: the next free slots, `count` of them and emptied. None is added until [`commit`](Self::commit), once for
    /// each, in their order.
    pub fn slots(&mut self, count: usize) -> &mut [Slot] {
        let end = self.len + count;
        if self.slots.len() < end {
            self.slots.resize_with(end, Slot::default);
        }
        let slots = &mut self.slots[self.len..end];
        slots.iter_mut().for_each(Slot::clear);
        slots
    }

    /// For a driver: adds the slot that [`slot`](Self::slot) gave. Without one before it, nothing is added.
    #[inline]
    pub fn commit(&mut self) {
        self.len = self.slots.len().min(self.len + 1);
    }

    /// The message at `index`, if there is one.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Delivery<'_>> {
        self.slots[..self.len].get(index).map(Slot::view)
    }

    /// All messages.
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Delivery<'_>> {
        self.slots[..self.len].iter().map(Slot::view)
    }

    /// Moves the message at `index` out; its place holds an empty one.
    #[inline]
    pub fn take(&mut self, index: usize) -> Option<Slot> {
        self.slots[..self.len].get_mut(index).map(std::mem::take)
    }

    /// As [`take`](Self::take), but leaves in its place what was in `slot`, whose allocations serve a later message. False if there
    /// is no message, and nothing was exchanged.
    #[inline]
    #[must_use]
    pub fn exchange(&mut self, index: usize, slot: &mut Slot) -> bool {
        let Some(place) = self.slots[..self.len].get_mut(index) else { return false };
        std::mem::swap(place, slot);
        true
    }

    /// Adds a message at the end.
    pub fn put(&mut self, slot: Slot) {
        *self.slot() = slot;
        self.commit();
    }

    /// Empties the batch and keeps the allocations.
    #[inline]
    pub const fn clear(&mut self) {
        self.len = 0;
    }
}

/// A received message: the envelope, who sent it, which attempt it is, and the token of its lease.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    slot: &'a Slot,
}

/// The content of a [`Delivery`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum BodyRef<'a> {
    /// Nothing was understood; see [`Delivery::fault`].
    None,
    /// Bytes, and their codec where it is known.
    Encoded(Option<Codec>, &'a [u8]),
    /// A value.
    Value(&'a Value),
}

impl<'a> Delivery<'a> {
    /// The message id; empty where the medium carries none.
    #[inline]
    pub fn id(self) -> &'a str {
        self.text(self.slot.id)
    }

    /// Who says to have sent it; empty where the medium carries none.
    #[inline]
    pub fn from(self) -> &'a str {
        self.text(self.slot.from)
    }

    /// As [`from`](Self::from), as it came: whether it is text is not looked at.
    #[inline]
    pub fn from_bytes(self) -> &'a [u8] {
        self.bytes(self.slot.from)
    }

    /// Whom it was sent to; empty where the medium does not say.
    #[inline]
    pub fn to(self) -> &'a str {
        self.text(self.slot.to)
    }

    /// Names and values, in the order in which they arrived.
    pub fn headers(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.slot.headers.iter().map(move |(name, value)| (self.text(*name), self.text(*value)))
    }

    /// The value of the last header called `name`: later ones win.
    pub fn header(self, name: &str) -> Option<&'a str> {
        self.headers().filter(|(key, _)| *key == name).last().map(|(_, value)| value)
    }

    /// The content.
    #[inline]
    pub fn body(self) -> BodyRef<'a> {
        match &self.slot.body {
            SlotBody::None => BodyRef::None,
            SlotBody::Encoded(codec, span) => BodyRef::Encoded(*codec, self.bytes(*span)),
            SlotBody::Value(value) => BodyRef::Value(value),
        }
    }

    /// When it was sent, by the sender's clock.
    pub const fn stamp(self) -> Option<SystemTime> {
        self.slot.stamp
    }

    /// Who really sent it.
    #[inline]
    pub const fn origin(self) -> &'a Origin {
        &self.slot.origin
    }

    /// Whether everybody got it.
    pub const fn broadcast(self) -> bool {
        self.slot.broadcast
    }

    /// 1 for the first delivery, more for each one after.
    #[inline]
    pub const fn attempt(self) -> u32 {
        self.slot.attempt
    }

    /// Names the lease; `None` where receiving was the acknowledgement.
    pub fn token(self) -> Option<Token<'a>> {
        self.slot.token.map(|span| Token(self.bytes(span)))
    }

    /// Why it cannot be read.
    pub const fn fault(self) -> Option<&'a Error> {
        self.slot.fault.as_ref()
    }

    /// The content as a `T`, without the member that belongs to the medium.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the bytes are no `T`, [`ErrorKind::LimitExceeded`] when they are above `limits`,
    /// [`ErrorKind::Unsupported`] when their codec is not known here.
    #[inline]
    pub fn decode<T: DeserializeOwned>(self, limits: &DecodeLimits) -> Result<T> {
        match (self.body(), self.slot.medium_member) {
            (BodyRef::Encoded(Some(codec), bytes), None) => Ok(codec.decode(bytes, limits)?),
            (BodyRef::Encoded(Some(codec), bytes), Some(member)) => Ok(codec.decode_without(bytes, member, limits)?),
            (BodyRef::Value(value), _) => Ok(nuncio_codec::from_value(value.clone())?),
            (BodyRef::Encoded(None, _), _) => {
                Err(Error::new(ErrorKind::Unsupported, "decode the message").because("its codec is not known"))
            }
            (BodyRef::None, _) => {
                Err(Error::new(ErrorKind::Corrupt, "decode the message").because("it could not be read"))
            }
        }
    }

    /// A copy that owns everything.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`] when a name in it is none, [`ErrorKind::Corrupt`] when there is no body.
    pub fn to_envelope(self) -> Result<Envelope> {
        let body = match self.body() {
            BodyRef::Encoded(codec, bytes) => Body::Encoded { codec, bytes: bytes.to_vec() },
            BodyRef::Value(value) => Body::Value(value.clone()),
            BodyRef::None => {
                return Err(Error::new(ErrorKind::Corrupt, "read the message").because("it has no body"));
            }
        };
        let name = |text: &str| if text.is_empty() { Ok(None) } else { EndpointName::new(text).map(Some) };
        Ok(Envelope {
            id: self.id().to_owned(),
            from: name(self.from())?,
            to: name(self.to())?,
            stamp: self.stamp(),
            broadcast: self.broadcast(),
            headers: self.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body,
        })
    }

    #[inline]
    fn bytes(self, span: Span) -> &'a [u8] {
        self.slot.storage.get(span.range()).unwrap_or_default()
    }

    /// Names and headers come from outside; what is no UTF-8 reads as empty, and the driver sets a fault where it matters.
    #[inline]
    fn text(self, span: Span) -> &'a str {
        let bytes = self.bytes(span);
        // Most are ASCII, which is told sooner.
        bytes.as_ascii_str().map(AsciiStr::as_str).or_else(|_| std::str::from_utf8(bytes)).unwrap_or_default()
    }
}

/// Names the lease of one message; see [`Acknowledge`](crate::Acknowledge).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a>(pub &'a [u8]);

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(slot: &mut Slot, text: &str) {
        let name = slot.push(b"k");
        let value = slot.push(b"v");
        slot.headers.push((name, value));
        let body = slot.push(text.as_bytes());
        slot.body = SlotBody::Encoded(Some(Codec::Json), body);
    }

    #[test]
    fn a_batch_gives_what_was_committed_and_keeps_its_allocations() {
        let mut batch = Batch::new();
        batch.commit();
        assert!(batch.is_empty());
        fill(batch.slot(), "[1]");
        fill(batch.slot(), "[2]");
        batch.commit();
        assert_eq!(batch.len(), 1);
        let delivery = batch.get(0).expect("committed");
        assert_eq!(delivery.header("k"), Some("v"));
        assert_eq!(delivery.attempt(), 1);
        assert_eq!(delivery.decode::<Vec<u8>>(&DecodeLimits::default()).expect("a list"), [2]);
        let before = delivery.slot.storage.as_ptr();
        batch.clear();
        fill(batch.slot(), "[3]");
        batch.commit();
        assert_eq!(batch.slots[0].storage.as_ptr(), before);
    }

    #[test]
    fn what_is_exchanged_serves_the_next_message() {
        let (mut batch, mut slot) = (Batch::new(), Slot::default());
        assert!(!batch.exchange(0, &mut slot));
        slot.storage.reserve(100);
        let memory = slot.storage.as_ptr();
        fill(batch.slot(), "[1]");
        batch.commit();
        assert!(batch.exchange(0, &mut slot));
        assert_eq!(slot.view().decode::<Vec<u8>>(&DecodeLimits::default()).expect("a list"), [1]);
        batch.clear();
        fill(batch.slot(), "[2]");
        assert_eq!(batch.slots[0].storage.as_ptr(), memory);
    }

    #[test]
    fn names_are_text_or_nothing() {
        let mut slot = Slot::default();
        for (bytes, text) in
            [(&b"plain"[..], "plain"), ("gr\u{fc}n".as_bytes(), "gr\u{fc}n"), (b"gr\xfcn", ""), (b"", "")]
        {
            slot.from = slot.push(bytes);
            assert_eq!((slot.view().from(), slot.view().from_bytes()), (text, bytes));
        }
    }

    #[test]
    fn the_mediums_member_is_not_the_users() {
        let mut slot = Slot::default();
        fill(&mut slot, r#"{"a":1,"m":{"x":2}}"#);
        slot.medium_member = Some("m");
        let map: std::collections::HashMap<String, u32> =
            slot.view().decode(&DecodeLimits::default()).expect("only numbers are left");
        assert_eq!(map.len(), 1);
    }

    #[test]
    fn a_span_beyond_the_storage_reads_as_empty() {
        let slot = Slot { id: Span::new(0..9), ..Slot::default() };
        assert_eq!(slot.view().id(), "");
    }
}
