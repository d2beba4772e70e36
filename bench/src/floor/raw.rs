//! `msgsnd` and `msgrcv`, and nothing else.

use nuncio_sys::sysv::MessageQueue;

use crate::Result;
use crate::room::THERE;
use crate::stage::{Stage, TEXT_BYTES_MAX, expect_bytes};

/// Sends one, receives one.
pub(crate) fn one_process(stage: &Stage) -> Result<Vec<f64>> {
    send_and_receive::<1>(stage)
}

/// Sends sixteen, receives sixteen.
pub(crate) fn sixteen_one_process(stage: &Stage) -> Result<Vec<f64>> {
    send_and_receive::<16>(stage)
}

fn send_and_receive<const AT_ONCE: usize>(stage: &Stage) -> Result<Vec<f64>> {
    let (queue, sent, mut received) = (stage.kernel_queue(THERE)?, stage.frame()?, Vec::new());
    let mut meter = stage.meter()?;
    while meter.runs() {
        for _ in 0..AT_ONCE {
            queue.send(&sent)?;
        }
        for _ in 0..AT_ONCE {
            receive(queue, &mut received, &sent)?;
        }
        meter.count(AT_ONCE);
    }
    Ok(meter.rate())
}

/// Sends what another process reads.
pub(crate) fn write(stage: &Stage) -> Result<Vec<f64>> {
    let (queue, sent) = (stage.kernel_queue(THERE)?, stage.frame()?);
    let mut meter = stage.meter()?;
    while meter.runs() {
        queue.send(&sent)?;
        meter.count(1);
    }
    Ok(meter.rate())
}

/// Reads what another process sends.
pub(crate) fn read(stage: &Stage) -> Result<Vec<f64>> {
    let (queue, sent, mut received) = (stage.kernel_queue(THERE)?, stage.frame()?, Vec::new());
    let mut meter = stage.meter()?;
    while meter.runs() {
        receive(queue, &mut received, &sent)?;
        meter.count(1);
    }
    Ok(meter.rate())
}

#[inline]
fn receive(queue: MessageQueue, received: &mut Vec<u8>, sent: &[u8]) -> Result {
    queue.receive(received, TEXT_BYTES_MAX)?;
    expect_bytes(received.len(), sent.len())
}
