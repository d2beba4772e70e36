//! The kernel's half of a queue: sending and taking whole messages, with deadline and cancellation.
//!
//! `msgsnd` and `msgrcv` have neither. A call that may wait for ever goes straight into the kernel. Any other first tries
//! without waiting; only when that is not enough does it arm the thread's alarm, which interrupts the blocking call at the deadline or
//! when it is cancelled (docs/decisions/waiting.md).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::task::Waker;
use std::time::Instant;

use nuncio_core::{Deadline, Error, ErrorKind, Result, Wait};
use nuncio_sys::interrupt::Alarm;
use nuncio_sys::sysv::{self, MessageQueue};
use rustix::io::Errno;

/// The kernel's usual limit for one message, in bytes; a larger one makes the buffer grow.
const TEXT_BYTES_FIRST: usize = 8192;

/// What a call on the kernel queue came to, other than success.
#[derive(Debug)]
pub(crate) enum Stop {
    /// No room, or nothing there, and the call was not to wait.
    NotNow,
    /// The deadline passed first.
    TimedOut,
    /// The queue was removed, or the id is stale.
    Removed,
    /// The message does not fit the buffer, and is still in the queue.
    TooBig,
    /// The wait was cancelled, or the system failed.
    Failed(Error),
}

impl Stop {
    fn of(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::AGAIN | Errno::NOMSG) => Self::NotNow,
            Some(Errno::IDRM | Errno::INVAL) => Self::Removed,
            Some(Errno::TOOBIG) => Self::TooBig,
            _ => Self::Failed(Error::io("call the kernel", error)),
        }
    }
}

/// A kernel queue that can be found again after it was removed.
#[derive(Debug)]
pub(crate) struct Kernel {
    id: AtomicI32,
}

impl Kernel {
    pub(crate) const fn new(queue: MessageQueue) -> Self {
        Self { id: AtomicI32::new(queue.id()) }
    }

    #[inline]
    pub(crate) fn queue(&self) -> MessageQueue {
        MessageQueue::from_id(self.id.load(Ordering::Relaxed))
    }

    /// Goes on with `queue`.
    pub(crate) fn replace(&self, queue: MessageQueue) {
        self.id.store(queue.id(), Ordering::Relaxed);
    }

    /// Sends `frame`: the type, then the text.
    // A return through a frame that was there before the kernel was entered is mispredicted, which costs more than
    // everything else here: so the first call is made in the caller's own frame, and all that may follow is cold.
    #[inline(always)]
    pub(crate) fn send(&self, frame: &[u8], wait: Wait<'_>) -> Result<(), Stop> {
        let queue = self.queue();
        let sent = if is_endless(wait) { queue.send(frame) } else { queue.try_send(frame) };
        match sent {
            Ok(()) => Ok(()),
            Err(error) => go_on(wait, error, || queue.send(frame)),
        }
    }

    /// Takes the first message into `frame`, whatever its size.
    #[inline(always)]
    pub(crate) fn receive(&self, frame: &mut Vec<u8>, wait: Wait<'_>) -> Result<(), Stop> {
        let text_bytes_max = frame.capacity().saturating_sub(sysv::TYPE_BYTES).max(TEXT_BYTES_FIRST);
        match self.receive_first(frame, text_bytes_max, wait) {
            Ok(()) => Ok(()),
            Err(error) => self.receive_on(frame, text_bytes_max, wait, error),
        }
    }

    /// Waits for a message and takes none.
    pub(crate) fn wait_for_message(&self, wait: Wait<'_>) -> Result<(), Stop> {
        // The kernel refuses to give a message to a buffer without room, and keeps it. One of no bytes at all is no
        // message of anybody's, and is gone.
        let mut nothing = Vec::new();
        match self.receive_first(&mut nothing, 0, wait) {
            Ok(()) => Ok(()),
            Err(error) => match go_on(wait, error, || self.queue().receive(&mut nothing, 0)) {
                Err(Stop::TooBig) => Ok(()),
                waited => waited,
            },
        }
    }

