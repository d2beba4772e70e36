//! A request that waits for its answer.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use nuncio_codec::{Codec, DecodeLimits, Value};
use nuncio_core::{Error, ErrorKind, Origin, Result};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::Handled;
use super::mail::{Content, Letter, Mail};
use crate::bus::message::Message;
use crate::bus::response::Answer;

/// What callers are told of an error unless details are exposed, in the reference's words.
const NO_DETAILS: &str = "Internal service error";

/// A request. It is answered once, now or later, from any thread; when it is dropped without an answer, with an error.
pub struct Request {
    asked: Arc<Asked>,
    /// What is asked, once somebody has looked.
    value: OnceLock<Value>,
    mail: Arc<Mail>,
    exposes_errors: bool,
}

/// What is known of a request until it is answered.
#[derive(Debug)]
pub(super) struct Asked {
    message: Message,
    /// The id, where it does not stand in the message as nuncio writes it.
    id: Option<String>,
    /// Whoever answers first does.
    is_answered: AtomicBool,
}

impl Asked {
    pub(super) fn id(&self) -> &str {
        match &self.id {
            Some(id) => id,
            None => self.message.request_id_at_a_glance(),
        }
    }

    pub(super) fn from(&self) -> &str {
        self.message.from()
    }

    /// The message that asked.
    pub(super) fn into_message(self) -> Message {
        self.message
    }

    /// Answers; false if somebody did.
    fn take(&self) -> bool {
        !self.is_answered.swap(true, Ordering::AcqRel)
    }

    /// The answer that it failed, if it was not answered.
    pub(super) fn refusal(&self, text: &str) -> Option<Letter> {
        let refusal = Answer::<()> { ipcm_response_id: self.id(), response: None, ipcm_error: Some(text) };
        let content = Content::of(&refusal).ok()?;
        self.take().then(|| Letter { to: self.from().to_owned(), content, deadline: None })
    }

    /// The answer to a request that was dropped without one, if nobody has answered meanwhile.
    pub(super) fn refusal_of_dropped(&self, exposes_errors: bool) -> Option<Letter> {
        let error =
            Error::new(ErrorKind::PeerMisbehaved, "answer the request").because("it was dropped without an answer");
        self.refusal(&error_text(&error, exposes_errors))
    }
}

/// How an answer gets to whoever asked.
#[derive(Clone)]
pub(super) struct WayBack {
    pub(super) mail: Arc<Mail>,
    pub(super) exposes_errors: bool,
}

impl Request {
    /// What `message` asks; the message is given back if it is no request.
    pub(super) fn new(message: Message, way_back: &WayBack) -> Result<Self, Message> {
        let (id, value) = match message.request_at_a_glance() {
            Some(_) => (None, OnceLock::new()),
            None => match message.request() {
                Some((id, value)) => (Some(id), value.into()),
                None => return Err(message),
            },
        };
        let WayBack { mail, exposes_errors } = way_back.clone();
        let asked = Arc::new(Asked { message, id, is_answered: AtomicBool::new(false) });
        Ok(Self { asked, value, mail, exposes_errors })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.asked.id()
    }

    /// Who says to have asked; see [`origin`](Self::origin) for who did.
    pub fn from(&self) -> &str {
        self.asked.from()
    }

    /// Who really asked, as far as the medium proves it.
    pub fn origin(&self) -> &Origin {
        self.asked.message.origin()
    }

    /// Until when the answer is waited for, if that was said; peers of nuncio do.
    pub fn deadline(&self) -> Option<SystemTime> {
        self.asked.message.deadline()
    }

    /// What is asked, as a `T`.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when it is no `T`; those of [`as_value`](Self::as_value).
    pub fn value<T: DeserializeOwned>(&self) -> Result<T> {
        let glance = self.asked.message.request_at_a_glance();
        match glance.map(|value| Codec::Json.decode(value, &DecodeLimits::default())) {
            Some(Ok(value)) => Ok(value),
            // Other members may follow it.
            _ => Ok(nuncio_codec::from_value(self.as_value()?.clone())?),
        }
    }

