//! Opening what was received.
//!
//! The header of a sealed message is not sealed: whoever passes it on can change it. So what opened says is believed, and what
//! the header says is compared with it. A message is refused when no key opens it, when it was accepted before, when header and
//! sealed metadata disagree on host or queue, or when the queue's policy does not take it; it is then handed over as it came.

use std::time::UNIX_EPOCH;

use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, QueueName, Result};

use super::keys::SealedBy;
use super::nacl::{NONCE_BYTES, Nonce};
use super::policy::Policy;
use super::sealing::Sealing;
use crate::header;
use crate::local;
use crate::message::{Message, Opened};
use crate::metadata::{DESTINATION, DESTINATION_QUEUE, Metadata};
use crate::queue::Queue;
use crate::registry::Registry;
use crate::remote::OUTGOING_QUEUE;
use crate::replay::{Once, ReplayId};
use crate::transfer::RECEIVE;

impl Registry {
    /// Refuses `text`, a whole message for the queue `name`, if it is sealed and a reader of this registry would not take it: no trusted
    /// key opens it, or its header says something else than what was sealed. Whether it was received before is not looked at: for that
    /// there is what it is to be accepted as, once; nothing for a message that is not sealed, or that this registry has no keys for. For
    /// whoever passes messages on to readers.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`], and [`ErrorKind::Corrupt`] for what is no message.
    pub fn check_sealed(&self, name: &QueueName, text: &[u8]) -> Result<Option<Once>> {
        let mut message = Message::new();
        message.parse_text(text.to_vec())?;
        let sealing = &self.shared().sealing;
        if !message.is_sealed() || !sealing.opens() {
            return Ok(None);
        }
        open(&mut message, sealing)?;
        let metadata = check(&message, sealing.policy(name.as_str()), name.as_str())?;
        Ok(message.opened().map(|opened| once(opened.id, &metadata)))
    }
}

impl Queue {
    /// Opens `message` if it is sealed, and refuses it if the policy of the queue asks for that.
    #[inline]
    pub(crate) fn open_sealed(&self, message: &mut Message) -> Result<()> {
        let sealing = &self.inner.registry.shared().sealing;
        match (sealing.opens(), sealing.policies.is_empty()) {
            (false, true) => Ok(()),
            _ => self.judge(message, sealing).map_err(|error| self.about(RECEIVE, error)),
        }
    }

    // Whoever neither opens nor refuses pays for none of this.
    #[cold]
    fn judge(&self, message: &mut Message, sealing: &Sealing) -> Result<()> {
        let name = self.name().as_str();
        // What waits there is for other hosts to open, and what stayed in this process came from nobody else.
        if name == OUTGOING_QUEUE || local::is_declared(self.name()) {
            return Ok(());
        }
        let policy = sealing.policy(name);
        if !message.is_sealed() {
            return policy.check(None);
        }
        if !sealing.opens() {
            return if policy.binds_queue() { message.codec().map(drop) } else { Ok(()) };
        }
        let judged = open(message, sealing).and_then(|()| accept(message, sealing, policy, name));
        if judged.is_err() {
            message.set_opened(None);
        }
        judged
    }

    /// Whether every message that is not sealed is accepted.
    #[inline]
    pub(crate) fn accepts_plain(&self) -> bool {
        self.inner.registry.shared().sealing.policies.is_empty()
    }

    /// A message that is given back may be accepted once more.
    pub(crate) fn may_come_again(&self, message: &Message) {
        let Some(opened) = message.opened() else { return };
        let guard = self.inner.registry.shared().sealing.replay_guard();
        let forgotten = guard.and_then(|guard| guard.map_or(Ok(()), |guard| guard.forget(&opened.id)));
        if let Err(error) = forgotten {
            tracing::error!("a message that is given back will be refused as a replay: {}", error.chain());
        }
    }
}

fn open(message: &mut Message, sealing: &Sealing) -> Result<()> {
    let (header_text, payload, plain) = message.sealed_parts();
    let nonce = Nonce::from_header(header::find(header_text, header::NONCE).unwrap_or_default())?;
    let source = header::find(header_text, header::SOURCE).and_then(|source| std::str::from_utf8(source).ok());
    let sealed_by = sealing.open_box(source, &nonce, payload, plain)?;
    let id = replay_id(&nonce, sealed_by.as_ref());
    message.set_opened(Some(Box::new(Opened { sealed_by, id })));
    Ok(())
}

/// Whether the policy takes it, and header and sealed metadata agree; gives the metadata.
fn check(message: &Message, policy: &Policy, queue: &str) -> Result<Metadata> {
    policy.check(message.sealed_by())?;
    let metadata = message.metadata()?;
    agree(message, &metadata, header::DESTINATION, DESTINATION)?;
    agree(message, &metadata, header::DESTINATION_QUEUE, DESTINATION_QUEUE)?;
    if policy.binds_queue() && message.header(header::DESTINATION_QUEUE) != Some(queue) {
        let sealed_for = message.header(header::DESTINATION_QUEUE);
        return Err(refused(format!("it was sealed for the queue {sealed_for:?} and lay in {queue:?}")));
    }
    Ok(metadata)
}

fn accept(message: &Message, sealing: &Sealing, policy: &Policy, queue: &str) -> Result<()> {
    let metadata = check(message, policy, queue)?;
    let (Some(guard), Some(opened)) = (sealing.replay_guard()?, message.opened()) else { return Ok(()) };
    let Once { id, sent_at } = once(opened.id, &metadata);
    match guard.accept_sent(&id, sent_at)?.refusal() {
        None => Ok(()),
        Some(reason) => Err(refused(reason.to_owned())),
    }
}

fn once(id: ReplayId, metadata: &Metadata) -> Once {
    Once { id, sent_at: metadata.sent_at().unwrap_or(UNIX_EPOCH) }
}

/// Refuses a message whose header says something else than what was sealed with it.
fn agree(message: &Message, metadata: &Metadata, key: &str, member: &str) -> Result<()> {
    let (open, sealed) = (message.header(key), metadata.get(member).map(text_of));
    if open == sealed.as_deref() {
        return Ok(());
    }
    Err(refused(format!("header `{key}` says {open:?}, and what was sealed with it says {sealed:?}")))
}

/// The text of a name, which Perl may have written as a number.
fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.as_str().to_owned(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Int(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn refused(reason: String) -> Error {
    Error::new(ErrorKind::Unauthenticated, "accept the sealed message").because(reason)
}

/// A nonce is used once by each key.
fn replay_id(nonce: &Nonce, sealed_by: Option<&SealedBy>) -> ReplayId {
    let mut id = ReplayId::default();
    let (front, key) = id.split_at_mut(NONCE_BYTES);
    front.copy_from_slice(nonce.as_bytes());
    if let Some(by) = sealed_by {
        key.copy_from_slice(&by.key.as_bytes()[..key.len()]);
    }
    id
}
