//! A receive that failed, with the message that was taken.

use std::fmt;

use nuncio_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;

use super::Message;

/// A failed receive. A message that was taken from the queue and cannot be read is handed over as it is.
pub struct ReceiveError {
    /// Why it failed.
    pub error: Error,
    /// What was taken from the queue, if anything was.
    pub message: Option<Box<Message>>,
}

impl ReceiveError {
    /// What to match on.
    pub const fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// `error`, with what was taken into `message`, if anything was.
    pub(crate) fn after(error: Error, message: &mut Message) -> Self {
        let taken = (!message.is_empty()).then(|| Box::new(std::mem::take(message)));
        Self { error, message: taken }
    }
}

impl From<Error> for ReceiveError {
    fn from(error: Error) -> Self {
        Self { error, message: None }
    }
}

impl From<ReceiveError> for Error {
    fn from(failed: ReceiveError) -> Self {
        failed.error
    }
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiveError").field("error", &self.error).field("message", &self.message).finish()
    }
}

impl std::error::Error for ReceiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}

/// Decodes `message`, and gives it back when that fails.
pub(crate) fn decode_or_return<T: DeserializeOwned>(message: &mut Message) -> Result<T, ReceiveError> {
    message.decode().map_err(|error| ReceiveError::after(error, message))
}
