//! Waiting for peers to come and go.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant, SystemTime};

use nuncio_core::{Deadline, Readiness, Result, SystemClock, Wait};

use super::lookout::{Lookout, State};
use super::{Bus, PeerInfo};
use crate::route::wait_for_any;

/// Who came and who left since the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerChange {
    /// Those who were not there before.
    pub came: Vec<PeerInfo>,
    /// Those who left, were suspended, or whose processes have ended.
    pub left: Vec<PeerInfo>,
}

impl PeerChange {
    /// Whether nobody came or left.
    pub fn is_empty(&self) -> bool {
        self.came.is_empty() && self.left.is_empty()
    }
}

/// Tells who comes and goes, by notification: of the medium for comings and goings, of the kernel for the end of processes.
#[derive(Debug)]
pub struct PeerWatch {
    bus: Bus,
    lookout: Lookout,
    present: BTreeMap<String, Option<u32>>,
    /// Something has happened that was not looked at yet.
    has_changed: bool,
}

impl PeerWatch {
    pub(super) fn new(bus: &Bus) -> Result<Self> {
        let mut watch =
            Self { bus: bus.clone(), lookout: Lookout::new(&bus.place)?, present: BTreeMap::new(), has_changed: false };
        watch.look()?;
        Ok(watch)
    }

    /// Those who were there at the last look, sorted.
    pub fn present(&self) -> Vec<PeerInfo> {
        self.present.iter().map(|(id, pid)| PeerInfo { id: id.clone(), pid: *pid }).collect()
    }

    /// Whether `id` was there at the last look.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.present.contains_key(id)
    }

    /// What to wait for until somebody may have come or gone, for an event loop of one's own.
    pub const fn readiness(&self) -> &Readiness {
        self.lookout.readiness()
    }

    /// How often to call [`try_next`](Self::try_next) all the same, where the system has no descriptor left to tell of the end
    /// of some process.
    pub fn look_again(&self) -> Option<Duration> {
        self.lookout.look_again()
    }

    /// Who came and left since the last call, without waiting.
    ///
    /// # Errors
    /// Those of reading the bus.
    pub fn try_next(&mut self) -> Result<Option<PeerChange>> {
        if !(self.lookout.take()? | std::mem::take(&mut self.has_changed)) {
            return Ok(None);
        }
        let change = self.look()?;
        Ok((!change.is_empty()).then_some(change))
    }

    /// Waits until somebody comes or leaves; none if the deadline passed first.
    ///
    /// # Errors
    /// Those of reading the bus, and [`ErrorKind::Interrupted`](nuncio_core::ErrorKind::Interrupted).
    pub fn next(&mut self, wait: Wait<'_>) -> Result<Option<PeerChange>> {
        loop {
            if let Some(change) = self.try_next()? {
                return Ok(Some(change));
            }
            if !rest(&self.lookout, None, wait)? {
                return Ok(None);
            }
        }
    }

    /// Where the peer `id` is at this moment.
    pub(super) fn state(&mut self, id: &str) -> Result<State> {
        self.has_changed |= self.lookout.refresh()?;
        self.lookout.state(id)
    }

    /// Whether something has happened that was found on the way, and that the descriptor does not tell any more.
    pub(super) const fn has_changed(&self) -> bool {
        self.has_changed
    }

    /// Whether to look, though the descriptor does not tell.
    pub(super) fn may_have_news(&self) -> bool {
        self.has_changed || self.look_again().is_some()
    }

    fn look(&mut self) -> Result<PeerChange> {
        let mut now = BTreeMap::new();
        for peer in self.bus.peers()? {
            // Asking has the end of its process told; it may have ended since.
            match self.lookout.state(&peer.id)? {
                State::Absent | State::Dead(_) => {}
                State::Live(pid) => drop(now.insert(peer.id, Some(pid))),
                State::Away(_) | State::Unknown => drop(now.insert(peer.id, None)),
            }
        }
        self.lookout.keep_only(&now.values().filter_map(|pid| *pid).collect::<HashSet<_>>());
        let info = |(id, pid): (&String, &Option<u32>)| PeerInfo { id: id.clone(), pid: *pid };
        // Somebody who came back between two looks has left and come.
        let differs = |from: &BTreeMap<String, Option<u32>>, than: &BTreeMap<String, Option<u32>>| -> Vec<PeerInfo> {
            from.iter().filter(|(id, pid)| than.get(*id) != Some(pid)).map(info).collect()
        };
        let change = PeerChange { came: differs(&now, &self.present), left: differs(&self.present, &now) };
        self.present = now;
        Ok(change)
    }
}

impl Bus {
    /// Tells from now on who comes and goes.
    ///
    /// # Errors
    /// Those of reading the bus, and of making descriptors.
    pub fn watch_peers(&self) -> Result<PeerWatch> {
        PeerWatch::new(self)
    }

    /// Waits until somebody called `id` is on the bus and its process lives; false if the deadline passed first.
    ///
    /// # Errors
    /// Those of reading the bus, and [`ErrorKind::Interrupted`](nuncio_core::ErrorKind::Interrupted).
    pub fn wait_for_peer(&self, id: &str, wait: Wait<'_>) -> Result<bool> {
        self.wait_until(id, wait, |state| matches!(state, State::Live(_) | State::Unknown))
    }

    /// Waits until nobody called `id` is on the bus whose process lives, also nobody who is expected back in time; false if
    /// the deadline passed first.
    ///
    /// # Errors
    /// As [`wait_for_peer`](Self::wait_for_peer).
    pub fn wait_until_gone(&self, id: &str, wait: Wait<'_>) -> Result<bool> {
        self.wait_until(id, wait, |state| match state {
            State::Absent | State::Dead(_) => true,
            State::Away(until) => until.is_some_and(|until| until <= SystemTime::now()),
            State::Live(_) | State::Unknown => false,
        })
    }

    fn wait_until(&self, id: &str, wait: Wait<'_>, is_so: impl Fn(State) -> bool) -> Result<bool> {
        let mut lookout = Lookout::new(&self.place)?;
        loop {
            let state = lookout.state(id)?;
            if is_so(state) {
                return Ok(true);
            }
            if wait.until == Deadline::Now || !rest(&lookout, expiry_of(state), wait)? {
                return Ok(false);
            }
            lookout.take()?;
        }
    }
}

/// When a suspension ends, as this process counts time.
pub(super) fn expiry_of(state: State) -> Option<Instant> {
    let State::Away(Some(until)) = state else { return None };
    let left = until.duration_since(SystemTime::now()).unwrap_or_default();
    Instant::now().checked_add(left)
}

/// Waits until the lookout may have something to tell, or `also` has come; false if the deadline passed first.
fn rest(lookout: &Lookout, also: Option<Instant>, wait: Wait<'_>) -> Result<bool> {
    let again = lookout.look_again().map(|again| Instant::now() + again);
    let sooner = earlier(wait.until, [also, again]);
    let ready = wait_for_any(&[lookout.readiness()], &SystemClock, Wait { until: sooner, ..wait })?;
    Ok(ready != 0 || sooner != wait.until)
}

/// The first of a deadline and of other points in time.
pub(super) fn earlier(until: Deadline, others: impl IntoIterator<Item = Option<Instant>>) -> Deadline {
    others.into_iter().flatten().fold(until, |until, other| match until {
        Deadline::Now => Deadline::Now,
        Deadline::At(instant) => Deadline::At(instant.min(other)),
        _ => Deadline::At(other),
    })
}
