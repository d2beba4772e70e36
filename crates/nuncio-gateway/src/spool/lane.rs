//! A place that messages are delivered to, one after the other.

use std::fmt;
use std::sync::Arc;

use nuncio_core::QueueName;

use crate::policy::route::Target;

/// A place that messages are delivered to. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Lane {
    /// Where messages end that nobody can be given, with the reason.
    Dead(Arc<str>),
    /// Another host.
    Host(Arc<str>),
    /// The queue of a host that comes for its messages.
    Proxy(QueueName),
    /// A queue of this machine.
    Queue(QueueName),
}

impl Lane {
    /// Its kind, as one letter.
    pub(super) const fn kind(&self) -> u8 {
        match self {
            Self::Dead(_) => b'd',
            Self::Host(_) => b'h',
            Self::Proxy(_) => b'p',
            Self::Queue(_) => b'q',
        }
    }

    /// The host, the queue, or the reason.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Dead(name) | Self::Host(name) => name,
            Self::Proxy(name) | Self::Queue(name) => name.as_str(),
        }
    }

    pub(super) fn from_parts(kind: u8, name: &str) -> Option<Self> {
        match kind {
            b'd' => Some(Self::Dead(name.into())),
            b'h' => Some(Self::Host(name.into())),
            b'p' => QueueName::new(name).ok().map(Self::Proxy),
            b'q' => QueueName::new(name).ok().map(Self::Queue),
            _ => None,
        }
    }

    /// Its kind, in a word.
    #[must_use]
    pub const fn kind_name(&self) -> &'static str {
        match self {
            Self::Dead(_) => "dead",
            Self::Host(_) => "host",
            Self::Proxy(_) => "proxy",
            Self::Queue(_) => "queue",
        }
    }
}

impl From<Target> for Lane {
    fn from(target: Target) -> Self {
        match target {
            Target::Host(host) => Self::Host(host),
            Target::Proxy(name) => Self::Proxy(name),
            Target::Queue(name) => Self::Queue(name),
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.kind_name(), self.name())
    }
}
