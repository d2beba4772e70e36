//! What somebody who leaves has begun, and in which order comes what was sent while nobody looked.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use nuncio_bus::wire::info::Protocol;
use nuncio_bus::{Bus, Peer};
use nuncio_conformance::within;
use nuncio_core::{ErrorKind, Outcome, Wait};

use crate::support::{PATIENCE, on_each_here, with_each_small};

/// Larger than one write, and small enough for every medium but the one of datagrams.
const LARGE: usize = 100_000;
const LARGE_DATAGRAM: usize = 60_000;

/// Sends until there is no room; how many were accepted.
fn fill(sender: &Peer, content: &str) -> usize {
    let mut accepted = 0;
    loop {
        match sender.try_send("reader", &content) {
            Ok(()) => accepted += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Full, "{}", error.chain());
                return accepted;
            }
        }
    }
}

/// How many messages there are that can be read.
fn drain(reader: &mut Peer) -> usize {
    let mut count = 0;
    loop {
        match reader.try_recv() {
            Ok(Some(_)) => count += 1,
            Ok(None) => return count,
            // The beginning of one whose sender has left.
            Err(error) => assert_eq!(error.kind(), ErrorKind::Corrupt, "{}", error.chain()),
        }
    }
}

#[test]
fn whoever_leaves_gets_back_what_he_has_begun_and_what_is_not_through() {
    with_each_small("begun", |guard| {
        let protocol = guard.info().protocol;
        let begins = matches!(protocol, Protocol::AtomicPipe | Protocol::ConnectionUnix);
        let large = "x".repeat(if protocol == Protocol::UnixSocket { LARGE_DATAGRAM } else { LARGE });
        let (mut reader, sender) = (guard.connect("reader").expect("free"), guard.connect("sender").expect("free"));
        let accepted = fill(&sender, &large);
        let left = sender.close().expect("it leaves");
        assert_eq!(left.unsent.len(), usize::from(begins), "{protocol:?}: {:?}", left.unsent);
        for failed in &left.unsent {
            assert_eq!((failed.to.as_str(), failed.outcome), ("reader", Outcome::Unknown));
        }
        assert_eq!(drain(&mut reader) + left.unsent.len(), accepted, "{protocol:?}");
        // Nobody else is disturbed by the beginning that is left there.
        let next = guard.connect("sender").expect("free again");
        next.send("reader", &"next").expect("there is room");
        while reader.recv().ok().is_none_or(|message| message.content_json() != b"\"next\"") {}
        next.close().expect("it leaves");
        reader.close().expect("it leaves");
        guard.shutdown(Duration::ZERO).expect("it ends");
    });
}

#[test]
fn many_messages_whose_names_say_no_time_come_in_the_order_of_their_stamps() {
    within(PATIENCE, "names without a time", || {
        const COUNT: u32 = 3000;
        let guard = Bus::builder().protocols([Protocol::MessageFiles]).create().expect("a bus");
        guard.connect("reader").expect("free").suspend(None).expect("the medium keeps messages");
        let mailbox = Path::new(&guard.info().route).join("reader");
        for number in 0..COUNT {
            let id = format!("{:08X}-0000-4000-8000-{number:012X}", number.wrapping_mul(2_654_435_761));
            // A stamp says no more than the hundredth part of a millisecond; of two with one stamp the second says so.
            let (stamp, order) = (f64::from(number / 2).mul_add(0.00001, 1_795_170_656.0), number % 2);
            let message = format!(
                r#"{{"stamp":{stamp:.5},"content":{number},"stamp_ord":{order},"to":"reader","from":"perl","id":"{id}"}}"#
            );
            fs::write(mailbox.join(format!("{id}.ready")), message).expect("written");
        }
        let mut reader = guard.reconnect("reader").expect("suspended");
        for number in 0..COUNT {
            assert_eq!(reader.recv().expect("it is there").content::<u32>().expect("a number"), number);
        }
        reader.close().expect("it leaves");
        guard.shutdown(Duration::ZERO).expect("it ends");
    });
}

#[test]
fn an_id_of_a_request_may_be_a_number() {
    on_each_here("numbers as ids", |bus| {
        let (mut asker, mut server) = (bus.connect("asker").expect("free"), bus.connect("server").expect("free"));
        asker.send("server", &BTreeMap::from([("ipcm_request_id", 42), ("request", 7)])).expect("it is there");
        let (id, request) = server.recv().expect("it came").request().expect("a request");
        assert_eq!((&*id, request.as_u64()), ("42", Some(7)));
        server.respond("asker", &id, &request, Wait::FOREVER).expect("it is there");
        assert_eq!(asker.recv().expect("it came").response().expect("a response").0, "42");
        asker.send("server", &BTreeMap::from([("ipcm_response_id", 42), ("response", 7)])).expect("it is there");
        assert_eq!(server.recv().expect("it came").response().expect("a response").0, "42");
        asker.close().expect("it leaves");
        server.close().expect("it leaves");
    });
}
