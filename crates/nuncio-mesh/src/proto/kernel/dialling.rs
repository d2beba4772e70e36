//! Whom to dial, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nuncio_core::NodeId;

use super::names::Random;
use super::peer::{Link, Wanted};
use super::{Action, Config, Kernel, Moment};
use crate::proto::Generation;

/// The seeds are dialled within this time at first, not all at once.
const FIRST_DIAL: Duration = Duration::from_millis(100);
/// How long to wait before a seed is dialled again, at first.
const SEED_RETRY: Duration = Duration::from_millis(600);
/// The shortest time between two tries to reach a node.
const TRY_INTERVAL_MIN: Duration = Duration::from_millis(400);
/// A node is dialled within this time at first, lest two that learn of each other dial at the same moment.
const FIRST_TRY: Duration = Duration::from_millis(50);

/// How many addresses are dialled at the same time, beside the seeds.
const DIALS_MAX: usize = 512;

/// How dialling an address ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DialEnd {
    /// No node answered, or it and this one do not accept each other.
    Failed,
    /// This node itself answered.
    OwnNode,
}

#[derive(Debug)]
pub(super) struct Dialling {
    seeds: BTreeMap<String, Seed>,
    /// Addresses that are being dialled.
    active: BTreeSet<String>,
}

#[derive(Debug)]
struct Seed {
    node: Option<NodeId>,
    is_up: bool,
    next: Duration,
    retry: Duration,
}

impl Dialling {
    pub(super) fn new(config: &Config, random: &mut Random) -> Self {
        let seed = |address: &String| {
            let next = random.between(Duration::ZERO, FIRST_DIAL);
            (address.clone(), Seed { node: None, is_up: false, next, retry: SEED_RETRY })
        };
        Self { seeds: config.seeds.iter().map(seed).collect(), active: BTreeSet::new() }
    }

    pub(super) fn has_connected(&mut self, dialled: Option<&str>, node: &NodeId) {
        if let Some(address) = dialled {
            self.active.remove(address);
            if let Some(seed) = self.seeds.get_mut(address) {
                seed.node = Some(node.clone());
            }
        }
        for seed in self.seeds.values_mut().filter(|seed| seed.node.as_ref() == Some(node)) {
            seed.is_up = true;
            seed.retry = SEED_RETRY;
        }
    }

    /// A node has answered at an address, without a proof of who it is: as long as it is up under that name, nobody has to
    /// dial there. Whether that is a seed, and it was not known.
    fn has_answered(&mut self, address: &str, node: &NodeId, is_up: bool) -> bool {
        let Some(seed) = self.seeds.get_mut(address) else { return false };
        let is_news = seed.node.as_ref() != Some(node);
        seed.node = Some(node.clone());
        seed.is_up |= is_up;
        is_news
    }

    /// A node says where it listens, and that may be at a seed's address.
    pub(super) fn has_addresses(&mut self, node: &NodeId, addresses: &[String]) {
        for (_, seed) in self.seeds.iter_mut().filter(|(address, _)| addresses.contains(address)) {
            seed.node = Some(node.clone());
            seed.is_up = true;
        }
    }

    pub(super) fn has_lost(&mut self, node: &NodeId, now: Duration, random: &mut Random) {
        for seed in self.seeds.values_mut().filter(|seed| seed.node.as_ref() == Some(node)) {
            seed.is_up = false;
            seed.next = now + random.between(Duration::ZERO, FIRST_DIAL);
        }
    }

    pub(super) fn is_seed(&self, node: &NodeId) -> bool {
        self.seeds.values().any(|seed| seed.node.as_ref() == Some(node))
    }

    fn due_seeds(&mut self, now: Duration) -> Vec<String> {
        let is_due =
            |(address, seed): &(&String, &Seed)| !seed.is_up && seed.next <= now && !self.active.contains(*address);
        self.seeds.iter().filter(is_due).map(|(address, _)| address.clone()).collect()
    }
}

impl Kernel {
    /// When [`tick`](Self::tick) has something to do next, since the node was started.
    #[must_use]
    pub fn next_tick(&self) -> Option<Duration> {
        let idle_seeds = self.dialling.seeds.iter();
        let idle_seeds = idle_seeds.filter(|(address, seed)| !seed.is_up && !self.dialling.active.contains(*address));
        let seeds = idle_seeds.map(|(_, seed)| seed.next);
        seeds.chain(self.wanted.first()).chain(self.next_announcement()).chain(self.next_reunion()).min()
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Moment) {
        self.now = now;
        for address in self.dialling.due_seeds(now.elapsed) {
            self.dial(address);
        }
        for node in self.wanted.due(now.elapsed) {
            self.try_to_reach(&node);
        }
        self.announce();
        self.reunite();
        self.settle();
    }

