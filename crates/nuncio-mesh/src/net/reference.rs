//! Nodes by where they listen, nodes that begin to listen, and nodes that never do.

use std::fmt;
use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, NodeId, PortId, Result};

use super::address;
use super::listen;
use super::node::Node;
use crate::proto::Refusal;

/// How long to wait before the addresses of a node are dialled again.
const RETRY: Duration = Duration::from_millis(500);

/// A node by the list of its addresses, any of which reaches it: `host:port,host:port`.
///
/// Host names are resolved once, when it is made, so that it means the same elsewhere. A bare port, or nothing at all, is this
/// host, and where no port is said it is 4040.
///
/// ```
/// use nuncio_mesh::NodeReference;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> nuncio_core::Result<()> {
/// let reference = NodeReference::resolve("127.0.0.1:7, 127.0.0.2").await?;
/// assert_eq!(reference.to_string(), "127.0.0.1:7,127.0.0.2:4040");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NodeReference(Vec<String>);

impl NodeReference {
    /// Resolves the addresses of a list.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] for what is no address, [`ErrorKind::Unavailable`] for a host whose name is not known.
    pub async fn resolve(list: &str) -> Result<Self> {
        let mut addresses = Vec::new();
        for text in list.split(',') {
            for address in address::resolve(text.trim()).await? {
                let address = address.to_string();
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
        }
        Ok(Self(addresses))
    }

    /// The addresses, resolved.
    #[must_use]
    pub fn addresses(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for NodeReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

impl Node {
    /// This node by its addresses; none as long as it is private.
    #[must_use]
    pub fn reference(&self) -> Option<NodeReference> {
        let addresses = self.addresses();
        (!addresses.is_empty()).then(|| NodeReference(addresses.to_vec()))
    }

    /// Makes a node that does not listen public: it listens on these addresses from now on, and tells the mesh, so that every
    /// node can connect to it. With none, it listens on this host's, port 4040.
    ///
    /// ```
    /// use nuncio_mesh::Node;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> nuncio_core::Result<()> {
    /// let node = Node::builder("late").secret("geheim").start().await?;
    /// assert!(node.reference().is_none());
    /// node.become_public(&["127.0.0.1:0"]).await?;
    /// let other = Node::builder("other").secret("geheim").start().await?;
    /// let reached = other.reach(&node.reference().expect("it is public"), std::time::Duration::from_secs(10)).await?;
    /// assert_eq!(reached, *node.id());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] when it listens already; as [`Builder::start`](super::Builder::start).
    pub async fn become_public(&self, addresses: &[&str]) -> Result<()> {
        let taken = || Error::new(ErrorKind::AlreadyExists, "make the node public").on(self.id().as_str());
        if !self.addresses().is_empty() {
            return Err(taken().because("it listens already"));
        }
        let shared = self.shared();
        let texts: Vec<String> = match addresses {
            [] => vec![String::new()],
            addresses => addresses.iter().map(|address| (*address).to_owned()).collect(),
        };
        let bound = listen::bind(&texts, |address| shared.settings.may_use(address)).await?;
        if !self.set_public(bound.addresses.clone()) {
            return Err(taken().because("it has just been made public"));
        }
        for listener in bound.listeners {
            listen::accept_on(shared, listener);
        }
        shared.with(|core, now| core.kernel.listens(now, bound.addresses));
        Ok(())
    }

    /// Connects to the node at these addresses, if there is no connection to it, and says which it is.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when none of them answers within the time, and [`ErrorKind::Unauthenticated`] when who
    /// answers and this node do not prove themselves to each other.
    pub async fn reach(&self, reference: &NodeReference, timeout: Duration) -> Result<NodeId> {
        let mut refusals = self.shared().refusals.subscribe();
        let mut events = self.watch_nodes();
        let failed = |kind| Error::new(kind, "reach the node at").on(reference.to_string().as_str());
        let mut tries = tokio::time::interval(RETRY);
        let reached = async {
            loop {
                if let Some(node) = self.at(reference) {
                    return Ok(node);
                }
                tokio::select! {
                    _ = tries.tick() => self.shared().with(|core, now| {
                        reference.addresses().iter().for_each(|address| core.kernel.dial_once(now, address));
                    }),
                    event = events.next() => {
                        if event.is_none() {
                            return Err(failed(ErrorKind::Closed).because("the node has stopped"));
                        }
                    }
                    Ok(()) = refusals.changed() => {
                        let refusal = refusals.borrow_and_update().clone();
                        if let Some(refusal) = refusal.filter(Refusal::is_of_authentication) {
                            return Err(failed(ErrorKind::Unauthenticated).because(refusal.to_string()));
                        }
                    }
                }
            }
        };
        let late =
            || failed(ErrorKind::Unavailable).because(format!("nobody answered within {} s", timeout.as_secs_f64()));
        tokio::time::timeout(timeout, reached).await.unwrap_or_else(|_| Err(late()))
    }

    /// The node that is known to be at one of these addresses, and connected, or this one.
    fn at(&self, reference: &NodeReference) -> Option<NodeId> {
        let is_there = |address: &String| reference.0.contains(address);
        if self.addresses().iter().any(is_there) {
            return Some(self.id().clone());
        }
        self.shared().with(|core, _| {
            let dialled = core.dialled.iter().find(|(_, address)| is_there(&address.to_string()));
            let told = || core.kernel.up_nodes().find(|node| core.kernel.addresses_of(node).iter().any(is_there));
            dialled.map(|(node, _)| node).or_else(told).cloned()
        })
    }

    /// Sends a message to a port of a node that is hidden behind another: one that nobody can connect to but that is itself
    /// connected to `through`, which has to [relay](super::Builder::relays_to_hidden). Monitors do not reach it.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_through(&self, through: &NodeId, to: &PortId, elements: impl Into<Vec<Value>>) -> Result<()> {
        let relayed = ["snd".into(), Value::from(to.as_str())].into_iter().chain(elements.into());
        self.send(&PortId::new(through.as_str())?, relayed.collect::<Vec<_>>())
    }
}
