//! How full the directory of a receiver is.
//!
//! Room is counted in messages, and in bytes: while fewer than the limit wait there, one more is taken, whatever its size.
//!
//! As long as there is room one counts rarely: whoever has counted grants himself half of what is free. Whoever waits for
//! room lists the directory once, and from then on one keeps count by what is told of files that come and go, again half of what
//! is free at a time, until half of it is free again. So those who wait for room do not list the directory for each message that leaves.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nuncio_core::{Limits, Readiness};
use nuncio_sys::files::Directory;
use nuncio_sys::watch::{Change, Events, Watch};

use super::is_ready;

#[derive(Debug)]
pub(super) struct Gauge {
    capacity: Room,
    /// No file is longer than this, in bytes.
    file_bytes_max: u64,
    state: Mutex<State>,
}

/// Messages, and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Room {
    messages: usize,
    bytes: u64,
}

#[derive(Debug, Default)]
struct State {
    /// For how much one need not count.
    granted: Room,
    /// What is there, while there is little room.
    tally: Option<Tally>,
    /// How many wait for room.
    waiting: usize,
}

impl Gauge {
    /// For a directory with `limits`, in which no file is longer than `file_bytes_max`.
    pub(super) fn new(limits: &Limits, file_bytes_max: usize) -> Self {
        let capacity = Room { messages: limits.capacity, bytes: limits.capacity_bytes as u64 };
        Self { capacity, file_bytes_max: file_bytes_max as u64, state: Mutex::default() }
    }

    /// Takes the permission for one message; false if there is no room.
    pub(super) fn take(&self, directory: &Directory) -> io::Result<bool> {
        let mut state = self.state();
        let has_room = self.has_granted(&mut state, directory)?;
        if has_room {
            state.granted.messages -= 1;
        }
        Ok(has_room)
    }

    /// Gives back the permission for a message that was not sent.
    pub(super) fn give_back(&self) {
        let mut state = self.state();
        state.granted.messages += 1;
        // Whoever waits may have been told of the room before.
        if let Some(tally) = state.tally.as_ref().filter(|_| state.waiting > 0) {
            tally.watch.ring();
        }
    }

    /// Whether one need not count; whoever has nothing left does it here.
    fn has_granted(&self, state: &mut State, directory: &Directory) -> io::Result<bool> {
        if state.granted.is_any() {
            return Ok(true);
        }
        let free = match state.tally {
            Some(_) => self.free_by_tally(state, directory)?,
            None => self.capacity.less(count(directory, self.file_bytes_max, self.capacity.bytes)?),
        };
        Ok(self.grant(state, free))
    }

    /// Grants half of what is free; false if that is nothing.
    fn grant(&self, state: &mut State, free: Room) -> bool {
        state.granted = free.half();
        if let Some(tally) = &state.tally {
            // What these leave is for the next.
            if state.waiting > 0 && free.messages > 1 && free.bytes > 0 {
                tally.watch.ring();
            }
            if state.waiting == 0 && free.messages * 2 > self.capacity.messages && free.bytes * 2 > self.capacity.bytes
            {
                state.tally = None;
            }
        }
        state.granted.is_any()
    }

    /// A message of so many bytes was sent with a permission.
    pub(super) fn spend(&self, bytes: usize) {
        let granted = &mut self.state().granted;
        granted.bytes = granted.bytes.saturating_sub(bytes as u64);
    }

    /// Whether there is room.
    pub(super) fn is_free(&self, directory: &Directory) -> io::Result<bool> {
        self.has_granted(&mut self.state(), directory)
    }

    /// What to wait for until there may be room; none if there is. Whoever gets something says when he has
    /// [waited](Self::has_waited).
    pub(super) fn wait(&self, directory: &Directory) -> io::Result<Option<Readiness>> {
        let mut state = self.state();
        if self.has_granted(&mut state, directory)? {
            return Ok(None);
        }
        if state.tally.is_none() {
            let free = self.free_by_tally(&mut state, directory)?;
            if self.grant(&mut state, free) {
                return Ok(None);
            }
        }
        state.waiting += 1;
        let readiness = state.tally.as_ref().map(|tally| Arc::clone(tally.watch.readiness()));
        Ok(readiness.map(Readiness::Readable))
    }

    pub(super) fn has_waited(&self) {
        self.state().waiting -= 1;
    }

