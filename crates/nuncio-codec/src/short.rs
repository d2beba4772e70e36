//! Short byte strings, looked at without a loop.
//!
//! What a message consists of is keys and words of a few bytes. A loop over so few is mispredicted nearly every time,
//! and a call to copy them costs more than the copying.

/// The highest bit of each byte, which none of ASCII has.
pub(crate) const HIGH: u64 = 0x8080_8080_8080_8080;

/// The last eight bytes, or all and zeros if there are fewer, as one number.
#[inline(always)]
pub(crate) fn tail(bytes: &[u8]) -> u64 {
    if let Some(last) = bytes.last_chunk::<8>() {
        return u64::from_le_bytes(*last);
    }
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (bytes.len() - 4))
        }
        _ => match bytes {
            [] => 0,
            [one] => u64::from(*one),
            [first, .., last] => {
                let middle = u64::from(bytes[bytes.len() / 2]);
                u64::from(*first) | middle << 8 | u64::from(*last) << (8 * (bytes.len() - 1))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_one_length_differ_where_the_bytes_do() {
        for length in 0..=8 {
            let bytes: Vec<u8> = (1..).take(length).collect();
            let mut number = [0; 8];
            number[..length].copy_from_slice(&bytes);
            assert_eq!(tail(&bytes), u64::from_le_bytes(number), "{length}");
        }
    }
}
