//! The sending half: finds receivers, waits for room.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nuncio_core::driver::{Failed, Flushed, SendFailure, Sent};
use nuncio_core::{
    Clock, Deadline, EndpointName, Error, ErrorKind, Outbox, Outgoing, PeerId, Readiness, Result, Target, Wait,
};

use super::directory::Route;
use super::ledger::Ledger;
use super::medium::{Lane, Letters, Refusal, Sending};
use super::pen::Pen;
use super::presence::no_such_peer;
use crate::wire::message::Recipient;

#[derive(Debug)]
pub(crate) struct RouteOutbox<S: Sending> {
    sending: S,
    pen: Pen,
    ledger: Arc<Ledger>,
    clock: Arc<dyn Clock>,
    /// What tells it from all other outboxes of this process.
    number: u64,
    /// Where somebody may be just arriving.
    route: Option<Arc<Route>>,
    /// One for each receiver, however often it is asked for: two would mix what they have begun.
    receivers: Mutex<HashMap<EndpointName, Arc<Receiver<S::Lane>>>>,
}

/// What a target of these drivers holds.
#[derive(Debug)]
struct Receiver<L> {
    /// The number of the outbox that has found it.
    outbox: u64,
    name: EndpointName,
    recipient: Recipient,
    sent: Arc<AtomicU64>,
    /// The way that was found first: most receivers stay where they are, and nobody has to take turns to look.
    first: Arc<L>,
    /// Whether it leads nowhere any more, and the one that is taken instead.
    has_moved: AtomicBool,
    later: Mutex<Option<Arc<L>>>,
}

impl<L> Receiver<L> {
    fn lane(&self) -> Arc<L> {
        Arc::clone(lock(&self.later).as_ref().unwrap_or(&self.first))
    }

    fn move_to(&self, lane: L) {
        *lock(&self.later) = Some(Arc::new(lane));
        self.has_moved.store(true, Ordering::Release);
    }

    /// Does something by the way to it.
    #[inline(always)]
    fn by_lane<T>(&self, act: impl FnOnce(&Arc<L>) -> T) -> T {
        match self.has_moved.load(Ordering::Acquire) {
            false => act(&self.first),
            true => act(&self.lane()),
        }
    }
}

impl<S: Sending> RouteOutbox<S> {
    pub(crate) fn new(sending: S, pen: Pen, ledger: Arc<Ledger>, clock: Arc<dyn Clock>) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self { sending, pen, ledger, clock, number, route: None, receivers: Mutex::default() }
    }

    /// On a medium in the directory of `route`.
    pub(super) fn on(mut self, route: &Arc<Route>) -> Self {
        self.route = Some(Arc::clone(route));
        self
    }

    /// The receiver behind `to`, which has to be one of this outbox.
    #[inline(always)]
    fn receiver<'a>(&self, to: &'a Target) -> Result<&'a Receiver<S::Lane>> {
        let receiver: &Arc<Receiver<S::Lane>> = to.inner()?;
        match receiver.outbox == self.number {
            true => Ok(receiver),
            false => Err(Error::new(ErrorKind::ApiMisuse, "send to")
                .on(to.name().as_str())
                .because("the target was resolved by another outbox")),
        }
    }

    /// Finds `to`, also one who is just arriving: his entry is there before he can be reached.
    fn find(&self, to: &EndpointName) -> Result<S::Lane> {
        match self.sending.lane(to) {
            Err(error) if error.kind() == ErrorKind::NoSuchEndpoint && self.has_arrived(to)? => self.sending.lane(to),
            found => found,
        }
    }

    fn has_arrived(&self, who: &EndpointName) -> Result<bool> {
        self.route.as_ref().map_or(Ok(false), |route| route.has_arrived(who.as_str()))
    }

    /// Looks for the receiver again, unless somebody else did after `old` was found to be gone.
    fn renew(&self, receiver: &Receiver<S::Lane>, old: &Arc<S::Lane>) -> Result<()> {
        self.ledger.moved();
        if Arc::ptr_eq(&receiver.lane(), old) {
            receiver.move_to(self.find(&receiver.name)?);
        }
        Ok(())
    }

    /// Waits until there may be room, there or where the receiver is by then.
    fn wait_for_room(&self, receiver: &Receiver<S::Lane>, lane: &Arc<S::Lane>, wait: Wait<'_>) -> Result<()> {
        let refused = |kind, reason| Err(Error::new(kind, "send to").on(receiver.name.as_str()).because(reason));
        if wait.until == Deadline::Now {
            return refused(ErrorKind::Full, "there is no room");
        }
        match lane.wait_for_room(&*self.clock, wait) {
            Ok(true) | Err(Refusal::Full) => Ok(()),
            Err(Refusal::Gone) => self.renew(receiver, lane),
            Ok(false) => refused(ErrorKind::TimedOut, "there was no room until the deadline"),
            Err(Refusal::Failed(error)) => Err(error),
        }
    }
}

