//! What senders watch who do not want to wait inside the call.

use std::thread;
use std::time::Duration;

use nuncio_core::{ErrorKind, Readiness, Wait, WaitsBy};

use super::full::full_mailbox;
use crate::letter::Letter;
use crate::post::{Sender, shortly};
use crate::readiness::is_ready;
use crate::scale;
use crate::stage::Stage;

/// With room it is ready at once, also for somebody who was told otherwise; it becomes ready when room is made.
pub fn ready_when_there_is(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader").in_one_form();
    assert!(is_ready(&sender.room(), Some(Duration::ZERO)), "a mailbox with room is not ready");
    if stage.claims.waits_by == WaitsBy::Descriptor {
        assert!(!matches!(sender.room(), Readiness::Blocking), "waits are claimed to be on descriptors");
    }
    for _ in 0..20 {
        sender.fill(0);
        let room = sender.room();
        reader.take_rest();
        assert!(is_ready(&room, None));
        sender.send_letter(&Letter::new(0, 0), shortly()).expect("there is room");
    }
}

/// Many senders that only ever look at what `room` gives: all get through.
pub fn senders_that_watch_it(stage: &Stage<'_>) {
    const SENDERS: u32 = 4;
    let each = scale::choose(500, 20_000);
    let (_, mut reader, filled) = full_mailbox(stage);
    let mut read = thread::scope(|scope| {
        for number in 1..=SENDERS {
            scope.spawn(move || {
                let sender = stage.sender(&format!("sender{number}"), "reader").in_one_form();
                Letter::row(number, 0..each).iter().for_each(|letter| send_when_there_is_room(&sender, letter));
            });
        }
        reader.take(filled as usize + (u64::from(SENDERS) * each) as usize)
    });
    // A stable sort keeps each sender's order, so what is sorted now was in order.
    read.sort_by_key(|letter| letter.sender);
    let rows = (1..=SENDERS).flat_map(|sender| Letter::row(sender, 0..each));
    assert!(read[filled as usize..].iter().cloned().eq(rows), "letters are lost, doubled or out of order");
}

fn send_when_there_is_room(sender: &Sender, letter: &Letter) {
    let mut wait = Wait::NOW;
    while let Err(failure) = sender.send_letter(letter, wait) {
        assert_eq!(failure.error.kind(), ErrorKind::Full);
        match sender.room() {
            // There is nothing to watch: one waits inside the call.
            Readiness::Blocking => wait = Wait::FOREVER,
            room => drop(is_ready(&room, None)),
        }
    }
}
