//! The kernel, and all that its actions are done with, behind one lock.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};
use std::time::{Instant, SystemTime};

use nuncio_codec::{Text, Value};
use nuncio_core::{NodeId, PortId};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};

use super::bulk::First;
use super::data;
use super::expected::Expected;
use super::handlers::Handlers;
use super::handling::{Handling, Job, Kept, Remains};
use super::last_sent::LastSent;
use super::link::{Link, Put};
use super::listen::HANDSHAKES_MAX;
use super::logs;
use super::mailbox::{Mailbox, Message};
use super::node::Handle;
use super::settings::Settings;
use super::watch::Fires;
use super::watchers::{Change, NodeEvent, Watchers};
use crate::proto::Refusal;
use crate::proto::framing::Packet;
use crate::proto::kernel::{Action, ConnectionId, Kernel, Moment, MonitorId, QueryId, Reason};

/// A node, as all of its parts share it.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    core: Mutex<Core>,
    /// The connections over which messages can be sent past the kernel. To compare a few names takes less than to hash one.
    links: RwLock<BTreeMap<NodeId, Arc<Link>>>,
    /// On which connection an answer may be expected.
    pub(super) last_sent: Arc<LastSent>,
    /// The ports of this node that messages can be handed to past the kernel.
    receivers: RwLock<HashMap<Text, Receiver>>,
    /// So many connections may be in their handshake at the same time.
    pub(super) handshakes: Arc<Semaphore>,
    /// Streams that will come, by their ids.
    pub(super) expected: Mutex<HashMap<String, Expected>>,
    /// Where tasks of the node run.
    pub(super) runtime: tokio::runtime::Handle,
    started: Instant,
    /// The kernel wants to be woken at another time than before.
    pub(super) rescheduled: Notify,
    /// The node ends.
    pub(super) stopped: tokio::sync::watch::Sender<bool>,
    /// Why a connection was refused last.
    pub(super) refusals: tokio::sync::watch::Sender<Option<Refusal>>,
    /// What users hold of the node.
    pub(super) handle: OnceLock<Weak<Handle>>,
}

/// What takes the messages to a port.
#[derive(Clone, Debug)]
pub(super) enum Receiver {
    Handlers(Arc<Handling>),
    Mailbox(Arc<Mailbox>),
}

#[derive(Debug)]
pub(super) struct Core {
    pub(super) kernel: Kernel,
    pub(super) links: HashMap<ConnectionId, Arc<Link>>,
    pub(super) handshakes: HashMap<ConnectionId, oneshot::Sender<bool>>,
    /// Where nodes were dialled that are connected.
    pub(super) dialled: HashMap<NodeId, SocketAddr>,
    /// Connections that may get a second one, by their nonce.
    pub(super) firsts: HashMap<String, First>,
    pub(super) monitors: HashMap<MonitorId, Fires>,
    pub(super) queries: HashMap<QueryId, oneshot::Sender<Value>>,
    pub(super) watchers: Watchers,
    pub(super) dials: mpsc::UnboundedSender<String>,
    /// Ports that the kernel has made and that a function is to be run in.
    spawns: Vec<(Text, Text, Vec<Value>)>,
    /// What was the program's own and is to be dropped where no lock is held.
    dropped: Vec<Dropped>,
    /// Functions that were called.
    calls: Vec<(Text, NodeId, Vec<Value>)>,
    /// Nodes to which a connection was made, and to which nobody may send past the kernel yet.
    new_links: Vec<NodeId>,
    /// Whether the node has stopped, so that no connection may be made any more.
    pub(super) is_stopped: bool,
    next_connection: u64,
    next_tick: Option<std::time::Duration>,
}

/// What was the program's own.
enum Dropped {
    Callback(#[expect(dead_code, reason = "it is only dropped")] Fires),
    Job(#[expect(dead_code, reason = "it is only dropped")] Job),
    Remains(#[expect(dead_code, reason = "it is only dropped")] Remains),
}

impl std::fmt::Debug for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dropped")
    }
}

impl Core {
    pub(super) fn new(kernel: Kernel, dials: mpsc::UnboundedSender<String>) -> Self {
        Self {
            kernel,
            links: HashMap::new(),
            handshakes: HashMap::new(),
            dialled: HashMap::new(),
            firsts: HashMap::new(),
            monitors: HashMap::new(),
            queries: HashMap::new(),
            watchers: Watchers::default(),
            dials,
            spawns: Vec::new(),
            dropped: Vec::new(),
            calls: Vec::new(),
            new_links: Vec::new(),
            is_stopped: false,
            next_connection: 0,
            next_tick: None,
        }
    }

