//! The sending end: each message is an item of the driver's, whole with its envelope.

use std::sync::Arc;

use nuncio_codec::Codec;
use nuncio_core::driver::{Flushed, Sent};
use nuncio_core::{EndpointName, ErrorKind, Item, Outbox, Outgoing, Payload, Readiness, Result, Target, Wait};

use crate::route::{Lane, Letters, Refusal, Sending, with_buffer};

/// How many messages are given to the driver at once.
const AT_ONCE_MAX: usize = 64;

#[derive(Debug)]
pub(super) struct PlainSending {
    pub(super) outbox: Arc<dyn Outbox>,
    pub(super) codec: Option<Codec>,
}

impl Sending for PlainSending {
    type Lane = PlainLane;

    fn lane(&self, to: &EndpointName) -> Result<PlainLane> {
        Ok(PlainLane { outbox: Arc::clone(&self.outbox), codec: self.codec, target: self.outbox.resolve(to)? })
    }

    fn flush(&self, wait: Wait<'_>) -> Result<Flushed> {
        self.outbox.flush(wait)
    }
}

#[derive(Debug)]
pub(super) struct PlainLane {
    outbox: Arc<dyn Outbox>,
    codec: Option<Codec>,
    target: Target,
}

impl Lane for PlainLane {
    fn send(&self, letters: &Letters<'_>) -> Result<Sent, Refusal> {
        with_buffer(|bytes| {
            let mut ends = Vec::new();
            for index in 0..letters.count().min(AT_ONCE_MAX) {
                match letters.write(index, bytes) {
                    Ok(_) => ends.push(bytes.len()),
                    Err(error) if index == 0 => return Err(error.into()),
                    Err(_) => break,
                }
            }
            let starts = std::iter::once(0).chain(ends.iter().copied());
            let texts = starts.zip(&ends).map(|(start, end)| &bytes[start..*end]);
            let items: Vec<Item<'_>> =
                texts.map(|bytes| Item::new(Payload::Encoded { codec: self.codec, bytes })).collect();
            let sent = self.outbox.send(&self.target, &mut Outgoing::new(&items), Wait::NOW);
            sent.map_err(|failure| match failure.error.kind() {
                ErrorKind::Full => Refusal::Full,
                ErrorKind::NoSuchEndpoint => Refusal::Gone,
                _ => Refusal::Failed(failure.error),
            })
        })
    }

    fn room(&self) -> Result<Readiness, Refusal> {
        self.outbox.room(&self.target).map_err(|error| match error.kind() {
            ErrorKind::NoSuchEndpoint => Refusal::Gone,
            _ => Refusal::Failed(error),
        })
    }
}
