//! Asking, and waiting for answers.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use nuncio_core::{Deadline, Error, ErrorKind, Item, Outgoing, Payload, Result, SystemClock, Target, Wait};
use serde::Serialize;
use tracing::warn;

use super::lookout::{Lookout, State};
use super::message::Message;
use super::peer::Peer;
use super::pending::RequestId;
use super::presence::{earlier, expiry_of};
use super::response::{Answer, Ask, DEADLINE, Response, seconds};
use crate::route::wait_for_any;
use crate::wire::id::Tick;

/// How many messages are kept for later while one waits for an answer. When there are more the request fails: reading never
/// stops, for the answer may be next.
const DEFERRED_MAX: usize = 1024;

impl Peer {
    /// Asks `to` and waits for the answer, for up to `timeout` if that is said. Other messages that come meanwhile are
    /// received later, in their order.
    ///
    /// # Errors
    /// As [`begin_request`](Self::begin_request) and [`response`](Self::response).
    pub fn request<T: Serialize + Sync>(&mut self, to: &str, value: &T, timeout: Option<Duration>) -> Result<Response> {
        self.request_until(to, value, timeout, None)
    }

    /// Asks `to` and waits for the answer; `wait` says until when, which travels along, and what may call it off.
    ///
    /// # Errors
    /// As [`request`](Self::request), and [`ErrorKind::Interrupted`].
    pub fn request_with<T: Serialize + Sync>(&mut self, to: &str, value: &T, wait: Wait<'_>) -> Result<Response> {
        let timeout = match wait.until {
            Deadline::At(until) => Some(until.saturating_duration_since(Instant::now())),
            Deadline::Now => Some(Duration::ZERO),
            _ => None,
        };
        self.request_until(to, value, timeout, wait.cancel)
    }

    fn request_until<T: Serialize + Sync>(
        &mut self,
        to: &str,
        value: &T,
        timeout: Option<Duration>,
        cancel: Option<&nuncio_core::Cancel>,
    ) -> Result<Response> {
        let id = self.begin(to, value, timeout, cancel)?;
        let response = self.wait_for_answer(&id, Wait { until: Deadline::Never, cancel });
        if response.is_err() {
            // Nobody has its id any more.
            self.pending.remove(&id);
        }
        response
    }

    /// Asks `to`, and goes on; the answer is waited for later, for up to `timeout` from now if that is said. Peers of nuncio
    /// are told until when.
    ///
    /// # Errors
    /// Those of sending; [`ErrorKind::TimedOut`] when there was no room in time; [`ErrorKind::LimitExceeded`] when too many
    /// messages came while room was waited for.
    pub fn begin_request<T: Serialize + Sync>(
        &mut self,
        to: &str,
        value: &T,
        timeout: Option<Duration>,
    ) -> Result<RequestId> {
        self.begin(to, value, timeout, None)
    }

    fn begin<T: Serialize + Sync>(
        &mut self,
        to: &str,
        value: &T,
        timeout: Option<Duration>,
        cancel: Option<&nuncio_core::Cancel>,
    ) -> Result<RequestId> {
        let now = Instant::now();
        let until = timeout.map_or(Deadline::Never, |timeout| Deadline::after(now, timeout));
        let id = RequestId::of(Tick::next(SystemTime::now()));
        let deadline = timeout.and_then(|timeout| SystemTime::now().checked_add(timeout)).map(seconds);
        let headers = deadline.as_deref().map(|deadline| (DEADLINE, deadline));
        let ask = Ask { ipcm_request_id: id.as_str(), request: value };
        let item = Item { headers: headers.as_slice(), ..Item::new(Payload::Encode(&ask)) };
        let target = self.local.target(to)?;
        // Whose answer it is to be is known before he can have answered and gone.
        let lookout = self.lookout()?;
        let mut changed = lookout.refresh_for(to, now)?;
        let mut state = lookout.state(to)?;
        self.send_reading(&target, item, Wait { until, cancel })?;
        if self.local.ledger.has_moved() {
            // It went to somebody who has come since; who that is is found when the answer is waited for.
            (changed, state) = (true, State::Unknown);
        }
        self.must_review |= changed || !matches!(state, State::Live(_) | State::Unknown);
        self.pending.add(id, target.name().clone(), state, now, until);
        Ok(id)
    }

    /// Waits for the answer to `id`. When the wait ends first the request is still under way.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`] and [`ErrorKind::Interrupted`]; [`ErrorKind::PeerGone`] when whoever was asked has ended or
    /// left without an answer; [`ErrorKind::LimitExceeded`] when too many other messages came; [`ErrorKind::ApiMisuse`] for a
    /// request that is not under way.
    pub fn response(&mut self, id: &RequestId, wait: Wait<'_>) -> Result<Response> {
        match self.pending.knows(id) {
            true => self.wait_for_answer(id, wait),
            false => Err(no_answer(id, ErrorKind::ApiMisuse, "no such request is under way")),
        }
    }

