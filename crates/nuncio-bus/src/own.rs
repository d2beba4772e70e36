//! Drivers and serializers of the user's own, which an info line finds by their names.
//!
//! A name stands for code, and an info line may come from anybody; so only what this process has registered is found, and
//! everything else is refused as before. A process that is to join such a bus registers the same names first.
//!
//! - A **driver** is anything that implements [`Driver`] and carries bytes or JSON values. It moves
//!   messages; whom it can tell about, whether one can be away, and what waits how long it says by its
//!   [`Capabilities`](nuncio_core::Capabilities). What a bus needs beside that is kept in each process: messages that are put
//!   back, and the accounts of those who were here. So the sum at the end is over those pairs of peers that were both here.
//!   From a driver that keeps messages for who is [suspended](crate::Peer::suspend) they are taken one by one, when they are
//!   wanted, so that all others are still with it when this process ends. What was put back, came while an answer was waited
//!   for, or was found by [`is_ready`](crate::Peer::is_ready), waits for who comes back in this process.
//! - A **serializer** makes other bytes of the JSON text of a message, and the text of them again.
//!
//! ```
//! use std::sync::Arc;
//!
//! use nuncio_bus::memory::{MemoryConfig, MemoryDriver};
//! use nuncio_bus::own::{self, Opening, Pack};
//! use nuncio_bus::wire::serializer::Serializer;
//! use nuncio_bus::Bus;
//! use nuncio_core::{Driver, Result};
//!
//! #[derive(Debug)]
//! struct Backwards;
//!
//! impl Pack for Backwards {
//!     fn pack(&self, json: &[u8], out: &mut Vec<u8>) -> Result<()> {
//!         Ok(out.extend(json.iter().rev()))
//!     }
//!     fn unpack(&self, bytes: &[u8], _limit: usize, out: &mut Vec<u8>) -> Result<()> {
//!         Ok(out.extend(bytes.iter().rev()))
//!     }
//! }
//!
//! own::register_serializer("My::Backwards", |_options: &[(String, String)]| Ok(Arc::new(Backwards) as Arc<dyn Pack>))?;
//! own::register_driver("My::Threads", |opening: &Opening<'_>| {
//!     let config = MemoryConfig::new(opening.route).with_limits(opening.limits.clone());
//!     Ok(Arc::new(MemoryDriver::open(&config)?) as Arc<dyn Driver>)
//! })?;
//!
//! let guard = Bus::builder().driver("My::Threads").serializer(Serializer::named("My::Backwards")?).create()?;
//! assert!(guard.info().to_string().starts_with(r#"["+My::Threads","+My::Backwards","#));
//! let (mut worker, boss) = (guard.connect("worker")?, Bus::open(&guard.info().to_string())?.connect("boss")?);
//! boss.send("worker", &7)?;
//! assert_eq!(worker.recv()?.content::<u32>()?, 7);
//! # boss.close()?; worker.close()?;
//! # Ok::<(), nuncio_core::Error>(())
//! ```

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nuncio_core::{Driver, Error, ErrorKind, Limits, Result};

use crate::wire::info::Protocol;
use crate::wire::serializer::Serializer;

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// What a driver of one's own is opened for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Opening<'a> {
    /// Where the bus is, as its info line says it.
    pub route: &'a str,
    /// What is sent and received at most: a whole message with its envelope and headers is one payload of the driver's. One that
    /// can carry less says so by its [`Capabilities`](nuncio_core::Capabilities).
    pub limits: &'a Limits,
    /// Whether the bus is being made; otherwise it should be there.
    pub is_new: bool,
}

impl<'a> Opening<'a> {
    pub(crate) const fn new(route: &'a str, limits: &'a Limits, is_new: bool) -> Self {
        Self { route, limits, is_new }
    }
}

/// Opens a driver of one's own; a closure does where there is nothing to remove.
pub trait OpenDriver: Send + Sync + 'static {
    /// Makes the driver ready for use. If a bus that is being made cannot use it after all, and nobody is on it, it is
    /// [removed](Self::remove) again.
    ///
    /// # Errors
    /// As the medium says; [`ErrorKind::Unavailable`] where there is no such bus.
    fn open(&self, opening: &Opening<'_>) -> Result<Arc<dyn Driver>>;

    /// Removes what is left of the bus at `route`, at its end.
    ///
    /// # Errors
    /// As the medium says.
    fn remove(&self, _route: &str) -> Result<()> {
        Ok(())
    }
}

