//! What changes in a directory or a file, told through one inotify instance for the whole process.
//!
//! A user has some hundred inotify instances, so a process takes one, however many directories it watches. Whoever looks
//! first reads what the kernel has for all, and hands the others theirs: each [`Watch`] has a list of its own, and a
//! descriptor that is readable when there may be something in it, also because another thread put it there.
//!
//! - Changes come in the order in which they happened, each with the name of the entry.
//! - When they cannot all be told, because too many came or because there is no instance to be had, a
//!   [`Change::Unknown`] stands for them: whoever watches then looks for himself. Without an instance that is each
//!   [`POLL_INTERVAL`].
//! - The descriptor may be readable without anything in the list.
//!
//! ```
//! use nuncio_sys::files::Directory;
//! use nuncio_sys::watch::{Change, Events, Watch};
//!
//! # let parent = tempfile::tempdir()?;
//! let directory = Directory::open(parent.path())?;
//! let watch = Watch::new(&directory, Events::ARRIVALS)?;
//! std::fs::write(parent.path().join("made"), "")?;
//! std::fs::rename(parent.path().join("made"), parent.path().join("job"))?;
//! let mut changes = Vec::new();
//! watch.take(&mut changes)?;
//! assert!(changes.contains(&Change::Arrived("job".into())) || changes == [Change::Unknown]);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Source
//! inotify(7), epoll(7), eventfd(2), timerfd_create(2).

use std::collections::{HashMap, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::fs::inotify::{self, ReadFlags, WatchFlags};
use rustix::io::Errno;
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};

use crate::files::Directory;

/// How often whoever watches has to look for himself where the user has no inotify instance left.
pub const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How many changes are kept for somebody who does not look: as many as the kernel itself keeps.
const CHANGES_MAX: usize = 16_384;
const READ_BYTES: usize = 16_384;

/// Which changes to tell of. That the directory itself goes is always told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events(WatchFlags);

impl Events {
    /// Entries that are renamed into the directory.
    pub const ARRIVALS: Self = Self(WatchFlags::MOVED_TO);
    /// Entries that are removed from the directory.
    pub const DELETIONS: Self = Self(WatchFlags::DELETE);
    /// Entries that are made in the directory or renamed into it.
    pub const NEW_ENTRIES: Self = Self(WatchFlags::CREATE.union(WatchFlags::MOVED_TO));
    /// Entries that are removed from the directory or renamed out of it.
    pub const REMOVALS: Self = Self(WatchFlags::DELETE.union(WatchFlags::MOVED_FROM));

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0.union(other.0))
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The entry of this name was renamed into the directory.
    Arrived(OsString),
    /// The directory itself was renamed or removed; nothing more may come.
    Ended,
    /// The entry of this name was made.
    Made(OsString),
    /// The entry of this name was removed, or renamed to another place.
    Removed(OsString),
    /// Something happened that cannot be told.
    Unknown,
    /// The content of the file that is watched has changed.
    Written,
}

/// Somebody who is told of changes in one directory.
#[derive(Debug)]
pub struct Watch {
    source: Source,
    readiness: Arc<OwnedFd>,
}

#[derive(Debug)]
enum Source {
    Hub {
        hub: Arc<Hub>,
        descriptor: i32,
        subscriber: Arc<Subscriber>,
    },
    /// A timer that asks to look again.
    Timer(OwnedFd),
}

impl Watch {
    /// Watches `directory`, the very one that is held open, wherever it is renamed to.
    ///
    /// # Errors
    /// Those of inotify_add_watch(2), `ENOSPC` among them where the user watches too many directories, and of making
    /// descriptors.
    pub fn new(directory: &Directory, events: Events) -> io::Result<Self> {
        Self::of(directory.as_fd(), events)
    }

    /// Watches the content of `file`; when it is removed that is [`Change::Unknown`].
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_file(file: &File) -> io::Result<Self> {
        Self::of(file.as_fd(), Events(WatchFlags::MODIFY | WatchFlags::ATTRIB))
    }

