//! The file: locked, read whole, written whole.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nuncio_core::{Error, ErrorKind, Limits, Result};
use nuncio_sys::files::{Directory, FileStatus};
use nuncio_sys::process::effective_user;
use nuncio_sys::watch::Watch;
use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::config::JsonFileConfig;
use crate::crash;
use crate::route::ignore_absent;
use crate::wire::json::Malformed;
use crate::wire::state::State;

const FILE_MODE: u32 = 0o600;
const WRITABLE_BY_OTHERS: u32 = 0o022;
/// How long the file may be, in bytes.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// Whoever holds the lock for longer than this does not use it for one change.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);
const LOCK_PAUSES: [Duration; 2] = [Duration::from_micros(20), Duration::from_millis(1)];
/// How far in front of the end of a text its damage is noticed at most, in bytes, if it was cut off: an escape.
const CUT_BYTES: usize = 6;

/// The file of a bus.
#[derive(Debug)]
pub(super) struct Store {
    directory: Directory,
    name: OsString,
    path: PathBuf,
    danger_shared: bool,
    pub(super) limits: Limits,
}

/// What is to become of the file after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    Write,
}

impl Store {
    /// Opens the file, and makes it if it is not there.
    pub(super) fn open(config: &JsonFileConfig) -> Result<Self> {
        let path = std::path::absolute(&config.path)
            .map_err(|error| Error::io("open the bus", error).on(config.path.as_path()))?;
        let wrong =
            |reason: &'static str| Error::new(ErrorKind::Misconfigured, "open the bus").on(&*path).because(reason);
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(wrong("it is no file")) };
        let directory = Directory::open(parent).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                wrong("the directory that it is in does not exist")
            }
            _ => Error::io("open the bus", error).on(&*path),
        })?;
        let (name, limits, danger_shared) = (name.to_owned(), config.limits.clone(), config.danger_shared);
        let store = Self { directory, name, path: path.clone(), danger_shared, limits };
        store.make().map_err(|error| store.failed("open the bus", error))?;
        let is_bus = match store.look(|state| state.is_bus()) {
            // If it could be put in order that has been done.
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                let is_bus = store.look(|state| state.is_bus())?;
                tracing::warn!(error = %error.chain(), "the file of a bus was damaged");
                is_bus
            }
            looked => looked?,
        };
        match is_bus {
            true => Ok(store),
            false => Err(wrong("the file is something else")),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What tells it from all other files of the machine.
    pub(super) fn key(&self) -> String {
        match self.directory.status_of(&self.name) {
            Ok(Some(status)) => format!("file {}:{}", status.device, status.inode),
            _ => format!("file {}", self.path().display()),
        }
    }

    /// Makes the file, whole from the beginning.
    fn make(&self) -> io::Result<()> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        if self.directory.status_of(&self.name)?.is_some() {
            return Ok(());
        }
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let pending = OsString::from(format!(".nuncio-{}-{count}.json", std::process::id()));
        let mut empty = Vec::new();
        State::default().write(&mut empty);
        let made = self.directory.create_exclusive(&pending, FILE_MODE).and_then(|mut file| {
            file.write_all(&empty)?;
            self.directory.rename_exclusive(&pending, &self.name)
        });
        if made.is_err() {
            let _ = self.directory.unlink(&pending);
        }
        match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    /// Removes the file.
    pub(super) fn remove(&self) -> Result<()> {
        for name in [&self.copy_name(), &self.name] {
            ignore_absent(self.directory.unlink(name)).map_err(|error| self.failed("remove the bus", error))?;
        }
        Ok(())
    }

    /// Watches the file.
    pub(super) fn watch(&self) -> Result<Watch> {
        let file = self.opened()?;
        Watch::of_file(&file).map_err(|error| self.failed("watch the bus", error))
    }

    /// Looks at what the file says.
    pub(super) fn look<T>(&self, act: impl FnOnce(&State<'_>) -> T) -> Result<T> {
        let mut file = self.locked()?;
        let text = self.text(&mut file)?;
        let (state, damage) = State::read(&text);
        match damage {
            None => Ok(act(&state)),
            Some(_) => {
                drop(file);
                // Whoever has the lock to write puts it in order.
                self.change(|state| Ok((act(state), Verdict::Keep)))
            }
        }
    }

    /// Changes what the file says, if `act` gives [`Verdict::Write`].
    pub(super) fn change<T, E: From<Error>>(
        &self,
        act: impl FnOnce(&mut State<'_>) -> Result<(T, Verdict), E>,
    ) -> Result<T, E> {
        let mut file = self.locked()?;
        let mut text = self.text(&mut file)?;
        if let (state, Some(damage)) = State::read(&text) {
            match self.copy_of(&text) {
                Some(copy) => text = self.restore(&mut file, copy)?,
                None => return Err(self.repair(&mut file, &text, &state, damage).into()),
            }
        }
        let (mut state, _) = State::read(&text);
        let (result, verdict) = act(&mut state)?;
        if verdict == Verdict::Write {
            self.write(&mut file, &state, &text)?;
        }
        Ok(result)
    }

    fn opened(&self) -> Result<File> {
        let file = self.directory.open_to_write(&self.name).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::new(ErrorKind::NoSuchEndpoint, "use the bus")
                .on(self.path())
                .because("the file is gone: the bus has ended"),
            io::ErrorKind::InvalidInput => {
                Error::new(ErrorKind::Misconfigured, "use the bus").on(self.path()).because("it is no regular file")
            }
            _ => self.failed("open the bus", error),
        })?;
        let status = FileStatus::of_file(&file).map_err(|error| self.failed("open the bus", error))?;
        match self.danger_shared {
            true => Ok(file),
            false => self.check_trust(status).map(|()| file),
        }
    }

    /// Whoever can write to the file can send as anybody.
    fn check_trust(&self, status: FileStatus) -> Result<()> {
        let us = effective_user();
        let reason = if status.uid != us {
            format!("it belongs to user {}, this process runs as user {us}", status.uid)
        } else if status.mode & WRITABLE_BY_OTHERS != 0 {
            format!("its mode {:04o} lets other users write to it", status.mode)
        } else {
            return Ok(());
        };
        let reason = format!("{reason}; to use it all the same, ask for danger_shared");
        Err(Error::new(ErrorKind::PermissionDenied, "open the bus").on(self.path()).because(reason))
    }

    /// The file, locked, also for those who only look: whoever wants to write would wait for ever where enough of these share it.
    fn locked(&self) -> Result<File> {
        let file = self.opened()?;
        let given_up = Instant::now() + LOCK_PATIENCE;
        for round in 0_usize.. {
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(file),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) if Instant::now() < given_up => thread::sleep(LOCK_PAUSES[usize::from(round > 50)]),
                Err(error) => return Err(self.failed("lock the bus", error.into())),
            }
        }
        unreachable!("the loop has no end")
    }

    fn text(&self, file: &mut File) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        let read = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut text);
        read.map_err(|error| self.failed("read the bus", error))?;
        match text.len() as u64 > FILE_BYTES_MAX {
            true => Err(self.corrupt(format!("the file has more than the limit of {FILE_BYTES_MAX} bytes"))),
            false => Ok(text),
        }
    }

    /// What a process that was killed while it wrote had written beside the file before; none if `text` is not its beginning.
    fn copy_of(&self, text: &[u8]) -> Option<Vec<u8>> {
        let (file, status) = self.directory.open_regular(&self.copy_name()).ok()?;
        if status.size > FILE_BYTES_MAX || !self.danger_shared && self.check_trust(status).is_err() {
            return None;
        }
        let mut copy = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut copy).ok()?;
        let is_whole = copy.starts_with(text) && matches!(State::read(&copy), (state, None) if state.is_bus());
        is_whole.then_some(copy)
    }

    fn restore(&self, file: &mut File, copy: Vec<u8>) -> Result<Vec<u8>> {
        tracing::warn!(bus = %self.path.display(), "a process ended while it wrote the file of a bus; it is restored");
        replace(file, &copy).map_err(|error| self.failed("restore the bus", error))?;
        let _ = self.directory.unlink(&self.copy_name());
        Ok(copy)
    }

    fn copy_name(&self) -> OsString {
        let mut name = OsString::from(".nuncio-");
        name.push(&self.name);
        name
    }

    /// Writes a copy of `text` beside the file, from which whoever finds the file cut off restores it. Where nothing can be
    /// made there, there is none.
    fn write_copy(&self, text: &[u8]) -> io::Result<()> {
        let name = self.copy_name();
        let made = match self.directory.create_exclusive(&name, FILE_MODE) {
            // One that a process left which has ended: the file was in order when it was read.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.directory.unlink(&name)?;
                self.directory.create_exclusive(&name, FILE_MODE)
            }
            made => made,
        };
        match made {
            Ok(mut file) => file.write_all(text).inspect_err(|_| {
                let _ = self.directory.unlink(&name);
            }),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Truncates, then writes, so that a process that is killed meanwhile leaves the beginning and no mixture.
    fn write(&self, file: &mut File, state: &State<'_>, before: &[u8]) -> Result<()> {
        let mut text = Vec::with_capacity(before.len() + 512);
        state.write(&mut text);
        if text.len() as u64 > FILE_BYTES_MAX {
            let reason = format!("the file would have {} bytes, limit is {FILE_BYTES_MAX} bytes", text.len());
            return Err(Error::new(ErrorKind::Full, "write the bus").on(self.path()).because(reason));
        }
        match self.write_copy(&text) {
            Ok(()) => {}
            // What takes less room than before makes room: a bus on a full disk can be read until it is empty.
            Err(error) if is_full(&error) && text.len() < before.len() => {}
            Err(error) => return Err(self.refused(error)),
        }
        crash::point("jsonfile-copied");
        let written = replace(file, &text).map_err(|error| {
            // What was there before had room.
            let restored = replace(file, before);
            let refused = self.refused(error);
            match restored {
                Ok(()) => refused,
                Err(_) => self.corrupt("it could be neither written nor restored".to_owned()).caused_by(refused),
            }
        });
        let _ = self.directory.unlink(&self.copy_name());
        written
    }

    fn refused(&self, error: io::Error) -> Error {
        match is_full(&error) {
            true => Error::new(ErrorKind::Full, "write the bus")
                .on(self.path())
                .because("the file system takes no more")
                .caused_by(error),
            false => self.failed("write the bus", error),
        }
    }

    /// Writes what could be read of a file that was cut off, and says what that was. What is damaged otherwise is left alone:
    /// it may be somebody's file that is no bus.
    fn repair(&self, file: &mut File, text: &[u8], state: &State<'_>, damage: Malformed) -> Error {
        let is_cut = text.is_empty() || state.is_bus() && damage.at + CUT_BYTES >= text.len();
        if !is_cut {
            return self.corrupt("it is no bus, or damaged".to_owned()).caused_by(damage);
        }
        let messages: usize = state.messages.values().map(Vec::len).sum();
        let reason = format!(
            "it was cut off after {} bytes while it was written; {} peers and {messages} messages could be saved",
            text.len(),
            state.clients.len()
        );
        match self.write(file, state, text) {
            Ok(()) => self.corrupt(reason).caused_by(damage),
            Err(error) => self.corrupt(reason).caused_by(error),
        }
    }

    fn corrupt(&self, reason: String) -> Error {
        Error::new(ErrorKind::Corrupt, "read the bus").on(self.path()).because(reason)
    }

    fn failed(&self, operation: &'static str, error: io::Error) -> Error {
        Error::io(operation, error).on(self.path())
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

fn replace(file: &mut File, text: &[u8]) -> io::Result<()> {
    file.rewind()?;
    file.set_len(0)?;
    crash::point("jsonfile-truncated");
    crash::write_all(file, text, "jsonfile-half")?;
    crash::point("jsonfile-written");
    Ok(())
}
