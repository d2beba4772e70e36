//! The sending end: bursts into the FIFO of each receiver.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nuncio_core::driver::{Failed, Flushed, Sent};
use nuncio_core::{Clock, Deadline, EndpointName, Error, ErrorKind, Outcome, Readiness, Result, SystemClock, Wait};
use nuncio_sys::files::{FifoEnd, FileKind};
use rustix::io::Errno;

use crate::crash;
use crate::route::{Entry, Lane, Letters, Refusal, Route, Sending, no_such_peer, wait_for, with_buffer};
use crate::wire::burst::{BURST_BYTES_MAX, DATA_BYTES_MAX, HEADER_BYTES, Header, Writer, bursts};

/// Tells apart the writers of this process. The reference's own writer has the number 0.
static WRITERS: AtomicU32 = AtomicU32::new(1);

#[derive(Debug)]
pub(super) struct FifoSending {
    route: Arc<Route>,
    /// Those that may have begun something.
    pipes: Mutex<Vec<Arc<Pipe>>>,
    failed: Mutex<Vec<Failed>>,
}

impl FifoSending {
    pub(super) const fn new(route: Arc<Route>) -> Self {
        Self { route, pipes: Mutex::new(Vec::new()), failed: Mutex::new(Vec::new()) }
    }
}

impl Sending for FifoSending {
    type Lane = FifoLane;

    fn lane(&self, to: &EndpointName) -> Result<FifoLane> {
        let disk = self.route.disk_name(to.as_str())?;
        let failed = |error: io::Error| Error::io("send to", error).on(to.as_str());
        let nobody = || no_such_peer("send to", to.as_str());
        let entry = Entry::find(&self.route, &disk, FileKind::Fifo).map_err(failed)?.ok_or_else(nobody)?;
        let fifo = self.route.directory.open_fifo(disk.as_ref(), FifoEnd::Write).map_err(|error| {
            // ENXIO: nobody reads it.
            let is_gone = Errno::from_io_error(&error) == Some(Errno::NXIO) || error.kind() == io::ErrorKind::NotFound;
            if is_gone { nobody() } else { failed(error) }
        })?;
        let writer = Writer { pid: std::process::id(), thread: WRITERS.fetch_add(1, Ordering::Relaxed) };
        let pipe = Arc::new(Pipe { to: to.clone(), fifo: Arc::new(fifo), writer, rest: Mutex::default() });
        let mut pipes = lock(&self.pipes);
        pipes.retain(|pipe| {
            Arc::strong_count(pipe) > 1 || lock(&pipe.rest).front().is_some_and(|burst| !burst.is_empty())
        });
        pipes.push(Arc::clone(&pipe));
        Ok(FifoLane { route: Arc::clone(&self.route), pipe, entry })
    }

    fn flush(&self, wait: Wait<'_>) -> Result<Flushed> {
        let pipes = lock(&self.pipes).clone();
        let mut pending = 0;
        for pipe in pipes {
            match pipe.flush(wait) {
                Ok(()) => {}
                Err(Refusal::Full) => pending += 1,
                Err(Refusal::Gone) => lock(&self.failed).extend(pipe.give_up("it went in the middle of a message")),
                Err(Refusal::Failed(error)) => return Err(error),
            }
        }
        Ok(Flushed { pending, failed: std::mem::take(&mut *lock(&self.failed)) })
    }

    fn give_up(&self) -> Vec<Failed> {
        let mut failed = std::mem::take(&mut *lock(&self.failed));
        let pipes = lock(&self.pipes).clone();
        failed.extend(pipes.iter().filter_map(|pipe| pipe.give_up("its sender left in the middle of a message")));
        failed
    }
}

/// The FIFO of one receiver, and the rest of a message that was begun.
#[derive(Debug)]
struct Pipe {
    to: EndpointName,
    fifo: Arc<OwnedFd>,
    writer: Writer,
    /// Whole bursts. While there are any, nothing else may be written: the receiver would mix them. An empty one is what is left
    /// of a message that was given up: nothing is written behind its beginning.
    rest: Mutex<VecDeque<Vec<u8>>>,
}

