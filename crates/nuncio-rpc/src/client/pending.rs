//! Which answer belongs to which request: ids, deadlines, and what became of requests whose time is over.
//!
//! No socket and no clock: what is read and what time it is come from outside.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{Duration, Instant};

use crate::wire::javascript;
use crate::wire::record::Record;

/// Ids are this and a number that counts up.
pub(crate) const PREFIX: &str = "rq";

/// The requests that are under way, each with its waiter `W`.
#[derive(Debug)]
pub(crate) struct Pending<W> {
    next: u64,
    entries: HashMap<u64, Entry<W>, BuildHasherDefault<NumberHasher>>,
    waiting: usize,
    /// When something is due. What was answered before stays until it comes up, or there are too many.
    due: BinaryHeap<Reverse<(Instant, u64)>>,
    expiry: Duration,
}

#[derive(Debug)]
enum Entry<W> {
    /// Its time is over. An answer is dropped quietly until then.
    Expired(Instant),
    Waiting(W, Option<Instant>),
}

/// What a record is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<W> {
    /// An answer to a request whose time is over.
    Late,
    /// An answer to no request that is known.
    Unknown,
    /// Nobody asked for it.
    Unsolicited,
    /// The answer that this one waits for.
    Waited(W),
}

impl<W> Pending<W> {
    /// Nothing yet; ids whose time is over are known for `expiry`.
    pub(crate) fn new(expiry: Duration) -> Self {
        Self { next: 0, entries: HashMap::default(), waiting: 0, due: BinaryHeap::new(), expiry }
    }

    /// How many wait.
    pub(crate) const fn waiting(&self) -> usize {
        self.waiting
    }

    /// The number that the next request has.
    pub(crate) const fn next_number(&self) -> u64 {
        self.next
    }

    /// Until when the request waits, if it does; `Some(None)` for ever.
    pub(crate) fn deadline_of(&self, number: u64) -> Option<Option<Instant>> {
        match self.entries.get(&number)? {
            Entry::Waiting(_, deadline) => Some(*deadline),
            Entry::Expired(_) => None,
        }
    }

    /// Passes over a number, that of a request which was answered before it was added.
    pub(crate) const fn skip_number(&mut self) {
        self.next += 1;
    }

    /// Adds a request, and gives its number.
    pub(crate) fn insert(&mut self, waiter: W, deadline: Option<Instant>) -> u64 {
        let number = self.next;
        self.next += 1;
        self.waiting += 1;
        self.entries.insert(number, Entry::Waiting(waiter, deadline));
        if let Some(deadline) = deadline {
            self.push(deadline, number);
        }
        number
    }

    /// What `record` is; a request that is answered is over.
    pub(crate) fn take(&mut self, record: &Record<'_>) -> Found<W> {
        let Some(id) = record.id.filter(|id| javascript::is_truthy(id)) else { return Found::Unsolicited };
        let Some(number) = number_of(id) else { return Found::Unknown };
        match self.entries.get(&number) {
            None => Found::Unknown,
            // It stays until its expiry, as with the reference: the answer may come twice.
            Some(Entry::Expired(_)) => Found::Late,
            Some(Entry::Waiting(..)) => self.remove(number).map_or(Found::Unknown, Found::Waited),
        }
    }

    /// Gives up a request.
    pub(crate) fn remove(&mut self, number: u64) -> Option<W> {
        match self.entries.remove(&number)? {
            Entry::Waiting(waiter, _) => {
                self.waiting -= 1;
                Some(waiter)
            }
            Entry::Expired(_) => None,
        }
    }

    /// The waiters whose deadline has come; forgets what has expired.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<W> {
        let mut over = Vec::new();
        while let Some(Reverse((due, number))) = self.due.peek().copied().filter(|Reverse((due, _))| *due <= now) {
            self.due.pop();
            if !self.is_due(due, number) {
                continue;
            }
            if let Some(waiter) = self.remove(number) {
                over.push(waiter);
                self.entries.insert(number, Entry::Expired(now + self.expiry));
                self.push(now + self.expiry, number);
            }
        }
        over
    }

    /// When [`expire`](Self::expire) is to be called next.
    pub(crate) fn next_due(&mut self) -> Option<Instant> {
        while let Some(Reverse((due, number))) = self.due.peek().copied() {
            if self.is_due(due, number) {
                return Some(due);
            }
            self.due.pop();
        }
        None
    }

    /// Gives up all requests, and forgets what was.
    pub(crate) fn drain(&mut self) -> Vec<W> {
        self.due.clear();
        self.waiting = 0;
        let entries = std::mem::take(&mut self.entries);
        entries
            .into_values()
            .filter_map(|entry| match entry {
                Entry::Waiting(waiter, _) => Some(waiter),
                Entry::Expired(_) => None,
            })
            .collect()
    }

    fn is_due(&self, due: Instant, number: u64) -> bool {
        match self.entries.get(&number) {
            None => false,
            Some(Entry::Expired(until)) => *until == due,
            Some(Entry::Waiting(_, deadline)) => *deadline == Some(due),
        }
    }

    fn push(&mut self, due: Instant, number: u64) {
        self.due.push(Reverse((due, number)));
        if self.due.len() > 2 * self.entries.len() + 1024 {
            let due = std::mem::take(&mut self.due).into_vec();
            self.due = due.into_iter().filter(|Reverse((due, number))| self.is_due(*due, *number)).collect();
        }
    }
}

