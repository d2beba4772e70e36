//! Whoever expects an answer looks for it before he sleeps.
//!
//! Where two nodes run on two processors, most of the time that a short message and its answer take is spent on waking up
//! threads that have just fallen asleep; on one, on the way from the connection to the task that waits. So whoever has sent
//! something and then waits for a message writes it himself, and looks for a moment whether there is an answer. He gives his
//! processor away before each look: to the other side, if both are on one. Where that does not pay, because answers take
//! longer, he soon stops, and tries again only now and then.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::line::Line;

/// How long to look: some three times what waking up takes.
const LONGEST: Duration = Duration::from_micros(50);
/// How many times it is left out at most between two attempts, as a power of two.
const PAUSE_BITS_MAX: u32 = 8;

/// On which connection something was sent since somebody has looked for an answer.
#[derive(Debug, Default)]
pub(super) struct Expecting(Mutex<Weak<Line>>);

impl Expecting {
    pub(super) fn on(&self, line: &Weak<Line>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone_from(line);
    }

    /// That connection, once.
    pub(super) fn line(&self) -> Option<Arc<Line>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).upgrade()
    }
}

/// Whether looking pays.
#[derive(Debug)]
pub(super) struct Lookout {
    longest: Duration,
    /// How often in a row nothing came.
    failures: u32,
    /// How many times it is not to be tried.
    pause: u32,
}

impl Default for Lookout {
    fn default() -> Self {
        Self::new(LONGEST)
    }
}

impl Lookout {
    const fn new(longest: Duration) -> Self {
        Self { longest, failures: 0, pause: 0 }
    }

    /// Calls `look` until it has seen something, if that is worth trying and as long as it is. What says none need not be
    /// called again.
    pub(super) fn until(&mut self, mut look: impl FnMut() -> Option<bool>) -> bool {
        if self.pause > 0 {
            self.pause -= 1;
            return false;
        }
        let began = Instant::now();
        loop {
            std::thread::yield_now();
            let seen = look();
            let has_seen = seen == Some(true);
            // Whoever had the processor meanwhile may not want to give it back; who sleeps is given it when something comes.
            let is_over = seen.is_none() || began.elapsed() >= self.longest;
            if is_over {
                self.failures = (self.failures + 1).min(PAUSE_BITS_MAX);
                self.pause = (1 << self.failures) - 1;
            } else if has_seen {
                self.failures = 0;
            }
            if is_over || has_seen {
                return has_seen;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_as_long_as_that_pays_and_then_tries_more_and_more_rarely() {
        let mut lookout = Lookout::new(Duration::from_secs(3600));
        for _ in 0..1000 {
            assert!(lookout.until(|| Some(true)));
        }
        lookout.longest = Duration::ZERO;
        let mut looked = 0;
        for _ in 0..2000 {
            let mut is_first = true;
            let seen = lookout.until(|| {
                looked += usize::from(std::mem::take(&mut is_first));
                Some(false)
            });
            assert!(!seen);
        }
        assert!((8..20).contains(&looked), "{looked}");
        lookout.longest = Duration::from_secs(3600);
        while lookout.pause > 0 {
            assert!(!lookout.until(|| Some(true)));
        }
        assert!(lookout.until(|| Some(true)));
        assert_eq!(lookout.failures, 0);
        let mut answers = [Some(false), None].into_iter();
        assert!(!lookout.until(|| answers.next().expect("it is over")), "it is not looked any longer");
        assert_eq!((lookout.failures, lookout.pause), (1, 1));
    }
}
