//! Messages that lie about themselves, and large ones: a file that a message names is believed only under all the rules,
//! and otherwise left alone.

mod support;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nuncio_core::Limits;
use nuncio_queue::{Error, ErrorKind, Queue};
use nuncio_sys::process::effective_user;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use self::support::letter::Letter;
use self::support::warnings::with_warnings;
use self::support::{Place, inject, kernel_queue, refused, watched};

/// The form that a spill file's name has.
const NAME: &str = "abcdefghi_.transit";
const LARGE_BYTES: usize = 6000;

/// A place with a queue and a spill directory.
fn start() -> (Place, Queue) {
    let place = Place::new();
    std::fs::create_dir(place.spill()).expect("made");
    let queue = place.queue("jobs");
    (place, queue)
}

/// The text in front of the payload of a message that names `file`.
fn front_naming(file: &Path) -> String {
    let header = format!("l=2,f={}", file.display());
    format!("{}:{header}", header.len())
}

/// Writes a file that belongs to the message that names it as `named`.
fn write_spilled(file: &Path, named: &Path) {
    std::fs::write(file, front_naming(named) + "{}").expect("written");
}

/// Receives a message that names `file` and must be refused; it comes back with the error, and the queue goes on.
fn receive_naming(queue: &Queue, file: &Path, kind: ErrorKind, reason: &str) {
    inject(queue, front_naming(file).as_bytes());
    let failed = queue.recv::<Letter>().expect_err("not believed");
    let message = failed.message.expect("it was taken");
    assert_eq!(message.header("f"), file.to_str());
    let directory = file.parent().and_then(Path::to_str).unwrap_or_default();
    refused::<(), _>(Err(failed.error), kind, &["receive from \"jobs\"", directory, reason]);
    let next = Letter::new(1, 1, 10);
    queue.try_send(&next).expect("room");
    assert_eq!(Letter::receive(queue), next);
}

#[test]
fn a_file_that_keeps_all_rules_is_fetched_and_removed() {
    let (place, queue) = start();
    let file = place.spill().join(NAME);
    write_spilled(&file, &file);
    inject(&queue, front_naming(&file).as_bytes());
    assert_eq!(queue.raw().recv().expect("fetched").payload(), b"{}");
    assert!(!file.exists());
}

#[test]
fn a_path_that_is_not_directly_in_the_spill_directory_is_refused() {
    let (place, queue) = start();
    let (outside, below) = (place.path().join("outside"), place.spill().join("below"));
    for directory in [&outside, &below] {
        std::fs::create_dir(directory).expect("made");
    }
    symlink(place.spill(), place.path().join("linked")).expect("made");
    let inside = place.spill().join(NAME);
    let spill = place.spill();
    for (named, stands_at) in [
        (outside.join(NAME), outside.join(NAME)),
        (spill.join("../outside").join(NAME), outside.join(NAME)),
        (below.join(NAME), below.join(NAME)),
        (below.join("..").join(NAME), inside.clone()),
        (spill.join("./below/..").join(NAME), inside.clone()),
        (place.path().join("linked").join(NAME), inside.clone()),
        (PathBuf::from(NAME), inside),
    ] {
        write_spilled(&stands_at, &named);
        receive_naming(&queue, &named, ErrorKind::PermissionDenied, "a spill file stands directly in");
        assert!(stands_at.exists(), "{named:?} was removed");
    }
}

#[test]
fn a_name_of_another_form_is_refused() {
    let (place, queue) = start();
    for name in
        ["short.transit", "abcdefghijk.transit", "abcdefghi-.transit", "abcdefghij", "abcdefghij.TRANSIT", "..", ""]
    {
        let file = place.spill().join(name);
        let is_file = name.len() > 2;
        if is_file {
            write_spilled(&file, &file);
        }
        receive_naming(&queue, &file, ErrorKind::PermissionDenied, "ten letters, digits or `_` and `.transit`");
        assert!(!is_file || file.exists(), "{file:?} was removed");
    }
}

