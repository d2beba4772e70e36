//! Requests to a service of a bus, over the public interface alone.

use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use nuncio_bus::wire::info::{Info, Protocol};
use nuncio_bus::wire::serializer::Serializer;
use nuncio_bus::{Bus, answering};
use nuncio_core::Wait;

use crate::Result;
use crate::room::{BACK, THERE};
use crate::stage::{Stage, expect_bytes};

/// What a medium is called in the line by which a bus is found.
pub(crate) trait Named {
    const PROTOCOL: Protocol;
}

impl Named for nuncio_bus::fifo::FifoDriver {
    const PROTOCOL: Protocol = Protocol::AtomicPipe;
}

impl Named for nuncio_bus::stream::StreamDriver {
    const PROTOCOL: Protocol = Protocol::ConnectionUnix;
}

impl Named for nuncio_bus::unix::UnixDriver {
    const PROTOCOL: Protocol = Protocol::UnixSocket;
}

/// The bus that both sides find, made by whoever comes first.
fn bus<N: Named>(stage: &Stage) -> Result<Bus> {
    let directory = stage.directory().join("bus");
    make(&directory)?;
    let line = Info::new(N::PROTOCOL, Serializer::Json, &directory.to_string_lossy());
    Ok(Bus::open(&line.to_string())?)
}

fn make(directory: &Path) -> Result {
    Ok(std::fs::DirBuilder::new().mode(0o700).recursive(true).create(directory)?)
}

/// Answers until it is asked to end.
pub(crate) fn serve<N: Named>(stage: &Stage) -> Result<Vec<f64>> {
    let bus = bus::<N>(stage)?;
    stage.wait_for_begin()?;
    bus.service(THERE).run(answering(|text: String| Ok(text)))?;
    Ok(Vec::new())
}

/// One request at a time.
pub(crate) fn ask<N: Named>(stage: &Stage) -> Result<Vec<f64>> {
    let bus = bus::<N>(stage)?;
    let text = "x".repeat(stage.payload().len());
    let mut laps = stage.laps()?;
    bus.wait_for_peer(THERE, Wait::FOREVER)?;
    let mut asker = bus.connect(BACK)?;
    while laps.runs() {
        let answer: String = asker.request(THERE, &text, None)?.into_value()?;
        expect_bytes(answer.len(), text.len())?;
        laps.lap();
    }
    asker.send(THERE, &BTreeMap::from([("terminate", 1)]))?;
    asker.close()?;
    Ok(laps.percentiles())
}