    fn of(watched: BorrowedFd<'_>, events: Events) -> io::Result<Self> {
        match Hub::of_this_process() {
            Ok(hub) => Self::of_hub(hub, watched, events),
            // The limits on instances of the user and on descriptors of the process and of the machine.
            Err(Errno::MFILE | Errno::NFILE) => Self::of_timer(),
            Err(error) => Err(error.into()),
        }
    }

    fn of_hub(hub: Arc<Hub>, watched: BorrowedFd<'_>, events: Events) -> io::Result<Self> {
        let subscriber = Arc::new(Subscriber::new(events)?);
        let readiness = Arc::new(epoll::create(epoll::CreateFlags::CLOEXEC)?);
        for descriptor in [&hub.inotify, &subscriber.bell] {
            epoll::add(&readiness, descriptor, epoll::EventData::new_u64(0), epoll::EventFlags::IN)?;
        }
        let descriptor = hub.subscribe(watched, &subscriber)?;
        Ok(Self { source: Source::Hub { hub, descriptor, subscriber }, readiness })
    }

    fn of_timer() -> io::Result<Self> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        let timer = rustix::time::timerfd_create(TimerfdClockId::Monotonic, flags)?;
        let interval = Timespec { tv_sec: 0, tv_nsec: POLL_INTERVAL.subsec_nanos().into() };
        let times = Itimerspec { it_interval: interval, it_value: interval };
        rustix::time::timerfd_settime(&timer, TimerfdTimerFlags::empty(), &times)?;
        let readiness = Arc::new(timer.try_clone()?);
        Ok(Self { source: Source::Timer(timer), readiness })
    }

    /// The descriptor that is readable when there may be changes; always the same.
    pub const fn readiness(&self) -> &Arc<OwnedFd> {
        &self.readiness
    }

    /// Makes the descriptor readable until the next look.
    pub fn ring(&self) {
        if let Source::Hub { subscriber, .. } = &self.source {
            subscriber.ring();
        }
    }

    /// Whether changes are told; otherwise one is asked to look each [`POLL_INTERVAL`].
    pub const fn is_told(&self) -> bool {
        matches!(self.source, Source::Hub { .. })
    }

    /// Whether somebody beside this watch holds its descriptor.
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.readiness) > 1
    }

    /// Appends all changes that were not taken yet to `into`.
    ///
    /// # Errors
    /// Those of reading an inotify descriptor; nothing is lost then.
    pub fn take(&self, into: &mut Vec<Change>) -> io::Result<()> {
        match &self.source {
            Source::Hub { hub, subscriber, .. } => {
                hub.distribute(subscriber)?;
                subscriber.take(into);
            }
            Source::Timer(timer) => {
                // What it says is how often it has rung, or that it has not; either way one has looked now.
                let _ = rustix::io::read(timer, &mut [0; size_of::<u64>()]);
                into.push(Change::Unknown);
            }
        }
        Ok(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Source::Hub { hub, descriptor, subscriber } = &self.source {
            hub.unsubscribe(*descriptor, subscriber);
        }
    }
}

/// One of those who are told.
#[derive(Debug)]
struct Subscriber {
    events: WatchFlags,
    bell: OwnedFd,
    state: Mutex<Pending>,
}

#[derive(Debug, Default)]
struct Pending {
    changes: VecDeque<Change>,
    is_rung: bool,
}

impl Subscriber {
    fn new(events: Events) -> io::Result<Self> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { events: events.0, bell, state: Mutex::default() })
    }

    /// Adds `change`; `ring` says that somebody else has to be woken for it.
    fn tell(&self, change: Change, ring: bool) {
        let mut state = lock(&self.state);
        if state.changes.len() >= CHANGES_MAX {
            state.changes.clear();
            state.changes.push_back(Change::Unknown);
        }
        // One of these says as much as many.
        if change != Change::Unknown || state.changes.back() != Some(&Change::Unknown) {
            state.changes.push_back(change);
        }
        drop(state);
        if ring {
            self.ring();
        }
    }

    fn ring(&self) {
        let mut state = lock(&self.state);
        if !std::mem::replace(&mut state.is_rung, true) {
            // Fails only when the counter is at its maximum, and then the descriptor is readable.
            let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
        }
    }

    fn take(&self, into: &mut Vec<Change>) {
        let mut state = lock(&self.state);
        if std::mem::take(&mut state.is_rung) {
            // Fails only when the counter is zero, and then there is nothing to clear.
            let _ = rustix::io::read(&self.bell, &mut [0; size_of::<u64>()]);
        }
        into.extend(state.changes.drain(..));
    }
}