#[test]
fn what_is_no_file_of_its_own_is_refused() {
    watched("a spill file that is a FIFO", || {
        let (place, queue) = start();
        let (file, victim) = (place.spill().join(NAME), place.path().join("victim"));
        write_spilled(&victim, &file);
        let refuse = |reason: &str| {
            receive_naming(&queue, &file, ErrorKind::PermissionDenied, reason);
            assert!(file.symlink_metadata().is_ok() && victim.exists(), "something was removed");
        };
        symlink(&victim, &file).expect("made");
        refuse("it is not a regular file");
        std::fs::remove_file(&file).expect("there");
        std::fs::hard_link(&victim, &file).expect("made");
        refuse("it has 2 names, a spill file has one");
        std::fs::remove_file(&file).expect("there");
        mknodat(CWD, &file, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("made");
        refuse("it is not a regular file");
        std::fs::remove_file(&file).expect("there");
        std::fs::create_dir(&file).expect("made");
        refuse("it is not a regular file");
    });
}

#[test]
fn a_file_of_another_message_a_missing_one_and_one_too_large_are_refused() {
    let place = Place::new();
    std::fs::create_dir(place.spill()).expect("made");
    let limits = Limits::default().with_payload_bytes_max(5000);
    let queue = place.builder().limits(limits).open().expect("opens").queue("jobs").expect("made");
    let (file, other) = (place.spill().join(NAME), place.spill().join("zyxwvutsr0.transit"));
    receive_naming(&queue, &file, ErrorKind::Corrupt, "it does not exist");
    for content in [front_naming(&other) + "{}", "{}".to_owned(), String::new()] {
        std::fs::write(&file, content).expect("written");
        receive_naming(&queue, &file, ErrorKind::Corrupt, "it does not begin with the header of its message");
        assert!(file.exists());
    }
    std::fs::write(&file, front_naming(&file) + &"x".repeat(5001)).expect("written");
    receive_naming(&queue, &file, ErrorKind::TooLarge, "payload is 5001 bytes, limit is 5000 bytes");
    assert!(file.exists());
}

#[test]
fn a_header_that_lies_is_an_error_that_has_the_message() {
    let (_place, queue) = start();
    for (text, reason) in [
        ("99:l=7", "it claims a header of 99 bytes and has 3 bytes after the colon"),
        ("3", "it claims a header of 3 bytes and has 0 bytes after the colon"),
        ("99999999999999999999:l=7", "more than 9 digits"),
        ("l=7", "it does not begin with the length of its header"),
        ("", "it does not begin with the length of its header"),
    ] {
        inject(&queue, text.as_bytes());
        let failed = queue.recv::<Letter>().expect_err("unreadable");
        assert_eq!(failed.message.expect("it was taken").payload(), text.as_bytes());
        refused::<(), _>(Err(failed.error), ErrorKind::Corrupt, &["read the message", "\"jobs\"", reason]);
    }
    inject(&queue, b"5:s=fun{}");
    let error = Error::from(queue.recv::<Letter>().expect_err("a codec that nobody has"));
    refused::<(), _>(Err(error), ErrorKind::Unsupported, &["\"jobs\"", "its codec \"fun\" cannot be read"]);
    let next = Letter::new(1, 1, 10);
    queue.try_send(&next).expect("room");
    assert_eq!(Letter::receive(&queue), next);
}

#[test]
fn somebody_elses_spill_directory_is_refused_and_small_messages_need_none() {
    let place = Place::new();
    let foreign = match effective_user() {
        0 => {
            std::fs::create_dir(place.spill()).expect("made");
            std::os::unix::fs::chown(place.spill(), Some(65534), None).expect("root may");
            place.spill()
        }
        _ => "/usr".into(),
    };
    let queue = place.builder().spill_directory(&foreign).open().expect("opens").queue("jobs").expect("made");
    let words = ["send to \"jobs\"", "open the spill directory", foreign.to_str().expect("text"), "it belongs to user"];
    refused(queue.send(&Letter::new(1, 0, LARGE_BYTES)), ErrorKind::PermissionDenied, &words);
    assert_eq!(queue.stat().expect("there").messages, 0);
    receive_naming(&queue, &foreign.join(NAME), ErrorKind::PermissionDenied, "open the spill directory");
}

#[test]
fn a_spill_directory_of_ours_that_others_can_write_to_is_accepted_with_a_warning() {
    let (place, queue) = start();
    std::fs::set_permissions(place.spill(), PermissionsExt::from_mode(0o777)).expect("ours");
    let letter = Letter::new(1, 0, LARGE_BYTES);
    let (sent, warnings) = with_warnings(|| queue.send(&letter));
    sent.expect("accepted");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("spill") && warnings[0].contains("0777"), "{warnings:?}");
    assert_eq!(Letter::receive(&queue), letter);
}

