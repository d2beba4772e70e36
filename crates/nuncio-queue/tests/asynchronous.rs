//! The asynchronous forms: the runtime is never blocked, and a dropped future loses nothing.
#![cfg(feature = "tokio")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use nuncio_queue::{AsyncQueue, ErrorKind, Message};
use serde::{Deserialize, Serialize};

use self::support::{PATIENCE, Place};

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Job {
    id: u64,
}

async fn within<T>(act: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, act).await.expect("nothing hangs")
}

#[tokio::test]
async fn a_waiting_receiver_leaves_the_runtime_free() {
    let place = Place::new();
    let queue = Arc::new(AsyncQueue::from(place.queue("jobs")));
    let reader = tokio::spawn({
        let queue = Arc::clone(&queue);
        async move { queue.recv::<Job>().await }
    });
    // On a runtime with one thread this runs only because the reader does not block it.
    tokio::task::yield_now().await;
    within(queue.send(&Job { id: 1 })).await.expect("room");
    assert_eq!(within(reader).await.expect("no panic").expect("a job"), Job { id: 1 });
}

#[tokio::test]
async fn a_dropped_receive_loses_nothing() {
    let place = Place::new();
    let queue = AsyncQueue::from(place.queue("jobs"));
    for id in 0..100 {
        let timed_out = queue.recv_timeout::<Job>(Duration::from_micros(id % 7)).await;
        assert_eq!(timed_out.expect_err("nothing was sent").kind(), ErrorKind::TimedOut);
        queue.queue().send(&Job { id }).expect("room");
        assert_eq!(within(queue.recv::<Job>()).await.expect("a job"), Job { id });
    }
}

#[tokio::test]
async fn what_was_taken_for_a_dropped_future_is_received_by_whoever_waits() {
    let place = Place::new();
    let plain = place.queue("jobs");
    for id in 0..50 {
        let queue = AsyncQueue::from(plain.clone());
        assert!(queue.recv_timeout::<Job>(Duration::from_micros(id % 5)).await.is_err());
        plain.send(&Job { id }).expect("room");
        drop(queue);
        let again = AsyncQueue::from(plain.clone());
        assert_eq!(within(again.recv::<Job>()).await.expect("not lost"), Job { id });
    }
}

#[tokio::test]
async fn what_cannot_be_read_comes_back_in_the_error() {
    let place = Place::new();
    let queue = Arc::new(AsyncQueue::from(place.queue("bad")));
    let reader = tokio::spawn({
        let queue = Arc::clone(&queue);
        async move { queue.recv::<Job>().await }
    });
    tokio::task::yield_now().await;
    support::inject(queue.queue(), b"no header");
    let failed = within(reader).await.expect("no panic").expect_err("unreadable");
    assert_eq!(failed.message.expect("taken").payload(), b"no header");
}

#[test]
fn a_runtime_ends_though_a_receive_was_given_up() {
    let place = Place::new();
    let queue = AsyncQueue::from(place.queue("given-up"));
    nuncio_conformance::within(PATIENCE, "the end of a runtime", move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let timed_out = runtime.block_on(queue.recv_timeout::<Job>(Duration::from_millis(5)));
        assert!(timed_out.is_err());
        drop(runtime);
        drop(queue);
    });
}

#[tokio::test]
async fn a_full_queue_makes_the_sender_wait_without_blocking_the_runtime() {
    let place = Place::new();
    let queue = Arc::new(AsyncQueue::from(place.queue("full")));
    let count = (0..).find(|id| queue.queue().try_send(&Job { id: *id }).is_err()).expect("an end");
    let error = queue.send_timeout(&Job { id: count }, Duration::from_millis(20)).await.expect_err("full");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let sender = tokio::spawn({
        let queue = Arc::clone(&queue);
        async move { queue.send(&Job { id: count }).await }
    });
    for id in 0..=count {
        assert_eq!(within(queue.recv::<Job>()).await.expect("a job"), Job { id });
    }
    within(sender).await.expect("no panic").expect("sent");
}

#[tokio::test]
async fn a_removed_queue_wakes_the_receiver() {
    let place = Place::new();
    let queue = Arc::new(AsyncQueue::from(place.queue("gone")));
    let reader = tokio::spawn({
        let queue = Arc::clone(&queue);
        async move { queue.recv_message(&mut Message::new()).await }
    });
    tokio::task::yield_now().await;
    queue.queue().remove().expect("there");
    assert_eq!(within(reader).await.expect("no panic").expect_err("gone").kind(), ErrorKind::NoSuchEndpoint);
}

#[tokio::test]
async fn blocking_calls_inside_a_runtime_do_not_panic() {
    let place = Place::new();
    let queue = place.queue("blocking");
    queue.send(&Job { id: 1 }).expect("room");
    assert_eq!(queue.recv::<Job>().expect("a job"), Job { id: 1 });
    assert!(queue.recv_timeout::<Job>(Duration::from_millis(5)).is_err());
}
