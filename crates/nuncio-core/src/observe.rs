//! A wrapper that watches a driver: `tracing` spans, and a meter of what went through.
//!
//! Each `attach` is a span at level `DEBUG`, each `send` and `recv` one at `TRACE`, all with the target `nuncio::driver`
//! and the fields `endpoint` and, where they apply, `offered`, `accepted` and `received`. A failure that no repetition
//! mends is an event at `DEBUG` inside its span. While nobody listens a span costs one comparison and allocates nothing.
//!
//! ```
//! use nuncio_core::{Meter, Observed};
//! # use nuncio_core::Driver;
//! # use std::sync::Arc;
//! # fn watch(driver: Arc<dyn Driver>) -> nuncio_core::Result<()> {
//! let meter = Arc::new(Meter::default());
//! let driver = Observed::new(driver, meter.clone());
//! // ... attach to `driver`, send, receive ...
//! println!("{} messages sent", meter.snapshot().sent_messages);
//! # Ok(())
//! # }
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tracing::field::Empty;
use tracing::{Span, debug, debug_span, trace_span};

use crate::capability::Capabilities;
use crate::delivery::{Batch, BodyRef, Delivery, Token};
use crate::driver::{
    Acknowledge, AttachOptions, Attached, Detach, Driver, EndpointInfo, Flushed, Inbox, Leftovers, Outbox, Presence,
    Readiness, SendFailure, Sent, Target,
};
use crate::error::{Error, ErrorKind, Result};
use crate::message::Outgoing;
use crate::name::EndpointName;
use crate::wait::Wait;

const TARGET: &str = "nuncio::driver";

/// A driver that does what the one inside does, and tells of it.
#[derive(Debug)]
pub struct Observed {
    inner: Arc<dyn Driver>,
    meter: Arc<Meter>,
}

impl Observed {
    /// Watches `inner` and counts in `meter`, which several drivers may share.
    pub fn new(inner: Arc<dyn Driver>, meter: Arc<Meter>) -> Self {
        Self { inner, meter }
    }
}

impl Driver for Observed {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn attach(&self, who: &EndpointName, options: &AttachOptions) -> Result<Attached> {
        let span = debug_span!(target: TARGET, "attach", endpoint = who.as_str(), role = ?options.role);
        let _entered = span.enter();
        let attached = self.inner.attach(who, options).inspect_err(|error| self.meter.count_failure(error))?;
        let meter = || self.meter.clone();
        Ok(Attached {
            outbox: Arc::new(ObservedOutbox { inner: attached.outbox, meter: meter() }),
            inbox: attached
                .inbox
                .map(|inner| Box::new(ObservedInbox { inner, name: who.clone(), meter: meter() }) as Box<dyn Inbox>),
            acknowledge: attached
                .acknowledge
                .map(|inner| Arc::new(ObservedAcknowledge { inner, meter: meter() }) as Arc<dyn Acknowledge>),
        })
    }

    fn endpoints(&self) -> Result<Vec<EndpointInfo>> {
        self.inner.endpoints().inspect_err(|error| self.meter.count_failure(error))
    }

    fn presence(&self) -> Option<&dyn Presence> {
        self.inner.presence()
    }
}

#[derive(Debug)]
struct ObservedOutbox {
    inner: Arc<dyn Outbox>,
    meter: Arc<Meter>,
}

impl Outbox for ObservedOutbox {
    fn resolve(&self, to: &EndpointName) -> Result<Target> {
        self.inner.resolve(to).inspect_err(|error| self.meter.count_failure(error))
    }

    fn send(&self, to: &Target, batch: &mut Outgoing<'_>, wait: Wait<'_>) -> Result<Sent, SendFailure> {
        let (endpoint, offered) = (to.name().as_str(), batch.rest().len());
        let span = trace_span!(target: TARGET, "send", endpoint, offered, accepted = Empty);
        let _entered = span.enter();
        add(&self.meter.send_calls, 1);
        let sent = self.inner.send(to, batch, wait).inspect_err(|failure| self.meter.count_failure(&failure.error))?;
        self.meter.count(&span, "accepted", &self.meter.sent_messages, sent.stored + sent.queued);
        Ok(sent)
    }

