//! One module per format. Each has the same two functions, so that [`Codec`](crate::Codec) is their table:
//!
//! - `encode(value, out)` appends a document to `out`; on an error it may leave a part of it there;
//! - `decode(bytes, limits, seed)` reads exactly one document. The seed enforces the limits on whatever it reads, so a
//!   format has to look only after what its library does by itself.
//!
//! A format that is compiled out is replaced by `missing`.

pub(crate) mod json;

#[cfg(feature = "cbor")]
pub(crate) mod cbor;
#[cfg(feature = "zstd")]
pub(crate) mod json_zstd;
#[cfg(feature = "msgpack")]
pub(crate) mod message_pack;
#[cfg(feature = "yaml")]
pub(crate) mod yaml;

#[cfg(not(all(feature = "cbor", feature = "msgpack", feature = "yaml", feature = "zstd")))]
pub(crate) mod missing;
#[cfg(not(feature = "cbor"))]
pub(crate) use self::missing as cbor;
#[cfg(not(feature = "zstd"))]
pub(crate) use self::missing as json_zstd;
#[cfg(not(feature = "msgpack"))]
pub(crate) use self::missing as message_pack;
#[cfg(not(feature = "yaml"))]
pub(crate) use self::missing as yaml;