/// Whether `record` is the answer to the request `number`.
pub(crate) fn answers(record: &Record<'_>, number: u64) -> bool {
    record.id.and_then(number_of) == Some(number)
}

/// The number in an id, which is looked up by its text, as the reference does.
fn number_of(id: &str) -> Option<u64> {
    let text = javascript::to_text(id);
    let digits = text.strip_prefix(PREFIX)?;
    let is_canonical = digits == "0" || !digits.starts_with(['0', '+']);
    digits.parse().ok().filter(|_| is_canonical)
}

/// Numbers that count up are spread well enough by one multiplication; they are not chosen by anybody else.
#[derive(Debug, Default)]
pub(crate) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The constant is that of Fibonacci hashing.
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRY: Duration = Duration::from_secs(10);

    fn answer(id: &str) -> Record<'_> {
        Record { id: Some(id), ..Record::default() }
    }

    #[test]
    fn an_answer_finds_its_request_once() {
        let mut pending = Pending::new(EXPIRY);
        assert_eq!((pending.insert('a', None), pending.insert('b', None)), (0, 1));
        assert_eq!(pending.take(&answer(r#""rq1""#)), Found::Waited('b'));
        assert_eq!(pending.take(&answer(r#""rq1""#)), Found::Unknown);
        assert_eq!(pending.take(&answer(r#"["rq0"]"#)), Found::Waited('a'));
        assert_eq!(pending.waiting(), 0);
    }

    #[test]
    fn what_is_no_answer() {
        let mut pending = Pending::new(EXPIRY);
        pending.insert((), None);
        assert_eq!(pending.take(&Record::default()), Found::Unsolicited);
        for id in ["null", "0", "\"\"", "false"] {
            assert_eq!(pending.take(&answer(id)), Found::Unsolicited, "{id}");
        }
        for id in [r#""zz""#, "7", r#""rq""#, r#""rq00""#, r#""rq+0""#, r#"{"a":1}"#, r#""rq99999999999999999999""#] {
            assert_eq!(pending.take(&answer(id)), Found::Unknown, "{id}");
        }
    }

    #[test]
    fn late_answers_are_known_until_they_expire() {
        let (mut pending, now) = (Pending::new(EXPIRY), Instant::now());
        let deadline = now + Duration::from_secs(1);
        pending.insert('a', Some(deadline));
        assert_eq!(pending.next_due(), Some(deadline));
        assert!(pending.expire(now).is_empty());
        assert_eq!(pending.expire(deadline), ['a']);
        assert_eq!(pending.take(&answer(r#""rq0""#)), Found::Late);
        assert_eq!(pending.take(&answer(r#""rq0""#)), Found::Late);
        assert_eq!(pending.next_due(), Some(deadline + EXPIRY));
        assert!(pending.expire(deadline + EXPIRY).is_empty());
        assert_eq!(pending.take(&answer(r#""rq0""#)), Found::Unknown);
        assert_eq!(pending.next_due(), None);
    }

    #[test]
    fn deadlines_of_what_was_answered_take_no_room() {
        let (mut pending, now) = (Pending::new(EXPIRY), Instant::now());
        for number in 0..100_000 {
            pending.insert((), Some(now + EXPIRY));
            pending.remove(number);
        }
        assert!(pending.due.len() <= 1025, "{}", pending.due.len());
        assert_eq!(pending.next_due(), None);
    }

    #[test]
    fn all_are_given_up_at_once() {
        let (mut pending, now) = (Pending::new(EXPIRY), Instant::now());
        pending.insert('a', Some(now));
        pending.expire(now);
        pending.insert('b', None);
        assert_eq!(pending.drain(), ['b']);
        assert_eq!((pending.waiting(), pending.next_number()), (0, 2));
    }
}
