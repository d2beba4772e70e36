//! CBOR, through `minicbor-serde`: it borrows strings, skips without recursion, and says at which byte something is
//! wrong; `cbor4ii` skips recursively and does not say where, and `ciborium` copies every string.
//!
//! A leading self-description tag is accepted; any other tag is not understood.
//!
//! # Source
//! RFC 8949; 3.4.6 for the self-description.

use minicbor_serde::{Deserializer, Serializer};
use serde::Serialize;
use serde::de::DeserializeSeed;

use crate::DecodeLimits;
use crate::adapt::Strict;
use crate::detect::CBOR_MAGIC;
use crate::error::Failure;

pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Failure> {
    value.serialize(Strict(&mut Serializer::new(out)))?;
    Ok(())
}

pub(crate) fn decode<'de, S: DeserializeSeed<'de>>(
    bytes: &'de [u8],
    _limits: &DecodeLimits,
    seed: S,
) -> Result<S::Value, Failure> {
    let bytes = bytes.strip_prefix(&CBOR_MAGIC).unwrap_or(bytes);
    let mut deserializer = Deserializer::new(bytes);
    let value = seed.deserialize(&mut deserializer)?;
    match bytes.len() - deserializer.decoder().position() {
        0 => Ok(value),
        rest => Err(Failure::Cause(format!("{rest} bytes after the document").into())),
    }
}
