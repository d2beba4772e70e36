//! The directory of a keyring: who may look into it, and how its files change.
//!
//! A file is replaced as a whole, by rename, under a lock: who reads sees the old one or the new one, and of two writers
//! the second begins with what the first has left.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nuncio_core::{Error, ErrorKind, Result};
use nuncio_sys::files::{Directory, FileStatus};
use nuncio_sys::process::effective_user;
use zeroize::Zeroizing;

use crate::file_lock::FileLock;

const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
const OTHERS: u32 = 0o077;
/// Ten thousand keys.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
const DRAFT: &str = ".new";
const OPEN: &str = "open the keyring";

/// The directory, held open.
#[derive(Debug)]
pub(super) struct Store {
    directory: Directory,
}

/// What tells one content of a file from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    modified: SystemTime,
    bytes: u64,
}

impl Store {
    /// Opens the directory at `path`.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let directory = Directory::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::new(ErrorKind::Misconfigured, OPEN)
                .on(path)
                .because("there is none; `nuncio keys generate` makes one"),
            io::ErrorKind::NotADirectory => {
                Error::new(ErrorKind::Misconfigured, OPEN).on(path).because("it is not a directory")
            }
            _ => Error::io(OPEN, error).on(path),
        })?;
        let store = Self { directory };
        let status = store.directory.status().map_err(|error| Error::io(OPEN, error).on(path))?;
        check_private(&status, path, DIRECTORY_MODE)?;
        Ok(store)
    }

    /// Opens the directory at `path`, or makes it, with those above it.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                Error::new(ErrorKind::Misconfigured, "make the keyring")
                    .on(path)
                    .because("what it is to be in is not a directory")
            }
            _ => Error::io("make the keyring", error).on(path),
        };
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        Directory::create(path, DIRECTORY_MODE).map_err(failed)?;
        Self::open(path)
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The content of the file `name`, wiped when dropped; empty if there is none.
    pub(super) fn read(&self, name: &str) -> Result<(Zeroizing<String>, Option<Stamp>)> {
        let path = self.path_of(name);
        let failed = |error: io::Error| {
            let about =
                |kind, reason: &'static str| Error::new(kind, "read the keyring").on(path.as_path()).because(reason);
            match error.kind() {
                io::ErrorKind::InvalidData => about(ErrorKind::Corrupt, "it is no text"),
                io::ErrorKind::InvalidInput => about(ErrorKind::PermissionDenied, "it is a link, or no regular file"),
                _ => Error::io("read the keyring", error).on(path.as_path()),
            }
        };
        let (file, status) = match self.directory.open_regular(name.as_ref()) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Zeroizing::default(), None)),
            Err(error) => return Err(failed(error)),
        };
        check_private(&status, &path, FILE_MODE)?;
        if status.size > FILE_BYTES_MAX {
            let reason = format!("it is {} bytes, limit is {FILE_BYTES_MAX} bytes", status.size);
            return Err(Error::new(ErrorKind::TooLarge, "read the keyring").on(path.as_path()).because(reason));
        }
        // With room for all of it no part is left behind where the text grew.
        let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX.min(status.size + 1) as usize));
        file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
        Ok((text, Some(Stamp::of(&status))))
    }

    /// What tells whether the file `name` has changed.
    pub(super) fn stamp(&self, name: &str) -> Result<Option<Stamp>> {
        let status = self.directory.status_of(name.as_ref());
        let status = status.map_err(|error| Error::io("read the keyring", error).on(self.path_of(name).as_path()))?;
        Ok(status.as_ref().map(Stamp::of))
    }

    /// Replaces the content of the file `name` by what `change` makes of it; nothing if it should stay.
    pub(super) fn change<R>(
        &self,
        name: &str,
        change: impl FnOnce(&str) -> Result<(Option<Zeroizing<String>>, R)>,
    ) -> Result<R> {
        let failed = |error| Error::io("change the keyring", error).on(self.path_of(name).as_path());
        let lock = FileLock::open(&self.directory).map_err(failed)?;
        let _held = lock.take().map_err(failed)?;
        let (text, _) = self.read(name)?;
        let (changed, result) = change(&text)?;
        if let Some(changed) = changed {
            self.replace(name, &changed).map_err(failed)?;
        }
        Ok(result)
    }

    fn replace(&self, name: &str, text: &str) -> io::Result<()> {
        let draft: &OsStr = DRAFT.as_ref();
        match self.directory.unlink(draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = self.directory.create_exclusive(draft, FILE_MODE)?;
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        crate::crash::point("keyring-written");
        written.and_then(|()| self.directory.rename(draft, name.as_ref())).inspect_err(|_| {
            // The error that led here is the one to tell of.
            let _ = self.directory.unlink(draft);
        })?;
        self.directory.sync()
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

impl Stamp {
    const fn of(status: &FileStatus) -> Self {
        Self { inode: status.inode, modified: status.modified, bytes: status.size }
    }
}

/// Refuses what is somebody else's, and what others may read or write.
fn check_private(status: &FileStatus, path: &Path, mode: u32) -> Result<()> {
    let refused =
        |reason: String| Err(Error::new(ErrorKind::PermissionDenied, "use the keyring").on(path).because(reason));
    let us = effective_user();
    if status.uid != us {
        return refused(format!("it belongs to user {}, this process runs as user {us}", status.uid));
    }
    if status.mode & OTHERS != 0 {
        return refused(format!(
            "its mode {:04o} lets other users at it, and keys are in it; `chmod {mode:o}` makes it private, and new keys \
             are safer than those that others may have seen",
            status.mode
        ));
    }
    Ok(())
}
