//! What other threads, and requests that are answered, put into the way out of a service.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nuncio_codec::{Codec, DecodeLimits};
use nuncio_core::{Encode, Error, ErrorKind, Readiness, Result};
use rustix::event::{EventfdFlags, eventfd};
use serde::Serialize;

use super::request::Asked;

/// For so much of a content room is made at first, in bytes.
const USUAL_BYTES: usize = 256;

/// A message on its way out.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) to: String,
    pub(super) content: Content,
    pub(super) deadline: Option<String>,
}

/// The content of a message as JSON text in ASCII, encoded here: nobody has to look through it once more.
#[derive(Debug)]
pub(super) struct Content(pub(super) Vec<u8>);

impl Content {
    pub(super) fn of<T: Serialize + ?Sized>(content: &T) -> Result<Self> {
        let mut json = Vec::with_capacity(USUAL_BYTES);
        nuncio_codec::json::encode_ascii(content, &mut json)?;
        Ok(Self(json))
    }
}

impl Encode for Content {
    fn encode(&self, codec: Codec, members: &[(&str, &dyn erased_serde::Serialize)], out: &mut Vec<u8>) -> Result<()> {
        match (codec, members) {
            (Codec::Json, []) => self.encode_ascii(out),
            _ => Codec::Json.decode_value(&self.0, &DecodeLimits::default())?.encode(codec, members, out),
        }
    }

    fn encode_ascii(&self, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(&self.0);
        Ok(())
    }
}

/// Letters for the loop to send, and its bell.
#[derive(Debug)]
pub(super) struct Mail {
    letters: Mutex<Vec<Letter>>,
    /// Requests that were dropped without an answer.
    dropped: Mutex<Vec<Arc<Asked>>>,
    /// Whether there may be any of these.
    is_filled: AtomicBool,
    /// Whether the loop looks into this before it waits again, so that nobody has to ring.
    is_awake: AtomicBool,
    bell: Arc<OwnedFd>,
}

impl Mail {
    pub(super) fn new() -> Result<Arc<Self>> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        let bell = bell.map_err(|error| {
            Error::new(ErrorKind::LimitExceeded, "begin the service").caused_by(std::io::Error::from(error))
        })?;
        Ok(Arc::new(Self {
            letters: Mutex::default(),
            dropped: Mutex::default(),
            is_filled: AtomicBool::new(false),
            is_awake: AtomicBool::new(true),
            bell: Arc::new(bell),
        }))
    }

    pub(super) fn put(&self, letter: Letter) {
        lock(&self.letters).push(letter);
        self.fill();
    }

    /// A request was dropped without an answer.
    pub(super) fn drop_request(&self, dropped: Arc<Asked>) {
        lock(&self.dropped).push(dropped);
        self.fill();
    }

    fn fill(&self) {
        self.is_filled.store(true, Ordering::SeqCst);
        self.ring();
    }

    /// Has the loop look.
    pub(super) fn ring(&self) {
        if !self.is_awake.load(Ordering::SeqCst) {
            // Fails only when the counter is at its maximum, and then it has rung.
            let _ = rustix::io::write(self.bell.as_fd(), &1_u64.to_ne_bytes());
        }
    }

    /// Takes everything: the letters into `letters`, which is empty and whose allocation is used for the next ones; and the requests
    /// that were dropped.
    pub(super) fn take(&self, letters: &mut Vec<Letter>) -> Vec<Arc<Asked>> {
        // Before they are looked at: what is put in meanwhile says so again.
        self.is_filled.store(false, Ordering::SeqCst);
        std::mem::swap(&mut *lock(&self.letters), letters);
        std::mem::take(&mut *lock(&self.dropped))
    }

    /// Whether there may be something to send.
    #[inline]
    pub(super) fn has_letters(&self) -> bool {
        self.is_filled.load(Ordering::SeqCst)
    }

    /// The loop is about to wait; from now on it has to be rung. Says whether there is nothing to do before.
    pub(super) fn sleep(&self) -> bool {
        self.is_awake.store(false, Ordering::SeqCst);
        !self.has_letters()
    }

    /// The loop waits no longer; `rang` says whether it was rung.
    pub(super) fn wake(&self, rang: bool) {
        self.is_awake.store(true, Ordering::SeqCst);
        if rang {
            let _ = rustix::io::read(self.bell.as_fd(), &mut [0; size_of::<u64>()]);
        }
    }

    pub(super) fn readiness(&self) -> Readiness {
        Readiness::Readable(Arc::clone(&self.bell))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where a panic could happen.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
