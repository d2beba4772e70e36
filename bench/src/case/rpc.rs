//! Requests over unix sockets: a typed client and a typed server, beside a bare echo of the same bytes, and Node's server
//! under the same client.

use super::{Aim, Case, Kind, Load, ONE_PROCESS, Placement, two};
use crate::{floor, nuncio, peer};

/// One request at a time.
const SEQUENTIAL: Case = Case {
    kind: Kind::Latency,
    placements: &[Placement::TwoCores],
    share: 10,
    aim: Aim::AtMost(1.10),
    floor: Some(two(floor::rpc::ask_one, floor::rpc::serve)),
    nuncio: two(nuncio::rpc::ask_one, nuncio::rpc::serve),
    ..ONE_PROCESS
};

/// The same where client and server share a core: each wait costs a task switch of the runtime.
const SEQUENTIAL_ONE_CORE: Case = Case { placements: &[Placement::OneCore], aim: Aim::AtMost(1.85), ..SEQUENTIAL };

const BLOCKING: Case =
    Case { aim: Aim::AtMost(1.45), nuncio: two(nuncio::rpc::ask_blocking, nuncio::rpc::serve), ..SEQUENTIAL_ONE_CORE };

/// Sixty-four requests under way on one connection.
const IN_FLIGHT: Case = Case {
    kind: Kind::Rate,
    placements: &[Placement::Free],
    share: 1,
    aim: Aim::Reported,
    by_peer: Aim::AtLeast(5.0),
    floor: Some(two(floor::rpc::ask_many, floor::rpc::serve)),
    nuncio: two(nuncio::rpc::ask_many, nuncio::rpc::serve),
    peer: Some(two(nuncio::rpc::ask_many, peer::node::serve)),
    ..ONE_PROCESS
};

const LARGE: usize = 100 * 1024;

pub(super) const CASES: &[Case] = &[
    Case { name: "rpc-80", load: Load::Bytes(80), ..SEQUENTIAL },
    Case { name: "rpc-80-one-core", load: Load::Bytes(80), ..SEQUENTIAL_ONE_CORE },
    Case { name: "rpc-80-blocking", load: Load::Bytes(80), ..BLOCKING },
    Case { name: "rpc-1024", load: Load::Bytes(1024), ..SEQUENTIAL },
    Case { name: "rpc-1024-one-core", load: Load::Bytes(1024), ..SEQUENTIAL_ONE_CORE },
    Case { name: "rpc-1024-blocking", load: Load::Bytes(1024), ..BLOCKING },
    Case {
        name: "rpc-100k-one-core",
        load: Load::Bytes(LARGE),
        share: 40,
        aim: Aim::AtMost(4.5),
        ..SEQUENTIAL_ONE_CORE
    },
    Case { name: "rpc-80-in-flight", load: Load::Bytes(80), aim: Aim::PerSecond(500e3), ..IN_FLIGHT },
    Case {
        name: "rpc-80-in-flight-two-cores",
        load: Load::Bytes(80),
        placements: &[Placement::TwoCores],
        aim: Aim::PerSecond(250e3),
        by_peer: Aim::Reported,
        peer: None,
        ..IN_FLIGHT
    },
    Case { name: "rpc-1024-in-flight", load: Load::Bytes(1024), ..IN_FLIGHT },
    Case { name: "rpc-100k-in-flight", load: Load::Bytes(LARGE), share: 40, by_peer: Aim::AtLeast(3.0), ..IN_FLIGHT },
    Case {
        name: "rpc-100k-echo-in-flight",
        load: Load::Bytes(LARGE),
        share: 40,
        nuncio: two(nuncio::rpc::ask_many_echoes, nuncio::rpc::serve),
        peer: Some(two(nuncio::rpc::ask_many_echoes, peer::node::serve)),
        ..IN_FLIGHT
    },
];
