//! Who can be sent to.

use std::sync::Arc;

use nuncio_core::driver::Detach;
use nuncio_core::{ErrorKind, Outcome, Role, Target, Wait};

use crate::letter::Letter;
use crate::post::shortly;
use crate::stage::{Stage, name};

/// A name that nobody has cannot be resolved.
pub fn unknown_name(stage: &Stage<'_>) {
    let _reader = stage.reader("reader");
    let attached = stage.attach("sender", Role::SendOnly).expect("one can always send");
    let error = attached.outbox.resolve(&name("nobody")).expect_err("nobody is there");
    assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint);
    assert!(error.to_string().contains("\"nobody\""), "{error}");
    assert_eq!(stage.endpoint("nobody"), None);
}

/// All who receive are listed, with the number of their messages where that is told.
pub fn are_listed(stage: &Stage<'_>) {
    assert_eq!(stage.endpoint("reader"), None);
    let mut reader = stage.reader("reader");
    let _other = stage.reader("other");
    let _sender = stage.attach("sender", Role::SendOnly).expect("one can always send");
    stage.sender("sender", "reader").send(&Letter::row(0, 0..3), 1);
    let waiting = stage.endpoint("reader").expect("it receives").messages;
    assert!(waiting.is_none_or(|count| count == 3), "{waiting:?} of 3 messages");
    assert_eq!(stage.endpoint("other").expect("it receives").messages.unwrap_or(0), 0);
    assert_eq!(stage.endpoint("sender"), None, "who only sends is nobody to send to");
    reader.take(3);
    reader.detach(Detach::Leave);
    if stage.endpoint_needs_reader() {
        assert_eq!(stage.endpoint("reader"), None);
    }
}

/// A target that another driver made is the caller's mistake, and nothing is sent.
pub fn foreign_target(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let mut sender = stage.sender("sender", "reader");
    sender.target = Target::new(name("reader"), Arc::new("not this driver's"));
    for wait in [shortly(), Wait::FOREVER] {
        let failure = sender.send_letter(&Letter::new(0, 0), wait).expect_err("it is not ours");
        assert_eq!((failure.error.kind(), failure.outcome), (ErrorKind::ApiMisuse, Outcome::NotSent));
    }
    assert_eq!(sender.outbox.room(&sender.target).expect_err("it is not ours").kind(), ErrorKind::ApiMisuse);
    assert_eq!(reader.take_rest(), []);
}

/// Where it is claimed, one can ask who is there; elsewhere there is nobody to ask.
pub fn presence(stage: &Stage<'_>) {
    let driver = stage.driver();
    assert_eq!(driver.presence().is_some(), stage.claims.presence);
    let Some(presence) = driver.presence() else { return };
    let mut reader = stage.reader("reader");
    assert!(presence.is_alive(&name("reader")).expect("it is there"));
    assert_eq!(presence.is_alive(&name("nobody")).expect_err("nobody").kind(), ErrorKind::NoSuchEndpoint);
    if stage.claims.suspend {
        reader.detach(Detach::Suspend);
        assert!(!presence.is_alive(&name("reader")).expect("its name is there"));
    } else {
        reader.detach(Detach::Leave);
        assert_eq!(presence.is_alive(&name("reader")).expect_err("it left").kind(), ErrorKind::NoSuchEndpoint);
    }
}
