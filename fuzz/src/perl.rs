//! What holds of Perl's formats beside that: all ways to read a document agree.

use std::error::Error as _;

use nuncio_codec::perl::{Decoder, Strings};
use nuncio_codec::{Codec, Error, ErrorKind, Value, sereal, storable, to_value};

use crate::agree::agrees;
use crate::alike::alike;
use crate::memory::{bound, bound_of_view, limits, within};
use crate::promise;
use crate::random::Random;
use crate::sight::Sight;

/// Why a value may be refused where the typed view shows something.
const ONLY_SHOWN: &[&str] = &["a cycle:", "a regular expression", "a function", "in a boolean object"];
/// Why the typed view may be refused where there is a value.
const ONLY_READ: &[&str] = &["each key once", "of what an object wrote of itself"];

/// Reads `data` in every way that one of Perl's formats has.
///
/// # Panics
/// If a promise is broken.
pub(crate) fn check(codec: Codec, data: &[u8]) -> Sight {
    let sight = promise::check(codec, data);
    let value = promise::decode(codec, data);
    let view = view(codec, data);
    match (&value, &view) {
        (Ok(value), Ok(view)) => assert!(agrees(view, value), "the view {view:?} is of another value than {value:?}"),
        (Ok(_), Err(error)) => assert!(may(error, ONLY_READ), "there is a value, but no view: {error:?}"),
        (Err(error), Ok(_)) => assert!(may(error, ONLY_SHOWN), "there is a view, but no value: {error:?}"),
        (Err(_), Err(_)) => {}
    }
    read_by_other_rules(codec, data, value.is_ok());
    if codec == Codec::Sereal {
        packed_is_the_same(data, &value);
        let _ = within(bound(codec, data), || sereal::user_header::<Value>(data, &limits(data.len())));
    }
    if let Ok(value) = &value {
        comes_back_somehow(codec, value, data);
    }
    sight.and(view.is_ok())
}

fn view(codec: Codec, data: &[u8]) -> Result<Value, Error> {
    let decoder = Decoder::new(codec).limits(limits(data.len()));
    let typed = within(bound_of_view(codec, data), || decoder.decode_typed(data))?;
    Ok(to_value(&typed).expect("a typed view is a tree of maps"))
}

/// Whether it is for one of these `reasons`, or for a limit: each way to read counts in its own way.
fn may(error: &Error, reasons: &[&str]) -> bool {
    let text = error.source().map(<dyn std::error::Error>::to_string).unwrap_or_default();
    error.kind() == ErrorKind::LimitExceeded || reasons.iter().any(|reason| text.contains(reason))
}

fn read_by_other_rules(codec: Codec, data: &[u8], is_value: bool) {
    let decoder = Decoder::new(codec).limits(limits(data.len()));
    let bytes_max = bound(codec, data);
    let lenient = within(bytes_max, || decoder.clone().code_as_text(true).decode_value(data));
    assert!(lenient.is_ok() || !is_value, "refused for being more lenient: {lenient:?}");
    let decoder = decoder.strings(Strings::Utf8);
    let through_serde = within(bytes_max, || decoder.decode::<Value>(data));
    let past_serde = within(bytes_max, || decoder.decode_value(data));
    assert_eq!(format!("{past_serde:?}"), format!("{through_serde:?}"), "{}", data.escape_ascii());
}

/// A body says the same when it is packed, where nothing can be borrowed from the input.
fn packed_is_the_same(data: &[u8], plain: &Result<Value, Error>) {
    let Some(packed) = packed(data) else { return };
    let limits = limits(data.len());
    match (plain, Codec::Sereal.decode::<Value>(&packed, &limits)) {
        (Ok(plain), Ok(packed)) => assert!(alike(Codec::Sereal, plain, &packed), "{plain:?} is packed {packed:?}"),
        (Err(plain), Err(packed)) => assert_eq!(plain.kind(), packed.kind(), "{plain:?} is packed {packed:?}"),
        (plain, packed) => panic!("{plain:?} is packed {packed:?}"),
    }
}

/// The same document with its body packed by Snappy; `None` if it is so already, or is none.
fn packed(data: &[u8]) -> Option<Vec<u8>> {
    const SNAPPY_INCREMENTAL: u8 = 2;
    let (&[version @ 2..=5, header], rest) =
        data.strip_prefix(b"=srl").or(data.strip_prefix(b"=\xf3rl"))?.split_first_chunk()?
    else {
        return None;
    };
    if header >= 0x80 || usize::from(header) > rest.len() {
        return None;
    }
    let (header_data, body) = rest.split_at(usize::from(header));
    let body = snap::raw::Encoder::new().compress_vec(body).ok()?;
    let mut out = data[..4].to_vec();
    out.extend([SNAPPY_INCREMENTAL << 4 | version, header]);
    out.extend_from_slice(header_data);
    let mut size = body.len();
    while size >= 0x80 {
        out.push(size as u8 | 0x80);
        size >>= 7;
    }
    out.push(size as u8);
    out.extend(body);
    Some(out)
}

/// Whichever way it is written, a value comes back. Which way is taken follows from `data`, so that it comes again.
fn comes_back_somehow(codec: Codec, value: &Value, data: &[u8]) {
    let sum = data.iter().fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    promise::comes_back(codec, value, |out| encode_somehow(codec, value, &mut Random::new(sum), out).map(drop));
}

/// Writes `value` in one of the ways that there are in the format, and says which.
///
/// # Errors
/// As [`Codec::encode`].
pub fn encode_somehow(codec: Codec, value: &Value, random: &mut Random, out: &mut Vec<u8>) -> Result<String, Error> {
    match codec {
        Codec::Sereal => {
            let encoder = any_sereal_encoder(random);
            encoder.encode(value, out).map(|()| format!("{encoder:?}"))
        }
        Codec::Storable => {
            let encoder = any_storable_encoder(random);
            encoder.encode(value, out).map(|()| format!("{encoder:?}"))
        }
        _ => codec.encode(value, out).map(|()| codec.to_string()),
    }
}

fn any_storable_encoder(random: &mut Random) -> storable::Encoder {
    use storable::{Encoder, Form};
    let forms = [Form::Native, Form::Network, Form::NativeFile, Form::NetworkFile];
    Encoder::default().form(*random.pick(&forms)).canonical(random.below(2) == 0)
}

fn any_sereal_encoder(random: &mut Random) -> sereal::Encoder {
    use sereal::{Compression, Encoder, Version};
    let version = *random.pick(&[Version::V3, Version::V4, Version::V5]);
    let compressions = [Compression::None, Compression::Snappy, Compression::Zlib, Compression::Zstd];
    let possible = if version == Version::V3 { &compressions[..3] } else { &compressions[..] };
    Encoder::default()
        .version(version)
        .compression(*random.pick(possible))
        .deduplicate_strings(random.below(2) == 0)
        .canonical(random.below(2) == 0)
}
