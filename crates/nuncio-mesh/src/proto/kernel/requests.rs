//! Messages to the node itself.

use nuncio_codec::{Text, Value};
use nuncio_core::NodeId;

use super::full_mesh::CONNECT;
use super::global::is_global_request;
use super::monitors::no_such_port;
use super::ports::Watcher;
use super::{Action, Kernel, PortKind, port_in};
use crate::proto::framing::{Packet, text_of};

/// The request that makes a port. Messages to that port come behind it, without a sign of what they belong to.
pub(in crate::proto) const SPAWN: &str = "AnyEvent::MP::_spawn";
/// What every node understands, whatever was registered.
const BUILT_IN: [&str; 15] = [
    "",
    "mon0",
    "mon1",
    "kil0",
    "kil",
    "kil1",
    "snd",
    "snd_multiple",
    "info",
    "known_nodes",
    "up_nodes",
    "can",
    "time",
    "eval",
    "devnull",
];

impl Kernel {
    /// A message to this node. What is not understood, or not allowed, is passed over, as the originals do.
    pub(super) fn request(&mut self, node: &NodeId, elements: Vec<Value>) {
        let mut elements = elements.into_iter();
        let tag = elements.next().and_then(|tag| text_of(&tag).map(|tag| Text::from(&*tag)));
        let Some(tag) = tag else { return };
        let arguments: Vec<Value> = elements.collect();
        match &*tag {
            "mon1" | "mon0" | "kil0" | "kil" | "kil1" | SPAWN => self.port_request(node, &tag, arguments),
            "snd" => self.relay(node, arguments),
            "snd_multiple" => {
                for message in arguments {
                    if let Value::Array(message) = message {
                        self.relay(node, message);
                    }
                }
            }
            "info" => self.reply(node, arguments, [Value::from(self.config.node.as_str())]),
            "known_nodes" => {
                let known = std::iter::once(&self.config.node).chain(self.peers.keys());
                let known: Vec<Value> = known.map(|node| node.as_str().into()).collect();
                self.reply(node, arguments, known);
            }
            "up_nodes" => {
                let up: Vec<Value> = self.up_nodes().map(|node| node.as_str().into()).collect();
                self.reply(node, arguments, up);
            }
            "can" => self.tell_whether_it_can(node, arguments),
            "time" => self.reply(node, arguments, [Value::Float(self.now.unix.as_secs_f64())]),
            // Code from elsewhere is not run, whoever sends it.
            "eval" | "devnull" | "" => {}
            _ if is_global_request(&tag) => drop(self.global_request(node, &tag, arguments)),
            _ if self.functions.contains(&tag) => {
                self.actions.push_back(Action::Call { function: tag, arguments, from: node.clone() });
            }
            _ => {}
        }
    }

    /// A request about a port, which comes first in the arguments.
    fn port_request(&mut self, node: &NodeId, tag: &str, arguments: Vec<Value>) {
        let mut arguments = arguments.into_iter();
        let Some(port) = arguments.next().and_then(|port| text_of(&port).map(|port| Text::from(&*port))) else {
            return;
        };
        match tag {
            "mon1" => self.watched_by(node, &port),
            "mon0" => self.not_watched_by(node, &port),
            "kil0" => self.port_ended_there(node, &port, &arguments.collect()),
            SPAWN => self.spawn_here(node, port, arguments.collect()),
            _ => {
                let is_allowed = *node == self.config.node || self.is_exported(&port);
                if is_allowed {
                    self.end_port(&port, arguments.collect());
                }
            }
        }
    }

    fn is_exported(&self, port: &str) -> bool {
        self.ports.get(port).is_some_and(|port| port.kind == PortKind::Exported)
    }

    fn watched_by(&mut self, node: &NodeId, port: &Text) {
        let Some(watched) = self.ports.get_mut(port) else {
            if port.is_empty() {
                return;
            }
            let reason = no_such_port(&self.config.node, port);
            let elements = ["kil0".into(), Value::Text(port.clone())].into_iter().chain(reason);
            return self.ask(node, elements.collect());
        };
        let Some(peer) = self.peers.get_mut(node) else { return };
        if peer.watched.insert(port.clone()) {
            watched.is_watched_by(Watcher::Node(node.clone()));
        }
    }

    fn not_watched_by(&mut self, node: &NodeId, port: &Text) {
        let Some(peer) = self.peers.get_mut(node) else { return };
        if peer.watched.remove(port)
            && let Some(port) = self.ports.get_mut(port)
        {
            port.forget_node(node);
        }
    }

    /// Makes a port that runs a registered function. Otherwise there is none, which is what a monitor then says.
    fn spawn_here(&mut self, node: &NodeId, port: Text, mut arguments: Vec<Value>) {
        if arguments.is_empty() {
            return;
        }
        let Some(function) = text_of(&arguments.remove(0)).map(|name| Text::from(&*name)) else { return };
        if function == CONNECT {
            return self.open_rendezvous(node, port, &arguments);
        }
        if self.functions.contains(&function) && self.create_spawned_port(node, &port) {
            self.actions.push_back(Action::Spawn { port, function, arguments });
        }
    }

    /// Sends a message on for another node: back to that node, or to a port of this one that may be sent to so.
    fn relay(&mut self, from: &NodeId, mut message: Vec<Value>) {
        if message.is_empty() {
            return;
        }
        let Some((node, port)) = port_in(&message.remove(0)) else { return };
        if self.may_relay(from, &node, &port) {
            self.post(&node, Packet { port, elements: message });
        }
    }

    fn may_relay(&self, from: &NodeId, to: &NodeId, port: &str) -> bool {
        let own = &self.config.node;
        let is_hidden = || self.connection_of(to).is_some() && self.addresses_of(to).is_empty();
        from == own
            || to == from
            || to == own && self.is_exported(port)
            || self.config.relays_to_hidden && !port.is_empty() && is_hidden()
    }

    /// Answers to the port that the arguments begin with, with what else they have in front.
    fn reply(&mut self, from: &NodeId, mut arguments: Vec<Value>, answer: impl IntoIterator<Item = Value>) {
        arguments.extend(answer);
        self.relay(from, arguments);
    }

    fn tell_whether_it_can(&mut self, from: &NodeId, mut arguments: Vec<Value>) {
        if arguments.is_empty() {
            return;
        }
        let tag = arguments.remove(0);
        let can = text_of(&tag).is_some_and(|tag| BUILT_IN.contains(&&*tag) || is_global_request(&tag));
        self.reply(from, arguments, [if can { "1" } else { "" }.into()]);
    }
}
