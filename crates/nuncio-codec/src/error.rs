//! The one error type of this crate, and what a format reports to it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use crate::Codec;
use crate::perl::Fault;

/// A conversion that failed: which one, and why.
///
/// `Display` says what was tried and which rule was broken; what a format's library said about the bytes is the
/// [`source`](StdError::source), and is not repeated.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    operation: &'static str,
    codec: Option<Codec>,
    reason: Cow<'static, str>,
    source: Option<Cause>,
}

/// What is wrong, for the program to act upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input is larger or deeper than its [`DecodeLimits`](crate::DecodeLimits) allow.
    LimitExceeded,
    /// The input is no document of this format, or is one of another shape than the type that was asked for.
    Malformed,
    /// Members were asked of, or were to be added to, something that is neither a map nor a struct.
    NotAMap,
    /// The format cannot hold the value, or the value's own `Serialize` refused.
    Unrepresentable,
    /// This build does not have the codec; the message names the cargo feature.
    Unsupported,
}

/// What a format's library, or a type's own `Serialize` or `Deserialize`, had to say.
pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

/// Why a format gave up, in the terms that decide the [`ErrorKind`].
#[derive(Debug)]
#[allow(dead_code, reason = "the features decide which of them can happen")]
pub(crate) enum Failure {
    Cause(Cause),
    /// A part of the format for which a cargo feature is missing.
    Lacks(&'static str),
    Limit(Exceeded),
    /// A format for which a cargo feature is missing.
    Unsupported,
}

impl<E: StdError + Send + Sync + 'static> From<E> for Failure {
    #[cold]
    fn from(error: E) -> Self {
        Self::Cause(Box::new(error))
    }
}

/// A limit and, where it is known, what went beyond it. Sizes are in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Exceeded {
    Depth {
        limit: usize,
    },
    Elements {
        limit: usize,
    },
    #[cfg(any(feature = "sereal", feature = "zstd"))]
    Inflated {
        limit: usize,
    },
    Input {
        size: usize,
        limit: usize,
    },
    #[cfg(feature = "yaml")]
    Skipped,
    Text {
        size: usize,
        limit: usize,
    },
    Unfolded {
        limit: usize,
    },
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Depth { limit } => write!(f, "more than {limit} levels of nesting"),
            Self::Elements { limit } => write!(f, "more than {limit} elements"),
            #[cfg(any(feature = "sereal", feature = "zstd"))]
            Self::Inflated { limit } => write!(f, "more than {limit} bytes when decompressed"),
            Self::Input { size, limit } => write!(f, "input is {size} bytes, limit is {limit} bytes"),
            #[cfg(feature = "yaml")]
            Self::Skipped => f.write_str("too many nodes, levels or aliases in what is skipped"),
            Self::Text { size, limit } => write!(f, "a string is {size} bytes, limit is {limit} bytes"),
            Self::Unfolded { limit } => write!(f, "repeated references and copies unfold to more than {limit} bytes"),
        }
    }
}

impl Error {
    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The codec at work; `None` for a conversion to or from a [`Value`](crate::Value).
    #[must_use]
    pub fn codec(&self) -> Option<Codec> {
        self.0.codec
    }

    #[cold]
    pub(crate) fn decode(codec: Codec, failure: Failure) -> Self {
        const REASON: &str = "malformed, or not of the expected shape";
        match failure {
            Failure::Cause(cause) if let Some(exceeded) = cause.downcast_ref::<Fault>().and_then(Fault::exceeded) => {
                Self::limit(codec, exceeded)
            }
            failure => Self::of(failure, codec, "decode", ErrorKind::Malformed, REASON),
        }
    }

    #[cold]
    pub(crate) fn encode(codec: Codec, failure: Failure) -> Self {
        const REASON: &str = "the format cannot hold this value";
        Self::of(failure, codec, "encode", ErrorKind::Unrepresentable, REASON)
    }

    /// The error of an operation; of this kind and for this reason, if the format's library says no more.
    fn of(failure: Failure, codec: Codec, operation: &'static str, kind: ErrorKind, reason: &'static str) -> Self {
        match failure {
            Failure::Cause(cause) => Self::new(kind, operation, Some(codec), reason).because(cause),
            Failure::Lacks(feature) => Self::lacks(operation, codec, feature),
            Failure::Limit(exceeded) => Self::limit(codec, exceeded),
            Failure::Unsupported => Self::lacks(operation, codec, codec.feature().unwrap_or("default")),
        }
    }

    #[cold]
    pub(crate) fn limit(codec: Codec, exceeded: Exceeded) -> Self {
        Self::new(ErrorKind::LimitExceeded, "decode", Some(codec), exceeded.to_string())
    }

    #[cold]
    pub(crate) fn no_typed_view(codec: Codec) -> Self {
        let reason = "only Sereal, Storable and Data::Dumper hold more than a value shows";
        Self::new(ErrorKind::Unsupported, "show the types of", Some(codec), reason)
    }

    #[cold]
    pub(crate) fn not_a_map(operation: &'static str, codec: Codec) -> Self {
        Self::new(ErrorKind::NotAMap, operation, Some(codec), "only a map or a struct has members")
    }

    #[cold]
    pub(crate) fn unstable(codec: Codec) -> Self {
        let reason = "the value has other members each time it is serialized";
        Self::new(ErrorKind::Unrepresentable, "encode", Some(codec), reason)
    }

    #[cold]
    pub(crate) fn to_value(refusal: Refusal) -> Self {
        let reason = "a dynamic value cannot hold this";
        Self::new(ErrorKind::Unrepresentable, "convert to a value", None, reason).because(Box::new(refusal))
    }

    #[cold]
    pub(crate) fn from_value(refusal: Refusal) -> Self {
        let reason = "not of the expected shape";
        Self::new(ErrorKind::Malformed, "convert from a value", None, reason).because(Box::new(refusal))
    }

    fn lacks(operation: &'static str, codec: Codec, feature: &'static str) -> Self {
        let reason = format!("this build lacks it; enable the cargo feature \"{feature}\"");
        Self::new(ErrorKind::Unsupported, operation, Some(codec), reason)
    }

    fn new(
        kind: ErrorKind,
        operation: &'static str,
        codec: Option<Codec>,
        reason: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Inner { kind, operation, codec, reason: reason.into(), source: None }))
    }

    fn because(mut self, cause: Cause) -> Self {
        self.0.source = Some(cause);
        self
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { operation, codec, reason, .. } = &*self.0;
        match codec {
            Some(codec) => write!(f, "{operation} {codec}: {reason}"),
            None => write!(f, "{operation}: {reason}"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The error where no library is at work, in conversions and in our own writer: the text that serde gave.
#[derive(Debug)]
pub(crate) struct Refusal(Box<str>);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Refusal {}

impl serde::ser::Error for Refusal {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string().into())
    }
}

impl serde::de::Error for Refusal {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string().into())
    }
}
