//! The digests, held against those that the original's modules gave.

mod support;

use nuncio_mesh::proto::auth::hmac_sha3_512;
use nuncio_mesh::proto::md6::{hmac_md6_256, md6_256};

use self::support::{bytes, hexadecimal, list, recorded, text};

#[test]
fn md6_of_every_length_is_that_of_the_original() {
    for case in list(&recorded("md6.json")["vectors"]) {
        let message = match case["message_len"].as_u64() {
            Some(length) => (0..length).map(|index| (7 * index + 3) as u8).collect(),
            None => bytes(text(case, "message_hex")),
        };
        assert_eq!(hexadecimal(&md6_256(&message)), text(case, "md6_256"), "{} bytes", message.len());
    }
}

#[test]
fn hmacs_with_keys_of_every_length_are_those_of_the_original() {
    for case in list(&recorded("hmac-md6.json")["vectors"]) {
        let (key, message) = (bytes(text(case, "key_hex")), bytes(text(case, "message_hex")));
        assert_eq!(hexadecimal(&hmac_md6_256(&key, &message)), text(case, "hmac_hex"), "{case}");
    }
    for case in list(&recorded("hmac-sha3-512.json")["vectors"]) {
        let (key, message) = (bytes(text(case, "key_hex")), bytes(text(case, "message_hex")));
        assert_eq!(hexadecimal(&hmac_sha3_512(&key, &message)), text(case, "hmac_hex"), "{case}");
    }
}
