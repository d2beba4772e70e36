//! What a peer on `stream` knows of its connections, and peers that do not listen.

use std::time::Duration;

use nuncio_bus::wire::info::Protocol;
use nuncio_bus::{Bus, BusGuard};
use nuncio_conformance::within;
use nuncio_core::{ErrorKind, Origin};

use crate::support::{PATIENCE, on_each_here};

fn on_stream(what: &str, play: fn(BusGuard)) {
    within(PATIENCE, what, move || play(Bus::builder().driver("stream").create().expect("a bus")));
}

#[test]
fn connections_are_listed_tested_and_closed() {
    on_stream("connections", |bus| {
        let (mut here, mut there) = (bus.connect("here").expect("free"), bus.connect("there").expect("free"));
        let connections = there.connections().expect("stream has such").clone();
        assert!(connections.list().is_empty());
        here.send("there", &"a").expect("it listens");
        assert_eq!(there.recv().expect("it came").from(), "here");
        let listed = connections.list();
        assert_eq!((listed.len(), &*listed[0].peer, listed[0].is_ours), (1, "here", false));
        assert!(matches!(listed[0].origin, Origin::Kernel { pid, .. } if pid == std::process::id()));
        assert!(connections.is_connected("here") && !connections.is_connected("nobody"));
        assert_eq!(connections.close_idle(PATIENCE), 0, "it was used just now");
        assert_eq!((connections.close("nobody"), connections.close_idle(Duration::ZERO)), (0, 1));
        assert!(!connections.is_connected("here"));
        here.send("there", &"b").expect("a new connection");
        assert_eq!(there.recv().expect("it came").content::<String>().expect("a text"), "b");
        there.send("here", &"c").expect("it is connected");
        assert_eq!(here.recv().expect("it came").content::<String>().expect("a text"), "c");
        here.close().expect("it leaves");
        there.close().expect("it leaves");
        assert_eq!(bus.shutdown(PATIENCE).expect("it ends").differences, []);
    });
}

#[test]
fn who_does_not_listen_is_answered_and_not_sent_to_before() {
    on_stream("not listening", |bus| {
        let quiet = bus.without_listening().expect("stream has such");
        let (mut quiet, mut open) = (quiet.connect("quiet").expect("free"), bus.connect("open").expect("free"));
        let ids: Vec<String> = bus.peers().expect("listed").into_iter().map(|peer| peer.id).collect();
        assert_eq!(ids, ["open", "quiet"]);
        assert_eq!(open.send("quiet", &1).expect_err("no way there").kind(), ErrorKind::Unavailable);
        let id = quiet.begin_request("open", &1, Some(PATIENCE)).expect("it listens");
        let (asked, value) = open.recv().expect("it came").request().expect("a request");
        open.respond("quiet", &asked, &value, nuncio_core::Wait::FOREVER).expect("it is connected");
        quiet.response(&id, nuncio_core::Wait::FOREVER).expect("an answer");
        open.send("quiet", &"more").expect("it is connected");
        assert_eq!(quiet.recv().expect("it came").content::<String>().expect("a text"), "more");
        quiet.close().expect("it leaves");
        open.close().expect("it leaves");
        assert_eq!(bus.shutdown(PATIENCE).expect("it ends").differences, []);
    });
}

#[test]
fn elsewhere_everybody_listens() {
    on_each_here("listening", |bus| {
        let peer = bus.connect("peer").expect("free");
        assert_eq!(peer.connections().is_some(), bus.info().protocol == Protocol::ConnectionUnix);
        let silent = bus.without_listening().map(drop);
        match bus.info().protocol {
            Protocol::ConnectionUnix => silent.expect("stream has such"),
            _ => assert_eq!(silent.expect_err("not here").kind(), ErrorKind::Unsupported),
        }
    });
}
