//! The life of a server: it accepts, and when it is asked to stop it finishes what is in work.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nuncio_core::{Error, Origin, Result};
use nuncio_sys::unix_socket::{SocketFile, peer_groups};
use serde::Serialize;
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{MissedTickBehavior, interval_at, sleep, timeout};

use super::builder::Builder;
use super::connection::Connection;
use super::fault::Fault;
use super::outbox::Phase;
use super::peer::{Peer, object};
use super::shared::{Registered, Shared};
use super::statistics::Statistics;
use super::threads::Threads;
use crate::socket::Socket;
use crate::wire::write::{self, Id};

/// How long to wait when the system has no descriptor left, or no memory.
const BREATH: Duration = Duration::from_millis(50);

/// A server that listens already.
///
/// ```no_run
/// use nuncio_rpc::{Data, Server};
///
/// # async fn example() -> Result<(), nuncio_core::Error> {
/// Server::builder()
///     .route("/add", async |Data((a, b)): Data<(u64, u64)>| Data(a + b))
///     .serve("/run/app.sock")
///     .await
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    listener: std::os::unix::net::UnixListener,
    remains: Remains,
    life: Life,
}

/// How a server lives.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) exit_timeout: Duration,
    pub(crate) interval: Option<Duration>,
    pub(crate) threads: usize,
    pub(crate) uids: HashSet<u32>,
    pub(crate) gids: HashSet<u32>,
    #[cfg(feature = "metrics")]
    pub(crate) metrics: Option<std::net::SocketAddr>,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            exit_timeout: Duration::from_secs(2),
            interval: Some(Duration::from_secs(60)),
            threads: 0,
            uids: HashSet::new(),
            gids: HashSet::new(),
            #[cfg(feature = "metrics")]
            metrics: None,
        }
    }
}

/// A running server as its program sees it.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Server {
    /// The parts of a server.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(
        listener: std::os::unix::net::UnixListener,
        file: Option<SocketFile>,
        shared: Shared,
        life: Life,
    ) -> Self {
        Self { listener, remains: Remains { file, shared: Arc::new(shared) }, life }
    }

    /// What stops it, asks it, and sends to its clients.
    pub fn handle(&self) -> Handle {
        Handle { shared: self.remains.shared.clone() }
    }

    /// Where it listens; `None` for a socket that was handed over.
    pub fn path(&self) -> Option<&Path> {
        self.remains.file.as_ref().map(SocketFile::path)
    }

    /// Serves until [`Handle::stop`] is called; then accepts nobody more, removes the socket, finishes what is in work, and
    /// closes after the exit timeout whatever is left. Dropping the future ends all connections at once.
    ///
    /// # Errors
    /// Those of the runtime, of the metrics endpoint's address, of starting threads.
    pub async fn run(self) -> Result<()> {
        let Self { listener, mut remains, life } = self;
        let shared = remains.shared.clone();
        let failed = |error| Error::io("serve", error);
        let threads = Threads::start(life.threads).map_err(failed)?;
        let listener = UnixListener::from_std(listener).map_err(failed)?;
        let mut stopping = shared.stopping.subscribe();
        let metrics = metrics(&life, &shared).await?;
        tokio::select! {
            () = accept(&listener, &shared, &life, &threads) => {}
            () = roll_over(&shared, life.interval) => {}
            () = metrics => {}
            // The sender is in `shared`, so that it ends by being set alone.
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        drop(listener);
        remains.remove_file();
        shared.advance_all(Phase::Draining);
        if timeout(life.exit_timeout, shared.empty()).await.is_err() {
            tracing::warn!("{} connections were still busy at the end", shared.channels().len());
            shared.advance_all(Phase::Aborted);
            shared.empty().await;
        }
        Ok(())
    }
}

impl Handle {
    /// Asks the server to stop; [`Server::run`] returns when it has.
    pub fn stop(&self) {
        self.shared.stopping.send_replace(true);
    }

    /// What it has done so far.
    pub fn statistics(&self) -> Statistics {
        self.shared.statistics()
    }

    /// Sends `record` to every client that is connected and reads what it is sent; says to how many.
    ///
    /// # Errors
    /// [`ErrorKind::ApiMisuse`](nuncio_core::ErrorKind::ApiMisuse) if it is no JSON object.
    pub fn broadcast(&self, record: &(impl Serialize + ?Sized)) -> Result<usize> {
        let record = object(record)?;
        let channels = self.shared.channels();
        let reads = channels.iter().filter(|channel| !channel.outbox.is_full());
        Ok(reads.filter_map(|channel| channel.outbox.append(|out| out.extend_from_slice(&record))).count())
    }
}

