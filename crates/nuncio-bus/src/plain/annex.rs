//! What this process keeps for one bus: accounts, messages that were put back, and who wants to know of changes.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

use nuncio_core::{Error, ErrorKind, Readiness, Result};
use rustix::event::{EventfdFlags, eventfd};

use crate::wire::account::Account;

/// What is kept for one bus.
#[derive(Debug, Default)]
pub(super) struct Annex {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    accounts: BTreeMap<String, Account>,
    /// Those that were put back, by whom; they come first.
    put_back: HashMap<String, VecDeque<Vec<u8>>>,
    /// Those who are away, and until when if that was said.
    away: HashMap<String, Option<SystemTime>>,
    /// Those who are here, in this process.
    here: Vec<String>,
    bells: Vec<Weak<Bell>>,
    is_over: bool,
}

static ANNEXES: Mutex<BTreeMap<String, Weak<Annex>>> = Mutex::new(BTreeMap::new());

impl Annex {
    /// That of the bus `key`; one that has ended is replaced when the bus is made again.
    pub(super) fn of(key: &str) -> Arc<Self> {
        let mut annexes = lock(&ANNEXES);
        annexes.retain(|_, annex| annex.strong_count() > 0);
        match annexes.get(key).and_then(Weak::upgrade).filter(|annex| !annex.is_over()) {
            Some(annex) => annex,
            None => {
                let annex = Arc::new(Self::default());
                annexes.insert(key.to_owned(), Arc::downgrade(&annex));
                annex
            }
        }
    }

    /// Whether the bus `key` was removed, and somebody still holds it.
    pub(super) fn has_ended(key: &str) -> bool {
        lock(&ANNEXES).get(key).and_then(Weak::upgrade).is_some_and(|annex| annex.is_over())
    }

    /// Somebody of this process has come.
    pub(super) fn arrive(&self, id: &str) {
        let mut state = lock(&self.state);
        state.away.remove(id);
        state.here.push(id.to_owned());
        state.ring();
    }

    /// Somebody of this process has gone, for good or until he comes back, and leaves his account.
    pub(super) fn leave(&self, id: &str, account: Account, is_away: bool) {
        let mut state = lock(&self.state);
        state.here.retain(|other| other != id);
        state.accounts.insert(id.to_owned(), account);
        if is_away {
            state.away.entry(id.to_owned()).or_default();
        }
        state.ring();
    }

    /// Something has changed at the driver that is not kept here.
    pub(super) fn ring(&self) {
        lock(&self.state).ring();
    }

    /// Whether `id` is here, in this process.
    pub(super) fn has(&self, id: &str) -> bool {
        lock(&self.state).here.iter().any(|other| other == id)
    }

    pub(super) fn account_of(&self, id: &str) -> Account {
        lock(&self.state).accounts.get(id).cloned().unwrap_or_default()
    }

    pub(super) fn accounts(&self) -> BTreeMap<String, Account> {
        lock(&self.state).accounts.clone()
    }

    pub(super) fn away_until(&self, id: &str) -> Option<SystemTime> {
        lock(&self.state).away.get(id).copied().flatten()
    }

    pub(super) fn expect_back(&self, id: &str, until: SystemTime) {
        lock(&self.state).away.insert(id.to_owned(), Some(until));
    }

    pub(super) fn put_back(&self, id: &str, json: &[u8]) {
        lock(&self.state).put_back.entry(id.to_owned()).or_default().push_back(json.to_vec());
    }

    /// The next of those that were put back.
    pub(super) fn take_put_back(&self, id: &str) -> Option<Vec<u8>> {
        lock(&self.state).put_back.get_mut(id)?.pop_front()
    }

    /// The bus is removed: whoever waits is told.
    pub(super) fn end(&self) {
        let mut state = lock(&self.state);
        state.is_over = true;
        state.ring();
    }

    pub(super) fn is_over(&self) -> bool {
        lock(&self.state).is_over
    }

    /// A bell that rings when somebody of this process comes or goes, and when the bus is removed.
    pub(super) fn bell(&self) -> Result<Arc<Bell>> {
        let bell = Arc::new(Bell::new()?);
        let mut state = lock(&self.state);
        state.bells.retain(|bell| bell.strong_count() > 0);
        state.bells.push(Arc::downgrade(&bell));
        Ok(bell)
    }
}

impl State {
    fn ring(&self) {
        self.bells.iter().filter_map(Weak::upgrade).for_each(|bell| bell.ring());
    }
}

/// Something to wait for.
#[derive(Debug)]
pub(super) struct Bell(Arc<OwnedFd>);

impl Bell {
    fn new() -> Result<Self> {
        let descriptor = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        let failed =
            |error| Error::new(ErrorKind::LimitExceeded, "watch the bus").caused_by(std::io::Error::from(error));
        Ok(Self(Arc::new(descriptor.map_err(failed)?)))
    }

    pub(super) const fn descriptor(&self) -> &Arc<OwnedFd> {
        &self.0
    }

    pub(super) fn readiness(&self) -> Readiness {
        Readiness::Readable(Arc::clone(&self.0))
    }

    fn ring(&self) {
        // Fails only when the counter is at its maximum, and then it has rung.
        let _ = rustix::io::write(&*self.0, &1_u64.to_ne_bytes());
    }

    /// Whether it has rung since the last call.
    pub(super) fn hush(&self) -> bool {
        rustix::io::read(&*self.0, &mut [0; size_of::<u64>()]).is_ok()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where a panic could happen.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
