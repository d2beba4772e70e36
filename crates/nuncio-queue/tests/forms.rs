//! The forms of sending and receiving, and what each says when it cannot.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nuncio_core::{Cancel, Deadline, ErrorKind, Limits, Wait};
use nuncio_queue::{Message, Queue, SendOptions, Value};
use serde::{Deserialize, Serialize};

use self::support::Place;

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
#[serde(deny_unknown_fields)]
struct Job {
    id: u64,
    text: String,
}

fn job(id: u64) -> Job {
    Job { id, text: "größer ☃".into() }
}

/// Sends until there is no room, and says how many there were.
fn fill(queue: &Queue) -> u64 {
    (0..).find(|id| queue.try_send(&job(*id)).is_err()).expect("a queue has an end")
}

#[test]
fn any_serde_type_goes_in_and_out_in_order() {
    let place = Place::new();
    let queue = place.queue("jobs");
    for id in 0..10 {
        queue.send(&job(id)).expect("room");
    }
    assert_eq!(queue.stat().expect("there").messages, 10);
    let received: Vec<Job> = (0..10).map(|_| queue.recv().expect("a job")).collect();
    assert_eq!(received, (0..10).map(job).collect::<Vec<_>>());
    assert_eq!(queue.try_recv::<Job>().expect("readable"), None);
}

#[test]
fn a_full_queue_gives_an_error_now_or_in_time_and_waits_otherwise() {
    let place = Place::new();
    let queue = place.queue("full");
    let count = fill(&queue);
    assert_eq!(queue.try_send(&job(0)).expect_err("full").kind(), ErrorKind::Full);
    let error = queue.send_timeout(&job(0), Duration::from_millis(20)).expect_err("full");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| queue.send(&job(count)));
        for id in 0..=count {
            assert_eq!(queue.recv::<Job>().expect("a job").id, id);
        }
        sender.join().expect("no panic").expect("sent");
    });
}

#[test]
fn a_timed_receive_ends_and_a_cancelled_one_too() {
    let place = Place::new();
    let queue = place.queue("empty");
    let error = queue.recv_timeout::<Job>(Duration::from_millis(20)).expect_err("nothing there");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let cancel = Arc::new(Cancel::new());
    std::thread::scope(|scope| {
        let reader = scope
            .spawn(|| queue.recv_message(&mut Message::new(), Wait { until: Deadline::Never, cancel: Some(&cancel) }));
        cancel.cancel();
        assert_eq!(reader.join().expect("no panic").expect_err("cancelled").kind(), ErrorKind::Interrupted);
    });
    queue.send(&job(1)).expect("room");
    let until = Deadline::At(Instant::now() + Duration::from_secs(60));
    assert!(queue.recv_message(&mut Message::new(), Wait::until(until)).expect("there"));
}

#[test]
fn a_queue_removed_under_a_waiting_reader_is_an_error_not_a_hang() {
    let place = Place::new();
    let registry = place.registry();
    let queue = registry.queue("gone").expect("made");
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| queue.recv::<Job>());
        registry.remove("gone").expect("removed");
        let error = reader.join().expect("no panic").expect_err("removed");
        assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint, "{error}");
    });
    assert_eq!(queue.send(&job(1)).expect_err("removed").kind(), ErrorKind::NoSuchEndpoint);
    let again = registry.queue("gone").expect("made again");
    queue.send(&job(2)).expect("the handle finds the new one");
    assert_eq!(again.recv::<Job>().expect("a job").id, 2);
}

#[test]
fn a_message_that_is_no_map_or_holds_what_a_header_cannot_is_refused_before_anything_is_sent() {
    let place = Place::new();
    let queue = place.queue("strict");
    assert_eq!(queue.send(&[1, 2]).expect_err("a list").kind(), ErrorKind::ApiMisuse);
    assert_eq!(queue.send("text").expect_err("a text").kind(), ErrorKind::ApiMisuse);
    for options in [
        SendOptions::new().with_header("d", "a,q=b"),
        SendOptions::new().with_header("l", "1"),
        SendOptions::new().with_source("a=b"),
        SendOptions::new().with_meta("send_ts", 1),
    ] {
        let error = queue.send_with(&job(1), &options, Wait::NOW).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::ApiMisuse, "{error}");
    }
    assert_eq!(queue.stat().expect("there").messages, 0);
}

