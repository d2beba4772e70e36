//! The client for programs that wait in a runtime. Clones share one connection, and any number of requests.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

use nuncio_core::{Error, ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::sync::oneshot;

use super::answer::{Answer, decode};
use super::compose::{Composer, Payload};
use super::driver::{Connection, answer_at_once, drive};
use super::mailbox::{Mailbox, Messages};
use super::options::ClientBuilder;
use super::pending::Pending;
use super::statistics::{ClientCounters, ClientFigures, count};
use crate::Raw;
use crate::socket::Socket;
use crate::wire::record::Record;

/// Told the answer, in the driver, while its record still lies in the read buffer; or why there is none.
pub(crate) type Waiter = Box<dyn FnOnce(Result<(&str, &Record<'_>)>) + Send>;

/// A client of one server.
///
/// Requests share the connection and may overtake each other. When the connection ends, all that are under way fail at once
/// with [`PeerGone`](ErrorKind::PeerGone), and the client connects again by itself; until it has, requests fail with
/// [`Unavailable`](ErrorKind::Unavailable). None is ever sent twice.
///
/// ```no_run
/// # async fn example() -> Result<(), nuncio_core::Error> {
/// let client = nuncio_rpc::Client::connect("/run/app.sock").await?;
/// let sum: u64 = client.request("/add", &(2, 3)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
    _alive: Arc<Alive>,
}

/// What requests and the driver share.
pub(crate) struct Inner {
    pub(crate) path: PathBuf,
    pub(crate) options: ClientBuilder,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) counters: ClientCounters,
    composer: Composer,
    state: Mutex<State>,
    /// Whoever holds it reads and writes. It is locked before `state`, never after.
    pub(crate) connection: Mutex<Option<Connection>>,
}

pub(crate) struct State {
    pub(crate) link: Link,
    pub(crate) outbox: Vec<u8>,
    /// How many records that is.
    pub(crate) queued: usize,
    pub(crate) pending: Pending<Waiter>,
    /// Woken when there is something to write.
    pub(crate) driver: Option<Waker>,
    /// How many requests in a row have begun with no other under way.
    lone: u32,
}

/// Whether there is a connection.
#[derive(Debug)]
pub(crate) enum Link {
    /// The program has closed it.
    Closed,
    /// There is none, and why.
    Down(String),
    Up,
}

impl Client {
    /// Options for a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Connects to the server at `path`; see [`ClientBuilder::connect`].
    ///
    /// # Errors
    /// As there.
    pub async fn connect(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder().connect(path).await
    }

    pub(crate) async fn open(options: ClientBuilder, path: &Path) -> Result<Self> {
        let stream = connect(path).await?;
        let inner = Arc::new(Inner {
            path: path.to_owned(),
            mailbox: Arc::new(Mailbox::new(options.messages_max)),
            counters: ClientCounters::default(),
            composer: options.composer(),
            state: Mutex::new(State {
                link: Link::Up,
                outbox: Vec::new(),
                queued: 0,
                pending: Pending::new(options.expiry),
                driver: None,
                lone: 0,
            }),
            connection: Mutex::new(None),
            options,
        });
        tokio::spawn(drive(inner.clone(), stream));
        if let Some((interval, _)) = inner.options.statistics {
            tokio::spawn(tell_figures(Arc::downgrade(&inner), interval));
        }
        Ok(Self { _alive: Arc::new(Alive(inner.clone())), inner })
    }

    /// Asks for `uri` with `data`, and waits for the data of the answer.
    ///
    /// Dropping the future gives the request up; the server is not told.
    ///
    /// # Errors
    /// [`TimedOut`](ErrorKind::TimedOut) if no answer comes in time, [`PeerGone`](ErrorKind::PeerGone) if the connection ends
    /// before, [`Unavailable`](ErrorKind::Unavailable) without one, [`Refused`](ErrorKind::Refused) if the answer is an error,
    /// [`Corrupt`](ErrorKind::Corrupt) if its data is no `R`, [`TooLarge`](ErrorKind::TooLarge) or
    /// [`Full`](ErrorKind::Full) above a limit, [`ApiMisuse`](ErrorKind::ApiMisuse) if JSON has no form for `data`.
    pub async fn request<R>(&self, uri: &str, data: &(impl Serialize + ?Sized)) -> Result<R>
    where
        R: DeserializeOwned + Send + 'static,
    {
        self.request_within(self.inner.options.request_timeout, uri, data).await
    }

    /// As [`request`](Self::request), waiting for `timeout` at most, or for ever.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub async fn request_within<R>(
        &self,
        timeout: impl Into<Option<Duration>>,
        uri: &str,
        data: &(impl Serialize + ?Sized),
    ) -> Result<R>
    where
        R: DeserializeOwned + Send + 'static,
    {
        let (told, answer) = oneshot::channel();
        let judge = self.inner.clone();
        let waiter: Waiter = Box::new(move |outcome| {
            let data = outcome.and_then(|(line, record)| decode(judge.options.judge.data(line, record)?.as_deref()));
            let _ = told.send(data);
        });
        self.begin(waiter, uri, &Payload::Value(data), timeout.into())?;
        self.outcome(uri, answer).await
    }

    /// Asks for `uri` with `data`, and waits for the answer as it is: one that is an error is an answer too.
    ///
    /// # Errors
    /// As [`request`](Self::request), without those that the answer itself can be.
    pub async fn call(&self, uri: &str, data: &(impl Serialize + ?Sized)) -> Result<Answer> {
        self.call_with(uri, &Payload::Value(data)).await
    }

    /// As [`call`](Self::call), without any data.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn call_bare(&self, uri: &str) -> Result<Answer> {
        self.call_with(uri, &Payload::<()>::Absent).await
    }

    /// As [`call`](Self::call), with data that is JSON already.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn call_raw(&self, uri: &str, data: &Raw) -> Result<Answer> {
        self.call_with(uri, &Payload::<()>::Json(data)).await
    }

    /// The records that nobody asks for, from now on. There is one receiver: a second takes turns with the first.
    pub fn messages(&self) -> Messages {
        Messages::new(self.inner.mailbox.clone())
    }

    /// What it has done so far.
    pub fn statistics(&self) -> ClientFigures {
        self.inner.counters.figures()
    }

    /// Whether there is a connection now.
    pub fn is_connected(&self) -> bool {
        matches!(self.inner.lock().link, Link::Up)
    }

    /// Closes the connection for all clones. Requests under way fail with [`Closed`](ErrorKind::Closed).
    pub fn close(&self) {
        self.inner.close();
    }

    async fn call_with<T: Serialize + ?Sized>(&self, uri: &str, data: &Payload<'_, T>) -> Result<Answer> {
        let (told, answer) = oneshot::channel();
        let waiter: Waiter = Box::new(move |outcome| {
            let _ = told.send(outcome.map(|(line, _)| Answer::new(line)));
        });
        self.begin(waiter, uri, data, self.inner.options.request_timeout)?;
        self.outcome(uri, answer).await
    }

    fn begin<T: Serialize + ?Sized>(
        &self,
        waiter: Waiter,
        uri: &str,
        data: &Payload<'_, T>,
        timeout: Option<Duration>,
    ) -> Result<()> {
        let inner = &*self.inner;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = inner.lock();
        state.admit(uri, &inner.options)?;
        let number = state.pending.next_number();
        inner.composer.append(&mut state.outbox, number, uri, data, timeout)?;
        state.queued += 1;
        state.pending.insert(waiter, deadline);
        let is_lone = state.is_lone();
        drop(state);
        count(&inner.counters.requests, 1);
        if !(is_lone && answer_at_once(inner)) {
            inner.wake_driver();
        }
        Ok(())
    }

    async fn outcome<R>(&self, uri: &str, answer: oneshot::Receiver<Result<R>>) -> Result<R> {
        let outcome = answer.await.unwrap_or_else(|_| {
            // The driver went with its runtime, or a deserializer panicked in it.
            Err(Error::new(ErrorKind::Closed, "request"))
        });
        outcome.map_err(|error| error.on(uri))
    }
}

