//! Names that nobody can guess: ten characters of `A-Za-z0-9_`, as the original gives its spill files.

use std::sync::{Arc, Mutex, PoisonError};

use nuncio_core::{Error, ErrorKind, Randomness, Result};

const LENGTH: usize = 10;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789__";
/// One call of the source serves so many bytes.
const POOL_BYTES: usize = 250;

/// The system's own randomness.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        getrandom::fill(bytes).map_err(|error| Error::new(ErrorKind::Io, "get random bytes").caused_by(error))
    }
}

/// A source of names.
#[derive(Debug)]
pub(crate) struct Names {
    source: Arc<dyn Randomness>,
    pool: Mutex<Vec<u8>>,
}

impl Names {
    pub(crate) const fn new(source: Arc<dyn Randomness>) -> Self {
        Self { source, pool: Mutex::new(Vec::new()) }
    }

    /// A fresh name.
    ///
    /// # Errors
    /// Those of the source.
    pub(crate) fn next(&self) -> Result<String> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < LENGTH {
            let mut fresh = vec![0; POOL_BYTES];
            self.source.fill(&mut fresh)?;
            *pool = fresh;
        }
        let rest = pool.len() - LENGTH;
        Ok(pool.drain(rest..).map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect())
    }
}

/// Whether `text` is such a name.
pub(crate) fn is_name(text: &[u8]) -> bool {
    text.len() == LENGTH && text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_originals_form_and_differ() {
        let names = Names::new(Arc::new(SystemRandomness));
        let made: std::collections::HashSet<_> = (0..1000).map(|_| names.next().expect("random")).collect();
        assert_eq!(made.len(), 1000);
        assert!(made.iter().all(|name| is_name(name.as_bytes())));
        assert!(!is_name(b"short") && !is_name(b"with/slash"));
    }
}
