//! One node of a mesh as a state machine: whom it is connected to, which of its ports live, who watches whom.
//!
//! A [`Kernel`] is told what happens and answers with [`Action`]s, in the order in which they have to be done. It
//! speaks both generations at once, each with those who speak it.
//!
//! What it guarantees, as long as actions are done in order:
//! - **Order, and no holes.** Messages to one node arrive in the order in which they were sent, and after one was lost
//!   none arrives before every monitor of that node's ports has fired.
//! - **Nothing grows without end.** What waits for a connection is bounded; more than that loses the node, with the
//!   monitors' knowledge.
//! - **Nothing runs because somebody else says so**, except functions that were registered.
//!
//! # Source
//! `docs/wire/mesh.md`, "Messages between nodes" and what follows.

mod agenda;
mod database;
mod dialling;
mod full_mesh;
mod global;
mod handshakes;
mod monitors;
mod names;
mod peer;
mod ports;
mod requests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use nuncio_codec::{Map, Text, Value};
use nuncio_core::{NodeId, PortId};

use self::agenda::Agenda;
use self::database::Database;
use self::dialling::Dialling;
use self::full_mesh::FullMesh;
use self::global::Global;
use self::handshakes::Handshakes;
use self::monitors::Watch;
use self::names::{Names, Random};
use self::peer::{Link, Outgoing, Peer, Up};
use self::ports::Port;
use super::Generation;
use super::framing::{Packet, text_of};

pub use self::dialling::DialEnd;
pub use self::global::Question;
pub use self::handshakes::{Claim, Verdict};
pub use self::monitors::{MonitorId, Notify};
pub use self::ports::PortKind;
pub(super) use self::requests::SPAWN;

/// When something happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "the two clocks that there are")]
pub struct Moment {
    /// Since the node was started, by a clock that never goes back.
    pub elapsed: Duration,
    /// Since 1970, by the clock on the wall.
    pub unix: Duration,
}

/// A connection, as whoever made it numbers it. Numbers are not used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a number")]
pub struct ConnectionId(pub u64);

/// Why a port or a node ended. Empty for a port that ended as it should.
pub type Reason = Vec<Value>;

/// How a node is set up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The node's id.
    pub node: NodeId,
    /// Which generations it speaks.
    pub generations: Vec<Generation>,
    /// The addresses on which it listens, as others reach them.
    pub binds: Vec<String>,
    /// The addresses that it dials to find the others.
    pub seeds: Vec<String>,
    /// Whether it is a global node of generation 2.x from the start, and not only when another takes it for its seed.
    pub is_global: bool,
    /// Whether messages to connected nodes that cannot be connected to are relayed, for everybody. Default: no.
    pub relays_to_hidden: bool,
    /// Text that no other process ever has: names of ports begin with it.
    pub unique: String,
    /// Where random delays and choices come from.
    pub seed: u64,
    /// For how long a node is tried to be reached, in generation 1.x. Default: 30 s.
    pub monitor_timeout: Duration,
    /// The time between two tries, and for how long a node is tried to be reached in generation 2.x. Default: 2 s.
    pub connect_interval: Duration,
    /// How many messages wait for a connection to one node at most. Default: 100,000.
    pub queue_messages_max: usize,
    /// How many bytes, roughly, these messages have together at most. Default: 64 MiB.
    pub queue_bytes_max: usize,
    /// How many nodes are remembered at most. Default: 16,384.
    pub nodes_max: usize,
    /// How many ports here one other node may have spawned at the same time. Default: 16,384.
    pub spawned_ports_max: usize,
    /// How many families of the database one other node may watch here. Default: 4,096.
    pub watched_families_max: usize,
}

impl Config {
    /// The default set-up of a node that speaks both generations, with `unique` text and a `seed` for its randomness.
    #[must_use]
    pub fn new(node: NodeId, unique: &str, seed: u64) -> Self {
        Self {
            node,
            generations: vec![Generation::One, Generation::Two],
            binds: Vec::new(),
            seeds: Vec::new(),
            is_global: false,
            relays_to_hidden: false,
            unique: unique.to_owned(),
            seed,
            monitor_timeout: Duration::from_secs(30),
            connect_interval: Duration::from_secs(2),
            queue_messages_max: 100_000,
            queue_bytes_max: 64 << 20,
            nodes_max: 1 << 14,
            spawned_ports_max: 1 << 14,
            watched_families_max: 1 << 12,
        }
    }

