//! The receiving end: a bound datagram socket.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use nuncio_core::{Batch, Error, ErrorKind, Origin, Result, Slot};
use nuncio_sys::datagram::{self, Datagram};
use rustix::net::sockopt::{self, Timeout};
use rustix::net::{Shutdown, SocketType, shutdown};

use super::MESSAGE_BYTES_MAX;
use crate::route::{Entry, Mailbox, Reader, SHORTLY, Seat, bind};

#[derive(Debug)]
pub(super) struct UnixMailbox {
    socket: Arc<OwnedFd>,
    entry: Entry,
    /// For what of a datagram has no room where it goes.
    overflow: Box<[u8]>,
    /// Whether the last look gave as much as was asked for, so that there may be more.
    was_cut: bool,
}

impl UnixMailbox {
    /// Binds the socket of `seat`.
    pub(super) fn open(seat: &Seat) -> Result<Self> {
        let (socket, entry) = bind(seat, SocketType::DGRAM)?;
        let asked = sockopt::set_socket_passcred(&socket, true);
        let asked = asked.and_then(|()| sockopt::set_socket_timeout(&socket, Timeout::Recv, Some(SHORTLY)));
        asked.map_err(|error| Error::io("join as", error.into()).on(seat.id.as_str()))?;
        Ok(Self { socket: Arc::new(socket), entry, overflow: vec![0; MESSAGE_BYTES_MAX].into(), was_cut: false })
    }

    /// Takes the next datagram, if there is one; false if there is none.
    #[inline]
    fn next(&mut self, into: &mut Batch, reader: &Reader) -> Result<bool> {
        let slot = into.slot();
        match datagram::receive(&self.socket, &mut slot.storage, &mut self.overflow) {
            Ok(datagram) => read(datagram, slot, reader),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            // Whoever looks again finds it.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return self.next(into, reader),
            Err(error) => return Err(failed(error)),
        }
        into.commit();
        Ok(true)
    }
}

#[inline(always)]
fn read(datagram: Datagram, slot: &mut Slot, reader: &Reader) {
    if let Some(sender) = datagram.sender {
        slot.origin = Origin::Kernel { pid: sender.pid, uid: sender.uid, gid: sender.gid };
    }
    match datagram.is_cut || datagram.bytes > MESSAGE_BYTES_MAX {
        true => slot.fault = Some(too_long()),
        false => drop(reader.read_stored(slot)),
    }
}

#[cold]
fn failed(error: io::Error) -> Error {
    Error::io("receive from the socket", error)
}

impl Mailbox for UnixMailbox {
    const AT_A_GLANCE: usize = 1;

    fn readiness(&self) -> &Arc<OwnedFd> {
        &self.socket
    }

    fn is_drained(&self) -> bool {
        !self.was_cut
    }

    fn take(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        for count in 0..max {
            match self.next(into, reader) {
                Ok(true) => {}
                Ok(false) => {
                    self.was_cut = false;
                    return Ok(count);
                }
                Err(_) if count > 0 => return Ok(count),
                Err(error) => return Err(error),
            }
        }
        self.was_cut = true;
        Ok(max)
    }

    fn glance(&mut self, into: &mut Batch, _: usize, reader: &Reader) -> Result<usize> {
        self.next(into, reader).map(usize::from)
    }

    /// One datagram, for the one system call that it takes.
    #[inline(always)]
    fn take_shortly(&mut self, into: &mut Batch, _: usize, reader: &Reader) -> Result<usize> {
        let slot = into.slot();
        match datagram::receive_waiting(&self.socket, &mut slot.storage, &mut self.overflow) {
            Ok(datagram) => read(datagram, slot, reader),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                return Ok(0);
            }
            Err(error) => return Err(failed(error)),
        }
        into.commit();
        self.was_cut = false;
        Ok(1)
    }

    fn hide(&mut self, seat: &Seat) -> Result<()> {
        self.entry.remove(&seat.route)?;
        // Who holds a connection to the socket is refused from now on; what is in it can be read.
        shutdown(&self.socket, Shutdown::Read)
            .map_err(|error| Error::io("leave the bus", error.into()).on(seat.id.as_str()))
    }

    fn remove(&mut self, _: &Seat) -> Result<bool> {
        Ok(true)
    }
}

#[cold]
fn too_long() -> Error {
    let reason = format!("the datagram is longer than {MESSAGE_BYTES_MAX} bytes");
    Error::new(ErrorKind::TooLarge, "read the message").because(reason)
}
