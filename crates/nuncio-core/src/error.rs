//! One error type for the whole of nuncio: what was tried, on what, why it failed.
//!
//! [`Error`] is matched by [`ErrorKind`]. Its text reads `send to "billing": payload is 70000 bytes, limit is 65536
//! bytes`; the system's or a library's own words are in [`source`](std::error::Error::source) and are not repeated.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The result of everything in nuncio that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure: its kind, the operation, the thing it was tried on, the reason and the cause below it.
///
/// One pointer wide, so that results stay small.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    operation: &'static str,
    subject: Option<Subject>,
    reason: Option<Cow<'static, str>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Who or what is at fault, and so what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The name is taken.
    AlreadyExists,
    /// The caller's mistake, to be found by reading the code; never caused by what arrived.
    ApiMisuse,
    /// This handle was closed.
    Closed,
    /// What is stored or arrived cannot be read.
    Corrupt,
    /// The medium has no room now.
    Full,
    /// The wait was cancelled.
    Interrupted,
    /// The text is no name of this kind.
    InvalidName,
    /// The system failed in a way that has no kind of its own.
    Io,
    /// A configured limit other than the message size.
    LimitExceeded,
    /// The set-up is wrong: an option, a file, an environment variable.
    Misconfigured,
    /// Nobody has that name, or it was removed.
    NoSuchEndpoint,
    /// The process at the other side ended.
    PeerGone,
    /// The other side broke the protocol.
    PeerMisbehaved,
    /// The system, or a safety rule, does not allow it.
    PermissionDenied,
    /// The other side said no.
    Refused,
    /// The deadline passed.
    TimedOut,
    /// One message is above the limit.
    TooLarge,
    /// Who sent it cannot be proven as the policy asks.
    Unauthenticated,
    /// The medium cannot be reached now.
    Unavailable,
    /// This medium, build or system cannot do that at all.
    Unsupported,
    /// The two sides speak different versions.
    VersionMismatch,
}

impl ErrorKind {
    const fn describe(self) -> &'static str {
        match self {
            Self::AlreadyExists => "it exists already",
            Self::ApiMisuse => "the call is not allowed here",
            Self::Closed => "closed",
            Self::Corrupt => "the data cannot be read",
            Self::Full => "no room",
            Self::Interrupted => "cancelled",
            Self::InvalidName => "the name is not valid",
            Self::Io => "the system failed",
            Self::LimitExceeded => "a limit is exceeded",
            Self::Misconfigured => "the configuration is wrong",
            Self::NoSuchEndpoint => "there is none",
            Self::PeerGone => "the peer is gone",
            Self::PeerMisbehaved => "the peer broke the protocol",
            Self::PermissionDenied => "not permitted",
            Self::Refused => "refused by the other side",
            Self::TimedOut => "the deadline passed",
            Self::TooLarge => "the message is too large",
            Self::Unauthenticated => "the sender is not authenticated",
            Self::Unavailable => "not reachable",
            Self::Unsupported => "not supported",
            Self::VersionMismatch => "the versions do not fit",
        }
    }

    /// The kind that fits a failed system call, where the caller knows nothing better.
    pub fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::AlreadyExists,
            io::ErrorKind::Interrupted => Self::Interrupted,
            io::ErrorKind::NotFound => Self::NoSuchEndpoint,
            io::ErrorKind::PermissionDenied => Self::PermissionDenied,
            io::ErrorKind::TimedOut => Self::TimedOut,
            io::ErrorKind::Unsupported => Self::Unsupported,
            io::ErrorKind::WouldBlock => Self::Full,
            _ => Self::Io,
        }
    }
}

/// The thing an operation was tried on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// A queue, peer, node or port.
    Name(String),
    /// A file or directory.
    Path(PathBuf),
}

impl fmt::Display for Subject {
    /// In quotes, with control characters escaped: a name can come from outside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name:?}"),
            Self::Path(path) => write!(f, "{path:?}"),
        }
    }
}

impl From<&str> for Subject {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<&Path> for Subject {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }
}

impl Error {
    /// A failure of `kind` while doing `operation`, a verb phrase such as `send to`.
    pub fn new(kind: ErrorKind, operation: &'static str) -> Self {
        Self(Box::new(Inner { kind, operation, subject: None, reason: None, source: None }))
    }

