//! Both halves, with faults.

use std::sync::Arc;

use nuncio_core::driver::{Detach, Failed, Flushed, Leftovers, SendFailure, Sent};
use nuncio_core::{
    Batch, Deadline, EndpointName, Error, ErrorKind, Inbox, Outbox, Outgoing, Readiness, Result, Target, Wait,
};

use super::dice::Dice;

#[derive(Debug)]
pub(super) struct ChaosOutbox {
    inner: Arc<dyn Outbox>,
    dice: Dice,
}

impl ChaosOutbox {
    pub(super) fn new(inner: Arc<dyn Outbox>, dice: Dice) -> Self {
        Self { inner, dice }
    }
}

impl Outbox for ChaosOutbox {
    fn resolve(&self, to: &EndpointName) -> Result<Target> {
        self.dice.dawdle();
        self.inner.resolve(to)
    }

    fn send(&self, to: &Target, batch: &mut Outgoing<'_>, wait: Wait<'_>) -> Result<Sent, SendFailure> {
        self.dice.dawdle();
        if !batch.rest().is_empty() && self.dice.is_bad() {
            let kind = match wait.until {
                Deadline::Now => ErrorKind::Full,
                _ => ErrorKind::Unavailable,
            };
            return Err(Error::new(kind, "send to").on(to.name().as_str()).because("a fault was injected").into());
        }
        let count = self.dice.fewer(batch.rest().len());
        let sent = batch.first(count, |part| self.inner.send(to, part, wait));
        self.dice.dawdle();
        sent
    }

    fn room(&self, to: &Target) -> Result<Readiness> {
        self.dice.dawdle();
        self.inner.room(to)
    }

    fn flush(&self, wait: Wait<'_>) -> Result<Flushed> {
        self.dice.dawdle();
        self.inner.flush(wait)
    }

    fn give_up(&self) -> Vec<Failed> {
        self.inner.give_up()
    }
}

#[derive(Debug)]
pub(super) struct ChaosInbox {
    inner: Box<dyn Inbox>,
    dice: Dice,
}

impl ChaosInbox {
    pub(super) fn new(inner: Box<dyn Inbox>, dice: Dice) -> Self {
        Self { inner, dice }
    }
}

impl Inbox for ChaosInbox {
    fn recv(&mut self, into: &mut Batch, max: usize, wait: Wait<'_>) -> Result<usize> {
        self.dice.dawdle();
        let received = self.inner.recv(into, self.dice.fewer(max), wait);
        self.dice.dawdle();
        received
    }

    fn readiness(&self) -> Readiness {
        self.inner.readiness()
    }

    fn pump(&mut self) -> Result<()> {
        self.dice.dawdle();
        self.inner.pump()
    }

    fn detach(&mut self, how: Detach, wait: Wait<'_>) -> Result<Leftovers> {
        self.dice.dawdle();
        self.inner.detach(how, wait)
    }
}
