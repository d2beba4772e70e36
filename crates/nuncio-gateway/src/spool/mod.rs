//! Messages on disk until they are delivered: a log of append-only segments that all lanes share.
//!
//! - **One sync serves many.** Whoever stores hands his messages to one writing thread; what came while it was writing is written
//!   next, together, and synced once. Everybody is answered after that.
//! - **What was stored is there after a crash at any byte.** A frame counts when its checksum does; what a crash left behind it
//!   never was answered for. A restart begins a new segment and never appends to an old one.
//! - **A lane is a place to deliver to**: another host, a queue of this machine, a proxy queue, the dead letters. Its messages are
//!   numbered, and are done in that order; a segment is removed when everything in it is done.
//! - **Bounded**: by bytes (then nothing more is taken, and the sender keeps it) and by age (see [`Load::stored_at`]).
//!
//! Why a log of our own, and not a file for each batch or a database: `docs/decisions/gateway.md`.

mod frame;
mod index;
mod lane;
mod notes;
mod once;
mod open;
mod segment;
mod streams;
mod taken;
mod writer;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use nuncio_core::{Error, ErrorKind, Result};
use nuncio_queue::replay::{Once, Verdict};
use nuncio_sys::files::Directory;
use tokio::sync::oneshot;

use self::index::Index;
pub use self::lane::Lane;
use self::notes::Notes;
use self::once::OnceOnly;
use self::taken::Taken;
pub use self::taken::{Drain, LastDrain};
use self::writer::{Queue, Writer};
use crate::wire::nuncio::{Offer, StreamId};

/// How a spool is kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SpoolOptions {
    /// Its directory, made with mode 0700 if it is not there.
    pub directory: PathBuf,
    /// How many bytes all segments together may have. Default 1 GiB.
    pub bytes_max: u64,
    /// A segment that has so many bytes is the last to grow. Default 8 MiB: small enough that space comes back soon.
    pub segment_bytes: u64,
    /// How long a message that must not be stored before others waits for them. Default 2 s.
    pub early_max: Duration,
    /// How long it is remembered at least what was stored as [`Piece::once`]. Default 14 days.
    pub once_for: Duration,
}

impl SpoolOptions {
    /// A spool in `directory`, with the defaults.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            bytes_max: 1 << 30,
            segment_bytes: 8 << 20,
            early_max: Duration::from_secs(2),
            once_for: nuncio_queue::seal::REPLAYS_KEPT,
        }
    }
}

/// Told which lanes have something new.
pub type Bell = Box<dyn Fn(&Lane) + Send + Sync>;

/// The spool. Dropping it writes what was handed over, and ends its thread.
pub struct Spool {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    directory: Directory,
    index: Mutex<Index>,
    queue: Mutex<Queue>,
    called: Condvar,
    taken: Taken,
    notes: Mutex<Notes>,
    bell: Bell,
    figures: Counters,
}

/// What is to be stored together: all of it is on disk after a crash, or nothing.
#[derive(Debug, Default)]
pub struct Submission {
    /// What the messages stand in.
    pub body: Bytes,
    /// The messages.
    pub messages: Vec<Piece>,
    /// What their sender says of them.
    pub offer: Option<(Sender, Offer)>,
    /// They were looked at in the outgoing queue, and are taken from it once they are stored.
    pub drained: bool,
    /// Up to here a lane is done, because these messages take the place of what was in it.
    pub done: Option<(Lane, u64)>,
}

/// One message of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it goes.
    pub lane: Lane,
    /// Where it stands in the body.
    pub at: Range<usize>,
    /// Which one of the offer it is, the first being 0. What was refused is not here and has its number all the same.
    pub number: u64,
    /// What it is stored as, once: another message that is the same is refused.
    pub once: Option<Once>,
}

/// Whom a stream belongs to: the name that its sender has proved, or nothing.
pub type Sender = String;

/// What was stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// What the receiver of a stream expects next.
    pub next: Option<u64>,
    /// The number of the drain, for messages from the outgoing queue.
    pub drain: u64,
    /// The numbers of the messages that were not stored, because they were or may have been before.
    pub refused: Vec<(u64, Verdict)>,
}

/// Why nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotStored {
    /// Something that comes before it is missing; this is expected next.
    Early(u64),
    /// There is no room, or the disk failed: why.
    NoRoom(String),
}

/// Messages of one lane, in their order, as they are to be delivered.
#[derive(Clone, Debug)]
pub struct Load {
    /// The number of the first.
    pub first: u64,
    /// Where each ends in `body`.
    pub ends: Vec<usize>,
    /// The messages back to back.
    pub body: Vec<u8>,
    /// When the first was stored.
    pub stored_at: SystemTime,
    /// How many, from the first on, were stored at that time.
    pub together: usize,
}

/// How much of a lane is wanted at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// The most messages.
    pub messages: usize,
    /// The most bytes, but always one message.
    pub bytes: usize,
}

/// What stands in the way of one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneFigures {
    /// How many messages wait.
    pub messages: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// When the first was stored.
    pub oldest: Option<SystemTime>,
}

/// What the spool has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolFigures {
    /// Messages stored.
    pub stored: u64,
    /// Syncs, each of which served whoever waited.
    pub syncs: u64,
    /// Time in syncs.
    pub sync_time: Duration,
    /// Writes that failed.
    pub failures: u64,
    /// The segments' bytes.
    pub bytes: u64,
}

#[derive(Default)]
struct Counters {
    stored: AtomicU64,
    syncs: AtomicU64,
    sync_nanos: AtomicU64,
    failures: AtomicU64,
}

