//! What a child process is given: its room, its messages, and the signal to begin.

use std::io::{self, Write};
use std::path::PathBuf;

use nuncio_codec::Codec;
use nuncio_queue::{Queue, Registry};
use nuncio_sys::process::pin_to_cpu;
use nuncio_sys::sysv::MessageQueue;

use crate::case::{self, Load};
use crate::child::{Assignment, Part, READY, Side};
use crate::document::Document;
use crate::meter::{Laps, Meter};
use crate::nuncio::record::Record;
use crate::room::{self, SAMPLE};
use crate::{Count, Result};

/// The longest text that is received; nuncio asks the kernel for the same.
pub(crate) const TEXT_BYTES_MAX: usize = 8192;

/// What the work of one process is done on.
#[derive(Debug)]
pub(crate) struct Stage {
    registry: Registry,
    directory: PathBuf,
    load: Load,
    messages: usize,
    partner_processor: Option<usize>,
    count: Option<Count>,
}

/// Does what `assignment` says, as the child that it is for.
pub(crate) fn perform(assignment: &Assignment, count: Option<Count>) -> Result {
    let case = case::named(&assignment.case).ok_or("there is no such case")?;
    let program = match assignment.side {
        Side::Floor => case.floor.ok_or("the case has no floor")?,
        Side::Nuncio => case.nuncio,
        Side::Peer => case.peer.ok_or("the case has no peer")?,
    };
    let (work, index) = match assignment.part {
        Part::Timed => (program.timed, 0),
        Part::Partner => (program.partner.ok_or("the program has no partner")?, 1),
    };
    if let Some(processor) = assignment.processors.get(index) {
        pin_to_cpu(*processor)?;
    }
    let stage = Stage {
        registry: room::registry(&assignment.directory)?,
        directory: assignment.directory.clone(),
        load: case.load,
        messages: assignment.messages,
        partner_processor: assignment.processors.get(1).copied(),
        count,
    };
    say(&serde_json::to_string(&work(&stage)?)?)
}

impl Stage {
    /// The queue `name`, as nuncio has it.
    pub(crate) fn queue(&self, name: &str) -> Result<Queue> {
        Ok(self.registry.existing(name)?)
    }

    pub(crate) const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The queue `name`, as the kernel has it.
    pub(crate) fn kernel_queue(&self, name: &str) -> Result<MessageQueue> {
        Ok(MessageQueue::open(self.queue(name)?.stat()?.key)?)
    }

    /// The payload of one message.
    pub(crate) fn payload(&self) -> Vec<u8> {
        self.load.payload()
    }

    /// The document to work on, and its format.
    pub(crate) fn document(&self) -> Result<(Codec, Document)> {
        match self.load {
            Load::Document(codec, document) => Ok((codec, document)),
            _ => Err("the case has no document".into()),
        }
    }

    /// What nuncio gives to the kernel for one message, so that a floor moves the very same bytes.
    pub(crate) fn frame(&self) -> Result<Vec<u8>> {
        let queue = self.queue(SAMPLE)?;
        match self.load {
            Load::Bytes(_) | Load::Document(..) => queue.raw().send(&self.payload())?,
            Load::Record => queue.send(&Record::new(0))?,
        }
        let mut frame = Vec::new();
        self.kernel_queue(SAMPLE)?.receive(&mut frame, TEXT_BYTES_MAX)?;
        Ok(frame)
    }

    /// The room's directory.
    pub(crate) fn directory(&self) -> &std::path::Path {
        &self.directory
    }

    pub(crate) fn spill_directory(&self) -> PathBuf {
        room::spill_directory(&self.directory)
    }

    /// How many messages to move, without those for warming up.
    pub(crate) const fn messages(&self) -> usize {
        self.messages
    }

    /// The processor for a second thread, unless the system decides.
    pub(crate) const fn partner_processor(&self) -> Option<usize> {
        self.partner_processor
    }

    /// Where a server listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }

    /// Says that everything is prepared, and waits for the signal to begin.
    pub(crate) fn wait_for_begin(&self) -> Result {
        say(READY)?;
        match io::stdin().read_line(&mut String::new())? {
            0 => Err("the benchmark has ended".into()),
            _ => Ok(()),
        }
    }

    /// Begins to count messages.
    pub(crate) fn meter(&self) -> Result<Meter> {
        self.wait_for_begin()?;
        Ok(Meter::new(self.messages))
    }

    /// How allocations are counted.
    pub(crate) fn count(&self) -> Result<Count> {
        self.count.ok_or_else(|| "this program does not count allocations".into())
    }

    /// Begins to time laps.
    pub(crate) fn laps(&self) -> Result<Laps> {
        self.wait_for_begin()?;
        Ok(Laps::new(self.messages))
    }
}

/// Fails unless `received` bytes are what was `sent`: a case that loses bytes would be fast.
#[inline]
pub(crate) fn expect_bytes(received: usize, sent: usize) -> Result {
    if received == sent { Ok(()) } else { Err(format!("received {received} bytes where {sent} were sent").into()) }
}

fn say(line: &str) -> Result {
    let mut output = io::stdout();
    output.write_all(line.as_bytes())?;
    output.write_all(b"\n")?;
    Ok(output.flush()?)
}
