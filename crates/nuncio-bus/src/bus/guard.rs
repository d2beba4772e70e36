//! The end of a bus, in order.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use nuncio_core::{Deadline, Error, ErrorKind, Item, Payload, Result, SendError, Wait};
use nuncio_sys::files::Directory;
use nuncio_sys::process::effective_user;
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tracing::warn;

use super::local::LocalPeer;
use super::peer::Peer;
use super::{Bus, PeerInfo};
use crate::place::Place;
use crate::route::Arrival;
use crate::wire::account::{Difference, OWNER};

/// How long a guard that is dropped takes for it.
const SHORT: Duration = Duration::from_secs(2);
/// How long accounts that do not come out are counted again: the reference's peers write theirs after they have gone.
const COUNT_AGAIN: Duration = Duration::from_secs(2);
/// How long one receiver may keep the message that asks to end waiting.
const ASK: Duration = Duration::from_millis(500);
/// How long one of our own threads that is receiving may take to see that its peer is to close.
const CLOSE: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(20);

/// How long the reference waits for its peers, in seconds, unless the variable says otherwise.
const PATIENCE_VARIABLE: &str = "IPC_MANAGER_SPAWN_PEER_TIMEOUT";
const PATIENCE_USUAL: Duration = Duration::from_secs(60);

/// How long one who ends a bus waits for its peers: what the variable `IPC_MANAGER_SPAWN_PEER_TIMEOUT` says in seconds, or a
/// minute. What is no number of seconds is logged.
pub fn patience() -> Duration {
    let Ok(text) = std::env::var(PATIENCE_VARIABLE) else { return PATIENCE_USUAL };
    patience_of(&text).unwrap_or_else(|| {
        warn!(text, "{PATIENCE_VARIABLE} is no number of seconds, {PATIENCE_USUAL:?} are taken");
        PATIENCE_USUAL
    })
}

/// What is too long to be written down is for ever.
fn patience_of(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)?;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

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
    /// The peers of this process that were closed.
    pub closed: Vec<String>,
    /// The processes that were sent a signal.
    pub signalled: Vec<u32>,
    /// Who had not left by the deadline.
    pub remaining: Vec<String>,
    /// Messages that were sent and not read, or read and not sent.
    pub differences: Vec<Difference>,
}

impl BusGuard {
    pub(super) const fn new(bus: Bus, signal: Option<i32>) -> Self {
        Self { bus, signal, is_armed: true }
    }

    /// One that leaves the bus as it is when it is dropped.
    pub(super) fn unarmed(bus: Bus, signal: Option<i32>) -> Self {
        bus.release();
        Self { bus, signal, is_armed: false }
    }

    /// Leaves the bus as it is; somebody else ends it.
    pub fn keep(mut self) -> Bus {
        self.is_armed = false;
        self.bus.release();
        self.bus.clone()
    }

    /// Hands the guard to process `pid`, which [takes it over](Bus::take_over), and waits until it has.
    ///
    /// # Errors
    /// The guard is given back: [`ErrorKind::TimedOut`]; [`ErrorKind::PeerGone`] and [`ErrorKind::NoSuchEndpoint`] without
    /// such a process; [`ErrorKind::Unsupported`] on a medium without room for the mark of an owner.
    pub fn hand_over(mut self, pid: u32, wait: Wait<'_>) -> Result<Bus, SendError<Self>> {
        match self.bus.offer(pid, self.signal, wait) {
            Ok(()) => {
                self.is_armed = false;
                Ok(self.bus.clone())
            }
            Err(error) => Err(SendError::not_sent(error, self)),
        }
    }

    /// Ends the bus: closes the peers of this process that are no services, sends the signal, asks all others to end, waits for
    /// them for up to `patience`, counts, and removes everything.
    ///
    /// # Errors
    /// [`ErrorKind::PermissionDenied`] when another process has taken the bus over; those of reading and removing it. What
    /// peers did or did not do is in the report.
    pub fn shutdown(mut self, patience: Duration) -> Result<Report> {
        self.is_armed = false;
        self.end(patience, COUNT_AGAIN)
    }

    fn end(&self, patience: Duration, count_again: Duration) -> Result<Report> {
        if let Some(mark) = self.bus.mark()
            && !mark.is_ours()
        {
            let reason = "another process has taken it over";
            return Err(Error::new(ErrorKind::PermissionDenied, "end the bus")
                .on(self.bus.info.route.as_str())
                .because(reason));
        }
        let deadline = Deadline::after(Instant::now(), patience);
        let mut report = Report::default();
        let owner = self.join_to_end()?;
        let own = own_peers(&owner, |peer| !peer.is_service());
        // Those that are receiving at this moment close when the message that asks to end wakes them.
        for peer in &own {
            let _ = peer.close();
        }
        if let Some(signal) = self.signal {
            report.signalled = signal_all(&*self.bus.place, &owner.others()?, signal);
        }
        ask_to_end(&owner, deadline)?;
        report.closed = close(&own);
        report.remaining = self.wait_for_others(&owner, deadline)?;
        if !report.remaining.is_empty() {
            // Services of this process that do not end cannot be waited for any longer.
            report.closed.extend(close(&own_peers(&owner, |_| true)));
        }
        let given_up = Instant::now() + count_again;
        report.differences = loop {
            let mut differences = self.bus.differences()?;
            differences.retain(|pair| pair.from != owner.id() && pair.to != owner.id());
            if differences.is_empty() || Instant::now() >= given_up {
                break differences;
            }
            // Accounts are written by who has gone, of which nothing tells.
            thread::sleep(LOOK);
        };
        drop(owner);
        self.bus.place.remove()?;
        Ok(report)
    }

