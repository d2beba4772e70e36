//! What a service sends: at once where there is room, and otherwise kept, in order for each receiver.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use nuncio_core::{
    EndpointName, Error, ErrorKind, Item, Outbox, Outgoing, Payload, PeerId, Readiness, Result, Target, Wait,
};

use super::mail::Letter;
use crate::bus::response::DEADLINE;

/// How much may be kept for one receiver, in bytes; what is sent beyond that fails.
pub const BACKLOG_BYTES_MAX: usize = 64 << 20;
/// From how many messages on a backlog is told of.
const TELL_FROM: usize = 64;
/// How many receivers without room are waited for at the same time.
const WAITED_MAX: usize = 48;

/// What is kept for a receiver that has no room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backlog {
    /// The receiver.
    pub to: String,
    /// How many messages are kept.
    pub messages: usize,
    /// How many bytes their contents have.
    pub bytes: usize,
}

/// A message that could not be sent.
#[derive(Debug)]
#[non_exhaustive]
pub struct Undelivered {
    /// Whom it was for.
    pub to: String,
    /// Its content, as JSON text.
    pub content: Vec<u8>,
    /// Why.
    pub error: Error,
}

/// The way to one receiver.
#[derive(Debug, Default)]
struct Lane {
    target: Option<Target>,
    kept: VecDeque<Letter>,
    bytes: usize,
    /// At how many messages it is told of next.
    tell_at: usize,
    /// The medium has begun a message and not finished it.
    is_begun: bool,
    room: Option<Readiness>,
}

/// Everything that is on its way out.
#[derive(Debug)]
pub(super) struct Outgoings {
    outbox: Arc<dyn Outbox>,
    lanes: BTreeMap<String, Lane>,
    undelivered: Vec<Undelivered>,
    grown: Vec<Backlog>,
}

impl Outgoings {
    pub(super) fn new(outbox: Arc<dyn Outbox>) -> Self {
        Self { outbox, lanes: BTreeMap::new(), undelivered: Vec::new(), grown: Vec::new() }
    }

    /// Sends a letter, or keeps it where there is no room.
    ///
    /// # Errors
    /// It was neither sent nor kept, and is given back: [`ErrorKind::LimitExceeded`] when too much is kept; those of sending.
    pub(super) fn send(&mut self, letter: Letter) -> Result<(), (Error, Letter)> {
        if !self.lanes.contains_key(&letter.to) {
            self.lanes.insert(letter.to.clone(), Lane::default());
        }
        let Some(lane) = self.lanes.get_mut(&letter.to) else { unreachable!("it was added") };
        if lane.kept.is_empty() {
            match lane.send(&*self.outbox, &letter) {
                Err(error) if error.kind() == ErrorKind::Full => {}
                Err(error) => return Err((error, letter)),
                Ok(()) => return Ok(()),
            }
        }
        if lane.bytes + letter.content.0.len() > BACKLOG_BYTES_MAX {
            let reason = format!(
                "{} messages of {} bytes wait for it, limit is {BACKLOG_BYTES_MAX} bytes",
                lane.kept.len(),
                lane.bytes
            );
            return Err((Error::new(ErrorKind::LimitExceeded, "send to").on(&*letter.to).because(reason), letter));
        }
        lane.keep(letter, &mut self.grown);
        Ok(())
    }

    /// As [`send`](Self::send); what fails is undelivered.
    pub(super) fn post(&mut self, letter: Letter) {
        if let Err((error, Letter { to, content, .. })) = self.send(letter) {
            self.undelivered.push(Undelivered { to, content: content.0, error });
        }
    }

    /// Sends what is kept, as far as there is room.
    pub(super) fn push(&mut self) {
        if self.lanes.values().any(|lane| lane.is_begun) {
            self.finish_begun();
        }
        for (to, lane) in self.lanes.iter_mut().filter(|(_, lane)| lane.is_waiting()) {
            // What it was told by has told it.
            lane.room = None;
            lane.push(to, &*self.outbox, &mut self.undelivered);
        }
    }

    fn finish_begun(&mut self) {
        match self.outbox.flush(Wait::NOW) {
            Ok(flushed) => {
                let failed = flushed.failed.into_iter();
                self.undelivered.extend(failed.map(|failed| Undelivered {
                    to: failed.to.to_string(),
                    content: Vec::new(),
                    error: failed.error,
                }));
                if flushed.pending == 0 {
                    self.lanes.values_mut().for_each(|lane| lane.is_begun = false);
                }
            }
            Err(error) => tracing::debug!(error = %error.chain(), "what was begun cannot be pushed on yet"),
        }
    }

