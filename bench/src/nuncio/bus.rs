//! Messages between peers of a bus, a typed value each, sent one by one or many in one call.

use std::sync::Arc;
use std::time::SystemTime;

use nuncio_bus::RouteConfig;
use nuncio_bus::wire::message::Writer;
use nuncio_codec::DecodeLimits;
use nuncio_core::{
    AttachOptions, Batch, Driver, EndpointName, ErrorKind, Inbox, Item, Limits, Outbox, Outgoing, Payload, Role,
    Target, Wait,
};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::room::{BACK, THERE};
use crate::stage::Stage;

/// How many message files are made before they are read.
pub(crate) const FILES_AT_ONCE: usize = 32;
/// How many messages are sent in one call where they are gathered.
pub(crate) const GATHERED: usize = 64;
/// How many are received in one call.
const RECEIVED: usize = 64;

/// What is sent: its content is as long as the case says.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Note {
    pub(crate) number: u64,
    pub(crate) text: String,
}

/// What a note has beside its text, in bytes.
const NOTE_BYTES: usize = r#"{"number":1000,"text":""}"#.len();

pub(crate) fn note(stage: &Stage) -> Note {
    Note { number: 1000, text: "x".repeat(stage.payload().len() - NOTE_BYTES) }
}

/// A whole message as nuncio writes it.
pub(crate) fn message(stage: &Stage) -> Result<Vec<u8>> {
    let (note, limits, mut out) = (note(stage), Limits::default(), Vec::new());
    let writer = Writer::new("writer", limits.payload_bytes_max, limits.header_bytes_max);
    writer.write(&Item::new(Payload::Encode(&note)), &writer.recipient(THERE), SystemTime::now(), &mut out)?;
    Ok(out)
}

/// A driver of a bus in a directory.
pub(crate) trait Medium: Driver + Sized + 'static {
    fn open(config: &RouteConfig) -> nuncio_core::Result<Self>;
}

macro_rules! media {
    ($($driver:ty),*) => {$(
        impl Medium for $driver {
            fn open(config: &RouteConfig) -> nuncio_core::Result<Self> {
                Self::open(config)
            }
        }
    )*};
}

media! { nuncio_bus::fifo::FifoDriver, nuncio_bus::files::FilesDriver, nuncio_bus::stream::StreamDriver, nuncio_bus::unix::UnixDriver }

fn driver<M: Medium>(stage: &Stage) -> Result<M> {
    Ok(M::open(&RouteConfig::new(stage.directory().join("bus")))?)
}

/// Somebody who sends.
struct Sender {
    outbox: Arc<dyn Outbox>,
    to: Target,
    note: Note,
}

impl Sender {
    fn new(outbox: Arc<dyn Outbox>, to: &str, stage: &Stage) -> Result<Self> {
        let to = outbox.resolve(&EndpointName::new(to)?)?;
        Ok(Self { outbox, to, note: note(stage) })
    }

    /// Sends as many at once as `AT_ONCE`; false when the receiver has gone.
    fn send<const AT_ONCE: usize>(&self) -> Result<bool> {
        let items = [Item::new(Payload::Encode(&self.note)); AT_ONCE];
        let mut batch = Outgoing::new(&items);
        while !batch.rest().is_empty() {
            match self.outbox.send(&self.to, &mut batch, Wait::FOREVER) {
                Ok(sent) if sent.queued > 0 => drop(self.outbox.flush(Wait::FOREVER)?),
                Ok(_) => {}
                Err(failure) if failure.error.kind() == ErrorKind::NoSuchEndpoint => return Ok(false),
                Err(failure) => return Err(failure.error.into()),
            }
        }
        Ok(true)
    }
}

/// Somebody who receives.
struct Receiver {
    inbox: Box<dyn Inbox>,
    batch: Batch,
    text_bytes: usize,
}

