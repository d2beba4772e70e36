//! The keys of a keyring in memory: with which one seals for a host, and which are tried on a box.
//!
//! Trying is bounded, whatever arrives: keys of the host that the message names come first, then those of all others, and with
//! each of them our own, the newest first. What two keys share is computed once and kept.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use nuncio_core::{Error, ErrorKind, Result};

use super::key::{PublicKey, SecretKey};
use super::nacl::{Candidates, Nonce, SharedKey};

/// So many pairs of keys are tried on one message.
const PAIRS_MAX: usize = 64;
/// So often it is tried to open one message, over all pairs and all zero bytes that may be missing.
const TRIALS_MAX: usize = 256;
/// So many shared keys are kept.
const SHARED_KEPT_MAX: usize = 1024;
const SEAL: &str = "seal for";
const OPEN: &str = "open the sealed message";

/// A key pair of our own.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OwnKey {
    /// The secret half.
    pub secret: SecretKey,
    /// The public half.
    pub public: PublicKey,
    /// When it came into the keyring, to the second.
    pub added: SystemTime,
    /// What its owner noted.
    pub comment: String,
}

/// A public key that is trusted to be some host's.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TrustedKey {
    /// The host.
    pub host: String,
    /// Its key.
    pub public: PublicKey,
    /// When it came into the keyring, to the second.
    pub added: SystemTime,
    /// What was noted.
    pub comment: String,
}

/// Whose key opened a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SealedBy {
    /// The host that the key is trusted for; of several the one that the message names.
    pub host: String,
    /// The key.
    pub key: PublicKey,
}

/// All keys of a keyring, as they were read.
#[derive(Default)]
pub(crate) struct Keys {
    /// The newest last: that is the current one.
    pub(crate) own: Vec<OwnKey>,
    pub(crate) trusted: Vec<TrustedKey>,
    shared: Mutex<HashMap<(PublicKey, PublicKey), Arc<SharedKey>>>,
    /// What our current key and the key of a host that was trusted last share: nearly every message needs nothing else.
    current: Mutex<HashMap<String, Arc<SharedKey>>>,
}

/// With what one seals.
#[derive(Debug)]
pub(crate) struct Seal {
    pub(crate) key: Arc<SharedKey>,
    /// Whether the secret half is our own, and not the published one.
    pub(crate) is_own: bool,
}

/// Two keys that may have made a box.
struct Pair<'a> {
    own: &'a SecretKey,
    own_public: PublicKey,
    theirs: PublicKey,
    /// The host that `theirs` is trusted for, unless one of the two is published.
    host: Option<&'a str>,
}

impl Keys {
    pub(crate) fn new(own: Vec<OwnKey>, trusted: Vec<TrustedKey>) -> Self {
        Self { own, trusted, shared: Mutex::default(), current: Mutex::default() }
    }

    /// With what a message for `host` is sealed: our current key, and the key of the host that was trusted last. Where one is
    /// missing the published pair takes its place, if `danger_default` allows it.
    pub(crate) fn seal_for(&self, host: &str, danger_default: bool) -> Result<Seal> {
        if let Some(key) = self.current(host) {
            return Ok(Seal { key, is_own: true });
        }
        let missing = |reason: String| Error::new(ErrorKind::Misconfigured, SEAL).on(host).because(reason);
        let default_secret = SecretKey::danger_default();
        let (secret, public, is_own) = match self.own.last() {
            Some(own) => (&own.secret, own.public, true),
            None if danger_default => (&default_secret, PublicKey::DANGER_DEFAULT, false),
            None => return Err(missing("there is no key of our own; `nuncio keys generate` makes one".to_owned())),
        };
        let theirs = match self.newest_of(host) {
            Some(theirs) => theirs,
            None if danger_default => PublicKey::DANGER_DEFAULT,
            None => {
                return Err(missing(format!("no public key of it is trusted; `nuncio keys trust {host} KEY` does")));
            }
        };
        Ok(Seal { key: self.shared(secret, public, theirs), is_own })
    }

    /// Opens the box in `payload` into `plain`, and says whose key it was: nobody's, if a published one was needed.
    pub(crate) fn open(
        &self,
        source: Option<&str>,
        nonce: &Nonce,
        payload: &[u8],
        danger_default: bool,
        plain: &mut Vec<u8>,
    ) -> Result<Option<SealedBy>> {
        if let Some(by) = self.open_as_current(source, nonce, payload, plain) {
            return Ok(Some(by));
        }
        let default_secret = SecretKey::danger_default();
        let pairs: Vec<_> = self.pairs(source, danger_default.then_some(&default_secret)).take(PAIRS_MAX).collect();
        let mut trials = 0;
        for candidate in Candidates::of(payload) {
            for pair in &pairs {
                if trials == TRIALS_MAX {
                    return Err(self.not_opened(source, danger_default));
                }
                trials += 1;
                if candidate.open(&self.shared(pair.own, pair.own_public, pair.theirs), nonce, plain) {
                    let sealed_by = |host: &str| SealedBy { host: host.to_owned(), key: pair.theirs };
                    return Ok(pair.host.map(sealed_by));
                }
            }
        }
        Err(self.not_opened(source, danger_default))
    }