    /// What to wait for until there may be room again; and whether that is not everything, so that one has to look again.
    pub(super) fn rooms(&mut self) -> (Vec<Readiness>, bool) {
        let outbox = &*self.outbox;
        let mut waiting = self.lanes.values_mut().filter(|lane| lane.is_waiting());
        let rooms: Vec<Option<Readiness>> = waiting.by_ref().take(WAITED_MAX).map(|lane| lane.room(outbox)).collect();
        let is_partial = waiting.next().is_some() || rooms.iter().any(Option::is_none);
        (rooms.into_iter().flatten().collect(), is_partial)
    }

    /// Whether something is kept or begun.
    pub(super) fn is_waiting(&self) -> bool {
        self.lanes.values().any(Lane::is_waiting)
    }

    /// Whether there is something to tell.
    pub(super) fn has_news(&self) -> bool {
        !self.undelivered.is_empty() || !self.grown.is_empty()
    }

    /// What is kept for whom.
    pub(super) fn backlogs(&self) -> Vec<Backlog> {
        let kept = self.lanes.iter().filter(|(_, lane)| !lane.kept.is_empty());
        kept.map(|(to, lane)| lane.backlog(to)).collect()
    }

    pub(super) fn take_undelivered(&mut self) -> Vec<Undelivered> {
        std::mem::take(&mut self.undelivered)
    }

    pub(super) fn take_grown(&mut self) -> Vec<Backlog> {
        std::mem::take(&mut self.grown)
    }

    /// `to` has gone; what is kept for it may still find it when it comes back.
    pub(super) fn forget(&mut self, to: &str) {
        if self.lanes.get(to).is_some_and(|lane| !lane.is_waiting()) {
            self.lanes.remove(to);
        }
    }
}

impl Lane {
    fn is_waiting(&self) -> bool {
        self.is_begun || !self.kept.is_empty()
    }

    fn send(&mut self, outbox: &dyn Outbox, letter: &Letter) -> Result<()> {
        let headers = letter.deadline.as_deref().map(|deadline| (DEADLINE, deadline));
        let items = [Item { headers: headers.as_slice(), ..Item::new(Payload::Encode(&letter.content)) }];
        let target = match &self.target {
            Some(target) => target,
            None => self.target.insert(outbox.resolve(&EndpointName::from(PeerId::new(&letter.to)?))?),
        };
        match outbox.send(target, &mut Outgoing::new(&items), Wait::NOW) {
            Ok(sent) => {
                self.is_begun |= sent.queued > 0;
                Ok(())
            }
            Err(failure) => {
                if failure.error.kind() != ErrorKind::Full {
                    self.target = None;
                }
                Err(failure.error)
            }
        }
    }

    fn keep(&mut self, letter: Letter, grown: &mut Vec<Backlog>) {
        let to = letter.to.clone();
        self.bytes += letter.content.0.len();
        self.kept.push_back(letter);
        self.tell_at = self.tell_at.max(TELL_FROM);
        if self.kept.len() >= self.tell_at {
            self.tell_at *= 2;
            grown.push(self.backlog(&to));
        }
    }

    fn backlog(&self, to: &str) -> Backlog {
        Backlog { to: to.to_owned(), messages: self.kept.len(), bytes: self.bytes }
    }

    fn push(&mut self, to: &str, outbox: &dyn Outbox, undelivered: &mut Vec<Undelivered>) {
        while let Some(letter) = self.kept.pop_front() {
            match self.send(outbox, &letter) {
                Err(error) if error.kind() == ErrorKind::Full => return self.kept.push_front(letter),
                sent => {
                    self.bytes -= letter.content.0.len();
                    if let Err(error) = sent {
                        undelivered.push(Undelivered { to: to.to_owned(), content: letter.content.0, error });
                    }
                }
            }
        }
        self.tell_at = 0;
    }

    /// Where its room is told; none if its receiver is not where it was.
    fn room(&mut self, outbox: &dyn Outbox) -> Option<Readiness> {
        if self.room.is_none() {
            self.room = outbox.room(self.target.as_ref()?).ok();
        }
        self.room.clone()
    }
}
