//! From one host to another, through a third, and what becomes of what cannot be delivered.

mod support;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nuncio_conformance::scale;

use self::support::{FakeHost, Place, Running, body_of, contents, message_for, put, take, wait_until};

const OK: &str = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";

/// A gateway on `ip` that posts what is for `to` to `address`.
fn start(place: &Place, ip: &str, to: &str, address: SocketAddr) -> Running {
    Running::start(place.config(ip, &format!("destination = ['{to}=http://{address}']")))
}

fn numbered(host: &str, number: usize) -> Vec<u8> {
    message_for(host, "jobs", &format!("{{\"n\":{number}}}"))
}

/// Takes messages from `first` to `last` and sees that they come in order.
fn expect_numbers(place: &Place, first: usize, last: usize) {
    let queue = place.queue("jobs");
    for number in first..=last {
        let text = String::from_utf8(take(&queue).payload().to_vec()).expect("JSON");
        assert_eq!(text, format!("{{\"n\":{number}}}"));
    }
}

/// The dead letters in `place`, when `gateway` has written `count` of them: it counts those that are whole.
fn take_dead_letters(place: &Place, gateway: &Running, count: usize) -> Vec<String> {
    let (handle, line) = (gateway.handle.clone(), format!("dead_letters_total {count}\n"));
    wait_until("the dead letters", move || handle.metrics().contains(&line));
    let letters = place.dead_letters();
    assert_eq!(letters.len(), count, "{letters:?}");
    letters
}

#[test]
fn messages_go_through_a_host_in_between_once_and_in_order() {
    let (a, b, c) = (Place::new(), Place::new(), Place::new());
    let last = Running::start(c.config("127.0.0.4", ""));
    let between = start(&b, "127.0.0.3", "127.0.0.4", last.address);
    let _first = start(&a, "127.0.0.2", "127.0.0.4", between.address);
    let count = scale::choose(300, 20_000);
    let queue = a.queue("transitd");
    let sender = std::thread::spawn(move || (1..=count).for_each(|number| put(&queue, &numbered("127.0.0.4", number))));
    expect_numbers(&c, 1, count);
    sender.join().expect("no panic");
    assert!(contents(&c.queue("jobs")).is_empty());
    assert!(a.dead_letters().is_empty() && b.dead_letters().is_empty());
}

#[test]
fn a_large_message_is_taken_from_its_file_and_spilled_again() {
    let (a, b) = (Place::new(), Place::new());
    let last = Running::start(b.config("127.0.0.3", ""));
    let _first = start(&a, "127.0.0.2", "127.0.0.3", last.address);
    let text = "x".repeat(50_000);
    let options = nuncio_queue::SendOptions::new().with_header("d", "127.0.0.3").with_header("q", "jobs");
    let message = std::collections::HashMap::from([("big", &text)]);
    a.queue("transitd").send_with(&message, &options, nuncio_core::Wait::FOREVER).expect("sent");
    let received = take(&b.queue("jobs")).decode_whole().expect("readable");
    assert_eq!(received.get("big").and_then(|value| value.as_str()), Some(text.as_str()));
    for place in [&a, &b] {
        let left = std::fs::read_dir(place.path().join("spill")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "files are left");
    }
}

#[test]
fn an_original_gets_one_request_at_a_time_until_it_has_taken_it() {
    // The third answer comes, the first two do not.
    let host = FakeHost::start(|number, _| match number {
        0 => None,
        1 => Some("HTTP/1.0 500 No\r\nContent-Length: 0\r\n\r\n".to_owned()),
        _ => Some(OK.to_owned()),
    });
    let place = Place::new();
    let gateway = start(&place, "127.0.0.2", "old", host.address);
    let queue = place.queue("transitd");
    put(&queue, &numbered("old", 1));
    let first = host.next();
    put(&queue, &numbered("old", 2));
    assert_eq!(body_of(&first), numbered("old", 1));
    assert!(String::from_utf8_lossy(&first).contains("Connection: close"));
    assert!(body_of(&host.next()).starts_with(&numbered("old", 1)));
    let all = [numbered("old", 1), numbered("old", 2)].concat();
    let third = host.next();
    if body_of(&third) != all {
        assert_eq!([body_of(&third), body_of(&host.next())].concat(), all);
    }
    wait_until("all is done", move || !gateway.handle.metrics().contains("waiting_messages{"));
}

