//! Several processes on one queue: each message once, whole, in order; and names on which all of them agree.

mod support;

use std::collections::{BTreeSet, HashSet};

use nuncio_conformance::scale;
use nuncio_queue::{ErrorKind, Queue};

use self::support::child::{Child, Part};
use self::support::letter::{Letter, Record};
use self::support::{Place, key, refused, watched};

const SMALL_BYTES: usize = 32;
/// Around the limits of one kernel message (8192) and of what is sent without a file (4096), and far beyond.
const MIXED_BYTES: [usize; 8] = [0, 1, 100, 3900, 4096, 5000, 9000, 200_000];

/// Not a test: what the other tests run in a process of its own.
#[test]
#[ignore = "the other tests run it as a child"]
fn child_process() {
    let Some(part) = Part::of_this_process() else { return };
    match part.role() {
        "write" => write(&part.queue(0), part.number(1), part.number(2)),
        "read" => read(&part),
        "echo" => echo(&part),
        "wait" => wait(&part),
        "create" => loop {
            let queue = part.registry().queue(&part.hear()).expect("made");
            part.say(&key(&queue).to_string());
        },
        role => panic!("no child plays {role:?}"),
    }
}

fn write(queue: &Queue, writer: u64, count: u64) {
    for number in 0..count {
        queue.send(&Letter::new(writer as u32, number, SMALL_BYTES)).expect("room");
    }
}

/// Notes every letter until the last one.
fn read(part: &Part) {
    let (queue, mut record) = (part.queue(0), Record::create(&part.file(part.word(1))));
    part.say("ready");
    loop {
        let letter = Letter::receive(&queue);
        if letter.is_last() {
            return;
        }
        record.note(&letter);
    }
}

/// Sends back what it receives, until the last letter.
fn echo(part: &Part) {
    let (there, back) = (part.queue(0), part.queue(1));
    loop {
        let letter = Letter::receive(&there);
        if letter.is_last() {
            return;
        }
        back.send(&letter).expect("room");
    }
}

/// Waits for a letter that never comes.
fn wait(part: &Part) {
    let queue = part.queue(0);
    part.say("ready");
    refused(queue.recv::<Letter>(), ErrorKind::NoSuchEndpoint, &["\"gone\"", "the queue was removed"]);
}

#[test]
fn two_processes_pass_every_message_once_and_in_order() {
    let count = scale::choose(20_000, 1_000_000);
    watched("two processes", move || {
        let place = Place::new();
        let queue = place.queue("pair");
        let writer = Child::start(&place, &format!("write pair 7 {count}"));
        for number in 0..count {
            assert_eq!(Letter::receive(&queue), Letter::new(7, number, SMALL_BYTES));
        }
        writer.finish();
        assert_eq!(queue.stat().expect("there").messages, 0);
    });
    scale::report(&format!("queue, two processes: {count} messages, each once, whole and in order"));
}

#[test]
fn ten_writers_lose_and_double_nothing_and_each_keeps_its_order() {
    let count = scale::choose(2_000, 100_000);
    watched("ten writers", move || {
        let place = Place::new();
        let queue = place.queue("many");
        let writers: Vec<_> =
            (0..10).map(|writer| Child::start(&place, &format!("write many {writer} {count}"))).collect();
        let mut next = [0; 10];
        for _ in 0..10 * count {
            let letter = Letter::receive(&queue);
            let expected = &mut next[letter.writer as usize];
            assert_eq!(letter.number, *expected, "writer {}", letter.writer);
            *expected += 1;
        }
        writers.into_iter().for_each(Child::finish);
        assert_eq!(queue.stat().expect("there").messages, 0);
    });
    scale::report(&format!("queue, ten writers and one reader: {count} messages each, each once and in order"));
}

