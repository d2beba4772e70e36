//! Randomness that nobody can foretell.

use nuncio_core::{Error, ErrorKind, Result};

/// `BYTES` random bytes as letters and digits, two for each.
pub(crate) fn random_text<const BYTES: usize>() -> Result<String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Error::new(ErrorKind::Io, "get random bytes").caused_by(error))?;
    let sixes = bytes.chunks(3).flat_map(|three| {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        (0..=three.len()).map(move |index| bits >> (18 - 6 * index) & 63)
    });
    Ok(sixes.map(|six| char::from(LETTERS[six as usize])).collect())
}

pub(super) fn random_number() -> Result<u64> {
    getrandom::u64().map_err(|error| Error::new(ErrorKind::Io, "get random bytes").caused_by(error))
}
