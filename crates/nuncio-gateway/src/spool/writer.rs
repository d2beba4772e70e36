//! The thread that writes: it gathers what was handed over, writes it at once, syncs once, and answers everybody.

mod roll;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind as IoErrorKind};
use std::mem;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use nuncio_core::Result;
use nuncio_queue::replay::{Once, Verdict as Accepted};
use tokio::sync::oneshot;

use self::roll::RESERVE;
use super::frame::Frames;
use super::index::LaneState;
use super::lane::Lane;
use super::once::OnceOnly;
use super::segment::{self, Chunk};
use super::streams::Key;
use super::{NotStored, Piece, Shared, SpoolOptions, Stored, Submission, failed, millis};
use crate::wire::nuncio::{StreamId, Verdict};

/// What must wait for others is looked at again after so long.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// What was handed over and is not written yet.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) submissions: Vec<Handed>,
    pub(super) stopped: bool,
}

/// A submission, and who waits for it.
pub(super) type Handed = (Submission, oneshot::Sender<Result<Stored, NotStored>>);

pub(super) struct Writer {
    shared: Arc<Shared>,
    file: Arc<File>,
    /// How many bytes of the active segment are whole.
    length: u64,
    bytes_max: u64,
    segment_bytes: u64,
    early_max: Duration,
    early: Vec<(Instant, Handed)>,
    once: OnceOnly,
    frames: Frames,
    drain: u64,
    /// The number of the last segment, and of the last notes, that were begun.
    next: u64,
    has_reserve: bool,
    failing: bool,
    _lock: File,
}

/// What a write in progress will have changed.
#[derive(Default)]
struct Changes {
    lanes: HashMap<Lane, (StreamId, u64)>,
    streams: HashMap<Key, u64>,
    chunks: Vec<(Lane, StreamId, Chunk)>,
    done: Vec<(Lane, u64)>,
    answers: Vec<(oneshot::Sender<Result<Stored, NotStored>>, Stored)>,
    once: Vec<Once>,
    messages: u64,
    drained: bool,
}

