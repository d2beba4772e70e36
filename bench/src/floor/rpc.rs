//! The bytes of a request there and the same bytes back, over a unix socket: bare reads and writes of a stream.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use crate::Result;
use crate::nuncio::rpc::{IN_FLIGHT, requests};
use crate::stage::{Stage, expect_bytes};

/// What is read at once.
const READ_BYTES: usize = 64 * 1024;

/// Sends back what comes, until the other side has closed.
pub(crate) fn serve(stage: &Stage) -> Result<Vec<f64>> {
    let listener = UnixListener::bind(stage.socket())?;
    stage.wait_for_begin()?;
    let (mut stream, mut buffer) = (listener.accept()?.0, vec![0; READ_BYTES]);
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(Vec::new()),
            bytes => stream.write_all(&buffer[..bytes])?,
        }
    }
}

/// One record at a time.
pub(crate) fn ask_one(stage: &Stage) -> Result<Vec<f64>> {
    let (sent, mut buffer) = (record(stage), vec![0; READ_BYTES]);
    let mut laps = stage.laps()?;
    let mut stream = UnixStream::connect(stage.socket())?;
    while laps.runs() {
        stream.write_all(&sent)?;
        let mut received = 0;
        while received < sent.len() {
            received += stream.read(&mut buffer)?;
        }
        expect_bytes(received, sent.len())?;
        laps.lap();
    }
    Ok(laps.percentiles())
}

/// As many records under way as nuncio has requests; those that came back leave again in one write.
pub(crate) fn ask_many(stage: &Stage) -> Result<Vec<f64>> {
    let (record, total) = (record(stage), requests(stage));
    let (record_bytes, burst) = (record.len(), record.repeat(IN_FLIGHT));
    stage.wait_for_begin()?;
    let mut reader = UnixStream::connect(stage.socket())?;
    let mut writer = reader.try_clone()?;
    // Of large records more are under way than the kernel holds, so that writing must not keep reading waiting.
    let (came_back, to_send) = mpsc::channel();
    let began = Instant::now();
    let writing = thread::spawn(move || {
        to_send.iter().try_for_each(|count: usize| writer.write_all(&burst[..count * record_bytes]))
    });
    let (mut buffer, mut sent, mut done, mut bytes) = (vec![0; READ_BYTES], 0, 0, 0);
    let mut room = IN_FLIGHT;
    while done < total {
        let next = room.min(total - sent);
        if next > 0 {
            came_back.send(next)?;
        }
        sent += next;
        bytes += match reader.read(&mut buffer)? {
            0 => return Err("the echo has ended".into()),
            read => read,
        };
        room = bytes / record_bytes;
        (bytes, done) = (bytes % record_bytes, done + room);
    }
    let rate = done as f64 / began.elapsed().as_secs_f64();
    drop(came_back);
    writing.join().map_err(|_| "the writing thread has panicked")??;
    Ok(vec![rate])
}

/// A request as nuncio's client writes it.
fn record(stage: &Stage) -> Vec<u8> {
    let text = String::from_utf8(stage.payload()).expect("the payload is letters");
    let pid = std::process::id();
    format!(
        "{{\"ipcReqID\":\"rq1000\",\"uri\":\"/bench/echo\",\"data\":{{\"text\":\"{text}\"}},\"pid\":{pid},\"userAgent\":\"nuncio/0.1.0\"}}\n"
    )
    .into_bytes()
}
