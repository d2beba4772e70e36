//! What all connections of a server share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nuncio_core::Origin;
use tokio::sync::watch::Sender as Told;

use super::extract::States;
use super::limits::Limits;
use super::outbox::{Outbox, Phase};
use super::peer::{Channel, Peer};
use super::route::{Route, Routes};
use super::statistics::{Counters, Figures, RouteStatistics, Statistics};

/// What is called with every figure of an interval that is over.
pub(crate) type OnStatistics = Box<dyn Fn(&Figures) + Send + Sync>;
/// What is called with every client that connects.
pub(crate) type OnConnect = Box<dyn Fn(Peer) + Send + Sync>;

/// One server's routes, limits, figures and clients.
pub(crate) struct Shared {
    pub(crate) routes: Routes,
    pub(crate) states: States,
    pub(crate) limits: Limits,
    pub(crate) slow_threshold: Duration,
    /// How long a connection looks for the next request before it sleeps.
    pub(crate) watch: Duration,
    pub(crate) tells_statistics: bool,
    pub(crate) counters: Counters,
    pub(crate) on_statistics: Option<OnStatistics>,
    pub(crate) on_connect: Option<OnConnect>,
    /// Whether it was asked to stop.
    pub(crate) stopping: Told<bool>,
    in_flight: AtomicUsize,
    next_number: AtomicU64,
    channels: Mutex<HashMap<u64, Arc<Channel>>>,
    /// How many channels there are.
    count: Told<usize>,
}

/// The parts of [`Shared`] that the builder decides.
pub(crate) struct Parts {
    pub(crate) routes: Routes,
    pub(crate) states: States,
    pub(crate) limits: Limits,
    pub(crate) slow_threshold: Duration,
    pub(crate) watch: Duration,
    pub(crate) tells_statistics: bool,
    pub(crate) on_statistics: Option<OnStatistics>,
    pub(crate) on_connect: Option<OnConnect>,
}

impl Shared {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { routes, states, limits, slow_threshold, watch, tells_statistics, on_statistics, on_connect } =
            parts;
        Self {
            routes,
            states,
            limits,
            slow_threshold,
            watch,
            tells_statistics,
            counters: Counters::new(Instant::now()),
            on_statistics,
            on_connect,
            stopping: Told::new(false),
            in_flight: AtomicUsize::new(0),
            next_number: AtomicU64::new(0),
            channels: Mutex::default(),
            count: Told::new(0),
        }
    }

    /// Registers a new client; `None` if there are as many as may be.
    pub(crate) fn open(self: &Arc<Self>, origin: Origin) -> Option<Registered> {
        let mut channels = self.lock();
        if channels.len() >= self.limits.connections_max {
            return None;
        }
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        let channel = Arc::new(Channel { number, origin, outbox: Outbox::new(self.limits.outbox_bytes_max) });
        channels.insert(number, channel.clone());
        self.counters.opened(channels.len());
        self.count.send_replace(channels.len());
        Some(Registered { channel, shared: self.clone() })
    }

    fn close(&self, channel: &Channel) {
        channel.outbox.advance(Phase::Closed);
        let mut channels = self.lock();
        channels.remove(&channel.number);
        self.counters.closed();
        self.count.send_replace(channels.len());
    }

    /// The clients that are connected.
    pub(crate) fn channels(&self) -> Vec<Arc<Channel>> {
        self.lock().values().cloned().collect()
    }

    /// Whether there is one client and no other.
    pub(crate) fn has_one_client(&self) -> bool {
        *self.count.borrow() == 1
    }

    /// Has every connection go on to `phase`.
    pub(crate) fn advance_all(&self, phase: Phase) {
        self.channels().iter().for_each(|channel| channel.outbox.advance(phase));
    }

    /// Waits until no client is connected.
    pub(crate) async fn empty(&self) {
        // The sender is in `self`, so that the wait ends by its condition alone.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Whether as many requests are in work as may be.
    pub(crate) fn is_busy(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) >= self.limits.in_flight_max
    }

    /// Counts one more request in work.
    pub(crate) fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self.clone())
    }

    /// A handler of `route` has ended, `took` after its request was read.
    pub(crate) fn handled(&self, route: &Route, took: Duration) {
        route.latency.add(took);
        if took > self.slow_threshold {
            self.counters.slow_responses.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn statistics(&self) -> Statistics {
        let route = |route: &Route| RouteStatistics { route: route.name.clone(), latency: route.latency.latency() };
        Statistics {
            connections: self.lock().len(),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            handlers: self.routes.count(),
            totals: self.counters.totals(Instant::now()),
            interval: self.counters.interval(),
            routes: self.routes.iter().map(route).collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Channel>>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client of a server, until this is dropped.
pub(crate) struct Registered {
    pub(crate) channel: Arc<Channel>,
    pub(crate) shared: Arc<Shared>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.shared.close(&self.channel);
    }
}

/// One request in work, counted until this is dropped.
pub(crate) struct InFlight(Arc<Shared>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
