//! Messages that are lent: what becomes of them is said by whoever has received them.
//!
//! ```
//! use std::time::Duration;
//!
//! use nuncio_bus::Bus;
//!
//! let guard = Bus::builder().driver("files").create()?;
//! let mut worker = guard.with_lease(Duration::from_secs(60))?.connect("worker")?;
//! let boss = guard.connect("boss")?;
//! boss.send("worker", &"resize")?;
//!
//! let job = worker.recv()?;
//! assert!(job.is_lent());
//! // It cannot be done now: it shall come again.
//! assert!(worker.give_back(&job, Duration::ZERO)?);
//! let job = worker.recv()?;
//! assert_eq!((job.content::<String>()?.as_str(), job.attempt()), ("resize", 2));
//! // It is done, and does not come again, also not after a crash.
//! assert!(worker.acknowledge(&job)?);
//! # boss.close()?; worker.close()?;
//! # Ok::<(), nuncio_core::Error>(())
//! ```

use std::time::Duration;

use nuncio_core::{Acknowledge, Error, ErrorKind, Result, Token, Wait};

use super::local::LocalPeer;
use super::message::Message;
use super::peer::Peer;
use super::pending::Pending;

impl Peer {
    /// A message that was lent is done with, and does not come again. False if its lease was over: then it comes again, or has.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for a message that is not [lent](Message::is_lent): receiving it has removed it. Those of the
    /// medium, after which the lease runs out as if nothing had been said.
    pub fn acknowledge(&self, message: &Message) -> Result<bool> {
        self.local.settle(message, "acknowledge", |acknowledge, tokens| acknowledge.ack(tokens, Wait::FOREVER))
    }

    /// A message that was lent shall come again, after `delay`. False if its lease was over.
    ///
    /// # Errors
    /// As [`acknowledge`](Self::acknowledge); what is not lent is put back by [`requeue`](Self::requeue).
    pub fn give_back(&self, message: &Message, delay: Duration) -> Result<bool> {
        self.local.settle(message, "give back", |acknowledge, tokens| acknowledge.nack(tokens, delay, Wait::FOREVER))
    }

    /// The lease of a message shall run for `by` from now. False if it was over.
    ///
    /// # Errors
    /// As [`acknowledge`](Self::acknowledge).
    pub fn extend_lease(&self, message: &Message, by: Duration) -> Result<bool> {
        self.local
            .settle(message, "extend the lease of", |acknowledge, tokens| acknowledge.extend(tokens, by, Wait::FOREVER))
    }
}

impl LocalPeer {
    fn settle(
        &self,
        message: &Message,
        operation: &'static str,
        act: impl FnOnce(&dyn Acknowledge, &[Token<'_>]) -> Result<usize>,
    ) -> Result<bool> {
        let (Some(acknowledge), Some(token)) = (&self.acknowledge, message.token()) else {
            return Err(Error::new(ErrorKind::Unsupported, operation)
                .on(message.id())
                .because("the message is not lent: receiving it has removed it"));
        };
        act(&**acknowledge, &[token]).map(|count| count > 0)
    }

    /// Keeps `message` if it answers a request, and gives it back otherwise; nobody else acknowledges an answer.
    pub(super) fn accept(&self, pending: &mut Pending, message: Message) -> Result<(), Message> {
        if !pending.accept(&message) {
            return Err(message);
        }
        if let Some(token) = message.token() {
            self.acknowledge(token.0);
        }
        self.reuse(message);
        Ok(())
    }

    /// Acknowledges what nobody else does: answers, and what a service has seen to.
    pub(super) fn acknowledge(&self, token: &[u8]) {
        let Some(acknowledge) = &self.acknowledge else { return };
        if let Err(error) = acknowledge.ack(&[Token(token)], Wait::FOREVER) {
            tracing::warn!(peer = self.id.as_str(), error = %error.chain(), "a message cannot be acknowledged and may come again");
        }
    }
}
