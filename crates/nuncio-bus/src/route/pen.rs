//! How messages are written for a medium and read from it: the envelope, then the serializer.

use std::cell::Cell;
use std::sync::Arc;
use std::time::SystemTime;

use nuncio_core::{Item, Result, Slot};

use crate::wire::id::Tick;
use crate::wire::message::{Position, Recipient, Writer, understand};
use crate::wire::serializer::Packer;

/// What a message may have beside its payload, in bytes: two names of 512 bytes, each of up to six characters when
/// escaped, headers, and the rest.
const ENVELOPE_BYTES_MAX: usize = 64 << 10;
/// A buffer that has grown beyond this, in bytes, is not kept.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// How long a message may be whose payload may have `payload_bytes_max` bytes.
pub(crate) const fn message_bytes_max(payload_bytes_max: usize) -> usize {
    payload_bytes_max.saturating_add(ENVELOPE_BYTES_MAX)
}

/// Calls `act` with an empty buffer of this thread's that keeps its allocation.
#[inline(always)]
pub(crate) fn with_buffer<T>(act: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    thread_local! {
        static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    // Taken out, so that whoever is called from here gets one of his own.
    let mut buffer = BUFFER.take();
    buffer.clear();
    let result = act(&mut buffer);
    if buffer.capacity() <= KEPT_BYTES_MAX {
        BUFFER.set(buffer);
    }
    result
}

/// Writes the messages of one peer.
#[derive(Debug)]
pub(crate) struct Pen {
    packer: Arc<Packer>,
    writer: Writer,
}

impl Pen {
    pub(crate) const fn new(packer: Arc<Packer>, writer: Writer) -> Self {
        Self { packer, writer }
    }

    /// Somebody called `id`, to whom it writes.
    pub(crate) fn recipient(&self, id: &str) -> Recipient {
        self.writer.recipient(id)
    }

    /// Appends `item` for `to`, sent at `now` unless it says when, as it goes onto the medium. Gives the id that it has unless it
    /// brings its own.
    #[inline(always)]
    pub(crate) fn write(&self, item: &Item<'_>, to: &Recipient, now: SystemTime, out: &mut Vec<u8>) -> Result<Tick> {
        match self.packer.is_plain() {
            true => self.writer.write(item, to, now, out),
            false => self.write_packed(item, to, now, out),
        }
    }

    #[inline(never)]
    fn write_packed(&self, item: &Item<'_>, to: &Recipient, now: SystemTime, out: &mut Vec<u8>) -> Result<Tick> {
        with_buffer(|json| {
            let tick = self.writer.write(item, to, now, json)?;
            self.packer.pack(json, out)?;
            Ok(tick)
        })
    }
}

/// Reads the messages for one peer.
#[derive(Debug)]
pub(crate) struct Reader {
    packer: Arc<Packer>,
    message_bytes_max: usize,
}

impl Reader {
    pub(crate) const fn new(packer: Arc<Packer>, payload_bytes_max: usize) -> Self {
        Self { packer, message_bytes_max: message_bytes_max(payload_bytes_max) }
    }

    /// How long a message may be, written or not, in bytes.
    pub(crate) const fn message_bytes_max(&self) -> usize {
        self.message_bytes_max
    }

    /// Reads `bytes`, as they came from the medium, into `slot`, which is empty. What cannot be read becomes a fault.
    #[inline(always)]
    pub(crate) fn read(&self, bytes: &[u8], slot: &mut Slot) -> Position {
        if self.packer.is_plain() && bytes.len() <= self.message_bytes_max {
            slot.storage.extend_from_slice(bytes);
            return finish(slot, Ok(()));
        }
        self.unpack(bytes, slot)
    }

    #[inline(never)]
    fn unpack(&self, bytes: &[u8], slot: &mut Slot) -> Position {
        let unpacked = self.packer.unpack(bytes, self.message_bytes_max, &mut slot.storage);
        finish(slot, unpacked)
    }

    /// As [`read`](Self::read), with the bytes in the slot's storage already.
    #[inline(always)]
    pub(crate) fn read_stored(&self, slot: &mut Slot) -> Position {
        match self.packer.is_plain() {
            true => finish(slot, Ok(())),
            false => self.unpack_stored(slot),
        }
    }

    #[inline(never)]
    fn unpack_stored(&self, slot: &mut Slot) -> Position {
        let unpacked = with_buffer(|bytes| {
            std::mem::swap(bytes, &mut slot.storage);
            slot.storage.clear();
            self.packer.unpack(bytes, self.message_bytes_max, &mut slot.storage)
        });
        finish(slot, unpacked)
    }
}

#[inline(always)]
fn finish(slot: &mut Slot, unpacked: Result<()>) -> Position {
    unpacked.and_then(|()| understand(slot)).unwrap_or_else(|error| {
        slot.fault = Some(error);
        Position::default()
    })
}
