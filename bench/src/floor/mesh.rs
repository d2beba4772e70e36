//! The bytes of messages between nodes over bare TCP: one write for each message, or blocks of them that are decoded.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

use nuncio_codec::Value;
use nuncio_mesh::proto::Refusal;
use nuncio_mesh::proto::framing::{Form, Found, Framing, Reader, Sink};
use serde::de::IgnoredAny;

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

/// Reads blocks of messages in CBOR, and decodes each into what a handler takes. That is all that it does.
pub(crate) fn take_typed(stage: &Stage) -> Result<Vec<f64>> {
    let mut reader = Reader::new(Framing::Cbor, Reader::default_limits());
    take_decoded(stage, |input| Ok(reader.next_into(input, &mut Typed)?))
}

/// The same in JSON, as `serde_json` decodes it.
pub(crate) fn take_json(stage: &Stage) -> Result<Vec<f64>> {
    take_decoded(stage, |input| {
        let mut messages = serde_json::Deserializer::from_slice(input).into_iter::<(IgnoredAny, IgnoredAny, String)>();
        match messages.next() {
            Some(Ok((_, _, text))) => Ok(Some((text.len(), messages.byte_offset()))),
            Some(Err(error)) if !error.is_eof() => Err(error.into()),
            Some(Err(_)) | None => Ok(None),
        }
    })
}

/// Has `next` decode message after message: how long its text is, and how long it is itself.
fn take_decoded(stage: &Stage, mut next: impl FnMut(&[u8]) -> Result<Option<(usize, usize)>>) -> Result<Vec<f64>> {
    let listener = listen(stage)?;
    let (warm_up, total) = (warm_up(stage), warm_up(stage) + messages(stage));
    stage.wait_for_begin()?;
    let (mut stream, mut buffer) = (listener.accept()?.0, vec![0; 2 * READ_BYTES]);
    let (mut filled, mut counted, mut bytes, mut began) = (0, 0, 0, Instant::now());
    while counted < total {
        filled += match stream.read(&mut buffer[filled..])? {
            0 => return Err("the writer has ended".into()),
            more => more,
        };
        let mut begin = 0;
        while let Some((text, length)) = next(&buffer[begin..filled])? {
            (bytes, begin, counted) = (bytes + text, begin + length, counted + 1);
            if counted == warm_up {
                began = Instant::now();
            }
        }
        buffer.copy_within(begin..filled, 0);
        filled -= begin;
    }
    let elapsed = began.elapsed();
    crate::stage::expect_bytes(bytes, total * stage.payload().len())?;
    Ok(vec![messages(stage) as f64 / elapsed.as_secs_f64()])
}

/// The length of the text that a handler is given.
struct Typed;

impl Sink for Typed {
    type Taken = usize;

    fn form(&mut self, _: &[u8]) -> Form {
        Form::Encoded
    }

    #[inline]
    fn take(&mut self, found: Found<'_>) -> std::result::Result<usize, Refusal> {
        let Found::Encoded(elements) = found else { return Ok(0) };
        elements.without_first().map_or(Ok(0), |elements| elements.decode().map(|(text,): (String,)| text.len()))
    }
}

/// Writes as many messages at once as a node does.
pub(crate) fn send_blocks(stage: &Stage) -> Result<Vec<f64>> {
    send_blocks_in(stage, Framing::Cbor)
}

/// The same in JSON.
pub(crate) fn send_json_blocks(stage: &Stage) -> Result<Vec<f64>> {
    send_blocks_in(stage, Framing::Json)
}

fn send_blocks_in(stage: &Stage, framing: Framing) -> Result<Vec<f64>> {
    stage.wait_for_begin()?;
    let (mut stream, frame) = (connect(stage)?, frame_in(stage, framing)?);
    let block = frame.repeat(READ_BYTES / frame.len());
    let mut left = (warm_up(stage) + messages(stage)) * frame.len();
    while left > 0 {
        let bytes = left.min(block.len());
        stream.write_all(&block[..bytes])?;
        left -= bytes;
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
    frame_in(stage, Framing::Cbor)
}

fn frame_in(stage: &Stage, framing: Framing) -> Result<Vec<u8>> {
    let mut frame = Vec::new();
    let text = String::from_utf8(stage.payload())?;
    framing.write(SINK, &[TAG.into(), Value::from(text.as_str())], &mut frame)?;
    Ok(frame)
}
