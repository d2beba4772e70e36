//! Opening a spool: who may, and what the segments say.

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::io::{ErrorKind as IoErrorKind, Read};
use std::sync::Arc;

use nuncio_core::{Error, ErrorKind, Result};
use nuncio_queue::replay::Once;
use nuncio_sys::files::Directory;
use nuncio_sys::process::effective_user;

use super::frame::{self, Item};
use super::index::{Index, LaneState};
use super::notes::Notes;
use super::segment::{self, Chunk, Segment};
use super::taken::{LastDrain, Taken};
use super::{SpoolOptions, failed};

const OPEN: &str = "open the spool";
const LOCK: &str = "lock";
const WRITABLE_BY_OTHERS: u32 = 0o022;

pub(super) struct Opened {
    pub(super) directory: Directory,
    pub(super) index: Index,
    pub(super) taken: Taken,
    pub(super) notes: Notes,
    /// The number of the segment that is written next.
    pub(super) next: u64,
    /// What was stored as something that may be stored once.
    pub(super) once: Vec<Once>,
    /// Held as long as the spool is open.
    pub(super) lock: File,
}

pub(super) fn open(options: &SpoolOptions) -> Result<Opened> {
    let directory = open_directory(options)?;
    let lock = lock(&directory)?;
    let (mut index, mut drains, mut once) = (Index::default(), Vec::new(), Vec::new());
    for number in segment_numbers(&directory)? {
        replay(&directory, number, &mut index, &mut drains, &mut once)?;
    }
    let noted = Notes::replay(&directory, &mut index)?;
    let last_segment = index.segments.keys().next_back().copied();
    let next = noted.max(last_segment).map_or(1, |last| last + 1);
    let notes = Notes::begin(&directory, next).map_err(failed("begin notes in", directory.path()))?;
    let last = drains.pop();
    let taken = Taken::open(&directory, last.as_ref().map(|(_, last)| last.clone()))?;
    if taken.last().is_some() {
        index.pinned = last.map(|(segment, _)| segment);
    }
    Ok(Opened { directory, index, taken, notes, next, once, lock })
}

fn open_directory(options: &SpoolOptions) -> Result<Directory> {
    let path = options.directory.as_path();
    if let Err(error) = Directory::create(path, 0o700) {
        let error = failed("make the spool", path)(error);
        return Err(match error.kind() {
            ErrorKind::NoSuchEndpoint => Error::new(ErrorKind::Misconfigured, "make the spool")
                .on(path)
                .because("the directory above it does not exist"),
            _ => error,
        });
    }
    let directory = Directory::open(path).map_err(failed(OPEN, path))?;
    let status = directory.status().map_err(failed(OPEN, path))?;
    let us = effective_user();
    let refused = |reason| Err(Error::new(ErrorKind::PermissionDenied, OPEN).on(path).because(reason));
    if status.uid != us {
        return refused(format!("it belongs to user {}, this process runs as user {us}", status.uid));
    }
    if status.mode & WRITABLE_BY_OTHERS != 0 {
        return refused(format!("its mode {:04o} lets other users write to it", status.mode));
    }
    Ok(directory)
}

/// Two writers would destroy each other's work.
fn lock(directory: &Directory) -> Result<File> {
    let path = directory.path();
    let file = match directory.create_exclusive(LOCK.as_ref(), 0o600) {
        Ok(file) => file,
        Err(error) if error.kind() == IoErrorKind::AlreadyExists => {
            directory.open_regular(LOCK.as_ref()).map_err(failed(OPEN, path))?.0
        }
        Err(error) => return Err(failed(OPEN, path)(error)),
    };
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::new(ErrorKind::AlreadyExists, OPEN).on(path).because("another process has it open"))
        }
        Err(TryLockError::Error(error)) => Err(failed(OPEN, path)(error)),
    }
}

fn segment_numbers(directory: &Directory) -> Result<Vec<u64>> {
    let names = directory.names().map_err(failed(OPEN, directory.path()))?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| segment::number(name.to_str()?)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Reads what a segment says, up to its end or to what a crash has left of the last write.
fn replay(
    directory: &Directory,
    number: u64,
    index: &mut Index,
    drains: &mut Vec<(u64, LastDrain)>,
    once: &mut Vec<Once>,
) -> Result<()> {
    let path = directory.path().join(segment::name(number));
    let failed = failed("read the segment", &path);
    let (mut file, _) = directory.open_regular(segment::name(number).as_ref()).map_err(&failed)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(&failed)?;
    index.segments.insert(number, Segment { file: Arc::new(file), bytes: bytes.len() as u64, live: 0 });
    let mut rest = bytes.as_slice();
    while let Some((content, after)) = frame::first(rest) {
        let at = bytes.len() - after.len() - content.len();
        let items = frame::items(content, at).ok_or_else(|| {
            Error::new(ErrorKind::VersionMismatch, "read the segment")
                .on(path.as_path())
                .because("it was written by a later version of nuncio")
        })?;
        for item in &items {
            if let Item::Once { all } = item {
                once.extend(all);
            }
        }
        apply(number, &items, index, drains);
        rest = after;
    }
    if !rest.is_empty() {
        // What was answered for has been synced; behind that there is at most the write that was in progress.
        tracing::warn!(?path, bytes = rest.len(), "the end of a segment is not whole, and is left out");
    }
    Ok(())
}

fn apply(segment: u64, items: &[Item<'_>], index: &mut Index, drains: &mut Vec<(u64, LastDrain)>) {
    let mut listed = None;
    for item in items {
        match item {
            Item::Checkpoint => listed = Some(HashSet::new()),
            Item::Lane { lane, stream, next, done } => {
                if index.lanes.get(lane).is_some_and(|state| state.stream != *stream) {
                    index.forget(lane);
                }
                let state = index.lanes.entry(lane.clone()).or_insert_with(|| LaneState::new(*stream));
                state.next = state.next.max(*next);
                index.done(lane, *done);
                if let Some(listed) = &mut listed {
                    listed.insert(lane.clone());
                }
            }
            Item::Messages { lane, first, stored_at, ends, at, body } => {
                let Some(state) = index.lanes.get(lane) else { continue };
                let chunk = Chunk {
                    segment,
                    at: *at as u64,
                    first: *first,
                    count: u32::try_from(ends.len()).unwrap_or(u32::MAX),
                    body_bytes: u32::try_from(body.len()).unwrap_or(u32::MAX),
                    stored_at: *stored_at,
                };
                if chunk.end() > state.done {
                    index.add(lane, state.stream, chunk);
                }
            }
            Item::Done { lane, stream, next } => index.done_in(lane, *stream, *next),
            Item::Received { sender, stream, next, used_at } => {
                index.streams.note(((*sender).to_owned(), *stream), *next, *used_at);
            }
            Item::Drained { drain, order } => {
                drains.clear();
                drains.extend(LastDrain::gather(*drain, order, items).map(|last| (segment, last)));
            }
            Item::Once { .. } => {}
        }
    }
    if let Some(listed) = listed {
        let unlisted: Vec<_> = index.lanes.keys().filter(|lane| !listed.contains(*lane)).cloned().collect();
        unlisted.iter().for_each(|lane| index.forget(lane));
    }
}
