//! Questions and answers, as they stand in messages.
//!
//! A request is a message with `{"ipcm_request_id": .., "request": ..}`, its response one with `{"ipcm_response_id": ..,
//! "response": ..}` and, when it failed, `ipcm_error`. Until when an answer is waited for is in the header `deadline`, in
//! seconds since 1970, which the reference ignores.

use std::time::{SystemTime, UNIX_EPOCH};

use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::message::Message;
use crate::wire::id::time_of_seconds;

/// The header that says until when an answer is waited for.
pub(super) const DEADLINE: &str = "deadline";

#[derive(Serialize)]
pub(super) struct Ask<'a, T> {
    pub(super) ipcm_request_id: &'a str,
    pub(super) request: &'a T,
}

#[derive(Serialize)]
pub(super) struct Answer<'a, T> {
    pub(super) ipcm_response_id: &'a str,
    pub(super) response: Option<&'a T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ipcm_error: Option<&'a str>,
}

/// An id; Perl writes one as a number that was used as one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Whole(i64),
    Large(u64),
    Number(f64),
}

impl Id {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Whole(number) => number.to_string(),
            Self::Large(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}

#[derive(Deserialize)]
struct Asked {
    ipcm_request_id: Option<Id>,
    #[serde(default)]
    request: Value,
}

#[derive(Deserialize)]
struct Answered {
    ipcm_response_id: Option<Id>,
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
        let asked: Asked = self.object()?;
        Some((asked.ipcm_request_id.map(Id::into_text).filter(|id| !id.is_empty())?, asked.request))
    }

    /// The id of the request that it answers, and the answer, if it is one.
    pub fn response(&self) -> Option<(String, Response)> {
        let answered: Answered = self.object()?;
        let error = answered.ipcm_error.filter(|error| !error.is_null()).map(|error| match error.as_str() {
            Some(text) => text.to_owned(),
            None => format!("{error:?}"),
        });
        Some((answered.ipcm_response_id?.into_text(), Response { value: answered.response, error }))
    }

    /// Until when the sender waits for an answer, by his clock, if he says so; peers of nuncio do.
    pub fn deadline(&self) -> Option<SystemTime> {
        time_of_seconds(self.header(DEADLINE)?.parse().ok()?)
    }

    /// Whatever is no object is neither a request nor a response.
    fn object<T: DeserializeOwned>(&self) -> Option<T> {
        self.content_json().trim_ascii_start().starts_with(b"{").then(|| self.content().ok()).flatten()
    }
}

/// A point in time as the header says it.
pub(super) fn seconds(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}.{:03}", since.as_secs(), since.subsec_millis())
}
