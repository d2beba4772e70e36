//! Boxes by a keyring on disk: [`Keyring::seal`] finds the keys and a fresh nonce, [`Keyring::unseal`] says whose key it was.

use std::hint::black_box;

use nuncio_queue::seal::Keyring;

use crate::Result;
use crate::stage::{Stage, expect_bytes};

const HOST: &str = "10.0.0.2";

/// Seals a payload again and again.
pub(crate) fn seal(stage: &Stage) -> Result<Vec<f64>> {
    let (_directory, keyring) = keyring()?;
    let (payload, mut sealed) = (stage.payload(), Vec::new());
    let mut meter = stage.meter()?;
    while meter.runs() {
        let nonce = keyring.seal(HOST, black_box(&payload), &mut sealed)?;
        black_box((&sealed, nonce));
        meter.count(1);
    }
    Ok(meter.rate())
}

/// Opens a box again and again.
pub(crate) fn open(stage: &Stage) -> Result<Vec<f64>> {
    let (_directory, keyring) = keyring()?;
    let (payload, mut sealed, mut plain) = (stage.payload(), Vec::new(), Vec::new());
    let nonce = keyring.seal(HOST, &payload, &mut sealed)?;
    let mut meter = stage.meter()?;
    while meter.runs() {
        black_box(keyring.unseal(Some(HOST), &nonce, black_box(&sealed), &mut plain)?);
        expect_bytes(plain.len(), payload.len())?;
        meter.count(1);
    }
    Ok(meter.rate())
}

/// A keyring that trusts itself to be the host, so that it can open what it has sealed.
fn keyring() -> Result<(tempfile::TempDir, Keyring)> {
    let directory = tempfile::tempdir()?;
    let keyring = Keyring::create(directory.path().join("keyring"))?;
    keyring.trust(HOST, keyring.generate("")?, "")?;
    Ok((directory, keyring))
}