impl std::fmt::Debug for Remains {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remains").field("file", &self.file).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("routes", &self.shared.routes).finish_non_exhaustive()
    }
}

/// What has to go when the server ends, however it does; also when it never ran.
struct Remains {
    file: Option<SocketFile>,
    shared: Arc<Shared>,
}

impl Remains {
    fn remove_file(&mut self) {
        if let Some(Err(error)) = self.file.take().as_ref().map(SocketFile::remove) {
            tracing::warn!("the socket stays behind: {error}");
        }
    }
}

impl Drop for Remains {
    fn drop(&mut self) {
        self.remove_file();
        self.shared.advance_all(Phase::Aborted);
    }
}

/// What serves the metrics, when that is asked for.
#[cfg(feature = "metrics")]
async fn metrics(life: &Life, shared: &Arc<Shared>) -> Result<impl Future<Output = ()>> {
    Ok(super::metrics::Endpoint::bind(life.metrics, shared.clone()).await?.serve())
}

/// Nothing: this build has no metrics.
#[cfg(not(feature = "metrics"))]
async fn metrics(_: &Life, _: &Arc<Shared>) -> Result<impl Future<Output = ()>> {
    Ok(std::future::pending())
}

async fn accept(listener: &UnixListener, shared: &Arc<Shared>, life: &Life, threads: &Threads) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(error) = admit(stream, shared, life, threads) {
                    tracing::debug!("a client was gone before it was served: {error}");
                }
            }
            Err(error) => {
                tracing::warn!("no connection could be accepted: {error}");
                sleep(BREATH).await;
            }
        }
    }
}

fn admit(stream: UnixStream, shared: &Arc<Shared>, life: &Life, threads: &Threads) -> io::Result<()> {
    let peer = stream.peer_cred()?;
    let (uid, gid) = (peer.uid(), peer.gid());
    let pid = peer.pid().and_then(|pid| u32::try_from(pid).ok()).unwrap_or_default();
    if !life.allows(uid, gid, || peer_groups(&stream))? {
        tracing::warn!(pid, uid, gid, "refused a client that is on no list");
        let message = format!("user {uid} and group {gid} are not allowed");
        return turn_away(stream, &Fault::new("permission_denied", message));
    }
    let Some(registered) = shared.open(Origin::Kernel { pid, uid, gid }) else {
        let limit = shared.limits.connections_max;
        return turn_away(stream, &Fault::new("too_many_connections", format!("{limit} connections are open already")));
    };
    threads.run(stream.into_std()?, registered);
    Ok(())
}

impl Life {
    /// Whether a client of this user and group, and of the `others` besides, is on a list, or there is none.
    fn allows(&self, uid: u32, gid: u32, others: impl FnOnce() -> io::Result<Vec<u32>>) -> io::Result<bool> {
        let allows_all = self.uids.is_empty() && self.gids.is_empty();
        if allows_all || self.uids.contains(&uid) || self.gids.contains(&gid) {
            return Ok(true);
        }
        Ok(!self.gids.is_empty() && others()?.iter().any(|group| self.gids.contains(group)))
    }
}

/// Tells why, as far as the socket takes it at once, and closes.
fn turn_away(stream: UnixStream, fault: &Fault) -> io::Result<()> {
    let mut record = Vec::new();
    write::answer(&mut record, &Id::new("null"), fault).map_err(io::Error::other)?;
    stream.into_std()?.write_all(&record)
}

/// Serves a client that was admitted.
pub(crate) async fn serve(stream: std::os::unix::net::UnixStream, registered: Registered) {
    let stream = match Socket::of_server(stream) {
        Ok(stream) => stream,
        Err(error) => return tracing::warn!("a connection could not be served: {error}"),
    };
    if let Some(act) = &registered.shared.on_connect {
        act(Peer(registered.channel.clone()));
    }
    Connection::new(stream, registered).serve().await;
}

async fn roll_over(shared: &Shared, interval: Option<Duration>) {
    let Some(interval) = interval else { return std::future::pending().await };
    let mut ticks = interval_at(tokio::time::Instant::now() + interval, interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let figures = shared.counters.roll_over(Instant::now());
        tracing::debug!(?figures, "an interval of the statistics is over");
        if let Some(act) = &shared.on_statistics {
            act(&figures);
        }
    }
}
