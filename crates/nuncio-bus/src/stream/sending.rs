//! The sending end: one connection to each receiver, made when it is needed.

use std::os::fd::OwnedFd;
use std::sync::{Arc, OnceLock};

use nuncio_core::driver::{Failed, Flushed, Sent};
use nuncio_core::{Clock, Deadline, EndpointName, Error, ErrorKind, Readiness, Result, SystemClock, Wait};
use nuncio_sys::unix_socket;
use rustix::event::{EventfdFlags, eventfd};
use rustix::net::sockopt;

use super::AT_ONCE_BYTES;
use super::connection::{Connection, Rest, WENT};
use super::connections::Connections;
use super::hub::Hub;
use crate::route::{Lane, Letters, Refusal, Sending, wait_for, with_buffer};
use crate::wire::frame;

#[derive(Debug)]
pub(super) struct StreamSending {
    hub: Arc<Hub>,
}

impl StreamSending {
    pub(super) const fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }
}

impl Sending for StreamSending {
    type Lane = StreamLane;

    fn lane(&self, to: &EndpointName) -> Result<StreamLane> {
        Ok(StreamLane { hub: Arc::clone(&self.hub), connection: self.hub.connection_to(to)? })
    }

    fn flush(&self, wait: Wait<'_>) -> Result<Flushed> {
        let mut pending = 0;
        for connection in self.hub.connections() {
            match flush(&connection, wait) {
                Ok(()) => {}
                Err(Refusal::Full) => pending += 1,
                Err(Refusal::Gone) => give_up(&self.hub, &connection, &mut connection.rest()),
                Err(Refusal::Failed(error)) => return Err(error),
            }
        }
        Ok(Flushed { pending, failed: std::mem::take(&mut *self.hub.failed()) })
    }

    fn give_up(&self) -> Vec<Failed> {
        let mut failed = std::mem::take(&mut *self.hub.failed());
        for connection in self.hub.connections() {
            let given_up = connection.give_up(&mut connection.rest(), "its sender left in the middle of a message");
            if given_up.is_some() {
                // Nothing can be written behind a beginning.
                connection.close();
            }
            failed.extend(given_up);
        }
        failed
    }

    fn connections(&self) -> Option<Connections> {
        Some(Connections::new(Arc::clone(&self.hub)))
    }
}

/// Writes what was begun on `connection`, waiting for room.
fn flush(connection: &Connection, wait: Wait<'_>) -> Result<(), Refusal> {
    loop {
        match connection.push_on(&mut connection.rest()) {
            Err(Refusal::Full) if wait.until != Deadline::Now => {}
            result => return result,
        }
        if !wait_for(&Readiness::Writable(Arc::clone(&connection.socket)), &SystemClock, wait)? {
            let to = connection.peer().map_or("", EndpointName::as_str);
            return Err(Error::new(ErrorKind::TimedOut, "push on what was begun for").on(to).into());
        }
    }
}

fn give_up(hub: &Hub, connection: &Connection, rest: &mut Rest) {
    hub.failed().extend(connection.give_up(rest, WENT));
}

#[derive(Debug)]
pub(super) struct StreamLane {
    hub: Arc<Hub>,
    connection: Arc<Connection>,
}

impl StreamLane {
    /// Writes the messages from `first` on that fit into one write; gives how many were whole, or why there were none.
    #[inline(always)]
    fn send_some(
        &self,
        letters: &Letters<'_>,
        first: usize,
        rest: &mut Rest,
        bytes: &mut Vec<u8>,
    ) -> Result<Sent, Refusal> {
        bytes.clear();
        let (mut index, mut stopped) = (first, None);
        while index < letters.count() && bytes.len() < AT_ONCE_BYTES && stopped.is_none() {
            match frame::append(bytes, |out| letters.write(index, out).map(drop)) {
                Ok(()) => index += 1,
                Err(error) => stopped = Some(error),
            }
        }
        match stopped {
            // What was gathered in front of one that cannot be sent goes out all the same.
            Some(error) if index == first => return Err(error.into()),
            _ => {}
        }
        let written = self.connection.write(bytes)?;
        self.connection.touch();
        Ok(match written == bytes.len() {
            true => Sent { stored: index - first, queued: 0 },
            false => keep_begun(bytes, written, rest),
        })
    }
}

