//! The receiving half: waits, counts, leaves in order.

use std::sync::Arc;

use nuncio_core::driver::{Detach, Leftovers};
use nuncio_core::{Batch, Clock, Deadline, Error, ErrorKind, Inbox, Readiness, Result, Wait};
use nuncio_sys::spin::Spin;
use tracing::warn;

use super::arrival::Seat;
use super::ledger::{Ledger, ReadCount};
use super::medium::{Mailbox, Medium};
use super::pen::Reader;
use super::removal::Removal;
use super::resume::Resume;
use super::wait::SHORTLY;
use crate::crash;
use crate::place::Glance;
use crate::wire::message::text_of;

/// How many messages are taken at once while leaving.
const DRAIN_AT_ONCE: usize = 256;
/// How often in a row nothing can be found in a place that is not empty.
const FRUITLESS_MAX: u32 = 1000;

#[derive(Debug)]
pub(super) struct RouteInbox<M: Medium> {
    seat: Seat,
    mailbox: M::Mailbox,
    reader: Reader,
    resume: Resume,
    ledger: Arc<Ledger>,
    read: ReadCount,
    clock: Arc<dyn Clock>,
    readiness: Readiness,
    removal: Removal,
    spin: Spin,
    is_attached: bool,
}

impl<M: Medium> RouteInbox<M> {
    pub(super) fn new(
        seat: Seat,
        mailbox: M::Mailbox,
        reader: Reader,
        ledger: Arc<Ledger>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let readiness = Readiness::Readable(Arc::clone(mailbox.readiness()));
        let (resume, removal, spin) = (Resume::default(), Removal::of(&seat), Spin::default());
        let read = ReadCount::of(&ledger);
        Self { seat, mailbox, reader, resume, ledger, read, clock, readiness, removal, spin, is_attached: true }
    }

