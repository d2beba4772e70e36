//! How near to the floor of a bus anybody could come: bare system calls that also do what every message needs.

use super::bus::{FIFO, FIFO_TRIP, LARGE, ONE_CORE, STREAM, STREAM_TRIP, UNIX, UNIX_TRIP};
use super::{Aim, Case, Program, two};
use crate::floor::bus::{Datagrams, Fifo, Stream};
use crate::floor::envelope::{Carrier, Form, Serde, Wire, ask, ping, pong, read, serve, write};
use crate::nuncio::bus::GATHERED;

const fn one_way<C: Carrier, F: Form, const AT_ONCE: usize>() -> Program {
    two(read::<C, F>, write::<C, F, AT_ONCE>)
}

const fn trip<C: Carrier, F: Form>() -> Program {
    two(ping::<C, F>, pong::<C, F>)
}

const fn request<C: Carrier, F: Form>() -> Program {
    two(ask::<C, F>, serve::<C, F>)
}

const fn lone(trip: Case) -> Case {
    Case { aim: Aim::Reported, placements: ONE_CORE, ..trip }
}

pub(super) const CASES: &[Case] = &[
    Case { name: "bus-fifo-100-bare-serde", nuncio: one_way::<Fifo, Serde, 1>(), ..FIFO },
    Case { name: "bus-fifo-100-bare-wire", nuncio: one_way::<Fifo, Wire, 1>(), ..FIFO },
    Case { name: "bus-unix-100-bare-serde", nuncio: one_way::<Datagrams, Serde, 1>(), ..UNIX },
    Case { name: "bus-unix-100-bare-wire", nuncio: one_way::<Datagrams, Wire, 1>(), ..UNIX },
    Case { name: "bus-stream-100-bare-serde", nuncio: one_way::<Stream, Serde, 1>(), ..STREAM },
    Case { name: "bus-stream-100-bare-wire", nuncio: one_way::<Stream, Wire, 1>(), ..STREAM },
    Case { name: "bus-stream-100-gathered-bare-serde", nuncio: one_way::<Stream, Serde, GATHERED>(), ..STREAM },
    Case { name: "bus-stream-100-gathered-bare-wire", nuncio: one_way::<Stream, Wire, GATHERED>(), ..STREAM },
    Case { name: "bus-stream-10k-bare-wire", load: LARGE, share: 10, nuncio: one_way::<Stream, Wire, 1>(), ..STREAM },
    Case {
        name: "bus-stream-10k-gathered-bare-wire",
        load: LARGE,
        share: 10,
        nuncio: one_way::<Stream, Wire, GATHERED>(),
        ..STREAM
    },
    Case { name: "bus-fifo-trip-one-core-bare-serde", nuncio: trip::<Fifo, Serde>(), ..lone(FIFO_TRIP) },
    Case { name: "bus-fifo-trip-one-core-bare-wire", nuncio: trip::<Fifo, Wire>(), ..lone(FIFO_TRIP) },
    Case { name: "bus-unix-trip-one-core-bare-serde", nuncio: trip::<Datagrams, Serde>(), ..lone(UNIX_TRIP) },
    Case { name: "bus-unix-trip-one-core-bare-wire", nuncio: trip::<Datagrams, Wire>(), ..lone(UNIX_TRIP) },
    Case { name: "bus-stream-trip-one-core-bare-serde", nuncio: trip::<Stream, Serde>(), ..lone(STREAM_TRIP) },
    Case { name: "bus-stream-trip-one-core-bare-wire", nuncio: trip::<Stream, Wire>(), ..lone(STREAM_TRIP) },
    Case { name: "bus-fifo-request-one-core-bare-wire", nuncio: request::<Fifo, Wire>(), ..lone(FIFO_TRIP) },
    Case { name: "bus-unix-request-one-core-bare-wire", nuncio: request::<Datagrams, Wire>(), ..lone(UNIX_TRIP) },
    Case { name: "bus-stream-request-one-core-bare-wire", nuncio: request::<Stream, Wire>(), ..lone(STREAM_TRIP) },
];
