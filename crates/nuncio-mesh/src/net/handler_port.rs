//! A port with handlers, as its owner and its handlers hold it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, NodeId, PortId, Result};

use super::handlers::{Handlers, Outcome};
use super::handling::{Change, Handling, Job, Kept};
use super::later::Later;
use super::mailbox::Message;
use super::node::Node;
use super::watch::{Fires, Watch};
use crate::proto::kernel::{Notify, PortKind};

/// A port of this node whose messages go to [`Handlers`], where they are read: a connection that has read one runs them
/// before it goes on. Messages from this node are handled by a task of the runtime.
///
/// Dropping it ends it, as it should end; [`end`](Self::end) gives a reason. Callbacks, which
/// [`run`](Self::run), [`after`](Self::after), [`monitor`](Self::monitor) and [`call`](Self::call) take, are run as handlers are: one after
/// the other, and an error or a panic ends the port with its text as the reason.
pub struct HandlerPort {
    node: Node,
    handling: Arc<Handling>,
    ends_when_dropped: bool,
}

impl Node {
    /// Makes a port with handlers, with a name that no port ever had.
    #[must_use]
    pub fn handle(&self, handlers: Handlers) -> HandlerPort {
        let handling = self.shared().with(|core, _| {
            let name = core.kernel.create_port(PortKind::Private);
            self.shared().open_handling(name, Some(handlers))
        });
        HandlerPort { node: self.clone(), handling, ends_when_dropped: true }
    }

    /// Makes a port with handlers and this name, which other nodes may kill and have messages relayed to.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`]; [`ErrorKind::InvalidName`] for one that is empty or too long.
    pub fn handle_named(&self, name: &str, handlers: Handlers) -> Result<HandlerPort> {
        self.check_port_name(name)?;
        let handling = self.shared().with(|core, _| {
            let is_new = core.kernel.create_named_port(name, PortKind::Exported);
            is_new.then(|| self.shared().open_handling(name.into(), Some(handlers)))
        });
        let taken = || Error::new(ErrorKind::AlreadyExists, "make the port").on(name);
        Ok(HandlerPort { node: self.clone(), handling: handling.ok_or_else(taken)?, ends_when_dropped: true })
    }

    pub(super) fn check_port_name(&self, name: &str) -> Result<()> {
        PortId::new(&format!("{}#{name}", self.id()))?;
        match name.is_empty() {
            true => Err(Error::new(ErrorKind::InvalidName, "make the port").because("its name is empty")),
            false => Ok(()),
        }
    }
}

impl HandlerPort {
    /// As its handlers see it.
    pub(super) const fn within(node: Node, handling: Arc<Handling>) -> Self {
        Self { node, handling, ends_when_dropped: false }
    }

    pub(super) const fn handling(&self) -> &Arc<Handling> {
        &self.handling
    }

    /// The port's id, by which every node can send to it.
    #[must_use]
    pub fn id(&self) -> &PortId {
        &self.handling.id
    }

