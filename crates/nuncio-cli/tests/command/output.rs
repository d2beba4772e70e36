//! Nobody reads the output, or it cannot be written: nothing is lost.

use std::fs::File;
use std::process::Stdio;

use serde_json::json;

use crate::place::{Place, Running, next_line, run};

#[test]
fn nothing_is_taken_when_nobody_reads_the_output() {
    let place = Place::new();
    place.queue("q").send(&json!({ "a": 1 })).unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert!(Running::start(place.verb(&["recv", "q"]).stdout(writer)).end().success());
    assert_eq!(place.messages("q"), 1);
}

#[test]
fn a_reader_that_goes_ends_the_wait() {
    let place = Place::new();
    place.queue("q").send(&json!({ "a": 1 })).unwrap();
    let mut recv = Running::start(place.verb(&["recv", "q", "--follow", "--bare"]).stdout(Stdio::piped()));
    let mut lines = recv.lines();
    assert_eq!(next_line(&mut lines), "{\"a\":1}");
    drop(lines);
    assert!(recv.end().success());
    place.queue("q").send(&json!({ "a": 2 })).unwrap();
    assert_eq!(place.messages("q"), 1);
}

#[test]
fn what_was_taken_and_could_not_be_written_is_what_the_next_reader_gets_first() {
    let place = Place::new();
    let large = "x".repeat(10_000);
    place.queue("q").send(&json!({ "first": large })).unwrap();
    place.queue("q").send(&json!({ "second": 2 })).unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut recv = Running::start(place.verb(&["recv", "q", "--follow"]).stdout(full).stderr(Stdio::piped()));
    let told = std::io::read_to_string(recv.child.stderr.take().unwrap()).unwrap();
    assert_eq!(recv.end().code(), Some(1));
    assert!(told.starts_with("nuncio: the last message of \"q\" could not be written; it is kept in"), "{told}");
    assert!(told.contains("nuncio: write to standard output: No space left on device"), "{told}");
    assert_eq!(place.messages("q"), 1);

    let printed = run(&mut place.verb(&["recv", "q", "--count", "2", "--bare"])).printed();
    assert_eq!(printed, format!("{{\"first\":\"{large}\"}}\n{{\"second\":2}}\n"));
}

#[test]
fn lists_are_quiet_on_a_closed_pipe() {
    let place = Place::new();
    place.queue("q");
    for verb in [&["list"][..], &["list", "--json"], &["stat"], &["stat", "q", "--json"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Running::start(place.verb(verb).stdout(writer).stderr(Stdio::piped()));
        let told = std::io::read_to_string(command.child.stderr.take().unwrap()).unwrap();
        assert!(command.end().success() && told.is_empty(), "{verb:?}: {told}");
    }
}
