//! One box: `crypto_box_easy` of NaCl, less the zero bytes at its front.
//!
//! | offset | width | what |
//! |---|---|---|
//! | 0 | 16 | authenticator (Poly1305) |
//! | 16 | the rest | the plaintext, encrypted (XSalsa20) |
//!
//! The reference removes zero bytes from the front of what it has made, and does not open what begins with one. So:
//! - [`seal`] draws another nonce until the first byte is not zero. Both sides then agree.
//! - [`Candidates`] gives the boxes that a payload may stand for: itself, itself without the sixteen zero bytes that some
//!   implementations leave in front, and itself with the zero bytes that may have been removed.
//!
//! Nothing here draws randomness or keeps a key longer than its caller.
//!
//! # Source
//! wire/transit.md 6; NaCl `crypto_box_curve25519xsalsa20poly1305`.

use std::fmt;

use base64ct::{Base64Unpadded, Encoding};
use crypto_box::SalsaBox;
use crypto_box::aead::{AeadInPlace, Tag};
use nuncio_core::{Error, ErrorKind, Result};

use super::key::{PublicKey, SecretKey};

/// The authenticator in front of each box.
pub const AUTHENTICATOR_BYTES: usize = 16;
/// A nonce has so many bytes.
pub const NONCE_BYTES: usize = 24;
/// So many zero bytes at most are missing at the front of a box: as many as an authenticator has.
const MISSING_ZEROS_MAX: usize = AUTHENTICATOR_BYTES;
/// Of a payload larger than this only so many missing zero bytes are tried. One box in 256 misses one, one in 16 million three.
const LARGE_BYTES: usize = 64 * 1024;
const MISSING_ZEROS_MAX_OF_LARGE: usize = 2;
/// A first byte is zero by chance once in 256 times; so often in a row by a broken source of nonces only.
const DRAWS_MAX: usize = 64;

/// The number used once for each box.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce([u8; NONCE_BYTES]);

impl Nonce {
    /// The nonce with these bytes.
    pub const fn from_bytes(bytes: [u8; NONCE_BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; NONCE_BYTES] {
        &self.0
    }

    /// Reads the value of the header `n`: base64, with the line feed that the reference leaves at its end or without it.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] for anything else.
    pub fn from_header(value: &[u8]) -> Result<Self> {
        // 32 digits and some white space.
        let mut digits = [0; 2 * NONCE_BYTES];
        let mut count = 0;
        for byte in value.iter().filter(|byte| !byte.is_ascii_whitespace()) {
            *digits.get_mut(count).ok_or_else(not_a_nonce)? = *byte;
            count += 1;
        }
        let mut bytes = [0; NONCE_BYTES];
        match Base64Unpadded::decode(&digits[..count], &mut bytes) {
            Ok(decoded) if decoded.len() == NONCE_BYTES => Ok(Self(bytes)),
            _ => Err(not_a_nonce()),
        }
    }

    /// The value of the header `n`, with its line feed.
    pub fn to_header(self) -> String {
        Base64Unpadded::encode_string(&self.0) + "\n"
    }
}

#[cold]
fn not_a_nonce() -> Error {
    Error::new(ErrorKind::Corrupt, "read the nonce")
        .because(format!("header `n` is not {NONCE_BYTES} bytes in base64, 32 characters"))
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_header().trim_end())
    }
}

/// What the holders of one key pair and of another share: with it boxes between the two are made and opened. The same for
/// both. It is wiped when it is dropped.
pub struct SharedKey(SalsaBox);

impl SharedKey {
    /// What the owner of `own` shares with that of `other`. This is the slow part of a box; keep it.
    pub fn new(own: &SecretKey, other: &PublicKey) -> Self {
        Self(SalsaBox::new(&(*other.as_bytes()).into(), &own.to_library()))
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKey(..)")
    }
}

/// Makes a box of what stands in `buffer[AUTHENTICATOR_BYTES..]`, in place, the authenticator in front, and says the nonce.
/// `draw` gives fresh nonces.
///
/// # Errors
/// [`ErrorKind::ApiMisuse`] when `buffer` has no room for the authenticator; [`ErrorKind::Io`] when `draw` keeps giving nonces
/// that do not do; those of `draw`. The content is then as it was.
pub fn seal(key: &SharedKey, buffer: &mut [u8], mut draw: impl FnMut() -> Result<Nonce>) -> Result<Nonce> {
    let Some((authenticator, content)) = buffer.split_first_chunk_mut::<AUTHENTICATOR_BYTES>() else {
        return Err(Error::new(ErrorKind::ApiMisuse, "seal").because("there is no room for the authenticator"));
    };
    for _ in 0..DRAWS_MAX {
        let nonce = draw()?;
        let tag = key.0.encrypt_in_place_detached(&nonce.0.into(), b"", content).map_err(too_long)?;
        if tag[0] != 0 {
            *authenticator = tag.into();
            return Ok(nonce);
        }
        key.0.decrypt_in_place_detached(&nonce.0.into(), b"", content, &tag).map_err(too_long)?;
    }
    Err(Error::new(ErrorKind::Io, "seal").because("the source of nonces keeps giving the same"))
}

