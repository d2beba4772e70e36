//! Log messages of other nodes, and this node's for those who want them.
//!
//! A node that collects asks each other one to send its messages to a port (`AnyEvent::MP::LogCatcher::connect`). The originals
//! send to whoever asks; a node of nuncio only where its program [shares](super::Builder::share_logs) its messages.
//!
//! # Source
//! `docs/wire/mesh.md`, "Log messages".

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::SystemTime;

use nuncio_codec::Value;
use nuncio_core::{NodeId, PortId};
use tracing::Level;

use super::core::Shared;
use super::handler_port::HandlerPort;
use super::handlers::Handlers;
use super::mailbox::Message;
use super::node::Node;
use crate::proto::Generation;
use crate::proto::framing::text_of;
use crate::proto::kernel::split;

/// The function by which a node asks for log messages: a version, a port and the highest level.
pub(super) const CONNECT: &str = "AnyEvent::MP::LogCatcher::connect";
/// What collected messages are told from the node's own by.
pub const TARGET: &str = "nuncio_mesh::collected";
/// How many ports messages are sent to, at most.
const COLLECTORS_MAX: usize = 64;

thread_local! {
    /// Whether a message is being sent, which may itself have something to log.
    static IS_SENDING: Cell<bool> = const { Cell::new(false) };
}

/// Gives the log messages of a program to the nodes that collect them. Cheap to clone.
///
/// It has to be told of each event by the program's own subscriber, in one line; with `tracing_subscriber` that is
/// `fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) { self.0.event(event) }` of a layer.
///
/// ```
/// use nuncio_mesh::{LogShare, Node};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> nuncio_core::Result<()> {
/// let logs = LogShare::new();
/// let worker = Node::builder("worker").secret("geheim").bind("127.0.0.1:0").share_logs(&logs).start().await?;
/// let watcher = Node::builder("watcher").secret("geheim").seed(&worker.addresses()[0]).start().await?;
/// // From now on they are `tracing` events here, with the field `node`.
/// let _collecting = watcher.collect_logs(tracing::Level::INFO);
/// logs.message(tracing::Level::WARN, "worker::disk", "97 % full");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct LogShare(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    shared: OnceLock<Weak<Shared>>,
    collectors: Mutex<Vec<Collector>>,
    /// How many messages were left out because there was no room for them.
    left_out: AtomicU64,
}

#[derive(Clone, Debug)]
struct Collector {
    port: PortId,
    level: i64,
}

impl LogShare {
    /// For a node that is not there yet; messages before it is are sent to nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells of an event: its level, its target, and its message with its fields behind it.
    pub fn event(&self, event: &tracing::Event<'_>) {
        let metadata = event.metadata();
        if metadata.target() == TARGET || self.collectors(*metadata.level()).is_empty() {
            return;
        }
        let mut text = FieldText::default();
        event.record(&mut text);
        self.message(*metadata.level(), metadata.target(), &text.whole());
    }

    /// Tells of a message.
    ///
    /// It never waits. To a node that does not keep up it is not sent, and how many were left out is said with the next one.
    pub fn message(&self, level: Level, target: &str, text: &str) {
        let Some(node) = self.0.shared.get().and_then(Weak::upgrade).and_then(|shared| Node::of(&shared)) else {
            return;
        };
        // What sending has to say is for the log of this node alone.
        if IS_SENDING.replace(true) {
            return;
        }
        for collector in self.collectors(level) {
            self.send(&node, &collector, level, target, text);
        }
        IS_SENDING.set(false);
    }

