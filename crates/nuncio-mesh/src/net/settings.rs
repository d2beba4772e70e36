//! What the connections of a node have to know of how it was set up.

use std::net::SocketAddr;
use std::time::Duration;

use nuncio_codec::DecodeLimits;

use super::logs::LogShare;
use super::mailbox::Capacity;
use super::spawned::Functions;
use super::tls::Tls;
use crate::proto::handshake::Policy;

/// The set-up of a node.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) policy: Policy,
    pub(super) plaintext_anywhere: bool,
    pub(super) tls: Option<Tls>,
    pub(super) listens: bool,
    pub(super) handshake_timeout: Duration,
    pub(super) keep_alive: Duration,
    pub(super) heartbeat: Duration,
    /// For how long large messages wait for their connection.
    pub(super) bulk_patience: Duration,
    pub(super) limits: DecodeLimits,
    pub(super) outbox_high_water: usize,
    pub(super) outbox_limit: usize,
    pub(super) mailbox: Capacity,
    pub(super) functions: Functions,
    pub(super) logs: Option<LogShare>,
}

impl Settings {
    /// Whether this address may be dialled: nothing leaves this machine in plain text unless that is allowed.
    pub(super) fn may_use(&self, address: SocketAddr) -> bool {
        self.plaintext_anywhere || self.tls.is_some() || address.ip().is_loopback()
    }
}