impl Pipe {
    /// Writes one burst, or several, in one piece.
    #[inline]
    fn write_one(&self, bursts: &[u8]) -> Result<(), Refusal> {
        loop {
            match rustix::io::write(&self.fifo, bursts) {
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(self.refusal(error)),
            }
        }
    }

    /// Writes a burst that stands in pieces.
    fn write(&self, pieces: &[IoSlice<'_>]) -> Result<(), Refusal> {
        loop {
            match rustix::io::writev(&self.fifo, pieces) {
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(self.refusal(error)),
            }
        }
    }

    #[cold]
    fn refusal(&self, error: Errno) -> Refusal {
        match error {
            Errno::AGAIN => Refusal::Full,
            Errno::PIPE => Refusal::Gone,
            error => Error::io("send to", error.into()).on(self.to.as_str()).into(),
        }
    }

    /// Writes what was begun, as far as there is room.
    fn push_on(&self, rest: &mut VecDeque<Vec<u8>>) -> Result<(), Refusal> {
        while let Some(burst) = rest.front() {
            if burst.is_empty() {
                return Err(Refusal::Gone);
            }
            self.write_one(burst)?;
            rest.pop_front();
        }
        Ok(())
    }

    /// Writes what was begun, waiting for room.
    fn flush(&self, wait: Wait<'_>) -> Result<(), Refusal> {
        loop {
            match self.push_on(&mut lock(&self.rest)) {
                Err(Refusal::Full) if wait.until != Deadline::Now => {}
                result => return result,
            }
            let readiness = Readiness::Writable(Arc::clone(&self.fifo));
            if !wait_for(&readiness, &SystemClock, wait)? {
                let error = Error::new(ErrorKind::TimedOut, "push on what was begun for").on(self.to.as_str());
                return Err(error.into());
            }
        }
    }

    /// The message that was begun will not arrive, if there is one that was not given up before.
    fn give_up(&self, reason: &'static str) -> Option<Failed> {
        let mut rest = lock(&self.rest);
        if rest.front().is_none_or(Vec::is_empty) {
            return None;
        }
        *rest = [Vec::new()].into();
        let error = Error::new(ErrorKind::PeerGone, "send to").on(self.to.as_str()).because(reason);
        Some(Failed { to: self.to.clone(), error, outcome: Outcome::Unknown, message: None })
    }

    /// Sends one message.
    #[inline(always)]
    fn send_one(&self, letters: &Letters<'_>, rest: &mut VecDeque<Vec<u8>>) -> Result<Sent, Refusal> {
        with_buffer(|burst| {
            // The header's place is kept free, so that nothing has to be moved.
            burst.extend_from_slice(&[0; HEADER_BYTES]);
            letters.write(0, burst)?;
            let bytes = burst.len() - HEADER_BYTES;
            if bytes > DATA_BYTES_MAX {
                let is_whole = self.write_long(&burst[HEADER_BYTES..], rest)?;
                return Ok(Sent { stored: usize::from(is_whole), queued: usize::from(!is_whole) });
            }
            let header = Header { writer: self.writer, parts_left: 0, data_bytes: bytes as u32 };
            burst[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
            self.write_one(burst)?;
            Ok(Sent { stored: 1, queued: 0 })
        })
    }

    /// Sends several messages, as many in one write as fit.
    #[inline(never)]
    fn send_gathered(&self, letters: &Letters<'_>, rest: &mut VecDeque<Vec<u8>>) -> Result<Sent, Refusal> {
        with_buffer(|bytes| {
            let mut gathered = Gathered { pipe: self, bytes, whole: 0, count: 0, sent: Sent::default() };
            let mut added = Ok(());
            for index in 0..letters.count() {
                added = gathered.add(letters, index, rest);
                if added.is_err() || !rest.is_empty() {
                    break;
                }
            }
            // What was gathered in front of one that cannot be sent goes out all the same.
            let written = gathered.write();
            match added.and(written) {
                Err(refusal) if gathered.sent == Sent::default() => Err(refusal),
                _ => Ok(gathered.sent),
            }
        })
    }

    /// Writes a message of several bursts: none of it, all of it, or its beginning.
    #[inline(never)]
    fn write_long(&self, message: &[u8], rest: &mut VecDeque<Vec<u8>>) -> Result<bool, Refusal> {
        let mut parts = bursts(message, self.writer);
        let mut is_begun = false;
        for (header, data) in parts.by_ref() {
            let header = header.to_bytes();
            match self.write(&[IoSlice::new(&header), IoSlice::new(data)]) {
                Ok(()) => crash::point("fifo-part"),
                Err(Refusal::Full) if is_begun => {
                    rest.push_back([&header[..], data].concat());
                    break;
                }
                Err(refusal) => return Err(refusal),
            }
            is_begun = true;
        }
        rest.extend(parts.map(|(header, data)| [&header.to_bytes()[..], data].concat()));
        Ok(rest.is_empty())
    }
}

#[derive(Debug)]
pub(super) struct FifoLane {
    route: Arc<Route>,
    pipe: Arc<Pipe>,
    entry: Entry,
}

/// Messages that go out in one write.
struct Gathered<'a> {
    pipe: &'a Pipe,
    bytes: &'a mut Vec<u8>,
    /// How many of the bytes are whole bursts, and of how many messages.
    whole: usize,
    count: usize,
    sent: Sent,
}

impl Gathered<'_> {
    /// Writes the whole bursts.
    fn write(&mut self) -> Result<(), Refusal> {
        if self.count > 0 {
            self.pipe.write_one(&self.bytes[..self.whole])?;
            self.sent.stored += std::mem::take(&mut self.count);
            match std::mem::take(&mut self.whole) {
                whole if whole == self.bytes.len() => self.bytes.clear(),
                whole => drop(self.bytes.drain(..whole)),
            }
        }
        Ok(())
    }

