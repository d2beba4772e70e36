//! Signals, counted.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use nuncio_core::{Error, ErrorKind, Readiness, Result};
use nuncio_sys::signals::SignalCount;
use rustix::event::epoll;

/// How often one signal is told at once; whoever sends more of one does not count them.
const COUNT_MAX: u64 = 256;

/// The signals that a service wants. When this is dropped they do again what they did before.
#[derive(Debug)]
pub(super) struct Signals {
    readiness: Readiness,
    wanted: Vec<SignalCount>,
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
            let count = SignalCount::of(signal).map_err(failed)?;
            let added = epoll::add(&set, &count, epoll::EventData::new_u64(0), epoll::EventFlags::IN);
            added.map_err(|error| failed(error.into()))?;
            wanted.push(count);
        }
        Ok(Some(Self { readiness: Readiness::Readable(set), wanted }))
    }

    pub(super) const fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Those that came since the last call, once for each time.
    pub(super) fn take(&mut self) -> Vec<i32> {
        let times = |wanted: &SignalCount| wanted.take().min(COUNT_MAX) as usize;
        self.wanted.iter().flat_map(|wanted| std::iter::repeat_n(wanted.signal(), times(wanted))).collect()
    }
}
