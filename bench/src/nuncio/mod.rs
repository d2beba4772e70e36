//! The work as a user of nuncio would write it, over the public interface alone.

pub(crate) mod allocations;
pub(crate) mod asynchronous;
pub(crate) mod bus;
pub(crate) mod cancel;
pub(crate) mod codec;
pub(crate) mod driver;
pub(crate) mod gateway;
pub(crate) mod idle;
pub(crate) mod mesh;
pub(crate) mod ping_pong;
pub(crate) mod raw;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod rpc;
pub(crate) mod seal;
pub(crate) mod typed;

use std::time::{Duration, Instant};

use nuncio_core::{Deadline, Wait};

/// Far enough away that nothing here takes so long.
const FAR: Duration = Duration::from_secs(600);

/// A wait with a deadline that does not come, made as each timed call makes it.
#[inline]
fn until_far() -> Wait<'static> {
    Wait::until(Deadline::after(Instant::now(), FAR))
}
