//! Requests under way: which answer belongs to which, and which will have none. Without sockets and clocks: what comes, who is
//! where and what time it is are handed in.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use nuncio_core::{Deadline, Error, ErrorKind, Result};

use super::lookout::State;
use super::message::Message;
use super::response::Response;
use crate::wire::id::{ID_BYTES, Tick};

/// One request that was sent, by which its answer is found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId([u8; ID_BYTES]);

impl RequestId {
    /// The one of `tick`.
    pub(super) fn of(tick: Tick) -> Self {
        Self(tick.id())
    }

    /// The one that is written `id`, in whichever case: databases change it. None if it is too long or too short to be one.
    fn read(id: &str) -> Option<Self> {
        let mut id: [u8; ID_BYTES] = id.as_bytes().try_into().ok()?;
        id.make_ascii_uppercase();
        Some(Self(id))
    }

    /// The id as it stands in the request.
    pub fn as_str(&self) -> &str {
        // It was text before.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestId").field(&self.as_str()).finish()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Request {
    to: String,
    asked: Instant,
    until: Deadline,
    /// The process that was asked.
    process: Option<u32>,
    /// Why no answer is to be expected any more, once that is known.
    gone: Option<String>,
}

/// The requests of one peer that are under way, and the answers that nobody has taken yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Most often there is one: comparing ids costs less than hashing them.
    requests: BTreeMap<RequestId, Request>,
    done: VecDeque<(RequestId, Result<Response>)>,
}

impl Pending {
    /// A request was sent to `to`, who is where `state` says.
    pub(super) fn add(&mut self, id: RequestId, to: &str, state: State, now: Instant, until: Deadline) {
        let process = match state {
            State::Live(pid) | State::Dead(pid) => Some(pid),
            State::Absent | State::Away(_) | State::Unknown => None,
        };
        self.requests.insert(id, Request { to: to.to_owned(), asked: now, until, process, gone: None });
    }

    /// Nobody waits for the answer to `id` any more. If it comes it is a message like others.
    pub(super) fn remove(&mut self, id: &RequestId) -> bool {
        let before = self.done.len();
        self.done.retain(|(done, _)| done != id);
        self.requests.remove(id).is_some() || self.done.len() < before
    }

    /// Whether no request waits for its answer.
    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Whether an answer can be taken.
    pub(super) fn has_done(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether `id` was asked and is not answered, or the answer was not taken.
    pub(super) fn knows(&self, id: &RequestId) -> bool {
        self.requests.contains_key(id) || self.done.iter().any(|(done, _)| done == id)
    }

    /// Keeps `message` if it answers a request, and gives it back otherwise. It has to come from whoever was asked.
    #[expect(clippy::result_large_err, reason = "it is given back whole")]
    #[inline]
    pub(super) fn accept(&mut self, message: Message) -> Result<(), Message> {
        match self.requests.is_empty() {
            true => Err(message),
            false => self.accept_some(message),
        }
    }

    #[expect(clippy::result_large_err, reason = "it is given back whole")]
    fn accept_some(&mut self, message: Message) -> Result<(), Message> {
        if !self.requests.values().any(|request| request.to == message.from()) {
            return Err(message);
        }
        let Some((id, response)) = message.response() else { return Err(message) };
        let Some(id) = RequestId::read(&id) else { return Err(message) };
        match self.requests.get(&id) {
            Some(request) if request.to == message.from() => {
                self.requests.remove(&id);
                self.done.push_back((id, Ok(response)));
                Ok(())
            }
            _ => Err(message),
        }
    }

    /// The answer to `id`, or why there is none, if that is known.
    pub(super) fn take(&mut self, id: &RequestId) -> Option<Result<Response>> {
        let index = self.done.iter().position(|(done, _)| done == id)?;
        self.done.remove(index).map(|(_, response)| response)
    }

    /// The next answer, or failure, whichever request it belongs to.
    pub(super) fn take_any(&mut self) -> Option<(RequestId, Result<Response>)> {
        self.done.pop_front()
    }

    /// Notes who has gone; `find` says where a peer is, and `keeps` whether messages stay while somebody is away. What those
    /// who have gone sent before may still be on the medium: whoever calls this reads all that is there, and then has
    /// [`settle`](Self::settle) take them off. Says whether there are such.
    pub(super) fn review(
        &mut self,
        keeps: bool,
        now: (Instant, SystemTime),
        mut find: impl FnMut(&str) -> Result<State>,
    ) -> Result<bool> {
        for request in self.requests.values_mut() {
            let state = find(&request.to)?;
            request.gone = request.fate(state, keeps, now);
        }
        Ok(self.requests.values().any(|request| request.gone.is_some()))
    }

    /// Takes off those who were found to have gone.
    pub(super) fn settle(&mut self) {
        let gone = self.requests.extract_if(.., |_, request| request.gone.is_some());
        self.done.extend(gone.map(|(id, request)| {
            let error = request.failed(ErrorKind::PeerGone, request.gone.clone().unwrap_or_default());
            (id, Err(error))
        }));
    }

    /// Takes off those whose deadline has passed; true if there were any.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let before = self.done.len();
        let late = self.requests.extract_if(.., |_, request| request.until.instant().is_some_and(|until| until <= now));
        self.done.extend(late.map(|(id, request)| {
            let waited = Waited(now.saturating_duration_since(request.asked));
            (id, Err(request.failed(ErrorKind::TimedOut, format!("there was none within {waited}"))))
        }));
        self.done.len() > before
    }

    /// The next deadline.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.requests.values().filter_map(|request| request.until.instant()).min()
    }
}