impl Load {
    /// The messages.
    pub fn messages(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.body[start..*end])
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.ends.len() as u64
    }

    /// The number after the last.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first + self.count()
    }

    /// What is left of it from the number `from` on.
    #[must_use]
    pub fn from(&self, from: u64) -> Self {
        let skip =
            usize::try_from(from.saturating_sub(self.first)).map_or(self.ends.len(), |skip| skip.min(self.ends.len()));
        let start = if skip == 0 { 0 } else { self.ends[skip - 1] };
        Self {
            first: self.first + skip as u64,
            ends: self.ends[skip..].iter().map(|end| end - start).collect(),
            body: self.body[start..].to_vec(),
            stored_at: self.stored_at,
            together: self.together.saturating_sub(skip),
        }
    }
}

impl Spool {
    /// Opens the spool, or makes it; `bell` is told of every lane that gets something to deliver.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] when another process has it open; [`ErrorKind::PermissionDenied`] when it belongs to somebody else, or
    /// others may write to it; those of the file system.
    pub fn open(options: &SpoolOptions, bell: Bell) -> Result<Self> {
        let opened = open::open(options)?;
        let shared = Arc::new(Shared {
            directory: opened.directory,
            index: Mutex::new(opened.index),
            queue: Mutex::default(),
            called: Condvar::new(),
            taken: opened.taken,
            notes: Mutex::new(opened.notes),
            bell,
            figures: Counters::default(),
        });
        let once = OnceOnly::new(shared.directory.path(), options.once_for, opened.once);
        let mut writer = Writer::new(Arc::clone(&shared), options, opened.next, once, opened.lock)?;
        let thread = std::thread::Builder::new()
            .name("spool".into())
            .spawn(move || writer.run())
            .map_err(|error| Error::io("start the spool's thread for", error).on(options.directory.as_path()))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.shared.directory.path()
    }

    /// Hands messages over to be stored; the answer comes when they are on disk.
    pub fn submit(&self, submission: Submission) -> oneshot::Receiver<Result<Stored, NotStored>> {
        let (reply, answer) = oneshot::channel();
        let mut queue = self.shared.queue();
        queue.submissions.push((submission, reply));
        drop(queue);
        self.shared.called.notify_one();
        answer
    }

    /// Everything in `lane` below the number `next` was delivered.
    pub fn done(&self, lane: &Lane, next: u64) {
        let mut index = self.shared.index();
        let Some(stream) = index.done(lane, next) else { return };
        let dead = index.take_dead();
        drop(index);
        if let Err(error) = self.shared.notes().note(lane, stream, next) {
            tracing::warn!(%error, "it could not be noted that messages were delivered; after a kill they are delivered again");
        }
        self.shared.remove(&dead);
    }

    /// What waits in `lane` from the number `from` on, or from the first that is not done; none if nothing does.
    ///
    /// # Errors
    /// Those of reading the segment.
    pub fn read(&self, lane: &Lane, from: u64, portion: Portion) -> Result<Option<Load>> {
        self.read_into(Vec::new(), lane, from, portion)
    }

    /// As [`read`](Self::read), with the messages in a buffer that is not needed any more, for example of an earlier load.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_into(&self, buffer: Vec<u8>, lane: &Lane, from: u64, portion: Portion) -> Result<Option<Load>> {
        let wanted = self.shared.index().find(lane, from, portion);
        wanted
            .map(|wanted| wanted.read(buffer))
            .transpose()
            .map_err(|error| Error::io("read the spool", error).on(self.directory()))
    }

    /// The stream that `lane` is, and the number of its first message that is not done; none for a lane without messages.
    #[must_use]
    pub fn stream(&self, lane: &Lane) -> Option<(StreamId, u64)> {
        self.shared.index().stream(lane)
    }

    /// The lanes with something to deliver.
    #[must_use]
    pub fn lanes(&self) -> Vec<Lane> {
        self.shared.index().busy_lanes()
    }

    /// What waits in each lane.
    #[must_use]
    pub fn lane_figures(&self) -> Vec<(Lane, LaneFigures)> {
        self.shared.index().lane_figures()
    }

    /// What it has done.
    #[must_use]
    pub fn figures(&self) -> SpoolFigures {
        let counters = &self.shared.figures;
        SpoolFigures {
            stored: counters.stored.load(Ordering::Relaxed),
            syncs: counters.syncs.load(Ordering::Relaxed),
            sync_time: Duration::from_nanos(counters.sync_nanos.load(Ordering::Relaxed)),
            failures: counters.failures.load(Ordering::Relaxed),
            bytes: self.shared.index().bytes(),
        }
    }

    /// What was being taken from the outgoing queue when the spool was last in use.
    #[must_use]
    pub fn last_drain(&self) -> Option<LastDrain> {
        self.shared.taken.last()
    }

    /// Notes that so many messages of a drain were taken from the outgoing queue.
    ///
    /// # Errors
    /// Those of writing the note.
    pub fn taken(&self, drain: Drain, count: u64) -> Result<()> {
        self.shared.taken.note(drain, count)
    }
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spool").field("directory", &self.directory()).finish_non_exhaustive()
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.shared.queue().stopped = true;
        self.shared.called.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the spool's thread has panicked");
        }
    }
}

impl Shared {
    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes segments in which everything is done.
    fn remove(&self, dead: &[u64]) {
        for number in dead {
            if let Err(error) = self.directory.unlink(segment::name(*number).as_ref()) {
                tracing::warn!(number, %error, "a segment in which everything is done could not be removed");
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn failed(operation: &'static str, path: &Path) -> impl Fn(std::io::Error) -> Error {
    move |error| match error.raw_os_error() {
        // A full disk is not a full queue, and the words of the system say enough.
        _ if error.kind() == std::io::ErrorKind::StorageFull => {
            Error::new(ErrorKind::Full, operation).on(path).caused_by(error)
        }
        _ => Error::io(operation, error).on(path),
    }
}
