//! What comes on a connection. Its task reads it, or whoever expects an answer.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, Read};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Waker};

use nuncio_core::NodeId;
use tokio::io::AsyncReadExt;

use super::dispatch::Dispatch;
use super::link::Link;
use super::lookout::Lookout;
use super::mailbox::Mailbox;
use super::stream::ReadHalf;
use crate::proto::Refusal;
use crate::proto::framing::{Packet, Reader};

/// How much is read at once, in bytes.
const READ_BYTES: usize = 64 << 10;
/// How much is read at once of what may be an answer.
const ANSWER_BYTES: usize = 4 << 10;

/// A connection, as its task and those who expect answers share it.
pub(super) struct Line {
    node: NodeId,
    link: Arc<Link>,
    incoming: Mutex<Incoming>,
}

/// What is read, and who gets it.
pub(super) struct Incoming {
    stream: ReadHalf,
    reader: Reader,
    /// What was read and not handed out yet.
    input: Vec<u8>,
    dispatch: Dispatch,
    lookout: Lookout,
    /// What whoever looked for an answer leaves to the connection's task.
    left: Option<Result<HandedOut, Refusal>>,
    task: Option<Waker>,
    is_closed: bool,
}

/// What became of what was read.
#[derive(Debug, Default)]
pub(super) struct HandedOut {
    /// How much it was.
    pub(super) bytes: usize,
    /// The mailbox that has to catch up.
    pub(super) behind: Option<Arc<Mailbox>>,
}

impl Line {
    pub(super) fn new(node: NodeId, link: Arc<Link>, incoming: Incoming) -> Arc<Self> {
        Arc::new(Self { node, link, incoming: Mutex::new(incoming) })
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    fn lock(&self) -> MutexGuard<'_, Incoming> {
        // Panics of the program's own are caught where they happen.
        self.incoming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands out all messages that were read.
    pub(super) fn hand_out(&self) -> Result<HandedOut, Refusal> {
        let mut incoming = self.lock();
        match incoming.left.take() {
            Some(left) => left,
            // Who watches the other node was told that nothing more comes.
            None if self.link.is_closed() => Ok(HandedOut::default()),
            None => incoming.hand_out(),
        }
    }

    /// Hands out a large message from the second connection, and what it has set free.
    pub(super) fn large(&self, packet: Packet) -> Result<HandedOut, Refusal> {
        let mut incoming = self.lock();
        let taken = incoming.dispatch.large(packet);
        incoming.settle(0, taken)
    }

    /// Whether so much waits behind large messages that nothing else should be read.
    pub(super) fn is_full(&self) -> bool {
        self.lock().dispatch.is_full()
    }

    /// Whether no large message should be taken.
    pub(super) fn is_ahead(&self) -> bool {
        self.lock().dispatch.is_ahead()
    }

    /// Reads something; how much, which is nothing at the end. It is also back when there is something else to hand out.
    pub(super) async fn read(&self) -> io::Result<usize> {
        let read = poll_fn(|context| self.lock().poll_read(context)).await?;
        self.link.has_heard();
        Ok(read)
    }

    /// Writes what waits, and looks for a moment whether `has_come` what it is to be answered with.
    pub(super) fn answers(&self, mut has_come: impl FnMut() -> bool) -> bool {
        // Whoever is at it, goes on.
        let mut incoming = match self.incoming.try_lock() {
            Ok(incoming) => incoming,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        let Some(stream) = incoming.stream.plain() else { return false };
        self.link.write_now(|bytes| stream.try_write(bytes));
        let mut lookout = std::mem::take(&mut incoming.lookout);
        let has_come = lookout.until(|| incoming.look(&self.link) && has_come());
        incoming.lookout = lookout;
        has_come
    }

    /// Hands out nothing more.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
    }

    pub(super) fn refused(&self, refusal: &Refusal) -> String {
        tracing::warn!(node = %self.node, %refusal, "a connection was closed");
        refusal.to_string()
    }
}

impl Incoming {
    /// With `rest`, which was read already.
    pub(super) fn new(stream: ReadHalf, reader: Reader, rest: Vec<u8>, dispatch: Dispatch) -> Self {
        let lookout = Lookout::default();
        Self { stream, reader, input: rest, dispatch, lookout, left: None, task: None, is_closed: false }
    }

    fn hand_out(&mut self) -> Result<HandedOut, Refusal> {
        let mut bytes = 0;
        let read = loop {
            match self.dispatch.next(&mut self.reader, &self.input[bytes..]) {
                Ok(Some(length)) => bytes += length,
                Ok(None) => break Ok(()),
                Err(refusal) => break Err(refusal),
            }
        };
        self.input.drain(..bytes);
        self.settle(bytes, read)
    }

    /// Gives ports what was collected for them.
    fn settle(&mut self, bytes: usize, read: Result<(), Refusal>) -> Result<HandedOut, Refusal> {
        let behind = self.dispatch.flush();
        read.map(|()| HandedOut { bytes, behind })
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.left.is_some() {
            return Poll::Ready(Ok(1));
        }
        match &self.task {
            Some(task) if task.will_wake(context.waker()) => {}
            _ => self.task = Some(context.waker().clone()),
        }
        if self.input.is_empty() && self.input.capacity() > 16 * READ_BYTES {
            self.input = Vec::new();
        }
        self.input.reserve(READ_BYTES);
        pin!(self.stream.read_buf(&mut self.input)).poll(context)
    }

    /// Reads what is there now, and hands it out; whether there was something.
    fn look(&mut self, link: &Link) -> bool {
        if self.is_closed || link.is_closed() || self.left.is_some() || !self.dispatch.is_idle() {
            return false;
        }
        let mut answer = [0; ANSWER_BYTES];
        let Some(stream) = self.stream.plain() else { return false };
        // The end and errors are met by the task as well.
        let bytes = match (&*socket2::SockRef::from(stream)).read(&mut answer) {
            Ok(bytes @ 1..) => bytes,
            _ => return false,
        };
        link.has_heard();
        self.input.extend_from_slice(&answer[..bytes]);
        match self.hand_out() {
            Ok(HandedOut { behind: None, .. }) => {}
            left => {
                self.left = Some(left);
                if let Some(task) = &self.task {
                    task.wake_by_ref();
                }
            }
        }
        true
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("node", &self.node).finish_non_exhaustive()
    }
}