    #[inline(always)]
    fn receive_first(&self, frame: &mut Vec<u8>, text_bytes_max: usize, wait: Wait<'_>) -> io::Result<()> {
        let queue = self.queue();
        if is_endless(wait) { queue.receive(frame, text_bytes_max) } else { queue.try_receive(frame, text_bytes_max) }
    }

    /// Goes on after `error`, with a larger buffer whenever that is what it takes.
    #[cold]
    fn receive_on(
        &self,
        frame: &mut Vec<u8>,
        mut text_bytes_max: usize,
        wait: Wait<'_>,
        mut error: io::Error,
    ) -> Result<(), Stop> {
        let queue = self.queue();
        loop {
            match go_on(wait, error, || queue.receive(frame, text_bytes_max)) {
                Err(Stop::TooBig) => text_bytes_max = larger(text_bytes_max)?,
                taken => return taken,
            }
            match self.receive_first(frame, text_bytes_max, wait) {
                Ok(()) => return Ok(()),
                Err(next) => error = next,
            }
        }
    }
}

/// Whether nothing but a message, or room for one, ends the wait.
#[inline]
const fn is_endless(wait: Wait<'_>) -> bool {
    matches!(wait, Wait { until: Deadline::Never, cancel: None })
}

/// Goes on after the first call failed with `error`: with `block`, if the wait is not over.
#[cold]
fn go_on(wait: Wait<'_>, mut error: io::Error, mut block: impl FnMut() -> io::Result<()>) -> Result<(), Stop> {
    // A signal of somebody else's is no reason to stop.
    while error.kind() == io::ErrorKind::Interrupted && is_endless(wait) {
        match block() {
            Ok(()) => return Ok(()),
            Err(next) => error = next,
        }
    }
    match Stop::of(error) {
        Stop::NotNow if wait.until != Deadline::Now => run_interruptibly(wait, block),
        stop => Err(stop),
    }
}

/// Runs `block` until it is done, the deadline passes or the wait is cancelled.
fn run_interruptibly(wait: Wait<'_>, mut block: impl FnMut() -> io::Result<()>) -> Result<(), Stop> {
    // A timer that cannot be made is no full queue, though the system's word for it is the same.
    let failed =
        |error: io::Error| Stop::Failed(Error::new(ErrorKind::LimitExceeded, "prepare to wait").caused_by(error));
    let alarm = Alarm::current().map_err(failed)?;
    // Dropped in the opposite order: the bell is taken down before the alarm is put to rest.
    let _armed = alarm.arm(wait.until.instant()).map_err(failed)?;
    let _bell =
        wait.cancel.map(|cancel| cancel.arm(Waker::from(Arc::clone(&alarm)))).transpose().map_err(Stop::Failed)?;
    loop {
        match block() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                if let Some(cancel) = wait.cancel {
                    cancel.check().map_err(Stop::Failed)?;
                }
                if wait.until.instant().is_some_and(|until| Instant::now() >= until) {
                    return Err(Stop::TimedOut);
                }
            }
            result => return result.map_err(Stop::of),
        }
    }
}

/// The next size to try: what the kernel allows now, which an administrator may have raised.
fn larger(text_bytes_max: usize) -> Result<usize, Stop> {
    let allowed = sysv::message_bytes_max().map_err(|error| Stop::Failed(Error::io("read kernel.msgmax", error)))?;
    // A message sent before the limit was lowered again can be larger than it.
    Ok(allowed.max(text_bytes_max.saturating_mul(2)))
}

/// The error for what a send or receive on `name` stopped at; a receive that timed out is none.
#[cold]
pub(crate) fn error(stop: Stop, operation: &'static str, name: &str) -> Error {
    match stop {
        Stop::NotNow => Error::new(ErrorKind::Full, operation).on(name),
        Stop::TimedOut => {
            Error::new(ErrorKind::TimedOut, operation).on(name).because("the queue was full until the deadline")
        }
        Stop::Removed => Error::new(ErrorKind::NoSuchEndpoint, operation).on(name).because("the queue was removed"),
        Stop::TooBig => Error::new(ErrorKind::TooLarge, operation).on(name).because("the kernel refuses its size"),
        Stop::Failed(error) => Error::new(error.kind(), operation).on(name).caused_by(error),
    }
}