    /// The port's name on its node.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.handling.name
    }

    /// The port's node.
    #[must_use]
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// Adds handlers, behind those that are there: for all messages from the next one on.
    pub fn add(&self, handlers: Handlers) {
        self.handling.change(Change::Add(handlers));
    }

    /// Removes the handlers for a tag, from the next message on.
    pub fn remove(&self, tag: &str) {
        self.handling.change(Change::Remove(tag.to_owned()));
    }

    /// Lets other nodes kill this port, and have messages relayed to it.
    pub fn export(&self) {
        self.node.shared().with(|core, _| core.kernel.export_port(self.name()));
    }

    /// Ends the port, for this reason. A handler that does so is the last that is run.
    pub fn kill(&self, reason: impl Into<Vec<Value>>) {
        self.node.shared().with(|core, now| {
            let own = core.kernel.node().clone();
            core.kernel.kill(now, &own, self.name(), reason.into());
        });
    }

    /// Ends the port, for this reason.
    pub fn end(self, reason: impl Into<Vec<Value>>) {
        self.kill(reason);
    }

    /// The reason for which the port was ended, if it was.
    #[must_use]
    pub fn reason(&self) -> Option<Vec<Value>> {
        self.handling.ended()
    }

    /// Waits until the port ends, and gives the reason.
    pub async fn ended(&self) -> Vec<Value> {
        self.handling.over().await
    }

    /// Runs this in the port: after the messages that wait, and not while a handler runs.
    pub fn run<O: Outcome>(&self, callback: impl FnOnce(&Self) -> O + Send + 'static) {
        self.put(job(callback));
    }

    /// Runs this in the port later, unless what this gives is dropped before, or the port has ended.
    pub fn after<O: Outcome>(&self, delay: Duration, callback: impl FnOnce(&Self) -> O + Send + 'static) -> Later {
        let (shared, handling) = (Arc::clone(self.node.shared()), Arc::clone(&self.handling));
        let task = self.node.shared().runtime.spawn(async move {
            tokio::time::sleep(delay).await;
            put(&shared, &handling, job(callback));
        });
        Later::of(task)
    }

    /// Runs this in the port, with the reason, when another port ends, or with a bare node id the connection to that node.
    /// What it gives takes the monitor back; dropping that does nothing.
    pub fn monitor<O: Outcome>(
        &self,
        port: &PortId,
        callback: impl FnOnce(&Self, Vec<Value>) -> O + Send + 'static,
    ) -> Watch {
        let callback = Box::new(move |port: &Self, reason| callback(port, reason).outcome().map(drop));
        let fires = Fires::InPort(Arc::clone(&self.handling), callback);
        Watch::new(&self.node, self.node.set_monitor(port, Notify::Fired, Some(fires)))
    }

    /// Ends this port when another ends with a reason, and with the same one. What it gives takes that back; dropping it
    /// does nothing.
    pub fn link(&self, other: &PortId) -> Watch {
        Watch::new(&self.node, self.node.set_monitor(other, Notify::Kill(self.name().into()), None))
    }

    /// Sends a message as [`Node::call`] does, and runs this in the port with the answer, or with why there is none.
    pub fn call<O: Outcome>(
        &self,
        to: &PortId,
        elements: impl Into<Vec<Value>>,
        timeout: Duration,
        callback: impl FnOnce(&Self, Result<Message>) -> O + Send + 'static,
    ) {
        let (node, handling) = (self.node.clone(), Arc::clone(&self.handling));
        let (to, elements) = (to.clone(), elements.into());
        self.node.shared().runtime.spawn(async move {
            let answer = node.call(&to, elements, timeout).await;
            put(node.shared(), &handling, Box::new(move |port| callback(port, answer).outcome().map(drop)));
        });
    }

    /// Makes a port on any node that runs a function there; see [`Node::spawn`].
    pub fn spawn(&self, node: &NodeId, function: &str, arguments: impl Into<Vec<Value>>) -> PortId {
        self.node.spawn(node, function, arguments)
    }

    fn put(&self, job: Job) {
        put(self.node.shared(), &self.handling, job);
    }
}

fn job<O: Outcome>(callback: impl FnOnce(&HandlerPort) -> O + Send + 'static) -> Job {
    Box::new(move |port| callback(port).outcome().map(drop))
}

pub(super) fn put(shared: &Arc<super::core::Shared>, handling: &Arc<Handling>, job: Job) {
    if let Ok(Kept::Schedule) = handling.put_job(job) {
        shared.schedule(handling);
    }
}

impl Drop for HandlerPort {
    fn drop(&mut self) {
        if self.ends_when_dropped && self.handling.ended().is_none() {
            self.kill([]);
        }
    }
}

impl fmt::Debug for HandlerPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerPort").field("id", self.id()).finish_non_exhaustive()
    }
}
