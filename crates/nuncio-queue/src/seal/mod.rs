//! Sealed messages: NaCl boxes as IPC::Transit makes them, and the keys for them.
//!
//! A box is made with the sender's secret key and the receiver's public one, and opens with the two others: it can be read
//! by the receiver alone, and he knows that it was made by one of the two. [`nacl`] makes and opens boxes and decides nothing else;
//! a [`Keyring`] keeps keys on disk, and knows with which one seals and which are tried.
//!
//! # Source
//! Bernstein, "Cryptography in NaCl" (2009); wire/transit.md 6.

mod key;
mod keyring;
mod keys;
pub mod nacl;
mod nonces;
mod open;
mod policy;
mod sealing;

pub use self::key::{KEY_BYTES, PublicKey, SecretKey};
pub use self::keyring::{KEYRING_VARIABLE, Keyring};
pub use self::keys::{OwnKey, SealedBy, TrustedKey};
pub use self::policy::Policy;
pub use self::sealing::REPLAYS_KEPT;
pub(crate) use self::sealing::{SealWith, Sealing};
