//! How long a call may wait, and how a wait is called off.
//!
//! Every call that can wait takes one [`Wait`]. Nothing here reads a clock: a driver compares [`Deadline::At`] with the
//! time it knows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// Until when a call may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "at once, until then, for ever: there is no fourth")]
pub enum Deadline {
    /// Do what can be done at once.
    Now,
    /// Wait until this point in time.
    At(Instant),
    /// Wait for as long as it takes.
    Never,
}

impl Deadline {
    /// The deadline `timeout` after `now`; a time too far to be written down is [`Deadline::Never`].
    pub fn after(now: Instant, timeout: Duration) -> Self {
        now.checked_add(timeout).map_or(Self::Never, Self::At)
    }

    /// The point in time, if there is one to compare with.
    pub const fn instant(self) -> Option<Instant> {
        match self {
            Self::At(instant) => Some(instant),
            Self::Now | Self::Never => None,
        }
    }
}

/// The deadline and the cancellation of one call.
#[derive(Clone, Copy, Debug)]
pub struct Wait<'a> {
    /// Until when.
    pub until: Deadline,
    /// What may call it off.
    pub cancel: Option<&'a Cancel>,
}

impl Wait<'_> {
    /// Does not wait.
    pub const NOW: Self = Self { until: Deadline::Now, cancel: None };
    /// Waits for as long as it takes.
    pub const FOREVER: Self = Self { until: Deadline::Never, cancel: None };

    /// Waits until `until`.
    pub const fn until(until: Deadline) -> Self {
        Self { until, cancel: None }
    }
}

/// Calls off the waits it was given to, from any thread, and keeps doing so until [`reset`](Self::reset).
///
/// A wait arms it with a bell before it sleeps. A bell is rung with the cancel's lock held, so that no bell rings after
/// its [`Armed`] is gone; a bell must therefore not arm or drop a cancel, nor wait for a lock under which one is armed.
#[derive(Debug, Default)]
pub struct Cancel {
    set: AtomicBool,
    bells: Mutex<Bells>,
}

#[derive(Debug, Default)]
struct Bells {
    next: u64,
    armed: Vec<(u64, Waker)>,
}

impl Cancel {
    /// A cancel that nobody has called yet.
    pub const fn new() -> Self {
        Self { set: AtomicBool::new(false), bells: Mutex::new(Bells { next: 0, armed: Vec::new() }) }
    }

    /// Ends every wait that has this cancel, now and until [`reset`](Self::reset), with [`ErrorKind::Interrupted`].
    pub fn cancel(&self) {
        let bells = self.lock();
        self.set.store(true, Ordering::Release);
        for (_, bell) in &bells.armed {
            bell.wake_by_ref();
        }
    }

    /// Whether it has been called.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::Acquire)
    }

    /// Lets waits through again.
    pub fn reset(&self) {
        self.set.store(false, Ordering::Release);
    }

    /// Has `bell` rung when the cancel is called, until the answer is dropped.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] if it has been called already.
    pub fn arm(&self, bell: Waker) -> Result<Armed<'_>> {
        let mut bells = self.lock();
        self.check()?;
        let ticket = bells.next;
        bells.next += 1;
        bells.armed.push((ticket, bell));
        Ok(Armed { cancel: self, ticket })
    }

    /// The error of a wait that was called off.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] if it has been called.
    pub fn check(&self) -> Result<()> {
        match self.is_set() {
            true => Err(Error::new(ErrorKind::Interrupted, "wait")),
            false => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Bells> {
        // A bell that panicked has left the list whole.
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bell that is hung up; see [`Cancel::arm`].
#[derive(Debug)]
pub struct Armed<'a> {
    cancel: &'a Cancel,
    ticket: u64,
}

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        self.cancel.lock().armed.retain(|(ticket, _)| *ticket != self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn only_armed_bells_ring() {
        let cancel = Cancel::new();
        let (kept, dropped) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let _armed = cancel.arm(kept.clone().into()).expect("not set");
        drop(cancel.arm(dropped.clone().into()).expect("not set"));
        cancel.cancel();
        assert_eq!((kept.0.load(Ordering::Relaxed), dropped.0.load(Ordering::Relaxed)), (1, 0));
    }

    #[test]
    fn a_cancel_that_was_called_stops_every_wait_until_it_is_reset() {
        let cancel = Cancel::new();
        cancel.cancel();
        let error = cancel.arm(Waker::noop().clone()).expect_err("set");
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        cancel.reset();
        assert!(cancel.arm(Waker::noop().clone()).is_ok());
    }

    #[test]
    fn a_timeout_beyond_all_time_is_no_deadline() {
        let now = Instant::now();
        assert_eq!(Deadline::after(now, Duration::MAX), Deadline::Never);
        assert_eq!(Deadline::after(now, Duration::from_secs(1)).instant(), Some(now + Duration::from_secs(1)));
    }
}
