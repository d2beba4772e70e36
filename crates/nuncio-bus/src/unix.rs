//! Messages as datagrams: `unix:/directory`. Compatible with IPC::Manager's `UnixSocket`.
//!
//! Each peer has a socket; one datagram is one message. Options are those of [`RouteConfig`](crate::RouteConfig).
//!
//! # Contract
//! - **Bodies.** JSON values. Headers travel in a member that the reference ignores.
//! - **Size.** A whole message has at most [`MESSAGE_BYTES_MAX`] bytes as it is written, of which a payload may always fill
//!   [`PAYLOAD_BYTES_MAX`]. What is longer is refused; what comes longer from others is a fault.
//! - **Order** holds for each sender. Receiving removes the message. A name has one reader.
//! - **Full** is what the kernel keeps for a socket: `net.unix.max_dgram_qlen` messages and one, usually 11; a sender waits, and
//!   who has waited longest need not be served first.
//! - **Waits** are on the socket itself.
//! - **Leaving** hands over what is unread; senders are told from then on. Nobody is suspended here.
//! - **Survives** the sender; the receiver's end is the end of what he did not read.
//! - **Origin** is the kernel's word on the sending process.

mod mailbox;
mod sending;

use std::path::Path;
use std::sync::Arc;

use nuncio_core::{Capabilities, EndpointName, Full, Limits, Result, Survives};
use nuncio_sys::files::FileKind;

use self::mailbox::UnixMailbox;
use self::sending::UnixSending;
use crate::place::claims_of_a_bus;
use crate::route::{Medium, Route, Seat, route_driver};
use crate::wire::name;

/// The longest message, in bytes: what the reference's receivers read.
pub const MESSAGE_BYTES_MAX: usize = 65_536;
/// The longest payload, in bytes: a kibibyte is for the envelope.
pub const PAYLOAD_BYTES_MAX: usize = MESSAGE_BYTES_MAX - 1024;

route_driver!(
    /// A bus whose messages are datagrams.
    UnixDriver,
    Unix,
    "unix"
);

#[derive(Debug)]
struct Unix;

impl Medium for Unix {
    const ENTRIES: &'static [FileKind] = &[FileKind::Socket];
    const KEEPS: bool = false;
    type Mailbox = UnixMailbox;
    type Sending = UnixSending;

    fn name_budget(route: &Path) -> usize {
        name::budget_of_sockets(route.as_os_str().len())
    }

    fn capabilities(limits: &Limits) -> Capabilities {
        let mut claims = claims_of_a_bus(limits.payload_bytes_max.min(PAYLOAD_BYTES_MAX));
        claims.full = Full::WaitsAtCapacity;
        claims.survives = Survives::Senders;
        claims
    }

    fn receive(seat: &Seat) -> Result<(UnixMailbox, UnixSending)> {
        Ok((UnixMailbox::open(seat)?, UnixSending::new(Arc::clone(&seat.route))))
    }

    fn send_only(route: &Arc<Route>, _: &EndpointName) -> Result<UnixSending> {
        Ok(UnixSending::new(Arc::clone(route)))
    }
}
