//! A process that is killed at each place that matters: nobody hangs, no message is torn, its name is free at once and
//! nobody removes anything by hand.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use nuncio_bus::wire::info::Protocol;
use nuncio_bus::{Bus, Peer};
use nuncio_conformance::scale;
use nuncio_core::ErrorKind;

use crate::support::{on, start};

const PROTOCOLS: [Protocol; 5] =
    [Protocol::AtomicPipe, Protocol::ConnectionUnix, Protocol::JsonFile, Protocol::MessageFiles, Protocol::UnixSocket];
const CRASH_AT: &str = "NUNCIO_CRASH_AT";
const SIGKILL: i32 = 9;

/// The places that a process passes on any medium in a directory: as it comes, and as it goes.
const OF_ROUTES: &[&str] = &["arrive-marked", "arrive-announced", "leave-account", "leave-hidden"];

fn points(protocol: Protocol) -> Vec<&'static str> {
    let own: &[&str] = match protocol {
        Protocol::AtomicPipe => &["fifo-part"],
        Protocol::ConnectionUnix => &["stream-connected", "stream-greeted", "stream-part"],
        Protocol::JsonFile => &["jsonfile-copied", "jsonfile-truncated", "jsonfile-half", "jsonfile-written"],
        Protocol::MessageFiles => {
            &["files-made", "files-written", "files-stored", "files-read", "files-removed", "suspend-account"]
        }
        _ => &[],
    };
    match protocol {
        Protocol::JsonFile => own.to_vec(),
        _ => [OF_ROUTES, own].concat(),
    }
}

/// How long a message is that crosses in several pieces where there are any.
fn large(bus: &Bus) -> usize {
    if bus.info().protocol == Protocol::ConnectionUnix { 500_000 } else { 60_000 }
}

/// What the process does that is killed: it comes, sends, receives, puts back and goes.
pub(crate) fn live(bus: &Bus, name: &str) {
    let mut peer = bus.connect(name).expect("free");
    for number in 0..3 {
        peer.send("watcher", &(number, "")).expect("it is there");
    }
    peer.send("watcher", &(3, "x".repeat(large(bus)))).expect("it is there");
    let message = peer.recv_timeout(Duration::from_secs(60)).expect("in order").expect("the watcher has written");
    peer.requeue(message).map_err(|failed| failed.error).expect("put back");
    if std::env::var(CRASH_AT).is_ok_and(|point| point.starts_with("suspend")) {
        peer.suspend(None).map_err(|failed| failed.error).expect("files keep messages");
    } else {
        peer.close().expect("in order");
    }
}

/// Reads what the victim has sent, with its number `next`; of a message that it did not finish there may be a fault. False
/// if there is nothing now.
fn read_one(watcher: &mut Peer, bus: &Bus, next: &mut u32, point: &str) -> bool {
    match watcher.recv_timeout(Duration::from_millis(10)) {
        Ok(Some(message)) => {
            let (number, filler): (u32, String) = message.content().expect("a pair");
            let expected = if number == 3 { large(bus) } else { 0 };
            assert_eq!((number, filler.len()), (*next, expected), "killed at {point}");
            *next += 1;
            true
        }
        Ok(None) => false,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Corrupt, "killed at {point}: {}", error.chain());
            true
        }
    }
}

/// The victim has been killed: its name is free, and can be sent to.
fn check_name(bus: &Bus, watcher: &Peer, point: &str) {
    assert!(!bus.is_active("victim").expect("looked up"), "killed at {point}: it counts as there");
    let mut next = bus.connect("victim").unwrap_or_else(|error| panic!("killed at {point}: {}", error.chain()));
    watcher.send("victim", &"again").expect("it is there");
    // What the victim had put back for itself, before it went, is not lost.
    while next.recv().expect("it came").content::<String>().expect("a text") != "again" {}
    next.close().expect("in order");
}

fn kill_at(bus: &Bus, watcher: &mut Peer, point: &str) {
    let mut victim = start(bus, "lives", "victim", &[(CRASH_AT, point)]);
    let _input = victim.stdin.take();
    let (mut next, mut has_written) = (0, false);
    let status = loop {
        has_written =
            has_written || bus.is_active("victim").expect("looked up") && watcher.try_send("victim", &"hello").is_ok();
        let has_read = read_one(watcher, bus, &mut next, point);
        match victim.try_wait().expect("it was started") {
            Some(status) if !has_read => break status,
            _ => {}
        }
    };
    assert_eq!(status.signal(), Some(SIGKILL), "it does not pass {point}: {status}");
}

#[test]
fn a_process_that_is_killed_anywhere_leaves_nothing_in_the_way() {
    std::thread::scope(|scope| {
        for protocol in PROTOCOLS {
            scope.spawn(move || {
                on(protocol, "crash points", move |bus| {
                    let mut watcher = bus.connect("watcher").expect("free");
                    for point in points(protocol) {
                        kill_at(&bus, &mut watcher, point);
                        check_name(&bus, &watcher, point);
                    }
                    scale::report(&format!("{protocol:?}: killed at {} places", points(protocol).len()));
                });
            });
        }
    });
}

#[test]
fn a_process_that_is_killed_while_it_tidies_up_after_another_leaves_the_rest_to_the_next() {
    for protocol in PROTOCOLS.into_iter().filter(|protocol| *protocol != Protocol::JsonFile) {
        on(protocol, "tidying up", |bus| {
            let mut watcher = bus.connect("watcher").expect("free");
            // Whoever comes after one who was killed while he was there clears his entry.
            kill_at(&bus, &mut watcher, "leave-account");
            kill_at(&bus, &mut watcher, "clear-entry");
            check_name(&bus, &watcher, "clear-entry");
        });
    }
}
