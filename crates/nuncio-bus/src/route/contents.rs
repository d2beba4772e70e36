//! What in the directory of a bus belongs to it, and what somebody else has put there.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;

use nuncio_sys::files::{FileKind, FileStatus};

use super::directory::Route;
use super::presence::{MARK_PREFIX, mark_of};
use crate::wire::name::Sidecar;

/// The file that names the owner.
pub(super) const OWNER_FILE: &str = ".nuncio-owner";
/// What the files of messages end in: whole ones, those that are being written, and those that could not be read.
const MESSAGE_ENDINGS: [&[u8]; 3] = [b".ready", b".pend", b".refused"];

/// The names in the directory.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Of peers and of the bus itself.
    pub(super) ours: Vec<OsString>,
    /// All others.
    pub(super) strange: Vec<OsString>,
}

impl Route {
    /// What is in the directory of a bus whose entries are of `kinds`.
    pub(super) fn contents(&self, kinds: &[FileKind]) -> io::Result<Contents> {
        let mut contents = Contents::default();
        for name in self.directory.names()? {
            let Some(status) = self.directory.status_of(&name)? else { continue };
            match self.belongs(&name, &status, kinds)? {
                true => contents.ours.push(name),
                false => contents.strange.push(name),
            }
        }
        contents.strange.sort();
        Ok(contents)
    }

    fn belongs(&self, name: &OsStr, status: &FileStatus, kinds: &[FileKind]) -> io::Result<bool> {
        Ok(match status.kind {
            FileKind::Directory if kinds.contains(&FileKind::Directory) => self.is_mailbox(name)?,
            // Whatever it is for, nothing is in it.
            FileKind::Directory => is_beside_peer(name) && self.directory.open_directory(name)?.names()?.is_empty(),
            // Of a peer that does not listen.
            FileKind::Regular if kinds.contains(&FileKind::Regular) && status.size == 0 => true,
            FileKind::Fifo | FileKind::Socket if kinds.contains(&status.kind) => true,
            _ => is_beside_peer(name),
        })
    }

    /// Whether the directory `name` is that of a peer, or of one that is leaving: something stands beside it, or there is
    /// nothing in it but messages.
    fn is_mailbox(&self, name: &OsStr) -> io::Result<bool> {
        let disk = name.to_str().map(|name| name.strip_prefix('_').unwrap_or(name));
        for beside in disk
            .into_iter()
            .flat_map(|disk| Sidecar::ALL.map(|sidecar| sidecar.of(disk)).into_iter().chain([mark_of(disk)]))
        {
            if self.directory.status_of(&beside)?.is_some() {
                return Ok(true);
            }
        }
        Ok(self.directory.open_directory(name)?.names()?.iter().all(|name| is_message(name)))
    }
}

/// Whether it is the name of what stands beside a peer, or of nuncio's own, whole or while it is written.
fn is_beside_peer(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let name = name.strip_suffix(b".pend").unwrap_or(name);
    name.starts_with(MARK_PREFIX.as_bytes())
        || Sidecar::ALL.iter().any(|sidecar| name.ends_with(sidecar.ending().as_bytes()))
}

fn is_message(name: &OsStr) -> bool {
    MESSAGE_ENDINGS.iter().any(|ending| name.as_bytes().ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_stands_beside_a_peer_and_what_is_a_message() {
        for name in ["x.pid", "x.pid.pend", "a b.stats", ".nuncio-x", ".nuncio-owner", ".nuncio-owner-7.pend"] {
            assert!(is_beside_peer(OsStr::new(name)), "{name}");
        }
        for name in ["x", "x.txt", "notes.pend", ".hidden", "pid"] {
            assert!(!is_beside_peer(OsStr::new(name)), "{name}");
        }
        for (name, expected) in
            [("1.ready", true), ("1.pend", true), ("1.lent2.ready", true), ("1.ready.refused", true), ("1", false)]
        {
            assert_eq!(is_message(OsStr::new(name)), expected, "{name}");
        }
    }
}
