//! The receiving end: a bound datagram socket.

use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use nuncio_core::{Batch, Error, ErrorKind, Origin, Result};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, Shutdown, SocketType, recvmsg, shutdown, sockopt,
};

use super::MESSAGE_BYTES_MAX;
use crate::route::{Entry, Mailbox, Reader, Seat, bind};

#[derive(Debug)]
pub(super) struct UnixMailbox {
    socket: Arc<OwnedFd>,
    entry: Entry,
    buffer: Box<[u8]>,
    /// Whether the last look found nothing more.
    is_drained: bool,
}

/// A datagram in the buffer.
struct Datagram {
    bytes: usize,
    is_cut: bool,
    origin: Origin,
}

impl UnixMailbox {
    /// Binds the socket of `seat`.
    pub(super) fn open(seat: &Seat) -> Result<Self> {
        let (socket, entry) = bind(seat, SocketType::DGRAM)?;
        let asked = sockopt::set_socket_passcred(&socket, true);
        asked.map_err(|error| Error::io("join as", error.into()).on(seat.id.as_str()))?;
        Ok(Self { socket: Arc::new(socket), entry, buffer: vec![0; MESSAGE_BYTES_MAX].into(), is_drained: false })
    }

    /// Takes the next datagram, if there is one.
    fn next(&mut self) -> Result<Option<Datagram>> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmCredentials(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut buffers = [IoSliceMut::new(&mut self.buffer)];
        let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        let received = loop {
            match recvmsg(&self.socket, &mut buffers, &mut control, flags) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(None),
                Err(error) => return Err(Error::io("receive from the socket", error.into())),
                Ok(received) => break received,
            }
        };
        // Descriptors that somebody sends along are closed with the buffer.
        let origin = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmCredentials(sender) => Some(Origin::Kernel {
                pid: sender.pid.as_raw_nonzero().get().cast_unsigned(),
                uid: sender.uid.as_raw(),
                gid: sender.gid.as_raw(),
            }),
            _ => None,
        });
        let is_cut = received.flags.contains(ReturnFlags::TRUNC);
        Ok(Some(Datagram { bytes: received.bytes, is_cut, origin: origin.unwrap_or_default() }))
    }
}

impl Mailbox for UnixMailbox {
    fn readiness(&self) -> &Arc<OwnedFd> {
        &self.socket
    }

    fn is_drained(&self) -> bool {
        self.is_drained
    }

    fn take(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        self.is_drained = false;
        for count in 0..max {
            let datagram = match self.next() {
                Ok(Some(datagram)) => datagram,
                Ok(None) => {
                    self.is_drained = true;
                    return Ok(count);
                }
                Err(_) if count > 0 => return Ok(count),
                Err(error) => return Err(error),
            };
            let slot = into.slot();
            slot.origin = datagram.origin;
            match datagram.is_cut {
                true => slot.fault = Some(too_long()),
                false => drop(reader.read(&self.buffer[..datagram.bytes], slot)),
            }
            into.commit();
        }
        Ok(max)
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

fn too_long() -> Error {
    let reason = format!("the datagram is longer than {MESSAGE_BYTES_MAX} bytes");
    Error::new(ErrorKind::TooLarge, "read the message").because(reason)
}