#[cold]
fn too_long(_: crypto_box::aead::Error) -> Error {
    Error::new(ErrorKind::TooLarge, "seal").because("the cipher takes no text of this length")
}

/// A box that was found in a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Zero bytes that stand before `rest`, though not in the payload.
    missing: usize,
    rest: &'a [u8],
}

/// The boxes that a payload may stand for, the likeliest first; none for one that is too short.
#[derive(Clone, Debug)]
pub struct Candidates<'a> {
    payload: &'a [u8],
    /// What is left to give: with so many bytes of the payload's front cut off, with so many zero bytes put before it.
    next: Step,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    AsItIs,
    WithoutPadding,
    Missing(usize),
}

impl<'a> Candidates<'a> {
    /// The boxes that `payload` may stand for.
    pub const fn of(payload: &'a [u8]) -> Self {
        Self { payload, next: Step::AsItIs }
    }

    fn missing_max(&self) -> usize {
        if self.payload.len() > LARGE_BYTES { MISSING_ZEROS_MAX_OF_LARGE } else { MISSING_ZEROS_MAX }
    }
}

impl<'a> Iterator for Candidates<'a> {
    type Item = Candidate<'a>;

    fn next(&mut self) -> Option<Candidate<'a>> {
        loop {
            let candidate = match self.next {
                Step::AsItIs => {
                    self.next = Step::WithoutPadding;
                    Some(Candidate { missing: 0, rest: self.payload })
                }
                Step::WithoutPadding => {
                    self.next = Step::Missing(1);
                    let rest = self.payload.strip_prefix(&[0; AUTHENTICATOR_BYTES]);
                    rest.map(|rest| Candidate { missing: 0, rest })
                }
                Step::Missing(missing) if missing <= self.missing_max() => {
                    self.next = Step::Missing(missing + 1);
                    Some(Candidate { missing, rest: self.payload })
                }
                Step::Missing(_) => return None,
            };
            let is_long_enough = |found: &Candidate<'_>| {
                found.missing + found.rest.len() > AUTHENTICATOR_BYTES && !found.rest.is_empty()
            };
            if let Some(candidate) = candidate.filter(is_long_enough) {
                return Some(candidate);
            }
        }
    }
}

