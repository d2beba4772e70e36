//! How two nodes prove to each other that they belong together.
//!
//! Each side proves it over all four greeting lines, its own first, so that neither the lines nor the proof can be
//! passed on to somebody else. Data is compared in constant time.
//!
//! # Source
//! `docs/wire/mesh.md`, "Authentication".

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha3::{Digest, Sha3_512};
use subtle::ConstantTimeEq;

use super::Generation;
use super::md6::{hmac_md6_256, md6_256};

/// What all nodes of a mesh know and nobody else. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// `bytes` as a secret; none if they are empty, for an empty one proves nothing.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        (!bytes.is_empty()).then(|| Self(bytes.into_boxed_slice()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A way to prove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthMethod {
    /// The secret itself, in hexadecimal digits. Whoever is asked for it learns it.
    Cleartext,
    /// An HMAC with MD6-256, in which generation 1.x has key and message exchanged.
    HmacMd6,
    /// An HMAC with SHA3-512.
    HmacSha3,
    /// Nothing beyond the certificate, which does not cover the greeting lines.
    TlsAnon,
    /// The certificate, and the MD6-256 digest of the lines.
    TlsMd6,
    /// The certificate, and the SHA3-512 digest of the lines.
    TlsSha3,
}

impl AuthMethod {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Cleartext, Self::HmacMd6, Self::HmacSha3, Self::TlsAnon, Self::TlsMd6, Self::TlsSha3];

    /// The name in a greeting.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cleartext => "cleartext",
            Self::HmacMd6 => "hmac_md6_64_256",
            Self::HmacSha3 => "hmac_sha3_512",
            Self::TlsAnon => "tls_anon",
            Self::TlsMd6 => "tls_md6_64_256",
            Self::TlsSha3 => "tls_sha3_512",
        }
    }

    /// The one generation that knows it; none if both do.
    #[must_use]
    pub const fn generation(self) -> Option<Generation> {
        match self {
            Self::Cleartext | Self::TlsAnon => None,
            Self::HmacMd6 | Self::TlsMd6 => Some(Generation::One),
            Self::HmacSha3 | Self::TlsSha3 => Some(Generation::Two),
        }
    }

    /// Whether it means anything only over TLS.
    #[must_use]
    pub const fn needs_tls(self) -> bool {
        matches!(self, Self::TlsAnon | Self::TlsMd6 | Self::TlsSha3)
    }

    /// What the side writes whose lines come first in `lines`; none if that takes a secret and there is none.
    #[must_use]
    pub fn data(self, secret: Option<&Secret>, lines: &[u8]) -> Option<String> {
        let secret = secret.map(|secret| &*secret.0);
        Some(match self {
            Self::Cleartext => hexadecimal(secret?),
            Self::HmacMd6 => hexadecimal(&hmac_md6_256(lines, &md6_256(secret?))),
            Self::HmacSha3 => hexadecimal(&hmac_sha3_512(secret?, lines)),
            Self::TlsAnon => String::new(),
            Self::TlsMd6 => hexadecimal(&md6_256(lines)),
            Self::TlsSha3 => hexadecimal(&Sha3_512::digest(lines)),
        })
    }

    /// Whether `data` is what the side has to write whose lines come first in `lines`.
    #[must_use]
    pub fn accepts(self, data: &[u8], secret: Option<&Secret>, lines: &[u8]) -> bool {
        self.data(secret, lines).is_some_and(|expected| expected.as_bytes().ct_eq(data).into())
    }
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AuthMethod {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|method| method.name() == name).ok_or(())
    }
}

/// The HMAC of `message` under `key`, with SHA3-512.
#[must_use]
pub fn hmac_sha3_512(key: &[u8], message: &[u8]) -> [u8; 64] {
    let mut hmac = Hmac::<Sha3_512>::new_from_slice(key).expect("an HMAC takes keys of every length");
    hmac.update(message);
    hmac.finalize().into_bytes().into()
}

/// The lines that a proof covers: those of the side that proves, then those of the other.
pub(super) fn covered(own: &[Vec<u8>; 2], other: &[Vec<u8>; 2]) -> Vec<u8> {
    own.iter().chain(other).flat_map(|line| line.iter().chain(b"\n")).copied().collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
