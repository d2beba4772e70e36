//! Sealed messages: NaCl boxes as IPC::Transit makes them, and the keys for them.
//!
//! A box is made with the sender's secret key and the receiver's public one, and opens with the two others: it can be read
//! by the receiver alone, and he knows that it was made by one of the two. [`nacl`] makes and opens boxes and decides nothing else.
//!
//! # Source
//! Bernstein, "Cryptography in NaCl" (2009); wire/transit.md 6.

mod key;
pub mod nacl;

pub use self::key::{KEY_BYTES, PublicKey, SecretKey};
