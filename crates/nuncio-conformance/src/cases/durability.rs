//! What a stored message outlives.

use nuncio_core::Survives;
use nuncio_core::driver::Detach;

use crate::letter::Letter;
use crate::stage::Stage;

/// Where it is claimed: a message is there after its sender has let go of everything.
pub fn outlives_its_senders(stage: &Stage<'_>) {
    if stage.claims.survives < Survives::Senders {
        return;
    }
    let mut reader = stage.reader("reader");
    stage.sender("sender", "reader").send(&Letter::row(0, 0..5), 2);
    assert_eq!(reader.take(5), Letter::row(0, 0..5));
}

/// Where it is claimed: a message is there after its reader has let go of everything too.
pub fn outlives_every_process(stage: &Stage<'_>) {
    if stage.claims.survives < Survives::EveryProcess {
        return;
    }
    let mut reader = stage.reader("reader");
    stage.sender("sender", "reader").send(&Letter::row(0, 0..5), 2);
    assert_eq!(reader.detach(Detach::Suspend), []);
    drop(reader);
    assert_eq!(stage.reader("reader").take(5), Letter::row(0, 0..5));
}
