//! A large message through a file: the bare file calls around one hop through the queue.
//!
//! `openat` of a fresh name, `writev`, `close`, `msgsnd` of the short text; `msgrcv`, `openat`, `fstat`, `read`,
//! `close`, `unlinkat`.

use std::hash::{BuildHasher, RandomState};
use std::io::IoSlice;
use std::os::fd::OwnedFd;

use nuncio_sys::sysv::TYPE_BYTES;
use rustix::fs::{AtFlags, Mode, OFlags};

use crate::Result;
use crate::room::THERE;
use crate::stage::{Stage, TEXT_BYTES_MAX, expect_bytes};

/// A file is called by ten letters and this; the text that announces it ends in its path.
const SUFFIX: &str = ".transit";
const LETTERS: usize = 10;
const NAME_BYTES: usize = LETTERS + SUFFIX.len();

/// Sends one, receives one.
pub(crate) fn one_process(stage: &Stage) -> Result<Vec<f64>> {
    let queue = stage.kernel_queue(THERE)?;
    let (mut sent, mut received) = (stage.frame()?, Vec::new());
    let (payload, mut content) = (stage.payload(), Vec::new());
    let directory = rustix::fs::open(stage.spill_directory(), OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let mut names = Names::new();
    let mut meter = stage.meter()?;
    while meter.runs() {
        names.write_next(&mut sent);
        write(&directory, &sent, &payload)?;
        queue.send(&sent)?;
        queue.receive(&mut received, TEXT_BYTES_MAX)?;
        read(&directory, &received, &mut content)?;
        expect_bytes(content.len(), sent.len() - TYPE_BYTES + payload.len())?;
        meter.count(1);
    }
    Ok(meter.rate())
}

/// Writes the text and the payload into the file that the text names.
fn write(directory: &OwnedFd, frame: &[u8], payload: &[u8]) -> Result {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::RDWR | OFlags::CLOEXEC;
    let file = rustix::fs::openat(directory, name_in(frame)?, flags, Mode::from_raw_mode(0o600))?;
    let text = &frame[TYPE_BYTES..];
    let written = rustix::io::writev(&file, &[IoSlice::new(text), IoSlice::new(payload)])?;
    expect_bytes(written, text.len() + payload.len())
}

/// Reads the file that the text names, and removes it.
fn read(directory: &OwnedFd, frame: &[u8], content: &mut Vec<u8>) -> Result {
    let name = name_in(frame)?;
    let file = rustix::fs::openat(directory, name, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    let size = usize::try_from(rustix::fs::fstat(&file)?.st_size)?;
    content.resize(size, 0);
    let read = rustix::io::read(&file, content.as_mut_slice())?;
    drop(file);
    rustix::fs::unlinkat(directory, name, AtFlags::empty())?;
    expect_bytes(read, size)
}

fn name_in(frame: &[u8]) -> Result<&str> {
    let start = frame.len().checked_sub(NAME_BYTES).ok_or("the text names no file")?;
    Ok(std::str::from_utf8(&frame[start..])?)
}

/// Names that differ from run to run.
#[derive(Debug)]
struct Names {
    state: u64,
}

impl Names {
    fn new() -> Self {
        Self { state: RandomState::new().hash_one(()) }
    }

    /// Gives the file that `frame` announces another name.
    fn write_next(&mut self, frame: &mut [u8]) {
        // The generator is Marsaglia's xorshift64*; six bits make a letter.
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let mut bits = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D);
        let start = frame.len() - NAME_BYTES;
        for letter in &mut frame[start..start + LETTERS] {
            *letter = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789__"[(bits & 63) as usize];
            bits >>= 6;
        }
    }
}
