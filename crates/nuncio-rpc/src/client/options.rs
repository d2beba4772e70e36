//! What a client can be told.

use std::path::Path;
use std::time::Duration;

use nuncio_core::Result;
use nuncio_sys::spin;

use super::answer::Judge;
use super::asynchronous::Client;
use super::blocking::BlockingClient;
use super::compose::Composer;
use super::statistics::{ClientFigures, OnFigures};

/// The options of a [`Client`] or a [`BlockingClient`], with the reference's defaults but for `code_to_err`.
#[must_use]
pub struct ClientBuilder {
    pub(crate) request_timeout: Option<Duration>,
    pub(crate) expiry: Duration,
    pub(crate) reconnect: Option<Duration>,
    pub(crate) judge: Judge,
    pub(crate) record_bytes_max: usize,
    pub(crate) in_flight_max: usize,
    pub(crate) outbox_bytes_max: usize,
    pub(crate) messages_max: usize,
    pub(crate) watch: Duration,
    pub(crate) statistics: Option<(Duration, OnFigures)>,
    user_agent: String,
    announces_timeout: bool,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            request_timeout: Some(Duration::from_secs(10)),
            expiry: Duration::from_secs(10),
            reconnect: Some(Duration::from_secs(1)),
            judge: Judge::Code,
            record_bytes_max: 16 * 1024 * 1024,
            in_flight_max: 65_536,
            outbox_bytes_max: 64 * 1024 * 1024,
            messages_max: 1024,
            watch: spin::LONGEST,
            statistics: None,
            user_agent: concat!("nuncio/", env!("CARGO_PKG_VERSION")).to_owned(),
            announces_timeout: false,
        }
    }
}

impl ClientBuilder {
    /// How long a request waits for its answer; `None` for ever. Default 10 s.
    pub fn request_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.request_timeout = timeout.into();
        self
    }

    /// How long an answer that comes too late is dropped quietly, and not told of as one that nobody knows. Default 10 s.
    pub fn expiry(mut self, expiry: Duration) -> Self {
        self.expiry = expiry;
        self
    }

    /// The longest pause between two attempts to connect again; it begins with 10 ms and doubles. `None` for no attempt.
    /// Default 1 s.
    pub fn reconnect(mut self, pause_max: impl Into<Option<Duration>>) -> Self {
        self.reconnect = pause_max.into();
        self
    }

    /// Whether an answer with a true `code`, at top level or in its data, is an error of the request
    /// ([`Refused`](nuncio_core::ErrorKind::Refused), with a [`Refusal`](crate::Refusal)). Default true, where the
    /// reference has false: a typed answer has no place for it.
    pub fn code_to_err(mut self, code_to_err: bool) -> Self {
        self.judge = if code_to_err { Judge::Code } else { Judge::Nothing };
        self
    }

    /// Has `transform` make the data of each answer, as JSON, of its whole record, or the error; it takes the place of
    /// [`code_to_err`](Self::code_to_err).
    pub fn transform(mut self, transform: impl Fn(&str) -> Result<String> + Send + Sync + 'static) -> Self {
        self.judge = Judge::Transform(Box::new(transform));
        self
    }

    /// What the client says it is. Default `nuncio/` and the version.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Tells servers that are nuncio how long a request waits, so that they drop the handler of one that nobody waits for
    /// any more. Others pass over the member `nuncio` of the request. Default no.
    pub fn announce_timeout(mut self) -> Self {
        self.announces_timeout = true;
        self
    }

    /// The largest record in either direction, in bytes. Default 16 MiB; the reference loses records of more than 1 MiB.
    pub fn record_bytes_max(mut self, bytes: usize) -> Self {
        self.record_bytes_max = bytes;
        self
    }

    /// How many requests may be under way; one more fails with [`Full`](nuncio_core::ErrorKind::Full). Default 65,536.
    pub fn in_flight_max(mut self, requests: usize) -> Self {
        self.in_flight_max = requests;
        self
    }

    /// How many records that nobody asked for are kept for [`Client::messages`]. Default 1024.
    pub fn messages_max(mut self, records: usize) -> Self {
        self.messages_max = records;
        self
    }

    /// How long a [`Client`] that waits for answers looks for them before it sleeps, as long as that pays. It keeps other
    /// tasks of its thread waiting meanwhile; it gives way to other threads and processes. On two processors it takes
    /// a third off the time of a short request. Zero for never. Default 50 us.
    pub fn watch(mut self, longest: Duration) -> Self {
        self.watch = longest;
        self
    }

    /// Calls `act` at every `interval` with what happened in it.
    pub fn on_statistics(mut self, interval: Duration, act: impl Fn(&ClientFigures) + Send + Sync + 'static) -> Self {
        self.statistics = Some((interval, Box::new(act)));
        self
    }

    /// Connects to the server at `path`, on the runtime that this is called in.
    ///
    /// # Errors
    /// [`Unavailable`](nuncio_core::ErrorKind::Unavailable) if nobody answers there,
    /// [`PermissionDenied`](nuncio_core::ErrorKind::PermissionDenied); those of the system.
    pub async fn connect(self, path: impl AsRef<Path>) -> Result<Client> {
        Client::open(self, path.as_ref()).await
    }

    /// Connects to the server at `path`, for calls that block.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_blocking(self, path: impl AsRef<Path>) -> Result<BlockingClient> {
        BlockingClient::open(self, path.as_ref())
    }

    pub(crate) fn composer(&self) -> Composer {
        Composer::new(&self.user_agent, self.announces_timeout, self.record_bytes_max)
    }
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("request_timeout", &self.request_timeout)
            .field("reconnect", &self.reconnect)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}
