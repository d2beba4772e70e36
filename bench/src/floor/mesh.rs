//! The bytes of messages between nodes over bare TCP: one write for each message.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

use nuncio_codec::Value;
use nuncio_mesh::proto::framing::Framing;

use crate::Result;
use crate::meter::Laps;
use crate::nuncio::mesh::{SINK, TAG, address_file, messages, warm_up};
use crate::stage::Stage;

/// What is read at once.
const READ_BYTES: usize = 64 * 1024;
/// What is transferred beside small messages, in bytes.
const LARGE: usize = 100 << 20;
/// A bare transfer is over sooner than one of a message; it is repeated until there is as much to see.
const LARGE_TIMES: usize = 4;

/// Reads what comes, and counts it by its length.
pub(crate) fn take(stage: &Stage) -> Result<Vec<f64>> {
    let (listener, frame) = (listen(stage)?, frame(stage)?);
    stage.wait_for_begin()?;
    let (mut stream, mut buffer) = (listener.accept()?.0, vec![0; READ_BYTES]);
    let mut until = |bytes: usize, mut read: usize| -> Result<usize> {
        while read < bytes {
            read += match stream.read(&mut buffer)? {
                0 => return Err("the writer has ended".into()),
                more => more,
            };
        }
        Ok(read)
    };
    let warm = warm_up(stage) * frame.len();
    let read = until(warm, 0)?;
    let (began, total) = (Instant::now(), warm + messages(stage) * frame.len());
    until(total, read)?;
    Ok(vec![(total - read) as f64 / frame.len() as f64 / began.elapsed().as_secs_f64()])
}

/// Writes message after message.
pub(crate) fn send(stage: &Stage) -> Result<Vec<f64>> {
    stage.wait_for_begin()?;
    let (mut stream, frame) = (connect(stage)?, frame(stage)?);
    for _ in 0..warm_up(stage) + messages(stage) {
        stream.write_all(&frame)?;
    }
    Ok(Vec::new())
}

/// Writes a message and reads it again.
pub(crate) fn ping(stage: &Stage) -> Result<Vec<f64>> {
    let (listener, frame) = (listen(stage)?, frame(stage)?);
    stage.wait_for_begin()?;
    let mut stream = accept(&listener)?;
    let mut laps = Laps::new(stage.messages());
    while laps.runs() {
        exchange(&mut stream, &frame)?;
        laps.lap();
    }
    Ok(laps.percentiles())
}

/// Writes back what it reads.
pub(crate) fn pong(stage: &Stage) -> Result<Vec<f64>> {
    stage.wait_for_begin()?;
    echo(connect(stage)?)
}

/// The same, and transfers much more on another connection meanwhile.
pub(crate) fn pong_beside_large(stage: &Stage) -> Result<Vec<f64>> {
    stage.wait_for_begin()?;
    let (stream, mut large) = (connect(stage)?, connect(stage)?);
    let writing = std::thread::spawn(move || {
        let bytes = vec![b'x'; LARGE];
        (0..LARGE_TIMES).try_for_each(|_| large.write_all(&bytes))
    });
    let done = echo(stream);
    writing.join().map_err(|_| "the writing thread has panicked")??;
    done
}

/// Writes messages and reads each again, as long as a large transfer from the other side goes on.
pub(crate) fn ping_beside_large(stage: &Stage) -> Result<Vec<f64>> {
    let (listener, frame) = (listen(stage)?, frame(stage)?);
    stage.wait_for_begin()?;
    let (mut stream, mut large) = (accept(&listener)?, accept(&listener)?);
    let reading = std::thread::spawn(move || -> std::io::Result<usize> {
        let (mut buffer, mut read) = (vec![0; READ_BYTES], 0);
        loop {
            match large.read(&mut buffer)? {
                0 => return Ok(read),
                more => read += more,
            }
        }
    });
    let mut laps = Laps::new(0);
    while !reading.is_finished() {
        let began = Instant::now();
        exchange(&mut stream, &frame)?;
        laps.add(began.elapsed());
    }
    let read = reading.join().map_err(|_| "the reading thread has panicked")??;
    crate::stage::expect_bytes(read, LARGE * LARGE_TIMES)?;
    Ok(laps.percentiles_from_the_tail())
}

fn exchange(stream: &mut TcpStream, frame: &[u8]) -> Result {
    let mut buffer = [0; 1024];
    stream.write_all(frame)?;
    let mut received = 0;
    while received < frame.len() {
        received += match stream.read(&mut buffer)? {
            0 => return Err("the echo has ended".into()),
            read => read,
        };
    }
    Ok(())
}

fn echo(mut stream: TcpStream) -> Result<Vec<f64>> {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(Vec::new()),
            bytes => stream.write_all(&buffer[..bytes])?,
        }
    }
}

fn listen(stage: &Stage) -> Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    std::fs::write(address_file(stage), listener.local_addr()?.to_string())?;
    Ok(listener)
}

fn accept(listener: &TcpListener) -> Result<TcpStream> {
    let stream = listener.accept()?.0;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn connect(stage: &Stage) -> Result<TcpStream> {
    let stream = TcpStream::connect(std::fs::read_to_string(address_file(stage))?)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A message as nuncio writes it.
fn frame(stage: &Stage) -> Result<Vec<u8>> {
    let mut frame = Vec::new();
    let text = String::from_utf8(stage.payload())?;
    Framing::Cbor.write(SINK, &[TAG.into(), Value::from(text.as_str())], &mut frame)?;
    Ok(frame)
}
