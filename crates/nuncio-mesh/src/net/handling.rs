//! What waits for the handlers of a port, and who runs them.
//!
//! Whoever has a message for the port takes its handlers, runs them, and puts them back: a connection's task for all that it
//! has read at once, or a task of its own for what was sent from here. What waits is run first. While somebody has them messages wait, and
//! for those a task is started when the handlers are back. So handlers of one port never run twice at the same time, nobody
//! waits for a lock, and whoever sends without end keeps no connection.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nuncio_codec::{Text, Value};
use nuncio_core::PortId;
use tokio::sync::Notify;

use super::core::Shared;
use super::handler_port::HandlerPort;
use super::handlers::{Failure, Handlers};
use super::mailbox::Capacity;
use super::node::Node;
use super::spawned::text_of_panic;
use crate::proto::Refusal;
use crate::proto::framing::{Elements, Encoded};
use crate::proto::kernel::{MonitorId, Reason};

/// Something to be done in a port's turn.
pub(super) type Job = Box<dyn FnOnce(&HandlerPort) -> Result<(), Reason> + Send>;

/// Shared by all who send to a port with handlers, and by who holds it.
pub(super) struct Handling {
    pub(super) name: Text,
    pub(super) id: PortId,
    capacity: Capacity,
    state: Mutex<State>,
    /// Whether there are changes.
    is_changed: AtomicBool,
    over: Notify,
}

#[derive(Default)]
struct State {
    /// None while somebody runs them, or as long as there are none.
    handlers: Option<Box<Handlers>>,
    waiting: VecDeque<Waiting>,
    /// How many messages wait, and how many bytes they take.
    messages: usize,
    bytes: usize,
    /// A task will come and run what waits.
    is_scheduled: bool,
    changes: Vec<Change>,
    monitors: HashSet<MonitorId>,
    end: Option<Reason>,
}

enum Waiting {
    Messages(Encoded),
    Job(Job),
}

pub(super) enum Change {
    Add(Handlers),
    Remove(String),
}

/// What is left of a port when it has ended. It holds what belongs to the program, and so has to be dropped where no lock
/// is held.
#[must_use]
pub(super) struct Remains {
    pub(super) monitors: HashSet<MonitorId>,
    _handlers: Option<Box<Handlers>>,
    _waiting: VecDeque<Waiting>,
    _changes: Vec<Change>,
}

/// How putting something in went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Done,
    /// There is no room for more, and the port has to be ended.
    Full,
    /// Nobody runs the handlers, and so a task has to be started that does.
    Schedule,
}

