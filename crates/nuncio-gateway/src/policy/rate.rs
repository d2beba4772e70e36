//! How much one sender may bring in a time: a bucket that fills steadily and is emptied by what arrives.

use std::time::{Duration, Instant};

/// The allowance of one sender.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    left: f64,
    seen: Instant,
}

impl Bucket {
    /// A full one: a second's worth.
    #[must_use]
    pub fn full(per_second: u32, now: Instant) -> Self {
        Self { left: f64::from(per_second), seen: now }
    }

    /// Takes the allowance for `count` at `now`, if there is any left; what goes beyond it has to be waited for by whoever comes next.
    ///
    /// # Errors
    /// How long it takes until there is.
    pub fn take(&mut self, count: usize, per_second: u32, now: Instant) -> Result<(), Duration> {
        let rate = f64::from(per_second);
        let passed = now.saturating_duration_since(self.seen).as_secs_f64();
        self.left = (self.left + passed * rate).min(rate);
        self.seen = now;
        if self.left <= 0.0 {
            return Err(Duration::from_secs_f64((-self.left / rate).max(0.001)));
        }
        self.left -= count as f64;
        Ok(())
    }

    /// When something was last taken.
    #[must_use]
    pub const fn seen(&self) -> Instant {
        self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_a_second_passes_and_debts_are_waited_for() {
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        let mut bucket = Bucket::full(100, start);
        assert_eq!(bucket.take(60, 100, start), Ok(()));
        assert_eq!(bucket.take(90, 100, start), Ok(()), "one batch is never cut in two");
        assert_eq!(bucket.take(1, 100, start), Err(Duration::from_millis(500)));
        assert!(bucket.take(1, 100, after(400)).is_err());
        assert_eq!(bucket.take(1, 100, after(600)), Ok(()));
        assert_eq!(bucket.take(100, 100, after(60_000)), Ok(()), "more than a second's worth is never saved up");
        assert!(bucket.take(1, 100, after(60_000)).is_err());
    }
}
