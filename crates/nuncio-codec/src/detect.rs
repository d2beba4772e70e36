//! Which format bytes are in, told from the bytes.

use crate::Codec;

/// How a Zstandard frame begins (RFC 8878, 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// CBOR's tag 55799, which means nothing but "this is CBOR" (RFC 8949, 3.4.6).
pub(crate) const CBOR_MAGIC: [u8; 3] = [0xd9, 0xd9, 0xf7];

/// How far to look for the end of the first line of a YAML document, in bytes.
const LINE_BYTES_MAX: usize = 1024;

impl Codec {
    /// Recognises the format of a message by its bytes, including formats that this build lacks.
    ///
    /// It looks at the beginning only, and says nothing about whether the rest can be decoded. The rules, of which the
    /// first that fits decides:
    ///
    /// | bytes | codec |
    /// |---|---|
    /// | `28 b5 2f fd`, the magic number of a Zstandard frame | JSON+zstd |
    /// | `3d 73 72 6c` or `3d f3 72 6c` with a version that goes with it, and two bytes more | Sereal |
    /// | `04` or `05`, the version of Storable's images and a byte order, or `pst0` before them | Storable |
    /// | `d9 d9 f7`, CBOR's description of itself | CBOR |
    /// | `a0` to `bb`, `bf`: a CBOR map (in MessagePack a short string, which is no message) | CBOR |
    /// | `80` to `8f`, `de`, `df`: a MessagePack map (the first range is in CBOR an array) | MessagePack |
    /// | `dc`, `dd`: a long MessagePack array | MessagePack |
    /// | after white space `$VAR1 =` | Data::Dumper |
    /// | after white space `{`, `[` or `"` | JSON |
    /// | `true`, `false`, `null` or a number, and nothing but white space around it | JSON |
    /// | `%YAML` or `---` | YAML |
    /// | a first line of text that begins with `- ` or has `: `, or ends in `:` | YAML |
    ///
    /// Messages are maps, so a doubtful byte is taken for a map; what could be an array in two formats (`90` to `9f`)
    /// is not recognised. Flow-style YAML looks like JSON and, unless it uses what JSON lacks, is.
    ///
    /// ```
    /// use nuncio_codec::Codec;
    ///
    /// assert_eq!(Codec::detect(br#" {"a":1}"#), Some(Codec::Json));
    /// assert_eq!(Codec::detect(b"\xa1\x61a\x01"), Some(Codec::Cbor));
    /// assert_eq!(Codec::detect(b"just words"), None);
    /// ```
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        match bytes {
            _ if bytes.starts_with(&ZSTD_MAGIC) => Some(Self::JsonZstd),
            _ if sereal_kind(bytes).is_some() => Some(Self::Sereal),
            _ if is_storable(bytes) => Some(Self::Storable),
            _ if bytes.starts_with(&CBOR_MAGIC) => Some(Self::Cbor),
            [0xa0..=0xbb | 0xbf, ..] => Some(Self::Cbor),
            [0x80..=0x8f | 0xdc..=0xdf, ..] => Some(Self::MessagePack),
            _ if is_dumper(bytes.trim_ascii_start()) => Some(Self::Dumper),
            _ if is_json(bytes.trim_ascii()) => Some(Self::Json),
            _ if is_yaml(bytes) => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// How Sereal documents of versions 1 and 2 begin.
const SEREAL_MAGIC_OLD: &[u8] = b"=srl";
/// How Sereal documents begin from version 3 on.
pub(crate) const SEREAL_MAGIC: &[u8] = b"=\xf3rl";
/// The magic, a byte with the version, a header length and one tag: nothing shorter is a Sereal document.
pub(crate) const SEREAL_BYTES_MIN: usize = 7;

/// The byte with the version of a Sereal document and how it is packed, by the rule that Perl's receivers go by: it is
/// long enough, and its magic goes with the version, which may be one to come.
pub(crate) fn sereal_kind(bytes: &[u8]) -> Option<u8> {
    if bytes.len() < SEREAL_BYTES_MIN {
        return None;
    }
    let kind = bytes[SEREAL_MAGIC.len()];
    let agrees = match kind & 0x0f {
        0 => false,
        1 | 2 => bytes.starts_with(SEREAL_MAGIC_OLD),
        _ => bytes.starts_with(SEREAL_MAGIC),
    };
    agrees.then_some(kind)
}

/// Storable images say their major version, 2, shifted by one, and in the lowest bit whether they are in network order.
fn is_storable(bytes: &[u8]) -> bool {
    let image = bytes.strip_prefix(b"pst0").unwrap_or(bytes);
    // A byte order, and four sizes, or nothing further.
    matches!(image, [4, 2..=12, 4 | 8, b'1'..=b'8', ..] | [5, 2..=12, _, ..])
}

fn is_dumper(text: &[u8]) -> bool {
    text.strip_prefix(b"$VAR1").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
}

fn is_json(trimmed: &[u8]) -> bool {
    match trimmed {
        [b'{' | b'[' | b'"', ..] | b"true" | b"false" | b"null" => true,
        [b'0'..=b'9', rest @ ..] | [b'-', b'0'..=b'9', rest @ ..] => {
            rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        }
        _ => false,
    }
}

fn is_yaml(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"%YAML") || bytes.starts_with(b"---") {
        return true;
    }
    let head = &bytes[..bytes.len().min(LINE_BYTES_MAX)];
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or(head).trim_ascii_end();
    let is_text = !line.iter().any(u8::is_ascii_control) && line.utf8_chunks().all(|chunk| chunk.invalid().is_empty());
    let has_key = line.ends_with(b":") || line.windows(2).any(|pair| pair == b": ");
    is_text && (line.starts_with(b"- ") || has_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_first_bytes() {
        for (bytes, codec) in [
            (&b"\x28\xb5\x2f\xfd\x00"[..], Some(Codec::JsonZstd)),
            (b"\xd9\xd9\xf7\x01", Some(Codec::Cbor)),
            (b"\xa0", Some(Codec::Cbor)),
            (b"\xbf\xff", Some(Codec::Cbor)),
            (b"\x80", Some(Codec::MessagePack)),
            (b"\xde\x00\x00", Some(Codec::MessagePack)),
            (b"\xdc\x00\x00", Some(Codec::MessagePack)),
            (b"{}", Some(Codec::Json)),
            (b"\r\n\t [1]", Some(Codec::Json)),
            (b"\"text\"", Some(Codec::Json)),
            (b" null\n", Some(Codec::Json)),
            (b"-1.5e+3", Some(Codec::Json)),
            (b"%YAML 1.2\n---\n1\n", Some(Codec::Yaml)),
            (b"---\n- 1\n", Some(Codec::Yaml)),
            (b"- 1\n- 2\n", Some(Codec::Yaml)),
            (b"a: 1\n", Some(Codec::Yaml)),
            (b"a:\n  b: 1\r\n", Some(Codec::Yaml)),
            ("größe: 1\n".as_bytes(), Some(Codec::Yaml)),
            (b"2024-01-01: x\n", Some(Codec::Yaml)),
            (b"", None),
            (b" ", None),
            (b"words", None),
            (b"\x90", None),
            (b"\xc1", None),
            (b"a\x00: 1", None),
            (b"-", None),
            (b"=\xf3rl\x05\x00", None),
            (b"=\xf3rl\x05\x00\x05", Some(Codec::Sereal)),
            (b"=srl\x02\x00\x05", Some(Codec::Sereal)),
            (b"=srl\x05\x00\x05", None),
            (b"\x04\x0b\x0812345678\x04\x08\x08\x08\x05", Some(Codec::Storable)),
            (b"\x05\x0b\x05", Some(Codec::Storable)),
            (b"pst0\x05\x0b\x05", Some(Codec::Storable)),
            (b"$VAR1 = {};\n", Some(Codec::Dumper)),
            (b"$VAR1", None),
        ] {
            assert_eq!(Codec::detect(bytes), codec, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn what_is_encoded_is_recognised() {
        let message = crate::Value::from_iter([("id", crate::Value::from(1)), ("text", "x".into())]);
        for codec in Codec::ALL.iter().copied().filter(|codec| codec.is_supported()) {
            let mut bytes = Vec::new();
            codec.encode(&message, &mut bytes).unwrap();
            assert_eq!(Codec::detect(&bytes), Some(codec));
        }
    }
}
