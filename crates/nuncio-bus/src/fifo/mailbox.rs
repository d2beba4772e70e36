//! The receiving end: a FIFO that is read in large pieces.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use nuncio_core::{Batch, Clock, Error, ErrorKind, Readiness, Result, Slot, Wait};
use nuncio_sys::files::{FifoEnd, FileKind};
use nuncio_sys::process::ProcessIdentity;
use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::io::Errno;

use crate::place::Glance;
use crate::route::{Entry, Mailbox, Reader, Seat, wait_for, wait_shortly};
use crate::wire::burst::{BURST_BYTES_MAX, Reassembly, Step};

const FIFO_MODE: u32 = 0o600;
const READ_BYTES: usize = 65_536;
/// When less than this is left of a read that did not empty the FIFO, the next one is due: a page of a pipe is free only when
/// all of it was read, so that a full pipe and what was read from it together hold less than a full pipe.
const LOW_BYTES: usize = 16_384;
/// When so many messages are begun, it is looked whether their writers live.
const BEGUN_MANY: usize = 64;
/// What the kernel says is the most that a pipe can hold.
const PIPE_BYTES_FILE: &str = "/proc/sys/fs/pipe-max-size";
const PIPE_BYTES_USUAL: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct FifoMailbox {
    /// Closed as soon as the peer leaves: whoever writes then is told.
    fifo: Option<Arc<OwnedFd>>,
    /// What others wait on, who may hold it for longer.
    readiness: Arc<OwnedFd>,
    entry: Entry,
    buffer: Vec<u8>,
    /// How much of the buffer was understood.
    at: usize,
    /// Whether the last read left something in the FIFO.
    has_more: bool,
    reassembly: Option<Reassembly>,
}

impl FifoMailbox {
    /// Makes the FIFO of `seat`, in place of one that a process left which has ended.
    pub(super) fn open(seat: &Seat) -> Result<Self> {
        let (route, name) = (&seat.route, OsStr::new(&seat.disk));
        let failed = |error| Error::io("join as", error).on(seat.id.as_str());
        if seat.is_back {
            route.directory.unlink(name).map_err(failed)?;
        }
        route.directory.make_fifo(name, FIFO_MODE).map_err(failed)?;
        let fifo = route.directory.open_fifo(name, FifoEnd::ReadWrite).map_err(failed)?;
        // The more it holds the less often senders wait; a user who has too many large pipes gets a smaller one.
        let _ = rustix::pipe::fcntl_setpipe_size(&fifo, pipe_bytes_max());
        let entry = Entry::find(route, &seat.disk, FileKind::Fifo).map_err(failed)?;
        let entry = entry.ok_or_else(|| failed(std::io::ErrorKind::NotFound.into()))?;
        let buffer = Vec::with_capacity(READ_BYTES + LOW_BYTES + BURST_BYTES_MAX);
        let readiness = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(|error| failed(error.into()))?;
        let added = epoll::add(&readiness, &fifo, epoll::EventData::new_u64(0), epoll::EventFlags::IN);
        added.map_err(|error| failed(error.into()))?;
        let (fifo, readiness) = (Some(Arc::new(fifo)), Arc::new(readiness));
        Ok(Self { fifo, readiness, entry, buffer, at: 0, has_more: false, reassembly: None })
    }

    /// Reads what there is, as far as there is room for it; false if there is nothing.
    #[inline(never)]
    fn read(&mut self) -> Result<bool> {
        self.read_now()
    }

