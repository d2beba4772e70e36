//! Where a blocking client keeps what came while it waited for something else.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use nuncio_core::{Error, ErrorKind, Result};

use super::answer::Answer;
use super::mailbox::lost_error;
use super::options::ClientBuilder;
use super::pending::{Found, Pending};
use super::statistics::{ClientCounters, count};
use crate::wire::record::{self, Read, Record};

/// Requests under way, answers that nobody has taken yet, and records that nobody asked for.
#[derive(Debug)]
pub(crate) struct Desk {
    /// Each waits as its number.
    pending: Pending<u64>,
    outcomes: HashMap<u64, Result<Answer>>,
    messages: VecDeque<Answer>,
    messages_max: usize,
    lost: u64,
    pub(crate) counters: ClientCounters,
}

/// How it stands with a request.
pub(crate) enum Standing {
    /// It is over.
    Done(Result<Answer>),
    /// It waits until then, or for ever.
    Waits(Option<Instant>),
}

impl Desk {
    pub(crate) fn new(options: &ClientBuilder) -> Self {
        Self {
            pending: Pending::new(options.expiry),
            outcomes: HashMap::new(),
            messages: VecDeque::new(),
            messages_max: options.messages_max,
            lost: 0,
            counters: ClientCounters::default(),
        }
    }

    /// How many requests are not done with: under way, or answered and not taken.
    pub(crate) fn open_requests(&self) -> usize {
        self.pending.waiting() + self.outcomes.len()
    }

    /// The number of the next request.
    pub(crate) const fn next_number(&self) -> u64 {
        self.pending.next_number()
    }

    /// The next request is sent.
    pub(crate) fn begin(&mut self, deadline: Option<Instant>) {
        self.pending.insert(self.next_number(), deadline);
        count(&self.counters.requests, 1);
    }

    /// The next request was sent, and answered at once.
    pub(crate) fn answered_at_once(&mut self) {
        self.pending.skip_number();
        count(&self.counters.requests, 1);
        count(&self.counters.answers, 1);
    }

    /// How it stands with the request `number`. What came of it is taken out: it is waited for once.
    pub(crate) fn standing(&mut self, number: u64) -> Standing {
        if let Some(outcome) = self.take_outcome(number) {
            return Standing::Done(outcome);
        }
        match self.pending.deadline_of(number) {
            Some(deadline) => Standing::Waits(deadline),
            None => Standing::Done(Err(Error::new(ErrorKind::ApiMisuse, "wait for the answer"))),
        }
    }

    /// Keeps what `line` is; the record itself if it is the answer `wanted`.
    pub(crate) fn sort<'a>(&mut self, line: &'a str, wanted: Option<u64>) -> Option<Record<'a>> {
        let record = match record::read(line) {
            Read::Record(record) => record,
            Read::Text => return None,
            Read::Broken(broken) => {
                count(&self.counters.broken_lines, 1);
                tracing::warn!("passed over a line that is no JSON: {broken}");
                return None;
            }
        };
        match self.pending.take(&record) {
            Found::Waited(number) => {
                count(&self.counters.answers, 1);
                if wanted == Some(number) {
                    return Some(record);
                }
                self.outcomes.insert(number, Ok(Answer::new(line)));
            }
            Found::Late => count(&self.counters.late_answers, 1),
            Found::Unknown => count(&self.counters.unknown_answers, 1),
            Found::Unsolicited => self.keep_message(line),
        }
        None
    }

    /// Keeps that the answer to a request was too large.
    pub(crate) fn sort_too_large(&mut self, head: &str, limit: usize) {
        match self.pending.take(&record::read_head(head)) {
            Found::Waited(number) => {
                let reason = format!("the answer is larger than {limit} bytes");
                self.outcomes.insert(number, Err(Error::new(ErrorKind::TooLarge, "request").because(reason)));
            }
            _ => tracing::warn!("passed over a record of more than {limit} bytes that nobody waits for"),
        }
    }

    /// Gives up the requests whose time is over.
    pub(crate) fn expire(&mut self, now: Instant) {
        for number in self.pending.expire(now) {
            count(&self.counters.timeouts, 1);
            let error = Error::new(ErrorKind::TimedOut, "request").because("no answer came in time");
            self.outcomes.insert(number, Err(error));
        }
    }

    /// Gives up all requests: the connection has ended.
    pub(crate) fn cut_off(&mut self, why: &str) {
        for number in self.pending.drain() {
            count(&self.counters.cut_off, 1);
            let error = Error::new(ErrorKind::PeerGone, "request").because(why.to_owned());
            self.outcomes.insert(number, Err(error));
        }
    }

    /// The next record that nobody asked for, or that some found no room.
    pub(crate) fn next_message(&mut self) -> Option<Result<Answer>> {
        if let Some(message) = self.messages.pop_front() {
            return Some(Ok(message));
        }
        let lost = std::mem::take(&mut self.lost);
        (lost > 0).then(|| Err(lost_error(lost, self.messages_max)))
    }

    /// Most requests are waited for at once, and nothing is kept of them.
    fn take_outcome(&mut self, number: u64) -> Option<Result<Answer>> {
        if self.outcomes.is_empty() { None } else { self.outcomes.remove(&number) }
    }

    fn keep_message(&mut self, line: &str) {
        count(&self.counters.messages, 1);
        match self.messages.len() < self.messages_max {
            true => self.messages.push_back(Answer::new(line)),
            false => self.lost += 1,
        }
    }
}
