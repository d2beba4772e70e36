//! What a handler answers with when it cannot do what was asked for.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

/// The code of a failure that has none of its own.
pub(crate) const HANDLER_ERROR: &str = "handler_error";

/// An error as the format knows it: the answer's data is `{"code": ..., "message": ...}`.
///
/// Any error turns into one with the code `handler_error`, so that `?` works in handlers. Its text goes to the client: what
/// he must not see has no place in it.
///
/// ```
/// use nuncio_rpc::{Data, Fault};
///
/// async fn parse(Data(text): Data<String>) -> Result<Data<u64>, Fault> {
///     if text.is_empty() {
///         return Err(Fault::new("no_number", "an empty text is no number"));
///     }
///     Ok(Data(text.parse()?))
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    code: Cow<'static, str>,
    message: Cow<'static, str>,
}

impl Fault {
    /// A failure with a `code` for programs and a `message` for people.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// What programs match on.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What people read.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// `Fault` itself is no [`Error`](std::error::Error), so that every error can become one.
impl<E: std::error::Error> From<E> for Fault {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message = format!("{message}: {error}");
            cause = error.source();
        }
        Self::new(HANDLER_ERROR, message)
    }
}
