//! Storable, the serializer that comes with Perl: images of major version 2, as every release since 2000 writes them.
//!
//! [`Codec::Storable`](crate::Codec::Storable) writes what `freeze` does; an [`Encoder`] writes the other [`Form`]s
//! too. Any of them is read, whoever reads it: a file with its magic, an image of memory without, in network order or
//! in that of a 64-bit little-endian machine, with objects that wrote themselves by a hook. What is tied is refused, and
//! so are the byte orders and sizes of other machines, as the original does.
//!
//! A scalar stands in an image for a reference to it, as a container does: `thaw` gives references only.
//!
//! What the format cannot keep: integers of more than 63 bits become text; in network order, integers of more than 32
//! bits and floats do, with as many digits as it takes to read the same number. The original writes them likewise, but
//! floats with 15 digits.
//!
//! Perl's reader stops where the image ends, whatever comes after, and so does this one.
//!
//! # Source
//! `Storable.xs` of Perl 5, and what version 3.26 does.

mod header;
mod image;
mod index;
mod plain;
mod source;
mod tag;
mod write;

use self::header::Header;
use self::image::Image;
use self::index::Index;
use self::source::Document;
use crate::error::Failure;
use crate::perl::{Consume, Content, IntoValue, Reading};
use crate::{DecodeLimits, Value};

pub use self::write::{Encoder, Form};

pub(crate) fn encode<C: Content>(content: &C, out: &mut Vec<u8>) -> Result<(), Failure> {
    Encoder::default().append(content, out)
}

pub(crate) fn read<'de, C: Consume<'de>>(
    bytes: &'de [u8],
    limits: &DecodeLimits,
    consumer: C,
) -> Result<C::Out, Failure> {
    let header = Header::read(bytes)?;
    let image = || Image::new(bytes, &header, limits);
    if let Some(extents) = plain::Extents::find(image(), limits) {
        return Ok(consumer.consume(&mut plain::Document::new(image(), &extents))?);
    }
    let index = Index::build(image(), limits)?;
    Ok(consumer.consume(Document::new(image(), &index))?)
}

pub(crate) fn read_value(bytes: &[u8], limits: &DecodeLimits, reading: &Reading) -> Result<Value, Failure> {
    let header = Header::read(bytes)?;
    match plain::IntoValue::new(Image::new(bytes, &header, limits), limits, reading).read() {
        Some(value) => Ok(value),
        None => read(bytes, limits, IntoValue { limits, reading }),
    }
}
