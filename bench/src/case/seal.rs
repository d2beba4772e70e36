//! The cases of sealed messages: beside the crypto library alone, with the key that it computes once and the same copy of the
//! payload.

use super::{Aim, Case, Kind, Load, Placement, one};
use crate::{floor, nuncio};

const SEAL: Case = Case {
    name: "",
    kind: Kind::Rate,
    load: Load::Bytes(1024),
    placements: &[Placement::OneCore],
    share: 1,
    aim: Aim::AtLeast(0.9),
    by_peer: Aim::Reported,
    peer_name: "",
    floor: Some(one(floor::seal::seal)),
    peer: None,
    nuncio: one(nuncio::seal::seal),
};

const OPEN: Case = Case { floor: Some(one(floor::seal::open)), nuncio: one(nuncio::seal::open), ..SEAL };

pub(super) const CASES: &[Case] = &[
    Case { name: "seal-100", load: Load::Bytes(100), aim: Aim::Reported, ..SEAL },
    Case { name: "seal-1024", ..SEAL },
    Case { name: "seal-10240", load: Load::Bytes(10_240), share: 5, ..SEAL },
    Case { name: "open-100", load: Load::Bytes(100), aim: Aim::Reported, ..OPEN },
    Case { name: "open-1024", ..OPEN },
    Case { name: "open-10240", load: Load::Bytes(10_240), share: 5, ..OPEN },
];
