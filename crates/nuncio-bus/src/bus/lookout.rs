//! Watching over peers: whether they are there, and whether their processes live.
//!
//! Comings and goings are told by the medium, the end of a process by a descriptor of its own; both together are one
//! descriptor, so that whoever waits for messages waits for these too and nobody looks at intervals. Only for a process
//! that no descriptor can be had for one has to look [again](Lookout::look_again).
//!
//! # Source
//! pidfd_open(2), epoll(7).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use nuncio_core::{Error, ErrorKind, Readiness, Result};
use rustix::event::epoll;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::place::{Changes, Place};
use crate::route::{AT_ONCE, Holder};

/// How often one looks where no descriptor tells of the end of a process.
const LOOK: Duration = Duration::from_millis(50);
/// For how long a look at who is there is as good as a new one: no process ends and is replaced by another sooner.
const FRESH: Duration = Duration::from_micros(500);
/// How many events are fetched at once.
const EVENTS_AT_ONCE: usize = 64;
/// Stands for the medium among the events, whose data are process numbers otherwise.
const MEDIUM: u64 = 0;

/// Where a peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody has that name.
    Absent,
    /// It is suspended, until then if that was said, or just being made.
    Away(Option<SystemTime>),
    /// Its process has ended.
    Dead(u32),
    /// Its process lives.
    Live(u32),
    /// It is there, and it cannot be told whose it is.
    Unknown,
}

/// Watches over the peers that it was asked about.
#[derive(Debug)]
pub(super) struct Lookout {
    place: Arc<dyn Place>,
    changes: Box<dyn Changes>,
    readiness: Readiness,
    epoll: Arc<OwnedFd>,
    processes: HashMap<u32, OwnedFd>,
    /// Those that no descriptor was to be had for.
    unwatched: HashSet<u32>,
    /// The processes of those who were there.
    known: BTreeMap<String, u32>,
    /// When [`refresh_for`](Self::refresh_for) looked last.
    refreshed: Option<Instant>,
}

impl Lookout {
    /// Begins to watch.
    pub(super) fn new(place: &Arc<dyn Place>) -> Result<Self> {
        let changes = place.changes()?;
        let failed =
            |error: Errno| Error::new(ErrorKind::LimitExceeded, "watch the bus").caused_by(std::io::Error::from(error));
        let epoll = Arc::new(epoll::create(epoll::CreateFlags::CLOEXEC).map_err(failed)?);
        let data = epoll::EventData::new_u64(MEDIUM);
        epoll::add(&epoll, changes.readiness(), data, epoll::EventFlags::IN).map_err(failed)?;
        Ok(Self {
            place: Arc::clone(place),
            changes,
            readiness: Readiness::Readable(Arc::clone(&epoll)),
            epoll,
            processes: HashMap::new(),
            unwatched: HashSet::new(),
            known: BTreeMap::new(),
            refreshed: None,
        })
    }

    /// What to wait for until something may have changed.
    pub(super) const fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// How long to wait at most, where the descriptor does not tell everything.
    pub(super) fn look_again(&self) -> Option<Duration> {
        (!self.unwatched.is_empty()).then_some(LOOK)
    }

    /// As [`take`](Self::take), for one system call where nothing has happened, which only looks whether a list is empty then.
    pub(super) fn refresh(&mut self) -> Result<bool> {
        let mut space = [const { MaybeUninit::uninit() }; 1];
        match epoll::wait(&self.epoll, &mut space, Some(&AT_ONCE)) {
            Ok(([], _)) if self.unwatched.is_empty() => Ok(false),
            _ => self.take(),
        }
    }

    /// As [`refresh`](Self::refresh) at the time `now`, and nothing at all where that was done a moment before and `id` was there:
    /// who was not may come at any time.
    pub(super) fn refresh_for(&mut self, id: &str, now: Instant) -> Result<bool> {
        let is_fresh = self.refreshed.is_some_and(|before| now.saturating_duration_since(before) < FRESH);
        if is_fresh && self.known.contains_key(id) {
            return Ok(false);
        }
        let has_changed = self.refresh()?;
        self.refreshed = Some(now);
        Ok(has_changed)
    }

    /// Whether something may have changed since the last call.
    pub(super) fn take(&mut self) -> Result<bool> {
        let mut has_changed = self.changes.take()?;
        has_changed |= self.take_ended()?;
        // What is not watched may have ended at any time.
        has_changed |= !self.unwatched.is_empty();
        if has_changed {
            self.known.clear();
            self.unwatched.clear();
        }
        Ok(has_changed)
    }