    /// A failed system call, its kind by [`ErrorKind::of_io`].
    pub fn io(operation: &'static str, source: io::Error) -> Self {
        Self::new(ErrorKind::of_io(&source), operation).caused_by(source)
    }

    /// Names the thing it was tried on.
    #[must_use]
    pub fn on(mut self, subject: impl Into<Subject>) -> Self {
        self.0.subject = Some(subject.into());
        self
    }

    /// Says why, as a lower-case fragment, with numbers and units.
    #[must_use]
    pub fn because(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.0.reason = Some(reason.into());
        self
    }

    /// Attaches the error below this one.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What to match on.
    pub const fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed, a verb phrase.
    pub const fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The thing it was tried on.
    pub const fn subject(&self) -> Option<&Subject> {
        self.0.subject.as_ref()
    }

    /// May the same call succeed later with nothing else changed?
    pub const fn is_transient(&self) -> bool {
        matches!(self.kind(), ErrorKind::Full | ErrorKind::Interrupted | ErrorKind::TimedOut | ErrorKind::Unavailable)
    }

    /// This error and all below it on one line, for a person.
    pub fn chain(&self) -> Chain<'_> {
        Chain(self)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.operation)?;
        if let Some(subject) = &self.0.subject {
            write!(f, " {subject}")?;
        }
        match &self.0.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => write!(f, ": {}", self.0.kind.describe()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("text", &format_args!("{self}"))
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<nuncio_codec::Error> for Error {
    fn from(source: nuncio_codec::Error) -> Self {
        use nuncio_codec::ErrorKind as Codec;
        let kind = match source.kind() {
            Codec::LimitExceeded => ErrorKind::LimitExceeded,
            Codec::NotAMap | Codec::Unrepresentable => ErrorKind::ApiMisuse,
            Codec::Unsupported => ErrorKind::Unsupported,
            _ => ErrorKind::Corrupt,
        };
        Self::new(kind, "convert the message").caused_by(source)
    }
}

/// An error and its causes, joined by `: `; see [`Error::chain`].
#[derive(Debug)]
pub struct Chain<'a>(&'a Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(error) = next {
            write!(f, ": {error}")?;
            next = error.source();
        }
        Ok(())
    }
}

/// How far a failed send got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing of it is on the medium: it can be sent again without danger.
    NotSent,
    /// The medium's answer was lost: it may have been stored.
    Unknown,
}

/// A failed send: the error, the message given back, and how far it got.
pub struct SendError<T> {
    /// Why it failed.
    pub error: Error,
    /// What the caller wanted to send.
    pub message: T,
    /// Whether it may have been sent all the same.
    pub outcome: Outcome,
}

impl<T> SendError<T> {
    /// A send of which nothing reached the medium.
    pub const fn not_sent(error: Error, message: T) -> Self {
        Self { error, message, outcome: Outcome::NotSent }
    }

    /// What to match on.
    pub const fn kind(&self) -> ErrorKind {
        self.error.kind()
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").field("error", &self.error).field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl<T> StdError for SendError<T> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.source()
    }
}

impl<T> From<SendError<T>> for Error {
    fn from(failed: SendError<T>) -> Self {
        failed.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_says_what_on_what_and_why_and_leaves_the_cause_to_the_chain() {
        let error = Error::io("open the registry", io::Error::from_raw_os_error(13)).on(Path::new("/tmp/a\nb"));
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert_eq!(error.to_string(), r#"open the registry "/tmp/a\nb": not permitted"#);
        assert_eq!(
            error.chain().to_string(),
            r#"open the registry "/tmp/a\nb": not permitted: Permission denied (os error 13)"#
        );
    }

    #[test]
    fn a_reason_replaces_the_general_words_of_the_kind() {
        let error = Error::new(ErrorKind::TooLarge, "send to")
            .on("billing")
            .because("payload is 70000 bytes, limit is 65536 bytes");
        assert_eq!(error.to_string(), r#"send to "billing": payload is 70000 bytes, limit is 65536 bytes"#);
        assert!(!error.is_transient());
    }

    #[test]
    fn a_failed_send_gives_the_message_back() {
        let failed = SendError::not_sent(Error::new(ErrorKind::Full, "send to").on("q"), vec![1, 2]);
        assert_eq!(failed.message, [1, 2]);
        assert_eq!(failed.outcome, Outcome::NotSent);
        assert!(Error::from(failed).is_transient());
    }
}
