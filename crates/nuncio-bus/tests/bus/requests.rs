//! Requests: many at once, deadlines, those who die, leave or come back meanwhile.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use nuncio_bus::wire::info::Protocol;
use nuncio_bus::{BusGuard, Peer, RequestId};
use nuncio_codec::Value;
use nuncio_core::{Cancel, Deadline, ErrorKind, Wait};

use crate::support::{PATIENCE, end_of, kill, on_each, on_each_here, on_each_here_unread, on_each_unread, start};

/// Answers `count` requests with what was asked, the last one first.
fn answer_backwards(mut server: Peer, count: usize) {
    let mut asked = Vec::new();
    for _ in 0..count {
        let message = server.recv().expect("a request");
        let (id, request) = message.request().expect("a request");
        asked.push((message.from().to_owned(), id, request));
    }
    for (from, id, request) in asked.into_iter().rev() {
        server.respond(&from, &id, &request, Wait::FOREVER).expect("it is there");
    }
    server.close().expect("it leaves");
}

#[test]
fn many_requests_are_under_way_at_once() {
    on_each_here("many requests", |bus| {
        let (mut asker, server) = (bus.connect("asker").expect("free"), bus.connect("server").expect("free"));
        let serving = thread::spawn(|| answer_backwards(server, 5));
        let ids: Vec<_> =
            (0..5).map(|number| asker.begin_request("server", &number, Some(PATIENCE)).expect("room")).collect();
        let second = asker.response(&ids[1], Wait::FOREVER).expect("an answer");
        assert_eq!(second.into_value::<u32>().expect("a number"), 1);
        let mut others = Vec::new();
        while let Some((id, response)) = asker.next_response(Wait::FOREVER).expect("it works") {
            let number: usize = response.expect("an answer").into_value().expect("a number");
            assert_eq!(id, ids[number]);
            others.push(number);
        }
        others.sort_unstable();
        assert_eq!(others, [0, 2, 3, 4]);
        let error = asker.response(&ids[1], Wait::NOW).expect_err("it was taken");
        assert_eq!(error.kind(), ErrorKind::ApiMisuse);
        serving.join().expect("the server");
    });
}

#[test]
fn a_deadline_travels_along_and_a_cancelled_wait_leaves_the_request_under_way() {
    on_each_here("deadlines", |bus| {
        let (mut asker, mut server) = (bus.connect("asker").expect("free"), bus.connect("server").expect("free"));
        let before = SystemTime::now();
        let id = asker.begin_request("server", &1, Some(PATIENCE)).expect("room");
        let request = server.recv().expect("it came");
        let deadline = request.deadline().expect("it was said");
        assert!(deadline >= before + PATIENCE - Duration::from_millis(1), "{deadline:?}");
        assert!(deadline <= SystemTime::now() + PATIENCE);
        let without = asker.begin_request("server", &2, None).expect("room");
        assert_eq!(server.recv().expect("it came").deadline(), None);
        assert!(asker.withdraw(&without));

        let cancel = Cancel::new();
        cancel.cancel();
        let wait = Wait { until: Deadline::Never, cancel: Some(&cancel) };
        assert_eq!(asker.response(&id, wait).expect_err("called off").kind(), ErrorKind::Interrupted);
        assert_eq!(asker.response(&id, Wait::NOW).expect_err("not yet").kind(), ErrorKind::TimedOut);
        let (id_there, value) = request.request().expect("a request");
        server.respond("asker", &id_there, &value, Wait::FOREVER).expect("it is there");
        assert_eq!(asker.response(&id, Wait::FOREVER).expect("an answer").into_value::<u32>().expect("a number"), 1);
    });
}

/// Receives what `server` sent, a number.
fn receive(asker: &mut Peer, number: u32) {
    assert_eq!(asker.recv().expect("it came").content::<u32>().expect("a number"), number);
}

