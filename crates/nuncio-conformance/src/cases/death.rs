//! What a process leaves behind that is killed. A medium within one process has nothing to show here.

use nuncio_core::Delivery;
use nuncio_core::driver::Detach;

use crate::child::{PARENT, RECEIVES, SENDS, VICTIM};
use crate::letter::Letter;
use crate::post::shortly;
use crate::scale;
use crate::stage::Stage;

/// A sender that is killed leaves whole messages, or parts that are told from them: what arrives has no hole, and the
/// endpoint is usable.
pub fn sender_killed(stage: &Stage<'_>) {
    for round in 0..scale::choose(5, 500) {
        let mut reader = stage.reader(PARENT);
        let Some(child) = stage.child(SENDS) else { return };
        let mut letters = reader.take(100 + round * 7 % 100);
        child.kill();
        let mut read = |delivery: Delivery<'_>| {
            if delivery.fault().is_none() {
                letters.push(Letter::read(delivery));
            }
        };
        while reader.recv_with(16, shortly(), &mut read).expect("the endpoint is in order") > 0 {}
        assert!(letters == Letter::row(1, 0..letters.len() as u64), "letters are lost, doubled or out of order");
        stage.sender("sender", PARENT).send(&[Letter::new(0, 0)], 1);
        assert_eq!(reader.take(1), [Letter::new(0, 0)]);
        reader.detach(Detach::Leave);
    }
}

/// A receiver that is killed leaves a name that the next one can have.
pub fn receiver_killed(stage: &Stage<'_>) {
    for _ in 0..scale::choose(5, 500) {
        let mut reader = stage.reader(PARENT);
        let Some(child) = stage.child(RECEIVES) else { return };
        assert_eq!(reader.take(1), [Letter::new(1, 0)]);
        child.kill();
        let mut next = stage.reader(VICTIM);
        next.take_rest();
        stage.sender("sender", VICTIM).send(&[Letter::new(0, 0)], 1);
        assert_eq!(next.take(1), [Letter::new(0, 0)]);
        next.detach(Detach::Leave);
        reader.detach(Detach::Leave);
    }
}
