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
use crate::route::message_bytes_max;
use crate::wire::serializer::Serializer;

/// The bus of this process that is called `route`.
pub(crate) fn memory(route: &str, serializer: &Serializer, limits: &Limits, is_new: bool) -> Result<Arc<dyn Place>> {
    let key = format!("memory {route}");
    let driver = match MemoryDriver::find(route) {
        Some(driver) if !Annex::has_ended(&key) => driver,
        None if is_new => MemoryDriver::open(&MemoryConfig::new(route).with_limits(with_envelopes(limits)))?,
        _ => {
            let reason = "there is no such bus in this process: it has ended, or is another process's";
            return Err(Error::new(ErrorKind::Unavailable, "open the bus").on(route).because(reason));
        }
    };
    let driver = Arc::new(driver);
    let place = PlainPlace::open(key, Arc::clone(&driver) as Arc<dyn Driver>, serializer, limits)?;
    let forget = move || {
        driver.forget();
        Ok(())
    };
    Ok(Arc::new(place.within_this_process().removed_by(forget)))
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
    let driver: Arc<dyn Driver> = opener.open(&Opening::new(route, &with_envelopes(limits), is_new))?;
    let key = format!("{} {route}", name.as_str());
    match PlainPlace::open(key, Arc::clone(&driver), serializer, limits) {
        Ok(place) => {
            let route = route.to_owned();
            Ok(Arc::new(place.removed_by(move || opener.remove(&route))))
        }
        Err(error) => {
            if is_new && driver.endpoints().is_ok_and(|endpoints| endpoints.is_empty()) {
                drop(driver);
                let _ = opener.remove(route);
            }
            Err(error)
        }
    }
}

/// What a medium has to carry, where payloads and headers have `limits`.
fn with_envelopes(limits: &Limits) -> Limits {
    let payload_and_headers = limits.payload_bytes_max.saturating_add(limits.header_bytes_max);
    limits.clone().with_payload_bytes_max(message_bytes_max(payload_and_headers))
}

/// How long a payload may be where a message may have `bytes`: as [`with_envelopes`] has it, and half of what can be carried
/// where that is little.
fn payload_bytes_max(bytes: usize, header_bytes_max: usize) -> usize {
    bytes.saturating_sub(message_bytes_max(header_bytes_max)).max(bytes / 2)
}
