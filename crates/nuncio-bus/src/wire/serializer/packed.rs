//! JSON in a Zstandard frame.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use zstd::zstd_safe::zstd_sys::ZSTD_EndDirective;
use zstd::zstd_safe::{self, CCtx, CParameter, DCtx, DParameter, InBuffer, OutBuffer, ResetDirective};

use super::*;

/// The window that a frame may ask for: 8 MiB, as those do that were written piece by piece at a high level, or as much
/// as the message may be long, up to what the library can do.
const WINDOW_LOG: std::ops::RangeInclusive<u32> = 23..=31;
/// What the library says of a frame that asks for more.
const WINDOW_TOO_LARGE: &str = "Frame requires too much memory for decoding";
/// With how much room unpacking begins.
const FIRST_BYTES: usize = 4096;
const NO_MEMORY: &str = "there is no memory for it";
/// How many contexts of each kind are kept.
const IDLE_MAX: usize = 8;

pub(super) fn open(level: i32, dictionary: Option<&Path>) -> Result<Packer> {
    let levels = zstd_safe::min_c_level()..=zstd_safe::max_c_level();
    if !levels.contains(&level) {
        let reason = format!("level {level} is none; there are {} to {}", levels.start(), levels.end());
        return Err(Error::new(ErrorKind::Misconfigured, "use the serializer").on("JSON::Zstd").because(reason));
    }
    let dictionary = dictionary.map(|path| read_dictionary(path).map(Arc::from)).transpose()?;
    Ok(Packer(Kind::Zstd(Zstd { level, dictionary, packing: Mutex::default(), unpacking: Mutex::default() })))
}

/// The path came from elsewhere, so that it may lead to anything.
fn read_dictionary(path: &Path) -> Result<Vec<u8>> {
    let wrong = || Error::new(ErrorKind::Misconfigured, "read the dictionary").on(path);
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path);
    let file = file.map_err(|error| wrong().because("it cannot be opened").caused_by(error))?;
    let status = file.metadata().map_err(|error| wrong().caused_by(error))?;
    if !status.is_file() {
        return Err(wrong().because("it is no regular file"));
    }
    if status.len() > DICTIONARY_BYTES_MAX {
        let reason = format!("it is {} bytes, limit is {DICTIONARY_BYTES_MAX} bytes", status.len());
        return Err(wrong().because(reason));
    }
    let mut bytes = Vec::new();
    file.take(DICTIONARY_BYTES_MAX).read_to_end(&mut bytes).map_err(|error| wrong().caused_by(error))?;
    Ok(bytes)
}

pub(super) struct Zstd {
    level: i32,
    dictionary: Option<Arc<[u8]>>,
    packing: Mutex<Vec<CCtx<'static>>>,
    unpacking: Mutex<Vec<DCtx<'static>>>,
}

impl fmt::Debug for Zstd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dictionary_bytes = self.dictionary.as_ref().map(|bytes| bytes.len());
        f.debug_struct("Zstd").field("level", &self.level).field("dictionary_bytes", &dictionary_bytes).finish()
    }
}

impl Zstd {
    pub(super) fn pack(&self, json: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut context = taken(&self.packing).map_or_else(|| self.new_packing(), Ok)?;
        let start = out.len();
        out.reserve(zstd_safe::compress_bound(json.len()));
        let mut input = InBuffer::around(json);
        let mut output = OutBuffer::around_pos(out, start);
        // Given all at once, the frame says how long its content is.
        let left = context.compress_stream2(&mut output, &mut input, ZSTD_EndDirective::ZSTD_e_end);
        match left {
            Ok(0) => {
                kept(&self.packing, context);
                Ok(())
            }
            Ok(_) => Err(Error::new(ErrorKind::Io, "pack the message").because(NO_MEMORY)),
            Err(code) => Err(failed("pack the message", code)),
        }
        .inspect_err(|_| out.truncate(start))
    }

    pub(super) fn unpack(&self, bytes: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<()> {
        let mut context = taken(&self.unpacking).map_or_else(|| self.new_unpacking(), Ok)?;
        let window = limit.max(1).next_power_of_two().ilog2().clamp(*WINDOW_LOG.start(), *WINDOW_LOG.end());
        context.set_parameter(DParameter::WindowLogMax(window)).map_err(|code| failed("prepare to unpack", code))?;
        let start = out.len();
        let unpacked = unpack_frame(&mut context, bytes, limit, out);
        match unpacked {
            Ok(()) => kept(&self.unpacking, context),
            Err(_) => {
                out.truncate(start);
                if context.reset(ResetDirective::SessionOnly).is_ok() {
                    kept(&self.unpacking, context);
                }
            }
        }
        unpacked
    }

    fn new_packing(&self) -> Result<CCtx<'static>> {
        let operation = "prepare to pack";
        let mut context = CCtx::try_create().ok_or_else(|| Error::new(ErrorKind::Io, operation).because(NO_MEMORY))?;
        let level = CParameter::CompressionLevel(self.level);
        context.set_parameter(level).map_err(|code| failed(operation, code))?;
        if let Some(dictionary) = &self.dictionary {
            context.load_dictionary(dictionary).map_err(|code| failed(operation, code))?;
        }
        Ok(context)
    }

    fn new_unpacking(&self) -> Result<DCtx<'static>> {
        let operation = "prepare to unpack";
        let mut context = DCtx::try_create().ok_or_else(|| Error::new(ErrorKind::Io, operation).because(NO_MEMORY))?;
        if let Some(dictionary) = &self.dictionary {
            context.load_dictionary(dictionary).map_err(|code| failed(operation, code))?;
        }
        Ok(context)
    }
}

fn unpack_frame(context: &mut DCtx<'static>, bytes: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    let mut input = InBuffer::around(bytes);
    let mut room = FIRST_BYTES.max(bytes.len().saturating_mul(4)).min(limit.saturating_add(1));
    loop {
        out.reserve(start + room - out.len());
        let at = out.len();
        let mut output = OutBuffer::around_pos(out, at);
        let left = context.decompress_stream(&mut output, &mut input);
        let left = left.map_err(|code| match zstd_safe::get_error_name(code) {
            WINDOW_TOO_LARGE => too_large(limit),
            name => corrupt(name.to_owned()),
        })?;
        if out.len() - start > limit {
            return Err(too_large(limit));
        }
        if left == 0 {
            return match bytes.len() - input.pos() {
                0 => Ok(()),
                rest => Err(corrupt(format!("{rest} bytes after the frame"))),
            };
        }
        if out.len() == at && input.pos() == bytes.len() {
            return Err(corrupt("the frame is cut off".to_owned()));
        }
        room = room.saturating_mul(2).min(limit.saturating_add(1));
    }
}

fn taken<T>(contexts: &Mutex<Vec<T>>) -> Option<T> {
    contexts.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn kept<T>(contexts: &Mutex<Vec<T>>, context: T) {
    let mut contexts = contexts.lock().unwrap_or_else(PoisonError::into_inner);
    if contexts.len() < IDLE_MAX {
        contexts.push(context);
    }
}

fn failed(operation: &'static str, code: zstd_safe::ErrorCode) -> Error {
    Error::new(ErrorKind::Io, operation).caused_by(io::Error::other(zstd_safe::get_error_name(code)))
}

fn corrupt(reason: String) -> Error {
    Error::new(ErrorKind::Corrupt, "read the message")
        .because("it is no Zstandard frame")
        .caused_by(io::Error::other(reason))
}
