//! Who is there: entries, the processes behind them, and whether these live.

use std::ffi::{OsStr, OsString};
use std::io;
use std::time::{Duration, SystemTime};

use nuncio_core::{EndpointName, Error, ErrorKind, Result};
use nuncio_sys::files::FileKind;
use nuncio_sys::process::ProcessIdentity;

use super::directory::Route;
use crate::wire::name::{Sidecar, can_be_entry};

/// A pid file has few digits, and a name at most 512 bytes.
const SMALL_BYTES_MAX: u64 = 1024;
/// How exactly the time is known at which a process started.
const START_SLACK: Duration = Duration::from_secs(1);

/// Whose an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A process that has ended.
    Dead(u32),
    /// A process that lives.
    Live(u32),
    /// Nobody's: its peer is suspended, or just being made.
    Nobody,
    /// It cannot be told, so that it counts as somebody's.
    Unknown,
}

/// One of those who are on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Present {
    pub(crate) id: EndpointName,
    pub(crate) holder: Holder,
}

impl Route {
    /// Whose the entry `disk` is.
    pub(crate) fn holder(&self, disk: &str) -> Result<Holder> {
        let Some(text) = self.read_small(&Sidecar::Pid.of(disk))? else { return Ok(Holder::Nobody) };
        let Some(pid) = parse_pid(&text) else { return Ok(Holder::Unknown) };
        let marked = self.read_small(&mark_of(disk))?.and_then(|mark| parse_mark(&mark)).filter(|mark| mark.pid == pid);
        let lives = match marked {
            Some(identity) => identity.is_alive(),
            None => ProcessIdentity::of(pid).map(|identity| identity.is_some()),
        };
        // A process that is hidden from us is there.
        Ok(if lives.unwrap_or(true) { Holder::Live(pid) } else { Holder::Dead(pid) })
    }

    /// Whether process `pid` is the one that announced itself as `disk`: by nuncio's own file, or else because it was there
    /// already when the pid file was written.
    pub(super) fn is_certainly(&self, disk: &str, pid: u32) -> Result<bool> {
        if self.holder(disk)? != Holder::Live(pid) {
            return Ok(false);
        }
        if self.read_small(&mark_of(disk))?.and_then(|mark| parse_mark(&mark)).is_some_and(|mark| mark.pid == pid) {
            return Ok(true);
        }
        let started = ProcessIdentity::of(pid).ok().flatten().and_then(|process| process.started().ok());
        Ok(
            matches!((started, self.announced(disk)), (Some(started), Some(announced)) if started <= announced + START_SLACK),
        )
    }

    /// Whether the process of `id` lives and its entry is there, after waiting for whoever is arriving at this moment.
    pub(super) fn has_arrived(&self, id: &str) -> Result<bool> {
        let disk = self.disk_name(id)?;
        let is_there = self.directory.status_of(OsStr::new(&disk)).is_ok_and(|status| status.is_some());
        if !is_there || !matches!(self.holder(&disk)?, Holder::Live(_)) {
            return Ok(false);
        }
        self.lock().map(|_| true)
    }

    /// When the process of `disk` announced itself.
    pub(super) fn announced(&self, disk: &str) -> Option<SystemTime> {
        let (file, _) = self.directory.open_regular(&Sidecar::Pid.of(disk)).ok()?;
        file.metadata().and_then(|status| status.modified()).ok()
    }

    /// Everybody who has an entry of one of `kinds`, sorted; those whose processes have ended too.
    pub(crate) fn present(&self, kinds: &[FileKind]) -> Result<Vec<Present>> {
        let mut entries = Vec::new();
        self.directory
            .each_name(|name| {
                if can_be_entry(name) {
                    entries.push(name.to_owned());
                }
            })
            .map_err(|error| self.failed("list the bus", error))?;
        let mut present = Vec::new();
        for entry in entries {
            present.extend(self.present_as(&entry, kinds)?);
        }
        present.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(present)
    }

