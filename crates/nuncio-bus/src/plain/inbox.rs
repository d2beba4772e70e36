//! The receiving half: reads what the driver gives as messages, and counts them.

use std::sync::Arc;

use nuncio_core::driver::{Detach, Leftovers};
use nuncio_core::{
    Acknowledge, Batch, BodyRef, Clock, Deadline, Delivery, Error, ErrorKind, Inbox, Readiness, Result, Token, Wait,
};
use tracing::warn;

use super::annex::{Annex, Bell};
use crate::route::{Ledger, Reader, wait_for_any};
use crate::wire::message::understand;

#[derive(Debug)]
pub(super) struct PlainInbox {
    pub(super) inner: Box<dyn Inbox>,
    pub(super) acknowledge: Option<Arc<dyn Acknowledge>>,
    pub(super) annex: Arc<Annex>,
    pub(super) bell: Arc<Bell>,
    pub(super) id: String,
    pub(super) reader: Reader,
    pub(super) ledger: Arc<Ledger>,
    pub(super) clock: Arc<dyn Clock>,
    /// Whether its messages outlive it when it is suspended.
    pub(super) can_suspend: bool,
    pub(super) is_attached: bool,
    /// What the driver gave, before it is read.
    pub(super) raw: Batch,
}

impl PlainInbox {
    fn check(&self) -> Result<()> {
        let failed = |kind, reason| Err(Error::new(kind, "receive as").on(&*self.id).because(reason));
        if !self.is_attached {
            return failed(ErrorKind::Closed, "it has left the bus");
        }
        match self.annex.is_over() {
            true => failed(ErrorKind::NoSuchEndpoint, "the bus has ended"),
            false => Ok(()),
        }
    }

    /// What is there now, first what was put back, which was counted when it came first. Whoever is given less than he wanted takes
    /// it for all.
    fn take(&mut self, into: &mut Batch, max: usize) -> Result<usize> {
        let before = into.len();
        while into.len() < before + max
            && let Some(json) = self.annex.take_put_back(&self.id)
        {
            add(json, into);
        }
        let put_back = into.len() - before;
        if put_back == max {
            return Ok(put_back);
        }
        self.raw.clear();
        let count = match self.inner.recv(&mut self.raw, max - put_back, Wait::NOW) {
            Ok(count) => count,
            // It fails with the next look as well, and takes nothing with it now.
            Err(_) if put_back > 0 => 0,
            Err(error) => return Err(error),
        };
        for index in 0..count {
            let Some(delivery) = self.raw.get(index) else { continue };
            self.acknowledge(delivery);
            read(&self.reader, delivery, into);
            if let Some(read) = into.get(into.len() - 1) {
                self.ledger.count_read(read.from(), 1);
            }
        }
        Ok(put_back + count)
    }

    /// On a bus receiving is the acknowledgement.
    fn acknowledge(&self, delivery: Delivery<'_>) {
        let (Some(acknowledge), Some(token)) = (&self.acknowledge, delivery.token()) else { return };
        if let Err(error) = acknowledge.ack(&[Token(token.0)], Wait::NOW) {
            warn!(peer = self.id, error = %error.chain(), "a message could not be acknowledged and may come again");
        }
    }

    fn leave(&mut self, how: Detach, wait: Wait<'_>) -> Result<Leftovers> {
        self.annex.leave(&self.id, self.ledger.account(), how == Detach::Suspend);
        let mut left = Leftovers::default();
        if how != Detach::Suspend {
            while let Some(json) = self.annex.take_put_back(&self.id) {
                add(json, &mut left.unread);
            }
        }
        let inner = self.inner.detach(how, wait);
        // Whoever looked before this found the driver's entry still there.
        self.annex.ring();
        let inner = inner?;
        inner.unread.iter().for_each(|delivery| read(&self.reader, delivery, &mut left.unread));
        left.unsent = inner.unsent;
        Ok(left)
    }
}

/// Adds a message that was put back.
fn add(json: Vec<u8>, into: &mut Batch) {
    let slot = into.slot();
    slot.storage = json;
    if let Err(error) = understand(slot) {
        slot.fault = Some(error);
    }
    into.commit();
}

/// Reads what the driver has delivered; what cannot be read is a fault.
fn read(reader: &Reader, delivery: Delivery<'_>, into: &mut Batch) {
    let slot = into.slot();
    let unread = |reason: &'static str| Error::new(ErrorKind::Corrupt, "read the message").because(reason);
    match (delivery.fault(), delivery.body()) {
        (Some(fault), _) => slot.fault = Some(Error::new(fault.kind(), "read the message").because(fault.to_string())),
        (None, BodyRef::Encoded(_, bytes)) if bytes.len() > reader.message_bytes_max() => {
            slot.fault = Some(Error::new(ErrorKind::TooLarge, "read the message").because(format!(
                "it is {} bytes, limit is {} bytes",
                bytes.len(),
                reader.message_bytes_max()
            )));
        }
        (None, BodyRef::Encoded(_, bytes)) => drop(reader.read(bytes, slot)),
        (None, _) => slot.fault = Some(unread("it is no message of a bus")),
    }
    slot.origin = delivery.origin().clone();
    into.commit();
}

impl Inbox for PlainInbox {
    fn recv(&mut self, into: &mut Batch, max: usize, wait: Wait<'_>) -> Result<usize> {
        self.check()?;
        if max == 0 {
            return Ok(0);
        }
        if let Some(cancel) = wait.cancel {
            cancel.check().map_err(|_| Error::new(ErrorKind::Interrupted, "receive as").on(&*self.id))?;
        }
        loop {
            let count = self.take(into, max)?;
            if count > 0 || wait.until == Deadline::Now {
                return Ok(count);
            }
            let ready = wait_for_any(&[&self.inner.readiness(), &self.bell.readiness()], &*self.clock, wait);
            let ready = ready.map_err(|error| match error.kind() {
                ErrorKind::Interrupted => Error::new(ErrorKind::Interrupted, "receive as").on(&*self.id),
                _ => error,
            })?;
            self.bell.hush();
            self.check()?;
            if ready == 0 && wait.until.instant().is_some_and(|until| self.clock.now() >= until) {
                return self.take(into, max);
            }
        }
    }

    fn readiness(&self) -> Readiness {
        self.inner.readiness()
    }

    fn pump(&mut self) -> Result<()> {
        self.inner.pump()
    }

    fn detach(&mut self, how: Detach, wait: Wait<'_>) -> Result<Leftovers> {
        if how == Detach::Suspend && !self.can_suspend {
            return Err(Error::new(ErrorKind::Unsupported, "suspend")
                .on(&*self.id)
                .because("this medium keeps no messages for somebody who is away"));
        }
        match std::mem::take(&mut self.is_attached) {
            true => self.leave(how, wait),
            false => Ok(Leftovers::default()),
        }
    }
}

impl Drop for PlainInbox {
    fn drop(&mut self) {
        if std::mem::take(&mut self.is_attached)
            && let Err(error) = self.leave(Detach::Leave, Wait::NOW)
        {
            warn!(peer = self.id, error = %error.chain(), "an inbox was dropped and could not tidy up");
        }
    }
}
