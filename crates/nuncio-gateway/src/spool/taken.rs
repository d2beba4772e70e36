//! Which of the messages that were looked at in the outgoing queue, and stored, have been taken from it.
//!
//! A message is stored before it is taken. Should the process be killed in between, it stands in the queue and in the spool, and must
//! be taken without being stored again. So the spool knows the messages of the last drain in their order, and one small file says
//! how many of them were taken. The note is not synced: a queue of the kernel's lives no longer than what the kernel has written.

use std::fs::File;
use std::io::ErrorKind as IoErrorKind;
use std::os::unix::fs::FileExt;

use nuncio_core::{Error, Result};
use nuncio_sys::files::Directory;
use rustix::fs::OFlags;

use super::failed;
use super::frame::Item;

const NAME: &str = "taken";

/// The number of a drain: each is larger than those before.
pub type Drain = u64;

/// The messages of a drain that was not finished, and how many of them were taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastDrain {
    /// Its number.
    pub drain: Drain,
    /// How many were surely taken.
    pub taken: usize,
    /// All of them, in the order of the queue.
    pub messages: Vec<Vec<u8>>,
}

#[derive(Debug)]
pub(super) struct Taken {
    file: File,
    last: Option<LastDrain>,
}

impl LastDrain {
    /// The messages of a drain from the frame that it is noted in.
    pub(super) fn gather(drain: Drain, order: &[u32], items: &[Item<'_>]) -> Option<Self> {
        let mut groups: Vec<_> = items
            .iter()
            .filter_map(|item| match item {
                Item::Messages { ends, body, .. } => {
                    let starts = std::iter::once(0).chain(ends.iter().copied());
                    Some(starts.zip(ends).map(|(start, end)| &body[start as usize..*end as usize]))
                }
                _ => None,
            })
            .collect();
        let messages = order.iter().map(|group| Some(groups.get_mut(*group as usize)?.next()?.to_vec()));
        Some(Self { drain, taken: 0, messages: messages.collect::<Option<_>>()? })
    }
}

impl Taken {
    /// Opens the note, or makes it.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn open(directory: &Directory, last: Option<LastDrain>) -> Result<Self> {
        let path = directory.path().join(NAME);
        let failed = failed("open", &path);
        match directory.create_exclusive(NAME.as_ref(), 0o600) {
            Ok(file) => return Ok(Self { file, last }),
            Err(error) if error.kind() == IoErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::open(&path, flags, rustix::fs::Mode::empty()).map_err(|error| failed(error.into()))?;
        let (file, mut note) = (File::from(file), [0; 16]);
        let length = file.read_at(&mut note, 0).map_err(&failed)?;
        let (drain, count) = note.split_at(8);
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        let last = last.map(|last| match length == note.len() && number(drain) == last.drain {
            true => LastDrain { taken: usize::try_from(number(count)).unwrap_or(usize::MAX), ..last },
            false => last,
        });
        Ok(Self { file, last: last.filter(|last| last.taken < last.messages.len()) })
    }

    pub(super) fn last(&self) -> Option<LastDrain> {
        self.last.clone()
    }

    /// Notes how many were taken.
    pub(super) fn note(&self, drain: Drain, count: u64) -> Result<()> {
        let mut note = [0; 16];
        note[..8].copy_from_slice(&drain.to_le_bytes());
        note[8..].copy_from_slice(&count.to_le_bytes());
        self.file.write_all_at(&note, 0).map_err(|error| Error::io("note what was taken", error))
    }
}
