//! The second connection between two nodes of nuncio, for large messages.
//!
//! Whoever dialled the first connection dials the second one, to the same address, and says to which it belongs by the nonce
//! of the other side, which was never used for anything else. All checks of a handshake hold for it; the framings are those of the first
//! connection. Large messages wait for it, but not for ever: where it cannot be made, they go over the first connection. When
//! it ends, the first one ends with it, and nothing is missed.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nuncio_core::NodeId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot};

use super::core::Shared;
use super::link::Link;
use super::opening::{self, Failure, Opened, Purpose};
use super::spawned::text_of_panic;
use super::stream::{ReadHalf, WriteHalf};
use crate::proto::Refusal;
use crate::proto::framing::{Framing, Packet, Reader};
use crate::proto::greeting::Greeting;
use crate::proto::kernel::ConnectionId;

/// The word of such connections, which the originals refuse.
pub(super) const WORD: &str = "aemp-nuncio-bulk";
/// The greeting's key for the nonce of the first connection.
pub(super) const KEY: &str = "belongs";
/// What a greeting says that knows of second connections.
pub(super) const ABILITY: &str = "bulk";
/// How much is read or written at once, in bytes; then it is the turn of all other connections.
const PART_BYTES: usize = 128 << 10;
/// From how many bytes on what was read is looked at where it keeps nobody from working.
const ASIDE_BYTES: usize = 256 << 10;
/// How long to wait before each try to connect.
const TRIES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(200), Duration::from_secs(2), Duration::from_secs(20)];

/// A first connection that a second one may belong to.
#[derive(Clone, Debug)]
pub(super) struct First {
    pub(super) connection: ConnectionId,
    pub(super) node: NodeId,
    pub(super) link: Arc<Link>,
    /// The framing of what the other side sends.
    pub(super) receives: Framing,
    /// Where large messages go that were read.
    pub(super) arrived: mpsc::Sender<Packet>,
}

/// What waits to be written on a second connection.
#[derive(Debug, Default)]
pub(super) struct BulkOutbox {
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<Vec<u8>>,
    bytes: usize,
    is_closed: bool,
}

impl BulkOutbox {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // Every change is whole before something can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes wait, with those that are being written.
    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    pub(super) fn put(&self, message: Vec<u8>) {
        let mut state = self.lock();
        if !state.is_closed {
            state.bytes += message.len();
            state.messages.push_back(message);
        }
        drop(state);
        self.filled.notify_one();
    }

    pub(super) fn close(&self) {
        *self.lock() = State { is_closed: true, ..State::default() };
        self.filled.notify_one();
    }

    /// So many bytes of what was taken are gone.
    fn has_written(&self, bytes: usize) {
        let mut state = self.lock();
        state.bytes = state.bytes.saturating_sub(bytes);
    }

    /// The next message, once there is one. None when it is closed.
    async fn take(&self) -> Option<Vec<u8>> {
        loop {
            {
                let mut state = self.lock();
                if state.is_closed {
                    return None;
                }
                if let Some(message) = state.messages.pop_front() {
                    return Some(message);
                }
            }
            self.filled.notified().await;
        }
    }
}

/// Makes the second connection, from the side that dialled the first one.
pub(super) async fn dial(shared: Arc<Shared>, address: SocketAddr, nonce: String, first: First) {
    for pause in TRIES {
        tokio::time::sleep(pause).await;
        if first.link.is_closed() {
            return;
        }
        let Ok(stream) = TcpStream::connect(address).await else { continue };
        let purpose = Purpose::Bulk { nonce: nonce.clone(), first: first.clone() };
        let number = shared.with(|core, _| core.new_connection());
        let opened = opening::open(&shared, stream, number, purpose);
        match tokio::time::timeout(shared.settings.handshake_timeout, opened).await {
            Ok(Ok(opened)) => {
                if let Err(refusal) = run(&shared, first.clone(), opened).await {
                    tracing::debug!(node = %first.node, %refusal, "a second connection is of no use");
                }
                return;
            }
            Ok(Err(failure)) => tracing::debug!(node = %first.node, ?failure, "no second connection"),
            Err(_) => tracing::debug!(node = %first.node, "no second connection within the time for a handshake"),
        }
    }
}

