//! The beginning of a connection, of whatever purpose: all checks of the handshake hold for each.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use nuncio_core::NodeId;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::bulk::{self, First};
use super::core::Shared;
use super::data;
use super::expected;
use super::random::random_text;
use super::stream::Stream;
use crate::proto::Refusal;
use crate::proto::greeting::Greeting;
use crate::proto::handshake::{Established, Handshake, Step};
use crate::proto::kernel::{Claim, ConnectionId, Verdict};

/// Why there is no connection: a refusal, or nothing to say.
pub(super) type Failure = Option<Refusal>;

/// What a connection is made for.
#[derive(Debug)]
pub(super) enum Purpose {
    /// The other side dialled, and says it.
    Accepted,
    /// A second connection, to which the nonce of the other side of the first one belongs.
    Bulk { nonce: String, first: First },
    /// A stream for two programs, which this node expects.
    Data { id: String, node: NodeId },
    /// A node was dialled at this address.
    Node(String),
}

impl Purpose {
    /// The address at which a node was dialled.
    pub(super) fn address(&self) -> Option<&str> {
        match self {
            Self::Node(address) => Some(address),
            Self::Accepted | Self::Bulk { .. } | Self::Data { .. } => None,
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Accepted | Self::Node(_) => Greeting::NODE_WORD,
            Self::Bulk { .. } => bulk::WORD,
            Self::Data { .. } => Greeting::DATA_WORD,
        }
    }

    fn keys(&self) -> Option<(String, String)> {
        match self {
            Self::Accepted | Self::Node(_) => None,
            Self::Bulk { nonce, .. } => Some((bulk::KEY.to_owned(), nonce.clone())),
            Self::Data { id, .. } => Some((data::KEY.to_owned(), id.clone())),
        }
    }
}

/// What a connection turned out to be for.
#[derive(Clone, Debug)]
pub(super) enum Role {
    Bulk(First),
    /// A stream that is expected.
    Data(Arc<expected::Claim>),
    /// Whoever dialled knows what for.
    Dialled,
    Node,
}

/// A connection whose handshake is over.
pub(super) struct Opened {
    pub(super) role: Role,
    /// What the other side has greeted with.
    pub(super) greeting: Greeting,
    pub(super) established: Established,
    /// What was read and comes after the handshake.
    pub(super) rest: Vec<u8>,
    pub(super) stream: Stream,
    /// This side's and the other one's.
    pub(super) nonces: [String; 2],
    /// Where the other side is.
    pub(super) address: SocketAddr,
}

pub(super) async fn open(
    shared: &Arc<Shared>,
    stream: TcpStream,
    connection: ConnectionId,
    purpose: Purpose,
) -> Result<Opened, Failure> {
    let broken = |_: io::Error| None;
    stream.set_nodelay(true).map_err(broken)?;
    socket2::SockRef::from(&stream).set_keepalive(true).map_err(broken)?;
    let mut policy = shared.settings.policy.clone();
    let address = stream.peer_addr().map_err(broken)?;
    policy.allows_plaintext = shared.settings.plaintext_anywhere || address.ip().is_loopback();
    policy.keys.push(("peeraddr".to_owned(), address.to_string()));
    policy.keys.extend(purpose.keys());
    let nonce = random_text::<66>().map_err(|_| None)?;
    let mut handshake = Handshake::new(policy, purpose.word(), &nonce);
    let mut stream = Stream::Plain(stream);
    stream.write(&handshake.opening()).await.map_err(broken)?;
    let mut buffer = [0; 4096];
    let mut role = Role::Node;
    loop {
        match handshake.step().map_err(Some)? {
            Step::Wait => match stream.read(&mut buffer).await.map_err(broken)? {
                0 => return Err(None),
                length => handshake.feed(&buffer[..length]),
            },
            Step::Greeted => {
                let greeting = handshake.remote().ok_or(None)?;
                role = may_go_on(shared, connection, greeting, &purpose).await?;
            }
            Step::Send(line) => stream.write(&line).await.map_err(broken)?,
            Step::StartTls(side) => {
                let tls = shared.settings.tls.as_ref().ok_or(None)?;
                let encrypted = stream.encrypt(tls, side, handshake.take_rest()).await;
                stream = encrypted.map_err(|error| Some(Refusal::TlsFailed(error.to_string())))?;
            }
            Step::Done(established) => {
                let greeting = handshake.remote().cloned().ok_or(None)?;
                let nonces = handshake.nonces().map(|nonce| String::from_utf8_lossy(nonce).into_owned());
                let (established, rest) = (*established, handshake.into_rest());
                return Ok(Opened { role, greeting, established, rest, stream, nonces, address });
            }
        }
    }
}

/// What tells a process from those that had the same node id before, if it says so.
pub(super) fn incarnation(greeting: &Greeting) -> Option<String> {
    greeting.key("incarnation").map(str::to_owned)
}

/// What the connection is for, if both sides agree about that.
async fn may_go_on(
    shared: &Arc<Shared>,
    connection: ConnectionId,
    greeting: &Greeting,
    purpose: &Purpose,
) -> Result<Role, Failure> {
    let wrong = || Some(Refusal::WrongWord(greeting.word.clone()));
    match (purpose, &*greeting.word) {
        (Purpose::Accepted, bulk::WORD) => bulk::find(shared, greeting).map(Role::Bulk),
        (Purpose::Accepted, Greeting::DATA_WORD) => shared.expected_stream(greeting).map(Role::Data),
        (Purpose::Data { node, .. }, Greeting::NODE_WORD) if node.as_str() == greeting.node => Ok(Role::Dialled),
        (Purpose::Data { .. }, Greeting::NODE_WORD) => Err(Some(Refusal::NoStreamExpected)),
        (Purpose::Accepted | Purpose::Node(_), Greeting::NODE_WORD) => {
            is_the_one(shared, connection, greeting, purpose.address()).await.map(|()| Role::Node)
        }
        (Purpose::Bulk { first, .. }, Greeting::NODE_WORD) if first.node.as_str() == greeting.node => {
            Ok(Role::Bulk(first.clone()))
        }
        (Purpose::Bulk { .. }, Greeting::NODE_WORD) => Err(Some(Refusal::NoFirstConnection)),
        _ => Err(wrong()),
    }
}

/// Whether this connection is the one to be finished of those with that node; waits where that is not decided yet.
async fn is_the_one(
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
