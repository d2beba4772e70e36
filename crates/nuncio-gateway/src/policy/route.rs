//! Where a message goes, and whether it may.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use nuncio_core::QueueName;
use nuncio_queue::header;
use nuncio_queue::remote::{OUTGOING_QUEUE, OwnNames};

use super::pattern::Pattern;
use crate::wire::rewrite;

/// No name of a host is longer.
const HOST_BYTES_MAX: usize = 255;

/// What may be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Allowed {
    /// Whatever there is.
    Everything,
    /// What one of these means.
    Listed(Vec<Pattern>),
}

impl Allowed {
    /// Whether `name` may be reached.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Listed(patterns) => patterns.iter().any(|pattern| pattern.matches(name)),
        }
    }
}

/// Which messages are taken, and where they go.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What this host is called.
    pub own_names: OwnNames,
    /// Whether what a process of this machine sends to this very host needs no request: there is an incoming half to take it.
    pub takes_own: bool,
    /// The hosts that are posted to all the same.
    pub posted: Vec<Pattern>,
    /// The queues that may be written from outside.
    pub queues: Allowed,
    /// The hosts that may be sent to.
    pub destinations: Allowed,
    /// The hosts that come for their messages, in lower case.
    pub proxies: HashSet<String>,
    /// The largest payload of one message, in bytes.
    pub payload_bytes_max: usize,
}

/// Who brought a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A process of this machine, through the outgoing queue.
    Local,
    /// Another host.
    Network,
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Target {
    /// To another host.
    Host(Arc<str>),
    /// Into the queue of a host that comes for it.
    Proxy(QueueName),
    /// Into a queue of this machine.
    Queue(QueueName),
}

/// Why a message is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It says no host that it is for.
    NoDestination,
    /// The host is not one that may be sent to.
    Destination(String),
    /// It says no queue, or one that cannot be.
    BadQueue(String),
    /// The queue may not be written from outside.
    Queue(String),
    /// It has no hops left.
    NoHops,
    /// It is sealed, and no reader would take it: why.
    Sealed(String),
    /// Its payload has so many bytes, and may have so many.
    TooLarge(usize, usize),
}

/// Applies rules to one message after the other. It remembers the last answer, for most of a batch goes to one place.
#[derive(Clone, Debug)]
pub struct Router<'a> {
    rules: &'a Rules,
    source: Source,
    last: Option<Found>,
}

/// Where messages for a queue of a host go.
#[derive(Clone, Debug)]
struct Found {
    destination: Box<[u8]>,
    queue: Box<[u8]>,
    target: Target,
}

impl<'a> Router<'a> {
    /// For messages that `source` has brought.
    #[must_use]
    pub const fn new(rules: &'a Rules, source: Source) -> Self {
        Self { rules, source, last: None }
    }

    /// Where a message with this `header` and so large a payload goes.
    ///
    /// # Errors
    /// Why it goes nowhere.
    pub fn route(&mut self, header: &[u8], payload_bytes: usize) -> Result<Target, Refusal> {
        if payload_bytes > self.rules.payload_bytes_max {
            return Err(Refusal::TooLarge(payload_bytes, self.rules.payload_bytes_max));
        }
        let [destination, queue, ttl] =
            header::find_each(header, [header::DESTINATION, header::DESTINATION_QUEUE, header::TTL]);
        let (destination, queue) = (destination.unwrap_or_default(), queue.unwrap_or_default());
        let target = match &self.last {
            Some(last) if *last.destination == *destination && *last.queue == *queue => last.target.clone(),
            _ => self.look_up(destination, queue)?,
        };
        if matches!(target, Target::Host(_) | Target::Proxy(_)) && rewrite::hops(ttl).is_none_or(|hops| hops == 0) {
            return Err(Refusal::NoHops);
        }
        Ok(target)
    }

    fn look_up(&mut self, destination: &[u8], queue: &[u8]) -> Result<Target, Refusal> {
        let target =
            self.rules.target(self.source, &String::from_utf8_lossy(destination), &String::from_utf8_lossy(queue))?;
        self.last = Some(Found { destination: destination.into(), queue: queue.into(), target: target.clone() });
        Ok(target)
    }
}

impl Rules {
    /// Where messages for `queue` of `destination` go, as long as they have hops left.
    fn target(&self, source: Source, destination: &str, queue: &str) -> Result<Target, Refusal> {
        if destination.is_empty() {
            return Err(Refusal::NoDestination);
        }
        let host = destination.to_ascii_lowercase();
        if self.own_names.contains(&host) && (source == Source::Network || self.keeps(&host)) {
            return self.own_queue(source, queue);
        }
        let refused = || Refusal::Destination(destination.to_owned());
        if self.proxies.contains(&host) {
            return QueueName::new(destination).map(Target::Proxy).map_err(|_| refused());
        }
        match is_host(&host) && self.destinations.allows(&host) {
            true => Ok(Target::Host(host.into())),
            false => Err(refused()),
        }
    }

