//! Through the driver trait, as everything above the queues sends and receives.

use std::sync::Arc;

use nuncio_core::{
    AttachOptions, Batch, BodyRef, Driver, EndpointName, Inbox, Item, Outbox, Outgoing, Payload, Role, Target, Wait,
};
use nuncio_queue::SysvDriver;

use crate::Result;
use crate::room::THERE;
use crate::stage::{Stage, expect_bytes};

/// Sends one, receives one.
pub(crate) fn one_process(stage: &Stage) -> Result<Vec<f64>> {
    send_and_receive::<1>(stage)
}

/// Sends sixteen in one call, receives sixteen in one call.
pub(crate) fn sixteen_one_process(stage: &Stage) -> Result<Vec<f64>> {
    send_and_receive::<16>(stage)
}

/// Sends one per call, which another process reads.
pub(crate) fn write(stage: &Stage) -> Result<Vec<f64>> {
    send::<1>(stage)
}

/// Sends up to sixteen per call.
pub(crate) fn sixteen_write(stage: &Stage) -> Result<Vec<f64>> {
    send::<16>(stage)
}

/// Reads one per call, which another process sends.
pub(crate) fn read(stage: &Stage) -> Result<Vec<f64>> {
    receive::<1>(stage)
}

/// Reads up to sixteen per call.
pub(crate) fn sixteen_read(stage: &Stage) -> Result<Vec<f64>> {
    receive::<16>(stage)
}

fn send_and_receive<const AT_ONCE: usize>(stage: &Stage) -> Result<Vec<f64>> {
    let (mut writer, mut reader) = (Writer::attach(stage)?, Reader::attach(stage)?);
    let payload = stage.payload();
    let items = [item(&payload); AT_ONCE];
    let mut meter = stage.meter()?;
    while meter.runs() {
        writer.send(&items)?;
        let mut received = 0;
        while received < AT_ONCE {
            received += reader.receive(AT_ONCE, payload.len())?;
        }
        meter.count(AT_ONCE);
    }
    Ok(meter.rate())
}

fn send<const AT_ONCE: usize>(stage: &Stage) -> Result<Vec<f64>> {
    let (mut writer, payload) = (Writer::attach(stage)?, stage.payload());
    let items = [item(&payload); AT_ONCE];
    let mut meter = stage.meter()?;
    while meter.runs() {
        writer.send(&items)?;
        meter.count(AT_ONCE);
    }
    Ok(meter.rate())
}

fn receive<const AT_ONCE: usize>(stage: &Stage) -> Result<Vec<f64>> {
    let (mut reader, payload_bytes) = (Reader::attach(stage)?, stage.payload().len());
    let mut meter = stage.meter()?;
    while meter.runs() {
        meter.count(reader.receive(AT_ONCE, payload_bytes)?);
    }
    Ok(meter.rate())
}

/// Bytes without any headers.
pub(super) const fn item(payload: &[u8]) -> Item<'_> {
    Item::new(Payload::Encoded { codec: None, bytes: payload })
}

/// A sending half, and whom it sends to.
#[derive(Debug)]
pub(super) struct Writer {
    outbox: Arc<dyn Outbox>,
    there: Target,
}

impl Writer {
    pub(super) fn attach(stage: &Stage) -> Result<Self> {
        let driver = SysvDriver::new(stage.registry().clone());
        let attached = driver.attach(&EndpointName::new("writer")?, &AttachOptions::new(Role::SendOnly))?;
        let there = attached.outbox.resolve(&EndpointName::new(THERE)?)?;
        Ok(Self { outbox: attached.outbox, there })
    }

    /// Sends all of `items`.
    #[inline]
    pub(super) fn send(&mut self, items: &[Item<'_>]) -> Result {
        let mut batch = Outgoing::new(items);
        while !batch.rest().is_empty() {
            self.outbox.send(&self.there, &mut batch, Wait::FOREVER).map_err(|failure| failure.error)?;
        }
        Ok(())
    }
}

/// A receiving half, and what it receives into.
#[derive(Debug)]
pub(super) struct Reader {
    inbox: Box<dyn Inbox>,
    batch: Batch,
}

impl Reader {
    pub(super) fn attach(stage: &Stage) -> Result<Self> {
        let driver = SysvDriver::new(stage.registry().clone());
        let attached = driver.attach(&EndpointName::new(THERE)?, &AttachOptions::new(Role::Receive))?;
        Ok(Self { inbox: attached.inbox.ok_or("the driver gave no inbox")?, batch: Batch::new() })
    }

    /// Receives up to `max` messages of `payload_bytes` each, and says how many came.
    #[inline]
    pub(super) fn receive(&mut self, max: usize, payload_bytes: usize) -> Result<usize> {
        self.batch.clear();
        self.inbox.recv(&mut self.batch, max, Wait::FOREVER)?;
        for delivery in self.batch.iter() {
            match delivery.body() {
                BodyRef::Encoded(_, bytes) => expect_bytes(bytes.len(), payload_bytes)?,
                body => return Err(format!("received {body:?} where bytes were sent").into()),
            }
        }
        Ok(self.batch.len())
    }
}
