//! What waits to be written on a connection.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use nuncio_codec::Value;
use tokio::sync::Notify;

use super::bulk::BulkOutbox;
use crate::proto::framing::Framing;
use crate::proto::lanes;

/// The sending half of a connection, shared by all who send.
///
/// Messages are encoded straight into the outbox. The writer is woken when it was empty, and takes all that is there.
#[derive(Debug)]
pub(super) struct Link {
    framing: Framing,
    high_water: usize,
    limit: usize,
    outbox: Mutex<Outbox>,
    /// Where large messages go, if there is a connection for them.
    bulk: OnceLock<Arc<BulkOutbox>>,
    /// How often something was written, and something was read.
    written: AtomicU64,
    heard: AtomicU64,
    filled: Notify,
    drained: Notify,
}

#[derive(Debug, Default)]
struct Outbox {
    buffer: Vec<u8>,
    is_closed: bool,
    /// What the writer has taken and not written yet, in bytes.
    in_writing: usize,
}

/// How putting a message into the outbox went.
#[derive(Debug)]
pub(super) enum Put {
    Done,
    /// The connection is over; whoever sends has to ask the kernel what becomes of the message.
    Closed,
    /// The other side does not keep up, and there is no room for more.
    Full,
    /// It was not to be sent any more.
    Over,
    /// The framing cannot hold the message.
    Unrepresentable(nuncio_codec::Error),
}

impl Link {
    pub(super) fn new(framing: Framing, high_water: usize, limit: usize) -> Self {
        Self {
            framing,
            high_water,
            limit,
            outbox: Mutex::default(),
            bulk: OnceLock::new(),
            written: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            filled: Notify::new(),
            drained: Notify::new(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Outbox> {
        // Every change of an outbox is whole before something can panic.
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, port: &str, elements: &[Value]) -> Put {
        if let Some(bulk) = self.bulk.get()
            && lanes::is_large(elements)
        {
            return self.put_large(bulk, port, elements);
        }
        let mut outbox = self.lock();
        if outbox.is_closed {
            return Put::Closed;
        }
        let before = outbox.buffer.len();
        if let Err(error) = self.framing.write(port, elements, &mut outbox.buffer) {
            return Put::Unrepresentable(error);
        }
        // One message alone may be larger than the limit; it is what the receiver's limit says.
        if before > 0 && outbox.buffer.len() + outbox.in_writing > self.limit {
            outbox.buffer.truncate(before);
            return Put::Full;
        }
        let was_empty = before == 0;
        drop(outbox);
        if was_empty {
            self.filled.notify_one();
        }
        Put::Done
    }

    /// Puts a large message where it delays no other, and its announcement where it would have been.
    fn put_large(&self, bulk: &BulkOutbox, port: &str, elements: &[Value]) -> Put {
        let mut message = Vec::new();
        if let Err(error) = bulk.framing.write(port, elements, &mut message) {
            return Put::Unrepresentable(error);
        }
        let mut outbox = self.lock();
        if outbox.is_closed {
            return Put::Closed;
        }
        let before = bulk.bytes();
        if before > 0 && before + message.len() > self.limit {
            return Put::Full;
        }
        if let Err(error) = self.framing.write("", &lanes::announcement(port), &mut outbox.buffer) {
            return Put::Unrepresentable(error);
        }
        // Under the same lock, so that both have the same order.
        bulk.put(message);
        drop(outbox);
        self.filled.notify_one();
        Put::Done
    }

    /// From now on large messages go here; false if the connection is over, or has a place for them.
    pub(super) fn open_bulk(&self, bulk: &Arc<BulkOutbox>) -> bool {
        let outbox = self.lock();
        !outbox.is_closed && self.bulk.set(Arc::clone(bulk)).is_ok()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Something was read.
    #[inline]
    pub(super) fn has_heard(&self) {
        self.heard.fetch_add(1, Ordering::Relaxed);
    }

    /// How often something was written, and something was read.
    pub(super) fn signs_of_life(&self) -> (u64, u64) {
        (self.written.load(Ordering::Relaxed), self.heard.load(Ordering::Relaxed))
    }

    /// There may be room again.
    pub(super) fn has_drained(&self) {
        self.drained.notify_waiters();
    }

    /// Shows the other side that this one is alive, if nothing else does.
    pub(super) fn put_keep_alive(&self) {
        let mut outbox = self.lock();
        if outbox.buffer.is_empty() && !outbox.is_closed {
            self.framing.write_keep_alive(&mut outbox.buffer);
            drop(outbox);
            self.filled.notify_one();
        }
    }

    /// Takes nothing more, and forgets what was not written. Who waits for room does so no longer.
    pub(super) fn close(&self) {
        let mut outbox = self.lock();
        outbox.is_closed = true;
        outbox.buffer = Vec::new();
        if let Some(bulk) = self.bulk.get() {
            bulk.close();
        }
        drop(outbox);
        self.filled.notify_one();
        self.drained.notify_waiters();
    }

    /// Waits for something to write, and swaps it for `written`, which is emptied. False once the link is closed.
    pub(super) async fn take(&self, written: &mut Vec<u8>) -> bool {
        loop {
            if let Some(is_open) = self.try_take(written) {
                return is_open;
            }
            self.filled.notified().await;
        }
    }

    fn try_take(&self, written: &mut Vec<u8>) -> Option<bool> {
        written.clear();
        let mut outbox = self.lock();
        outbox.in_writing = 0;
        let taken = match outbox.is_closed {
            true => Some(false),
            false if outbox.buffer.is_empty() => None,
            false => {
                std::mem::swap(&mut outbox.buffer, written);
                outbox.in_writing = written.len();
                self.written.fetch_add(1, Ordering::Relaxed);
                Some(true)
            }
        };
        drop(outbox);
        self.drained.notify_waiters();
        taken
    }

    pub(super) fn is_ready(&self) -> bool {
        let outbox = self.lock();
        // A single large message is no reason for small ones to wait; several that fill the outbox are for everybody.
        let has_bulk_room = || self.bulk.get().is_none_or(|bulk| bulk.bytes() <= self.limit / 2);
        outbox.is_closed || outbox.buffer.len() + outbox.in_writing < self.high_water && has_bulk_room()
    }

    /// Waits until less waits than the high-water mark, or the connection is over.
    pub(super) async fn ready(&self) {
        loop {
            let drained = self.drained.notified();
            tokio::pin!(drained);
            drained.as_mut().enable();
            if self.is_ready() {
                return;
            }
            drained.await;
        }
    }
}
