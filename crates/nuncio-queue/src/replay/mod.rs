//! Accepting each thing once, also after a restart: a memory of ids on disk.
//!
//! What a network hands over can be handed over again by whoever has seen it. A [`ReplayGuard`] remembers an id for each thing
//! that was accepted (of a sealed message its key and nonce, of an acknowledged one its message id) for at least the
//! time it was opened with, and accepts no id twice meanwhile.
//!
//! - **Several processes** may share one directory: each call looks at what the others have written since.
//! - **A killed process** loses nothing and blocks nobody. What must survive the machine too is made so by
//!   [`sync`](ReplayGuard::sync).
//! - **Bounded**: at [`ids_max`](ReplayGuardBuilder::ids_max) [`accept`](ReplayGuard::accept) accepts nothing more until something has
//!   grown old: to forget early would open what it is there to close. [`accept_sent`](ReplayGuard::accept_sent) is for what proves
//!   when it was sent: there the oldest may be left behind, because nothing as old is accepted from then on. A guard is used by
//!   one of the two.
//! - **Small**: 40 bytes for each id on disk; what has grown old is left behind when the file is written anew.
//!
//! ```
//! use std::time::Duration;
//! use nuncio_queue::ReplayGuard;
//!
//! # let dir = tempfile::tempdir()?;
//! # let directory = dir.path().join("replay");
//! let guard = ReplayGuard::open(&directory, Duration::from_secs(7 * 24 * 3600))?;
//! assert!(guard.accept(&[7; 32])?);
//! assert!(!guard.accept(&[7; 32])?);
//! guard.sync()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod log;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nuncio_core::{Clock, Error, ErrorKind, Result, SystemClock};

use self::log::Log;
use crate::file_lock::FileLock;
use crate::trust::Trust;

/// Names one thing that is accepted once.
pub type ReplayId = [u8; 32];

const OPEN: &str = "open the memory of what was accepted in";
const REMEMBER: &str = "remember what was accepted in";

/// Something that is accepted once, and proves when it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what is accepted, and when it was sent")]
pub struct Once {
    /// What it is accepted as.
    pub id: ReplayId,
    /// When it was sent, in whole seconds.
    pub sent_at: SystemTime,
}

/// What [`ReplayGuard::accept_sent`] says of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is new, it is not, or that is no longer known")]
pub enum Verdict {
    /// It is accepted.
    New,
    /// It was accepted before.
    Replayed,
    /// It was sent before the latest that is not remembered any more, and so may have been accepted before.
    TooOld,
}

impl Verdict {
    /// Why it is refused; nothing if it is not.
    #[must_use]
    pub const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::New => None,
            Self::Replayed => Some("it was received before: a replay"),
            Self::TooOld => Some("it was sent so long ago that it is no longer known whether it was received before"),
        }
    }
}

/// Accepts each id once; see the [module](self). Shared by reference; all threads and processes may use one.
#[derive(Debug)]
pub struct ReplayGuard {
    log: Mutex<Log>,
    between_processes: FileLock,
    directory: PathBuf,
    clock: Arc<dyn Clock>,
}

/// Says how a guard is opened; see [`ReplayGuard::builder`].
#[derive(Clone, Debug)]
pub struct ReplayGuardBuilder {
    directory: PathBuf,
    keep: Duration,
    ids_max: usize,
    clock: Arc<dyn Clock>,
}

impl ReplayGuardBuilder {
    /// Remembers at most `count` ids at a time. Default 1,000,000, which takes 40 MB on disk and about twice that in memory.
    #[must_use]
    pub const fn ids_max(mut self, count: usize) -> Self {
        self.ids_max = count;
        self
    }

    /// Takes the time of day from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Opens the memory, or makes it, with the directory it is in (one level, mode 0700).
    ///
    /// # Errors
    /// [`ErrorKind::PermissionDenied`] when the directory or the file belongs to another user; [`ErrorKind::Corrupt`] when the
    /// file is no memory of this kind: it is not replaced, for that would be to forget; those of the file system.
    pub fn open(self) -> Result<ReplayGuard> {
        let directory = Trust::Own.open_directory(&self.directory, OPEN)?;
        let failed = |error: log::Fault| error.describe(OPEN, &self.directory);
        let lock = FileLock::open(&directory).map_err(|error| failed(error.into()))?;
        let log = Log::open(directory, &lock, self.keep, self.ids_max).map_err(failed)?;
        Ok(ReplayGuard { log: Mutex::new(log), between_processes: lock, directory: self.directory, clock: self.clock })
    }
}

