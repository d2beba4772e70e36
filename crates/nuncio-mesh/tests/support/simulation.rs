//! A whole mesh in one process: nodes, connections, delays, cuts, partitions and restarts, all from one seed.
//!
//! A connection carries bytes of messages in order, each direction with delays of its own. It ends by a cut: what is on
//! its way is lost from some point on, and each side notices when it notices.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use nuncio_codec::{Text, Value};
use nuncio_core::NodeId;
use nuncio_mesh::proto::Generation;
use nuncio_mesh::proto::framing::{Packet, text_of};
use nuncio_mesh::proto::kernel::{
    Action, Claim, Config, ConnectionId, DialEnd, Hello, Kernel, Moment, MonitorId, Notify, PortKind, Reason, Verdict,
};

/// What a simulation is made of.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) seed: u64,
    pub(crate) nodes: usize,
    /// How many of the nodes are seeds of all others.
    pub(crate) seeds: usize,
    pub(crate) generations: Vec<Generation>,
    /// How many cuts, partitions and restarts there are.
    pub(crate) faults: usize,
    /// For how long messages are sent and faults happen.
    pub(crate) turmoil: Duration,
    /// For how long nothing goes wrong after that.
    pub(crate) calm: Duration,
    /// How many messages each node sends to each of some others.
    pub(crate) messages: usize,
}

/// The name of the port that every node has.
const SINK: &str = "sink";

#[derive(Debug)]
struct Member {
    kernel: Kernel,
    /// How often the node was started.
    incarnation: u64,
    is_running: bool,
    /// What it sends to each other node: a counter that begins anew after each loss, and the monitor.
    sending: BTreeMap<usize, Sending>,
    /// What it received from each incarnation of each other: the loss after which, and the next number.
    received: BTreeMap<(usize, u64), (u64, u64)>,
    tick: Option<Duration>,
}

#[derive(Debug, Default)]
struct Sending {
    epoch: u64,
    next: u64,
    monitor: Option<MonitorId>,
}