/// The first connection to which this greeting's second one belongs.
pub(super) fn find(shared: &Arc<Shared>, greeting: &Greeting) -> Result<First, Failure> {
    let wrong = || Some(Refusal::NoFirstConnection);
    let nonce = greeting.key(KEY).ok_or_else(wrong)?;
    let first = shared.with(|core, _| core.firsts.get(nonce).cloned()).ok_or_else(wrong)?;
    if first.node.as_str() == greeting.node { Ok(first) } else { Err(wrong()) }
}

/// Moves large messages, until the connection ends; then the first one ends as well.
pub(super) async fn run(shared: &Arc<Shared>, first: First, opened: Opened) -> Result<(), Refusal> {
    let Opened { rest, stream, .. } = opened;
    let outbox = Arc::default();
    if !first.link.open_bulk(&outbox) {
        return Err(Refusal::NoFirstConnection);
    }
    let reader = Reader::new(first.receives, shared.settings.limits.clone());
    let (reading, writing) = stream.split();
    let reason = tokio::select! {
        reason = read(reader, reading, rest, &first) => reason,
        reason = write(&outbox, writing, &first) => reason,
    };
    let reason = format!("the connection for large messages has ended: {reason}");
    shared.with(|core, now| shared.lose(core, now, first.connection, &reason));
    Ok(())
}

async fn write(outbox: &BulkOutbox, mut stream: WriteHalf, first: &First) -> String {
    while let Some(message) = outbox.take().await {
        let done = async {
            for part in message.chunks(PART_BYTES) {
                stream.write_all(part).await?;
                tokio::task::yield_now().await;
            }
            stream.flush().await
        };
        if let Err(error) = done.await {
            return error.to_string();
        }
        // Whoever waits for room looks at once whether there is some.
        outbox.has_written(message.len());
        first.link.has_drained();
    }
    "the first connection was closed".to_owned()
}

async fn read(mut reader: Reader, mut stream: ReadHalf, mut input: Vec<u8>, first: &First) -> String {
    loop {
        let found;
        (reader, input, found) = match next(reader, input).await {
            Ok(looked) => looked,
            Err(panic) => {
                tracing::error!(node = %first.node, panic, "a large message could not be looked at");
                return format!("a large message could not be looked at: {panic}");
            }
        };
        match found {
            Ok(Some(packet)) => {
                if first.arrived.send(packet).await.is_err() {
                    return "the first connection was closed".to_owned();
                }
                continue;
            }
            Ok(None) => {}
            Err(refusal) => {
                tracing::warn!(node = %first.node, %refusal, "a connection was closed");
                return refusal.to_string();
            }
        }
        tokio::task::yield_now().await;
        input.reserve(PART_BYTES);
        match (&mut stream).take(PART_BYTES as u64).read_buf(&mut input).await {
            Ok(0) => return "the other side has closed the connection".to_owned(),
            Ok(_) => first.link.has_heard(),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return "the other side has closed the connection".to_owned();
            }
            Err(error) => return error.to_string(),
        }
    }
}

/// The reader, what is left of what was read, and the first message in it.
type Looked = (Reader, Vec<u8>, Result<Option<Packet>, Refusal>);

