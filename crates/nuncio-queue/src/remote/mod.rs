//! Queues of other hosts.
//!
//! A message for one goes into the local queue [`transitd`](OUTGOING_QUEUE), with host and queue in its header, and the outgoing
//! gateway of this machine takes it from there. What is guaranteed is therefore that this machine has the message.
//!
//! - [`RemoteQueue`] sends to a queue of a host; [`DirectQueue`] makes messages for one that somebody else posts.
//! - [`normalize`] is what becomes of a host's name before anything else.
//! - [`OwnNames`] says whether a host is this one.
//!
//! # Source
//! wire/transit.md 7.

mod host;
mod letters;
mod own_names;
mod queue;
mod resolve;

#[cfg(feature = "seal")]
pub(crate) use self::host::check_host;
pub use self::own_names::{OWN_NAMES_VARIABLE, OwnNames};
pub use self::queue::{DirectQueue, RemoteQueue, RemoteQueueBuilder};
pub use self::resolve::{LOOKUP_TAKES_AT_MOST, normalize};

/// The local queue of messages for other hosts.
pub const OUTGOING_QUEUE: &str = "transitd";
/// Through so many hosts a message goes at most, unless its sender says otherwise.
pub const DEFAULT_TTL: u32 = 9;
