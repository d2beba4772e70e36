//! Messages through FIFOs: `fifo:/directory`. Compatible with IPC::Manager's `AtomicPipe`.
//!
//! Each peer has a FIFO, into which others write messages in bursts ([`wire::burst`](crate::wire::burst)). Options are those
//! of [`RouteConfig`](crate::RouteConfig).
//!
//! # Contract
//! - **Bodies.** JSON values. Headers travel in a member that the reference ignores.
//! - **Size.** A message of up to 4080 bytes crosses in one piece. What of a longer one does not fit at once is
//!   [queued](nuncio_core::driver::Sent::queued), and [`flush`](nuncio_core::Outbox::flush) pushes it on.
//! - **Order** holds for each sender. Receiving removes the message. A name has one reader.
//! - **Full** is what the kernel keeps in a pipe, `fs.pipe-max-size` bytes, usually a mebibyte, in pages of which each is free
//!   when all of it was read; a sender waits. A reader takes up to 64 KiB from the pipe at once.
//! - **Waits** are on the FIFO itself.
//! - **Leaving** hands over what is unread; senders are told from then on, and nothing is lost in between where pages have
//!   4096 bytes. Nobody is suspended here.
//! - **Survives** the sender; the receiver's end is the end of what he did not read. A message of which a killed sender wrote
//!   only a part is a fault, or nothing.
//! - **Origin** is what the message claims.
//!
//! A program that is not started by Rust's own runtime has to ignore `SIGPIPE`, as a Rust program does by itself: a pipe
//! whose reader is gone sends it to whoever writes.

mod mailbox;
mod sending;

use std::path::Path;
use std::sync::Arc;

use nuncio_core::{Capabilities, EndpointName, Full, Limits, Result, Survives};
use nuncio_sys::files::FileKind;

use self::mailbox::FifoMailbox;
use self::sending::FifoSending;
use crate::place::claims_of_a_bus;
use crate::route::{Medium, Route, Seat, route_driver};
use crate::wire::burst::DATA_BYTES_MAX;
use crate::wire::name;

/// What a payload may have beside it in a message that crosses in one piece, in bytes.
const ENVELOPE_BYTES: usize = 1024;

route_driver!(
    /// A bus whose messages go through FIFOs.
    FifoDriver,
    Fifo,
    "fifo"
);

#[derive(Debug)]
struct Fifo;

impl Medium for Fifo {
    const ENTRIES: &'static [FileKind] = &[FileKind::Fifo];
    const KEEPS: bool = false;
    type Mailbox = FifoMailbox;
    type Sending = FifoSending;

    fn name_budget(_: &Path) -> usize {
        name::BUDGET_OF_FILES
    }

    fn capabilities(limits: &Limits) -> Capabilities {
        let mut claims = claims_of_a_bus(limits.payload_bytes_max);
        claims.full = Full::WaitsAtBytes;
        claims.inline_bytes_max = limits.payload_bytes_max.min(DATA_BYTES_MAX - ENVELOPE_BYTES);
        claims.survives = Survives::Senders;
        claims
    }

    fn receive(seat: &Seat) -> Result<(FifoMailbox, FifoSending)> {
        Ok((FifoMailbox::open(seat)?, FifoSending::new(Arc::clone(&seat.route))))
    }

    fn send_only(route: &Arc<Route>, _: &EndpointName) -> Result<FifoSending> {
        Ok(FifoSending::new(Arc::clone(route)))
    }
}
