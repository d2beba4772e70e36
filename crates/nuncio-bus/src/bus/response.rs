//! Questions and answers, as they stand in messages.
//!
//! A request is a message with `{"ipcm_request_id": .., "request": ..}`, its response one with `{"ipcm_response_id": ..,
//! "response": ..}` and, when it failed, `ipcm_error`. Until when an answer is waited for is in the header `deadline`, in
//! seconds since 1970, which the reference ignores.

use std::time::{SystemTime, UNIX_EPOCH};

use nuncio_codec::{Codec, DecodeLimits, Value};
use nuncio_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::message::Message;
use super::pending::RequestId;
use crate::wire::id::{ID_BYTES, text_of_id, time_of_seconds};

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

/// What stands around the id and the value of a request, and of a response.
const REQUEST: [&[u8]; 2] = [br#"{"ipcm_request_id":""#, br#"","request":"#];
const RESPONSE: [&[u8]; 2] = [br#"{"ipcm_response_id":""#, br#"","response":"#];

/// The id and the value of a content that has these two members first, as what nuncio writes has, and an id like nuncio's. If the
/// value is one, it is the last member; whoever reads it is who finds out.
#[inline]
fn glance<'a>(content: &'a [u8], [before_id, before_value]: [&[u8]; 2]) -> Option<(&'a [u8; ID_BYTES], &'a [u8])> {
    let (id, rest) = content.strip_prefix(before_id)?.split_first_chunk::<ID_BYTES>()?;
    let other = id.iter().fold(0, |other, byte| other | u8::from(!byte.is_ascii_alphanumeric() & (*byte != b'-')));
    let value = rest.strip_prefix(before_value)?.strip_suffix(b"}").filter(|_| other == 0)?;
    Some((id, value))
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
        if let Some((id, value)) = glance(self.content_json(), REQUEST)
            && let Ok(value) = Codec::Json.decode(value, &DecodeLimits::default())
        {
            return Some((text_of_id(id).to_owned(), value));
        }
        let asked: Asked = self.object()?;
        Some((asked.ipcm_request_id.map(Id::into_text).filter(|id| !id.is_empty())?, asked.request))
    }

    /// The id of the request that it answers, and the answer, if it is one.
    pub fn response(&self) -> Option<(String, Response)> {
        match self.response_at_a_glance() {
            Some((id, response)) => Some((text_of_id(id).to_owned(), response)),
            None => self.any_response(),
        }
    }

    /// As [`response`](Self::response), if it has an id that requests from here have.
    #[inline]
    pub(super) fn response_to_own(&self) -> Option<(RequestId, Response)> {
        match self.response_at_a_glance() {
            Some((id, response)) => Some((RequestId::spelled(*id), response)),
            None => self.any_response().and_then(|(id, response)| Some((RequestId::read(&id)?, response))),
        }
    }

    #[inline]
    fn response_at_a_glance(&self) -> Option<(&[u8; ID_BYTES], Response)> {
        let (id, value) = glance(self.content_json(), RESPONSE)?;
        let value = Codec::Json.decode(value, &DecodeLimits::default()).ok()?;
        Some((id, Response { value, error: None }))
    }

    fn any_response(&self) -> Option<(String, Response)> {
        let answered: Answered = self.object()?;
        let error = answered.ipcm_error.filter(|error| !error.is_null()).map(|error| match error.as_str() {
            Some(text) => text.to_owned(),
            None => format!("{error:?}"),
        });
        Some((answered.ipcm_response_id?.into_text(), Response { value: answered.response, error }))
    }

    /// The value of a request, if it begins as nuncio's do. Whether it is one, and not the beginning of more, is known when it was
    /// decoded.
    #[inline]
    pub(super) fn request_at_a_glance(&self) -> Option<&[u8]> {
        glance(self.content_json(), REQUEST).map(|(_, value)| value)
    }

    /// The id of such a request.
    pub(super) fn request_id_at_a_glance(&self) -> &str {
        glance(self.content_json(), REQUEST).map_or("", |(id, _)| text_of_id(id))
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

#[cfg(test)]
mod tests {
    use nuncio_core::{Slot, SlotBody, Span};

    use super::*;

    const ID: &str = "01A1F882-56A5-75ED-B306-0123456789AB";

    fn message(content: &str) -> Message {
        let mut slot = Slot { storage: content.as_bytes().to_vec(), ..Slot::default() };
        slot.body = SlotBody::Encoded(Some(Codec::Json), Span::new(0..content.len()));
        Message::new(slot.into())
    }

    #[test]
    fn a_glance_finds_what_a_look_finds() {
        for rest in [
            r#","X":[1,"a"]}"#,
            r#","X": "}" }"#,
            r#","X":{"X":2},"other":[]}"#,
            r#","other":1,"X":2}"#,
            r#","X":1,"ipcm_error":null}"#,
            r#","X":1}}"#,
            r#","X":1"#,
            r#","X":}"#,
            r#","X":1,"X":2}"#,
            "}",
        ] {
            let content =
                |id_name: &str, id: &str, name: &str| format!(r#"{{"{id_name}":"{id}"{}"#, rest.replace('X', name));
            // An id of another length is not seen at a glance.
            let [asked, asked_long] = [ID, "7"].map(|id| message(&content("ipcm_request_id", id, "request")).request());
            assert_eq!(asked.as_ref().map(|(_, value)| value), asked_long.as_ref().map(|(_, value)| value), "{rest}");
            assert!(asked.is_none_or(|(id, _)| id == ID), "{rest}");
            let [answered, answered_long] =
                [ID, "7"].map(|id| message(&content("ipcm_response_id", id, "response")).response());
            assert_eq!(answered.as_ref().map(|(_, one)| one), answered_long.as_ref().map(|(_, one)| one), "{rest}");
            assert!(answered.is_none_or(|(id, _)| id == ID), "{rest}");
        }
    }
}
