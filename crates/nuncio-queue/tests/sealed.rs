//! Sealed messages between two hosts: what arrives, whose it is, and what is refused.
#![cfg(feature = "seal")]

mod support;

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use nuncio_codec::{Codec, DecodeLimits, Value};
use nuncio_core::{AttachOptions, Batch, Driver, EndpointName, Origin, Role, Wait};
use nuncio_queue::seal::nacl::{Candidates, Nonce, SharedKey};
use nuncio_queue::seal::{Keyring, Policy, PublicKey, SecretKey};
use nuncio_queue::{ErrorKind, Message, Queue, Registry, RegistryBuilder, RemoteQueue, SendOptions, SysvDriver};
use serde_json::{Value as Json, json};

use self::support::sealed::{deliver, receive, registry, vectors};
use self::support::{Place, inject, refused};

/// Two hosts that trust each other; one sends to the other's queue `jobs`.
struct Pair {
    here: Place,
    there: Place,
    ours: Arc<Keyring>,
    theirs: Arc<Keyring>,
}

impl Pair {
    fn new() -> Self {
        let (here, there) = (Place::new(), Place::new());
        let make = |place: &Place| Arc::new(Keyring::create(place.path().join("keyring")).expect("made"));
        let pair = Self { ours: make(&here), theirs: make(&there), here, there };
        pair.ours.trust("10.0.0.2", pair.theirs.generate("").expect("made"), "").expect("trusted");
        pair.theirs.trust("test.example", pair.ours.generate("").expect("made"), "").expect("trusted");
        pair
    }

    fn remote(&self) -> RemoteQueue {
        let registry = self.here.builder().keyring(self.ours.clone());
        RemoteQueue::builder("10.0.0.2", "jobs").registry(registry).seal().open().expect("opens")
    }

    fn registry(&self) -> Registry {
        registry(&self.there, self.theirs.clone()).open().expect("opens")
    }

    fn jobs(&self) -> Queue {
        self.registry().queue("jobs").expect("made")
    }

    /// Seals `message` and gives it as it lies in the queue of the outgoing gateway.
    fn sealed(&self, message: &Json) -> Vec<u8> {
        let remote = self.remote();
        remote.send(message).expect("sent");
        remote.outgoing().raw().recv().expect("there").to_text()
    }

    fn replace(text: &[u8], from: &str, to: &str) -> Vec<u8> {
        let text: String = text.iter().map(|byte| char::from(*byte)).collect();
        let (length, rest) = text.split_once(':').expect("a header");
        let (header, payload) = rest.split_at(length.parse().expect("a number"));
        assert!(header.contains(from), "{header}");
        let header = header.replace(from, to);
        format!("{}:{header}{payload}", header.len()).chars().map(|character| character as u8).collect()
    }
}

#[test]
fn a_sealed_message_arrives_with_its_origin_in_every_codec_and_size() {
    let pair = Pair::new();
    let (remote, jobs) = (pair.remote(), pair.jobs());
    for codec in [Codec::Json, Codec::Sereal, Codec::Storable, Codec::Cbor] {
        for size in [1, 3900, 4096, 60_000] {
            let sent = json!({"pad": "x".repeat(size)});
            remote.send_with(&sent, &SendOptions::new().with_codec(codec), Wait::NOW).expect("sent");
            let text = remote.outgoing().raw().recv().expect("there").to_text();
            assert!(!text.windows(4).any(|part| part == b"xxxx"), "it is not readable on the way");
            pair.jobs_by_spill(&text);
            let (message, json) = receive(&jobs).expect("opens");
            assert_eq!(json["pad"], sent["pad"]);
            let metadata = &json[".ipc_transit_meta"];
            assert_eq!(metadata["encrypt_source"], "test.example");
            assert_eq!(metadata["destination"], "10.0.0.2");
            assert_eq!(metadata["destination_qname"], "jobs");
            assert_eq!((&metadata["ttl"], &metadata["signed_destination"]), (&json!("9"), &json!("my_private")));
            let ours = pair.ours.current().expect("made").public;
            assert_eq!(message.origin(), Origin::Key(ours.to_string()));
            assert_eq!(message.header("S"), Some("test.example"));
        }
    }
}

