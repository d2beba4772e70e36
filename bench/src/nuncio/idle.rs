//! A process that waits for one message, which is long in coming.

use nuncio_core::Wait;
use nuncio_queue::Message;

use super::until_far;
use crate::Result;
use crate::room::THERE;
use crate::stage::Stage;

/// Waits for as long as it takes.
pub(crate) fn blocking(stage: &Stage) -> Result<Vec<f64>> {
    wait(stage, || Wait::FOREVER)
}

/// Waits until a deadline that is far away.
pub(crate) fn timed(stage: &Stage) -> Result<Vec<f64>> {
    wait(stage, until_far)
}

fn wait(stage: &Stage, wait: impl Fn() -> Wait<'static>) -> Result<Vec<f64>> {
    let there = stage.queue(THERE)?;
    stage.wait_for_begin()?;
    match there.recv_message(&mut Message::new(), wait())? {
        true => Ok(Vec::new()),
        false => Err("no message came in time".into()),
    }
}