    /// Tries what nearly every message is sealed with.
    fn open_as_current(
        &self,
        source: Option<&str>,
        nonce: &Nonce,
        payload: &[u8],
        plain: &mut Vec<u8>,
    ) -> Option<SealedBy> {
        let host = source?;
        let key = self.current(host)?;
        let candidate = Candidates::of(payload).next()?;
        let theirs = self.newest_of(host)?;
        candidate.open(&key, nonce, plain).then(|| SealedBy { host: host.to_owned(), key: theirs })
    }

    /// What our current key and the newest of `host` share, if both are there.
    fn current(&self, host: &str) -> Option<Arc<SharedKey>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = current.get(host) {
            return Some(Arc::clone(key));
        }
        let (own, theirs) = (self.own.last()?, self.newest_of(host)?);
        if current.len() >= SHARED_KEPT_MAX {
            current.clear();
        }
        let key = self.shared(&own.secret, own.public, theirs);
        current.insert(host.to_owned(), Arc::clone(&key));
        Some(key)
    }

    fn newest_of(&self, host: &str) -> Option<PublicKey> {
        self.trusted.iter().rev().find(|trusted| trusted.host == host).map(|trusted| trusted.public)
    }

    /// The pairs to try, the likeliest first.
    fn pairs<'a>(
        &'a self,
        source: Option<&'a str>,
        default: Option<&'a SecretKey>,
    ) -> impl Iterator<Item = Pair<'a>> + 'a {
        let is_named = move |trusted: &&TrustedKey| Some(trusted.host.as_str()) == source;
        let named = self.trusted.iter().rev().filter(is_named);
        let others = self.trusted.iter().filter(move |trusted| !is_named(trusted));
        let theirs = named.chain(others).map(|trusted| (trusted.public, Some(trusted.host.as_str())));
        let theirs = theirs.chain(default.map(|_| (PublicKey::DANGER_DEFAULT, None)));
        let own = self.own.iter().rev().map(|own| (&own.secret, own.public, true));
        let own: Vec<_> = own.chain(default.map(|secret| (secret, PublicKey::DANGER_DEFAULT, false))).collect();
        theirs.flat_map(move |(theirs, host)| {
            own.clone().into_iter().map(move |(own, own_public, is_own)| Pair {
                own,
                own_public,
                theirs,
                // Who knows one of the two secrets can make the box: with a published one that is everybody.
                host: host.filter(|_| is_own),
            })
        })
    }

    fn shared(&self, own: &SecretKey, own_public: PublicKey, theirs: PublicKey) -> Arc<SharedKey> {
        let mut kept = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = kept.get(&(own_public, theirs)) {
            return Arc::clone(key);
        }
        if kept.len() >= SHARED_KEPT_MAX {
            kept.clear();
        }
        Arc::clone(kept.entry((own_public, theirs)).or_insert_with(|| Arc::new(SharedKey::new(own, &theirs))))
    }

    #[cold]
    fn not_opened(&self, source: Option<&str>, danger_default: bool) -> Error {
        let failed = |reason: String| Error::new(ErrorKind::Unauthenticated, OPEN).because(reason);
        if self.own.is_empty() && !danger_default {
            return failed("there is no key of our own; `nuncio keys generate` makes one".to_owned());
        }
        let named = self.trusted.iter().filter(|trusted| Some(trusted.host.as_str()) == source).count();
        let from = match source {
            None => "it does not say which host it comes from".to_owned(),
            Some(host) if named == 0 => format!("it says to come from {host:?}, of which no key is trusted"),
            Some(host) => {
                format!("it says to come from {host:?}, and {named} trusted keys of that host do not open it")
            }
        };
        let others = self.trusted.len() - named;
        let bound = if self.trusted.len() * self.own.len() > PAIRS_MAX {
            format!(" ({PAIRS_MAX} pairs of keys are tried at most)")
        } else {
            String::new()
        };
        failed(format!(
            "no key opens it: {from}; {others} keys of other hosts and {} of our own were there to try{bound}",
            self.own.len()
        ))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("own", &self.own).field("trusted", &self.trusted).finish_non_exhaustive()
    }
}
