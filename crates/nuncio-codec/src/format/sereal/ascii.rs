//! Writing short text without a loop, and without a call.

use crate::short::{HIGH, tail};

/// Appends `first` and then `bytes`, if these are short and ASCII. Otherwise says that they are not.
#[inline(always)]
pub(super) fn push_ascii(first: u8, bytes: &[u8], out: &mut Vec<u8>) -> bool {
    out.reserve(1 + 2 * SHORT_BYTES_MAX);
    match bytes.len() {
        0..8 => {
            let tail = tail(bytes);
            if tail & HIGH != 0 {
                return false;
            }
            out.push(first);
            let end = out.len() + bytes.len();
            out.extend_from_slice(&tail.to_le_bytes());
            out.truncate(end);
            true
        }
        8..16 => push_ends::<8>(first, bytes, out),
        16..=SHORT_BYTES_MAX => push_ends::<16>(first, bytes, out),
        _ => false,
    }
}

/// What is short, in bytes.
const SHORT_BYTES_MAX: usize = 31;

/// As [`push_ascii`] does, appends from `N` to twice `N` bytes: the first ones, and over their end the last ones.
#[inline(always)]
fn push_ends<const N: usize>(first: u8, bytes: &[u8], out: &mut Vec<u8>) -> bool {
    let (Some(head), Some(tail)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) else { return false };
    let bits = |half: &[u8; N]| half.as_chunks().0.iter().fold(0, |bits, chunk| bits | u64::from_ne_bytes(*chunk));
    if (bits(head) | bits(tail)) & HIGH != 0 {
        return false;
    }
    out.push(first);
    let end = out.len() + bytes.len();
    out.extend_from_slice(head);
    out.truncate(end - N);
    out.extend_from_slice(tail);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_copied_whole() {
        for length in 0..=40 {
            let bytes: Vec<u8> = (1..).take(length).collect();
            let mut out = vec![7];
            let is_pushed = push_ascii(9, &bytes, &mut out);
            assert_eq!(is_pushed, length <= SHORT_BYTES_MAX);
            if is_pushed {
                assert_eq!(out, [&[7, 9], &bytes[..]].concat());
            }
            for at in 0..length {
                let mut other = bytes.clone();
                other[at] = 0x80;
                let mut out = vec![7];
                assert!(!push_ascii(9, &other, &mut out), "{length}, {at}");
                assert_eq!(out, [7]);
            }
        }
    }
}
