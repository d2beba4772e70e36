//! What strangers do.

use nuncio_core::Wait;

use crate::letter::Letter;
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
        assert_eq!(reader.take_rest(), [], "{}", hostile.name);
    }
}
