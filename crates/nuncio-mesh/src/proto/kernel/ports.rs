//! The ports of this node.

use std::collections::BTreeSet;

use nuncio_codec::{Text, Value};
use nuncio_core::NodeId;

use super::monitors::{MonitorId, Watch, push_first};
use super::peer::Outgoing;
use super::requests::SPAWN;
use super::{Action, Kernel, Moment, Reason};

/// What others may do with a port, beside sending to it and watching it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PortKind {
    /// Nothing more.
    Private,
    /// Other nodes may kill it, and have messages relayed to it.
    Exported,
    /// It is how a node of generation 1.x takes part in the mesh.
    Rendezvous,
}

#[derive(Debug)]
pub(super) struct Port {
    pub(super) kind: PortKind,
    pub(super) watchers: Vec<Watcher>,
    /// The monitors that kill it when they fire.
    pub(super) links: BTreeSet<MonitorId>,
    /// The other node that has spawned it.
    spawned_by: Option<NodeId>,
}

#[derive(Debug)]
pub(super) enum Watcher {
    Here(Watch),
    Node(NodeId),
}

impl Port {
    const fn new(kind: PortKind) -> Self {
        Self { kind, watchers: Vec::new(), links: BTreeSet::new(), spawned_by: None }
    }

    pub(super) fn is_watched_by(&mut self, watcher: Watcher) {
        push_first(&mut self.watchers, watcher);
    }

    pub(super) fn forget_node(&mut self, node: &NodeId) {
        self.watchers.retain(|watcher| !matches!(watcher, Watcher::Node(other) if other == node));
    }
}

impl Kernel {
    /// Makes a port with a name that none had before.
    pub fn create_port(&mut self, kind: PortKind) -> Text {
        let name = self.names.next();
        self.ports.insert(name.clone(), Port::new(kind));
        name
    }

    /// Makes a port with this name; false if there is one.
    pub fn create_named_port(&mut self, name: &str, kind: PortKind) -> bool {
        if name.is_empty() || self.ports.contains_key(name) {
            return false;
        }
        self.ports.insert(name.into(), Port::new(kind));
        true
    }

    /// Makes a port that another node has spawned; false if there is one of that name, or that node has too many.
    pub(super) fn create_spawned_port(&mut self, node: &NodeId, name: &str) -> bool {
        if *node == self.config.node {
            return self.create_named_port(name, PortKind::Exported);
        }
        let count = self.spawned.get(node).copied().unwrap_or_default();
        if count >= self.config.spawned_ports_max || !self.create_named_port(name, PortKind::Exported) {
            return false;
        }
        self.spawned.insert(node.clone(), count + 1);
        if let Some(port) = self.ports.get_mut(name) {
            port.spawned_by = Some(node.clone());
        }
        true
    }

    /// Lets other nodes kill a port, and have messages relayed to it.
    pub fn export_port(&mut self, port: &str) {
        if let Some(port) = self.ports.get_mut(port) {
            port.kind = PortKind::Exported;
        }
    }

    /// Whether a port of this node is there.
    #[must_use]
    pub fn has_port(&self, port: &str) -> bool {
        self.ports.contains_key(port)
    }

    /// Kills a port of any node. None that does not exist is missed, and a node's own port is left alone.
    pub fn kill(&mut self, now: Moment, node: &NodeId, port: &str, reason: Reason) {
        self.now = now;
        if port.is_empty() {
            return;
        }
        match *node == self.config.node {
            true => self.end_port(port, reason),
            false => self.dispatch(node, Outgoing::Kill { port: port.into(), reason }),
        }
        self.settle();
    }

    /// Makes a port on any node that runs a function there. Its id is known at once; to learn whether it lives, watch it.
    pub fn spawn(&mut self, now: Moment, node: &NodeId, function: &str, arguments: Vec<Value>) -> Text {
        self.now = now;
        let name = self.spawn_port(node, function, arguments);
        self.settle();
        name
    }

    pub(super) fn spawn_port(&mut self, node: &NodeId, function: &str, arguments: Vec<Value>) -> Text {
        let name = self.names.next();
        let words = [SPAWN.into(), Value::from(name.clone()), function.into()];
        self.ask(node, words.into_iter().chain(arguments).collect());
        name
    }

    pub(super) fn end_port(&mut self, name: &str, reason: Reason) {
        let Some(port) = self.ports.remove(name) else { return };
        if let Some(node) = port.spawned_by {
            match self.spawned.get_mut(&node) {
                Some(count) if *count > 1 => *count -= 1,
                _ => drop(self.spawned.remove(&node)),
            }
        }
        for link in port.links {
            self.take_back(link);
        }
        for watcher in port.watchers {
            match watcher {
                Watcher::Here(watch) => self.notices.push_back((watch, reason.clone())),
                Watcher::Node(node) => self.tell_end(&node, name, &reason),
            }
        }
        self.leave_groups(name);
        if port.kind != PortKind::Rendezvous {
            self.actions.push_back(Action::PortEnded { port: name.into(), reason });
        }
    }

    fn tell_end(&mut self, node: &NodeId, name: &str, reason: &Reason) {
        let Some(peer) = self.peers.get_mut(node) else { return };
        peer.watched.remove(name);
        if peer.up().is_some() {
            let elements = ["kil0".into(), Value::from(name)].into_iter().chain(reason.iter().cloned());
            self.ask(node, elements.collect());
        }
    }
}
