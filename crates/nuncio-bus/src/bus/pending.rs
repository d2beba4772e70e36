//! Requests under way: which answer belongs to which, and which will have none. Without sockets and clocks: what comes, who is
//! where and what time it is are handed in.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use nuncio_core::{Deadline, EndpointName, Error, ErrorKind, Result};

use super::lookout::State;
use super::message::Message;
use super::response::Response;
use crate::wire::id::{ID_BYTES, Tick, text_of_id};

/// One request that was sent, by which its answer is found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId([u8; ID_BYTES]);

impl RequestId {
    /// The one of `tick`.
    pub(super) fn of(tick: Tick) -> Self {
        Self(tick.id())
    }

    /// The one that is written `id`, in whichever case: databases change it.
    pub(super) fn spelled(mut id: [u8; ID_BYTES]) -> Self {
        id.make_ascii_uppercase();
        Self(id)
    }

    /// As [`spelled`](Self::spelled); none if it is too long or too short to be one.
    pub(super) fn read(id: &str) -> Option<Self> {
        id.as_bytes().try_into().ok().map(Self::spelled)
    }

    /// The id as it stands in the request.
    pub fn as_str(&self) -> &str {
        text_of_id(&self.0)
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
    to: EndpointName,
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
    /// By their ids, which grow: most often there is one, and otherwise the first one is answered first.
    requests: VecDeque<(RequestId, Request)>,
    done: VecDeque<(RequestId, Result<Response>)>,
}

impl Pending {
    /// A request was sent to `to`, who is where `state` says.
    pub(super) fn add(&mut self, id: RequestId, to: EndpointName, state: State, now: Instant, until: Deadline) {
        let process = match state {
            State::Live(pid) | State::Dead(pid) => Some(pid),
            State::Absent | State::Away(_) | State::Unknown => None,
        };
        let request = Request { to, asked: now, until, process, gone: None };
        debug_assert!(self.requests.back().is_none_or(|(last, _)| *last < id), "ids grow");
        self.requests.push_back((id, request));
    }

    /// Where `id` is.
    fn find(&self, id: &RequestId) -> Result<usize, usize> {
        self.requests.binary_search_by(|(known, _)| known.cmp(id))
    }

    /// Nobody waits for the answer to `id` any more. If it comes it is a message like others.
    pub(super) fn remove(&mut self, id: &RequestId) -> bool {
        let before = self.done.len();
        self.done.retain(|(done, _)| done != id);
        let removed = self.find(id).map(|index| self.requests.remove(index));
        removed.is_ok() || self.done.len() < before
    }

    /// Whether no request waits for its answer.
    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Whether not more than one request waits for its answer.
    pub(super) fn has_at_most_one(&self) -> bool {
        self.requests.len() <= 1
    }

    /// Whether an answer can be taken.
    pub(super) fn has_done(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether `id` was asked and is not answered, or the answer was not taken.
    pub(super) fn knows(&self, id: &RequestId) -> bool {
        self.find(id).is_ok() || self.done.iter().any(|(done, _)| done == id)
    }

    /// Whether `message` answers a request, whose answer is kept then. It has to come from whoever was asked.
    #[inline]
    pub(super) fn accept(&mut self, message: &Message) -> bool {
        !self.requests.is_empty() && self.accept_some(message).is_some()
    }

    fn accept_some(&mut self, message: &Message) -> Option<()> {
        let from = message.from();
        self.requests.iter().find(|(_, request)| request.to.as_str() == from)?;
        let (id, response) = message.response_to_own()?;
        let index = self.find(&id).ok().filter(|index| self.requests[*index].1.to.as_str() == from)?;
        self.requests.remove(index);
        self.done.push_back((id, Ok(response)));
        Some(())
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
        for (_, request) in &mut self.requests {
            let state = find(request.to.as_str())?;
            request.gone = request.fate(state, keeps, now);
        }
        Ok(self.requests.iter().any(|(_, request)| request.gone.is_some()))
    }

    /// Takes off those who were found to have gone.
    pub(super) fn settle(&mut self) {
        self.fail(|request| Some(request.failed(ErrorKind::PeerGone, request.gone.clone()?)));
    }

    /// Takes off those whose deadline has passed; true if there were any.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        self.fail(|request| {
            request.until.instant().filter(|until| *until <= now)?;
            let waited = Waited(now.saturating_duration_since(request.asked));
            Some(request.failed(ErrorKind::TimedOut, format!("there was none within {waited}")))
        })
    }

    /// Takes off those that `why` says why they failed; true if there were any.
    fn fail(&mut self, why: impl Fn(&Request) -> Option<Error>) -> bool {
        let before = self.done.len();
        let done = &mut self.done;
        self.requests.retain(|(id, request)| match why(request) {
            Some(error) => {
                done.push_back((*id, Err(error)));
                false
            }
            None => true,
        });
        self.done.len() > before
    }

    /// The next deadline.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.requests.iter().filter_map(|(_, request)| request.until.instant()).min()
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
        Message::new(batch.take(0).expect("one").into())
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
        pending.add(
            id("AB-1"),
            EndpointName::new("server").expect("a name"),
            state,
            now,
            Deadline::At(now + Duration::from_secs(3)),
        );
        (pending, now)
    }

    #[test]
    fn an_answer_has_to_have_the_id_and_the_sender() {
        let (mut pending, _) = asked(State::Live(7));
        let short = message("server", r#"{"ipcm_response_id":"AB-1","response":7}"#);
        for other in [answer("server", "AB-2"), answer("other", "AB-1"), short, message("server", "7")] {
            assert!(!pending.accept(&other));
        }
        assert!(pending.take_any().is_none());
        assert!(pending.accept(&answer("server", "ab-1")), "case does not count");
        assert!(!pending.accept(&answer("server", "ab-1")), "a second answer is none");
        assert_eq!(pending.take(&id("ab-1")).expect("done").expect("an answer").value, 7.into());
    }

    #[test]
    fn answers_are_found_in_whichever_order_they_come() {
        for answered in [[1, 2, 3], [2, 3, 1], [3, 1, 2]] {
            let (mut pending, now) = (Pending::default(), Instant::now());
            for number in 1..=3 {
                let to = EndpointName::new("server").expect("a name");
                pending.add(id(&number.to_string()), to, State::Unknown, now, Deadline::Never);
            }
            for number in answered {
                assert!(pending.knows(&id(&number.to_string())));
                assert!(pending.accept(&answer("server", &number.to_string())));
            }
            assert!(pending.is_empty());
            for number in answered {
                assert_eq!(pending.take_any().expect("done").0, id(&number.to_string()));
            }
        }
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
        assert!(!pending.accept(&answer("server", "AB-1")));
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
        assert!(pending.accept(&answer("server", "AB-1")), "it was on its way");
        pending.settle();
        assert!(pending.take_any().expect("done").1.is_ok());
    }

    #[test]
    fn what_is_withdrawn_is_not_waited_for() {
        let (mut pending, _) = asked(State::Live(7));
        let id = id("AB-1");
        assert!(pending.knows(&id) && pending.remove(&id) && !pending.remove(&id));
        assert!(!pending.accept(&answer("server", "AB-1")));
    }
}
