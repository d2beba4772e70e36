//! Public and secret keys, and their text: base64 of 32 bytes, as IPC::Transit writes them.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Base64Unpadded, Encoding};
use nuncio_core::{Error, ErrorKind, Randomness, Result};
use zeroize::{Zeroize, Zeroizing};

/// A key, public or secret, has so many bytes.
pub const KEY_BYTES: usize = 32;
/// Longer than any text of a key with white space in it.
const TEXT_BYTES_MAX: usize = 256;

/// The half of a key pair that everybody may know. Its text is base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; KEY_BYTES]);

/// The half of a key pair that only its owner may know. It is wiped when it is dropped, and shown nowhere.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; KEY_BYTES]>);

impl PublicKey {
    /// The public half of the pair that IPC::Transit comes with, and with it every attacker.
    pub const DANGER_DEFAULT: Self = Self([
        0xbd, 0xba, 0x9c, 0xc5, 0x45, 0x06, 0x20, 0xeb, 0xc8, 0x2b, 0x3a, 0x45, 0x5b, 0x20, 0x5b, 0x62, 0xb4, 0x93,
        0xb2, 0x64, 0x86, 0x8f, 0xef, 0xf3, 0x96, 0x41, 0x7d, 0x1f, 0x7b, 0x49, 0xd0, 0x32,
    ]);

    /// The key with these bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] for the few points with which every secret key gives one of a few box keys: what is
    /// sealed for one of them anybody can open.
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Result<Self> {
        match is_of_small_order(&bytes) {
            false => Ok(Self(bytes)),
            true => Err(no_key("public key", "with it the key of a box can be guessed (a point of small order)")),
        }
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl FromStr for PublicKey {
    type Err = Error;

    /// Reads base64. White space is ignored, and padding may be left out.
    fn from_str(text: &str) -> Result<Self> {
        Self::from_bytes(*decode("public key", text)?)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl SecretKey {
    /// A fresh key.
    ///
    /// # Errors
    /// Those of `randomness`.
    pub fn generate(randomness: &dyn Randomness) -> Result<Self> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        randomness.fill(&mut *bytes)?;
        Ok(Self(bytes))
    }

    /// The key with these bytes; the caller's own copy is his to wipe.
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret half of the pair that IPC::Transit comes with: what is sealed with it is neither secret nor signed.
    pub fn danger_default() -> Self {
        Self::from_bytes([
            0x7e, 0xd9, 0x4c, 0x09, 0xe7, 0xcd, 0xca, 0x6a, 0xc5, 0xeb, 0xaa, 0xf6, 0x56, 0x51, 0x41, 0x80, 0x76, 0x1b,
            0x59, 0x16, 0x6a, 0x48, 0x93, 0xf3, 0x56, 0x0e, 0x15, 0xcf, 0xf2, 0x3c, 0xe9, 0x44,
        ])
    }

    /// The public half that belongs to it.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.to_library().public_key().to_bytes())
    }

    /// Its bytes as base64, wiped when dropped.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(Base64::encode_string(&*self.0))
    }

    pub(super) fn to_library(&self) -> crypto_box::SecretKey {
        crypto_box::SecretKey::from_bytes(*self.0)
    }
}

impl FromStr for SecretKey {
    type Err = Error;

