//! The registry's lock: a file `.lock` that exists while somebody adds a name (wire/transit.md 1.5).
//!
//! The original writes nothing into it and takes a held one away after two seconds. Held by us it is there for a few
//! system calls, and it says who holds it, so that a dead holder's is taken over at once. Any other is taken over
//! only when the same file has been there for three seconds; and taking over is a rename, after which it is looked
//! at again, so that a lock which was renewed in between is put back. The same file is one with the same inode number and the
//! same time: file systems give the number of a removed file to the next.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use nuncio_core::{Error, ErrorKind, Result};
use nuncio_sys::files::{Directory, FileStatus};
use nuncio_sys::process::ProcessIdentity;

use crate::random::Names;

const FILE: &str = ".lock";
/// A foreign lock that has not changed for so long is taken over; the original waits two seconds.
const STALE_AFTER: Duration = Duration::from_secs(3);
/// So long somebody may be kept waiting by others that come and go.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(2);
/// Longer than what we write into it.
const CONTENT_BYTES_MAX: u64 = 256;

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock<'a> {
    directory: &'a Directory,
    file: SameFile,
}

/// What tells a lock file from those before and after it, also when it is renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SameFile {
    inode: u64,
    modified: SystemTime,
}

impl From<FileStatus> for SameFile {
    fn from(status: FileStatus) -> Self {
        Self { inode: status.inode, modified: status.modified }
    }
}

impl<'a> Lock<'a> {
    /// Waits for the lock and takes it.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`] after half a minute; those of the file system.
    pub(crate) fn acquire(directory: &'a Directory, mode: u32, names: &Names) -> Result<Self> {
        let aside = format!(".lock-{}", names.next()?);
        Self::try_acquire(directory, mode, aside.as_ref()).map_err(|error| {
            let path = directory.path().join(FILE);
            match error.kind() {
                io::ErrorKind::TimedOut => Error::new(ErrorKind::TimedOut, "lock the registry")
                    .because(format!("others held {path:?} for {} s", PATIENCE.as_secs())),
                _ => Error::io("lock the registry", error).on(path.as_path()),
            }
        })
    }

