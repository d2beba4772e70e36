//! Processes killed while they change a keyring or remember what they have accepted.
#![cfg(all(feature = "crash-points", feature = "seal"))]

mod support;

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nuncio_conformance::scale;
use nuncio_queue::replay::{ReplayGuard, ReplayId, Verdict};
use nuncio_queue::seal::Keyring;

use self::support::child::{Child, Part};
use self::support::{Place, watched};

/// So many ids are remembered where the file is to be written anew.
const FEW: usize = 16;

/// Not a test: what the other tests run in a process of its own.
#[test]
#[ignore = "the other tests run it as a child"]
fn child_process() {
    let Some(part) = Part::of_this_process() else { return };
    match part.role() {
        "generate" => drop(Keyring::create(part.file("keyring")).expect("opens").generate("new").expect("made")),
        "overflow" => drop(accept_sent(&few(&part.file("replay")), part.number(0), FEW as u64)),
        "accept" => accept_until_killed(&part),
        role => panic!("no child plays {role:?}"),
    }
}

fn id(number: u64) -> ReplayId {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_le_bytes());
    id
}

fn guard(path: &Path) -> ReplayGuard {
    ReplayGuard::open(path, Duration::from_secs(3600)).expect("opens")
}

fn few(path: &Path) -> ReplayGuard {
    ReplayGuard::builder(path, Duration::from_secs(3600)).ids_max(FEW).open().expect("opens")
}

/// Accepts the message `number` of those that are sent from `begin` on, one each second.
fn accept_sent(guard: &ReplayGuard, begin: u64, number: u64) -> Verdict {
    let sent_at = UNIX_EPOCH + Duration::from_secs(begin + number);
    guard.accept_sent(&id(number), sent_at).expect("works")
}

/// Accepts one id after the other and says which were new.
fn accept_until_killed(part: &Part) {
    let guard = guard(&part.file("replay"));
    for number in 0.. {
        if guard.accept(&id(number)).expect("works") {
            part.say(&number.to_string());
        }
    }
}

#[test]
fn a_keyring_whose_writer_was_killed_is_as_before_and_can_be_changed() {
    watched("keyring-written", || {
        let place = Place::new();
        let keyring = Keyring::create(place.path().join("keyring")).expect("made");
        let key = keyring.generate("old").expect("made");
        Child::start_doomed(&place, "generate", "keyring-written").dies();
        let again = Keyring::open(place.path().join("keyring")).expect("opens");
        assert_eq!(again.own().expect("readable").iter().map(|own| own.public).collect::<Vec<_>>(), [key]);
        Child::start(&place, "generate").finish();
        let own = Keyring::open(place.path().join("keyring")).expect("opens").own().expect("readable");
        assert_eq!(own.iter().map(|own| own.comment.as_str()).collect::<Vec<_>>(), ["old", "new"]);
    });
}

#[test]
fn what_was_accepted_is_known_after_a_crash_while_the_file_was_written_anew() {
    for point in ["replay-compacting", "replay-compacted"] {
        watched(point, move || {
            let place = Place::new();
            // An hour ahead, so that no clock of the test passes it.
            let begin = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() + 3600;
            let before = few(&place.path().join("replay"));
            for number in 0..FEW as u64 {
                assert_eq!(accept_sent(&before, begin, number), Verdict::New);
            }
            Child::start_doomed(&place, &format!("overflow {begin}"), point).dies();
            for guard in [&before, &few(&place.path().join("replay"))] {
                for number in 0..FEW as u64 {
                    assert_ne!(accept_sent(guard, begin, number), Verdict::New, "{number} after {point}");
                }
            }
            assert_eq!(accept_sent(&before, begin, 1000), Verdict::New);
        });
    }
}

#[test]
fn whoever_is_killed_has_accepted_what_he_said_and_nobody_accepts_it_again() {
    let rounds = scale::choose(5, 200);
    watched("kills while accepting", move || {
        let place = Place::new();
        let mut last = None;
        for _ in 0..rounds {
            let mut children = [(); 2].map(|()| Child::start(&place, "accept"));
            let heard: Vec<u64> = (0..50).map(|turn| children[turn % 2].hear().parse().expect("a number")).collect();
            children.into_iter().for_each(Child::kill);
            let guard = guard(&place.path().join("replay"));
            for number in &heard {
                assert!(Some(*number) > last, "{number} was accepted by two");
                assert!(!guard.accept(&id(*number)).expect("works"), "{number} was forgotten");
            }
            let mut unique = heard.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), heard.len(), "one was accepted by two");
            // What was accepted and not heard of any more is accepted all the same.
            last = (*unique.last().expect("some")..)
                .take_while(|number| !guard.accept(&id(*number)).expect("works"))
                .last();
        }
        scale::report(&format!("replay guard: {rounds} rounds with two processes killed while they accepted"));
    });
}
