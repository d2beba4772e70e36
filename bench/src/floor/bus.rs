//! Messages between peers of a bus: the bare system calls with the bytes that nuncio writes, envelope included.
//!
//! | medium | sends with | receives with |
//! |---|---|---|
//! | FIFO | one `write` for each burst of 4096 bytes | `read` of 64 KiB |
//! | datagrams | `send` | `recv` |
//! | stream | one `write` for each message | `read` of 64 KiB |
//! | files | `openat`, `write`, `close`, `renameat` | `getdents`; `openat`, `read`, `close`, `unlinkat` |

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use nuncio_bus::wire::burst::{self, HEADER_BYTES};
use nuncio_bus::wire::frame;
use rustix::fs::{AtFlags, Dir, Mode, OFlags};

use crate::Result;
use crate::nuncio::bus::{FILES_AT_ONCE, message};
use crate::room::{BACK, THERE};
use crate::stage::Stage;

pub(super) const READ_BYTES: usize = 64 * 1024;

/// One way to move bytes from one process to another.
pub(crate) trait Bare: Sized {
    type Receiver;
    fn receiver(path: &Path) -> Result<Self::Receiver>;
    fn sender(path: &Path) -> Result<Self>;
    /// As it goes onto the medium.
    fn wrapped(message: &[u8]) -> Vec<u8>;
    fn send(&mut self, wrapped: &[u8]) -> io::Result<()>;
    /// How many bytes came; none when the other side is gone.
    fn receive(receiver: &mut Self::Receiver, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Reads what another process writes.
pub(crate) fn read<B: Bare>(stage: &Stage) -> Result<Vec<f64>> {
    let mut receiver = B::receiver(&path(stage, THERE))?;
    let message_bytes = B::wrapped(&message(stage)?).len();
    let (mut buffer, mut bytes) = (vec![0; READ_BYTES], 0);
    let mut meter = stage.meter()?;
    while meter.runs() {
        bytes += match B::receive(&mut receiver, &mut buffer)? {
            0 => return Err("the writer has ended".into()),
            read => read,
        };
        meter.count(bytes / message_bytes);
        bytes %= message_bytes;
    }
    Ok(meter.rate())
}

/// Writes what another process reads, until it has enough.
pub(crate) fn write<B: Bare>(stage: &Stage) -> Result<Vec<f64>> {
    let wrapped = B::wrapped(&message(stage)?);
    stage.wait_for_begin()?;
    let mut sender = B::sender(&path(stage, THERE))?;
    loop {
        match sender.send(&wrapped) {
            Ok(()) => {}
            Err(error) if is_over(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Sends and waits for the answer.
pub(crate) fn ping<B: Bare>(stage: &Stage) -> Result<Vec<f64>> {
    let mut receiver = B::receiver(&path(stage, BACK))?;
    let (wrapped, mut buffer) = (B::wrapped(&message(stage)?), vec![0; READ_BYTES]);
    let mut laps = stage.laps()?;
    let mut sender = B::sender(&path(stage, THERE))?;
    while laps.runs() {
        sender.send(&wrapped)?;
        receive_one::<B>(&mut receiver, &mut buffer, wrapped.len())?;
        laps.lap();
    }
    Ok(laps.percentiles())
}

/// Waits and answers, until the other side has enough.
pub(crate) fn pong<B: Bare>(stage: &Stage) -> Result<Vec<f64>> {
    let mut receiver = B::receiver(&path(stage, THERE))?;
    let (wrapped, mut buffer) = (B::wrapped(&message(stage)?), vec![0; READ_BYTES]);
    let mut meter = stage.meter()?;
    let mut sender = B::sender(&path(stage, BACK))?;
    while meter.runs() {
        receive_one::<B>(&mut receiver, &mut buffer, wrapped.len())?;
        sender.send(&wrapped)?;
        meter.count(1);
    }
    Ok(meter.rate())
}

fn receive_one<B: Bare>(receiver: &mut B::Receiver, buffer: &mut [u8], message_bytes: usize) -> Result {
    let mut received = 0;
    while received < message_bytes {
        received += match B::receive(receiver, buffer)? {
            0 => return Err("the other side has ended".into()),
            read => read,
        };
    }
    Ok(())
}

pub(super) fn path(stage: &Stage, name: &str) -> PathBuf {
    stage.directory().join(format!("bare-{name}"))
}

pub(super) fn is_over(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionRefused | ConnectionReset)
}

/// A FIFO, written in bursts.
#[derive(Debug)]
pub(crate) struct Fifo(File);

impl Bare for Fifo {
    type Receiver = File;

    fn receiver(path: &Path) -> Result<File> {
        rustix::fs::mkfifoat(rustix::fs::CWD, path, Mode::from_raw_mode(0o600))?;
        let fifo = File::options().read(true).write(true).open(path)?;
        rustix::pipe::fcntl_setpipe_size(&fifo, 1 << 20)?;
        Ok(fifo)
    }

    fn sender(path: &Path) -> Result<Self> {
        Ok(Self(File::options().write(true).open(path)?))
    }

    fn wrapped(message: &[u8]) -> Vec<u8> {
        let writer = burst::Writer { pid: std::process::id(), thread: 0 };
        burst::bursts(message, writer).flat_map(|(header, data)| [&header.to_bytes()[..], data].concat()).collect()
    }

    fn send(&mut self, wrapped: &[u8]) -> io::Result<()> {
        wrapped.chunks(HEADER_BYTES + burst::DATA_BYTES_MAX).try_for_each(|burst| self.0.write_all(burst))
    }

    fn receive(fifo: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
        fifo.read(buffer)
    }
}

/// Datagrams.
#[derive(Debug)]
pub(crate) struct Datagrams(UnixDatagram);

impl Bare for Datagrams {
    type Receiver = UnixDatagram;

    fn receiver(path: &Path) -> Result<UnixDatagram> {
        Ok(UnixDatagram::bind(path)?)
    }

    fn sender(path: &Path) -> Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.connect(path)?;
        Ok(Self(socket))
    }

    fn wrapped(message: &[u8]) -> Vec<u8> {
        message.to_vec()
    }

    fn send(&mut self, wrapped: &[u8]) -> io::Result<()> {
        self.0.send(wrapped).map(drop)
    }

    fn receive(socket: &mut UnixDatagram, buffer: &mut [u8]) -> io::Result<usize> {
        socket.recv(buffer)
    }
}

/// A stream of frames.
#[derive(Debug)]
pub(crate) struct Stream(UnixStream);

/// Accepts with the first read: the other side connects only when all begin.
#[derive(Debug)]
pub(crate) enum Accepting {
    Listening(UnixListener),
    Accepted(UnixStream),
}

impl Bare for Stream {
    type Receiver = Accepting;

    fn receiver(path: &Path) -> Result<Accepting> {
        Ok(Accepting::Listening(UnixListener::bind(path)?))
    }

    fn sender(path: &Path) -> Result<Self> {
        Ok(Self(UnixStream::connect(path)?))
    }

    fn wrapped(message: &[u8]) -> Vec<u8> {
        let mut wrapped = Vec::new();
        let framed = frame::append(&mut wrapped, |out| {
            out.extend_from_slice(message);
            Ok::<(), std::convert::Infallible>(())
        });
        framed.unwrap_or_else(|never| match never {});
        wrapped
    }

    fn send(&mut self, wrapped: &[u8]) -> io::Result<()> {
        self.0.write_all(wrapped)
    }

    fn receive(receiver: &mut Accepting, buffer: &mut [u8]) -> io::Result<usize> {
        if let Accepting::Listening(listener) = receiver {
            *receiver = Accepting::Accepted(listener.accept()?.0);
        }
        match receiver {
            Accepting::Accepted(stream) => stream.read(buffer),
            Accepting::Listening(_) => unreachable!("it was accepted"),
        }
    }
}

/// So many files are made, then so many are read.
pub(crate) fn files(stage: &Stage) -> Result<Vec<f64>> {
    let path = path(stage, THERE);
    std::fs::create_dir(&path)?;
    let directory = rustix::fs::open(&path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let (message, mut content, mut number) = (message(stage)?, Vec::new(), 0_u64);
    let mut meter = stage.meter()?;
    while meter.runs() {
        for _ in 0..FILES_AT_ONCE {
            number += 1;
            write_file(&directory, &format!("01A1F882-56A5-75ED-B306-{number:012}"), &message)?;
        }
        let mut names = Vec::new();
        for entry in Dir::read_from(&directory)? {
            names.push(entry?.file_name().to_owned());
        }
        names.retain(|name| name.to_bytes().ends_with(b".ready"));
        for name in &names {
            let file = rustix::fs::openat(&directory, name, OFlags::RDONLY | OFlags::NOFOLLOW, Mode::empty())?;
            content.resize(message.len() + 1, 0);
            crate::stage::expect_bytes(rustix::io::read(&file, content.as_mut_slice())?, message.len())?;
            drop(file);
            rustix::fs::unlinkat(&directory, name, AtFlags::empty())?;
        }
        meter.count(names.len());
    }
    Ok(meter.rate())
}

fn write_file(directory: &OwnedFd, name: &str, content: &[u8]) -> Result {
    let (pending, ready) = (format!("{name}.pend"), format!("{name}.ready"));
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::WRONLY;
    let file = rustix::fs::openat(directory, &pending, flags, Mode::from_raw_mode(0o600))?;
    crate::stage::expect_bytes(rustix::io::write(&file, content)?, content.len())?;
    drop(file);
    Ok(rustix::fs::renameat(directory, pending, directory, ready)?)
}
