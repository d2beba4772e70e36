//! How a process takes the time: many messages at once, or each one by itself.

use std::time::{Duration, Instant};

use crate::statistics;

/// Counts messages, and takes the time of all but the first few.
///
/// ```text
/// while meter.runs() { move_one_message(); meter.count(1); }
/// ```
#[derive(Debug)]
pub(crate) struct Meter {
    counted: usize,
    warm_up: usize,
    total: usize,
    /// When the warm-up was over, and how many messages it had taken.
    began: Option<(Instant, usize)>,
}

impl Meter {
    /// Measures `messages` after one tenth as many for warming up.
    pub(crate) const fn new(messages: usize) -> Self {
        let warm_up = warm_up(messages);
        Self { counted: 0, warm_up, total: warm_up + messages, began: None }
    }

    /// Whether there are messages left to move.
    #[inline]
    pub(crate) fn runs(&mut self) -> bool {
        if self.began.is_none() && self.counted >= self.warm_up {
            self.began = Some((Instant::now(), self.counted));
        }
        self.counted < self.total
    }

    /// `messages` were moved.
    #[inline]
    pub(crate) const fn count(&mut self, messages: usize) {
        self.counted += messages;
    }

    /// Messages per second, the time taken now.
    pub(crate) fn rate(&self) -> Vec<f64> {
        let (began, counted) = self.began.expect("it was asked whether it runs until it did not");
        vec![(self.counted - counted) as f64 / began.elapsed().as_secs_f64()]
    }
}

/// Takes the time of each lap.
#[derive(Debug)]
pub(crate) struct Laps {
    warm_up: usize,
    total: usize,
    began: Instant,
    times: Vec<Duration>,
}

impl Laps {
    /// Measures `count` laps after one tenth as many for warming up; the first begins now.
    pub(crate) fn new(count: usize) -> Self {
        let (warm_up, total) = (warm_up(count), warm_up(count) + count);
        Self { warm_up, total, times: Vec::with_capacity(total), began: Instant::now() }
    }

    /// Whether there are laps left.
    #[inline]
    pub(crate) const fn runs(&self) -> bool {
        self.times.len() < self.total
    }

    /// A lap ends, and the next one begins.
    #[inline]
    pub(crate) fn lap(&mut self) {
        let now = Instant::now();
        self.add(now - self.began);
        self.began = now;
    }

    /// Adds a lap that was timed by itself.
    pub(crate) fn add(&mut self, time: Duration) {
        self.times.push(time);
    }

    /// 99th percentile and median, in microseconds.
    pub(crate) fn percentiles_from_the_tail(&self) -> Vec<f64> {
        self.percentiles().into_iter().rev().collect()
    }

    /// Median and 99th percentile, in microseconds.
    pub(crate) fn percentiles(&self) -> Vec<f64> {
        let mut times: Vec<_> =
            self.times.get(self.warm_up..).unwrap_or_default().iter().map(|time| time.as_secs_f64() * 1e6).collect();
        times.sort_by(f64::total_cmp);
        [0.50, 0.99].map(|part| statistics::at(&times, part)).to_vec()
    }
}

/// How many come before the time is taken, so that caches and buffers are as they will be.
const fn warm_up(count: usize) -> usize {
    count / 10 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_ends_after_the_warm_up_and_what_it_was_asked_for() {
        let mut meter = Meter::new(20);
        let mut moved = 0;
        while meter.runs() {
            meter.count(1);
            moved += 1;
        }
        assert_eq!(moved, 23);
        assert!(meter.rate()[0] > 0.0);
    }

    #[test]
    fn laps_leave_out_the_warm_up() {
        let mut laps = Laps::new(10);
        for milliseconds in [1000, 1000, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] {
            assert!(laps.runs());
            laps.add(Duration::from_millis(milliseconds));
        }
        assert!(!laps.runs());
        let percentiles = laps.percentiles();
        assert!((percentiles[0] - 5_500.0).abs() < 1e-6, "{percentiles:?}");
        assert!((percentiles[1] - 9_910.0).abs() < 1e-6, "{percentiles:?}");
    }
}
