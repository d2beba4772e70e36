//! One message to and fro between two processes: what a wait costs in the kernel itself.

use crate::Result;
use crate::room::{BACK, THERE};
use crate::stage::{Stage, TEXT_BYTES_MAX};

/// Sends and waits for the answer.
pub(crate) fn ping(stage: &Stage) -> Result<Vec<f64>> {
    let (there, back) = (stage.kernel_queue(THERE)?, stage.kernel_queue(BACK)?);
    let (sent, mut received) = (stage.frame()?, Vec::new());
    let mut laps = stage.laps()?;
    while laps.runs() {
        there.send(&sent)?;
        back.receive(&mut received, TEXT_BYTES_MAX)?;
        laps.lap();
    }
    Ok(laps.percentiles())
}

/// Waits and answers.
pub(crate) fn pong(stage: &Stage) -> Result<Vec<f64>> {
    let (there, back) = (stage.kernel_queue(THERE)?, stage.kernel_queue(BACK)?);
    let (sent, mut received) = (stage.frame()?, Vec::new());
    let mut meter = stage.meter()?;
    while meter.runs() {
        there.receive(&mut received, TEXT_BYTES_MAX)?;
        back.send(&sent)?;
        meter.count(1);
    }
    Ok(meter.rate())
}
