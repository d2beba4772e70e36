//! Queues that stay in this process, and the rules that decide which way a message goes (wire/transit.md 5).
//!
//! A name is declared local for the whole process. Messages for it stay in memory, with no metadata but the time. They are encoded
//! as any other, so that a type which works here works between processes too.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError, RwLock};
use std::task::{Wake, Waker};
use std::time::Instant;

use nuncio_codec::Value;
use nuncio_core::{Deadline, QueueName, Wait};

use crate::kernel::Stop;
use crate::metadata::OVERRIDES;
use crate::options::{Place, SendOptions};

static QUEUES: LazyLock<RwLock<HashMap<QueueName, Arc<LocalQueue>>>> = LazyLock::new(RwLock::default);
/// How many names are declared: while there are none, nobody needs to look.
static DECLARED: AtomicUsize = AtomicUsize::new(0);

/// A queue in memory.
#[derive(Debug)]
pub(crate) struct LocalQueue {
    capacity: usize,
    declared: AtomicBool,
    texts: Mutex<VecDeque<Vec<u8>>>,
    changed: Arc<Changed>,
}

/// Rung by whoever changes the queue, and by a cancel.
#[derive(Debug, Default)]
struct Changed {
    condition: Condvar,
    rung: Mutex<u64>,
}

impl Wake for Changed {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}

impl Changed {
    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.condition.notify_all();
    }
}

/// Declares `name` local for this process.
pub(crate) fn declare(name: &QueueName, capacity: usize) {
    let mut queues = QUEUES.write().unwrap_or_else(PoisonError::into_inner);
    let queue = queues.entry(name.clone()).or_insert_with(|| Arc::new(LocalQueue::new(capacity)));
    if !queue.declared.swap(true, Ordering::AcqRel) {
        DECLARED.fetch_add(1, Ordering::AcqRel);
    }
}

/// Whether `name` was declared local.
#[inline]
pub(crate) fn is_declared(name: &QueueName) -> bool {
    DECLARED.load(Ordering::Acquire) != 0 && is_among_declared(name)
}

#[cold]
fn is_among_declared(name: &QueueName) -> bool {
    QUEUES
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(name)
        .is_some_and(|queue| queue.declared.load(Ordering::Acquire))
}

/// The queue in memory called `name`, made if there is none: a message can be sent there by argument alone.
pub(crate) fn find(name: &QueueName, capacity: usize) -> Arc<LocalQueue> {
    let mut queues = QUEUES.write().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(queues.entry(name.clone()).or_insert_with(|| Arc::new(LocalQueue::new(capacity))))
}

/// Whether a message for `name` stays in this process: the first rule that says something decides.
///
/// `own_overrides` is what the message itself had under `.ipc_transit_meta.overrides`; an `overrides` in the send
/// arguments stands in its place, as it does in what is sent.
pub(crate) fn stays(name: &QueueName, options: &SendOptions, own_overrides: Option<&Value>) -> bool {
    match options.place() {
        Place::Kernel => return false,
        Place::Memory => return true,
        Place::ByRules => {}
    }
    let overrides = options.find_meta(OVERRIDES).or(own_overrides);
    let forced = |way: &str| overrides.and_then(|all| all.get(way)?.get(name.as_str())).is_some_and(is_true);
    if forced("force_non_local") {
        return false;
    }
    if forced("force_local") {
        return true;
    }
    match overrides.and_then(|all| all.get("default_to")?.as_str()) {
        Some("local") => true,
        Some("non-local") => false,
        _ => is_declared(name),
    }
}

/// True as Perl sees it.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(0) => false,
        Value::Float(number) => *number != 0.0,
        Value::Text(text) => !matches!(text.as_str(), "" | "0"),
        Value::Bytes(bytes) => !matches!(bytes.as_slice(), b"" | b"0"),
        _ => true,
    }
}

impl LocalQueue {
    fn new(capacity: usize) -> Self {
        Self { capacity, declared: AtomicBool::new(false), texts: Mutex::default(), changed: Arc::default() }
    }

