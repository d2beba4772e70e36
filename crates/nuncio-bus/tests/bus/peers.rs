//! Peers: sending, asking, leaving.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use nuncio_bus::wire::info::Protocol;
use nuncio_bus::{Bus, BusGuard, Peer};
use nuncio_codec::Value;
use nuncio_core::{ErrorKind, Origin, Wait};

use crate::support::{PATIENCE, end_of, on_each, on_each_here, on_each_here_unread, on_each_unread, start};

fn texts(peer: &mut Peer) -> Vec<String> {
    let mut texts = Vec::new();
    while let Some(message) = peer.recv_timeout(Duration::from_millis(10)).expect("nothing is wrong") {
        texts.push(message.content().expect("a text"));
    }
    texts
}

#[test]
fn peers_send_to_each_other_by_name() {
    on_each_here("sending", |bus| {
        let other = Bus::open(&bus.info().to_string()).expect("the same bus");
        let (mut here, mut there) = (bus.connect("here/1").expect("free"), other.connect("there").expect("free"));
        there.send("here/1", &"gr\u{fc}n").expect("it is there");
        here.send("there", &vec!["x"; 3000]).expect("a message of several parts");
        let message = here.recv().expect("one came");
        assert_eq!(
            (message.from(), message.to(), message.content::<String>().expect("a text")),
            ("there", "here/1", "gr\u{fc}n".into())
        );
        if let Origin::Kernel { pid, .. } = message.origin() {
            assert_eq!(*pid, std::process::id());
        }
        assert_eq!(there.recv().expect("one came").content::<Vec<String>>().expect("texts").len(), 3000);
        assert_eq!(there.send("nobody", &1).expect_err("nobody").kind(), ErrorKind::NoSuchEndpoint);
        assert_eq!(there.send("here/1", &()).expect_err("null").kind(), ErrorKind::ApiMisuse);
        let ids: Vec<String> = bus.peers().expect("listed").into_iter().map(|peer| peer.id).collect();
        assert_eq!(ids, ["here/1", "there"]);
        here.close().expect("it leaves");
        assert!(!bus.is_active("here/1").expect("looked up"));
        there.close().expect("it leaves");
    });
}

#[test]
fn names_are_given_out_once_and_have_rules() {
    on_each_here("names", |bus| {
        let kept = bus.connect("name").expect("free");
        assert_eq!(bus.connect("name").expect_err("taken").kind(), ErrorKind::AlreadyExists);
        assert_eq!(bus.reconnect("name").expect_err("taken").kind(), ErrorKind::AlreadyExists);
        assert_eq!(bus.reconnect("other").expect_err("never there").kind(), ErrorKind::NoSuchEndpoint);
        for bad in ["", "_x", "a\0b"] {
            assert_eq!(bus.connect(bad).expect_err(bad).kind(), ErrorKind::InvalidName);
        }
        drop(kept);
        bus.connect("name").expect("free again").close().expect("it leaves");
    });
}

#[test]
fn everybody_else_gets_a_broadcast() {
    on_each_here("broadcast", |bus| {
        let [mut one, mut two, sender] = ["one", "two", "sender"].map(|id| bus.connect(id).expect("free"));
        let sent = sender.broadcast(&"all", PATIENCE).expect("listed");
        assert_eq!(
            sent.into_iter().map(|(id, sent)| (id, sent.is_ok())).collect::<Vec<_>>(),
            [("one".into(), true), ("two".into(), true)]
        );
        for peer in [&mut one, &mut two] {
            assert!(peer.recv().expect("it came").is_broadcast());
        }
    });
}

#[test]
fn requests_are_answered_whatever_else_comes() {
    on_each_here_unread("requests", requests, 3);
}

fn requests(bus: &BusGuard) {
    let (mut asker, mut server) = (bus.connect("asker").expect("free"), bus.connect("server").expect("free"));
    let serving = thread::spawn(move || {
        for round in 0..2 {
            let message = server.recv().expect("a request");
            let (id, request) = message.request().expect("a request");
            // Neither an answer of somebody else's nor other messages are taken for it.
            server.send(message.from(), &"between").expect("it is there");
            server.respond(message.from(), "another-id", &0, Wait::FOREVER).expect("it is there");
            match round {
                0 => server.respond(message.from(), &id.to_lowercase(), &request, Wait::FOREVER),
                _ => server.respond_error(message.from(), &id, "it broke", Wait::FOREVER),
            }
            .expect("it is there");
        }
        server.close().expect("it leaves");
    });
    let answer = asker.request("server", &7, Some(PATIENCE)).expect("an answer");
    assert_eq!(answer.into_value::<u32>().expect("a number"), 7);
    let answer = asker.request("server", &8, Some(PATIENCE)).expect("an answer");
    let error = answer.into_value::<Value>().expect_err("it failed");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("it broke"), "{error}");
    serving.join().expect("the server");
    assert_eq!(asker.recv().expect("deferred").content::<String>().expect("a text"), "between");
    assert_eq!(asker.close().expect("it leaves").unread.len(), 3);
}

