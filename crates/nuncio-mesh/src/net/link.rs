//! What waits to be written on a connection.

use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use nuncio_codec::Value;
use tokio::sync::Notify;

use super::bulk::BulkOutbox;
use super::last_sent::LastSent;
use super::line::Line;
use crate::proto::framing::Framing;
use crate::proto::lanes::{self, Held, HeldMessage};

/// From how many bytes on whoever waits for room lets the writer go first: what it writes is still in the processor's cache
/// then, and the other side has something to do.
const WRITE_FIRST_BYTES: usize = 64 << 10;

/// The sending half of a connection, shared by all who send.
///
/// Elements are encoded straight into the outbox; what [encodes itself](super::encoded), and so is the program's own code, before
/// that is locked. The writer is woken when the outbox was empty, and takes all that is there; whoever looks for an answer writes
/// [himself](Self::write_now), if the writer is not at it.
#[derive(Debug)]
pub(super) struct Link {
    framing: Framing,
    high_water: usize,
    limit: usize,
    /// Whether there is, or will be, a second connection for large messages.
    has_second: bool,
    outbox: Mutex<Outbox>,
    /// How often something was written, and something was read.
    written: AtomicU64,
    heard: AtomicU64,
    filled: Notify,
    drained: Notify,
    /// The connection, and where it is noted that an answer on it may be expected.
    line: OnceLock<Weak<Line>>,
    last_sent: Arc<LastSent>,
}

#[derive(Debug)]
struct Outbox {
    buffer: Vec<u8>,
    is_closed: bool,
    /// What the writer has taken and not written yet, in bytes.
    in_writing: usize,
    large: Large,
}

/// Where large messages go.
#[derive(Debug)]
enum Large {
    /// Where all others go.
    Along,
    /// To the second connection.
    Aside(Arc<BulkOutbox>),
    /// Nowhere before the second connection stands, and what must not overtake them neither.
    Held(Held<Vec<u8>>),
}

impl Large {
    fn bytes(&self) -> usize {
        match self {
            Self::Along => 0,
            Self::Aside(bulk) => bulk.bytes(),
            Self::Held(held) => held.bytes(),
        }
    }

    /// How many bytes of small messages are kept.
    fn small_bytes(&self) -> usize {
        if let Self::Held(held) = self { held.small_bytes() } else { 0 }
    }
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
    pub(super) fn new(
        framing: Framing,
        high_water: usize,
        limit: usize,
        has_second: bool,
        last_sent: Arc<LastSent>,
    ) -> Self {
        let large = if has_second { Large::Held(Held::new()) } else { Large::Along };
        Self {
            framing,
            high_water,
            limit,
            has_second,
            outbox: Mutex::new(Outbox { buffer: Vec::new(), is_closed: false, in_writing: 0, large }),
            written: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            filled: Notify::new(),
            drained: Notify::new(),
            line: OnceLock::new(),
            last_sent,
        }
    }

    /// Whoever sends may wait for an answer, and look for it on this line.
    pub(super) fn set_line(&self, line: &Arc<Line>) {
        self.line.get_or_init(|| Arc::downgrade(line));
    }