#[derive(Debug)]
struct Connection {
    /// The dialling and the accepting node, and their incarnations.
    ends: [usize; 2],
    incarnations: [u64; 2],
    address: String,
    has_proven: [bool; 2],
    has_learnt: [bool; 2],
    is_done: [bool; 2],
    /// Whether each side still has it open.
    is_open: [bool; 2],
    /// From when on nothing arrives any more, at each side.
    cut: [Option<Duration>; 2],
    /// When the last thing under way to each side arrives.
    last: [Duration; 2],
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Tick(usize),
    Accept(u64),
    Greet(u64, usize),
    Proof(u64, usize),
    Packet(u64, usize, u64),
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
            arrived: 0,
            losses: 0,
            downs: 0,
            setting,
        };
        for index in 0..simulation.setting.nodes {
            let kernel = simulation.kernel(index, 0);
            simulation.members.push(Member {
                kernel,
                incarnation: 0,
                is_running: true,
                sending: BTreeMap::new(),
                received: BTreeMap::new(),
                tick: None,
            });
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
    pub(crate) fn run(&mut self) {
        let end = self.setting.turmoil + self.setting.calm;
        while let Some(std::cmp::Reverse((when, _, event))) = self.events.pop() {
            if when > end {
                self.now = end;
                return;
            }
            self.now = when;
            self.happen(event);
        }
    }

    /// The nodes that a node is connected to.
    pub(crate) fn up(&self, index: usize) -> Vec<NodeId> {
        self.members[index].kernel.up_nodes().cloned().collect()
    }

    pub(crate) fn family(&self, index: usize, family: &str) -> nuncio_codec::Map {
        self.members[index].kernel.family(family)
    }

    pub(crate) fn open_connections(&self) -> usize {
        self.connections.values().filter(|connection| connection.is_open.contains(&true)).count()
    }

    /// Sends once more from each of `from` to each other node of `to`, lets time pass, and says how many arrived.
    pub(crate) fn reach(&mut self, from: &[usize], to: &[usize]) -> u64 {
        let before = self.arrived;
        for from in from {
            for to in to.iter().filter(|to| *to != from) {
                self.send(*from, *to);
            }
        }
        self.setting.turmoil = self.now;
        self.run();
        self.arrived - before
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Tick(index) => self.tick(index),
            Event::Accept(id) => self.accept(id),
            Event::Greet(id, side) => self.greet(id, side),
            Event::Proof(id, side) => self.proof(id, side),
            Event::Packet(id, side, packet) => self.deliver(id, side, packet),
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

    fn kernel(&self, index: usize, incarnation: u64) -> Kernel {
        let mut config = Config::new(id(index), &format!("n{index}i{incarnation}x"), self.random ^ index as u64);
        config.generations.clone_from(&self.setting.generations);
        config.binds = vec![address(index)];
        config.seeds = (0..self.setting.seeds).map(address).collect();
        let mut kernel = Kernel::new(config);
        assert!(kernel.create_named_port(SINK, PortKind::Private));
        kernel
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
        match action {
            Action::Dial { address } => self.dial(index, address),
            Action::Send { connection, packet } => self.transmit(connection.0, index, packet),
            Action::Close { connection, .. } => self.close(connection.0, index),
            Action::Proceed { connection } => self.prove(connection.0, index),
            Action::Deliver { port, elements } if port == SINK => self.receive(index, &elements),
            Action::Fired { monitor, reason } => self.learn_of_loss(index, monitor, &reason),
            Action::Down { .. } => self.downs += 1,
            _ => {}
        }
    }

    fn dial(&mut self, index: usize, address: String) {
        let other: usize = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address");
        self.counter += 1;
        let id = self.counter;
        let incarnations = [self.members[index].incarnation, self.members[other].incarnation];
        self.connections.insert(
            id,
            Connection {
                ends: [index, other],
                incarnations,
                address,
                has_proven: [false; 2],
                has_learnt: [false; 2],
                is_done: [false; 2],
                is_open: [true, false],
                cut: [None; 2],
                last: [self.now; 2],
            },
        );
        let when = self.now + self.delay();
        self.at(when, Event::Accept(id));
    }

    fn accept(&mut self, id: u64) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let [from, to] = connection.ends;
        let is_there = self.members[to].is_running && !self.parted.contains(&pair(from, to));
        connection.incarnations[1] = self.members[to].incarnation;
        if !is_there || from == to {
            return self.notice_end(id, 0, "refused");
        }
        connection.is_open[1] = true;
        self.pass(id, 0, |id| Event::Greet(id, 0));
        self.pass(id, 1, |id| Event::Greet(id, 1));
    }

    /// Something passes on a connection to a side, in order.
    fn pass(&mut self, id: u64, side: usize, event: impl FnOnce(u64) -> Event) {
        let delay = self.delay();
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let when = (self.now + delay).max(connection.last[side]);
        connection.last[side] = when;
        if connection.cut[side].is_none() {
            self.at(when, event(id));
        }
    }

    /// The node at that side, if it is still the one that had the connection, and has it open.
    fn holder(&self, id: u64, side: usize) -> Option<usize> {
        let connection = self.connections.get(&id)?;
        let index = connection.ends[side];
        let member = &self.members[index];
        let is_same = member.is_running && member.incarnation == connection.incarnations[side];
        let is_late = connection.cut[side].is_some_and(|cut| self.now >= cut);
        (is_same && connection.is_open[side] && !is_late).then_some(index)
    }

    fn side_of(&self, id: u64, index: usize) -> Option<usize> {
        self.connections.get(&id)?.ends.iter().position(|end| *end == index)
    }

    fn greet(&mut self, id: u64, side: usize) {
        let Some(index) = self.holder(id, side) else { return };
        let other = self.connections[&id].ends[1 - side];
        let incarnation = Some(self.connections[&id].incarnations[1 - side].to_string());
        let claim = Claim { node: self::id(other), is_nuncio: true, incarnation, is_dialled: side == 0 };
        let now = self.moment();
        match self.members[index].kernel.greeted(now, ConnectionId(id), claim) {
            Verdict::Proceed => self.prove(id, index),
            Verdict::Hold => {}
            _ => self.close(id, index),
        }
        self.settle(index);
    }

    fn prove(&mut self, id: u64, index: usize) {
        let Some(side) = self.side_of(id, index) else { return };
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.has_proven[side] = true;
        self.pass(id, 1 - side, |id| Event::Proof(id, 1 - side));
        self.finish(id, side);
    }

    fn proof(&mut self, id: u64, side: usize) {
        if self.holder(id, side).is_none() {
            return;
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.has_learnt[side] = true;
        }
        self.finish(id, side);
    }

    fn finish(&mut self, id: u64, side: usize) {
        let Some(index) = self.holder(id, side) else { return };
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if !(connection.has_proven[side] && connection.has_learnt[side]) || connection.is_done[side] {
            return;
        }
        connection.is_done[side] = true;
        let hello = Hello {
            node: self::id(connection.ends[1 - side]),
            generations: self.setting.generations.clone(),
            incarnation: Some(connection.incarnations[1 - side].to_string()),
            dialled: (side == 0).then(|| connection.address.clone()),
        };
        let now = self.moment();
        self.members[index].kernel.connected(now, ConnectionId(id), hello);
        self.settle(index);
    }

    fn transmit(&mut self, id: u64, index: usize, packet: Packet) {
        let Some(side) = self.side_of(id, index) else { return };
        self.counter += 1;
        let number = self.counter;
        self.packets.insert(number, packet);
        self.pass(id, 1 - side, |id| Event::Packet(id, 1 - side, number));
    }

    fn deliver(&mut self, id: u64, side: usize, number: u64) {
        let Some(packet) = self.packets.remove(&number) else { return };
        let Some(index) = self.holder(id, side) else { return };
        let now = self.moment();
        self.members[index].kernel.packet(now, ConnectionId(id), packet);
        self.settle(index);
    }

    /// A side closes: it is done with the connection, and the other one notices later.
    fn close(&mut self, id: u64, index: usize) {
        let Some(side) = self.side_of(id, index) else { return };
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.is_open[side] = false;
        self.pass(id, 1 - side, |id| Event::Close(id, 1 - side));
        self.tell_end(id, side, index, "closed");
    }

    fn notice_end(&mut self, id: u64, side: usize, reason: &str) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let index = connection.ends[side];
        let was_open = std::mem::replace(&mut connection.is_open[side], false);
        let is_same = self.members[index].is_running
            && self.members[index].incarnation == self.connections[&id].incarnations[side];
        if was_open && is_same {
            self.tell_end(id, side, index, reason);
        }
        // Whoever notices closes, too, and so the other side does.
        if self.connections[&id].is_open[1 - side] && was_open {
            self.pass(id, 1 - side, |id| Event::Close(id, 1 - side));
        }
        self.settle(index);
    }

    fn tell_end(&mut self, id: u64, side: usize, index: usize, reason: &str) {
        let now = self.moment();
        let connection = &self.connections[&id];
        let has_failed = !connection.is_done[side];
        let end = if connection.ends[0] == connection.ends[1] { DialEnd::OwnNode } else { DialEnd::Failed };
        let address = connection.address.clone();
        self.members[index].kernel.closed(now, ConnectionId(id), reason);
        if side == 0 && has_failed {
            self.members[index].kernel.dial_ended(now, &address, end);
        }
    }

    fn fault(&mut self) {
        match self.below(4) {
            0 | 1 => self.cut(),
            2 => self.part(),
            _ => self.restart(),
        }
    }

    /// Cuts a connection: each direction from some moment on, and each side notices at another.
    fn cut(&mut self) {
        let open: Vec<u64> =
            self.connections.iter().filter(|(_, one)| one.is_open == [true, true]).map(|(id, _)| *id).collect();
        if open.is_empty() {
            return;
        }
        let id = open[self.below(open.len())];
        self.cut_one(id, Duration::from_secs(2));
    }

    fn cut_one(&mut self, id: u64, within: Duration) {
        for side in 0..2 {
            let (cut, notice) = (self.share(Duration::from_millis(20)), self.share(within));
            let now = self.now;
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.cut[side] = connection.cut[side].or(Some(now + cut));
            }
            self.at(now + cut + notice, Event::Close(id, side));
        }
    }

    /// Parts two nodes: nothing passes between them for a while, and what they had is cut.
    fn part(&mut self) {
        let (left, right) = (self.below(self.setting.nodes), self.below(self.setting.nodes));
        if left == right {
            return;
        }
        self.parted.insert(pair(left, right));
        let between: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, one)| pair(one.ends[0], one.ends[1]) == pair(left, right) && one.is_open != [false, false])
            .map(|(id, _)| *id)
            .collect();
        for id in between {
            self.cut_one(id, Duration::from_secs(10));
        }
    }

    /// Ends a node at once; it is started again later.
    fn restart(&mut self) {
        let index = self.below(self.setting.nodes);
        if !self.members[index].is_running {
            return;
        }
        self.members[index].is_running = false;
        let of_it: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, one)| one.ends.contains(&index) && one.is_open != [false, false])
            .map(|(id, _)| *id)
            .collect();
        for id in of_it {
            let side = self.side_of(id, index).expect("it is at one end");
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.is_open[side] = false;
            }
            // The kernel of its machine closes in order, or the machine is gone and nobody says so.
            match self.below(2) {
                0 => self.pass(id, 1 - side, |id| Event::Close(id, 1 - side)),
                _ => self.cut_one(id, Duration::from_secs(20)),
            }
        }
        let when = self.now + self.share(Duration::from_secs(3));
        self.at(when, Event::Start(index));
    }

    fn start(&mut self, index: usize) {
        let incarnation = self.members[index].incarnation + 1;
        let kernel = self.kernel(index, incarnation);
        let member = &mut self.members[index];
        member.kernel = kernel;
        member.incarnation = incarnation;
        member.is_running = true;
        member.sending.clear();
        // A new process has received nothing; what is sent to it begins anew, or goes on after a loss.
        member.received.clear();
        member.tick = None;
        let now = self.moment();
        self.members[index].kernel.tick(now);
        self.settle(index);
    }

    /// Sends the next number to another node, which is watched.
    fn send(&mut self, from: usize, to: usize) {
        let now = self.moment();
        let member = &mut self.members[from];
        if !member.is_running {
            return;
        }
        let sending = member.sending.entry(to).or_default();
        if sending.monitor.is_none() {
            sending.monitor = Some(member.kernel.monitor(now, &id(to), SINK, Notify::Fired));
        }
        let numbers = [from as u64, member.incarnation, sending.epoch, sending.next];
        sending.next += 1;
        let elements: Vec<Value> = numbers.into_iter().map(Value::from).collect();
        member.kernel.send(now, &id(to), Packet { port: Text::from(SINK), elements });
        self.settle(from);
    }

    fn learn_of_loss(&mut self, index: usize, monitor: MonitorId, reason: &Reason) {
        assert!(!reason.is_empty(), "the port never ends as it should");
        self.losses += 1;
        for sending in self.members[index].sending.values_mut() {
            if sending.monitor == Some(monitor) {
                *sending = Sending { epoch: sending.epoch + 1, next: 0, monitor: None };
            }
        }
    }

    /// Holds what arrives against the guarantee: between two losses every number once and in order, from the first one on.
    fn receive(&mut self, index: usize, elements: &[Value]) {
        let number =
            |place: usize| text_of(&elements[place]).and_then(|text| text.parse::<u64>().ok()).expect("a number");
        let (from, incarnation, epoch, sequence) = (number(0) as usize, number(1), number(2), number(3));
        let seed = self.setting.seed;
        let state = self.members[index].received.entry((from, incarnation)).or_insert((epoch, 0));
        assert!(epoch >= state.0, "seed {seed}: a message of before a loss came after it");
        if epoch > state.0 {
            *state = (epoch, 0);
        }
        assert_eq!(sequence, state.1, "seed {seed}: a hole, from {from} to {index}");
        state.1 += 1;
        self.arrived += 1;
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