/// Carries connections on to `target`, and loses the answer to every second one after it was given.
fn losing_answers(target: SocketAddr, lost: Arc<AtomicUsize>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for (number, near) in listener.incoming().enumerate() {
            let (Ok(near), Ok(far)) = (near, TcpStream::connect(target)) else { return };
            let lost = Arc::clone(&lost);
            let (mut to_far, mut from_near) = (far.try_clone().expect("cloned"), near.try_clone().expect("cloned"));
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from_near, &mut to_far);
                let _ = to_far.shutdown(std::net::Shutdown::Write);
            });
            std::thread::spawn(move || {
                let (mut near, mut far) = (near, far);
                if number % 2 == 0 {
                    let mut byte = [0];
                    if matches!(std::io::Read::read(&mut far, &mut byte), Ok(1)) {
                        lost.fetch_add(1, Ordering::Relaxed);
                    }
                    let _ = near.shutdown(std::net::Shutdown::Both);
                    return;
                }
                let _ = std::io::copy(&mut far, &mut near);
            });
        }
    });
    address
}

#[test]
fn a_retry_after_a_lost_answer_does_not_double() {
    let (a, b) = (Place::new(), Place::new());
    let last = Running::start(b.config("127.0.0.3", ""));
    let lost = Arc::new(AtomicUsize::new(0));
    let between = losing_answers(last.address, Arc::clone(&lost));
    let _first = start(&a, "127.0.0.2", "127.0.0.3", between);
    let queue = a.queue("transitd");
    for number in 1..=40 {
        put(&queue, &numbered("127.0.0.3", number));
        expect_numbers(&b, number, number);
    }
    assert!(contents(&b.queue("jobs")).is_empty());
    assert!(lost.load(Ordering::Relaxed) > 0, "no answer was lost");
}

#[test]
fn what_the_other_side_refuses_for_ever_is_a_dead_letter_and_the_rest_goes_on() {
    let (a, b) = (Place::new(), Place::new());
    let last = Running::start(b.config("127.0.0.3", "allow-queue = ['jobs']"));
    let queue = a.queue("transitd");
    put(&queue, &numbered("127.0.0.3", 1));
    put(&queue, &message_for("127.0.0.3", "secret", "{}"));
    put(&queue, &numbered("127.0.0.3", 2));
    let first = start(&a, "127.0.0.2", "127.0.0.3", last.address);
    expect_numbers(&b, 1, 2);
    let letter = &take_dead_letters(&a, &first, 1)[0];
    assert!(letter.starts_with("reason: host \"127.0.0.3\": queue \"secret\" may not be written"), "{letter}");
    assert!(letter.ends_with(&String::from_utf8(message_for("127.0.0.3", "secret", "{}")).expect("text")), "{letter}");
}

#[test]
fn what_cannot_be_delivered_in_time_or_at_all_is_a_dead_letter_with_its_reason() {
    let place = Place::new();
    let queue = place.queue("transitd");
    put(&queue, &message_for("127.0.0.9", "jobs", "{\"old\":1}"));
    put(&queue, b"no message at all");
    put(&queue, b"22:d=127.0.0.9,q=jobs,l=9{}");
    put(&queue, &message_for("elsewhere", "jobs", "{}"));
    put(&queue, &support::message("d=127.0.0.9,t=0,q=jobs", "{}"));
    let mut config = place.config("127.0.0.2", "allow-destination = ['127.0.0.9']");
    config.limits.keep_for = Duration::from_millis(1);
    let gateway = Running::start(config);
    let letters = take_dead_letters(&place, &gateway, 5).join("\n");
    for reason in [
        "not delivered within 1ms",
        "it does not begin with the length of its header",
        "it claims a payload of 9 bytes, and 2 follow",
        "destination \"elsewhere\" is not listed",
        "no hops left",
    ] {
        assert!(letters.contains(reason), "{reason:?} is not in {letters}");
    }
}

