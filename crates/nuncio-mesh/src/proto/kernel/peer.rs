//! Another node, as far as this one has to do with it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use nuncio_codec::{Text, Value};

use super::monitors::Watch;
use super::{ConnectionId, Reason};
use crate::proto::Generation;
use crate::proto::framing::{Packet, weight};

#[derive(Debug, Default)]
pub(super) struct Peer {
    pub(super) link: Link,
    /// Who here watches which port there; the empty port stands for the connection.
    pub(super) monitors: BTreeMap<Text, Vec<Watch>>,
    /// Which ports here are watched there.
    pub(super) watched: BTreeSet<Text>,
    /// Where it can be reached.
    pub(super) addresses: Vec<String>,
}

/// The connection to another node.
#[derive(Debug, Default)]
pub(super) enum Link {
    /// Nobody asked for one.
    #[default]
    Idle,
    Up(Up),
    Wanted(Wanted),
}

#[derive(Debug)]
pub(super) struct Up {
    pub(super) connection: ConnectionId,
    pub(super) generations: Vec<Generation>,
    pub(super) incarnation: Option<String>,
}

#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) give_up: Duration,
    pub(super) next_try: Duration,
    pub(super) tries: usize,
    queue: VecDeque<Outgoing>,
    queue_bytes: usize,
}

/// What is to be sent once there is a connection.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// A port is to be killed, which each generation says in another way.
    Kill {
        port: Text,
        reason: Reason,
    },
    Packet(Packet),
}

impl Outgoing {
    pub(super) fn packet(self, generations: &[Generation]) -> Packet {
        let (port, reason) = match self {
            Self::Packet(packet) => return packet,
            Self::Kill { port, reason } => (port, reason),
        };
        let word = if generations.contains(&Generation::Two) { "kil1" } else { "kil" };
        let elements = [Value::from(word), Value::from(port)].into_iter().chain(reason);
        Packet { port: Text::default(), elements: elements.collect() }
    }

    /// Roughly how many bytes it takes.
    fn weight(&self) -> usize {
        match self {
            Self::Kill { reason, .. } => 64 + reason.iter().map(weight).sum::<usize>(),
            Self::Packet(packet) => packet.weight(),
        }
    }
}

impl Wanted {
    pub(super) fn new(give_up: Duration, next_try: Duration) -> Self {
        Self { give_up, next_try, tries: 0, queue: VecDeque::new(), queue_bytes: 0 }
    }
}

impl Link {
    /// What was waiting for the connection.
    pub(super) fn into_queue(self) -> VecDeque<Outgoing> {
        match self {
            Self::Wanted(wanted) => wanted.queue,
            Self::Idle | Self::Up(_) => VecDeque::new(),
        }
    }
}

impl Peer {
    pub(super) const fn up(&self) -> Option<&Up> {
        match &self.link {
            Link::Up(up) => Some(up),
            _ => None,
        }
    }

    pub(super) const fn wanted(&mut self) -> Option<&mut Wanted> {
        match &mut self.link {
            Link::Wanted(wanted) => Some(wanted),
            _ => None,
        }
    }

    /// Keeps what cannot be sent yet; false if that is too much.
    pub(super) fn enqueue(&mut self, outgoing: Outgoing, messages_max: usize, bytes_max: usize) -> bool {
        let Some(wanted) = self.wanted() else { return false };
        wanted.queue_bytes += outgoing.weight();
        wanted.queue.push_back(outgoing);
        // One message alone may be of any size; it is the program's own.
        wanted.queue.len() == 1 || wanted.queue.len() <= messages_max && wanted.queue_bytes <= bytes_max
    }
}