    fn check_attached(&self) -> Result<()> {
        match self.is_attached {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Closed, "receive as").on(self.seat.id.as_str())),
        }
    }

    /// A wait that was called off says whose it was.
    fn named(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Interrupted => Error::new(ErrorKind::Interrupted, "receive as").on(self.seat.id.as_str()),
            _ => error,
        }
    }

    /// What is there now.
    #[inline]
    fn take(&mut self, into: &mut Batch, max: usize) -> Result<usize> {
        if self.resume.may_have(&self.seat) {
            return self.take_put_back(into, max);
        }
        let before = into.len();
        let count = self.mailbox.take(into, max, &self.reader)?;
        self.count(into, before);
        Ok(count)
    }

    /// What was put back, which was counted when it came first, and then what is there: whoever is given less than he wanted
    /// takes it for all.
    #[inline(never)]
    fn take_put_back(&mut self, into: &mut Batch, max: usize) -> Result<usize> {
        let put_back = self.resume.take(&self.seat, &self.reader, into, max)?;
        if put_back == max {
            return Ok(put_back);
        }
        let before = into.len();
        match self.mailbox.take(into, max - put_back, &self.reader) {
            Ok(count) => {
                self.count(into, before);
                Ok(put_back + count)
            }
            // It fails with the next look as well, and takes nothing with it now.
            Err(_) if put_back > 0 => Ok(put_back),
            Err(error) => Err(error),
        }
    }

    /// As [`take`](Self::take), but waits for the first one if there is none, for [`SHORTLY`] at most.
    #[inline(always)]
    fn take_shortly(&mut self, into: &mut Batch, max: usize) -> Result<usize> {
        if self.resume.may_have(&self.seat) {
            return self.take(into, max);
        }
        let before = into.len();
        let mut count = self.look_shortly(into, max)?;
        if count == 0 {
            count = self.mailbox.take_shortly(into, max, &self.reader)?;
        }
        self.count(into, before);
        Ok(count)
    }

    /// Looks for a moment longer, where nothing waits that was taken from the medium already. Who has sent nothing gives the
    /// processor away only where one look may find many messages: a receive that waits costs less otherwise.
    #[inline(always)]
    fn look_shortly(&mut self, into: &mut Batch, max: usize) -> Result<usize> {
        if M::Mailbox::GLANCE == Glance::None || !self.mailbox.is_drained() {
            return Ok(0);
        }
        let (mailbox, reader) = (&mut self.mailbox, &self.reader);
        if !self.ledger.expects() {
            let finds_many = max > 1;
            let count = if finds_many { mailbox.glance(into, max, reader)? } else { 0 };
            if count > 0 || !finds_many {
                return Ok(count);
            }
        }
        self.spin.try_until(|| mailbox.glance(into, max, reader))
    }

    /// Counts the messages from `before` on; those of one sender that follow each other at once. One that comes again was counted
    /// when it came first.
    #[inline(always)]
    fn count(&mut self, taken: &Batch, before: usize) {
        let (mut from, mut messages) = (&[][..], 0);
        for index in before..taken.len() {
            let Some(slot) = taken.get(index).filter(|slot| slot.attempt() <= 1) else { continue };
            let next = slot.from_bytes();
            if next != from {
                if messages > 0 {
                    self.read.add(from, messages);
                }
                (from, messages) = (next, 0);
            }
            messages += 1;
        }
        if messages > 0 {
            self.read.add(from, messages);
        }
    }

    /// Whether a look would find nothing, unless something came since the last one.
    fn is_drained(&self) -> bool {
        !self.resume.may_have(&self.seat) && self.mailbox.is_drained()
    }

    /// Waits until something may have arrived; false if the deadline has passed. Whoever waits for long also learns that his
    /// place is gone.
    fn wait(&mut self, wait: Wait<'_>) -> Result<bool> {
        let soon = self.clock.now() + SHORTLY;
        let is_short = wait.until == Deadline::Now || wait.until.instant().is_some_and(|until| until <= soon);
        let first = if is_short { wait } else { Wait { until: Deadline::At(soon), ..wait } };
        let has_come = self.mailbox.wait(&*self.clock, first)?;
        if has_come || is_short {
            return Ok(has_come);
        }
        self.removal.wait(&self.seat, &self.readiness, &*self.clock, wait)
    }

    #[inline(never)]
    fn recv_until(&mut self, into: &mut Batch, max: usize, wait: Wait<'_>) -> Result<usize> {
        if let Some(cancel) = wait.cancel {
            cancel.check().map_err(|error| self.named(error))?;
        }
        let mut has_looked = false;
        loop {
            if has_looked || wait.until == Deadline::Now || !self.is_drained() {
                has_looked = true;
                let count = self.take(into, max)?;
                if count > 0 || wait.until == Deadline::Now {
                    return Ok(count);
                }
            }
            if self.is_drained() {
                let before = into.len();
                let count = self.look_shortly(into, max)?;
                if count > 0 {
                    self.count(into, before);
                    return Ok(count);
                }
            }
            if !self.wait(wait).map_err(|error| self.named(error))? {
                // A deadline that is over is no reason to leave what is there.
                return if has_looked { Ok(0) } else { self.take(into, max) };
            }
            has_looked = true;
        }
    }

    fn suspend(&mut self) -> Result<()> {
        self.put_back_kept()?;
        // The account first: whoever sees that the peer is gone may count at once.
        let account = self.seat.route.write_account(&self.seat.disk, &self.ledger.account());
        crash::point("suspend-account");
        let kept = self.resume.keep(&self.seat, &self.reader);
        account.and(kept).and(self.seat.suspend())
    }

    /// What was taken from the medium for somebody who wanted less comes first when the peer is back.
    fn put_back_kept(&mut self) -> Result<()> {
        let mut kept = Batch::new();
        self.mailbox.take_kept(&mut kept);
        for index in 0..kept.len() {
            let Some(slot) = kept.take(index).filter(|slot| slot.fault.is_none()) else { continue };
            self.read.add(slot.view().from_bytes(), 1);
            let mut packed = Vec::new();
            self.seat.route.packer.pack(text_of(&slot.storage), &mut packed)?;
            self.seat.route.put_back(&self.seat.disk, &packed)?;
        }
        Ok(())
    }

    /// Leaves for good; what is unread is added to `unread`.
    fn leave(&mut self, unread: &mut Batch) -> Result<()> {
        let account = self.seat.route.write_account(&self.seat.disk, &self.ledger.account());
        crash::point("leave-account");
        if let Err(error) = account {
            // What is unread is worth more than the count of it.
            warn!(peer = self.seat.id.as_str(), error = %error.chain(), "a peer has left without its account");
        }
        let left = self.seat.leave();
        let hidden = self.mailbox.hide(&self.seat);
        crash::point("leave-hidden");
        let emptied = self.empty(unread);
        left.and(hidden).and(emptied)
    }

    /// Takes what is there until nothing more can come.
    fn empty(&mut self, unread: &mut Batch) -> Result<()> {
        let mut fruitless = 0;
        while fruitless < FRUITLESS_MAX {
            let before = unread.len();
            let drained = self.drain(unread);
            let removed = self.mailbox.remove(&self.seat);
            match (drained, removed) {
                (Ok(()), Ok(false)) => {}
                (drained, removed) => return drained.and(removed.map(drop)),
            }
            // A sender may have taken back what he had stored too late.
            fruitless = if unread.len() > before { 0 } else { fruitless + 1 };
        }
        Err(Error::new(ErrorKind::Corrupt, "leave as")
            .on(self.seat.id.as_str())
            .because("there is something among its messages that is none"))
    }

    /// Leaves for good, as who was dropped.
    fn abandon(&mut self) -> Result<()> {
        let account = self.seat.route.write_account(&self.seat.disk, &self.ledger.account());
        let left = self.seat.leave();
        account.and(left).and(self.mailbox.abandon(&self.seat))
    }

    fn drain(&mut self, unread: &mut Batch) -> Result<()> {
        while self.resume.take(&self.seat, &self.reader, unread, DRAIN_AT_ONCE)? > 0 {}
        while self.mailbox.take(unread, DRAIN_AT_ONCE, &self.reader)? > 0 {}
        Ok(())
    }
}

