//! Notices that the place of a peer was removed while it waits: with the bus, or by itself.
//!
//! What tells of it is the file beside the entry that names the process. A file that is removed changes its number of links,
//! which inotify reports also of one that somebody holds open; of a directory it would not. It may go before the entry does or
//! after it, so either of them missing is the end. Whoever waits for a short time only has nothing to do with it.

use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::MetadataExt;

use nuncio_core::{Clock, Deadline, Error, ErrorKind, Readiness, Result, Wait};
use nuncio_sys::watch::Watch;

use super::arrival::Seat;
use super::wait::wait_for_any;
use crate::wire::name::Sidecar;

/// What tells one place from another that is made under its name.
pub(super) type Identity = (u64, u64);

/// Watches over the place of one peer.
#[derive(Debug)]
pub(super) struct Removal {
    identity: Option<Identity>,
    watch: Option<Watch>,
}

impl Removal {
    /// For the place that `seat` has taken.
    pub(super) fn of(seat: &Seat) -> Self {
        Self { identity: identity(seat), watch: None }
    }

    /// Waits until `readiness` may have come true; false if the deadline has passed.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] when the place is gone; those of waiting.
    pub(super) fn wait(
        &mut self,
        seat: &Seat,
        readiness: &Readiness,
        clock: &dyn Clock,
        wait: Wait<'_>,
    ) -> Result<bool> {
        loop {
            if self.watch.is_none() {
                self.watch = watch(seat)?;
            }
            self.check(seat)?;
            // Without a watch it is seen when one looks the next time.
            let Some(watch) = &self.watch else { return super::wait::wait_for(readiness, clock, wait) };
            let removed = Readiness::Readable(watch.readiness().clone());
            let ready = wait_for_any(&[readiness, &removed], clock, wait)?;
            if ready & 1 != 0 {
                return Ok(true);
            }
            if ready == 0 && wait.until != Deadline::Never {
                return Ok(false);
            }
            let mut changes = Vec::new();
            watch.take(&mut changes).map_err(|error| seat.route.failed("watch the bus", error))?;
            if !changes.is_empty() {
                // The file may be gone, or not be the one that names the process any more.
                self.watch = None;
            }
        }
    }

    fn check(&self, seat: &Seat) -> Result<()> {
        match identity(seat) == self.identity {
            true => Ok(()),
            false => Err(is_gone(seat)),
        }
    }
}

fn is_gone(seat: &Seat) -> Error {
    Error::new(ErrorKind::NoSuchEndpoint, "receive as")
        .on(seat.id.as_str())
        .because("its place is gone: the bus has ended, or somebody has removed it")
}

fn identity(seat: &Seat) -> Option<Identity> {
    let status = seat.route.directory.status_of(OsStr::new(&seat.disk)).ok().flatten()?;
    Some((status.device, status.inode))
}

/// None where nothing can be watched. Where the file is gone the entry is, or will be in a moment of which nothing tells.
fn watch(seat: &Seat) -> Result<Option<Watch>> {
    let failed = |error| seat.route.failed("watch the bus", error);
    loop {
        let file = match seat.route.directory.open_regular(&Sidecar::Pid.of(&seat.disk)) {
            Ok((file, _)) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(is_gone(seat)),
            Err(_) => return Ok(None),
        };
        let watch = match Watch::of_file(&file) {
            // Looking again and again is more than this is worth.
            Ok(watch) => Some(watch).filter(Watch::is_told),
            // The user watches too much already.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NOSPC.raw_os_error()) => None,
            Err(error) => return Err(failed(error)),
        };
        // What was removed before it was watched is not told.
        if file.metadata().map_err(failed)?.nlink() > 0 {
            return Ok(watch);
        }
    }
}
