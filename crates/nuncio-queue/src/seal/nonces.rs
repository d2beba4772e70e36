//! Nonces that nobody has used.

use std::sync::{Arc, Mutex, PoisonError};

use nuncio_core::{Error, Randomness, Result};

use super::nacl::{NONCE_BYTES, Nonce};

/// One call of the source of randomness serves so many.
const AT_ONCE: usize = 64;

/// A source of nonces: 24 random bytes each, so that two are never the same.
#[derive(Debug)]
pub(super) struct Nonces {
    source: Arc<dyn Randomness>,
    pool: Mutex<Vec<u8>>,
}

impl Nonces {
    pub(super) const fn new(source: Arc<dyn Randomness>) -> Self {
        Self { source, pool: Mutex::new(Vec::new()) }
    }

    /// The next one.
    ///
    /// # Errors
    /// Those of the source.
    pub(super) fn next(&self) -> Result<Nonce> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let nonce = match pool.split_last_chunk::<NONCE_BYTES>() {
            Some((_, nonce)) => *nonce,
            None => {
                let mut fresh = vec![0; NONCE_BYTES * AT_ONCE];
                self.source.fill(&mut fresh).map_err(|error| Error::new(error.kind(), "seal").caused_by(error))?;
                *pool = fresh;
                *pool.last_chunk().expect("so many bytes")
            }
        };
        let rest = pool.len() - NONCE_BYTES;
        pool.truncate(rest);
        Ok(Nonce::from_bytes(nonce))
    }
}
