//! What the gateway has done, for people and for Prometheus.
//!
//! # Source
//! Prometheus, text exposition format 0.0.4.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::spool::Spool;

/// Counts that only grow.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) requests: Counter,
    pub(crate) requests_refused: Counter,
    pub(crate) messages_received: Counter,
    pub(crate) messages_refused: Counter,
    pub(crate) messages_repeated: Counter,
    pub(crate) messages_drained: Counter,
    pub(crate) messages_queued: Counter,
    pub(crate) messages_sent: Counter,
    pub(crate) messages_proxied: Counter,
    pub(crate) dead_letters: Counter,
    pub(crate) posts: Counter,
    pub(crate) posts_failed: Counter,
}

/// One of them.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Metrics {
    /// All of them, and the spool's, as Prometheus reads them.
    pub(crate) fn text(&self, spool: &Spool) -> String {
        let figures = spool.figures();
        let mut text = String::new();
        for (name, help, value) in [
            ("requests_total", "Requests that came in.", self.requests.value()),
            ("requests_refused_total", "Requests that were refused as a whole.", self.requests_refused.value()),
            ("messages_received_total", "Messages taken from requests.", self.messages_received.value()),
            (
                "messages_refused_total",
                "Messages of requests that were refused for ever.",
                self.messages_refused.value(),
            ),
            ("messages_repeated_total", "Messages that had been stored before.", self.messages_repeated.value()),
            ("messages_drained_total", "Messages taken from the outgoing queue.", self.messages_drained.value()),
            ("messages_queued_total", "Messages put into queues of this machine.", self.messages_queued.value()),
            ("messages_sent_total", "Messages that other hosts have taken.", self.messages_sent.value()),
            ("messages_proxied_total", "Messages handed to hosts that came for them.", self.messages_proxied.value()),
            ("dead_letters_total", "Messages that nobody could be given.", self.dead_letters.value()),
            ("posts_total", "Requests to other hosts.", self.posts.value()),
            ("posts_failed_total", "Requests to other hosts that failed.", self.posts_failed.value()),
            ("spool_messages_total", "Messages stored in the spool.", figures.stored),
            ("spool_syncs_total", "Syncs of the spool.", figures.syncs),
            ("spool_failures_total", "Writes to the spool that failed.", figures.failures),
        ] {
            let _ = writeln!(text, "# HELP nuncio_gateway_{name} {help}\n# TYPE nuncio_gateway_{name} counter");
            let _ = writeln!(text, "nuncio_gateway_{name} {value}");
        }
        let _ = writeln!(
            text,
            "# HELP nuncio_gateway_spool_sync_seconds_total Time in syncs of the spool.\n# TYPE \
             nuncio_gateway_spool_sync_seconds_total counter\nnuncio_gateway_spool_sync_seconds_total {}\n# HELP \
             nuncio_gateway_spool_bytes Bytes of the spool's segments.\n# TYPE nuncio_gateway_spool_bytes \
             gauge\nnuncio_gateway_spool_bytes {}",
            figures.sync_time.as_secs_f64(),
            figures.bytes
        );
        lanes(&mut text, spool);
        text
    }
}

/// What waits for whom.
fn lanes(text: &mut String, spool: &Spool) {
    const WAITING: &str = "nuncio_gateway_waiting_messages";
    const OLDEST: &str = "nuncio_gateway_waiting_oldest_seconds";
    let mut lanes = spool.lane_figures();
    lanes.sort_by(|(a, _), (b, _)| a.cmp(b));
    lanes.retain(|(_, figures)| figures.messages > 0);
    let _ = writeln!(text, "# HELP {WAITING} Messages in the spool.\n# TYPE {WAITING} gauge");
    for (lane, figures) in &lanes {
        let (kind, name) = (lane.kind_name(), escaped(lane.name()));
        let _ = writeln!(text, "{WAITING}{{to=\"{kind}\",name=\"{name}\"}} {}", figures.messages);
    }
    let _ = writeln!(text, "# HELP {OLDEST} Age of the oldest of them.\n# TYPE {OLDEST} gauge");
    let now = SystemTime::now();
    for (lane, figures) in &lanes {
        let (kind, name) = (lane.kind_name(), escaped(lane.name()));
        let age = figures.oldest.and_then(|oldest| now.duration_since(oldest).ok()).unwrap_or_default();
        let _ = writeln!(text, "{OLDEST}{{to=\"{kind}\",name=\"{name}\"}} {}", age.as_secs_f64());
    }
}

fn escaped(label: &str) -> String {
    label.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}
