//! How often the heap is asked for memory per message, once buffers have grown to their size.

use nuncio_core::Wait;
use nuncio_queue::Message;

use super::driver::{Reader, Writer, item};
use super::record::Record;
use crate::Result;
use crate::room::THERE;
use crate::stage::{Stage, expect_bytes};

/// Sends bytes and receives them.
pub(crate) fn raw(stage: &Stage) -> Result<Vec<f64>> {
    let (queue, payload, mut message) = (stage.queue(THERE)?, stage.payload(), Message::new());
    per_message(stage, || {
        queue.raw().send(&payload)?;
        queue.recv_message(&mut message, Wait::FOREVER)?;
        expect_bytes(message.payload().len(), payload.len())
    })
}

/// Sends bytes and receives them through the driver.
pub(crate) fn driver(stage: &Stage) -> Result<Vec<f64>> {
    let (mut writer, mut reader) = (Writer::attach(stage)?, Reader::attach(stage)?);
    let payload = stage.payload();
    per_message(stage, || {
        writer.send(&[item(&payload)])?;
        expect_bytes(reader.receive(1, payload.len())?, 1)
    })
}

/// Sends a record and receives it; its own two strings are among what is counted.
pub(crate) fn typed(stage: &Stage) -> Result<Vec<f64>> {
    let (queue, record) = (stage.queue(THERE)?, Record::new(0));
    per_message(stage, || {
        queue.send(&record)?;
        record.expect(&queue.recv()?)
    })
}

fn per_message(stage: &Stage, mut one: impl FnMut() -> Result) -> Result<Vec<f64>> {
    stage.wait_for_begin()?;
    // The first ones make the buffers grow.
    (0..10).try_for_each(|_| one())?;
    let messages = stage.messages();
    let mut done = Ok(());
    let allocations = stage.count()?(&mut || done = (0..messages).try_for_each(|_| one()));
    done?;
    Ok(vec![allocations as f64 / messages as f64])
}