impl Writer {
    /// Begins a new segment.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn new(
        shared: Arc<Shared>,
        options: &SpoolOptions,
        number: u64,
        once: OnceOnly,
        lock: File,
    ) -> Result<Self> {
        let path = shared.directory.path().to_owned();
        let file = shared
            .directory
            .create_exclusive(segment::name(number).as_ref(), 0o600)
            .map_err(failed("begin a segment in", &path))?;
        let mut writer = Self {
            file: Arc::new(file),
            length: 0,
            bytes_max: options.bytes_max,
            segment_bytes: options.segment_bytes,
            early_max: options.early_max,
            early: Vec::new(),
            once,
            frames: Frames::default(),
            // Larger than every number before, also after the clock was set back.
            drain: millis(SystemTime::now()).max(shared.taken.last().map_or(0, |last| last.drain + 1)),
            next: number,
            has_reserve: false,
            failing: false,
            shared,
            _lock: lock,
        };
        let file = Arc::clone(&writer.file);
        if let Err(error) = writer.begin(number, Arc::clone(&file)) {
            // The disk may be full of what is about to be delivered.
            let freed =
                error.kind() == IoErrorKind::StorageFull && writer.shared.directory.unlink(RESERVE.as_ref()).is_ok();
            let begun = if freed { writer.begin(number, file) } else { Err(error) };
            begun.map_err(failed("begin a segment in", &path))?;
        }
        writer.remove_dead();
        writer.make_reserve();
        Ok(writer)
    }

    /// Writes until the spool is dropped and nothing is left to write.
    pub(super) fn run(&mut self) {
        loop {
            let (handed, stopped) = self.wait();
            if handed.is_empty() && self.early.is_empty() && stopped {
                return;
            }
            self.write(handed, stopped);
        }
    }

    fn wait(&self) -> (Vec<Handed>, bool) {
        let mut queue = self.shared.queue();
        while queue.submissions.is_empty() && !queue.stopped {
            if self.early.is_empty() {
                queue = self.shared.called.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let waited = self.shared.called.wait_timeout(queue, LOOK_AGAIN_AFTER);
            let (guard, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
            queue = guard;
            if outcome.timed_out() {
                break;
            }
        }
        (mem::take(&mut queue.submissions), queue.stopped)
    }

    fn write(&mut self, handed: Vec<Handed>, stopped: bool) {
        let now = Instant::now();
        let mut pending = mem::take(&mut self.early);
        pending.extend(handed.into_iter().map(|handed| (now, handed)));
        let mut changes = Changes::default();
        self.frames.clear();
        loop {
            let before = pending.len();
            pending = pending.into_iter().filter_map(|(since, handed)| self.put(since, handed, &mut changes)).collect();
            // What was stored now may be what others had to wait for.
            if pending.len() == before || pending.is_empty() {
                break;
            }
        }
        self.commit(changes);
        let streams = |key: &Key| self.shared.index().streams.next(key);
        for (since, handed) in pending {
            if stopped || now.duration_since(since) > self.early_max {
                let expected = handed.0.offer.as_ref().map_or(0, |(sender, offer)| {
                    streams(&(sender.clone(), offer.stream)).unwrap_or(offer.base).max(offer.base)
                });
                let _ = handed.1.send(Err(NotStored::Early(expected)));
            } else {
                self.early.push((since, handed));
            }
        }
        self.remove_dead();
    }

    /// Writes a frame for one submission; gives it back if it must wait for others.
    fn put(&mut self, since: Instant, handed: Handed, changes: &mut Changes) -> Option<(Instant, Handed)> {
        let (submission, reply) = handed;
        let mut skip = 0;
        if let Some((sender, offer)) = &submission.offer {
            let key = (sender.clone(), offer.stream);
            let known = changes.streams.get(&key).copied().or_else(|| self.shared.index().streams.next(&key));
            match offer.judge(known) {
                Verdict::Take(there) => skip = there,
                _ => return Some((since, (submission, reply))),
            }
        }
        // What only tidies up must go through, or nothing would ever make room again.
        let adds = submission.messages.iter().any(|piece| piece.number >= skip) && submission.done.is_none();
        if adds && self.is_full(&submission) {
            let reason = format!("the spool has its {} bytes", self.bytes_max);
            let _ = reply.send(Err(NotStored::NoRoom(reason)));
            return None;
        }
        let refused = match self.judge_once(&submission, skip, &changes.once) {
            Ok(refused) => refused,
            Err(error) => {
                let _ = reply.send(Err(NotStored::NoRoom(error.chain().to_string())));
                return None;
            }
        };
        let stored = self.put_frame(&submission, skip, refused, changes);
        changes.answers.push((reply, stored));
        None
    }

    /// Which messages were stored before, as far as they may be stored once only.
    fn judge_once(&mut self, submission: &Submission, skip: u64, beside: &[Once]) -> Result<Vec<(u64, Accepted)>> {
        let new = submission.messages.iter().filter(|piece| piece.number >= skip);
        let (numbers, once): (Vec<u64>, Vec<Once>) = new.filter_map(|piece| Some((piece.number, piece.once?))).unzip();
        let verdicts = self.once.judge(&once, beside)?;
        Ok(numbers.into_iter().zip(verdicts).filter(|(_, verdict)| *verdict != Accepted::New).collect())
    }

    fn is_full(&self, submission: &Submission) -> bool {
        let bytes: usize = submission.messages.iter().map(|piece| piece.at.len()).sum();
        let waiting = self.frames.len() + bytes;
        self.shared.index().bytes() + waiting as u64 > self.bytes_max
    }

    fn put_frame(
        &mut self,
        submission: &Submission,
        skip: u64,
        refused: Vec<(u64, Accepted)>,
        changes: &mut Changes,
    ) -> Stored {
        let mut stored = Stored { refused, ..Stored::default() };
        let now = millis(SystemTime::now());
        self.frames.begin();
        let mut groups: Vec<(&Lane, Vec<Range<usize>>)> = Vec::new();
        let (mut order, first_once) = (Vec::new(), changes.once.len());
        let is_refused = |piece: &Piece| stored.refused.iter().any(|(number, _)| *number == piece.number);
        for piece in submission.messages.iter().filter(|piece| piece.number >= skip && !is_refused(piece)) {
            changes.once.extend(piece.once);
            let group = match groups.iter().rposition(|(lane, _)| **lane == piece.lane) {
                Some(group) => group,
                None => {
                    groups.push((&piece.lane, Vec::new()));
                    groups.len() - 1
                }
            };
            groups[group].1.push(piece.at.clone());
            order.push(group);
        }
        for (lane, messages) in &groups {
            self.put_messages(lane, messages, &submission.body, now, changes);
        }
        if changes.once.len() > first_once {
            self.frames.once(&changes.once[first_once..]);
        }
        if submission.drained {
            self.drain += 1;
            stored.drain = self.drain;
            self.frames.drained(self.drain, &order);
            changes.drained = true;
        }
        if let Some((lane, next)) = &submission.done {
            if let Some(stream) = self.shared.index().lanes.get(lane).map(|state| state.stream) {
                self.frames.done(lane, stream, *next);
            }
            changes.done.push((lane.clone(), *next));
        }
        if let Some((sender, offer)) = &submission.offer {
            let key = (sender.clone(), offer.stream);
            let known = changes.streams.get(&key).copied().or_else(|| self.shared.index().streams.next(&key));
            let next = known.unwrap_or(offer.end()).max(offer.end());
            if known != Some(next) {
                self.frames.received(sender, offer.stream, next, now);
                changes.streams.insert(key, next);
            }
            stored.next = Some(next);
        }
        self.frames.end();
        changes.messages += order.len() as u64;
        stored
    }

    fn put_messages(&mut self, lane: &Lane, at: &[Range<usize>], body: &Bytes, now: u64, changes: &mut Changes) {
        let known = changes
            .lanes
            .get(lane)
            .copied()
            .or_else(|| self.shared.index().lanes.get(lane).map(|state| (state.stream, state.next)));
        let (stream, first) = known.unwrap_or_else(|| {
            let state = LaneState::new(fresh_stream());
            self.frames.lane(lane, state.stream, state.next, state.done);
            (state.stream, state.next)
        });
        let offset = self.frames.messages(lane, first, now, at, body);
        let chunk = Chunk {
            segment: 0,
            at: offset as u64,
            first,
            count: u32::try_from(at.len()).expect("a submission is bounded"),
            body_bytes: u32::try_from(at.iter().map(ExactSizeIterator::len).sum::<usize>())
                .expect("a submission is bounded"),
            stored_at: now,
        };
        changes.lanes.insert(lane.clone(), (stream, chunk.end()));
        changes.chunks.push((lane.clone(), stream, chunk));
    }

    /// Writes the frames, syncs what somebody waits for, and lets it count.
    fn commit(&mut self, mut changes: Changes) {
        if self.frames.is_empty() {
            // All of it was known already.
            return self.publish(changes, self.length);
        }
        match self.append() {
            Ok(at) => {
                self.failing = false;
                self.once.stored(mem::take(&mut changes.once));
                self.publish(changes, at);
                self.roll_if_due();
                if !self.has_reserve {
                    self.make_reserve();
                }
            }
            Err(error) => {
                self.shared.figures.failures.fetch_add(1, Ordering::Relaxed);
                if !self.failing {
                    tracing::error!("the spool cannot be written: {}", error.chain());
                }
                self.failing = true;
                for (reply, _) in changes.answers {
                    let _ = reply.send(Err(NotStored::NoRoom(error.chain().to_string())));
                }
                // Everything that it holds may be done, and then it is all that fills the disk.
                let mut index = self.shared.index();
                if index.is_active_done() {
                    index.forget_idle();
                    drop(index);
                    let _ = self.roll();
                }
            }
        }
    }

    /// Appends the frames; says where they begin.
    fn append(&mut self) -> Result<u64> {
        let appended = match self.append_once() {
            // A file may grow no further, but the next one may.
            Err(error) if error.kind() == IoErrorKind::FileTooLarge && self.roll().is_ok() => self.append_once(),
            appended => appended,
        };
        appended.map_err(|error| failed("write to the spool", self.shared.directory.path())(error))
    }

    fn append_once(&mut self) -> io::Result<u64> {
        let at = self.length;
        let written = self.frames.write_to(&self.file, at).and_then(|()| self.sync());
        if let Err(error) = written {
            // What was written halfway would be left out by its checksum; without it the next frame follows the last whole one.
            let _ = self.file.set_len(at);
            return Err(error);
        }
        self.length += self.frames.len() as u64;
        Ok(at)
    }

    fn sync(&self) -> io::Result<()> {
        let began = Instant::now();
        let synced = self.file.sync_data();
        let figures = &self.shared.figures;
        figures.syncs.fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        figures.sync_nanos.fetch_add(nanos, Ordering::Relaxed);
        synced
    }

    fn publish(&self, changes: Changes, at: u64) {
        let mut rung: Vec<Lane> = Vec::new();
        let mut index = self.shared.index();
        let active = index.active;
        for (lane, stream, chunk) in changes.chunks {
            index.add(&lane, stream, Chunk { segment: active, at: chunk.at + at, ..chunk });
            if !rung.contains(&lane) {
                rung.push(lane);
            }
        }
        let used_at = millis(SystemTime::now());
        for (key, next) in changes.streams {
            index.streams.note(key, next, used_at);
        }
        for (lane, next) in changes.done {
            index.done(&lane, next);
        }
        if changes.drained {
            index.pinned = Some(active);
        }
        if let Some(segment) = index.segments.get_mut(&active) {
            segment.bytes = self.length;
        }
        drop(index);
        self.shared.figures.stored.fetch_add(changes.messages, Ordering::Relaxed);
        for (reply, stored) in changes.answers {
            let _ = reply.send(Ok(stored));
        }
        rung.iter().for_each(|lane| (self.shared.bell)(lane));
    }
}

fn fresh_stream() -> StreamId {
    let mut id = [0; 16];
    getrandom::fill(&mut id).expect("the system has random bytes as long as it runs");
    StreamId(id)
}
