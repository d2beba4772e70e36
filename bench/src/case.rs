//! Every case, with what it is held against and its aim.

mod bus;
mod codec;
mod envelope;
mod gateway;
mod mesh;
mod rpc;
mod seal;

use nuncio_codec::Codec;
use serde::Serialize;

use crate::document::Document;
use crate::nuncio::record::Record;
use crate::stage::Stage;
use crate::{Result, floor, nuncio};

/// One kind of work, done bare and by nuncio.
#[derive(Debug)]
pub(crate) struct Case {
    /// What rows are called and filters look at.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) load: Load,
    /// Where its processes are pinned. The aim holds for the first of these; the others are reported.
    pub(crate) placements: &'static [Placement],
    /// Which part of the messages it moves, one in so many: it is that much slower than the fastest.
    pub(crate) share: usize,
    pub(crate) aim: Aim,
    /// What it must reach beside its peer.
    pub(crate) by_peer: Aim,
    /// What the row beside its peer is called.
    pub(crate) peer_name: &'static str,
    /// The same work with bare system calls, where there is such a thing.
    pub(crate) floor: Option<Program>,
    /// The same work by what users would take instead, where there is such a thing.
    pub(crate) peer: Option<Program>,
    pub(crate) nuncio: Program,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Heap allocations per message.
    Allocations,
    /// Documents per second.
    Documents,
    /// How many times as long twice as much takes.
    Growth,
    /// How long one takes: median and 99th percentile, in microseconds.
    Latency,
    /// Messages per second.
    Rate,
    /// Context switches of a process that waits, counted from outside.
    Switches,
    /// How long those that take long do: 99th percentile, then median, in microseconds.
    Tail,
}

/// What the messages are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// So many bytes, as they are.
    Bytes(usize),
    /// A document in a format, which is not moved at all.
    Document(Codec, Document),
    /// A [`Record`] in JSON, with the metadata.
    Record,
}

/// On which cores the processes or threads of a case run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Placement {
    /// Wherever the system puts them.
    #[serde(rename = "free")]
    Free,
    #[serde(rename = "one core")]
    OneCore,
    #[serde(rename = "two cores")]
    TwoCores,
}

/// What a case must reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// nuncio does at least so many times what the floor does per second.
    AtLeast(f64),
    /// nuncio takes at most so many times as long as the floor; without a floor, its figure is at most this.
    AtMost(f64),
    /// nuncio does at least so many messages per second.
    PerSecond(f64),
    /// Nothing: it is there to be known.
    Reported,
    /// There is none of it.
    Zero,
}

/// What the processes of one case do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    /// Sees the end, and takes the time.
    pub(crate) timed: Work,
    /// The other side, where there are two.
    pub(crate) partner: Option<Work>,
}

/// What one process does, and the figures it comes to; a partner's are not looked at.
pub(crate) type Work = fn(&Stage) -> Result<Vec<f64>>;

impl Kind {
    /// What the figures of one measurement are called within their case.
    pub(crate) const fn figures(self) -> &'static [&'static str] {
        match self {
            Self::Latency => &["p50", "p99"],
            Self::Tail => &["p99", "p50"],
            Self::Allocations | Self::Documents | Self::Growth | Self::Rate | Self::Switches => &[""],
        }
    }

    /// Whether it is the same every time, so that one measurement will do.
    pub(crate) const fn is_exact(self) -> bool {
        matches!(self, Self::Allocations | Self::Switches)
    }
}

impl Load {
    /// The payload, where it is bytes; of anything else a record in JSON.
    pub(crate) fn payload(self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => vec![b'x'; bytes],
            Self::Document(..) | Self::Record => {
                serde_json::to_vec(&Record::new(0)).expect("a record has only members that JSON can hold")
            }
        }
    }
}

impl Placement {
    /// The processors for the process that takes the time and for its partner, out of those that are allowed; none where
    /// the system decides.
    pub(crate) fn processors(self, allowed: &[usize]) -> Option<Vec<usize>> {
        // The first processors are those that serve most interrupts.
        let mut last = allowed.iter().rev().copied();
        let timed = last.next()?;
        match self {
            Self::Free => Some(Vec::new()),
            Self::OneCore => Some(vec![timed, timed]),
            Self::TwoCores => Some(vec![timed, last.next()?]),
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::OneCore => "one core",
            Self::TwoCores => "two cores",
        }
    }
}

const fn one(timed: Work) -> Program {
    Program { timed, partner: None }
}

const fn two(timed: Work, partner: Work) -> Program {
    Program { timed, partner: Some(partner) }
}

/// One process sends a message and receives it, again and again.
const ONE_PROCESS: Case = Case {
    name: "",
    kind: Kind::Rate,
    load: Load::Bytes(100),
    placements: &[Placement::OneCore],
    share: 1,
    aim: Aim::Reported,
    by_peer: Aim::Reported,
    peer_name: "by Node",
    floor: Some(one(floor::raw::one_process)),
    peer: None,
    nuncio: one(nuncio::raw::one_process),
};