    /// Adds one message; what it does not fit with is written first.
    fn add(&mut self, letters: &Letters<'_>, index: usize, rest: &mut VecDeque<Vec<u8>>) -> Result<(), Refusal> {
        // The header's place is kept free, so that nothing has to be moved.
        self.bytes.extend_from_slice(&[0; HEADER_BYTES]);
        letters.write(index, self.bytes)?;
        let bytes = self.bytes.len() - self.whole - HEADER_BYTES;
        if self.bytes.len() > BURST_BYTES_MAX {
            self.write()?;
        }
        if bytes > DATA_BYTES_MAX {
            match self.pipe.write_long(&self.bytes[HEADER_BYTES..], rest)? {
                true => self.sent.stored += 1,
                false => self.sent.queued += 1,
            }
            self.bytes.clear();
            return Ok(());
        }
        let header = Header { writer: self.pipe.writer, parts_left: 0, data_bytes: bytes as u32 };
        self.bytes[self.whole..self.whole + HEADER_BYTES].copy_from_slice(&header.to_bytes());
        self.whole = self.bytes.len();
        self.count += 1;
        Ok(())
    }
}

impl Lane for FifoLane {
    fn send(&self, letters: &Letters<'_>) -> Result<Sent, Refusal> {
        let mut rest = lock(&self.pipe.rest);
        if !rest.is_empty() {
            self.pipe.push_on(&mut rest)?;
        }
        match letters.count() {
            1 => self.pipe.send_one(letters, &mut rest),
            _ => self.pipe.send_gathered(letters, &mut rest),
        }
    }

    fn room(&self) -> Result<Readiness, Refusal> {
        match self.entry.is_current(&self.route) {
            true => Ok(Readiness::Writable(Arc::clone(&self.pipe.fifo))),
            false => Err(Refusal::Gone),
        }
    }

    /// A reader who leaves empties the FIFO, and what is written then is lost: so whoever has waited looks first.
    fn wait_for_room(&self, clock: &dyn Clock, wait: Wait<'_>) -> Result<bool, Refusal> {
        let has_room = wait_for(&self.room()?, clock, wait)?;
        self.room()?;
        Ok(has_room)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where a panic could happen.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
