//! Messages that a peer has put back: they come first when it reads again, also after it was away.
//!
//! The file belongs to the peer alone. It is read whole and then removed, and what of it was not received yet is written
//! anew when the peer goes.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::atomic::Ordering;

use nuncio_core::{Batch, Error, ErrorKind, Result};
use rustix::fs::OFlags;

use super::arrival::Seat;
use super::directory::{FILE_MODE, Route};
use super::pen::Reader;
use crate::wire::frame;
use crate::wire::name::Sidecar;

/// How long the file may be, in bytes.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// What was put back.
#[derive(Debug, Default)]
pub(super) struct Resume {
    messages: VecDeque<Vec<u8>>,
}

impl Resume {
    /// Adds up to `max` of the messages that were put back.
    pub(super) fn take(&mut self, seat: &Seat, reader: &Reader, into: &mut Batch, max: usize) -> Result<usize> {
        if seat.may_resume.load(Ordering::Relaxed) && seat.may_resume.swap(false, Ordering::Acquire) {
            self.read_file(seat, reader)?;
        }
        let count = self.messages.len().min(max);
        for message in self.messages.drain(..count) {
            reader.read(&message, into.slot());
            into.commit();
        }
        Ok(count)
    }

    /// Whether there may be something.
    pub(super) fn may_have(&self, seat: &Seat) -> bool {
        !self.messages.is_empty() || seat.may_resume.load(Ordering::Relaxed)
    }

    fn read_file(&mut self, seat: &Seat, reader: &Reader) -> Result<()> {
        let name = Sidecar::Resume.of(&seat.disk);
        let Some(content) = seat.route.read(&name, FILE_BYTES_MAX)? else { return Ok(()) };
        let mut rest = &content[..];
        // What follows a frame that is too long or cut off cannot be read.
        while let Ok(Some(message)) = frame::first(rest, reader.message_bytes_max()) {
            self.messages.push_back(rest[message.clone()].to_vec());
            rest = &rest[message.end..];
        }
        if !rest.is_empty() {
            tracing::warn!(peer = seat.id.as_str(), bytes = rest.len(), "messages that were put back cannot be read");
        }
        seat.route.remove(&name)
    }

    /// Puts what was not received back into the file, in front of whatever is there.
    pub(super) fn keep(&mut self, seat: &Seat, reader: &Reader) -> Result<()> {
        if !self.messages.is_empty() && seat.may_resume.swap(false, Ordering::Acquire) {
            self.read_file(seat, reader)?;
        }
        self.messages.drain(..).try_for_each(|message| seat.route.put_back(&seat.disk, &message))
    }
}

impl Route {
    /// Puts `message`, as it goes onto the medium, back for the peer `disk`.
    pub(crate) fn put_back(&self, disk: &str, message: &[u8]) -> Result<()> {
        let path = self.directory.path().join(Sidecar::Resume.of(disk));
        let mut framed = Vec::with_capacity(message.len() + frame::LENGTH_BYTES);
        frame::append(&mut framed, |out| {
            out.extend_from_slice(message);
            Ok::<(), Error>(())
        })?;
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = OpenOptions::new().append(true).create(true).mode(FILE_MODE).custom_flags(flags).open(&path);
        let written = file.and_then(|mut file| file.write_all(&framed));
        written.map_err(|error| Error::new(ErrorKind::Io, "put back a message").on(path.as_path()).caused_by(error))
    }
}