    /// An address was dialled in vain.
    pub fn dial_ended(&mut self, now: Moment, address: &str, end: DialEnd) {
        self.now = now;
        self.dialling.active.remove(address);
        if end == DialEnd::OwnNode {
            if self.dialling.seeds.remove(address).is_some() {
                self.is_a_seed();
                self.settle();
            }
            return;
        }
        if let Some(seed) = self.dialling.seeds.get_mut(address) {
            seed.next = now.elapsed + self.random.between(seed.retry, seed.retry * 2);
            seed.retry = (seed.retry * 2).min(self.config.monitor_timeout);
        }
    }

    /// Whoever answers at an address that was dialled says that it is this node.
    pub(super) fn meet_at(&mut self, dialled: Option<&str>, node: &NodeId) {
        let Some(address) = dialled else { return };
        let is_up = self.peers.get(node).is_some_and(|peer| peer.up().is_some());
        if self.dialling.has_answered(address, node, is_up) && is_up {
            self.has_found_seed(node);
        }
    }

    /// Dials an address, unless that is being done.
    pub fn dial_once(&mut self, now: Moment, address: &str) {
        self.now = now;
        self.dial(address.to_owned());
    }

    fn dial(&mut self, address: String) {
        if self.dialling.active.insert(address.clone()) {
            self.actions.push_back(Action::Dial { address });
        }
    }

    /// From now on a node is to be reached, for as long as that is tried.
    pub(super) fn want(&mut self, node: &NodeId) {
        if *node == self.config.node {
            return;
        }
        let now = self.now.elapsed;
        let patience = self.patience();
        let first_try = now + self.random.between(Duration::ZERO, FIRST_TRY);
        let peer = self.peers.entry(node.clone()).or_default();
        if !matches!(peer.link, Link::Idle) {
            return;
        }
        let give_up = now + patience;
        peer.link = Link::Wanted(Wanted::new(give_up, first_try));
        self.wanted.set(node, give_up.min(first_try));
        self.look_for(node);
    }

    /// Where a node listens, said by another or by itself.
    pub(super) fn can_be_reached(&mut self, node: &NodeId, addresses: &[String]) {
        let patience = self.patience();
        let first_try = self.now.elapsed + self.random.between(Duration::ZERO, FIRST_TRY);
        let Some(peer) = self.peers.get_mut(node) else { return };
        let is_news = peer.addresses.is_empty() && !addresses.is_empty();
        peer.addresses = addresses.to_vec();
        if let Some(wanted) = peer.wanted().filter(|_| is_news) {
            wanted.next_try = first_try;
            wanted.give_up = first_try + patience;
            self.wanted.set(node, first_try);
        }
    }

    /// For how long a node is tried to be reached.
    fn patience(&self) -> Duration {
        match self.may_be_of_generation_one() {
            true => self.config.monitor_timeout,
            false => self.config.connect_interval,
        }
    }

    /// Whether a node that nobody knows may still turn up in a mesh of generation 1.x, where nobody can say that there is
    /// none.
    pub(super) fn may_be_of_generation_one(&self) -> bool {
        let mut up = self.connections.values().filter_map(|node| self.peers.get(node)?.up()).peekable();
        let is_alone = up.peek().is_none();
        self.config.speaks(Generation::One) && (is_alone || up.any(|up| up.generations.contains(&Generation::One)))
    }

    fn try_to_reach(&mut self, node: &NodeId) {
        let now = self.now.elapsed;
        let interval = self.try_interval(node);
        let Some(peer) = self.peers.get_mut(node) else { return };
        let addresses = peer.addresses.clone();
        let Some(wanted) = peer.wanted() else { return };
        if wanted.give_up <= now {
            if addresses.is_empty() {
                return self.lose(node, "no known address");
            }
            self.lose(node, "unable to connect");
            // Whoever is in touch with it says so, and then it is tried again: in a full mesh nobody is given up alone.
            return self.ask_master_for(node);
        }
        wanted.next_try = now + self.random.between(interval.mul_f64(0.9), interval);
        let address = addresses.get(wanted.tries % addresses.len().max(1)).cloned();
        let next = wanted.give_up.min(wanted.next_try);
        // Whoever names many nodes does not get all of them dialled at once.
        let address = address.filter(|_| self.dialling.active.len() < DIALS_MAX);
        wanted.tries += usize::from(address.is_some());
        self.wanted.set(node, next);
        address.into_iter().for_each(|address| self.dial(address));
    }

    /// The time between two tries: short enough for each address to have its turn before that is given up.
    fn try_interval(&self, node: &NodeId) -> Duration {
        let addresses = self.peers.get(node).map_or(1, |peer| peer.addresses.len().max(1));
        let Config { monitor_timeout, connect_interval, .. } = self.config;
        let share = monitor_timeout.saturating_sub(connect_interval) / u32::try_from(addresses).unwrap_or(u32::MAX);
        connect_interval.min(share).max(TRY_INTERVAL_MIN)
    }
}
