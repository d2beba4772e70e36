//! How a gateway is set up.

pub(crate) mod secret;
pub(crate) mod settings;
pub(crate) mod url;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nuncio_core::QueueName;
use nuncio_queue::{DEFAULT_DIRECTORY, DEFAULT_SPILL_DIRECTORY};
use tokio_rustls::rustls::{ClientConfig, ServerConfig};

use self::secret::Token;
use self::url::Url;
use crate::policy::pattern::Pattern;
use crate::policy::route::Allowed;

/// What a gateway does, where, and for whom. Made by [`Settings::check`](crate::Settings::check), or from [`Config::new`] and changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where to accept requests; none leaves the incoming half out.
    pub listen: Option<Listen>,
    /// Whether the queue `transitd` is drained and other hosts are sent to. Without it, what is to go on is put into that queue.
    pub sends: bool,
    /// The directory that binds names to queues.
    pub registry: PathBuf,
    /// The directory for messages that are too large for a queue.
    pub spill: PathBuf,
    /// Share queues with other users; see [`RegistryBuilder::danger_shared`](nuncio_queue::RegistryBuilder::danger_shared).
    pub danger_shared: bool,
    /// The keyring of this host: sealed messages for its queues are then refused at once if no reader would take them.
    pub keyring: Option<PathBuf>,
    /// The directory that keeps messages until they are delivered.
    pub spool: PathBuf,
    /// Where to post what is for a host; the first that fits counts.
    pub destinations: Vec<Destination>,
    /// The queues that may be written from outside.
    pub allow_queues: Vec<Pattern>,
    /// The hosts that may be sent to, beside those in `destinations`.
    pub allow_destinations: Vec<Pattern>,
    /// The hosts that come for their messages.
    pub proxies: Vec<QueueName>,
    /// The secrets shared with other hosts.
    pub tokens: Vec<(String, Token)>,
    /// What is left open as in the original.
    pub danger_open: DangerOpen,
    /// How certificates of destinations are checked.
    pub client_tls: Option<Arc<ClientConfig>>,
    /// What is taken, kept and waited for at most.
    pub limits: GatewayLimits,
}

/// Where and how requests are accepted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listen {
    /// The address.
    pub address: SocketAddr,
    /// Certificate and key, for TLS.
    pub tls: Option<Arc<ServerConfig>>,
    /// Whether senders must have certificates.
    pub demands_certificate: bool,
}

/// A rule that says where to post.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Destination {
    /// The hosts that it is for.
    pub host: Pattern,
    /// The URL, in which `{host}` stands for the host.
    pub url: String,
}

/// What the original leaves open to everybody, one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DangerOpen {
    /// Any destination may be sent to.
    pub destinations: bool,
    /// Who names a proxied host in a header gets its messages.
    pub proxy: bool,
    /// Any queue may be written.
    pub queues: bool,
}

/// A limit on everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatewayLimits {
    /// The spool's bytes. Default 1 GiB.
    pub spool_bytes: u64,
    /// How long a message is tried. Default seven days.
    pub keep_for: Duration,
    /// The dead letters' bytes; the oldest go when there are more. Default 64 MiB.
    pub dead_letter_bytes: u64,
    /// The largest body, in bytes. Default 102,400,000, as in the original.
    pub body_bytes: usize,
    /// All bodies in memory together, in bytes. Default 256 MB.
    pub body_bytes_together: usize,
    /// The most messages of one body. Default 100,000.
    pub batch_messages: usize,
    /// The most messages from one sender in a second. Default 100,000.
    pub rate: u32,
    /// The most connections from one address. Default 64.
    pub connections: usize,
    /// The most connections. Default 1024.
    pub connections_together: usize,
    /// How long a sender may be silent in the middle of a request, and a destination in an answer. Default 10 s.
    pub patience: Duration,
    /// The longest wait between two tries. Default 30 s.
    pub retry_max: Duration,
    /// The most messages in one request to another host. Default 1000.
    pub request_messages: usize,
    /// The most bytes in one request to another host. Default 1 MiB.
    pub request_bytes: usize,
    /// Requests on their way to one gateway of nuncio. Default 4; to an original it is always one.
    pub requests_in_flight: usize,
}

impl Default for GatewayLimits {
    fn default() -> Self {
        Self {
            spool_bytes: 1 << 30,
            keep_for: Duration::from_secs(7 * 86400),
            dead_letter_bytes: 64 << 20,
            body_bytes: 102_400_000,
            body_bytes_together: 256_000_000,
            batch_messages: 100_000,
            rate: 100_000,
            connections: 64,
            connections_together: 1024,
            patience: Duration::from_secs(10),
            retry_max: Duration::from_secs(30),
            request_messages: 1000,
            request_bytes: 1 << 20,
            requests_in_flight: 4,
        }
    }
}

impl Config {
    /// A gateway that keeps messages in `spool`, sends, and listens nowhere.
    pub fn new(spool: impl Into<PathBuf>) -> Self {
        Self {
            listen: None,
            sends: true,
            registry: DEFAULT_DIRECTORY.into(),
            spill: DEFAULT_SPILL_DIRECTORY.into(),
            danger_shared: false,
            keyring: None,
            spool: spool.into(),
            destinations: Vec::new(),
            allow_queues: Vec::new(),
            allow_destinations: Vec::new(),
            proxies: Vec::new(),
            tokens: Vec::new(),
            danger_open: DangerOpen::default(),
            client_tls: None,
            limits: GatewayLimits::default(),
        }
    }

    /// The queues that may be written from outside: on loopback every one, unless some are listed.
    pub(crate) fn allowed_queues(&self) -> Allowed {
        let is_local = self.listen.as_ref().is_none_or(|listen| listen.address.ip().is_loopback());
        match self.danger_open.queues || (is_local && self.allow_queues.is_empty()) {
            true => Allowed::Everything,
            false => Allowed::Listed(self.allow_queues.clone()),
        }
    }

    /// The hosts that may be sent to.
    pub(crate) fn allowed_destinations(&self) -> Allowed {
        let rules = self.destinations.iter().map(|destination| destination.host.clone());
        match self.danger_open.destinations {
            true => Allowed::Everything,
            false => Allowed::Listed(rules.chain(self.allow_destinations.iter().cloned()).collect()),
        }
    }

    /// Where to post what is for `host`.
    pub(crate) fn url_of(&self, host: &str) -> nuncio_core::Result<Url> {
        let rule = self.destinations.iter().find(|destination| destination.host.matches(host));
        rule.map_or_else(|| Ok(Url::of_host(host)), |rule| Url::parse(&rule.url, host))
    }

    /// The secret shared with `host`.
    pub(crate) fn token_of(&self, host: &str) -> Option<&Token> {
        self.tokens.iter().find(|(name, _)| name == host).map(|(_, token)| token)
    }
}
