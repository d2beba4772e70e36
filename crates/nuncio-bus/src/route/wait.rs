//! Waiting for a descriptor, with a deadline and a cancellation.
//!
//! # Source
//! poll(2), eventfd(2).

use std::cell::RefCell;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Duration;

use nuncio_core::{Clock, Deadline, Error, ErrorKind, Readiness, Result, Wait};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

/// What poll can count, in seconds, for a deadline that is farther away.
pub(crate) const LONGEST: Duration = Duration::from_secs(1 << 31);

/// Waits until `readiness` may have come true; false if the deadline has passed. Whoever calls this has looked before, so that
/// a descriptor that is ready without reason keeps nobody longer than he wanted.
///
/// # Errors
/// [`ErrorKind::Interrupted`] when it is cancelled; those of poll(2).
pub(crate) fn wait_for(readiness: &Readiness, clock: &dyn Clock, wait: Wait<'_>) -> Result<bool> {
    let (descriptor, flags) = match readiness {
        Readiness::Readable(descriptor) => (descriptor, PollFlags::IN),
        Readiness::Writable(descriptor) => (descriptor, PollFlags::OUT),
        _ => return Ok(true),
    };
    if wait.until.instant().is_some_and(|until| clock.now() >= until) {
        return Ok(false);
    }
    let Some(cancel) = wait.cancel else {
        return poll_until(&mut [PollFd::new(descriptor, flags)], clock, wait.until);
    };
    let bell = Bell::of_this_thread()?;
    let armed = cancel.arm(Waker::from(Arc::clone(&bell)))?;
    let mut watched = [PollFd::new(descriptor, flags), PollFd::new(&bell.0, PollFlags::IN)];
    let woken = poll_until(&mut watched, clock, wait.until);
    drop(armed);
    bell.hush();
    cancel.check()?;
    woken
}

fn poll_until(watched: &mut [PollFd<'_>], clock: &dyn Clock, until: Deadline) -> Result<bool> {
    loop {
        let left = match until {
            Deadline::Now => Some(Duration::ZERO),
            Deadline::At(instant) => Some(instant.saturating_duration_since(clock.now()).min(LONGEST)),
            Deadline::Never => None,
        };
        let timeout = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(watched, timeout.as_ref()) {
            Ok(0) if left.is_some_and(|left| !left.is_zero()) => {}
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(Error::io("wait", error.into())),
        }
    }
}

/// Wakes one thread out of poll.
#[derive(Debug)]
struct Bell(OwnedFd);

impl Bell {
    fn of_this_thread() -> Result<Arc<Self>> {
        thread_local! {
            static BELL: RefCell<Option<Arc<Bell>>> = const { RefCell::new(None) };
        }
        BELL.with_borrow_mut(|slot| match slot {
            Some(bell) => Ok(Arc::clone(bell)),
            None => {
                let descriptor = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
                let bell = Self(descriptor.map_err(|error| {
                    Error::new(ErrorKind::LimitExceeded, "prepare to wait").caused_by(std::io::Error::from(error))
                })?);
                Ok(Arc::clone(slot.insert(Arc::new(bell))))
            }
        })
    }

    fn hush(&self) {
        // Fails only when it did not ring.
        let _ = rustix::io::read(self.0.as_fd(), &mut [0; size_of::<u64>()]);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Fails only when the counter is at its maximum, and then it has rung.
        let _ = rustix::io::write(self.0.as_fd(), &1_u64.to_ne_bytes());
    }
}
