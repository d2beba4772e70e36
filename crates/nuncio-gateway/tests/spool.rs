//! The spool: what was stored is there after a crash, once and in order.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use nuncio_conformance::within;
use nuncio_core::{ErrorKind, QueueName};
use nuncio_gateway::spool::{Lane, NotStored, Piece, Portion, Spool, SpoolOptions, Stored, Submission};
use nuncio_gateway::wire::nuncio::{Offer, StreamId};
use nuncio_queue::replay::{Once, Verdict};

const ALL: Portion = Portion { messages: 10_000, bytes: 100_000_000 };

fn host(name: &str) -> Lane {
    Lane::Host(name.into())
}

fn queue(name: &str) -> Lane {
    Lane::Queue(QueueName::new(name).expect("a name"))
}

fn open(directory: &Path) -> Spool {
    open_with(&options(directory))
}

fn options(directory: &Path) -> SpoolOptions {
    SpoolOptions::new(directory.join("spool"))
}

fn open_with(options: &SpoolOptions) -> Spool {
    Spool::open(options, Box::new(|_| {})).expect("opened")
}

fn submission(messages: &[(&Lane, &str)]) -> Submission {
    let (mut body, mut pieces) = (Vec::new(), Vec::new());
    for (number, (lane, text)) in messages.iter().enumerate() {
        let start = body.len();
        body.extend_from_slice(text.as_bytes());
        pieces.push(Piece { lane: (*lane).clone(), at: start..body.len(), number: number as u64, once: None });
    }
    Submission { body: Bytes::from(body), messages: pieces, ..Submission::default() }
}

fn store(spool: &Spool, submission: Submission) -> Result<Stored, NotStored> {
    let answer = spool.submit(submission);
    within(Duration::from_secs(60), "the spool", move || answer.blocking_recv().expect("answered"))
}

fn texts(spool: &Spool, lane: &Lane) -> Vec<String> {
    let load = spool.read(lane, 0, ALL).expect("read");
    let text = |message: &[u8]| String::from_utf8(message.to_vec()).expect("text");
    load.map_or_else(Vec::new, |load| load.messages().map(text).collect())
}

