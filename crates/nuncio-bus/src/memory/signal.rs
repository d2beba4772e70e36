//! A descriptor that is readable or not, as one says.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use nuncio_core::{Error, Readiness, Result};
use rustix::event::{EventfdFlags, eventfd};
use rustix::io::{read, write};

/// An eventfd that stands for a condition. Raising it again while it is raised is an event too, so that edge-triggered
/// waiters notice.
///
/// # Source
/// eventfd(2).
#[derive(Debug)]
pub(super) struct Signal(Arc<OwnedFd>);

impl Signal {
    pub(super) fn new() -> Result<Self> {
        match eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK) {
            Ok(descriptor) => Ok(Self(Arc::new(descriptor))),
            Err(error) => Err(Error::io("make an event descriptor", error.into())),
        }
    }

    pub(super) fn raise(&self) {
        // Fails only when the counter is at its maximum, and then the descriptor is readable.
        let _ = write(&self.0, &1_u64.to_ne_bytes());
    }

    pub(super) fn clear(&self) {
        // Fails only when the counter is zero, and then there is nothing to clear.
        let _ = read(&self.0, &mut [0; size_of::<u64>()]);
    }

    pub(super) fn readiness(&self) -> Readiness {
        Readiness::Readable(self.0.clone())
    }
}
