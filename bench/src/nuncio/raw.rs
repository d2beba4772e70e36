//! Payloads as bytes: [`Raw::send`](nuncio_queue::Raw::send) and [`Queue::recv_message`](nuncio_queue::Queue).

use nuncio_core::Wait;
use nuncio_queue::{Message, Queue};

use super::until_far;
use crate::Result;
use crate::room::THERE;
use crate::stage::{Stage, expect_bytes};

/// Sends one, receives one, each waiting for as long as it takes.
pub(crate) fn one_process(stage: &Stage) -> Result<Vec<f64>> {
    send_and_receive(stage, || Wait::FOREVER)
}

/// Sends one, receives one, the receive with a deadline.
pub(crate) fn timed_one_process(stage: &Stage) -> Result<Vec<f64>> {
    send_and_receive(stage, until_far)
}

fn send_and_receive(stage: &Stage, wait: impl Fn() -> Wait<'static>) -> Result<Vec<f64>> {
    let (queue, payload, mut message) = (stage.queue(THERE)?, stage.payload(), Message::new());
    let mut meter = stage.meter()?;
    while meter.runs() {
        queue.raw().send(&payload)?;
        receive(&queue, &mut message, wait(), &payload)?;
        meter.count(1);
    }
    Ok(meter.rate())
}

/// Sends what another process reads.
pub(crate) fn write(stage: &Stage) -> Result<Vec<f64>> {
    let (queue, payload) = (stage.queue(THERE)?, stage.payload());
    let mut meter = stage.meter()?;
    while meter.runs() {
        queue.raw().send(&payload)?;
        meter.count(1);
    }
    Ok(meter.rate())
}

/// Reads what another process sends.
pub(crate) fn read(stage: &Stage) -> Result<Vec<f64>> {
    let (queue, payload, mut message) = (stage.queue(THERE)?, stage.payload(), Message::new());
    let mut meter = stage.meter()?;
    while meter.runs() {
        receive(&queue, &mut message, Wait::FOREVER, &payload)?;
        meter.count(1);
    }
    Ok(meter.rate())
}

#[inline]
fn receive(queue: &Queue, message: &mut Message, wait: Wait<'_>, sent: &[u8]) -> Result {
    if !queue.recv_message(message, wait)? {
        return Err("no message came in time".into());
    }
    expect_bytes(message.payload().len(), sent.len())
}
