//! Whose a bus is: a mark on it, by which one whose owner was killed is known, and by which it changes hands.
//!
//! The mark is a file of one line, the owner's process number and when it started; a second line names the heir to whom the
//! owner hands the bus, and the signal that belongs to it. Whoever takes it over writes the mark anew with himself.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nuncio_core::{Deadline, Error, ErrorKind, Readiness, Result, SystemClock, Wait};
use nuncio_sys::files::Directory;
use nuncio_sys::process::{ProcessIdentity, effective_user};
use nuncio_sys::watch::{Events, Watch};

use super::Bus;
use super::guard::BusGuard;
use crate::jsonfile::JsonFileConfig;
use crate::place::Place;
use crate::route::{LOCK_PATIENCE, wait_for_any};

/// What the directories of buses begin with.
pub(super) const DIRECTORY_PREFIX: &str = "PerlIPCManager-";
/// What the files of buses begin and end with, where a bus is one file.
pub(super) const FILE_PREFIX: &str = "PerlIPCMgr-";
pub(super) const FILE_ENDING: &str = ".json";
/// The name of the mark in such a directory.
const MARK: &str = ".nuncio-owner";
const MARK_MODE: u32 = 0o600;
const MARK_BYTES_MAX: u64 = 200;
/// What the mark of a bus says that its owner has left to others: it is nobody's, and was not forsaken.
const KEPT: &str = "kept";

/// Whose a bus is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Owner {
    /// This process has ended without ending the bus.
    Dead(u32),
    /// This process lives.
    Live(u32),
    /// It does not say: the reference's buses do not, nor one that was [kept](BusGuard::keep).
    Unmarked,
}

/// What the mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    owner: ProcessIdentity,
    heir: Option<Heir>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Heir {
    process: ProcessIdentity,
    signal: Option<i32>,
}

impl Mark {
    /// This process owns it.
    fn own() -> Result<Self> {
        let owner = ProcessIdentity::current().map_err(|error| Error::io("mark the bus", error))?;
        Ok(Self { owner, heir: None })
    }

    pub(super) fn read(file: &Path) -> Option<Self> {
        let directory = Directory::open(file.parent()?).ok()?;
        let (_, status) = directory.open_regular(file.file_name()?).ok()?;
        if status.uid != effective_user() || status.size > MARK_BYTES_MAX {
            return None;
        }
        Self::parse(&fs::read_to_string(file).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut words = lines.next()?.split(' ');
        let owner = process_of(&mut words)?;
        let heir = lines.next().and_then(|line| {
            let mut words = line.split(' ');
            let process = process_of(&mut words)?;
            Some(Heir { process, signal: words.next()?.parse().ok().filter(|signal| *signal > 0) })
        });
        Some(Self { owner, heir })
    }

    fn write(&self, file: &Path) -> Result<()> {
        write(file, &self.to_string())
    }

    /// Whether this process is the owner.
    pub(super) fn is_ours(&self) -> bool {
        ProcessIdentity::current().is_ok_and(|ours| ours == self.owner)
    }

    fn owner(&self) -> Owner {
        // A process that is hidden from us is there.
        match self.owner.is_alive().unwrap_or(true) {
            true => Owner::Live(self.owner.pid),
            false => Owner::Dead(self.owner.pid),
        }
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.owner.pid, self.owner.start_ticks)?;
        match &self.heir {
            Some(Heir { process, signal }) => {
                write!(f, "\n{} {} {}", process.pid, process.start_ticks, signal.unwrap_or_default())
            }
            None => Ok(()),
        }
    }
}

fn process_of<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<ProcessIdentity> {
    Some(ProcessIdentity { pid: words.next()?.parse().ok()?, start_ticks: words.next()?.parse().ok()? })
}

fn pending_name(name: &OsStr) -> OsString {
    let mut pending = name.to_owned();
    pending.push(format!("-{}.pend", std::process::id()));
    pending
}

/// Writes the mark `file` anew.
fn write(file: &Path, text: &str) -> Result<()> {
    let failed = |error| Error::io("mark the bus", error).on(file);
    let (Some(parent), Some(name)) = (file.parent(), file.file_name()) else {
        return Err(failed(std::io::ErrorKind::InvalidInput.into()));
    };
    let directory = Directory::open(parent).map_err(failed)?;
    let pending = pending_name(name);
    // One that was left behind by a process that was killed.
    let _ = directory.unlink(&pending);
    let mut written = directory.create_exclusive(&pending, MARK_MODE).map_err(failed)?;
    written.write_all(text.as_bytes()).map_err(failed)?;
    directory.rename(&pending, name).map_err(failed)
}

