//! The sending end: one connected socket for each receiver.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use nuncio_core::driver::Sent;
use nuncio_core::{EndpointName, Error, ErrorKind, Readiness, Result};
use rustix::io::Errno;
use rustix::net::{SendFlags, SocketType, send};

use super::MESSAGE_BYTES_MAX;
use crate::route::{Entry, Lane, Letters, Refusal, Route, Sending, connect, with_buffer};

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
        Ok(UnixLane { route: Arc::clone(&self.route), to: to.clone(), socket: Arc::new(socket), entry })
    }
}

#[derive(Debug)]
pub(super) struct UnixLane {
    route: Arc<Route>,
    to: EndpointName,
    socket: Arc<OwnedFd>,
    entry: Entry,
}

impl UnixLane {
    #[inline(always)]
    fn send_one(&self, letters: &Letters<'_>, index: usize) -> Result<(), Refusal> {
        with_buffer(|message| {
            letters.write(index, message)?;
            if message.len() > MESSAGE_BYTES_MAX {
                return Err(self.too_large(message.len()));
            }
            let flags = match index == 0 && letters.may_block() {
                true => SendFlags::NOSIGNAL,
                false => SendFlags::NOSIGNAL | SendFlags::DONTWAIT,
            };
            loop {
                match send(&self.socket, message, flags) {
                    Ok(_) => return Ok(()),
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(self.refusal(error, message.len())),
                }
            }
        })
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
}