    /// As [`response`](Self::response), to a request that is under way.
    fn wait_for_answer(&mut self, id: &RequestId, wait: Wait<'_>) -> Result<Response> {
        loop {
            if let Some(response) = self.pending.take(id) {
                return response;
            }
            if !self.wait_for_answers(wait)? {
                return match self.pending.take(id) {
                    Some(response) => response,
                    None => Err(no_answer(id, ErrorKind::TimedOut, "there was none until the deadline")),
                };
            }
        }
    }

    /// Waits for the next answer, whichever request it belongs to; none if no request is under way, or the deadline passed
    /// first. A request that fails is in the answer.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`]; [`ErrorKind::LimitExceeded`] when too many other messages came; those of the medium.
    pub fn next_response(&mut self, wait: Wait<'_>) -> Result<Option<(RequestId, Result<Response>)>> {
        loop {
            if let Some(done) = self.pending.take_any() {
                return Ok(Some(done));
            }
            if self.pending.is_empty() || !self.wait_for_answers(wait)? {
                return Ok(self.pending.take_any());
            }
        }
    }

    /// Does not wait for the answer to `id` any more; when it comes it is received as other messages are. Says whether the
    /// request was under way.
    pub fn withdraw(&mut self, id: &RequestId) -> bool {
        self.pending.remove(id)
    }

