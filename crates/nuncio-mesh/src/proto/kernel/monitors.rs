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
        let own = match &notify {
            Notify::Kill(own) => Some(own.clone()),
            _ => None,
        };
        let id = self.watch(node, port, Reacts::As(notify));
        match own.map(|own| self.ports.get_mut(&own)) {
            Some(Some(own)) => drop(own.links.insert(id)),
            // There is nothing to kill any more.
            Some(None) => self.take_back(id),
            None => {}
        }
        self.settle();
        id
    }

    /// Takes a monitor back. One that has fired is gone already.
    pub fn unmonitor(&mut self, now: Moment, monitor: MonitorId) {
        self.now = now;
        self.take_back(monitor);
        self.settle();
    }

    pub(super) fn take_back(&mut self, monitor: MonitorId) {
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
        push_first(watches, watch);
        if watches.len() == 1 && !port.is_empty() {
            self.ask(node, vec!["mon1".into(), port.into()]);
        }
        id
    }

    fn watch_here(&mut self, port: &str, watch: Watch) {
        match self.ports.get_mut(port) {
            Some(port) => port.is_watched_by(Watcher::Here(watch)),
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
            Reacts::As(Notify::Kill(port)) if reason.is_empty() => {
                if let Some(port) = self.ports.get_mut(&port) {
                    port.links.remove(&watch.id);
                }
            }
            Reacts::As(Notify::Kill(port)) => self.end_port(&port, reason),
            Reacts::As(Notify::Message { node, port, mut elements }) => {
                elements.extend(reason);
                self.post(&node, Packet { port, elements });
            }
        }
    }
}

/// Appends to what mostly stays alone, and so gets room for no more at first.
pub(super) fn push_first<T>(items: &mut Vec<T>, item: T) {
    if items.is_empty() {
        items.reserve_exact(1);
    }
    items.push(item);
}

/// Why a port cannot be watched that does not exist.
pub(super) fn no_such_port(node: &NodeId, port: &str) -> Reason {
    let id = port_id(node, port);
    vec![Value::from("no_such_port"), Value::from("cannot monitor nonexistent port"), Value::Text(id)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::kernel::{Config, ConnectionId, Hello, PortKind};

    fn node(id: &str) -> NodeId {
        NodeId::new(id).expect("a node id")
    }

    #[test]
    fn links_of_a_port_that_has_ended_are_gone() {
        let mut kernel = Kernel::new(Config::new(node("own"), "unique", 1));
        let now = Moment::default();
        let generations = kernel.config.generations.clone();
        let hello = Hello { node: node("other"), generations, incarnation: None, dialled: None };
        kernel.connected(now, ConnectionId(1), hello);
        let before = kernel.monitors.places.len();
        let (own, long) = (kernel.create_port(PortKind::Private), kernel.create_port(PortKind::Private));
        kernel.monitor(now, &node("own"), &long, Notify::Kill(own.clone()));
        kernel.monitor(now, &node("other"), "far", Notify::Kill(own.clone()));
        // One that was killed by a link, and one that was not, are rid of it.
        let (short, late) = (kernel.create_port(PortKind::Private), Text::from("late"));
        kernel.monitor(now, &node("own"), &short, Notify::Kill(own.clone()));
        kernel.kill(now, &node("own"), &short, Vec::new());
        assert_eq!(kernel.ports[&own].links.len(), 2);
        while kernel.poll().is_some() {}
        kernel.kill(now, &node("own"), &own, vec!["done".into()]);
        kernel.monitor(now, &node("own"), &long, Notify::Kill(late));
        assert_eq!((kernel.monitors.places.len(), kernel.ports[&long].watchers.len()), (before, 0));
        let sent: Vec<Action> = std::iter::from_fn(|| kernel.poll()).collect();
        let is_taken_back = |action: &Action| matches!(action, Action::Send { packet, .. } if packet.elements == ["mon0".into(), Value::from("far")]);
        assert!(sent.iter().any(is_taken_back), "{sent:?}");
    }
}
