//! Looking for a moment longer before one sleeps.
//!
//! Most of the time that a short message takes between two processes is spent on waking up one that has just fallen asleep. So
//! whoever waits gives his processor away first, to the sender if both are on one, and looks again for a moment. Where that does
//! not pay, because messages are farther apart, he soon sleeps at once, and tries again only now and then.

use std::time::{Duration, Instant};

use nuncio_core::Result;
use rustix::thread::sched_yield;

/// How long to look: some three times what waking up takes.
const LONGEST: Duration = Duration::from_micros(50);
/// How many times it is left out at most between two attempts, as a power of two.
const PAUSE_BITS_MAX: u32 = 8;

/// Whether looking pays.
#[derive(Debug)]
pub(crate) struct Vigil {
    longest: Duration,
    /// How often in a row nothing came.
    failures: u32,
    /// How many times it is not to be tried.
    pause: u32,
}

impl Default for Vigil {
    fn default() -> Self {
        Self { longest: LONGEST, failures: 0, pause: 0 }
    }
}

impl Vigil {
    /// Calls `look` until it has found something, which it says, if that is worth trying and as long as it is.
    ///
    /// # Errors
    /// Those of `look`.
    #[inline(always)]
    pub(crate) fn until<T: Default + PartialEq>(&mut self, mut look: impl FnMut() -> Result<T>) -> Result<T> {
        if self.pause > 0 {
            self.pause -= 1;
            return Ok(T::default());
        }
        let began = Instant::now();
        loop {
            sched_yield();
            let found = look()?;
            // Whoever had the processor meanwhile may not want to give it back; who sleeps is given it when something comes.
            if began.elapsed() >= self.longest {
                self.fail();
                return Ok(found);
            }
            if found != T::default() {
                self.failures = 0;
                return Ok(found);
            }
        }
    }

    #[cold]
    fn fail(&mut self) {
        self.failures = (self.failures + 1).min(PAUSE_BITS_MAX);
        self.pause = (1 << self.failures) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often it looks while it is called `times` times, when something comes at the look `comes`.
    fn looks(vigil: &mut Vigil, times: u32, comes: u32) -> u32 {
        let mut total = 0;
        for _ in 0..times {
            let mut looks = 0;
            let found = vigil.until(|| {
                looks += 1;
                Ok(looks == comes)
            });
            assert_eq!(found.expect("no look fails"), looks >= comes);
            total += looks;
        }
        total
    }

    #[test]
    fn it_goes_on_as_long_as_that_pays() {
        let mut vigil = Vigil { longest: Duration::from_secs(3600), ..Vigil::default() };
        assert_eq!(looks(&mut vigil, 100, 3), 300);
    }

    #[test]
    fn it_stops_when_nothing_comes_and_tries_again_more_and_more_rarely() {
        let mut vigil = Vigil { longest: Duration::ZERO, ..Vigil::default() };
        let tries: u32 = (0..2000).map(|_| looks(&mut vigil, 1, u32::MAX)).sum();
        assert!((8..20).contains(&tries), "{tries}");
        vigil.longest = Duration::from_secs(3600);
        while vigil.pause > 0 {
            assert_eq!(looks(&mut vigil, 1, u32::MAX), 0);
        }
        assert_eq!(looks(&mut vigil, 100, 1), 100);
    }

    #[test]
    fn what_was_found_too_late_is_found_all_the_same() {
        let mut vigil = Vigil { longest: Duration::ZERO, ..Vigil::default() };
        assert!(vigil.until(|| Ok(true)).expect("no look fails"));
        assert!(vigil.pause > 0);
    }
}
