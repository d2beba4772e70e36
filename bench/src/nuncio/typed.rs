//! Records, with their metadata: [`Queue::send`](nuncio_queue::Queue::send) and [`Queue::recv`](nuncio_queue::Queue).

use super::record::Record;
use crate::Result;
use crate::room::THERE;
use crate::stage::Stage;

/// Sends one, receives one.
pub(crate) fn one_process(stage: &Stage) -> Result<Vec<f64>> {
    let (queue, mut record) = (stage.queue(THERE)?, Record::new(0));
    let mut meter = stage.meter()?;
    while meter.runs() {
        queue.send(&record)?;
        record.expect(&queue.recv()?)?;
        record.advance();
        meter.count(1);
    }
    Ok(meter.rate())
}

/// Sends what another process reads.
pub(crate) fn write(stage: &Stage) -> Result<Vec<f64>> {
    let (queue, mut record) = (stage.queue(THERE)?, Record::new(0));
    let mut meter = stage.meter()?;
    while meter.runs() {
        queue.send(&record)?;
        record.advance();
        meter.count(1);
    }
    Ok(meter.rate())
}

/// Reads what another process sends.
pub(crate) fn read(stage: &Stage) -> Result<Vec<f64>> {
    let (queue, mut record) = (stage.queue(THERE)?, Record::new(0));
    let mut meter = stage.meter()?;
    while meter.runs() {
        record.expect(&queue.recv()?)?;
        record.advance();
        meter.count(1);
    }
    Ok(meter.rate())
}