impl Request {
    /// Why no answer is to be expected, if so.
    fn fate(&mut self, state: State, keeps: bool, (now, time): (Instant, SystemTime)) -> Option<String> {
        let waited = Waited(now.saturating_duration_since(self.asked));
        let ended = |pid| format!("process {pid} had ended {waited} after it was asked, without an answer");
        match (state, self.process) {
            (State::Live(pid), Some(asked)) if pid != asked && !keeps => Some(ended(asked)),
            (State::Live(pid), _) => {
                // Somebody who was started again finds the request.
                self.process = Some(pid);
                None
            }
            (State::Dead(pid), asked) => Some(ended(asked.unwrap_or(pid))),
            (State::Absent, Some(pid)) => {
                Some(format!("process {pid} had left the bus {waited} after it was asked, without an answer"))
            }
            (State::Absent, None) => {
                Some(format!("it had left the bus {waited} after it was asked, without an answer"))
            }
            (State::Away(Some(until)), _) if until <= time => {
                Some(format!("it did not come back while it was expected, until {waited} after it was asked"))
            }
            (State::Away(_) | State::Unknown, _) => None,
        }
    }

    fn failed(&self, kind: ErrorKind, reason: String) -> Error {
        Error::new(kind, "wait for the answer of").on(self.to.as_str()).because(reason)
    }
}

/// A time span for people.
struct Waited(Duration);

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis() {
            milliseconds @ ..10_000 => write!(f, "{milliseconds} ms"),
            milliseconds => write!(f, "{} s", milliseconds / 1000),
        }
    }
}

#[cfg(test)]
mod tests {
    use nuncio_codec::Codec;
    use nuncio_core::{Batch, SlotBody, Span};

    use super::*;

    fn message(from: &str, content: &str) -> Message {
        let mut batch = Batch::new();
        let slot = batch.slot();
        slot.storage.extend_from_slice(from.as_bytes());
        slot.storage.extend_from_slice(content.as_bytes());
        slot.from = Span::new(0..from.len());
        slot.body = SlotBody::Encoded(Some(Codec::Json), Span::new(from.len()..from.len() + content.len()));
        batch.commit();
        Message::new(batch.take(0).expect("one"))
    }

    /// As long as an id is.
    fn padded(id: &str) -> String {
        format!("{id:0>36}")
    }

    fn id(id: &str) -> RequestId {
        RequestId::read(&padded(id)).expect("it is as long as an id")
    }

    fn answer(from: &str, id: &str) -> Message {
        message(from, &format!(r#"{{"ipcm_response_id":"{}","response":7}}"#, padded(id)))
    }

    fn asked(state: State) -> (Pending, Instant) {
        let (mut pending, now) = (Pending::default(), Instant::now());
        pending.add(id("AB-1"), "server", state, now, Deadline::At(now + Duration::from_secs(3)));
        (pending, now)
    }

    #[test]
    fn an_answer_has_to_have_the_id_and_the_sender() {
        let (mut pending, _) = asked(State::Live(7));
        let short = message("server", r#"{"ipcm_response_id":"AB-1","response":7}"#);
        for other in [answer("server", "AB-2"), answer("other", "AB-1"), short, message("server", "7")] {
            assert!(pending.accept(other).is_err());
        }
        assert!(pending.take_any().is_none());
        pending.accept(answer("server", "ab-1")).expect("case does not count");
        assert!(pending.accept(answer("server", "ab-1")).is_err(), "a second answer is none");
        assert_eq!(pending.take(&id("ab-1")).expect("done").expect("an answer").value, 7.into());
    }

    #[test]
    fn a_deadline_ends_it_and_a_late_answer_is_an_ordinary_message() {
        let (mut pending, now) = asked(State::Live(7));
        assert_eq!(pending.next_deadline(), Some(now + Duration::from_secs(3)));
        assert!(!pending.expire(now + Duration::from_secs(2)));
        assert!(pending.take_any().is_none());
        assert!(pending.expire(now + Duration::from_secs(3)));
        let (_, response) = pending.take_any().expect("done");
        assert_eq!(response.expect_err("late").kind(), ErrorKind::TimedOut);
        assert!(pending.accept(answer("server", "AB-1")).is_err());
    }

    #[test]
    fn who_has_gone_is_known_by_where_he_was_and_what_the_medium_keeps() {
        let past = SystemTime::now() - Duration::from_secs(1);
        let future = SystemTime::now() + Duration::from_secs(60);
        for (state, keeps, gone) in [
            (State::Live(7), false, false),
            (State::Live(8), true, false),
            (State::Live(8), false, true),
            (State::Dead(7), true, true),
            (State::Absent, true, true),
            (State::Away(None), true, false),
            (State::Away(Some(future)), true, false),
            (State::Away(Some(past)), true, true),
            (State::Unknown, false, false),
        ] {
            let (mut pending, now) = asked(State::Live(7));
            let found = pending.review(keeps, (now, SystemTime::now()), |_| Ok(state)).expect("it is known");
            assert_eq!(found, gone, "{state:?}");
            pending.settle();
            assert_eq!(pending.is_empty(), gone, "{state:?}");
        }
    }

    #[test]
    fn who_answers_and_then_ends_has_answered() {
        let (mut pending, now) = asked(State::Live(7));
        assert!(pending.review(false, (now, SystemTime::now()), |_| Ok(State::Dead(7))).expect("it is known"));
        pending.accept(answer("server", "AB-1")).expect("it was on its way");
        pending.settle();
        assert!(pending.take_any().expect("done").1.is_ok());
    }

    #[test]
    fn what_is_withdrawn_is_not_waited_for() {
        let (mut pending, _) = asked(State::Live(7));
        let id = id("AB-1");
        assert!(pending.knows(&id) && pending.remove(&id) && !pending.remove(&id));
        assert!(pending.accept(answer("server", "AB-1")).is_err());
    }
}