impl Candidate<'_> {
    /// Opens the box into `plain`, which is overwritten; false, and `plain` empty, if `key` does not open it. The authenticator
    /// is compared in a time that does not depend on it, before anything is decrypted.
    pub fn open(self, key: &SharedKey, nonce: &Nonce, plain: &mut Vec<u8>) -> bool {
        let from_rest = AUTHENTICATOR_BYTES - self.missing;
        let mut tag = Tag::<SalsaBox>::default();
        let (front, content) = self.rest.split_at_checked(from_rest).unwrap_or((self.rest, &[]));
        tag[self.missing..self.missing + front.len()].copy_from_slice(front);
        plain.clear();
        plain.extend_from_slice(content);
        let opened = key.0.decrypt_in_place_detached(&nonce.0.into(), b"", plain, &tag).is_ok();
        if !opened {
            plain.clear();
        }
        opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandomness;

    fn shared() -> SharedKey {
        let secret = SecretKey::generate(&SystemRandomness).expect("random");
        let other = SecretKey::generate(&SystemRandomness).expect("random").public_key();
        SharedKey::new(&secret, &other)
    }

    fn sealed(key: &SharedKey, text: &[u8], draw: impl FnMut() -> Result<Nonce>) -> (Vec<u8>, Nonce) {
        let mut buffer = [&[0; AUTHENTICATOR_BYTES], text].concat();
        let nonce = seal(key, &mut buffer, draw).expect("sealed");
        (buffer, nonce)
    }

    fn counting(mut number: u64) -> impl FnMut() -> Result<Nonce> {
        move || {
            number += 1;
            let mut bytes = [0; NONCE_BYTES];
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            Ok(Nonce(bytes))
        }
    }

    fn open(key: &SharedKey, nonce: &Nonce, payload: &[u8]) -> Option<Vec<u8>> {
        let mut plain = Vec::new();
        Candidates::of(payload).any(|candidate| candidate.open(key, nonce, &mut plain)).then_some(plain)
    }

    #[test]
    fn no_box_begins_with_zero_and_every_one_opens() {
        let key = shared();
        let mut draw = counting(0);
        let mut draws = 0;
        for _ in 0..2000 {
            let (sealed, nonce) = sealed(&key, b"{}", || {
                draws += 1;
                draw()
            });
            assert_ne!(sealed[0], 0);
            assert_eq!(open(&key, &nonce, &sealed).as_deref(), Some(&b"{}"[..]));
        }
        assert!(draws > 2000, "about eight of 2000 are drawn again");
    }

    #[test]
    fn what_was_sealed_opens_whatever_zeros_come_or_go() {
        let key = shared();
        proptest::proptest!(|(text in proptest::collection::vec(0_u8.., 1..300), first: u64, zeros in 0_usize..40)| {
            let (sealed, nonce) = sealed(&key, &text, counting(first >> 1));
            let opened = open(&key, &nonce, &sealed);
            proptest::prop_assert_eq!(opened.as_deref(), Some(&text[..]));
            // Sixteen zero bytes in front are put there by some; of other numbers nobody says what they mean.
            let opened = open(&key, &nonce, &[&vec![0; zeros][..], &sealed].concat());
            proptest::prop_assert_eq!(opened.is_some(), zeros == 0 || zeros == AUTHENTICATOR_BYTES);
        });
    }

    #[test]
    fn a_source_that_stands_still_is_an_error_and_the_text_is_as_it_was() {
        let key = shared();
        let mut numbers = counting(0);
        let begins_with_zero = std::iter::repeat_with(|| numbers().expect("counted"))
            .find(|nonce| {
                let mut text = *b"text";
                key.0.encrypt_in_place_detached(&nonce.0.into(), b"", &mut text).expect("short")[0] == 0
            })
            .expect("one in 256");
        let mut buffer = *b"0123456789abcdeftext";
        seal(&key, &mut buffer, || Ok(begins_with_zero)).expect_err("always the same");
        assert_eq!(&buffer[AUTHENTICATOR_BYTES..], b"text");
    }

    #[test]
    fn zeros_that_were_removed_or_put_in_front_are_seen_through() {
        let key = shared();
        let mut numbers = counting(0);
        for _ in 0..2000 {
            let nonce = numbers().expect("counted");
            let mut text = *b"text";
            let tag = key.0.encrypt_in_place_detached(&nonce.0.into(), b"", &mut text).expect("short");
            let whole = [&tag[..], &text].concat();
            let zeros = whole.iter().take_while(|byte| **byte == 0).count();
            assert_eq!(open(&key, &nonce, &whole).as_deref(), Some(&b"text"[..]));
            assert_eq!(open(&key, &nonce, &whole[zeros..]).as_deref(), Some(&b"text"[..]));
            assert_eq!(open(&key, &nonce, &[&[0; 16], &whole[..]].concat()).as_deref(), Some(&b"text"[..]));
        }
    }

    #[test]
    fn any_payload_is_no_box_and_so_is_a_changed_one() {
        let key = shared();
        let (sealed, nonce) = sealed(&key, b"some text", counting(0));
        proptest::proptest!(|(payload: Vec<u8>)| {
            assert_eq!(open(&key, &nonce, &payload), None);
        });
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key, &nonce, &changed), None, "byte {at}");
            assert_eq!(open(&key, &nonce, &sealed[..at]), None, "cut at {at}");
        }
        assert_eq!(open(&shared(), &nonce, &sealed), None);
        assert_eq!(open(&key, &counting(7)().expect("counted"), &sealed), None);
    }

    #[test]
    fn the_header_is_read_with_and_without_its_line_feed() {
        let nonce = Nonce([0xfb; NONCE_BYTES]);
        let text = nonce.to_header();
        assert_eq!((text.len(), text.ends_with('\n')), (33, true));
        assert_eq!(Nonce::from_header(text.as_bytes()).expect("as written"), nonce);
        assert_eq!(Nonce::from_header(text.trim_end().as_bytes()).expect("without"), nonce);
        for bad in ["", "AAAA", &text[1..], &format!("{text}AAAA"), "!!!!", &"A".repeat(100)] {
            assert_eq!(Nonce::from_header(bad.as_bytes()).expect_err(bad).kind(), ErrorKind::Corrupt);
        }
    }
}
