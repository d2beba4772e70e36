//! A bus in a directory, as its peers see it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nuncio_core::{AttachOptions, Capabilities, EndpointName, Error, ErrorKind, Result, Role};
use nuncio_sys::watch::{Change, Events, Watch};

use super::arrival::Arrival;
use super::contents::{Contents, OWNER_FILE};
use super::directory::Route;
use super::driver::RouteDriver;
use super::medium::Medium;
use super::presence::{Holder, Present};
use crate::place::{Changes, Joined, Place};
use crate::wire::account::Account;
use crate::wire::id::time_of_seconds;
use crate::wire::name::{Sidecar, can_be_entry};

/// The number of a process that has only just announced itself may not be known everywhere yet.
const REAP_AFTER: Duration = Duration::from_secs(1);
/// How often a bus is emptied into which somebody writes meanwhile.
const REMOVE_ROUNDS_MAX: usize = 1000;
/// How many names an error lists.
const LISTED_MAX: usize = 5;

impl<M: Medium> Place for RouteDriver<M> {
    fn claims(&self) -> &Capabilities {
        self.capabilities_of()
    }

    fn key(&self) -> String {
        match self.route().directory.status() {
            Ok(status) => format!("directory {}:{}", status.device, status.inode),
            Err(_) => format!("directory {}", self.route().directory.path().display()),
        }
    }

    fn check_name(&self, id: &str) -> Result<()> {
        self.route().disk_name(id).map(drop)
    }

    fn join(&self, who: &EndpointName, arrival: Arrival) -> Result<Joined> {
        self.receive(who, arrival, &AttachOptions::new(Role::Receive))
    }

    fn present(&self) -> Result<Vec<Present>> {
        self.route().present(M::ENTRIES)
    }

    fn holder(&self, id: &str) -> Result<Option<Holder>> {
        self.route().find(id, M::ENTRIES)?.map(|disk| self.route().holder(&disk)).transpose()
    }

    fn is_certainly(&self, id: &str, pid: u32) -> Result<bool> {
        self.route().is_certainly(&self.route().disk_name(id)?, pid)
    }

    fn suspended_until(&self, id: &str) -> Result<Option<SystemTime>> {
        let text = self.route().read_small(&Sidecar::Suspend.of(&self.route().disk_name(id)?))?;
        let seconds = text.and_then(|text| std::str::from_utf8(text.trim_ascii()).ok()?.parse().ok());
        Ok(seconds.and_then(time_of_seconds))
    }

    fn suspend_until(&self, id: &str, until: SystemTime) -> Result<()> {
        let since = until.duration_since(UNIX_EPOCH).unwrap_or_default();
        let text = format!("{}.{:05}", since.as_secs(), since.subsec_micros() / 10);
        self.route().write(&Sidecar::Suspend.of(&self.route().disk_name(id)?), text.as_bytes())
    }

    fn put_back(&self, id: &str, json: &[u8]) -> Result<()> {
        let mut packed = Vec::new();
        self.route().packer.pack(json, &mut packed)?;
        self.route().put_back(&self.route().disk_name(id)?, &packed)
    }

    fn has_unfinished(&self, id: &str) -> Result<bool> {
        M::has_unfinished(self.route(), &self.route().disk_name(id)?)
    }

    fn reap(&self, id: &str) -> Result<bool> {
        let route = self.route();
        let _lock = route.lock()?;
        let Some(disk) = route.find(id, M::ENTRIES)? else { return Ok(false) };
        let age = route.announced(&disk).and_then(|since| since.elapsed().ok());
        match route.holder(&disk)? {
            Holder::Dead(_) if age.unwrap_or_default() >= REAP_AFTER => route.clear(&disk).map(|()| true),
            _ => Ok(false),
        }
    }

    fn accounts(&self) -> Result<BTreeMap<String, Account>> {
        self.route().accounts()
    }

    fn changes(&self) -> Result<Box<dyn Changes>> {
        let watch = Watch::new(&self.route().directory, Events::NEW_ENTRIES.and(Events::REMOVALS));
        let watch = watch.map_err(|error| self.route().failed("watch the bus", error))?;
        Ok(Box::new(RouteChanges { watch, changes: Vec::new() }))
    }

