//! The client as a handler sees it: who he is, and how to send him something.

use std::sync::Arc;

use nuncio_core::{Error, ErrorKind, Origin, Result};
use serde::Serialize;

use super::fault::{Fault, HANDLER_ERROR};
use super::outbox::{Outbox, Phase};
use crate::wire::write::{self, Id};

/// One client's connection, shared by what reads, writes and handles on it.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) number: u64,
    pub(crate) origin: Origin,
    pub(crate) outbox: Outbox,
}

/// The client at the other end of a connection.
///
/// It stays valid after the handler has answered: keep it to send records that nobody asked for.
#[derive(Clone, Debug)]
pub struct Peer(pub(crate) Arc<Channel>);

impl Peer {
    /// Number of the connection, given out once in the life of a server.
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// The client as the kernel knows it: process, user and group at the time it connected.
    ///
    /// # Source
    /// unix(7), `SO_PEERCRED`.
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// Sends a record that answers nothing; waits while the client does not read what waits for it already.
    ///
    /// # Errors
    /// [`ErrorKind::ApiMisuse`] if `record` is no JSON object, [`ErrorKind::PeerGone`] if the client is.
    pub async fn push(&self, record: &(impl Serialize + ?Sized)) -> Result<()> {
        match self.0.outbox.room().await {
            true => self.push_now(record),
            false => Err(gone("push to the client")),
        }
    }

    /// As [`push`](Self::push), without waiting.
    ///
    /// # Errors
    /// As [`push`](Self::push), and [`ErrorKind::Full`].
    pub fn try_push(&self, record: &(impl Serialize + ?Sized)) -> Result<()> {
        if self.0.outbox.is_full() {
            return Err(Error::new(ErrorKind::Full, "push to the client"));
        }
        self.push_now(record)
    }

    /// Waits until the connection has ended.
    ///
    /// The futures of handlers are dropped at that moment. Work that they have given to others learns of it here.
    pub async fn gone(&self) {
        self.0.outbox.closed().await;
    }

    /// Whether the connection has ended.
    pub fn is_gone(&self) -> bool {
        self.0.outbox.phase() == Phase::Closed
    }

    /// Sends the answers that are in work and ends the connection.
    pub fn close(&self) {
        self.0.outbox.advance(Phase::Draining);
    }

    fn push_now(&self, record: &(impl Serialize + ?Sized)) -> Result<()> {
        let record = object(record)?;
        self.0.outbox.append(|out| out.extend_from_slice(&record)).ok_or_else(|| gone("push to the client"))
    }
}

/// `value` as a record with its line feed.
pub(crate) fn object(value: &(impl Serialize + ?Sized)) -> Result<Vec<u8>> {
    let mut record = Vec::new();
    nuncio_codec::Codec::Json.encode(value, &mut record)?;
    if record.first() != Some(&b'{') {
        return Err(Error::new(ErrorKind::ApiMisuse, "push to the client").because("a record is a JSON object"));
    }
    record.push(b'\n');
    Ok(record)
}

/// Answers one request, as often as the handler likes.
///
/// What a handler returns is its last answer; with [`Silence`](crate::Silence) the ones that were sent are all.
#[derive(Clone, Debug)]
pub struct Replies {
    channel: Arc<Channel>,
    id: Id,
}

impl Replies {
    pub(crate) const fn new(channel: Arc<Channel>, id: Id) -> Self {
        Self { channel, id }
    }

    /// Sends an answer with `data`; waits while the client does not read what waits for it already.
    ///
    /// # Errors
    /// [`ErrorKind::ApiMisuse`] if JSON has no form for `data`, [`ErrorKind::PeerGone`] if the client is gone.
    pub async fn send(&self, data: &(impl Serialize + ?Sized)) -> Result<()> {
        match self.channel.outbox.room().await {
            true => self.put(|out, id| write::answer(out, id, data))?,
            false => Err(gone("answer the client")),
        }
    }

    /// The client that asked.
    pub fn peer(&self) -> Peer {
        Peer(self.channel.clone())
    }

    /// Appends what `write` writes, whether there is room or not: the answers of handlers are bounded by their number.
    pub(crate) fn put<R>(&self, write: impl FnOnce(&mut Vec<u8>, &Id) -> R) -> Result<R> {
        self.channel.outbox.append(|out| write(out, &self.id)).ok_or_else(|| gone("answer the client"))
    }

    /// Answers with `data`; with an error if JSON has no form for it.
    pub(crate) fn data(&self, data: &(impl Serialize + ?Sized)) {
        if let Ok(Err(error)) = self.put(|out, id| write::answer(out, id, data)) {
            tracing::warn!("an answer could not be written: {}", error.chain());
            self.fault(&Fault::new(HANDLER_ERROR, error.chain().to_string()));
        }
    }

    /// Answers with an error.
    pub(crate) fn fault(&self, fault: &Fault) {
        tracing::debug!("answered with an error: {fault:?}");
        let _ = self.put(|out, id| write::answer(out, id, fault));
    }
}

fn gone(operation: &'static str) -> Error {
    Error::new(ErrorKind::PeerGone, operation).because("it has closed the connection")
}
