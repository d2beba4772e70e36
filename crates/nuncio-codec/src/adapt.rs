//! The serde adapters through which every codec reads and writes: one mechanism for all formats.
//!
//! Writing: a value goes through `Strict`, which refuses what would not arrive as it was sent (JSON's own writer does
//! that by itself); added members come from [`WithMembers`]. Reading: a seed is wrapped in [`Bounded`], which enforces the limits, and inside it perhaps in
//! [`Without`] or [`Member`]. All of them are plain structs around a serde part, and vanish when inlined.

mod bounded;
mod key;
mod key_text;
mod member;
#[cfg(any(feature = "cbor", feature = "msgpack", feature = "yaml"))]
mod strict;
mod with_members;
mod without;

pub(crate) use self::bounded::{Bounded, Budget};
pub(crate) use self::key::{Key, KeyDeserializer, OtherKey};
pub(crate) use self::key_text::{key_text, refuse_key, with_key_text};
pub(crate) use self::member::{Found, Member};
#[cfg(any(feature = "cbor", feature = "msgpack", feature = "yaml"))]
pub(crate) use self::strict::Strict;
pub(crate) use self::with_members::{Tally, WithMembers};
pub(crate) use self::without::Without;