    fn speaks(&self, generation: Generation) -> bool {
        self.generations.contains(&generation)
    }
}

/// What has to be done.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// A registered function that is no port's was called by a message to the node.
    Call {
        /// Its name.
        function: Text,
        /// With what.
        arguments: Vec<Value>,
        /// By whom.
        from: NodeId,
    },
    /// Members of a group, or keys of a family of the database, came, changed or went.
    Changed {
        /// The group or the family.
        family: Text,
        /// What is new, or has another value now. In a group, port ids without value.
        set: Map,
        /// What is gone.
        deleted: Vec<Text>,
    },
    /// Close a connection.
    Close {
        /// Which one.
        connection: ConnectionId,
        /// Why.
        reason: &'static str,
    },
    /// Hand a message to a port of this node.
    Deliver {
        /// Its name.
        port: Text,
        /// The message.
        elements: Vec<Value>,
    },
    /// Dial an address, and say how it went with [`Kernel::dial_ended`].
    Dial {
        /// Host and port.
        address: String,
    },
    /// There is no connection to a node any more.
    Down {
        /// Which one.
        node: NodeId,
        /// Why.
        reason: Reason,
    },
    /// A monitor has fired, and is gone.
    Fired {
        /// Which one.
        monitor: MonitorId,
        /// Why the port, or the connection to its node, ended.
        reason: Reason,
    },
    /// A port of this node ended.
    PortEnded {
        /// Its name.
        port: Text,
        /// Why.
        reason: Reason,
    },
    /// Let a handshake that was [held](Verdict::Hold) go on.
    Proceed {
        /// On which connection.
        connection: ConnectionId,
    },
    /// The answer to a question to the database.
    Reply {
        /// Which question.
        query: QueryId,
        /// The answer.
        answer: Value,
    },
    /// Write a message.
    Send {
        /// On which connection.
        connection: ConnectionId,
        /// The message.
        packet: Packet,
    },
    /// Run a registered function in a new port, which is there already.
    Spawn {
        /// The port's name.
        port: Text,
        /// The function's name.
        function: Text,
        /// With what.
        arguments: Vec<Value>,
    },
    /// There is a connection to a node now.
    Up {
        /// Which one.
        node: NodeId,
    },
}

/// A question to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a number")]
pub struct QueryId(pub u64);

/// Who a new connection is with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what a handshake says")]
pub struct Hello {
    /// The node.
    pub node: NodeId,
    /// The generations that are spoken with it: one, or both with another node of nuncio.
    pub generations: Vec<Generation>,
    /// What tells this process from those that had the same id before, if it says so.
    pub incarnation: Option<String>,
    /// The address that was dialled, if this side dialled.
    pub dialled: Option<String>,
}

/// A node: (what it knows, what happens, when) in, [`Action`]s out.
#[derive(Debug)]
pub struct Kernel {
    config: Config,
    now: Moment,
    random: Random,
    names: Names,
    peers: BTreeMap<NodeId, Peer>,
    /// Nodes that are to be reached and are not.
    wanted: Agenda,
    connections: BTreeMap<ConnectionId, NodeId>,
    handshakes: Handshakes,
    ports: BTreeMap<Text, Port>,
    /// How many ports here each other node has spawned.
    spawned: BTreeMap<NodeId, usize>,
    functions: BTreeSet<Text>,
    monitors: monitors::Index,
    dialling: Dialling,
    mesh: FullMesh,
    global: Global,
    database: Database,
    /// What this node sent to itself and has not dealt with yet.
    own_messages: VecDeque<Packet>,
    /// Who has to learn of an end.
    notices: VecDeque<(Watch, Reason)>,
    actions: VecDeque<Action>,
}

