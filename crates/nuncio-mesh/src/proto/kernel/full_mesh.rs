//! How nodes of generation 1.x find each other: each is connected to every other, and tells what it knows through a port
//! that it spawns there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nuncio_codec::{Map, Text, Value};
use nuncio_core::NodeId;

use super::database::Owner;
use super::monitors::Reacts;
use super::{Kernel, PortKind, port_id};
use crate::proto::Generation;
use crate::proto::framing::{Packet, text_of};

pub(super) const CONNECT: &str = "AnyEvent::MP::Global::connect";
/// The version of what is said through these ports.
const VERSION: i64 = 0;
/// Addresses of a new node are passed on within this time, not at once, lest nodes that learn of each other dial at the
/// same moment.
const ANNOUNCE_AFTER: Duration = Duration::from_secs(2);
const ANNOUNCE_WITHIN: Duration = Duration::from_secs(3);
/// More addresses than this no node has.
const ADDRESSES_MAX: usize = 64;

#[derive(Debug, Default)]
pub(super) struct FullMesh {
    /// Where nodes listen, as they say themselves.
    addresses: BTreeMap<NodeId, Vec<String>>,
    /// The ports through which this node talks to others.
    there: BTreeMap<NodeId, Text>,
    /// The ports through which others talk to this node.
    here: BTreeMap<Text, NodeId>,
    /// Who wants to be told of new nodes.
    subscribers: BTreeSet<NodeId>,
    /// The one that tells this node of new ones.
    master: Option<NodeId>,
    announcements: Vec<(Duration, NodeId)>,
}

impl Kernel {
    /// A node of generation 1.x is connected.
    pub(super) fn join_full_mesh(&mut self, node: &NodeId) {
        let own = Value::from(self.config.node.as_str());
        let port = self.spawn_port(node, CONNECT, vec![Value::Int(VERSION), own]);
        self.mesh.there.insert(node.clone(), port.clone());
        self.watch(node, &port, Reacts::Rendezvous(node.clone()));
        self.tell(node, "addr", [addresses(&self.config.binds)]);
        if !self.mesh.addresses.is_empty() {
            self.tell(node, "nodes", [self.known_addresses()]);
        }
        let groups = self.own_groups();
        if !groups.is_empty() {
            self.tell(node, "set", [Value::Map(groups)]);
        }
        self.tell(node, "setup", []);
        self.choose_mesh_master(Some(node));
    }

    /// A node of generation 1.x is gone.
    pub(super) fn leave_full_mesh(&mut self, node: &NodeId) {
        self.mesh.there.remove(node);
        self.mesh.subscribers.remove(node);
        self.mesh.addresses.remove(node);
        self.close_rendezvous(node);
        self.forget_owner(&Owner::Node(node.clone()));
        self.choose_mesh_master(None);
        // It may be back soon, and others may learn of that first.
        self.ask_master_for(node);
    }

    /// The port through which this node talks to another has ended while the connection stands.
    pub(super) fn rendezvous_ended(&mut self, node: &NodeId) {
        self.mesh.there.remove(node);
        self.forget_owner(&Owner::Node(node.clone()));
    }

    /// A node asks for a port through which it can talk to this one.
    pub(super) fn open_rendezvous(&mut self, node: &NodeId, port: Text, arguments: &[Value]) {
        let version = arguments.first().and_then(text_of).and_then(|text| text.parse::<f64>().ok());
        let is_peer = self.speaks_with(node, Generation::One);
        if version.map(f64::trunc) != Some(VERSION as f64) || !is_peer {
            return;
        }
        if self.create_named_port(&port, PortKind::Rendezvous) {
            // Each node needs one, and has no more.
            self.close_rendezvous(node);
            self.mesh.here.insert(port, node.clone());
        }
    }

    fn close_rendezvous(&mut self, node: &NodeId) {
        let port = self.mesh.here.iter().find(|(_, of)| *of == node).map(|(port, _)| port.clone());
        if let Some(port) = port {
            self.mesh.here.remove(&port);
            self.end_port(&port, Vec::new());
        }
    }

