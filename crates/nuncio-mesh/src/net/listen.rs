//! The tasks of a node: they accept connections, dial, and wake the kernel in time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use nuncio_core::{Error, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;

use super::address;
use super::connection;
use super::core::Shared;
use super::opening::Purpose;
use crate::proto::Refusal;
use crate::proto::kernel::DialEnd;

/// How many connections may be in their handshake at the same time.
pub(super) const HANDSHAKES_MAX: usize = 1024;
/// How long to wait after the system had no descriptor for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where a node listens.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) listeners: Vec<TcpListener>,
    /// The addresses as others reach them.
    pub(super) addresses: Vec<String>,
}

/// Listens on all of these addresses.
pub(super) async fn bind(texts: &[String], may_use: impl Fn(SocketAddr) -> bool) -> Result<Bound> {
    let mut bound = Bound { listeners: Vec::new(), addresses: Vec::new() };
    for text in texts {
        let failed = |error| Error::io("listen on", error).on(text.as_str());
        for address in address::resolve(text).await? {
            address::allow(may_use(address), text)?;
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            let seen = address::as_others_see(listener.local_addr().map_err(failed)?).map_err(failed)?;
            bound.addresses.extend(seen.iter().map(SocketAddr::to_string));
            bound.listeners.push(listener);
        }
    }
    Ok(bound)
}

/// Accepts connections, until the node stops.
pub(super) fn accept_on(shared: &Arc<Shared>, listener: TcpListener) {
    spawn(shared, accept(Arc::clone(shared), listener, Arc::clone(&shared.handshakes)));
}

pub(super) fn start(shared: &Arc<Shared>, listeners: Vec<TcpListener>, dials: UnboundedReceiver<String>) {
    for listener in listeners {
        accept_on(shared, listener);
    }
    spawn(shared, dial_all(Arc::clone(shared), dials));
    spawn(shared, keep_time(Arc::clone(shared)));
    shared.rescheduled.notify_one();
}

/// Runs a task until the node stops.
pub(super) fn spawn(shared: &Arc<Shared>, task: impl Future<Output = ()> + Send + 'static) {
    let mut stopped = shared.stopped.subscribe();
    tokio::spawn(async move {
        tokio::select! {
            () = task => {}
            // An error would mean that the node is gone altogether.
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    });
}

async fn accept(shared: Arc<Shared>, listener: TcpListener, slots: Arc<tokio::sync::Semaphore>) {
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let task = connection::run(Arc::clone(&shared), stream, Purpose::Accepted, Some(slot));
                spawn(&shared, async move { drop(task.await) });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn dial_all(shared: Arc<Shared>, mut dials: UnboundedReceiver<String>) {
    while let Some(address) = dials.recv().await {
        spawn(&shared, dial(Arc::clone(&shared), address));
    }
}

async fn dial(shared: Arc<Shared>, address: String) {
    let end = match connect(&shared, &address).await {
        Some(stream) => connection::run(Arc::clone(&shared), stream, Purpose::Node(address.clone()), None).await,
        None => Err(None),
    };
    let end = match end {
        Ok(()) => return,
        Err(Some(Refusal::OwnId)) => DialEnd::OwnNode,
        Err(_) => DialEnd::Failed,
    };
    shared.with(|core, now| core.kernel.dial_ended(now, &address, end));
}

async fn connect(shared: &Shared, address: &str) -> Option<TcpStream> {
    let resolved = address::resolve(address).await.ok()?;
    // Addresses also come from other nodes, which do not decide where this one speaks in plain text.
    let allowed = resolved.into_iter().find(|one| shared.settings.may_use(*one));
    let Some(allowed) = allowed else {
        tracing::warn!(address, "not dialled: plain text is not allowed beyond this machine");
        return None;
    };
    match tokio::time::timeout(shared.settings.handshake_timeout, TcpStream::connect(allowed)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(address, %error, "dialled in vain");
            None
        }
        Err(_) => None,
    }
}

async fn keep_time(shared: Arc<Shared>) {
    loop {
        let next = shared.with(|core, now| {
            core.kernel.tick(now);
            core.kernel.next_tick()
        });
        let rescheduled = shared.rescheduled.notified();
        match next {
            Some(next) => {
                let when = tokio::time::Instant::from_std(shared.started() + next);
                tokio::select! {
                    () = tokio::time::sleep_until(when) => {}
                    () = rescheduled => {}
                }
            }
            None => rescheduled.await,
        }
    }
}