    fn owner_file(&self) -> Option<PathBuf> {
        Some(self.route().directory.path().join(OWNER_FILE))
    }

    fn is_empty(&self) -> Result<bool> {
        let names = self.route().directory.names().map_err(|error| self.route().failed("look into the bus", error))?;
        // Somebody who was killed while he made it has left the beginning of a mark.
        Ok(names.iter().all(|name| name != OWNER_FILE && name.as_bytes().starts_with(OWNER_FILE.as_bytes())))
    }

    fn remove(&self) -> Result<()> {
        let route = self.route();
        let failed = |error| route.failed("remove the bus", error);
        let is_marked = route.directory.status_of(OsStr::new(OWNER_FILE)).map_err(failed)?.is_some();
        for _ in 0..REMOVE_ROUNDS_MAX {
            let Contents { ours, strange } = route.contents(M::ENTRIES).map_err(failed)?;
            if !strange.is_empty() && !is_marked {
                return Err(is_no_bus(route, &strange));
            }
            for name in ours {
                route.remove_tree(&name).map_err(failed)?;
            }
            if !strange.is_empty() {
                return Err(is_left(route, &strange));
            }
            match fs::remove_dir(route.directory.path()) {
                // Peers that see that they are removed write their accounts.
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                removed => return removed.map_err(failed),
            }
        }
        Err(failed(io::ErrorKind::DirectoryNotEmpty.into()))
    }
}

/// Nothing is removed where it is not certain that there is a bus at all.
fn is_no_bus(route: &Route, strange: &[OsString]) -> Error {
    let reason = format!("nobody has marked it as a bus, and it holds what belongs to none: {}", listed(strange));
    Error::new(ErrorKind::Misconfigured, "remove the bus").on(route.directory.path()).because(reason)
}

fn is_left(route: &Route, strange: &[OsString]) -> Error {
    let reason = format!("the bus is gone, and what belongs to none is left there: {}", listed(strange));
    Error::new(ErrorKind::Io, "remove the directory of the bus").on(route.directory.path()).because(reason)
}

/// The first of `names`, and how many more there are.
fn listed(names: &[OsString]) -> String {
    let first: Vec<String> = names.iter().take(LISTED_MAX).map(|name| format!("{name:?}")).collect();
    match names.len() - first.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// What is made in the directory, renamed into it and removed from it.
#[derive(Debug)]
struct RouteChanges {
    watch: Watch,
    changes: Vec<Change>,
}

impl Changes for RouteChanges {
    fn readiness(&self) -> &Arc<OwnedFd> {
        self.watch.readiness()
    }

    fn take(&mut self) -> Result<bool> {
        self.watch.take(&mut self.changes).map_err(|error| Error::io("watch the bus", error))?;
        Ok(self.changes.drain(..).fold(false, |found, change| found | concerns_peers(&change)))
    }
}

/// Whether a change says that somebody came or went: an entry, or the process beside it.
fn concerns_peers(change: &Change) -> bool {
    match change {
        Change::Made(name) => can_be_entry(name),
        Change::Arrived(name) | Change::Removed(name) => can_be_entry(name) || is_about_peer(name),
        _ => true,
    }
}

fn is_about_peer(name: &OsStr) -> bool {
    let ends = |sidecar: Sidecar| name.as_bytes().ends_with(sidecar.ending().as_bytes());
    !name.as_bytes().starts_with(b".") && (ends(Sidecar::Pid) || ends(Sidecar::Suspend))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_processes_count_and_what_is_written_on_the_way_does_not() {
        for change in [
            Change::Made("worker".into()),
            Change::Removed("worker".into()),
            Change::Arrived("worker.pid".into()),
            Change::Removed("worker.suspend".into()),
            Change::Unknown,
            Change::Ended,
        ] {
            assert!(concerns_peers(&change), "{change:?}");
        }
        for change in [
            Change::Made("worker.pid.pend".into()),
            Change::Removed("worker.pid.pend".into()),
            Change::Arrived("worker.stats".into()),
            Change::Made(".nuncio-worker.pend".into()),
            Change::Removed("_worker".into()),
        ] {
            assert!(!concerns_peers(&change), "{change:?}");
        }
    }
}
