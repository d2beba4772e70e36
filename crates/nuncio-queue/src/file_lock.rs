//! A lock between processes that ends with its holder: flock(2) on a file of its own.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io;
use std::time::{Duration, Instant};

use nuncio_sys::files::Directory;

/// So long the lock is waited for: its holders need it for a few system calls.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
const NAME: &str = ".lock";
const MODE: u32 = 0o600;
const LOOK_AGAIN_AFTER: Duration = Duration::from_micros(200);

/// The lock of one directory.
#[derive(Debug)]
pub(crate) struct FileLock(File);

/// Held until it is dropped.
#[derive(Debug)]
pub(crate) struct Held<'a>(&'a File);

impl FileLock {
    /// The lock of `directory`, whose file is made if it is not there.
    pub(crate) fn open(directory: &Directory) -> io::Result<Self> {
        let name: &OsStr = NAME.as_ref();
        match directory.create_exclusive(name, MODE) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => directory.open_to_write(name),
            made => made,
        }
        .map(Self)
    }

    /// Waits for the lock and takes it; `TimedOut` after [`PATIENCE`].
    pub(crate) fn take(&self) -> io::Result<Held<'_>> {
        let began = Instant::now();
        loop {
            match self.0.try_lock() {
                Ok(()) => return Ok(Held(&self.0)),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if began.elapsed() >= PATIENCE => {
                    let reason = format!("another process held the lock for {} s", PATIENCE.as_secs());
                    return Err(io::Error::new(io::ErrorKind::TimedOut, reason));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK_AGAIN_AFTER),
            }
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // It cannot fail on a file that is locked; and the kernel unlocks it at the latest when the file is closed.
        let _ = self.0.unlock();
    }
}