#[test]
fn hops_are_counted_and_a_circle_ends() {
    let (a, b) = (Place::new(), Place::new());
    // Each believes that the other knows the way.
    let listener = TcpListener::bind("127.0.0.3:0").expect("an address");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let first = start(&a, "127.0.0.2", "nowhere", address);
    let mut config = b.config("127.0.0.3", &format!("destination = ['nowhere=http://{}']", first.address));
    config.listen.as_mut().expect("it listens").address = address;
    let second = Running::start(config);
    first.post(&message_for("nowhere", "jobs", "{}")).is(200, &[]);
    let dead = [a.path().join("spool/dead"), b.path().join("spool/dead")];
    wait_until("the circle's end", move || dead.iter().any(|dead| std::fs::read_dir(dead).is_ok()));
    let sent = |gateway: &Running| gateway.handle.metrics().contains("messages_received_total 4\n");
    assert!(sent(&first) && sent(&second) || first.handle.metrics().contains("messages_received_total 5\n"));
}

#[test]
fn what_was_not_delivered_is_delivered_after_a_restart() {
    let (a, b) = (Place::new(), Place::new());
    let listener = TcpListener::bind("127.0.0.3:0").expect("an address");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let first = start(&a, "127.0.0.2", "127.0.0.3", address);
    let queue = a.queue("transitd");
    (1..=10).for_each(|number| put(&queue, &numbered("127.0.0.3", number)));
    wait_until("the queue is drained", move || contents(&queue).is_empty());
    first.stop();
    let mut config = b.config("127.0.0.3", "");
    config.listen.as_mut().expect("it listens").address = address;
    let _last = Running::start(config);
    let _again = start(&a, "127.0.0.2", "127.0.0.3", address);
    expect_numbers(&b, 1, 10);
}

#[test]
fn messages_in_an_answer_are_taken_under_the_same_rules() {
    let waiting = [numbered("localhost", 7), message_for("10.0.0.1", "jobs", "{}")].concat();
    let answer = format!(
        "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{}",
        waiting.len(),
        String::from_utf8(waiting).expect("text")
    );
    let host = FakeHost::start(move |_, _| Some(answer.clone()));
    let place = Place::new();
    let _gateway = start(&place, "127.0.0.2", "old", host.address);
    put(&place.queue("transitd"), &numbered("old", 1));
    host.next();
    expect_numbers(&place, 7, 7);
}

#[test]
fn two_gateways_hand_a_proxied_hosts_messages_over() {
    let (a, b) = (Place::new(), Place::new());
    let outer = Running::start(b.config("127.0.0.3", "proxy = ['inner']\ndanger-open = ['proxy']"));
    put(&b.queue("transitd"), &message_for("inner", "jobs", "{\"n\":1}"));
    let waiting = b.queue("inner");
    wait_until("the message waits for its host", move || contents(&waiting).len() == 1);
    assert!(outer.post(b"").body.is_empty(), "nobody came for it");
    let claim = "TRANSIT-SENDING-HOST: inner\r\n";
    let answer = support::post(outer.address, claim, b"");
    assert_eq!(answer.body, message_for("inner", "jobs", "{\"n\":1}"));
    drop(a);
}

#[test]
fn an_outgoing_queue_that_somebody_removes_is_made_anew() {
    let (a, b) = (Place::new(), Place::new());
    let last = Running::start(b.config("127.0.0.3", ""));
    let _first = start(&a, "127.0.0.2", "127.0.0.3", last.address);
    put(&a.queue("transitd"), &numbered("127.0.0.3", 1));
    expect_numbers(&b, 1, 1);
    a.registry().remove("transitd").expect("removed");
    let registry = a.registry();
    wait_until("the queue is there again", move || registry.exists("transitd").expect("asked"));
    put(&a.queue("transitd"), &numbered("127.0.0.3", 2));
    expect_numbers(&b, 2, 2);
}
