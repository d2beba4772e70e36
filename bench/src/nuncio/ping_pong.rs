//! One message to and fro between two processes, each waiting in the blocking or in the timed form.

use nuncio_core::Wait;
use nuncio_queue::Message;

use super::until_far;
use crate::Result;
use crate::room::{BACK, THERE};
use crate::stage::Stage;

/// Sends and waits for the answer.
pub(crate) fn ping(stage: &Stage) -> Result<Vec<f64>> {
    ping_with(stage, || Wait::FOREVER)
}

/// Waits and answers.
pub(crate) fn pong(stage: &Stage) -> Result<Vec<f64>> {
    pong_with(stage, || Wait::FOREVER)
}

/// Sends and waits for the answer, with a deadline.
pub(crate) fn timed_ping(stage: &Stage) -> Result<Vec<f64>> {
    ping_with(stage, until_far)
}

/// Waits, with a deadline, and answers.
pub(crate) fn timed_pong(stage: &Stage) -> Result<Vec<f64>> {
    pong_with(stage, until_far)
}

fn ping_with(stage: &Stage, wait: impl Fn() -> Wait<'static>) -> Result<Vec<f64>> {
    let (there, back) = (stage.queue(THERE)?, stage.queue(BACK)?);
    let (payload, mut message) = (stage.payload(), Message::new());
    let mut laps = stage.laps()?;
    while laps.runs() {
        there.raw().send(&payload)?;
        back.recv_message(&mut message, wait())?;
        laps.lap();
    }
    Ok(laps.percentiles())
}

fn pong_with(stage: &Stage, wait: impl Fn() -> Wait<'static>) -> Result<Vec<f64>> {
    let (there, back) = (stage.queue(THERE)?, stage.queue(BACK)?);
    let (payload, mut message) = (stage.payload(), Message::new());
    let mut meter = stage.meter()?;
    while meter.runs() {
        there.recv_message(&mut message, wait())?;
        back.raw().send(&payload)?;
        meter.count(1);
    }
    Ok(meter.rate())
}
