//! Messages that are lent.

use std::time::Duration;

use nuncio_core::driver::Detach;
use nuncio_core::{Batch, Role, Take, Wait};

use crate::letter::Letter;
use crate::post::Reader;
use crate::stage::Stage;

/// Where it is claimed: a message that is given back comes again and says so, one that is acknowledged does not; a token
/// is good once. Elsewhere there is nothing to acknowledge with.
pub fn comes_again_until_acknowledged(stage: &Stage<'_>) {
    let mut attached = stage.attach("reader", Role::Receive).expect("a reader");
    let mut inbox = attached.inbox.take().expect("an inbox");
    stage.sender("sender", "reader").send(&[Letter::new(0, 0)], 1);
    let mut batch = Batch::new();
    assert_eq!(inbox.recv(&mut batch, 1, Wait::FOREVER).expect("it is there"), 1);
    let first = batch.get(0).expect("received");
    assert_eq!((Letter::read(first), first.attempt()), (Letter::new(0, 0), 1));
    assert_eq!(first.token().is_some(), stage.claims.take == Take::Leased);
    let (Some(token), Some(acknowledge)) = (first.token(), &attached.acknowledge) else {
        return assert!(attached.acknowledge.is_none());
    };
    assert_eq!(acknowledge.extend(&[token], Duration::from_secs(3600), Wait::FOREVER).expect("ours"), 1);
    assert_eq!(acknowledge.nack(&[token], Duration::ZERO, Wait::FOREVER).expect("ours"), 1);
    assert_eq!(acknowledge.ack(&[token], Wait::FOREVER).expect("no error"), 0, "it was given back");
    let mut again = Batch::new();
    assert_eq!(inbox.recv(&mut again, 1, Wait::FOREVER).expect("it comes again"), 1);
    let second = again.get(0).expect("received");
    assert_eq!((Letter::read(second), second.attempt()), (Letter::new(0, 0), 2));
    let token = second.token().expect("it is lent again");
    assert_eq!(acknowledge.ack(&[token], Wait::FOREVER).expect("ours"), 1);
    assert_eq!(acknowledge.ack(&[token], Wait::FOREVER).expect("no error"), 0, "it is done with");
    attached.inbox = Some(inbox);
    let mut reader = Reader::of(attached);
    assert_eq!(reader.take_rest(), []);
    reader.detach(Detach::Leave);
}