/// Says in `file` that this process owns the bus.
pub(super) fn mark(file: &Path) -> Result<()> {
    Mark::own()?.write(file)
}

/// As [`mark`], for a bus at `route`, which others know, too: it has to be that of an owner who has ended, or nobody's, in which
/// there is nothing.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`] when it has an owner, or is somebody else's; those of `is_empty` and of writing the mark.
pub(super) fn claim(route: &Path, file: &Path, is_empty: impl FnOnce() -> Result<bool>) -> Result<()> {
    let failed = |error| Error::io("mark the bus", error).on(file);
    let directory = Directory::open(file.parent().unwrap_or(file)).map_err(failed)?;
    let _lock = directory.lock(LOCK_PATIENCE).map_err(failed)?;
    let taken = |reason: String| Err(Error::new(ErrorKind::AlreadyExists, "make a bus").on(route).because(reason));
    match Mark::read(file).map(|mark| mark.owner()) {
        Some(Owner::Live(pid)) => taken(format!("process {pid} owns the bus that is there")),
        Some(_) => mark(file),
        None if fs::symlink_metadata(file).is_err() && is_empty()? => mark(file),
        None => taken(
            "there is something already: a bus that is there is opened, and a new one needs an empty place".into(),
        ),
    }
}

impl Bus {
    /// Whose the bus is.
    pub fn owner(&self) -> Owner {
        self.mark().map_or(Owner::Unmarked, |mark| mark.owner())
    }

    /// Its owner leaves it to others.
    pub(super) fn release(&self) {
        let Some(file) = self.place.owner_file() else { return };
        if Mark::read(&file).is_some_and(|mark| mark.is_ours())
            && let Err(error) = write(&file, KEPT)
        {
            tracing::warn!(bus = %self.info, error = %error.chain(), "a bus that is kept still has the mark of its owner");
        }
    }

    pub(super) fn mark(&self) -> Option<Mark> {
        Mark::read(&self.place.owner_file()?)
    }

    /// Takes the guard of the bus over: from the owner, who [hands](BusGuard::hand_over) it to this process, waiting for
    /// that; or from one who has ended, or never was.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`] when the owner lives and has not handed it over until the deadline;
    /// [`ErrorKind::Unsupported`] on a medium without room for a mark; those of reading and writing it.
    pub fn take_over(&self, wait: Wait<'_>) -> Result<BusGuard> {
        let file = self.owner_file("take the bus over")?;
        wait_for_mark(&file, wait, "take the bus over", |mark| {
            let Some(mark) = mark else { return Some(None) };
            let ours = ProcessIdentity::current().ok();
            match (mark.owner(), mark.heir) {
                (_, Some(heir)) if Some(heir.process) == ours => Some(heir.signal),
                (Owner::Live(_), _) => None,
                (_, heir) => Some(heir.and_then(|heir| heir.signal)),
            }
        })
        .and_then(|signal| {
            mark(&file)?;
            Ok(BusGuard::new(self.clone(), signal))
        })
    }

    fn owner_file(&self, operation: &'static str) -> Result<PathBuf> {
        self.place.owner_file().ok_or_else(|| {
            let reason = "this medium has no room for the mark of an owner";
            Error::new(ErrorKind::Unsupported, operation).on(self.info.route.as_str()).because(reason)
        })
    }

    /// Offers the bus to process `pid`, and waits until it has taken it.
    pub(super) fn offer(&self, pid: u32, signal: Option<i32>, wait: Wait<'_>) -> Result<()> {
        let operation = "hand the bus over";
        let file = self.owner_file(operation)?;
        let failed = |error| Error::io(operation, error);
        let heir = ProcessIdentity::of(pid).map_err(failed)?.ok_or_else(|| {
            Error::new(ErrorKind::NoSuchEndpoint, operation).because(format!("there is no process {pid}"))
        })?;
        let ours = Mark::own()?;
        Mark { heir: Some(Heir { process: heir, signal }), ..ours }.write(&file)?;
        let taken = wait_for_mark(&file, wait, operation, |mark| match mark {
            Some(mark) if mark.is_ours() => (!heir.is_alive().unwrap_or(true)).then_some(false),
            _ => Some(true),
        });
        match taken {
            Ok(true) => Ok(()),
            Ok(false) => {
                ours.write(&file)?;
                let reason = format!("process {pid} has ended and has not taken it");
                Err(Error::new(ErrorKind::PeerGone, operation).because(reason))
            }
            // It may have been taken in the last moment, and even ended: the mark that stands decides, as above.
            Err(_) if !Mark::read(&file).is_some_and(|mark| mark.is_ours()) => Ok(()),
            Err(error) => {
                ours.write(&file)?;
                match Mark::read(&file) {
                    Some(mark) if !mark.is_ours() => Ok(()),
                    _ => Err(error),
                }
            }
        }
    }
}

