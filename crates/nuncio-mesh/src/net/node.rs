//! A node, as its users hold it.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, NodeId, PortId, Result};
use tokio::sync::oneshot;

use super::builder::Builder;
use super::calls::gone;
use super::core::{Receiver, Shared};
use super::handling::Kept;
use super::link::Put;
use super::mailbox::Message;
use super::monitor::Monitor;
use super::port::Port;
use super::watch::{Fires, Watch};
use super::watchers::NodeEvents;
use crate::proto::framing::Packet;
use crate::proto::kernel::{MonitorId, Notify, PortKind};
use crate::proto::{Generation, Refusal};

/// What is said of connections that end with the node.
const STOPPED: &str = "the node was stopped";

/// A node of a mesh. Cheap to clone; when the last clone and the last port are dropped, the node stops.
///
/// ```
/// use nuncio_mesh::Node;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> nuncio_core::Result<()> {
/// let alpha = Node::builder("alpha").secret("geheim").bind("127.0.0.1:0").start().await?;
/// let beta = Node::builder("beta").secret("geheim").seed(&alpha.addresses()[0]).start().await?;
///
/// let mut port = alpha.named_port("greeter")?;
/// beta.send(&"alpha#greeter".parse()?, ["hello".into(), beta.id().as_str().into()])?;
/// let message = port.recv().await?;
/// assert!(message.is("hello"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Node(Arc<Handle>);

pub(super) struct Handle {
    shared: Arc<Shared>,
    addresses: Vec<String>,
    /// Where it listens since it became public.
    public: OnceLock<Vec<String>>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.stop(STOPPED);
    }
}

impl Node {
    pub(super) fn new(shared: Arc<Shared>, addresses: Vec<String>) -> Self {
        let handle = Arc::new(Handle { shared, addresses, public: OnceLock::new() });
        handle.shared.handle.get_or_init(|| Arc::downgrade(&handle));
        Self(handle)
    }

    /// The node, if somebody still holds it.
    pub(super) fn of(shared: &Shared) -> Option<Self> {
        shared.handle.get()?.upgrade().map(Self)
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.0.shared
    }

    /// Begins to set up a node with this id, which nobody else in the mesh may have; with none, a random one.
    #[must_use]
    pub fn builder(id: &str) -> Builder {
        Builder::new(id)
    }

    /// The node's id.
    #[must_use]
    pub fn id(&self) -> &NodeId {
        &self.shared().settings.policy.node
    }

    /// The addresses on which the node listens.
    #[must_use]
    pub fn addresses(&self) -> &[String] {
        match self.0.public.get() {
            Some(public) => public,
            None => &self.0.addresses,
        }
    }

    /// Notes where it listens from now on; false if that was done before.
    pub(super) fn set_public(&self, addresses: Vec<String>) -> bool {
        self.0.public.set(addresses).is_ok()
    }

    /// Closes all connections, and accepts and dials no more. Monitors of ports elsewhere fire.
    pub fn stop(&self) {
        self.shared().stop(STOPPED);
    }

    /// Waits until there is a connection to some node, and gives that node.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] when a node and this one do not prove themselves to each other,
    /// [`ErrorKind::Unavailable`] when there is no connection after `timeout`, with the reason for which the last was refused.
    pub async fn join(&self, timeout: Duration) -> Result<NodeId> {
        let shared = self.shared();
        let mut events = self.watch_nodes();
        let mut refusals = shared.refusals.subscribe();
        if let Some(node) = self.nodes().into_iter().next() {
            return Ok(node);
        }
        let failed = |kind| {
            let refusal = shared.refusals.borrow().clone();
            let silence = || format!("no node answered within {} s", timeout.as_secs_f64());
            Error::new(kind, "join the mesh").because(refusal.map_or_else(silence, |refusal| refusal.to_string()))
        };
        let joined = async {
            loop {
                tokio::select! {
                    event = events.next() => match event {
                        Some(event) if event.is_up => return Ok(event.node),
                        Some(_) => {}
                        None => return Err(failed(ErrorKind::Unavailable)),
                    },
                    Ok(()) = refusals.changed() => {
                        let is_final = refusals.borrow_and_update().as_ref().is_some_and(Refusal::is_of_authentication);
                        if is_final {
                            return Err(failed(ErrorKind::Unauthenticated));
                        }
                    }
                }
            }
        };
        tokio::time::timeout(timeout, joined).await.unwrap_or_else(|_| Err(failed(ErrorKind::Unavailable)))
    }