    fn send(&self, node: &Node, collector: &Collector, level: Level, target: &str, text: &str) {
        if !node.is_ready(&collector.port) {
            self.0.left_out.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let send = |level: Level, text: &str| {
            let level = Value::from(number_of(level));
            let (there, _) = split(&collector.port);
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let elements = match node.speaks_with(&there, Generation::Two) {
                true => vec![Value::Float(now.as_secs_f64()), target.into(), level, text.into()],
                false => vec![level, text.into()],
            };
            // Text can be written in every framing.
            let _ = node.send(&collector.port, elements);
        };
        let left_out = self.0.left_out.swap(0, Ordering::Relaxed);
        if left_out > 0 {
            send(Level::WARN, &format!("{left_out} log messages were left out: nobody kept up"));
        }
        send(level, text);
    }

    fn collectors(&self, level: Level) -> Vec<Collector> {
        let collectors = self.lock();
        collectors.iter().filter(|collector| number_of(level) <= collector.level).cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Collector>> {
        self.0.collectors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins with the node whose messages they are.
    pub(super) fn begin(&self, shared: &Arc<Shared>) {
        // With a second node, it stays with the first.
        let _ = self.0.shared.set(Arc::downgrade(shared));
    }

    /// A node asks for messages, for a port of its own.
    fn is_asked(&self, shared: &Arc<Shared>, from: &NodeId, arguments: &[Value]) {
        let [_, port, level, ..] = arguments else { return };
        let Some(port) = text_of(port).and_then(|port| PortId::new(&port).ok()) else { return };
        let Some(level) = text_of(level).and_then(|level| level.parse::<i64>().ok()) else { return };
        let Some(node) = Node::of(shared).filter(|_| split(&port).0 == *from) else { return };
        {
            let mut collectors = self.lock();
            if collectors.len() >= COLLECTORS_MAX || collectors.iter().any(|collector| collector.port == port) {
                return;
            }
            collectors.push(Collector { port: port.clone(), level });
        }
        let (share, monitor) = (self.clone(), node.monitor(&port));
        super::listen::spawn(shared, async move {
            monitor.await;
            share.lock().retain(|collector| collector.port != port);
        });
    }
}

impl Shared {
    /// A node asks for this one's log messages.
    pub(super) fn is_asked_for_logs(self: &Arc<Self>, from: &NodeId, arguments: &[Value]) {
        if let Some(logs) = &self.settings.logs {
            logs.is_asked(self, from, arguments);
        }
    }
}

/// Collects log messages of other nodes, as long as it is held.
#[derive(Debug)]
#[must_use = "dropping it ends the collecting"]
pub struct LogCollector {
    _ends: tokio::sync::oneshot::Sender<()>,
}

impl Node {
    /// Has every other node send its log messages up to this level, as far as it shares them, and gives each to `tracing` here,
    /// with the target [`LOG_TARGET`](TARGET) and the fields `node` and `context`. What comes while a connection is lost is
    /// lost.
    pub fn collect_logs(&self, level: Level) -> LogCollector {
        let (ends, mut is_over) = tokio::sync::oneshot::channel();
        let (shared, mut events) = (Arc::downgrade(self.shared()), self.watch_nodes());
        let mut ports: HashMap<NodeId, HandlerPort> = HashMap::new();
        for node in self.nodes() {
            ports.insert(node.clone(), self.collect_from(&node, level));
        }
        self.shared().runtime.spawn(async move {
            loop {
                let event = tokio::select! {
                    // An error means that it is dropped.
                    _ = &mut is_over => break,
                    event = events.next() => event,
                };
                let Some(event) = event else { break };
                let Some(node) = shared.upgrade().and_then(|shared| Self::of(&shared)) else { break };
                match event.is_up {
                    false => drop(ports.remove(&event.node)),
                    true if ports.contains_key(&event.node) => {}
                    true => drop(ports.insert(event.node.clone(), node.collect_from(&event.node, level))),
                }
            }
        });
        LogCollector { _ends: ends }
    }

    fn collect_from(&self, node: &NodeId, level: Level) -> HandlerPort {
        let from = node.clone();
        let port = self.handle(Handlers::new().otherwise(move |_, message| tell(&from, &message)));
        let asks = [CONNECT.into(), 0.into(), port.id().as_str().into(), Value::from(number_of(level))];
        if let Err(error) = PortId::new(node.as_str()).and_then(|to| self.send(&to, asks)) {
            tracing::warn!(%node, %error, "its log messages cannot be asked for");
        }
        port
    }
}

/// Gives a message of another node to this one's log: `level, text` of generation 1.x, `time, context, level, text` of 2.x.
fn tell(node: &NodeId, message: &Message) {
    let (context, level, text) = match &*message.elements {
        [level, text] => (None, level, text),
        [_, context, level, text, ..] => (text_of(context), level, text),
        _ => return,
    };
    let Some(text) = text_of(text) else { return };
    let (text, context) = (text.trim_end_matches('\n'), context.as_deref());
    match text_of(level).and_then(|level| level.parse::<f64>().ok()).map(level_of) {
        Some(Level::ERROR) => tracing::error!(target: TARGET, %node, context, "{text}"),
        Some(Level::WARN) => tracing::warn!(target: TARGET, %node, context, "{text}"),
        Some(Level::DEBUG) => tracing::debug!(target: TARGET, %node, context, "{text}"),
        Some(Level::TRACE) => tracing::trace!(target: TARGET, %node, context, "{text}"),
        _ => tracing::info!(target: TARGET, %node, context, "{text}"),
    }
}

/// The number of a level to the originals: 1 to 4 are errors of growing hopelessness, 5 is a warning, 6 a note.
const fn number_of(level: Level) -> i64 {
    match level {
        Level::ERROR => 4,
        Level::WARN => 5,
        Level::INFO => 7,
        Level::DEBUG => 8,
        Level::TRACE => 9,
    }
}

fn level_of(number: f64) -> Level {
    match number {
        ..5.0 => Level::ERROR,
        ..6.0 => Level::WARN,
        ..8.0 => Level::INFO,
        ..9.0 => Level::DEBUG,
        _ => Level::TRACE,
    }
}

/// The message of an event, and its fields.
#[derive(Default)]
struct FieldText {
    message: String,
    fields: String,
}

impl FieldText {
    fn whole(mut self) -> String {
        self.message.push_str(&self.fields);
        self.message
    }
}

impl tracing::field::Visit for FieldText {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_the_originals_and_back() {
        for level in [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE] {
            assert_eq!(level_of(number_of(level) as f64), level);
        }
        assert_eq!([1.0, 6.0, 17.0].map(level_of), [Level::ERROR, Level::INFO, Level::TRACE]);
    }
}
