//! The gateway as a whole: opened, running, stopped in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use nuncio_core::{Cancel, Error, ErrorKind, Result};
use nuncio_queue::Registry;
use nuncio_queue::remote::{OUTGOING_QUEUE, OwnNames};
use nuncio_queue::seal::Keyring;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::config::Config;
use crate::delivery::Lanes;
use crate::drain;
use crate::incoming::Incoming;
use crate::metrics::Metrics;
use crate::policy::route::Rules;
use crate::spool::{Lane, Spool, SpoolOptions};

/// How long requests that were begun may take at the end.
const LEAVE_WITHIN: Duration = Duration::from_secs(5);

/// A gateway that is set up and accepts connections; [`run`](Self::run) has it work.
#[derive(Debug)]
pub struct Gateway {
    shared: Arc<Shared>,
    listener: Option<TcpListener>,
    address: Option<SocketAddr>,
    rung: mpsc::UnboundedReceiver<Lane>,
    ending: watch::Receiver<bool>,
}

/// Ends a gateway that runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    shared: Arc<Shared>,
}

/// What all parts of a gateway have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) rules: Rules,
    pub(crate) registry: Registry,
    pub(crate) spool: Spool,
    pub(crate) metrics: Metrics,
    /// This host's name, as its requests say it.
    pub(crate) host_name: String,
    /// Whether messages can be looked at before they are taken.
    pub(crate) can_peek: bool,
    /// Ends every wait in the kernel.
    pub(crate) cancel: Cancel,
    ended: watch::Sender<bool>,
}

impl Shared {
    /// Becomes true when the end is asked for.
    pub(crate) fn ending(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    fn end(&self) {
        self.cancel.cancel();
        self.ended.send_replace(true);
    }
}

impl Handle {
    /// Has the gateway end in order: no new requests, those that were begun are answered, what is not delivered stays in the spool.
    pub fn stop(&self) {
        self.shared.end();
    }

    /// What the gateway has done, as Prometheus reads it.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.shared.metrics.text(&self.shared.spool)
    }
}

impl Gateway {
    /// Opens queues and spool, and listens. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// As [`Spool::open`] and [`RegistryBuilder::open`](nuncio_queue::RegistryBuilder::open); [`ErrorKind::Unavailable`] when the address
    /// cannot be listened on.
    pub async fn open(config: Config) -> Result<Self> {
        let mut registry = Registry::builder()
            .directory(&config.registry)
            .spill_directory(&config.spill)
            .danger_shared(config.danger_shared);
        if let Some(keyring) = &config.keyring {
            registry = registry.keyring(Keyring::open(keyring)?);
        }
        let registry = registry.open()?;
        let can_peek = registry.queue(OUTGOING_QUEUE)?.relay().can_peek()?;
        if config.sends && !can_peek {
            tracing::warn!(
                "this kernel was built without CONFIG_CHECKPOINT_RESTORE: a message is taken from {OUTGOING_QUEUE} before it is \
                 stored, and one is lost if the process is killed in between"
            );
        }
        let (bell, rung) = mpsc::unbounded_channel();
        let mut options = SpoolOptions::new(&config.spool);
        options.bytes_max = config.limits.spool_bytes;
        options.segment_bytes = options.segment_bytes.min(config.limits.spool_bytes / 8);
        // Longer than anybody keeps trying.
        options.once_for = options.once_for.max(2 * config.limits.keep_for);
        let ring = move |lane: &Lane| {
            // Nobody listens any more when the gateway has ended.
            let _ = bell.send(lane.clone());
        };
        let spool = Spool::open(&options, Box::new(ring))?;
        let (listener, address) = match &config.listen {
            None => (None, None),
            Some(listen) => {
                let (listener, address) = bind(listen.address).await?;
                (Some(listener), Some(address))
            }
        };
        // The resolver may take its time.
        let discovered = tokio::task::spawn_blocking(OwnNames::discover).await;
        let own_names =
            discovered.map_err(|error| Error::new(ErrorKind::Io, "find the names of this host").caused_by(error))??;
        let (ended, ending) = watch::channel(false);
        let shared = Shared {
            rules: rules(&config, own_names, address),
            host_name: nuncio_sys::host::name().map_err(|error| Error::io("find the host name", error))?,
            config,
            registry,
            spool,
            metrics: Metrics::default(),
            can_peek,
            cancel: Cancel::new(),
            ended,
        };
        Ok(Self { shared: Arc::new(shared), listener, address, rung, ending })
    }

    /// Where it listens; none if the incoming half is left out.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Ends it, from elsewhere.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle { shared: Arc::clone(&self.shared) }
    }

    /// Works until a [`Handle`] stops it.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] and others when the outgoing queue cannot be read any more.
    pub async fn run(self) -> Result<()> {
        let Self { shared, listener, rung, mut ending, .. } = self;
        let lanes = tokio::spawn(Lanes::new(Arc::clone(&shared)).run(rung));
        let incoming = listener.map(|listener| tokio::spawn(Incoming::new(Arc::clone(&shared)).serve(listener)));
        let mut drain = shared.config.sends.then(|| drain::start(Arc::clone(&shared))).transpose()?;
        let outcome = tokio::select! {
            _ = ending.wait_for(|ended| *ended) => Ok(()),
            outcome = drain::ended(&mut drain) => outcome,
        };
        shared.end();
        if outcome.is_ok() && drain.is_some() {
            drain::ended(&mut drain).await?;
        }
        let leave = async {
            if let Some(incoming) = incoming {
                let _ = incoming.await;
            }
            let _ = lanes.await;
        };
        if tokio::time::timeout(LEAVE_WITHIN, leave).await.is_err() {
            tracing::warn!("something was still in progress at the end; what it had not delivered stays in the spool");
        }
        outcome
    }
}

fn rules(config: &Config, own_names: OwnNames, address: Option<SocketAddr>) -> Rules {
    // Who reaches us under the address that we listen on means us.
    let own_names = match address.map(|address| address.ip()).filter(|ip| !ip.is_unspecified()) {
        Some(ip) => own_names.with(&ip.to_string()),
        None => own_names,
    };
    Rules {
        own_names,
        takes_own: config.listen.is_some(),
        posted: config.destinations.iter().map(|destination| destination.host.clone()).collect(),
        queues: config.allowed_queues(),
        destinations: config.allowed_destinations(),
        proxies: config.proxies.iter().map(|name| name.as_str().to_ascii_lowercase()).collect(),
        payload_bytes_max: nuncio_core::Limits::default().payload_bytes_max,
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let failed = |error: std::io::Error| {
        let kind = match error.kind() {
            std::io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
            std::io::ErrorKind::AddrInUse => ErrorKind::AlreadyExists,
            _ => ErrorKind::Unavailable,
        };
        Error::new(kind, "listen on").on(address.to_string().as_str()).caused_by(error)
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}