    /// Whether what a process of this machine sends to this host stays here.
    fn keeps(&self, host: &str) -> bool {
        self.takes_own && !self.posted.iter().any(|pattern| pattern.matches(host))
    }

    fn own_queue(&self, source: Source, queue: &str) -> Result<Target, Refusal> {
        let name = QueueName::new(queue).map_err(|_| Refusal::BadQueue(queue.to_owned()))?;
        // What came back through it would go round in circles.
        let is_outgoing = name.as_str() == OUTGOING_QUEUE;
        let is_proxy = self.proxies.contains(&name.as_str().to_ascii_lowercase());
        // Who sits on this machine could write into the queue without us.
        let may = source == Source::Local || (self.queues.allows(name.as_str()) && !is_proxy);
        match may && !is_outgoing {
            true => Ok(Target::Queue(name)),
            false => Err(Refusal::Queue(name.as_str().to_owned())),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDestination => f.write_str("its header names no destination"),
            Self::Destination(host) => {
                write!(f, "destination {host:?} is not listed (allow-destination, destination)")
            }
            Self::BadQueue(queue) => write!(f, "{queue:?} is not the name of a queue"),
            Self::Queue(queue) => write!(f, "queue {queue:?} may not be written from outside (allow-queue)"),
            Self::NoHops => f.write_str("it has no hops left (ttl)"),
            Self::Sealed(reason) => f.write_str(reason),
            Self::TooLarge(bytes, bytes_max) => {
                write!(f, "its payload is {bytes} bytes, limit is {bytes_max} bytes")
            }
        }
    }
}

/// Whether a request can name it: what else a header holds is no host.
fn is_host(text: &str) -> bool {
    text.len() <= HOST_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]%".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let listed = |texts: &[&str]| Allowed::Listed(texts.iter().map(|text| Pattern::new(text)).collect());
        Rules {
            takes_own: true,
            posted: vec![Pattern::host("127.0.0.1")],
            own_names: OwnNames::default().with("here").with("127.0.0.1"),
            queues: listed(&["jobs", "log-*"]),
            destinations: listed(&["*.example", "127.0.0.1"]),
            proxies: ["inner".to_owned()].into(),
            payload_bytes_max: 100,
        }
    }

    fn route(source: Source, header: &str) -> Result<Target, Refusal> {
        Router::new(&rules(), source).route(header.as_bytes(), 2)
    }

    fn queue(name: &str) -> Target {
        Target::Queue(QueueName::new(name).expect("a name"))
    }

    #[test]
    fn what_is_ours_goes_into_its_queue_and_other_things_go_on() {
        assert_eq!(route(Source::Network, "d=here,q=jobs"), Ok(queue("jobs")));
        assert_eq!(route(Source::Network, "d=HERE,q=log-1"), Ok(queue("log-1")));
        assert_eq!(route(Source::Network, "d=B.example,q=any"), Ok(Target::Host("b.example".into())));
        assert_eq!(
            route(Source::Network, "d=inner,q=any"),
            Ok(Target::Proxy(QueueName::new("inner").expect("a name")))
        );
        assert_eq!(route(Source::Network, "d=127.0.0.1,q=jobs"), Ok(queue("jobs")));
        assert_eq!(
            route(Source::Local, "d=127.0.0.1,q=jobs"),
            Ok(Target::Host("127.0.0.1".into())),
            "who says where to post means it"
        );
        assert_eq!(route(Source::Local, "d=here,q=unlisted"), Ok(queue("unlisted")), "a local process needs no list");
    }

    #[test]
    fn what_is_not_listed_is_refused_with_its_name() {
        use Refusal as R;
        for (header, expected) in [
            ("q=jobs", R::NoDestination),
            ("d=,q=jobs", R::NoDestination),
            ("d=a\r\nx.example,q=jobs", R::Destination("a\r\nx.example".into())),
            ("d=elsewhere,q=jobs", R::Destination("elsewhere".into())),
            ("d=here,q=secret", R::Queue("secret".into())),
            ("d=here,q=transitd", R::Queue("transitd".into())),
            ("d=here,q=inner", R::Queue("inner".into())),
            ("d=here", R::BadQueue(String::new())),
            ("d=here,q=../x", R::BadQueue("../x".into())),
            ("d=b.example,q=x,t=0", R::NoHops),
        ] {
            assert_eq!(route(Source::Network, header), Err(expected), "{header}");
        }
        assert_eq!(route(Source::Local, "d=here,q=transitd"), Err(R::Queue("transitd".into())), "no circles");
        let rules = rules();
        let mut router = Router::new(&rules, Source::Network);
        assert_eq!(router.route(b"d=here,q=jobs", 101), Err(R::TooLarge(101, 100)));
        assert_eq!(router.route(b"d=b.example,q=x", 1), Ok(Target::Host("b.example".into())));
        assert_eq!(router.route(b"d=b.example,q=x,t=0", 1), Err(R::NoHops), "also after the same with hops");
        assert_eq!(router.route(b"d=here,q=x", 1), Err(R::Queue("x".into())), "the host alone is not enough");
    }
}