impl<F: Fn(&Opening<'_>) -> Result<Arc<dyn Driver>> + Send + Sync + 'static> OpenDriver for F {
    fn open(&self, opening: &Opening<'_>) -> Result<Arc<dyn Driver>> {
        self(opening)
    }
}

/// A serializer of one's own.
pub trait Pack: Debug + Send + Sync {
    /// Appends what is sent for the JSON text `json` to `out`.
    ///
    /// # Errors
    /// Nothing is sent then.
    fn pack(&self, json: &[u8], out: &mut Vec<u8>) -> Result<()>;

    /// Appends the JSON text that was sent as `bytes` to `out`: at most `limit` bytes. The bytes may be anybody's.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] above the limit; [`ErrorKind::Corrupt`] for what was not packed by this serializer.
    fn unpack(&self, bytes: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<()>;
}

type OpenSerializer = dyn Fn(&[(String, String)]) -> Result<Arc<dyn Pack>> + Send + Sync;

/// A name that this process has registered.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnName(&'static str);

impl OwnName {
    /// The name, as an info line has it behind a `+`.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl Debug for OwnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

static DRIVERS: Mutex<BTreeMap<&'static str, Arc<dyn OpenDriver>>> = Mutex::new(BTreeMap::new());
static SERIALIZERS: Mutex<BTreeMap<&'static str, Arc<OpenSerializer>>> = Mutex::new(BTreeMap::new());

/// Has info lines find `driver` under `name`, in this process.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`] for a name that is registered already, or is one of nuncio's own; [`ErrorKind::InvalidName`]
/// for one that no info line can have.
pub fn register_driver(name: &'static str, driver: impl OpenDriver) -> Result<()> {
    let is_known = Protocol::named(name).is_ok();
    register(&DRIVERS, name, is_known, Arc::new(driver), "register the driver")
}

/// Has info lines find a serializer under `name`, in this process; `open` gets the options of the info line, in their order.
///
/// # Errors
/// As [`register_driver`].
pub fn register_serializer(
    name: &'static str,
    open: impl Fn(&[(String, String)]) -> Result<Arc<dyn Pack>> + Send + Sync + 'static,
) -> Result<()> {
    let is_known = Serializer::named(name).is_ok();
    register(&SERIALIZERS, name, is_known, Arc::new(open), "register the serializer")
}

fn register<T: ?Sized>(
    table: &Mutex<BTreeMap<&'static str, Arc<T>>>,
    name: &'static str,
    is_known: bool,
    entry: Arc<T>,
    operation: &'static str,
) -> Result<()> {
    let wrong = |kind, reason| Err(Error::new(kind, operation).on(name).because(reason));
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(is_word) {
        return wrong(ErrorKind::InvalidName, "a name has letters, digits, colons, dots, hyphens and underscores");
    }
    if ["IPC::Manager::", "Nuncio::"].iter().any(|taken| name.starts_with(taken)) {
        return wrong(ErrorKind::AlreadyExists, "names that begin so stand for what is known already");
    }
    let mut table = lock(table);
    if table.contains_key(name) {
        return wrong(ErrorKind::AlreadyExists, "it is registered already");
    }
    if is_known {
        return wrong(ErrorKind::AlreadyExists, "it is one of nuncio's own names");
    }
    table.insert(name, entry);
    Ok(())
}

/// The driver that is registered as `name`.
pub(crate) fn driver_named(name: &str) -> Option<OwnName> {
    lock(&DRIVERS).get_key_value(name).map(|(name, _)| OwnName(name))
}

/// The serializer that is registered as `name`.
pub(crate) fn serializer_named(name: &str) -> Option<OwnName> {
    lock(&SERIALIZERS).get_key_value(name).map(|(name, _)| OwnName(name))
}

/// The names of all drivers, for messages.
pub(crate) fn driver_names() -> Vec<&'static str> {
    lock(&DRIVERS).keys().copied().collect()
}

/// The names of all serializers, for messages.
pub(crate) fn serializer_names() -> Vec<&'static str> {
    lock(&SERIALIZERS).keys().copied().collect()
}

/// What opens the driver `name`.
pub(crate) fn driver(name: OwnName) -> Result<Arc<dyn OpenDriver>> {
    let found = lock(&DRIVERS).get(name.0).cloned();
    found.ok_or_else(|| Error::new(ErrorKind::Unsupported, "open the bus").on(name.0))
}

/// Makes the serializer `name` ready for use.
pub(crate) fn open_serializer(name: OwnName, options: &[(String, String)]) -> Result<Arc<dyn Pack>> {
    let found = lock(&SERIALIZERS).get(name.0).cloned();
    let open = found.ok_or_else(|| Error::new(ErrorKind::Unsupported, "use the serializer").on(name.0))?;
    open(options)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where a panic could happen.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &Opening<'_>) -> Result<Arc<dyn Driver>> {
        Err(Error::new(ErrorKind::Unavailable, "open"))
    }

    #[test]
    fn a_name_is_registered_once_and_stands_for_nothing_that_is_known() {
        assert_eq!(driver_named("Own::Once"), None);
        register_driver("Own::Once", none).expect("free");
        assert_eq!(driver_named("Own::Once").expect("registered").as_str(), "Own::Once");
        for (name, kind) in [
            ("Own::Once", ErrorKind::AlreadyExists),
            ("IPC::Manager::Client::Mine", ErrorKind::AlreadyExists),
            ("", ErrorKind::InvalidName),
            ("a b", ErrorKind::InvalidName),
            ("+x", ErrorKind::InvalidName),
            ("files", ErrorKind::AlreadyExists),
            ("AtomicPipe", ErrorKind::AlreadyExists),
        ] {
            assert_eq!(register_driver(name, none).expect_err(name).kind(), kind, "{name}");
        }
        let open = |_: &[(String, String)]| Err(Error::new(ErrorKind::Unavailable, "open"));
        for name in ["JSON", "JSON::Zstd", "cbor", "Nuncio::Serializer::cbor"] {
            assert_eq!(register_serializer(name, open).expect_err(name).kind(), ErrorKind::AlreadyExists, "{name}");
        }
    }
}
