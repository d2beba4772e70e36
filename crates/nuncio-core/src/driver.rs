//! The driver traits: one way to move envelopes.
//!
//! A [`Driver`] is a medium without an identity. One attaches to it under a name and gets a sending half, shared between
//! threads ([`Outbox`]), a receiving half, owned by one ([`Inbox`]), and, where messages are lent, a handle to
//! acknowledge them ([`Acknowledge`]). The contract, held by the conformance suite:
//!
//! - **Commit.** A send is committed with its first byte on the medium. Before that a failure leaves the item with the
//!   caller; after it, what the medium has not taken stays in the outbox, is counted as [`Sent::queued`] and pushed on by
//!   [`Outbox::flush`].
//! - **Waiting.** Every call that can wait takes a [`Wait`]: one deadline, one cancellation. No lock is held while a
//!   call waits, and none while it arms or drops a cancel.
//! - **Nothing is lost by asking.** A receive that fails or is cancelled has added nothing and lost nothing.
//! - **Bad input is a delivery** with a [`fault`](crate::Delivery::fault), so that the reader learns of it and the next
//!   message is not held up.
//! - **Optional abilities** are asked for and may be absent; they have no default that fails, so that a wrapper cannot
//!   forget to pass one on.
//!
//! The choices behind this are argued in `docs/decisions/driver.md`.

use std::any::Any;
use std::fmt::Debug;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use crate::capability::Capabilities;
use crate::clock::{Clock, SystemClock};
use crate::delivery::{Batch, Token};
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::message::{Envelope, Outgoing};
use crate::name::EndpointName;
use crate::wait::Wait;

/// A medium.
pub trait Driver: Debug + Send + Sync {
    /// What this instance guarantees.
    fn capabilities(&self) -> &Capabilities;

    /// Joins the medium as `who`.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] when the name is taken and readers do not share; [`ErrorKind::InvalidName`] when it
    /// is none here; [`ErrorKind::PermissionDenied`] and [`ErrorKind::Unavailable`] as the medium says.
    fn attach(&self, who: &EndpointName, options: &AttachOptions) -> Result<Attached>;

    /// Everybody who can be sent to, in no order.
    ///
    /// # Errors
    /// [`ErrorKind::PermissionDenied`] and [`ErrorKind::Unavailable`] as the medium says.
    fn endpoints(&self) -> Result<Vec<EndpointInfo>>;

    /// Who is alive, where the medium can tell.
    fn presence(&self) -> Option<&dyn Presence>;
}

/// How to join.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AttachOptions {
    /// Whether to receive.
    pub role: Role,
    /// Where stamps and deadlines come from.
    pub clock: Arc<dyn Clock>,
}

impl AttachOptions {
    /// Joins as `role`, with the system's clock.
    pub fn new(role: Role) -> Self {
        Self { role, clock: Arc::new(SystemClock) }
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

/// Whether somebody who joins also receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Sends and receives under the name.
    Receive,
    /// Only sends; the name is not taken.
    SendOnly,
}

/// What joining gives.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attached {
    /// The sending half.
    pub outbox: Arc<dyn Outbox>,
    /// The receiving half, with [`Role::Receive`].
    pub inbox: Option<Box<dyn Inbox>>,
    /// The handle to acknowledge, where [`Take::Leased`](crate::Take::Leased).
    pub acknowledge: Option<Arc<dyn Acknowledge>>,
}

impl Attached {
    /// Both halves, or the sending one alone, on a medium where receiving is the acknowledgement.
    pub fn new(outbox: Arc<dyn Outbox>, inbox: Option<Box<dyn Inbox>>) -> Self {
        Self { outbox, inbox, acknowledge: None }
    }

    /// With a handle to acknowledge.
    #[must_use]
    pub fn with_acknowledge(mut self, acknowledge: Arc<dyn Acknowledge>) -> Self {
        self.acknowledge = Some(acknowledge);
        self
    }
}

/// Somebody who can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndpointInfo {
    /// The name.
    pub name: EndpointName,
    /// How many messages wait there, where the medium can tell.
    pub messages: Option<u64>,
}

impl EndpointInfo {
    /// Somebody of whom only the name is known.
    pub const fn new(name: EndpointName) -> Self {
        Self { name, messages: None }
    }

    /// With the number of messages that wait.
    #[must_use]
    pub const fn with_messages(mut self, messages: u64) -> Self {
        self.messages = Some(messages);
        self
    }
}

/// The sending half.
pub trait Outbox: Debug + Send + Sync {
    /// Finds `to` once, for many sends. A target whose endpoint goes and comes back is found again by the driver, as
    /// long as nothing of an item is on the medium.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`], [`ErrorKind::InvalidName`], [`ErrorKind::PermissionDenied`].
    fn resolve(&self, to: &EndpointName) -> Result<Target>;

    /// Sends items from the front of `batch`, in order, and advances it past those that were accepted: at least one,
    /// maybe not all. An empty batch succeeds at once.
    ///
    /// # Errors
    /// None was accepted by this call. [`ErrorKind::Full`] when there is no room `Now`, [`ErrorKind::TimedOut`] when
    /// there was none until the deadline, [`ErrorKind::TooLarge`] for the first item, [`ErrorKind::NoSuchEndpoint`] when
    /// the endpoint is gone, [`ErrorKind::Interrupted`], [`ErrorKind::ApiMisuse`] for a target of another driver.
    fn send(&self, to: &Target, batch: &mut Outgoing<'_>, wait: Wait<'_>) -> Result<Sent, SendFailure>;

    /// What to wait for until `to` may have room. It arms itself, and is ready at once if there is room now, whoever
    /// said `Full`.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    fn room(&self, to: &Target) -> Result<Readiness>;

