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
    read: Mutex<HashMap<Box<str>, Arc<AtomicU64>>>,
    /// Whether something was sent since somebody has waited for a message: it may be answered soon.
    expects: AtomicBool,
    /// Whether a receiver was not where he was before.
    has_moved: AtomicBool,
}

/// Counts what one reader reads. The next message is often from whom the last one was.
#[derive(Debug)]
pub(crate) struct ReadCount {
    ledger: Arc<Ledger>,
    last: Box<[u8]>,
    count: Arc<AtomicU64>,
}

impl ReadCount {
    pub(crate) fn of(ledger: &Arc<Ledger>) -> Self {
        Self { ledger: Arc::clone(ledger), last: Box::default(), count: Arc::default() }
    }

    /// Counts so many messages of `from`. One that cannot be read says nobody's name.
    #[inline(always)]
    pub(crate) fn add(&mut self, from: &[u8], messages: u64) {
        if *self.last != *from {
            self.turn_to(from);
        }
        self.count.fetch_add(messages, Ordering::Relaxed);
    }

    #[inline(never)]
    fn turn_to(&mut self, from: &[u8]) {
        self.count = match std::str::from_utf8(from) {
            Ok("") | Err(_) => Arc::default(),
            Ok(name) => self.ledger.read_from(name),
        };
        self.last = from.into();
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

    /// A receiver was not where he was before, and was looked for anew.
    pub(crate) fn moved(&self) {
        self.has_moved.store(true, Ordering::Relaxed);
    }

    /// Whether that was so since the last call.
    #[inline(always)]
    pub(crate) fn has_moved(&self) -> bool {
        self.has_moved.load(Ordering::Relaxed) && self.has_moved.swap(false, Ordering::Relaxed)
    }

    /// Counts so many messages of `from` that were read. One that cannot be read says nobody's name.
    pub(crate) fn count_read(&self, from: &str, messages: u64) {
        if !from.is_empty() {
            self.read_from(from).fetch_add(messages, Ordering::Relaxed);
        }
    }

    /// Where messages from `name` are counted.
    fn read_from(&self, name: &str) -> Arc<AtomicU64> {
        let mut read = lock(&self.read);
        match read.get(name) {
            Some(counter) => Arc::clone(counter),
            None => Arc::clone(read.entry(name.into()).or_default()),
        }
    }

    /// Takes back a message of `from` that was read by us, and not by whom it was for.
    pub(crate) fn take_back(&self, from: &str) {
        if let Some(counter) = lock(&self.read).get(from) {
            let _ = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1));
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
        let read = lock(&self.read);
        account
            .read
            .extend(read.iter().map(|(name, counter)| (name.to_string(), count(counter.load(Ordering::Relaxed)))));
        drop(read);
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
