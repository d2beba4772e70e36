//! The peers that this process has on its buses: who ends a bus closes those first.
//!
//! A peer is held by its user, who may be waiting for a message when the bus ends. So the receiving half has a lock, which is
//! held for as long as a call takes; the end of the bus either finds it free, or leaves a note for whoever is in there, and
//! the message that asks to end wakes him.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use nuncio_core::driver::{Detach, Failed};
use nuncio_core::{
    Acknowledge, Batch, Deadline, EndpointName, Error, ErrorKind, Inbox, Outbox, PeerId, Readiness, Result, Slot,
    Target, Wait,
};

use super::Bus;
use super::message::Message;
use crate::place::{Glance, Joined};
use crate::route::Ledger;
use crate::stream::Connections;

/// How many messages are taken from the medium at once where they may be.
const BATCH: usize = 64;
/// The same for a look: one that is waited for, and whether there are more.
const AT_A_GLANCE: usize = 2;
/// A message that has taken more memory than this, in bytes, leaves none to the next one.
const KEPT_BYTES_MAX: usize = 16 << 10;
/// How many messages that nobody needs any more are kept for the next ones.
const SPARE_MAX: usize = 8;

static OPEN: Mutex<Vec<Weak<LocalPeer>>> = Mutex::new(Vec::new());

/// What a peer that leaves hands over.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Leftover {
    /// Messages that were not read, without those that ask to end.
    pub unread: Vec<Message>,
    /// Messages that were begun and will not arrive whole.
    pub unsent: Vec<Failed>,
}

/// What a process holds of one of its peers.
#[derive(Debug)]
pub(super) struct LocalPeer {
    pub(super) bus: Bus,
    pub(super) id: PeerId,
    pub(super) outbox: Arc<dyn Outbox>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) readiness: Readiness,
    pub(super) connections: Option<Connections>,
    /// Where messages are lent.
    pub(super) acknowledge: Option<Arc<dyn Acknowledge>>,
    /// Whether an answer may come sooner than one has fallen asleep.
    pub(super) is_quick: bool,
    may_resume: Arc<AtomicBool>,
    /// Whom it sent to last: the way there need not be looked for again.
    last: Mutex<Option<Target>>,
    /// Whether it is the peer of a service, which ends by itself when it is asked to.
    is_service: AtomicBool,
    is_closing: AtomicBool,
    receiving: Mutex<Receiving>,
}

/// The receiving half.
#[derive(Debug)]
pub(super) struct Receiving {
    inbox: Box<dyn Inbox>,
    batch: Batch,
    /// How many messages are taken from the medium at once.
    at_once: usize,
    /// Whether the descriptor tells also of messages that one look has left.
    tells_of_each: bool,
    next: usize,
    /// Messages that nobody needs any more, whose memory the next ones use.
    spare: Vec<Message>,
    /// The last look gave as much as was asked for, so that there may be more.
    was_cut: bool,
    /// Whether the last look was one after which the descriptor tells of what comes.
    is_armed: bool,
    /// Received while something else was waited for.
    deferred: VecDeque<Message>,
    is_open: bool,
    left: Option<Result<Leftover>>,
}

impl LocalPeer {
    pub(super) fn new(bus: Bus, id: PeerId, joined: Joined) -> Result<Arc<Self>> {
        let Joined { attached, ledger, may_resume, connections, may_read_ahead, glance } = joined;
        let inbox = attached.inbox.ok_or_else(|| Error::new(ErrorKind::Unsupported, "join as").on(id.as_str()))?;
        let peer = Arc::new(Self {
            bus,
            id,
            outbox: attached.outbox,
            ledger,
            readiness: inbox.readiness(),
            connections,
            acknowledge: attached.acknowledge,
            is_quick: glance != Glance::None,
            may_resume,
            last: Mutex::default(),
            is_service: AtomicBool::new(false),
            is_closing: AtomicBool::new(false),
            receiving: Mutex::new(Receiving {
                inbox,
                batch: Batch::new(),
                at_once: if may_read_ahead { BATCH } else { 1 },
                tells_of_each: glance == Glance::Wanted,
                next: 0,
                spare: Vec::new(),
                was_cut: true,
                is_armed: false,
                deferred: VecDeque::new(),
                is_open: true,
                left: None,
            }),
        });
        let mut open = lock(&OPEN);
        open.retain(|peer| peer.strong_count() > 0);
        open.push(Arc::downgrade(&peer));
        Ok(peer)
    }

