//! The sending end: one connected socket for each receiver.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use nuncio_core::driver::Sent;
use nuncio_core::{Clock, EndpointName, Error, ErrorKind, Readiness, Result, Wait};
use rustix::io::Errno;
use rustix::net::{SendFlags, SocketType, send};

use super::MESSAGE_BYTES_MAX;
use crate::route::{Entry, Lane, Letters, Refusal, RoomSpin, Route, Sending, connect, wait_for, with_buffer};

#[derive(Debug)]
pub(super) struct UnixSending {
    route: Arc<Route>,
}

impl UnixSending {
    pub(super) const fn new(route: Arc<Route>) -> Self {
        Self { route }
    }
}

impl Sending for UnixSending {
    type Lane = UnixLane;

    fn lane(&self, to: &EndpointName) -> Result<UnixLane> {
        let (socket, entry) = connect(&self.route, to, SocketType::DGRAM)?;
        let (route, to, spin) = (Arc::clone(&self.route), to.clone(), RoomSpin::default());
        Ok(UnixLane { route, to, socket: Arc::new(socket), entry, spin })
    }
}

#[derive(Debug)]
pub(super) struct UnixLane {
    route: Arc<Route>,
    to: EndpointName,
    socket: Arc<OwnedFd>,
    entry: Entry,
    spin: RoomSpin,
}

impl UnixLane {
    #[inline(always)]
    fn send_one(&self, letters: &Letters<'_>, index: usize) -> Result<(), Refusal> {
        with_buffer(|message| {
            letters.write(index, message)?;
            if message.len() > MESSAGE_BYTES_MAX {
                return Err(self.too_large(message.len()));
            }
            match self.send_bytes(message, SendFlags::DONTWAIT) {
                // Of those who sleep in the call the kernel wakes one when there is room, and of those who poll all of them.
                Err(Refusal::Full) if index == 0 && letters.may_block() => {
                    self.spin.finds_room(&self.socket);
                    self.send_bytes(message, SendFlags::empty())
                }
                sent => sent,
            }
        })
    }

    #[inline(always)]
    fn send_bytes(&self, message: &[u8], flags: SendFlags) -> Result<(), Refusal> {
        loop {
            match send(&self.socket, message, flags | SendFlags::NOSIGNAL) {
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(self.refusal(error, message.len())),
            }
        }
    }

    #[cold]
    fn refusal(&self, error: Errno, bytes: usize) -> Refusal {
        match error {
            Errno::AGAIN => Refusal::Full,
            Errno::CONNREFUSED | Errno::CONNRESET | Errno::NOTCONN | Errno::PIPE => Refusal::Gone,
            Errno::MSGSIZE => self.too_large(bytes),
            error => Error::io("send to", error.into()).on(self.to.as_str()).into(),
        }
    }

    #[cold]
    fn too_large(&self, bytes: usize) -> Refusal {
        let reason = format!("the message is {bytes} bytes, limit is {MESSAGE_BYTES_MAX} bytes");
        Error::new(ErrorKind::TooLarge, "send to").on(self.to.as_str()).because(reason).into()
    }
}

impl Lane for UnixLane {
    #[inline(always)]
    fn send(&self, letters: &Letters<'_>) -> Result<Sent, Refusal> {
        let count = letters.count();
        for index in 0..count {
            match self.send_one(letters, index) {
                Ok(()) => {}
                Err(refusal) if index == 0 => return Err(refusal),
                Err(_) => return Ok(Sent { stored: index, queued: 0 }),
            }
        }
        Ok(Sent { stored: count, queued: 0 })
    }

    fn room(&self) -> Result<Readiness, Refusal> {
        match self.entry.is_current(&self.route) {
            true => Ok(Readiness::Writable(Arc::clone(&self.socket))),
            false => Err(Refusal::Gone),
        }
    }

    fn wait_for_room(&self, clock: &dyn Clock, wait: Wait<'_>) -> Result<bool, Refusal> {
        Ok(self.spin.finds_room(&self.socket) || wait_for(&self.room()?, clock, wait)?)
    }
}
