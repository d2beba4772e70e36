//! [`AsyncQueue::recv_message`] on a runtime of one thread. The plain call sends: there is always room.

use nuncio_queue::{AsyncQueue, Message};
use tokio::runtime::{Builder, Runtime};

use crate::Result;
use crate::room::{BACK, THERE};
use crate::stage::{Stage, expect_bytes};

/// Sends one, receives one.
pub(crate) fn one_process(stage: &Stage) -> Result<Vec<f64>> {
    let (there, payload, mut message) = (asynchronous(stage, THERE)?, stage.payload(), Message::new());
    runtime()?.block_on(async {
        let mut meter = stage.meter()?;
        while meter.runs() {
            there.queue().raw().send(&payload)?;
            there.recv_message(&mut message).await?;
            expect_bytes(message.payload().len(), payload.len())?;
            meter.count(1);
        }
        Ok(meter.rate())
    })
}

/// Sends and waits for the answer.
pub(crate) fn ping(stage: &Stage) -> Result<Vec<f64>> {
    let (there, back) = (stage.queue(THERE)?, asynchronous(stage, BACK)?);
    let (payload, mut message) = (stage.payload(), Message::new());
    runtime()?.block_on(async {
        let mut laps = stage.laps()?;
        while laps.runs() {
            there.raw().send(&payload)?;
            back.recv_message(&mut message).await?;
            laps.lap();
        }
        Ok(laps.percentiles())
    })
}

/// Waits and answers.
pub(crate) fn pong(stage: &Stage) -> Result<Vec<f64>> {
    let (there, back) = (asynchronous(stage, THERE)?, stage.queue(BACK)?);
    let (payload, mut message) = (stage.payload(), Message::new());
    runtime()?.block_on(async {
        let mut meter = stage.meter()?;
        while meter.runs() {
            there.recv_message(&mut message).await?;
            back.raw().send(&payload)?;
            meter.count(1);
        }
        Ok(meter.rate())
    })
}

/// Waits for one message.
pub(crate) fn idle(stage: &Stage) -> Result<Vec<f64>> {
    let there = asynchronous(stage, THERE)?;
    runtime()?.block_on(async {
        stage.wait_for_begin()?;
        there.recv_message(&mut Message::new()).await?;
        Ok(Vec::new())
    })
}

fn asynchronous(stage: &Stage, name: &str) -> Result<AsyncQueue> {
    Ok(AsyncQueue::from(stage.queue(name)?))
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}
