//! SIGTERM and SIGINT end a command in order.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::place::{Place, Running, next_line, run, wait_for};

#[test]
fn following_ends_with_0_and_takes_nothing_more() {
    for signal in [Signal::TERM, Signal::INT] {
        let place = Place::new();
        let queue = place.queue("q");
        let mut recv = Running::start(place.verb(&["recv", "q", "--follow", "--bare"]).stdout(Stdio::piped()));
        let mut lines = recv.lines();
        for number in 0..3 {
            queue.send(&json!({ "n": number })).unwrap();
            assert_eq!(next_line(&mut lines), format!("{{\"n\":{number}}}"));
        }
        recv.signal(signal);
        assert_eq!(recv.end().code(), Some(0));
        queue.send(&json!({ "n": 3 })).unwrap();
        assert_eq!(place.messages("q"), 1);
    }
}

#[test]
fn a_message_that_nobody_reads_is_kept() {
    let place = Place::new();
    let queue = place.queue("q");
    // More than a pipe holds.
    let large = json!({ "text": "x".repeat(1 << 20) });
    let mut command = place.verb(&["recv", "q", "--follow"]);
    let recv = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
    queue.send(&large).unwrap();
    wait_for(|| (place.messages("q") == 0).then_some(()));
    recv.signal(Signal::TERM);
    assert_eq!(recv.end().code(), Some(0));
    assert_eq!(run(&mut place.verb(&["recv", "q", "--bare"])).printed(), format!("{large}\n"));
}

#[test]
fn a_wait_for_one_message_ends_by_the_signal() {
    let place = Place::new();
    let recv = Running::start(&mut place.verb(&["recv", "q"]));
    wait_for(|| place.registry().exists("q").unwrap().then_some(()));
    recv.signal(Signal::TERM);
    assert_eq!(recv.end().signal(), Some(Signal::TERM.as_raw()));
}

#[test]
fn a_send_that_waits_for_room_leaves_nothing_behind() {
    let place = Place::new();
    let queue = place.queue("q");
    while queue.try_send(&json!({ "text": "x".repeat(500) })).is_ok() {}
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(5000));
    let send = Running::start(&mut place.verb(&["send", "q", &large]));
    wait_for(|| (!place.files("spill").is_empty()).then_some(()));
    send.signal(Signal::TERM);
    assert_eq!(send.end().signal(), Some(Signal::TERM.as_raw()));
    assert!(place.files("spill").is_empty());
}

#[test]
fn sending_lines_ends_when_all_that_was_read_is_sent() {
    let place = Place::new();
    let queue = place.queue("q");
    let mut send = Running::start(place.verb(&["send", "q", "--lines", "-"]).stdin(Stdio::piped()));
    let mut input = send.child.stdin.take().unwrap();
    input.write_all(b"one\ntwo\n").unwrap();
    for line in ["one", "two"] {
        assert_eq!(queue.recv::<Value>().unwrap(), json!({ "line": line }));
    }
    send.signal(Signal::TERM);
    assert_eq!(send.end().code(), Some(0));
    drop(input);
}
