//! A mailbox: the messages of one name, and those who wait at its two ends.
//!
//! Everything is decided under one lock, which is held neither while somebody waits nor while a cancel is armed or
//! dropped. Waiting is written once, in [`Mailbox::wait_for`]: try, then sleep until what was missing may be there.
//!
//! A place that becomes free wakes one sender, and a sender that leaves places free wakes the next, so each wake-up ends
//! with somebody who uses the place or finds none. The two signals are raised only for those who asked since they were
//! last raised: a mailbox whose owners wait inside their calls makes no system call for them.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

use nuncio_core::{Batch, Clock, Deadline, Readiness, Result, Slot, Wait};

use super::refusal::Refusal;
use super::signal::Signal;

#[derive(Debug)]
pub(super) struct Mailbox {
    capacity: usize,
    state: Mutex<State>,
    arrived: Condvar,
    freed: Condvar,
    /// Raised when something arrived for a reader that had found nothing.
    has_messages: Signal,
    /// Raised when a place is free for senders that had found none.
    has_room: Signal,
}

#[derive(Debug)]
struct State {
    messages: VecDeque<Slot>,
    has_reader: bool,
    is_over: bool,
    reader_sleeps: bool,
    senders_asleep: usize,
    /// Set while the signal is clear: it is raised with the next message.
    reader_asked: bool,
    /// Set while the signal is clear: it is raised with the next free place.
    senders_asked: bool,
}

/// Which end of the mailbox somebody waits at.
#[derive(Clone, Copy)]
enum End {
    Reader,
    Sender,
}

impl Mailbox {
    /// An empty one with its reader.
    pub(super) fn new(capacity: usize) -> Result<Self> {
        let state = State {
            messages: VecDeque::new(),
            has_reader: true,
            is_over: false,
            reader_sleeps: false,
            senders_asleep: 0,
            reader_asked: true,
            senders_asked: false,
        };
        Ok(Self {
            capacity,
            state: Mutex::new(state),
            arrived: Condvar::new(),
            freed: Condvar::new(),
            has_messages: Signal::new()?,
            has_room: Signal::new()?,
        })
    }

