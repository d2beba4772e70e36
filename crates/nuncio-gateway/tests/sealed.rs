//! Sealed messages at the door: what no reader would take is refused there, and so is what has been there before.

mod support;

use std::path::PathBuf;

use nuncio_gateway::Config;
use nuncio_queue::seal::Keyring;
use nuncio_queue::{Registry, RemoteQueue};
use serde_json::json;

use self::support::{Place, Running, contents, post, take};

/// A host that seals messages for another one, which has a gateway.
struct Pair {
    here: Place,
    there: Place,
}

impl Pair {
    fn new() -> Self {
        let pair = Self { here: Place::new(), there: Place::new() };
        let make = |place: &Place| Keyring::create(keyring(place)).expect("made");
        let (ours, theirs) = (make(&pair.here), make(&pair.there));
        ours.trust("127.0.0.1", theirs.generate("").expect("made"), "").expect("trusted");
        theirs.trust("here.example", ours.generate("").expect("made"), "").expect("trusted");
        pair
    }

    /// A sealed message for the queue `jobs`, as it goes into a request.
    fn sealed(&self, number: u32) -> Vec<u8> {
        let registry = Registry::builder()
            .directory(self.here.path().join("registry"))
            .spill_directory(self.here.path().join("spill"))
            .keyring(Keyring::open(keyring(&self.here)).expect("opened"));
        let remote = RemoteQueue::builder("127.0.0.1", "jobs").registry(registry).source("here.example").seal();
        let remote = remote.open().expect("opened");
        remote.send(&json!({"number": number})).expect("sent");
        remote.outgoing().raw().recv().expect("there").to_text()
    }

    fn config(&self) -> Config {
        self.there.config("127.0.0.1", &format!("keyring = '{}'", keyring(&self.there).display()))
    }
}

fn keyring(place: &Place) -> PathBuf {
    place.path().join("keyring")
}

#[test]
fn a_sealed_message_is_taken_once_also_after_a_restart() {
    let pair = Pair::new();
    let (one, two) = (pair.sealed(1), pair.sealed(2));
    let jobs = pair.there.queue("jobs");
    let gateway = Running::start(pair.config());
    gateway.post(&one).is(200, &[]);
    gateway
        .post(&[one.as_slice(), &two, &two].concat())
        .is(403, &["message 1 refused: it was received before: a replay", "message 3 refused: ", "taken 3 of 3"]);
    assert_eq!([take(&jobs), take(&jobs)].map(|message| message.as_sent().to_vec()), [one.clone(), two.clone()]);
    gateway.stop();

    let gateway = Running::start(pair.config());
    let three = pair.sealed(3);
    gateway.post(&[one.as_slice(), &two, &three].concat()).is(403, &["message 1 refused", "message 2 refused"]);
    assert_eq!(take(&jobs).as_sent(), three);
    assert_eq!(contents(&jobs), Vec::<Vec<u8>>::new());
}

#[test]
fn what_a_nuncio_sends_again_after_a_lost_answer_is_no_replay() {
    let pair = Pair::new();
    let one = pair.sealed(1);
    let gateway = Running::start(pair.config());
    let offer = "Nuncio: 1;stream=00112233445566778899aabbccddeeff;base=1;first=1;count=1\r\n";
    for _ in 0..2 {
        let answer = post(gateway.address, offer, &one);
        answer.is(200, &[]);
        assert!(answer.head.contains("next=2"), "{answer:?}");
    }
    // The same message as something new is one.
    let again = offer.replace("first=1", "first=2");
    let answer = post(gateway.address, &again, &one);
    answer.is(403, &["message 1 refused: it was received before"]);
    assert!(answer.head.contains("next=3"), "{answer:?}");
    assert_eq!(take(&pair.there.queue("jobs")).as_sent(), one);
}

#[test]
fn what_no_reader_would_take_is_refused_and_does_not_count_as_received() {
    let pair = Pair::new();
    let one = pair.sealed(1);
    let gateway = Running::start(pair.config());
    let mut swapped = one.clone();
    let at = swapped.windows(6).position(|part| part == b"q=jobs").expect("a queue");
    swapped[at..at + 6].copy_from_slice(b"q=mobs");
    gateway.post(&swapped).is(403, &["what was sealed with it says Some(\"jobs\")"]);
    let mut changed = one.clone();
    *changed.last_mut().expect("not empty") ^= 1;
    gateway.post(&changed).is(403, &["no key"]);
    gateway.post(&one).is(200, &[]);
    assert_eq!(take(&pair.there.queue("jobs")).as_sent(), one);
}
