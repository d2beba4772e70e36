//! How a server is put together.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nuncio_core::{Error, ErrorKind, Result};
use nuncio_sys::{activation, spin, unix_socket};

use super::built_in;
use super::config::Config;
use super::extract::States;
use super::handler::{AnyHandler, Handler, erase};
use super::life::{Life, Server};
use super::limits::Limits;
use super::peer::Peer;
use super::route::{Pattern, Route, Routes};
use super::shared::{Parts, Shared};
use super::statistics::Figures;

/// Whether a service manager has handed a socket to this process, for [`Builder::bind_activated`].
pub fn is_activated() -> bool {
    activation::offered() > 0
}

/// Descriptors beside those of connections: standard streams, the runtime's, and what handlers open.
const OTHER_DESCRIPTORS: u64 = 256;

/// The parts of a [`Server`], with defaults for all of them.
#[must_use]
pub struct Builder {
    routes: Vec<Route>,
    fallback: Option<Box<dyn AnyHandler>>,
    has_built_ins: bool,
    states: States,
    limits: Limits,
    mode: u32,
    path: Option<PathBuf>,
    uids: HashSet<u32>,
    gids: HashSet<u32>,
    slow_threshold: Duration,
    watch: Duration,
    life: Life,
    on_statistics: Option<super::shared::OnStatistics>,
    on_connect: Option<super::shared::OnConnect>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            routes: Vec::new(),
            fallback: None,
            has_built_ins: true,
            states: States::default(),
            limits: Limits::default(),
            mode: 0o600,
            path: None,
            uids: HashSet::new(),
            gids: HashSet::new(),
            slow_threshold: Duration::from_millis(20),
            watch: spin::LONGEST,
            life: Life::default(),
            on_statistics: None,
            on_connect: None,
        }
    }
}

