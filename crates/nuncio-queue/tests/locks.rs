//! Names that others are just making, and their lock: waited for while they are at work, taken over when they have died.

mod support;

use std::fs::File;
use std::sync::mpsc;
use std::time::Duration;

use nuncio_sys::process::ProcessIdentity;
use nuncio_sys::sysv::ftok;

use self::support::child::{Child, Part};
use self::support::{Place, key, watched};

/// Not a test: what the other tests run in a process of its own.
#[test]
#[ignore = "the other tests run it as a child"]
fn child_process() {
    let Some(part) = Part::of_this_process() else { return };
    assert_eq!(part.role(), "open");
    part.say("ready");
    part.say(&key(&part.queue(0)).to_string());
}

#[test]
fn half_a_queue_file_under_a_lock_is_waited_for() {
    watched("a slow writer", || {
        let place = Place::new();
        place.registry();
        place.write(".lock", "");
        place.write("slow", "qid=");
        let key = ftok(&std::fs::metadata(place.directory().join("slow")).expect("there"), 1);
        let mut opener = Child::start(&place, "open slow");
        assert_eq!(opener.hear(), "ready");
        opener.wait_until_asleep();
        place.write("slow", &format!("qid={key}\nqname=slow\n"));
        std::fs::remove_file(place.directory().join(".lock")).expect("there");
        assert_eq!(opener.hear(), key.to_string());
        opener.finish();
    });
}

/// A reader can see half a file just before its writer finishes and unlocks, and look for the lock just after it.
#[test]
fn a_writer_that_finishes_between_two_looks_is_not_taken_for_dead() {
    watched("quick writers", || {
        let place = Place::new();
        let registry = place.registry();
        let (asks, asked) = mpsc::channel::<String>();
        std::thread::scope(|scope| {
            let writer_place = &place;
            scope.spawn(move || {
                for (number, name) in asked.iter().enumerate() {
                    writer_place.write(".lock", "");
                    writer_place.write(&name, "");
                    writer_place.write(&name, &format!("qid={}\nqname={name}\n", 1 << 24 | (number + 1)));
                    std::fs::remove_file(writer_place.directory().join(".lock")).expect("there");
                }
            });
            for round in 0..500 {
                let name = format!("quick-{round}");
                asks.send(name.clone()).expect("it listens");
                while !registry.exists(&name).expect("it is being written, and will be whole") {}
                std::fs::remove_file(place.directory().join(&name)).expect("there");
            }
            drop(asks);
        });
    });
}

/// The original takes a lock away after two seconds, and then makes its name while somebody else holds the lock.
#[test]
fn a_name_that_was_made_in_spite_of_the_lock_is_not_overwritten() {
    watched("names without the lock", || {
        let place = Place::new();
        let registry = place.registry();
        let (lock, draft) = (place.directory().join(".lock"), place.directory().join(".draft"));
        for round in 0..200 {
            let name = format!("new-{round}");
            let file = place.directory().join(&name);
            place.write(".draft", "");
            let rude_key = ftok(&std::fs::metadata(&draft).expect("there"), 1);
            place.write(".draft", &format!("qid={rude_key}\nqname={name}\n"));
            let (queue, rude_was_first) = std::thread::scope(|scope| {
                let rude = scope.spawn(|| {
                    while !lock.exists() && !file.exists() {}
                    // Each round a little later: somewhere there nuncio has looked for the name and not yet made it.
                    for _ in 0..round {
                        std::hint::black_box(lock.exists());
                    }
                    std::fs::hard_link(&draft, &file).is_ok()
                });
                let queue = registry.queue(&name).expect("made by one of them");
                (queue, rude.join().expect("no panic"))
            });
            assert_eq!(key(&queue) == rude_key, rude_was_first, "{name}");
            queue.remove().expect("there");
            std::fs::remove_file(&draft).expect("there");
        }
        assert_eq!(place.files(), [""; 0]);
    });
}

#[test]
fn the_lock_of_a_dead_process_is_taken_over_at_once() {
    // Each would take three seconds if it were not known to be dead, so many longer than the watchdog waits.
    const LOCKS: usize = 30;
    let me = ProcessIdentity::current().expect("alive");
    let namespace = std::fs::read_link("/proc/self/ns/pid").expect("there");
    let dead = format!("{} {} {}\n", me.pid, me.start_ticks + 1, namespace.display());
    nuncio_conformance::within(support::PATIENCE, "locks of dead processes", move || {
        let place = Place::new();
        let registry = place.registry();
        for number in 0..LOCKS {
            place.write(".lock", &dead);
            registry.queue(&format!("new-{number}")).expect("made");
        }
        assert_eq!(place.files().len(), LOCKS, "the lock is gone: {:?}", place.files());
    });
}

/// A lock that says nothing is the original's. One left for good is taken over after three seconds; one that is renewed
/// meanwhile belongs to others who are at work. The time of the first is the time that the second is watched for.
///
/// A file system gives the inode number of a removed file to the next one, so often only its times tell a renewed lock from
/// the one before: here they alone change.
#[test]
fn a_silent_lock_is_taken_over_when_it_was_left_and_not_when_it_is_renewed() {
    watched("silent locks", || {
        let (left, renewed) = (Place::new(), Place::new());
        for place in [&left, &renewed] {
            place.registry();
            place.write(".lock", "");
        }
        let mut waits = Child::start(&renewed, "open jobs");
        assert_eq!(waits.hear(), "ready");
        waits.wait_until_asleep();
        let mut takes_over = Child::start(&left, "open jobs");
        assert_eq!(takes_over.hear(), "ready");
        let (taken, was_taken) = mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                taken.send(takes_over.hear()).expect("heard");
                takes_over.finish();
            });
            // The pace at which others come and go.
            while was_taken.recv_timeout(Duration::from_millis(500)).is_err() {
                let lock = File::options().write(true).truncate(true).open(renewed.directory().join(".lock"));
                lock.expect("nobody steals a lock from somebody at work");
            }
        });
        assert_eq!(left.files(), ["jobs"]);
        assert!(!renewed.registry().exists("jobs").expect("readable"), "nobody steals a lock from somebody at work");
        std::fs::remove_file(renewed.directory().join(".lock")).expect("there");
        waits.hear();
        waits.finish();
        assert_eq!(renewed.files(), ["jobs"]);
    });
}