/// Takes the first message from what was read; the text of the panic if there was one.
async fn next(mut reader: Reader, mut input: Vec<u8>) -> Result<Looked, String> {
    let is_much = match input.len() >= ASIDE_BYTES {
        true => match reader.may_be_whole(&input) {
            Ok(true) => true,
            Ok(false) => return Ok((reader, input, Ok(None))),
            Err(refusal) => return Ok((reader, input, Err(refusal))),
        },
        false => false,
    };
    let look = move || {
        let found = reader.next(&input).map(|found| {
            let (packet, length) = found?;
            input.drain(..length);
            if input.is_empty() {
                input = Vec::new();
            }
            Some(packet)
        });
        (reader, input, found)
    };
    if is_much { aside(look, in_a_thread).await } else { Ok(look()) }
}

/// Does something where `start` has it run, or here if that cannot; the text of the panic if there was one.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
    start: impl FnOnce(Job) -> io::Result<()>,
) -> Result<T, String> {
    let (done, is_done) = oneshot::channel();
    let run = move || {
        let worked = catch_unwind(AssertUnwindSafe(work)).map_err(|panic| text_of_panic(panic.as_ref()));
        // Whoever waits may be gone.
        let _ = done.send(worked);
    };
    // What cannot be started is dropped there, and so is only lent.
    let kept = Arc::new(Mutex::new(Some(run)));
    let lent = Arc::clone(&kept);
    let take = |kept: &Mutex<Option<_>>| kept.lock().unwrap_or_else(PoisonError::into_inner).take();
    if start(Box::new(move || take(&lent).into_iter().for_each(|run| run()))).is_err() {
        take(&kept).into_iter().for_each(|run| run());
    }
    is_done.await.unwrap_or_else(|_| Err("it was given up".to_owned()))
}

type Job = Box<dyn FnOnce() + Send>;

/// Does something in a thread of its own, which gives way to those that have less to do.
fn in_a_thread(work: Job) -> io::Result<()> {
    let run = move || {
        // Where that is forbidden, others wait a little longer.
        let _ = nuncio_sys::process::lower_priority_of_thread();
        work();
    };
    std::thread::Builder::new().name("nuncio-mesh".to_owned()).spawn(run).map(drop)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Poll, Wake};

    use super::*;

    /// Notes whether there was room when it was told that there may be.
    struct Waits(Arc<Link>, AtomicBool);

    impl Wake for Waits {
        fn wake(self: Arc<Self>) {
            self.1.store(self.0.is_ready(), Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn whoever_waits_for_room_is_told_when_there_is_some() {
        let link = Arc::new(Link::new(Framing::Cbor, 1000, 1000, true, Arc::default()));
        let outbox = Arc::default();
        assert!(link.open_bulk(&outbox));
        link.put("p", &["x".repeat(100_000).into()]);
        let told = Arc::new(Waits(Arc::clone(&link), AtomicBool::new(false)));
        let mut ready = pin!(link.ready());
        assert!(ready.as_mut().poll(&mut Context::from_waker(&Arc::clone(&told).into())).is_pending());
        let (arrived, _large) = mpsc::channel(1);
        let node = NodeId::new("peer").expect("a node id");
        let (connection, receives) = (ConnectionId(1), Framing::Cbor);
        let first = First { connection, node, link: Arc::clone(&link), receives, arrived };
        let mut writing = pin!(write(&outbox, Box::new(tokio::io::sink()), &first));
        std::future::poll_fn(|context| {
            assert!(writing.as_mut().poll(context).is_pending());
            if outbox.bytes() == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        assert!(told.1.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn work_is_done_in_a_thread_or_here_and_its_panic_is_told() {
        let here = std::thread::current().id();
        let thread = || std::thread::current().id();
        assert_ne!(aside(thread, in_a_thread).await.expect("no panic"), here);
        let none_left = |job: Job| {
            drop(job);
            Err(io::ErrorKind::WouldBlock.into())
        };
        assert_eq!(aside(thread, none_left).await, Ok(here));
        let panics = || -> () { panic!("it went wrong") };
        assert_eq!(aside(panics, in_a_thread).await, Err("it went wrong".to_owned()));
        assert_eq!(aside(panics, none_left).await, Err("it went wrong".to_owned()));
    }
}
