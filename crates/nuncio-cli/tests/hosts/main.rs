//! Hosts that send to each other while they are killed, cut off, and out of disk: every message arrives once and in order.

mod host;
mod link;

use std::sync::mpsc;

use nuncio::core::Wait;
use nuncio::queue::{Message, Queue};
use nuncio_conformance::scale;

use crate::host::{Host, SmallDisk, patience, send_all, watched};
use crate::link::Link;

/// The number of a message.
fn number_of(message: &Message) -> u64 {
    let text = std::str::from_utf8(message.payload()).expect("JSON");
    let digits = text.strip_prefix("{\"n\":").expect("a number").split(',').next().expect("a number");
    digits.parse().expect("a number")
}

/// Receives the numbers from 1 to `last`, each once and in order, on a thread; tells each one.
fn receive_all(queue: Queue, last: u64) -> mpsc::Receiver<u64> {
    let (tell, received) = mpsc::channel();
    std::thread::spawn(move || {
        let mut message = Message::new();
        for expected in 1..=last {
            assert!(queue.recv_message(&mut message, Wait::FOREVER).expect("readable"));
            assert_eq!(number_of(&message), expected, "once and in order");
            if tell.send(expected).is_err() {
                return;
            }
        }
    });
    received
}

/// Waits until `number` was received.
fn wait_for(received: &mpsc::Receiver<u64>, number: u64) {
    while received.recv_timeout(patience()).unwrap_or_else(|_| panic!("message {number} does not come")) < number {}
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed() < patience(), "{what} does not happen");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn a_host_in_between_is_killed_cut_off_and_out_of_disk() {
    let (count, kills) = scale::choose((6_000, 3), (100_000, 10));
    let disk = tempfile::tempdir().expect("a directory");
    let tmpfs = SmallDisk::new(disk.path(), 1 << 20);
    let is_disk = tmpfs.is_some();
    let small = tmpfs.unwrap_or_else(|| SmallDisk::with_small_files(disk.path(), 300_000));
    // Where no small disk can be made, the spool says itself how small it is.
    let spool_bytes = if is_disk { "1000000000" } else { "900000" };

    let mut c = Host::new("127.0.0.4");
    let link = Link::to(c.address);
    let mut b = Host::new("127.0.0.3").sends(&c, link.address).on(&small).with(&["--spool-bytes", spool_bytes]);
    let mut a = Host::new("127.0.0.2").sends(&c, b.address);
    for host in [&mut c, &mut b, &mut a] {
        host.start();
    }
    let received = receive_all(c.queue("jobs"), count);
    let half = count / 2;
    let sender = send_all(a.queue("transitd"), c.name(), 1..=half, 400);
    for kill in 1..=kills {
        wait_for(&received, kill * half / (kills + 1));
        b.kill();
        b.start();
    }
    wait_for(&received, half);
    watched("the end of the first half", move || sender.join()).expect("no panic");

    // Nothing leaves the host in between any more, and the second half is more than its disk holds.
    link.cut();
    let failures = b.figure("spool_failures_total");
    let sender = send_all(a.queue("transitd"), c.name(), half + 1..=count, 400);
    wait_until("a write that fails for want of room", || match is_disk {
        true => b.figure("spool_failures_total") > failures,
        false => b.figure("spool_bytes") > 700_000.0,
    });
    b.kill();
    b.start();
    link.mend();
    wait_for(&received, count);
    watched("the sender's end", move || sender.join()).expect("no panic");
    assert_eq!(c.queue("jobs").stat().expect("there").messages, 0, "nothing came twice");
    assert_eq!(a.dead_letters() + b.dead_letters() + c.dead_letters(), 0);
    scale::report(&format!(
        "three hosts: {count} messages, each once and in order; the one in between killed {} times, cut off and out of disk",
        kills + 1
    ));
}

#[test]
fn a_host_that_sends_is_killed_while_it_takes_from_its_queue() {
    let (count, kills) = scale::choose((3_000, 5), (50_000, 50));
    let mut b = Host::new("127.0.0.6");
    let mut a = Host::new("127.0.0.5").sends(&b, b.address);
    b.start();
    a.start();
    let received = receive_all(b.queue("jobs"), count);
    let sender = send_all(a.queue("transitd"), b.name(), 1..=count, 40);
    for kill in 1..=kills {
        wait_for(&received, kill * count / (kills + 1));
        a.kill();
        a.start();
    }
    wait_for(&received, count);
    watched("the sender's end", move || sender.join()).expect("no panic");
    assert_eq!(b.queue("jobs").stat().expect("there").messages, 0, "nothing came twice");
    scale::report(&format!("a sending host: {count} messages, each once and in order; killed {kills} times"));
}

#[test]
fn a_host_that_receives_is_killed_and_nothing_is_lost() {
    let (count, kills) = scale::choose((3_000, 5), (50_000, 50));
    let mut b = Host::new("127.0.0.8");
    let mut a = Host::new("127.0.0.7").sends(&b, b.address);
    b.start();
    a.start();
    let queue = b.queue("jobs");
    let sender = send_all(a.queue("transitd"), b.name(), 1..=count, 40);
    let (tell, received) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut message, mut last, mut repeated) = (Message::new(), 0, 0);
        while last < count {
            assert!(queue.recv_message(&mut message, Wait::FOREVER).expect("readable"));
            let number = number_of(&message);
            // A kill may repeat what was put and not noted yet; nothing is left out.
            assert!(number <= last + 1, "{number} follows {last}");
            repeated += u64::from(number <= last);
            last = last.max(number);
            if tell.send((last, repeated)).is_err() {
                return;
            }
        }
    });
    let mut at = (0, 0);
    for kill in 1..=kills {
        while at.0 < kill * count / (kills + 1) {
            at = received.recv_timeout(patience()).expect("a message");
        }
        b.kill();
        b.start();
    }
    while at.0 < count {
        at = received.recv_timeout(patience()).expect("a message");
    }
    watched("the sender's end", move || sender.join()).expect("no panic");
    assert!(at.1 <= 16 * kills, "{} messages came again after {kills} kills", at.1);
    scale::report(&format!("a receiving host: {count} messages, none lost; killed {kills} times, {} came again", at.1));
}
