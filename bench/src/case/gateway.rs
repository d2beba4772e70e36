//! Messages of 1 KB between two gateways, beside a bare hyper client and server that move bodies of the same size, as many at a time.
//!
//! The spools are on a disk in memory, where a sync costs nothing; the rows called `synced` have them on a real one.

use super::{Aim, Case, Kind, Load, ONE_PROCESS, Placement, one, two};
use crate::{floor, nuncio};

/// What is in one gateway's spool is in the other's, and answered for.
const SPOOL_TO_SPOOL: Case = Case {
    load: Load::Bytes(1024),
    placements: &[Placement::Free],
    share: 10,
    aim: Aim::AtLeast(0.5),
    floor: Some(two(floor::gateway::post, floor::gateway::serve)),
    nuncio: two(nuncio::gateway::send, nuncio::gateway::take),
    ..ONE_PROCESS
};

/// A lone message from a queue of one host to a queue of another.
const LONE: Case = Case {
    kind: Kind::Latency,
    load: Load::Bytes(1024),
    placements: &[Placement::Free],
    share: 400,
    aim: Aim::AtMost(5_000.0),
    floor: None,
    nuncio: one(nuncio::gateway::lone),
    ..ONE_PROCESS
};

/// From a queue of one host to a queue of another, in which every message passes five calls of the kernel's.
const QUEUE_TO_QUEUE: Case =
    Case { floor: None, aim: Aim::Reported, nuncio: one(nuncio::gateway::queue_to_queue), ..SPOOL_TO_SPOOL };

pub(super) const CASES: &[Case] = &[
    Case { name: "gateway-1024-unsynced", ..SPOOL_TO_SPOOL },
    Case {
        name: "gateway-1024-synced",
        share: 100,
        aim: Aim::Reported,
        nuncio: two(nuncio::gateway::send_synced, nuncio::gateway::take_synced),
        ..SPOOL_TO_SPOOL
    },
    Case { name: "gateway-1024-queues", ..QUEUE_TO_QUEUE },
    // How much a bare client and server reach whose bodies come from one file and go into another.
    Case {
        name: "gateway-1024-bare-files",
        aim: Aim::Reported,
        nuncio: two(floor::gateway::post_from_file, floor::gateway::serve_into_file),
        ..SPOOL_TO_SPOOL
    },
    Case { name: "gateway-1024-lone", ..LONE },
    Case { name: "gateway-1024-lone-synced", aim: Aim::Reported, nuncio: one(nuncio::gateway::lone_synced), ..LONE },
];
