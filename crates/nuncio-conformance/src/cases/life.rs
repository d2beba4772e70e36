//! Coming and going.

use std::thread;

use nuncio_core::driver::{Detach, SendFailure, Sent};
use nuncio_core::{ErrorKind, Outcome, Role, Take, Wait};

use super::full::full_mailbox;
use crate::letter::Letter;
use crate::post::{Sender, linger, shortly};
use crate::readiness::is_ready;
use crate::stage::{Stage, name};

/// A name has one reader, unless readers share; who is turned away disturbs nobody.
pub fn name_is_taken_once(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader");
    sender.send(&[Letter::new(0, 0)], 1);
    let second = stage.attach("reader", Role::Receive);
    match stage.claims.shared_readers {
        true => drop(second.expect("readers share the name")),
        false => assert_eq!(second.expect_err("the name is taken").kind(), ErrorKind::AlreadyExists),
    }
    sender.send(&[Letter::new(0, 1)], 1);
    assert_eq!(reader.take(2), Letter::row(0, 0..2));
}

/// Who only sends has no inbox and takes no name.
pub fn send_only_takes_no_name(stage: &Stage<'_>) {
    let first = stage.attach("name", Role::SendOnly).expect("the name is not needed");
    let second = stage.attach("name", Role::SendOnly).expect("nor by another");
    assert!(first.inbox.is_none() && second.inbox.is_none());
    let reader = stage.attach("name", Role::Receive).expect("nobody receives under this name");
    assert!(reader.inbox.is_some());
    assert_eq!(reader.acknowledge.is_some(), stage.claims.take == Take::Leased);
    Sender::of(first.outbox, "name", stage.claims.body).send(&[Letter::new(0, 0)], 1);
    Sender::of(reader.outbox.clone(), "name", stage.claims.body).send(&[Letter::new(0, 1)], 1);
    assert_eq!(crate::post::Reader::of(reader).take(2), Letter::row(0, 0..2));
}

/// A name is free as soon as its inbox is dropped or has left.
pub fn drop_frees_the_name(stage: &Stage<'_>) {
    for number in 0..3 {
        let mut reader = stage.reader("reader");
        stage.sender("sender", "reader").send(&[Letter::new(0, number)], 1);
        assert_eq!(reader.take(1), [Letter::new(0, number)]);
        if number == 1 {
            reader.detach(Detach::Leave);
        }
    }
}

/// A sender that waits for room learns that its reader is gone; where the endpoint outlives its reader, the next reader
/// makes the room.
pub fn drop_ends_blocked_senders(stage: &Stage<'_>) {
    for round in 0..10 {
        let (sender, reader, end) = full_mailbox(stage);
        let room = sender.room();
        let sent = thread::scope(|scope| {
            let sending = [0, 1].map(|_| scope.spawn(|| sender.send_letter(&Letter::new(0, end), Wait::FOREVER)));
            linger(round);
            drop(reader);
            let mut next = (!stage.endpoint_needs_reader()).then(|| stage.reader("reader"));
            while let Some(next) = &mut next
                && !sending.iter().all(|sending| sending.is_finished())
            {
                next.recv(16, shortly()).expect("the endpoint is there");
            }
            sending.map(|sending| sending.join().expect("a sender"))
        });
        for sent in sent {
            match stage.endpoint_needs_reader() {
                true => {
                    check_gone(sent);
                    assert!(is_ready(&room, None), "who watches for room learns of the end too");
                }
                false => drop(sent.expect("there was room in the end")),
            }
        }
        empty(stage);
    }
}

/// A second detach finds nothing, and a receive after the first says `Closed`.
pub fn detach_twice(stage: &Stage<'_>) {
    let ways: &[Detach] = if stage.claims.suspend { &[Detach::Leave, Detach::Suspend] } else { &[Detach::Leave] };
    for &how in ways {
        let mut reader = stage.reader("reader");
        assert_eq!(reader.detach(how), []);
        assert_eq!(reader.detach(how), []);
        for wait in [Wait::NOW, Wait::FOREVER] {
            assert_eq!(reader.recv(1, wait).expect_err("it has left").kind(), ErrorKind::Closed);
        }
    }
}

/// Leaving hands over what was taken from the medium; the rest is there for the next reader, or was handed over too.
pub fn leave_loses_nothing(stage: &Stage<'_>) {
    leave_and_come_back(stage, Detach::Leave);
    if stage.endpoint_needs_reader() {
        let driver = stage.attach("sender", Role::SendOnly).expect("one can always send");
        let error = driver.outbox.resolve(&name("reader")).expect_err("nobody is there");
        assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint);
    }
}

/// As with leaving; and the name stays, so that one can send to somebody who will come back. Where that is not claimed, the
/// inbox stays as it was.
pub fn suspend_loses_nothing(stage: &Stage<'_>) {
    if stage.claims.suspend {
        return leave_and_come_back(stage, Detach::Suspend);
    }
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader");
    sender.send(&Letter::row(0, 0..3), 1);
    let mut letters = reader.take(1);
    let error = reader.inbox.detach(Detach::Suspend, Wait::FOREVER).expect_err("it is not claimed");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    sender.send(&[Letter::new(0, 3)], 1);
    letters.extend(reader.take(3));
    assert_eq!(letters, Letter::row(0, 0..4));
    reader.detach(Detach::Leave);
}

/// A target that was resolved before its endpoint went is good for the one that came back, and says so in between.
pub fn target_finds_its_endpoint_again(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader");
    for number in 0..3 {
        reader.detach(Detach::Leave);
        drop(reader);
        if stage.endpoint_needs_reader() {
            check_gone(sender.send_letter(&Letter::new(0, number), shortly()));
            assert_eq!(sender.outbox.room(&sender.target).expect_err("gone").kind(), ErrorKind::NoSuchEndpoint);
        }
        reader = stage.reader("reader");
        sender.send(&[Letter::new(0, number)], 1);
        assert_eq!(reader.take(1), [Letter::new(0, number)]);
    }
}

fn leave_and_come_back(stage: &Stage<'_>, how: Detach) {
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader");
    sender.send(&Letter::row(0, 0..5), 5);
    let mut letters = reader.take(2);
    letters.extend(reader.detach(how));
    drop(reader);
    if how == Detach::Suspend {
        sender.send(&[Letter::new(0, 5)], 1);
    }
    let mut reader = stage.reader("reader");
    if how == Detach::Leave {
        sender.send(&[Letter::new(0, 5)], 1);
    }
    letters.extend(reader.take_rest());
    assert_eq!(letters, Letter::row(0, 0..6));
    reader.detach(Detach::Leave);
}

fn check_gone(sent: Result<Sent, SendFailure>) {
    let failure = sent.expect_err("the reader is gone");
    assert_eq!((failure.error.kind(), failure.outcome), (ErrorKind::NoSuchEndpoint, Outcome::NotSent));
}

/// Takes what is left in the mailbox of a reader that was dropped.
fn empty(stage: &Stage<'_>) {
    stage.reader("reader").take_rest();
}