impl ReplayGuard {
    /// Opens the memory in `directory`, or makes it. Ids are remembered for `keep` at least; where processes open it with
    /// different times the longest counts.
    ///
    /// # Errors
    /// As [`ReplayGuardBuilder::open`].
    pub fn open(directory: impl Into<PathBuf>, keep: Duration) -> Result<Self> {
        Self::builder(directory, keep).open()
    }

    /// Says how to open the memory in `directory`, which remembers for `keep` at least.
    pub fn builder(directory: impl Into<PathBuf>, keep: Duration) -> ReplayGuardBuilder {
        ReplayGuardBuilder { directory: directory.into(), keep, ids_max: 1_000_000, clock: Arc::new(SystemClock) }
    }

    /// Accepts `id` and remembers it; false if it was accepted before, here or by another process.
    ///
    /// When it returns, the memory survives the end of this process. It survives the end of the machine after
    /// [`sync`](Self::sync).
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] when as many are remembered as may be; [`ErrorKind::TimedOut`] when another process held the
    /// lock for ten seconds; those of the file system. Nothing is accepted then.
    pub fn accept(&self, id: &ReplayId) -> Result<bool> {
        Ok(self.accept_all(std::slice::from_ref(id))?[0])
    }

    /// Accepts several ids with one write: for each, whether it was new. An id that stands there twice is new once.
    ///
    /// # Errors
    /// As [`accept`](Self::accept); none of them is accepted then.
    pub fn accept_all(&self, ids: &[ReplayId]) -> Result<Vec<bool>> {
        let accepted = self.lock().accept(ids, self.seconds(), &self.between_processes);
        accepted.map_err(|error| error.describe(REMEMBER, &self.directory))
    }

    /// Accepts `id` of what was sent at `sent_at`, as it proves, and remembers it.
    ///
    /// When as many are remembered as may be, the oldest are left behind, and from then on nothing is accepted that was sent
    /// when they were or before. A time in the future is believed up to a day: what says to be sent later can come again when it has
    /// been left behind.
    ///
    /// # Errors
    /// As [`accept`](Self::accept), but that there is always room.
    pub fn accept_sent(&self, id: &ReplayId, sent_at: SystemTime) -> Result<Verdict> {
        Ok(self.accept_all_sent(&[Once { id: *id, sent_at }])?[0])
    }

    /// As [`accept_sent`](Self::accept_sent), for several with one write. What stands there twice is new once.
    ///
    /// # Errors
    /// As [`accept_sent`](Self::accept_sent); what it had accepted of them before stays accepted.
    pub fn accept_all_sent(&self, all: &[Once]) -> Result<Vec<Verdict>> {
        let accepted = self.lock().accept_sent(all, self.seconds(), &self.between_processes);
        accepted.map_err(|error| error.describe(REMEMBER, &self.directory))
    }

    /// What [`accept_all_sent`](Self::accept_all_sent) would say of each by itself. Nothing is accepted.
    ///
    /// # Errors
    /// Those of the file system; [`ErrorKind::TimedOut`] when another process held the lock for ten seconds.
    pub fn judge_all_sent(&self, all: &[Once]) -> Result<Vec<Verdict>> {
        let judged = self.lock().judge_sent(all, &self.between_processes);
        judged.map_err(|error| error.describe(REMEMBER, &self.directory))
    }

    /// Forgets `id`: what was accepted was given back, and may come once more.
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    pub fn forget(&self, id: &ReplayId) -> Result<()> {
        self.lock().forget(id, &self.between_processes).map_err(|error| error.describe(REMEMBER, &self.directory))
    }

    /// Has everything that was accepted so far written to the disk.
    ///
    /// # Errors
    /// Those of fdatasync(2).
    pub fn sync(&self) -> Result<()> {
        // The lock is not held while the disk works.
        let file = self.lock().file();
        file.and_then(|file| file.sync_data()).map_err(|error| Error::io(REMEMBER, error).on(self.directory.as_path()))
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn seconds(&self) -> u32 {
        // Never zero, which stands for what is forgotten.
        seconds(self.clock.time_of_day()).max(1)
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds(time: SystemTime) -> u32 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

impl log::Fault {
    fn describe(self, operation: &'static str, directory: &Path) -> Error {
        let new = |kind| Error::new(kind, operation).on(directory);
        match self {
            Self::Io(error) => Error::io(operation, error).on(directory),
            Self::Foreign(user) => new(ErrorKind::PermissionDenied)
                .because(format!("the file {:?} belongs to user {user}, or others can read it", log::FILE)),
            Self::Unknown => new(ErrorKind::Corrupt).because(format!("{:?} is no memory of this version", log::FILE)),
            Self::Full(count) => new(ErrorKind::LimitExceeded)
                .because(format!("{count} ids are remembered, which is the limit; none of them is old enough to go")),
        }
    }
}

#[cfg(test)]
mod tests;