    /// Pushes on what was begun, and hands over, once, what turned out undeliverable.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`] and [`ErrorKind::Interrupted`]; whatever was found until then is kept for the next call.
    fn flush(&self, wait: Wait<'_>) -> Result<Flushed>;

    /// Gives up what was begun and is not through, for somebody who leaves, and hands it over as what is undeliverable. Unless
    /// told otherwise nothing is ever begun.
    fn give_up(&self) -> Vec<Failed> {
        Vec::new()
    }
}

/// The receiving half.
pub trait Inbox: Debug + Send {
    /// Adds up to `max` messages to `into` and says how many: 0 when the deadline passed. `Now` with 0 arms the
    /// readiness.
    ///
    /// # Errors
    /// Nothing was added. [`ErrorKind::NoSuchEndpoint`] when the endpoint was removed, [`ErrorKind::Closed`] after
    /// [`detach`](Self::detach), [`ErrorKind::Interrupted`].
    fn recv(&mut self, into: &mut Batch, max: usize, wait: Wait<'_>) -> Result<usize>;

    /// What to wait for until something may have arrived: the same for the inbox's whole life.
    fn readiness(&self) -> Readiness;

    /// Does the medium's chores (accepts, greets, flushes); takes no message.
    ///
    /// # Errors
    /// As the medium says; the inbox stays usable.
    fn pump(&mut self) -> Result<()>;

    /// Leaves the medium, and hands over what was taken from it and not yet received. A second call finds nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for [`Detach::Suspend`] where [`Capabilities::suspend`] is not claimed, and nothing has
    /// changed. Otherwise the inbox is left all the same; what could not be tidied up is said.
    fn detach(&mut self, how: Detach, wait: Wait<'_>) -> Result<Leftovers>;
}

/// Acknowledgement, where messages are lent. The count says how many leases were still ours.
pub trait Acknowledge: Debug + Send + Sync {
    /// The messages are done with.
    ///
    /// # Errors
    /// As the medium says; the leases then run out as if nothing had been said.
    fn ack(&self, tokens: &[Token<'_>], wait: Wait<'_>) -> Result<usize>;

    /// The messages shall come again, after `delay`.
    ///
    /// # Errors
    /// As [`ack`](Self::ack).
    fn nack(&self, tokens: &[Token<'_>], delay: Duration, wait: Wait<'_>) -> Result<usize>;

    /// The leases shall run for `by` from now.
    ///
    /// # Errors
    /// As [`ack`](Self::ack).
    fn extend(&self, tokens: &[Token<'_>], by: Duration, wait: Wait<'_>) -> Result<usize>;
}

/// Who is alive.
pub trait Presence: Debug + Send + Sync {
    /// Whether `who` is attached and its process lives.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] when nobody has that name.
    fn is_alive(&self, who: &EndpointName) -> Result<bool>;
}

/// A receiver that was found; cheap to clone, good for the driver that made it.
#[derive(Clone, Debug)]
pub struct Target {
    name: EndpointName,
    inner: Arc<dyn Any + Send + Sync>,
}

impl Target {
    /// For a driver: `name` with what it found out about it.
    pub fn new(name: EndpointName, inner: Arc<dyn Any + Send + Sync>) -> Self {
        Self { name, inner }
    }

    /// The name it was found by.
    pub const fn name(&self) -> &EndpointName {
        &self.name
    }

    /// For a driver: what it put in.
    ///
    /// # Errors
    /// [`ErrorKind::ApiMisuse`] when another driver made this target.
    #[inline(always)]
    pub fn inner<T: 'static>(&self) -> Result<&T> {
        self.inner.downcast_ref().ok_or_else(|| {
            Error::new(ErrorKind::ApiMisuse, "send to")
                .on(self.name.as_str())
                .because("the target was resolved by another driver")
        })
    }
}

/// What to wait for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Readiness {
    /// The descriptor is readable.
    Readable(Arc<OwnedFd>),
    /// The descriptor is writable.
    Writable(Arc<OwnedFd>),
    /// There is no descriptor: wait inside the call, on a thread that may block.
    Blocking,
}

/// How many items of one call were accepted, and how far they got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The medium has all of them.
    pub stored: usize,
    /// Begun; the rest is in the outbox.
    pub queued: usize,
}

/// A call that accepted nothing.
#[derive(Debug)]
pub struct SendFailure {
    /// Why.
    pub error: Error,
    /// Whether the first item may have been stored all the same.
    pub outcome: Outcome,
}

impl From<Error> for SendFailure {
    fn from(error: Error) -> Self {
        Self { error, outcome: Outcome::NotSent }
    }
}

/// What [`Outbox::flush`] found.
#[derive(Debug, Default)]
pub struct Flushed {
    /// How many begun messages are still under way.
    pub pending: usize,
    /// Those that were counted as [`Sent::queued`] and will not arrive.
    pub failed: Vec<Failed>,
}

/// A message that was accepted and will not arrive.
#[derive(Debug)]
pub struct Failed {
    /// Whom it was for.
    pub to: EndpointName,
    /// Why.
    pub error: Error,
    /// Whether it may have arrived all the same.
    pub outcome: Outcome,
    /// The message, where nothing of it arrived.
    pub message: Option<Envelope>,
}

/// How to leave a medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detach {
    /// For good: the name becomes free.
    Leave,
    /// To come back: the name stays, and so do messages, where the medium keeps them.
    Suspend,
}

/// What leaving a medium hands over.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// Taken from the medium and not yet received. Messages that are the next reader's by right stay on the medium.
    pub unread: Batch,
    /// Begun and not finished.
    pub unsent: Vec<Failed>,
}
