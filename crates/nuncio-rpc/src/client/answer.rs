//! Answers and other records, as a client reads them.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use nuncio_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;

use crate::refusal::Refusal;
use crate::wire::javascript;
use crate::wire::record::{self, Record};

/// A record that a server has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    record: String,
}

impl Answer {
    pub(crate) fn new(line: &str) -> Self {
        Self { record: line.trim().to_owned() }
    }

    /// All of it, as it came.
    pub fn record(&self) -> &str {
        &self.record
    }

    /// Its `data` as JSON; `None` where the server answered nothing.
    pub fn data(&self) -> Option<&str> {
        self.members().data
    }

    /// The error that it is: a true `code` at top level, or else in its data.
    pub fn refusal(&self) -> Option<Refusal> {
        refusal(&self.members())
    }

    /// Its `data`, or null, as a `T`.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] if it is no `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        decode(self.data())
    }

    fn members(&self) -> Record<'_> {
        // It was read whole before, so that nothing breaks off.
        record::read_head(&self.record)
    }
}

/// What takes the place of an answer's data: given the whole record, it gives the data as JSON, or the error.
pub(crate) type Transform = Box<dyn Fn(&str) -> Result<String> + Send + Sync>;

/// What makes an answer an error.
pub(crate) enum Judge {
    /// A true code at top level or in the data.
    Code,
    /// Nothing.
    Nothing,
    /// What the program says.
    Transform(Transform),
}

impl Judge {
    /// The data of an answer, or the error that it is.
    pub(crate) fn data<'a>(&self, line: &str, record: &Record<'a>) -> Result<Option<Cow<'a, str>>> {
        match self {
            Self::Code => match refusal(record) {
                Some(refusal) => Err(refusal.into()),
                None => Ok(record.data.map(Cow::Borrowed)),
            },
            Self::Nothing => Ok(record.data.map(Cow::Borrowed)),
            Self::Transform(transform) => transform(line).map(|data| Some(Cow::Owned(data))),
        }
    }
}

/// `data`, or null, as a `T`.
pub(crate) fn decode<T: DeserializeOwned>(data: Option<&str>) -> Result<T> {
    nuncio_codec::json::from_str(data.unwrap_or("null"))
        .map_err(|error| Error::new(ErrorKind::Corrupt, "read the answer's data").caused_by(error))
}

/// The name of the member that makes an answer an error.
static CODE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"code\""));

fn refusal(record: &Record<'_>) -> Option<Refusal> {
    if let Some(code) = record.code.filter(|code| javascript::is_truthy(code)) {
        return Some(words(code, record.message));
    }
    let data = record.data.filter(|data| data.starts_with('{'))?;
    // Nearly all answers are none, and are not looked through for it.
    CODE.find(data.as_bytes())?;
    let inner = record::read_head(data);
    let code = inner.code.filter(|code| javascript::is_truthy(code))?;
    Some(words(code, inner.message))
}

fn words(code: &str, message: Option<&str>) -> Refusal {
    Refusal::new(javascript::to_text(code), message.map(javascript::to_text).unwrap_or_default())
}
