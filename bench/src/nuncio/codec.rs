//! Documents, encoded and decoded: values by [`Codec::encode_value`] and [`Codec::decode_value`], structs by
//! [`Codec::decode`].

use std::hint::black_box;
use std::time::Instant;

use nuncio_codec::{Codec, DecodeLimits, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::document::{ForDocument, of_depth, of_size};
use crate::stage::Stage;

/// Decodes a document into a value.
pub(crate) fn decode(stage: &Stage) -> Result<Vec<f64>> {
    let (codec, document) = stage.document()?;
    let (bytes, limits) = (document.encoded(codec)?, DecodeLimits::default());
    let mut meter = stage.meter()?;
    while meter.runs() {
        black_box(codec.decode_value(black_box(&bytes), &limits)?);
        meter.count(1);
    }
    Ok(meter.rate())
}

/// Encodes a value.
pub(crate) fn encode(stage: &Stage) -> Result<Vec<f64>> {
    let (codec, document) = stage.document()?;
    let value: Value = codec.decode(&document.encoded(codec)?, &DecodeLimits::default())?;
    let mut bytes = Vec::new();
    let mut meter = stage.meter()?;
    while meter.runs() {
        bytes.clear();
        codec.encode_value(black_box(&value), &mut bytes)?;
        black_box(&bytes);
        meter.count(1);
    }
    Ok(meter.rate())
}

/// Decodes a document into the struct that it was written from.
pub(crate) fn decode_struct(stage: &Stage) -> Result<Vec<f64>> {
    struct Decode<'a>(&'a Stage, Codec);
    impl ForDocument for Decode<'_> {
        type Out = Vec<f64>;

        fn of<T: Serialize + DeserializeOwned>(self, document: &T) -> Result<Vec<f64>> {
            let Self(stage, codec) = self;
            let (mut bytes, limits) = (Vec::new(), DecodeLimits::default());
            codec.encode(document, &mut bytes)?;
            let mut meter = stage.meter()?;
            while meter.runs() {
                black_box(codec.decode::<T>(black_box(&bytes), &limits)?);
                meter.count(1);
            }
            Ok(meter.rate())
        }
    }
    let (codec, document) = stage.document()?;
    document.with(Decode(stage, codec))
}

/// How many times as long a document of twice the size takes.
pub(crate) fn growth_with_size(stage: &Stage) -> Result<Vec<f64>> {
    growth(stage, &of_size(50)?, &of_size(100)?)
}

/// How many times as long a document of twice the depth takes.
pub(crate) fn growth_with_depth(stage: &Stage) -> Result<Vec<f64>> {
    growth(stage, &of_depth(120), &of_depth(240))
}

fn growth(stage: &Stage, once: &Value, twice: &Value) -> Result<Vec<f64>> {
    let (codec, _) = stage.document()?;
    let encoded = |value: &Value| -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        codec.encode(value, &mut bytes)?;
        Ok(bytes)
    };
    let (once, twice) = (encoded(once)?, encoded(twice)?);
    let mut meter = stage.meter()?;
    let mut seconds = [0.0; 2];
    while meter.runs() {
        // One after the other, so that what disturbs the one disturbs the other.
        for (seconds, bytes) in seconds.iter_mut().zip([&once, &twice]) {
            let began = Instant::now();
            black_box(codec.decode_value(black_box(bytes), &DecodeLimits::default())?);
            *seconds += began.elapsed().as_secs_f64();
        }
        meter.count(1);
    }
    Ok(vec![seconds[1] / seconds[0]])
}