#[test]
fn header_arguments_and_metadata_reach_the_reader() {
    let place = Place::new();
    let queue = place.queue("arguments");
    let options = SendOptions::new()
        .with_codec(nuncio_queue::Codec::Json)
        .with_compression_label("none")
        .with_source("claimed.example")
        .with_header("z", "9")
        .with_meta("once", vec![Value::from("more"), Value::from(2)]);
    queue.send_with(&job(1), &options, Wait::NOW).expect("room");
    let message = queue.raw().recv().expect("there");
    assert_eq!(message.header("s"), Some("json"));
    assert_eq!(message.header("c"), Some("none"));
    assert_eq!(message.header("S"), Some("claimed.example"));
    assert_eq!(message.header("z"), Some("9"));
    assert_eq!(message.header("l"), Some(message.payload().len().to_string().as_str()));
    let metadata = message.metadata().expect("readable");
    assert_eq!(metadata.source_host(), Some("test.example"));
    assert_eq!(metadata.get("serializer").and_then(Value::as_str), Some("json"));
    assert_eq!(metadata.get("once").and_then(Value::as_array).map(<[_]>::len), Some(2));
    assert_eq!(message.decode::<Job>().expect("a job"), job(1));
}

#[test]
fn what_the_caller_had_put_into_the_metadata_stays() {
    let place = Place::new();
    let queue = place.queue("own-meta");
    let own = BTreeMap::from([("mine", 1), ("send_ts", 2)]);
    queue.send(&BTreeMap::from([(".ipc_transit_meta", own)])).expect("room");
    let metadata = queue.raw().recv().expect("there").metadata().expect("readable");
    assert_eq!(metadata.get("mine").and_then(Value::as_i64), Some(1));
    assert!(metadata.sent_at() > Some(std::time::UNIX_EPOCH + Duration::from_secs(2)));
}

#[test]
fn large_messages_go_through_a_file_and_leave_none_behind() {
    let place = Place::new();
    let queue = place.queue("large");
    for bytes in [4000, 4096, 10_000, 1_000_000] {
        let large = Job { id: bytes, text: "x".repeat(usize::try_from(bytes).expect("small")) };
        queue.send(&large).expect("room");
        assert_eq!(queue.recv::<Job>().expect("a job"), large);
    }
    assert_eq!(std::fs::read_dir(place.spill()).expect("made").count(), 0);
}

#[test]
fn a_payload_at_the_limit_goes_and_one_byte_more_does_not() {
    let place = Place::new();
    let registry = place.builder().limits(Limits::default().with_payload_bytes_max(5000)).open().expect("opens");
    let queue = registry.queue("limit").expect("made");
    queue.raw().send(&[b'x'; 5000]).expect("at the limit");
    let error = queue.raw().send(&[b'x'; 5001]).expect_err("above");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.chain().to_string().contains("payload is 5001 bytes, limit is 5000 bytes"), "{}", error.chain());
    assert_eq!(queue.raw().recv().expect("there").payload().len(), 5000);
    assert_eq!(queue.stat().expect("there").messages, 0);
}

#[test]
fn a_full_queue_leaves_no_spill_file_of_what_was_not_sent() {
    let place = Place::new();
    let queue = place.queue("full-spill");
    fill(&queue);
    let large = Job { id: 1, text: "x".repeat(5000) };
    assert_eq!(queue.try_send(&large).expect_err("full").kind(), ErrorKind::Full);
    assert_eq!(std::fs::read_dir(place.spill()).expect("made").count(), 0);
}