#[test]
fn a_spill_directory_that_no_header_can_name_is_refused() {
    let place = Place::new();
    for name in ["a,b", "a=b"] {
        let directory = place.path().join(name);
        let queue = place.builder().spill_directory(&directory).open().expect("opens").queue("jobs").expect("made");
        let words = ["send to \"jobs\"", name, "a header cannot hold `,` or `=`"];
        refused(queue.send(&Letter::new(1, 0, LARGE_BYTES)), ErrorKind::Misconfigured, &words);
        assert_eq!(std::fs::read_dir(directory).expect("made").count(), 0, "no file stays");
    }
}

#[test]
fn a_payload_above_the_limit_is_refused_with_both_numbers() {
    let (place, queue) = start();
    let limit = Limits::default().payload_bytes_max;
    let numbers = format!("payload is {} bytes, limit is {limit} bytes", limit + 1);
    refused(queue.raw().send(&vec![b'x'; limit + 1]), ErrorKind::TooLarge, &["\"jobs\"", &numbers]);
    assert_eq!(queue.stat().expect("there").messages, 0);
    assert_eq!(place.spilled(), [""; 0]);
}

#[test]
fn what_a_small_kernel_queue_can_never_hold_goes_through_a_file_or_is_refused() {
    watched("a queue of few bytes", || {
        let (place, queue) = start();
        let letter = Letter::new(1, 0, 1000);
        kernel_queue(&queue).set_capacity_bytes(500).expect("ours");
        let queue = place.queue("jobs");
        queue.send(&letter).expect("it goes through a file");
        assert_eq!(place.spilled().len(), 1);
        assert_eq!(Letter::receive(&queue), letter);
        kernel_queue(&queue).set_capacity_bytes(10).expect("ours");
        let queue = place.queue("jobs");
        refused(queue.send(&letter), ErrorKind::TooLarge, &["\"jobs\"", "bytes, limit is 10 bytes"]);
        assert_eq!(place.spilled(), [""; 0]);
    });
}

/// Nobody can tell this from a full queue but by asking the kernel for its capacity before each send: who lowered it
/// while others had the queue open has to raise it again.
#[test]
fn what_a_kernel_queue_can_no_longer_hold_counts_as_full() {
    watched("a queue that has shrunk", || {
        let (_place, queue) = start();
        let (letter, kernel) = (Letter::new(1, 0, 1000), kernel_queue(&queue));
        let capacity_bytes = kernel.stat().expect("there").capacity_bytes;
        kernel.set_capacity_bytes(500).expect("ours");
        refused(queue.try_send(&letter), ErrorKind::Full, &["send to \"jobs\""]);
        std::thread::scope(|scope| {
            let sender = scope.spawn(|| queue.send(&letter));
            kernel.set_capacity_bytes(capacity_bytes as usize).expect("ours");
            sender.join().expect("no panic").expect("there is room again");
        });
        assert_eq!(Letter::receive(&queue), letter);
    });
}
