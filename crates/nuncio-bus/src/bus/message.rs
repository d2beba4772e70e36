//! A message that was received.

use std::time::SystemTime;

use nuncio_codec::{Codec, DecodeLimits};
use nuncio_core::{BodyRef, Origin, Result, Slot};
use serde::de::DeserializeOwned;

use crate::wire::json::first_value;
use crate::wire::message::is_terminate;

/// A received message, whole.
#[derive(Debug)]
pub struct Message {
    slot: Slot,
}

impl Message {
    pub(super) const fn new(slot: Slot) -> Self {
        Self { slot }
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
    pub const fn stamp(&self) -> Option<SystemTime> {
        self.slot.stamp
    }

    /// Whether everybody got it.
    pub const fn is_broadcast(&self) -> bool {
        self.slot.broadcast
    }

    /// Who really sent it, as far as the medium proves it.
    pub const fn origin(&self) -> &Origin {
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

    /// The content as the JSON text that it came as.
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
        // What was written with escapes stands behind it once more, without them.
        first_value(&self.slot.storage)
    }
}
