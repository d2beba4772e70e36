//! The least that a message of a bus needs: who sends what to whom and when, written as JSON under a fresh id, and understood on the
//! other side. That is done around the floor's system calls, with a wait that may have a deadline and the kernel's word on the
//! sender, and with nothing else: no names that are looked up, no accounts, no peers that come and go, no limits, no errors.
//!
//! So these rows say how near to the floor anybody could come. Messages are written and read by `serde_json`, or by nuncio's own
//! functions for the format. Whoever expects an answer gives his processor away and looks before he sleeps, as nuncio does.

mod carrier;
mod form;

use std::io;
use std::time::SystemTime;

use nuncio_bus::wire::id::Tick;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(crate) use self::carrier::Carrier;
pub(crate) use self::form::{Form, Serde, Wire};

use super::bus::{READ_BYTES, is_over, path};
use crate::Result;
use crate::nuncio::bus::{Note, note};
use crate::room::{BACK, THERE};
use crate::stage::{Stage, expect_bytes};

/// How often whoever expects an answer looks before he sleeps.
const LOOKS: usize = 20;
/// How much is written at once, in bytes; nuncio does not write more either.
const WRITE_BYTES: usize = 65_536;

/// One who writes to another.
struct Sender<C, F> {
    carrier: C,
    form: F,
    out: Vec<u8>,
}

impl<C: Carrier, F: Form> Sender<C, F> {
    fn new(stage: &Stage, from: &str, to: &str) -> Result<Self> {
        Ok(Self { carrier: C::sender(&path(stage, to))?, form: F::new(from, to), out: Vec::new() })
    }

