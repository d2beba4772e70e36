//! Coming and going: how a name is taken and given back.

use std::ffi::{OsStr, OsString};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nuncio_core::{EndpointName, Error, ErrorKind, PeerId, Result};
use nuncio_sys::files::FileKind;
use tracing::warn;

use super::directory::{Route, ignore_absent};
use super::presence::{Holder, mark, mark_of};
use crate::crash;
use crate::wire::name::{Sidecar, pending};

/// How deep the directories below an entry are that is removed: message files have none below them.
const REMOVE_DEPTH_MAX: usize = 8;

/// As what somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// As one who was suspended, or whose process has ended.
    Back,
    /// As either.
    Either,
    /// As one who was not there; what a process that has ended left under the name is removed.
    New,
}

/// A name that was taken.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) route: Arc<Route>,
    pub(crate) id: EndpointName,
    pub(crate) disk: String,
    /// Whether there was an entry already, which is taken over.
    pub(crate) is_back: bool,
    /// Whether there may be messages that were put back: of the time before, or since.
    pub(crate) may_resume: Arc<AtomicBool>,
}

impl Seat {
    /// Takes the name `id`, whose entry is one of `kinds`; then `make` makes the entry, or takes it over.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`]; [`ErrorKind::AlreadyExists`] when the name is taken; [`ErrorKind::NoSuchEndpoint`] when
    /// somebody comes back who was not there; those of `make`.
    pub(crate) fn take<T>(
        route: &Arc<Route>,
        id: &EndpointName,
        arrival: Arrival,
        kinds: &[FileKind],
        make: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<(Self, T)> {
        let id = EndpointName::from(PeerId::new(id.as_str())?);
        let disk = route.disk_name(id.as_str())?;
        let _lock = route.lock()?;
        let may_resume = Arc::new(AtomicBool::new(true));
        let mut seat = Self { route: Arc::clone(route), id, disk, is_back: false, may_resume };
        seat.is_back = seat.may_take_over(arrival, kinds)?;
        seat.announce()?;
        let made = make(&seat).and_then(|made| route.remove(&Sidecar::Suspend.of(&seat.disk)).map(|()| made));
        match made {
            Ok(made) => Ok((seat, made)),
            Err(error) => {
                seat.give_back(&error);
                Err(error)
            }
        }
    }

    /// The name is nobody's again after `error`, which is told; what came for whoever comes back stays.
    fn give_back(&self, error: &Error) {
        let given_back = match self.is_back {
            true => self.suspend(),
            // Somebody else's entry stands there since.
            false if error.kind() == ErrorKind::AlreadyExists => self.leave(),
            false => self.route.clear(&self.disk),
        };
        if let Err(error) = given_back {
            warn!(peer = self.id.as_str(), error = %error.chain(), "a name that was not taken after all cannot be given back");
        }
    }

    /// Whether there is an entry to take over. What is not ours to take is refused, what a dead process left is removed.
    fn may_take_over(&self, arrival: Arrival, kinds: &[FileKind]) -> Result<bool> {
        let route = &self.route;
        let status =
            route.directory.status_of(OsStr::new(&self.disk)).map_err(|error| route.failed("join the bus", error))?;
        let Some(status) = status else {
            return match arrival {
                Arrival::Back => Err(super::presence::no_such_peer("come back as", self.id.as_str())),
                Arrival::Either | Arrival::New => Ok(false),
            };
        };
        if !kinds.contains(&status.kind) {
            return Err(self.taken(format!("a {} stands in its place", describe(status.kind))));
        }
        match (route.holder(&self.disk)?, arrival) {
            (Holder::Live(pid), _) => Err(self.taken(format!("process {pid} has that name"))),
            (Holder::Unknown, _) => Err(self.taken("it cannot be told whose it is".to_owned())),
            (Holder::Nobody, Arrival::New) => Err(self.taken("its peer is suspended".to_owned())),
            (Holder::Dead(pid), Arrival::New) => {
                warn!(peer = self.id.as_str(), pid, "what a process that has ended left behind is removed");
                route.clear(&self.disk)?;
                Ok(false)
            }
            (Holder::Dead(_) | Holder::Nobody, Arrival::Back | Arrival::Either) => Ok(true),
        }
    }

    /// Says whose the name is, before there is an entry: so a process that is killed in between leaves nothing that counts.
    fn announce(&self) -> Result<()> {
        let route = &self.route;
        match mark() {
            Some(mark) => route.write(&mark_of(&self.disk), mark.as_bytes())?,
            None => route.remove(&mark_of(&self.disk))?,
        }
        crash::point("arrive-marked");
        route.write(&Sidecar::Pid.of(&self.disk), std::process::id().to_string().as_bytes())?;
        if self.disk != self.id.as_str() {
            route.write(&Sidecar::Name.of(&self.disk), self.id.as_str().as_bytes())?;
        }
        crash::point("arrive-announced");
        Ok(())
    }

    fn taken(&self, reason: String) -> Error {
        Error::new(ErrorKind::AlreadyExists, "join as").on(self.id.as_str()).because(reason)
    }

    /// Says that the peer has gone and will come back.
    pub(crate) fn suspend(&self) -> Result<()> {
        self.route.remove(&mark_of(&self.disk))?;
        self.route.remove(&Sidecar::Pid.of(&self.disk))
    }

    /// Says that the peer is about to go for good. The pid and the name stay, as the reference leaves them: an account is
    /// found by them.
    pub(crate) fn leave(&self) -> Result<()> {
        self.route.remove(&mark_of(&self.disk))
    }
}

impl Route {
    /// Removes the entry `disk` and everything beside it.
    pub(crate) fn clear(&self, disk: &str) -> Result<()> {
        let entry = OsStr::new(disk);
        self.remove_tree(entry).map_err(|error| self.failed("remove from the bus", error))?;
        crash::point("clear-entry");
        for sidecar in Sidecar::ALL {
            // An account outlives its peer: without it the owner's sum would not come out.
            if sidecar != Sidecar::Stats {
                self.remove(&sidecar.of(disk))?;
            }
            self.remove(&pending(&sidecar.of(disk)))?;
        }
        self.remove(&mark_of(disk))
    }

    /// Removes whatever stands under `entry`; no link is followed.
    pub(crate) fn remove_tree(&self, entry: &OsStr) -> io::Result<()> {
        remove_below(&self.directory, entry, 0)
    }
}

/// Removes an entry, with what is in it, at a depth that is bounded.
pub(crate) fn remove_below(directory: &nuncio_sys::files::Directory, entry: &OsStr, depth: usize) -> io::Result<()> {
    match directory.status_of(entry)? {
        None => Ok(()),
        Some(status) if status.kind != FileKind::Directory => ignore_absent(directory.unlink(entry)),
        Some(_) if depth == REMOVE_DEPTH_MAX => Err(io::Error::other("the directories in it are too deep")),
        Some(_) => {
            let inner = directory.open_directory(entry)?;
            let names: Vec<OsString> = inner.names()?;
            names.iter().try_for_each(|name| remove_below(&inner, name, depth + 1))?;
            ignore_absent(directory.remove_directory(entry))
        }
    }
}

const fn describe(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Directory => "directory",
        FileKind::Fifo => "FIFO",
        FileKind::Link => "link",
        FileKind::Regular => "file",
        FileKind::Socket => "socket",
        _ => "device",
    }
}
