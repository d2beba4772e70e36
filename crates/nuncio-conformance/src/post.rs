//! Those who take part in a case: senders and readers of letters.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nuncio_core::driver::{Detach, SendFailure, Sent};
use nuncio_core::{
    Acknowledge, Attached, Batch, BodyKinds, Cancel, Deadline, Delivery, ErrorKind, Inbox, Item, Outbox, Outcome,
    Outgoing, Readiness, Result, Target, Token, Wait,
};

use crate::letter::{Form, Letter, Sealed};
use crate::stage::name;

/// How long a wait is that is meant to find nothing.
const SHORT: Duration = Duration::from_millis(10);
/// What no mailbox under test holds: one that takes that many letters is never full.
const LETTERS_MAX: u64 = 10_000;

/// A wait that is meant to find nothing.
pub(crate) fn shortly() -> Wait<'static> {
    Wait::until(Deadline::At(Instant::now() + SHORT))
}

/// Takes a different time in each round, up to a tenth of a millisecond: what another thread does meanwhile is not begun,
/// half done or done, and in enough rounds it is every step between.
pub(crate) fn linger(round: u64) {
    for _ in 0..round * 97 % 4096 {
        std::hint::spin_loop();
    }
}

/// A wait that only `cancel` ends.
pub(crate) const fn unless(cancel: &Cancel) -> Wait<'_> {
    Wait { until: Deadline::Never, cancel: Some(cancel) }
}

/// The sending half, with somebody to send to.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) target: Target,
    /// In which forms it sends its letters, in turn.
    forms: Vec<Form>,
}

impl Sender {
    pub(crate) fn of(outbox: Arc<dyn Outbox>, to: &str, kinds: BodyKinds) -> Self {
        let target = outbox.resolve(&name(to)).unwrap_or_else(|error| panic!("{}", error.chain()));
        Self { outbox, target, forms: Form::all(kinds) }
    }

    /// Sends all letters in one form, so that they are of one size on the medium too.
    pub(crate) fn in_one_form(mut self) -> Self {
        self.forms.truncate(1);
        self
    }

    /// One send. A medium may be out of reach for a moment, and say so, as long as it has taken nothing.
    pub(crate) fn send_items(&self, batch: &mut Outgoing<'_>, wait: Wait<'_>) -> Result<Sent, SendFailure> {
        loop {
            let before = batch.accepted();
            let sent = self.outbox.send(&self.target, batch, wait);
            let accepted = batch.accepted() - before;
            match &sent {
                Ok(sent) => {
                    assert_eq!(sent.stored + sent.queued, accepted, "the batch and the answer count differently")
                }
                Err(failure) => assert_eq!(accepted, 0, "a send that failed accepted something: {failure:?}"),
            }
            match sent {
                Err(failure) if failure.error.kind() == ErrorKind::Unavailable => {
                    assert_eq!(failure.outcome, Outcome::NotSent);
                }
                other => return other,
            }
        }
    }

    /// One send of one item.
    pub(crate) fn send_item(&self, item: Item<'_>, wait: Wait<'_>) -> Result<Sent, SendFailure> {
        self.send_items(&mut Outgoing::new(&[item]), wait)
    }

    /// One send of one letter.
    pub(crate) fn send_letter(&self, letter: &Letter, wait: Wait<'_>) -> Result<Sent, SendFailure> {
        self.send_item(letter.seal(&self.forms).item(), wait)
    }

    /// What to watch for room.
    pub(crate) fn room(&self) -> Readiness {
        self.outbox.room(&self.target).unwrap_or_else(|error| panic!("{}", error.chain()))
    }