    /// Waits until all that was sent to a node before has arrived there.
    ///
    /// # Errors
    /// [`ErrorKind::PeerGone`] when the connection to it ends before, and [`ErrorKind::TimedOut`].
    pub async fn flush(&self, node: &NodeId, timeout: Duration) -> Result<()> {
        let mut echo = self.port();
        let to = PortId::new(node.as_str())?;
        let ended = self.monitor(&to);
        self.send(&to, ["snd".into(), echo.id().as_str().into()])?;
        let answer = async {
            tokio::select! {
                biased;
                answer = echo.recv() => answer.map(drop),
                reason = ended => Err(gone("send to", &to, &reason)),
            }
        };
        let late = |_| self.late("send to", &to);
        tokio::time::timeout(timeout, answer).await.map_err(late)?
    }

    /// The error where nothing came in time.
    pub(super) fn late(&self, operation: &'static str, to: &PortId) -> Error {
        let (node, _) = crate::proto::kernel::split(to);
        let is_connected = self.shared().with(|core, _| core.kernel.connection_of(&node).is_some());
        match is_connected || node == *self.id() {
            true => Error::new(ErrorKind::TimedOut, operation).on(to.as_str()),
            false => Error::new(ErrorKind::Unavailable, operation)
                .on(to.as_str())
                .because("the deadline passed, and there is no connection to its node"),
        }
    }

