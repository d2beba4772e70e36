//! The sending end: messages are added to the mailbox of their receiver.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use nuncio_core::driver::Sent;
use nuncio_core::{EndpointName, Readiness, Result};
use nuncio_sys::watch::Watch;

use super::store::{Store, Verdict};
use crate::route::{Lane, Letters, Refusal, Sending, no_such_peer};

#[derive(Debug)]
pub(super) struct JsonFileSending(pub(super) Arc<Store>);

impl Sending for JsonFileSending {
    type Lane = JsonFileLane;

    fn lane(&self, to: &EndpointName) -> Result<JsonFileLane> {
        match self.0.look(|state| state.clients.contains_key(to.as_str()))? {
            true => Ok(JsonFileLane { store: Arc::clone(&self.0), to: to.clone(), rooms: Mutex::default() }),
            false => Err(no_such_peer("send to", to.as_str())),
        }
    }
}

/// The mailbox of one receiver.
#[derive(Debug)]
pub(super) struct JsonFileLane {
    store: Arc<Store>,
    to: EndpointName,
    /// What those watch who wait for room.
    rooms: Mutex<Vec<Watch>>,
}

impl JsonFileLane {
    /// For how many messages there is room; none if the receiver is gone.
    fn free(&self) -> Result<Option<usize>> {
        let capacity = self.store.limits.capacity;
        self.store.look(|state| {
            let waiting = state.messages.get(self.to.as_str()).map_or(0, Vec::len);
            state.clients.contains_key(self.to.as_str()).then(|| capacity.saturating_sub(waiting))
        })
    }
}

impl Lane for JsonFileLane {
    fn send(&self, letters: &Letters<'_>) -> Result<Sent, Refusal> {
        self.store.change(|state| {
            if !state.clients.contains_key(self.to.as_str()) {
                return Err(Refusal::Gone);
            }
            let mailbox = state.messages.entry(self.to.as_str().to_owned()).or_default();
            let free = self.store.limits.capacity.saturating_sub(mailbox.len());
            if free == 0 {
                return Err(Refusal::Full);
            }
            let mut stored = 0;
            for index in 0..letters.count().min(free) {
                let mut message = Vec::new();
                match letters.write(index, &mut message) {
                    Ok(_) => mailbox.push(Cow::Owned(message)),
                    Err(error) if stored == 0 => return Err(error.into()),
                    Err(_) => break,
                }
                stored += 1;
            }
            Ok((Sent { stored, queued: 0 }, Verdict::Write))
        })
    }

    fn check(&self) -> Result<(), Refusal> {
        self.free()?.map(drop).ok_or(Refusal::Gone)
    }

    fn room(&self) -> Result<Readiness, Refusal> {
        let watch = self.store.watch()?;
        let readiness = Readiness::Readable(Arc::clone(watch.readiness()));
        match self.free()? {
            None => return Err(Refusal::Gone),
            Some(0) => {}
            Some(_) => watch.ring(),
        }
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody watches any more are held only here and by themselves.
        rooms.retain(Watch::is_shared);
        rooms.push(watch);
        Ok(readiness)
    }
}
