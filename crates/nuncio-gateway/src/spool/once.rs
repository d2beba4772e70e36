//! What may be stored once: sealed messages, of which a copy can be sent by whoever has seen one.
//!
//! A message and what it is accepted as are in one frame, so that neither is on disk without the other. Then the memory of what was
//! accepted, a [`ReplayGuard`] in the spool's directory, is told, which remembers for longer than the segment stays; what a kill left
//! untold is told when the spool is opened again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nuncio_core::Result;
use nuncio_queue::ReplayGuard;
use nuncio_queue::replay::{Once, Verdict};

const NAME: &str = "replay";

/// The memory of what was stored, once it is needed.
#[derive(Debug)]
pub(super) struct OnceOnly {
    directory: PathBuf,
    keep: Duration,
    guard: Option<ReplayGuard>,
    /// What is stored, and the memory was not told yet.
    untold: Vec<Once>,
}

impl OnceOnly {
    pub(super) fn new(spool: &Path, keep: Duration, untold: Vec<Once>) -> Self {
        Self { directory: spool.join(NAME), keep, guard: None, untold }
    }

    /// Says of each whether it may be stored, if all before it in `all`, and all of `beside`, are stored.
    ///
    /// # Errors
    /// Those of [`ReplayGuard`]: then nothing can be said.
    pub(super) fn judge(&mut self, all: &[Once], beside: &[Once]) -> Result<Vec<Verdict>> {
        if all.is_empty() {
            return Ok(Vec::new());
        }
        self.tell()?;
        let mut verdicts = self.guard()?.judge_all_sent(all)?;
        for (index, verdict) in verdicts.iter_mut().enumerate() {
            if all[..index].iter().chain(beside).any(|other| other.id == all[index].id) {
                *verdict = Verdict::Replayed;
            }
        }
        Ok(verdicts)
    }

    /// These are stored. What cannot be written now is kept, and tried again before anything else is judged.
    pub(super) fn stored(&mut self, all: Vec<Once>) {
        self.untold.extend(all);
        if let Err(error) = self.tell() {
            tracing::error!("{}; until it succeeds no sealed message is accepted", error.chain());
        }
    }

    fn tell(&mut self) -> Result<()> {
        if self.untold.is_empty() {
            return Ok(());
        }
        let untold = std::mem::take(&mut self.untold);
        let told = self.guard().and_then(|guard| guard.accept_all_sent(&untold).and_then(|_| guard.sync()));
        if told.is_err() {
            self.untold = untold;
        }
        told
    }

    fn guard(&mut self) -> Result<&ReplayGuard> {
        Ok(match &mut self.guard {
            Some(guard) => guard,
            none => none.insert(ReplayGuard::open(&self.directory, self.keep)?),
        })
    }
}