    /// Writes what waits from where this is called, with `write`, if the writer is not at it.
    pub(super) fn write_now(&self, write: impl FnOnce(&[u8]) -> io::Result<usize>) {
        let mut outbox = self.lock();
        if outbox.in_writing > 0 || outbox.buffer.is_empty() {
            return;
        }
        // The writer meets what goes wrong as well.
        let Ok(written) = write(&outbox.buffer) else { return };
        outbox.buffer.drain(..written);
        self.written.fetch_add(1, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Outbox> {
        // Every change of an outbox is whole before something can panic.
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, port: &str, elements: &[Value]) -> Put {
        if self.has_second && lanes::is_large(port, elements) {
            return self.put_large(port, elements);
        }
        let mut outbox = self.lock();
        if let Large::Held(held) = &mut outbox.large
            && held.concerns(port, elements)
        {
            let mut message = Vec::new();
            return match self.framing.write(port, elements, &mut message) {
                Ok(()) => self.hold(held, port, message),
                Err(error) => Put::Unrepresentable(error),
            };
        }
        match self.append(outbox, |framing, buffer| framing.write(port, elements, buffer)) {
            Ok(put) => put,
            Err(error) => Put::Unrepresentable(error),
        }
    }

    /// Puts a small message to a port that is encoded already, if it is in the framing of the connection.
    #[inline]
    pub(super) fn put_encoded(&self, framing: Framing, port: &str, message: &[u8]) -> Option<Put> {
        (framing == self.framing).then(|| self.put_small(port, message))
    }

    fn put_small(&self, port: &str, message: &[u8]) -> Put {
        let mut outbox = self.lock();
        if let Large::Held(held) = &mut outbox.large
            && held.concerns(port, &[])
        {
            return self.hold(held, port, message.to_vec());
        }
        let Ok(put) = self.append(outbox, |_, buffer| {
            buffer.extend_from_slice(message);
            Ok::<_, Infallible>(())
        });
        put
    }

    /// Appends what `write` does, and wakes the writer if there was nothing.
    #[inline]
    fn append<E>(
        &self,
        mut outbox: MutexGuard<'_, Outbox>,
        write: impl FnOnce(Framing, &mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Put, E> {
        if outbox.is_closed {
            return Ok(Put::Closed);
        }
        let before = outbox.buffer.len();
        write(self.framing, &mut outbox.buffer)?;
        // One message alone may be larger than the limit; it is what the receiver's limit says.
        if before > 0 && outbox.buffer.len() + outbox.in_writing > self.limit {
            outbox.buffer.truncate(before);
            return Ok(Put::Full);
        }
        drop(outbox);
        if before == 0 {
            self.filled.notify_one();
            if let Some(line) = self.line.get() {
                self.last_sent.on(line);
            }
        }
        Ok(Put::Done)
    }

    /// Keeps a small message behind the large one that it must not overtake.
    fn hold(&self, held: &mut Held<Vec<u8>>, port: &str, message: Vec<u8>) -> Put {
        if held.bytes() + Held::<Vec<u8>>::weight(port, message.len()) > self.limit {
            return Put::Full;
        }
        let bytes = message.len();
        held.push(HeldMessage { port: port.into(), is_large: false, message }, bytes);
        Put::Done
    }

    /// Puts a large message where it delays no other.
    fn put_large(&self, port: &str, elements: &[Value]) -> Put {
        let mut message = Vec::new();
        if let Err(error) = self.framing.write(port, elements, &mut message) {
            return Put::Unrepresentable(error);
        }
        let bytes = message.len();
        let mut outbox = self.lock();
        if outbox.is_closed {
            return Put::Closed;
        }
        let before = match &outbox.large {
            Large::Along => outbox.buffer.len() + outbox.in_writing,
            elsewhere => elsewhere.bytes(),
        };
        if before > 0 && before + bytes > self.limit {
            return Put::Full;
        }
        let message = HeldMessage { port: port.into(), is_large: true, message };
        match &mut outbox.large {
            Large::Held(held) => held.push(message, bytes),
            _ => outbox.append(self.framing, message),
        }
        drop(outbox);
        self.filled.notify_one();
        Put::Done
    }

    /// From now on large messages go here; false if the connection is over, or has a place for them.
    pub(super) fn open_bulk(&self, bulk: &Arc<BulkOutbox>) -> bool {
        let mut outbox = self.lock();
        if outbox.is_closed || matches!(outbox.large, Large::Aside(_)) {
            return false;
        }
        outbox.release(self.framing, Large::Aside(Arc::clone(bulk)));
        drop(outbox);
        self.filled.notify_one();
        true
    }

    /// Keeps large messages back no longer, if it still does: they go where all others go, until there is another place.
    pub(super) fn stop_holding(&self) {
        let mut outbox = self.lock();
        if matches!(outbox.large, Large::Held(_)) {
            outbox.release(self.framing, Large::Along);
            drop(outbox);
            self.filled.notify_one();
        }
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
        if let Large::Aside(bulk) = std::mem::replace(&mut outbox.large, Large::Along) {
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
        let has_room_for_large = || outbox.large.bytes() <= self.limit / 2;
        let small_bytes = outbox.buffer.len() + outbox.in_writing + outbox.large.small_bytes();
        outbox.is_closed || small_bytes < self.high_water && has_room_for_large()
    }

    /// Whether so much waits that the writer should have its turn.
    fn is_worth_writing(&self) -> bool {
        let outbox = self.lock();
        outbox.in_writing == 0 && outbox.buffer.len() >= WRITE_FIRST_BYTES
    }

    /// Waits until less waits than the high-water mark, or the connection is over.
    pub(super) async fn ready(&self) {
        if self.is_worth_writing() {
            tokio::task::yield_now().await;
        }
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

impl Outbox {
    /// From now on large messages go somewhere else; so does what was kept.
    fn release(&mut self, framing: Framing, to: Large) {
        let Large::Held(held) = std::mem::replace(&mut self.large, to) else { return };
        for message in held.into_messages() {
            self.append(framing, message);
        }
    }

    /// Puts a message behind all others; a large one on the second connection, if there is one, and its announcement where it
    /// would have been. Both happen while nobody else can put anything, so that both have the same order.
    fn append(&mut self, framing: Framing, message: HeldMessage<Vec<u8>>) {
        let HeldMessage { port, is_large, message } = message;
        match &self.large {
            Large::Aside(bulk) if is_large => {
                let announced = framing.write("", &lanes::announcement(&port), &mut self.buffer);
                announced.expect("every framing has strings");
                bulk.put(message);
            }
            _ => self.buffer.extend_from_slice(&message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::lanes::LARGE_BYTES;

    #[test]
    fn small_messages_that_are_kept_count_as_those_in_the_outbox() {
        let link = Link::new(Framing::Cbor, 1000, 1 << 20, true, Arc::default());
        link.put("p", &["x".repeat(LARGE_BYTES).into()]);
        assert!(link.is_ready(), "a large message is no reason for small ones to wait");
        let encoded = |message: &[u8]| link.put_encoded(Framing::Cbor, "p", message).expect("it is the connection's");
        for put in [link.put("p", &["x".repeat(500).into()]), encoded(&[b'x'; 500])] {
            assert!(matches!(put, Put::Done));
        }
        assert!(link.put_encoded(Framing::Json, "p", b"[\"p\"]").is_none());
        assert!(!link.is_ready());
        link.stop_holding();
        assert!(!link.is_ready());
        link.try_take(&mut Vec::new());
        link.try_take(&mut Vec::new());
        assert!(link.is_ready());
    }
}