    /// The nodes to which there is a connection.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        self.shared().with(|core, _| core.kernel.up_nodes().cloned().collect())
    }

    /// Whether this generation is spoken with a node, to which there is a connection.
    #[must_use]
    pub fn speaks_with(&self, node: &NodeId, generation: Generation) -> bool {
        self.shared().with(|core, _| core.kernel.speaks_with(node, generation))
    }

    /// Tells of every connection to a node that is made or ends from now on.
    #[must_use]
    pub fn watch_nodes(&self) -> NodeEvents {
        self.shared().with(|core, _| core.watchers.watch_nodes())
    }

    /// Makes a port with a name that no port ever had.
    #[must_use]
    pub fn port(&self) -> Port {
        let mailbox = self.shared().with(|core, _| {
            let name = core.kernel.create_port(PortKind::Private);
            self.shared().open_mailbox(name)
        });
        Port::new(self.clone(), mailbox)
    }

    /// Makes a port with this name, which other nodes may kill and have messages relayed to.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`]; [`ErrorKind::InvalidName`] for one that is empty or too long.
    pub fn named_port(&self, name: &str) -> Result<Port> {
        self.check_port_name(name)?;
        let mailbox = self.shared().with(|core, _| {
            let is_new = core.kernel.create_named_port(name, PortKind::Exported);
            is_new.then(|| self.shared().open_mailbox(name.into()))
        });
        let taken = || Error::new(ErrorKind::AlreadyExists, "make the port").on(name);
        Ok(Port::new(self.clone(), mailbox.ok_or_else(taken)?))
    }

    /// Sends a message to a port of any node. It never waits; to a node without connection it is kept until there is one.
    ///
    /// Messages to one node arrive in order. When one is lost, none arrives before every monitor of that node's ports has
    /// fired; so whoever has to know whether messages arrive watches their port. A message that does not fit into a full
    /// outbox is lost like that, with the connection; [`ready`](Self::ready) waits for room.
    ///
    /// # Errors
    /// [`ErrorKind::ApiMisuse`]: the framing of the connection cannot hold it. It was not sent then, and nothing is lost.
    pub fn send(&self, to: &PortId, elements: impl Into<Vec<Value>> + AsRef<[Value]>) -> Result<()> {
        self.send_unless(to, elements, || false)
    }

    /// The same, unless `is_over`, which is asked while no connection can take the place of the one that is sent on.
    pub(super) fn send_unless(
        &self,
        to: &PortId,
        elements: impl Into<Vec<Value>> + AsRef<[Value]>,
        is_over: impl Fn() -> bool,
    ) -> Result<()> {
        let (node, port) = split(to);
        if node == self.id().as_str() {
            return if is_over() { Err(Monitor::over(to)) } else { self.send_here(port, elements.into()) };
        }
        match self.shared().put_on_link(node, port, elements.as_ref(), &is_over) {
            Some(Put::Over) => Err(Monitor::over(to)),
            Some(Put::Done) => Ok(()),
            Some(Put::Unrepresentable(error)) => Err(Error::from(error)),
            Some(Put::Full) => {
                let shared = self.shared();
                shared.with(|core, now| {
                    if let Some(connection) = node_id(node).ok().and_then(|node| core.kernel.connection_of(&node)) {
                        shared.lose(core, now, connection, "the other side does not keep up");
                    }
                });
                Ok(())
            }
            Some(Put::Closed) | None => {
                let (node, packet) = (node_id(node)?, Packet { port: port.into(), elements: elements.into() });
                self.shared().with(|core, now| {
                    if is_over() {
                        return Err(Monitor::over(to));
                    }
                    core.kernel.send(now, &node, packet);
                    Ok(())
                })
            }
        }
    }

    /// Sends a message that a type of the program's own makes, such as a tuple or a struct's fields.
    ///
    /// # Errors
    /// As [`send`](Self::send); also [`ErrorKind::ApiMisuse`] when it is no sequence.
    pub fn send_as<T: serde::Serialize + ?Sized>(&self, to: &PortId, message: &T) -> Result<()> {
        let (node, port) = split(to);
        // What a request to a node is about, its elements say.
        let is_elsewhere = !port.is_empty() && node != self.id().as_str();
        if is_elsewhere && let Some(Put::Done) = self.shared().put_as_on_link(node, port, message) {
            return Ok(());
        }
        match nuncio_codec::to_value(message)? {
            Value::Array(elements) => self.send(to, elements),
            _ => Err(Error::new(ErrorKind::ApiMisuse, "send to").on(to.as_str()).because("a message is a sequence")),
        }
    }

    fn send_here(&self, port: &str, elements: Vec<Value>) -> Result<()> {
        let shared = self.shared();
        let has_room = match shared.receiver(port) {
            None => {
                let packet = Packet { port: port.into(), elements };
                shared.with(|core, now| core.kernel.send(now, self.id(), packet));
                true
            }
            Some(Receiver::Mailbox(mailbox)) => mailbox.put(&mut vec![Message { elements }]),
            Some(Receiver::Handlers(handling)) => {
                let kept = handling.put(&elements);
                if kept == Kept::Schedule {
                    shared.schedule(&handling);
                }
                kept != Kept::Full
            }
        };
        if !has_room {
            shared.with(|core, now| Shared::overflow(core, now, port));
        }
        Ok(())
    }

    /// Waits until less than the high-water mark waits to be sent to the node of this port, or until there is no
    /// connection to it.
    pub async fn ready(&self, to: &PortId) {
        let link = self.shared().link(split(to).0);
        if let Some(link) = link {
            link.ready().await;
        }
    }

    /// Whether a message to this port would find room below the high-water mark now.
    pub(super) fn is_ready(&self, to: &PortId) -> bool {
        self.shared().link(split(to).0).is_none_or(|link| link.is_ready())
    }

    /// Watches a port, or with a bare node id the connection to that node.
    pub fn monitor(&self, port: &PortId) -> Monitor {
        let (fires, fired) = oneshot::channel();
        let id = self.set_monitor(port, Notify::Fired, Some(Fires::Waiting(fires)));
        Monitor::new(self.clone(), id, port.clone(), fired)
    }

    /// Has a message sent when a port ends, with the reason behind it.
    /// What it gives takes the monitor back; dropping that does nothing.
    pub fn monitor_with_message(&self, port: &PortId, to: &PortId, elements: impl Into<Vec<Value>>) -> Watch {
        let (node, name) = crate::proto::kernel::split(to);
        Watch::new(self, self.set_monitor(port, Notify::Message { node, port: name, elements: elements.into() }, None))
    }

    /// Ends a port of this node when another ends with a reason, and with the same one. What it gives takes that back;
    /// dropping it does nothing.
    pub fn link(&self, own: &Port, other: &PortId) -> Watch {
        Watch::new(self, self.set_monitor(other, Notify::Kill(own.name().into()), None))
    }

    pub(super) fn set_monitor(&self, port: &PortId, notify: Notify, fires: Option<Fires>) -> MonitorId {
        let (node, name) = crate::proto::kernel::split(port);
        self.shared().with(|core, now| {
            let id = core.kernel.monitor(now, &node, &name, notify);
            if let Some(Fires::InPort(handling, _)) = &fires {
                handling.watches(id);
            }
            core.monitors.extend(fires.map(|fires| (id, fires)));
            id
        })
    }

    /// Ends a port of any node, if that node lets it. Without a reason it ends as it should.
    pub fn kill(&self, port: &PortId, reason: impl Into<Vec<Value>>) {
        let (node, name) = crate::proto::kernel::split(port);
        self.shared().with(|core, now| core.kernel.kill(now, &node, &name, reason.into()));
    }

    /// Makes a port on any node that runs a function which that node has registered. The port's id is known at once;
    /// whether it lives, a monitor says.
    pub fn spawn(&self, node: &NodeId, function: &str, arguments: impl Into<Vec<Value>>) -> PortId {
        let name = self.shared().with(|core, now| core.kernel.spawn(now, node, function, arguments.into()));
        PortId::new(&format!("{node}#{name}")).expect("a node id with a short name is a port id")
    }
}

/// The node of a port, and the port's name there.
fn split(to: &PortId) -> (&str, &str) {
    to.as_str().split_once('#').unwrap_or((to.as_str(), ""))
}

fn node_id(text: &str) -> Result<NodeId> {
    NodeId::new(text)
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("id", self.id()).field("addresses", &self.addresses()).finish()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}
