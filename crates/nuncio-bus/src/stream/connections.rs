//! What one can know about the connections of a peer, and how they are closed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nuncio_core::Origin;

use super::connection::Connection;
use super::hub::Hub;

/// The connections of one peer. A connection that is closed is made again by the next message.
#[derive(Clone)]
pub struct Connections(Arc<Hub>);

/// A connection to another peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// What the other side calls itself.
    pub peer: String,
    /// Its process, as far as the kernel knows.
    pub origin: Origin,
    /// Whether this side has connected.
    pub is_ours: bool,
    /// For how long nothing went through it.
    pub idle: Duration,
}

impl Connections {
    pub(super) const fn new(hub: Arc<Hub>) -> Self {
        Self(hub)
    }

    /// All that are open, in the order in which they were made.
    pub fn list(&self) -> Vec<ConnectionInfo> {
        self.open().iter().filter_map(|connection| info(connection)).collect()
    }

    /// Whether there is one to `peer`.
    pub fn is_connected(&self, peer: &str) -> bool {
        self.open().iter().any(|connection| is_to(connection, peer))
    }

    /// Closes those to `peer`, and says how many those were. What is on its way still arrives, on both sides; one on which
    /// a message was begun stays open.
    pub fn close(&self, peer: &str) -> usize {
        self.close_where(|connection| is_to(connection, peer))
    }

    /// Closes those through which nothing went for `idle`, and says how many those were; otherwise as
    /// [`close`](Self::close).
    pub fn close_idle(&self, idle: Duration) -> usize {
        self.close_where(|connection| connection.idle() >= idle)
    }

    fn close_where(&self, matches: impl Fn(&Connection) -> bool) -> usize {
        self.open().iter().filter(|connection| matches(connection) && connection.close()).count()
    }

    fn open(&self) -> Vec<Arc<Connection>> {
        let mut connections = self.0.connections();
        connections.retain(|connection| connection.is_open());
        connections
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}

fn is_to(connection: &Connection, peer: &str) -> bool {
    connection.peer().is_some_and(|name| name.as_str() == peer)
}

fn info(connection: &Connection) -> Option<ConnectionInfo> {
    let peer = connection.peer()?.as_str().to_owned();
    Some(ConnectionInfo {
        peer,
        origin: connection.origin.clone(),
        is_ours: connection.is_ours,
        idle: connection.idle(),
    })
}