    fn room(&self, to: &Target) -> Result<Readiness> {
        self.inner.room(to).inspect_err(|error| self.meter.count_failure(error))
    }

    fn flush(&self, wait: Wait<'_>) -> Result<Flushed> {
        let flushed = self.inner.flush(wait).inspect_err(|error| self.meter.count_failure(error))?;
        for failed in &flushed.failed {
            self.meter.count_failure(&failed.error);
        }
        Ok(flushed)
    }
}

#[derive(Debug)]
struct ObservedInbox {
    inner: Box<dyn Inbox>,
    name: EndpointName,
    meter: Arc<Meter>,
}

impl Inbox for ObservedInbox {
    fn recv(&mut self, into: &mut Batch, max: usize, wait: Wait<'_>) -> Result<usize> {
        let span = trace_span!(target: TARGET, "recv", endpoint = self.name.as_str(), received = Empty);
        let _entered = span.enter();
        add(&self.meter.receive_calls, 1);
        let before = into.len();
        let received = self.inner.recv(into, max, wait).inspect_err(|error| self.meter.count_failure(error))?;
        self.meter.count(&span, "received", &self.meter.received_messages, received);
        for delivery in into.iter().skip(before) {
            self.meter.count_delivery(delivery);
        }
        Ok(received)
    }

    fn readiness(&self) -> Readiness {
        self.inner.readiness()
    }

    fn pump(&mut self) -> Result<()> {
        self.inner.pump().inspect_err(|error| self.meter.count_failure(error))
    }

    fn detach(&mut self, how: Detach, wait: Wait<'_>) -> Result<Leftovers> {
        let span = debug_span!(target: TARGET, "detach", endpoint = self.name.as_str(), how = ?how);
        let _entered = span.enter();
        self.inner.detach(how, wait).inspect_err(|error| self.meter.count_failure(error))
    }
}

#[derive(Debug)]
struct ObservedAcknowledge {
    inner: Arc<dyn Acknowledge>,
    meter: Arc<Meter>,
}

