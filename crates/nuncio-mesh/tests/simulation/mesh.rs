//! A whole mesh in one process: nodes, connections, delays, cuts, partitions and restarts, all from one seed.
//!
//! A connection carries bytes of messages in order, each direction with delays of its own; large messages are longer under
//! way, on a second one, which stands later or never. It ends by a cut: what is on its way is lost from some point on, and
//! each side notices when it notices; or nobody is told, and only the missing heartbeats show it.

mod faults;
mod network;
mod traffic;

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use nuncio_codec::Text;
use nuncio_core::NodeId;
use nuncio_mesh::proto::Generation;
use nuncio_mesh::proto::framing::Packet;
use nuncio_mesh::proto::kernel::{Action, Config, Kernel, Moment};

use self::network::Connection;
use self::traffic::Sending;
use crate::ledger::Ledger;

/// Every node puts the port that others send to into it.
const GROUP: &str = "everybody";

/// What a simulation is made of.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) seed: u64,
    pub(crate) nodes: usize,
    /// How many of the nodes are seeds of all others.
    pub(crate) seeds: usize,
    pub(crate) generations: Vec<Generation>,
    /// How many faults there are: cuts, silences, partitions and restarts.
    pub(crate) faults: usize,
    /// For how long messages are sent and faults happen.
    pub(crate) turmoil: Duration,
    /// For how long nothing goes wrong after that.
    pub(crate) calm: Duration,
    /// How many messages each node sends to each of some others.
    pub(crate) messages: usize,
    /// Whether ports have names that are used once, and not the same in every process.
    pub(crate) has_fresh_ports: bool,
    /// What is broken, if anything is.
    pub(crate) sabotage: Option<Sabotage>,
    /// Whether everything that happens is written to standard error.
    pub(crate) is_traced: bool,
}

/// What a mistake in a node would look like from outside, to see that it would be noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// A new process gives its ports the names of its forerunner's.
    ForgetIncarnation,
    /// Now and then a message is forgotten while the connection stands.
    LoseMessage,
    /// What comes behind a large message that has no connection yet does not wait for it.
    OvertakeKept,
    /// What comes behind a large message does not wait for it.
    OvertakeLarge,
    /// Now and then a message is sent twice.
    RepeatMessage,
    /// Now and then a monitor does not fire.
    SkipMonitor,
    /// Who hears nothing any more does not mind.
    TrustSilence,
}

#[derive(Debug)]
struct Member {
    kernel: Kernel,
    /// How often the node was started.
    incarnation: u64,
    is_running: bool,
    /// The port that others send to.
    sink: Text,
    /// What it sends to each other node.
    sending: BTreeMap<usize, Sending>,
    ledger: Ledger,
    tick: Option<Duration>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Tick(usize),
    Accept(u64),
    Greet(u64, usize),
    Proof(u64, usize),
    Packet(u64, usize, u64),
    Large(u64, usize, u64),
    Second(u64),
    Release(u64, usize),
    Beat(u64, usize),
    Pulse(u64, usize),
    TooSlow(u64, usize),
    Close(u64, usize),
    Fault,
    Send(usize),
    Start(usize),
    Heal,
}

#[derive(Debug)]
pub(crate) struct Simulation {
    setting: Setting,
    now: Duration,
    random: u64,
    members: Vec<Member>,
    connections: BTreeMap<u64, Connection>,
    packets: BTreeMap<u64, Packet>,
    /// Pairs of nodes between which nothing passes.
    parted: BTreeSet<(usize, usize)>,
    events: BinaryHeap<std::cmp::Reverse<(Duration, u64, Event)>>,
    counter: u64,
    /// What was wrong first.
    violation: Option<String>,
    pub(crate) arrived: u64,
    pub(crate) losses: u64,
    pub(crate) downs: u64,
}

impl Simulation {
    pub(crate) fn new(setting: Setting) -> Self {
        let mut simulation = Self {
            now: Duration::ZERO,
            random: setting.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            members: Vec::new(),
            connections: BTreeMap::new(),
            packets: BTreeMap::new(),
            parted: BTreeSet::new(),
            events: BinaryHeap::new(),
            counter: 0,
            violation: None,
            arrived: 0,
            losses: 0,
            downs: 0,
            setting,
        };
        for index in 0..simulation.setting.nodes {
            let member = simulation.member(index, 0);
            simulation.members.push(member);
            simulation.settle(index);
        }
        simulation.plan();
        simulation
    }

