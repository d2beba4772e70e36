//! Into a queue of this machine.

use std::time::{Duration, Instant};

use nuncio_core::{Deadline, Error, ErrorKind, Result, Wait};
use nuncio_queue::Queue;

use super::{AGAIN_AFTER, Worker};
use crate::gateway::Shared;
use crate::spool::{Lane, Load, Portion};

const PORTION: Portion = Portion { messages: 256, bytes: 1 << 20 };
/// What was put is noted after so many messages, and before every wait; so many may come twice after a kill.
const NOTED_AFTER: u64 = 16;
/// While a queue is full, whether its messages are too old is looked at so often.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// Why putting stopped.
enum Stop {
    /// The gateway ends.
    Ending,
    /// The queue has been full for a while.
    Full,
    /// A message that cannot be put, and never will be.
    Never(Load, Error),
    /// There is nothing left.
    Nothing,
    /// It may go better later.
    Trouble(Error),
}

pub(super) async fn run(mut worker: Worker) {
    let mut queue = None;
    let mut troubled = false;
    loop {
        let (shared, lane) = (worker.shared.clone(), worker.lane.clone());
        let work = move || {
            let stop = put_all(&shared, &lane, &mut queue);
            (queue, stop)
        };
        // A wait in the kernel holds a thread: it must not be one of the runtime's.
        let Ok((kept, stop)) = tokio::task::spawn_blocking(work).await else { return };
        queue = kept;
        let goes_on = match stop {
            Stop::Ending => false,
            Stop::Nothing => {
                troubled = false;
                worker.idle().await
            }
            Stop::Full => worker.bury_expired("its queue stayed full").await,
            Stop::Never(load, error) => {
                tracing::warn!("{}", error.chain());
                worker.bury_first(&load, 1, &error.chain().to_string()).await
            }
            Stop::Trouble(error) => {
                if !troubled {
                    tracing::warn!("{}; it is tried again until it succeeds", error.chain());
                }
                (troubled, queue) = (true, None);
                worker.bury_expired(&error.chain().to_string()).await && worker.pause(AGAIN_AFTER).await
            }
        };
        if !goes_on {
            return;
        }
    }
}

impl Worker {
    /// Moves what is too old to the dead letters; false when the worker is to end.
    pub(super) async fn bury_expired(&mut self, reason: &str) -> bool {
        while let Ok(Some(load)) = self.shared.spool.read(&self.lane, 0, PORTION) {
            if !self.is_expired(load.stored_at) {
                break;
            }
            let limit = self.shared.config.limits.keep_for;
            let reason = format!("not delivered within {limit:?}: {reason}");
            let count = load.ends.len().min(load.together);
            if !self.bury_first(&load, count, &reason).await {
                return false;
            }
        }
        true
    }
}

fn put_all(shared: &Shared, lane: &Lane, kept: &mut Option<Queue>) -> Stop {
    loop {
        let load = match shared.spool.read(lane, 0, PORTION) {
            Ok(Some(load)) => load,
            Ok(None) => return Stop::Nothing,
            Err(error) => return Stop::Trouble(error),
        };
        let queue = match kept {
            Some(queue) => queue,
            None => match shared.registry.queue(lane.name()) {
                Ok(queue) => kept.insert(queue),
                Err(error) => return Stop::Trouble(error),
            },
        };
        if let Err(stop) = put(shared, lane, queue, load) {
            return stop;
        }
    }
}

/// Puts all messages of a load into the queue.
fn put(shared: &Shared, lane: &Lane, queue: &Queue, load: Load) -> Result<(), Stop> {
    let mut next = load.first;
    for message in load.messages() {
        let mut put = queue.relay().put(message, Wait::NOW);
        if is_full(&put) {
            shared.spool.done(lane, next);
            let until = Deadline::after(Instant::now(), LOOK_AFTER);
            put = queue.relay().put(message, Wait { until, cancel: Some(&shared.cancel) });
        }
        if let Err(error) = put {
            shared.spool.done(lane, next);
            return Err(match error.kind() {
                ErrorKind::Interrupted => Stop::Ending,
                ErrorKind::Full | ErrorKind::TimedOut => Stop::Full,
                ErrorKind::ApiMisuse | ErrorKind::Corrupt | ErrorKind::TooLarge => Stop::Never(load.from(next), error),
                _ => Stop::Trouble(error),
            });
        }
        shared.metrics.messages_queued.add(1);
        next += 1;
        if (next - load.first).is_multiple_of(NOTED_AFTER) {
            shared.spool.done(lane, next);
        }
    }
    shared.spool.done(lane, next);
    Ok(())
}

fn is_full(put: &Result<()>) -> bool {
    matches!(put, Err(error) if error.kind() == ErrorKind::Full)
}