impl Receiver {
    fn new(inbox: Option<Box<dyn Inbox>>, stage: &Stage) -> Result<Self> {
        let inbox = inbox.ok_or("the driver gave no inbox")?;
        Ok(Self { inbox, batch: Batch::new(), text_bytes: note(stage).text.len() })
    }

    /// Receives up to `max`, and says how many came.
    fn receive(&mut self, max: usize) -> Result<usize> {
        self.batch.clear();
        self.inbox.recv(&mut self.batch, max, Wait::FOREVER)?;
        for delivery in self.batch.iter() {
            let note: Note = delivery.decode(&DecodeLimits::default())?;
            crate::stage::expect_bytes(note.text.len(), self.text_bytes)?;
        }
        Ok(self.batch.len())
    }
}

fn join<M: Medium>(stage: &Stage, name: &str) -> Result<(Arc<dyn Outbox>, Receiver)> {
    let attached = driver::<M>(stage)?.attach(&EndpointName::new(name)?, &AttachOptions::new(Role::Receive))?;
    Ok((attached.outbox, Receiver::new(attached.inbox, stage)?))
}

/// Reads what another process sends.
pub(crate) fn read<M: Medium>(stage: &Stage) -> Result<Vec<f64>> {
    let (_outbox, mut receiver) = join::<M>(stage, THERE)?;
    let mut meter = stage.meter()?;
    while meter.runs() {
        meter.count(receiver.receive(RECEIVED)?);
    }
    Ok(meter.rate())
}

/// Sends one in each call, until the reader has enough.
pub(crate) fn write<M: Medium>(stage: &Stage) -> Result<Vec<f64>> {
    send_until_gone::<M, 1>(stage)
}

/// Sends many in each call.
pub(crate) fn write_gathered<M: Medium>(stage: &Stage) -> Result<Vec<f64>> {
    send_until_gone::<M, GATHERED>(stage)
}

fn send_until_gone<M: Medium, const AT_ONCE: usize>(stage: &Stage) -> Result<Vec<f64>> {
    let driver = driver::<M>(stage)?;
    stage.wait_for_begin()?;
    let attached = driver.attach(&EndpointName::new("writer")?, &AttachOptions::new(Role::SendOnly))?;
    let sender = Sender::new(attached.outbox, THERE, stage)?;
    while sender.send::<AT_ONCE>()? {}
    Ok(Vec::new())
}

/// Sends and waits for the answer.
pub(crate) fn ping<M: Medium>(stage: &Stage) -> Result<Vec<f64>> {
    let (outbox, mut receiver) = join::<M>(stage, BACK)?;
    let mut laps = stage.laps()?;
    let sender = Sender::new(outbox, THERE, stage)?;
    while laps.runs() {
        sender.send::<1>()?;
        receiver.receive(1)?;
        laps.lap();
    }
    Ok(laps.percentiles())
}

/// Waits and answers.
pub(crate) fn pong<M: Medium>(stage: &Stage) -> Result<Vec<f64>> {
    let (outbox, mut receiver) = join::<M>(stage, THERE)?;
    let mut meter = stage.meter()?;
    let sender = Sender::new(outbox, BACK, stage)?;
    while meter.runs() {
        receiver.receive(1)?;
        sender.send::<1>()?;
        meter.count(1);
    }
    Ok(meter.rate())
}

/// So many files are made, then so many are read.
pub(crate) fn files(stage: &Stage) -> Result<Vec<f64>> {
    let (outbox, mut receiver) = join::<nuncio_bus::files::FilesDriver>(stage, THERE)?;
    let sender = Sender::new(outbox, THERE, stage)?;
    let mut meter = stage.meter()?;
    while meter.runs() {
        for _ in 0..FILES_AT_ONCE {
            sender.send::<1>()?;
        }
        let mut received = 0;
        while received < FILES_AT_ONCE {
            received += receiver.receive(RECEIVED)?;
        }
        meter.count(received);
    }
    Ok(meter.rate())
}