/// Asks twice and has the first answer, so that waiting for the second one begins with nothing else to look after. Gives that one's
/// id, and what to answer.
fn ask_twice(asker: &mut Peer, server: &mut Peer) -> (RequestId, (String, Value)) {
    let first = asker.begin_request("server", &1, None).expect("room");
    let second = asker.begin_request("server", &2, None).expect("room");
    let (asked, value) = server.recv().expect("it came").request().expect("a request");
    server.respond("asker", &asked, &value, Wait::FOREVER).expect("it is there");
    asker.response(&first, Wait::FOREVER).expect("an answer");
    (second, server.recv().expect("it came").request().expect("a request"))
}

#[test]
fn who_has_received_without_a_pause_finds_an_answer_that_is_there() {
    on_each_here("an answer after many messages", |bus| {
        let (mut asker, mut server) = (bus.connect("asker").expect("free"), bus.connect("server").expect("free"));
        let (id, (asked, value)) = ask_twice(&mut asker, &mut server);
        for number in 0..200 {
            server.send("asker", &number).expect("room");
            receive(&mut asker, number);
        }
        // All of these may be taken from the medium when the first one is wanted.
        (0..5).for_each(|number| server.send("asker", &number).expect("room"));
        receive(&mut asker, 0);
        server.respond("asker", &asked, &value, Wait::FOREVER).expect("it is there");
        asker.response(&id, Wait::NOW).expect("it is there already");
        (1..5).for_each(|number| receive(&mut asker, number));
    });
}

#[test]
fn an_answer_behind_a_message_that_was_put_back_is_found() {
    on_each_here("an answer behind a message that was put back", |bus| {
        let (mut asker, mut server) = (bus.connect("asker").expect("free"), bus.connect("server").expect("free"));
        let (id, (asked, value)) = ask_twice(&mut asker, &mut server);
        let answering = thread::spawn(move || {
            (0..70).for_each(|number| server.send("asker", &number).expect("it is there"));
            server.respond("asker", &asked, &value, Wait::FOREVER).expect("it is there");
            server
        });
        // Where there is room for all, all of it may be read from the medium at once, and more than is received.
        let (answering, wait) = match bus.info().protocol {
            Protocol::UnixSocket => (Ok(answering), Wait::FOREVER),
            _ => (Err(answering.join().expect("the server")), Wait::NOW),
        };
        (0..63).for_each(|number| receive(&mut asker, number));
        let last = asker.recv().expect("it came");
        asker.requeue(last).expect("it is put back");
        asker.response(&id, wait).expect("an answer");
        let mut rest: Vec<u32> =
            (63..70).map(|_| asker.recv().expect("it came").content().expect("a number")).collect();
        rest.sort_unstable();
        assert_eq!(rest, (63..70).collect::<Vec<_>>());
        drop(answering.map(|answering| answering.join().expect("the server")));
    });
}

#[test]
fn an_answer_that_was_seen_already_is_found() {
    on_each_here("seen answers", |bus| {
        let (mut asker, mut server) = (bus.connect("asker").expect("free"), bus.connect("server").expect("free"));
        let mut ask = |asker: &mut Peer, number: u32, others: u32| {
            let id = asker.begin_request("server", &number, None).expect("room");
            let (asked, value) = server.recv().expect("it came").request().expect("a request");
            for other in 0..others {
                server.send("asker", &other).expect("it is there");
            }
            server.respond("asker", &asked, &value, Wait::FOREVER).expect("it is there");
            id
        };
        for number in 0..3 {
            // It was taken from the medium by a look whether anything is there, after which nothing tells of it.
            for looks in [false, true] {
                let id = ask(&mut asker, number, 0);
                while looks && !asker.is_ready().expect("it works") {
                    thread::yield_now();
                }
                let answer = asker.response(&id, Wait::FOREVER).expect("an answer");
                assert_eq!(answer.into_value::<u32>().expect("a number"), number);
            }

            // It was received, and put back behind others.
            let id = ask(&mut asker, number, 4);
            let received: Vec<_> = (0..5).map(|_| asker.recv().expect("one")).collect();
            for message in received {
                asker.requeue(message).map_err(|refused| refused.error).expect("there is room");
            }
            let answer = asker.response(&id, Wait::FOREVER).expect("an answer");
            assert_eq!(answer.into_value::<u32>().expect("a number"), number);
            for _ in 0..4 {
                asker.recv().expect("one of the others");
            }
        }
    });
}