fn segments(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(directory.join("spool")).expect("there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "segment"));
    paths.sort();
    paths
}

#[test]
fn what_was_stored_is_there_after_a_restart_and_what_is_done_is_not() {
    let dir = tempfile::tempdir().expect("a directory");
    let (a, b) = (host("a"), queue("b"));
    let spool = open(dir.path());
    store(&spool, submission(&[(&a, "one"), (&b, "two"), (&a, "three")])).expect("stored");
    store(&spool, submission(&[(&a, "four")])).expect("stored");
    assert_eq!(texts(&spool, &a), ["one", "three", "four"]);
    let (stream, first) = spool.stream(&a).expect("a stream");
    spool.done(&a, first + 2);
    drop(spool);

    let spool = open(dir.path());
    assert_eq!(texts(&spool, &a), ["four"]);
    assert_eq!(texts(&spool, &b), ["two"]);
    assert_eq!(spool.stream(&a), Some((stream, first + 2)), "it is the same stream, and counts on");
    let mut lanes = spool.lanes();
    lanes.sort();
    assert_eq!(lanes, [a, b]);
}

#[test]
fn a_portion_is_bounded_and_has_one_message_at_least() {
    let dir = tempfile::tempdir().expect("a directory");
    let (spool, a) = (open(dir.path()), host("a"));
    store(&spool, submission(&[(&a, "one"), (&a, "two"), (&a, "three")])).expect("stored");
    store(&spool, submission(&[(&a, "four")])).expect("stored");
    let read = |from, messages, bytes| {
        let load = spool.read(&a, from, Portion { messages, bytes }).expect("read").expect("some");
        (load.first, load.count(), String::from_utf8(load.body).expect("text"))
    };
    assert_eq!(read(0, 2, 100), (1, 2, "onetwo".into()));
    assert_eq!(read(0, 10, 6), (1, 2, "onetwo".into()));
    assert_eq!(read(0, 10, 1), (1, 1, "one".into()));
    assert_eq!(read(2, 10, 100), (2, 3, "twothreefour".into()));
    assert_eq!(read(4, 10, 100), (4, 1, "four".into()));
    assert!(spool.read(&a, 5, ALL).expect("read").is_none());
}

#[test]
fn a_crash_at_any_byte_leaves_whole_submissions() {
    let dir = tempfile::tempdir().expect("a directory");
    let a = host("a");
    let spool = open(dir.path());
    for round in 0..3 {
        store(&spool, submission(&[(&a, &format!("{round}-one")), (&a, &format!("{round}-two"))])).expect("stored");
    }
    drop(spool);
    let path = segments(dir.path()).pop().expect("a segment");
    let whole = fs::read(&path).expect("read");
    let mut seen = Vec::new();
    for length in 0..=whole.len() {
        let copy = tempfile::tempdir().expect("a directory");
        fs::create_dir(copy.path().join("spool")).expect("made");
        fs::write(copy.path().join("spool").join(path.file_name().expect("a name")), &whole[..length]).expect("cut");
        std::fs::set_permissions(copy.path().join("spool"), std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .expect("private");
        let there = texts(&open(copy.path()), &a);
        assert_eq!(there.len() % 2, 0, "half a submission at {length}");
        assert!(there.iter().enumerate().all(|(at, text)| text.starts_with(&format!("{}-", at / 2))), "{there:?}");
        seen.push(there.len());
    }
    assert!(seen.is_sorted() && seen.last() == Some(&6) && seen.contains(&4), "{seen:?}");
}

#[test]
fn segments_go_when_all_in_them_is_done() {
    let dir = tempfile::tempdir().expect("a directory");
    let (a, b) = (host("a"), host("b"));
    let spool = open_with(&{
        let mut options = options(dir.path());
        options.segment_bytes = 1000;
        options
    });
    let text = "x".repeat(400);
    store(&spool, submission(&[(&b, "stays")])).expect("stored");
    for _ in 0..20 {
        store(&spool, submission(&[(&a, &text)])).expect("stored");
    }
    assert!(segments(dir.path()).len() > 5);
    spool.done(&a, 21);
    store(&spool, submission(&[(&b, "too")])).expect("stored, and with it the thread has tidied up");
    let left = segments(dir.path()).len();
    assert!(left <= 3, "{left} segments are left");
    drop(spool);
    let spool = open(dir.path());
    assert_eq!(texts(&spool, &a), [""; 0], "nothing comes back");
    assert_eq!(texts(&spool, &b), ["stays", "too"]);
}

#[test]
fn a_full_spool_takes_nothing_and_goes_on_when_there_is_room() {
    let dir = tempfile::tempdir().expect("a directory");
    let a = host("a");
    let mut options = options(dir.path());
    options.bytes_max = 4096;
    options.segment_bytes = 1000;
    let spool = open_with(&options);
    let text = "x".repeat(900);
    let mut stored = 0;
    let refused = loop {
        match store(&spool, submission(&[(&a, &text)])) {
            Ok(_) => stored += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, NotStored::NoRoom("the spool has its 4096 bytes".into()));
    assert_eq!(texts(&spool, &a).len(), stored);
    spool.done(&a, 1 + stored as u64);
    // The thread tidies up after it has noted what is done, which nobody is told.
    within(Duration::from_secs(60), "room", move || {
        while store(&spool, submission(&[(&a, &text)])).is_err() {
            std::thread::yield_now();
        }
    });
}

fn offer(first: u64, count: u64) -> Offer {
    Offer { stream: StreamId([1; 16]), base: 1, first, count }
}

fn offered(lane: &Lane, offer: Offer) -> Submission {
    let texts: Vec<String> = (offer.first..offer.end()).map(|number| number.to_string()).collect();
    let messages: Vec<_> = texts.iter().map(|text| (lane, text.as_str())).collect();
    Submission { offer: Some((String::new(), offer)), ..submission(&messages) }
}

#[test]
fn what_is_offered_again_is_not_stored_again_also_after_a_restart() {
    let dir = tempfile::tempdir().expect("a directory");
    let a = queue("a");
    let spool = open(dir.path());
    assert_eq!(store(&spool, offered(&a, offer(1, 3))).expect("stored").next, Some(4));
    assert_eq!(store(&spool, offered(&a, offer(1, 3))).expect("known").next, Some(4));
    drop(spool);
    let spool = open(dir.path());
    assert_eq!(store(&spool, offered(&a, offer(2, 4))).expect("two are new").next, Some(6));
    assert_eq!(texts(&spool, &a), ["1", "2", "3", "4", "5"]);
    let other = Submission { offer: Some(("somebody else".into(), offer(1, 1))), ..submission(&[(&a, "his")]) };
    assert_eq!(store(&spool, other).expect("stored").next, Some(2), "nobody goes on with another's stream");
    assert_eq!(texts(&spool, &a).len(), 6);
}

#[test]
fn what_comes_early_waits_for_what_comes_before_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let a = queue("a");
    let spool = open(dir.path());
    let third = spool.submit(offered(&a, offer(5, 2)));
    let second = spool.submit(offered(&a, offer(3, 2)));
    store(&spool, offered(&a, offer(1, 2))).expect("stored");
    within(Duration::from_secs(60), "the others", move || {
        assert_eq!(second.blocking_recv().expect("answered").expect("stored").next, Some(5));
        assert_eq!(third.blocking_recv().expect("answered").expect("stored").next, Some(7));
    });
    assert_eq!(texts(&spool, &a), ["1", "2", "3", "4", "5", "6"]);
    let mut options = options(&dir.path().join(""));
    options.early_max = Duration::from_millis(1);
    drop(spool);
    let spool = open_with(&options);
    assert_eq!(store(&spool, offered(&a, offer(9, 1))), Err(NotStored::Early(7)), "nobody waits for ever");
}

/// One message for `lane` that may be stored once, as `id`.
fn once(lane: &Lane, text: &str, id: u8) -> Submission {
    let mut submission = submission(&[(lane, text)]);
    submission.messages[0].once = Some(Once { id: [id; 32], sent_at: SystemTime::now() });
    submission
}

#[test]
fn what_may_be_stored_once_is_stored_once_also_when_a_kill_left_the_memory_untold() {
    let dir = tempfile::tempdir().expect("a directory");
    let a = queue("a");
    let refused = |stored: Result<Stored, NotStored>| stored.expect("answered").refused;
    let replayed = vec![(0, Verdict::Replayed)];
    {
        let spool = open(dir.path());
        assert_eq!(refused(store(&spool, once(&a, "one", 1))), []);
        assert_eq!(refused(store(&spool, once(&a, "one", 1))), replayed);
        let mut twice = submission(&[(&a, "two"), (&a, "plain"), (&a, "two"), (&a, "plain")]);
        twice.messages[0].once = once(&a, "", 2).messages[0].once;
        twice.messages[2].once = twice.messages[0].once;
        assert_eq!(refused(store(&spool, twice)), [(2, Verdict::Replayed)]);
    }
    // As if the process had been killed between the two writes.
    fs::remove_dir_all(dir.path().join("spool/replay")).expect("removed");
    {
        let spool = open(dir.path());
        assert_eq!(texts(&spool, &a), ["one", "two", "plain", "plain"]);
        assert_eq!(refused(store(&spool, once(&a, "one", 1))), replayed);
        spool.done(&a, u64::MAX);
    }
    // And when the segment is gone, the memory alone knows.
    for segment in segments(dir.path()) {
        fs::remove_file(segment).expect("removed");
    }
    let spool = open(dir.path());
    assert_eq!(refused(store(&spool, once(&a, "two", 2))), replayed);
    assert_eq!(texts(&spool, &a), Vec::<String>::new());
}

#[test]
fn what_was_not_stored_may_come_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let a = queue("a");
    let mut options = options(dir.path());
    options.bytes_max = 4096;
    let spool = open_with(&options);
    let large = "x".repeat(4096);
    assert!(matches!(store(&spool, once(&a, &large, 1)), Err(NotStored::NoRoom(_))));
    assert_eq!(store(&spool, once(&a, "small", 1)).expect("room").refused, []);
    assert_eq!(texts(&spool, &a), ["small"]);
}

#[test]
fn a_drain_that_was_interrupted_is_remembered_in_its_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let (a, b) = (host("a"), host("b"));
    let spool = open(dir.path());
    assert_eq!(spool.last_drain(), None);
    let drained = Submission { drained: true, ..submission(&[(&a, "1"), (&b, "2"), (&a, "3"), (&b, "4")]) };
    let drain = store(&spool, drained).expect("stored").drain;
    spool.taken(drain, 1).expect("noted");
    drop(spool);
    let spool = open(dir.path());
    let last = spool.last_drain().expect("a drain");
    assert_eq!((last.drain, last.taken), (drain, 1));
    assert_eq!(last.messages, [b"1", b"2", b"3", b"4"]);
    spool.done(&a, 3);
    spool.done(&b, 3);
    drop(spool);
    let spool = open(dir.path());
    assert_eq!(spool.last_drain().expect("also when all of it was delivered").messages.len(), 4);
    spool.taken(drain, 4).expect("noted");
    drop(spool);
    assert_eq!(open(dir.path()).last_drain(), None, "it was finished");
}