impl Pair {
    /// Puts a message into the other host's queue, a large one as a gateway would.
    fn jobs_by_spill(&self, text: &[u8]) {
        let jobs = self.jobs();
        if text.len() < 8000 {
            return inject(&jobs, text);
        }
        // Without the path of this host's spill file, in one of the other's.
        let whole = String::from_utf8_lossy(text);
        let path = whole.split("f=").nth(1).and_then(|rest| rest.split(".transit").next()).expect("a path");
        let (from, to) = (format!("{path}.transit"), self.there.spill().join("Aaaaaaaaaa.transit"));
        let moved = Self::replace(text, &from, to.to_str().expect("text"));
        let colon = moved.iter().position(|byte| *byte == b':').expect("a header");
        let header: usize = String::from_utf8_lossy(&moved[..colon]).parse().expect("a number");
        fs::create_dir_all(self.there.spill()).expect("made");
        fs::write(&to, &moved).expect("written");
        inject(&jobs, &moved[..colon + 1 + header]);
    }
}

#[test]
fn what_was_tampered_with_replayed_or_redirected_is_refused_and_the_next_is_served() {
    let pair = Pair::new();
    let jobs = pair.jobs();
    let served = |what: &str| {
        inject(&jobs, &pair.sealed(&json!({"after": what})));
        assert_eq!(receive(&jobs).expect(what).1["after"], what);
    };
    let sealed = pair.sealed(&json!({"id": 1}));
    let refuse = |text: &[u8], words: &[&str]| {
        inject(&jobs, text);
        let mut message = Message::new();
        let result = jobs.recv_message(&mut message, Wait::NOW);
        refused(result, ErrorKind::Unauthenticated, words);
        assert_eq!(message.to_text(), text, "it is handed over as it came");
        refused(message.decode_whole(), ErrorKind::Unauthenticated, &["sealed"]);
    };
    refuse(&Pair::replace(&sealed, "q=jobs", "q=root"), &["`q` says Some(\"root\")", "Some(\"jobs\")"]);
    served("a swapped queue");
    refuse(&Pair::replace(&sealed, "d=10.0.0.2", "d=10.0.0.3"), &["`d` says"]);
    served("a swapped host");
    refuse(&Pair::replace(&sealed, ",q=jobs", ""), &["`q` says None"]);
    served("a queue left out");
    let mut changed = sealed.clone();
    *changed.last_mut().expect("not empty") ^= 1;
    refuse(&changed, &["no key opens it"]);
    served("a changed box");
    inject(&jobs, &Pair::replace(&sealed, "n=", "n=AA"));
    refused(receive(&jobs).map(drop), ErrorKind::Corrupt, &["header `n`"]);
    served("half a nonce");

    inject(&jobs, &sealed);
    assert_eq!(receive(&jobs).expect("untouched").1["id"], 1);
    refuse(&sealed, &["a replay"]);
    // Zero bytes in front of a box, and another name of its host, make no new message of it.
    let colon = sealed.iter().position(|byte| *byte == b':').expect("a header");
    let header_end = colon + 1 + String::from_utf8_lossy(&sealed[..colon]).parse::<usize>().expect("a number");
    refuse(&[&sealed[..header_end], &[0; 16], &sealed[header_end..]].concat(), &["a replay"]);
    refuse(&Pair::replace(&sealed, "S=test.example", "S=mallory"), &["a replay"]);
    served("a replay");
    let restarted = registry(&pair.there, Arc::new(Keyring::open(pair.theirs.directory()).expect("opens")));
    let restarted = restarted.open().expect("opens").queue("jobs").expect("there");
    inject(&restarted, &sealed);
    refused(receive(&restarted).map(drop), ErrorKind::Unauthenticated, &["a replay"]);
}

