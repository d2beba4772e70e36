//! The medium: which names there are, and which media the process has.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use nuncio_core::driver::{EndpointInfo, Presence};
use nuncio_core::{EndpointName, Error, ErrorKind, Limits, Result, Slot};

use super::config::MemoryConfig;
use super::mailbox::Mailbox;

/// The largest limit that can be asked for, in bytes: a message is kept in one piece of less than 4 GiB, which also
/// holds its headers and names.
const LIMIT_BYTES_MAX: usize = 1 << 30;

/// The named media of this process; those that have ended are cleared away when another is opened.
static MEDIA: Mutex<BTreeMap<String, Weak<Medium>>> = Mutex::new(BTreeMap::new());

/// The mailboxes that can reach each other.
#[derive(Debug)]
pub(super) struct Medium {
    limits: Limits,
    mailboxes: Mutex<HashMap<EndpointName, Arc<Mailbox>>>,
}

impl Medium {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, mailboxes: Mutex::default() }
    }

    pub(super) fn open(config: &MemoryConfig) -> Result<Arc<Self>> {
        check(config)?;
        let mut media = MEDIA.lock().unwrap_or_else(PoisonError::into_inner);
        media.retain(|_, medium| medium.strong_count() > 0);
        if let Some(medium) = media.get(&config.name).and_then(Weak::upgrade) {
            return match medium.limits == config.limits {
                true => Ok(medium),
                false => {
                    Err(misconfigured(config, format!("it was opened before with other limits: {:?}", medium.limits)))
                }
            };
        }
        let medium = Arc::new(Self::new(config.limits.clone()));
        media.insert(config.name.clone(), Arc::downgrade(&medium));
        Ok(medium)
    }

    /// The medium `name`, if there is one.
    pub(super) fn find_medium(name: &str) -> Option<Arc<Self>> {
        MEDIA.lock().unwrap_or_else(PoisonError::into_inner).get(name).and_then(Weak::upgrade)
    }

    /// Whoever opens its name from now on gets another medium.
    pub(super) fn forget(&self) {
        let mut media = MEDIA.lock().unwrap_or_else(PoisonError::into_inner);
        media.retain(|_, medium| !std::ptr::eq(medium.as_ptr(), self));
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The mailbox of `name` for its reader: a new one, or one that was suspended.
    pub(super) fn claim(&self, name: &EndpointName) -> Result<Arc<Mailbox>> {
        let mut mailboxes = self.lock();
        if let Some(mailbox) = mailboxes.get(name) {
            return match mailbox.claim() {
                true => Ok(mailbox.clone()),
                false => Err(Error::new(ErrorKind::AlreadyExists, "attach as").on(name.as_str())),
            };
        }
        let mailbox = Arc::new(Mailbox::new(self.limits.capacity)?);
        mailboxes.insert(name.clone(), mailbox.clone());
        Ok(mailbox)
    }

    pub(super) fn find(&self, name: &EndpointName) -> Result<Arc<Mailbox>> {
        self.lock()
            .get(name)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::NoSuchEndpoint, "find the endpoint").on(name.as_str()))
    }

    /// Frees `name`, ends its mailbox and gives what was unread.
    pub(super) fn remove(&self, name: &EndpointName, mailbox: &Mailbox) -> Vec<Slot> {
        // Ended with the names locked: nobody finds a mailbox here that has ended.
        let mut mailboxes = self.lock();
        mailboxes.remove(name);
        mailbox.end()
    }

    pub(super) fn endpoints(&self) -> Vec<EndpointInfo> {
        let info = |(name, mailbox): (&EndpointName, &Arc<Mailbox>)| {
            EndpointInfo::new(name.clone()).with_messages(mailbox.len() as u64)
        };
        self.lock().iter().map(info).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EndpointName, Arc<Mailbox>>> {
        // Each change to the table is one call of its own, so whoever panicked has left it whole.
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Presence for Medium {
    fn is_alive(&self, who: &EndpointName) -> Result<bool> {
        self.find(who).map(|mailbox| mailbox.has_reader())
    }
}

fn check(config: &MemoryConfig) -> Result<()> {
    let Limits { payload_bytes_max, header_bytes_max, capacity, .. } = config.limits;
    if capacity == 0 {
        return Err(misconfigured(config, "a capacity of 0 messages lets nothing through".to_owned()));
    }
    let bytes = payload_bytes_max.max(header_bytes_max);
    match bytes <= LIMIT_BYTES_MAX {
        true => Ok(()),
        false => Err(misconfigured(config, format!("a limit of {bytes} bytes is above {LIMIT_BYTES_MAX} bytes"))),
    }
}

fn misconfigured(config: &MemoryConfig, reason: String) -> Error {
    Error::new(ErrorKind::Misconfigured, "open the medium in memory").on(config.name.as_str()).because(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_one_medium_with_one_set_of_limits() {
        let config = MemoryConfig::new("medium::one_name");
        let medium = Medium::open(&config).expect("new");
        assert!(Arc::ptr_eq(&medium, &Medium::open(&config).expect("shared")));
        let other = config.clone().with_limits(Limits::default().with_capacity(5));
        let error = Medium::open(&other).expect_err("other limits");
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
        drop(medium);
        assert_eq!(Medium::open(&other).expect("the former has ended").limits().capacity, 5);
    }

    #[test]
    fn limits_that_nothing_can_keep_are_refused() {
        for limits in [
            Limits::default().with_capacity(0),
            Limits::default().with_payload_bytes_max(usize::MAX),
            Limits::default().with_header_bytes_max(LIMIT_BYTES_MAX + 1),
        ] {
            let config = MemoryConfig::new("medium::limits").with_limits(limits);
            assert_eq!(Medium::open(&config).expect_err("out of range").kind(), ErrorKind::Misconfigured);
        }
    }
}