    /// What is asked.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the message begins as a request does and is none: it is looked through here at the earliest.
    pub fn as_value(&self) -> Result<&Value> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let message = &self.asked.message;
        match message.request() {
            Some((_, value)) => Ok(self.value.get_or_init(|| value)),
            None => {
                message.content::<IgnoredAny>()?;
                Err(Error::new(ErrorKind::Corrupt, "read a request").on(self.from()).because(
                    "expected an object with one id and what is asked, found something else or a member twice",
                ))
            }
        }
    }

    /// Answers with `value`.
    ///
    /// # Errors
    /// Those of encoding it; the answer then says that there was an error.
    pub fn respond<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        let answer = Answer { ipcm_response_id: self.id(), response: Some(&value), ipcm_error: None };
        let content = Content::of(&answer)?;
        if self.asked.take() {
            self.mail.put(Letter { to: self.from().to_owned(), content, deadline: None });
        }
        Ok(())
    }

    /// Answers that it failed: with the reason where errors are exposed.
    ///
    /// # Errors
    /// It stands at the end of a callback, and gives nothing back but success.
    pub fn fail(self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Handled {
        let error = error.into();
        tracing::debug!(from = self.from(), error = describe(&*error), "a request failed");
        if let Some(letter) = self.asked.refusal(&error_text(&*error, self.exposes_errors)) {
            self.mail.put(letter);
        }
        Ok(())
    }

    pub(super) fn asked(&self) -> Arc<Asked> {
        Arc::clone(&self.asked)
    }

    /// Nobody waits for the answer.
    pub(super) fn forget(self) {
        self.asked.take();
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        // A callback that fails drops it, too, and its error is the better answer: so this one is given after it.
        if !self.asked.is_answered.load(Ordering::Acquire) {
            self.mail.drop_request(self.asked());
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("id", &self.id()).field("from", &self.from()).finish_non_exhaustive()
    }
}

/// The text of an answer to a request that failed with `error`.
pub(super) fn error_text(error: &dyn std::error::Error, exposes_errors: bool) -> String {
    if exposes_errors { describe(error) } else { NO_DETAILS.to_owned() }
}

/// An error and its causes.
pub(super) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use nuncio_core::{Slot, SlotBody, Span};

    use super::*;

    const ID: &str = "01A1F882-56A5-75ED-B306-0123456789AB";

    fn request(rest: &str) -> Request {
        let content = format!(r#"{{"ipcm_request_id":"{ID}","request":{rest}"#);
        let mut slot = Slot { storage: content.as_bytes().to_vec(), ..Slot::default() };
        slot.body = SlotBody::Encoded(Some(Codec::Json), Span::new(0..content.len()));
        let way_back = WayBack { mail: Mail::new().unwrap(), exposes_errors: true };
        Request::new(Message::new(slot.into()), &way_back).expect("it begins as a request does")
    }

    #[test]
    fn what_is_asked_is_the_same_as_a_value_and_as_a_type() {
        for (rest, asked) in [("7}", 7), (r#"7,"other":[]}"#, 7), (" 9 }", 9)] {
            let request = request(rest);
            assert_eq!(request.value::<u32>().unwrap(), asked, "{rest}");
            assert_eq!(*request.as_value().unwrap(), asked.into(), "{rest}");
            assert_eq!(request.id(), ID);
        }
        assert_eq!(request(r#""text"}"#).value::<u32>().unwrap_err().kind(), ErrorKind::Corrupt);
    }

    #[test]
    fn what_is_broken_is_an_error_and_not_nothing() {
        for rest in ["}", "7}}", "nul}", r#"7,"request":8}"#, r#"7,"ipcm_request_id":""}"#] {
            let request = request(rest);
            assert_eq!(request.as_value().unwrap_err().kind(), ErrorKind::Corrupt, "{rest}");
            assert_eq!(request.value::<Option<u32>>().unwrap_err().kind(), ErrorKind::Corrupt, "{rest}");
        }
    }
}
