//! A participant.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nuncio_core::driver::Detach;
use nuncio_core::{
    Batch, Deadline, EndpointName, Error, ErrorKind, Inbox, Item, Outbox, Outgoing, Payload, PeerId, Readiness, Result,
    Slot, Wait,
};
use serde::Serialize;
use tracing::warn;

use super::message::Message;
use super::{Bus, PeerInfo};
use crate::route::Joined;
use crate::stream::Connections;
use crate::wire::account::Account;
use crate::wire::name::Sidecar;

/// How many messages are taken from the medium at once.
const BATCH: usize = 64;

/// A participant on a bus: sends from any thread, receives on one.
///
/// Dropping it leaves the bus; what is unread is lost then, and logged. [`close`](Self::close) hands it over.
#[derive(Debug)]
pub struct Peer {
    pub(super) bus: Bus,
    pub(super) id: PeerId,
    outbox: Arc<dyn Outbox>,
    inbox: Box<dyn Inbox>,
    disk: String,
    ledger: Arc<crate::route::Ledger>,
    may_resume: Arc<AtomicBool>,
    connections: Option<Connections>,
    batch: Batch,
    next: usize,
    /// Received while something else was waited for.
    pub(super) deferred: VecDeque<Message>,
    is_open: bool,
}

/// What a peer that leaves hands over.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Leftover {
    /// Messages that were not read, without those that ask to end.
    pub unread: Vec<Message>,
    /// For whom a message was begun and not finished.
    pub unfinished: Vec<String>,
}

impl Peer {
    pub(super) fn new(bus: Bus, id: PeerId, joined: Joined) -> Result<Self> {
        let Joined { attached, disk, ledger, may_resume, connections } = joined;
        let inbox = attached.inbox.ok_or_else(|| Error::new(ErrorKind::Unsupported, "join as").on(id.as_str()))?;
        let (batch, deferred) = (Batch::new(), VecDeque::new());
        Ok(Self {
            bus,
            id,
            outbox: attached.outbox,
            inbox,
            disk,
            ledger,
            may_resume,
            connections,
            batch,
            next: 0,
            deferred,
            is_open: true,
        })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// The bus that it is on.
    pub const fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Its connections to others, on a medium that has such.
    pub const fn connections(&self) -> Option<&Connections> {
        self.connections.as_ref()
    }

    /// Sends `content` to `to`, waiting for room.
    ///
    /// When this returns the medium has the whole message. Order holds for each receiver.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`], [`ErrorKind::TooLarge`], [`ErrorKind::ApiMisuse`] for a content of null; those of
    /// encoding it.
    pub fn send<T: Serialize + Sync>(&self, to: &str, content: &T) -> Result<()> {
        self.send_until(to, content, Wait::FOREVER)
    }

    /// Sends without waiting.
    ///
    /// # Errors
    /// [`ErrorKind::Full`] when there is no room now; otherwise as [`send`](Self::send).
    pub fn try_send<T: Serialize + Sync>(&self, to: &str, content: &T) -> Result<()> {
        self.send_until(to, content, Wait::NOW)
    }

    /// Sends, waiting for up to `timeout`.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`]; otherwise as [`send`](Self::send).
    pub fn send_timeout<T: Serialize + Sync>(&self, to: &str, content: &T, timeout: Duration) -> Result<()> {
        self.send_until(to, content, Wait::until(Deadline::after(Instant::now(), timeout)))
    }

    /// Sends as `wait` says.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_until<T: Serialize + Sync>(&self, to: &str, content: &T, wait: Wait<'_>) -> Result<()> {
        self.send_item(to, Item::new(Payload::Encode(content)), wait)
    }

    pub(super) fn send_item(&self, to: &str, item: Item<'_>, wait: Wait<'_>) -> Result<()> {
        let target = self.outbox.resolve(&EndpointName::from(PeerId::new(to)?))?;
        let items = [item];
        let sent = self.outbox.send(&target, &mut Outgoing::new(&items), wait).map_err(|failure| failure.error)?;
        if sent.queued > 0 {
            return self.finish(wait);
        }
        Ok(())
    }

