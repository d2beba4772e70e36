//! Why a command ends before it is done.

use std::fmt::Display;
use std::process::ExitCode;

use nuncio::{Error, ErrorKind};

use crate::output::say;
use crate::{exit, signals};

/// Why a command ends before it is done.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It failed; the text says why.
    Failed {
        /// What the shell is told.
        exit: u8,
        /// What the user is told.
        text: String,
    },
    /// A signal asked for the end, and everything is in order.
    Interrupted,
    /// Nobody reads what would be written to standard output.
    OutputClosed,
}

impl Stop {
    /// The command failed for the reason `text`.
    pub(crate) fn failed(text: impl Display) -> Self {
        Self::with_exit(exit::FAILED, text)
    }

    /// The command failed for the reason `text`, and the shell is told `exit`.
    pub(crate) fn with_exit(exit: u8, text: impl Display) -> Self {
        Self::Failed { exit, text: text.to_string() }
    }

    /// Tells the user, and says what to tell the shell. A process that was interrupted ends by that signal, so that a
    /// shell stops its loop and a supervisor sees that it was obeyed.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Failed { exit, text } => {
                say(text);
                ExitCode::from(exit)
            }
            Self::Interrupted => signals::end_by_signal(),
            Self::OutputClosed => ExitCode::from(exit::DONE),
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Interrupted => Self::Interrupted,
            kind => Self::with_exit(exit::of(kind), error.chain()),
        }
    }
}