    /// Sends `content` so many times, in as few writes as they fit into; false when the other side is gone.
    #[inline]
    fn send<T: Serialize + Sync>(&mut self, content: &T, count: usize) -> Result<bool> {
        self.out.clear();
        for left in (0..count).rev() {
            let start = self.out.len();
            self.out.resize(start + C::BEFORE, 0);
            self.form.write(content, &mut self.out)?;
            C::begin(&mut self.out[start..]);
            if left > 0 && self.out.len() < WRITE_BYTES {
                continue;
            }
            match self.carrier.send(&self.out) {
                Ok(()) => self.out.clear(),
                Err(error) if is_over(&error) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }
}

/// One who reads.
struct Receiver<C: Carrier, F> {
    receiver: C::Receiver,
    form: F,
    /// Whether what comes is an answer, which may come sooner than one has fallen asleep.
    expects: bool,
    buffer: Vec<u8>,
    /// How much of the buffer is the beginning of a message.
    begun: usize,
}

impl<C: Carrier, F: Form> Receiver<C, F> {
    fn new(stage: &Stage, name: &str, from: &str, expects: bool) -> Result<Self> {
        let receiver = C::receiver(&path(stage, name))?;
        C::prepare(&receiver)?;
        Ok(Self { receiver, form: F::new(name, from), expects, buffer: vec![0; READ_BYTES], begun: 0 })
    }

    #[inline]
    fn read(&mut self) -> Result<usize> {
        let buffer = &mut self.buffer[self.begun..];
        for _ in 0..if self.expects { LOOKS } else { 1 } {
            if self.expects {
                rustix::thread::sched_yield();
            }
            match C::look(&mut self.receiver, buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Ok(read?),
            }
        }
        Ok(C::wait(&mut self.receiver, buffer)?)
    }

    /// Reads once, and hands all messages to `take`; how many those were.
    #[inline]
    fn receive<T: DeserializeOwned>(&mut self, mut take: impl FnMut(T) -> Result) -> Result<usize> {
        let read = match self.read()? {
            0 => return Err("the other side has ended".into()),
            read => self.begun + read,
        };
        let (mut at, mut count) = (0, 0);
        while at < read {
            let rest = &self.buffer[at..read];
            let end = match C::BEFORE {
                0 => rest.len(),
                before if rest.len() < before => break,
                before => before + C::length(&rest[..before]),
            };
            let Some(message) = rest.get(C::BEFORE..end) else { break };
            take(self.form.read(message)?)?;
            (at, count) = (at + end, count + 1);
        }
        self.buffer.copy_within(at..read, 0);
        self.begun = read - at;
        Ok(count)
    }

    fn receive_one<T: DeserializeOwned>(&mut self, mut take: impl FnMut(T) -> Result) -> Result {
        while self.receive(&mut take)? == 0 {}
        Ok(())
    }
}

/// Reads what another process writes.
pub(crate) fn read<C: Carrier, F: Form>(stage: &Stage) -> Result<Vec<f64>> {
    let text_bytes = note(stage).text.len();
    let mut receiver = Receiver::<C, F>::new(stage, THERE, "writer", false)?;
    let mut meter = stage.meter()?;
    while meter.runs() {
        meter.count(receiver.receive(|note: Note| expect_bytes(note.text.len(), text_bytes))?);
    }
    Ok(meter.rate())
}

/// Writes so many messages at once, until the other side has enough.
pub(crate) fn write<C: Carrier, F: Form, const AT_ONCE: usize>(stage: &Stage) -> Result<Vec<f64>> {
    let note = note(stage);
    stage.wait_for_begin()?;
    let mut sender = Sender::<C, F>::new(stage, "writer", THERE)?;
    while sender.send(&note, AT_ONCE)? {}
    Ok(Vec::new())
}

/// Sends and waits for the answer.
pub(crate) fn ping<C: Carrier, F: Form>(stage: &Stage) -> Result<Vec<f64>> {
    let note = note(stage);
    let mut receiver = Receiver::<C, F>::new(stage, BACK, THERE, true)?;
    let mut laps = stage.laps()?;
    let mut sender = Sender::<C, F>::new(stage, BACK, THERE)?;
    while laps.runs() {
        sender.send(&note, 1)?;
        receiver.receive_one(|came: Note| expect_bytes(came.text.len(), note.text.len()))?;
        laps.lap();
    }
    Ok(laps.percentiles())
}

/// Waits and answers.
pub(crate) fn pong<C: Carrier, F: Form>(stage: &Stage) -> Result<Vec<f64>> {
    let note = note(stage);
    let mut receiver = Receiver::<C, F>::new(stage, THERE, BACK, true)?;
    let mut meter = stage.meter()?;
    let mut sender = Sender::<C, F>::new(stage, THERE, BACK)?;
    while meter.runs() {
        receiver.receive_one(|came: Note| expect_bytes(came.text.len(), note.text.len()))?;
        sender.send(&note, 1)?;
        meter.count(1);
    }
    Ok(meter.rate())
}

#[derive(Deserialize, Serialize)]
struct Question<I, T> {
    ipcm_request_id: I,
    request: T,
}

#[derive(Deserialize, Serialize)]
struct Answer<I, T> {
    ipcm_response_id: I,
    response: T,
}

/// Asks, and waits for the answer to what was asked.
pub(crate) fn ask<C: Carrier, F: Form>(stage: &Stage) -> Result<Vec<f64>> {
    let text = "x".repeat(stage.payload().len());
    let mut receiver = Receiver::<C, F>::new(stage, BACK, THERE, true)?;
    let mut laps = stage.laps()?;
    let mut sender = Sender::<C, F>::new(stage, BACK, THERE)?;
    while laps.runs() {
        let id = Tick::next(SystemTime::now()).id();
        let id = std::str::from_utf8(&id)?;
        sender.send(&Question { ipcm_request_id: id, request: &text }, 1)?;
        receiver.receive_one(|answer: Answer<String, String>| match answer.ipcm_response_id == id {
            true => expect_bytes(answer.response.len(), text.len()),
            false => Err("this is the answer to something else".into()),
        })?;
        laps.lap();
    }
    Ok(laps.percentiles())
}

/// Answers what is asked.
pub(crate) fn serve<C: Carrier, F: Form>(stage: &Stage) -> Result<Vec<f64>> {
    let mut receiver = Receiver::<C, F>::new(stage, THERE, BACK, true)?;
    let mut meter = stage.meter()?;
    let mut sender = Sender::<C, F>::new(stage, THERE, BACK)?;
    while meter.runs() {
        let mut asked = None;
        receiver.receive_one(|question: Question<String, String>| {
            asked = Some(question);
            Ok(())
        })?;
        if let Some(Question { ipcm_request_id, request }) = asked {
            sender.send(&Answer { ipcm_response_id: ipcm_request_id, response: request }, 1)?;
        }
        meter.count(1);
    }
    Ok(meter.rate())
}
