//! JSON text in ASCII, as Perl's `ascii` writes it.

/// Makes the JSON text in `out` from `start` on pure ASCII: what is above becomes UTF-16 escapes, in lower case.
///
/// Outside of strings JSON has no such characters, so the text need not be understood for it.
#[inline(always)]
pub fn make_ascii(out: &mut Vec<u8>, start: usize) {
    if !out[start..].is_ascii() {
        escape_non_ascii(out, start);
    }
}

#[cold]
fn escape_non_ascii(out: &mut Vec<u8>, start: usize) {
    const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";
    let text = String::from_utf8_lossy(&out[start..]).into_owned();
    out.truncate(start);
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character as u8);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let digit = |shift: u16| HEX_DIGITS[usize::from(*unit >> shift & 15)];
            out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ascii_is_left_alone_and_the_rest_is_escaped_as_perl_does() {
        let mut out = b"before\xff \"caf\xc3\xa9 \xf0\x9f\x98\x80\x7f\"".to_vec();
        make_ascii(&mut out, 7);
        assert_eq!(out, b"before\xff \"caf\\u00e9 \\ud83d\\ude00\x7f\"");
    }

    proptest! {
        #[test]
        fn escaping_keeps_the_value(text in any::<String>()) {
            let mut out = Vec::new();
            nuncio_codec::Codec::Json.encode(&text, &mut out).unwrap();
            make_ascii(&mut out, 0);
            prop_assert!(out.is_ascii());
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
