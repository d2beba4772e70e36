//! From the spool to where messages belong: a worker for each lane that has any.

mod dead;
pub(crate) mod direct;
mod exchange;
mod flight;
mod host;
mod queue;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

use crate::gateway::Shared;
use crate::spool::{Lane, Load, Piece, Submission};

/// A worker without work ends after so long.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// What does not go through is tried again after so long, if nothing says otherwise.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The workers.
pub(crate) struct Lanes {
    shared: Arc<Shared>,
    running: Running,
}

type Running = Arc<Mutex<HashMap<Lane, Arc<Notify>>>>;

/// What a worker needs to know.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) lane: Lane,
    notify: Arc<Notify>,
    running: Running,
    ending: watch::Receiver<bool>,
}

impl Lanes {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, running: Running::default() }
    }

    /// Has a worker for each lane that is named, and ends with the gateway.
    pub(crate) async fn run(self, mut rung: mpsc::UnboundedReceiver<Lane>) {
        let mut workers = JoinSet::new();
        for lane in self.shared.spool.lanes() {
            self.wake(lane, &mut workers);
        }
        let mut ending = self.shared.ending();
        loop {
            tokio::select! {
                lane = rung.recv() => match lane {
                    Some(lane) => self.wake(lane, &mut workers),
                    None => break,
                },
                _ = ending.wait_for(|ended| *ended) => break,
                Some(_) = workers.join_next(), if !workers.is_empty() => {}
            }
        }
        while workers.join_next().await.is_some() {}
    }

    fn wake(&self, lane: Lane, workers: &mut JoinSet<()>) {
        if matches!(lane, Lane::Host(_)) && !self.shared.config.sends {
            // Left over from a time when this gateway did send.
            return;
        }
        let mut running = lock(&self.running);
        if let Some(notify) = running.get(&lane) {
            return notify.notify_one();
        }
        let notify = Arc::new(Notify::new());
        running.insert(lane.clone(), Arc::clone(&notify));
        drop(running);
        let worker = Worker {
            shared: Arc::clone(&self.shared),
            lane: lane.clone(),
            notify,
            running: Arc::clone(&self.running),
            ending: self.shared.ending(),
        };
        match lane {
            Lane::Dead(_) => workers.spawn(dead::run(worker)),
            Lane::Host(_) => workers.spawn(host::run(worker)),
            Lane::Proxy(_) | Lane::Queue(_) => workers.spawn(queue::run(worker)),
        };
    }
}

impl Worker {
    /// Waits until there may be something new; false when the worker is to end.
    pub(crate) async fn idle(&mut self) -> bool {
        let rung = tokio::select! {
            () = self.notify.notified() => true,
            _ = self.ending.wait_for(|ended| *ended) => return false,
            () = tokio::time::sleep(IDLE_MAX) => false,
        };
        rung || !self.may_leave()
    }

    /// Waits for `wait`; false when the worker is to end.
    pub(crate) async fn pause(&mut self, wait: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            _ = self.ending.wait_for(|ended| *ended) => false,
        }
    }

    /// Waits until there may be something new, without end.
    pub(crate) async fn rung(&self) {
        self.notify.notified().await;
    }

    /// Becomes true when the worker is to end.
    pub(crate) async fn ended(&self) {
        let mut ending = self.ending.clone();
        let _ = ending.wait_for(|ended| *ended).await;
    }

    /// Leaves the workers, if there is nothing to do.
    fn may_leave(&self) -> bool {
        // Who rings looks for us under the same lock: either it finds us, or we find what it rings for.
        let mut running = lock(&self.running);
        let is_empty = self.shared.spool.stream(&self.lane).is_none();
        if is_empty {
            running.remove(&self.lane);
        }
        is_empty
    }

    /// Whether messages that were stored at `stored_at` have been tried for long enough.
    pub(crate) fn is_expired(&self, stored_at: SystemTime) -> bool {
        let age = SystemTime::now().duration_since(stored_at).unwrap_or_default();
        age > self.shared.config.limits.keep_for
    }

    /// Moves the first `count` messages of the lane, which `load` begins with, to the dead letters; false when the worker is to end.
    pub(crate) async fn bury_first(&mut self, load: &Load, count: usize, reason: &str) -> bool {
        let messages: Vec<&[u8]> = load.messages().take(count).collect();
        let done = Some((self.lane.clone(), load.first + messages.len() as u64));
        self.bury(&messages, reason, done).await
    }

    /// Puts messages among the dead letters, in the same step as `done`; false when the worker is to end first.
    pub(crate) async fn bury(&mut self, messages: &[&[u8]], reason: &str, done: Option<(Lane, u64)>) -> bool {
        let reason = format!("{}: {reason}", self.lane);
        let lane = Lane::Dead(reason.into());
        let mut end = 0;
        let pieces: Vec<_> = messages
            .iter()
            .enumerate()
            .map(|(number, message)| {
                let start = end;
                end += message.len();
                Piece { lane: lane.clone(), at: start..end, number: number as u64, once: None }
            })
            .collect();
        let body = bytes::Bytes::from(messages.concat());
        loop {
            let submission = Submission {
                body: body.clone(),
                messages: pieces.clone(),
                done: done.clone(),
                ..Submission::default()
            };
            match self.shared.spool.submit(submission).await {
                Ok(Ok(_)) => return true,
                Ok(Err(_)) if self.pause(AGAIN_AFTER).await => {}
                _ => return false,
            }
        }
    }
}

fn lock(running: &Running) -> MutexGuard<'_, HashMap<Lane, Arc<Notify>>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
