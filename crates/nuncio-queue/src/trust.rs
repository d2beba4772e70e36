//! Whom a registry, a spill directory and a kernel queue may belong to.
//!
//! The original makes all of them open to everybody. nuncio makes them private, joins what is the user's own, with a
//! warning where others may write to it, and joins somebody else's only when told to (`danger_shared`).

use std::path::Path;

use nuncio_core::{Error, ErrorKind, Result, Subject};
use nuncio_sys::files::{Directory, FileStatus};
use nuncio_sys::process::effective_user;

const WRITABLE_BY_OTHERS: u32 = 0o022;

/// What this process makes and whom it believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Only the user's own; what is made is private.
    Own,
    /// Everybody's, and made with the original's open modes.
    DangerShared,
}

impl Trust {
    pub(crate) const fn directory_mode(self) -> u32 {
        match self {
            Self::Own => 0o700,
            Self::DangerShared => 0o777,
        }
    }

    /// The mode of queue files, spill files and kernel queues.
    pub(crate) const fn file_mode(self) -> u32 {
        match self {
            Self::Own => 0o600,
            Self::DangerShared => 0o666,
        }
    }

    /// Opens the directory at `path`, making it if it is not there.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] when `path` is no directory, or has none above it, [`ErrorKind::PermissionDenied`] when it is somebody
    /// else's.
    pub(crate) fn open_directory(self, path: &Path, operation: &'static str) -> Result<Directory> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotADirectory => {
                Error::new(ErrorKind::Misconfigured, operation).on(path).because("it is not a directory")
            }
            std::io::ErrorKind::NotFound => Error::new(ErrorKind::Misconfigured, operation)
                .on(path)
                .because("the directory above it does not exist"),
            _ => Error::io(operation, error).on(path),
        };
        let made = Directory::create(path, self.directory_mode()).map_err(failed)?;
        let directory = Directory::open(path).map_err(failed)?;
        if !made {
            let FileStatus { uid, mode, .. } = directory.status().map_err(failed)?;
            self.check(uid, mode, operation, path.into())?;
        }
        Ok(directory)
    }

    /// Refuses what is not ours, and warns of what is ours but open, unless everything was to be accepted.
    ///
    /// # Errors
    /// As [`check_owner`](Self::check_owner).
    pub(crate) fn check(self, owner: u32, mode: u32, operation: &'static str, subject: Subject) -> Result<()> {
        if self == Self::Own && owner == effective_user() && mode & WRITABLE_BY_OTHERS != 0 {
            tracing::warn!(
                "{subject} is ours, but its mode {mode:04o} lets other users write to it; danger_shared accepts that"
            );
        }
        self.check_owner(owner, operation, subject)
    }

    /// Refuses what is not ours, unless everything was to be accepted.
    ///
    /// # Errors
    /// [`ErrorKind::PermissionDenied`], naming both users.
    pub(crate) fn check_owner(self, owner: u32, operation: &'static str, subject: Subject) -> Result<()> {
        let us = effective_user();
        if self == Self::DangerShared || owner == us {
            return Ok(());
        }
        let reason = format!(
            "it belongs to user {owner}, this process runs as user {us}; to share it with other users all the same, ask \
             for danger_shared"
        );
        Err(Error::new(ErrorKind::PermissionDenied, operation).on(subject).because(reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ones_own_is_accepted_unless_shared() {
        let us = effective_user();
        let check = |trust: Trust, owner| trust.check(owner, 0o666, "open", "x".into());
        assert!(check(Trust::Own, us).is_ok());
        let error = check(Trust::Own, us + 1).expect_err("somebody else's");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(check(Trust::DangerShared, us + 1).is_ok());
    }

    #[test]
    fn a_file_is_no_directory_and_a_new_directory_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a directory");
        let (file, made) = (dir.path().join("file"), dir.path().join("made"));
        std::fs::write(&file, "").expect("written");
        let error = Trust::Own.open_directory(&file, "open the registry").expect_err("a file");
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
        Trust::Own.open_directory(&made, "open the registry").expect("made");
        assert_eq!(std::fs::metadata(&made).expect("there").permissions().mode() & 0o7777, 0o700);
    }
}
