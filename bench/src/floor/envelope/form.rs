//! How an envelope is written and read.

use std::time::SystemTime;

use nuncio_bus::wire::id::Tick;
use nuncio_bus::wire::message::{Recipient, Writer, understand};
use nuncio_codec::DecodeLimits;
use nuncio_core::{Item, Limits, Payload, Slot};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::stage::expect_bytes;

/// How messages are written and read.
pub(crate) trait Form {
    fn new(from: &str, to: &str) -> Self;
    fn write<T: Serialize + Sync>(&self, content: &T, out: &mut Vec<u8>) -> Result;
    fn read<T: DeserializeOwned>(&mut self, message: &[u8]) -> Result<T>;
}

/// By `serde_json`.
#[derive(Debug)]
pub(crate) struct Serde {
    from: String,
    to: String,
}

#[derive(Deserialize, Serialize)]
struct Envelope<'a, T> {
    id: &'a str,
    from: &'a str,
    to: &'a str,
    stamp: f64,
    stamp_ord: u64,
    content: T,
}

impl Form for Serde {
    fn new(from: &str, to: &str) -> Self {
        Self { from: from.to_owned(), to: to.to_owned() }
    }

    fn write<T: Serialize + Sync>(&self, content: &T, out: &mut Vec<u8>) -> Result {
        let tick = Tick::next(SystemTime::now());
        let (id, stamp) = (tick.id(), tick.ticks() as f64 / 100_000.0);
        let (id, from, to) = (std::str::from_utf8(&id)?, &*self.from, &*self.to);
        Ok(serde_json::to_writer(out, &Envelope { id, from, to, stamp, stamp_ord: tick.order(), content })?)
    }

    fn read<T: DeserializeOwned>(&mut self, message: &[u8]) -> Result<T> {
        let envelope: Envelope<'_, T> = serde_json::from_slice(message)?;
        expect_bytes(envelope.from.len(), self.to.len())?;
        Ok(envelope.content)
    }
}

/// By what nuncio's peers write and read messages with.
#[derive(Debug)]
pub(crate) struct Wire {
    writer: Writer,
    recipient: Recipient,
    slot: Slot,
}

impl Form for Wire {
    fn new(from: &str, to: &str) -> Self {
        let limits = Limits::default();
        let writer = Writer::new(from, limits.payload_bytes_max, limits.header_bytes_max);
        Self { recipient: writer.recipient(to), writer, slot: Slot::default() }
    }

    fn write<T: Serialize + Sync>(&self, content: &T, out: &mut Vec<u8>) -> Result {
        self.writer.write(&Item::new(Payload::Encode(content)), &self.recipient, SystemTime::now(), out)?;
        Ok(())
    }

    fn read<T: DeserializeOwned>(&mut self, message: &[u8]) -> Result<T> {
        self.slot.storage.clear();
        self.slot.storage.extend_from_slice(message);
        understand(&mut self.slot)?;
        Ok(self.slot.view().decode(&DecodeLimits::default())?)
    }
}