#[test]
fn raw_payloads_are_carried_as_they_are() {
    let place = Place::new();
    let queue = place.queue("raw");
    for payload in [&b""[..], b"\0\xff", b"0", &[7; 4097]] {
        queue.raw().send(payload).expect("room");
        let message = queue.raw().recv_timeout(support::PATIENCE).expect("readable").expect("there");
        assert_eq!(message.payload(), payload);
        assert!(message.decode::<Value>().is_err());
    }
    assert!(queue.raw().try_recv().expect("readable").is_none());
}

#[test]
fn a_message_that_cannot_be_read_comes_back_in_the_error() {
    let place = Place::new();
    let queue = place.queue("bad");
    queue.raw().send(b"{\"id\":\"no number\"}").expect("room");
    queue.send(&job(2)).expect("room");
    let failed = queue.recv::<Job>().expect_err("no job");
    assert_eq!(failed.kind(), ErrorKind::Corrupt);
    assert_eq!(failed.message.expect("taken").payload(), b"{\"id\":\"no number\"}");
    assert_eq!(queue.recv::<Job>().expect("the next one"), job(2));
}

#[test]
fn what_was_given_back_is_received_first_here_and_after_this_process() {
    let place = Place::new();
    let queue = place.queue("returned");
    for id in 0..3 {
        queue.send(&job(id)).expect("room");
    }
    let first = queue.raw().recv().expect("there");
    queue.give_back(&first);
    assert_eq!(queue.recv::<Job>().expect("the first again").id, 0);
    queue.give_back(&first);
    drop(queue);
    assert_eq!(place.files().len(), 2, "a queue file and a returned message: {:?}", place.files());
    let queue = place.queue("returned");
    let ids: Vec<u64> = (0..3).map(|_| queue.recv::<Job>().expect("a job").id).collect();
    assert_eq!(ids, [0, 1, 2]);
    assert_eq!(place.files(), ["returned"]);
}

#[test]
fn a_local_queue_stays_in_this_process() {
    let place = Place::new();
    let local = Queue::builder("forms-local").registry(place.builder()).local().open().expect("opens");
    local.send(&job(1)).expect("room");
    let through_the_kernel = SendOptions::new().override_local();
    local.send_with(&job(2), &through_the_kernel, Wait::NOW).expect("room");
    let other = place.queue("forms-local");
    assert_eq!(other.recv::<Job>().expect("declared for the whole process"), job(1));
    assert_eq!(other.stat().expect("there").messages, 0);
    assert_eq!(local.try_recv::<Job>().expect("readable"), None);
}

#[test]
fn overrides_in_the_message_itself_decide_too() {
    let place = Place::new();
    let queue = place.queue("forms-overrides");
    let to = |way: &'static str| {
        let overrides = BTreeMap::from([("overrides", BTreeMap::from([("default_to", way)]))]);
        BTreeMap::from([(".ipc_transit_meta", overrides)])
    };
    queue.send(&to("local")).expect("room");
    assert_eq!(queue.stat().expect("there").messages, 0);
    let local = Queue::builder("forms-overrides").registry(place.builder()).local().open().expect("opens");
    local.send(&to("non-local")).expect("room");
    let kernel = nuncio_sys::sysv::MessageQueue::open(queue.stat().expect("there").key).expect("there");
    assert_eq!(kernel.stat().expect("there").messages, 1);
    let first: Value = local.recv().expect("what stayed");
    assert_eq!(first, Value::Map(nuncio_queue::Map::new()));
}

#[test]
fn iteration_ends_when_the_queue_is_removed() {
    let place = Place::new();
    let queue = place.queue("iterate");
    for id in 0..3 {
        queue.send(&job(id)).expect("room");
    }
    let mut jobs = queue.iter::<Job>();
    assert_eq!(jobs.by_ref().take(3).map(|job| job.expect("a job").id).collect::<Vec<_>>(), [0, 1, 2]);
    queue.remove().expect("there");
    assert_eq!(jobs.next().expect("says why").expect_err("removed").kind(), ErrorKind::NoSuchEndpoint);
    assert!(jobs.next().is_none());
}

