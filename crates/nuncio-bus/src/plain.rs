//! A driver of core's traits as a bus: it moves the messages, and what a bus needs beside that is kept in this process.
//!
//! A message crosses as on every other medium, as one text with its envelope, so that a driver has nothing to carry beside
//! bytes. Two kinds of drivers come this way: [`memory`](crate::memory), and those of the [user's own](crate::own).

mod annex;
mod inbox;
mod place;
mod sending;

use std::sync::Arc;

use nuncio_core::{Driver, Error, ErrorKind, Limits, Result};

use self::annex::Annex;
use self::place::PlainPlace;
use crate::memory::{MemoryConfig, MemoryDriver};
use crate::own::{self, Opening, OwnName};
use crate::place::Place;
use crate::wire::serializer::Serializer;

/// What a message may have beside its payload on a driver that says how long it may be, in bytes.
const ENVELOPE_BYTES: usize = 1024;

/// The bus of this process that is called `route`.
pub(crate) fn memory(route: &str, serializer: &Serializer, limits: &Limits, is_new: bool) -> Result<Arc<dyn Place>> {
    let key = format!("memory {route}");
    let driver = match MemoryDriver::find(route) {
        Some(driver) if !Annex::has_ended(&key) => driver,
        None if is_new => {
            let bytes = limits.payload_bytes_max.saturating_add(limits.header_bytes_max).saturating_add(ENVELOPE_BYTES);
            let limits = limits.clone().with_payload_bytes_max(bytes);
            MemoryDriver::open(&MemoryConfig::new(route).with_limits(limits))?
        }
        _ => {
            let reason = "there is no such bus in this process: it has ended, or is another process's";
            return Err(Error::new(ErrorKind::Unavailable, "open the bus").on(route).because(reason));
        }
    };
    let place = PlainPlace::open(key, Arc::new(driver), serializer, limits)?;
    Ok(Arc::new(place.within_this_process()))
}

/// The bus at `route` of the driver that is registered as `name`.
pub(crate) fn own(
    name: OwnName,
    route: &str,
    serializer: &Serializer,
    limits: &Limits,
    is_new: bool,
) -> Result<Arc<dyn Place>> {
    let opener = own::driver(name)?;
    let driver: Arc<dyn Driver> = opener.open(&Opening::new(route, limits, is_new))?;
    let place = PlainPlace::open(format!("{} {route}", name.as_str()), driver, serializer, limits)?;
    Ok(Arc::new(place.removed_by(opener, route)))
}