impl Acknowledge for ObservedAcknowledge {
    fn ack(&self, tokens: &[Token<'_>], wait: Wait<'_>) -> Result<usize> {
        self.inner.ack(tokens, wait).inspect_err(|error| self.meter.count_failure(error))
    }

    fn nack(&self, tokens: &[Token<'_>], delay: Duration, wait: Wait<'_>) -> Result<usize> {
        self.inner.nack(tokens, delay, wait).inspect_err(|error| self.meter.count_failure(error))
    }

    fn extend(&self, tokens: &[Token<'_>], by: Duration, wait: Wait<'_>) -> Result<usize> {
        self.inner.extend(tokens, by, wait).inspect_err(|error| self.meter.count_failure(error))
    }
}

/// Counts what goes through the drivers it was given to; every thread may read it at any time.
#[derive(Debug, Default)]
pub struct Meter {
    send_calls: AtomicU64,
    sent_messages: AtomicU64,
    receive_calls: AtomicU64,
    received_messages: AtomicU64,
    received_payload_bytes: AtomicU64,
    fulls: AtomicU64,
    /// One for each of [`KINDS`].
    failures: [AtomicU64; KINDS.len()],
}

impl Meter {
    /// What was counted until now. The numbers are read one after the other: while messages move, they may be apart by
    /// those that moved meanwhile.
    pub fn snapshot(&self) -> MeterSnapshot {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let failures = KINDS.into_iter().zip(self.failures.iter().map(read)).filter(|(_, count)| *count > 0);
        MeterSnapshot {
            send_calls: read(&self.send_calls),
            sent_messages: read(&self.sent_messages),
            receive_calls: read(&self.receive_calls),
            received_messages: read(&self.received_messages),
            received_payload_bytes: read(&self.received_payload_bytes),
            fulls: read(&self.fulls),
            failures: failures.collect(),
        }
    }

    fn count(&self, span: &Span, field: &str, counter: &AtomicU64, messages: usize) {
        span.record(field, messages);
        add(counter, messages);
    }

    fn count_delivery(&self, delivery: Delivery<'_>) {
        if let BodyRef::Encoded(_, bytes) = delivery.body() {
            add(&self.received_payload_bytes, bytes.len());
        }
        if let Some(fault) = delivery.fault() {
            self.count_failure(fault);
        }
    }

    fn count_failure(&self, error: &Error) {
        if error.kind() == ErrorKind::Full {
            add(&self.fulls, 1);
        } else if let Some(counter) = self.failures.get(error.kind() as usize) {
            add(counter, 1);
        }
        if !error.is_transient() {
            debug!(target: TARGET, kind = ?error.kind(), error = %error.chain(), "failed");
        }
    }
}

fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

/// What a [`Meter`] had counted at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeterSnapshot {
    /// Calls of [`Outbox::send`].
    pub send_calls: u64,
    /// Messages that they accepted.
    pub sent_messages: u64,
    /// Calls of [`Inbox::recv`].
    pub receive_calls: u64,
    /// Messages that they took.
    pub received_messages: u64,
    /// The encoded payloads of these, in bytes; values are not encoded and do not count.
    pub received_payload_bytes: u64,
    /// How often there was no room at once.
    pub fulls: u64,
    /// How often each other kind of failure was met, by a call or in a message; those that never were are left out.
    pub failures: Vec<(ErrorKind, u64)>,
}

/// Every kind, at the index that is its discriminant.
const KINDS: [ErrorKind; ErrorKind::VersionMismatch as usize + 1] = [
    ErrorKind::AlreadyExists,
    ErrorKind::ApiMisuse,
    ErrorKind::Closed,
    ErrorKind::Corrupt,
    ErrorKind::Full,
    ErrorKind::Interrupted,
    ErrorKind::InvalidName,
    ErrorKind::Io,
    ErrorKind::LimitExceeded,
    ErrorKind::Misconfigured,
    ErrorKind::NoSuchEndpoint,
    ErrorKind::PeerGone,
    ErrorKind::PeerMisbehaved,
    ErrorKind::PermissionDenied,
    ErrorKind::Refused,
    ErrorKind::TimedOut,
    ErrorKind::TooLarge,
    ErrorKind::Unauthenticated,
    ErrorKind::Unavailable,
    ErrorKind::Unsupported,
    ErrorKind::VersionMismatch,
];

const _: () = {
    let mut index = 0;
    while index < KINDS.len() {
        assert!(KINDS[index] as usize == index, "a kind is missing, or out of its order");
        index += 1;
    }
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::{Slot, SlotBody};

    #[test]
    fn a_meter_tells_full_from_failures_and_leaves_out_what_never_happened() {
        let meter = Meter::default();
        for kind in [ErrorKind::Full, ErrorKind::TimedOut, ErrorKind::VersionMismatch, ErrorKind::TimedOut] {
            meter.count_failure(&Error::new(kind, "send to"));
        }
        let snapshot = meter.snapshot();
        assert_eq!(snapshot.fulls, 1);
        assert_eq!(snapshot.failures, [(ErrorKind::TimedOut, 2), (ErrorKind::VersionMismatch, 1)]);
    }

    #[test]
    fn a_damaged_message_counts_as_a_failure_of_its_kind() {
        let meter = Meter::default();
        let mut slot = Slot { fault: Some(Error::new(ErrorKind::Corrupt, "read")), ..Slot::default() };
        let body = slot.push(b"seven b");
        slot.body = SlotBody::Encoded(None, body);
        meter.count_delivery(slot.view());
        let snapshot = meter.snapshot();
        assert_eq!(snapshot.failures, [(ErrorKind::Corrupt, 1)]);
        assert_eq!(snapshot.received_payload_bytes, 7);
    }
}
