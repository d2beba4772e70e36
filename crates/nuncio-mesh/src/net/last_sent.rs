//! Whoever expects an answer looks for it before he sleeps.
//!
//! Where two nodes run on two processors, most of the time that a short message and its answer take is spent on waking up
//! threads that have just fallen asleep; on one, on the way from the connection to the task that waits. So whoever has sent
//! something and then waits for a message writes it himself, and looks for a moment whether there is an answer
//! ([`Spin`](nuncio_sys::spin::Spin)).

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::line::Line;

/// On which connection something was sent since somebody has looked for an answer.
#[derive(Debug, Default)]
pub(super) struct LastSent(Mutex<Weak<Line>>);

impl LastSent {
    pub(super) fn on(&self, line: &Weak<Line>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone_from(line);
    }

    /// That connection, once.
    pub(super) fn line(&self) -> Option<Arc<Line>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).upgrade()
    }
}
