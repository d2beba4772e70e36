//! One connection, from the first greeting to its end.

use std::io;
use std::sync::Arc;

use nuncio_core::NodeId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::builder::random_text;
use super::core::Shared;
use super::link::Link;
use super::mailbox::{Mailbox, Message};
use super::stream::{ReadHalf, Stream, WriteHalf};
use crate::proto::framing::{Packet, Reader};
use crate::proto::greeting::Greeting;
use crate::proto::handshake::{Established, Handshake, Step};
use crate::proto::kernel::{Claim, ConnectionId, Hello, Verdict};
use crate::proto::{Generation, Refusal};

/// How much is read at once, in bytes.
const READ_BYTES: usize = 64 << 10;
/// How long a connection is not read because a port behind it receives too slowly. Then the port has to pay for it, not the others.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(100);

/// Why there is no connection: a refusal, or nothing to say.
type Failure = Option<Refusal>;

/// Sees to a new connection; back when it is over, or at once with an error if its handshake failed.
pub(super) async fn run(
    shared: Arc<Shared>,
    stream: TcpStream,
    dialled: Option<String>,
    slot: Option<OwnedSemaphorePermit>,
) -> Result<(), Failure> {
    let connection = shared.with(|core, _| core.new_connection());
    let greeted = {
        let shaken = shake(&shared, stream, connection, dialled.as_deref());
        tokio::time::timeout(shared.settings.handshake_timeout, shaken).await
    };
    drop(slot);
    let (established, incarnation, rest, stream) = match greeted.unwrap_or(Err(Some(Refusal::TooSlow))) {
        Ok(shaken) => shaken,
        Err(failure) => {
            if let Some(refusal) = &failure {
                tracing::warn!(%refusal, dialled, "a connection was refused");
                shared.refusals.send_replace(Some(refusal.clone()));
            }
            shared.with(|core, now| {
                core.handshakes.remove(&connection);
                core.kernel.closed(now, connection, "the handshake failed");
            });
            return Err(failure);
        }
    };
    let settings = &shared.settings;
    let link = Link::new(established.sends, settings.outbox_high_water, settings.outbox_limit);
    let link = Arc::new(link);
    let (reading, writing) = stream.split();
    let writer = write(Arc::clone(&link), writing);
    let hello =
        Hello { node: established.node.clone(), generations: established.generations.clone(), incarnation, dialled };
    let is_late = shared.with(|core, now| {
        if !core.is_stopped {
            core.links.insert(connection, Arc::clone(&link));
            core.kernel.connected(now, connection, hello);
        }
        core.is_stopped
    });
    if is_late {
        return Err(None);
    }
    let keep_alive = keep_alive(&shared, &established, &link);
    let reader = read(&shared, connection, &established, reading, rest);
    let reason = tokio::select! {
        reason = reader => reason,
        reason = writer => reason,
        () = keep_alive => "the connection was closed".to_owned(),
    };
    link.close();
    shared.with(|core, now| {
        core.links.remove(&connection);
        core.kernel.closed(now, connection, &reason);
    });
    Ok(())
}

type Shaken = (Established, Option<String>, Vec<u8>, Stream);

async fn shake(
    shared: &Arc<Shared>,
    stream: TcpStream,
    connection: ConnectionId,
    dialled: Option<&str>,
) -> Result<Shaken, Failure> {
    let broken = |_: io::Error| None;
    stream.set_nodelay(true).map_err(broken)?;
    socket2::SockRef::from(&stream).set_keepalive(true).map_err(broken)?;
    let mut policy = shared.settings.policy.clone();
    let seen = stream.peer_addr().map_err(broken)?;
    policy.allows_plaintext = shared.settings.plaintext_anywhere || seen.ip().is_loopback();
    policy.keys.push(("peeraddr".to_owned(), seen.to_string()));
    let nonce = random_text::<66>().map_err(|_| None)?;
    let mut handshake = Handshake::new(policy, Greeting::NODE_WORD, &nonce);
    let mut stream = Stream::Plain(stream);
    stream.write(&handshake.opening()).await.map_err(broken)?;
    let mut buffer = [0; 4096];
    loop {
        match handshake.step().map_err(Some)? {
            Step::Wait => match stream.read(&mut buffer).await.map_err(broken)? {
                0 => return Err(None),
                length => handshake.feed(&buffer[..length]),
            },
            Step::Greeted => {
                let greeting = handshake.remote().ok_or(None)?;
                if greeting.word != Greeting::NODE_WORD {
                    return Err(Some(Refusal::WrongWord(greeting.word.clone())));
                }
                may_go_on(shared, connection, greeting, dialled).await?;
            }
            Step::Send(line) => stream.write(&line).await.map_err(broken)?,
            Step::StartTls(role) => {
                let tls = shared.settings.tls.as_ref().ok_or(None)?;
                let encrypted = stream.encrypt(tls, role, handshake.take_rest()).await;
                stream = encrypted.map_err(|error| Some(Refusal::TlsFailed(error.to_string())))?;
            }
            Step::Done(established) => {
                let incarnation = handshake.remote().and_then(incarnation);
                return Ok((*established, incarnation, handshake.into_rest(), stream));
            }
        }
    }
}

