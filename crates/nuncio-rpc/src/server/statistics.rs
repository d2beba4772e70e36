//! What a server has done: figures of the last interval as the reference has them, totals, and how long each route takes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::histogram::Latency;

/// Figures that only grow. Their names in JSON are those of the reference's `getStats`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Figures {
    /// Records received that are JSON objects.
    pub requests: u64,
    /// Connections opened.
    pub client_open: u64,
    /// Connections ended.
    pub client_close: u64,
    /// The most connections at once, seen when one was opened.
    pub max_connections: u64,
    /// How long, in milliseconds.
    pub duration: u64,
    /// Answers that came later than the threshold.
    pub slow_responses: u64,
    /// Writes that the kernel did not take whole.
    pub stream_backpressure: u64,
}

/// What a server tells of itself.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Statistics {
    /// Connections open now.
    pub connections: usize,
    /// Requests in work now that their handlers did not answer at once.
    pub in_flight: usize,
    /// Routes, those that are built in included.
    pub handlers: usize,
    /// Since the start.
    #[serde(flatten)]
    pub totals: Figures,
    /// The last interval that is over; all 0 before the first is.
    pub interval: Figures,
    /// Each route, in the order in which they are tried; at the end what no route matched.
    pub routes: Vec<RouteStatistics>,
}

/// What one route has done.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RouteStatistics {
    /// Its pattern, as it was given.
    pub route: String,
    /// From reading a request to its handler's end.
    pub latency: Latency,
}

/// The counters behind the figures.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) requests: AtomicU64,
    pub(crate) slow_responses: AtomicU64,
    pub(crate) stream_backpressure: AtomicU64,
    client_open: AtomicU64,
    client_close: AtomicU64,
    peak: AtomicU64,
    peak_of_interval: AtomicU64,
    began: Instant,
    interval: Mutex<Interval>,
}

#[derive(Debug)]
struct Interval {
    began: Instant,
    /// The totals when it began.
    before: Figures,
    /// The last one that is over.
    last: Figures,
}

impl Counters {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            requests: AtomicU64::new(0),
            slow_responses: AtomicU64::new(0),
            stream_backpressure: AtomicU64::new(0),
            client_open: AtomicU64::new(0),
            client_close: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            peak_of_interval: AtomicU64::new(0),
            began: now,
            interval: Mutex::new(Interval { began: now, before: Figures::default(), last: Figures::default() }),
        }
    }

    /// A connection was opened, and there are `connections` now.
    pub(crate) fn opened(&self, connections: usize) {
        self.client_open.fetch_add(1, Ordering::Relaxed);
        self.peak.fetch_max(connections as u64, Ordering::Relaxed);
        self.peak_of_interval.fetch_max(connections as u64, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.client_close.fetch_add(1, Ordering::Relaxed);
    }

    /// All figures since the start.
    pub(crate) fn totals(&self, now: Instant) -> Figures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            requests: read(&self.requests),
            client_open: read(&self.client_open),
            client_close: read(&self.client_close),
            max_connections: read(&self.peak),
            duration: milliseconds(now - self.began),
            slow_responses: read(&self.slow_responses),
            stream_backpressure: read(&self.stream_backpressure),
        }
    }

    /// The last interval that is over.
    pub(crate) fn interval(&self) -> Figures {
        self.interval.lock().unwrap_or_else(PoisonError::into_inner).last.clone()
    }

    /// Ends the interval that runs, and begins the next.
    pub(crate) fn roll_over(&self, now: Instant) -> Figures {
        let totals = self.totals(now);
        let mut interval = self.interval.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut interval.before, totals.clone());
        let began = std::mem::replace(&mut interval.began, now);
        interval.last = Figures {
            requests: totals.requests - before.requests,
            client_open: totals.client_open - before.client_open,
            client_close: totals.client_close - before.client_close,
            // It starts at 0 again, also while connections are open, as the reference has it.
            max_connections: self.peak_of_interval.swap(0, Ordering::Relaxed),
            duration: milliseconds(now - began),
            slow_responses: totals.slow_responses - before.slow_responses,
            stream_backpressure: totals.stream_backpressure - before.stream_backpressure,
        };
        interval.last.clone()
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_has_what_happened_in_it() {
        let began = Instant::now();
        let counters = Counters::new(began);
        counters.opened(1);
        counters.opened(2);
        counters.requests.fetch_add(5, Ordering::Relaxed);
        assert_eq!(counters.interval(), Figures::default());
        let first = counters.roll_over(began + Duration::from_secs(60));
        assert_eq!((first.requests, first.client_open, first.max_connections, first.duration), (5, 2, 2, 60_000));
        counters.closed();
        counters.requests.fetch_add(1, Ordering::Relaxed);
        let second = counters.roll_over(began + Duration::from_secs(90));
        assert_eq!((second.requests, second.client_close, second.max_connections, second.duration), (1, 1, 0, 30_000));
        assert_eq!(counters.interval(), second);
        let totals = counters.totals(began + Duration::from_secs(91));
        assert_eq!((totals.requests, totals.max_connections, totals.duration), (6, 2, 91_000));
    }

    #[test]
    fn the_names_in_json_are_those_of_the_reference() {
        let json = serde_json::to_string(&Figures::default()).expect("JSON");
        assert_eq!(
            json,
            r#"{"requests":0,"clientOpen":0,"clientClose":0,"maxConnections":0,"duration":0,"slowResponses":0,"streamBackpressure":0}"#
        );
    }
}
