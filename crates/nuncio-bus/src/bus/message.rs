//! A message that was received.

use std::time::SystemTime;

use nuncio_codec::{Codec, DecodeLimits};
use nuncio_core::{BodyRef, Origin, Result, Slot, Token};
use serde::de::DeserializeOwned;

use crate::wire::message::{is_terminate, text_of};

/// A received message, whole.
#[derive(Debug)]
pub struct Message {
    /// It goes through many hands.
    slot: Box<Slot>,
}

impl Message {
    pub(super) const fn new(slot: Box<Slot>) -> Self {
        Self { slot }
    }

    pub(super) fn into_slot(self) -> Box<Slot> {
        self.slot
    }

    /// Empties it; how many bytes it has room for then.
    pub(super) fn clear(&mut self) -> usize {
        self.slot.clear();
        self.slot.storage.capacity()
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.slot.view().id()
    }

    /// Who says to have sent it; see [`origin`](Self::origin) for who did.
    pub fn from(&self) -> &str {
        self.slot.view().from()
    }

    /// Whom it was for.
    pub fn to(&self) -> &str {
        self.slot.view().to()
    }

    /// When it was sent, by the sender's clock.
    pub fn stamp(&self) -> Option<SystemTime> {
        self.slot.stamp
    }

    /// Whether everybody got it.
    pub fn is_broadcast(&self) -> bool {
        self.slot.broadcast
    }

    /// Whether it is [lent](super::Bus::with_lease), so that it comes again unless it is acknowledged.
    pub fn is_lent(&self) -> bool {
        self.slot.token.is_some()
    }

    /// The how manyth time it comes: 1 unless it was lent before.
    pub fn attempt(&self) -> u32 {
        self.slot.attempt
    }

    /// The name of its lease.
    pub(super) fn token(&self) -> Option<Token<'_>> {
        self.slot.view().token()
    }

    /// Who really sent it, as far as the medium proves it.
    pub fn origin(&self) -> &Origin {
        &self.slot.origin
    }

    /// The value of the header `name`, which only peers of nuncio send.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.slot.view().header(name)
    }

    /// The content as a `T`.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](nuncio_core::ErrorKind::Corrupt) when it is no `T`.
    pub fn content<T: DeserializeOwned>(&self) -> Result<T> {
        self.slot.view().decode(&DecodeLimits::default())
    }

    /// The content as it came: JSON text, if its sender kept to it; [`content`](Self::content) is who looks.
    pub fn content_json(&self) -> &[u8] {
        match self.slot.view().body() {
            BodyRef::Encoded(Some(Codec::Json), bytes) => bytes,
            _ => b"null",
        }
    }

    /// Whether it asks to end.
    pub fn is_terminate(&self) -> bool {
        is_terminate(self.content_json())
    }

    /// The whole message as the JSON text that it came as.
    pub(super) fn json(&self) -> &[u8] {
        text_of(&self.slot.storage)
    }
}
