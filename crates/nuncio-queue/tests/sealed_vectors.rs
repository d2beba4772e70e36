//! What IPC::Transit sealed, opened by nuncio and sealed again.
#![cfg(feature = "seal")]

mod support;

use nuncio_core::Origin;
use nuncio_queue::ErrorKind;
use nuncio_queue::seal::nacl::{Nonce, SharedKey};
use nuncio_queue::seal::{PublicKey, SecretKey};
use serde_json::Value as Json;

use self::support::sealed::{Case, bytes, deliver, receive, registry, vectors};
use self::support::{Place, refused};

/// What nuncio says where the original believes the header: everybody can have sealed it.
fn labelled_honestly(case: &Case) -> Json {
    let mut json = case.received_json.clone();
    if ["forged-source-with-default-key", "custom-sender-only"].contains(&case.id.as_str()) {
        json[".ipc_transit_meta"]["encrypt_source"] = "default".into();
    }
    json
}

#[test]
fn recorded_messages_are_opened_and_labelled_by_the_key() {
    let vectors = vectors();
    assert_eq!(vectors.cases.len(), 11);
    for case in &vectors.cases {
        let place = Place::new();
        let keyring = case.receiver.keyring(&place, "keyring");
        let open_to_all = registry(&place, keyring).danger_default_key(true).open().expect("opens");
        let queue = open_to_all.queue("cq").expect("made");
        deliver(&place, &queue, case);
        match (case.result.as_str(), case.id.as_str()) {
            // The original cannot open what it has sealed itself; nuncio can.
            (_, "short-ciphertext-leading-zero-mac") => {
                let (message, json) = receive(&queue).expect(&case.id);
                assert_eq!(json["foo"], "bar");
                assert!(matches!(message.origin(), Origin::Key(_)));
            }
            ("message", _) => {
                let (message, json) = receive(&queue).expect(&case.id);
                assert_eq!(json, labelled_honestly(case), "{}", case.id);
                assert_eq!(message.payload(), bytes(&case.plaintext_hex), "{}", case.id);
                let is_anybodys = json[".ipc_transit_meta"]["encrypt_source"] == "default";
                assert_eq!(message.origin() == Origin::Claimed, is_anybodys, "{}", case.id);
            }
            _ => drop(refused(receive(&queue).map(drop), ErrorKind::Unauthenticated, &["\"cq\"", "no key opens it"])),
        }
        assert!(place.spilled().is_empty());
    }
}

#[test]
fn what_needs_the_published_key_is_refused_unless_it_is_asked_for() {
    for case in vectors().cases {
        let place = Place::new();
        let keyring = case.receiver.keyring(&place, "keyring");
        let queue = registry(&place, keyring).open().expect("opens").queue("cq").expect("made");
        deliver(&place, &queue, &case);
        let with_own_keys =
            case.sender.my_keys.contains_key("private") && case.receiver.my_keys.contains_key("private");
        match receive(&queue) {
            Ok((message, json)) => {
                assert!(with_own_keys && case.id != "wrong-public-key", "{}", case.id);
                assert_eq!(message.sealed_by().expect("a key").host, "sender.example");
                assert_eq!(json[".ipc_transit_meta"]["encrypt_source"], "sender.example");
            }
            Err(error) => {
                assert!(!with_own_keys || case.id == "wrong-public-key", "{}: {}", case.id, error.chain());
                assert_eq!(error.kind(), ErrorKind::Unauthenticated);
            }
        }
    }
}

#[test]
fn the_same_nonce_gives_the_recorded_bytes() {
    let vectors = vectors();
    for case in vectors.cases.iter().filter(|case| case.result == "message") {
        let secret = case.sender.my_keys.get("private").unwrap_or(&vectors.keys["default_private"]);
        let public = case.sender.public_keys.get("127.0.0.1").unwrap_or(&vectors.keys["default_public"]);
        let key = SharedKey::new(
            &secret.parse::<SecretKey>().expect("a secret key"),
            &public.parse::<PublicKey>().expect("a public key"),
        );
        let nonce = Nonce::from_bytes(bytes(&case.nonce_hex).try_into().expect("24 bytes"));
        let mut sealed = [&[0; 16], &bytes(&case.plaintext_hex)[..]].concat();
        nuncio_queue::seal::nacl::seal(&key, &mut sealed, || Ok(nonce)).expect("sealed");
        assert!(bytes(&case.wire_hex).ends_with(&sealed), "{}", case.id);
        let header = case.header.split("n=").nth(1).and_then(|rest| rest.split(',').next()).expect("a nonce");
        assert_eq!((nonce.to_header().as_str(), Nonce::from_header(header.as_bytes()).expect("read")), (header, nonce));
    }
}
