//! Messages between peers of a bus, beside the bare system calls with the same bytes.

use nuncio_bus::fifo::FifoDriver;
use nuncio_bus::stream::StreamDriver;
use nuncio_bus::unix::UnixDriver;

use super::{Aim, Case, Kind, Load, ONE_PROCESS, Placement, TWO_PROCESSES, one, two};
use crate::floor::bus::{self as bare, Datagrams, Fifo, Stream};
use crate::nuncio::{bus, request};
use crate::peer::zmq;

const SMALL: Load = Load::Bytes(100);
pub(super) const LARGE: Load = Load::Bytes(10 * 1024);

pub(super) const FIFO: Case = Case {
    load: SMALL,
    share: 2,
    floor: Some(two(bare::read::<Fifo>, bare::write::<Fifo>)),
    nuncio: two(bus::read::<FifoDriver>, bus::write::<FifoDriver>),
    ..TWO_PROCESSES
};

pub(super) const UNIX: Case = Case {
    load: SMALL,
    share: 2,
    floor: Some(two(bare::read::<Datagrams>, bare::write::<Datagrams>)),
    nuncio: two(bus::read::<UnixDriver>, bus::write::<UnixDriver>),
    ..TWO_PROCESSES
};

pub(super) const STREAM: Case = Case {
    load: SMALL,
    share: 2,
    floor: Some(two(bare::read::<Stream>, bare::write::<Stream>)),
    nuncio: two(bus::read::<StreamDriver>, bus::write::<StreamDriver>),
    ..TWO_PROCESSES
};

/// Many in each call, beside libzmq, which gathers by itself. It moves as many bytes, and neither encodes nor decodes them.
const STREAM_GATHERED: Case = Case {
    peer_name: "by libzmq",
    peer: Some(two(zmq::take, zmq::send)),
    nuncio: two(bus::read::<StreamDriver>, bus::write_gathered::<StreamDriver>),
    ..STREAM
};

const FILES: Case =
    Case { load: SMALL, share: 40, floor: Some(one(bare::files)), nuncio: one(bus::files), ..ONE_PROCESS };

/// One message to and fro.
const ROUND_TRIP: Case =
    Case { kind: Kind::Latency, load: SMALL, placements: &[Placement::TwoCores], share: 40, ..TWO_PROCESSES };
pub(super) const FIFO_TRIP: Case = Case {
    floor: Some(two(bare::ping::<Fifo>, bare::pong::<Fifo>)),
    nuncio: two(bus::ping::<FifoDriver>, bus::pong::<FifoDriver>),
    ..ROUND_TRIP
};
pub(super) const UNIX_TRIP: Case = Case {
    floor: Some(two(bare::ping::<Datagrams>, bare::pong::<Datagrams>)),
    nuncio: two(bus::ping::<UnixDriver>, bus::pong::<UnixDriver>),
    ..ROUND_TRIP
};
pub(super) const STREAM_TRIP: Case = Case {
    floor: Some(two(bare::ping::<Stream>, bare::pong::<Stream>)),
    nuncio: two(bus::ping::<StreamDriver>, bus::pong::<StreamDriver>),
    ..ROUND_TRIP
};
pub(super) const ONE_CORE: &[Placement] = &[Placement::OneCore];

/// A request to a service, beside the same bare round trip.
const STREAM_REQUEST: Case =
    Case { nuncio: two(request::ask::<StreamDriver>, request::serve::<StreamDriver>), ..STREAM_TRIP };
const UNIX_REQUEST: Case = Case { nuncio: two(request::ask::<UnixDriver>, request::serve::<UnixDriver>), ..UNIX_TRIP };
const FIFO_REQUEST: Case = Case { nuncio: two(request::ask::<FifoDriver>, request::serve::<FifoDriver>), ..FIFO_TRIP };

pub(super) const CASES: &[Case] = &[
    Case { name: "bus-fifo-100", aim: Aim::AtLeast(0.68), ..FIFO },
    Case {
        name: "bus-fifo-100-gathered",
        aim: Aim::AtLeast(0.90),
        nuncio: two(bus::read::<FifoDriver>, bus::write_gathered::<FifoDriver>),
        ..FIFO
    },
    Case { name: "bus-fifo-10k", load: LARGE, share: 10, aim: Aim::AtLeast(0.55), ..FIFO },
    Case { name: "bus-unix-100", aim: Aim::AtLeast(0.75), ..UNIX },
    Case { name: "bus-unix-10k", load: LARGE, share: 10, aim: Aim::AtLeast(0.75), ..UNIX },
    Case { name: "bus-stream-100", aim: Aim::AtLeast(0.75), ..STREAM },
    Case { name: "bus-stream-100-gathered", aim: Aim::AtLeast(3.0), ..STREAM_GATHERED },
    Case { name: "bus-stream-10k", load: LARGE, share: 10, aim: Aim::AtLeast(0.75), ..STREAM },
    Case { name: "bus-stream-10k-gathered", load: LARGE, share: 10, aim: Aim::AtLeast(1.2), ..STREAM_GATHERED },
    Case { name: "bus-files-100", aim: Aim::AtLeast(0.85), ..FILES },
    Case { name: "bus-files-10k", load: LARGE, share: 80, aim: Aim::AtLeast(0.75), ..FILES },
    Case { name: "bus-fifo-trip", aim: Aim::AtMost(1.15), ..FIFO_TRIP },
    Case { name: "bus-fifo-trip-one-core", aim: Aim::AtMost(1.50), placements: ONE_CORE, ..FIFO_TRIP },
    Case { name: "bus-unix-trip", aim: Aim::AtMost(1.15), ..UNIX_TRIP },
    Case { name: "bus-unix-trip-one-core", aim: Aim::AtMost(1.30), placements: ONE_CORE, ..UNIX_TRIP },
    Case { name: "bus-stream-trip", aim: Aim::AtMost(1.15), ..STREAM_TRIP },
    Case { name: "bus-stream-trip-one-core", aim: Aim::AtMost(1.30), placements: ONE_CORE, ..STREAM_TRIP },
    Case { name: "bus-fifo-request", aim: Aim::AtMost(1.5), ..FIFO_REQUEST },
    Case { name: "bus-fifo-request-one-core", aim: Aim::AtMost(2.0), placements: ONE_CORE, ..FIFO_REQUEST },
    Case { name: "bus-unix-request", aim: Aim::AtMost(1.5), ..UNIX_REQUEST },
    Case { name: "bus-unix-request-one-core", aim: Aim::AtMost(2.0), placements: ONE_CORE, ..UNIX_REQUEST },
    Case { name: "bus-stream-request", aim: Aim::AtMost(1.5), ..STREAM_REQUEST },
    Case { name: "bus-stream-request-one-core", aim: Aim::AtMost(2.0), placements: ONE_CORE, ..STREAM_REQUEST },
];
