//! What comes on a connection. Its task reads it, or whoever expects an answer; but handlers and functions of the program
//! are run by the task alone.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, Read};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Waker};

use nuncio_core::NodeId;
use nuncio_sys::spin::{Look, Spin};
use tokio::io::AsyncReadExt;

use super::dispatch::{By, Dispatch, Next};
use super::link::Link;
use super::mailbox::Mailbox;
use super::stream::ReadHalf;
use crate::proto::Refusal;
use crate::proto::framing::{Packet, Reader};

/// How much is read at once, in bytes.
const READ_BYTES: usize = 64 << 10;
/// An empty buffer that is larger than this, in bytes, is not kept.
pub(super) const BUFFER_BYTES_MAX: usize = 1 << 20;
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
    spin: Spin,
    /// What whoever looked for an answer leaves to the connection's task.
    left: Option<Result<HandedOut, Refusal>>,
    /// Whether there are messages in `input` that only the task hands out.
    has_more: bool,
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
            None if self.is_over(&mut incoming) => Ok(HandedOut::default()),
            None => incoming.hand_out(By::Task),
        }
    }

    /// Whether nothing more may be handed out: who watches the other node was told that nothing more comes.
    fn is_over(&self, incoming: &mut Incoming) -> bool {
        let is_over = self.link.is_closed();
        incoming.has_more &= !is_over;
        is_over
    }

    /// Hands out a large message from the second connection, and what it has set free.
    pub(super) fn large(&self, packet: Packet) -> Result<HandedOut, Refusal> {
        let mut incoming = self.lock();
        if self.is_over(&mut incoming) {
            return Ok(HandedOut::default());
        }
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
        let mut spin = std::mem::take(&mut incoming.spin);
        let found = spin.until(|| match incoming.look(&self.link) {
            Look::Found(()) if !has_come() => Look::Nothing,
            look => look,
        });
        incoming.spin = spin;
        found.is_some()
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
        let spin = Spin::default();
        let (left, has_more, task, is_closed) = (None, false, None, false);
        Self { stream, reader, input: rest, dispatch, spin, left, has_more, task, is_closed }
    }

    /// Whether somebody who looks for an answer can read it himself.
    pub(super) fn is_plain(&self) -> bool {
        self.stream.plain().is_some()
    }

    fn hand_out(&mut self, by: By) -> Result<HandedOut, Refusal> {
        let mut bytes = 0;
        self.has_more = false;
        let read = loop {
            match self.dispatch.next(&mut self.reader, &self.input[bytes..], by) {
                Ok(Next::Done(length)) => bytes += length,
                Ok(Next::Short) => break Ok(()),
                Ok(Next::Left) => {
                    self.has_more = true;
                    break Ok(());
                }
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
        if self.left.is_some() || self.has_more {
            return Poll::Ready(Ok(1));
        }
        match &self.task {
            Some(task) if task.will_wake(context.waker()) => {}
            _ => self.task = Some(context.waker().clone()),
        }
        if self.input.is_empty() && self.input.capacity() > BUFFER_BYTES_MAX {
            self.input = Vec::new();
        }
        self.input.reserve(READ_BYTES);
        pin!(self.stream.read_buf(&mut self.input)).poll(context)
    }

    /// Reads what is there now, and fills mailboxes with it; whether there was something. Where something of the program's
    /// would run, the task goes on, and there is no use in looking.
    fn look(&mut self, link: &Link) -> Look<()> {
        let is_the_tasks = self.left.is_some() || self.has_more || !self.dispatch.is_idle();
        if self.is_closed || link.is_closed() || is_the_tasks {
            return Look::InVain;
        }
        let mut answer = [0; ANSWER_BYTES];
        let Some(stream) = self.stream.plain() else { return Look::InVain };
        // The end and errors are met by the task as well.
        let bytes = match (&*socket2::SockRef::from(stream)).read(&mut answer) {
            Ok(bytes @ 1..) => bytes,
            _ => return Look::Nothing,
        };
        link.has_heard();
        self.input.extend_from_slice(&answer[..bytes]);
        match self.hand_out(By::Lookout) {
            Ok(HandedOut { behind: None, .. }) => {}
            left => self.left = Some(left),
        }
        if let Some(task) = &self.task
            && (self.left.is_some() || self.has_more)
        {
            task.wake_by_ref();
        }
        Look::Found(())
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("node", &self.node).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpStream};

    use super::super::node::Node;
    use super::super::stream::Stream;
    use super::*;
    use crate::proto::framing::Framing;
    use crate::proto::kernel::ConnectionId;
    use crate::proto::lanes;

    #[tokio::test]
    async fn nothing_is_handed_out_once_the_link_is_closed() {
        let node = Node::builder("alpha").secret("geheim").start().await.expect("it starts");
        let mut port = node.named_port("p").expect("a fresh name");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free address");
        let stream = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("it listens");
        let (reading, _) = Stream::Plain(stream).split();
        let mut announcements = Vec::new();
        for _ in 0..2 {
            Framing::Cbor.write("", &lanes::announcement("p"), &mut announcements).expect("strings");
        }
        let link = Arc::new(Link::new(Framing::Cbor, 1 << 20, 1 << 20, true, Arc::default()));
        let reader = Reader::new(Framing::Cbor, Reader::default_limits());
        let dispatch = Dispatch::new(Arc::clone(node.shared()), ConnectionId(1));
        let peer = NodeId::new("peer").expect("a node id");
        let line = Line::new(peer, Arc::clone(&link), Incoming::new(reading, reader, announcements, dispatch));
        line.hand_out().expect("well-formed");
        line.large(Packet::new("p", [1.into()])).expect("announced");
        link.close();
        line.large(Packet::new("p", [2.into()])).expect("nothing is done");
        assert_eq!(port.try_recv().expect("it was there before").elements, [1.into()]);
        assert_eq!(port.try_recv(), None);
    }
}
