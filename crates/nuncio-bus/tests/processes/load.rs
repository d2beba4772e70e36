//! Eight writers and one reader: each message comes once, and each writer's in its order.

use std::collections::HashMap;
use std::time::Duration;

use nuncio_bus::Bus;
use nuncio_bus::wire::info::Protocol;
use nuncio_conformance::scale;

use crate::support::{on, start};

const WRITERS: usize = 8;

/// How many messages each writer sends.
fn each(protocol: Protocol) -> u64 {
    match protocol {
        // The whole file is written for each of them.
        Protocol::JsonFile => scale::choose(10, 250),
        _ => scale::choose(250, 25_000),
    }
}

/// What a writer does.
pub(crate) fn send(bus: &Bus, name: &str) {
    let peer = bus.connect(name).expect("free");
    for number in 0..each(bus.info().protocol) {
        // Of several sizes: some messages cross in several pieces.
        let filler = "x".repeat(if number % 50 == 49 { 9000 } else { (number % 7 * 30) as usize });
        peer.send("reader", &(number, filler)).expect("the reader is there");
    }
    peer.close().expect("in order");
}

fn play(protocol: Protocol) {
    on(protocol, "eight writers", move |bus| {
        let mut reader = bus.connect("reader").expect("free");
        let names: Vec<String> = (0..WRITERS).map(|number| format!("writer{number}")).collect();
        let mut writers: Vec<_> = names.iter().map(|name| start(&bus, "sends", name, &[])).collect();
        let mut next: HashMap<String, u64> = names.iter().map(|name| (name.clone(), 0)).collect();
        let total = each(protocol) * WRITERS as u64;
        for _ in 0..total {
            let message = reader.recv().expect("nothing is wrong");
            let (number, _): (u64, String) = message.content().expect("a pair");
            let expected = next.get_mut(message.from()).expect("one of the writers");
            assert_eq!(number, *expected, "{}", message.from());
            *expected += 1;
        }
        // Whoever waits for a process closes its input, by which it would end.
        let _inputs: Vec<_> = writers.iter_mut().map(|writer| writer.stdin.take()).collect();
        for mut writer in writers {
            assert!(writer.wait().expect("a writer").success());
        }
        assert!(reader.try_recv().expect("nothing is wrong").is_none(), "one came twice");
        reader.close().expect("in order");
        let report = bus.shutdown(Duration::from_secs(20)).expect("the bus ends");
        assert_eq!(report.differences, []);
        scale::report(&format!(
            "{protocol:?}: {WRITERS} writers and one reader, {total} messages, each once and in order"
        ));
    });
}

#[test]
fn fifo() {
    play(Protocol::AtomicPipe);
}

#[test]
fn files() {
    play(Protocol::MessageFiles);
}

#[test]
fn jsonfile() {
    play(Protocol::JsonFile);
}

#[test]
fn stream() {
    play(Protocol::ConnectionUnix);
}

#[test]
fn unix() {
    play(Protocol::UnixSocket);
}
