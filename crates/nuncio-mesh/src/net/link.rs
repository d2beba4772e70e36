//! What waits to be written on a connection.

use std::sync::{Mutex, PoisonError};

use nuncio_codec::Value;
use tokio::sync::Notify;

use crate::proto::framing::Framing;

/// The sending half of a connection, shared by all who send.
///
/// Messages are encoded straight into the outbox. The writer is woken when it was empty, and takes all that is there.
#[derive(Debug)]
pub(super) struct Link {
    framing: Framing,
    high_water: usize,
    limit: usize,
    outbox: Mutex<Outbox>,
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
    /// The framing cannot hold the message.
    Unrepresentable(nuncio_codec::Error),
}

impl Link {
    pub(super) fn new(framing: Framing, high_water: usize, limit: usize) -> Self {
        Self { framing, high_water, limit, outbox: Mutex::default(), filled: Notify::new(), drained: Notify::new() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Outbox> {
        // Every change of an outbox is whole before something can panic.
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, port: &str, elements: &[Value]) -> Put {
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
                Some(true)
            }
        };
        drop(outbox);
        self.drained.notify_waiters();
        taken
    }

    fn is_ready(&self) -> bool {
        let outbox = self.lock();
        outbox.is_closed || outbox.buffer.len() + outbox.in_writing < self.high_water
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
