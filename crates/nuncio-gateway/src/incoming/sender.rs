//! Who sends, as far as he has proved it, and how much he has sent lately.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use super::Peer;
use super::connections::one_sender;
use crate::config::Config;
use crate::policy::rate::Bucket;
use crate::tls;

/// So many senders are remembered; after a second of silence there is nothing to remember.
const SENDERS_MAX: usize = 10_000;

/// What a sender has proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A certificate that the client CA has signed; which hosts it is of is looked up when it matters.
    Certificate,
    /// Nothing.
    Nothing,
    /// The secret shared with this host.
    Token(String),
}

impl Proof {
    /// What the sender of a request has proved.
    pub(crate) fn of(config: &Config, peer: &Peer, headers: &HeaderMap) -> Self {
        let bearer = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        // Every token is compared, so that the time does not tell which hosts there are.
        let known = config.tokens.iter().fold(None, |known, (host, token)| match bearer {
            Some(bearer) if token.is(bearer) => Some(host.clone()),
            _ => known,
        });
        match known {
            Some(host) => Self::Token(host),
            None if peer.certificate.is_some() => Self::Certificate,
            None => Self::Nothing,
        }
    }

    /// Whether it is enough to send anything at all.
    pub(crate) fn suffices(&self, config: &Config) -> bool {
        *self != Self::Nothing || config.tokens.is_empty()
    }

    /// Whether it proves that the sender is `host`.
    pub(crate) fn is_of(&self, peer: &Peer, host: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Token(name) => name.eq_ignore_ascii_case(host),
            Self::Certificate => peer.certificate.as_ref().is_some_and(|certificate| tls::is_of(certificate, host)),
        }
    }

    /// Under whose name a stream of this sender is remembered.
    pub(crate) fn stream_owner(&self) -> String {
        match self {
            Self::Token(host) => host.clone(),
            Self::Certificate | Self::Nothing => String::new(),
        }
    }
}

/// The allowances of all senders.
#[derive(Default)]
pub(crate) struct Rates(Mutex<HashMap<Key, Bucket>>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Address(IpAddr),
    Host(String),
}

impl Key {
    pub(crate) fn of(proof: &Proof, peer: &Peer) -> Self {
        match proof {
            Proof::Token(host) => Self::Host(host.clone()),
            _ => Self::Address(one_sender(peer.address.ip())),
        }
    }
}

impl Rates {
    /// Takes the allowance for `count` messages.
    ///
    /// # Errors
    /// How long there is none left.
    pub(crate) fn take(&self, key: Key, count: usize, per_second: u32) -> Result<(), Duration> {
        let now = Instant::now();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= SENDERS_MAX && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| now.duration_since(bucket.seen()) < Duration::from_secs(1));
        }
        let bucket = buckets.entry(key).or_insert_with(|| Bucket::full(per_second, now));
        bucket.take(count, per_second, now)
    }
}
