//! Signals, counted.
//!
//! # Source
//! signal(7); a handler may write to a pipe.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use nuncio_core::{Error, ErrorKind, Readiness, Result};
use rustix::event::epoll;
use signal_hook::SigId;
use signal_hook::low_level::{pipe, unregister};

/// How many of one signal are told at once.
const COUNT_MAX: usize = 256;

/// The signals that a service wants.
#[derive(Debug)]
pub(super) struct Signals {
    readiness: Readiness,
    wanted: Vec<Wanted>,
}

#[derive(Debug)]
struct Wanted {
    signal: i32,
    registered: SigId,
    /// Has a byte for each time.
    came: UnixStream,
}

impl Signals {
    /// Catches `signals` from now on; none for none.
    pub(super) fn catch(signals: &[i32]) -> Result<Option<Self>> {
        if signals.is_empty() {
            return Ok(None);
        }
        let failed = |error: std::io::Error| Error::new(ErrorKind::Misconfigured, "catch signals").caused_by(error);
        let set: Arc<OwnedFd> =
            Arc::new(epoll::create(epoll::CreateFlags::CLOEXEC).map_err(|error| failed(error.into()))?);
        let mut wanted = Vec::with_capacity(signals.len());
        for &signal in signals {
            let (came, tell) = UnixStream::pair().map_err(failed)?;
            came.set_nonblocking(true).map_err(failed)?;
            let added = epoll::add(&set, &came, epoll::EventData::new_u64(0), epoll::EventFlags::IN);
            added.map_err(|error| failed(error.into()))?;
            let registered = pipe::register(signal, tell).map_err(failed)?;
            wanted.push(Wanted { signal, registered, came });
        }
        Ok(Some(Self { readiness: Readiness::Readable(set), wanted }))
    }

    pub(super) const fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Those that came since the last call, once for each time.
    pub(super) fn take(&mut self) -> Vec<i32> {
        let mut signals = Vec::new();
        for Wanted { signal, came, .. } in &mut self.wanted {
            let mut bytes = [0; COUNT_MAX];
            // None is an error, and the next look tells what did not fit into this one.
            let count = came.read(&mut bytes).unwrap_or(0);
            signals.extend(std::iter::repeat_n(*signal, count));
        }
        signals
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for wanted in &self.wanted {
            unregister(wanted.registered);
        }
    }
}
