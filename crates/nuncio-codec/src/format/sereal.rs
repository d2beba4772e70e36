//! Sereal, the serializer of Booking.com: versions 1 to 5 are read, 3 to 5 are written.
//!
//! [`Codec::Sereal`](crate::Codec::Sereal) writes version 5, neither compressed nor sorted. An [`Encoder`] has all the
//! choices; [`user_header`] reads the small document that may stand in front of the large one.
//!
//! Perl's reader stops where the document ends, whatever comes after, and so does this one.
//!
//! # Source
//! The Sereal specification, version 5.00 (`sereal_spec.pod`), and what the encoder and decoder 5.003 do.

mod body;
mod header;
mod plain;
mod room;
mod source;
mod tag;
mod varint;
mod write;

use std::marker::PhantomData;

use serde::Deserialize;

use self::body::Packing;
use self::header::Header;
use self::source::Document;
use crate::error::Failure;
use crate::perl::{Consume, Content, Cursor, IntoSerde, IntoValue, Reading};
use crate::{Codec, DecodeLimits, Error, Value};

pub use self::write::{Compression, Encoder, Version};

pub(crate) fn encode<C: Content>(content: &C, out: &mut Vec<u8>) -> Result<(), Failure> {
    Encoder::default().append(content, out)
}

pub(crate) fn read<'de, C: Consume<'de>>(
    bytes: &'de [u8],
    limits: &DecodeLimits,
    consumer: C,
) -> Result<C::Out, Failure> {
    let header = Header::read(bytes)?;
    if header.packing == Packing::Raw {
        return Ok(consumer.consume(&mut raw_document(bytes, &header, limits))?);
    }
    let body = body::unpack(bytes, &header, limits.total_bytes)?;
    let cursor = Cursor::new(&body, None, limits.unfolded_bytes);
    let mut document = Document::new(cursor, header.offset_base(0));
    Ok(consumer.consume(&mut document).map_err(|fault| fault.within(" of the decompressed body"))?)
}

pub(crate) fn read_value(bytes: &[u8], limits: &DecodeLimits, reading: &Reading) -> Result<Value, Failure> {
    let header = Header::read(bytes)?;
    if header.packing == Packing::Raw
        && let Some(value) = plain::IntoValue::new(raw_document(bytes, &header, limits), limits, reading).read()
    {
        return Ok(value);
    }
    read(bytes, limits, IntoValue { limits, reading })
}

/// A document whose body is not packed.
fn raw_document<'de>(bytes: &'de [u8], header: &Header, limits: &DecodeLimits) -> Document<'de, 'de> {
    let mut cursor = Cursor::new(bytes, Some(bytes), limits.unfolded_bytes);
    cursor.seek(header.body);
    Document::new(cursor, header.offset_base(header.body))
}

/// Decodes the user header of the document in `bytes`: data of the application's own, which can be read without
/// decompressing or decoding the document itself. `None` if it has none.
///
/// ```
/// use nuncio_codec::{DecodeLimits, sereal};
///
/// let mut bytes = Vec::new();
/// sereal::Encoder::default().encode_with_header(&"to Rome", &["a", "long", "letter"], &mut bytes)?;
/// let header: Option<String> = sereal::user_header(&bytes, &DecodeLimits::default())?;
/// assert_eq!(header.as_deref(), Some("to Rome"));
/// # Ok::<(), nuncio_codec::Error>(())
/// ```
///
/// # Errors
/// As [`Codec::decode`].
pub fn user_header<'de, T: Deserialize<'de>>(bytes: &'de [u8], limits: &DecodeLimits) -> Result<Option<T>, Error> {
    Codec::Sereal.check_size(bytes, limits)?;
    read_user_header(bytes, limits).map_err(|failure| Error::decode(Codec::Sereal, failure))
}

fn read_user_header<'de, T: Deserialize<'de>>(bytes: &'de [u8], limits: &DecodeLimits) -> Result<Option<T>, Failure> {
    let header = Header::read(bytes)?;
    let Some(user) = header.user.clone() else { return Ok(None) };
    let bytes = &bytes[..user.end];
    let mut cursor = Cursor::new(bytes, Some(bytes), limits.unfolded_bytes);
    cursor.seek(user.start);
    let mut document = Document::new(cursor, header.offset_base(user.start));
    let consumer = IntoSerde { seed: PhantomData, limits, reading: &Reading::default() };
    Ok(Some(consumer.consume(&mut document)?))
}
