//! No room: a sender waits or is told, and nothing is dropped.

use std::thread;
use std::time::{Duration, Instant};

use nuncio_core::{Deadline, ErrorKind, Full, Outcome, Wait};

use crate::letter::Letter;
use crate::post::{Reader, Sender, linger};
use crate::scale;
use crate::stage::Stage;

/// A mailbox that is full, and the number of the first letter that had no room.
pub(crate) fn full_mailbox(stage: &Stage<'_>) -> (Sender, Reader, u64) {
    let reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader").in_one_form();
    let end = sender.fill(0);
    (sender, reader, end)
}

/// How many letters must leave before one more has room for certain.
pub(crate) fn letters_for_one(stage: &Stage<'_>) -> usize {
    match stage.claims.full {
        Full::WaitsAtBytes => 2,
        _ => 1,
    }
}

/// `Now` says `Full`, gives the letter back and leaves no trace.
pub fn now_changes_nothing(stage: &Stage<'_>) {
    let (sender, mut reader, end) = full_mailbox(stage);
    for _ in 0..3 {
        let failure = sender.send_letter(&Letter::new(0, end), Wait::NOW).expect_err("there is no room");
        assert_eq!((failure.error.kind(), failure.outcome), (ErrorKind::Full, Outcome::NotSent));
        assert!(failure.error.is_transient());
    }
    assert_eq!(reader.take_rest(), Letter::row(0, 0..end));
}

/// A deadline that passes says `TimedOut`, not before its time; one that is over is no reason not to use room.
pub fn deadline_passes(stage: &Stage<'_>) {
    let (sender, mut reader, end) = full_mailbox(stage);
    let past = Instant::now();
    let soon = past + Duration::from_millis(20);
    for deadline in [past, soon] {
        let wait = Wait::until(Deadline::At(deadline));
        let failure = sender.send_letter(&Letter::new(0, end), wait).expect_err("there is no room");
        assert_eq!((failure.error.kind(), failure.outcome), (ErrorKind::TimedOut, Outcome::NotSent));
        assert!(Instant::now() >= deadline, "the wait ended before its deadline");
    }
    assert_eq!(reader.take_rest(), Letter::row(0, 0..end));
    sender.send_letter(&Letter::new(0, end), Wait::until(Deadline::At(past))).expect("there is room now");
    assert_eq!(reader.take(1), [Letter::new(0, end)]);
}

/// A sender that waits for room gets it as soon as somebody reads, every time.
pub fn draining_unblocks(stage: &Stage<'_>) {
    let (sender, mut reader, mut end) = full_mailbox(stage);
    let (rounds, count) = (scale::choose(500, 50_000), letters_for_one(stage));
    let mut read = Vec::new();
    for round in 0..rounds {
        let letters = Letter::row(0, end..end + count as u64);
        thread::scope(|scope| {
            scope.spawn(|| sender.send(&letters, 1));
            linger(round);
            read.extend(reader.take(count));
        });
        end += count as u64;
    }
    read.extend(reader.take_rest());
    assert!(read == Letter::row(0, 0..end), "letters are lost, doubled or out of order");
}

/// When room is made for several senders at once, all of them get it, though nobody reads any more.
pub fn all_who_fit_get_room(stage: &Stage<'_>) {
    let (sender, mut reader, mut end) = full_mailbox(stage);
    let mut read = Vec::new();
    for round in 0..scale::choose(200, 20_000) {
        let letters = Letter::row(0, end..end + 4);
        thread::scope(|scope| {
            for letter in letters.chunks(1) {
                scope.spawn(|| sender.send(letter, 1));
            }
            linger(round);
            read.extend(reader.take(4));
        });
        end += 4;
    }
    read.extend(reader.take_rest());
    read.sort();
    assert!(read == Letter::row(0, 0..end), "letters are lost or doubled");
}

/// Of many senders that wait for room, none waits for ever.
pub fn blocked_senders_all_get_through(stage: &Stage<'_>) {
    const SENDERS: u32 = 6;
    let each = scale::choose(200, 20_000);
    let (_, mut reader, filled) = full_mailbox(stage);
    let mut read = thread::scope(|scope| {
        for sender in 1..=SENDERS {
            scope.spawn(move || {
                let outbox = stage.sender(&format!("sender{sender}"), "reader");
                outbox.send(&Letter::row(sender, 0..each), 3);
            });
        }
        reader.take(filled as usize + (u64::from(SENDERS) * each) as usize)
    });
    // A stable sort keeps each sender's order, so what is sorted now was in order.
    read.sort_by_key(|letter| letter.sender);
    assert_eq!(read[..filled as usize], Letter::row(0, 0..filled));
    let rows = (1..=SENDERS).flat_map(|sender| Letter::row(sender, 0..each));
    assert!(read[filled as usize..].iter().cloned().eq(rows), "letters are lost, doubled or out of order");
    assert_eq!(reader.take_rest(), []);
}