impl Handling {
    pub(super) fn new(name: Text, id: PortId, capacity: Capacity, handlers: Option<Handlers>) -> Self {
        let state = State { handlers: handlers.map(Box::new), ..State::default() };
        Self { name, id, capacity, state: Mutex::new(state), is_changed: AtomicBool::new(false), over: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is whole before something can panic; nothing of the program's own runs in between.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts in a message.
    pub(super) fn put(&self, elements: &[Value]) -> Kept {
        self.put_with(|waiting| waiting.push(elements))
    }

    /// Puts in a message that is encoded.
    pub(super) fn put_encoded(&self, elements: Elements<'_>) -> Kept {
        self.put_with(|waiting| waiting.push_encoded(elements))
    }

    fn put_with(&self, push: impl FnOnce(&mut Encoded)) -> Kept {
        let mut state = self.lock();
        if state.end.is_some() {
            return Kept::Done;
        }
        if state.messages >= self.capacity.messages || state.bytes >= self.capacity.bytes {
            return Kept::Full;
        }
        state.messages += 1;
        if !matches!(state.waiting.back(), Some(Waiting::Messages(_))) {
            state.waiting.push_back(Waiting::Messages(Encoded::default()));
        }
        if let Some(Waiting::Messages(encoded)) = state.waiting.back_mut() {
            let before = encoded.size();
            push(encoded);
            let bytes = encoded.size() - before;
            state.bytes += bytes;
        }
        state.schedule()
    }

    /// Puts in something to do, behind the messages that wait; gives it back if the port has ended.
    pub(super) fn put_job(&self, job: Job) -> Result<Kept, Job> {
        let mut state = self.lock();
        if state.end.is_some() {
            return Err(job);
        }
        state.waiting.push_back(Waiting::Job(job));
        Ok(state.schedule())
    }

    /// Changes the handlers, before the next message.
    pub(super) fn change(&self, change: Change) {
        self.lock().changes.push(change);
        self.is_changed.store(true, Ordering::Release);
    }

    /// Gives the handlers to a port that was opened without, and so was not run.
    pub(super) fn begin(&self, handlers: Handlers) -> Kept {
        let mut state = self.lock();
        if state.end.is_some() {
            return Kept::Done;
        }
        state.handlers = Some(Box::new(handlers));
        state.schedule()
    }

    pub(super) fn watches(&self, monitor: MonitorId) {
        self.lock().monitors.insert(monitor);
    }

    pub(super) fn watches_no_more(&self, monitor: MonitorId) {
        self.lock().monitors.remove(&monitor);
    }

    pub(super) fn end(&self, reason: Reason) -> Remains {
        let mut state = self.lock();
        state.end.get_or_insert(reason);
        let remains = Remains {
            monitors: std::mem::take(&mut state.monitors),
            _handlers: state.handlers.take(),
            _waiting: std::mem::take(&mut state.waiting),
            _changes: std::mem::take(&mut state.changes),
        };
        drop(state);
        self.over.notify_waiters();
        remains
    }

    pub(super) fn ended(&self) -> Option<Reason> {
        self.lock().end.clone()
    }

    /// Waits for the end, and gives its reason.
    pub(super) async fn over(&self) -> Reason {
        loop {
            let over = self.over.notified();
            tokio::pin!(over);
            over.as_mut().enable();
            match self.ended() {
                Some(reason) => return reason,
                None => over.await,
            }
        }
    }

    fn take_changes(&self) -> Vec<Change> {
        self.is_changed.store(false, Ordering::Relaxed);
        std::mem::take(&mut self.lock().changes)
    }
}

impl State {
    fn schedule(&mut self) -> Kept {
        match self.handlers.is_some() && !self.waiting.is_empty() && !std::mem::replace(&mut self.is_scheduled, true) {
            true => Kept::Schedule,
            false => Kept::Done,
        }
    }
}

/// The handlers of a port in the hands of who runs them. Dropped, it puts them back.
pub(super) struct Turn {
    port: HandlerPort,
    handlers: Option<Box<Handlers>>,
}

impl Turn {
    /// Takes the handlers, and runs what waits; none if somebody else runs them, or there are none.
    pub(super) fn begin(shared: &Arc<Shared>, handling: &Arc<Handling>) -> Option<Self> {
        let node = Node::of(shared)?;
        let handlers = handling.lock().handlers.take()?;
        let port = HandlerPort::within(node, Arc::clone(handling));
        let mut turn = Self { port, handlers: Some(handlers) };
        turn.catch_up();
        Some(turn)
    }

    pub(super) fn handling(&self) -> &Arc<Handling> {
        self.port.handling()
    }

    /// Runs the handlers of a message.
    ///
    /// An error is the fault of whoever sent it; the port has nothing to do with it.
    #[inline]
    pub(super) fn message(&mut self, elements: Elements<'_>) -> Result<(), Refusal> {
        let Some(handlers) = &mut self.handlers else { return Ok(()) };
        if self.port.handling().is_changed.load(Ordering::Acquire) {
            apply(handlers, self.port.handling().take_changes());
        }
        let port = &self.port;
        match catch_unwind(AssertUnwindSafe(|| handlers.handle(port, elements))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(failure)) => match *failure {
                Failure::Malformed(refusal) => Err(refusal),
                Failure::Ends(reason) => {
                    self.fail(reason);
                    Ok(())
                }
            },
            Err(panic) => {
                self.fail(vec!["die".into(), text_of_panic(panic.as_ref()).into()]);
                Ok(())
            }
        }
    }

    fn job(&mut self, job: Job) {
        let port = &self.port;
        match catch_unwind(AssertUnwindSafe(|| job(port))) {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => self.fail(reason),
            Err(panic) => self.fail(vec!["die".into(), text_of_panic(panic.as_ref()).into()]),
        }
    }

    #[cold]
    fn fail(&mut self, reason: Reason) {
        tracing::warn!(port = %self.port.id(), ?reason, "a handler ended its port");
        self.handlers = None;
        self.port.kill(reason);
    }

    /// Runs what waits now. Nobody is blamed for what is malformed: it came from here, or was read before.
    fn catch_up(&mut self) {
        let waiting = {
            let mut state = self.port.handling().lock();
            (state.messages, state.bytes) = (0, 0);
            std::mem::take(&mut state.waiting)
        };
        for waiting in waiting {
            match waiting {
                Waiting::Job(job) => self.job(job),
                Waiting::Messages(encoded) => {
                    for elements in encoded.iter() {
                        if let Err(refusal) = self.message(elements) {
                            tracing::warn!(port = %self.port.id(), %refusal, "a message cannot be read");
                        }
                    }
                }
            }
            if self.handlers.is_none() {
                return;
            }
        }
    }
}

fn apply(handlers: &mut Handlers, changes: Vec<Change>) {
    for change in changes {
        match change {
            Change::Add(more) => handlers.merge(more),
            Change::Remove(tag) => handlers.remove(&tag),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(handlers) = self.handlers.take() else { return };
        let mut state = self.port.handling().lock();
        if state.end.is_some() {
            // They are the program's own, and dropped where no lock is held.
            drop(state);
            return drop(handlers);
        }
        state.handlers = Some(handlers);
        let kept = state.schedule();
        drop(state);
        if kept == Kept::Schedule {
            self.port.node().shared().schedule(self.port.handling());
        }
    }
}

impl Shared {
    /// Has a task run what waits for a port.
    pub(super) fn schedule(self: &Arc<Self>, handling: &Arc<Handling>) {
        let (shared, handling) = (Arc::clone(self), Arc::clone(handling));
        self.runtime.spawn(async move {
            handling.lock().is_scheduled = false;
            drop(Turn::begin(&shared, &handling));
        });
    }
}

impl std::fmt::Debug for Handling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handling").field("id", &self.id).finish_non_exhaustive()
    }
}
