//! The receiving half.

use std::sync::Arc;

use nuncio_core::driver::{Detach, Leftovers};
use nuncio_core::{Batch, Clock, EndpointName, Error, ErrorKind, Inbox, Readiness, Result, Slot, Wait};
use tracing::warn;

use super::mailbox::Mailbox;
use super::medium::Medium;
use super::refusal::Refusal;

#[derive(Debug)]
pub(super) struct MemoryInbox {
    medium: Arc<Medium>,
    name: EndpointName,
    mailbox: Arc<Mailbox>,
    clock: Arc<dyn Clock>,
    is_attached: bool,
}

impl MemoryInbox {
    pub(super) fn new(medium: Arc<Medium>, name: EndpointName, mailbox: Arc<Mailbox>, clock: Arc<dyn Clock>) -> Self {
        Self { medium, name, mailbox, clock, is_attached: true }
    }

    /// Ends the mailbox and gives what was unread; nothing if this inbox has left before.
    fn leave(&mut self) -> Vec<Slot> {
        match std::mem::take(&mut self.is_attached) {
            true => self.medium.remove(&self.name, &self.mailbox),
            false => Vec::new(),
        }
    }
}

impl Inbox for MemoryInbox {
    fn recv(&mut self, into: &mut Batch, max: usize, wait: Wait<'_>) -> Result<usize> {
        let error = |kind| Err(Error::new(kind, "receive as").on(self.name.as_str()));
        if !self.is_attached {
            return error(ErrorKind::Closed);
        }
        if max == 0 {
            return Ok(0);
        }
        match self.mailbox.take(into, max, &*self.clock, wait) {
            Ok(count) => Ok(count),
            Err(Refusal::Cancelled) => error(ErrorKind::Interrupted),
            // Only this inbox ends its mailbox, and it is still attached.
            Err(Refusal::Late | Refusal::NotNow | Refusal::Over) => Ok(0),
        }
    }

    fn readiness(&self) -> Readiness {
        self.mailbox.readiness()
    }

    fn pump(&mut self) -> Result<()> {
        Ok(())
    }

    fn detach(&mut self, how: Detach, _: Wait<'_>) -> Result<Leftovers> {
        let mut left = Leftovers::default();
        match how {
            Detach::Suspend if self.is_attached => {
                self.is_attached = false;
                self.mailbox.suspend();
            }
            Detach::Suspend => {}
            _ => self.leave().into_iter().for_each(|letter| left.unread.put(letter)),
        }
        Ok(left)
    }
}

impl Drop for MemoryInbox {
    fn drop(&mut self) {
        let unread = self.leave().len();
        if unread > 0 {
            warn!(endpoint = self.name.as_str(), unread, "an inbox was dropped with messages in it");
        }
    }
}