    /// It is the peer of a service from now on.
    pub(super) fn serve(&self) {
        self.is_service.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_service(&self) -> bool {
        self.is_service.load(Ordering::Relaxed)
    }

    /// Those of this process that are on the bus `key` and open.
    pub(super) fn all_on(key: &str) -> Vec<Arc<Self>> {
        let peers: Vec<Arc<Self>> = lock(&OPEN).iter().filter_map(Weak::upgrade).collect();
        peers.into_iter().filter(|peer| peer.bus.place.key() == key && !peer.is_closed()).collect()
    }

    pub(super) fn receiving(&self) -> MutexGuard<'_, Receiving> {
        lock(&self.receiving)
    }

    /// The way to `to`. One that was found is found again by the medium when its receiver goes and comes back.
    pub(super) fn target(&self, to: &str) -> Result<Target> {
        let mut last = lock(&self.last);
        match &*last {
            Some(target) if target.name().as_str() == to => Ok(target.clone()),
            _ => {
                let target = self.outbox.resolve(&EndpointName::from(PeerId::new(to)?))?;
                Ok(last.insert(target).clone())
            }
        }
    }

    /// A way that led nowhere is looked for anew.
    pub(super) fn forget_target(&self) {
        *lock(&self.last) = None;
    }

    /// Has the next message use the memory of one that nobody needs any more.
    #[inline]
    pub(super) fn reuse(&self, message: Message) {
        self.receiving().reuse(message);
    }

    /// The next message from the medium, or one that was taken from it before.
    pub(super) fn recv(&self, wait: Wait<'_>) -> Result<Option<Message>> {
        self.recv_by(|receiving| receiving.recv(wait))
    }

    /// As [`recv`](Self::recv) without waiting, by a look that costs one system call where something has come; it costs least where
    /// not more than one message is expected.
    pub(super) fn glance(&self, expects_one: bool) -> Result<Option<Message>> {
        self.recv_by(|receiving| receiving.glance(expects_one))
    }

    fn recv_by(&self, act: impl FnOnce(&mut Receiving) -> Result<Option<Message>>) -> Result<Option<Message>> {
        let mut receiving = self.receiving();
        self.check_open(&receiving)?;
        let received = act(&mut receiving);
        if self.is_closing.load(Ordering::Acquire) {
            if let Ok(Some(message)) = received {
                receiving.deferred.push_back(message);
            }
            self.leave(&mut receiving, Wait::NOW);
            return Err(self.closed());
        }
        received
    }

    fn check_open(&self, receiving: &Receiving) -> Result<()> {
        match receiving.is_open {
            true => Ok(()),
            false => Err(self.closed()),
        }
    }

    fn closed(&self) -> Error {
        Error::new(ErrorKind::Closed, "receive as").on(self.id.as_str()).because("it has left the bus")
    }

    fn is_closed(&self) -> bool {
        // Whoever holds the lock is receiving, and so is open.
        self.receiving.try_lock().is_ok_and(|receiving| !receiving.is_open)
    }

    /// Has it leave, by whoever receives at this moment; says whether it has left.
    pub(super) fn close(&self) -> bool {
        self.is_closing.store(true, Ordering::Release);
        let Ok(mut receiving) = self.receiving.try_lock() else { return false };
        self.leave(&mut receiving, Wait::NOW);
        true
    }

    /// Leaves for good, unless that was done; what is left over is kept for its user. What was begun is pushed on as `wait` says.
    pub(super) fn leave(&self, receiving: &mut Receiving, wait: Wait<'_>) {
        if std::mem::take(&mut receiving.is_open) {
            receiving.left = Some(self.leave_now(receiving, wait));
        }
    }

    fn leave_now(&self, receiving: &mut Receiving, wait: Wait<'_>) -> Result<Leftover> {
        let mut unread = receiving.take_unread();
        // What nobody has seen counts as unread, before the account is written. Who leaves anyway has seen that he is to end.
        unread.retain(|message| !message.is_terminate());
        unread
            .iter()
            .filter(|message| message.attempt() <= 1)
            .for_each(|message| self.ledger.take_back(message.from()));
        // What is lent comes once more with what is still on the medium.
        unread.retain(|message| !message.is_lent());
        let left = receiving.inbox.detach(Detach::Leave, Wait::NOW);
        let mut unsent = self.end_begun(wait);
        let mut left = left?;
        let rest = &mut left.unread;
        let drained = (0..rest.len()).filter_map(|index| rest.take(index)).filter(|slot| slot.fault.is_none());
        unread.extend(drained.map(|slot| Message::new(slot.into())));
        unread.retain(|message| !message.is_terminate());
        unsent.append(&mut left.unsent);
        Ok(Leftover { unread, unsent })
    }