impl<S: Sending> Outbox for RouteOutbox<S> {
    fn resolve(&self, to: &EndpointName) -> Result<Target> {
        if let Some(known) = lock(&self.receivers).get(to) {
            return self.again(known);
        }
        PeerId::new(to.as_str())?;
        let receiver = Arc::new(Receiver {
            outbox: self.number,
            name: to.clone(),
            recipient: self.pen.recipient(to.as_str()),
            sent: self.ledger.sent_to(to),
            first: Arc::new(self.find(to)?),
            has_moved: AtomicBool::new(false),
            later: Mutex::default(),
        });
        let receiver = Arc::clone(lock(&self.receivers).entry(to.clone()).or_insert(receiver));
        Ok(Target::new(to.clone(), Arc::new(receiver)))
    }

    fn send(&self, to: &Target, batch: &mut Outgoing<'_>, wait: Wait<'_>) -> Result<Sent, SendFailure> {
        let receiver = self.receiver(to)?;
        if batch.rest().is_empty() {
            return Ok(Sent::default());
        }
        if let Some(cancel) = wait.cancel {
            cancel.check()?;
        }
        let may_block = matches!(wait, Wait { until: Deadline::Never, cancel: None });
        let (pen, to, items) = (&self.pen, &receiver.recipient, batch.rest());
        let letters = Letters { pen, to, items, now: self.clock.time_of_day(), may_block };
        let sent = receiver.by_lane(|lane| lane.send(&letters).map_err(|refusal| (Arc::clone(lane), refusal)));
        let sent = match sent {
            Ok(sent) => sent,
            Err(refused) => self.send_again(receiver, refused, &letters, wait)?,
        };
        let count = sent.stored + sent.queued;
        receiver.sent.fetch_add(count as u64, Ordering::Relaxed);
        self.ledger.expect();
        batch.advance(count);
        Ok(sent)
    }

    fn room(&self, to: &Target) -> Result<Readiness> {
        let receiver = self.receiver(to)?;
        for _ in 0..2 {
            let lane = receiver.lane();
            match lane.room() {
                Ok(readiness) => return Ok(readiness),
                Err(Refusal::Failed(error)) => return Err(error),
                Err(Refusal::Full | Refusal::Gone) => self.renew(receiver, &lane)?,
            }
        }
        Err(no_such_peer("wait for", receiver.name.as_str()))
    }

    fn flush(&self, wait: Wait<'_>) -> Result<Flushed> {
        self.sending.flush(wait)
    }

    fn give_up(&self) -> Vec<Failed> {
        self.sending.give_up()
    }
}

impl<S: Sending> RouteOutbox<S> {
    /// Sends `letters` after all that were refused: when there is room, or on a new way.
    #[inline(never)]
    fn send_again(
        &self,
        receiver: &Receiver<S::Lane>,
        (mut lane, mut refusal): (Arc<S::Lane>, Refusal),
        letters: &Letters<'_>,
        wait: Wait<'_>,
    ) -> Result<Sent> {
        let mut is_new = false;
        loop {
            match refusal {
                Refusal::Full => {
                    is_new = false;
                    self.wait_for_room(receiver, &lane, wait)?;
                }
                Refusal::Gone if is_new => return Err(no_such_peer("send to", receiver.name.as_str())),
                Refusal::Gone => {
                    self.renew(receiver, &lane)?;
                    is_new = true;
                }
                Refusal::Failed(error) => return Err(error),
            }
            lane = receiver.lane();
            // It is sent now, and not when it began to wait.
            refusal = match lane.send(&Letters { now: self.clock.time_of_day(), ..*letters }) {
                Ok(sent) => return Ok(sent),
                Err(refusal) => refusal,
            };
        }
    }

    /// A receiver that was found before, if it is still there.
    fn again(&self, known: &Arc<Receiver<S::Lane>>) -> Result<Target> {
        let lane = known.lane();
        match lane.check() {
            Err(Refusal::Gone) => self.renew(known, &lane)?,
            Err(Refusal::Failed(error)) => return Err(error),
            Ok(_) | Err(Refusal::Full) => {}
        }
        Ok(Target::new(known.name.clone(), Arc::new(Arc::clone(known))))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where a panic could happen.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
