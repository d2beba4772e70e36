//! How long to wait before the next try.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);

/// Waits that double with each failure, up to a limit, and are spread at random over their upper half.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    failures: u32,
    longest: Duration,
}

impl Backoff {
    /// Nothing has failed yet; no wait is ever longer than `longest`.
    #[must_use]
    pub const fn new(longest: Duration) -> Self {
        Self { failures: 0, longest }
    }

    /// The wait after one more failure; `chance` is any number, and should be a random one.
    pub fn failed(&mut self, chance: u32) -> Duration {
        let doubled = FIRST.saturating_mul(1_u32 << self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        let wait = doubled.min(self.longest);
        wait / 2 + (wait / 2).mul_f64(f64::from(chance) / f64::from(u32::MAX))
    }

    /// Something succeeded: the next failure is the first again.
    pub const fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// How often in a row it has failed.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_are_spread() {
        let mut backoff = Backoff::new(Duration::from_secs(1));
        let waits: Vec<_> = (0..7).map(|_| backoff.failed(u32::MAX).as_millis()).collect();
        assert_eq!(waits, [50, 100, 200, 400, 800, 1000, 1000]);
        assert_eq!(backoff.failed(0).as_millis(), 500);
        for _ in 0..100 {
            backoff.failed(7);
        }
        backoff.succeeded();
        assert_eq!(backoff.failed(u32::MAX).as_millis(), 50);
    }
}
