//! A participant.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use nuncio_core::{Deadline, Error, ErrorKind, Item, Outgoing, Payload, PeerId, Readiness, Result, SendError, Wait};
use nuncio_sys::spin::Spin;
use serde::Serialize;
use tracing::warn;

use super::local::{Leftover, LocalPeer};
use super::lookout::Lookout;
use super::message::Message;
use super::pending::Pending;
use super::{Bus, PeerInfo};
use crate::place::Joined;
use crate::stream::Connections;
use crate::wire::account::Account;

/// How long one who leaves waits for receivers to whom he has begun to send something.
const BEGUN: Duration = Duration::from_millis(500);

/// A participant on a bus: sends from any thread, receives on one.
///
/// Dropping it leaves the bus; what is unread is lost then, and logged. [`close`](Self::close) hands it over. When the bus is
/// [shut down](super::BusGuard::shutdown) by this process its peers are closed first, and receiving fails with
/// [`ErrorKind::Closed`]; what was unread is handed over by [`close`](Self::close) then, too.
#[derive(Debug)]
pub struct Peer {
    pub(super) local: Arc<LocalPeer>,
    pub(super) pending: Pending,
    /// Watches over those who were asked something, once somebody was.
    pub(super) lookout: Option<Lookout>,
    /// Whether those who were asked may have gone since the last look.
    pub(super) must_review: bool,
    /// Whether there may be messages that were not looked for.
    pub(super) may_have_more: bool,
    /// When the first suspension of those who were asked ends.
    pub(super) expiry: Option<Instant>,
    /// Whether it pays to look for an answer before one sleeps.
    pub(super) spin: Spin,
}

impl Peer {
    pub(super) fn new(bus: Bus, id: PeerId, joined: Joined) -> Result<Self> {
        let local = LocalPeer::new(bus, id, joined)?;
        Ok(Self {
            local,
            pending: Pending::default(),
            lookout: None,
            must_review: false,
            may_have_more: true,
            expiry: None,
            spin: Spin::default(),
        })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.local.id.as_str()
    }

    /// The bus that it is on.
    pub fn bus(&self) -> &Bus {
        &self.local.bus
    }

    /// Its connections to others, on a medium that has such.
    pub fn connections(&self) -> Option<&Connections> {
        self.local.connections.as_ref()
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
    /// Of a large message only the beginning may find room. It counts as sent, and is pushed on with the next send or
    /// [`flush`](Self::flush); if it is not through when the peer [leaves](Self::close), it is among what is unsent.
    ///
    /// # Errors
    /// [`ErrorKind::Full`] when there is no room now; otherwise as [`send`](Self::send).
    pub fn try_send<T: Serialize + Sync>(&self, to: &str, content: &T) -> Result<()> {
        self.send_until(to, content, Wait::NOW)
    }

    /// Sends, waiting for up to `timeout`. Once begun a message counts as sent, as with [`try_send`](Self::try_send).
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
        let target = self.local.target(to)?;
        let items = [item];
        let sent = self.local.outbox.send(&target, &mut Outgoing::new(&items), wait).map_err(|failure| {
            self.local.forget_target();
            failure.error
        })?;
        if sent.queued > 0 {
            return self.finish(wait);
        }
        Ok(())
    }

    /// Pushes on what was begun. Once begun, a message is not given back; what is not through by then goes on with the next
    /// send, or with [`flush`](Self::flush).
    fn finish(&self, wait: Wait<'_>) -> Result<()> {
        match self.local.outbox.flush(wait) {
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
        match self.local.outbox.flush(wait)?.failed.into_iter().next() {
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
        let mut peers = self.local.bus.peers()?;
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
        self.may_have_more = true;
        let deferred = self.local.receiving().recv_deferred();
        match deferred {
            Some(message) => Ok(Some(message)),
            None => self.recv_new(wait),
        }
    }

    /// The next message that has not been deferred.
    pub(super) fn recv_new(&self, wait: Wait<'_>) -> Result<Option<Message>> {
        self.local.recv(wait)
    }

    /// Whether a message can be received at once.
    ///
    /// # Errors
    /// Those of the medium.
    pub fn is_ready(&mut self) -> Result<bool> {
        self.local.receiving().is_ready()
    }

    /// Whether a message can be received at once, or somebody is writing one.
    ///
    /// # Errors
    /// Those of the medium.
    pub fn is_pending(&mut self) -> Result<bool> {
        Ok(self.is_ready()? || self.local.bus.place.has_unfinished(self.id())?)
    }

    /// What to wait for until something may have arrived, for an event loop of one's own. Whoever waits on it has received
    /// until there was nothing before.
    pub fn readiness(&self) -> Readiness {
        self.local.readiness.clone()
    }

    /// Puts a message back: it comes again with the next receive, also after one was away. One that is lent is given back.
    ///
    /// # Errors
    /// Those of writing a file; the message is given back.
    pub fn requeue(&mut self, message: Message) -> Result<(), SendError<Message>> {
        let put_back = match message.is_lent() {
            true => self.give_back(&message, Duration::ZERO).map(drop),
            false => self.local.put_back(&message),
        };
        put_back.map_err(|error| SendError::not_sent(error, message))
    }

    /// What it has sent and read until now.
    pub fn account(&self) -> Account {
        self.local.ledger.account()
    }

    /// Leaves for good; what is unread, and what was begun and will not arrive, is handed over. For what was begun it waits up to
    /// half a second.
    ///
    /// # Errors
    /// The bus is left all the same; what could not be tidied up is said.
    pub fn close(self) -> Result<Leftover> {
        let wait = Wait::until(Deadline::At(Instant::now() + BEGUN));
        self.leave(wait).unwrap_or_else(|| Ok(Leftover::default()))
    }

    fn leave(&self, wait: Wait<'_>) -> Option<Result<Leftover>> {
        let mut receiving = self.local.receiving();
        self.local.leave(&mut receiving, wait);
        receiving.take_left()
    }

    /// Leaves to come back, for up to `expires` if that is said; messages arrive meanwhile. What was taken and not read is put
    /// back first.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] where the medium keeps no messages for who is away; nothing has changed then, and the
    /// peer is given back. Those of writing files.
    #[expect(clippy::result_large_err, reason = "it is given back whole, once")]
    pub fn suspend(self, expires: Option<Duration>) -> Result<(), SendError<Self>> {
        self.try_suspend(expires).map_err(|error| SendError::not_sent(error, self))
    }

    fn try_suspend(&self, expires: Option<Duration>) -> Result<()> {
        let place = &self.local.bus.place;
        if !place.claims().suspend {
            let reason = "this medium keeps no messages for somebody who is away";
            return Err(Error::new(ErrorKind::Unsupported, "suspend").on(self.id()).because(reason));
        }
        if let Some(expires) = expires {
            let until = SystemTime::now().checked_add(expires);
            let until = until.ok_or_else(|| Error::new(ErrorKind::ApiMisuse, "suspend").on(self.id()))?;
            place.suspend_until(self.id(), until)?;
        }
        self.local.suspend(&mut self.local.receiving())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        match self.leave(Wait::NOW) {
            None => {}
            Some(Ok(left)) if left.unread.is_empty() && left.unsent.is_empty() => {}
            Some(Ok(left)) => {
                let (unread, unsent) = (left.unread.len(), left.unsent.len());
                warn!(peer = self.id(), unread, unsent, "a peer was dropped with messages unread or unsent");
            }
            Some(Err(error)) => {
                warn!(peer = self.id(), error = %error.chain(), "a peer was dropped and could not tidy up");
            }
        }
    }
}