    pub(super) fn new_connection(&mut self) -> ConnectionId {
        self.next_connection += 1;
        ConnectionId(self.next_connection)
    }
}

impl Shared {
    pub(super) fn new(settings: Settings, core: Core) -> Self {
        Self {
            settings,
            core: Mutex::new(core),
            links: RwLock::default(),
            last_sent: Arc::default(),
            receivers: RwLock::default(),
            handshakes: Arc::new(Semaphore::new(HANDSHAKES_MAX)),
            expected: Mutex::default(),
            runtime: tokio::runtime::Handle::current(),
            started: Instant::now(),
            rescheduled: Notify::new(),
            stopped: tokio::sync::watch::Sender::new(false),
            refusals: tokio::sync::watch::Sender::new(None),
            handle: OnceLock::new(),
        }
    }

    pub(super) fn now(&self) -> Moment {
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Moment { elapsed: self.started.elapsed(), unix }
    }

    pub(super) fn started(&self) -> Instant {
        self.started
    }

    /// Does something with the kernel, and then all that follows from it, before anybody else can.
    pub(super) fn with<T>(self: &Arc<Self>, work: impl FnOnce(&mut Core, Moment) -> T) -> T {
        let now = self.now();
        // A panic inside would be a mistake in the kernel; the others can as well go on.
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        let result = work(&mut core, now);
        while let Some(action) = core.kernel.poll() {
            self.act(&mut core, now, action);
        }
        self.open_links(&mut core);
        let next = core.kernel.next_tick();
        let is_sooner = next.is_some_and(|next| core.next_tick.is_none_or(|planned| next < planned));
        core.next_tick = next;
        let (spawns, calls) = (std::mem::take(&mut core.spawns), std::mem::take(&mut core.calls));
        let dropped = std::mem::take(&mut core.dropped);
        drop(core);
        drop(dropped);
        if is_sooner {
            self.rescheduled.notify_one();
        }
        for (port, function, arguments) in spawns {
            self.run_spawned(port, &function, arguments);
        }
        for (function, from, arguments) in calls {
            match &*function {
                data::EXPECT => self.is_told_to_expect(&from, arguments),
                logs::CONNECT => self.is_asked_for_logs(&from, &arguments),
                data::CONNECT => self.is_told_to_connect(&from, &arguments),
                _ => self.settings.functions.call(&function, &from, arguments),
            }
        }
        result
    }

    fn act(self: &Arc<Self>, core: &mut Core, now: Moment, action: Action) {
        match action {
            Action::Send { connection, packet } => self.write(core, now, connection, &packet),
            Action::Deliver { port, elements } => self.deliver(core, now, &port, elements),
            Action::Fired { monitor, reason } => self.fire(core, monitor, reason),
            Action::Dial { address } => drop(core.dials.send(address)),
            Action::Close { connection, reason } => self.close(core, connection, reason),
            Action::Proceed { connection } => {
                if let Some(waiting) = core.handshakes.remove(&connection) {
                    let _ = waiting.send(true);
                }
            }
            Action::PortEnded { port, reason } => self.end_receiver(core, now, &port, reason),
            Action::Spawn { port, function, arguments } => {
                match self.settings.functions.has_handlers(&function) {
                    true => drop(self.open_handling(port.clone(), None)),
                    false => drop(self.open_mailbox(port.clone())),
                }
                core.spawns.push((port, function, arguments));
            }
            Action::Call { function, arguments, from } => core.calls.push((function, from, arguments)),
            Action::Up { node } => {
                core.new_links.push(node.clone());
                tracing::info!(node = %node, "the node is up");
                core.watchers.tell_nodes(&NodeEvent { node, is_up: true, reason: Vec::new() });
            }
            Action::Down { node, reason } => {
                self.unlink(&node);
                tracing::info!(node = %node, reason = ?reason.last(), "the node is down");
                core.watchers.tell_nodes(&NodeEvent { node, is_up: false, reason });
            }
            Action::Changed { family, set, deleted } => core.watchers.tell_changes(&Change { family, set, deleted }),
            Action::Reply { query, answer } => {
                if let Some(waiting) = core.queries.remove(&query) {
                    let _ = waiting.send(answer);
                }
            }
        }
    }

    fn write(self: &Arc<Self>, core: &mut Core, now: Moment, connection: ConnectionId, packet: &Packet) {
        let Some(link) = core.links.get(&connection) else { return };
        match link.put(&packet.port, &packet.elements) {
            Put::Done | Put::Closed | Put::Over => {}
            Put::Full => self.lose(core, now, connection, "the other side does not keep up"),
            Put::Unrepresentable(error) => {
                tracing::warn!(%error, port = %packet.port, "a message cannot be sent");
                self.lose(core, now, connection, "a message cannot be written in the framing of the other side");
            }
        }
    }

    /// Ends a connection, and tells the kernel.
    pub(super) fn lose(&self, core: &mut Core, now: Moment, connection: ConnectionId, reason: &str) {
        self.close(core, connection, reason);
        core.kernel.closed(now, connection, reason);
    }

    fn close(&self, core: &mut Core, connection: ConnectionId, reason: &str) {
        tracing::debug!(connection = connection.0, reason, "closing a connection");
        if let Some(waiting) = core.handshakes.remove(&connection) {
            let _ = waiting.send(false);
        }
        if let Some(link) = core.links.remove(&connection) {
            link.close();
        }
    }