    fn present_as(&self, entry: &OsStr, kinds: &[FileKind]) -> Result<Option<Present>> {
        let status = self.directory.status_of(entry).map_err(|error| self.failed("list the bus", error))?;
        if !status.is_some_and(|status| kinds.contains(&status.kind)) {
            return Ok(None);
        }
        let Some(disk) = entry.to_str() else { return Ok(None) };
        let Some(id) = self.id_of(disk)? else { return Ok(None) };
        Ok(Some(Present { id, holder: self.holder(disk)? }))
    }

    /// The peer that is called `disk` on disk; none for what is no name of a peer.
    pub(super) fn id_of(&self, disk: &str) -> Result<Option<EndpointName>> {
        let named = self.read_small(&Sidecar::Name.of(disk))?;
        let id = match &named {
            Some(name) => std::str::from_utf8(name).ok().filter(|id| self.disk_name(id).is_ok_and(|name| name == disk)),
            None => Some(disk),
        };
        Ok(id.and_then(|id| EndpointName::new(id).ok()))
    }

    /// Whether there is an entry of one of `kinds` for `id`.
    pub(crate) fn find(&self, id: &str, kinds: &[FileKind]) -> Result<Option<String>> {
        let disk = self.disk_name(id)?;
        let status =
            self.directory.status_of(OsStr::new(&disk)).map_err(|error| self.failed("look up in the bus", error))?;
        Ok(status.is_some_and(|status| kinds.contains(&status.kind)).then_some(disk))
    }

    /// Whether `id` has an entry and its process lives.
    pub(crate) fn is_alive(&self, id: &str, kinds: &[FileKind]) -> Result<bool> {
        match self.find(id, kinds)? {
            Some(disk) => Ok(matches!(self.holder(&disk)?, Holder::Live(_) | Holder::Unknown)),
            None => Err(no_such_peer("look up", id)),
        }
    }

    /// A small file that strangers may have put there: whatever is no regular one counts as absent.
    pub(super) fn read_small(&self, name: &OsStr) -> Result<Option<Vec<u8>>> {
        match self.read(name, SMALL_BYTES_MAX) {
            Err(error) if error.kind() == ErrorKind::Corrupt => Ok(Some(Vec::new())),
            Err(error) if is_invalid(&error) => Ok(Some(Vec::new())),
            result => result,
        }
    }
}

fn is_invalid(error: &Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|source| source.kind() == io::ErrorKind::InvalidInput)
}

pub(crate) fn no_such_peer(operation: &'static str, id: &str) -> Error {
    Error::new(ErrorKind::NoSuchEndpoint, operation).on(id).because("nobody on this bus has that name")
}

/// What nuncio's own files begin with.
pub(super) const MARK_PREFIX: &str = ".nuncio-";

/// Nuncio's own file beside an entry.
pub(super) fn mark_of(disk: &str) -> OsString {
    format!("{MARK_PREFIX}{disk}").into()
}

/// What it says of this process.
pub(super) fn mark() -> Option<String> {
    // Without /proc there is only the number, as for the reference's peers.
    ProcessIdentity::current().ok().map(|identity| format!("{} {}", identity.pid, identity.start_ticks))
}

fn parse_mark(text: &[u8]) -> Option<ProcessIdentity> {
    let (pid, start_ticks) = std::str::from_utf8(text).ok()?.trim_end().split_once(' ')?;
    Some(ProcessIdentity { pid: pid.parse().ok()?, start_ticks: start_ticks.parse().ok()? })
}

/// No process of a peer has number 0, and none is 1 either as far as signals go; that one lives for certain.
fn parse_pid(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text.trim_ascii_end()).ok()?.parse().ok().filter(|pid| *pid > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_a_process() {
        assert_eq!(parse_pid(b"3437\n"), Some(3437));
        for bad in [&b""[..], b"0", b"-1", b"1 2", b"x", b"99999999999"] {
            assert_eq!(parse_pid(bad), None);
        }
        assert_eq!(parse_mark(b"7 99"), Some(ProcessIdentity { pid: 7, start_ticks: 99 }));
        assert_eq!(parse_mark(b"7"), None);
    }
}
