//! Requests from other hosts: who may connect, how long he may take, and the answers.

mod body;
mod connections;
pub(crate) mod intake;
mod proxy;
mod request;
mod sender;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use nuncio_core::{Error, ErrorKind, Result};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::CertificateDer;

use self::connections::{Connections, Place};
use self::sender::Rates;
use crate::gateway::Shared;

/// After a connection could not be accepted, for want of descriptors mostly.
const BREATH: Duration = Duration::from_millis(50);
/// A head of a request is short.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Bodies are counted in units of so many bytes.
const UNIT_BYTES: usize = 1024;

/// The incoming half.
#[derive(Clone)]
pub(crate) struct Incoming {
    pub(crate) shared: Arc<Shared>,
    pub(crate) rates: Arc<Rates>,
    /// Room for bodies in memory, in units.
    pub(crate) room: Arc<Semaphore>,
    pub(crate) proxies: Arc<proxy::Locks>,
    connections: Connections,
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// The certificate that he has shown, and that was checked.
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

impl Incoming {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let limits = shared.config.limits;
        Self {
            rates: Arc::default(),
            room: Arc::new(Semaphore::new(limits.body_bytes_together / UNIT_BYTES)),
            proxies: Arc::default(),
            connections: Connections::new(limits.connections, limits.connections_together),
            shared,
        }
    }

    /// Accepts connections until the gateway ends, and then waits for those that are in the middle of a request.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let mut ending = self.shared.ending();
        let mut open = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = ending.wait_for(|ended| *ended) => break,
                Some(_) = open.join_next(), if !open.is_empty() => continue,
            };
            match accepted {
                Ok((stream, address)) => match self.connections.take(address.ip()) {
                    Some(place) => {
                        open.spawn(self.clone().handle(stream, address, place));
                    }
                    None => tracing::warn!(%address, "a connection was closed: there are as many as there may be"),
                },
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
        drop(listener);
        while open.join_next().await.is_some() {}
    }

    async fn handle(self, stream: TcpStream, address: SocketAddr, place: Place) {
        let _ = stream.set_nodelay(true);
        if let Err(error) = self.handle_securely(stream, address).await {
            tracing::debug!(%address, "a connection failed: {}", error.chain());
        }
        drop(place);
    }

    async fn handle_securely(self, stream: TcpStream, address: SocketAddr) -> Result<()> {
        let tls = self.shared.config.listen.as_ref().and_then(|listen| listen.tls.clone());
        let Some(tls) = tls else { return self.converse(stream, Peer { address, certificate: None }).await };
        let patience = self.shared.config.limits.patience;
        let failed = |reason: String| Error::new(ErrorKind::Unauthenticated, "accept TLS").because(reason);
        let stream = tokio::time::timeout(patience, TlsAcceptor::from(tls).accept(stream))
            .await
            .map_err(|_| failed(format!("it took longer than {patience:?}")))?
            .map_err(|error| {
                tracing::warn!(%address, "TLS was refused: {error}");
                failed(error.to_string())
            })?;
        let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let certificate = shown.map(|certificate| certificate.clone().into_owned());
        self.converse(stream, Peer { address, certificate }).await
    }

    async fn converse(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, peer: Peer) -> Result<()> {
        let (mut ending, patience) = (self.shared.ending(), self.shared.config.limits.patience);
        let peer = Arc::new(peer);
        let service = service_fn(move |request| self.clone().answer(Arc::clone(&peer), request));
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(HEAD_BYTES_MAX).half_close(true);
        let mut connection = std::pin::pin!(server.serve_connection(TokioIo::new(stream), service));
        let failed = |error| Error::new(ErrorKind::Io, "serve a connection").caused_by(error);
        tokio::select! {
            served = &mut connection => return served.map_err(failed),
            _ = ending.wait_for(|ended| *ended) => connection.as_mut().graceful_shutdown(),
        }
        connection.await.map_err(failed)
    }
}
