//! What the queues of one registry have in common for sealing and opening.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nuncio_core::{Randomness, Result};

use super::keyring::Keyring;
use super::keys::{Keys, Seal};
use super::nacl::{self, AUTHENTICATOR_BYTES, Nonce};
use super::nonces::Nonces;
use super::policy::Policy;
use crate::random::SystemRandomness;
use crate::replay::ReplayGuard;

/// So long it is remembered at least which sealed messages were accepted: longer than a gateway keeps one that it cannot
/// deliver.
pub const REPLAYS_KEPT: Duration = Duration::from_secs(14 * 24 * 3600);
const REPLAY_DIRECTORY: &str = "replay";

/// Keys, rules and memory of a registry.
#[derive(Clone)]
pub(crate) struct Sealing {
    pub(crate) keyring: Option<Arc<Keyring>>,
    pub(crate) danger_default: bool,
    /// By the name of the queue.
    pub(crate) policies: HashMap<String, Policy>,
    no_keys: Arc<Keys>,
    guard: Arc<Mutex<Option<Arc<ReplayGuard>>>>,
    nonces: Arc<Nonces>,
}

/// With what one message is sealed.
#[derive(Debug)]
pub(crate) struct SealWith<'a> {
    pub(crate) seal: Seal,
    sealing: &'a Sealing,
}

impl Default for Sealing {
    fn default() -> Self {
        Self {
            keyring: None,
            danger_default: false,
            policies: HashMap::new(),
            no_keys: Arc::default(),
            guard: Arc::default(),
            nonces: Arc::new(Nonces::new(Arc::new(SystemRandomness))),
        }
    }
}

impl Sealing {
    pub(crate) fn with_randomness(self, source: Arc<dyn Randomness>) -> Self {
        Self { nonces: Arc::new(Nonces::new(source)), ..self }
    }

    pub(crate) fn set_replay_guard(&mut self, guard: Arc<ReplayGuard>) {
        self.guard = Arc::new(Mutex::new(Some(guard)));
    }

    /// Whether there is anything to open a message with.
    pub(super) const fn opens(&self) -> bool {
        self.keyring.is_some() || self.danger_default
    }

    pub(super) fn policy(&self, queue: &str) -> &Policy {
        const ANYTHING: &Policy = &Policy::Anything;
        self.policies.get(queue).unwrap_or(ANYTHING)
    }

    /// With what a message for `host` is sealed.
    pub(crate) fn seal_for(&self, host: &str) -> Result<SealWith<'_>> {
        let seal = match &self.keyring {
            Some(keyring) => keyring.seal_for(host, self.danger_default),
            None => self.no_keys.seal_for(host, self.danger_default),
        };
        Ok(SealWith { seal: seal?, sealing: self })
    }

    pub(super) fn open_box(
        &self,
        source: Option<&str>,
        nonce: &Nonce,
        payload: &[u8],
        plain: &mut Vec<u8>,
    ) -> Result<Option<super::SealedBy>> {
        match &self.keyring {
            Some(keyring) => keyring.open_box(source, nonce, payload, self.danger_default, plain),
            None => self.no_keys.open(source, nonce, payload, self.danger_default, plain),
        }
    }

    /// The memory of what was accepted; none where there is no keyring to keep it in.
    pub(super) fn replay_guard(&self) -> Result<Option<Arc<ReplayGuard>>> {
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        if let (None, Some(keyring)) = (&*guard, &self.keyring) {
            let opened = ReplayGuard::open(keyring.directory().join(REPLAY_DIRECTORY), REPLAYS_KEPT)?;
            *guard = Some(Arc::new(opened));
        }
        Ok(guard.clone())
    }
}

impl SealWith<'_> {
    /// Seals what stands in `frame[start..]`, and says the nonce.
    pub(crate) fn seal(&self, frame: &mut Vec<u8>, start: usize) -> Result<Nonce> {
        frame.splice(start..start, [0; AUTHENTICATOR_BYTES]);
        nacl::seal(&self.seal.key, &mut frame[start..], || self.sealing.nonces.next())
    }
}

impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealing")
            .field("keyring", &self.keyring.as_ref().map(|keyring| keyring.directory().to_owned()))
            .field("danger_default", &self.danger_default)
            .field("policies", &self.policies)
            .finish_non_exhaustive()
    }
}
