//! The receiving end: a socket that is listened on, and all connections.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use nuncio_core::{Batch, Clock, Deadline, Error, Readiness, Result, Wait};
use nuncio_sys::files::FileKind;
use rustix::event::Timespec;
use rustix::net::{SocketType, listen};

use super::hub::{Hub, changes};
use crate::place::Glance;
use crate::route::{AT_ONCE, Entry, FILE_MODE, LONGEST, Mailbox, Reader, SHORTLY_SPEC, Seat, bind, wait_for};

/// How many connections wait to be accepted; the kernel takes the smaller of this and `net.core.somaxconn`.
const BACKLOG: i32 = 4096;

#[derive(Debug)]
pub(super) struct StreamMailbox {
    hub: Arc<Hub>,
    entry: Entry,
    /// The keys of connections that have changed and were not looked at yet.
    changed: Vec<u64>,
}

impl StreamMailbox {
    /// Listens as `seat`, or shows only that it is there.
    pub(super) fn open(seat: &Seat) -> Result<(Self, Arc<Hub>)> {
        let (listener, entry) = match seat.route.listens {
            true => {
                let (socket, entry) = bind(seat, SocketType::STREAM)?;
                let listening = listen(&socket, BACKLOG);
                listening.map_err(|error| Error::io("join as", error.into()).on(seat.id.as_str()))?;
                (Some(socket), entry)
            }
            false => (None, show(seat)?),
        };
        let hub = Arc::new(Hub::of_peer(seat, listener)?);
        Ok((Self { hub: Arc::clone(&hub), entry, changed: Vec::new() }, hub))
    }
}

/// The empty file of a peer who does not listen.
fn show(seat: &Seat) -> Result<Entry> {
    let failed = |error| Error::io("join as", error).on(seat.id.as_str());
    let name = OsStr::new(&seat.disk);
    if seat.is_back {
        seat.route.directory.unlink(name).map_err(failed)?;
    }
    seat.route.directory.create_exclusive(name, FILE_MODE).map_err(failed)?;
    let entry = Entry::find(&seat.route, &seat.disk, FileKind::Regular).map_err(failed)?;
    entry.ok_or_else(|| failed(std::io::ErrorKind::NotFound.into()))
}

/// Which connections the descriptor tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watches {
    All,
    /// All but one that is busy.
    Idle,
}

impl StreamMailbox {
    #[inline(always)]
    fn look(&mut self, into: &mut Batch, max: usize, reader: &Reader, watches: Watches) -> Result<usize> {
        let mut reading = self.hub.reading();
        if watches == Watches::All {
            reading.watch_all(&self.hub)?;
        }
        loop {
            let count = reading.take(&self.hub, reader, into, max);
            if count > 0 {
                if watches == Watches::Idle {
                    reading.unwatch_busy(&self.hub);
                }
                return Ok(count);
            }
            let gives_way = self.changed.is_empty() && reading.gives_way();
            if gives_way {
                changes(&self.hub, &mut self.changed, Some(&AT_ONCE))?;
            }
            if self.changed.is_empty() {
                if reading.read_last() {
                    continue;
                }
                if !gives_way {
                    changes(&self.hub, &mut self.changed, Some(&AT_ONCE))?;
                }
            }
            if self.changed.is_empty() {
                return Ok(0);
            }
            let read = reading.read(&self.hub, &self.changed);
            self.changed.clear();
            if reading.is_drained() {
                read?;
            }
        }
    }
}

impl Mailbox for StreamMailbox {
    const GLANCE: Glance = Glance::All;

    fn readiness(&self) -> &Arc<OwnedFd> {
        &self.hub.set
    }

    fn is_drained(&self) -> bool {
        self.changed.is_empty() && self.hub.reading().is_drained()
    }

    fn wait(&mut self, clock: &dyn Clock, wait: Wait<'_>) -> Result<bool> {
        self.hub.reading().watch_all(&self.hub)?;
        if wait.cancel.is_some() {
            return wait_for(&Readiness::Readable(Arc::clone(&self.hub.set)), clock, wait);
        }
        loop {
            let left = match wait.until {
                Deadline::Now => Some(Duration::ZERO),
                Deadline::At(instant) => Some(instant.saturating_duration_since(clock.now()).min(LONGEST)),
                Deadline::Never => None,
            };
            let timeout = left.and_then(|left| Timespec::try_from(left).ok());
            changes(&self.hub, &mut self.changed, timeout.as_ref())?;
            if !self.changed.is_empty() {
                return Ok(true);
            }
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(false);
            }
        }
    }

    #[inline]
    fn wait_shortly(&mut self) -> Result<()> {
        self.hub.reading().watch_all(&self.hub)?;
        changes(&self.hub, &mut self.changed, Some(&SHORTLY_SPEC))
    }

    /// Afterwards the descriptor tells of whatever comes.
    fn take(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        self.look(into, max, reader, Watches::All)
    }

    /// Of a connection that is busy the descriptor does not tell until one waits.
    fn glance(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        self.look(into, max, reader, Watches::Idle)
    }

    fn pump(&mut self) -> Result<()> {
        self.hub.greet(&mut self.hub.reading())
    }

    fn hide(&mut self, seat: &Seat) -> Result<()> {
        let removed = self.entry.remove(&seat.route);
        self.hub.leave();
        removed
    }

    fn remove(&mut self, _: &Seat) -> Result<bool> {
        Ok(true)
    }

    fn abandon(&mut self, seat: &Seat) -> Result<()> {
        let removed = self.entry.remove(&seat.route);
        self.hub.abandon();
        removed
    }
}