    /// Reads base64, in a time that does not depend on the key. White space is ignored, and padding may be left out. An error
    /// does not repeat the text.
    fn from_str(text: &str) -> Result<Self> {
        decode("secret key", text).map(Self)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// The bytes that `text` stands for.
fn decode(what: &'static str, text: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(no_key(what, format!("its text is {} bytes, limit is {TEXT_BYTES_MAX} bytes", text.len())));
    }
    let mut digits = Zeroizing::new(Vec::with_capacity(TEXT_BYTES_MAX));
    digits.extend(text.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    let mut bytes = Zeroizing::new([0; KEY_BYTES + 1]);
    let unpadded = digits.strip_suffix(b"=").unwrap_or(&digits);
    match Base64Unpadded::decode(unpadded, &mut *bytes) {
        Ok(decoded) if decoded.len() == KEY_BYTES => {
            let mut key = Zeroizing::new([0; KEY_BYTES]);
            key.copy_from_slice(decoded);
            Ok(key)
        }
        Ok(decoded) => Err(no_key(what, format!("it is {} bytes, a key is {KEY_BYTES} bytes", decoded.len()))),
        Err(_) => Err(no_key(what, format!("it is not {KEY_BYTES} bytes in base64, 44 characters"))),
    }
}

fn no_key(what: &'static str, reason: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    let operation = if what == "secret key" { "read the secret key" } else { "read the public key" };
    Error::new(ErrorKind::Misconfigured, operation).because(reason)
}

/// The points, little-endian with the top bit aside, whose order divides eight, in all their spellings.
///
/// Source: RFC 7748 section 6.1 asks for the check; the list is that of libsodium's `has_small_order`.
const SMALL_ORDER: [[u8; KEY_BYTES]; 7] = [
    [0; KEY_BYTES],
    with_first_and_last(1, 0, 0),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
        0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44,
        0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
    with_first_and_last(0xec, 0xff, 0x7f),
    with_first_and_last(0xed, 0xff, 0x7f),
    with_first_and_last(0xee, 0xff, 0x7f),
];

const fn with_first_and_last(first: u8, between: u8, last: u8) -> [u8; KEY_BYTES] {
    let mut bytes = [between; KEY_BYTES];
    bytes[0] = first;
    bytes[KEY_BYTES - 1] = last;
    bytes
}

fn is_of_small_order(bytes: &[u8; KEY_BYTES]) -> bool {
    let mut point = *bytes;
    point[KEY_BYTES - 1] &= 0x7f;
    SMALL_ORDER.contains(&point)
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandomness;

    const SECRET: &str = "ftlMCefNymrF66r2VlFBgHYbWRZqSJPzVg4Vz/I86UQ=";
    const PUBLIC: &str = "vbqcxUUGIOvIKzpFWyBbYrSTsmSGj+/zlkF9H3tJ0DI=";

    #[test]
    fn the_published_pair_is_a_pair() {
        assert_eq!(SecretKey::danger_default().to_base64().as_str(), SECRET);
        assert_eq!(PublicKey::DANGER_DEFAULT.to_string(), PUBLIC);
        assert_eq!(SecretKey::danger_default().public_key(), PublicKey::DANGER_DEFAULT);
    }

    #[test]
    fn white_space_and_padding_make_no_difference() {
        for text in [PUBLIC.to_owned(), format!("{PUBLIC}\n"), PUBLIC.trim_end_matches('=').to_owned()] {
            assert_eq!(text.parse::<PublicKey>().expect(&text), PublicKey::DANGER_DEFAULT);
        }
        let spread: String = SECRET.chars().flat_map(|digit| [digit, '\r', '\n', ' ', '\t']).collect();
        let key: SecretKey = spread.parse().expect("a key");
        assert_eq!(key.to_base64().as_str(), SECRET);
    }

    #[test]
    fn what_is_no_key_is_refused_and_a_secret_is_not_repeated() {
        let long = "A".repeat(300);
        for bad in ["", "=", "AAAA", "!", &PUBLIC[1..], &format!("{PUBLIC}AAAA"), &format!("{SECRET}{SECRET}"), &long] {
            let error = bad.parse::<PublicKey>().expect_err(bad);
            assert_eq!(error.kind(), ErrorKind::Misconfigured);
            let error = bad.parse::<SecretKey>().expect_err(bad).to_string();
            assert!(bad.len() < 4 || !error.contains(bad), "{error}");
        }
        assert!(!format!("{:?}", SecretKey::danger_default()).contains("ftl"));
    }

    #[test]
    fn points_with_which_a_box_key_can_be_guessed_are_refused() {
        use std::collections::HashSet;

        use crypto_box::aead::AeadInPlace;
        let secrets = [(); 24].map(|()| SecretKey::generate(&SystemRandomness).expect("random"));
        let sealed_with = |secret: &SecretKey, point: [u8; KEY_BYTES]| {
            let library = crypto_box::SalsaBox::new(&crypto_box::PublicKey::from(point), &secret.to_library());
            let mut text = *b"sealed with what";
            library.encrypt_in_place_detached(&[0; 24].into(), b"", &mut text).expect("short");
            text
        };
        let different = |point| secrets.iter().map(|secret| sealed_with(secret, point)).collect::<HashSet<_>>().len();
        for mut point in SMALL_ORDER {
            assert!(different(point) <= 8);
            PublicKey::from_bytes(point).expect_err("refused");
            point[31] |= 0x80;
            PublicKey::from_bytes(point).expect_err("refused");
        }
        let public = secrets[0].public_key();
        assert_eq!(different(*public.as_bytes()), 24);
        PublicKey::from_bytes(*public.as_bytes()).expect("a key");
    }
}