/// The process's one inotify instance.
#[derive(Debug)]
struct Hub {
    inotify: OwnedFd,
    process: u32,
    subscribers: Mutex<HashMap<i32, Vec<Arc<Subscriber>>>>,
}

/// The instance once it is there. A forked child shares its parent's, whose events are not the child's to read.
static HUB: Mutex<Option<Arc<Hub>>> = Mutex::new(None);

impl Hub {
    fn of_this_process() -> Result<Arc<Self>, Errno> {
        let mut slot = lock(&HUB);
        let process = std::process::id();
        if let Some(hub) = &*slot
            && hub.process == process
        {
            return Ok(Arc::clone(hub));
        }
        let inotify = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
        Ok(Arc::clone(slot.insert(Arc::new(Self { inotify, process, subscribers: Mutex::default() }))))
    }

    /// The kernel gives one watch per file, so its events are all that anybody asked for.
    fn subscribe(&self, watched: BorrowedFd<'_>, subscriber: &Arc<Subscriber>) -> io::Result<i32> {
        let path = PathBuf::from(format!("/proc/self/fd/{}", watched.as_raw_fd()));
        let flags = subscriber.events | WatchFlags::MOVE_SELF | WatchFlags::DELETE_SELF | WatchFlags::MASK_ADD;
        let mut subscribers = lock(&self.subscribers);
        let descriptor = inotify::add_watch(&self.inotify, &path, flags)?;
        subscribers.entry(descriptor).or_default().push(Arc::clone(subscriber));
        Ok(descriptor)
    }

    fn unsubscribe(&self, descriptor: i32, subscriber: &Arc<Subscriber>) {
        let mut subscribers = lock(&self.subscribers);
        let Some(of_directory) = subscribers.get_mut(&descriptor) else { return };
        of_directory.retain(|other| !Arc::ptr_eq(other, subscriber));
        if of_directory.is_empty() {
            subscribers.remove(&descriptor);
            // It fails if the directory is gone, and the watch with it.
            let _ = inotify::remove_watch(&self.inotify, descriptor);
        }
    }

    /// Reads what there is and hands it out; those other than `reader` are woken for it.
    fn distribute(&self, reader: &Arc<Subscriber>) -> io::Result<()> {
        // Held while reading, so that events keep their order.
        let mut subscribers = lock(&self.subscribers);
        let mut buffer = [const { MaybeUninit::uninit() }; READ_BYTES];
        let mut events = inotify::Reader::new(&self.inotify, &mut buffer);
        loop {
            match events.next() {
                Ok(event) => hand_out(&mut subscribers, &event, reader),
                Err(Errno::AGAIN) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn hand_out(
    subscribers: &mut HashMap<i32, Vec<Arc<Subscriber>>>,
    event: &inotify::Event<'_>,
    reader: &Arc<Subscriber>,
) {
    let tell = |subscriber: &Arc<Subscriber>, change| subscriber.tell(change, !Arc::ptr_eq(subscriber, reader));
    let flags = event.events();
    if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
        subscribers.values().flatten().for_each(|subscriber| tell(subscriber, Change::Unknown));
        return;
    }
    let Some(of_directory) = subscribers.get(&event.wd()) else { return };
    if flags.intersects(ReadFlags::MOVE_SELF | ReadFlags::DELETE_SELF | ReadFlags::UNMOUNT) {
        of_directory.iter().for_each(|subscriber| tell(subscriber, Change::Ended));
        return;
    }
    if flags.contains(ReadFlags::IGNORED) {
        // The kernel has ended the watch by itself.
        subscribers.remove(&event.wd());
        return;
    }
    let asked = WatchFlags::from_bits_truncate(flags.bits());
    let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()).to_owned()).unwrap_or_default();
    let change = change_of(flags, name);
    for subscriber in of_directory.iter().filter(|subscriber| subscriber.events.intersects(asked)) {
        tell(subscriber, change.clone());
    }
}

fn change_of(flags: ReadFlags, name: OsString) -> Change {
    if flags.contains(ReadFlags::MOVED_TO) {
        Change::Arrived(name)
    } else if flags.contains(ReadFlags::CREATE) {
        Change::Made(name)
    } else if flags.contains(ReadFlags::MODIFY) {
        Change::Written
    } else if flags.contains(ReadFlags::ATTRIB) {
        Change::Unknown
    } else {
        Change::Removed(name)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where a panic could happen.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> (tempfile::TempDir, Directory) {
        let root = tempfile::tempdir().unwrap();
        let directory = Directory::open(root.path()).unwrap();
        (root, directory)
    }

    fn taken(watch: &Watch) -> Vec<Change> {
        let mut changes = Vec::new();
        watch.take(&mut changes).unwrap();
        changes
    }

    fn arrive(directory: &Directory, name: &str) {
        directory.create_exclusive(OsStr::new(".new"), 0o600).unwrap();
        directory.rename(OsStr::new(".new"), OsStr::new(name)).unwrap();
    }

    fn is_readable(watch: &Watch) -> bool {
        use rustix::event::{PollFd, PollFlags, poll};
        let at_once = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(watch.readiness(), PollFlags::IN)], Some(&at_once)).unwrap() == 1
    }

