//! Waits end when they should, and not before.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use nuncio_core::{Deadline, Readiness, Wait, WaitsBy};

use crate::letter::Letter;
use crate::post::linger;
use crate::readiness::{Edges, is_ready};
use crate::scale;
use crate::stage::Stage;

/// With nothing to receive, `Now` and a deadline that is over give 0 at once, a deadline to come gives 0 when it passes.
pub fn nothing_arrives(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let past = Instant::now();
    let soon = past + Duration::from_millis(20);
    assert_eq!(reader.recv(1, Wait::NOW).expect("nothing"), []);
    for deadline in [past, soon] {
        assert_eq!(reader.recv(1, Wait::until(Deadline::At(deadline))).expect("nothing"), []);
        assert!(Instant::now() >= deadline, "the wait ended before its deadline");
    }
    // A deadline that is over is no reason to leave what is there.
    stage.sender("sender", "reader").send(&[Letter::new(0, 0)], 1);
    assert_eq!(reader.recv(1, Wait::until(Deadline::At(past))).expect("one is there"), [Letter::new(0, 0)]);
}

/// A receive that waits gets what is sent meanwhile, every time, with and without a deadline.
pub fn something_arrives(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader");
    for round in 0..scale::choose(500, 50_000) {
        let until = match round % 2 {
            0 => Deadline::Never,
            _ => Deadline::At(Instant::now() + Duration::from_secs(3600)),
        };
        thread::scope(|scope| {
            let receiving = scope.spawn(|| reader.recv(1, Wait::until(until)).expect("one comes"));
            linger(round);
            sender.send(&[Letter::new(0, round)], 1);
            assert_eq!(receiving.join().expect("the reader"), [Letter::new(0, round)]);
        });
    }
}

/// The descriptor is the same all the time, and readable when something came after a receive that found nothing.
pub fn readiness(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let readiness = reader.inbox.readiness();
    let Readiness::Readable(descriptor) = &readiness else {
        return assert_eq!(stage.claims.waits_by, WaitsBy::KernelCall, "{readiness:?}");
    };
    assert_eq!(stage.claims.waits_by, WaitsBy::Descriptor);
    let sender = stage.sender("sender", "reader");
    for round in 0..scale::choose(200, 20_000) {
        // A medium may have to do chores first, and be readable for them.
        while reader.recv(16, Wait::NOW).expect("nothing is wrong").is_empty()
            && is_ready(&readiness, Some(Duration::ZERO))
        {
            reader.inbox.pump().expect("nothing is wrong");
        }
        thread::scope(|scope| {
            scope.spawn(|| sender.send(&[Letter::new(0, round)], 1));
            linger(round);
            let mut letters = Vec::new();
            while letters.is_empty() {
                is_ready(&readiness, None);
                reader.inbox.pump().expect("nothing is wrong");
                letters = reader.recv(16, Wait::NOW).expect("nothing is wrong");
            }
            assert_eq!(letters, [Letter::new(0, round)]);
        });
        assert!(matches!(reader.inbox.readiness(), Readiness::Readable(same) if Arc::ptr_eq(&same, descriptor)));
    }
}

/// Who is told of changes only, as async runtimes are, misses no message, as long as he receives until there is nothing.
pub fn readiness_by_edge(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let Readiness::Readable(descriptor) = reader.inbox.readiness() else {
        return assert_eq!(stage.claims.waits_by, WaitsBy::KernelCall);
    };
    let edges = Edges::of(&descriptor);
    let (ask, asked) = mpsc::channel::<Letter>();
    thread::scope(|scope| {
        let sender = stage.sender("sender", "reader");
        scope.spawn(move || asked.iter().for_each(|letter| sender.send(&[letter], 1)));
        for round in 0..scale::choose(5_000, 200_000) {
            ask.send(Letter::new(0, round)).expect("the sender is there");
            linger(round);
            let mut letters = Vec::new();
            while letters.is_empty() {
                letters = reader.recv(16, Wait::NOW).expect("nothing is wrong");
                if letters.is_empty() {
                    edges.wait();
                    reader.inbox.pump().expect("nothing is wrong");
                }
            }
            assert_eq!(letters, [Letter::new(0, round)]);
        }
        drop(ask);
    });
}

/// From inside an async runtime too every blocking call does its work and does not panic.
pub fn inside_a_runtime(stage: &Stage<'_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        use super::{cancel::blocked_send_many_times, full::deadline_passes, life::suspend_loses_nothing};
        for case in [nothing_arrives, deadline_passes, blocked_send_many_times, suspend_loses_nothing] {
            case(stage);
        }
    });
}