#[test]
fn a_request_to_somebody_who_dies_fails_and_one_without_answer_ends_in_time() {
    on_each_unread("a dead server", a_dead_server, 2);
}

fn a_dead_server(bus: &BusGuard) {
    let mut asker = bus.connect("asker").expect("free");
    let mut silent = bus.connect("silent").expect("free");
    let error = asker.request("silent", &1, Some(Duration::from_millis(30))).expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(silent.recv().expect("it came").request().is_some());
    drop(silent);
    let mut child = start("victim", "victim", bus);
    assert_eq!(asker.recv().expect("it is there").content::<String>().expect("a text"), "ready");
    let request = asker.begin_request("victim", &1, Some(PATIENCE)).expect("it is there");
    child.kill().and_then(|()| child.wait()).expect("killed");
    let error = asker.response(&request, Wait::FOREVER).expect_err("it died");
    assert_eq!(error.kind(), ErrorKind::PeerGone, "{error}");
    assert!(!bus.is_active("victim").expect("looked up"));
    bus.connect("victim").expect("the name can be taken again").close().expect("it leaves");
}

#[test]
fn what_is_unread_is_handed_over_and_what_is_put_back_comes_again() {
    on_each_here_unread("leaving", leaving, 0);
}

fn leaving(bus: &BusGuard) {
    let (mut reader, sender) = (bus.connect("reader").expect("free"), bus.connect("sender").expect("free"));
    for text in ["a", "b", "c"] {
        sender.send("reader", &text).expect("it is there");
    }
    sender.send("reader", &BTreeMap::from([("terminate", 1)])).expect("it is there");
    let message = reader.recv().expect("one came");
    reader.requeue(message).expect("put back");
    assert_eq!(texts_until(&mut reader, 2), ["b", "c"]);
    let left = reader.close().expect("it leaves");
    assert_eq!(left.unread.len(), 1, "the request to end is not handed over");
    assert_eq!(left.unread[0].content::<String>().expect("a text"), "a");
}

fn texts_until(peer: &mut Peer, count: usize) -> Vec<String> {
    (0..count).map(|_| peer.recv().expect("one came").content().expect("a text")).collect()
}

#[test]
fn what_is_put_back_is_whole_whoever_sent_it_and_with_headers() {
    on_each_here("putting back", |bus| {
        let (mut reader, mut sender) = (bus.connect("reader").expect("free"), bus.connect("gr\u{fc}n").expect("free"));
        let id = sender.begin_request("reader", &"gr\u{fc}n", Some(PATIENCE)).expect("room");
        let message = reader.recv().expect("it came");
        let deadline = message.deadline();
        reader.requeue(message).expect("put back");
        let again = reader.recv().expect("it comes again");
        assert_eq!((again.from(), again.deadline()), ("gr\u{fc}n", deadline));
        let (there, value) = again.request().expect("a request");
        reader.respond("gr\u{fc}n", &there, &value, Wait::FOREVER).expect("it is there");
        sender.response(&id, Wait::FOREVER).expect("an answer");
    });
}

#[test]
fn more_than_one_takes_at_once_is_kept_for_who_is_suspended() {
    on_each_here_unread("many kept", many_kept, 0);
}

fn many_kept(bus: &BusGuard) {
    const COUNT: usize = 300;
    if !bus.capabilities().suspend {
        return;
    }
    let (mut reader, sender) = (bus.connect("reader").expect("free"), bus.connect("sender").expect("free"));
    for number in 0..COUNT {
        sender.send("reader", &number).expect("it is there");
    }
    let mut numbers = vec![reader.recv().expect("it came").content::<usize>().expect("a number")];
    reader.suspend(None).map_err(|failed| failed.error).expect("it keeps messages");
    let mut reader = bus.reconnect("reader").expect("it comes back");
    numbers.extend((1..COUNT).map(|_| reader.recv().expect("it was kept").content::<usize>().expect("a number")));
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..COUNT));
}

#[test]
fn who_is_suspended_gets_what_came_meanwhile() {
    on_each_here("suspending", suspending);
}

