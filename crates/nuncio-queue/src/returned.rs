//! Messages that were taken from a queue and could not be handed on: they wait in the registry, and the next reader gets
//! them first.
//!
//! Each is a dot-named file of mode 0600, `.returned-<time>-<random>`, which the original does not look at: one line with the queue's
//! name, then the message as it came, with the payload of a spilled one in it.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use nuncio_core::{Error, ErrorKind, QueueName, Result};
use nuncio_sys::files::FileStatus;

use crate::registry::Registry;

const PREFIX: &str = ".returned-";
const FILE_MODE: u32 = 0o600;
/// The digits and the colon before a header, and the line feed after a name.
const FRONT_BYTES_MAX: u64 = 16;

/// What one queue handle has to give out before it asks the kernel.
#[derive(Debug, Default)]
pub(crate) struct Returned {
    messages: Mutex<VecDeque<Vec<u8>>>,
    /// There is no more for this queue in the registry; since then only `messages` counts.
    looked: AtomicBool,
    waiting: AtomicBool,
}

impl Returned {
    /// The text of the next message that was returned.
    #[inline]
    pub(crate) fn next(&self, registry: &Registry, queue: &QueueName) -> Result<Option<Vec<u8>>> {
        if self.looked.load(Ordering::Acquire) && !self.waiting.load(Ordering::Acquire) {
            return Ok(None);
        }
        self.find_next(registry, queue)
    }

    /// Puts a message in front of everything else.
    pub(crate) fn push(&self, text: Vec<u8>) {
        let mut messages = self.lock();
        messages.push_front(text);
        self.waiting.store(true, Ordering::Release);
    }

    /// Takes the first message that this handle still has.
    pub(crate) fn take(&self) -> Option<Vec<u8>> {
        let mut messages = self.lock();
        let first = messages.pop_front();
        self.waiting.store(!messages.is_empty(), Ordering::Release);
        first
    }

    #[cold]
    fn find_next(&self, registry: &Registry, queue: &QueueName) -> Result<Option<Vec<u8>>> {
        if let Some(text) = self.take() {
            return Ok(Some(text));
        }
        // One at a time: what stays in the registry is safe from the end of this process.
        let next = if self.looked.load(Ordering::Acquire) { None } else { load_first(registry, queue)? };
        self.looked.store(next.is_none(), Ordering::Release);
        Ok(next)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Vec<u8>>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the message `text` of `queue` to a file of its own, and says where.
///
/// # Errors
/// Those of the file system.
pub(crate) fn store(registry: &Registry, queue: &QueueName, text: &[u8]) -> Result<PathBuf> {
    let shared = registry.shared();
    let since = registry.clock().time_of_day().duration_since(UNIX_EPOCH).unwrap_or_default();
    let suffix = shared.names.next()?;
    let (draft, file) = (format!(".new-{suffix}"), format!("{PREFIX}{:020}-{suffix}", since.as_nanos()));
    let written = shared.directory.create_exclusive(draft.as_ref(), FILE_MODE).and_then(|mut opened| {
        opened.write_all(format!("{queue}\n").as_bytes())?;
        opened.write_all(text)?;
        opened.sync_data()?;
        shared.directory.rename(draft.as_ref(), file.as_ref())
    });
    let path = registry.directory().join(file);
    match written {
        Ok(()) => Ok(path),
        Err(error) => {
            // The error that led here is the one to tell of.
            let _ = shared.directory.unlink(draft.as_ref());
            Err(Error::io("keep a message in", error).on(path.as_path()))
        }
    }
}

/// Takes the oldest message of `queue` out of the registry.
pub(crate) fn load_first(registry: &Registry, queue: &QueueName) -> Result<Option<Vec<u8>>> {
    let names = registry.shared().directory.names();
    let names = names.map_err(|error| Error::io("look for returned messages in", error).on(registry.directory()))?;
    let mut files: Vec<_> = names.into_iter().filter_map(|name| name.into_string().ok()).collect();
    files.retain(|name| name.starts_with(PREFIX));
    files.sort();
    for file in files {
        match take(registry, queue, &file) {
            Ok(None) => {}
            Ok(text) => return Ok(text),
            Err(error) => tracing::warn!("a returned message is left where it is: {}", error.chain()),
        }
    }
    Ok(None)
}

/// Takes one file, if it belongs to `queue`; a rename makes sure that only one reader does.
fn take(registry: &Registry, queue: &QueueName, file: &str) -> Result<Option<Vec<u8>>> {
    let directory = &registry.shared().directory;
    let path = registry.directory().join(file);
    let failed = |error| Error::io("read the returned message", error).on(path.as_path());
    let (opened, FileStatus { uid, mode, size, .. }) = match directory.open_regular(file.as_ref()) {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    registry.shared().trust.check(uid, mode, "read the returned message", path.as_path().into())?;
    let limits = &registry.shared().limits;
    let bytes_max =
        (limits.payload_bytes_max + limits.header_bytes_max + QueueName::BYTES_MAX) as u64 + FRONT_BYTES_MAX;
    if size > bytes_max {
        let reason = format!("it is {size} bytes, limit is {bytes_max} bytes");
        return Err(Error::new(ErrorKind::TooLarge, "read the returned message").on(path.as_path()).because(reason));
    }
    let mut content = Vec::new();
    opened.take(bytes_max).read_to_end(&mut content).map_err(failed)?;
    let Some(line) = content.iter().position(|byte| *byte == b'\n') else {
        return Err(Error::new(ErrorKind::Corrupt, "read the returned message")
            .on(path.as_path())
            .because("it names no queue"));
    };
    if &content[..line] != queue.as_str().as_bytes() {
        return Ok(None);
    }
    let taken = format!(".taken-{file}");
    match directory.rename(file.as_ref(), taken.as_ref()) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    directory.unlink(taken.as_ref()).map_err(failed)?;
    Ok(Some(content.split_off(line + 1)))
}
