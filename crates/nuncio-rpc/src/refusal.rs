//! What the other side answered when it said no.

use std::fmt;

use nuncio_core::{Error, ErrorKind};

/// The `code` and `message` of an answer that is an error. It is the [source](std::error::Error::source) of an
/// [`Error`] of the kind [`Refused`](ErrorKind::Refused):
///
/// ```
/// # use std::error::Error as _;
/// use nuncio_rpc::Refusal;
///
/// fn is_missing(error: &nuncio_core::Error) -> bool {
///     error.source().and_then(|source| source.downcast_ref()).is_some_and(|refusal: &Refusal| refusal.code() == "no_handler_found")
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: String,
    message: String,
}

impl Refusal {
    /// With these words.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// What programs match on; of a code that is no string, its JSON.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What people read; empty where the answer has none.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.is_empty() {
            true => f.write_str(&self.code),
            false => write!(f, "{}: {}", self.code, self.message),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(ErrorKind::Refused, "request").caused_by(refusal)
    }
}