/// Of frames of which only the beginning was written: how many were written whole. Of one that was begun the rest is kept.
fn keep_begun(frames: &[u8], written: usize, rest: &mut Rest) -> Sent {
    let (mut sent, mut at) = (Sent::default(), 0);
    while at < written
        && let Ok(Some(content)) = frame::first(&frames[at..], usize::MAX)
    {
        let end = at + content.end;
        if end > written {
            Connection::keep(rest, &frames[written..end]);
            sent.queued = 1;
            break;
        }
        sent.stored += 1;
        at = end;
    }
    sent
}

impl Lane for StreamLane {
    fn send(&self, letters: &Letters<'_>) -> Result<Sent, Refusal> {
        if self.connection.is_closing() {
            return Err(Refusal::Gone);
        }
        let mut rest = self.connection.rest();
        if !rest.is_empty()
            && let Err(refusal) = self.connection.push_on(&mut rest)
        {
            if matches!(refusal, Refusal::Gone) {
                give_up(&self.hub, &self.connection, &mut rest);
            }
            return Err(refusal);
        }
        with_buffer(|bytes| {
            let mut sent = Sent::default();
            while sent.stored < letters.count() && sent.queued == 0 {
                let before = sent.stored;
                match self.send_some(letters, before, &mut rest, bytes) {
                    Ok(more) => {
                        sent.stored += more.stored;
                        sent.queued += more.queued;
                    }
                    Err(refusal) if before == 0 => return Err(refusal),
                    Err(_) => break,
                }
            }
            Ok(sent)
        })
    }

    fn room(&self) -> Result<Readiness, Refusal> {
        if !self.connection.is_open() {
            return Err(Refusal::Gone);
        }
        let socket = &self.connection.socket;
        let failed = |error: std::io::Error| Error::io("look for room for", error);
        let taken = unix_socket::unread_bytes(socket).map_err(failed)?;
        let limit = sockopt::socket_send_buffer_size(socket).map_err(|error| failed(error.into()))?;
        // The socket says that it is writable only when a part of its buffer is free that is larger than any message needs.
        match taken < limit && self.connection.rest().is_empty() {
            true => Ok(Readiness::Readable(always_ready()?)),
            false => Ok(Readiness::Writable(Arc::clone(socket))),
        }
    }

    fn wait_for_room(&self, clock: &dyn Clock, wait: Wait<'_>) -> Result<bool, Refusal> {
        Ok(self.connection.finds_room() || wait_for(&self.room()?, clock, wait)?)
    }
}

/// A descriptor that is readable, for those who need not wait.
fn always_ready() -> Result<Arc<OwnedFd>> {
    static READY: OnceLock<Arc<OwnedFd>> = OnceLock::new();
    if let Some(ready) = READY.get() {
        return Ok(Arc::clone(ready));
    }
    let ready = eventfd(1, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
    let ready = ready.map_err(|error| Error::io("make an event descriptor", error.into()))?;
    Ok(Arc::clone(READY.get_or_init(|| Arc::new(ready))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_frames_that_were_cut_off_the_one_that_was_begun_is_kept() {
        let mut frames = Vec::new();
        for content in [&b"a"[..], b"bcd", b"e"] {
            frame::append(&mut frames, |out| {
                out.extend_from_slice(content);
                Ok::<(), ()>(())
            })
            .unwrap();
        }
        for written in 1..frames.len() {
            let mut rest = Rest::default();
            let sent = keep_begun(&frames, written, &mut rest);
            let expected = match written {
                0..5 => (0, 1),
                5 => (1, 0),
                6..12 => (1, 1),
                12 => (2, 0),
                _ => (2, 1),
            };
            assert_eq!((sent.stored, sent.queued), expected, "{written} bytes");
            assert_eq!(rest.is_empty(), sent.queued == 0);
        }
    }
}
