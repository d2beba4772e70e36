//! A request's body, read into memory within limits: its size, the memory of all bodies together, and the time it takes.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming as Stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::UNIT_BYTES;

/// Where a body grows, it grows to this at least, and then by four times at most, whatever it claims to be.
const GROWS_TO_BYTES: usize = 256 * 1024;
/// Slower senders hold memory for nothing.
const BYTES_PER_SECOND_MIN: u64 = 16 * 1024;

/// A body, and the room that it takes up.
pub(super) struct Collected {
    pub(super) bytes: BytesMut,
    pub(super) room: Option<OwnedSemaphorePermit>,
}

/// Why a body was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Broken(String),
    NoRoom,
    TooLarge,
    TooSlow,
}

/// Reads a body.
pub(super) async fn collect(
    mut body: Stream,
    bytes_max: usize,
    room: &Arc<Semaphore>,
    patience: Duration,
) -> Result<Collected, Unread> {
    let claimed = match usize::try_from(body.size_hint().lower()) {
        Ok(claimed) if claimed <= bytes_max => claimed,
        _ => return Err(Unread::TooLarge),
    };
    let began = Instant::now();
    let mut collected = Collected { bytes: BytesMut::new(), room: None };
    loop {
        // Who is silent is too slow, and so is who sends a byte now and then.
        let earned = Duration::from_secs(collected.bytes.len() as u64 / BYTES_PER_SECOND_MIN);
        let until = (Instant::now() + patience).min(began + patience + earned);
        let frame = match timeout_at(until, body.frame()).await {
            Err(_) => return Err(Unread::TooSlow),
            Ok(None) => return Ok(collected),
            Ok(Some(Err(error))) => return Err(Unread::Broken(error.to_string())),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        if collected.bytes.len() + data.len() > bytes_max {
            return Err(Unread::TooLarge);
        }
        collected.make_room(data.len(), room)?;
        collected.grow(data.len(), claimed);
        collected.bytes.extend_from_slice(&data);
    }
}

impl Collected {
    /// Has memory for `more` bytes, and for some of those that will come.
    fn grow(&mut self, more: usize, claimed: usize) {
        let needed = self.bytes.len() + more;
        if needed > self.bytes.capacity() {
            let target = claimed.min(GROWS_TO_BYTES.max(needed * 4)).max(needed);
            self.bytes.reserve(target - self.bytes.len());
        }
    }

    /// Takes room for what is there and `more` bytes.
    fn make_room(&mut self, more: usize, room: &Arc<Semaphore>) -> Result<(), Unread> {
        let needed = (self.bytes.len() + more).div_ceil(UNIT_BYTES);
        let held = self.room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let Ok(missing) = u32::try_from(needed.saturating_sub(held)) else { return Err(Unread::NoRoom) };
        if missing == 0 {
            return Ok(());
        }
        let permit = Arc::clone(room).try_acquire_many_owned(missing).map_err(|_| Unread::NoRoom)?;
        match &mut self.room {
            None => self.room = Some(permit),
            Some(held) => held.merge(permit),
        }
        Ok(())
    }
}
