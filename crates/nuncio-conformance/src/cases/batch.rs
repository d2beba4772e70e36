//! Several messages in one call.

use nuncio_core::{Batch, ErrorKind, Item, Outcome, Outgoing, Payload, Wait};

use super::full::{full_mailbox, letters_for_one};
use crate::letter::{Letter, Sealed};
use crate::post::shortly;
use crate::stage::Stage;

const BATCH: u64 = 16;

/// Batches of sixteen, or as many as there is room for, received in parts: a receive adds to what is in the batch already.
pub fn sixteen_at_a_time(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader");
    let at_once = BATCH.min(stage.letters_held() as u64);
    for round in 0..64 {
        let letters = Letter::row(0, round * at_once..(round + 1) * at_once);
        sender.send(&letters, at_once as usize);
        let mut batch = Batch::new();
        while batch.len() < letters.len() {
            let before = batch.len();
            let count =
                reader.inbox.recv(&mut batch, 5.min(letters.len() - before), Wait::FOREVER).expect("they are there");
            assert_eq!(batch.len(), before + count, "a receive adds to the batch");
        }
        assert_eq!(batch.iter().map(Letter::read).collect::<Vec<_>>(), letters);
        reader.acknowledge(&batch);
    }
    assert_eq!(reader.take_rest(), []);
}

/// With room for a few, the first ones of a batch are accepted, the call says how many, and those arrive.
pub fn partly_accepted_when_nearly_full(stage: &Stage<'_>) {
    let (sender, mut reader, end) = full_mailbox(stage);
    let made_free = 5 * letters_for_one(stage);
    let mut read = reader.take(made_free);
    let letters = Letter::row(0, end..end + BATCH);
    let sealed = sender.seal(&letters);
    let items: Vec<_> = sealed.iter().map(Sealed::item).collect();
    let mut batch = Outgoing::new(&items);
    // A medium may accept less than it has room for, and then there is a next call.
    while !batch.rest().is_empty() {
        if let Err(failure) = sender.send_items(&mut batch, shortly()) {
            assert_eq!((failure.error.kind(), failure.outcome), (ErrorKind::TimedOut, Outcome::NotSent));
            break;
        }
    }
    let accepted = batch.accepted();
    let most = if stage.reads_ahead() { items.len() } else { made_free };
    assert!((5..=most).contains(&accepted), "{accepted} of {BATCH} accepted, room was for 5 to {most}");
    assert_eq!(batch.rest().len(), items.len() - accepted);
    read.extend(reader.take_rest());
    assert_eq!(read, Letter::row(0, 0..end + accepted as u64));
}

/// What is in front of a message that is too large is sent; then the call says so, and what is behind it can be sent.
pub fn too_large_in_the_middle(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader");
    let letters = [0, 1, 2].map(|number| Letter::new(0, number));
    let large = Letter::with_size(9, stage.claims.payload_bytes_max + 1);
    let items = [&letters[0], &letters[1], &large, &letters[2]].map(|letter| Item::new(Payload::Encode(letter)));
    let mut batch = Outgoing::new(&items);
    let failure = loop {
        if let Err(failure) = sender.send_items(&mut batch, Wait::FOREVER) {
            break failure;
        }
    };
    assert_eq!((failure.error.kind(), failure.outcome), (ErrorKind::TooLarge, Outcome::NotSent));
    assert_eq!(batch.accepted(), 2);
    batch.advance(1);
    sender.send_items(&mut batch, Wait::FOREVER).expect("the last one fits");
    assert_eq!(reader.take(3), letters);
    assert_eq!(reader.take_rest(), []);
}

/// A batch of nothing is over at once.
pub fn nothing_to_send(stage: &Stage<'_>) {
    let (sender, mut reader, end) = full_mailbox(stage);
    let sent = sender.send_items(&mut Outgoing::new(&[]), Wait::FOREVER).expect("there is nothing that could fail");
    assert_eq!((sent.stored, sent.queued), (0, 0));
    assert_eq!(reader.take_rest(), Letter::row(0, 0..end));
}
