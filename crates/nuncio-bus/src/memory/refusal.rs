//! Why a mailbox did not do what it was asked for.

use nuncio_core::{EndpointName, Error, ErrorKind};

/// The mailbox's own failures; what they were tried on is known to those who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The wait was called off.
    Cancelled,
    /// The deadline passed.
    Late,
    /// It was asked not to wait.
    NotNow,
    /// The mailbox has ended.
    Over,
}

impl Refusal {
    pub(super) fn of_send(self, to: &EndpointName, capacity: usize) -> Error {
        let kind = match self {
            Self::Cancelled => ErrorKind::Interrupted,
            Self::Late => ErrorKind::TimedOut,
            Self::NotNow => ErrorKind::Full,
            Self::Over => ErrorKind::NoSuchEndpoint,
        };
        let error = Error::new(kind, "send to").on(to.as_str());
        match self {
            Self::Late | Self::NotNow => error.because(format!("its {capacity} places are taken")),
            Self::Cancelled | Self::Over => error,
        }
    }
}
