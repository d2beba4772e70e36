//! What a peer is called on disk.
//!
//! A name that can be a file name is one; any other becomes `h-` and the beginning of its SHA-256. Beside the entry of a
//! peer stand its sidecars, which have its name and an ending.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use sha2::{Digest, Sha256};

/// How many bytes an on-disk name may have where the file system alone limits it.
pub const BUDGET_OF_FILES: usize = 200;
/// What a name that had to be hashed begins with.
const HASHED: &str = "h-";
const HASH_DIGITS: usize = 40;
/// What is left of a socket's address beside the route and the name.
const SOCKET_ADDRESS_BYTES: usize = 104;

/// How many bytes an on-disk name may have that is the end of a socket's address, below a `route` of so many bytes.
pub const fn budget_of_sockets(route_bytes: usize) -> usize {
    SOCKET_ADDRESS_BYTES.saturating_sub(route_bytes).saturating_sub(2)
}

/// What the peer `id` is called on disk, in up to `budget` bytes; none if it cannot be called anything.
pub fn on_disk(id: &str, budget: usize) -> Option<String> {
    let fits = id.len() <= budget && !id.bytes().any(|byte| byte < 0x20 || byte == b'/' || byte == b'\\');
    if fits && !id.starts_with(HASHED) {
        return Some(id.to_owned());
    }
    if HASHED.len() + HASH_DIGITS > budget {
        return None;
    }
    let digits = Sha256::digest(id.as_bytes())
        .iter()
        .take(HASH_DIGITS / 2)
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    Some(format!("{HASHED}{digits}"))
}

/// A file beside the entry of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sidecar {
    /// The peer's own id, where it is called something else on disk.
    Name,
    /// The process id, in decimal.
    Pid,
    /// Messages that the peer has put back.
    Resume,
    /// The peer's account.
    Stats,
    /// When a suspension ends, in seconds since 1970.
    Suspend,
}

impl Sidecar {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Name, Self::Pid, Self::Resume, Self::Stats, Self::Suspend];

    /// What its name ends in.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Name => ".name",
            Self::Pid => ".pid",
            Self::Resume => ".resume",
            Self::Stats => ".stats",
            Self::Suspend => ".suspend",
        }
    }

    /// Its name beside the entry `disk_name`.
    pub fn of(self, disk_name: &str) -> OsString {
        format!("{disk_name}{}", self.ending()).into()
    }
}

/// What a file is called that becomes `name` when it is whole.
pub fn pending(name: &OsStr) -> OsString {
    let mut pending = name.to_owned();
    pending.push(".pend");
    pending
}

/// Whether `entry` can be that of a peer: hidden ones and sidecars are not.
pub fn can_be_entry(entry: &OsStr) -> bool {
    let bytes = entry.as_bytes();
    let is_sidecar = Sidecar::ALL.iter().any(|sidecar| bytes.ends_with(sidecar.ending().as_bytes()));
    // Those of nuncio and of the reference are written beside their places first.
    !(bytes.starts_with(b".") || bytes.starts_with(b"_") || is_sidecar || bytes.ends_with(b".pend"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_a_file_name_is_one() {
        for id in ["worker", "a b", ".hidden", "uni-\u{e9}", &"y".repeat(200)] {
            assert_eq!(on_disk(id, BUDGET_OF_FILES).as_deref(), Some(id));
        }
        for id in ["a/b", "tab\tx", "back\\slash", "h-x", &"y".repeat(201)] {
            assert_eq!(on_disk(id, BUDGET_OF_FILES).map(|name| name.len()), Some(42), "{id}");
        }
        assert_eq!(on_disk("a/b", 200).as_deref(), Some("h-c14cddc033f64b9dea80ea675cf280a015e67251"));
        assert_eq!(on_disk("a/b", 41), None);
        assert_eq!(budget_of_sockets(12), 90);
        assert_eq!(budget_of_sockets(200), 0);
    }

    #[test]
    fn sidecars_and_hidden_files_are_no_peers() {
        for entry in [".x", "_x", "x.pid", "x.name", "x.resume", "x.stats", "x.suspend", "x.pid.pend"] {
            assert!(!can_be_entry(OsStr::new(entry)), "{entry}");
        }
        assert!(can_be_entry(OsStr::new("x.y")));
        assert_eq!(pending(&Sidecar::Pid.of("x")), "x.pid.pend");
    }
}