    /// Puts a message that was taken back in front of the others, even if there is no room.
    pub(crate) fn give_back(&self, text: Vec<u8>) {
        self.lock().push_front(text);
        self.changed.ring();
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Adds the message `text`, waiting for room.
    pub(crate) fn send(&self, text: Vec<u8>, wait: Wait<'_>) -> Result<(), Stop> {
        let mut text = Some(text);
        self.wait_until(wait, |texts| {
            if texts.len() < self.capacity {
                texts.extend(text.take());
            }
            text.is_none().then_some(())
        })
    }

    /// Takes the first message, waiting for one.
    pub(crate) fn receive(&self, wait: Wait<'_>) -> Result<Vec<u8>, Stop> {
        self.wait_until(wait, VecDeque::pop_front)
    }

    /// Tries `act` whenever the queue has changed, until it gives something or the wait is over.
    fn wait_until<R>(
        &self,
        wait: Wait<'_>,
        mut act: impl FnMut(&mut VecDeque<Vec<u8>>) -> Option<R>,
    ) -> Result<R, Stop> {
        let _bell = match (wait.until, wait.cancel) {
            (Deadline::Now, _) | (_, None) => None,
            (_, Some(cancel)) => Some(cancel.arm(Waker::from(Arc::clone(&self.changed))).map_err(Stop::Failed)?),
        };
        loop {
            let seen = *self.changed.rung.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(result) = act(&mut self.lock()) {
                self.changed.ring();
                return Ok(result);
            }
            if wait.until == Deadline::Now {
                return Err(Stop::NotNow);
            }
            wait.cancel.map_or(Ok(()), |cancel| cancel.check()).map_err(Stop::Failed)?;
            self.changed.wait(seen, wait.until)?;
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Vec<u8>>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changed {
    /// Sleeps until it has been rung since `seen`, or `until` has passed.
    fn wait(&self, seen: u64, until: Deadline) -> Result<(), Stop> {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        while *rung == seen {
            rung = match until.instant() {
                None => self.condition.wait(rung).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(Stop::TimedOut);
                    }
                    self.condition.wait_timeout(rung, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use nuncio_codec::Map;

    use super::*;

    fn name(text: &str) -> QueueName {
        QueueName::new(text).expect("valid")
    }

    fn map(entries: &[(&str, Value)]) -> Value {
        entries.iter().cloned().collect::<Map>().into()
    }

    #[test]
    fn the_first_rule_that_says_something_decides() {
        let (here, elsewhere) = (name("local-precedence"), name("not-declared"));
        declare(&here, 8);
        let plain = SendOptions::new();
        assert!(stays(&here, &plain, None) && !stays(&elsewhere, &plain, None));
        let to = |way: &str| map(&[("default_to", way.into())]);
        assert!(!stays(&here, &plain, Some(&to("non-local"))) && stays(&elsewhere, &plain, Some(&to("local"))));
        let forced = map(&[
            ("force_local", map(&[(here.as_str(), 1.into()), (elsewhere.as_str(), 1.into())])),
            ("force_non_local", map(&[(here.as_str(), "1".into()), (elsewhere.as_str(), "0".into())])),
            ("default_to", "non-local".into()),
        ]);
        assert!(!stays(&here, &plain, Some(&forced)) && stays(&elsewhere, &plain, Some(&forced)));
        let argument = SendOptions::new().with_meta(OVERRIDES, to("local"));
        assert!(stays(&elsewhere, &argument, Some(&to("non-local"))));
        assert!(!stays(&here, &argument.clone().override_local(), None));
        assert!(stays(&elsewhere, &argument.override_non_local(), Some(&to("non-local"))));
    }

    #[test]
    fn a_full_queue_waits_until_there_is_room() {
        let queue = find(&name("local-full"), 1);
        queue.send(vec![1], Wait::NOW).expect("room");
        assert!(matches!(queue.send(vec![2], Wait::NOW), Err(Stop::NotNow)));
        std::thread::scope(|scope| {
            let sender = scope.spawn(|| queue.send(vec![2], Wait::FOREVER));
            assert_eq!(queue.receive(Wait::FOREVER).expect("the first"), [1]);
            assert_eq!(queue.receive(Wait::FOREVER).expect("the second"), [2]);
            sender.join().expect("no panic").expect("sent");
        });
        assert!(matches!(queue.receive(Wait::until(Deadline::At(Instant::now()))), Err(Stop::TimedOut)));
    }

    #[test]
    fn a_cancel_ends_the_wait() {
        let queue = find(&name("local-cancel"), 1);
        let cancel = nuncio_core::Cancel::new();
        std::thread::scope(|scope| {
            let wait = Wait { until: Deadline::Never, cancel: Some(&cancel) };
            let reader = scope.spawn(move || queue.receive(wait));
            cancel.cancel();
            assert!(matches!(reader.join().expect("no panic"), Err(Stop::Failed(_))));
        });
    }
}