#[test]
fn what_is_given_back_or_kept_comes_again_and_is_still_sealed() {
    let pair = Pair::new();
    let jobs = pair.jobs();
    for way in ["given back to an empty queue", "given back", "kept"] {
        let sealed = pair.sealed(&json!({"id": way}));
        inject(&jobs, &sealed);
        let mut message = Message::new();
        assert!(jobs.recv_message(&mut message, Wait::NOW).expect(way));
        match way {
            "kept" => {
                let path = jobs.keep(&message).expect("kept");
                assert!(fs::read(path).expect("there").ends_with(&sealed), "not in clear");
            }
            "given back" => {
                inject(&jobs, &pair.sealed(&json!({"id": "next"})));
                jobs.give_back(&message);
            }
            _ => jobs.give_back(&message),
        }
        let jobs = pair.jobs_again(way, &jobs);
        let (again, json) = receive(&jobs).expect(way);
        assert_eq!(json["id"], way);
        assert!(matches!(again.origin(), Origin::Key(_)), "{way}");
        inject(&jobs, &sealed);
        while jobs.stat().expect("there").messages > 1 {
            receive(&jobs).expect("the next");
        }
        refused(receive(&jobs).map(drop), ErrorKind::Unauthenticated, &["a replay"]);
    }
}

impl Pair {
    /// A handle that looks for what was kept; what was given back is with the one that it was given to.
    fn jobs_again(&self, way: &str, jobs: &Queue) -> Queue {
        if way == "kept" { self.jobs() } else { jobs.clone() }
    }
}

#[test]
fn a_policy_takes_only_what_it_says() {
    let pair = Pair::new();
    let queue_with = |policy: Policy| {
        let registry = registry(&pair.there, pair.theirs.clone()).policy("jobs", policy).open().expect("opens");
        registry.queue("jobs").expect("made")
    };
    let only_sealed = queue_with(Policy::OnlySealed);
    let only_from = |host: &str| queue_with(Policy::OnlyFrom(vec![host.to_owned()]));
    inject(&only_sealed, b"3:l=2{}");
    refused(receive(&only_sealed).map(drop), ErrorKind::Unauthenticated, &["takes only what is sealed"]);
    inject(&only_sealed, &pair.sealed(&json!({"id": 1})));
    receive(&only_sealed).expect("sealed");
    inject(&only_sealed, &pair.sealed(&json!({"id": 2})));
    refused(
        receive(&only_from("other.example")).map(drop),
        ErrorKind::Unauthenticated,
        &["test.example", "nothing from"],
    );
    inject(&only_sealed, &pair.sealed(&json!({"id": 3})));
    receive(&only_from("test.example")).expect("from that host");

    // Sealed for one queue and laid into another.
    let other = registry(&pair.there, pair.theirs.clone()).policy("root", Policy::OnlySealed).open().expect("opens");
    let other = other.queue("root").expect("made");
    inject(&other, &pair.sealed(&json!({"id": 4})));
    refused(receive(&other).map(drop), ErrorKind::Unauthenticated, &["sealed for the queue", "\"root\""]);

    // What everybody can seal is not sealed.
    let forged = registry(&pair.there, pair.theirs.clone()).danger_default_key(true);
    let forged = forged.policy("cq", Policy::OnlySealed).open().expect("opens").queue("cq").expect("made");
    deliver(&pair.there, &forged, vectors().case("default-keys-json"));
    refused(receive(&forged).map(drop), ErrorKind::Unauthenticated, &["no trusted key sealed it"]);
}

#[test]
fn without_a_keyring_a_sealed_message_stays_sealed() {
    let pair = Pair::new();
    let sealed = pair.sealed(&json!({"id": 1}));
    let jobs = pair.there.queue("jobs");
    inject(&jobs, &sealed);
    let message = jobs.raw().recv().expect("taken");
    assert!(message.is_sealed() && message.sealed_by().is_none());
    assert_eq!((message.origin(), message.to_text()), (Origin::Claimed, sealed.clone()));
    refused(
        message.decode::<HashMap<String, Value>>(),
        ErrorKind::Unauthenticated,
        &["not opened: no keyring was given"],
    );
    // And one that waits for the gateway is not this host's to open.
    let outgoing = pair.registry().queue("transitd").expect("made");
    inject(&outgoing, &sealed);
    assert_eq!(outgoing.raw().recv().expect("taken").to_text(), sealed);
}

