//! Processes killed at the worst moments: at each named point of the sources, and anywhere under load.
//!
//! What may stay behind is a draft of a queue file, a spill file that nobody will fetch and a lock whose holder is known
//! to be dead. None of them may be in anybody's way.
#![cfg(feature = "crash-points")]

mod support;

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use nuncio_conformance::scale;
use nuncio_queue::Queue;

use self::support::child::{Child, Part};
use self::support::letter::{Letter, Record};
use self::support::{Place, watched};

const SMALL_BYTES: usize = 100;
/// Goes through a spill file.
const LARGE_BYTES: usize = 6000;
const QUEUE: &str = "jobs";

/// A crash point of the sources, and what is there after a process was killed at it.
struct Point {
    name: &'static str,
    /// What the process was about to do.
    part: &'static str,
    /// The files in the registry; random parts are cut off.
    files: &'static [&'static str],
    spill_files: usize,
    messages: u64,
}

const POINTS: [Point; 9] = [
    Point { name: "queue-file-drafted", part: "create new", files: &[".new-", QUEUE], spill_files: 1, messages: 1 },
    Point {
        name: "registry-locked",
        part: "create new",
        files: &[".lock", ".new-", QUEUE],
        spill_files: 1,
        messages: 1,
    },
    Point {
        name: "queue-file-published",
        part: "create new",
        files: &[".lock", QUEUE, "new"],
        spill_files: 1,
        messages: 1,
    },
    Point { name: "kernel-queue-removed", part: "remove jobs", files: &[".lock", QUEUE], spill_files: 1, messages: 0 },
    Point { name: "spill-file-made", part: "send jobs", files: &[QUEUE], spill_files: 2, messages: 1 },
    Point { name: "spill-file-written", part: "send jobs", files: &[QUEUE], spill_files: 2, messages: 1 },
    Point { name: "message-sent", part: "send jobs", files: &[QUEUE], spill_files: 2, messages: 2 },
    Point { name: "message-taken", part: "receive jobs", files: &[QUEUE], spill_files: 1, messages: 0 },
    Point { name: "spill-file-read", part: "receive jobs", files: &[QUEUE], spill_files: 0, messages: 0 },
];

/// Crash points that `sealed_crashes.rs` tests.
const POINTS_OF_SEALING: [&str; 3] = ["keyring-written", "replay-compacted", "replay-compacting"];

/// Not a test: what the other tests run in a process of its own.
#[test]
#[ignore = "the other tests run it as a child"]
fn child_process() {
    let Some(part) = Part::of_this_process() else { return };
    match part.role() {
        "create" => drop(part.queue(0)),
        "remove" => part.registry().remove(part.word(0)).expect("there"),
        "send" => part.queue(0).send(&Letter::new(2, 0, LARGE_BYTES)).expect("room"),
        "receive" => drop(Letter::receive(&part.queue(0))),
        "use" => use_as_new(&part),
        "write" => write_until_told(&part),
        "write-last" => write_last(&part),
        "read" => read(&part),
        role => panic!("no child plays {role:?}"),
    }
}

/// Takes the messages that are there, and then uses an old and a new name as if nothing had happened.
fn use_as_new(part: &Part) {
    let old = part.queue(0);
    (0..part.number(1)).for_each(|_| drop(Letter::receive(&old)));
    for queue in [old, part.queue(2)] {
        for bytes in [SMALL_BYTES, LARGE_BYTES] {
            let letter = Letter::new(3, 0, bytes);
            queue.try_send(&letter).expect("room");
            assert_eq!(Letter::receive(&queue), letter);
        }
        assert!(queue.try_recv::<Letter>().expect("readable").is_none(), "nothing else is there");
    }
}

#[test]
fn after_a_crash_at_any_point_everything_works_and_nothing_torn_is_there() {
    for point in &POINTS {
        watched(point.name, || {
            let place = Place::new();
            let queue = place.queue(QUEUE);
            queue.send(&Letter::new(1, 0, LARGE_BYTES)).expect("room");
            Child::start_doomed(&place, point.part, point.name).dies();
            assert_eq!(files_without_random_parts(&place), point.files, "after {}", point.name);
            assert_eq!(place.spilled().len(), point.spill_files, "after {}", point.name);
            let registry = place.registry();
            let stats = registry.stats().expect("nothing half written is in the way");
            let jobs = stats.iter().find(|stat| stat.name.as_str() == QUEUE).expect("it has stayed");
            assert_eq!(jobs.messages, point.messages, "after {}", point.name);
            Child::start(&place, &format!("use {QUEUE} {} new", point.messages)).finish();
            let names: Vec<_> = registry.names().expect("readable").iter().map(ToString::to_string).collect();
            assert_eq!(names, [QUEUE, "new"]);
        });
    }
}