    /// Pushes on what was begun, and gives up what is not through then; what will not arrive.
    fn end_begun(&self, wait: Wait<'_>) -> Vec<Failed> {
        let mut unsent = Vec::new();
        // One receiver who has no room until the deadline keeps nothing from the others.
        for wait in [Wait::NOW, wait, Wait::NOW] {
            // What was found until an error is handed over with what is given up.
            let Ok(flushed) = self.outbox.flush(wait) else { continue };
            unsent.extend(flushed.failed);
            if flushed.pending == 0 {
                break;
            }
        }
        unsent.extend(self.outbox.give_up());
        unsent
    }

    /// Puts `message` back, for the next receive.
    pub(super) fn put_back(&self, message: &Message) -> Result<()> {
        self.bus.place.put_back(self.id.as_str(), message.json())?;
        self.may_resume.store(true, Ordering::Release);
        Ok(())
    }

    /// Leaves to come back. What was taken from the medium and not received is put back first.
    pub(super) fn suspend(&self, receiving: &mut Receiving) -> Result<()> {
        self.check_open(receiving)?;
        // What is lent comes again by itself.
        for message in receiving.take_unread().iter().filter(|message| !message.is_lent()) {
            self.put_back(message)?;
        }
        receiving.is_open = false;
        receiving.left = Some(Ok(Leftover::default()));
        receiving.inbox.detach(Detach::Suspend, Wait::NOW).map(drop)
    }
}

impl Receiving {
    /// What was deferred, or else what comes.
    pub(super) fn recv_deferred(&mut self) -> Option<Message> {
        self.deferred.pop_front()
    }

    /// Keeps a message for later; says how many are kept.
    pub(super) fn defer(&mut self, message: Message) -> usize {
        self.deferred.push_back(message);
        self.deferred.len()
    }

    fn recv(&mut self, wait: Wait<'_>) -> Result<Option<Message>> {
        self.recv_from(self.at_once, wait)
    }

    fn glance(&mut self, expects_one: bool) -> Result<Option<Message>> {
        let takes_one = expects_one && self.tells_of_each;
        let message = self.recv_from(if takes_one { 1 } else { AT_A_GLANCE }, Wait::NOW);
        // Of what is left the descriptor tells.
        self.was_cut &= !takes_one;
        message
    }

    fn recv_from(&mut self, at_once: usize, wait: Wait<'_>) -> Result<Option<Message>> {
        if self.next == self.batch.len() && self.fill(at_once, wait)? == 0 {
            return Ok(None);
        }
        let mut slot = self.spare.pop().map(Message::into_slot).unwrap_or_default();
        if !self.batch.exchange(self.next, &mut slot) {
            return Ok(None);
        }
        self.next += 1;
        checked(slot).map(Some)
    }

    /// Keeps the memory of a message that nobody needs any more, for the next one.
    #[inline]
    fn reuse(&mut self, mut message: Message) {
        if self.spare.len() < SPARE_MAX && message.clear() <= KEPT_BYTES_MAX {
            self.spare.push(message);
        }
    }

    /// Whether there may be more of what was there at the last look.
    pub(super) fn has_more(&self) -> bool {
        self.was_cut || self.next < self.batch.len()
    }

    /// Whether one may wait on the descriptor for what comes next.
    pub(super) fn is_told(&self) -> bool {
        self.is_armed && !self.has_more()
    }

    /// Whether a message is there, without receiving it.
    pub(super) fn is_ready(&mut self) -> Result<bool> {
        if !self.deferred.is_empty() || self.next < self.batch.len() {
            return Ok(true);
        }
        Ok(self.fill(self.at_once, Wait::NOW)? > 0)
    }

    /// Takes up to `at_once` messages from the medium, where none is left of those that were taken; how many those are.
    fn fill(&mut self, at_once: usize, wait: Wait<'_>) -> Result<usize> {
        self.batch.clear();
        self.next = 0;
        self.is_armed = wait.until == Deadline::Now;
        let count = self.inbox.recv(&mut self.batch, at_once, wait)?;
        self.was_cut = count == at_once;
        Ok(count)
    }

    /// What was taken from the medium and not received yet, as far as it can be read.
    fn take_unread(&mut self) -> Vec<Message> {
        let mut unread: Vec<Message> = self.deferred.drain(..).collect();
        while self.next < self.batch.len() {
            let slot = self.batch.take(self.next);
            unread.extend(slot.filter(|slot| slot.fault.is_none()).map(|slot| Message::new(slot.into())));
            self.next += 1;
        }
        unread
    }

    /// What it left over when it left, once.
    pub(super) fn take_left(&mut self) -> Option<Result<Leftover>> {
        self.left.take()
    }
}

/// A message that cannot be read is an error for whoever receives.
fn checked(mut slot: Box<Slot>) -> Result<Message> {
    match slot.fault.take() {
        Some(fault) => Err(fault),
        None => Ok(Message::new(slot)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where a panic could happen.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
