//! Going on in a new segment, and removing old ones.

use std::fs::File;
use std::io::{self, ErrorKind as IoErrorKind};
use std::mem;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::super::index::LaneState;
use super::super::notes::Notes;
use super::super::segment::{self, Segment};
use super::Writer;

/// Kept so that a full disk has room for the first frame of a new segment, without which no old one could be removed.
pub(super) const RESERVE: &str = "reserve";
const RESERVE_BYTES: usize = 64 * 1024;
/// A segment in which everything is done is left behind when it has grown so large.
const WORTH_LEAVING_BYTES: u64 = 256 * 1024;

impl Writer {
    pub(super) fn roll_if_due(&mut self) {
        let mut index = self.shared.index();
        let is_empty = index.is_active_done();
        if self.length < self.segment_bytes && !(is_empty && self.length >= WORTH_LEAVING_BYTES) {
            return;
        }
        index.forget_idle();
        drop(index);
        if let Err(error) = self.roll() {
            tracing::warn!(%error, "no new segment could be begun; the last one grows on");
        }
    }

    /// Goes on in a new segment, for which a full disk has room in the reserve.
    pub(super) fn roll(&mut self) -> io::Result<()> {
        self.next += 1;
        let number = self.next;
        match self.try_roll(number) {
            Err(error) if error.kind() == IoErrorKind::StorageFull && self.has_reserve => {
                self.shared.directory.unlink(RESERVE.as_ref())?;
                self.has_reserve = false;
                self.next += 1;
                self.try_roll(self.next)
            }
            rolled => rolled,
        }
    }

    fn try_roll(&mut self, number: u64) -> io::Result<()> {
        // What is noted from here on is noted in the new file; all before stands in the segment's beginning.
        let notes = Notes::begin(&self.shared.directory, number)?;
        *self.shared.notes() = notes;
        let name = segment::name(number);
        let file = Arc::new(self.shared.directory.create_exclusive(name.as_ref(), 0o600)?);
        // What was noted of the old segment's messages must not stand behind the new one's beginning.
        let written = mem::take(&mut self.frames);
        let begun = self.begin(number, file);
        self.frames = written;
        if begun.is_err() {
            let _ = self.shared.directory.unlink(name.as_ref());
        }
        begun
    }

    /// Writes the first frame of a segment: all that is known and not written behind it.
    pub(super) fn begin(&mut self, number: u64, file: Arc<File>) -> io::Result<()> {
        let index = self.shared.index();
        self.frames.clear();
        self.frames.begin();
        self.frames.checkpoint();
        for (lane, LaneState { stream, next, done, .. }) in &index.lanes {
            self.frames.lane(lane, *stream, *next, *done);
        }
        for ((sender, stream), expected) in index.streams.iter() {
            self.frames.received(sender, *stream, expected.next, expected.used_at);
        }
        self.frames.end();
        drop(index);
        let bytes = self.frames.len() as u64;
        self.frames.write_to(&file, 0)?;
        file.sync_all()?;
        File::open(self.shared.directory.path())?.sync_all()?;
        let mut index = self.shared.index();
        index.segments.insert(number, Segment { file: Arc::clone(&file), bytes, live: 0 });
        index.active = number;
        drop(index);
        self.shared.notes().remove_older(&self.shared.directory);
        self.file = file;
        self.length = bytes;
        Ok(())
    }

    pub(super) fn remove_dead(&self) {
        let dead = self.shared.index().take_dead();
        self.shared.remove(&dead);
    }

    pub(super) fn make_reserve(&mut self) {
        let directory = &self.shared.directory;
        let made = match directory.create_exclusive(RESERVE.as_ref(), 0o600) {
            Ok(file) => file.write_all_at(&[0; RESERVE_BYTES], 0).inspect_err(|_| {
                let _ = directory.unlink(RESERVE.as_ref());
            }),
            Err(error) if error.kind() == IoErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        };
        self.has_reserve = made.is_ok();
    }
}
