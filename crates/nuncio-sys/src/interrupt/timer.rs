//! One POSIX timer that signals one thread.

use std::io;
use std::mem::MaybeUninit;
use std::time::Duration;

use libc::{c_int, itimerspec, sigevent, timer_t, timespec};

/// How long after a signal the next one follows.
const REPEAT: Duration = Duration::from_millis(1);

/// A timer of this process, stopped when made. It is not deleted on drop: only the owner knows whether the process
/// was forked since, after which the number may be that of another timer.
#[derive(Debug)]
pub(super) struct Timer(timer_t);

// SAFETY: a timer_t is the number of a timer of the process, which the kernel locks; it is never dereferenced.
unsafe impl Send for Timer {}
// SAFETY: as above.
unsafe impl Sync for Timer {}

impl Timer {
    /// A timer on the clock of [`Instant`](std::time::Instant) that sends `signal` to the calling thread.
    pub(super) fn for_this_thread(signal: c_int) -> io::Result<Self> {
        // SAFETY: zero is a valid value for each field of sigevent.
        let mut event: sigevent = unsafe { std::mem::zeroed() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = signal;
        event.sigev_notify_thread_id = rustix::thread::gettid().as_raw_nonzero().get();
        let mut timer = MaybeUninit::<timer_t>::uninit();
        // SAFETY: `event` is read and `timer` is written during the call only.
        if unsafe { libc::timer_create(libc::CLOCK_MONOTONIC, &mut event, timer.as_mut_ptr()) } == -1 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: timer_create has succeeded, so it has written the timer.
        Ok(Self(unsafe { timer.assume_init() }))
    }

    /// Sends the signal `after` this time from now, and again each millisecond; replaces what was set before.
    pub(super) fn start(&self, after: Duration) {
        // A time of zero would stop the timer instead.
        self.set(after.max(Duration::from_nanos(1)), REPEAT);
    }

    /// Sends no more signals once this returns.
    pub(super) fn stop(&self) {
        self.set(Duration::ZERO, Duration::ZERO);
    }

    fn set(&self, first: Duration, repeat: Duration) {
        let times = itimerspec { it_value: to_timespec(first), it_interval: to_timespec(repeat) };
        // SAFETY: the timer exists, which the owner keeps; `times` is read during the call only.
        let result = unsafe { libc::timer_settime(self.0, 0, &times, std::ptr::null_mut()) };
        debug_assert_eq!(result, 0, "a timer that exists takes any valid time");
    }

    /// Removes the timer from the process; the owner calls it once, last.
    pub(super) fn delete(&self) {
        // SAFETY: the number is that of our timer, which the owner keeps, and is not used again. With a wrong one the
        // call would only fail, and there is nothing to be done about it.
        unsafe { libc::timer_delete(self.0) };
    }

    #[cfg(test)]
    pub(super) fn is_running(&self) -> bool {
        let mut times = MaybeUninit::<itimerspec>::zeroed();
        // SAFETY: the timer exists, which the owner keeps; `times` is written during the call only.
        assert_eq!(unsafe { libc::timer_gettime(self.0, times.as_mut_ptr()) }, 0);
        // SAFETY: zero is a valid value for each field, and the call has filled them.
        unsafe { times.assume_init() }.it_interval.tv_nsec != 0
    }
}

/// A time too far to be written down becomes the farthest that can.
fn to_timespec(duration: Duration) -> timespec {
    timespec {
        tv_sec: duration.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}