    /// A message through such a port.
    pub(super) fn mesh_message(&mut self, port: &str, elements: Vec<Value>) {
        let Some(node) = self.mesh.here.get(port).cloned() else { return };
        let mut elements = elements.into_iter();
        let tag = elements.next();
        let Some(tag) = tag.as_ref().and_then(text_of) else { return };
        let (first, second) = (elements.next().unwrap_or_default(), elements.next().unwrap_or_default());
        match &*tag {
            "addr" => self.has_told_addresses(&node, strings(&first)),
            "nodes" => self.has_told_nodes(&first),
            "set" => self.has_told_groups(&node, &first),
            "reg1" => self.member(&node, &first, &second, true),
            "reg0" => self.member(&node, &first, &second, false),
            "find" => self.is_asked_for(&node, &first),
            "seedme0" => drop(self.mesh.subscribers.remove(&node)),
            "seedme1" => {
                self.mesh.subscribers.insert(node.clone());
                if !self.mesh.addresses.is_empty() {
                    self.tell(&node, "nodes", [self.known_addresses()]);
                }
            }
            // `setup` says that the start is over, which nothing waits for.
            _ => {}
        }
    }

    /// Asks whoever may know where a node listens.
    pub(super) fn look_for(&mut self, node: &NodeId) {
        match self.mesh.addresses.get(node).cloned() {
            Some(addresses) => self.can_be_reached(node, &addresses),
            None => self.ask_master_for(node),
        }
        self.find_in_database(node);
    }

    /// Asks the node that tells of others where that one listens, if it is connected to it.
    pub(super) fn ask_master_for(&mut self, node: &NodeId) {
        if let Some(master) = self.mesh.master.clone().filter(|master| master != node) {
            self.tell(&master, "find", [Value::from(node.as_str())]);
        }
    }

    pub(super) fn tell_all_in_mesh(&mut self, tag: &str, arguments: &[Value]) {
        for node in self.mesh.there.keys().cloned().collect::<Vec<_>>() {
            self.tell(&node, tag, arguments.iter().cloned());
        }
    }

    pub(super) fn next_announcement(&self) -> Option<Duration> {
        self.mesh.announcements.iter().map(|(when, _)| *when).min()
    }

    /// Tells those who want to know of nodes that have come.
    pub(super) fn announce(&mut self) {
        let now = self.now.elapsed;
        let due: Vec<NodeId> =
            self.mesh.announcements.extract_if(.., |(when, _)| *when <= now).map(|due| due.1).collect();
        let known = due.iter().filter_map(|node| Some((node.as_str(), addresses(self.mesh.addresses.get(node)?))));
        let known = Map::from_iter(known);
        if known.is_empty() {
            return;
        }
        for node in self.mesh.subscribers.iter().cloned().collect::<Vec<_>>() {
            self.tell(&node, "nodes", [Value::Map(known.clone())]);
        }
    }

    fn tell(&mut self, node: &NodeId, tag: &str, arguments: impl IntoIterator<Item = Value>) {
        let Some(port) = self.mesh.there.get(node).cloned() else { return };
        let elements = std::iter::once(Value::from(tag)).chain(arguments).collect();
        self.post(node, Packet { port, elements });
    }

    fn known_addresses(&self) -> Value {
        Value::Map(self.mesh.addresses.iter().map(|(node, known)| (node.as_str(), addresses(known))).collect())
    }

    fn has_told_addresses(&mut self, node: &NodeId, addresses: Vec<String>) {
        self.dialling.has_addresses(node, &addresses);
        self.can_be_reached(node, &addresses);
        self.mesh.addresses.insert(node.clone(), addresses);
        let when = self.now.elapsed + self.random.between(ANNOUNCE_AFTER, ANNOUNCE_WITHIN);
        self.mesh.announcements.retain(|(_, other)| other != node);
        self.mesh.announcements.push((when, node.clone()));
        self.choose_mesh_master(Some(node));
    }