impl Inner {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // What panics under the lock is a serializer, and leaves nothing of its record behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock_connection(&self) -> MutexGuard<'_, Option<Connection>> {
        // What panics under the lock is a deserializer, when its record is taken out already.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn close(&self) {
        self.lock().link = Link::Closed;
        self.wake_driver();
    }

    fn wake_driver(&self) {
        let driver = self.lock().driver.take();
        driver.into_iter().for_each(Waker::wake);
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("path", &self.path).finish_non_exhaustive()
    }
}

impl State {
    /// Whether one more request may begin.
    fn admit(&self, uri: &str, options: &ClientBuilder) -> Result<()> {
        let refused = |kind, reason: String| Err(Error::new(kind, "request").on(uri).because(reason));
        match &self.link {
            Link::Closed => return Err(Error::new(ErrorKind::Closed, "request").on(uri)),
            Link::Down(why) => return refused(ErrorKind::Unavailable, format!("there is no connection: {why}")),
            Link::Up => {}
        }
        if self.pending.waiting() >= options.in_flight_max {
            return refused(ErrorKind::Full, format!("{} requests are under way", options.in_flight_max));
        }
        if self.outbox.len() > options.outbox_bytes_max {
            return refused(ErrorKind::Full, format!("{} bytes wait to be written", self.outbox.len()));
        }
        Ok(())
    }
}