#[test]
fn two_readers_share_the_work_and_no_message_is_seen_twice() {
    let count = scale::choose(20_000, 1_000_000);
    let shares = watched("two readers", move || {
        let place = Place::new();
        let queue = place.queue("shared");
        let mut readers = ["first", "second"].map(|record| Child::start(&place, &format!("read shared {record}")));
        for reader in &mut readers {
            assert_eq!(reader.hear(), "ready");
        }
        write(&queue, 1, count);
        readers.iter().for_each(|_| queue.send(&Letter::last()).expect("room"));
        readers.into_iter().for_each(Child::finish);
        let shares = ["first", "second"].map(|record| Record::read(&place.path().join(record)));
        assert!(shares.iter().all(|share| share.is_sorted()), "each reader sees the queue's order");
        let all: HashSet<_> = shares.iter().flatten().collect();
        assert_eq!(all.len(), shares[0].len() + shares[1].len(), "a message was seen twice");
        assert_eq!(all.len() as u64, count, "a message was lost");
        shares.map(|share| share.len())
    });
    assert!(!shares.contains(&0), "one reader did all the work: {shares:?}");
    scale::report(&format!("queue, two readers: {count} messages shared as {shares:?}, none twice, none lost"));
}

#[test]
fn messages_of_all_sizes_go_to_another_process_and_back() {
    let count = scale::choose(400, 20_000);
    watched("all sizes", move || {
        let place = Place::new();
        let (there, back) = (place.queue("there"), place.queue("back"));
        let other = Child::start(&place, "echo there back");
        for number in 0..count {
            let letter = Letter::new(1, number, MIXED_BYTES[number as usize % MIXED_BYTES.len()]);
            there.send(&letter).expect("room");
            assert_eq!(Letter::receive(&back), letter);
        }
        there.send(&Letter::last()).expect("room");
        other.finish();
        assert_eq!(place.spilled(), [""; 0], "every spill file was fetched");
    });
    scale::report(&format!("queue, sizes from 0 to 200000 bytes: {count} messages there and back, each whole"));
}

#[test]
fn a_reader_can_be_there_before_the_writer() {
    watched("early reader", || {
        let place = Place::new();
        let mut reader = Child::start(&place, "read early record");
        assert_eq!(reader.hear(), "ready");
        reader.wait_until_asleep();
        let queue = place.registry().existing("early").expect("the reader has made it");
        write(&queue, 1, 3);
        queue.send(&Letter::last()).expect("room");
        reader.finish();
        assert_eq!(Record::read(&place.path().join("record")), [(1, 0), (1, 1), (1, 2)]);
    });
}

#[test]
fn a_queue_removed_under_readers_of_other_processes_wakes_all_of_them() {
    watched("removal", || {
        let place = Place::new();
        let mut readers: Vec<_> = (0..3).map(|_| Child::start(&place, "wait gone")).collect();
        for reader in &mut readers {
            assert_eq!(reader.hear(), "ready");
            reader.wait_until_asleep();
        }
        place.registry().remove("gone").expect("there");
        readers.into_iter().for_each(Child::finish);
        assert_eq!(place.files(), [""; 0]);
    });
}

/// Has every child open the name that `name_for` gives it, all at once, and hears the keys.
fn open_at_once(children: &mut [Child], name_for: impl Fn(usize) -> String) -> Vec<String> {
    children.iter_mut().enumerate().for_each(|(child, asked)| asked.tell(&name_for(child)));
    children.iter_mut().map(Child::hear).collect()
}

#[test]
fn ten_processes_agree_on_the_key_of_a_new_name_and_give_different_names_different_keys() {
    let rounds = scale::choose(10, 1_000);
    watched("ten makers", move || {
        let place = Place::new();
        let registry = place.registry();
        let mut makers: Vec<_> = (0..10).map(|_| Child::start(&place, "create")).collect();
        for round in 0..rounds {
            let mut keys = BTreeSet::from_iter(open_at_once(&mut makers, |_| format!("same-{round}")));
            assert_eq!(keys.len(), 1, "they disagree: {keys:?}");
            keys.extend(open_at_once(&mut makers, |maker| format!("own-{maker}")));
            assert_eq!(keys.len(), 11, "two names have one key");
            assert_eq!(place.files().len(), 11, "nothing else stays: {:?}", place.files());
            for name in registry.names().expect("readable") {
                registry.remove(name.as_str()).expect("there");
            }
        }
    });
    scale::report(&format!("queue, ten processes making names at once: {rounds} rounds, every key agreed on"));
}
