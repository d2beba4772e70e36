//! What both kinds of socket share: the file, and the way to it.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use nuncio_core::{EndpointName, Error, Result};
use nuncio_sys::files::{FileKind, FileStatus};
use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use super::arrival::Seat;
use super::directory::{FILE_MODE, Route};
use super::presence::no_such_peer;

/// One entry of the directory, told apart from any other that takes its place.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    disk: String,
    identity: (u64, u64),
}

impl Entry {
    /// The entry `disk`, if it is of `kind`.
    pub(crate) fn find(route: &Route, disk: &str, kind: FileKind) -> io::Result<Option<Self>> {
        let status = route.directory.status_of(OsStr::new(disk))?;
        Ok(status
            .filter(|status| status.kind == kind)
            .map(|status| Self { disk: disk.to_owned(), identity: identity(&status) }))
    }

    /// Whether it is still the one that was found.
    pub(crate) fn is_current(&self, route: &Route) -> bool {
        let status = route.directory.status_of(OsStr::new(&self.disk));
        matches!(status, Ok(Some(status)) if identity(&status) == self.identity)
    }

    /// Removes it, if it is still the one that was found.
    pub(crate) fn remove(&self, route: &Route) -> Result<()> {
        let _lock = route.lock()?;
        match self.is_current(route) {
            true => route.remove(OsStr::new(&self.disk)),
            false => Ok(()),
        }
    }
}

fn identity(status: &FileStatus) -> (u64, u64) {
    (status.device, status.inode)
}

/// A socket; one for datagrams blocks where a call does not say otherwise.
fn new_socket(kind: SocketType) -> io::Result<OwnedFd> {
    let flags = match kind {
        SocketType::DGRAM => SocketFlags::CLOEXEC,
        _ => SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
    };
    Ok(rustix::net::socket_with(AddressFamily::UNIX, kind, flags, None)?)
}

/// Binds a new socket as the entry of `seat`, in place of one that a process left which has ended.
pub(crate) fn bind(seat: &Seat, kind: SocketType) -> Result<(OwnedFd, Entry)> {
    let failed = |error: io::Error| Error::io("join as", error).on(seat.id.as_str());
    if seat.is_back {
        seat.route.remove(OsStr::new(&seat.disk))?;
    }
    let socket = new_socket(kind).map_err(failed)?;
    // The file gets the socket's mode, so that it is at no moment more open than that.
    rustix::fs::fchmod(&socket, Mode::from_raw_mode(FILE_MODE)).map_err(|error| failed(error.into()))?;
    let address = SocketAddrUnix::new(path(&seat.route, &seat.disk)).map_err(|error| failed(error.into()))?;
    rustix::net::bind(&socket, &address).map_err(|error| failed(error.into()))?;
    let entry = Entry::find(&seat.route, &seat.disk, FileKind::Socket).map_err(failed)?;
    let entry = entry.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
    Ok((socket, entry))
}

/// Connects to the peer `to`; one whose process has ended is as good as none.
pub(crate) fn connect(route: &Route, to: &EndpointName, kind: SocketType) -> Result<(OwnedFd, Entry)> {
    let failed = |error: io::Error| Error::io("send to", error).on(to.as_str());
    let nobody = || no_such_peer("send to", to.as_str());
    let disk = route.disk_name(to.as_str())?;
    let entry = Entry::find(route, &disk, FileKind::Socket).map_err(failed)?.ok_or_else(nobody)?;
    let socket = new_socket(kind).map_err(failed)?;
    let address = SocketAddrUnix::new(path(route, &disk)).map_err(|error| failed(error.into()))?;
    match rustix::net::connect(&socket, &address) {
        Ok(()) => Ok((socket, entry)),
        Err(Errno::CONNREFUSED | Errno::NOENT | Errno::PROTOTYPE) => Err(nobody()),
        Err(error) => Err(failed(error.into())),
    }
}

fn path(route: &Route, disk: &str) -> PathBuf {
    route.directory.path().join(disk)
}
