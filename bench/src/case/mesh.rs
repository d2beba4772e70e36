//! Messages of 64 B between two nodes, beside bare TCP with one write for each of them, or with blocks of them that are only
//! decoded, and beside Erlang's distribution.

use super::{Aim, Case, Kind, Load, ONE_PROCESS, Placement, two};
use crate::{floor, nuncio, peer};

/// One way, as many as there is room for.
const ONE_WAY: Case = Case {
    load: Load::Bytes(64),
    placements: &[Placement::TwoCores, Placement::OneCore],
    aim: Aim::PerSecond(2.5e6),
    by_peer: Aim::AtLeast(6.0),
    peer_name: "by Erlang",
    floor: Some(two(floor::mesh::take, floor::mesh::send)),
    peer: Some(two(peer::erlang::take, peer::erlang::send)),
    nuncio: two(nuncio::mesh::take, nuncio::mesh::send),
    ..ONE_PROCESS
};

/// To and fro, each waiting for the other.
const ROUND_TRIP: Case = Case {
    kind: Kind::Latency,
    placements: &[Placement::TwoCores],
    share: 5,
    aim: Aim::AtMost(1.20),
    by_peer: Aim::AtMost(0.85),
    floor: Some(two(floor::mesh::ping, floor::mesh::pong)),
    peer: Some(two(peer::erlang::ping, peer::erlang::pong)),
    nuncio: two(nuncio::mesh::ping, nuncio::mesh::pong),
    ..ONE_WAY
};

/// The same while 100 MB are on their way to whoever waits.
const BESIDE_LARGE: Case = Case {
    kind: Kind::Tail,
    aim: Aim::AtMost(3.0),
    by_peer: Aim::Reported,
    peer: None,
    floor: Some(two(floor::mesh::ping_beside_large, floor::mesh::pong_beside_large)),
    nuncio: two(nuncio::mesh::ping_beside_large, nuncio::mesh::pong_beside_large),
    ..ROUND_TRIP
};

pub(super) const CASES: &[Case] = &[
    Case { name: "mesh-cbor", ..ONE_WAY },
    Case {
        name: "mesh-handler",
        aim: Aim::PerSecond(6e6),
        by_peer: Aim::Reported,
        floor: Some(two(floor::mesh::take_typed, floor::mesh::send_blocks)),
        nuncio: two(nuncio::mesh::handle, nuncio::mesh::send_typed),
        ..ONE_WAY
    },
    Case {
        name: "mesh-json",
        aim: Aim::PerSecond(2e6),
        by_peer: Aim::Reported,
        floor: Some(two(floor::mesh::take_json, floor::mesh::send_json_blocks)),
        nuncio: two(nuncio::mesh::take_json, nuncio::mesh::send_json),
        ..ONE_WAY
    },
    Case { name: "mesh-round-trip", ..ROUND_TRIP },
    Case { name: "mesh-round-trip-one-core", placements: &[Placement::OneCore], aim: Aim::AtMost(1.45), ..ROUND_TRIP },
    Case { name: "mesh-beside-100-mb", ..BESIDE_LARGE },
    Case { name: "mesh-beside-100-mb-absolute", aim: Aim::AtMost(10_000.0), floor: None, ..BESIDE_LARGE },
];
