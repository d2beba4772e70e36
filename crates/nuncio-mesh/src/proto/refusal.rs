//! Why a connection is closed.

use std::fmt;

use super::auth::AuthMethod;

/// Why a connection between nodes is refused or ended: by whose fault, and what was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// There is a connection to that node already.
    AlreadyConnected,
    /// The line that proves who the other side is does not prove it.
    AuthenticationFailed(AuthMethod),
    /// The other side proves itself in a way that is not accepted here.
    AuthenticationUnacceptable(String),
    /// The greeting or its nonce is this side's own: somebody sends back what is sent.
    Echo,
    /// There is no node id, or none that is valid.
    InvalidNodeId,
    /// A line of the handshake, with its end, is longer than that many bytes.
    LineTooLong(usize),
    /// A message cannot be read: what is wrong with it.
    MalformedMessage(String),
    /// The other side accepts no way to authenticate that is offered here.
    NoCommonAuthentication(String),
    /// The other side understands no framing that is known here.
    NoCommonFraming(String),
    /// There is no connection to which this one would belong.
    NoFirstConnection,
    /// Nobody waits for such a stream of bytes.
    NoStreamExpected,
    /// What was sent first is no greeting.
    NotAGreeting,
    /// The other side has this node's own id.
    OwnId,
    /// TLS is wanted here, and the other side does not offer it.
    PlaintextNotAllowed,
    /// The other side has no certificate of the mesh, or does not take this one's for one.
    TlsFailed(String),
    /// The other side did not finish in time.
    TooSlow,
    /// A framing was announced that is not understood here.
    UnknownFraming(String),
    /// The version of the protocol, which is not spoken here.
    VersionMismatch(String),
    /// The protocol word, which is not expected here.
    WrongWord(String),
}

impl Refusal {
    /// Whether the two sides do not prove themselves to each other, which will not be different the next time.
    #[must_use]
    pub const fn is_of_authentication(&self) -> bool {
        matches!(
            self,
            Self::AuthenticationFailed(_)
                | Self::AuthenticationUnacceptable(_)
                | Self::NoCommonAuthentication(_)
                | Self::TlsFailed(_)
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyConnected => f.write_str("there is a connection to that node already"),
            Self::AuthenticationFailed(method) => {
                write!(f, "the {method} line does not fit: the secrets differ, or somebody sits in between")
            }
            Self::AuthenticationUnacceptable(method) => write!(f, "authentication by {method:?} is not accepted here"),
            Self::Echo => f.write_str("this node's own greeting came back"),
            Self::InvalidNodeId => f.write_str("the node id is not valid"),
            Self::LineTooLong(limit) => write!(f, "a line of the handshake is longer than {limit} bytes"),
            Self::MalformedMessage(what) => write!(f, "a message cannot be read: {what}"),
            Self::NoCommonAuthentication(theirs) => {
                write!(f, "none of the ways to authenticate {theirs:?} is possible here")
            }
            Self::NoCommonFraming(theirs) => write!(f, "none of the framings {theirs:?} is known here"),
            Self::NoFirstConnection => f.write_str("there is no connection to which this one would belong"),
            Self::NoStreamExpected => f.write_str("nobody waits for such a stream"),
            Self::NotAGreeting => f.write_str("what came first is no greeting of a node"),
            Self::PlaintextNotAllowed => {
                f.write_str("the other side does not offer TLS, and plain text is not allowed")
            }
            Self::OwnId => f.write_str("the other side is this node itself"),
            Self::TlsFailed(reason) => write!(f, "TLS failed: {reason}"),
            Self::TooSlow => f.write_str("the handshake was not finished in time"),
            Self::UnknownFraming(framing) => write!(f, "the framing {framing:?} is not understood here"),
            Self::VersionMismatch(theirs) => write!(f, "the other side speaks version {theirs:?}, this one version 1"),
            Self::WrongWord(word) => write!(f, "the protocol {word:?} is not expected here"),
        }
    }
}

impl std::error::Error for Refusal {}