    fn write_links(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<NodeId, Arc<Link>>> {
        self.links.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets everybody send on new connections, now that what waited for them is on its way.
    fn open_links(&self, core: &mut Core) {
        for node in std::mem::take(&mut core.new_links) {
            let link = core.kernel.connection_of(&node).and_then(|connection| core.links.get(&connection).cloned());
            if let Some(link) = link {
                self.write_links().insert(node, link);
            }
        }
    }

    fn unlink(&self, node: &NodeId) {
        if let Some(link) = self.write_links().remove(node) {
            link.close();
        }
    }

    /// Ends all connections, for good.
    pub(super) fn stop(self: &Arc<Self>, reason: &'static str) {
        self.stopped.send_replace(true);
        self.with(|core, now| {
            core.is_stopped = true;
            for connection in core.links.keys().copied().collect::<Vec<_>>() {
                self.lose(core, now, connection, reason);
            }
        });
    }

    pub(super) fn link(&self, node: &str) -> Option<Arc<Link>> {
        self.read_links().get(node).cloned()
    }

    /// Puts a message on a connection without asking the kernel, if there is one, and unless `is_over`. That is asked while
    /// no other connection can come: monitors of one fire before the next one is there.
    pub(super) fn put_on_link(
        &self,
        node: &str,
        port: &str,
        elements: &[Value],
        is_over: impl Fn() -> bool,
    ) -> Option<Put> {
        let links = self.read_links();
        if is_over() { Some(Put::Over) } else { Some(links.get(node)?.put(port, elements)) }
    }

    #[inline]
    pub(super) fn read_links(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<NodeId, Arc<Link>>> {
        self.links.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_receivers(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<Text, Receiver>> {
        self.receivers.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open_mailbox(&self, name: Text) -> Arc<Mailbox> {
        let mailbox = Arc::new(Mailbox::new(name.clone(), self.settings.mailbox));
        self.write_receivers().insert(name, Receiver::Mailbox(Arc::clone(&mailbox)));
        mailbox
    }

    /// A port with handlers; what comes before there are any waits for them.
    pub(super) fn open_handling(&self, name: Text, handlers: Option<Handlers>) -> Arc<Handling> {
        let id = format!("{}#{name}", self.settings.policy.node);
        let id = PortId::new(&id).expect("the name was checked, or is short");
        let handling = Arc::new(Handling::new(name.clone(), id, self.settings.mailbox, handlers));
        self.write_receivers().insert(name, Receiver::Handlers(Arc::clone(&handling)));
        handling
    }

    /// What takes messages to a port of this node.
    pub(super) fn receiver(&self, name: &str) -> Option<Receiver> {
        self.receivers.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn end_receiver(&self, core: &mut Core, now: Moment, name: &str, reason: Reason) {
        let receiver = self.write_receivers().remove(name);
        match receiver {
            None => {}
            Some(Receiver::Mailbox(mailbox)) => mailbox.end(reason),
            Some(Receiver::Handlers(handling)) => {
                let remains = handling.end(reason);
                for monitor in &remains.monitors {
                    core.dropped.extend(core.monitors.remove(monitor).map(Dropped::Callback));
                    core.kernel.unmonitor(now, *monitor);
                }
                core.dropped.push(Dropped::Remains(remains));
            }
        }
    }

    fn deliver(self: &Arc<Self>, core: &mut Core, now: Moment, port: &str, elements: Vec<Value>) {
        match self.receiver(port) {
            None => {}
            Some(Receiver::Mailbox(mailbox)) => match mailbox.put(&mut vec![Message { elements }]) {
                true => {}
                false => Self::overflow(core, now, port),
            },
            Some(Receiver::Handlers(handling)) => match handling.put(&elements) {
                Kept::Done => {}
                Kept::Schedule => self.schedule(&handling),
                Kept::Full => Self::overflow(core, now, port),
            },
        }
    }

    fn fire(self: &Arc<Self>, core: &mut Core, monitor: MonitorId, reason: Reason) {
        match core.monitors.remove(&monitor) {
            None => {}
            Some(Fires::Waiting(waiting)) => {
                // Whoever set it may not care any more.
                let _ = waiting.send(reason);
            }
            Some(Fires::InPort(handling, callback)) => {
                handling.watches_no_more(monitor);
                match handling.put_job(Box::new(move |port| callback(port, reason))) {
                    Ok(Kept::Schedule) => self.schedule(&handling),
                    Ok(_) => {}
                    Err(job) => core.dropped.push(Dropped::Job(job)),
                }
            }
        }
    }

    /// A port that does not receive ends, so that those who watch it know that messages were lost.
    pub(super) fn overflow(core: &mut Core, now: Moment, port: &str) {
        tracing::warn!(port, "a port was ended: it received too slowly");
        let own = core.kernel.node().clone();
        core.kernel.kill(now, &own, port, vec!["mailbox_full".into(), "the port received too slowly".into()]);
    }
}