    pub(super) const fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.lock().messages.len()
    }

    pub(super) fn is_over(&self) -> bool {
        self.lock().is_over
    }

    pub(super) fn has_reader(&self) -> bool {
        self.lock().has_reader
    }

    /// How many places are free.
    pub(super) fn room(&self) -> usize {
        self.capacity - self.len()
    }

    /// Makes the caller the reader; false if there is one.
    pub(super) fn claim(&self) -> bool {
        !std::mem::replace(&mut self.lock().has_reader, true)
    }

    /// The reader leaves; the messages stay.
    pub(super) fn suspend(&self) {
        self.lock().has_reader = false;
    }

    /// The mailbox ends: its senders learn of it, and what was unread is handed over.
    pub(super) fn end(&self) -> Vec<Slot> {
        let mut state = self.lock();
        (state.is_over, state.has_reader) = (true, false);
        let unread = std::mem::take(&mut state.messages);
        self.freed.notify_all();
        self.has_room.raise();
        unread.into()
    }

    /// Moves messages from the front of `letters` into the mailbox, as many as there are places, at least one.
    pub(super) fn push(
        self: &Arc<Self>,
        letters: Vec<Slot>,
        clock: &dyn Clock,
        wait: Wait<'_>,
    ) -> Result<usize, (Refusal, Vec<Slot>)> {
        let mut letters = letters.into_iter();
        let pushed = self.wait_for(End::Sender, clock, wait, |state| match state.is_over {
            true => Err(Refusal::Over),
            false => Ok(self.push_some(state, &mut letters)),
        });
        pushed.map_err(|refusal| (refusal, letters.collect()))
    }

    fn push_some(&self, state: &mut State, letters: &mut impl Iterator<Item = Slot>) -> Option<usize> {
        let before = state.messages.len();
        state.messages.extend(letters.take(self.capacity - before));
        let count = state.messages.len() - before;
        if count == 0 {
            return None;
        }
        if state.reader_sleeps {
            self.arrived.notify_one();
        }
        if std::mem::take(&mut state.reader_asked) {
            self.has_messages.raise();
        }
        self.wake_sender(state);
        Some(count)
    }

    /// Moves up to `max` messages into `batch`, at least one.
    pub(super) fn take(
        self: &Arc<Self>,
        batch: &mut Batch,
        max: usize,
        clock: &dyn Clock,
        wait: Wait<'_>,
    ) -> Result<usize, Refusal> {
        let taken = self.wait_for(End::Reader, clock, wait, |state| {
            let count = max.min(state.messages.len());
            for letter in state.messages.drain(..count) {
                batch.put(letter);
            }
            self.wake_sender(state);
            Ok((count > 0).then_some(count))
        });
        if taken.is_err() {
            self.ask(&mut self.lock());
        }
        taken
    }

    /// What tells the reader that something has arrived.
    pub(super) fn readiness(&self) -> Readiness {
        self.has_messages.readiness()
    }

    /// What tells senders that there is room; raised at once if there is, or if there never will be.
    pub(super) fn ask_for_room(&self) -> Readiness {
        let mut state = self.lock();
        if state.is_over || state.messages.len() < self.capacity {
            self.has_room.raise();
        } else if !std::mem::replace(&mut state.senders_asked, true) {
            self.has_room.clear();
        }
        self.has_room.readiness()
    }

    /// Has the reader told of the next message, or of those that are there.
    fn ask(&self, state: &mut State) {
        if !state.messages.is_empty() {
            self.has_messages.raise();
        } else if !std::mem::replace(&mut state.reader_asked, true) {
            self.has_messages.clear();
        }
    }

    /// Wakes one sender if there is room for it.
    fn wake_sender(&self, state: &mut State) {
        if state.messages.len() == self.capacity {
            return;
        }
        if state.senders_asleep > 0 {
            self.freed.notify_one();
        }
        if std::mem::take(&mut state.senders_asked) {
            self.has_room.raise();
        }
    }

    /// Tries `act` until it gives something, as long as `wait` allows.
    fn wait_for<T>(
        self: &Arc<Self>,
        end: End,
        clock: &dyn Clock,
        wait: Wait<'_>,
        mut act: impl FnMut(&mut State) -> Result<Option<T>, Refusal>,
    ) -> Result<T, Refusal> {
        if let Some(done) = act(&mut self.lock())? {
            return Ok(done);
        }
        if wait.until == Deadline::Now {
            return Err(Refusal::NotNow);
        }
        let bell = || Waker::from(self.clone());
        let _armed = wait.cancel.map(|cancel| cancel.arm(bell())).transpose().map_err(|_| Refusal::Cancelled)?;
        let mut state = self.lock();
        loop {
            if let Some(done) = act(&mut state)? {
                return Ok(done);
            }
            // The bell rings under this lock, so it cannot fall between this question and the sleep.
            if wait.cancel.is_some_and(|cancel| cancel.is_set()) {
                return Err(Refusal::Cancelled);
            }
            state = self.sleep(state, end, clock, wait.until)?;
        }
    }

    fn sleep<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        end: End,
        clock: &dyn Clock,
        until: Deadline,
    ) -> Result<MutexGuard<'a, State>, Refusal> {
        let left = until.instant().map(|instant| instant.saturating_duration_since(clock.now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(Refusal::Late);
        }
        let event = match end {
            End::Reader => &self.arrived,
            End::Sender => &self.freed,
        };
        state.count_sleeper(end, true);
        let mut state = match left {
            None => event.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(left) => event.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
        };
        state.count_sleeper(end, false);
        Ok(state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock panics between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    const fn count_sleeper(&mut self, end: End, asleep: bool) {
        match (end, asleep) {
            (End::Reader, asleep) => self.reader_sleeps = asleep,
            (End::Sender, true) => self.senders_asleep += 1,
            (End::Sender, false) => self.senders_asleep -= 1,
        }
    }
}

/// The bell of a cancel: all who sleep here look again.
impl Wake for Mailbox {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Whoever asked before is asleep once this lock is had; whoever asks after sees the cancel set.
        drop(self.lock());
        self.arrived.notify_all();
        self.freed.notify_all();
    }
}
