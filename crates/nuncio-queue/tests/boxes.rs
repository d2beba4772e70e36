//! Boxes that IPC::Transit's crypto library made, opened by nuncio and made again byte for byte.
#![cfg(feature = "seal")]

use std::collections::HashMap;

use nuncio_queue::seal::nacl::{AUTHENTICATOR_BYTES, Candidates, Nonce, SharedKey, seal};
use nuncio_queue::seal::{PublicKey, SecretKey};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    keys: HashMap<String, String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    box_from: String,
    box_to: String,
    nonce_hex: String,
    plaintext_hex: String,
    ciphertext_hex: String,
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hexadecimal")).collect()
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/crypto-boxes.json")).expect("JSON")
}

impl Vectors {
    fn secret(&self, name: &str) -> SecretKey {
        self.keys[name].parse().expect("a secret key")
    }

    fn public(&self, name: &str) -> PublicKey {
        self.keys[name].parse().expect("a public key")
    }
}

#[test]
fn the_pairs_of_the_vectors_are_pairs() {
    let vectors = vectors();
    for name in ["default", "other", "receiver", "sender"] {
        let secret = vectors.secret(&format!("{name}_private"));
        assert_eq!(secret.public_key(), vectors.public(&format!("{name}_public")), "{name}");
    }
}

#[test]
fn boxes_are_opened_and_made_as_the_reference_does() {
    let vectors = vectors();
    assert_eq!(vectors.cases.len(), 13);
    for case in &vectors.cases {
        let (sealed, plain) = (bytes(&case.ciphertext_hex), bytes(&case.plaintext_hex));
        let nonce = Nonce::from_bytes(bytes(&case.nonce_hex).try_into().expect("24 bytes"));
        let (from, to) = (vectors.secret(&case.box_from), vectors.public(&case.box_to));
        let (mine, theirs) = (case.box_to.replace("public", "private"), case.box_from.replace("private", "public"));
        let receiver = SharedKey::new(&vectors.secret(&mine), &vectors.public(&theirs));
        let mut opened = Vec::new();
        assert!(
            Candidates::of(&sealed).any(|candidate| candidate.open(&receiver, &nonce, &mut opened)),
            "{} does not open",
            case.id
        );
        assert_eq!(opened, plain, "{}", case.id);

        // With the recorded nonce the same bytes come out; where its authenticator begins with zero another one is drawn.
        let mut buffer = [&[0; AUTHENTICATOR_BYTES], &plain[..]].concat();
        let mut draws = 0_u8;
        let used = seal(&SharedKey::new(&from, &to), &mut buffer, || {
            draws += 1;
            let mut bytes = *nonce.as_bytes();
            bytes[0] ^= draws - 1;
            Ok(Nonce::from_bytes(bytes))
        })
        .expect("sealed");
        match used == nonce {
            true => assert_eq!(without_zeros(&buffer), without_zeros(&sealed), "{}", case.id),
            false => assert_eq!(case.id, "box-short"),
        }
    }
}