#[test]
fn a_cancelled_receive_leaves_nothing_of_the_message_before() {
    let place = Place::new();
    let queue = place.queue("stale");
    queue.send(&job(1)).expect("room");
    let (mut message, cancel) = (Message::new(), Cancel::new());
    assert!(queue.recv_message(&mut message, Wait::NOW).expect("there"));
    cancel.cancel();
    let wait = Wait { until: Deadline::Never, cancel: Some(&cancel) };
    assert_eq!(queue.recv_message(&mut message, wait).expect_err("cancelled").kind(), ErrorKind::Interrupted);
    assert!(message.is_empty());
}

#[test]
fn every_thread_of_a_handle_finds_the_queue_that_was_made_anew() {
    let place = Place::new();
    let registry = place.registry();
    let queue = registry.queue("again").expect("made");
    for _ in 0..50 {
        queue.remove().expect("there");
        registry.queue("again").expect("made again");
        let barrier = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for id in 0..4 {
                let (queue, barrier) = (&queue, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    queue.try_send(&job(id)).expect("the new queue is found");
                });
            }
        });
        assert_eq!(queue.stat().expect("there").messages, 4);
    }
}

#[test]
fn a_large_message_that_could_not_be_fetched_is_not_lost_by_giving_it_back() {
    let place = Place::new();
    let queue = place.queue("unfetched");
    let large = Job { id: 1, text: "x".repeat(5000) };
    for keep in [false, true] {
        queue.send(&large).expect("room");
        let file = place.spill().join(&place.spilled()[0]);
        let elsewhere = place.path().join("elsewhere");
        std::fs::rename(&file, &elsewhere).expect("renamed");
        let failed = queue.recv::<Job>().map(drop).expect_err("its file is not there");
        std::fs::rename(&elsewhere, &file).expect("renamed back");
        let message = failed.message.expect("taken");
        if keep {
            queue.keep(&message).expect("kept");
            assert_eq!(place.queue("unfetched").recv::<Job>().expect("kept for the next"), large);
        } else {
            queue.give_back(&message);
            assert_eq!(queue.recv::<Job>().expect("given back"), large);
        }
    }
}

#[test]
fn a_spill_directory_that_was_made_anew_is_used() {
    let place = Place::new();
    let queue = place.queue("tidied");
    let large = Job { id: 1, text: "x".repeat(5000) };
    queue.send(&large).expect("room");
    assert_eq!(queue.recv::<Job>().expect("a job"), large);
    std::fs::remove_dir(place.spill()).expect("empty");
    queue.send(&large).expect("made again");
    assert_eq!(queue.recv::<Job>().expect("a job"), large);
}

#[test]
fn what_is_given_back_to_a_local_queue_stays_in_this_process_and_comes_first() {
    let place = Place::new();
    let queue = Queue::builder("forms-local-back").registry(place.builder()).local().open().expect("opens");
    queue.raw().send(b"{\"id\":1,\"text\":\"\"}").expect("room");
    queue.send(&job(2)).expect("room");
    let first = queue.raw().recv().expect("there");
    queue.give_back(&first);
    let ids: Vec<u64> = (0..2).map(|_| queue.recv::<Job>().expect("a job").id).collect();
    assert_eq!(ids, [1, 2]);
}

#[test]
fn declaring_a_name_local_strands_nobody_who_waits_there() {
    let place = Place::new();
    let registry = place.builder().limits(Limits::default().with_capacity(1)).open().expect("opens");
    let queue = registry.queue("forms-declared-late").expect("made");
    let in_memory = SendOptions::new().override_non_local();
    queue.send_with(&job(1), &in_memory, Wait::NOW).expect("room");
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| queue.send_with(&job(2), &in_memory, Wait::FOREVER));
        let declared = Queue::builder("forms-declared-late").registry(place.builder()).local().open().expect("opens");
        let ids: Vec<u64> = (0..2).map(|_| declared.recv::<Job>().expect("a job").id).collect();
        assert_eq!(ids, [1, 2]);
        sender.join().expect("no panic").expect("sent");
    });
}