#[test]
fn whoever_has_just_come_back_is_asked_and_not_his_predecessor() {
    on_each_here("just back", |bus| {
        let mut asker = bus.connect("asker").expect("free");
        for number in 0..20 {
            let mut server = bus.connect("server").expect("free");
            let id = asker.begin_request("server", &number, None).expect("room");
            let (asked, value) = server.recv().expect("it came").request().expect("a request");
            // As long as nobody answers the asker looks whether anybody will.
            let not_yet = asker.response(&id, Wait::NOW).expect_err("nobody has answered");
            assert_eq!(not_yet.kind(), ErrorKind::TimedOut);
            server.respond("asker", &asked, &value, Wait::FOREVER).expect("it is there");
            let answer = asker.response(&id, Wait::FOREVER).expect("an answer");
            assert_eq!(answer.into_value::<u32>().expect("a number"), number);
            server.close().expect("it leaves");
            asker.request("server", &number, None).expect_err("nobody is there");
        }
    });
}

#[test]
fn whoever_answers_and_then_ends_has_answered() {
    on_each("answered and gone", |bus| {
        let mut asker = bus.connect("asker").expect("free");
        for round in 0..3 {
            let mut child = start("answer-once", "brief", bus);
            let _input = child.stdin.take();
            assert!(bus.wait_for_peer("brief", Wait::FOREVER).expect("watched"));
            let id = asker.begin_request("brief", &round, Some(PATIENCE)).expect("room");
            assert!(end_of(&mut child).success());
            let answer = asker.response(&id, Wait::FOREVER).expect("it had answered");
            assert_eq!(answer.into_value::<u32>().expect("a number"), round);
            bus.reap("brief").expect("looked at");
        }
    });
}

#[test]
fn whoever_dies_is_reported_with_who_and_when() {
    on_each_unread(
        "a peer that dies",
        |bus| {
            let (mut asker, mut other) = (bus.connect("asker").expect("free"), bus.connect("other").expect("free"));
            let child = start("stubborn", "victim", bus);
            assert_eq!(other.recv().expect("it is there").content::<String>().expect("a text"), "ready");
            let pid = child.id();
            let dead = asker.begin_request("victim", &1, None).expect("room");
            let slow = asker.begin_request("other", &2, Some(PATIENCE)).expect("room");
            kill(child);
            let error = asker.response(&dead, Wait::FOREVER).expect_err("it died");
            assert_eq!(error.kind(), ErrorKind::PeerGone);
            let text = error.to_string();
            assert!(text.contains("\"victim\"") && text.contains(&format!("process {pid} ")), "{text}");
            assert!(text.contains("ms after it was asked"), "{text}");
            // The other one is not concerned.
            let (id, value) = other.recv().expect("it came").request().expect("a request");
            other.respond("asker", &id, &value, Wait::FOREVER).expect("it is there");
            assert_eq!(asker.response(&slow, Wait::FOREVER).expect("an answer").into_value::<u32>().expect("2"), 2);
            assert_eq!(asker.recv().expect("it came").content::<String>().expect("a text"), "ready");
        },
        3,
    );
}

#[test]
fn whoever_leaves_without_an_answer_has_gone() {
    on_each_here_unread(
        "a peer that leaves",
        |bus| {
            let (mut asker, mut server) = (bus.connect("asker").expect("free"), bus.connect("server").expect("free"));
            let leaving = thread::spawn(move || {
                server.recv().expect("a request");
                server.close().expect("it leaves");
            });
            let error = asker.request("server", &1, None).expect_err("it leaves");
            assert_eq!(error.kind(), ErrorKind::PeerGone, "{error}");
            leaving.join().expect("the server");
        },
        0,
    );
}

#[test]
fn whoever_is_suspended_may_answer_when_he_is_back_and_is_given_up_when_he_is_not() {
    on_each_here_unread("a suspended peer", suspended, 0);
}