/// One process floods the queue, another one drains it.
const TWO_PROCESSES: Case = Case {
    placements: &[Placement::TwoCores, Placement::OneCore],
    floor: Some(two(floor::raw::read, floor::raw::write)),
    nuncio: two(nuncio::raw::read, nuncio::raw::write),
    ..ONE_PROCESS
};

/// Two processes pass a message to and fro: each has to wait for it.
const PING_PONG: Case = Case {
    kind: Kind::Latency,
    share: 40,
    floor: Some(two(floor::ping_pong::ping, floor::ping_pong::pong)),
    ..TWO_PROCESSES
};

/// A process waits for a message that does not come.
const IDLE: Case = Case { kind: Kind::Switches, aim: Aim::Zero, floor: None, ..ONE_PROCESS };

/// One process sends a message and receives it, and counts its allocations.
const ALLOCATIONS: Case = Case { kind: Kind::Allocations, share: 10, floor: None, ..ONE_PROCESS };

/// All cases.
pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    let drivers = MESSAGES.iter().chain(bus::CASES).chain(envelope::CASES).chain(codec::CASES);
    drivers.chain(rpc::CASES).chain(seal::CASES).chain(gateway::CASES).chain(mesh::CASES)
}

/// The case of that name.
pub(crate) fn named(name: &str) -> Option<&'static Case> {
    all().find(|case| case.name == name)
}

/// What is done with messages.
const MESSAGES: &[Case] = &[
    Case { name: "raw-100-one-process", aim: Aim::AtLeast(0.90), ..ONE_PROCESS },
    Case { name: "raw-100-two-processes", aim: Aim::AtLeast(0.90), ..TWO_PROCESSES },
    Case { name: "raw-1024-one-process", load: Load::Bytes(1024), aim: Aim::AtLeast(0.88), ..ONE_PROCESS },
    Case { name: "raw-1024-two-processes", load: Load::Bytes(1024), aim: Aim::AtLeast(0.88), ..TWO_PROCESSES },
    Case {
        name: "driver-one-process",
        aim: Aim::AtLeast(0.87),
        nuncio: one(nuncio::driver::one_process),
        ..ONE_PROCESS
    },
    Case {
        name: "driver-two-processes",
        aim: Aim::AtLeast(0.87),
        nuncio: two(nuncio::driver::read, nuncio::driver::write),
        ..TWO_PROCESSES
    },
    Case {
        name: "driver-16-one-process",
        aim: Aim::AtLeast(0.97),
        floor: Some(one(floor::raw::sixteen_one_process)),
        nuncio: one(nuncio::driver::sixteen_one_process),
        ..ONE_PROCESS
    },
    Case {
        name: "driver-16-two-processes",
        aim: Aim::AtLeast(0.97),
        nuncio: two(nuncio::driver::sixteen_read, nuncio::driver::sixteen_write),
        ..TWO_PROCESSES
    },
    Case {
        name: "timed-one-process",
        aim: Aim::AtLeast(0.80),
        nuncio: one(nuncio::raw::timed_one_process),
        ..ONE_PROCESS
    },
    Case {
        name: "async-one-process",
        aim: Aim::AtLeast(0.80),
        nuncio: one(nuncio::asynchronous::one_process),
        ..ONE_PROCESS
    },
    Case {
        name: "typed-one-process",
        load: Load::Record,
        aim: Aim::AtLeast(0.55),
        nuncio: one(nuncio::typed::one_process),
        ..ONE_PROCESS
    },
    Case {
        name: "typed-two-processes",
        load: Load::Record,
        aim: Aim::AtLeast(0.70),
        nuncio: two(nuncio::typed::read, nuncio::typed::write),
        ..TWO_PROCESSES
    },
    Case {
        name: "spill-10240-one-process",
        load: Load::Bytes(10_240),
        share: 20,
        aim: Aim::AtLeast(0.88),
        floor: Some(one(floor::spill::one_process)),
        ..ONE_PROCESS
    },
    Case { name: "wait-blocking", nuncio: two(nuncio::ping_pong::ping, nuncio::ping_pong::pong), ..PING_PONG },
    Case { name: "wait-timed", nuncio: two(nuncio::ping_pong::timed_ping, nuncio::ping_pong::timed_pong), ..PING_PONG },
    Case { name: "wait-async", nuncio: two(nuncio::asynchronous::ping, nuncio::asynchronous::pong), ..PING_PONG },
    Case { name: "cancel", share: 200, floor: None, nuncio: one(nuncio::cancel::cancel_to_return), ..PING_PONG },
    Case { name: "idle-blocking", nuncio: one(nuncio::idle::blocking), ..IDLE },
    Case { name: "idle-timed", nuncio: one(nuncio::idle::timed), ..IDLE },
    Case { name: "idle-async", nuncio: one(nuncio::asynchronous::idle), ..IDLE },
    Case { name: "allocations-raw", aim: Aim::Zero, nuncio: one(nuncio::allocations::raw), ..ALLOCATIONS },
    Case { name: "allocations-driver", nuncio: one(nuncio::allocations::driver), ..ALLOCATIONS },
    Case { name: "allocations-typed", load: Load::Record, nuncio: one(nuncio::allocations::typed), ..ALLOCATIONS },
];
