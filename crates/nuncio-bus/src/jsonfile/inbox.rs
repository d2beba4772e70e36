//! The receiving half: looks into the file when it was written.

use std::sync::Arc;

use nuncio_core::driver::{Detach, Leftovers};
use nuncio_core::{Batch, Clock, Deadline, EndpointName, Error, ErrorKind, Inbox, Readiness, Result, Wait};
use nuncio_sys::watch::Watch;
use tracing::warn;

use super::driver::here;
use super::place::PUT_BACK;
use super::store::{Store, Verdict};
use crate::route::{Ledger, Reader, wait_for};

#[derive(Debug)]
pub(super) struct JsonFileInbox {
    pub(super) store: Arc<Store>,
    pub(super) id: EndpointName,
    pub(super) watch: Watch,
    pub(super) reader: Reader,
    pub(super) ledger: Arc<Ledger>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) is_attached: bool,
}

impl JsonFileInbox {
    fn check_attached(&self) -> Result<()> {
        match self.is_attached {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Closed, "receive as").on(self.id.as_str())),
        }
    }

    /// A wait that was called off says whose it was.
    fn named(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Interrupted => Error::new(ErrorKind::Interrupted, "receive as").on(self.id.as_str()),
            _ => error,
        }
    }

    /// Adds up to `max` of the messages that are there now.
    fn take(&self, into: &mut Batch, max: usize) -> Result<usize> {
        self.watch.take(&mut Vec::new()).map_err(|error| Error::io("watch", error).on(self.store.path()))?;
        let id = self.id.as_str();
        let is_idle = self
            .store
            .look(|state| state.clients.contains_key(id) && state.messages.get(id).is_none_or(Vec::is_empty))?;
        if is_idle {
            return Ok(0);
        }
        let taken = self.store.change(|state| {
            // Somebody who found the file cut off may not have found us in it.
            state.clients.entry(id.to_owned()).or_insert_with(|| here());
            let mailbox = state.messages.entry(id.to_owned()).or_default();
            let taken: Vec<_> = mailbox.drain(..max.min(mailbox.len())).map(|text| text.into_owned()).collect();
            Ok::<_, Error>((taken, Verdict::Write))
        })?;
        let count = taken.len();
        for message in taken {
            let was_counted = message.starts_with(PUT_BACK);
            self.add(message, into);
            if let Some(delivery) = into.get(into.len() - 1).filter(|_| !was_counted) {
                self.ledger.count_read(delivery.from(), 1);
            }
        }
        Ok(count)
    }

    fn add(&self, message: Vec<u8>, into: &mut Batch) {
        let slot = into.slot();
        slot.storage = message;
        self.reader.read_stored(slot);
        into.commit();
    }

    fn suspend(&self) -> Result<()> {
        let account = self.ledger.account().to_json()?;
        self.store.change(|state| {
            if let Some(client) = state.clients.get_mut(self.id.as_str()) {
                (client.pid, client.start_ticks) = (None, None);
            }
            state.stats.insert(self.id.as_str().to_owned(), account.into());
            Ok(((), Verdict::Write))
        })
    }

    /// Leaves for good; what is unread is added to `unread`.
    fn leave(&self, unread: &mut Batch) -> Result<()> {
        let account = self.ledger.account().to_json()?;
        let left = self.store.change(|state| {
            state.clients.remove(self.id.as_str());
            state.stats.insert(self.id.as_str().to_owned(), account.into());
            let left = state.messages.remove(self.id.as_str()).unwrap_or_default();
            let left: Vec<_> = left.into_iter().map(|text| text.into_owned()).collect();
            Ok::<_, Error>((left, Verdict::Write))
        })?;
        left.into_iter().for_each(|message| self.add(message, unread));
        Ok(())
    }
}

impl Inbox for JsonFileInbox {
    fn recv(&mut self, into: &mut Batch, max: usize, wait: Wait<'_>) -> Result<usize> {
        self.check_attached()?;
        if max == 0 {
            return Ok(0);
        }
        if let Some(cancel) = wait.cancel {
            cancel.check().map_err(|error| self.named(error))?;
        }
        loop {
            let count = self.take(into, max)?;
            if count > 0 || wait.until == Deadline::Now {
                return Ok(count);
            }
            let readiness = self.readiness();
            if !wait_for(&readiness, &*self.clock, wait).map_err(|error| self.named(error))? {
                return Ok(0);
            }
        }
    }

    fn readiness(&self) -> Readiness {
        Readiness::Readable(Arc::clone(self.watch.readiness()))
    }

    fn pump(&mut self) -> Result<()> {
        Ok(())
    }

    fn detach(&mut self, how: Detach, _: Wait<'_>) -> Result<Leftovers> {
        let mut left = Leftovers::default();
        if std::mem::take(&mut self.is_attached) {
            match how {
                Detach::Suspend => self.suspend()?,
                _ => self.leave(&mut left.unread)?,
            }
        }
        Ok(left)
    }
}

impl Drop for JsonFileInbox {
    fn drop(&mut self) {
        if std::mem::take(&mut self.is_attached)
            && let Err(error) = self.suspend()
        {
            warn!(peer = self.id.as_str(), error = %error.chain(), "an inbox was dropped and could not tidy up");
        }
    }
}
