//! What a client has done.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// What is called with the figures of an interval.
pub(crate) type OnFigures = Box<dyn Fn(&ClientFigures) + Send + Sync>;

/// Figures of a client, since its start or of an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClientFigures {
    /// Requests sent.
    pub requests: u64,
    /// Requests answered in time.
    pub answers: u64,
    /// Requests that were not.
    pub timeouts: u64,
    /// Answers that came after that, and were dropped.
    pub late_answers: u64,
    /// Answers to no request that is known.
    pub unknown_answers: u64,
    /// Records that nobody asked for.
    pub messages: u64,
    /// Lines that were no records.
    pub broken_lines: u64,
    /// Connections that were made after the first.
    pub reconnects: u64,
    /// Requests that failed because the connection ended.
    pub cut_off: u64,
}

/// The counters behind the figures.
#[derive(Debug, Default)]
pub(crate) struct ClientCounters {
    pub(crate) requests: AtomicU64,
    pub(crate) answers: AtomicU64,
    pub(crate) timeouts: AtomicU64,
    pub(crate) late_answers: AtomicU64,
    pub(crate) unknown_answers: AtomicU64,
    pub(crate) messages: AtomicU64,
    pub(crate) broken_lines: AtomicU64,
    pub(crate) reconnects: AtomicU64,
    pub(crate) cut_off: AtomicU64,
}

impl ClientCounters {
    pub(crate) fn figures(&self) -> ClientFigures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ClientFigures {
            requests: read(&self.requests),
            answers: read(&self.answers),
            timeouts: read(&self.timeouts),
            late_answers: read(&self.late_answers),
            unknown_answers: read(&self.unknown_answers),
            messages: read(&self.messages),
            broken_lines: read(&self.broken_lines),
            reconnects: read(&self.reconnects),
            cut_off: read(&self.cut_off),
        }
    }
}

/// Adds to one of the counters.
pub(crate) fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

impl ClientFigures {
    /// What was added since `before`.
    pub(crate) const fn since(self, before: Self) -> Self {
        Self {
            requests: self.requests - before.requests,
            answers: self.answers - before.answers,
            timeouts: self.timeouts - before.timeouts,
            late_answers: self.late_answers - before.late_answers,
            unknown_answers: self.unknown_answers - before.unknown_answers,
            messages: self.messages - before.messages,
            broken_lines: self.broken_lines - before.broken_lines,
            reconnects: self.reconnects - before.reconnects,
            cut_off: self.cut_off - before.cut_off,
        }
    }
}
