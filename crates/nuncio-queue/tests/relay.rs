//! Whole messages as they are: looked at, taken, put.

mod support;

use std::thread;
use std::time::Duration;

use nuncio_core::{Cancel, Deadline, Wait};
use nuncio_queue::{ErrorKind, Message, Queue};

use self::support::letter::Letter;
use self::support::{Place, inject, refused, watched};

/// What stands at each place of the queue, without taking it.
fn texts(queue: &Queue) -> Vec<Vec<u8>> {
    let mut message = Message::new();
    (0..)
        .map_while(|at| queue.relay().peek(at, &mut message).expect("there").then(|| message.as_sent().to_vec()))
        .collect()
}

#[test]
fn a_message_is_looked_at_and_stays_until_it_is_taken() {
    let place = Place::new();
    let queue = place.queue("jobs");
    assert!(queue.relay().can_peek().expect("asked"));
    let sent: [&[u8]; 3] = [b"3:l=2{}", b"no message at all", b"003:l=2[]"];
    sent.iter().for_each(|text| queue.relay().put(text, Wait::NOW).expect("room"));
    assert_eq!(texts(&queue), sent);
    let mut message = Message::new();
    for text in sent {
        assert!(queue.relay().take(&mut message).expect("there"));
        assert_eq!(message.as_sent(), text);
    }
    assert!(!queue.relay().take(&mut message).expect("empty"));
    assert!(texts(&queue).is_empty());
}

#[test]
fn a_spilled_message_is_restored_and_its_file_stays_until_it_is_removed() {
    let place = Place::new();
    let queue = place.queue("jobs");
    let letter = Letter::new(1, 1, 9000);
    queue.send(&letter).expect("sent");
    let (mut message, relay) = (Message::new(), queue.relay());
    assert!(relay.peek(0, &mut message).expect("there"));
    assert!(message.payload().is_empty());
    let mut restored = Message::new();
    assert!(relay.peek(0, &mut restored).expect("there"));
    relay.restore(&mut restored).expect("its file is there");
    assert!(restored.payload().len() > 9000 && restored.as_sent().starts_with(message.as_sent()));
    assert_eq!(place.spilled().len(), 1);
    relay.remove_spilled(&message).expect("removed");
    relay.remove_spilled(&message).expect("it is gone, as wanted");
    assert!(place.spilled().is_empty());
    assert!(relay.take(&mut message).expect("there"));
    // What was restored is whole, and goes through a file again where it is too large.
    relay.put(restored.as_sent(), Wait::NOW).expect("room");
    assert_eq!(place.spilled().len(), 1);
    assert_eq!(Letter::receive(&queue), letter);
    refused(relay.put(&[b'x'; 9000], Wait::NOW), ErrorKind::Corrupt, &["does not begin with"]);
}

#[test]
fn what_is_not_a_spill_file_is_never_removed() {
    let place = Place::new();
    let queue = place.queue("jobs");
    let file = place.path().join("abcdefghij.transit");
    std::fs::write(&file, "precious").expect("written");
    let header = format!("l=2,f={}", file.display());
    inject(&queue, format!("{}:{header}", header.len()).as_bytes());
    let mut message = Message::new();
    assert!(queue.relay().take(&mut message).expect("there"));
    refused(queue.relay().remove_spilled(&message), ErrorKind::PermissionDenied, &["stands directly in"]);
    refused(queue.relay().restore(&mut message), ErrorKind::PermissionDenied, &["stands directly in"]);
    assert!(file.exists());
}

#[test]
fn a_wait_ends_with_a_message_and_takes_none() {
    let place = Place::new();
    let queue = place.queue("jobs");
    assert!(!queue.relay().wait(Wait::NOW).expect("nothing yet"));
    let soon = Wait::until(Deadline::after(std::time::Instant::now(), Duration::from_millis(1)));
    assert!(!queue.relay().wait(soon).expect("nothing yet"));
    let waiting = queue.clone();
    let waiter = thread::spawn(move || waiting.relay().wait(Wait::FOREVER));
    inject(&queue, b"3:l=2{}");
    assert!(watched("the wait", move || waiter.join().expect("no panic")).expect("a message"));
    assert_eq!(texts(&queue), [b"3:l=2{}"]);
    assert!(queue.relay().wait(Wait::NOW).expect("it is there"));
}

#[test]
fn a_wait_can_be_called_off() {
    let place = Place::new();
    let queue = place.queue("jobs");
    let cancel = std::sync::Arc::new(Cancel::new());
    let (called_off, waiting) = (std::sync::Arc::clone(&cancel), queue.clone());
    let waiter =
        thread::spawn(move || waiting.relay().wait(Wait { until: Deadline::Never, cancel: Some(&called_off) }));
    cancel.cancel();
    refused(watched("the wait", move || waiter.join().expect("no panic")), ErrorKind::Interrupted, &[]);
}

#[test]
fn what_was_kept_for_the_next_reader_is_found() {
    let place = Place::new();
    let queue = place.queue("jobs");
    inject(&queue, b"3:l=2{}");
    let mut message = Message::new();
    assert!(queue.relay().take(&mut message).expect("there"));
    queue.keep(&message).expect("kept");
    let again = place.queue("jobs");
    assert_eq!(again.relay().take_kept().expect("read").as_deref(), Some(&b"3:l=2{}"[..]));
    assert_eq!(again.relay().take_kept().expect("read"), None);
}