    fn free_by_tally(&self, state: &mut State, directory: &Directory) -> io::Result<Room> {
        let tally = match &mut state.tally {
            Some(tally) => tally,
            none => none.insert(Tally::new(directory)?),
        };
        tally.update(directory)?;
        Ok(self.capacity.less(Room { messages: tally.files.len(), bytes: tally.bytes }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done where a panic could happen.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// Half of it, but something if it is something.
    const fn half(self) -> Self {
        Self { messages: self.messages.div_ceil(2), bytes: self.bytes.div_ceil(2) }
    }

    const fn is_any(self) -> bool {
        self.messages > 0 && self.bytes > 0
    }

    const fn less(self, taken: Self) -> Self {
        Self { messages: self.messages.saturating_sub(taken.messages), bytes: self.bytes.saturating_sub(taken.bytes) }
    }
}

/// What waits in `directory`. Where it is certainly much less than `bytes_limit`, as the files are few, their sizes are not
/// looked at.
fn count(directory: &Directory, file_bytes_max: u64, bytes_limit: u64) -> io::Result<Room> {
    let mut names = Vec::new();
    directory.each_name(|name| {
        if is_ready(name) {
            names.push(name.to_owned());
        }
    })?;
    let messages = names.len();
    let at_most = file_bytes_max.saturating_mul(messages as u64);
    if at_most <= bytes_limit / 2 {
        return Ok(Room { messages, bytes: at_most });
    }
    let sizes = names.iter().map(|name| size(directory, name));
    Ok(Room { messages, bytes: sizes.sum::<io::Result<u64>>()? })
}

/// One that has been removed meanwhile has none.
fn size(directory: &Directory, name: &OsString) -> io::Result<u64> {
    Ok(directory.status_of(name)?.map_or(0, |status| status.size))
}

/// The files that are there, by what is told of them.
#[derive(Debug)]
struct Tally {
    watch: Watch,
    files: HashMap<OsString, u64>,
    bytes: u64,
    changes: Vec<Change>,
    has_listed: bool,
}

impl Tally {
    fn new(directory: &Directory) -> io::Result<Self> {
        let watch = Watch::new(directory, Events::ARRIVALS.and(Events::REMOVALS))?;
        Ok(Self { watch, files: HashMap::new(), bytes: 0, changes: Vec::new(), has_listed: false })
    }

    fn update(&mut self, directory: &Directory) -> io::Result<()> {
        let mut changes = std::mem::take(&mut self.changes);
        let taken = self.watch.take(&mut changes);
        if !self.has_listed || changes.contains(&Change::Unknown) {
            // What is told of before is in the list, or gone.
            changes.clear();
            self.list(directory)?;
        }
        for change in changes.drain(..) {
            match change {
                Change::Arrived(name) if is_ready(&name) => self.add(directory, name)?,
                Change::Removed(name) => self.remove(&name),
                _ => {}
            }
        }
        self.changes = changes;
        taken
    }

    /// What comes and goes meanwhile is told of later, and may be in the list already.
    fn list(&mut self, directory: &Directory) -> io::Result<()> {
        (self.files, self.bytes) = (HashMap::new(), 0);
        for name in directory.names()? {
            if is_ready(&name) {
                self.add(directory, name)?;
            }
        }
        self.has_listed = true;
        Ok(())
    }

    fn add(&mut self, directory: &Directory, name: OsString) -> io::Result<()> {
        // One that is not there any more is told of once more, as removed, unless that was before the list.
        let Some(status) = directory.status_of(&name)? else { return Ok(()) };
        let before = self.files.insert(name, status.size).unwrap_or(0);
        self.bytes = self.bytes - before + status.size;
        Ok(())
    }

    fn remove(&mut self, name: &OsString) {
        if let Some(size) = self.files.remove(name) {
            self.bytes -= size;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn store(path: &Path, name: &str, bytes: usize) {
        fs::write(path.join("new"), vec![b'x'; bytes]).unwrap();
        fs::rename(path.join("new"), path.join(format!("{name}.ready"))).unwrap();
    }

    fn sent(gauge: &Gauge, directory: &Directory, path: &Path, name: &str, bytes: usize) -> bool {
        let has_room = gauge.take(directory).unwrap();
        if has_room {
            store(path, name, bytes);
            gauge.spend(bytes);
        }
        has_room
    }

    fn with(messages: usize, bytes: usize, play: impl FnOnce(&Gauge, &Directory, &Path)) {
        let root = tempfile::tempdir().unwrap();
        let directory = Directory::open(root.path()).unwrap();
        let limits = Limits::default().with_capacity(messages).with_capacity_bytes(bytes);
        play(&Gauge::new(&limits, 1000), &directory, root.path());
    }

    #[test]
    fn messages_are_counted_also_those_of_others() {
        with(8, 1 << 20, |gauge, directory, path| {
            store(path, "other", 10);
            let sent_count = (0..20).take_while(|n| sent(gauge, directory, path, &n.to_string(), 10)).count();
            assert_eq!(sent_count, 7);
            fs::write(path.join("no-message"), "").unwrap();
            fs::remove_file(path.join("other.ready")).unwrap();
            fs::remove_file(path.join("0.ready")).unwrap();
            assert!(gauge.is_free(directory).unwrap());
            assert!(sent(gauge, directory, path, "a", 10) && sent(gauge, directory, path, "b", 10));
            assert!(!sent(gauge, directory, path, "c", 10) && !gauge.is_free(directory).unwrap());
        });
    }

    #[test]
    fn bytes_are_counted_and_one_message_more_fits_while_some_are_free() {
        with(100, 1000, |gauge, directory, path| {
            let sent_count = (0..20).take_while(|n| sent(gauge, directory, path, &n.to_string(), 300)).count();
            assert_eq!(sent_count, 4);
            fs::remove_file(path.join("1.ready")).unwrap();
            assert!(sent(gauge, directory, path, "more", 900));
            assert!(!gauge.is_free(directory).unwrap());
        });
    }

    #[test]
    fn a_file_that_is_written_over_counts_as_it_is() {
        with(2, 2000, |gauge, directory, path| {
            store(path, "a", 10);
            store(path, "b", 10);
            assert!(gauge.wait(directory).unwrap().is_some());
            gauge.has_waited();
            store(path, "a", 1000);
            assert!(!gauge.is_free(directory).unwrap());
            fs::remove_file(path.join("a.ready")).unwrap();
            assert!(gauge.is_free(directory).unwrap());
            assert_eq!(gauge.state().tally.as_ref().map(|tally| tally.bytes), Some(10));
        });
    }

    #[test]
    fn who_only_tries_watches_nothing_and_what_is_given_back_is_told() {
        with(1, 1 << 20, |gauge, directory, path| {
            assert!(sent(gauge, directory, path, "a", 10));
            assert!(!gauge.take(directory).unwrap() && gauge.state().tally.is_none());
            let waiting = [gauge.wait(directory).unwrap(), gauge.wait(directory).unwrap()];
            let [Some(Readiness::Readable(descriptor)), Some(_)] = waiting else { panic!("it is full") };
            fs::remove_file(path.join("a.ready")).unwrap();
            // One of the two takes the place and does not use it.
            assert!(gauge.take(directory).unwrap());
            gauge.give_back();
            let mut polled = [rustix::event::PollFd::new(&descriptor, rustix::event::PollFlags::IN)];
            assert_eq!(rustix::event::poll(&mut polled, None).unwrap(), 1);
            assert!(gauge.take(directory).unwrap());
        });
    }

    #[test]
    fn whoever_waits_is_told_and_when_half_is_free_one_counts_rarely_again() {
        with(4, 1 << 20, |gauge, directory, path| {
            (0..4).for_each(|n| assert!(sent(gauge, directory, path, &n.to_string(), 10)));
            let Some(Readiness::Readable(descriptor)) = gauge.wait(directory).unwrap() else { panic!("it is full") };
            fs::remove_file(path.join("0.ready")).unwrap();
            let mut polled = [rustix::event::PollFd::new(&descriptor, rustix::event::PollFlags::IN)];
            assert_eq!(rustix::event::poll(&mut polled, None).unwrap(), 1);
            gauge.has_waited();
            assert!(gauge.wait(directory).unwrap().is_none());
            (1..4).for_each(|n| fs::remove_file(path.join(format!("{n}.ready"))).unwrap());
            assert!(sent(gauge, directory, path, "a", 10) && gauge.state().tally.is_some());
            // What had been granted is used up.
            assert!(sent(gauge, directory, path, "b", 10) && gauge.state().tally.is_none());
        });
    }

    #[test]
    fn while_there_is_room_nothing_is_watched() {
        with(8, 1 << 20, |gauge, directory, path| {
            for n in 0..100 {
                assert!(gauge.is_free(directory).unwrap() && sent(gauge, directory, path, "x", 10), "{n}");
                fs::remove_file(path.join("x.ready")).unwrap();
                assert!(gauge.state().tally.is_none(), "{n}");
            }
        });
    }
}
