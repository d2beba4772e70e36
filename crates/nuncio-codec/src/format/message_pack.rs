//! MessagePack, through `rmp-serde`: the library of the format's own organisation for Rust.
//!
//! Structs are maps by field name, as every peer in another language expects.
//!
//! # Source
//! <https://github.com/msgpack/msgpack/blob/master/spec.md>

use rmp_serde::decode::{Deserializer, Error};
use rmp_serde::encode::Serializer;
use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};

use crate::DecodeLimits;
use crate::adapt::Strict;
use crate::error::Failure;

pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Failure> {
    let mut serializer = Serializer::new(out).with_struct_map();
    value.serialize(Strict(&mut serializer))?;
    Ok(())
}

pub(crate) fn decode<'de, S: DeserializeSeed<'de>>(
    bytes: &'de [u8],
    _limits: &DecodeLimits,
    seed: S,
) -> Result<S::Value, Failure> {
    let mut deserializer = Deserializer::from_read_ref(bytes);
    // The seed counts levels, also in what it skips; this one only has to be out of its way.
    deserializer.set_max_depth(usize::MAX);
    let value = seed.deserialize(&mut deserializer)?;
    // The library does not say where it stopped, but finds no marker of a further value at the end of the input.
    match bool::deserialize(&mut deserializer) {
        Err(Error::InvalidMarkerRead(_)) => Ok(value),
        _ => Err(Failure::Cause("there are bytes after the document".into())),
    }
}