#[test]
fn sealing_needs_keys_and_says_which() {
    let pair = Pair::new();
    let open =
        |host: &str, registry: RegistryBuilder| RemoteQueue::builder(host, "jobs").registry(registry).seal().open();
    let with_keys = || pair.here.builder().keyring(pair.ours.clone());
    refused(open("10.0.0.9", with_keys()), ErrorKind::Misconfigured, &["10.0.0.9", "no public key of it is trusted"]);
    refused(open("localhost", with_keys()), ErrorKind::Misconfigured, &["\"localhost\"", "\"127.0.0.1\", its address"]);
    refused(open("10.0.0.2", pair.here.builder()), ErrorKind::Misconfigured, &["no key of our own"]);
    let danger = open("10.0.0.2", pair.here.builder().danger_default_key(true)).expect("asked for");
    danger.send(&json!({"id": 1})).expect("sent");
    let message = danger.outgoing().raw().recv().expect("there");
    let key = SharedKey::new(&SecretKey::danger_default(), &PublicKey::DANGER_DEFAULT);
    let nonce = Nonce::from_header(message.header("n").expect("sealed").as_bytes()).expect("a nonce");
    let mut plain = Vec::new();
    assert!(Candidates::of(message.payload()).any(|candidate| candidate.open(&key, &nonce, &mut plain)));
    let plain: Json = serde_json::from_slice(&plain).expect("JSON");
    assert_eq!(plain[".ipc_transit_meta"]["signed_destination"], "default");
}

#[test]
fn nobody_can_be_led_to_a_host_by_a_name_of_another_ones_key() {
    let pair = Pair::new();
    let mallory = Keyring::create(pair.there.path().join("mallory")).expect("made");
    pair.theirs.trust("mallory.example", mallory.generate("").expect("made"), "").expect("trusted");
    mallory.trust("10.0.0.2", pair.theirs.current().expect("made").public, "").expect("trusted");
    let forged = RemoteQueue::builder("10.0.0.2", "jobs")
        .registry(pair.here.builder().keyring(mallory))
        .source("test.example")
        .seal()
        .open()
        .expect("opens");
    forged.send(&json!({"id": 1})).expect("sent");
    let text = forged.outgoing().raw().recv().expect("there").to_text();
    let jobs = pair.jobs();
    inject(&jobs, &text);
    let (message, json) = receive(&jobs).expect("mallory is known, too");
    assert_eq!(message.header("S"), Some("test.example"));
    assert_eq!(json[".ipc_transit_meta"]["encrypt_source"], "mallory.example");
}

#[test]
fn the_driver_opens_and_refuses_too() {
    let pair = Pair::new();
    let registry = registry(&pair.there, pair.theirs.clone()).policy("jobs", Policy::OnlySealed).open().expect("opens");
    let jobs = registry.queue("jobs").expect("made");
    inject(&jobs, &pair.sealed(&json!({"id": 1})));
    inject(&jobs, b"3:l=2{}");
    inject(&jobs, &pair.sealed(&json!({"id": 2})));
    let driver = SysvDriver::new(registry);
    let name = EndpointName::new("jobs").expect("a name");
    let mut inbox = driver.attach(&name, &AttachOptions::new(Role::Receive)).expect("attached").inbox.expect("reads");
    let mut batch = Batch::new();
    assert_eq!(inbox.recv(&mut batch, 8, Wait::NOW).expect("three"), 3);
    for (index, id) in [(0, 1), (2, 2)] {
        let delivery = batch.get(index).expect("there");
        assert_eq!(delivery.decode::<HashMap<String, u64>>(&DecodeLimits::default()).expect("opened")["id"], id);
        assert!(matches!(delivery.origin(), Origin::Key(_)));
    }
    let fault = batch.get(1).expect("there").fault().expect("not sealed");
    assert_eq!(fault.kind(), ErrorKind::Unauthenticated);
}
