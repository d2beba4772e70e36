//! Order, and that nothing is lost or doubled on the way.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use nuncio_core::Order;

use crate::letter::Letter;
use crate::post::{Reader, shortly};
use crate::scale;
use crate::stage::Stage;

const SENDERS: u32 = 4;

fn letters_of_each() -> u64 {
    scale::choose(2_000, 100_000)
}

fn letters_of_all() -> usize {
    letters_of_each() as usize * SENDERS as usize
}

/// What one sender sends arrives in its order, in batches of any size.
pub fn one_sender(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader");
    let letters = Letter::row(0, 0..letters_of_each());
    let read = thread::scope(|scope| {
        scope.spawn(|| {
            let (first, rest) = letters.split_at(letters.len() / 2);
            sender.send(first, 1);
            sender.send(rest, 13);
        });
        reader.take(letters.len())
    });
    assert!(read == letters, "letters are lost, doubled or out of order");
    assert_eq!(reader.take_rest(), []);
}

/// Several senders, each with its own order.
pub fn many_senders(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let read = thread::scope(|scope| {
        for sender in 0..SENDERS {
            scope.spawn(move || {
                let letters = Letter::row(sender, 0..letters_of_each());
                stage.sender(&format!("sender{sender}"), "reader").send(&letters, 7);
            });
        }
        reader.take(letters_of_all())
    });
    check_each_in_order(&read);
    assert_eq!(reader.take_rest(), []);
}

/// One outbox used by several threads, each with its own order.
pub fn one_outbox_many_threads(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader");
    let read = thread::scope(|scope| {
        for thread in 0..SENDERS {
            let sender = &sender;
            scope.spawn(move || sender.send(&Letter::row(thread, 0..letters_of_each()), 5));
        }
        reader.take(letters_of_all())
    });
    check_each_in_order(&read);
    assert_eq!(reader.take_rest(), []);
}

/// Where it is claimed: letters arrive in the order in which they were accepted, whoever sent them. Elsewhere each
/// arrives once.
pub fn across_senders(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let senders = [stage.sender("first", "reader"), stage.sender("second", "reader")];
    for round in 0..letters_of_each() / 4 {
        let letters =
            [Letter::new(0, round), Letter::new(1, round), Letter::new(0, round + 1), Letter::new(1, round + 1)];
        for letter in &letters {
            senders[letter.sender as usize].send(std::slice::from_ref(letter), 1);
        }
        let mut arrived = reader.take(letters.len());
        if stage.claims.order != Order::AllSenders {
            arrived.sort_by_key(|letter| letter.number);
            arrived[..2].sort();
            arrived[2..].sort();
        }
        assert_eq!(arrived, letters);
    }
}

/// Two readers of one name share the work and no letter comes twice; where that is not claimed the second is turned
/// away, see [`name_is_taken_once`](super::life::name_is_taken_once).
pub fn shared_readers(stage: &Stage<'_>) {
    if !stage.claims.shared_readers {
        return super::life::name_is_taken_once(stage);
    }
    let mut readers = [stage.reader("reader"), stage.reader("reader")];
    let letters = Letter::row(0, 0..letters_of_each());
    let read = AtomicUsize::new(0);
    let mut seen: Vec<Letter> = thread::scope(|scope| {
        let threads = readers.each_mut().map(|reader| scope.spawn(|| share(reader, &read, letters.len())));
        stage.sender("sender", "reader").send(&letters, 3);
        threads.into_iter().flat_map(|thread| thread.join().expect("a reader")).collect()
    });
    seen.sort();
    assert!(seen == letters, "letters are lost or doubled");
}

/// One reader's share, in the order in which it came, until all readers have `total`.
fn share(reader: &mut Reader, read: &AtomicUsize, total: usize) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    while read.load(Ordering::SeqCst) < total {
        let more = reader.recv(3, shortly()).expect("a reader can read");
        read.fetch_add(more.len(), Ordering::SeqCst);
        letters.extend(more);
    }
    assert!(letters.is_sorted(), "one reader sees one sender's letters in their order");
    letters
}

/// All letters of all senders are there, each once and in its sender's order.
fn check_each_in_order(read: &[Letter]) {
    let mut next = [0; SENDERS as usize];
    for letter in read {
        let expected = &mut next[letter.sender as usize];
        assert_eq!(letter.number, *expected, "sender {}", letter.sender);
        *expected += 1;
    }
    assert_eq!(next, [letters_of_each(); SENDERS as usize]);
}
