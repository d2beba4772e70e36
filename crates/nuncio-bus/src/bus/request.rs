//! Questions and answers.
//!
//! A request is a message with `{"ipcm_request_id": .., "request": ..}`, its response one with `{"ipcm_response_id": ..,
//! "response": ..}` and, when it failed, `ipcm_error`. The reference matches them by id alone; here the sender has to be the
//! one who was asked, too.

use std::time::{Duration, Instant, SystemTime};

use nuncio_codec::Value;
use nuncio_core::{Deadline, Error, ErrorKind, Result, Wait};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::message::Message;
use super::peer::Peer;
use crate::wire::id::Tick;

/// How many messages are kept for later while one waits for an answer. When there are more the request fails: reading never
/// stops, for the answer may be next.
const DEFERRED_MAX: usize = 1024;
/// How often it is looked whether the one who was asked still lives.
const LOOK: Duration = Duration::from_millis(50);

#[derive(Serialize)]
struct Ask<'a, T> {
    ipcm_request_id: &'a str,
    request: &'a T,
}

#[derive(Serialize)]
struct Answer<'a, T> {
    ipcm_response_id: &'a str,
    response: Option<&'a T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipcm_error: Option<&'a str>,
}

#[derive(Deserialize)]
struct Asked {
    ipcm_request_id: Option<String>,
    #[serde(default)]
    request: Value,
}

#[derive(Deserialize)]
struct Answered {
    ipcm_response_id: Option<String>,
    #[serde(default)]
    response: Value,
    #[serde(default)]
    ipcm_error: Option<Value>,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Response {
    /// What was answered.
    pub value: Value,
    /// What went wrong there, in the words of whoever was asked.
    pub error: Option<String>,
}

impl Response {
    /// What was answered, as a `T`.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] when something went wrong there; [`ErrorKind::Corrupt`] when it is no `T`.
    pub fn into_value<T: DeserializeOwned>(self) -> Result<T> {
        match self.error {
            Some(error) => Err(Error::new(ErrorKind::Refused, "request").because(error)),
            None => Ok(nuncio_codec::from_value(self.value)?),
        }
    }
}

impl Message {
    /// The id and the content of a request, if it is one.
    pub fn request(&self) -> Option<(String, Value)> {
        let asked: Asked = self.content().ok()?;
        Some((asked.ipcm_request_id.filter(|id| !id.is_empty())?, asked.request))
    }

    /// The id of the request that it answers, and the answer, if it is one.
    pub fn response(&self) -> Option<(String, Response)> {
        let answered: Answered = self.content().ok()?;
        let error = answered.ipcm_error.filter(|error| !error.is_null()).map(|error| match error.as_str() {
            Some(text) => text.to_owned(),
            None => format!("{error:?}"),
        });
        Some((answered.ipcm_response_id?, Response { value: answered.response, error }))
    }
}

impl Peer {
    /// Asks `to` and waits for the answer, for up to `timeout` if that is said. Other messages that come meanwhile are
    /// received later, in their order.
    ///
    /// # Errors
    /// Those of sending; [`ErrorKind::TimedOut`]; [`ErrorKind::PeerGone`] when the process of `to` has ended and has not
    /// answered; [`ErrorKind::LimitExceeded`] when too many other messages came.
    pub fn request<T: Serialize + Sync>(&mut self, to: &str, value: &T, timeout: Option<Duration>) -> Result<Response> {
        let until = timeout.map_or(Deadline::Never, |timeout| Deadline::after(Instant::now(), timeout));
        let id = Tick::next(SystemTime::now()).id();
        let id = String::from_utf8_lossy(&id);
        self.send_until(to, &Ask { ipcm_request_id: &id, request: value }, Wait::until(until))?;
        self.await_response(to, &id, until)
    }

    fn await_response(&mut self, to: &str, id: &str, until: Deadline) -> Result<Response> {
        let failed =
            |kind, reason: &'static str| Err(Error::new(kind, "wait for the answer of").on(to).because(reason));
        let mut is_gone = false;
        loop {
            let now = Instant::now();
            let look = until.instant().map_or(now + LOOK, |until| until.min(now + LOOK));
            // A last look: whoever answers and then ends has answered.
            let wait = if is_gone { Wait::NOW } else { Wait::until(Deadline::At(look)) };
            match self.recv_new(wait) {
                Ok(Some(message)) => {
                    if let Some(response) = self.sort_out(message, to, id)? {
                        return Ok(response);
                    }
                    continue;
                }
                Ok(None) => {}
                Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::TooLarge) => {
                    tracing::warn!(error = %error.chain(), "a message that cannot be read came while an answer was waited for");
                    continue;
                }
                Err(error) => return Err(error),
            }
            if is_gone {
                return failed(ErrorKind::PeerGone, "its process has ended without an answer");
            }
            if until.instant().is_some_and(|until| Instant::now() >= until) {
                return failed(ErrorKind::TimedOut, "there was none until the deadline");
            }
            is_gone = !self.bus.is_active(to)?;
        }
    }

    /// The answer if `message` is it; any other is kept for later.
    fn sort_out(&mut self, message: Message, to: &str, id: &str) -> Result<Option<Response>> {
        if message.from() == to
            && let Some((answered, response)) = message.response()
            && answered.eq_ignore_ascii_case(id)
        {
            return Ok(Some(response));
        }
        self.deferred.push_back(message);
        match self.deferred.len() > DEFERRED_MAX {
            false => Ok(None),
            true => Err(Error::new(ErrorKind::LimitExceeded, "wait for the answer of")
                .on(to)
                .because(format!("more than {DEFERRED_MAX} other messages came meanwhile"))),
        }
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
}