/// The lock that a dead process has left must not cost the three seconds that one of unknown origin does: so many
/// in a row would take longer than the watchdog waits.
#[test]
fn a_lock_whose_holder_was_killed_keeps_nobody_waiting() {
    const CRASHES: usize = 30;
    nuncio_conformance::within(support::PATIENCE, "dead holders of the lock", || {
        let place = Place::new();
        for crash in 0..CRASHES {
            Child::start_doomed(&place, &format!("create a-{crash}"), "registry-locked").dies();
            assert!(place.files().contains(&".lock".to_owned()));
            place.queue(&format!("b-{crash}"));
            assert!(!place.files().contains(&".lock".to_owned()));
        }
    });
}

#[test]
fn every_crash_point_of_the_sources_is_tested() {
    let mut found = Vec::new();
    find_points(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    let names = POINTS.iter().map(|point| point.name).chain(POINTS_OF_SEALING);
    let mut tested: Vec<_> = names.map(str::to_owned).collect();
    tested.sort();
    assert_eq!(found, tested);
}

fn find_points(directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).expect("the sources") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            find_points(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        found.extend(text.split("crash::point(\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
    }
}

fn files_without_random_parts(place: &Place) -> Vec<String> {
    let cut = |name: String| if name.starts_with(".new-") { ".new-".to_owned() } else { name };
    place.files().into_iter().map(cut).collect()
}

/// How many calls a process has begun and ended, in a file, so that it can be read after the process was killed: odd while
/// it is in a call.
struct Progress(File);

impl Progress {
    fn open(path: &Path) -> Self {
        Self(File::options().read(true).write(true).create(true).truncate(false).open(path).expect("opens"))
    }

    fn get(&self) -> u64 {
        let mut word = [0; 8];
        let read = self.0.read_at(&mut word, 0).expect("readable");
        if read == 0 { 0 } else { u64::from_ne_bytes(word) }
    }

    fn set(&self, steps: u64) {
        self.0.write_all_at(&steps.to_ne_bytes(), 0).expect("room for a word");
    }

    /// Runs `call`, which is number `number`.
    fn count<T>(&self, number: u64, call: impl FnOnce() -> T) -> T {
        self.set(2 * number + 1);
        let result = call();
        self.set(2 * number + 2);
        result
    }
}

/// Every eighth letter goes through a spill file.
fn mixed_letter(writer: u64, number: u64) -> Letter {
    Letter::new(writer as u32, number, if number % 8 == 7 { LARGE_BYTES } else { SMALL_BYTES })
}

fn write(queue: &Queue, writer: u64, number: u64) {
    queue.send(&mixed_letter(writer, number)).expect("room");
}

/// Writes until the parent says something, and says how many letters there were.
fn write_until_told(part: &Part) {
    let (queue, progress) = (part.queue(0), Progress::open(&part.file(part.word(2))));
    let sent = (0..).find(|number| {
        progress.count(*number, || write(&queue, part.number(1), *number));
        part.was_told()
    });
    part.say(&(sent.expect("told at some time") + 1).to_string());
}

/// Writes some letters, and one that ends the reader.
fn write_last(part: &Part) {
    let queue = part.queue(0);
    (0..part.number(2)).for_each(|number| write(&queue, part.number(1), number));
    queue.send(&Letter::last()).expect("room");
}

/// Notes every letter until the last one.
fn read(part: &Part) {
    let (queue, progress) = (part.queue(0), Progress::open(&part.file(part.word(1))));
    let mut record = Record::create(&part.file(part.word(2)));
    for number in 0.. {
        let letter = progress.count(number, || Letter::receive(&queue));
        if letter.is_last() {
            return;
        }
        record.note(&letter);
    }
}

/// A writer and a reader under load, of which one is killed; the other and a fresh one then do the rest.
struct Round<'a> {
    place: &'a Place,
    number: u64,
}

/// So many letters are sent after the crash.
const AFTERWARDS: u64 = 20;

impl Round<'_> {
    fn name(&self, what: &str) -> String {
        format!("{what}-{}", self.number)
    }

    fn path(&self, what: &str) -> PathBuf {
        self.place.path().join(self.name(what))
    }

    /// The writer before the crash; the one after it has the next number.
    const fn writer(&self) -> u64 {
        2 * self.number
    }

    fn start_writer(&self) -> Child {
        Child::start(self.place, &format!("write {QUEUE} {} {}", self.writer(), self.name("written")))
    }

    fn start_reader(&self, record: &str) -> Child {
        Child::start(
            self.place,
            &format!("read {QUEUE} {} {}", self.name(&format!("read-{record}")), self.name(record)),
        )
    }

    fn write_last(&self) {
        Child::start(self.place, &format!("write-last {QUEUE} {} {AFTERWARDS}", self.writer() + 1)).finish();
    }

    /// Kills `victim` at a random moment after it began, and gives the steps that it had made.
    fn kill(&self, victim: Child, progress: &str) -> u64 {
        let progress = Progress::open(&self.path(progress));
        let enough = 1 + RandomState::new().hash_one(self.number) % 400;
        while progress.get() < enough {
            std::thread::yield_now();
        }
        victim.kill();
        progress.get()
    }

    /// True if the writer was killed in the middle of a send.
    fn kill_writer(&self) -> bool {
        let (writer, reader) = (self.start_writer(), self.start_reader("record"));
        let steps = self.kill(writer, "written");
        self.write_last();
        reader.finish();
        let (before, after) = self.received(&["record"]);
        let (sent, in_call) = (steps / 2, steps % 2);
        assert!((sent..=sent + in_call).contains(&(before.len() as u64)), "{sent} sent, {} received", before.len());
        assert!((0..before.len() as u64).eq(before) && (0..AFTERWARDS).eq(after), "in order, none lost, none doubled");
        in_call == 1
    }

    /// True if the reader was killed in the middle of a receive.
    fn kill_reader(&self) -> bool {
        let (mut writer, victim) = (self.start_writer(), self.start_reader("record"));
        let steps = self.kill(victim, "read-record");
        let reader = self.start_reader("second-record");
        writer.tell("stop");
        let sent: u64 = writer.hear().parse().expect("a number");
        writer.finish();
        self.write_last();
        reader.finish();
        let (before, after) = self.received(&["record", "second-record"]);
        assert!(before.is_sorted_by(|a, b| a < b), "in order, none doubled");
        assert!(before.len() as u64 + 1 >= sent, "{sent} sent, {} received: more is lost than one", before.len());
        assert!((0..AFTERWARDS).eq(after), "in order, none lost, none doubled");
        steps % 2 == 1
    }

    /// The numbers of the letters in `records`: those of the writer before the crash, then those of the one after it.
    fn received(&self, records: &[&str]) -> (Vec<u64>, Vec<u64>) {
        let letters: Vec<_> = records.iter().flat_map(|record| Record::read(&self.path(record))).collect();
        let of = |wanted| letters.iter().filter(|(writer, _)| *writer == wanted).map(|(_, number)| *number).collect();
        let (before, after): (Vec<_>, Vec<_>) = (of(self.writer()), of(self.writer() + 1));
        assert_eq!(before.len() + after.len(), letters.len(), "letters of another round");
        (before, after)
    }
}

#[test]
fn killed_under_load_nobody_leaves_the_queue_unusable_or_a_message_torn() {
    let rounds = scale::choose(10, 500);
    let (hits, orphans) = watched("kill -9 under load", move || {
        let place = Place::new();
        let queue = place.queue(QUEUE);
        let mut hits = 0;
        for number in 0..rounds {
            let round = Round { place: &place, number };
            let hit = if number % 2 == 0 { round.kill_writer() } else { round.kill_reader() };
            hits += u64::from(hit);
            assert_eq!(queue.stat().expect("there").messages, 0);
        }
        assert_eq!(place.files(), [QUEUE], "nothing is left in the registry");
        (hits, place.spilled().len())
    });
    scale::report(&format!(
        "queue, kill -9 under load: {rounds} rounds, {hits} in the middle of a send or receive, {orphans} spill files left \
         behind"
    ));
    assert!(hits >= scale::choose(1, rounds / 2 + 1), "{hits} of {rounds} rounds hit anything");
    assert!(orphans as u64 <= hits, "at most one for each call that was cut short");
}
