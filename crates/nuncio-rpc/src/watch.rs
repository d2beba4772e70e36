//! Watching awake for what comes next, for a moment.
//!
//! Where client and server run on two processors, most of the time that a short request takes is spent on waking up
//! threads that have just fallen asleep. So whoever expects something looks again for a moment before it sleeps, giving its
//! processor to whoever wants it before each look: to the other side, if both are on one. Where that does not pay, because
//! the other side takes longer, it soon stops, and only tries again now and then.

use std::task::Poll;
use std::time::{Duration, Instant};

use rustix::thread::sched_yield;

/// How long to watch if nothing else is said: some three times what waking up takes.
pub(crate) const LONGEST: Duration = Duration::from_micros(50);

/// How many times it sleeps at once between two attempts at most, as a power of two.
const PAUSE_BITS_MAX: u32 = 8;

/// How long to watch, and whether that has paid.
#[derive(Debug)]
pub(crate) struct Watch {
    longest: Duration,
    /// How often in a row nothing came.
    failures: u32,
    /// How many times it is not to be tried.
    pause: u32,
}

impl Watch {
    /// Watches for `longest` each time, or never if that is zero.
    pub(crate) fn new(longest: Duration) -> Self {
        Self { longest, failures: 0, pause: 0 }
    }

    /// Calls `look` until it is ready, if that is worth trying, and as long as it is.
    pub(crate) fn until<T>(&mut self, mut look: impl FnMut() -> Poll<T>) -> Poll<T> {
        if self.pause > 0 || self.longest.is_zero() {
            self.pause = self.pause.saturating_sub(1);
            return Poll::Pending;
        }
        let mut began = None;
        loop {
            sched_yield();
            if let Poll::Ready(seen) = look() {
                self.failures = 0;
                return Poll::Ready(seen);
            }
            // Where both sides share a processor, the first look is enough, and the clock is not needed.
            if began.get_or_insert_with(Instant::now).elapsed() >= self.longest {
                self.failures = (self.failures + 1).min(PAUSE_BITS_MAX);
                self.pause = (1 << self.failures) - 1;
                return Poll::Pending;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often it looks while it is called `times` times, when something comes at the look `comes`.
    fn looks(watch: &mut Watch, times: u32, comes: u32) -> u32 {
        let mut total = 0;
        for _ in 0..times {
            let mut looks = 0;
            let _ = watch.until(|| {
                looks += 1;
                if looks == comes { Poll::Ready(()) } else { Poll::Pending }
            });
            total += looks;
        }
        total
    }

    #[test]
    fn it_goes_on_as_long_as_that_pays() {
        let mut watch = Watch::new(Duration::from_secs(3600));
        assert_eq!(looks(&mut watch, 100, 3), 300);
    }

    #[test]
    fn it_stops_when_nothing_comes_and_tries_again_more_and_more_rarely() {
        let mut watch = Watch::new(Duration::from_nanos(1));
        let tries = (0..2000).filter(|_| looks(&mut watch, 1, u32::MAX) > 0).count();
        assert!((8..20).contains(&tries), "{tries}");
        while watch.pause > 0 {
            assert_eq!(looks(&mut watch, 1, 1), 0);
        }
        assert_eq!(looks(&mut watch, 100, 1), 100);
    }

    #[test]
    fn without_time_it_never_looks() {
        assert_eq!(looks(&mut Watch::new(Duration::ZERO), 100, 1), 0);
    }
}
