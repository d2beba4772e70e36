//! Images of Perl's Storable in network order, each behind its length.
//!
//! Only plain data is taken: objects are refused, except the truth values that JSON decoders make. What cannot be read at
//! all (code, ties, globs, regular expressions) the codec refuses.
//!
//! # Source
//! `docs/wire/mesh.md`, "Framings"; perlfunc(1), `pack`, for the length ("BER-compressed integer").

use std::borrow::Cow;

use nuncio_codec::storable::{Encoder, Form};
use nuncio_codec::{Codec, DecodeLimits, Value};

use super::{Packet, Read, malformed, port_name, to_latin_1, too_large, unreadable};
use crate::proto::Refusal;

/// Seven bits of a length are in each byte; more than these are no length of anything.
const LENGTH_BYTES_MAX: usize = 9;

pub(super) fn write(port: &str, elements: &[Value], out: &mut Vec<u8>) -> Result<(), nuncio_codec::Error> {
    let mut packet = Vec::with_capacity(elements.len() + 1);
    packet.push(plain(&Value::from(port)).into_owned());
    packet.extend(elements.iter().map(|element| plain(element).into_owned()));
    let mut image = Vec::new();
    Encoder::default().form(Form::Network).encode(&packet, &mut image)?;
    write_length(image.len(), out);
    out.append(&mut image);
    Ok(())
}

/// The value as Perl would have it: text of the characters 0 to 255 as bytes, nothing blessed.
fn plain(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::Text(text) => match to_latin_1(text) {
            Some(Cow::Owned(bytes)) => Cow::Owned(Value::Bytes(bytes)),
            _ => Cow::Borrowed(value),
        },
        Value::Array(elements) => {
            Cow::Owned(Value::Array(elements.iter().map(|element| plain(element).into_owned()).collect()))
        }
        Value::Map(map) => {
            Cow::Owned(Value::Map(map.iter().map(|(key, value)| (key, plain(value).into_owned())).collect()))
        }
        Value::Object(object) => plain(&object.value),
        _ => Cow::Borrowed(value),
    }
}

pub(super) fn next(input: &[u8], limits: &DecodeLimits) -> Result<Read, Refusal> {
    let Some((length, start)) = read_length(input)? else { return Ok(None) };
    if length > limits.total_bytes {
        return Err(too_large(limits));
    }
    let Some(image) = input.get(start..start + length) else { return Ok(None) };
    let value = Codec::Storable.decode_value(image, limits).map_err(|error| unreadable(&error))?;
    let Value::Array(elements) = value else { return Err(malformed("it is no array")) };
    if elements.iter().any(has_object) {
        return Err(malformed("it has an object"));
    }
    let mut elements = elements.into_iter();
    let port = elements.next().map(|port| port_name(&port)).transpose()?.unwrap_or_default();
    Ok(Some((Packet { port, elements: elements.collect() }, start + length)))
}

fn has_object(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(elements) => elements.iter().any(has_object),
        Value::Map(map) => map.values().any(has_object),
        _ => false,
    }
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    let groups = (usize::BITS - length.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let bits = (length >> (group * 7) & 0x7f) as u8;
        out.push(if group == 0 { bits } else { bits | 0x80 });
    }
}

/// The length, and where the image begins.
fn read_length(input: &[u8]) -> Result<Option<(usize, usize)>, Refusal> {
    let mut length = 0_usize;
    for (index, byte) in input.iter().take(LENGTH_BYTES_MAX).enumerate() {
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok(Some((length, index + 1)));
        }
    }
    match input.len() >= LENGTH_BYTES_MAX {
        true => Err(malformed("its length is none")),
        false => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_they_are_written() {
        for length in [0, 1, 127, 128, 300, 16_383, 16_384, 1 << 40] {
            let mut bytes = Vec::new();
            write_length(length, &mut bytes);
            assert_eq!(read_length(&bytes), Ok(Some((length, bytes.len()))));
            assert_eq!(read_length(&bytes[..bytes.len() - 1]), Ok(None));
        }
        assert!(read_length(&[0xff; 9]).is_err());
    }
}
