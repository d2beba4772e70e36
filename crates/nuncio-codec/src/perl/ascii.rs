//! Text that is ASCII, which most strings are.

use ascii::AsAsciiStr;

/// The bytes as text, if they are ASCII.
#[inline(always)]
pub(super) fn ascii_text(bytes: &[u8]) -> Option<&str> {
    /// Where longer ones are not ASCII would be looked for byte by byte, to be told, and nobody asks.
    const LONG: usize = 64;
    if bytes.len() > LONG && !bytes.is_ascii() {
        return None;
    }
    Some(bytes.as_ascii_str().ok()?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_looked_at_to_its_end() {
        for length in 0..=100 {
            let mut bytes = vec![b'\x7f'; length];
            assert_eq!(ascii_text(&bytes).map(str::as_bytes), Some(&bytes[..]), "{length}");
            for at in 0..length {
                bytes[at] = 0x80;
                assert_eq!(ascii_text(&bytes), None, "{length}, {at}");
                bytes[at] = 0;
            }
        }
    }
}
