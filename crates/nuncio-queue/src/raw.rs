//! Payloads as bytes: for tools, and for whoever has encoded already.

use std::time::Duration;

use nuncio_core::{Result, Wait};

use crate::message::{Message, ReceiveError};
use crate::options::{NO_OPTIONS, SendOptions};
use crate::queue::Queue;

/// A queue whose payloads are bytes; see [`Queue::raw`].
///
/// Receiving gives a [`Message`], whose payload and header are there as they were sent; receive into one again
/// and again with [`Queue::recv_message`].
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    queue: &'a Queue,
}

impl<'a> Raw<'a> {
    pub(crate) const fn new(queue: &'a Queue) -> Self {
        Self { queue }
    }

    /// Sends `payload`, waiting for room for as long as it takes. No metadata is added; the header says `l`, and `s` where
    /// the environment names a codec.
    ///
    /// # Errors
    /// As [`Queue::send`], but that any bytes will do.
    #[inline]
    pub fn send(self, payload: &[u8]) -> Result<()> {
        self.send_with(payload, &NO_OPTIONS, Wait::FOREVER)
    }

    /// Sends `payload` if there is room now.
    ///
    /// # Errors
    /// [`ErrorKind::Full`](nuncio_core::ErrorKind::Full); otherwise as [`send`](Self::send).
    #[inline]
    pub fn try_send(self, payload: &[u8]) -> Result<()> {
        self.send_with(payload, &NO_OPTIONS, Wait::NOW)
    }

    /// Sends `payload`, waiting for room for `timeout` at most.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`](nuncio_core::ErrorKind::TimedOut); otherwise as [`send`](Self::send).
    pub fn send_timeout(self, payload: &[u8], timeout: Duration) -> Result<()> {
        self.send_with(payload, &NO_OPTIONS, self.queue.within(timeout))
    }

    /// Sends `payload` with the codec label and header arguments of `options`, waiting as `wait` says. Metadata in `options` is
    /// not used: there is no map to put it into.
    ///
    /// # Errors
    /// As [`Queue::send_with`], but that any bytes will do.
    #[inline]
    pub fn send_with(self, payload: &[u8], options: &SendOptions, wait: Wait<'_>) -> Result<()> {
        self.queue.send_bytes(payload, options, wait)
    }

    /// Receives the next message, waiting for as long as it takes.
    ///
    /// # Errors
    /// As [`Queue::recv`].
    pub fn recv(self) -> Result<Message, ReceiveError> {
        loop {
            if let Some(message) = self.receive(Wait::FOREVER)? {
                return Ok(message);
            }
        }
    }

    /// Receives the next message if there is one now.
    ///
    /// # Errors
    /// As [`Queue::recv`].
    pub fn try_recv(self) -> Result<Option<Message>, ReceiveError> {
        self.receive(Wait::NOW)
    }

    /// Receives the next message, waiting for `timeout` at most; `None` when none came.
    ///
    /// # Errors
    /// As [`Queue::recv`].
    pub fn recv_timeout(self, timeout: Duration) -> Result<Option<Message>, ReceiveError> {
        self.receive(self.queue.within(timeout))
    }

    fn receive(self, wait: Wait<'_>) -> Result<Option<Message>, ReceiveError> {
        let mut message = Message::new();
        match self.queue.recv_message(&mut message, wait) {
            Ok(came) => Ok(came.then_some(message)),
            Err(error) => Err(ReceiveError::after(error, &mut message)),
        }
    }
}
