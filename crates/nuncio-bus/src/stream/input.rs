//! What came over one connection and was not received yet.

use std::io;
use std::sync::Arc;

use nuncio_core::{Batch, EndpointName, Error, ErrorKind, PeerId, Slot};
use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};

use super::AT_ONCE_BYTES;
use super::connection::Connection;
use crate::route::{Reader, Route, with_buffer};
use crate::wire::frame;

/// How long a hello may be, in bytes: a name of 512 bytes, each of up to six characters when escaped.
const HELLO_BYTES_MAX: usize = 4096;

/// The reading end of a connection.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) connection: Arc<Connection>,
    buffer: Vec<u8>,
    /// How much of the buffer was understood.
    at: usize,
    has_ended: bool,
}

/// What [`Input::take`] found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The connection is over, and of no use any more.
    End,
    /// Somebody said who he is.
    Hello(EndpointName),
    /// A message, or what should have been one, is in the slot.
    Message,
    /// More has to be read first.
    Nothing,
}

impl Input {
    pub(super) const fn new(connection: Arc<Connection>, buffer: Vec<u8>) -> Self {
        Self { connection, buffer, at: 0, has_ended: false }
    }

    /// Whether nothing that was read waits in it.
    pub(super) fn is_empty(&self) -> bool {
        self.at == self.buffer.len()
    }

    /// Whether there is nothing in it, and more may come.
    pub(super) fn is_done(&self) -> bool {
        self.is_empty() && !self.has_ended
    }

    /// Gives back the buffer of an input that is empty.
    pub(super) fn take_buffer(&mut self) -> Vec<u8> {
        self.at = 0;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        buffer
    }

    /// Reads into `buffer` if it has none of its own.
    pub(super) fn lend_buffer(&mut self, buffer: Vec<u8>) {
        if self.buffer.capacity() == 0 {
            self.buffer = buffer;
        }
    }

    /// Whether the other side writes nothing more.
    pub(super) const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether it has no buffer.
    pub(super) const fn wants_buffer(&self) -> bool {
        self.buffer.capacity() == 0
    }

    /// Reads what there is, up to so much at once; false if there is nothing now.
    pub(super) fn read(&mut self) -> bool {
        match std::mem::take(&mut self.at) {
            0 => {}
            at if at == self.buffer.len() => self.buffer.clear(),
            at => drop(self.buffer.drain(..at)),
        }
        self.buffer.reserve(AT_ONCE_BYTES);
        loop {
            match recv(&self.connection.socket, spare_capacity(&mut self.buffer), RecvFlags::DONTWAIT) {
                Ok((0, _)) => self.has_ended = true,
                Ok(_) => {
                    self.connection.touch();
                    return true;
                }
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => return false,
                Err(_) => self.has_ended = true,
            }
            return false;
        }
    }

    /// Reads all that is on its way, which is no more than the kernel keeps. The other side writes nothing more.
    pub(super) fn read_all(&mut self) {
        while self.read() {}
    }

    /// Adds messages to `into` until it has `end` of them; what came instead of the next one, if it has not.
    pub(super) fn take(&mut self, route: &Route, reader: &Reader, into: &mut Batch, end: usize) -> Next {
        while into.len() < end {
            match self.next(route, reader, into.slot()) {
                Next::Message => into.commit(),
                other => return other,
            }
        }
        Next::Message
    }

    /// The next thing in the buffer; a message is read into `slot`.
    #[inline(always)]
    fn next(&mut self, route: &Route, reader: &Reader, slot: &mut Slot) -> Next {
        loop {
            if self.connection.peer().is_none() {
                return self.hello(route);
            }
            let rest = &self.buffer[self.at..];
            let content = match frame::first(rest, reader.message_bytes_max()) {
                Ok(Some(content)) => content,
                Ok(None) => return self.end(slot),
                Err(too_long) => {
                    self.give_up();
                    slot.fault =
                        Some(Error::new(ErrorKind::TooLarge, "read the message").because(too_long.to_string()));
                    slot.origin = self.connection.origin.clone();
                    return Next::Message;
                }
            };
            self.at += content.end;
            let message = &rest[content];
            reader.read(message, slot);
            if slot.fault.is_some() && hello_in(route, message).is_some() {
                // One too many, which says nothing new.
                slot.clear();
                continue;
            }
            slot.origin = self.connection.origin.clone();
            return Next::Message;
        }
    }

    /// Reads the hello and not a byte more, if all of it is there and nothing was read before.
    pub(super) fn read_hello(&mut self, route: &Route) -> Next {
        if !self.is_empty() || self.connection.peer().is_some() {
            return Next::Nothing;
        }
        let mut bytes = [0; frame::LENGTH_BYTES + HELLO_BYTES_MAX];
        let peeked = recv(&self.connection.socket, &mut bytes[..], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        let Ok((count, _)) = peeked else { return Next::Nothing };
        let Ok(Some(content)) = frame::first(&bytes[..count], HELLO_BYTES_MAX) else { return Next::Nothing };
        let Some(peer) = hello_in(route, &bytes[content.clone()]) else { return Next::Nothing };
        match recv(&self.connection.socket, &mut bytes[..content.end], RecvFlags::DONTWAIT) {
            Ok((count, _)) if count == content.end => {
                self.connection.name(peer.clone());
                Next::Hello(peer)
            }
            _ => Next::Nothing,
        }
    }

    /// Only what begins with a hello is a connection.
    fn hello(&mut self, route: &Route) -> Next {
        let rest = &self.buffer[self.at..];
        let content = match frame::first(rest, HELLO_BYTES_MAX) {
            Ok(Some(content)) => content,
            Ok(None) if !self.has_ended => return Next::Nothing,
            Ok(None) | Err(_) => return self.refuse(),
        };
        match hello_in(route, &rest[content.clone()]) {
            Some(peer) => {
                self.at += content.end;
                self.connection.name(peer.clone());
                Next::Hello(peer)
            }
            None => self.refuse(),
        }
    }

    fn refuse(&mut self) -> Next {
        if !self.is_empty() {
            tracing::warn!(origin = ?self.connection.origin, "a connection that does not begin with a hello is closed");
        }
        self.give_up();
        Next::End
    }

    /// Nothing that comes can be understood any more.
    fn give_up(&mut self) {
        self.connection.close_to_others();
        self.buffer.clear();
        (self.at, self.has_ended) = (0, true);
    }

    /// The buffer has no whole frame.
    fn end(&mut self, slot: &mut Slot) -> Next {
        if !self.has_ended {
            return Next::Nothing;
        }
        let bytes = self.buffer.len() - self.at;
        if bytes == 0 {
            return Next::End;
        }
        self.give_up();
        let cause = io::Error::from(io::ErrorKind::UnexpectedEof);
        let reason = format!("its sender ended after {bytes} bytes of it");
        slot.fault = Some(Error::new(ErrorKind::Corrupt, "read the message").because(reason).caused_by(cause));
        slot.origin = self.connection.origin.clone();
        Next::Message
    }
}

fn hello_in(route: &Route, frame: &[u8]) -> Option<EndpointName> {
    with_buffer(|json| {
        route.packer.unpack(frame, HELLO_BYTES_MAX, json).ok()?;
        let id = frame::hello_of(json)?;
        Some(EndpointName::from(PeerId::new(&id).ok()?))
    })
}
