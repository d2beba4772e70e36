//! The least that reading a document takes.

use std::hint::black_box;

use nuncio_codec::DecodeLimits;

use crate::Result;
use crate::stage::Stage;

/// Copies the finished value again and again, and drops it: the allocations of whatever decodes into one.
pub(crate) fn copy(stage: &Stage) -> Result<Vec<f64>> {
    let (codec, document) = stage.document()?;
    let value = codec.decode_value(&document.encoded(codec)?, &DecodeLimits::default())?;
    let mut meter = stage.meter()?;
    while meter.runs() {
        black_box(black_box(&value).clone());
        meter.count(1);
    }
    Ok(meter.rate())
}

/// Finds the ends of the strings in a text, which everybody has to do who reads it, and does nothing with them.
pub(crate) fn scan(stage: &Stage) -> Result<Vec<f64>> {
    let (codec, document) = stage.document()?;
    let text = document.encoded(codec)?;
    let mut meter = stage.meter()?;
    while meter.runs() {
        black_box(memchr::memchr2_iter(b'\'', b'\\', black_box(&text)).fold(0, |sum, at| sum ^ at));
        meter.count(1);
    }
    Ok(meter.rate())
}