impl Builder {
    /// Has `handler` handle what `pattern` fits and no route before it did.
    pub fn route<Arguments: 'static>(mut self, pattern: impl Into<Pattern>, handler: impl Handler<Arguments>) -> Self {
        self.routes.push(Route::new(pattern.into(), erase(handler)));
        self
    }

    /// Has `handler` handle what no route fits, instead of the answer `no_handler_found`.
    pub fn fallback<Arguments: 'static>(mut self, handler: impl Handler<Arguments>) -> Self {
        self.fallback = Some(erase(handler));
        self
    }

    /// Leaves out the routes that are built in: `/ipcserver/test/echo`, `/ipcserver/test/delay`, and `/nuncio/stats`, which
    /// tells the statistics to programs of the server's own user. The routes given here come before them.
    pub fn without_built_ins(mut self) -> Self {
        self.has_built_ins = false;
        self
    }

    /// Gives handlers a value that they share, by its type; they ask for it as [`State<S>`](crate::State).
    pub fn state<S: Send + Sync + 'static>(mut self, state: S) -> Self {
        self.states.insert(state);
        self
    }

    /// Sets what the server takes on.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Gives the socket the permission bits `mode`, whatever the umask. Default 0600: the server's own user.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Lets programs of the user `uid` in. With any user or group allowed, all others are told `permission_denied` and
    /// closed, whatever the mode of the socket.
    pub fn allow_uid(mut self, uid: u32) -> Self {
        self.uids.insert(uid);
        self
    }

    /// Lets programs in that are of the group `gid`, as their primary or a supplementary one; as [`allow_uid`](Self::allow_uid).
    pub fn allow_gid(mut self, gid: u32) -> Self {
        self.gids.insert(gid);
        self
    }

    /// How long shutdown waits for requests in work before it closes connections. Default 2 s.
    pub fn exit_timeout(mut self, timeout: Duration) -> Self {
        self.life.exit_timeout = timeout;
        self
    }

    /// An answer that takes longer counts as slow. Default 20 ms.
    pub fn slow_threshold(mut self, threshold: Duration) -> Self {
        self.slow_threshold = threshold;
        self
    }

    /// How long the connection of an only client looks for the next request before it sleeps, as long as that pays. It keeps
    /// other tasks of its thread waiting meanwhile; it gives way to other threads and processes. Zero for never. Default
    /// 50 us.
    pub fn watch(mut self, longest: Duration) -> Self {
        self.watch = longest;
        self
    }

    /// The length of an interval of the statistics; `None` for one that never ends. Default one minute.
    pub fn statistics_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.life.interval = interval.into().filter(|interval| !interval.is_zero());
        self
    }

    /// Calls `act` at the end of each interval of the statistics.
    pub fn on_statistics(mut self, act: impl Fn(&Figures) + Send + Sync + 'static) -> Self {
        self.on_statistics = Some(Box::new(act));
        self
    }

    /// Calls `act` with each client that connects, before its first request is read.
    pub fn on_connect(mut self, act: impl Fn(Peer) + Send + Sync + 'static) -> Self {
        self.on_connect = Some(Box::new(act));
        self
    }

    /// Serves on `count` threads of the server's own, each with a runtime for its share of the connections. Without it, the
    /// connections are tasks of the runtime that [`run`](Server::run) is called in.
    pub fn threads(mut self, count: usize) -> Self {
        self.life.threads = count;
        self
    }

    /// Serves the server's figures over HTTP on `address`, at `/metrics`, in the text format of Prometheus.
    #[cfg(feature = "metrics")]
    pub fn metrics(mut self, address: std::net::SocketAddr) -> Self {
        self.life.metrics = Some(address);
        self
    }

    /// Takes over a configuration of the reference.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] if a value is none that its key can have.
    pub fn configured(mut self, config: &Config) -> Result<Self> {
        self.path = Some(config.socket_path.clone());
        self.mode = config.mode()?.unwrap_or(self.mode);
        let interval = config.interval()?;
        Ok(self
            .exit_timeout(Duration::from_millis(config.exit_timeout))
            .slow_threshold(Duration::from_millis(config.slow_threshold_ms))
            .statistics_interval(interval))
    }

    /// Listens at `path`: from now on clients can connect, and wait until [`run`](Server::run) is called.
    ///
    /// What stands at `path` is left alone, unless it is a socket that nobody answers on.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if a live server answers there or it is no socket, [`ErrorKind::Misconfigured`] if a
    /// handler wants a state that is not there, those of the system.
    pub fn bind(self, path: impl AsRef<Path>) -> Result<Server> {
        let path = path.as_ref();
        self.check()?;
        let (listener, file) = unix_socket::listen(path, self.mode).map_err(|error| listen_failed(error, path))?;
        self.finish(listener, Some(file))
    }

    /// Listens where the [configuration](Self::configured) says.
    ///
    /// # Errors
    /// As [`bind`](Self::bind); [`ErrorKind::Misconfigured`] without a configuration.
    pub fn bind_configured(mut self) -> Result<Server> {
        match self.path.take() {
            Some(path) => self.bind(path),
            None => {
                Err(Error::new(ErrorKind::Misconfigured, "start the server").because("no socket_path is configured"))
            }
        }
    }

    /// Takes the first socket that the service manager hands over (systemd's socket activation). Its mode and its file are
    /// the service manager's business.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] if none was handed over, [`ErrorKind::Misconfigured`] as with [`bind`](Self::bind),
    /// [`ErrorKind::Io`] if it is no listening unix stream socket.
    ///
    /// # Source
    /// sd_listen_fds(3).
    pub fn bind_activated(self) -> Result<Server> {
        self.check()?;
        let listener =
            activation::listener(0).map_err(|error| Error::io("take the service manager's socket", error))?;
        self.finish(listener, None)
    }

    /// Listens at `path` and serves until the program ends; see [`bind`](Self::bind) and [`Server::run`].
    ///
    /// # Errors
    /// As there.
    pub async fn serve(self, path: impl AsRef<Path>) -> Result<()> {
        self.bind(path)?.run().await
    }

    fn check(&self) -> Result<()> {
        self.routes.iter().try_for_each(|route| route.handler.check(&self.states))?;
        self.fallback.as_ref().map_or(Ok(()), |handler| handler.check(&self.states))
    }

    fn finish(
        mut self,
        listener: std::os::unix::net::UnixListener,
        file: Option<unix_socket::SocketFile>,
    ) -> Result<Server> {
        raise_descriptors(self.limits.connections_max);
        if self.has_built_ins {
            self.routes.extend(built_in::routes(self.limits.delay_max));
        }
        let fallback = Route::fallback(self.fallback.unwrap_or_else(built_in::nothing_fits));
        let shared = Shared::new(Parts {
            routes: Routes::new(self.routes, fallback),
            states: self.states,
            limits: self.limits,
            slow_threshold: self.slow_threshold,
            watch: self.watch,
            tells_statistics: self.has_built_ins,
            on_statistics: self.on_statistics,
            on_connect: self.on_connect,
        });
        self.life.uids = self.uids;
        self.life.gids = self.gids;
        Ok(Server::new(listener, file, shared, self.life))
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("routes", &self.routes).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// A server that is allowed fewer descriptors serves fewer clients; that is no reason not to serve any.
fn raise_descriptors(connections: usize) {
    let wanted = connections as u64 + OTHER_DESCRIPTORS;
    match nuncio_sys::descriptors::raise_limit(wanted) {
        Ok(limit) if limit < wanted => {
            tracing::debug!("the system allows {limit} descriptors, {wanted} are wanted for {connections} connections");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!("the limit on descriptors could not be raised to {wanted}: {error}"),
    }
}

fn listen_failed(error: std::io::Error, path: &Path) -> Error {
    let reason = (error.kind() == std::io::ErrorKind::AlreadyExists).then(|| error.to_string());
    let error = Error::io("listen at", error).on(path);
    match reason {
        Some(reason) => Error::new(error.kind(), "listen at").on(path).because(reason),
        None => error,
    }
}
