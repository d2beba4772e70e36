//! A port, as its owner holds it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, PortId, Result};

use super::core::Shared;
use super::mailbox::{Mailbox, Message};
use super::node::Node;
use crate::proto::framing::{Encoded, text_of};
use crate::proto::kernel::Reason;

/// A port of this node, to receive from: a mailbox in which messages wait in the order in which they came.
///
/// Dropping it ends it, as it should end; [`end`](Self::end) gives a reason. Receiving can be broken off at any time
/// without losing a message.
pub struct Port {
    node: Node,
    mailbox: Arc<Mailbox>,
    id: PortId,
    /// Messages that were passed over by a selective receive, older than all others.
    deferred: VecDeque<Message>,
    /// Messages that were taken out of the mailbox and not looked at.
    taken: VecDeque<Message>,
    ends_when_dropped: bool,
}

impl Port {
    pub(super) fn new(node: Node, mailbox: Arc<Mailbox>) -> Self {
        let id = PortId::new(&format!("{}#{}", node.id(), mailbox.name)).expect("the name was checked, or is short");
        Self { node, mailbox, id, deferred: VecDeque::new(), taken: VecDeque::new(), ends_when_dropped: true }
    }

    /// A port whose end somebody else sees to.
    pub(super) fn ended_by_another(node: Node, mailbox: Arc<Mailbox>) -> Self {
        let mut port = Self::new(node, mailbox);
        port.ends_when_dropped = false;
        port
    }

    /// The port's id, by which every node can send to it.
    #[must_use]
    pub const fn id(&self) -> &PortId {
        &self.id
    }

    /// The port's name on its node.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.mailbox.name
    }

    /// The port's node.
    #[must_use]
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// Lets other nodes kill this port, and have messages relayed to it.
    pub fn export(&self) {
        self.node.shared().with(|core, _| core.kernel.export_port(self.name()));
    }

    /// Ends the port, for this reason.
    pub fn end(self, reason: impl Into<Vec<Value>>) {
        end(self.node.shared(), &self.mailbox, reason.into());
    }

    /// The next message.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`] once the port was killed and nothing is left, with the reason.
    pub async fn recv(&mut self) -> Result<Message> {
        loop {
            if let Some(message) = self.deferred.pop_front().or_else(|| self.taken.pop_front()) {
                return Ok(message);
            }
            if !self.take(0).await {
                return Err(self.ended("receive on"));
            }
        }
    }

    /// Waits for messages, and takes all that are there; false if the port has ended.
    async fn take(&mut self, deferred: usize) -> bool {
        if self.mailbox.try_take(&mut self.taken, deferred) {
            return true;
        }
        if let Some(line) = self.node.shared().last_sent.line() {
            let (mailbox, taken) = (&self.mailbox, &mut self.taken);
            if line.answers(|| mailbox.try_take(taken, deferred)) {
                // Whoever is answered at once, again and again, leaves something of the processor to others.
                tokio::task::consume_budget().await;
                return true;
            }
        }
        self.mailbox.take(&mut self.taken, deferred).await
    }

    /// The next message, if there is one already.
    pub fn try_recv(&mut self) -> Option<Message> {
        if let Some(message) = self.deferred.pop_front().or_else(|| self.taken.pop_front()) {
            return Some(message);
        }
        self.mailbox.try_take(&mut self.taken, 0);
        self.taken.pop_front()
    }

    /// The next message, within a time.
    ///
    /// # Errors
    /// As [`recv`](Self::recv), and [`ErrorKind::TimedOut`].
    pub async fn recv_timeout(&mut self, timeout: Duration) -> Result<Message> {
        let id = self.id.clone();
        let late = |_| Error::new(ErrorKind::TimedOut, "receive on").on(id.as_str());
        tokio::time::timeout(timeout, self.recv()).await.map_err(late)?
    }

    /// The next message of which `is_wanted` says so. The others stay, in their order.
    ///
    /// # Errors
    /// As [`recv`](Self::recv), once none of what is left is wanted.
    pub async fn recv_where(&mut self, mut is_wanted: impl FnMut(&Message) -> bool) -> Result<Message> {
        if let Some(index) = self.deferred.iter().position(&mut is_wanted) {
            return Ok(self.deferred.remove(index).unwrap_or_default());
        }
        loop {
            while let Some(message) = self.taken.pop_front() {
                if is_wanted(&message) {
                    return Ok(message);
                }
                self.deferred.push_back(message);
            }
            if !self.take(self.deferred.len()).await {
                return Err(self.ended("receive on"));
            }
        }
    }

    /// The next message whose first element is this string.
    ///
    /// # Errors
    /// As [`recv_where`](Self::recv_where).
    pub async fn recv_tag(&mut self, tag: &str) -> Result<Message> {
        self.recv_where(|message| message.is(tag)).await
    }

    /// The next message that begins with these elements, where [`None`] stands for any one; see [`Message::begins_with`].
    ///
    /// # Errors
    /// As [`recv_where`](Self::recv_where).
    pub async fn recv_pattern(&mut self, pattern: &[Option<Value>]) -> Result<Message> {
        self.recv_where(|message| message.begins_with(pattern)).await
    }

    /// The next message that is a `T`. The others stay, in their order. Of an enum, the first element says the variant.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> nuncio_core::Result<()> {
    /// let node = nuncio_mesh::Node::builder("alone").secret("geheim").start().await?;
    /// let mut port = node.port();
    /// node.send(port.id(), ["noise".into()])?;
    /// node.send_as(port.id(), &("temperature", 21.5))?;
    /// assert_eq!(port.recv_as::<(String, f64)>().await?, ("temperature".to_owned(), 21.5));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`recv_where`](Self::recv_where).
    pub async fn recv_as<T: serde::de::DeserializeOwned>(&mut self) -> Result<T> {
        let mut decoded = None;
        self.recv_where(|message| {
            decoded = Encoded::new(&message.elements).elements().decode().ok();
            decoded.is_some()
        })
        .await?;
        decoded.ok_or_else(|| self.ended("receive on"))
    }

    /// The reason for which the port was ended, if it was.
    #[must_use]
    pub fn reason(&self) -> Option<Vec<Value>> {
        self.mailbox.ended()
    }

    #[cold]
    fn ended(&self, operation: &'static str) -> Error {
        let reason = self.mailbox.ended().unwrap_or_default();
        let words: Vec<_> = reason.iter().filter_map(text_of).collect();
        let error = Error::new(ErrorKind::Closed, operation).on(self.id.as_str());
        if words.is_empty() { error } else { error.because(format!("it was ended: {}", words.join(", "))) }
    }
}

fn end(shared: &Arc<Shared>, mailbox: &Mailbox, reason: Reason) {
    shared.with(|core, now| {
        let own = core.kernel.node().clone();
        core.kernel.kill(now, &own, &mailbox.name, reason);
    });
}

impl Drop for Port {
    fn drop(&mut self) {
        if self.ends_when_dropped && self.mailbox.ended().is_none() {
            end(self.node.shared(), &self.mailbox, Vec::new());
        }
    }
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Port").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Ends a port that somebody else holds.
#[derive(Debug)]
pub(super) struct Ender {
    shared: Arc<Shared>,
    mailbox: Arc<Mailbox>,
}

impl Ender {
    pub(super) const fn new(shared: Arc<Shared>, mailbox: Arc<Mailbox>) -> Self {
        Self { shared, mailbox }
    }

    pub(super) fn end(&self, reason: Reason) {
        end(&self.shared, &self.mailbox, reason);
    }

    /// Waits until the port is over.
    pub(super) async fn ended(&self) {
        self.mailbox.over().await;
    }
}
