//! Messages over connections: `stream:/directory`. Compatible with IPC::Manager's `ConnectionUnix`.
//!
//! Each peer listens on a socket, and whoever has a message for it connects; one connection serves both directions. Messages
//! are frames ([`wire::frame`](crate::wire::frame)), of which the first one says who connects. Options are those of
//! [`RouteConfig`](crate::RouteConfig).
//!
//! # Contract
//! - **Bodies.** JSON values. Headers travel in a member that the reference ignores.
//! - **Size.** What of a message does not fit into the kernel's buffer at once is [queued](nuncio_core::driver::Sent::queued),
//!   and [`flush`](nuncio_core::Outbox::flush) pushes it on.
//! - **Order** holds for each sender. Receiving removes the message. A name has one reader.
//! - **Full** is what the kernel keeps for a connection, `net.core.wmem_default` bytes with its own overhead, usually 208
//!   KiB; each sender has that for itself. A sender waits, until three quarters of it are free. A reader takes up to 64
//!   KiB from a connection at once.
//! - **Waits** are on one descriptor for all connections, which tells of whatever comes after a receive that did not wait.
//! - **Leaving** hands over what is unread; senders are told from then on, and nothing is lost in between. Nobody is suspended
//!   here.
//! - **Survives** the sender; the receiver's end is the end of what he did not read. A message of which a killed sender wrote
//!   only a part is a fault.
//! - **Origin** is the kernel's word on the process that connected, or that listened.
//! - **Not listening.** Who [does not listen](crate::RouteConfig::without_listening) is reached by those to whom he has
//!   sent something.

mod connection;
mod connections;
mod hub;
mod input;
mod mailbox;
mod reading;
mod sending;

use std::path::Path;
use std::sync::Arc;

use nuncio_core::{AttachOptions, Attached, Capabilities, EndpointName, Full, Limits, Result, Survives};
use nuncio_sys::files::FileKind;

pub use self::connections::{ConnectionInfo, Connections};

use self::hub::Hub;
use self::mailbox::StreamMailbox;
use self::sending::StreamSending;
use crate::place::claims_of_a_bus;
use crate::route::{Arrival, Medium, Route, Seat, route_driver};
use crate::wire::name;

/// How much is written and read at once, in bytes.
const AT_ONCE_BYTES: usize = 65_536;
/// What a payload may have beside it in a message that is written at once, in bytes.
const ENVELOPE_BYTES: usize = 1024;

route_driver!(
    /// A bus whose messages go over connections.
    StreamDriver,
    Stream,
    "stream"
);

impl StreamDriver {
    /// Joins to receive as `who`, as [`attach`](nuncio_core::Driver::attach) does, and gives what there is to know about
    /// the connections.
    ///
    /// # Errors
    /// As [`attach`](nuncio_core::Driver::attach).
    pub fn attach_with_connections(
        &self,
        who: &EndpointName,
        options: &AttachOptions,
    ) -> Result<(Attached, Connections)> {
        let joined = self.0.receive(who, Arrival::Either, options)?;
        let connections = joined.connections.expect("a peer on this medium has connections");
        Ok((joined.attached, connections))
    }
}

#[derive(Debug)]
struct Stream;

impl Medium for Stream {
    const ENTRIES: &'static [FileKind] = &[FileKind::Socket, FileKind::Regular];
    const KEEPS: bool = false;
    const MAY_BE_SILENT: bool = true;
    type Mailbox = StreamMailbox;
    type Sending = StreamSending;

    fn name_budget(route: &Path) -> usize {
        name::budget_of_sockets(route.as_os_str().len())
    }

    fn capabilities(limits: &Limits) -> Capabilities {
        let mut claims = claims_of_a_bus(limits.payload_bytes_max);
        claims.full = Full::WaitsAtBytes;
        claims.inline_bytes_max = limits.payload_bytes_max.min(AT_ONCE_BYTES - ENVELOPE_BYTES);
        claims.survives = Survives::Senders;
        claims
    }

    fn receive(seat: &Seat) -> Result<(StreamMailbox, StreamSending)> {
        let (mailbox, hub) = StreamMailbox::open(seat)?;
        Ok((mailbox, StreamSending::new(hub)))
    }

    fn send_only(route: &Arc<Route>, _: &EndpointName) -> Result<StreamSending> {
        Ok(StreamSending::new(Arc::new(Hub::of_sender(route)?)))
    }
}