fn suspended(bus: &BusGuard) {
    if !bus.capabilities().suspend {
        return;
    }
    let mut asker = bus.connect("asker").expect("free");
    bus.connect("server").expect("free").suspend(None).map_err(|failed| failed.error).expect("it keeps messages");
    let id = asker.begin_request("server", &1, Some(PATIENCE)).expect("its place is there");
    assert_eq!(asker.response(&id, Wait::NOW).expect_err("away").kind(), ErrorKind::TimedOut);
    let mut server = bus.reconnect("server").expect("it comes back");
    let (there, value) = server.recv().expect("it waited").request().expect("a request");
    server.respond("asker", &there, &value, Wait::FOREVER).expect("it is there");
    asker.response(&id, Wait::FOREVER).expect("an answer");

    server.suspend(Some(Duration::from_millis(500))).map_err(|failed| failed.error).expect("it keeps messages");
    let error = asker.request("server", &2, Some(PATIENCE)).expect_err("it does not come back");
    assert_eq!(error.kind(), ErrorKind::PeerGone, "{error}");
    let mut server = bus.reconnect("server").expect("it comes back");
    assert!(server.recv().expect("it was kept").request().is_some());
    server.close().expect("it leaves");
}

#[test]
fn whoever_waits_for_room_to_ask_reads_meanwhile() {
    on_each_here("crossing requests", |bus| {
        // More than a mailbox of sockets holds, in both directions at once; nobody answers before he has asked all.
        const COUNT: u32 = 200;
        let (one, two) = (bus.connect("one").expect("free"), bus.connect("two").expect("free"));
        let cross = |mut peer: Peer, to: &'static str| {
            let ids: Vec<_> = (0..COUNT).map(|number| peer.begin_request(to, &number, None).expect("room")).collect();
            assert_eq!(ids.len(), COUNT as usize);
            let mut answers = 0;
            for _ in 0..COUNT {
                let (id, value) = peer.recv().expect("a request").request().expect("a request");
                // Answers that come are read while there is no room for ours.
                while let Err(error) = peer.respond(to, &id, &value, Wait::NOW) {
                    assert_eq!(error.kind(), ErrorKind::Full);
                    answers += u32::from(peer.next_response(Wait::NOW).expect("it works").is_some());
                }
            }
            while let Some((_, answer)) = peer.next_response(Wait::FOREVER).expect("it works") {
                answer.expect("an answer");
                answers += 1;
            }
            assert_eq!(answers, COUNT);
            peer
        };
        thread::scope(|scope| {
            let other = scope.spawn(|| cross(two, "one"));
            let one = cross(one, "two");
            drop((one, other.join().expect("the other one")));
        });
    });
}

#[test]
fn large_requests_are_finished_though_the_medium_takes_them_in_parts() {
    on_each_here("large requests", |bus| {
        const COUNT: usize = 24;
        let bytes = bus.capabilities().payload_bytes_max.min(120_000) - 1000;
        let (mut asker, server) = (bus.connect("asker").expect("free"), bus.connect("server").expect("free"));
        let serving = thread::spawn(|| answer_backwards(server, COUNT));
        let text = "x".repeat(bytes);
        for _ in 0..COUNT {
            asker.begin_request("server", &text, Some(PATIENCE)).expect("room");
        }
        for _ in 0..COUNT {
            let (_, response) = asker.next_response(Wait::FOREVER).expect("it works").expect("one is under way");
            assert_eq!(response.expect("an answer").into_value::<String>().expect("a text").len(), bytes);
        }
        serving.join().expect("the server");
    });
}

#[test]
fn a_timeout_names_the_time_that_was_waited() {
    on_each_here_unread(
        "a timeout",
        |bus| {
            let (mut asker, _silent) = (bus.connect("asker").expect("free"), bus.connect("silent").expect("free"));
            let began = Instant::now();
            let error = asker.request("silent", &1, Some(Duration::from_millis(20))).expect_err("nobody answers");
            assert!(began.elapsed() >= Duration::from_millis(20));
            assert_eq!(error.kind(), ErrorKind::TimedOut);
            assert!(error.to_string().contains("\"silent\"") && error.to_string().contains(" ms"), "{error}");
        },
        1,
    );
}
