//! What is to be written to one client: handlers append from any thread, the connection writes all of it at once.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::sync::Notify;

use crate::wire::pool;

/// Records that wait to be written.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    bytes_max: usize,
    /// Rung when there is room again, and at the end.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    /// What the connection has taken and not written yet.
    taken_bytes: usize,
    phase: Phase,
    waker: Option<Waker>,
}

/// How far the life of a connection has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    #[default]
    Open,
    /// Nothing more is read; what is in work is finished.
    Draining,
    /// It ends now, whatever is in work.
    Aborted,
    /// Nobody writes any more.
    Closed,
}

impl Outbox {
    /// One that is full above `bytes_max`.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { state: Mutex::default(), bytes_max, changed: Notify::new() }
    }

    /// Appends what `write` writes, also beyond the mark; `None` when the connection has ended.
    pub(crate) fn append<R>(&self, write: impl FnOnce(&mut Vec<u8>) -> R) -> Option<R> {
        let mut state = self.lock();
        if state.phase == Phase::Closed {
            return None;
        }
        let written = write(&mut state.bytes);
        let waker = state.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
        Some(written)
    }

    /// Whether so much waits that nothing should be added that can wait itself.
    pub(crate) fn is_full(&self) -> bool {
        let state = self.lock();
        state.bytes.len() + state.taken_bytes > self.bytes_max
    }

    /// Waits until it is no longer full; false when the connection has ended.
    pub(crate) async fn room(&self) -> bool {
        self.until(|outbox| (!outbox.is_full()).then_some(true).or((outbox.phase() == Phase::Closed).then_some(false)))
            .await
    }

    /// Waits until the connection has ended.
    pub(crate) async fn closed(&self) {
        self.until(|outbox| (outbox.phase() == Phase::Closed).then_some(())).await;
    }

    pub(crate) fn phase(&self) -> Phase {
        self.lock().phase
    }

    /// Goes on to `phase`; there is no way back.
    pub(crate) fn advance(&self, phase: Phase) {
        let mut state = self.lock();
        if state.phase >= phase {
            return;
        }
        state.phase = phase;
        if phase == Phase::Closed {
            state.bytes = Vec::new();
        }
        let waker = state.waker.take();
        drop(state);
        self.changed.notify_waiters();
        waker.into_iter().for_each(Waker::wake);
    }

    /// For the connection: takes all that waits in exchange for `empty`, which is written. Says whether there was any.
    pub(crate) fn exchange(&self, empty: &mut Vec<u8>) -> bool {
        debug_assert!(empty.is_empty(), "what was taken is written first");
        let mut state = self.lock();
        let was_full = state.taken_bytes > self.bytes_max;
        state.taken_bytes = state.bytes.len();
        if state.bytes.is_empty() {
            drop(state);
        } else {
            if empty.capacity() > pool::KEEP_BYTES_MAX {
                *empty = Vec::new();
            }
            std::mem::swap(&mut state.bytes, empty);
        }
        if was_full {
            self.changed.notify_waiters();
        }
        !empty.is_empty()
    }

    /// For the connection: gives back memory that one that waits does not need.
    pub(crate) fn rest(&self) {
        pool::rest(&mut self.lock().bytes);
    }

    /// For the connection: whether something waits to be taken.
    pub(crate) fn has_some(&self) -> bool {
        !self.lock().bytes.is_empty()
    }

    /// For the connection: has `waker` woken when there is something to do; false when there is already.
    pub(crate) fn arm(&self, waker: &Waker, seen: Phase) -> bool {
        let mut state = self.lock();
        if !state.bytes.is_empty() || state.phase != seen {
            return false;
        }
        match &mut state.waker {
            Some(armed) => armed.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        true
    }

    async fn until<T>(&self, condition: impl Fn(&Self) -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            if let Some(met) = condition(self) {
                return met;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What panics under the lock is a serializer, and leaves nothing of its record behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_appended_leaves_together() {
        let (outbox, mut taken) = (Outbox::new(10), Vec::new());
        assert!(!outbox.exchange(&mut taken));
        outbox.append(|out| out.extend_from_slice(b"one\n"));
        outbox.append(|out| out.extend_from_slice(b"two\n"));
        assert!(outbox.exchange(&mut taken));
        assert_eq!(taken, b"one\ntwo\n");
    }

    #[test]
    fn it_is_full_until_what_was_taken_is_written() {
        let (outbox, mut taken) = (Outbox::new(3), Vec::new());
        outbox.append(|out| out.extend_from_slice(b"four"));
        assert!(outbox.is_full());
        outbox.exchange(&mut taken);
        assert!(outbox.is_full());
        taken.clear();
        outbox.exchange(&mut taken);
        assert!(!outbox.is_full());
    }

    #[test]
    fn nothing_is_armed_while_there_is_something_to_do() {
        let outbox = Outbox::new(10);
        assert!(outbox.arm(Waker::noop(), Phase::Open));
        outbox.append(|out| out.push(b'x'));
        assert!(!outbox.arm(Waker::noop(), Phase::Open));
        outbox.exchange(&mut Vec::new());
        outbox.advance(Phase::Draining);
        assert!(!outbox.arm(Waker::noop(), Phase::Open));
        outbox.advance(Phase::Closed);
        outbox.advance(Phase::Draining);
        assert_eq!((outbox.phase(), outbox.append(|_| ())), (Phase::Closed, None));
    }
}
