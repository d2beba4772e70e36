//! The receiving end: a bound datagram socket.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use nuncio_core::{Batch, Error, ErrorKind, Origin, Result, Slot};
use nuncio_sys::datagram::{self, AT_ONCE_MAX, Datagram};
use rustix::net::sockopt::{self, Timeout};
use rustix::net::{Shutdown, SocketType, shutdown};

use super::MESSAGE_BYTES_MAX;
use crate::place::Glance;
use crate::route::{Entry, Mailbox, Reader, SHORTLY, Seat, bind};

#[derive(Debug)]
pub(super) struct UnixMailbox {
    socket: Arc<OwnedFd>,
    entry: Entry,
    /// For what of datagrams has no room where they go. Of memory it takes what was needed once.
    overflow: Box<[u8]>,
    /// What came with the last look.
    found: Vec<Datagram>,
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
        Ok(Self {
            socket: Arc::new(socket),
            entry,
            overflow: vec![0; AT_ONCE_MAX * MESSAGE_BYTES_MAX].into(),
            found: Vec::with_capacity(AT_ONCE_MAX),
            was_cut: false,
        })
    }

    /// Takes what is there by one system call, up to `max` datagrams; waits for the first one, if `waits` says so.
    #[inline(always)]
    fn receive(&mut self, into: &mut Batch, max: usize, reader: &Reader, waits: bool) -> Result<usize> {
        let received = match max {
            // For a single one the kernel has a call that does less.
            1 => self.receive_one(into.slot(), reader, waits).map(|()| 1),
            _ => self.receive_many(into.slots(max.min(AT_ONCE_MAX)), reader, waits),
        };
        self.was_cut = false;
        match received {
            Ok(count) => {
                (0..count).for_each(|_| into.commit());
                self.was_cut = max > 1 && count == max.min(AT_ONCE_MAX);
                Ok(count)
            }
            // Whoever was interrupted looks again.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(0),
            Err(error) => Err(failed(error)),
        }
    }

    #[inline(always)]
    fn receive_one(&mut self, slot: &mut Slot, reader: &Reader, waits: bool) -> io::Result<()> {
        let receive = if waits { datagram::receive_waiting } else { datagram::receive };
        let datagram = receive(&self.socket, &mut slot.storage, &mut self.overflow[..MESSAGE_BYTES_MAX])?;
        read(datagram, slot, reader);
        Ok(())
    }

    #[inline(never)]
    fn receive_many(&mut self, slots: &mut [Slot], reader: &Reader, waits: bool) -> io::Result<usize> {
        self.found.clear();
        let storages = slots.iter_mut().map(|slot| &mut slot.storage);
        datagram::receive_many(&self.socket, storages, &mut self.overflow, &mut self.found, waits)?;
        slots.iter_mut().zip(&self.found).for_each(|(slot, datagram)| read(*datagram, slot, reader));
        Ok(self.found.len())
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
    const GLANCE: Glance = Glance::Wanted;

    fn readiness(&self) -> &Arc<OwnedFd> {
        &self.socket
    }

    fn is_drained(&self) -> bool {
        !self.was_cut
    }

    fn take(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        let mut count = 0;
        while count < max {
            match self.receive(into, max - count, reader, false) {
                Ok(received) => count += received,
                Err(_) if count > 0 => break,
                Err(error) => return Err(error),
            }
            if !self.was_cut {
                break;
            }
        }
        Ok(count)
    }

    fn glance(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        self.receive(into, max, reader, false)
    }

    #[inline(always)]
    fn take_shortly(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        self.receive(into, max, reader, true)
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
