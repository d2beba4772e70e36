//! What one peer has sent and read, counted while it is there.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nuncio_core::{EndpointName, Result};
use tracing::warn;

use super::directory::Route;
use crate::wire::account::Account;
use crate::wire::name::Sidecar;

/// The largest account that is read, in bytes: some ten thousand peers.
const ACCOUNT_BYTES_MAX: usize = 4 << 20;

/// The account of a peer that is there.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// What it had when it came.
    before: Account,
    sent: Mutex<Vec<(EndpointName, Arc<AtomicU64>)>>,
    read: Mutex<Read>,
    /// Whether something was sent since somebody has waited for a message: it may be answered soon.
    expects: AtomicBool,
}

/// What was read.
#[derive(Debug, Default)]
struct Read {
    /// By whom, and how many.
    counts: Vec<(Box<str>, u64)>,
    places: HashMap<Box<str>, usize>,
    /// The place of him of whom the last one was: the next one often is, too.
    last: usize,
}

impl Read {
    #[inline(always)]
    fn count_of(&mut self, from: &str) -> Option<&mut u64> {
        if self.counts.get(self.last).is_none_or(|(name, _)| &**name != from) {
            self.last = *self.places.get(from)?;
        }
        self.counts.get_mut(self.last).map(|(_, count)| count)
    }

    #[cold]
    fn add(&mut self, from: &str, count: u64) {
        self.places.insert(from.into(), self.counts.len());
        self.counts.push((from.into(), count));
    }
}

impl Ledger {
    /// One that goes on from `before`.
    pub(crate) fn from(before: Account) -> Self {
        Self { before, ..Self::default() }
    }

    /// Where messages to `name` are counted.
    pub(crate) fn sent_to(&self, name: &EndpointName) -> Arc<AtomicU64> {
        let mut sent = lock(&self.sent);
        if let Some((_, counter)) = sent.iter().find(|(known, _)| known == name) {
            return Arc::clone(counter);
        }
        let counter = Arc::new(AtomicU64::new(0));
        sent.push((name.clone(), Arc::clone(&counter)));
        counter
    }

    /// Something was sent that may be answered.
    #[inline(always)]
    pub(crate) fn expect(&self) {
        // Where many are sent in a row it is not to go from one processor to the other each time.
        if !self.expects.load(Ordering::Relaxed) {
            self.expects.store(true, Ordering::Relaxed);
        }
    }

    /// Whether something was sent since the last call.
    #[inline(always)]
    pub(crate) fn expects(&self) -> bool {
        self.expects.load(Ordering::Relaxed) && self.expects.swap(false, Ordering::Relaxed)
    }

    /// Counts so many messages of `from` that were read. One that cannot be read says nobody's name.
    #[inline(always)]
    pub(crate) fn count_read(&self, from: &str, messages: u64) {
        if from.is_empty() {
            return;
        }
        let mut read = lock(&self.read);
        match read.count_of(from) {
            Some(count) => *count += messages,
            None => read.add(from, messages),
        }
    }

    /// Takes back a message of `from` that was read by us, and not by whom it was for.
    pub(crate) fn take_back(&self, from: &str) {
        if let Some(count) = lock(&self.read).count_of(from) {
            *count = count.saturating_sub(1);
        }
    }

    /// What is counted by now.
    pub(crate) fn account(&self) -> Account {
        let mut account = Account::default();
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        for (name, counter) in &*lock(&self.sent) {
            match counter.load(Ordering::Relaxed) {
                0 => {}
                number => drop(account.sent.insert(name.as_str().to_owned(), count(number))),
            }
        }
        account.read.extend(lock(&self.read).counts.iter().map(|(name, number)| (name.to_string(), count(*number))));
        account.add(&self.before);
        account
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where a panic could happen.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Route {
    /// The account that `disk` has left, for whoever goes on with it. One that cannot be read counts as none: it must not keep
    /// anybody from coming.
    pub(super) fn account_before(&self, disk: &str) -> Account {
        self.account_of(disk)
            .unwrap_or_else(|error| {
                warn!(peer = disk, error = %error.chain(), "the account that was left cannot be read, and begins anew");
                None
            })
            .unwrap_or_default()
    }

    /// The account that `disk` has left; none if there is none.
    pub(crate) fn account_of(&self, disk: &str) -> Result<Option<Account>> {
        let Some(bytes) = self.read(&Sidecar::Stats.of(disk), ACCOUNT_BYTES_MAX as u64)? else { return Ok(None) };
        let mut json = Vec::new();
        self.packer.unpack(&bytes, ACCOUNT_BYTES_MAX, &mut json)?;
        let limits = nuncio_codec::DecodeLimits::default().with_total_bytes(ACCOUNT_BYTES_MAX);
        Ok(Some(nuncio_codec::Codec::Json.decode(&json, &limits)?))
    }

    /// The accounts that all who were here have left, by their ids. One that cannot be read is left out.
    pub(crate) fn accounts(&self) -> Result<BTreeMap<String, Account>> {
        let mut accounts = BTreeMap::new();
        for entry in self.directory.names().map_err(|error| self.failed("list the bus", error))? {
            let Some(disk) = entry.to_str().and_then(|name| name.strip_suffix(Sidecar::Stats.ending())) else {
                continue;
            };
            let (Ok(Some(id)), Ok(Some(account))) = (self.id_of(disk), self.account_of(disk)) else { continue };
            accounts.insert(id.as_str().to_owned(), account);
        }
        Ok(accounts)
    }

    /// Leaves `account` for `disk`.
    pub(crate) fn write_account(&self, disk: &str, account: &Account) -> Result<()> {
        let mut bytes = Vec::new();
        self.packer.pack(&account.to_json()?, &mut bytes)?;
        self.write(&Sidecar::Stats.of(disk), &bytes)
    }
}