fn suspending(bus: &BusGuard) {
    let (mut reader, sender) = (bus.connect("reader").expect("free"), bus.connect("sender").expect("free"));
    for text in ["a", "b", "c"] {
        sender.send("reader", &text).expect("it is there");
    }
    let first = reader.recv().expect("one came");
    reader.requeue(first).expect("put back");
    let suspended = reader.suspend(Some(PATIENCE));
    if !bus.capabilities().suspend {
        let failed = suspended.expect_err("sockets and pipes keep nothing");
        assert_eq!(failed.error.kind(), ErrorKind::Unsupported);
        assert_eq!(texts_until(&mut { failed.message }, 3), ["b", "c", "a"]);
        return;
    }
    suspended.map_err(|failed| failed.error).expect("it keeps messages");
    assert!(!bus.is_active("reader").expect("looked up"));
    if bus.info().protocol == Protocol::MessageFiles {
        assert!(std::path::Path::new(&bus.info().route).join("reader.suspend").exists());
    }
    sender.send("reader", &"d").expect("its place is there");
    assert_eq!(bus.connect("reader").expect_err("suspended").kind(), ErrorKind::AlreadyExists);
    let mut reader = bus.reconnect("reader").expect("it comes back");
    let mut came = texts(&mut reader);
    came.sort();
    assert_eq!(came, ["a", "b", "c", "d"]);
}

#[test]
fn peers_are_asked_to_end_and_a_signal_comes_before() {
    on_each("the end", |bus| {
        let mut watcher = bus.connect("watcher").expect("free");
        let mut child = start("obedient", "obedient", bus);
        assert_eq!(watcher.recv().expect("it is there").content::<String>().expect("a text"), "ready");
        drop(watcher);
        let other = Bus::open(&bus.info().to_string()).expect("the same bus");
        let owner = other.connect("boss").expect("free");
        owner.send("obedient", &BTreeMap::from([("terminate", 1)])).expect("it is there");
        assert!(end_of(&mut child).success());
        drop(owner);
    });
}

#[test]
fn what_is_no_bus_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let line = |protocol: &str, route: &str| format!(r#"["{protocol}","JSON","{route}"]"#);
    let here = directory.path().to_str().expect("text");
    for (line, kind) in [
        (line("MessageFiles", "/nonexistent/bus"), ErrorKind::Unavailable),
        (line("Evil", here), ErrorKind::Unsupported),
        (line("SQLite", here), ErrorKind::Unsupported),
        ("[]".to_owned(), ErrorKind::Misconfigured),
    ] {
        assert_eq!(Bus::open(&line).expect_err(&line).kind(), kind, "{line}");
    }
    // A link in place of a peer is none, and its name cannot be taken.
    let bus = Bus::open(&line("MessageFiles", here)).expect("a directory");
    std::os::unix::fs::symlink("/", directory.path().join("link")).expect("made");
    std::fs::write(directory.path().join("file"), "").expect("made");
    let peer = bus.connect("peer").expect("free");
    for strange in ["link", "file"] {
        assert_eq!(peer.send(strange, &1).expect_err(strange).kind(), ErrorKind::NoSuchEndpoint);
        assert_eq!(bus.connect(strange).expect_err(strange).kind(), ErrorKind::AlreadyExists);
    }
    assert_eq!(bus.peers().expect("listed").len(), 1);
}

#[test]
fn accounts_say_who_sent_and_read_how_much() {
    on_each_here_unread(
        "accounts",
        |bus| {
            let [mut one, mut two, three] = ["con1", "con2", "con3"].map(|id| bus.connect(id).expect("free"));
            assert!(!one.is_ready().expect("looked") && one.try_recv().expect("nothing").is_none());
            one.try_send("con2", &BTreeMap::from([("hi", "there")])).expect("room");
            two.send_timeout("con1", &BTreeMap::from([("ahoy", "matey")]), PATIENCE).expect("room");
            let message = one.recv().expect("it came");
            assert!(!message.id().is_empty() && message.stamp().is_some() && !message.is_broadcast());
            assert_eq!(message.content::<BTreeMap<String, String>>().expect("a map")["ahoy"], "matey");
            assert_eq!(two.recv().expect("it came").from(), "con1");
            let error = one.try_send("nobody", &1).expect_err("nobody");
            assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint);
            for round in 0..3 {
                let sent = three.broadcast(&BTreeMap::from([("mass", round)]), PATIENCE).expect("listed");
                assert!(sent.len() == 2 && sent.values().all(Result::is_ok));
            }
            for peer in [&mut one, &mut two] {
                for round in 0..3 {
                    let message = peer.recv().expect("it came");
                    assert_eq!(message.content::<BTreeMap<String, u32>>().expect("a map")["mass"], round);
                }
                assert!(!peer.is_pending().expect("looked"));
            }
            one.send("con2", &"never read").expect("room");
            let counts = |pairs: &[(&str, i64)]| -> BTreeMap<String, i64> {
                pairs.iter().map(|(peer, count)| ((*peer).to_owned(), *count)).collect()
            };
            for (peer, read, sent) in [
                (&one, counts(&[("con2", 1), ("con3", 3)]), counts(&[("con2", 2)])),
                (&two, counts(&[("con1", 1), ("con3", 3)]), counts(&[("con1", 1)])),
                (&three, counts(&[]), counts(&[("con1", 3), ("con2", 3)])),
            ] {
                let account = peer.account();
                assert_eq!((account.read, account.sent), (read, sent), "{}", peer.id());
            }
        },
        1,
    );
}
