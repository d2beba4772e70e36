//! Messages that IPC::Transit sealed, and the keyrings to open them with.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use nuncio_core::Wait;
use nuncio_queue::seal::Keyring;
use nuncio_queue::{Error, Message, Queue, RegistryBuilder};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Place, inject};

#[derive(Deserialize)]
pub(crate) struct Vectors {
    pub(crate) keys: HashMap<String, String>,
    pub(crate) cases: Vec<Case>,
}

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) wire_hex: String,
    pub(crate) header: String,
    pub(crate) result: String,
    #[serde(default)]
    pub(crate) received_json: Json,
    #[serde(default)]
    pub(crate) plaintext_hex: String,
    pub(crate) nonce_hex: String,
    pub(crate) sender: Party,
    pub(crate) receiver: Party,
}

#[derive(Deserialize)]
pub(crate) struct Party {
    pub(crate) my_keys: HashMap<String, String>,
    pub(crate) public_keys: HashMap<String, String>,
}

pub(crate) fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/crypto-messages.json")).expect("JSON")
}

impl Vectors {
    pub(crate) fn case(&self, id: &str) -> &Case {
        self.cases.iter().find(|case| case.id == id).expect("recorded")
    }
}

impl Party {
    /// A keyring with what the party knows.
    pub(crate) fn keyring(&self, place: &Place, name: &str) -> Arc<Keyring> {
        let keyring = Keyring::create(place.path().join(name)).expect("made");
        if let Some(secret) = self.my_keys.get("private") {
            keyring.import(&secret.parse().expect("a secret key"), "").expect("imported");
        }
        for (host, public) in &self.public_keys {
            keyring.trust(host, public.parse().expect("a public key"), "").expect("trusted");
        }
        Arc::new(keyring)
    }
}

pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hexadecimal")).collect()
}

/// Puts the message where IPC::Transit would: a large one into a spill file.
pub(crate) fn deliver(place: &Place, queue: &Queue, case: &Case) {
    let wire = bytes(&case.wire_hex);
    let Some(recorded) = case.header.split("f=").nth(1).and_then(|rest| rest.split(',').next()) else {
        return inject(queue, &wire);
    };
    // The file stands in this test's own directory, so the header that names it has another length.
    fs::create_dir_all(place.spill()).expect("made");
    let name = place.spill().join(recorded.rsplit('/').next().expect("a name"));
    let header = case.header.replace(recorded, name.to_str().expect("text"));
    let front = format!("{}:{header}", header.len());
    let sealed = &wire[wire.len() - bytes_of_length(&case.header)..];
    fs::write(name, [front.as_bytes(), sealed].concat()).expect("written");
    inject(queue, front.as_bytes());
}

fn bytes_of_length(header: &str) -> usize {
    let length = header.split(',').find_map(|pair| pair.strip_prefix("l=")).expect("a length");
    length.parse().expect("a number")
}

pub(crate) fn registry(place: &Place, keyring: Arc<Keyring>) -> RegistryBuilder {
    place.builder().keyring(keyring)
}

pub(crate) fn receive(queue: &Queue) -> Result<(Message, Json), Error> {
    let mut message = Message::new();
    assert!(queue.recv_message(&mut message, Wait::NOW)?);
    let json = serde_json::to_value(message.decode_whole()?).expect("JSON's own types");
    Ok((message, json))
}
