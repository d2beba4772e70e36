//! The stand-in for every format that this build lacks.

use serde::de::DeserializeSeed;

use crate::DecodeLimits;
use crate::error::Failure;
#[cfg(not(feature = "sereal"))]
use crate::{
    Value,
    perl::{Consume, Reading},
};

pub(crate) fn encode<T: ?Sized>(_value: &T, _out: &mut Vec<u8>) -> Result<(), Failure> {
    Err(Failure::Unsupported)
}

pub(crate) fn decode<'de, S: DeserializeSeed<'de>>(
    _bytes: &'de [u8],
    _limits: &DecodeLimits,
    _seed: S,
) -> Result<S::Value, Failure> {
    Err(Failure::Unsupported)
}

#[cfg(not(feature = "sereal"))]
pub(crate) fn read<'de, C: Consume<'de>>(
    _bytes: &'de [u8],
    _limits: &DecodeLimits,
    _consumer: C,
) -> Result<C::Out, Failure> {
    Err(Failure::Unsupported)
}

#[cfg(not(feature = "sereal"))]
pub(crate) fn read_value(_bytes: &[u8], _limits: &DecodeLimits, _reading: &Reading) -> Result<Value, Failure> {
    Err(Failure::Unsupported)
}