/// Waits until `found` says something of the mark; looked at when its directory changes, and each second for processes that
/// end.
fn wait_for_mark<T>(
    file: &Path,
    wait: Wait<'_>,
    operation: &'static str,
    found: impl Fn(Option<Mark>) -> Option<T>,
) -> Result<T> {
    const LOOK: Duration = Duration::from_secs(1);
    let failed = |error| Error::io(operation, error).on(file);
    let directory = Directory::open(file.parent().unwrap_or(file)).map_err(failed)?;
    let watch = Watch::new(&directory, Events::NEW_ENTRIES).map_err(failed)?;
    let readiness = Readiness::Readable(std::sync::Arc::clone(watch.readiness()));
    loop {
        watch.take(&mut Vec::new()).map_err(failed)?;
        if let Some(found) = found(Mark::read(file)) {
            return Ok(found);
        }
        let now = Instant::now();
        if wait.until == Deadline::Now || wait.until.instant().is_some_and(|until| until <= now) {
            let reason = "the mark of its owner did not change until the deadline";
            return Err(Error::new(ErrorKind::TimedOut, operation).on(file).because(reason));
        }
        let until = super::presence::earlier(wait.until, [Some(now + LOOK)]);
        wait_for_any(&[&readiness], &SystemClock, Wait { until, ..wait })?;
    }
}

/// Removes the buses in the directory for temporary files that nuncio made for this user and whose owners have ended; gives
/// their directories.
///
/// # Errors
/// Those of reading the directory for temporary files; a bus that cannot be removed is logged and left.
pub fn clean() -> Result<Vec<PathBuf>> {
    let parent = std::env::temp_dir();
    let failed = |error| Error::io("look for buses in", error).on(parent.as_path());
    let mut removed = Vec::new();
    for entry in fs::read_dir(&parent).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
        let removal = match &*name {
            name if name.starts_with(DIRECTORY_PREFIX) && is_forsaken(&path) => fs::remove_dir_all(&path),
            name if name.starts_with(FILE_PREFIX) && name.ends_with(FILE_ENDING) => match forsaken_file(&path) {
                Some(place) => place.remove().map_err(std::io::Error::other),
                None => continue,
            },
            _ => continue,
        };
        match removal {
            Ok(()) => removed.push(path),
            Err(error) => {
                tracing::warn!(bus = %path.display(), %error, "a bus whose owner has ended cannot be removed")
            }
        }
    }
    removed.sort();
    Ok(removed)
}

/// Whether a directory is ours, is marked, and its owner has ended.
fn is_forsaken(path: &Path) -> bool {
    let is_directory = fs::symlink_metadata(path).is_ok_and(|status| status.is_dir());
    let Some(directory) = is_directory.then(|| Directory::open(path).ok()).flatten() else { return false };
    if !directory.status().is_ok_and(|status| status.uid == effective_user()) {
        return false;
    }
    Mark::read(&path.join(MARK)).is_some_and(|mark| matches!(mark.owner(), Owner::Dead(_)))
}

/// A bus in one file that is ours, is marked, and whose owner has ended.
fn forsaken_file(path: &Path) -> Option<std::sync::Arc<dyn Place>> {
    if !fs::symlink_metadata(path).is_ok_and(|status| status.is_file()) {
        return None;
    }
    let place = crate::jsonfile::place(&JsonFileConfig::new(path)).ok()?;
    let mark = Mark::read(&place.owner_file()?)?;
    matches!(mark.owner(), Owner::Dead(_)).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_read_as_it_is_written() {
        let process = |pid| ProcessIdentity { pid, start_ticks: u64::from(pid) * 10 };
        for (mark, text) in [
            (Mark { owner: process(7), heir: None }, "7 70"),
            (Mark { owner: process(7), heir: Some(Heir { process: process(8), signal: None }) }, "7 70\n8 80 0"),
            (Mark { owner: process(7), heir: Some(Heir { process: process(8), signal: Some(15) }) }, "7 70\n8 80 15"),
        ] {
            assert_eq!(mark.to_string(), text);
            assert_eq!(Mark::parse(text), Some(mark));
        }
        for bad in ["", "7", "7 x", "x 7"] {
            assert_eq!(Mark::parse(bad), None, "{bad}");
        }
    }
}