    fn plan(&mut self) {
        let turmoil = self.setting.turmoil;
        for _ in 0..self.setting.faults {
            let when = self.share(turmoil);
            self.at(when, Event::Fault);
        }
        for index in 0..self.setting.nodes {
            for _ in 0..self.setting.messages {
                let when = self.share(turmoil);
                self.at(when, Event::Send(index));
            }
        }
        self.at(turmoil, Event::Heal);
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// What was wrong first.
    pub(crate) fn run(&mut self) -> Result<(), String> {
        let end = self.setting.turmoil + self.setting.calm;
        // What comes later stays for whoever lets more time pass.
        while self.events.peek().is_some_and(|next| next.0.0 <= end)
            && let Some(std::cmp::Reverse((when, _, event))) = self.events.pop()
        {
            self.now = when;
            if self.setting.is_traced {
                eprintln!("{when:?} {event:?}");
            }
            self.happen(event);
            if let Some(violation) = self.violation.take() {
                return Err(format!("after {when:?}: {violation}"));
            }
        }
        self.now = end;
        self.account();
        self.violation.take().map_or(Ok(()), |violation| Err(format!("at the end: {violation}")))
    }

    fn violated(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }

    /// The nodes that a node is connected to.
    pub(crate) fn up(&self, index: usize) -> Vec<NodeId> {
        self.members[index].kernel.up_nodes().cloned().collect()
    }

    pub(crate) fn family(&self, index: usize, family: &str) -> nuncio_codec::Map {
        self.members[index].kernel.family(family)
    }

    /// What a node knows of the group that every node is in, if that is not the truth.
    pub(crate) fn wrong_group(&self, index: usize) -> Option<nuncio_codec::Map> {
        let known = self.family(index, GROUP);
        let there = self.members.iter().enumerate().filter(|(_, member)| member.is_running);
        let mut truth: Vec<String> = there.map(|(index, member)| format!("{}#{}", id(index), member.sink)).collect();
        truth.sort();
        let mut keys: Vec<&str> = known.keys().collect();
        keys.sort_unstable();
        (keys != truth).then_some(known)
    }

    pub(crate) fn open_connections(&self) -> usize {
        self.connections.values().filter(|connection| connection.is_open.contains(&true)).count()
    }

    /// Sends once more from each of `from` to each other node of `to`, lets time pass, and says how many arrived.
    ///
    /// # Errors
    /// What was wrong first.
    pub(crate) fn reach(&mut self, from: &[usize], to: &[usize]) -> Result<u64, String> {
        let before = self.arrived;
        for from in from {
            for to in to.iter().filter(|to| *to != from) {
                self.send(*from, *to);
            }
        }
        self.setting.turmoil = self.now;
        self.run()?;
        Ok(self.arrived - before)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Tick(index) => self.tick(index),
            Event::Accept(id) => self.accept(id),
            Event::Greet(id, side) => self.greet(id, side),
            Event::Proof(id, side) => self.proof(id, side),
            Event::Packet(id, side, packet) => self.deliver(id, side, packet, false),
            Event::Large(id, side, packet) => self.deliver(id, side, packet, true),
            Event::Beat(id, side) => self.note_heard(id, side),
            Event::Pulse(id, side) => self.pulse(id, side),
            Event::TooSlow(id, side) => self.is_too_slow(id, side),
            Event::Second(id) => self.second_stands(id),
            Event::Release(id, side) => self.release(id, side),
            Event::Close(id, side) => self.notice_end(id, side, "the connection was cut"),
            Event::Fault => self.fault(),
            Event::Heal => self.parted.clear(),
            Event::Start(index) => self.start(index),
            Event::Send(from) => {
                let to = self.below(self.setting.nodes);
                if to != from {
                    self.send(from, to);
                }
            }
        }
    }

    /// A process that was just started.
    fn member(&self, index: usize, incarnation: u64) -> Member {
        let is_forgetful = self.setting.sabotage == Some(Sabotage::ForgetIncarnation);
        let unique = format!("n{index}i{}x", if is_forgetful { 0 } else { incarnation });
        let mut config = Config::new(id(index), &unique, self.random ^ index as u64);
        config.generations.clone_from(&self.setting.generations);
        config.binds = vec![address(index)];
        config.seeds = (0..self.setting.seeds).map(address).collect();
        let mut kernel = Kernel::new(config);
        let sink = self.make_sink(&mut kernel);
        kernel.join_group(self.moment(), GROUP, &sink);
        let (sending, ledger) = (BTreeMap::new(), Ledger::default());
        Member { kernel, incarnation, is_running: true, sink, sending, ledger, tick: None }
    }

    fn moment(&self) -> Moment {
        Moment { elapsed: self.now, unix: self.now }
    }

    fn tick(&mut self, index: usize) {
        self.members[index].tick = None;
        let now = self.moment();
        if self.members[index].is_running {
            self.members[index].kernel.tick(now);
            self.settle(index);
        }
    }

    /// Does what a node asks for.
    fn settle(&mut self, index: usize) {
        while let Some(action) = self.members[index].kernel.poll() {
            self.act(index, action);
        }
        let Some(next) = self.members[index].kernel.next_tick() else { return };
        let next = next.max(self.now);
        if self.members[index].tick.is_none_or(|planned| next < planned) {
            self.members[index].tick = Some(next);
            self.at(next, Event::Tick(index));
        }
    }

    fn act(&mut self, index: usize, action: Action) {
        if self.setting.is_traced {
            eprintln!("    node {index}: {action:?}");
        }
        match action {
            Action::Dial { address } => self.dial(index, address),
            Action::Send { connection, packet } => self.transmit(connection.0, index, packet),
            Action::Close { connection, .. } => self.close(connection.0, index),
            Action::Proceed { connection } => self.prove(connection.0, index),
            Action::Deliver { port, elements } if port == self.members[index].sink => self.receive(index, &elements),
            Action::Fired { monitor, reason } => self.learn_of_loss(index, monitor, &reason),
            Action::Down { .. } => self.downs += 1,
            _ => {}
        }
    }

    fn at(&mut self, when: Duration, event: Event) {
        self.counter += 1;
        self.events.push(std::cmp::Reverse((when, self.counter, event)));
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % bound.max(1) as u64) as usize
    }

    fn share(&mut self, whole: Duration) -> Duration {
        whole.mul_f64(self.below(1 << 20) as f64 / f64::from(1 << 20))
    }

    fn delay(&mut self) -> Duration {
        match self.below(10) {
            0 => self.share(Duration::from_millis(300)),
            _ => self.share(Duration::from_millis(5)),
        }
    }
}

pub(crate) fn id(index: usize) -> NodeId {
    NodeId::new(&format!("node{index:04}")).expect("a node id")
}

fn address(index: usize) -> String {
    format!("10.0.0.1:{index}")
}

fn pair(left: usize, right: usize) -> (usize, usize) {
    (left.min(right), left.max(right))
}
