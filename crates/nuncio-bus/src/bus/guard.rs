//! The end of a bus, in order.

use std::ops::Deref;
use std::thread;
use std::time::{Duration, Instant};

use nuncio_core::Result;
use nuncio_sys::files::Directory;
use nuncio_sys::process::{ProcessIdentity, effective_user};
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tracing::warn;

use super::owner;
use super::{Bus, PeerInfo};
use crate::route::Arrival;
use crate::wire::account::{Difference, OWNER};

/// How long a guard that is dropped takes for it.
const SHORT: Duration = Duration::from_secs(2);
/// How long accounts that do not come out are counted again: the reference's peers write theirs after they have gone.
const COUNT_AGAIN: Duration = Duration::from_secs(2);
/// How long one receiver may keep the message that asks to end waiting.
const ASK: Duration = Duration::from_millis(500);
const LOOK: Duration = Duration::from_millis(20);

/// A bus with its owner: when it is dropped the bus ends within two seconds, and what went wrong is logged; while panicking it
/// is only logged.
#[derive(Debug)]
pub struct BusGuard {
    bus: Bus,
    signal: Option<i32>,
    is_armed: bool,
}

/// How a bus ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The processes that were sent a signal.
    pub signalled: Vec<u32>,
    /// Who had not left by the deadline; those of this process among them.
    pub remaining: Vec<String>,
    /// Messages that were sent and not read, or read and not sent.
    pub differences: Vec<Difference>,
}

impl BusGuard {
    pub(super) const fn new(bus: Bus, signal: Option<i32>) -> Self {
        Self { bus, signal, is_armed: true }
    }

    /// Leaves the bus as it is; somebody else ends it.
    pub fn keep(mut self) -> Bus {
        self.is_armed = false;
        self.bus.clone()
    }

    /// Ends the bus: sends the signal, asks all peers to end, waits for them for up to `patience`, counts, and removes
    /// everything.
    ///
    /// # Errors
    /// Those of reading and removing the directory. What peers did or did not do is in the report.
    pub fn shutdown(mut self, patience: Duration) -> Result<Report> {
        self.is_armed = false;
        self.end(patience, COUNT_AGAIN)
    }

    fn end(&self, patience: Duration, count_again: Duration) -> Result<Report> {
        let deadline = Instant::now() + patience;
        let mut report = Report::default();
        let owner = self.bus.join(OWNER, Arrival::Either)?;
        if let Some(signal) = self.signal {
            let peers = owner.others()?;
            report.signalled =
                peers.iter().filter_map(|peer| peer.pid).filter(|pid| send_signal(*pid, signal)).collect();
        }
        for (peer, sent) in owner.broadcast(&std::collections::BTreeMap::from([("terminate", 1)]), ASK)? {
            if let Err(error) = sent {
                warn!(peer, error = %error.chain(), "a peer could not be asked to end");
            }
        }
        report.remaining = loop {
            let remaining: Vec<PeerInfo> = owner.others()?.into_iter().filter(|peer| peer.pid.is_some()).collect();
            let others = remaining.iter().filter(|peer| peer.pid != Some(std::process::id())).count();
            if others == 0 || Instant::now() >= deadline {
                break remaining.into_iter().map(|peer| peer.id).collect();
            }
            thread::sleep(LOOK);
        };
        let given_up = Instant::now() + count_again;
        report.differences = loop {
            let differences = self.bus.differences()?;
            if differences.is_empty() || Instant::now() >= given_up {
                break differences;
            }
            thread::sleep(LOOK);
        };
        drop(owner);
        owner::remove(self.bus.place.route())?;
        Ok(report)
    }
}

impl Deref for BusGuard {
    type Target = Bus;

    fn deref(&self) -> &Bus {
        &self.bus
    }
}

impl Drop for BusGuard {
    fn drop(&mut self) {
        if !self.is_armed {
            return;
        }
        if thread::panicking() {
            warn!(bus = %self.bus.info(), "a bus is left behind by a panic; `nuncio bus clean` removes it");
            return;
        }
        match self.end(SHORT, Duration::ZERO) {
            Ok(report) if report.remaining.is_empty() && report.differences.is_empty() => {}
            Ok(report) => warn!(bus = %self.bus.info(), ?report, "a bus was ended in haste"),
            Err(error) => warn!(bus = %self.bus.info(), error = %error.chain(), "a bus could not be ended"),
        }
    }
}

/// Sends `signal` to the process that has the number `pid` now, if it is one that a peer can be: neither the first process
/// nor this one, and of this user.
fn send_signal(pid: u32, signal: i32) -> bool {
    if pid <= 1 || pid == std::process::id() || !is_own(pid) {
        return false;
    }
    let (Some(signal), Some(process)) =
        (Signal::from_named_raw(signal), i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw))
    else {
        return false;
    };
    let Ok(Some(before)) = ProcessIdentity::of(pid) else { return false };
    // From here on it is the same process, whatever becomes of its number.
    let Ok(process) = pidfd_open(process, PidfdFlags::empty()) else { return false };
    before.is_alive().unwrap_or(false) && pidfd_send_signal(process, signal).is_ok()
}

fn is_own(pid: u32) -> bool {
    let process = Directory::open(std::path::Path::new(&format!("/proc/{pid}")));
    process.and_then(|process| process.status()).is_ok_and(|status| status.uid == effective_user())
}
