//! What strangers do.

use nuncio_core::Wait;

use crate::letter::Letter;
use crate::post::shortly;
use crate::stage::{Stage, name};

/// Whatever is planted, the reader stays in order, and the next letter arrives.
pub fn input_does_no_harm(stage: &Stage<'_>) {
    let mut reader = stage.reader("reader");
    let sender = stage.sender("sender", "reader");
    for hostile in stage.hostile() {
        (hostile.plant)(&name("reader"));
        sender.send(&[Letter::new(0, 0)], 1);
        let mut arrived = false;
        while !arrived {
            let read = reader.recv_with(1, Wait::FOREVER, |delivery| {
                arrived = delivery.fault().is_none();
                assert!(!arrived || Letter::read(delivery) == Letter::new(0, 0));
            });
            read.unwrap_or_else(|error| panic!("{}: {}", hostile.name, error.chain()));
        }
        // What the stranger did may be noticed only now.
        let mut rest = 0;
        let mut read = |delivery: nuncio_core::Delivery<'_>| rest += usize::from(delivery.fault().is_none());
        while reader.recv_with(16, shortly(), &mut read).unwrap_or_else(|error| panic!("{}", error.chain())) > 0 {}
        assert_eq!(rest, 0, "{}", hostile.name);
    }
}
