//! Messages that are lent to peers of a bus.

use std::time::Duration;

use nuncio_bus::{Bus, BusGuard, Peer, answering};
use nuncio_conformance::within;
use nuncio_core::{ErrorKind, Take, Wait};

use crate::support::{PATIENCE, with_each_here};

const LONG: Duration = Duration::from_secs(3600);

/// On a bus of files, with the same bus for those to whom messages are lent.
fn on_files(what: &str, play: fn(&BusGuard, &Bus)) {
    within(PATIENCE, what, move || {
        let directory = tempfile::tempdir().expect("a directory");
        let guard = Bus::builder().driver("files").route(directory.path().join("bus")).create().expect("a bus");
        let lending = guard.with_lease(LONG).expect("files lend");
        assert_eq!((guard.capabilities().take, lending.capabilities().take), (Take::Destructive, Take::Leased));
        play(&guard, &lending);
        guard.shutdown(PATIENCE).expect("it ends");
    });
}

fn next(peer: &mut Peer) -> (String, u32) {
    let message = peer.recv().expect("it came");
    (message.content().expect("a text"), message.attempt())
}

#[test]
fn what_was_not_acknowledged_comes_again_to_whoever_comes_back() {
    on_files("leases and crashes", |bus, lending| {
        let (sender, mut reader) = (bus.connect("sender").expect("free"), lending.connect("reader").expect("free"));
        for text in ["a", "b", "c"] {
            sender.send("reader", &text).expect("it is there");
        }
        let first = reader.recv().expect("it came");
        assert!(reader.acknowledge(&first).expect("it is lent"));
        assert!(!reader.acknowledge(&first).expect("no error"), "it was acknowledged");
        assert_eq!(next(&mut reader), ("b".to_owned(), 1));
        reader.suspend(None).map_err(|failed| failed.error).expect("files keep messages");
        let mut reader = lending.reconnect("reader").expect("it comes back");
        assert_eq!(next(&mut reader), ("b".to_owned(), 2));
        let last = reader.recv().expect("it came");
        assert_eq!((last.content::<String>().expect("a text").as_str(), last.attempt()), ("c", 1));
        assert!(reader.extend_lease(&last, LONG).expect("it is lent"));
        let unread = reader.close().expect("it leaves").unread;
        let mut texts: Vec<String> = unread.iter().map(|message| message.content().expect("a text")).collect();
        texts.sort();
        assert_eq!(texts, ["b", "c"]);
    });
}

#[test]
fn what_is_given_back_or_put_back_comes_once_more() {
    on_files("giving back", |bus, lending| {
        let (sender, mut reader) = (bus.connect("sender").expect("free"), lending.connect("reader").expect("free"));
        sender.send("reader", &"a").expect("it is there");
        let message = reader.recv().expect("it came");
        assert!(reader.give_back(&message, Duration::ZERO).expect("it is lent"));
        assert!(!reader.give_back(&message, Duration::ZERO).expect("no error"), "it was given back");
        let message = reader.recv().expect("it comes again");
        reader.requeue(message).map_err(|failed| failed.error).expect("it is lent");
        let message = reader.recv().expect("it comes again");
        assert_eq!(message.attempt(), 3);
        assert!(reader.acknowledge(&message).expect("it is lent"));
        assert!(reader.try_recv().expect("nothing is wrong").is_none());
    });
}

#[test]
fn answers_and_what_a_service_has_seen_to_are_acknowledged() {
    on_files("requests under leases", |bus, lending| {
        let mut service = lending.service("echo").spawn(answering(|text: String| Ok(text))).expect("it starts");
        let mut asker = lending.connect("asker").expect("free");
        let other = bus.connect("other").expect("free");
        other.send("asker", &"between").expect("it is there");
        let answer = asker.request("echo", &"x", Some(PATIENCE)).expect("an answer");
        assert_eq!(answer.into_value::<String>().expect("a text"), "x");
        assert_eq!(
            service.request(&"y", Some(PATIENCE)).expect("an answer").into_value::<String>().expect("a text"),
            "y"
        );
        // What came meanwhile was lent, and nobody has had it.
        let left = asker.close().expect("it leaves").unread;
        assert_eq!(
            left.iter().map(|message| message.content::<String>().expect("a text")).collect::<Vec<_>>(),
            ["between"]
        );
        assert_eq!(service.stop().expect("it ends"), 0);
        // Otherwise its requests would come again.
        let mut plain = bus.connect("echo").expect("it has left");
        assert!(plain.recv_until(Wait::NOW).expect("nothing is wrong").is_none());
    });
}

#[test]
fn where_nothing_is_lent_nothing_can_be_acknowledged() {
    with_each_here("no leases", |bus| {
        let mut peer = bus.connect("peer").expect("free");
        peer.send("peer", &1).expect("it is there");
        let message = peer.recv().expect("it came");
        assert!(!message.is_lent());
        for done in
            [peer.acknowledge(&message), peer.give_back(&message, Duration::ZERO), peer.extend_lease(&message, LONG)]
        {
            assert_eq!(done.expect_err("it is not lent").kind(), ErrorKind::Unsupported);
        }
        let is_files = bus.info().protocol == nuncio_bus::wire::info::Protocol::MessageFiles;
        match bus.with_lease(LONG) {
            Ok(_) => assert!(is_files),
            Err(error) => assert!(!is_files && error.kind() == ErrorKind::Unsupported, "{error}"),
        }
        if is_files {
            assert_eq!(bus.with_lease(Duration::ZERO).expect_err("no time").kind(), ErrorKind::Misconfigured);
        }
    });
}
