//! The protocol without sockets, threads, clocks or randomness of its own: bytes, events and times go in, actions come
//! out.
//!
//! - [`handshake`] begins a connection: [`greeting`] has its first line, [`auth`] the proofs, [`md6`] the digest of the older generation;
//! - [`framing`] finds messages in what is read, and writes them;
//! - [`lanes`] puts the two connections between nodes of nuncio together, [`liveness`] has their heartbeats;
//! - [`kernel`] is a node of the mesh: whom it is connected to, which ports live, who watches whom;
//! - [`supervision`] says which ports are started again when one ends.

pub mod auth;
pub mod framing;
pub mod greeting;
pub mod handshake;
pub mod kernel;
pub mod lanes;
pub mod liveness;
pub mod md6;
mod refusal;
pub mod supervision;

use std::fmt;

pub use self::refusal::Refusal;

/// A generation of AnyEvent::MP. They share framings and handshake, not digests, nor how nodes find each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Generation {
    /// Releases 1.26 to 1.30: every node is connected to every other.
    One,
    /// Releases 2.x: global nodes hold a distributed database, the others find each other through them.
    Two,
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One => "1.x",
            Self::Two => "2.x",
        })
    }
}