    fn try_acquire(directory: &'a Directory, mode: u32, aside: &OsStr) -> io::Result<Self> {
        let began = Instant::now();
        let mut seen = None;
        loop {
            match directory.create_exclusive(FILE.as_ref(), mode) {
                Ok(file) => {
                    return Self::mark(directory, file).inspect_err(|_| {
                        // The error that led here is the one to tell of.
                        let _ = directory.unlink(FILE.as_ref());
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
            let Some(held) = directory.status_of(FILE.as_ref())? else { continue };
            let held = SameFile::from(held);
            let since = match seen {
                Some((file, since)) if file == held => since,
                _ => seen.insert((held, Instant::now())).1,
            };
            if since.elapsed() >= STALE_AFTER || holder_is_dead(directory) {
                take_away(directory, held, aside)?;
            } else if began.elapsed() >= PATIENCE {
                return Err(io::ErrorKind::TimedOut.into());
            } else {
                thread::sleep(LOOK_AGAIN_AFTER);
            }
        }
    }

    /// Writes into the new lock who holds it.
    fn mark(directory: &'a Directory, mut file: std::fs::File) -> io::Result<Self> {
        let holder = ProcessIdentity::current()?;
        file.write_all(format!("{} {} {}\n", holder.pid, holder.start_ticks, namespace()).as_bytes())?;
        let metadata = file.metadata()?;
        crate::crash::point("registry-locked");
        Ok(Self { directory, file: SameFile { inode: metadata.ino(), modified: metadata.modified()? } })
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // If it is no longer ours somebody has taken it over, and removing it would remove his.
        if matches!(self.directory.status_of(FILE.as_ref()), Ok(Some(status)) if SameFile::from(status) == self.file)
            && let Err(error) = self.directory.unlink(FILE.as_ref())
        {
            tracing::warn!(directory = ?self.directory.path(), %error, "the registry's lock could not be removed");
        }
    }
}

/// Whether somebody holds the lock.
pub(super) fn is_held(directory: &Directory) -> io::Result<bool> {
    Ok(directory.status_of(FILE.as_ref())?.is_some())
}

/// Whether the lock names a process, of our own process-number namespace, that is no more.
fn holder_is_dead(directory: &Directory) -> bool {
    let Ok((file, _)) = directory.open_regular(FILE.as_ref()) else { return false };
    let mut text = String::new();
    if file.take(CONTENT_BYTES_MAX).read_to_string(&mut text).is_err() {
        return false;
    }
    let mut words = text.split_whitespace();
    let (Some(pid), Some(start_ticks), Some(space)) = (words.next(), words.next(), words.next()) else { return false };
    let (Ok(pid), Ok(start_ticks)) = (pid.parse(), start_ticks.parse()) else { return false };
    space == namespace() && matches!(ProcessIdentity { pid, start_ticks }.is_alive(), Ok(false))
}

/// Moves the lock `stale` to `aside` and removes it; one that turns out to be another is put back.
fn take_away(directory: &Directory, stale: SameFile, aside: &OsStr) -> io::Result<()> {
    match directory.rename(FILE.as_ref(), aside) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    if !matches!(directory.status_of(aside)?, Some(moved) if SameFile::from(moved) == stale) {
        match directory.rename_exclusive(aside, FILE.as_ref()) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    tracing::warn!(directory = ?directory.path(), "took over a lock that its holder has left behind");
    directory.unlink(aside)
}

/// The process-number namespace: numbers of another one mean nothing here.
fn namespace() -> String {
    std::fs::read_link("/proc/self/ns/pid").map_or_else(|_| "unknown".to_owned(), |link| link.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names::new(std::sync::Arc::new(crate::random::SystemRandomness))
    }

    fn directory() -> (tempfile::TempDir, Directory) {
        let dir = tempfile::tempdir().expect("a directory");
        let opened = Directory::open(dir.path()).expect("opens");
        (dir, opened)
    }

    #[test]
    fn the_lock_is_there_while_it_is_held_and_says_by_whom() {
        let (dir, directory) = directory();
        let lock = Lock::acquire(&directory, 0o600, &names()).expect("free");
        let text = std::fs::read_to_string(dir.path().join(FILE)).expect("there");
        assert!(text.starts_with(&format!("{} ", std::process::id())), "{text}");
        assert!(!holder_is_dead(&directory));
        drop(lock);
        assert_eq!(directory.names().expect("readable"), [""; 0]);
    }

    #[test]
    fn a_dead_holders_lock_is_taken_over_at_once() {
        let (dir, directory) = directory();
        let me = ProcessIdentity::current().expect("alive");
        let dead = format!("{} {} {}\n", me.pid, me.start_ticks + 1, namespace());
        std::fs::write(dir.path().join(FILE), dead).expect("written");
        assert!(holder_is_dead(&directory));
        drop(Lock::acquire(&directory, 0o600, &names()).expect("taken over"));
        assert_eq!(directory.names().expect("readable"), [""; 0]);
    }

    #[test]
    fn a_holder_of_another_namespace_or_a_silent_one_is_not_called_dead() {
        let (dir, directory) = directory();
        for text in ["", "4194305 1 pid:[1]\n", "x y z\n", &format!("x 1 {}", namespace())] {
            std::fs::write(dir.path().join(FILE), text).expect("written");
            assert!(!holder_is_dead(&directory), "{text:?}");
        }
    }

    #[test]
    fn a_lock_that_was_renewed_is_put_back() {
        let (dir, directory) = directory();
        std::fs::write(dir.path().join(FILE), "").expect("written");
        let there = SameFile::from(directory.status_of(FILE.as_ref()).expect("readable").expect("there"));
        for other in [
            SameFile { inode: there.inode + 1, ..there },
            SameFile { modified: there.modified + Duration::from_nanos(1), ..there },
        ] {
            take_away(&directory, other, ".aside".as_ref()).expect("put back");
            assert_eq!(directory.names().expect("readable"), [FILE]);
        }
        take_away(&directory, there, ".aside".as_ref()).expect("taken");
        assert_eq!(directory.names().expect("readable"), [""; 0]);
    }

    #[test]
    fn a_lock_that_was_taken_over_is_not_removed_by_its_former_holder() {
        let (dir, directory) = directory();
        let lock = Lock::acquire(&directory, 0o600, &names()).expect("free");
        std::fs::rename(dir.path().join(FILE), dir.path().join(".old")).expect("renamed");
        std::fs::write(dir.path().join(FILE), "").expect("written");
        drop(lock);
        assert!(dir.path().join(FILE).exists());
    }
}