    fn has_told_nodes(&mut self, nodes: &Value) {
        for (node, addresses) in nodes.as_map().into_iter().flatten() {
            let (Ok(node), addresses) = (NodeId::new(node), strings(addresses)) else { continue };
            if addresses.is_empty() || node == self.config.node || self.peers.len() >= self.config.nodes_max {
                continue;
            }
            if self.peers.get(&node).and_then(|peer| peer.up()).is_none() {
                self.want(&node);
                self.can_be_reached(&node, &addresses);
            }
        }
    }

    fn has_told_groups(&mut self, node: &NodeId, groups: &Value) {
        for (group, members) in groups.as_map().into_iter().flatten() {
            for member in members.as_array().unwrap_or_default() {
                self.member(node, &group.into(), member, true);
            }
        }
    }

    /// A port, of that node alone, has joined or left a group.
    fn member(&mut self, node: &NodeId, group: &Value, member: &Value, joins: bool) {
        let (Some(group), Some(member)) = (text_of(group), text_of(member)) else { return };
        if member.split('#').next() != Some(node.as_str()) {
            return;
        }
        let owner = Owner::Node(node.clone());
        match joins {
            true => self.change(&owner, &group, [(member.into_owned(), Value::Null)].into_iter().collect(), &[]),
            false => self.change(&owner, &group, Map::new(), &[Text::from(&*member)]),
        }
    }

    fn is_asked_for(&mut self, node: &NodeId, other: &Value) {
        let other = text_of(other).and_then(|other| NodeId::new(&other).ok());
        let Some(other) = other else { return };
        if let Some(known) = self.mesh.addresses.get(&other) {
            let known = Map::from_iter([(other.as_str(), addresses(known))]);
            self.tell(node, "nodes", [Value::Map(known)]);
        }
    }

    /// Takes a master if there is none; a seed rather than another node, and of those the last one by name.
    fn choose_mesh_master(&mut self, new: Option<&NodeId>) {
        let is_up = |node: &NodeId| self.mesh.there.contains_key(node);
        let current = self.mesh.master.clone().filter(is_up);
        let is_better = |node: &NodeId| self.dialling.is_seed(node);
        let chosen = match (current, new) {
            (Some(current), Some(new)) if is_better(new) && !is_better(&current) => Some(new.clone()),
            (Some(current), _) => Some(current),
            (None, _) => {
                let nodes = || self.mesh.there.keys();
                let seeds: Vec<NodeId> = nodes().filter(|node| is_better(node)).cloned().collect();
                self.random.choose(&seeds).or_else(|| nodes().next_back().cloned())
            }
        };
        if chosen == self.mesh.master {
            return;
        }
        if let Some(former) = std::mem::replace(&mut self.mesh.master, chosen.clone()) {
            self.tell(&former, "seedme0", []);
        }
        if let Some(master) = chosen {
            self.tell(&master, "seedme1", []);
        }
    }

    /// The groups that ports of this node are in.
    fn own_groups(&self) -> Map {
        let mut groups = Map::new();
        for (group, port) in self.global.memberships() {
            let id = Value::Text(port_id(&self.config.node, port));
            match groups.get_mut(group) {
                Some(Value::Array(members)) => members.push(id),
                _ => drop(groups.insert(&**group, Value::Array(vec![id]))),
            }
        }
        groups
    }
}

/// Addresses as they are told.
pub(super) fn addresses(known: &[String]) -> Value {
    known.iter().map(String::as_str).collect()
}

/// Addresses as they were told, the first of them.
pub(super) fn strings(value: &Value) -> Vec<String> {
    let told = value.as_array().unwrap_or_default().iter().take(ADDRESSES_MAX);
    told.filter_map(text_of).map(|text| text.into_owned()).collect()
}