    /// `letters`, ready to be sent.
    pub(crate) fn seal<'a>(&self, letters: &'a [Letter]) -> Vec<Sealed<'a>> {
        letters.iter().map(|letter| letter.seal(&self.forms)).collect()
    }

    /// Sends all of `letters`, for as long as it takes, up to `at_once` in one call.
    pub(crate) fn send(&self, letters: &[Letter], at_once: usize) {
        for part in letters.chunks(at_once) {
            let sealed = self.seal(part);
            let items: Vec<_> = sealed.iter().map(Sealed::item).collect();
            let mut batch = Outgoing::new(&items);
            while !batch.rest().is_empty() {
                let sent = self.send_items(&mut batch, Wait::FOREVER).unwrap_or_else(|failure| panic!("{failure:?}"));
                assert!(sent.stored + sent.queued > 0, "a send that succeeds accepts something");
                if sent.queued > 0 {
                    let flushed = self.outbox.flush(Wait::FOREVER).expect("what was begun can be ended");
                    assert!(flushed.failed.is_empty(), "{flushed:?}");
                }
            }
        }
    }

    /// Sends letters from number `first` on until there is no room, and gives the number of the first that had none.
    pub(crate) fn fill(&self, first: u64) -> u64 {
        for number in first..first + LETTERS_MAX {
            let letter = Letter::new(0, number);
            // Whoever may not wait is sometimes told `Full` too early; whoever waits is not.
            let sent = self.send_letter(&letter, Wait::NOW).or_else(|_| self.send_letter(&letter, shortly()));
            match sent {
                Ok(_) => {}
                Err(failure) if failure.error.kind() == ErrorKind::TimedOut => return number,
                Err(failure) => panic!("{failure:?}"),
            }
        }
        panic!("{LETTERS_MAX} letters had room: the medium is never full")
    }
}

/// The receiving half. Where messages are lent it acknowledges what it has read.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) inbox: Box<dyn Inbox>,
    acknowledge: Option<Arc<dyn Acknowledge>>,
    batch: Batch,
}

impl Reader {
    pub(crate) fn of(attached: Attached) -> Self {
        let inbox = attached.inbox.expect("who joins to receive gets an inbox");
        Self { inbox, acknowledge: attached.acknowledge, batch: Batch::new() }
    }

    /// One receive; `read` is shown what came.
    pub(crate) fn recv_with(&mut self, max: usize, wait: Wait<'_>, read: impl FnMut(Delivery<'_>)) -> Result<usize> {
        self.batch.clear();
        let count = self.inbox.recv(&mut self.batch, max, wait)?;
        assert_eq!(self.batch.len(), count, "the batch and the answer count differently");
        assert!(count <= max, "{count} messages came, {max} were asked for");
        self.batch.iter().for_each(read);
        self.acknowledge(&self.batch);
        Ok(count)
    }

    /// Where messages are lent: those in `batch` are done with.
    pub(crate) fn acknowledge(&self, batch: &Batch) {
        if let Some(acknowledge) = &self.acknowledge {
            let tokens: Vec<Token<'_>> = batch.iter().filter_map(Delivery::token).collect();
            acknowledge.ack(&tokens, Wait::FOREVER).unwrap_or_else(|error| panic!("{}", error.chain()));
        }
    }

    /// One receive.
    pub(crate) fn recv(&mut self, max: usize, wait: Wait<'_>) -> Result<Vec<Letter>> {
        let mut letters = Vec::new();
        self.recv_with(max, wait, |delivery| letters.push(Letter::read(delivery)))?;
        Ok(letters)
    }

    /// The next `count` letters, for as long as it takes.
    pub(crate) fn take(&mut self, count: usize) -> Vec<Letter> {
        let mut letters = Vec::new();
        while letters.len() < count {
            let more =
                self.recv(count - letters.len(), Wait::FOREVER).unwrap_or_else(|error| panic!("{}", error.chain()));
            assert!(!more.is_empty(), "a wait without a deadline ended with nothing");
            letters.extend(more);
        }
        letters
    }

    /// All letters that come until none does.
    pub(crate) fn take_rest(&mut self) -> Vec<Letter> {
        let mut letters = Vec::new();
        loop {
            match self.recv(16, shortly()).unwrap_or_else(|error| panic!("{}", error.chain())) {
                more if more.is_empty() => return letters,
                more => letters.extend(more),
            }
        }
    }

    /// Leaves; gives the letters that were handed over.
    pub(crate) fn detach(&mut self, how: Detach) -> Vec<Letter> {
        let left = self.inbox.detach(how, Wait::FOREVER).unwrap_or_else(|error| panic!("{}", error.chain()));
        left.unread.iter().map(Letter::read).collect()
    }
}
