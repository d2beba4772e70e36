//! The receiving end: a directory that is watched.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use nuncio_core::{Acknowledge, Batch, Error, ErrorKind, Result, Slot};
use nuncio_sys::files::{Directory, FileKind};
use nuncio_sys::watch::{Change, Events, Watch};
use rustix::buffer::spare_capacity;
use rustix::io::Errno;

use super::backlog::Backlog;
use super::is_ready;
use super::lending::{Lending, was_lent};
use crate::crash;
use crate::route::{Mailbox, Reader, Seat, remove_below};
use crate::wire::message::Position;

const DIRECTORY_MODE: u32 = 0o700;
/// How much is read at once of a file that is longer than it said.
const READ_BYTES: usize = 65_536;
/// What inotify says when the user watches too much.
const NO_WATCHES_LEFT: i32 = Errno::NOSPC.raw_os_error();

#[derive(Debug)]
pub(super) struct FilesMailbox {
    directory: Directory,
    watch: Watch,
    backlog: Backlog,
    has_listed: bool,
    /// Read already, because they belong to others that were wanted. Where messages are lent they are lent when they are handed
    /// out: the lease of one that waits here would run out.
    read: VecDeque<Read>,
    changes: Vec<Change>,
    /// Where messages are lent.
    lending: Option<Arc<Lending>>,
}

/// A message that was read from the file `name`.
#[derive(Debug)]
struct Read {
    name: OsString,
    slot: Slot,
}

impl FilesMailbox {
    /// Makes the directory of `seat`, or takes over what is there.
    pub(super) fn open(seat: &Seat) -> Result<Self> {
        let (route, name) = (&seat.route.directory, OsStr::new(&seat.disk));
        let opened = match seat.is_back {
            true => route.open_directory(name),
            false => route.make_directory(name, DIRECTORY_MODE),
        };
        let failed = |error| Error::io("join as", error).on(seat.id.as_str());
        let directory = opened.map_err(failed)?;
        let watch = Watch::new(&directory, Events::ARRIVALS).map_err(|error| match error.raw_os_error() {
            Some(NO_WATCHES_LEFT) => Error::new(ErrorKind::LimitExceeded, "join as")
                .on(seat.id.as_str())
                .because("this user watches as many directories as fs.inotify.max_user_watches allows"),
            _ => failed(error),
        })?;
        let lend = |lease| Lending::new(route.open_directory(name)?, lease, watch.readiness());
        let lending = seat.route.lease.map(lend).transpose().map_err(failed)?;
        let (backlog, read, changes) = (Backlog::default(), VecDeque::new(), Vec::new());
        Ok(Self { directory, watch, backlog, has_listed: false, read, changes, lending })
    }

    /// Brings the backlog up to date.
    fn look(&mut self, reader: &Reader) -> Result<()> {
        self.take_changes()?;
        if let Some(last) = self.changes.iter().rposition(|change| *change == Change::Unknown) {
            self.changes.drain(..=last);
            self.has_listed = false;
        }
        self.take_due()?;
        if !self.has_listed {
            return self.list(reader);
        }
        for name in self.take_arrived() {
            self.backlog.tell(name);
        }
        Ok(())
    }

    /// Those of the changes that are messages. That one was renamed because it is lent says nothing new.
    fn take_arrived(&mut self) -> Vec<OsString> {
        let lends = self.lending.is_some();
        self.changes.drain(..).filter_map(arrived).filter(|name| !(lends && was_lent(name))).collect()
    }

    /// What was lent and comes again.
    fn take_due(&mut self) -> Result<()> {
        let Some(lending) = &self.lending else { return Ok(()) };
        let due = lending.take_due().map_err(|error| self.failed(error))?;
        // Otherwise they are found in the directory.
        if self.has_listed {
            due.into_iter().for_each(|name| self.backlog.tell(name));
        }
        Ok(())
    }

    /// Lists the directory. What arrives meanwhile is told too.
    fn list(&mut self, reader: &Reader) -> Result<()> {
        let mut names = Vec::new();
        let listed = self.directory.each_name(|name| {
            if is_ready(name) && self.lending.as_ref().is_none_or(|lending| !lending.knows(name)) {
                names.push(name.to_owned());
            }
        });
        listed.map_err(|error| self.failed(error))?;
        self.take_changes()?;
        // Too many at once: the next look lists again, and finds those too that are told of here.
        self.has_listed = !self.changes.contains(&Change::Unknown);
        let arrived = self.take_arrived();
        let mut backlog = std::mem::take(&mut self.backlog);
        backlog.list(names, arrived, |name| self.position(name, reader));
        self.backlog = backlog;
        Ok(())
    }