    #[test]
    fn each_is_told_what_he_asked_for_in_order_whoever_reads_first() {
        let (_root, directory) = directory();
        let arrivals = Watch::new(&directory, Events::ARRIVALS).unwrap();
        let removals = Watch::new(&directory, Events::REMOVALS).unwrap();
        for name in ["b", "a"] {
            arrive(&directory, name);
        }
        directory.unlink(OsStr::new("b")).unwrap();
        let removed = [".new", ".new", "b"].map(|name| Change::Removed(name.into()));
        assert_eq!(taken(&removals), removed);
        assert!(is_readable(&arrivals), "another one has read the kernel's events");
        assert_eq!(taken(&arrivals), ["b", "a"].map(|name| Change::Arrived(name.into())));
        assert_eq!(taken(&arrivals), []);
    }

    #[test]
    fn the_end_of_the_directory_is_told() {
        let (root, directory) = directory();
        let inner = directory.make_directory(OsStr::new("inner"), 0o700).unwrap();
        let watch = Watch::new(&inner, Events::ARRIVALS).unwrap();
        std::fs::rename(root.path().join("inner"), root.path().join("other")).unwrap();
        assert_eq!(taken(&watch), [Change::Ended]);
        arrive(&inner, "late");
        assert_eq!(taken(&watch), [Change::Arrived("late".into())]);
    }

    #[test]
    fn a_file_tells_that_it_was_written_and_that_it_goes() {
        let (root, directory) = directory();
        let mut file = directory.create_exclusive(OsStr::new("file"), 0o600).unwrap();
        let watch = Watch::of_file(&file).unwrap();
        std::io::Write::write_all(&mut file, b"x").unwrap();
        assert_eq!(taken(&watch), [Change::Written]);
        std::fs::remove_file(root.path().join("file")).unwrap();
        assert_eq!(taken(&watch), [Change::Unknown]);
    }

    #[test]
    fn whoever_does_not_look_is_told_that_he_missed_something() {
        let subscriber = Subscriber::new(Events::ARRIVALS).unwrap();
        for _ in 0..=CHANGES_MAX {
            subscriber.tell(Change::Arrived("x".into()), false);
        }
        let mut changes = Vec::new();
        subscriber.take(&mut changes);
        assert_eq!(changes, [Change::Unknown, Change::Arrived("x".into())]);
    }

    #[test]
    fn a_timer_asks_to_look_again_where_there_is_no_instance() {
        let watch = Watch::of_timer().unwrap();
        while !is_readable(&watch) {
            std::thread::yield_now();
        }
        assert_eq!(taken(&watch), [Change::Unknown]);
    }
}
