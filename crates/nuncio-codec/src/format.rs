//! One module per format. Each has the same two functions, so that [`Codec`](crate::Codec) is their table:
//!
//! - `encode(value, out)` appends a document to `out`; on an error it may leave a part of it there;
//! - `decode(bytes, limits, seed)` reads exactly one document. The seed enforces the limits on whatever it reads, so a
//!   format has to look only after what its library does by itself.
//!
//! Perl's formats have `read(bytes, limits, consumer)` instead of `decode`: their documents are streams of events, which
//! the seed is one way to consume. See [`perl`](crate::perl).
//!
//! A format that is compiled out is replaced by `missing`.

pub(crate) mod dumper;
pub mod json;
pub mod storable;

#[cfg(feature = "cbor")]
pub(crate) mod cbor;
#[cfg(feature = "zstd")]
pub(crate) mod json_zstd;
#[cfg(feature = "msgpack")]
pub(crate) mod message_pack;
#[cfg(feature = "sereal")]
pub mod sereal;
#[cfg(feature = "yaml")]
pub(crate) mod yaml;

#[cfg(not(all(feature = "cbor", feature = "msgpack", feature = "sereal", feature = "yaml", feature = "zstd")))]
pub(crate) mod missing;
#[cfg(not(feature = "cbor"))]
pub(crate) use self::missing as cbor;
#[cfg(not(feature = "zstd"))]
pub(crate) use self::missing as json_zstd;
#[cfg(not(feature = "msgpack"))]
pub(crate) use self::missing as message_pack;
#[cfg(not(feature = "sereal"))]
pub(crate) use self::missing as sereal;
#[cfg(not(feature = "yaml"))]
pub(crate) use self::missing as yaml;

/// The largest window that a frame may ask for which holds at most so many bytes, as a base-2 logarithm, within what a
/// decoder has to take (RFC 8878, 3.1.1.1.2).
#[cfg(feature = "zstd")]
fn zstd_window_log_max(bytes_max: usize) -> u32 {
    (bytes_max.max(1).ilog2() + 1).clamp(10, 27)
}