impl<M: Medium> Inbox for RouteInbox<M> {
    fn recv(&mut self, into: &mut Batch, max: usize, wait: Wait<'_>) -> Result<usize> {
        self.check_attached()?;
        if max == 0 {
            return Ok(0);
        }
        match wait {
            Wait { until: Deadline::Now, cancel: None } => return self.take(into, max),
            Wait { until: Deadline::Never, cancel: None } => {
                let count = self.take_shortly(into, max)?;
                if count > 0 {
                    return Ok(count);
                }
            }
            _ => {}
        }
        self.recv_until(into, max, wait)
    }

    fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    fn pump(&mut self) -> Result<()> {
        match self.is_attached {
            true => self.mailbox.pump(),
            false => Ok(()),
        }
    }

    fn detach(&mut self, how: Detach, _: Wait<'_>) -> Result<Leftovers> {
        let mut left = Leftovers::default();
        if how == Detach::Suspend && !M::KEEPS {
            return Err(Error::new(ErrorKind::Unsupported, "suspend")
                .on(self.seat.id.as_str())
                .because("this medium keeps no messages for somebody who is away"));
        }
        if std::mem::take(&mut self.is_attached) {
            match how {
                Detach::Suspend => self.suspend()?,
                _ => self.leave(&mut left.unread)?,
            }
        }
        Ok(left)
    }
}

impl<M: Medium> Drop for RouteInbox<M> {
    fn drop(&mut self) {
        if !std::mem::take(&mut self.is_attached) {
            return;
        }
        let gone = if M::KEEPS { self.suspend() } else { self.abandon() };
        if let Err(error) = gone {
            warn!(peer = self.seat.id.as_str(), error = %error.chain(), "an inbox was dropped and could not tidy up");
        }
    }
}
