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
/// How often one looks where there is no descriptor to wait for.
const BLIND: Duration = Duration::from_millis(10);

/// A look that does not wait.
pub(crate) const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
/// For how long one waits at first: longer than messages are apart that follow each other.
pub(crate) const SHORTLY: Duration = Duration::from_millis(50);
/// The same for the kernel.
pub(crate) const SHORTLY_SPEC: Timespec = Timespec { tv_sec: 0, tv_nsec: SHORTLY.as_nanos() as i64 };

/// Waits until `descriptor` may be readable, for [`SHORTLY`] at most, or until a signal comes.
///
/// # Errors
/// Those of poll(2).
#[inline]
pub(crate) fn wait_shortly(descriptor: &OwnedFd) -> Result<()> {
    match poll(&mut [PollFd::new(descriptor, PollFlags::IN)], Some(&SHORTLY_SPEC)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(Error::io("wait", error.into())),
    }
}

/// Waits until `readiness` may have come true; false if the deadline has passed. Whoever calls this has looked before, so that
/// a descriptor that is ready without reason keeps nobody longer than he wanted.
///
/// # Errors
/// [`ErrorKind::Interrupted`] when it is cancelled; those of poll(2).
pub(crate) fn wait_for(readiness: &Readiness, clock: &dyn Clock, wait: Wait<'_>) -> Result<bool> {
    let Some(watched) = as_polled(readiness) else { return Ok(true) };
    wait_for_polled(&[watched], clock, wait).map(|ready| ready != 0)
}

/// Waits until one of `readinesses`, of which there are fewer than 64, may have come true: a bit for each of them, none if the
/// deadline has passed. One that has no descriptor may have come true each [`BLIND`].
///
/// # Errors
/// As [`wait_for`].
pub(crate) fn wait_for_any(readinesses: &[&Readiness], clock: &dyn Clock, wait: Wait<'_>) -> Result<u64> {
    let watched: Vec<PollFd<'_>> = readinesses.iter().filter_map(|readiness| as_polled(readiness)).collect();
    if watched.len() == readinesses.len() {
        return wait_for_polled(&watched, clock, wait);
    }
    let look = clock.now() + BLIND;
    let sooner = match wait.until {
        Deadline::At(until) if until <= look => wait.until,
        Deadline::Now => wait.until,
        _ => Deadline::At(look),
    };
    let ready = wait_for_polled(&watched, clock, Wait { until: sooner, ..wait })?;
    // Whoever is told that all may have come true looks at all of them.
    Ok(if ready != 0 || sooner != wait.until { (1 << readinesses.len()) - 1 } else { 0 })
}

fn as_polled(readiness: &Readiness) -> Option<PollFd<'_>> {
    match readiness {
        Readiness::Readable(descriptor) => Some(PollFd::new(descriptor, PollFlags::IN)),
        Readiness::Writable(descriptor) => Some(PollFd::new(descriptor, PollFlags::OUT)),
        _ => None,
    }
}

fn wait_for_polled(watched: &[PollFd<'_>], clock: &dyn Clock, wait: Wait<'_>) -> Result<u64> {
    if wait.until.instant().is_some_and(|until| clock.now() >= until) {
        return Ok(0);
    }
    let Some(cancel) = wait.cancel else {
        return match watched {
            [one] => poll_until(&mut [one.clone()], clock, wait.until),
            _ => poll_until(&mut watched.to_vec(), clock, wait.until),
        };
    };
    let bell = Bell::of_this_thread()?;
    let armed = cancel.arm(Waker::from(Arc::clone(&bell)))?;
    let mut with_bell = watched.to_vec();
    with_bell.push(PollFd::new(&bell.0, PollFlags::IN));
    let woken = poll_until(&mut with_bell, clock, wait.until);
    drop(armed);
    bell.hush();
    cancel.check()?;
    woken
}

fn poll_until(watched: &mut [PollFd<'_>], clock: &dyn Clock, until: Deadline) -> Result<u64> {
    loop {
        let left = match until {
            Deadline::Now => Some(Duration::ZERO),
            Deadline::At(instant) => Some(instant.saturating_duration_since(clock.now()).min(LONGEST)),
            Deadline::Never => None,
        };
        let timeout = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(watched, timeout.as_ref()) {
            Ok(0) if left.is_some_and(|left| !left.is_zero()) => {}
            Ok(_) => return Ok(bits(watched)),
            Err(Errno::INTR) => {}
            Err(error) => return Err(Error::io("wait", error.into())),
        }
    }
}

fn bits(watched: &[PollFd<'_>]) -> u64 {
    watched.iter().enumerate().fold(0, |bits, (index, one)| bits | u64::from(!one.revents().is_empty()) << index)
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
