//! How much memory a decoder may take.

use nuncio_codec::{Codec, DecodeLimits};

/// What a decoder takes that reads next to nothing, an error with its text included, in bytes.
const ALWAYS: usize = 64 << 10;
/// What one byte that is read may become at worst, in bytes: an empty map of one byte that is an element of a vector
/// that has just doubled.
const PER_BYTE_READ: usize = 512;
/// What is set aside for a container before its first element comes, in bytes: 256 entries of a map.
const AHEAD: usize = 24 << 10;
/// What the typed view may take for the same, as a factor: it keeps who is who.
const TYPED: usize = 3;

/// Limits in proportion to an input of `size` bytes, so that the bound is sharp.
pub(crate) fn limits(size: usize) -> DecodeLimits {
    const UNPACKED_MIN: usize = 64 << 10;
    DecodeLimits::default()
        .with_elements(1 << 14)
        .with_total_bytes(size.max(UNPACKED_MIN))
        .with_unfolded_bytes(4 * size)
}

/// How many bytes of memory may be in use at a time while a value is made of `data` within its limits.
pub(crate) fn bound(codec: Codec, data: &[u8]) -> usize {
    let limits = limits(data.len());
    let unpacked = if is_packed(codec, data) { limits.total_bytes } else { data.len() };
    let read = unpacked + limits.unfolded_bytes;
    // What is read either becomes elements, of which there is a limit, or text.
    let levels = limits.depth.min(read / 2);
    ALWAYS + PER_BYTE_READ * read.min(limits.elements) + 4 * read + AHEAD * levels
}

/// The same for the typed view.
pub(crate) fn bound_of_view(codec: Codec, data: &[u8]) -> usize {
    TYPED * bound(codec, data)
}

fn is_packed(codec: Codec, data: &[u8]) -> bool {
    match codec {
        Codec::JsonZstd => true,
        Codec::Sereal => data.get(4).is_some_and(|kind| kind >> 4 != 0),
        _ => false,
    }
}

/// Does `act`, and sees that it never has more than `bytes_max` on the heap.
///
/// # Panics
/// If it has.
#[track_caller]
pub(crate) fn within<T>(bytes_max: usize, act: impl FnOnce() -> T) -> T {
    let mut done = None;
    let used = allocation_counter::measure(|| done = Some(act())).bytes_max;
    assert!(used <= bytes_max as u64, "{used} bytes of memory in use, of which {bytes_max} were allowed");
    done.expect("it was measured while it was done")
}