    /// Answers the request `id` of `to`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn respond<T: Serialize + Sync>(&self, to: &str, id: &str, value: &T, wait: Wait<'_>) -> Result<()> {
        let answer = Answer { ipcm_response_id: id, response: Some(value), ipcm_error: None };
        self.send_until(to, &answer, wait)
    }

    /// Answers the request `id` of `to` with what went wrong.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn respond_error(&self, to: &str, id: &str, error: &str, wait: Wait<'_>) -> Result<()> {
        let answer = Answer::<()> { ipcm_response_id: id, response: None, ipcm_error: Some(error) };
        self.send_until(to, &answer, wait)
    }

    /// Reads what is there, or waits until something happens to a request; false if the deadline passed first.
    fn wait_for_answers(&mut self, wait: Wait<'_>) -> Result<bool> {
        if self.look_shortly(wait.until)? || self.may_have_more() && self.read_answers()? {
            return Ok(true);
        }
        self.sleep(wait)
    }

    /// Whether messages may be there of which no descriptor tells.
    fn may_have_more(&self) -> bool {
        self.may_have_more || self.local.receiving().has_more()
    }

    /// Waits until something happens to a request, or a message comes; false if the deadline passed first.
    #[inline(never)]
    fn sleep(&mut self, wait: Wait<'_>) -> Result<bool> {
        if self.pending.expire(Instant::now()) || self.review()? || self.pending.is_empty() {
            return Ok(true);
        }
        if wait.until == Deadline::Now {
            return Ok(false);
        }
        let sooner = earlier(wait.until, [self.pending.next_deadline(), self.next_look()]);
        let lookout = self.lookout.as_ref().map(Lookout::readiness);
        let mut readinesses = vec![&self.local.readiness];
        readinesses.extend(lookout);
        let ready = wait_for_any(&readinesses, &SystemClock, Wait { until: sooner, ..wait });
        let ready = ready.map_err(|error| self.named(error))?;
        self.may_have_more |= ready & WAITS_FOR_INBOX != 0;
        let lookout = self.lookout()?;
        if (ready & WAITS_FOR_LOOKOUT != 0 || lookout.look_again().is_some()) && lookout.take()? {
            self.must_review = true;
        }
        Ok(ready != 0 || sooner != wait.until)
    }

    /// Looks for an answer for a moment longer, where one may come sooner than one has fallen asleep.
    fn look_shortly(&mut self, until: Deadline) -> Result<bool> {
        if !self.local.is_quick || until == Deadline::Now || self.local.receiving().has_more() {
            return Ok(false);
        }
        let mut spin = std::mem::take(&mut self.spin);
        let expects_one = self.pending.has_at_most_one();
        let has_answer = spin.try_until(|| match self.local.glance(expects_one) {
            Ok(Some(message)) => {
                // Of what was put back no descriptor tells.
                self.may_have_more |= self.local.receiving().has_more();
                self.sort_out(message)
            }
            Ok(None) => Ok(false),
            Err(error) => self.pass_over(error).map(|()| false),
        });
        self.spin = spin;
        has_answer
    }

    /// A message that cannot be read is no answer.
    fn pass_over(&self, error: Error) -> Result<()> {
        if !is_of_message(&error) {
            return Err(error);
        }
        warn!(error = %error.chain(), "a message that cannot be read came while an answer was waited for");
        Ok(())
    }

    /// Takes all messages that are there; true if one of them was an answer. The others are kept for later.
    fn read_answers(&mut self) -> Result<bool> {
        let mut has_answer = false;
        loop {
            match self.recv_new(Wait::NOW) {
                Ok(Some(message)) => {
                    has_answer |= self.sort_out(message)?;
                    self.may_have_more = !self.local.receiving().is_told();
                }
                Ok(None) => self.may_have_more = false,
                Err(error) => self.pass_over(error)?,
            }
            if !self.may_have_more {
                return Ok(has_answer);
            }
        }
    }

    /// Whether `message` is an answer; any other is kept for later.
    fn sort_out(&mut self, message: Message) -> Result<bool> {
        let Err(message) = self.local.accept(&mut self.pending, message) else { return Ok(true) };
        match self.local.receiving().defer(message) > DEFERRED_MAX {
            false => Ok(false),
            true => Err(Error::new(ErrorKind::LimitExceeded, "wait for answers as")
                .on(self.id())
                .because(format!("more than {DEFERRED_MAX} other messages came meanwhile"))),
        }
    }

    /// Fails the requests of those who have gone, when something has changed; true if there were any. What they sent before
    /// is read first.
    fn review(&mut self) -> Result<bool> {
        let is_expired = self.expiry.is_some_and(|expiry| expiry <= Instant::now());
        if !std::mem::take(&mut self.must_review) && !is_expired {
            return Ok(false);
        }
        let keeps = self.bus().place.claims().suspend;
        self.lookout()?.refresh()?;
        let now = (Instant::now(), SystemTime::now());
        let (pending, lookout) = (&mut self.pending, &mut self.lookout);
        let mut expiry = None;
        let has_gone = pending.review(keeps, now, |id| {
            let lookout = lookout.as_mut().ok_or_else(|| Error::new(ErrorKind::ApiMisuse, "wait for answers"))?;
            let state = lookout.state(id)?;
            expiry = expiry.into_iter().chain(expiry_of(state)).min();
            Ok(state)
        })?;
        self.expiry = expiry;
        if has_gone {
            let read = self.read_answers();
            self.pending.settle();
            read?;
        }
        Ok(has_gone)
    }

    /// When to look again, though nothing was told: at the end of a suspension, and where no descriptor tells.
    fn next_look(&self) -> Option<Instant> {
        let again = self.lookout.as_ref().and_then(Lookout::look_again).map(|again| Instant::now() + again);
        [again, self.expiry].into_iter().flatten().min()
    }

    fn lookout(&mut self) -> Result<&mut Lookout> {
        match &mut self.lookout {
            Some(lookout) => Ok(lookout),
            slot => {
                // Whatever happened to those who were asked before this is found by the first look.
                self.must_review = true;
                Ok(slot.insert(Lookout::new(&self.local.bus.place)?))
            }
        }
    }

    /// Sends, and reads while there is no room: two who fill each other would wait for ever otherwise.
    fn send_reading(&mut self, target: &Target, item: Item<'_>, wait: Wait<'_>) -> Result<()> {
        let outbox = Arc::clone(&self.local.outbox);
        let items = [item];
        loop {
            match outbox.send(target, &mut Outgoing::new(&items), Wait::NOW) {
                Ok(sent) if sent.queued == 0 => return Ok(()),
                Ok(_) => return self.finish_reading(target, wait),
                Err(failure) if failure.error.kind() == ErrorKind::Full => {}
                Err(failure) => {
                    self.local.forget_target();
                    return Err(failure.error);
                }
            }
            if !self.wait_for_room(target, wait)? {
                return Err(Error::new(ErrorKind::TimedOut, "send to")
                    .on(target.name().as_str())
                    .because("there was no room until the deadline"));
            }
        }
    }

    /// Pushes on what was begun, and reads meanwhile. What is not through by the deadline goes on with the next send.
    fn finish_reading(&mut self, target: &Target, wait: Wait<'_>) -> Result<()> {
        loop {
            match self.local.outbox.flush(Wait::NOW) {
                Ok(flushed) => match flushed.failed.into_iter().next() {
                    Some(failed) => return Err(failed.error),
                    None if flushed.pending == 0 => return Ok(()),
                    None => {}
                },
                Err(error) if matches!(error.kind(), ErrorKind::Full | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error),
            }
            if !self.wait_for_room(target, wait)? {
                return Ok(());
            }
        }
    }

    /// Reads what is there, and waits until more comes, or there may be room; false if the deadline passed first.
    fn wait_for_room(&mut self, target: &Target, wait: Wait<'_>) -> Result<bool> {
        self.read_answers()?;
        let room = self.local.outbox.room(target)?;
        let ready = wait_for_any(&[&self.local.readiness, &room], &SystemClock, wait);
        self.may_have_more = true;
        ready.map(|ready| ready != 0).map_err(|error| self.named(error))
    }

    /// A wait that was called off says whose it was.
    fn named(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Interrupted => Error::new(ErrorKind::Interrupted, "wait for answers as").on(self.id()),
            _ => error,
        }
    }
}

/// The place of the inbox among those that are waited for.
const WAITS_FOR_INBOX: u64 = 1;
/// The place of the lookout among those that are waited for.
const WAITS_FOR_LOOKOUT: u64 = 1 << 1;

#[cold]
fn no_answer(id: &RequestId, kind: ErrorKind, reason: &'static str) -> Error {
    Error::new(kind, "wait for the answer to").on(id.as_str()).because(reason)
}

/// Whether only one message is bad, and the next one can be received.
pub(super) fn is_of_message(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::TooLarge)
}
