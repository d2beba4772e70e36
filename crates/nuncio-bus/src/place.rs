//! What a bus asks of its medium beside moving messages: who is there, who has gone, what they leave behind.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use nuncio_core::{Attached, Capabilities, EndpointName, Result, WaitsBy};

use crate::route::{Arrival, Holder, Ledger, Present};
use crate::stream::Connections;
use crate::wire::account::Account;

/// What every bus guarantees that other processes can join, with payloads of up to `payload_bytes_max`: a medium adds what
/// is its own.
pub(crate) const fn claims_of_a_bus(payload_bytes_max: usize) -> Capabilities {
    let mut claims = Capabilities::least(payload_bytes_max);
    (claims.body.bytes, claims.body.value) = (false, true);
    claims.waits_by = WaitsBy::Descriptor;
    claims.presence = true;
    let carries = &mut claims.carries;
    (carries.id, carries.from, carries.stamp, carries.broadcast, carries.headers) = (true, true, true, true, true);
    claims
}

/// A bus on one medium.
pub(crate) trait Place: Debug + Send + Sync {
    /// What the medium guarantees.
    fn claims(&self) -> &Capabilities;

    /// What tells this bus from all others on the machine.
    fn key(&self) -> String;

    /// Refuses an id that nobody can have here.
    fn check_name(&self, id: &str) -> Result<()>;

    /// Joins as `who`.
    fn join(&self, who: &EndpointName, arrival: Arrival) -> Result<Joined>;

    /// Everybody who has a place here, sorted; those whose processes have ended too.
    fn present(&self) -> Result<Vec<Present>>;

    /// Whose the name `id` is; none if nobody's.
    fn holder(&self, id: &str) -> Result<Option<Holder>>;

    /// Whether process `pid` is the one that took the name `id`, and not a later one with its number.
    fn is_certainly(&self, id: &str, pid: u32) -> Result<bool>;

    /// Until when `id` is expected back, if that was said.
    fn suspended_until(&self, id: &str) -> Result<Option<SystemTime>>;

    /// Says until when `id`, who is about to be suspended, is expected back.
    fn suspend_until(&self, id: &str, until: SystemTime) -> Result<()>;

    /// Keeps a message, as JSON text, for the peer `id` itself, who reads it next.
    fn put_back(&self, id: &str, json: &[u8]) -> Result<()>;

    /// Whether somebody is writing a message for `id` that cannot be received yet, where that can be seen.
    fn has_unfinished(&self, id: &str) -> Result<bool>;

    /// Removes what is left of `id` if its process has ended; says whether it did.
    fn reap(&self, id: &str) -> Result<bool>;

    /// The accounts that peers have left, by their ids.
    fn accounts(&self) -> Result<BTreeMap<String, Account>>;

    /// Who tells when somebody comes or goes.
    fn changes(&self) -> Result<Box<dyn Changes>>;

    /// The file that names the owner of the bus, where the medium has room for one.
    fn owner_file(&self) -> Option<PathBuf>;

    /// Whether there is nothing where the bus is but what it was made with.
    fn is_empty(&self) -> Result<bool> {
        Ok(self.present()?.is_empty() && self.accounts()?.is_empty())
    }

    /// Removes the bus with everything that is on it, and nothing else.
    fn remove(&self) -> Result<()>;
}

/// Tells when somebody comes or goes, and when a suspension begins or ends. That a process ends it does not tell.
pub(crate) trait Changes: Debug + Send {
    /// The descriptor that is readable when there may be something to tell; always the same.
    fn readiness(&self) -> &Arc<OwnedFd>;

    /// Whether something has changed since the last call, or may have.
    fn take(&mut self) -> Result<bool>;
}

/// What joining gives to a peer.
#[derive(Debug)]
pub(crate) struct Joined {
    pub(crate) attached: Attached,
    pub(crate) ledger: Arc<Ledger>,
    /// To be set when a message was put back.
    pub(crate) may_resume: Arc<AtomicBool>,
    /// Its connections, on a medium that has such.
    pub(crate) connections: Option<Connections>,
    /// Whether messages may be taken from the medium before they are wanted: what is not received after all can be put back so
    /// that it outlives this process as those that were not taken do.
    pub(crate) may_read_ahead: bool,
    /// What a look that costs one system call takes.
    pub(crate) glance: Glance,
}

/// What a look takes that costs one system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glance {
    /// There is no such look, or an answer takes longer than falling asleep and waking up.
    None,
    /// As many messages as are wanted; of the others the descriptor tells.
    Wanted,
    /// All that is there, of which the descriptor tells nobody then.
    All,
}
