//! The text in front of every message: `<N>:<k=v,k=v...>`, N being the length of what follows the colon.
//!
//! Reading is as tolerant as the original: the byte after the digits is not looked at, a pair may lack its `=`, unknown
//! keys are kept, later duplicates win. Writing is strict: a value that holds `,` or `=` would add keys of its own and is
//! refused.
//!
//! Example: `5:l=7{..` is a header of five bytes, `l=7` and two more, before its payload. (wire/transit.md 2.2, 2.3.)

use std::ops::Range;

use nuncio_core::{Error, ErrorKind, Result};

/// Payload length in bytes.
pub const LENGTH: &str = "l";
/// Name of the codec.
pub const SERIALIZER: &str = "s";
/// A label that no release ever acted on.
pub const COMPRESSION: &str = "c";
/// Host to deliver to.
pub const DESTINATION: &str = "d";
/// Queue at the destination.
pub const DESTINATION_QUEUE: &str = "q";
/// Hops that are left.
pub const TTL: &str = "t";
/// Path of the spill file.
pub const SPILL_FILE: &str = "f";
/// Nonce of a sealed message, base64.
pub const NONCE: &str = "n";
/// The host whose key sealed it, as the sender says.
pub const SOURCE: &str = "S";

/// More digits than any length that fits a message, and few enough for every width of a number.
const LENGTH_DIGITS_MAX: usize = 9;

/// Where a message, its header and its payload stand in a buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) start: usize,
    pub(crate) header: Range<usize>,
    pub(crate) payload: Range<usize>,
    /// The header says the length and nothing else, as most do: no other key need be looked for.
    pub(crate) says_length_only: bool,
}

/// Finds header and payload in `text[start..]`; ranges count from the beginning of `text`.
#[inline]
pub(crate) fn parse(text: &[u8], start: usize) -> Result<Layout> {
    let message = &text[start..];
    let (length, digits) = match message {
        // Nearly every header is shorter than ten bytes.
        [digit @ b'0'..=b'9', next, ..] if !next.is_ascii_digit() => (usize::from(digit - b'0'), 1),
        _ => leading_number(message)?,
    };
    if digits == 0 {
        return Err(malformed("it does not begin with the length of its header".to_owned()));
    }
    let header = start + digits + 1;
    let payload = header + length;
    if payload > text.len() {
        let there = text.len().saturating_sub(header);
        return Err(malformed(format!("it claims a header of {length} bytes and has {there} bytes after the colon")));
    }
    let says_length_only =
        text[header..payload].strip_prefix(b"l=").is_some_and(|rest| rest.iter().all(u8::is_ascii_digit));
    Ok(Layout { start, header: header..payload, payload: payload..text.len(), says_length_only })
}

/// The number that `message` begins with, and how many digits it has.
fn leading_number(message: &[u8]) -> Result<(usize, usize)> {
    let digits = message.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > LENGTH_DIGITS_MAX {
        return Err(malformed(format!("its header length has more than {LENGTH_DIGITS_MAX} digits")));
    }
    let length = message[..digits].iter().fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    Ok((length, digits))
}

#[cold]
fn malformed(reason: String) -> Error {
    Error::new(ErrorKind::Corrupt, "read the message").because(reason)
}

/// The pairs of a header, in their order; a part without `=` has no value, and what follows a second `=` is dropped.
pub fn pairs(header: &[u8]) -> impl DoubleEndedIterator<Item = (&[u8], Option<&[u8]>)> {
    header.split(|byte| *byte == b',').filter(|part| !part.is_empty()).map(|part| {
        let mut fields = part.split(|byte| *byte == b'=');
        (fields.next().unwrap_or_default(), fields.next())
    })
}

/// The value of the last pair called `key`.
pub fn find<'a>(header: &'a [u8], key: &str) -> Option<&'a [u8]> {
    pairs(header).rev().find(|(name, _)| *name == key.as_bytes()).and_then(|(_, value)| value)
}

