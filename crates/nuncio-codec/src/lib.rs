//! Value to bytes and back: JSON, CBOR, MessagePack, YAML, and Perl's Sereal, Storable and Data::Dumper behind one
//! vocabulary, with limits and detection.
//!
//! - [`Codec`] names a format and converts any `serde` type to bytes and back, without a detour. It can add members at
//!   top level while it writes, and hide or pick one while it reads.
//! - [`DecodeLimits`] bound what a decoder takes from a stranger: depth, elements, string length, total size.
//! - [`Codec::detect`] recognises a format by its bytes.
//! - [`Value`] is the dynamic value, for those who do not know the shape beforehand.
//! - [`json`] has what passes over JSON without reading it.
//! - [`perl`] says what becomes of Perl's references, objects and strings; [`sereal`] and [`storable`] have what only
//!   these formats can do.
//!
//! This crate does no I/O, contains no unsafe code and knows no envelope.
//!
//! ```
//! use nuncio_codec::{Codec, DecodeLimits, Value};
//!
//! let message = Value::from_iter([("job", Value::from(7)), ("name", "resize".into())]);
//! let mut bytes = Vec::new();
//! Codec::Json.encode(&message, &mut bytes)?;
//! assert_eq!(bytes, br#"{"job":7,"name":"resize"}"#);
//!
//! let codec = Codec::detect(&bytes).expect("a brace begins JSON");
//! let read: Value = codec.decode(&bytes, &DecodeLimits::default())?;
//! assert_eq!(read, message);
//! # Ok::<(), nuncio_codec::Error>(())
//! ```
//!
//! # Features
//! `cbor`, `msgpack`, `sereal` and `yaml` are on by default and need no C compiler; `zstd` (for [`Codec::JsonZstd`] and
//! for Sereal's bodies) compiles the reference implementation in C and is off. JSON, Storable and Data::Dumper are
//! always there.

#![forbid(unsafe_code)]

mod adapt;
mod codec;
mod detect;
mod error;
mod format;
mod limits;
mod map;
pub mod perl;
mod short;
mod text;
mod value;

pub use crate::codec::{Codec, UnknownCodec};
pub use crate::error::{Error, ErrorKind};
pub use crate::format::json;
#[cfg(feature = "sereal")]
pub use crate::format::sereal;
pub use crate::format::storable;
pub use crate::limits::DecodeLimits;
pub use crate::map::{IntoIter, Iter, Map};
pub use crate::text::Text;
pub use crate::value::{Object, Value, from_value, to_value};
