//! Short byte strings, looked at without a loop.
//!
//! What a message consists of is keys and words of a few bytes. A loop over so few is mispredicted nearly every time,
//! and a call to copy them costs more than the copying.

/// The highest bit of each byte, which none of ASCII has.
pub(crate) const HIGH: u64 = 0x8080_8080_8080_8080;

/// Whether all bytes are ASCII.
#[inline(always)]
pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
    let high = |chunk: &[u8; 8]| u64::from_ne_bytes(*chunk) & HIGH;
    if bytes.len() > 16 {
        return bytes.is_ascii();
    }
    match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => high(first) | high(last) == 0,
        _ => tail(bytes) & HIGH == 0,
    }
}

/// How many bytes there are before the first that is not ASCII.
#[inline]
pub(crate) fn ascii_prefix(bytes: &[u8]) -> usize {
    let (strides, rest) = bytes.as_chunks::<32>();
    for (index, stride) in strides.iter().enumerate() {
        let [low, high] = highest_bits(stride);
        if low | high != 0 {
            let bit = if low == 0 { u128::BITS + high.trailing_zeros() } else { low.trailing_zeros() };
            return size_of_val(stride) * index + bit as usize / 8;
        }
    }
    let (words, tail_bytes) = rest.as_chunks();
    for (index, word) in words.iter().enumerate() {
        let high = u64::from_le_bytes(*word) & HIGH;
        if high != 0 {
            return bytes.len() - rest.len() + size_of_val(word) * index + first_byte(high);
        }
    }
    match tail(tail_bytes) & HIGH {
        0 => bytes.len(),
        high => bytes.len() - tail_bytes.len() + first_byte(high),
    }
}

/// The highest bit of each byte, of the first half and of the second.
#[inline(always)]
fn highest_bits(stride: &[u8; 32]) -> [u128; 2] {
    const HIGH_OF_HALF: u128 = (HIGH as u128) << 64 | HIGH as u128;
    let (halves, _) = stride.as_chunks();
    [0, 1].map(|half| u128::from_le_bytes(halves[half]) & HIGH_OF_HALF)
}

/// The byte in which the lowest bit of `bits` is that is set.
#[inline(always)]
fn first_byte(bits: u64) -> usize {
    bits.trailing_zeros() as usize / 8
}

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
    fn every_length_is_looked_at_to_its_end() {
        for length in 0..=40 {
            let mut bytes = vec![b'a'; length];
            assert!(is_ascii(&bytes), "{length}");
            for at in 0..length {
                bytes[at] = 0x80;
                assert!(!is_ascii(&bytes), "{length}, {at}");
                assert_eq!(ascii_prefix(&bytes), at, "{length}");
                bytes[at] = b'a';
            }
            assert_eq!(ascii_prefix(&bytes), length);
        }
    }

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