impl State {
    /// Whether requests come one by one, as it seems. Those of other tasks are only seen when these have their turn, which
    /// they have at the latest when a request is moved by the driver.
    fn is_lone(&mut self) -> bool {
        const SEEMS_SO: u32 = 16;
        const MOVED_BY_DRIVER: u32 = 64;
        self.lone = if self.pending.waiting() == 1 { self.lone.wrapping_add(1) } else { 0 };
        self.lone >= SEEMS_SO && !self.lone.is_multiple_of(MOVED_BY_DRIVER)
    }

    /// Whether an answer may come and there is nothing to do before.
    pub(crate) fn waits(&self) -> bool {
        self.outbox.is_empty() && self.pending.waiting() > 0
    }

    /// Whether the requests in the outbox are few beside those that are still to be answered: more are about to join them.
    pub(crate) fn gathers(&self) -> bool {
        const FEW: usize = 8;
        self.queued > 0 && self.pending.waiting().saturating_sub(self.queued) > FEW * self.queued
    }
}

/// Closes the connection when the last clone is dropped.
#[derive(Debug)]
struct Alive(Arc<Inner>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.close();
    }
}

pub(crate) async fn connect(path: &Path) -> Result<Socket> {
    let stream = UnixStream::connect(path).await.and_then(UnixStream::into_std);
    stream.and_then(Socket::of_client).map_err(|error| connect_failed(error, path))
}

/// A server that is not there is not reachable, whether its socket is there or not.
pub(crate) fn connect_failed(error: std::io::Error, path: &Path) -> Error {
    let failed = |kind| Error::new(kind, "connect to").on(path);
    match error.kind() {
        std::io::ErrorKind::NotFound => failed(ErrorKind::Unavailable).because("there is no socket").caused_by(error),
        std::io::ErrorKind::ConnectionRefused => {
            failed(ErrorKind::Unavailable).because("nobody answers on the socket").caused_by(error)
        }
        std::io::ErrorKind::WouldBlock => {
            failed(ErrorKind::Unavailable).because("too many wait to connect").caused_by(error)
        }
        _ => Error::io("connect to", error).on(path),
    }
}

async fn tell_figures(inner: Weak<Inner>, interval: Duration) {
    let mut before = ClientFigures::default();
    let mut ticks = tokio::time::interval(interval.max(Duration::from_millis(1)));
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let Some(inner) = inner.upgrade().filter(|inner| !matches!(inner.lock().link, Link::Closed)) else { return };
        let figures = inner.counters.figures();
        if let Some((_, act)) = &inner.options.statistics {
            act(&figures.since(before));
        }
        before = figures;
    }
}
