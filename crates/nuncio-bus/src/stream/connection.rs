//! One connection, and what of it was begun and not written yet.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use nuncio_core::driver::Failed;
use nuncio_core::{EndpointName, Error, ErrorKind, Origin, Outcome};
use nuncio_sys::unix_socket;
use rustix::io::Errno;
use rustix::net::{SendFlags, Shutdown, send, shutdown};
use rustix::time::{ClockId, clock_gettime};

use super::AT_ONCE_BYTES;
use crate::crash;
use crate::route::{Refusal, RoomSpin};

/// Why a message that was begun will not arrive, when its receiver is gone.
pub(super) const WENT: &str = "it went in the middle of a message";

/// A connection to one peer, in whichever direction it was made.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) key: u64,
    pub(super) socket: Arc<OwnedFd>,
    /// Who made it, as far as the kernel knows.
    pub(super) origin: Origin,
    /// Whether this side connected.
    pub(super) is_ours: bool,
    peer: OnceLock<EndpointName>,
    /// Set by whoever closes it; what was on its way is still read.
    is_closing: AtomicBool,
    /// When something last went through it, in milliseconds.
    used: AtomicU64,
    rest: Mutex<Rest>,
    spin: RoomSpin,
}

/// The rest of a message that was begun. While there is any nothing else may be written.
#[derive(Debug, Default)]
pub(super) struct Rest {
    bytes: Vec<u8>,
    at: usize,
}

impl Rest {
    pub(super) fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Milliseconds by a clock that is advanced with each tick of the kernel's, and costs little to read.
#[inline]
fn coarse_now() -> u64 {
    let now = clock_gettime(ClockId::MonotonicCoarse);
    now.tv_sec.cast_unsigned() * 1000 + now.tv_nsec.cast_unsigned() / 1_000_000
}

impl Connection {
    pub(super) fn new(key: u64, socket: OwnedFd, is_ours: bool) -> Self {
        let origin = match unix_socket::peer_process(&socket) {
            Ok(found) => Origin::Kernel { pid: found.pid, uid: found.uid, gid: found.gid },
            Err(_) => Origin::Claimed,
        };
        let (peer, is_closing) = (OnceLock::new(), AtomicBool::new(false));
        let (used, rest, spin) = (AtomicU64::new(coarse_now()), Mutex::default(), RoomSpin::default());
        Self { key, socket: Arc::new(socket), origin, is_ours, peer, is_closing, used, rest, spin }
    }

    /// Who is at the other side; nobody before he has said it.
    pub(super) fn peer(&self) -> Option<&EndpointName> {
        self.peer.get()
    }

    /// The other side has said who it is. It says so once.
    pub(super) fn name(&self, peer: EndpointName) {
        let _ = self.peer.set(peer);
    }

    /// Something went through it.
    #[inline]
    pub(super) fn touch(&self) {
        self.used.store(coarse_now(), Ordering::Relaxed);
    }

    /// For how long nothing went through it, give or take a tick of the kernel's.
    pub(super) fn idle(&self) -> Duration {
        Duration::from_millis(coarse_now().saturating_sub(self.used.load(Ordering::Relaxed)))
    }

    /// Whether messages can be written to it.
    pub(super) fn is_open(&self) -> bool {
        !self.is_closing() && !unix_socket::is_hung_up(&self.socket).unwrap_or(true)
    }

    pub(super) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    pub(super) fn rest(&self) -> MutexGuard<'_, Rest> {
        // Nothing is left half done where a panic could happen.
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it unless something was begun on it: the other side is told, and reads what was written; what comes from there
    /// is read until it ends.
    pub(super) fn close(&self) -> bool {
        let rest = self.rest();
        if rest.is_empty() {
            self.shut(Shutdown::Both);
        }
        rest.is_empty()
    }

    /// Takes nothing more from the other side but what is on its way.
    pub(super) fn close_to_others(&self) {
        if !self.close() {
            self.shut(Shutdown::Read);
        }
    }

    fn shut(&self, how: Shutdown) {
        self.is_closing.store(true, Ordering::Relaxed);
        // It fails only if the other side is gone already.
        let _ = shutdown(&self.socket, how);
    }

    /// Writes as much of `bytes` as there is room for, and says how much that was.
    #[inline]
    pub(super) fn write(&self, bytes: &[u8]) -> Result<usize, Refusal> {
        let mut written = 0;
        while written < bytes.len() {
            let rest = &bytes[written..];
            // What is little more than a piece goes with it.
            let piece = if rest.len() < 2 * AT_ONCE_BYTES { rest } else { &rest[..AT_ONCE_BYTES] };
            match send(&self.socket, piece, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(count) => {
                    written += count;
                    if written < bytes.len() {
                        crash::point("stream-part");
                    }
                }
                Err(Errno::INTR) => {}
                Err(_) if written > 0 => break,
                Err(Errno::AGAIN | Errno::NOBUFS) => return Err(Refusal::Full),
                Err(Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN) => return Err(Refusal::Gone),
                Err(error) => return Err(self.failed(error.into()).into()),
            }
        }
        Ok(written)
    }

    /// Looks for a moment whether there is room again.
    pub(super) fn finds_room(&self) -> bool {
        self.spin.finds_room(&self.socket)
    }

    /// Keeps `bytes` as the rest of a message whose beginning was written.
    pub(super) fn keep(rest: &mut Rest, bytes: &[u8]) {
        rest.bytes.clear();
        rest.bytes.extend_from_slice(bytes);
        rest.at = 0;
    }

    /// Writes what was begun, as far as there is room.
    pub(super) fn push_on(&self, rest: &mut Rest) -> Result<(), Refusal> {
        while !rest.is_empty() {
            rest.at += self.write(&rest.bytes[rest.at..])?;
        }
        rest.clear();
        Ok(())
    }

    /// The message that was begun will not arrive, if there is one.
    pub(super) fn give_up(&self, rest: &mut Rest, reason: &'static str) -> Option<Failed> {
        if rest.is_empty() {
            return None;
        }
        rest.clear();
        let to = self.peer()?.clone();
        let error = Error::new(ErrorKind::PeerGone, "send to").on(to.as_str()).because(reason);
        Some(Failed { to, error, outcome: Outcome::Unknown, message: None })
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::io("send to", error).on(self.peer().map_or("", EndpointName::as_str))
    }
}