fn incarnation(greeting: &Greeting) -> Option<String> {
    greeting.key("incarnation").map(str::to_owned)
}

/// Whether this connection is the one to be finished of those with that node; waits where that is not decided yet.
async fn may_go_on(
    shared: &Arc<Shared>,
    connection: ConnectionId,
    greeting: &Greeting,
    dialled: Option<&str>,
) -> Result<(), Failure> {
    let claim = Claim {
        node: NodeId::new(&greeting.node).map_err(|_| Some(Refusal::InvalidNodeId))?,
        is_nuncio: greeting.key("nuncio").is_some(),
        incarnation: incarnation(greeting),
        dialled: dialled.map(str::to_owned),
    };
    let (decided, decision) = oneshot::channel();
    let verdict = shared.with(|core, now| {
        let verdict = core.kernel.greeted(now, connection, claim);
        if verdict == Verdict::Hold {
            core.handshakes.insert(connection, decided);
        }
        verdict
    });
    let goes_on = match verdict {
        Verdict::Proceed => true,
        Verdict::Hold => decision.await.unwrap_or(false),
        Verdict::Refuse => false,
    };
    // Nothing to be told of: there is a connection, which is all that was wanted.
    if goes_on { Ok(()) } else { Err(None) }
}

async fn write(link: Arc<Link>, mut stream: WriteHalf) -> String {
    let mut buffer = Vec::new();
    while link.take(&mut buffer).await {
        // Over TLS what is written is not on its way before it is flushed.
        let written = async {
            stream.write_all(&buffer).await?;
            stream.flush().await
        };
        if let Err(error) = written.await {
            return error.to_string();
        }
        // A buffer that was large once is not kept for ever.
        if buffer.capacity() > 16 * READ_BYTES {
            buffer = Vec::new();
        }
    }
    "the connection was closed".to_owned()
}

/// Shows again and again that this side is alive, where the other side cannot dial it: a node of the older generation
/// without listener.
async fn keep_alive(shared: &Shared, established: &Established, link: &Link) {
    if shared.settings.listens || !established.generations.contains(&Generation::One) {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(shared.settings.keep_alive).await;
        link.put_keep_alive();
    }
}

async fn read(
    shared: &Arc<Shared>,
    connection: ConnectionId,
    established: &Established,
    mut stream: ReadHalf,
    rest: Vec<u8>,
) -> String {
    let mut reader = Reader::new(established.receives, shared.settings.limits.clone());
    let mut input = rest;
    let mut dispatch = Dispatch { shared, connection, port: None, messages: Vec::new() };
    loop {
        let mut start = 0;
        loop {
            match reader.next(&input[start..]) {
                Ok(Some((packet, length))) => {
                    start += length;
                    dispatch.take(packet);
                }
                Ok(None) => break,
                Err(refusal) => {
                    dispatch.flush();
                    tracing::warn!(node = %established.node, %refusal, "a connection was closed");
                    return refusal.to_string();
                }
            }
        }
        if let Some(behind) = dispatch.flush() {
            wait_for(&behind).await;
        }
        input.drain(..start);
        if input.is_empty() && input.capacity() > 16 * READ_BYTES {
            input = Vec::new();
        }
        input.reserve(READ_BYTES);
        match stream.read_buf(&mut input).await {
            Ok(0) => return "the other side has closed the connection".to_owned(),
            Ok(_) => {}
            // Over TLS, what was closed without a word of farewell.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return "the other side has closed the connection".to_owned();
            }
            Err(error) => return error.to_string(),
        }
    }
}

/// Lets a port catch up, for as long as it does.
async fn wait_for(mailbox: &Mailbox) {
    while mailbox.is_behind() {
        if tokio::time::timeout(PATIENCE, mailbox.drained()).await.is_err() {
            return;
        }
    }
}

/// Hands out what was read: messages to one port that follow each other together.
struct Dispatch<'a> {
    shared: &'a Arc<Shared>,
    connection: ConnectionId,
    port: Option<Arc<Mailbox>>,
    messages: Vec<Message>,
}

impl Dispatch<'_> {
    fn take(&mut self, packet: Packet) {
        let Packet { port, elements } = packet;
        let is_same = self.port.as_ref().is_some_and(|mailbox| mailbox.name == port);
        if !is_same {
            self.flush();
            self.port = if port.is_empty() { None } else { self.shared.mailbox(&port) };
        }
        match self.port {
            Some(_) => self.messages.push(Message { elements }),
            None => {
                let packet = Packet { port, elements };
                self.shared.with(|core, now| core.kernel.packet(now, self.connection, packet));
            }
        }
    }

    /// Gives the port what was collected for it. The mailbox, if it is filling up.
    fn flush(&mut self) -> Option<Arc<Mailbox>> {
        let mailbox = self.port.take()?;
        if !mailbox.put(&mut self.messages) {
            self.shared.with(|core, now| Shared::overflow(core, now, &mailbox));
        }
        mailbox.is_behind().then_some(mailbox)
    }
}
