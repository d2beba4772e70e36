//! Whole messages as they are, for whoever carries them on to somewhere else.
//!
//! A gateway must not have a message in its own memory alone: it looks at one ([`Relay::peek`]), stores it, and only then takes
//! it out of the queue. That is safe as long as nobody else receives from the queue meanwhile.

use nuncio_core::{Error, ErrorKind, Result, Wait};
use nuncio_sys::sysv::{self, TYPE_BYTES};
use rustix::io::Errno;

use crate::compose::MESSAGE_TYPE;
use crate::header;
use crate::kernel::{Stop, error};
use crate::message::Message;
use crate::queue::Queue;
use crate::transfer::{RECEIVE, SEND, check_cancel};

const PEEK: &str = "look into";

/// A queue whose messages are carried on as they are; see [`Queue::relay`].
#[derive(Clone, Copy, Debug)]
pub struct Relay<'a> {
    queue: &'a Queue,
}

impl Queue {
    /// Whole messages, header and all, for whoever carries them on.
    pub const fn relay(&self) -> Relay<'_> {
        Relay { queue: self }
    }
}

impl Relay<'_> {
    /// Whether the kernel lets one look at a message without taking it. Without that [`peek`](Self::peek) fails with
    /// [`ErrorKind::Unsupported`].
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] when the queue was removed.
    pub fn can_peek(self) -> Result<bool> {
        self.queue.inner.kernel.queue().can_copy().map_err(|error| self.failed(PEEK, error))
    }

    /// Waits for a message and leaves it where it is; false if none came.
    ///
    /// # Errors
    /// As [`Queue::recv_message`].
    ///
    /// # Source
    /// msgrcv(2): a buffer that is too small for the message (`E2BIG`) leaves it in the queue.
    pub fn wait(self, wait: Wait<'_>) -> Result<bool> {
        check_cancel(wait)?;
        match self.queue.inner.kernel.wait_for_message(wait) {
            Ok(()) => Ok(true),
            Err(Stop::NotNow | Stop::TimedOut) => Ok(false),
            Err(stop) => Err(error(stop, RECEIVE, self.queue.name().as_str())),
        }
    }

    /// Copies the message at `index`, 0 being the oldest, into `message` and leaves it where it is; false if there is none. The
    /// payload of a spilled one stays in its file: see [`restore`](Self::restore).
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] where the kernel cannot do that; [`ErrorKind::NoSuchEndpoint`] when the queue was removed.
    pub fn peek(self, index: usize, message: &mut Message) -> Result<bool> {
        let queue = self.queue.inner.kernel.queue();
        let mut copied = queue.copy(index, message.frame_mut(), self.queue.inner.text_bytes_max);
        if matches!(errno(&copied), Some(Errno::TOOBIG)) {
            // The limit was raised since the queue was opened. To read it costs more than to copy a message.
            copied = sysv::message_bytes_max().and_then(|bytes| queue.copy(index, message.frame_mut(), bytes));
        }
        if matches!(errno(&copied), Some(Errno::NOMSG)) {
            return Ok(false);
        }
        copied.map_err(|error| self.failed(PEEK, error))?;
        message.parse_leniently();
        Ok(true)
    }

    /// Takes the oldest message into `message` if there is one now. The payload of a spilled one stays in its file. A message that was
    /// [kept](Queue::keep) for the next reader comes first.
    ///
    /// # Errors
    /// As [`Queue::recv_message`], but that a message of any form will do.
    pub fn take(self, message: &mut Message) -> Result<bool> {
        let taken = self.queue.take_sent(message.frame_mut(), Wait::NOW)?;
        message.parse_leniently();
        Ok(taken)
    }

    /// Takes a message that was [kept](Queue::keep) for the next reader, if there is one.
    ///
    /// # Errors
    /// Those of reading its file.
    pub fn take_kept(self) -> Result<Option<Vec<u8>>> {
        let inner = &*self.queue.inner;
        inner.returned.next(&inner.registry, &inner.name)
    }

    /// Gives a message back that could not be carried on: this handle takes it next, and when the handle is dropped it is kept for
    /// the next reader.
    pub fn give_back(self, text: Vec<u8>) {
        self.queue.inner.returned.push(text);
    }

    /// Puts the payload of a spilled message in its place, and leaves the file where it is; a message that is whole stays as it
    /// is.
    ///
    /// # Errors
    /// [`ErrorKind::PermissionDenied`], [`ErrorKind::Corrupt`] and [`ErrorKind::TooLarge`] as in [`Queue::recv`].
    pub fn restore(self, message: &mut Message) -> Result<()> {
        let Some(path) = spilled(message) else { return Ok(()) };
        let shared = self.queue.inner.registry.shared();
        let mut content = Vec::new();
        let payload_bytes_max = shared.limits.payload_bytes_max;
        shared
            .spill
            .read(&path, message.front(), payload_bytes_max, &mut content)
            .map_err(|error| self.queue.about(RECEIVE, error))?;
        let front_bytes = message.front().len();
        message.replace_by_file(content, front_bytes);
        Ok(())
    }

    /// Removes the file that `message`, as it was in the queue, names; a message that is whole has none.
    ///
    /// # Errors
    /// As [`restore`](Self::restore), but that a file which is gone is what is wanted.
    pub fn remove_spilled(self, message: &Message) -> Result<()> {
        let Some(path) = spilled(message) else { return Ok(()) };
        self.queue.inner.registry.shared().spill.remove(&path).map_err(|error| self.queue.about(RECEIVE, error))
    }

    /// Puts `text`, a whole message, into the queue as it is; one that is too large for the kernel goes through a file.
    ///
    /// # Errors
    /// As [`Queue::send_with`]; [`ErrorKind::Corrupt`] for a large text that is no message.
    pub fn put(self, text: &[u8], wait: Wait<'_>) -> Result<()> {
        if text.len() > self.queue.inner.text_bytes_max {
            return self.queue.send_whole(text, wait);
        }
        check_cancel(wait)?;
        let mut frame = Vec::with_capacity(TYPE_BYTES + text.len());
        frame.extend_from_slice(&MESSAGE_TYPE.to_ne_bytes());
        frame.extend_from_slice(text);
        self.queue.send_frame(&frame, wait).map_err(|stop| error(stop, SEND, self.queue.name().as_str()))
    }

    #[cold]
    fn failed(self, operation: &'static str, cause: std::io::Error) -> Error {
        let name = self.queue.name().as_str();
        match Errno::from_io_error(&cause) {
            Some(Errno::NOSYS) => Error::new(ErrorKind::Unsupported, operation)
                .on(name)
                .because("the kernel was built without CONFIG_CHECKPOINT_RESTORE"),
            Some(Errno::IDRM | Errno::INVAL) => {
                Error::new(ErrorKind::NoSuchEndpoint, operation).on(name).because("the queue was removed")
            }
            _ => Error::io(operation, cause).on(name),
        }
    }
}

fn errno(outcome: &std::io::Result<()>) -> Option<Errno> {
    outcome.as_ref().err().and_then(Errno::from_io_error)
}

/// The path of the file that has the payload of `message`.
fn spilled(message: &Message) -> Option<Vec<u8>> {
    match message.find_beside_length(header::SPILL_FILE) {
        Some(path) if message.payload().is_empty() => Some(path.to_vec()),
        _ => None,
    }
}
