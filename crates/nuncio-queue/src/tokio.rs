//! Sending and receiving without blocking the runtime.
//!
//! While there is a message, or room, the calls go straight to the kernel and never leave the task. Otherwise one
//! thread of the runtime's blocking pool waits in the kernel, on demand, for one message (docs/decisions/waiting.md).

use std::sync::Arc;
use std::time::Duration;

use nuncio_core::{Cancel, Deadline, Error, ErrorKind, Result, Wait};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use tokio::task::{coop, spawn_blocking};

use crate::message::{Message, ReceiveError, decode_or_return};
use crate::options::NO_OPTIONS;
use crate::queue::Queue;

/// A queue whose calls are futures. Made from a [`Queue`]; needs a tokio runtime.
///
/// Dropping a receiving future loses nothing: what was taken for it at the last moment goes back to the queue's handle, as by
/// [`Queue::give_back`]. After dropping a sending future that was waiting for room, the message may or may not have been sent.
#[derive(Clone, Debug)]
pub struct AsyncQueue {
    queue: Queue,
}

/// A thread of the blocking pool that waits for one message. When the helper is dropped the wait ends, and what was taken
/// goes back to the queue's handle, wherever it is by then.
#[derive(Debug)]
struct Helper {
    queue: Queue,
    taken: oneshot::Receiver<Taken>,
    _cancel: CancelOnDrop,
}

/// The message, which is empty if nothing was taken, and what the receive said.
type Taken = (Message, Result<bool>);

/// Ends the wait of a thread when nobody waits for the thread any more.
#[derive(Debug)]
struct CancelOnDrop(Arc<Cancel>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl From<Queue> for AsyncQueue {
    fn from(queue: Queue) -> Self {
        Self { queue }
    }
}

impl AsyncQueue {
    /// The queue itself.
    pub const fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The queue itself, for good.
    pub fn into_inner(self) -> Queue {
        self.queue
    }

    /// Sends `message`, a map or struct, waiting for room for as long as it takes.
    ///
    /// # Errors
    /// As [`Queue::send`].
    pub async fn send<T: Serialize + ?Sized>(&self, message: &T) -> Result<()> {
        self.send_until(message, Deadline::Never).await
    }

    /// Sends `message`, waiting for room for `timeout` at most.
    ///
    /// # Errors
    /// As [`Queue::send_timeout`].
    pub async fn send_timeout<T: Serialize + ?Sized>(&self, message: &T, timeout: Duration) -> Result<()> {
        self.send_until(message, self.queue.within(timeout).until).await
    }

    /// Receives the next message as a `T`, waiting for as long as it takes.
    ///
    /// # Errors
    /// As [`Queue::recv`].
    pub async fn recv<T: DeserializeOwned>(&self) -> Result<T, ReceiveError> {
        let mut message = Message::new();
        self.recv_message(&mut message).await.map_err(|error| ReceiveError::after(error, &mut message))?;
        decode_or_return(&mut message)
    }

    /// Receives the next message as a `T`, waiting for `timeout` at most.
    ///
    /// # Errors
    /// As [`Queue::recv_timeout`].
    pub async fn recv_timeout<T: DeserializeOwned>(&self, timeout: Duration) -> Result<T, ReceiveError> {
        match tokio::time::timeout(timeout, self.recv()).await {
            Ok(received) => received,
            Err(_) => Err(Error::new(ErrorKind::TimedOut, "receive from")
                .on(self.queue.name().as_str())
                .because("no message came in time")
                .into()),
        }
    }

    /// Receives the next message into `message`, waiting for as long as it takes.
    ///
    /// # Errors
    /// As [`Queue::recv_message`].
    pub async fn recv_message(&self, message: &mut Message) -> Result<()> {
        coop::consume_budget().await;
        while !self.queue.recv_message(message, Wait::NOW)? {
            let mut helper = Helper::start(self.queue.clone());
            let (taken, received) = (&mut helper.taken).await.map_err(|error| self.lost_helper(error))?;
            *message = taken;
            if received? {
                break;
            }
        }
        Ok(())
    }

    async fn send_until<T: Serialize + ?Sized>(&self, message: &T, until: Deadline) -> Result<()> {
        coop::consume_budget().await;
        match self.queue.send_with(message, &NO_OPTIONS, Wait::NOW) {
            Err(error) if error.kind() == ErrorKind::Full => {}
            sent => return sent,
        }
        let value = nuncio_codec::to_value(message).map_err(Error::from)?;
        let (queue, cancel) = (self.queue.clone(), Arc::new(Cancel::new()));
        let _cancel = CancelOnDrop(Arc::clone(&cancel));
        let wait = move || {
            let wait = Wait { until, cancel: Some(&cancel) };
            queue.send_with(&value, &NO_OPTIONS, wait)
        };
        spawn_blocking(wait).await.map_err(|error| self.lost_helper(error))?
    }

    fn lost_helper(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::new(ErrorKind::Unavailable, "wait for").on(self.queue.name().as_str()).caused_by(error)
    }
}

impl Helper {
    fn start(queue: Queue) -> Self {
        let cancel = Arc::new(Cancel::new());
        let (sender, taken) = oneshot::channel();
        let (watched, source) = (Arc::clone(&cancel), queue.clone());
        spawn_blocking(move || {
            let mut message = Message::new();
            let wait = Wait { until: Deadline::Never, cancel: Some(&watched) };
            let received = source.recv_message(&mut message, wait);
            if let Err(taken) = sender.send((message, received)) {
                give_back(&source, &taken);
            }
        });
        Self { queue, taken, _cancel: CancelOnDrop(cancel) }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // After the close a thread that has something keeps it; what it has sent before is here.
        self.taken.close();
        if let Ok(taken) = self.taken.try_recv() {
            give_back(&self.queue, &taken);
        }
    }
}

fn give_back(queue: &Queue, (message, _): &Taken) {
    if !message.is_empty() {
        queue.give_back(message);
    }
}
