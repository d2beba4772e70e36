//! How long things took: counts in buckets, each a quarter of its power of two wide, so that a quantile is off by an
//! eighth at most.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

/// Buckets for each power of two.
const PARTS: u64 = 4;
/// From one microsecond to over an hour, and one for what is beyond.
const BUCKETS: usize = 4 * 32 + 1;

/// Counts that threads add to without waiting for each other.
#[derive(Debug)]
pub(crate) struct Histogram {
    buckets: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
}

/// What a histogram holds. Times are in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Latency {
    /// How many were counted.
    pub count: u64,
    /// All of them together.
    pub sum_us: u64,
    /// Half took no longer.
    pub p50_us: u64,
    /// 99 of 100 took no longer.
    pub p99_us: u64,
    /// None took longer.
    pub max_us: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: [const { AtomicU64::new(0) }; BUCKETS], sum_us: AtomicU64::new(0) }
    }
}

impl Histogram {
    pub(crate) fn add(&self, took: Duration) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.buckets[bucket(microseconds)].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(microseconds, Ordering::Relaxed);
    }

    pub(crate) fn latency(&self) -> Latency {
        let counts: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        let count: u64 = counts.iter().sum();
        let at = |percent: u64| quantile(&counts, (count * percent).div_ceil(100));
        Latency { count, sum_us: self.sum_us.load(Ordering::Relaxed), p50_us: at(50), p99_us: at(99), max_us: at(100) }
    }

    /// Upper bounds in microseconds, one for each power of two, and how many took no longer; `u64::MAX` for all.
    #[cfg(feature = "metrics")]
    pub(crate) fn cumulative(&self) -> Vec<(u64, u64)> {
        let mut total = 0;
        let mut rows = Vec::new();
        for (index, bucket) in self.buckets.iter().enumerate() {
            total += bucket.load(Ordering::Relaxed);
            if index as u64 % PARTS == PARTS - 1 || index == BUCKETS - 1 {
                rows.push((upper_bound(index), total));
            }
        }
        rows
    }
}

/// The upper bound of the bucket in which the one of this rank lies.
fn quantile(counts: &[u64], rank: u64) -> u64 {
    let mut seen = 0;
    let found = counts.iter().position(|count| {
        seen += count;
        seen >= rank && rank > 0
    });
    found.map_or(0, upper_bound)
}

fn bucket(microseconds: u64) -> usize {
    if microseconds < PARTS {
        return microseconds as usize;
    }
    let power = u64::from(microseconds.ilog2());
    let part = (microseconds >> (power - PARTS.ilog2() as u64)) % PARTS;
    usize::try_from((power - 1) * PARTS + part).map_or(BUCKETS - 1, |index| index.min(BUCKETS - 1))
}

/// The largest number of microseconds that falls into the bucket.
fn upper_bound(index: usize) -> u64 {
    let index = index as u64;
    match index {
        _ if index >= BUCKETS as u64 - 1 => u64::MAX,
        0..PARTS => index,
        _ => {
            let (power, part) = (index / PARTS + 1, index % PARTS);
            ((PARTS + part + 1) << (power - PARTS.ilog2() as u64)) - 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_in_its_bucket() {
        for microseconds in (0..10_000).chain([1 << 20, (1 << 32) - 1]) {
            let index = bucket(microseconds);
            assert!(microseconds <= upper_bound(index), "{microseconds}");
            assert!(index == 0 || microseconds > upper_bound(index - 1), "{microseconds}");
        }
        assert_eq!((bucket(u64::MAX), upper_bound(BUCKETS - 1)), (BUCKETS - 1, u64::MAX));
    }

    #[test]
    fn quantiles_are_off_by_little() {
        let histogram = Histogram::default();
        assert_eq!(histogram.latency(), Latency::default());
        (1..=1000).for_each(|microseconds| histogram.add(Duration::from_micros(microseconds)));
        let latency = histogram.latency();
        assert_eq!((latency.count, latency.sum_us), (1000, 500_500));
        assert!((500..=575).contains(&latency.p50_us) && (990..=1150).contains(&latency.p99_us), "{latency:?}");
        assert!(latency.max_us >= 1000);
    }
}
