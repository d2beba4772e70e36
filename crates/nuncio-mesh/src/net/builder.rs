//! How a node is set up.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nuncio_codec::{DecodeLimits, Value};
use nuncio_core::{Error, ErrorKind, NodeId, Result};

use super::address;
use super::bulk;
use super::core::{Core, Shared};
use super::data::DataStream;
use super::handlers::Handlers;
use super::listen::{self, Bound};
use super::logs::{self, LogShare};
use super::mailbox::Capacity;
use super::node::Node;
use super::port::Port;
use super::random::{random_number, random_text};
use super::secret::{default_secret, without_line_end};
use super::settings::Settings;
use super::spawned::Functions;
use super::tls::Tls;
use crate::config::{Profile, Service};
use crate::proto::Generation;
use crate::proto::auth::{AuthMethod, Secret};
use crate::proto::framing::{Framing, Reader};
use crate::proto::handshake::Policy;
use crate::proto::kernel::{Config, Kernel};
use crate::proto::liveness;

/// Sets up a [`Node`]. Begin with [`Node::builder`].
pub struct Builder {
    node: String,
    secret: Option<Secret>,
    generations: Vec<Generation>,
    framings: Option<Vec<Framing>>,
    binds: Vec<String>,
    seeds: Vec<String>,
    is_global: bool,
    plaintext_anywhere: bool,
    tls: Option<PathBuf>,
    tls_authority: Option<PathBuf>,
    /// The PEM text of a profile, in place of a file.
    tls_text: Option<String>,
    services: Vec<Service>,
    /// The ways to authenticate that a profile lists.
    auth_offer: Option<Vec<AuthMethod>>,
    auth_accept: Option<Vec<AuthMethod>>,
    accepts_tls_anon: bool,
    accepts_cleartext: bool,
    offers_cleartext: bool,
    monitor_timeout: Duration,
    connect_interval: Duration,
    heartbeat: Duration,
    limits: DecodeLimits,
    outbox_high_water: usize,
    outbox_limit: usize,
    mailbox: Capacity,
    relays_to_hidden: bool,
    functions: Functions,
    logs: Option<LogShare>,
}

impl Builder {
    pub(super) fn new(node: &str) -> Self {
        Self {
            node: node.to_owned(),
            secret: None,
            generations: vec![Generation::One, Generation::Two],
            framings: None,
            binds: Vec::new(),
            seeds: Vec::new(),
            is_global: false,
            plaintext_anywhere: false,
            tls: None,
            tls_authority: None,
            tls_text: None,
            services: Vec::new(),
            auth_offer: None,
            auth_accept: None,
            accepts_tls_anon: false,
            accepts_cleartext: false,
            offers_cleartext: false,
            monitor_timeout: Duration::from_secs(30),
            connect_interval: Duration::from_secs(2),
            heartbeat: Duration::from_secs(5),
            limits: Reader::default_limits(),
            outbox_high_water: 1 << 20,
            outbox_limit: 256 << 20,
            mailbox: Capacity { messages: 1 << 20, bytes: 256 << 20 },
            relays_to_hidden: false,
            functions: Functions::default(),
            logs: None,
        }
    }