    /// Pushes on what was begun. Once begun, a message is not given back; what is not through by then goes on with the next
    /// send, or with [`flush`](Self::flush).
    fn finish(&self, wait: Wait<'_>) -> Result<()> {
        match self.outbox.flush(wait) {
            Ok(flushed) => match flushed.failed.into_iter().next() {
                Some(failed) => Err(failed.error),
                None => Ok(()),
            },
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits until everything that was begun is on the medium.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`] and [`ErrorKind::Interrupted`] as `wait` says; [`ErrorKind::PeerGone`] when a receiver went in
    /// the middle of a message.
    pub fn flush(&self, wait: Wait<'_>) -> Result<()> {
        match self.outbox.flush(wait)?.failed.into_iter().next() {
            Some(failed) => Err(failed.error),
            None => Ok(()),
        }
    }

    /// Sends `content` to everybody else, each for up to `timeout`; says for each how it went.
    ///
    /// # Errors
    /// Those of listing the bus; what goes wrong with one receiver is in his result.
    pub fn broadcast<T: Serialize + Sync>(
        &self,
        content: &T,
        timeout: Duration,
    ) -> Result<BTreeMap<String, Result<()>>> {
        let others = self.others()?.into_iter().map(|peer| {
            let item = Item { broadcast: true, ..Item::new(Payload::Encode(content)) };
            let sent = self.send_item(&peer.id, item, Wait::until(Deadline::after(Instant::now(), timeout)));
            (peer.id, sent)
        });
        Ok(others.collect())
    }

    /// Everybody else on the bus, sorted.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn others(&self) -> Result<Vec<PeerInfo>> {
        let mut peers = self.bus.peers()?;
        peers.retain(|peer| peer.id != self.id());
        Ok(peers)
    }

    /// Waits for the next message.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] and [`ErrorKind::TooLarge`] for a message that cannot be read, after which the next one can;
    /// those of the medium.
    pub fn recv(&mut self) -> Result<Message> {
        match self.recv_until(Wait::FOREVER)? {
            Some(message) => Ok(message),
            None => Err(Error::new(ErrorKind::Interrupted, "receive as").on(self.id())),
        }
    }

    /// The next message, if there is one.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn try_recv(&mut self) -> Result<Option<Message>> {
        self.recv_until(Wait::NOW)
    }

    /// Waits for the next message for up to `timeout`.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<Message>> {
        self.recv_until(Wait::until(Deadline::after(Instant::now(), timeout)))
    }

    /// Waits for the next message as `wait` says; none if the deadline passed first.
    ///
    /// # Errors
    /// As [`recv`](Self::recv), and [`ErrorKind::Interrupted`].
    pub fn recv_until(&mut self, wait: Wait<'_>) -> Result<Option<Message>> {
        match self.deferred.pop_front() {
            Some(message) => Ok(Some(message)),
            None => self.recv_new(wait),
        }
    }

    /// The next message that has not been deferred.
    pub(super) fn recv_new(&mut self, wait: Wait<'_>) -> Result<Option<Message>> {
        if self.next == self.batch.len() {
            self.batch.clear();
            self.next = 0;
            if self.inbox.recv(&mut self.batch, BATCH, wait)? == 0 {
                return Ok(None);
            }
        }
        let slot = self.batch.take(self.next);
        self.next += 1;
        slot.map(checked).transpose()
    }

    /// What to wait for until something may have arrived, for an event loop of one's own. Whoever waits on it has received
    /// until there was nothing before.
    pub fn readiness(&self) -> Readiness {
        self.inbox.readiness()
    }

    /// Puts a message back: it comes again with the next receive, also after one was away.
    ///
    /// # Errors
    /// Those of writing a file; the message is given back.
    #[expect(clippy::result_large_err, reason = "it is given back whole, once")]
    pub fn requeue(&mut self, message: Message) -> Result<(), nuncio_core::SendError<Message>> {
        let route = self.bus.place.route();
        let mut packed = Vec::new();
        let put = route.packer.pack(message.json(), &mut packed).and_then(|()| route.put_back(&self.disk, &packed));
        match put {
            Ok(()) => {
                self.may_resume.store(true, Ordering::Release);
                Ok(())
            }
            Err(error) => Err(nuncio_core::SendError::not_sent(error, message)),
        }
    }

    /// What it has sent and read until now.
    pub fn account(&self) -> Account {
        self.ledger.account()
    }

    /// Leaves for good; what is unread is handed over.
    ///
    /// # Errors
    /// The bus is left all the same; what could not be tidied up is said.
    pub fn close(mut self) -> Result<Leftover> {
        self.leave()
    }

    fn leave(&mut self) -> Result<Leftover> {
        self.is_open = false;
        let mut unread = self.take_unread();
        // What nobody has seen counts as unread, before the account is written. Who leaves anyway has seen that he is to end.
        unread.retain(|message| !message.is_terminate());
        unread.iter().for_each(|message| self.ledger.take_back(message.from()));
        let left = self.inbox.detach(Detach::Leave, Wait::NOW);
        let unfinished = self.outbox.flush(Wait::NOW).map(|flushed| flushed.failed).unwrap_or_default();
        let mut rest = left?.unread;
        let drained = (0..rest.len()).filter_map(|index| rest.take(index)).filter(|slot| slot.fault.is_none());
        unread.extend(drained.map(Message::new));
        unread.retain(|message| !message.is_terminate());
        Ok(Leftover { unread, unfinished: unfinished.into_iter().map(|failed| failed.to.to_string()).collect() })
    }

    /// What was taken from the medium and not received yet, as far as it can be read.
    fn take_unread(&mut self) -> Vec<Message> {
        let mut unread: Vec<Message> = self.deferred.drain(..).collect();
        while self.next < self.batch.len() {
            let slot = self.batch.take(self.next);
            unread.extend(slot.filter(|slot| slot.fault.is_none()).map(Message::new));
            self.next += 1;
        }
        unread
    }

    /// Leaves to come back, for up to `expires` if that is said; messages arrive meanwhile. What was taken and not read is put
    /// back first.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] where the medium keeps no messages for who is away; nothing has changed then, and the
    /// peer is given back. Those of writing files.
    #[expect(clippy::result_large_err, reason = "it is given back whole, once")]
    pub fn suspend(mut self, expires: Option<Duration>) -> Result<(), nuncio_core::SendError<Self>> {
        match self.try_suspend(expires) {
            Ok(()) => Ok(()),
            Err(error) => Err(nuncio_core::SendError::not_sent(error, self)),
        }
    }

    fn try_suspend(&mut self, expires: Option<Duration>) -> Result<()> {
        if !self.bus.place.claims().suspend {
            let reason = "this medium keeps no messages for somebody who is away";
            return Err(Error::new(ErrorKind::Unsupported, "suspend").on(self.id()).because(reason));
        }
        for message in self.take_unread() {
            self.requeue(message).map_err(Error::from)?;
        }
        let route = Arc::clone(self.bus.place.route());
        if let Some(expires) = expires {
            let until = SystemTime::now().checked_add(expires).and_then(|until| until.duration_since(UNIX_EPOCH).ok());
            let until = until.ok_or_else(|| Error::new(ErrorKind::ApiMisuse, "suspend").on(self.id()))?;
            let text = format!("{}.{:05}", until.as_secs(), until.subsec_micros() / 10);
            route.write(&Sidecar::Suspend.of(&self.disk), text.as_bytes())?;
        }
        self.is_open = false;
        self.inbox.detach(Detach::Suspend, Wait::NOW).map(drop)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if !self.is_open {
            return;
        }
        match self.leave() {
            Ok(left) if left.unread.is_empty() => {}
            Ok(left) => warn!(peer = self.id(), unread = left.unread.len(), "a peer was dropped with messages unread"),
            Err(error) => warn!(peer = self.id(), error = %error.chain(), "a peer was dropped and could not tidy up"),
        }
    }
}

/// A message that cannot be read is an error for whoever receives.
fn checked(mut slot: Slot) -> Result<Message> {
    match slot.fault.take() {
        Some(fault) => Err(fault),
        None => Ok(Message::new(slot)),
    }
}
