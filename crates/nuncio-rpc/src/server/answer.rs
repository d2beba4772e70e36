//! What handlers answer with.

use nuncio_core::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::value::RawValue;

use super::fault::Fault;
use super::peer::Replies;
use crate::wire::write;

/// The `data` of a request, taken apart into a `T`, or that of an answer, made of one.
///
/// In a request that has none, it is read as null: `Data<Option<T>>` accepts both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Data<T>(pub T);

/// An answer without `data`, where others have at least null: JavaScript's undefined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Absent;

/// No answer: none is due, or it was sent through [`Replies`] already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silence;

/// Data that is JSON already: of an answer, or of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw(String);

impl Raw {
    /// Takes `json` as it is; only line feeds between its tokens become blanks, for a record is one line.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] if it is not one JSON text.
    pub fn new(json: impl Into<String>) -> Result<Self> {
        let json = json.into();
        let text: &RawValue = serde_json::from_str(&json)
            .map_err(|error| Error::new(ErrorKind::Corrupt, "take the answer for JSON").caused_by(error))?;
        // A line feed inside a string is escaped, so that all others are white space.
        Ok(Self(text.get().replace(['\n', '\r'], " ")))
    }

    /// The JSON.
    pub fn json(&self) -> &str {
        &self.0
    }
}

/// What a handler may return: [`Data`] of any serde type, [`Raw`], [`Absent`], [`Silence`], or a `Result` of one of these.
pub trait IntoAnswer {
    /// Answers with it.
    #[doc(hidden)]
    fn answer(self, replies: &Replies);
}

impl<T: Serialize> IntoAnswer for Data<T> {
    fn answer(self, replies: &Replies) {
        replies.data(&self.0);
    }
}

impl IntoAnswer for Raw {
    fn answer(self, replies: &Replies) {
        let _ = replies.put(|out, id| write::raw_answer(out, id, &self.0));
    }
}

impl IntoAnswer for Absent {
    fn answer(self, replies: &Replies) {
        let _ = replies.put(write::bare_answer);
    }
}

impl IntoAnswer for Silence {
    fn answer(self, _: &Replies) {}
}

impl<T: IntoAnswer, E: Into<Fault>> IntoAnswer for Result<T, E> {
    fn answer(self, replies: &Replies) {
        match self {
            Ok(answer) => answer.answer(replies),
            Err(error) => replies.fault(&error.into()),
        }
    }
}
