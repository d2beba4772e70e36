//! The media: what stands in front of a message, and how one waits for it with a deadline.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nuncio_bus::wire::burst::{self, HEADER_BYTES};
use nuncio_bus::wire::frame;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg, sockopt};

use crate::Result;
use crate::floor::bus::{Accepting, Bare, Datagrams, Fifo, Stream};

/// A deadline that does not come.
const LONG: Duration = Duration::from_secs(10);
const LONG_SPEC: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// A medium, as messages go over it.
pub(crate) trait Carrier: Bare {
    /// How much room a message leaves in front of it.
    const BEFORE: usize;
    /// Fills in that room.
    fn begin(message: &mut [u8]);
    /// How long the message is that begins so, without what is in front of it.
    fn length(before: &[u8]) -> usize;
    /// Prepares waits with a deadline, and the kernel's word on the sender.
    fn prepare(receiver: &Self::Receiver) -> Result;
    /// What is there now; nothing before the other side has connected.
    fn look(receiver: &mut Self::Receiver, buffer: &mut [u8]) -> io::Result<usize>;
    /// What is there, or comes within a time.
    fn wait(receiver: &mut Self::Receiver, buffer: &mut [u8]) -> io::Result<usize>;
}

impl Carrier for Fifo {
    const BEFORE: usize = HEADER_BYTES;

    fn begin(message: &mut [u8]) {
        let writer = burst::Writer { pid: std::process::id(), thread: 1 };
        let data_bytes = (message.len() - HEADER_BYTES) as u32;
        let header = burst::Header { writer, parts_left: 0, data_bytes };
        message[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
    }

    fn length(before: &[u8]) -> usize {
        let header = before.first_chunk().and_then(|header| burst::Header::from_bytes(header, 2));
        header.map_or(0, |header| header.data_bytes as usize)
    }

    fn prepare(receiver: &Self::Receiver) -> Result {
        Ok(rustix::io::ioctl_fionbio(receiver, true)?)
    }

    fn look(receiver: &mut Self::Receiver, buffer: &mut [u8]) -> io::Result<usize> {
        Self::receive(receiver, buffer)
    }

    fn wait(receiver: &mut Self::Receiver, buffer: &mut [u8]) -> io::Result<usize> {
        wait_for(receiver.as_fd())?;
        Self::receive(receiver, buffer)
    }
}

impl Carrier for Datagrams {
    const BEFORE: usize = 0;

    fn begin(_: &mut [u8]) {}

    fn length(_: &[u8]) -> usize {
        unreachable!("a datagram is one message")
    }

    fn prepare(receiver: &Self::Receiver) -> Result {
        sockopt::set_socket_passcred(receiver, true)?;
        Ok(receiver.set_read_timeout(Some(LONG))?)
    }

    fn look(receiver: &mut Self::Receiver, buffer: &mut [u8]) -> io::Result<usize> {
        receive_named(receiver.as_fd(), buffer, RecvFlags::DONTWAIT)
    }

    fn wait(receiver: &mut Self::Receiver, buffer: &mut [u8]) -> io::Result<usize> {
        receive_named(receiver.as_fd(), buffer, RecvFlags::empty())
    }
}

/// A datagram, and who has sent it.
#[inline]
fn receive_named(socket: BorrowedFd<'_>, buffer: &mut [u8], flags: RecvFlags) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmCredentials(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(socket, &mut [io::IoSliceMut::new(buffer)], &mut control, flags)?;
    match control.drain().next() {
        Some(RecvAncillaryMessage::ScmCredentials(_)) => Ok(received.bytes),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

impl Carrier for Stream {
    const BEFORE: usize = frame::LENGTH_BYTES;

    fn begin(message: &mut [u8]) {
        let length = (message.len() - frame::LENGTH_BYTES) as u32;
        message[..frame::LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
    }

    fn length(before: &[u8]) -> usize {
        before.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize)
    }

    fn prepare(_: &Self::Receiver) -> Result {
        Ok(())
    }

    /// Who has connected was said once, by the connection.
    fn look(receiver: &mut Self::Receiver, buffer: &mut [u8]) -> io::Result<usize> {
        match receiver {
            Accepting::Accepted(stream) => Ok(rustix::net::recv(stream, buffer, RecvFlags::DONTWAIT)?.0),
            Accepting::Listening(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn wait(receiver: &mut Self::Receiver, buffer: &mut [u8]) -> io::Result<usize> {
        // One connection of many, so that its own timeout would not do.
        if let Accepting::Accepted(stream) = receiver {
            wait_for(stream.as_fd())?;
        }
        Self::receive(receiver, buffer)
    }
}

#[inline]
fn wait_for(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    match poll(&mut [PollFd::from_borrowed_fd(descriptor, PollFlags::IN)], Some(&LONG_SPEC))? {
        0 => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}
