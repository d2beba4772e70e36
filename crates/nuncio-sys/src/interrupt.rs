//! Timed and cancellable waits in calls that have neither a timeout nor a descriptor.
//!
//! Such a call can only be ended by a signal. Each thread that waits has an [`Alarm`]: a timer that, from the deadline
//! on or when another thread rings, interrupts whatever system call the thread sleeps in, which then fails with
//! `EINTR`. It does so again each millisecond until the wait is over, because a signal that falls between the thread's
//! last look and its call is lost.
//!
//! - Nothing reaches a thread that has no alarm [armed](Alarm::arm).
//! - A signal proves nothing: after `EINTR` the caller looks at the clock and at what may have called the wait off, and
//!   waits again if it was neither. Signals of others interrupt too.
//! - It costs the process one real-time signal, with a handler that does nothing: see [`signal`] and [`use_signal`].
//!
//! ```
//! use std::time::{Duration, Instant};
//! use nuncio_sys::interrupt::Alarm;
//! use nuncio_sys::sysv::{self, MessageQueue};
//!
//! let queue = MessageQueue::create(sysv::key_from(2, u64::from(std::process::id()), b'd'), 0o600)?;
//! let until = Instant::now() + Duration::from_millis(5);
//! let alarm = Alarm::current()?;
//! let armed = alarm.arm(Some(until))?;
//! let mut frame = Vec::new();
//! while Instant::now() < until {
//!     let error = queue.receive(&mut frame, 100).expect_err("nobody sends");
//!     assert_eq!(error.kind(), std::io::ErrorKind::Interrupted);
//! }
//! drop(armed);
//! queue.remove()?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Source
//! timer_create(2) with `SIGEV_THREAD_ID`, timer_settime(2), sigaction(2), signal(7).

mod signal;
mod timer;

use std::cell::RefCell;
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use self::signal::Unblocked;
pub use self::signal::{signal, use_signal};
use self::timer::Timer;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Alarm>>> = const { RefCell::new(None) };
}

/// One thread's alarm.
///
/// It lives as long as somebody holds it; the thread itself does until it ends. As a [`Wake`] it is rung by a
/// [`Waker`](std::task::Waker).
#[derive(Debug)]
pub struct Alarm {
    timer: Timer,
    signal: i32,
    thread: ThreadId,
    process: u32,
    armed: Mutex<bool>,
}

impl Alarm {
    /// The calling thread's alarm, made when the thread first asks, and anew in a forked child.
    ///
    /// # Errors
    /// Those of [`signal`]; `EAGAIN` when the user's number of queued signals (`RLIMIT_SIGPENDING`) is used up;
    /// `Other` while the thread ends.
    pub fn current() -> io::Result<Arc<Self>> {
        let current = CURRENT.try_with(|slot| {
            let mut slot = slot.borrow_mut();
            match &*slot {
                Some(alarm) if alarm.is_of_this_process() => Ok(Arc::clone(alarm)),
                _ => Ok(Arc::clone(slot.insert(Arc::new(Self::new()?)))),
            }
        });
        current.unwrap_or_else(|_| Err(io::Error::other("a thread that ends has no alarm")))
    }

    fn new() -> io::Result<Self> {
        let signal = signal()?;
        let timer = Timer::for_this_thread(signal)?;
        let (thread, process) = (thread::current().id(), std::process::id());
        Ok(Self { timer, signal, thread, process, armed: Mutex::new(false) })
    }

    /// Begins a wait of the calling thread: from `until` on (none: only when rung) its system calls are interrupted,
    /// each millisecond, until the answer is dropped.
    ///
    /// Lets the signal through even if the thread had blocked it; dropping the answer blocks it again.
    ///
    /// # Errors
    /// `InvalidInput` if the alarm is another thread's; `ResourceBusy` if it is armed already: waits do not nest.
    pub fn arm(&self, until: Option<Instant>) -> io::Result<Armed<'_>> {
        if thread::current().id() != self.thread || !self.is_of_this_process() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a thread can arm its own alarm only"));
        }
        let mut armed = self.lock();
        if *armed {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, "the thread's alarm is armed already"));
        }
        let unblocked = Unblocked::new(self.signal)?;
        if let Some(until) = until {
            self.timer.start(until.saturating_duration_since(Instant::now()));
        }
        *armed = true;
        Ok(Armed { alarm: self, _unblocked: unblocked, _not_send: PhantomData })
    }

    /// Interrupts the thread now, and each millisecond until its wait is over; does nothing while it is not armed.
    ///
    /// May be called from any thread.
    pub fn ring(&self) {
        if !self.is_of_this_process() {
            return;
        }
        let armed = self.lock();
        if *armed {
            self.timer.start(Duration::ZERO);
        }
    }

    /// In a forked child the timer does not exist, and the lock may be held by a thread that does not exist either.
    fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        // Nothing is left half done where a panic could happen.
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if self.is_of_this_process() {
            self.timer.delete();
        }
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

/// A wait that can be interrupted; see [`Alarm::arm`]. After its drop no signal comes any more.
#[derive(Debug)]
#[must_use = "dropping it ends the wait"]
pub struct Armed<'a> {
    alarm: &'a Alarm,
    // Dropped behind the drop below: a signal that the timer still sent is taken before it can stay pending.
    _unblocked: Unblocked,
    // The signal mask that is restored is the thread's own.
    _not_send: PhantomData<*const ()>,
}

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        if self.alarm.is_of_this_process() {
            let mut armed = self.alarm.lock();
            self.alarm.timer.stop();
            *armed = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timer_runs_only_while_armed() {
        let alarm = Alarm::current().unwrap();
        alarm.ring();
        assert!(!alarm.timer.is_running(), "rung before the wait");

        let armed = alarm.arm(None).unwrap();
        assert!(!alarm.timer.is_running(), "neither deadline nor ring");
        alarm.ring();
        assert!(alarm.timer.is_running());
        drop(armed);
        assert!(!alarm.timer.is_running(), "the wait is over");

        alarm.ring();
        assert!(!alarm.timer.is_running(), "rung after the wait");
    }

    #[test]
    fn a_deadline_that_has_passed_or_never_comes_sets_the_timer_too() {
        let alarm = Alarm::current().unwrap();
        let now = Instant::now();
        for until in [now, now + Duration::from_secs(u32::MAX.into())] {
            let _armed = alarm.arm(Some(until)).unwrap();
            assert!(alarm.timer.is_running());
        }
    }
}
