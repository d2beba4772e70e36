//! A wait that is called off ends, and loses nothing.

use std::sync::mpsc;
use std::thread;

use nuncio_core::{Cancel, ErrorKind, Outcome};

use super::full::full_mailbox;
use crate::letter::Letter;
use crate::post::{linger, unless};
use crate::scale;
use crate::stage::Stage;

fn rounds() -> u64 {
    scale::choose(500, 50_000)
}

/// A receive is called off again and again while messages come; each arrives once.
pub fn blocked_recv_many_times(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader");
    let (cancel, (noticed, is_noticed)) = (Cancel::new(), mpsc::channel());
    let letters = thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut letters = Vec::new();
            let mut cancelled = 0;
            while cancelled < rounds() {
                match reader.recv(16, unless(&cancel)) {
                    Ok(more) => letters.extend(more),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Interrupted);
                        cancelled += 1;
                        cancel.reset();
                        noticed.send(()).expect("somebody waits for this");
                    }
                }
            }
            letters
        });
        for round in 0..rounds() {
            sender.send(&[Letter::new(0, round)], 1);
            linger(round);
            cancel.cancel();
            is_noticed.recv().expect("the wait ends");
        }
        reading.join().expect("the reader")
    });
    let letters = [letters, reader.take_rest()].concat();
    assert!(letters == Letter::row(0, 0..rounds()), "letters are lost, doubled or out of order");
}

/// A send that waits for room is called off again and again; nothing of it arrives.
pub fn blocked_send_many_times(stage: &Stage<'_>) {
    let (sender, mut reader, end) = full_mailbox(stage);
    let cancel = Cancel::new();
    for round in 0..rounds() {
        let failure = thread::scope(|scope| {
            let sending = scope.spawn(|| sender.send_letter(&Letter::new(0, end), unless(&cancel)));
            linger(round);
            cancel.cancel();
            sending.join().expect("the sender").expect_err("there is no room")
        });
        assert_eq!((failure.error.kind(), failure.outcome), (ErrorKind::Interrupted, Outcome::NotSent));
        cancel.reset();
    }
    assert_eq!(reader.take_rest(), Letter::row(0, 0..end));
}

/// One cancel ends all waits that have it, those under way and those to come.
pub fn all_waits_at_once(stage: &Stage<'_>) {
    let (sender, _full, end) = full_mailbox(stage);
    let mut empty = stage.reader("empty");
    let cancel = Cancel::new();
    for round in 0..rounds() / 10 {
        thread::scope(|scope| {
            let receiving = scope.spawn(|| empty.recv(1, unless(&cancel)).expect_err("nothing comes"));
            let sending = [0, 1].map(|_| scope.spawn(|| sender.send_letter(&Letter::new(0, end), unless(&cancel))));
            linger(round);
            cancel.cancel();
            assert_eq!(receiving.join().expect("the reader").kind(), ErrorKind::Interrupted);
            for sending in sending {
                let failure = sending.join().expect("a sender").expect_err("there is no room");
                assert_eq!(failure.error.kind(), ErrorKind::Interrupted);
            }
        });
        assert_eq!(empty.recv(1, unless(&cancel)).expect_err("still called off").kind(), ErrorKind::Interrupted);
        cancel.reset();
    }
}
