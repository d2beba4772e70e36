//! Sockets that a service manager has opened and hands over (systemd's socket activation).
//!
//! # Source
//! sd_listen_fds(3): `LISTEN_PID` names the process they are for, `LISTEN_FDS` how many there are; they begin at 3.

use std::env;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;

use rustix::io::FdFlags;
use rustix::net::{AddressFamily, SocketType, sockopt};

const FIRST: RawFd = 3;
/// More than this were never meant.
const COUNT_MAX: RawFd = 1024;

/// How many sockets were handed to this very process; 0 if none were.
pub fn offered() -> usize {
    usize::try_from(count()).unwrap_or_default()
}

/// The listening unix stream socket number `index`, without blocking.
///
/// It is a duplicate: the one that was handed over stays open for as long as the process runs, and is not passed on to
/// programs that it starts.
///
/// # Errors
/// `NotFound` if that many were not handed over; `InvalidInput` if it is no listening unix stream socket.
pub fn listener(index: usize) -> io::Result<UnixListener> {
    if index >= offered() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the service manager has handed over no such socket"));
    }
    let number = FIRST + RawFd::try_from(index).map_err(|_| io::ErrorKind::NotFound)?;
    // SAFETY: the descriptor is borrowed for the calls of `duplicate` alone and closed by nobody there. If it is not
    // open, the kernel says so and nothing has happened.
    let socket = duplicate(unsafe { BorrowedFd::borrow_raw(number) })?;
    if !is_listening_unix_stream(&socket)? {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no listening unix stream socket"));
    }
    let listener = UnixListener::from(socket);
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn count() -> RawFd {
    let number = |name| env::var(name).ok()?.parse::<RawFd>().ok();
    let is_for_us = number("LISTEN_PID").and_then(|pid| u32::try_from(pid).ok()) == Some(std::process::id());
    if is_for_us { number("LISTEN_FDS").unwrap_or_default().clamp(0, COUNT_MAX) } else { 0 }
}

fn duplicate(descriptor: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    rustix::io::fcntl_setfd(descriptor, FdFlags::CLOEXEC)?;
    Ok(rustix::io::fcntl_dupfd_cloexec(descriptor, FIRST)?)
}

fn is_listening_unix_stream(socket: impl AsFd) -> io::Result<bool> {
    Ok(sockopt::socket_domain(&socket)? == AddressFamily::UNIX
        && sockopt::socket_type(&socket)? == SocketType::STREAM
        && sockopt::socket_acceptconn(&socket)?)
}