#[test]
fn messages_move_to_another_lane_or_stay() {
    let dir = tempfile::tempdir().expect("a directory");
    let (a, dead) = (host("a"), Lane::Dead("too old".into()));
    let spool = open(dir.path());
    store(&spool, submission(&[(&a, "1"), (&a, "2")])).expect("stored");
    let moved = Submission { done: Some((a.clone(), 2)), ..submission(&[(&dead, "1")]) };
    store(&spool, moved).expect("stored");
    drop(spool);
    let spool = open(dir.path());
    assert_eq!(texts(&spool, &a), ["2"]);
    assert_eq!(texts(&spool, &dead), ["1"]);
}

#[test]
fn a_spool_is_for_one_process_and_one_user() {
    let dir = tempfile::tempdir().expect("a directory");
    let _spool = open(dir.path());
    let error = Spool::open(&options(dir.path()), Box::new(|_| {})).expect_err("it is open");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    let open_to_all = dir.path().join("open");
    fs::create_dir(&open_to_all).expect("made");
    fs::set_permissions(&open_to_all, std::os::unix::fs::PermissionsExt::from_mode(0o777)).expect("opened");
    let error = Spool::open(&SpoolOptions::new(&open_to_all), Box::new(|_| {})).expect_err("others may write");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let error = Spool::open(&SpoolOptions::new(dir.path().join("no/where")), Box::new(|_| {})).expect_err("no parent");
    assert!(error.to_string().contains("does not exist"), "{error}");
}