    /// Where the message in the file `name` stands; one that cannot be read is first, and met when it is its turn.
    fn position(&self, name: &OsStr, reader: &Reader) -> Option<Position> {
        let mut slot = Slot::default();
        self.read_file(name, reader, &mut slot).unwrap_or_else(|_| Some(Position::default()))
    }

    /// Removes what its writers have not finished, who will find that nobody is here, and what others have put here.
    fn remove_what_is_no_message(&self) -> io::Result<()> {
        for name in self.directory.names()? {
            let is_file = self.directory.status_of(&name)?.is_none_or(|status| status.kind == FileKind::Regular);
            if !is_ready(&name) || !is_file {
                remove_below(&self.directory, &name, 1)?;
            }
        }
        Ok(())
    }

    fn take_changes(&mut self) -> Result<()> {
        self.watch.take(&mut self.changes).map_err(|error| Error::io("watch", error).on(self.directory.path()))
    }

    /// Reads the next files, those of one time together, and adds up to `max` of them; the others are kept.
    fn read_next(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        let mut names = Vec::new();
        self.backlog.take(&mut names);
        if let [name] = &names[..] {
            let slot = into.slot();
            let is_there = self.read_file(name, reader, slot)?.is_some() && self.take_file(name, slot)?;
            if is_there {
                into.commit();
            }
            return Ok(usize::from(is_there));
        }
        let mut read: Vec<(Position, Read)> = Vec::new();
        let mut all = Ok(());
        for name in names {
            match self.read_one_of_many(name, reader) {
                Ok(one) => read.extend(one),
                // The others were read, and may be gone from the directory.
                Err(error) => all = Err(error),
            }
        }
        read.sort_by(|(one, _), (other, _)| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal));
        self.read.extend(read.into_iter().map(|(_, read)| read));
        all.and_then(|()| self.take_read(into, max))
    }

    fn read_one_of_many(&self, name: OsString, reader: &Reader) -> Result<Option<(Position, Read)>> {
        let mut slot = Slot::default();
        slot.clear();
        let Some(position) = self.read_file(&name, reader, &mut slot)? else { return Ok(None) };
        let is_ours = self.lending.is_some() || self.take_file(&name, &mut slot)?;
        Ok(is_ours.then_some((position, Read { name, slot })))
    }

    /// Hands out up to `max` of those that were read.
    fn take_read(&mut self, into: &mut Batch, max: usize) -> Result<usize> {
        let mut count = 0;
        while count < max
            && let Some(mut read) = self.read.pop_front()
        {
            let taken = match self.lending {
                Some(_) => self.take_file(&read.name, &mut read.slot),
                None => Ok(true),
            };
            match taken {
                Ok(true) => {
                    into.put(read.slot);
                    count += 1;
                }
                Ok(false) => {}
                // What was added is not to be kept from the reader, who meets the error next time if it lasts.
                Err(_) if count > 0 => {
                    self.read.push_front(read);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// Reads the file `name`; none if it is not there any more.
    fn read_file(&self, name: &OsStr, reader: &Reader, slot: &mut Slot) -> Result<Option<Position>> {
        Ok(Some(match self.directory.open_regular(name) {
            Ok((_, status)) if status.size > reader.message_bytes_max() as u64 => {
                let reason =
                    format!("the file is {} bytes, limit is {} bytes", status.size, reader.message_bytes_max());
                slot.fault = Some(Error::new(ErrorKind::TooLarge, "read the message").because(reason));
                Position::default()
            }
            Ok((file, status)) => {
                read_all(&file, status.size as usize, &mut slot.storage).map_err(|error| self.failed(error))?;
                crash::point("files-read");
                reader.read_stored(slot)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                slot.fault = Some(
                    Error::new(ErrorKind::Corrupt, "read the message")
                        .because("it is no readable file")
                        .caused_by(error),
                );
                Position::default()
            }
        }))
    }

    /// Takes the file `name` from the directory, or lends it. A sender takes back what he stored too late: whoever takes a file has
    /// the message. False if it is not there any more.
    fn take_file(&self, name: &OsStr, slot: &mut Slot) -> Result<bool> {
        let is_ours = match &self.lending {
            Some(lending) if slot.fault.is_none() => self.lend(lending, name, slot)?,
            _ => self.remove_file(name, slot)?,
        };
        crash::point("files-removed");
        Ok(is_ours)
    }

    /// False if its sender has taken it back.
    fn lend(&self, lending: &Lending, name: &OsStr, slot: &mut Slot) -> Result<bool> {
        let Some((token, attempt)) = lending.lend(name).map_err(|error| self.failed(error))? else { return Ok(false) };
        slot.attempt = attempt;
        slot.token = Some(slot.push(token.as_bytes()));
        Ok(true)
    }

    /// What cannot be removed would come again and again: a message stays where it is then, and what is none is put aside. False if
    /// somebody else has removed it.
    fn remove_file(&self, name: &OsStr, slot: &Slot) -> Result<bool> {
        match self.directory.unlink(name) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(_) if slot.fault.is_some() => {
                let mut aside = name.to_owned();
                aside.push(".refused");
                self.directory.rename(name, &aside).map(|()| true).map_err(|error| self.failed(error))
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::io("receive from", error).on(self.directory.path())
    }
}

impl Mailbox for FilesMailbox {
    fn readiness(&self) -> &Arc<OwnedFd> {
        self.lending.as_ref().map_or_else(|| self.watch.readiness(), |lending| lending.readiness())
    }

    fn take_kept(&mut self, into: &mut Batch) {
        match self.lending.take() {
            // They are where they were.
            Some(lending) => lending.close(),
            None => self.read.drain(..).for_each(|read| into.put(read.slot)),
        }
    }

    fn acknowledge(&self) -> Option<Arc<dyn Acknowledge>> {
        self.lending.clone().map(|lending| lending as Arc<dyn Acknowledge>)
    }

    fn take(&mut self, into: &mut Batch, max: usize, reader: &Reader) -> Result<usize> {
        let mut count = self.take_read(into, max)?;
        if count > 0 {
            return Ok(count);
        }
        self.look(reader)?;
        while count < max && !self.backlog.is_empty() {
            match self.read_next(into, max - count, reader) {
                Ok(more) => count += more,
                // What was added is not to be kept from the reader, who meets the error next time if it lasts.
                Err(_) if count > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    fn hide(&mut self, seat: &Seat) -> Result<()> {
        if let Some(lending) = self.lending.take() {
            // What was lent and not acknowledged is unread, and is handed over.
            lending.close();
            self.read.clear();
        }
        let route = &seat.route;
        let hidden = hidden_name(seat);
        // One that a process left which was killed while it left.
        route.remove_tree(&hidden).map_err(|error| route.failed("leave the bus", error))?;
        let _lock = route.lock()?;
        match is_ours(&self.directory, route.directory.status_of(OsStr::new(&seat.disk))) {
            true => route
                .directory
                .rename(OsStr::new(&seat.disk), &hidden)
                .map_err(|error| route.failed("leave the bus", error))?,
            false => return Ok(()),
        }
        self.has_listed = false;
        Ok(())
    }

    fn remove(&mut self, seat: &Seat) -> Result<bool> {
        let hidden = hidden_name(seat);
        if !is_ours(&self.directory, seat.route.directory.status_of(&hidden)) {
            return Ok(true);
        }
        let removed = self.remove_what_is_no_message().and_then(|()| seat.route.directory.remove_directory(&hidden));
        match removed {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                self.has_listed = false;
                Ok(false)
            }
            Err(error) => Err(seat.route.failed("leave the bus", error)),
        }
    }
}

/// Reads a file of `bytes` bytes, which nobody writes to any more: with one system call, if it has no more than that.
fn read_all(file: &File, bytes: usize, into: &mut Vec<u8>) -> io::Result<()> {
    into.reserve(bytes + 1);
    loop {
        let room = into.capacity() - into.len();
        match rustix::io::read(file, spare_capacity(into)) {
            Ok(read) if read < room => return Ok(()),
            Ok(_) => into.reserve(READ_BYTES),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn arrived(change: Change) -> Option<OsString> {
    match change {
        Change::Arrived(name) if is_ready(&name) => Some(name),
        _ => None,
    }
}

/// The directory of a peer that is leaving: senders do not find it any more.
fn hidden_name(seat: &Seat) -> OsString {
    format!("_{}", seat.disk).into()
}

fn is_ours(directory: &Directory, found: io::Result<Option<nuncio_sys::files::FileStatus>>) -> bool {
    match (directory.status(), found) {
        (Ok(ours), Ok(Some(found))) => {
            found.kind == FileKind::Directory && (ours.device, ours.inode) == (found.device, found.inode)
        }
        _ => false,
    }
}
