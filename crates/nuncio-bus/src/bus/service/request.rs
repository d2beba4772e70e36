//! A request that waits for its answer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, Origin, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Handled;
use super::mail::{Content, Letter, Mail};
use crate::bus::message::Message;
use crate::bus::response::Answer;

/// What callers are told of an error unless details are exposed, in the reference's words.
const NO_DETAILS: &str = "Internal service error";

/// A request. It is answered once, now or later, from any thread; when it is dropped without an answer, with an error.
pub struct Request {
    id: String,
    value: Value,
    message: Message,
    mail: Arc<Mail>,
    exposes_errors: bool,
    answered: Answered,
}

/// Whether a request is answered: whoever answers first does.
#[derive(Clone, Debug, Default)]
pub(super) struct Answered(Arc<AtomicBool>);

impl Answered {
    /// Answers; false if somebody did.
    pub(super) fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
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
    #[expect(clippy::result_large_err, reason = "it is given back whole")]
    pub(super) fn new(message: Message, way_back: &WayBack) -> Result<Self, Message> {
        match message.request() {
            Some((id, value)) => {
                let WayBack { mail, exposes_errors } = way_back.clone();
                Ok(Self { id, value, message, mail, exposes_errors, answered: Answered::default() })
            }
            None => Err(message),
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who says to have asked; see [`origin`](Self::origin) for who did.
    pub fn from(&self) -> &str {
        self.message.from()
    }

    /// Who really asked, as far as the medium proves it.
    pub const fn origin(&self) -> &Origin {
        self.message.origin()
    }

    /// Until when the answer is waited for, if that was said; peers of nuncio do.
    pub fn deadline(&self) -> Option<SystemTime> {
        self.message.deadline()
    }

    /// What is asked, as a `T`.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when it is no `T`.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(nuncio_codec::from_value(self.value.clone())?)
    }

    /// What is asked.
    pub const fn as_value(&self) -> &Value {
        &self.value
    }

    /// Answers with `value`.
    ///
    /// # Errors
    /// Those of encoding it; the answer then says that there was an error.
    pub fn respond<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        let content = Content::of(&Answer { ipcm_response_id: &self.id, response: Some(&value), ipcm_error: None })?;
        if self.answered.take() {
            self.mail.put(Letter { to: self.message.from().to_owned(), content, deadline: None });
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
        let text = error_text(&*error, self.exposes_errors);
        if let Some(letter) = self.refusal(&text) {
            self.mail.put(letter);
        }
        Ok(())
    }

    /// The answer that it failed, if it was not answered.
    fn refusal(&self, text: &str) -> Option<Letter> {
        let content = encode_error(&self.id, text).ok()?;
        self.answered.take().then(|| Letter { to: self.message.from().to_owned(), content, deadline: None })
    }

    pub(super) fn answered(&self) -> Answered {
        self.answered.clone()
    }

    /// Nobody waits for the answer.
    pub(super) fn forget(self) {
        self.answered.take();
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        // A callback that fails drops it, too, and its error is the better answer: so this one is given after it.
        if !self.answered.0.load(Ordering::Acquire) {
            let from = self.message.from().to_owned();
            self.mail.drop_request(Dropped { id: std::mem::take(&mut self.id), from, answered: self.answered.clone() });
        }
    }
}

/// A request that was dropped without an answer.
#[derive(Debug)]
pub(super) struct Dropped {
    id: String,
    from: String,
    answered: Answered,
}

impl Dropped {
    /// The answer, if nobody has answered meanwhile.
    pub(super) fn refusal(self, exposes_errors: bool) -> Option<Letter> {
        let error =
            Error::new(ErrorKind::PeerMisbehaved, "answer the request").because("it was dropped without an answer");
        let content = encode_error(&self.id, &error_text(&error, exposes_errors)).ok()?;
        self.answered.take().then_some(Letter { to: self.from, content, deadline: None })
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("id", &self.id).field("from", &self.from()).finish_non_exhaustive()
    }
}

/// The content of the answer that `id` failed.
pub(super) fn encode_error(id: &str, text: &str) -> Result<Content> {
    Content::of(&Answer::<()> { ipcm_response_id: id, response: None, ipcm_error: Some(text) })
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
