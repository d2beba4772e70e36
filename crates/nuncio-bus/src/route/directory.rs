//! The directory of a bus: opened with care, locked while names are given out.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nuncio_core::{Error, ErrorKind, Limits, Result};
use nuncio_sys::files::{Directory, DirectoryLock, FileStatus};
use nuncio_sys::process::effective_user;

use super::config::RouteConfig;
use crate::wire::name;
use crate::wire::serializer::Packer;

/// Whoever holds the lock for longer than this is not giving out a name.
pub(crate) const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const WRITABLE_BY_OTHERS: u32 = 0o022;
const DIRECTORY_MODE: u32 = 0o700;
pub(crate) const FILE_MODE: u32 = 0o600;

/// The directory in which the peers of a bus have their entries.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) directory: Directory,
    pub(crate) packer: Arc<Packer>,
    pub(crate) limits: Limits,
    /// For how long messages are lent, where they are.
    pub(crate) lease: Option<Duration>,
    /// Whether peers listen, where that is not a matter of course.
    pub(crate) listens: bool,
    /// How long the on-disk name of a peer may be, in bytes.
    pub(super) name_budget: usize,
}

impl Route {
    /// Opens the directory, and makes it if it is not there.
    pub(super) fn open(config: &RouteConfig, name_budget: fn(&Path) -> usize) -> Result<Self> {
        let packer = Arc::new(config.serializer.open()?);
        let path = &config.directory;
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotADirectory => wrong(path, "it is no directory"),
            io::ErrorKind::NotFound => wrong(path, "the directory above it does not exist"),
            _ => Error::io("open the bus", error).on(path.as_path()),
        };
        Directory::create(path, DIRECTORY_MODE).map_err(failed)?;
        let directory = Directory::open(path).map_err(failed)?;
        if !config.danger_shared {
            check_trust(path, directory.status().map_err(failed)?)?;
        }
        let (limits, lease, listens) = (config.limits.clone(), config.lease, config.listens);
        Ok(Self { directory, packer, limits, lease, listens, name_budget: name_budget(path) })
    }

    /// What the peer `id` is called on disk.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`] where the directory's own name leaves no room for it.
    pub(crate) fn disk_name(&self, id: &str) -> Result<String> {
        name::on_disk(id, self.name_budget).ok_or_else(|| {
            let reason = format!(
                "its name on disk would be longer than the {} bytes that this directory leaves; use one with a shorter path",
                self.name_budget
            );
            Error::new(ErrorKind::InvalidName, "use as peer id").on(id).because(reason)
        })
    }

    /// Keeps other peers of nuncio from giving out or freeing names until the answer is dropped.
    pub(crate) fn lock(&self) -> Result<DirectoryLock> {
        self.directory.lock(LOCK_PATIENCE).map_err(|error| self.failed("lock the bus", error))
    }

    /// Writes the whole file `name` at once, in place of what was there.
    pub(crate) fn write(&self, name: &OsStr, content: &[u8]) -> Result<()> {
        let pending = name::pending(name);
        self.write_pending(&pending, content)
            .and_then(|()| self.directory.rename(&pending, name))
            .map_err(|error| self.failed("write in the bus", error))
    }

    fn write_pending(&self, pending: &OsStr, content: &[u8]) -> io::Result<()> {
        // One that was left behind by a process that was killed.
        ignore_absent(self.directory.unlink(pending))?;
        self.directory.create_exclusive(pending, FILE_MODE)?.write_all(content)
    }

    /// The content of the file `name`, if it is there; it has at most `bytes_max`.
    pub(super) fn read(&self, name: &OsStr, bytes_max: u64) -> Result<Option<Vec<u8>>> {
        let (file, status) = match self.directory.open_regular(name) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("read in the bus", error)),
        };
        if status.size > bytes_max {
            let reason = format!("{name:?} is {} bytes, limit is {bytes_max} bytes", status.size);
            return Err(Error::new(ErrorKind::Corrupt, "read in the bus").on(self.directory.path()).because(reason));
        }
        let mut content = Vec::new();
        file.take(bytes_max).read_to_end(&mut content).map_err(|error| self.failed("read in the bus", error))?;
        Ok(Some(content))
    }

    /// Removes the file `name`, if it is there.
    pub(super) fn remove(&self, name: &OsStr) -> Result<()> {
        ignore_absent(self.directory.unlink(name)).map_err(|error| self.failed("remove from the bus", error))
    }

    pub(crate) fn failed(&self, operation: &'static str, error: io::Error) -> Error {
        Error::io(operation, error).on(self.directory.path())
    }
}

/// Whoever can write to the directory can send as anybody and take away what is not his.
fn check_trust(path: &Path, status: FileStatus) -> Result<()> {
    let refused = |reason: String| {
        let reason = format!("{reason}; to use it all the same, ask for danger_shared");
        Err(Error::new(ErrorKind::PermissionDenied, "open the bus").on(path).because(reason))
    };
    let us = effective_user();
    if status.uid != us {
        return refused(format!("it belongs to user {}, this process runs as user {us}", status.uid));
    }
    match status.mode & WRITABLE_BY_OTHERS {
        0 => Ok(()),
        _ => refused(format!("its mode {:04o} lets other users write to it", status.mode)),
    }
}

fn wrong(path: &Path, reason: &'static str) -> Error {
    Error::new(ErrorKind::Misconfigured, "open the bus").on(path).because(reason)
}

pub(crate) fn ignore_absent(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_directory_that_others_may_write_to_is_refused_unless_asked_for() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("bus");
        let open = |config: &RouteConfig| Route::open(config, |_| name::BUDGET_OF_FILES);
        let config = RouteConfig::new(&path);
        open(&config).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        fs::set_permissions(&path, Permissions::from_mode(0o770)).unwrap();
        let error = open(&config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.to_string().contains("0770"), "{error}");
        open(&config.danger_shared()).unwrap();
    }

    #[test]
    fn what_is_no_directory_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        for path in ["file", "a/b"] {
            let config = RouteConfig::new(root.path().join(path));
            assert_eq!(Route::open(&config, |_| 1).unwrap_err().kind(), ErrorKind::Misconfigured, "{path}");
        }
    }
}
