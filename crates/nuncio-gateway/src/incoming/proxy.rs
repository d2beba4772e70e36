//! Hosts that come for their messages: what waits in the queue of that name goes back in the answer (wire/transit.md 7.4).
//!
//! Messages are taken from the queue when the answer has been handed to the connection, and not before. Whether it arrives nobody says:
//! delivery is at most once then, and more than once if the process is killed in between.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use nuncio_core::Result;
use nuncio_queue::{Message, Queue};
use tokio::sync::OwnedMutexGuard;

use crate::gateway::Shared;

/// An answer is full when it has passed so many bytes.
const BYTES_ENOUGH: usize = 10_000_000;

/// One answer at a time for each host: another would hand out the same messages.
#[derive(Default)]
pub(crate) struct Locks(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Locks {
    /// Waits until no other answer for `host` is on its way.
    pub(crate) async fn take(&self, host: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(host.to_owned()).or_default())
        };
        lock.lock_owned().await
    }
}

/// The body of an answer, and what is to be taken from a queue when it has left.
#[derive(Default)]
pub(crate) struct Reply {
    bytes: Bytes,
    handed: Option<Handed>,
}

struct Handed {
    shared: Arc<Shared>,
    queue: Queue,
    count: usize,
    left: bool,
    _lock: OwnedMutexGuard<()>,
}

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Self { bytes: text.into(), handed: None }
    }
}

/// What waits for `host`, if there is a queue for it.
///
/// # Errors
/// Those of looking into the queue.
pub(crate) fn gather(shared: &Arc<Shared>, host: &str, lock: OwnedMutexGuard<()>) -> Result<Reply> {
    if !shared.registry.exists(host)? {
        return Ok(Reply::default());
    }
    let queue = shared.registry.existing(host)?;
    let (mut bytes, mut count) = (Vec::new(), 0);
    let mut message = Message::new();
    while bytes.len() <= BYTES_ENOUGH {
        let there = match shared.can_peek {
            true => queue.relay().peek(count, &mut message)?,
            false => queue.relay().take(&mut message)?,
        };
        if !there {
            break;
        }
        match queue.relay().restore(&mut message) {
            Ok(()) => bytes.extend_from_slice(message.as_sent()),
            // Nobody can read it; it is left out, and goes with the others.
            Err(error) => tracing::error!("a message for {host} is lost: {}", error.chain()),
        }
        count += 1;
    }
    let handed = Handed { shared: Arc::clone(shared), queue, count, left: false, _lock: lock };
    Ok(Reply { bytes: bytes.into(), handed: (count > 0).then_some(handed) })
}

impl Body for Reply {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(handed) = &mut self.handed {
            handed.left = true;
        }
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        if !self.left || !self.shared.can_peek {
            return;
        }
        let mut message = Message::new();
        for _ in 0..self.count {
            let relay = self.queue.relay();
            match relay.peek(0, &mut message).and_then(|_| relay.remove_spilled(&message)) {
                Ok(()) => {}
                Err(error) => tracing::warn!("{}", error.chain()),
            }
            if let Err(error) = relay.take(&mut message) {
                tracing::error!("messages that were handed out are still in their queue: {}", error.chain());
                return;
            }
        }
        self.shared.metrics.messages_proxied.add(self.count);
    }
}