/// Random stores, deliveries and restarts, compared with what a simple list says.
#[test]
fn whatever_happens_nothing_is_lost_doubled_or_out_of_order() {
    use proptest::prelude::*;
    let steps = prop::collection::vec((0..4_u8, 0..3_usize, 1..5_u64), 1..60);
    let cases = nuncio_conformance::scale::choose(24, 2_000);
    proptest!(ProptestConfig::with_cases(cases), |(steps in steps)| {
        let dir = tempfile::tempdir().expect("a directory");
        let lanes = [host("a"), queue("b"), Lane::Dead("c".into())];
        let mut options = options(dir.path());
        options.segment_bytes = 300;
        let mut spool = open_with(&options);
        let mut expected: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let mut count = 0;
        for (step, lane, amount) in steps {
            match step {
                0 | 1 => {
                    let texts: Vec<String> = (0..amount).map(|more| (count + more).to_string()).collect();
                    count += amount;
                    let other = (lane + 1) % 3;
                    let messages: Vec<_> = texts
                        .iter()
                        .enumerate()
                        .map(|(at, text)| (&lanes[if at % 2 == 0 { lane } else { other }], text.as_str()))
                        .collect();
                    store(&spool, submission(&messages)).expect("stored");
                    for (at, text) in texts.into_iter().enumerate() {
                        expected.entry(if at % 2 == 0 { lane } else { other }).or_default().push(text);
                    }
                }
                2 => {
                    let waiting = expected.entry(lane).or_default();
                    let amount = usize::try_from(amount).expect("small").min(waiting.len());
                    if let Some((_, first)) = spool.stream(&lanes[lane]) {
                        spool.done(&lanes[lane], first + amount as u64);
                        waiting.drain(..amount);
                    }
                }
                _ => {
                    drop(spool);
                    spool = open_with(&options);
                }
            }
            for (at, lane) in lanes.iter().enumerate() {
                prop_assert_eq!(&texts(&spool, lane), expected.entry(at).or_default());
            }
        }
    });
}