impl Kernel {
    /// A node that was just started.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let mut random = Random::new(config.seed);
        let mut kernel = Self {
            dialling: Dialling::new(&config, &mut random),
            names: Names::new(&config.unique),
            global: Global::default(),
            random,
            config,
            now: Moment::default(),
            peers: BTreeMap::new(),
            wanted: Agenda::default(),
            connections: BTreeMap::new(),
            handshakes: Handshakes::default(),
            ports: BTreeMap::new(),
            spawned: BTreeMap::new(),
            functions: BTreeSet::new(),
            monitors: monitors::Index::default(),
            mesh: FullMesh::default(),
            database: Database::default(),
            own_messages: VecDeque::new(),
            notices: VecDeque::new(),
            actions: VecDeque::new(),
        };
        kernel.begin_global();
        kernel
    }

    /// The node's id.
    #[must_use]
    pub const fn node(&self) -> &NodeId {
        &self.config.node
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Lets messages of others call, and spawn ports that run, a function of this name.
    pub fn register_function(&mut self, name: &str) {
        self.functions.insert(name.into());
    }

    /// Sends a message to a port of any node. It never waits: to a node that is not connected it is kept until it is.
    pub fn send(&mut self, now: Moment, node: &NodeId, packet: Packet) {
        self.now = now;
        self.post(node, packet);
        self.settle();
    }

    /// Nodes to which there is a connection.
    pub fn up_nodes(&self) -> impl Iterator<Item = &NodeId> {
        self.peers.iter().filter(|(_, peer)| peer.up().is_some()).map(|(node, _)| node)
    }

    /// The connection to a node, if there is one.
    #[must_use]
    pub fn connection_of(&self, node: &NodeId) -> Option<ConnectionId> {
        Some(self.peers.get(node)?.up()?.connection)
    }

    /// Where a node listens, as far as that was told here.
    #[must_use]
    pub fn addresses_of(&self, node: &NodeId) -> Vec<String> {
        let known = self.peers.get(node).map(|peer| peer.addresses.clone()).filter(|known| !known.is_empty());
        known.or_else(|| self.listens_at(node)).unwrap_or_default()
    }

    /// From now on the node listens at these addresses, which every other node is told.
    pub fn listens(&mut self, now: Moment, addresses: Vec<String>) {
        self.now = now;
        let told = full_mesh::addresses(&addresses);
        self.tell_all_in_mesh("addr", std::slice::from_ref(&told));
        self.tell_listeners(told);
        self.config.binds = addresses;
        self.settle();
    }

    /// Whether this generation is spoken with a node, to which there is a connection.
    #[must_use]
    pub fn speaks_with(&self, node: &NodeId, generation: Generation) -> bool {
        self.peers.get(node).and_then(Peer::up).is_some_and(|up| up.generations.contains(&generation))
    }

    /// A handshake was finished, and its result is this node.
    pub fn connected(&mut self, now: Moment, connection: ConnectionId, hello: Hello) {
        self.now = now;
        let Hello { node, generations, incarnation, dialled } = hello;
        self.handshakes.is_over(connection);
        if let Some(up) = self.peers.get(&node).and_then(Peer::up).map(|up| up.connection) {
            self.actions.push_back(Action::Close { connection: up, reason: "another connection took its place" });
            self.lose(&node, "switched connections");
            // Whoever watched the former process learns of its end before anything is begun with this one.
            self.settle();
        }
        self.connections.insert(connection, node.clone());
        self.wanted.remove(&node);
        let peer = self.peers.entry(node.clone()).or_default();
        let link = Link::Up(Up { connection, generations: generations.clone(), incarnation });
        let queued = std::mem::replace(&mut peer.link, link).into_queue();
        self.actions.push_back(Action::Up { node: node.clone() });
        for outgoing in queued {
            self.dispatch(&node, outgoing);
        }
        self.dialling.has_connected(dialled.as_deref(), &node);
        for generation in generations {
            match generation {
                Generation::One => self.join_full_mesh(&node),
                Generation::Two => self.join_global(&node, dialled.is_some()),
            }
        }
        self.refuse_held(&node);
        self.settle();
    }

    /// A connection ended, or its handshake did.
    pub fn closed(&mut self, now: Moment, connection: ConnectionId, reason: &str) {
        self.now = now;
        match self.connections.remove(&connection) {
            None => self.handshake_ended(connection),
            Some(node) => self.lose(&node, reason),
        }
        self.settle();
    }

    /// A message came on a connection.
    pub fn packet(&mut self, now: Moment, connection: ConnectionId, packet: Packet) {
        self.now = now;
        let Some(node) = self.connections.get(&connection).cloned() else { return };
        self.arrived(&node, packet);
        self.settle();
    }

    /// Whether a message to this port can be handed to it past the kernel. Others, first of all those to the node's own
    /// port, go to [`packet`](Self::packet).
    #[must_use]
    pub fn is_users_port(&self, port: &str) -> bool {
        self.ports.get(port).is_some_and(|port| !matches!(port.kind, PortKind::Rendezvous))
    }

    fn arrived(&mut self, node: &NodeId, packet: Packet) {
        if packet.port.is_empty() {
            return self.request(node, packet.elements);
        }
        match self.ports.get(&packet.port).map(|port| port.kind) {
            None => {}
            Some(PortKind::Rendezvous) => self.mesh_message(&packet.port, packet.elements),
            Some(_) => {
                self.actions.push_back(Action::Deliver { port: packet.port, elements: packet.elements });
            }
        }
    }

    /// Sends a message, wherever its port is.
    fn post(&mut self, node: &NodeId, packet: Packet) {
        if *node == self.config.node {
            self.own_messages.push_back(packet);
        } else {
            self.dispatch(node, Outgoing::Packet(packet));
        }
    }

    /// A request to a node's own port.
    fn ask(&mut self, node: &NodeId, elements: Vec<Value>) {
        self.post(node, Packet { port: Text::default(), elements });
    }

    /// Sends to another node, or keeps it until that can be reached.
    fn dispatch(&mut self, node: &NodeId, outgoing: Outgoing) {
        if let Some(up) = self.peers.get(node).and_then(Peer::up) {
            let packet = outgoing.packet(&up.generations);
            self.actions.push_back(Action::Send { connection: up.connection, packet });
            return;
        }
        self.want(node);
        let Some(peer) = self.peers.get_mut(node) else { return };
        if !peer.enqueue(outgoing, self.config.queue_messages_max, self.config.queue_bytes_max) {
            self.lose(node, "too much waits for a connection");
        }
    }

    /// Closes the connection to a node that asks for more than any node may.
    fn expel(&mut self, node: &NodeId, reason: &'static str) {
        if let Some(connection) = self.connection_of(node) {
            self.actions.push_back(Action::Close { connection, reason });
            self.lose(node, reason);
        }
    }

    /// A node cannot be reached, or not any more: what was on its way is lost, and those who watch it learn of it.
    fn lose(&mut self, node: &NodeId, text: &str) {
        let Some(peer) = self.peers.remove(node) else { return };
        self.wanted.remove(node);
        self.forget_find(node);
        let reason: Reason = vec![Value::from("transport_error"), Value::from(node.as_str()), Value::from(text)];
        let was_up = peer.up().map(|up| (up.connection, up.generations.clone()));
        for watch in peer.monitors.into_values().flatten() {
            self.notices.push_back((watch, reason.clone()));
        }
        for port in &peer.watched {
            if let Some(port) = self.ports.get_mut(port) {
                port.forget_node(node);
            }
        }
        if let Some((connection, generations)) = was_up {
            self.connections.remove(&connection);
            self.actions.push_back(Action::Down { node: node.clone(), reason });
            self.dialling.has_lost(node, self.now.elapsed, &mut self.random);
            for generation in generations {
                match generation {
                    Generation::One => self.leave_full_mesh(node),
                    Generation::Two => self.leave_global(node),
                }
            }
        }
    }

    /// Deals with all that follows from what happened, so that nothing of it can be overtaken.
    fn settle(&mut self) {
        loop {
            if let Some((watch, reason)) = self.notices.pop_front() {
                self.notify(watch, reason);
            } else if let Some(packet) = self.own_messages.pop_front() {
                let node = self.config.node.clone();
                self.arrived(&node, packet);
            } else {
                return;
            }
        }
    }
}

/// The id of a port, whose node and name were checked before.
fn port_id(node: &NodeId, port: &str) -> Text {
    match port {
        "" => node.as_str().into(),
        _ => format!("{node}#{port}").as_str().into(),
    }
}

/// The node and the port that a port id names.
#[must_use]
pub fn split(port: &PortId) -> (NodeId, Text) {
    let (node, name) = port.as_str().split_once('#').unwrap_or((port.as_str(), ""));
    (NodeId::new(node).expect("a port id begins with a node id"), name.into())
}

/// The port that an element of a message names.
fn port_in(value: &Value) -> Option<(NodeId, Text)> {
    PortId::new(&text_of(value)?).ok().map(|port| split(&port))
}