    /// As [`read`](Self::read), where the caller stands.
    #[inline(always)]
    fn read_now(&mut self) -> Result<bool> {
        let Some(fifo) = &self.fifo else { return Ok(false) };
        match std::mem::take(&mut self.at) {
            at if at == self.buffer.len() => self.buffer.clear(),
            at => drop(self.buffer.drain(..at)),
        }
        self.buffer.reserve(READ_BYTES);
        loop {
            let room = self.buffer.capacity() - self.buffer.len();
            match rustix::io::read(fifo, spare_capacity(&mut self.buffer)) {
                Ok(bytes) => {
                    self.has_more = bytes == room;
                    return Ok(bytes > 0);
                }
                Err(Errno::AGAIN) => {
                    self.has_more = false;
                    return Ok(false);
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(Error::io("receive from the FIFO", error.into())),
            }
        }
    }

    /// Reads everything, and leaves no room for more. A pipe cannot be closed for writers alone: so it is made as small as
    /// it can be and filled, in one piece, which succeeds only when there is nothing in it.
    fn read_until_closed(&mut self) -> Result<()> {
        loop {
            while self.read()? {}
            let Some(fifo) = &self.fifo else { return Ok(()) };
            let filler = match rustix::pipe::fcntl_setpipe_size(fifo, BURST_BYTES_MAX) {
                Ok(BURST_BYTES_MAX) => [0; BURST_BYTES_MAX],
                // Somebody has written meanwhile.
                Err(Errno::BUSY) => continue,
                // Where pages are larger a filler is not written in one piece.
                Ok(_) | Err(_) => return Ok(()),
            };
            match rustix::io::write(fifo, &filler) {
                Ok(_) => return Ok(()),
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(error) => return Err(Error::io("leave the bus", error.into())),
            }
        }
    }

    /// The next message in the buffer, read into `slot`; false if there is none.
    #[inline(always)]
    fn next(&mut self, slot: &mut Slot, reader: &Reader) -> bool {
        let reassembly = self.reassembly.get_or_insert_with(|| Reassembly::new(reader.message_bytes_max()));
        let Some(step) = reassembly.step(&self.buffer, &mut self.at) else { return false };
        match step {
            Step::Inline(range) => drop(reader.read(&self.buffer[range], slot)),
            Step::Joined(_, message) => {
                reassembly.reuse(std::mem::replace(&mut slot.storage, message));
                reader.read_stored(slot);
            }
            Step::Torn(writer) => {
                let reason = format!("process {} did not finish it, or it is too long", writer.pid);
                slot.fault = Some(Error::new(ErrorKind::Corrupt, "read the message").because(reason));
            }
            Step::Garbage(bytes) => {
                let reason = format!("{bytes} bytes that are no message were passed over");
                slot.fault = Some(Error::new(ErrorKind::Corrupt, "read the message").because(reason));
            }
        }
        if reassembly.begun() >= BEGUN_MANY {
            reassembly.forget(|pid| ProcessIdentity::of(pid).map_or(true, |found| found.is_some()));
        }
        true
    }
}

impl Mailbox for FifoMailbox {
    const GLANCE: Glance = Glance::All;

    fn readiness(&self) -> &Arc<OwnedFd> {
        &self.readiness
    }

    fn wait(&mut self, clock: &dyn Clock, wait: Wait<'_>) -> Result<bool> {
        let watched = self.fifo.as_ref().unwrap_or(&self.readiness);
        wait_for(&Readiness::Readable(Arc::clone(watched)), clock, wait)
    }

    fn wait_shortly(&mut self) -> Result<()> {
        wait_shortly(self.fifo.as_ref().unwrap_or(&self.readiness))
    }

    fn is_drained(&self) -> bool {
        self.at == self.buffer.len() && !self.has_more
    }

    fn take(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        // Where nothing waits in the buffer there is nothing to be looked through.
        let mut has_read = self.at == self.buffer.len();
        if has_read && !self.read_now()? {
            return Ok(0);
        }
        let mut count = 0;
        while count < max {
            if self.has_more && self.buffer.len() - self.at < LOW_BYTES {
                // What is in the buffer comes first; an error lasts, or is of no account.
                let _ = self.read();
            }
            if self.next(into.slot(), reader) {
                into.commit();
                count += 1;
                if count == max || self.at < self.buffer.len() {
                    continue;
                }
            }
            if has_read && !self.has_more {
                // That was all.
                break;
            }
            match self.read() {
                Ok(true) => has_read = true,
                Ok(false) => break,
                Err(_) if count > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    fn hide(&mut self, seat: &Seat) -> Result<()> {
        self.entry.remove(&seat.route)?;
        let read = self.read_until_closed();
        self.fifo = None;
        read
    }

    fn remove(&mut self, _: &Seat) -> Result<bool> {
        Ok(true)
    }

    fn abandon(&mut self, seat: &Seat) -> Result<()> {
        self.fifo = None;
        self.entry.remove(&seat.route)
    }
}

fn pipe_bytes_max() -> usize {
    let text = std::fs::read_to_string(PIPE_BYTES_FILE).ok();
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(PIPE_BYTES_USUAL)
}
