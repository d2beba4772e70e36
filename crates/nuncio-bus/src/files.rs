//! Messages as files: `files:/directory`. Compatible with IPC::Manager's `MessageFiles`.
//!
//! Each peer has a directory; a message is a file in it, written under a name that does not count and then renamed.
//! Options are those of [`RouteConfig`](crate::RouteConfig).
//!
//! # Contract
//! - **Bodies.** JSON values. Headers travel in a member that the reference ignores.
//! - **Order** holds for each sender. Receiving removes the message, unless messages are
//!   [lent](crate::RouteConfig::lease): then each stays where it is until it is acknowledged, and comes again when it is given
//!   back, when its lease runs out, or when its reader has ended. What cannot be read is removed at once. A name has one
//!   reader.
//! - **Full** is a directory with [`Limits::capacity`](nuncio_core::Limits::capacity) messages, or with messages of
//!   [`Limits::capacity_bytes`](nuncio_core::Limits::capacity_bytes) and more; a sender waits. Each sender counts for itself,
//!   and not before each message: several who send at once may exceed the capacity together, each by no more than the room
//!   that it found. Senders of the reference do not count at all.
//! - **Waits** are on a descriptor, through inotify; without an instance to be had the directory is looked at each 10 ms.
//! - **Leaving** hands over what is unread. Who is suspended, dropped or killed keeps his directory, and messages arrive; the
//!   next one of that name gets them.
//! - **Survives** every process and an orderly restart of the machine. Files are not synced, so that a loss of power can
//!   take the latest.
//! - **Origin** is what the message claims.
//!
//! ```
//! use nuncio_bus::RouteConfig;
//! use nuncio_bus::files::FilesDriver;
//! use nuncio_core::{AttachOptions, Batch, Driver, EndpointName, Item, Outgoing, Payload, Role, Wait};
//!
//! # let parent = tempfile::tempdir().expect("a directory");
//! let driver = FilesDriver::open(&RouteConfig::new(parent.path().join("bus")))?;
//! let name = EndpointName::new("worker")?;
//! let worker = driver.attach(&name, &AttachOptions::new(Role::Receive))?;
//! let target = worker.outbox.resolve(&name)?;
//! let items = [Item::new(Payload::Encode(&["resize", "crop"]))];
//! worker.outbox.send(&target, &mut Outgoing::new(&items), Wait::FOREVER).map_err(|failure| failure.error)?;
//!
//! let (mut inbox, mut batch) = (worker.inbox.expect("it receives"), Batch::new());
//! inbox.recv(&mut batch, 16, Wait::FOREVER)?;
//! assert_eq!(batch.get(0).expect("one arrived").from(), "worker");
//! # Ok::<(), nuncio_core::Error>(())
//! ```

mod backlog;
mod gauge;
mod lending;
mod mailbox;
mod sending;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use nuncio_core::{Capabilities, EndpointName, Full, Limits, Result, Survives};
use nuncio_sys::files::FileKind;

use self::mailbox::FilesMailbox;
use self::sending::FilesSending;
use crate::place::claims_of_a_bus;
use crate::route::{Medium, Route, Seat, route_driver};
use crate::wire::name;

route_driver!(
    /// A bus whose messages are files.
    FilesDriver,
    Files,
    "files"
);

/// What the name of a message's file ends in when it is whole, and while it is written.
const READY: &str = ".ready";
const PENDING: &str = ".pend";

#[derive(Debug)]
struct Files;

impl Medium for Files {
    const ENTRIES: &'static [FileKind] = &[FileKind::Directory];
    const KEEPS: bool = true;
    const LENDS: bool = true;
    type Mailbox = FilesMailbox;
    type Sending = FilesSending;

    fn name_budget(_: &Path) -> usize {
        name::BUDGET_OF_FILES
    }

    fn capabilities(limits: &Limits) -> Capabilities {
        let mut claims = claims_of_a_bus(limits.payload_bytes_max);
        claims.full = Full::WaitsAtCapacityAndBytes;
        claims.survives = Survives::Reboot;
        claims.suspend = true;
        claims
    }

    fn receive(seat: &Seat) -> Result<(FilesMailbox, FilesSending)> {
        Ok((FilesMailbox::open(seat)?, FilesSending::new(Arc::clone(&seat.route))))
    }

    fn has_unfinished(route: &Route, disk: &str) -> Result<bool> {
        let Ok(directory) = route.directory.open_directory(OsStr::new(disk)) else { return Ok(false) };
        let mut is_found = false;
        let listed = directory.each_name(|name| is_found |= name.as_bytes().ends_with(PENDING.as_bytes()));
        listed.map(|()| is_found).map_err(|error| route.failed("look into the mailbox", error))
    }

    fn send_only(route: &Arc<Route>, _: &EndpointName) -> Result<FilesSending> {
        Ok(FilesSending::new(Arc::clone(route)))
    }
}

/// Whether this is the file of a whole message.
fn is_ready(name: &OsStr) -> bool {
    name.as_bytes().ends_with(READY.as_bytes())
}