    /// The secret that all nodes of the mesh share. Without one, it is the content of `~/.aemp-secret`, and without that
    /// file a random one, with which no other node can connect.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secret = Secret::new(secret);
        self
    }

    /// Takes the secret from a file. A line end behind it is no part of it.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] when there is no such file, or nothing in it; [`ErrorKind::PermissionDenied`] and
    /// [`ErrorKind::Io`].
    pub fn secret_file(mut self, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let misconfigured = || Error::new(ErrorKind::Misconfigured, "read the secret").on(path);
        let content = std::fs::read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => misconfigured().because("there is no such file"),
            _ => Error::io("read the secret", error).on(path),
        })?;
        self.secret = Secret::new(without_line_end(content));
        match self.secret.is_some() {
            true => Ok(self),
            false => Err(misconfigured().because("it is empty")),
        }
    }

    /// Speaks these generations of the protocol. Default: both, each with who speaks it.
    #[must_use]
    pub fn generations(mut self, generations: &[Generation]) -> Self {
        self.generations = generations.to_vec();
        self
    }

    /// Understands these framings, the preferred first. Default: all of those of its generations, CBOR first.
    #[must_use]
    pub fn framings(mut self, framings: &[Framing]) -> Self {
        self.framings = Some(framings.to_vec());
        self
    }

    /// Listens on this address: `host:port`, where port 0 or `*` is any free one, or a bare port of this host. Without an
    /// address to listen on the node only dials.
    #[must_use]
    pub fn bind(mut self, address: &str) -> Self {
        self.binds.push(address.to_owned());
        self
    }

    /// Dials this address to find the other nodes, now and whenever it has no connection to it.
    #[must_use]
    pub fn seed(mut self, address: &str) -> Self {
        self.seeds.push(address.to_owned());
        self
    }

    /// Is a global node of generation 2.x from the start. A node that another takes for its seed becomes one anyway.
    #[must_use]
    pub fn global(mut self) -> Self {
        self.is_global = true;
        self
    }

    /// Speaks TLS with every node that does, with the certificate and the key in this PEM file; others are spoken with in
    /// plain text on this machine alone. A node belongs to the mesh if it has the same certificate, or one that this one
    /// has signed, or with [`tls_authority`](Self::tls_authority) one that the authority has signed. Names are not
    /// looked at. The secret is not needed then.
    #[must_use]
    pub fn tls(mut self, pem: impl Into<PathBuf>) -> Self {
        self.tls = Some(pem.into());
        self
    }

    /// Sets up what a profile says: secret, certificate, addresses, times, framings, ways to authenticate, services, and the id
    /// if none was given. What is called after this counts more; addresses are added. Of the ways to authenticate those that
    /// take a `danger_` method here are left out without it, whatever the profile says.
    ///
    /// Where it does not say where to listen, the originals listen on all addresses; nuncio does so where that is allowed
    /// (with a certificate, or [`danger_plaintext`](Self::danger_plaintext) before this), otherwise on this machine alone.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]: there are no random numbers for its id.
    pub fn profile(mut self, profile: &Profile) -> Result<Self> {
        if self.node.is_empty() {
            self.node = profile.node_id(&address::this_host(), &random_text::<9>()?);
        }
        if let Some(secret) = &profile.secret {
            self = self.secret(secret.clone());
        }
        self.tls_text = profile.certificate.clone().or(self.tls_text);
        let everywhere = if self.tls_text.is_some() || self.plaintext_anywhere { "*:*" } else { "127.0.0.1:*" };
        let binds = profile.binds.clone().unwrap_or_else(|| vec![everywhere.to_owned()]);
        self.binds.extend(binds);
        self.seeds.extend(profile.seeds.iter().cloned());
        // A name that ends so is a module of Perl's, to be loaded; of these one means something here.
        let (modules, services): (Vec<_>, Vec<_>) =
            profile.services.iter().cloned().partition(|service| service.function.ends_with("::"));
        self.is_global |= modules.iter().any(|module| module.function == "AnyEvent::MP::Global::");
        self.services.extend(services);
        self.monitor_timeout = profile.monitor_timeout.unwrap_or(self.monitor_timeout);
        self.connect_interval = profile.connect_interval.unwrap_or(self.connect_interval);
        self.framings = profile.framings.clone().or(self.framings);
        self.auth_offer = profile.auth_offer.clone().or(self.auth_offer);
        self.auth_accept = profile.auth_accept.clone().or(self.auth_accept);
        Ok(self)
    }

    /// The authority that has signed the certificates of all nodes, in a PEM file.
    #[must_use]
    pub fn tls_authority(mut self, pem: impl Into<PathBuf>) -> Self {
        self.tls_authority = Some(pem.into());
        self
    }

    /// Accepts nodes that prove themselves by their certificate alone, which does not cover what was said before TLS.
    #[must_use]
    pub fn danger_accept_tls_anon(mut self) -> Self {
        self.accepts_tls_anon = true;
        also(&mut self.auth_accept, AuthMethod::TlsAnon);
        self
    }

    /// Binds and dials addresses other than loopback without TLS. The secret proves who connects, but everybody in between
    /// can read all that follows, change it, and add to it.
    #[must_use]
    pub fn danger_plaintext(mut self) -> Self {
        self.plaintext_anywhere = true;
        self
    }

    /// Accepts nodes that send the secret as it is, as simple clients do. Whoever is mistaken for this node learns it.
    #[must_use]
    pub fn danger_accept_cleartext(mut self) -> Self {
        self.accepts_cleartext = true;
        also(&mut self.auth_accept, AuthMethod::Cleartext);
        self
    }

    /// Sends the secret as it is to whoever accepts nothing better. Whoever answers at an address that is dialled learns it.
    #[must_use]
    pub fn danger_offer_cleartext(mut self) -> Self {
        self.offers_cleartext = true;
        also(&mut self.auth_offer, AuthMethod::Cleartext);
        self
    }

    /// For how long to try to reach a node, how long a handshake may take, for how long another node of nuncio may be silent
    /// before the connection to it ends, and how often a node without listener shows an original that it is alive. Default:
    /// 30 s.
    #[must_use]
    pub fn monitor_timeout(mut self, timeout: Duration) -> Self {
        self.monitor_timeout = timeout;
        self
    }

    /// The time between two tries to reach a node; in generation 2.x also for how long to try. Large messages wait for a
    /// connection of their own for twice as long at most. Default: 2 s.
    #[must_use]
    pub fn connect_interval(mut self, interval: Duration) -> Self {
        self.connect_interval = interval;
        self
    }

    /// Sends something to every other node of nuncio at least so often, so that it notices when this one is gone. Default:
    /// 5 s. A node that is told of a longer time than a third of its [`monitor_timeout`](Self::monitor_timeout) waits for
    /// three times of it.
    #[must_use]
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.heartbeat = interval.max(Duration::from_millis(1));
        self
    }

    /// Reads messages within these limits. Default: [`Reader::default_limits`].
    #[must_use]
    pub fn limits(mut self, limits: DecodeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// For one connection, how many bytes may wait before [`Node::ready`] waits, and how many before the connection is
    /// given up. Default: 1 MiB and 256 MiB.
    #[must_use]
    pub fn outbox(mut self, high_water_bytes: usize, bytes_max: usize) -> Self {
        (self.outbox_high_water, self.outbox_limit) = (high_water_bytes, bytes_max);
        self
    }

    /// How many messages a port may leave in its mailbox; with more it is ended, so that those who watch it know. Default:
    /// 1,048,576.
    #[must_use]
    pub fn mailbox_capacity(mut self, messages: usize) -> Self {
        self.mailbox.messages = messages;
        self
    }

    /// How many bytes of messages a port may leave in its mailbox: of their values in memory, about, and where handlers take
    /// them, of their encoding. With more it is ended, as with too many messages. Default: 256 MiB.
    #[must_use]
    pub fn mailbox_bytes(mut self, bytes: usize) -> Self {
        self.mailbox.bytes = bytes;
        self
    }

    /// Lets every node spawn ports that run this function. Names that Perl callers use contain `::`.
    ///
    /// The port ends with the function, with an error for its reason if it gives one or panics.
    #[must_use]
    pub fn function<F, Running>(mut self, name: &str, function: F) -> Self
    where
        F: Fn(Port, Vec<Value>) -> Running + Send + Sync + 'static,
        Running: Future<Output = Result<()>> + Send + 'static,
    {
        self.functions.add(name, Box::new(move |port, arguments| Box::pin(function(port, arguments))));
        self
    }

    /// Lets every node spawn ports with the handlers that this function makes of the arguments. An error ends the port.
    #[must_use]
    pub fn handler_function<F>(mut self, name: &str, function: F) -> Self
    where
        F: Fn(Vec<Value>) -> Result<Handlers> + Send + Sync + 'static,
    {
        self.functions.add_handlers(name, Box::new(function));
        self
    }

    /// Lets every node make streams of bytes to this function, with [`Node::open_stream`]; with none, streams are refused.
    #[must_use]
    pub fn stream_function<F, Running>(mut self, name: &str, function: F) -> Self
    where
        F: Fn(DataStream, Vec<Value>) -> Running + Send + Sync + 'static,
        Running: Future<Output = Result<()>> + Send + 'static,
    {
        self.functions.add_stream(name, Box::new(move |stream, arguments| Box::pin(function(stream, arguments))));
        self
    }

    /// Lets every node call this function by a message to this node, with the calling node's id and the arguments. It must
    /// not block.
    #[must_use]
    pub fn call<F>(mut self, name: &str, function: F) -> Self
    where
        F: Fn(&NodeId, Vec<Value>) + Send + Sync + 'static,
    {
        self.functions.add_call(name, Box::new(function));
        self
    }

    /// Relays messages to nodes that are connected to this one and cannot be connected to, for every node that asks; see
    /// [`Node::send_through`]. They appear to come from this node. Messages to other nodes are not relayed.
    #[must_use]
    pub fn relays_to_hidden(mut self) -> Self {
        self.relays_to_hidden = true;
        self
    }

    /// Sends the log messages that are told to `logs` to those nodes that collect them. By default nobody gets any.
    #[must_use]
    pub fn share_logs(mut self, logs: &LogShare) -> Self {
        self.logs = Some(logs.clone());
        self
    }

    /// Starts the node on the runtime in which this is called. When it is back, the node accepts connections.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`] for the node's id, [`ErrorKind::Misconfigured`] for addresses, and for those that are not
    /// of this machine alone without [`danger_plaintext`](Self::danger_plaintext), [`ErrorKind::Io`] when an address is in
    /// use or there are no random numbers.
    pub async fn start(mut self) -> Result<Node> {
        let services = std::mem::take(&mut self.services);
        if let Some(missing) = services.iter().find(|one| self.functions.spawned(&one.function).is_none()) {
            let reason = "it is to be started with the node, and no function of that name is registered";
            let function = missing.function.as_str();
            return Err(Error::new(ErrorKind::Misconfigured, "start the service").on(function).because(reason));
        }
        let Bound { listeners, addresses } = listen::bind(&self.binds, |address| self.may_use(address)).await?;
        let unique = random_text::<9>()?;
        let node = match self.node.as_str() {
            "" | "anon/" => format!("anon/{unique}"),
            node => node.to_owned(),
        };
        let node = NodeId::new(&node)?;

        let mut config = Config::new(node.clone(), &unique, random_number()?);
        config.generations.clone_from(&self.generations);
        config.binds.clone_from(&addresses);
        config.relays_to_hidden = self.relays_to_hidden;
        config.seeds = self.resolved_seeds().await?;
        config.is_global = self.is_global;
        config.monitor_timeout = self.monitor_timeout;
        config.connect_interval = self.connect_interval;

        let settings = self.settings(node, !listeners.is_empty())?;
        let mut kernel = Kernel::new(config);
        for name in settings.functions.names() {
            kernel.register_function(name);
        }
        if settings.logs.is_some() {
            kernel.register_function(logs::CONNECT);
        }
        let (dials, dialled) = tokio::sync::mpsc::unbounded_channel();
        let shared = Arc::new(Shared::new(settings, Core::new(kernel, dials)));
        if let Some(logs) = &shared.settings.logs {
            logs.begin(&shared);
        }
        listen::start(&shared, listeners, dialled);
        let node = Node::new(shared, addresses);
        for Service { function, arguments } in services {
            let _ = node.spawn(node.id(), &function, arguments);
        }
        Ok(node)
    }

    /// Seeds by address, as they are dialled and as others tell them.
    async fn resolved_seeds(&self) -> Result<Vec<String>> {
        let mut seeds = Vec::new();
        for seed in &self.seeds {
            for address in address::resolve(seed).await? {
                address::allow(self.may_use(address), seed)?;
                seeds.push(address.to_string());
            }
        }
        Ok(seeds)
    }

    fn may_use(&self, address: SocketAddr) -> bool {
        self.plaintext_anywhere || self.tls.is_some() || self.tls_text.is_some() || address.ip().is_loopback()
    }

    fn settings(self, node: NodeId, listens: bool) -> Result<Settings> {
        let secret = match &self.secret {
            Some(secret) => Some(secret.clone()),
            None => default_secret()?,
        };
        let mut policy = Policy::new(node, secret, &self.generations);
        if let Some(framings) = &self.framings {
            policy.framings.clone_from(framings);
        }
        let authority = self.tls_authority.as_deref();
        let tls = match (&self.tls, &self.tls_text) {
            (Some(pem), _) => Some(Tls::read(pem, authority)?),
            (None, Some(text)) => Some(Tls::new(text.as_bytes(), "the profile".as_ref(), authority)?),
            (None, None) => None,
        };
        policy.has_certificate = tls.is_some();
        if self.accepts_tls_anon {
            policy.auth_accept.push(AuthMethod::TlsAnon);
        }
        if self.accepts_cleartext {
            policy.auth_accept.push(AuthMethod::Cleartext);
        }
        if self.offers_cleartext {
            policy.auth_offer.push(AuthMethod::Cleartext);
        }
        policy.auth_offer = listed("auth_offer", self.auth_offer.as_deref(), policy.auth_offer)?;
        policy.auth_accept = listed("auth_accept", self.auth_accept.as_deref(), policy.auth_accept)?;
        let incarnation = random_text::<12>()?;
        let keys = [
            ("provider", concat!("nuncio-", env!("CARGO_PKG_VERSION"))),
            ("nuncio", "1"),
            ("incarnation", &incarnation),
            (bulk::ABILITY, "1"),
            (liveness::KEY, &self.heartbeat.as_millis().max(1).to_string()),
        ];
        policy.keys = keys.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        if self.generations.contains(&Generation::Two) {
            policy.keys.extend([("mproto".to_owned(), "1".to_owned()), ("gproto".to_owned(), "1".to_owned())]);
        }
        Ok(Settings {
            policy,
            plaintext_anywhere: self.plaintext_anywhere,
            tls,
            listens,
            handshake_timeout: self.monitor_timeout,
            keep_alive: self.monitor_timeout,
            heartbeat: self.heartbeat,
            bulk_patience: self.connect_interval * 2,
            limits: self.limits,
            outbox_high_water: self.outbox_high_water,
            outbox_limit: self.outbox_limit,
            mailbox: self.mailbox,
            functions: self.functions,
            logs: self.logs,
        })
    }
}

/// Adds a way to authenticate, if there is a list of them: what is asked for after a profile counts beside what that lists.
fn also(listed: &mut Option<Vec<AuthMethod>>, method: AuthMethod) {
    if let Some(listed) = listed
        && !listed.contains(&method)
    {
        listed.push(method);
    }
}

/// Of the ways to authenticate that a profile lists those that are possible here, in the profile's order.
fn listed(setting: &'static str, listed: Option<&[AuthMethod]>, possible: Vec<AuthMethod>) -> Result<Vec<AuthMethod>> {
    let Some(listed) = listed else { return Ok(possible) };
    let chosen: Vec<AuthMethod> = listed.iter().copied().filter(|method| possible.contains(method)).collect();
    match chosen.is_empty() {
        false => Ok(chosen),
        true => {
            let names: Vec<_> = possible.iter().map(|method| method.name()).collect();
            Err(Error::new(ErrorKind::Misconfigured, "set up the node")
                .on(setting)
                .because(format!("it lists none of {}", names.join(", "))))
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("node", &self.node)
            .field("generations", &self.generations)
            .field("binds", &self.binds)
            .field("seeds", &self.seeds)
            .finish_non_exhaustive()
    }
}