/// The values of the last pairs called like each of `keys`, found in one pass.
pub fn find_each<'a, const N: usize>(header: &'a [u8], keys: [&str; N]) -> [Option<&'a [u8]>; N] {
    let mut found = [None; N];
    for (name, value) in pairs(header) {
        if let Some(index) = keys.iter().position(|key| key.as_bytes() == name) {
            found[index] = value;
        }
    }
    found
}

/// A header being written.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    /// Begins with the payload's length, which every header has.
    #[inline]
    pub(crate) fn new(out: &'a mut Vec<u8>, payload_bytes: usize) -> Self {
        out.extend_from_slice(b"l=");
        push_decimal(out, payload_bytes);
        Self { out }
    }

    /// Adds a pair.
    ///
    /// # Errors
    /// [`ErrorKind::ApiMisuse`] when key or value hold `,` or `=`, or the key is empty.
    pub(crate) fn pair(&mut self, key: &str, value: &str) -> Result<()> {
        if key.is_empty() || [key, value].iter().any(|text| text.contains([',', '='])) {
            let reason =
                format!("header {key:?} cannot have the value {value:?}: `,` and `=` would add keys of their own");
            return Err(Error::new(ErrorKind::ApiMisuse, "write the header").because(reason));
        }
        self.out.push(b',');
        self.out.extend_from_slice(key.as_bytes());
        self.out.push(b'=');
        self.out.extend_from_slice(value.as_bytes());
        Ok(())
    }
}

/// Appends `number` in decimal.
#[inline]
pub(crate) fn push_decimal(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(message: &str) -> Option<(&str, &str)> {
        let layout = parse(message.as_bytes(), 0).ok()?;
        Some((&message[layout.header], &message[layout.payload]))
    }

    #[test]
    fn a_message_is_a_length_a_header_and_a_payload() {
        assert_eq!(split("3:l=7{\"a\":1}"), Some(("l=7", "{\"a\":1}")));
        assert_eq!(split("003:l=7x"), Some(("l=7", "x")));
        assert_eq!(split("0:x"), Some(("", "x")));
        assert_eq!(split("3xl=7x"), Some(("l=7", "x")));
        assert_eq!(split("3:l=7"), Some(("l=7", "")));
    }

    #[test]
    fn a_length_that_lies_is_refused_with_both_numbers() {
        for bad in ["", "x", "9:l=7", "3", "99999999999999999999:l=7", "\n3:l=7x"] {
            assert_eq!(split(bad), None, "{bad:?}");
        }
        let error = parse(b"9:l=7", 0).expect_err("too long").to_string();
        assert!(error.ends_with("it claims a header of 9 bytes and has 3 bytes after the colon"), "{error}");
    }

    #[test]
    fn pairs_are_read_as_the_original_reads_them() {
        let header = b"z=9,l=7,s,d=a=b,,l=8,n=QQ==\n";
        assert_eq!(find(header, "l"), Some(&b"8"[..]));
        assert_eq!(find(header, "d"), Some(&b"a"[..]));
        assert_eq!(find(header, "s"), None);
        assert_eq!(find_each(header, ["s", "l", "x", "d"]), [None, Some(&b"8"[..]), None, Some(&b"a"[..])]);
        assert_eq!(pairs(header).count(), 6);
        assert_eq!(pairs(b"").count(), 0);
    }

    #[test]
    fn a_value_that_would_add_keys_is_refused() {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, 12);
        for (key, value) in [("d", "a,q=x"), ("d", "a=b"), ("d=", "x"), ("", "x")] {
            assert_eq!(writer.pair(key, value).expect_err("refused").kind(), ErrorKind::ApiMisuse);
        }
        writer.pair("s", "json").expect("harmless");
        assert_eq!(out, b"l=12,s=json");
    }

    #[test]
    fn any_bytes_are_parsed_or_refused_and_ranges_stay_inside() {
        proptest::proptest!(|(text: Vec<u8>)| {
            if let Ok(layout) = parse(&text, 0) {
                assert!(layout.payload.end == text.len() && layout.header.end == layout.payload.start);
                let _ = pairs(&text[layout.header]).count();
            }
        });
    }
}