    /// Whether a process has ended; it is not told again.
    fn take_ended(&mut self) -> Result<bool> {
        let mut has_ended = false;
        loop {
            let mut events = Vec::with_capacity(EVENTS_AT_ONCE);
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), Some(&AT_ONCE)) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(error) => return Err(Error::io("watch the bus", error.into())),
            }
            let ended = events.iter().map(|event| event.data.u64()).filter(|data| *data != MEDIUM);
            let count = ended.filter_map(|pid| self.processes.remove(&u32::try_from(pid).ok()?)).count();
            has_ended |= count > 0;
            // Removed descriptors are closed, and with that out of the set.
            if count == 0 {
                return Ok(has_ended);
            }
        }
    }

    /// Where the peer `id` is. From now on the end of its process is told.
    pub(super) fn state(&mut self, id: &str) -> Result<State> {
        if let Some(pid) = self.known.get(id) {
            return Ok(State::Live(*pid));
        }
        let state = match self.place.holder(id)? {
            None => State::Absent,
            Some(Holder::Nobody) => State::Away(self.place.suspended_until(id)?),
            Some(Holder::Unknown) => State::Unknown,
            Some(Holder::Dead(pid)) => State::Dead(pid),
            Some(Holder::Live(pid)) => self.follow(id, pid)?,
        };
        // Who was not there may have come, and another thread may hold what tells of it in its hands.
        if let State::Live(pid) = state {
            self.known.insert(id.to_owned(), pid);
        }
        Ok(state)
    }

    /// Has the end of process `pid` told, which `id` was found to be.
    fn follow(&mut self, id: &str, pid: u32) -> Result<State> {
        if pid == std::process::id() || self.processes.contains_key(&pid) {
            return Ok(State::Live(pid));
        }
        let Some(process) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(State::Unknown) };
        match pidfd_open(process, PidfdFlags::empty()) {
            Ok(descriptor) => {
                let data = epoll::EventData::new_u64(pid.into());
                let added = epoll::add(&self.epoll, &descriptor, data, epoll::EventFlags::IN);
                match added {
                    Ok(()) => drop(self.processes.insert(pid, descriptor)),
                    Err(_) => drop(self.unwatched.insert(pid)),
                }
            }
            Err(Errno::SRCH) => return Ok(State::Dead(pid)),
            Err(_) => drop(self.unwatched.insert(pid)),
        }
        // The number may have been given out again between the two looks; from here on it is the descriptor's process.
        Ok(match self.place.holder(id)? {
            Some(Holder::Live(now)) if now == pid => State::Live(pid),
            Some(Holder::Live(now)) => return self.follow(id, now),
            Some(Holder::Dead(now)) => State::Dead(now),
            Some(Holder::Nobody) => State::Away(self.place.suspended_until(id)?),
            Some(Holder::Unknown) => State::Unknown,
            None => State::Absent,
        })
    }

    /// Forgets the processes that none of `pids` is, and whose they were: of their end nobody is told any more, so that whoever
    /// asks looks anew.
    pub(super) fn keep_only(&mut self, pids: &HashSet<u32>) {
        self.processes.retain(|pid, _| pids.contains(pid));
        self.known.retain(|_, pid| pids.contains(pid));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bus;

    #[test]
    fn a_fresh_look_is_trusted_only_of_who_was_there() {
        let guard = Bus::builder().driver("files").create().expect("a bus");
        let mut lookout = Lookout::new(&guard.place).expect("it is watched");
        let now = Instant::now();
        lookout.refresh_for("server", now).expect("a look");
        assert_eq!(lookout.state("server").expect("known"), State::Absent);

        let server = guard.connect("server").expect("free");
        assert!(lookout.refresh_for("server", now).expect("a look"), "he may have come since");
        let here = State::Live(std::process::id());
        assert_eq!(lookout.state("server").expect("known"), here);

        server.close().expect("he leaves");
        assert!(!lookout.refresh_for("server", now).expect("none"), "he was there a moment before");
        assert_eq!(lookout.state("server").expect("known"), here);
        assert!(lookout.refresh_for("server", now + FRESH).expect("a look"));
        assert_eq!(lookout.state("server").expect("known"), State::Absent);
    }

    #[test]
    fn who_was_not_there_is_found_before_anything_is_told() {
        let guard = Bus::builder().driver("files").create().expect("a bus");
        let mut lookout = Lookout::new(&guard.place).expect("it is watched");
        assert_eq!(lookout.state("server").expect("known"), State::Absent);
        let _server = guard.connect("server").expect("free");
        assert_eq!(lookout.state("server").expect("known"), State::Live(std::process::id()));
    }
}
