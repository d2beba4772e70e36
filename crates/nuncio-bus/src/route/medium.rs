//! What each of the media has to know; the rest is written once above it.

use std::fmt::Debug;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use nuncio_core::driver::{Failed, Flushed, Sent};
use nuncio_core::{
    Acknowledge, Batch, Capabilities, Clock, EndpointName, Error, Item, Limits, Readiness, Result, Wait,
};
use nuncio_sys::files::FileKind;

use super::arrival::Seat;
use super::directory::Route;
use super::pen::{Pen, Reader};
use super::wait::{wait_for, wait_shortly};
use crate::place::Glance;
use crate::stream::Connections;
use crate::wire::id::Tick;
use crate::wire::message::Recipient;

/// A way to move messages between the peers of a directory.
pub(crate) trait Medium: Debug + Send + Sync + 'static {
    /// What the entry of a peer can be.
    const ENTRIES: &'static [FileKind];
    /// Whether messages arrive also while their receiver is suspended, and outlive his process.
    const KEEPS: bool;
    /// Whether one can be there without being reached by everybody.
    const MAY_BE_SILENT: bool = false;
    /// Whether messages can be lent.
    const LENDS: bool = false;
    type Mailbox: Mailbox;
    type Sending: Sending;

    /// How long a name may be on disk, below the directory `route`.
    fn name_budget(route: &Path) -> usize;

    /// What it guarantees within `limits`.
    fn capabilities(limits: &Limits) -> Capabilities;

    /// Makes the entry of `seat`, or takes it over.
    fn receive(seat: &Seat) -> Result<(Self::Mailbox, Self::Sending)>;

    /// Whether somebody is writing a message into the entry `disk` that cannot be received yet, where that can be seen.
    fn has_unfinished(_: &Route, _disk: &str) -> Result<bool> {
        Ok(false)
    }

    /// For somebody called `who` who only sends.
    fn send_only(route: &Arc<Route>, who: &EndpointName) -> Result<Self::Sending>;
}

/// The receiving end of a peer.
pub(crate) trait Mailbox: Debug + Send + 'static {
    /// What a [`glance`](Self::glance) takes.
    const GLANCE: Glance = Glance::None;

    /// The descriptor that is readable when something may have arrived. It may be held for longer than the mailbox.
    fn readiness(&self) -> &Arc<OwnedFd>;

    /// Whether the last look found nothing more, so that it is better to wait than to look again.
    fn is_drained(&self) -> bool {
        false
    }

    /// Waits until something may have arrived; false if the deadline has passed.
    fn wait(&mut self, clock: &dyn Clock, wait: Wait<'_>) -> Result<bool> {
        wait_for(&Readiness::Readable(Arc::clone(self.readiness())), clock, wait)
    }

    /// Adds up to `max` of the messages that are there now.
    fn take(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize>;

    /// Adds those that were taken from the medium, and not given to anybody; they are kept for who is suspended.
    fn take_kept(&mut self, _: &mut Batch) {}

    /// As [`take`](Self::take), with one system call where something has come.
    fn glance(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        self.take(into, max, reader)
    }

    /// What acknowledges messages that are lent.
    fn acknowledge(&self) -> Option<Arc<dyn Acknowledge>> {
        None
    }

    /// As [`wait`](Self::wait), for [`SHORTLY`] at most, with the least that it takes.
    fn wait_shortly(&mut self) -> Result<()> {
        wait_shortly(self.readiness())
    }

    /// As [`take`](Self::take), but waits for the first one if there is none, for [`SHORTLY`] at most.
    fn take_shortly(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        if !self.is_drained() {
            let count = self.take(into, max, reader)?;
            if count > 0 {
                return Ok(count);
            }
        }
        self.wait_shortly()?;
        self.take(into, max, reader)
    }

    /// Does what has to be done beside taking messages.
    fn pump(&mut self) -> Result<()> {
        Ok(())
    }

    /// From now on no sender finds the entry. What is on its way still comes.
    fn hide(&mut self, seat: &Seat) -> Result<()>;

    /// Removes what is left of the entry, after which nothing comes any more; false if messages have come since the last look, which are
    /// to be taken first.
    fn remove(&mut self, seat: &Seat) -> Result<bool>;

    /// Ends without looking at what is unread.
    fn abandon(&mut self, seat: &Seat) -> Result<()> {
        self.hide(seat).and(self.remove(seat)).map(drop)
    }
}

/// The sending end of a peer.
pub(crate) trait Sending: Debug + Send + Sync + 'static {
    type Lane: Lane;

    /// Finds the peer `to`.
    fn lane(&self, to: &EndpointName) -> Result<Self::Lane>;

    /// Its connections, where it has any.
    fn connections(&self) -> Option<Connections> {
        None
    }

    /// Pushes on what was begun.
    fn flush(&self, _: Wait<'_>) -> Result<Flushed> {
        Ok(Flushed::default())
    }

    /// Gives up what was begun.
    fn give_up(&self) -> Vec<Failed> {
        Vec::new()
    }
}

/// The way to one receiver.
pub(crate) trait Lane: Debug + Send + Sync + 'static {
    /// Sends as many of `letters` as there is room for now, at least one; or none, and says why.
    fn send(&self, letters: &Letters<'_>) -> Result<Sent, Refusal>;

    /// What to wait for until there may be room.
    fn room(&self) -> Result<Readiness, Refusal>;

    /// Whether the receiver is where it was found.
    fn check(&self) -> Result<(), Refusal> {
        self.room().map(drop)
    }

    /// Waits until there may be room; false if the deadline has passed.
    fn wait_for_room(&self, clock: &dyn Clock, wait: Wait<'_>) -> Result<bool, Refusal> {
        Ok(wait_for(&self.room()?, clock, wait)?)
    }
}

/// Why nothing was sent.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// For another reason.
    Failed(Error),
    /// There is no room now.
    Full,
    /// The receiver is not where it was found.
    Gone,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Messages to one receiver, which are written when it is their turn.
#[derive(Debug)]
pub(crate) struct Letters<'a> {
    pub(super) pen: &'a Pen,
    pub(super) to: &'a Recipient,
    pub(super) items: &'a [Item<'a>],
    /// When they are sent, unless they say so themselves.
    pub(super) now: SystemTime,
    /// Whether the sender waits for room for as long as it takes, and nothing calls that off.
    pub(super) may_block: bool,
}

impl<'a> Letters<'a> {
    /// How many there are; at least one.
    pub(crate) const fn count(&self) -> usize {
        self.items.len()
    }

    /// Whether the first one may be sent by a system call that waits for room.
    pub(crate) const fn may_block(&self) -> bool {
        self.may_block
    }

    /// Appends the one at `index` as it goes onto the medium.
    #[inline(always)]
    pub(crate) fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<Tick> {
        self.pen.write(&self.items[index], self.to, self.now, out)
    }

    /// The id that the one at `index` brings itself, or nothing.
    pub(crate) const fn id(&self, index: usize) -> &'a str {
        self.items[index].id
    }
}
