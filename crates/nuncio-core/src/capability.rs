//! What an instance of a driver guarantees.
//!
//! The conformance suite attacks every claim, and holds an unclaimed ability to failing with
//! [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported).

use std::fmt;

/// The claims of one driver instance.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Which bodies it carries.
    pub body: BodyKinds,
    /// In which order messages arrive.
    pub order: Order,
    /// What receiving a message does to it.
    pub take: Take,
    /// May several inboxes of one name share the work, each message going to one of them?
    pub shared_readers: bool,
    /// What a sender meets when there is no room.
    pub full: Full,
    /// The largest payload, in bytes.
    pub payload_bytes_max: usize,
    /// The largest payload that needs no detour (a spill file, several writes), in bytes.
    pub inline_bytes_max: usize,
    /// How a wait is done.
    pub waits_by: WaitsBy,
    /// Whose end a stored message outlives.
    pub survives: Survives,
    /// Can one leave to come back, with messages arriving meanwhile ([`Detach::Suspend`](crate::driver::Detach::Suspend))?
    pub suspend: bool,
    /// Can it tell who is there?
    pub presence: bool,
    /// Which parts of an envelope reach the other side.
    pub carries: Carries,
}

impl Capabilities {
    /// The least a driver can claim: bytes of up to `payload_bytes_max`, one reader, nothing outlived, nothing but the
    /// payload carried. A driver starts here and adds what it guarantees.
    pub const fn least(payload_bytes_max: usize) -> Self {
        Self {
            body: BodyKinds { bytes: true, value: false },
            order: Order::PerSender,
            take: Take::Destructive,
            shared_readers: false,
            full: Full::WaitsAtCapacity,
            payload_bytes_max,
            inline_bytes_max: payload_bytes_max,
            waits_by: WaitsBy::KernelCall,
            survives: Survives::Nothing,
            suspend: false,
            presence: false,
            carries: Carries { id: false, from: false, stamp: false, broadcast: false, headers: false },
        }
    }
}

/// Which bodies a medium carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyKinds {
    /// Bytes in any codec, unchanged.
    pub bytes: bool,
    /// A value of one's own; where it must be a map, the medium's documentation says so.
    pub value: bool,
}

/// In which order messages arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// In the order in which all senders' sends were accepted.
    AllSenders,
    /// Each sender's in its own order.
    PerSender,
}

/// What receiving does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Take {
    /// Receiving removes the message: it is the acknowledgement.
    Destructive,
    /// The message is lent for a time and comes again unless it is acknowledged.
    Leased,
}

/// What a sender meets when there is no room; with [`Deadline::Now`](crate::Deadline::Now) always
/// [`ErrorKind::Full`](crate::ErrorKind::Full).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Full {
    /// It waits; room is counted in bytes.
    WaitsAtBytes,
    /// It waits; room is counted in messages.
    WaitsAtCapacity,
    /// It waits; room is counted in messages and in bytes, and there has to be some of both.
    WaitsAtCapacityAndBytes,
}

/// How a wait is done, and so what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitsBy {
    /// On a descriptor, which an event loop can watch too.
    Descriptor,
    /// In a kernel call that has no descriptor.
    KernelCall,
}

/// Whose end a stored message outlives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Survives {
    /// It ends with the process that holds it.
    Nothing,
    /// Its sender may end.
    Senders,
    /// Every process may end.
    EveryProcess,
    /// The machine may restart.
    Reboot,
}

/// Which parts of an envelope reach the other side; the others are dropped, and that is no loss in the sense of the
/// guarantees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Carries {
    /// The message id.
    pub id: bool,
    /// The sender's name.
    pub from: bool,
    /// The sender's time stamp.
    pub stamp: bool,
    /// Whether it was a broadcast.
    pub broadcast: bool,
    /// Headers of the user's own.
    pub headers: bool,
}

impl fmt::Display for Capabilities {
    /// The cells of the table in the guide, in its order, separated by ` | `.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = match (self.body.bytes, self.body.value) {
            (true, true) => "any",
            (true, false) => "bytes",
            (false, _) => "value",
        };
        write!(
            f,
            "{body} | {:?} | {:?} | {} | {:?} | {} B | {:?} | {:?} | {}",
            self.order,
            self.take,
            if self.shared_readers { "share the work" } else { "no" },
            self.full,
            self.payload_bytes_max,
            self.waits_by,
            self.survives,
            if self.presence { "yes" } else { "no" },
        )
    }
}
