//! Looking for a moment longer before one sleeps.
//!
//! Most of the time that a short message takes between two processes is spent on waking up one that has just fallen asleep. So
//! whoever expects something looks again for a moment, and gives his processor away before each look (`sched_yield(2)`): to the
//! other side, if both are on one. Where that does not pay, because what comes is farther apart, he soon sleeps at once, and
//! tries again only now and then.

use std::time::{Duration, Instant};

use rustix::thread::sched_yield;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// How long to look if nothing else is said: some three times what waking up takes.
pub const LONGEST: Duration = Duration::from_micros(50);

/// How many times it is left out at most between two attempts, as a power of two.
const PAUSE_BITS_MAX: u32 = 8;

/// What a look has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is there, not yet, or will not be: there is no fourth")]
pub enum Look<T> {
    /// What was looked for.
    Found(T),
    /// Nothing yet.
    Nothing,
    /// There is no use in looking again.
    InVain,
}

/// How long one looks, and whether that has paid.
///
/// ```
/// use nuncio_sys::spin::{Look, Spin};
///
/// let (mut spin, mut looks) = (Spin::default(), 0);
/// let found = spin.until(|| {
///     looks += 1;
///     if looks == 2 { Look::Found("a message") } else { Look::Nothing }
/// });
/// assert_eq!((found, looks), (Some("a message"), 2));
/// ```
#[derive(Debug)]
pub struct Spin {
    longest: Duration,
    /// How often in a row it did not pay.
    failures: u32,
    /// How many times it is not to be tried.
    pause: u32,
}

impl Default for Spin {
    fn default() -> Self {
        Self::new(LONGEST)
    }
}

impl Spin {
    /// Looks for `longest` each time, or never if that is zero.
    #[must_use]
    pub const fn new(longest: Duration) -> Self {
        Self { longest, failures: 0, pause: 0 }
    }

    /// Calls `look` until it has found something, if that is worth trying and as long as it is; what was found.
    #[inline(always)]
    pub fn until<T>(&mut self, mut look: impl FnMut() -> Look<T>) -> Option<T> {
        if self.pause > 0 || self.longest.is_zero() {
            self.pause = self.pause.saturating_sub(1);
            return None;
        }
        // Where both sides share a processor the first look is enough, and a finer clock would take a tenth of it.
        let began = tick();
        sched_yield();
        match look() {
            Look::Found(found) => {
                self.count(tick() != began);
                Some(found)
            }
            Look::Nothing => self.go_on(look),
            Look::InVain => {
                self.count(true);
                None
            }
        }
    }

    #[inline(never)]
    fn go_on<T>(&mut self, mut look: impl FnMut() -> Look<T>) -> Option<T> {
        let began = Instant::now();
        loop {
            sched_yield();
            let look = look();
            let is_over = began.elapsed() >= self.longest;
            match look {
                Look::Found(found) => {
                    self.count(is_over);
                    return Some(found);
                }
                Look::Nothing if !is_over => {}
                Look::Nothing | Look::InVain => {
                    self.count(true);
                    return None;
                }
            }
        }
    }

    /// As [`until`](Self::until), for looks that may fail, and answer with false, zero or the like where there is nothing.
    ///
    /// # Errors
    /// Those of `look`.
    #[inline(always)]
    pub fn try_until<T: Default + PartialEq, E>(&mut self, mut look: impl FnMut() -> Result<T, E>) -> Result<T, E> {
        let found = self.until(|| match look() {
            Ok(found) if found == T::default() => Look::Nothing,
            found => Look::Found(found),
        });
        found.unwrap_or_else(|| Ok(T::default()))
    }

    /// Counts an attempt, which did not pay if it took too long: whoever had the processor meanwhile may not want to give it
    /// back, and who sleeps is given it when something comes.
    #[inline]
    fn count(&mut self, has_failed: bool) {
        if !has_failed {
            self.failures = 0;
            return;
        }
        self.failures = (self.failures + 1).min(PAUSE_BITS_MAX);
        self.pause = (1 << self.failures) - 1;
    }
}

/// The kernel's last tick, some milliseconds after the one before.
#[inline]
fn tick() -> Timespec {
    clock_gettime(ClockId::MonotonicCoarse)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGES: Duration = Duration::from_secs(3600);
    /// Over with the second look.
    const AT_ONCE: Duration = Duration::from_nanos(1);

    /// How often it looks while it is called `times` times, when something comes at the look `comes`.
    fn looks(spin: &mut Spin, times: u32, comes: u32) -> u32 {
        let mut total = 0;
        for _ in 0..times {
            let mut looks = 0;
            let found = spin.until(|| {
                looks += 1;
                if looks == comes { Look::Found(looks) } else { Look::Nothing }
            });
            assert_eq!(found.is_some(), looks == comes);
            total += looks;
        }
        total
    }

    #[test]
    fn it_goes_on_as_long_as_that_pays() {
        assert_eq!(looks(&mut Spin::new(AGES), 100, 3), 300);
    }

    #[test]
    fn it_stops_when_nothing_comes_and_tries_again_more_and_more_rarely() {
        let mut spin = Spin::new(AT_ONCE);
        let tries = (0..2000).filter(|_| looks(&mut spin, 1, u32::MAX) > 0).count();
        assert!((8..20).contains(&tries), "{tries}");
        spin.longest = AGES;
        while spin.pause > 0 {
            assert_eq!(looks(&mut spin, 1, u32::MAX), 0);
        }
        spin.failures = 0;
        assert_eq!(looks(&mut spin, 100, 2), 200);
    }

    #[test]
    fn what_was_found_too_late_is_found_all_the_same_and_did_not_pay() {
        let mut spin = Spin::new(AGES);
        let found = spin.until(|| {
            let now = tick();
            while tick() == now {}
            Look::Found(7)
        });
        assert_eq!((found, spin.failures, spin.pause), (Some(7), 1, 1));
    }

    #[test]
    fn in_vain_it_does_not_look_again() {
        let mut spin = Spin::new(AGES);
        let mut answers = [Look::<()>::Nothing, Look::InVain].into_iter();
        assert_eq!(spin.until(|| answers.next().expect("it is over")), None);
        assert_eq!((spin.failures, spin.pause), (1, 1));
    }

    #[test]
    fn an_error_ends_it() {
        let mut answers = [Ok(0), Ok(0), Err("broken")].into_iter();
        assert_eq!(Spin::new(AGES).try_until(|| answers.next().expect("it is over")), Err("broken"));
    }

    #[test]
    fn without_time_it_never_looks() {
        assert_eq!(looks(&mut Spin::new(Duration::ZERO), 100, 1), 0);
    }
}
