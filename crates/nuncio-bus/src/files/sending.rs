//! The sending end: messages become files in the directory of their receiver.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use nuncio_core::driver::Sent;
use nuncio_core::{Clock, EndpointName, Error, ErrorKind, Readiness, Result, Wait};
use nuncio_sys::files::{Directory, FileStatus};
use nuncio_sys::watch::{Events, Watch};

use super::gauge::Gauge;
use super::{PENDING, READY};
use crate::crash;
use crate::route::{Lane, Letters, Refusal, Route, Sending, message_bytes_max, no_such_peer, wait_for, with_buffer};
use crate::wire::id::Tick;

const FILE_MODE: u32 = 0o600;
/// How many messages of one call are sent before the directory is looked up again.
const AT_ONCE_MAX: usize = 64;
/// An id up to this length may be the name of a file, in bytes.
const NAME_BYTES_MAX: usize = 64;

#[derive(Debug)]
pub(super) struct FilesSending {
    route: Arc<Route>,
}

impl FilesSending {
    pub(super) const fn new(route: Arc<Route>) -> Self {
        Self { route }
    }
}

impl Sending for FilesSending {
    type Lane = FilesLane;

    fn lane(&self, to: &EndpointName) -> Result<FilesLane> {
        let disk = OsString::from(self.route.disk_name(to.as_str())?);
        let directory = self.route.directory.open_directory(&disk).map_err(|error| match error.kind() {
            // A link and a file are no peers either.
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => no_such_peer("send to", to.as_str()),
            _ => Error::io("send to", error).on(to.as_str()),
        })?;
        let failed = |error| Error::io("send to", error).on(to.as_str());
        let status = directory.status().map_err(failed)?;
        let gauge = Gauge::new(&self.route.limits, message_bytes_max(self.route.limits.payload_bytes_max));
        let (route, to) = (Arc::clone(&self.route), to.clone());
        Ok(FilesLane { route, to, disk, directory, status, gauge, rooms: Mutex::default() })
    }
}

/// The directory of one receiver.
#[derive(Debug)]
pub(super) struct FilesLane {
    route: Arc<Route>,
    to: EndpointName,
    disk: OsString,
    directory: Directory,
    status: FileStatus,
    gauge: Gauge,
    /// What those watch who wait for room outside of a call.
    rooms: Mutex<Vec<Watch>>,
}

impl FilesLane {
    /// Whether the receiver still has this directory; one who leaves has renamed it.
    fn is_current(&self) -> Result<bool, Refusal> {
        let found = self.route.directory.status_of(&self.disk).map_err(|error| self.failed(error))?;
        Ok(found.is_some_and(|found| (found.device, found.inode) == (self.status.device, self.status.inode)))
    }

    /// Writes one message, and renames it to where it counts.
    fn store(&self, letters: &Letters<'_>, index: usize) -> Result<OsString, Refusal> {
        if !self.gauge.take(&self.directory).map_err(|error| self.failed(error))? {
            return Err(Refusal::Full);
        }
        let stored = self.write_and_rename(letters, index);
        if stored.is_err() {
            self.gauge.give_back();
        }
        stored
    }

    fn write_and_rename(&self, letters: &Letters<'_>, index: usize) -> Result<OsString, Refusal> {
        with_buffer(|message| {
            let tick = letters.write(index, message)?;
            let name = file_name(letters.id(index), tick);
            let pending = OsString::from(format!("{name}{PENDING}"));
            let ready = OsString::from(format!("{name}{READY}"));
            let stored = self.write(&pending, message).and_then(|()| self.directory.rename_exclusive(&pending, &ready));
            crash::point("files-stored");
            match stored {
                Ok(()) => self.gauge.spend(message.len()),
                Err(_) => drop(self.directory.unlink(&pending)),
            }
            stored.map(|()| ready).map_err(|error| self.refused(error))
        })
    }

    fn write(&self, pending: &OsStr, message: &[u8]) -> io::Result<()> {
        let mut file = self.directory.create_new(pending, FILE_MODE)?;
        crash::point("files-made");
        file.write_all(message)?;
        crash::point("files-written");
        Ok(())
    }

    /// Takes back what was stored for a receiver who had left by then. What is gone was taken: he has it.
    fn take_back(&self, stored: &[OsString]) -> usize {
        let taken = stored.iter().rposition(|name| self.directory.unlink(name).is_err());
        taken.map_or(0, |index| index + 1)
    }

    fn refused(&self, error: io::Error) -> Refusal {
        match error.kind() {
            io::ErrorKind::NotFound => Refusal::Gone,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Error::new(ErrorKind::Full, "send to")
                    .on(self.to.as_str())
                    .because("the file system takes no more")
                    .caused_by(error)
                    .into()
            }
            io::ErrorKind::AlreadyExists => Error::new(ErrorKind::AlreadyExists, "send to")
                .on(self.to.as_str())
                .because("a message with that id waits there")
                .into(),
            _ => self.failed(error),
        }
    }

    fn failed(&self, error: io::Error) -> Refusal {
        Error::io("send to", error).on(self.to.as_str()).into()
    }
}

impl Lane for FilesLane {
    fn send(&self, letters: &Letters<'_>) -> Result<Sent, Refusal> {
        let mut stored = Vec::new();
        let mut stopped = None;
        for index in 0..letters.count().min(AT_ONCE_MAX) {
            match self.store(letters, index) {
                Ok(name) => stored.push(name),
                Err(refusal) => {
                    stopped = Some(refusal);
                    break;
                }
            }
        }
        let mut count = stored.len();
        if !self.is_current()? {
            count = self.take_back(&stored);
            stopped = Some(Refusal::Gone);
        }
        match stopped {
            Some(refusal) if count == 0 => Err(refusal),
            _ => Ok(Sent { stored: count, queued: 0 }),
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        match self.is_current()? {
            true => Ok(()),
            false => Err(Refusal::Gone),
        }
    }

    fn room(&self) -> Result<Readiness, Refusal> {
        let watch = Watch::new(&self.directory, Events::DELETIONS).map_err(|error| self.failed(error))?;
        watch.take(&mut Vec::new()).map_err(|error| self.failed(error))?;
        // What happened before is seen by these two.
        self.check()?;
        if self.gauge.is_free(&self.directory).map_err(|error| self.failed(error))? {
            watch.ring();
        }
        let readiness = Readiness::Readable(Arc::clone(watch.readiness()));
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody watches any more are held only here and by themselves.
        rooms.retain(Watch::is_shared);
        rooms.push(watch);
        Ok(readiness)
    }

    fn wait_for_room(&self, clock: &dyn Clock, wait: Wait<'_>) -> Result<bool, Refusal> {
        loop {
            let readiness = self.gauge.wait(&self.directory).map_err(|error| self.failed(error))?;
            let Some(readiness) = readiness else { return Ok(true) };
            // A receiver who left before one watched is seen here, later ones are told of.
            let waited = self.check().and_then(|()| Ok(wait_for(&readiness, clock, wait)?));
            self.gauge.has_waited();
            if !waited? {
                return Ok(false);
            }
        }
    }
}

/// The name of the file of a message, without its ending: its id, where that can be a name.
fn file_name(id: &str, tick: Tick) -> String {
    let fits =
        (1..=NAME_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match fits {
        true => id.to_owned(),
        false => String::from_utf8_lossy(&tick.id()).into_owned(),
    }
}
