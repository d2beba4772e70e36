//! Boxes by the crypto library alone: `crypto_box`, with the shared key computed once, a counter for nonces, and nothing around
//! it.

use std::hint::black_box;

use crypto_box::aead::{AeadInPlace, Error, Tag};
use crypto_box::{PublicKey, SalsaBox, SecretKey};

use crate::Result;
use crate::stage::Stage;

const NONCE_BYTES: usize = 24;

/// Seals a payload again and again.
pub(crate) fn seal(stage: &Stage) -> Result<Vec<f64>> {
    let (library, payload) = (library(), stage.payload());
    let (mut sealed, mut number) = (Vec::new(), 0_u64);
    let mut meter = stage.meter()?;
    while meter.runs() {
        number += 1;
        let tag = seal_into(&library, &nonce(number), black_box(&payload), &mut sealed)?;
        black_box((&sealed, tag));
        meter.count(1);
    }
    Ok(meter.rate())
}

/// Opens a box again and again.
pub(crate) fn open(stage: &Stage) -> Result<Vec<f64>> {
    let (library, payload) = (library(), stage.payload());
    let (nonce, mut sealed, mut plain) = (nonce(1), Vec::new(), Vec::new());
    let tag = seal_into(&library, &nonce, &payload, &mut sealed)?;
    let mut meter = stage.meter()?;
    while meter.runs() {
        plain.clear();
        plain.extend_from_slice(black_box(&sealed));
        library.decrypt_in_place_detached(&nonce.into(), b"", &mut plain, &tag).map_err(cannot)?;
        black_box(&plain);
        meter.count(1);
    }
    Ok(meter.rate())
}

fn seal_into(
    library: &SalsaBox,
    nonce: &[u8; NONCE_BYTES],
    payload: &[u8],
    sealed: &mut Vec<u8>,
) -> Result<Tag<SalsaBox>> {
    sealed.clear();
    sealed.extend_from_slice(payload);
    library.encrypt_in_place_detached(&(*nonce).into(), b"", sealed).map_err(cannot)
}

fn library() -> SalsaBox {
    let ours = SecretKey::from_bytes([1; 32]);
    let theirs: PublicKey = SecretKey::from_bytes([2; 32]).public_key();
    SalsaBox::new(&theirs, &ours)
}

fn nonce(number: u64) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    nonce[..8].copy_from_slice(&number.to_le_bytes());
    nonce
}

fn cannot(_: Error) -> Box<dyn std::error::Error + Send + Sync> {
    "the library refused a box".into()
}
