//! Who learns of the end of a port.

use std::collections::BTreeMap;

use nuncio_codec::{Text, Value};
use nuncio_core::NodeId;

use super::ports::Watcher;
use super::{Action, Kernel, Moment, Reason, port_id};
use crate::proto::framing::Packet;

/// A monitor. Numbers are not used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a number")]
pub struct MonitorId(pub u64);

/// What a monitor does when it fires.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Notify {
    /// It tells whoever set it, with [`Action::Fired`].
    Fired,
    /// It kills a port of this node with the same reason, unless there is none.
    Kill(Text),
    /// It sends a message, with the reason behind it.
    Message {
        /// To the port of this node or of another.
        node: NodeId,
        /// Its name.
        port: Text,
        /// What comes before the reason.
        elements: Vec<Value>,
    },
}

/// One that waits for an end.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) id: MonitorId,
    pub(super) reacts: Reacts,
}

#[derive(Debug)]
pub(super) enum Reacts {
    /// As somebody asked for.
    As(Notify),
    /// The port through which a node of generation 1.x takes part in the mesh is gone.
    Rendezvous(NodeId),
}

/// Which port each monitor watches.
#[derive(Debug, Default)]
pub(super) struct Index {
    places: BTreeMap<MonitorId, (NodeId, Text)>,
    last: u64,
}

impl Kernel {
    /// Watches a port of any node, or with an empty name the connection to that node. It fires once.
    ///
    /// A port of this node that does not exist, it tells at once.
    pub fn monitor(&mut self, now: Moment, node: &NodeId, port: &str, notify: Notify) -> MonitorId {
        self.now = now;
        let id = self.watch(node, port, Reacts::As(notify));
        self.settle();
        id
    }

    /// Takes a monitor back. One that has fired is gone already.
    pub fn unmonitor(&mut self, now: Moment, monitor: MonitorId) {
        self.now = now;
        let Some((node, port)) = self.monitors.places.remove(&monitor) else { return };
        if node == self.config.node {
            if let Some(port) = self.ports.get_mut(&port) {
                port.watchers.retain(|watcher| !matches!(watcher, Watcher::Here(watch) if watch.id == monitor));
            }
            return;
        }
        let Some(peer) = self.peers.get_mut(&node) else { return };
        let Some(watches) = peer.monitors.get_mut(&port) else { return };
        watches.retain(|watch| watch.id != monitor);
        if watches.is_empty() {
            peer.monitors.remove(&port);
            if !port.is_empty() {
                self.ask(&node, vec!["mon0".into(), port.into()]);
            }
        }
        self.settle();
    }

    pub(super) fn watch(&mut self, node: &NodeId, port: &str, reacts: Reacts) -> MonitorId {
        self.monitors.last += 1;
        let watch = Watch { id: MonitorId(self.monitors.last), reacts };
        let id = watch.id;
        self.monitors.places.insert(id, (node.clone(), port.into()));
        if *node == self.config.node {
            self.watch_here(port, watch);
            return id;
        }
        // What asks for the connection comes first: that may fail, and then this monitor has to learn of it.
        self.want(node);
        let Some(peer) = self.peers.get_mut(node) else { return id };
        let watches = peer.monitors.entry(port.into()).or_default();
        watches.push(watch);
        if watches.len() == 1 && !port.is_empty() {
            self.ask(node, vec!["mon1".into(), port.into()]);
        }
        id
    }

    fn watch_here(&mut self, port: &str, watch: Watch) {
        match self.ports.get_mut(port) {
            Some(port) => port.watchers.push(Watcher::Here(watch)),
            None if port.is_empty() => {}
            None => {
                let reason = no_such_port(&self.config.node, port);
                self.notices.push_back((watch, reason));
            }
        }
    }

    /// A node says that a port of its own, which was watched, has ended.
    pub(super) fn port_ended_there(&mut self, node: &NodeId, port: &str, reason: &Reason) {
        let Some(peer) = self.peers.get_mut(node) else { return };
        for watch in peer.monitors.remove(port).unwrap_or_default() {
            self.notices.push_back((watch, reason.clone()));
        }
    }

    pub(super) fn notify(&mut self, watch: Watch, reason: Reason) {
        self.monitors.places.remove(&watch.id);
        match watch.reacts {
            Reacts::Rendezvous(node) => self.rendezvous_ended(&node),
            Reacts::As(Notify::Fired) => self.actions.push_back(Action::Fired { monitor: watch.id, reason }),
            Reacts::As(Notify::Kill(_)) if reason.is_empty() => {}
            Reacts::As(Notify::Kill(port)) => self.end_port(&port, reason),
            Reacts::As(Notify::Message { node, port, mut elements }) => {
                elements.extend(reason);
                self.post(&node, Packet { port, elements });
            }
        }
    }
}

/// Why a port cannot be watched that does not exist.
pub(super) fn no_such_port(node: &NodeId, port: &str) -> Reason {
    let id = port_id(node, port);
    vec![Value::from("no_such_port"), Value::from("cannot monitor nonexistent port"), Value::Text(id)]
}