    /// Joins as the owner, or, where somebody else has that name, under one of its own.
    fn join_to_end(&self) -> Result<Peer> {
        match self.bus.join(OWNER, Arrival::Either) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.bus.join(&format!("{OWNER}-{}", std::process::id()), Arrival::Either)
            }
            joined => joined,
        }
    }

    /// Waits until all others have left; who has not by the deadline.
    fn wait_for_others(&self, owner: &Peer, deadline: Deadline) -> Result<Vec<String>> {
        let mut watch = self.bus.watch_peers()?;
        loop {
            let present = watch.present().into_iter().filter(|peer| peer.pid.is_some() && peer.id != owner.id());
            let remaining: Vec<String> = present.map(|peer| peer.id).collect();
            if remaining.is_empty() || watch.next(Wait::until(deadline))?.is_none() {
                return Ok(remaining);
            }
        }
    }
}

/// Asks everybody to end, all within a time that does not grow with their number.
fn ask_to_end(owner: &Peer, deadline: Deadline) -> Result<()> {
    let last = deadline.instant().map(|deadline| deadline.max(Instant::now() + ASK));
    let content = BTreeMap::from([("terminate", 1)]);
    for peer in owner.others()? {
        let soon = Instant::now() + ASK;
        let until = last.map_or(soon, |last| last.min(soon));
        let item = Item { broadcast: true, ..Item::new(Payload::Encode(&content)) };
        if let Err(error) = owner.send_item(&peer.id, item, Wait::until(Deadline::At(until))) {
            warn!(peer = peer.id, error = %error.chain(), "a peer could not be asked to end");
        }
    }
    Ok(())
}

/// Those of this process's peers that are `wanted`.
fn own_peers(owner: &Peer, wanted: impl Fn(&LocalPeer) -> bool) -> Vec<Arc<LocalPeer>> {
    let mut peers = LocalPeer::all_on(&owner.bus().place.key());
    peers.retain(|peer| peer.id.as_str() != owner.id() && wanted(peer));
    peers
}

/// Closes `peers`; their ids.
fn close(peers: &[Arc<LocalPeer>]) -> Vec<String> {
    let given_up = Instant::now() + CLOSE;
    for peer in peers {
        while !peer.close() && Instant::now() < given_up {
            thread::sleep(Duration::from_millis(1));
        }
    }
    peers.iter().map(|peer| peer.id.as_str().to_owned()).collect()
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

/// Sends `signal` to the processes of `peers`, once to each; those to which it was sent.
fn signal_all(place: &dyn Place, peers: &[PeerInfo], signal: i32) -> Vec<u32> {
    let mut signalled = Vec::new();
    for peer in peers {
        let Some(pid) = peer.pid.filter(|pid| !signalled.contains(pid)) else { continue };
        if send_signal(place, &peer.id, pid, signal) {
            signalled.push(pid);
        }
    }
    signalled
}

/// Sends `signal` to process `pid`, if it is one that a peer can be, neither the first process nor this one, belongs to this
/// user, and is the one that took the name `id`: a number may have been given out again.
fn send_signal(place: &dyn Place, id: &str, pid: u32, signal: i32) -> bool {
    if pid <= 1 || pid == std::process::id() {
        return false;
    }
    let (Some(signal), Some(process)) =
        (Signal::from_named_raw(signal), i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw))
    else {
        return false;
    };
    // From here on it is one process, whatever becomes of its number; if it ends the signal reaches nobody.
    let Ok(process) = pidfd_open(process, PidfdFlags::empty()) else { return false };
    is_own(pid) && place.is_certainly(id, pid).unwrap_or(false) && pidfd_send_signal(process, signal).is_ok()
}

fn is_own(pid: u32) -> bool {
    let process = Directory::open(std::path::Path::new(&format!("/proc/{pid}")));
    process.and_then(|process| process.status()).is_ok_and(|status| status.uid == effective_user())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_a_number_of_seconds() {
        for (text, patience) in [
            ("0", Some(Duration::ZERO)),
            (" 7\n", Some(Duration::from_secs(7))),
            ("0.5", Some(Duration::from_millis(500))),
            ("18446744073709551615", Some(Duration::MAX)),
            ("-1", None),
            ("inf", None),
            ("nan", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(patience_of(text), patience, "{text:?}");
        }
    }
}
