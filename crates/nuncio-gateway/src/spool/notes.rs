//! Notes that something is done, in a file of their own beside the segments.
//!
//! They are written at once by whoever has done it, and never synced: a note that waited for a sync of the log would let a kill repeat
//! whatever was delivered meanwhile. The kernel keeps what was written when the process is killed; when the power fails, more comes again.
//! With each new segment, which begins with all that is done, the notes begin anew.

use std::fs::File;
use std::io::{self, Read};

use nuncio_core::Result;
use nuncio_sys::files::Directory;

use super::failed;
use super::frame::{self, Frames, Item};
use super::index::Index;
use super::lane::Lane;
use crate::wire::nuncio::StreamId;

const SUFFIX: &str = ".notes";

/// The file that is being written.
#[derive(Debug)]
pub(super) struct Notes {
    file: File,
    length: u64,
    number: u64,
    frames: Frames,
}

impl Notes {
    /// Begins the notes that belong to segment `number`.
    pub(super) fn begin(directory: &Directory, number: u64) -> io::Result<Self> {
        let file = directory.create_exclusive(name(number).as_ref(), 0o600)?;
        Ok(Self { file, length: 0, number, frames: Frames::default() })
    }

    /// Notes that everything in `lane` below `next` is done.
    pub(super) fn note(&mut self, lane: &Lane, stream: StreamId, next: u64) -> io::Result<()> {
        self.frames.clear();
        self.frames.begin();
        self.frames.done(lane, stream, next);
        self.frames.end();
        self.frames.write_to(&self.file, self.length)?;
        self.length += self.frames.len() as u64;
        Ok(())
    }

    /// Removes the notes that belong to segments before this one, whose beginning is on disk.
    pub(super) fn remove_older(&self, directory: &Directory) {
        let Ok(names) = directory.names() else { return };
        for name in names {
            if number_of(name.to_str().unwrap_or_default()).is_some_and(|number| number < self.number)
                && let Err(error) = directory.unlink(&name)
            {
                tracing::warn!(?name, %error, "old notes could not be removed");
            }
        }
    }

    /// Applies all notes that there are; says the largest number among them.
    ///
    /// # Errors
    /// Those of reading.
    pub(super) fn replay(directory: &Directory, index: &mut Index) -> Result<Option<u64>> {
        let path = directory.path();
        let names = directory.names().map_err(failed("read the notes in", path))?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| number_of(name.to_str()?)).collect();
        numbers.sort_unstable();
        for number in &numbers {
            let mut bytes = Vec::new();
            let (mut file, _) =
                directory.open_regular(name(*number).as_ref()).map_err(failed("read the notes in", path))?;
            file.read_to_end(&mut bytes).map_err(failed("read the notes in", path))?;
            let mut rest = bytes.as_slice();
            while let Some((content, after)) = frame::first(rest) {
                for item in frame::items(content, 0).unwrap_or_default() {
                    if let Item::Done { lane, stream, next } = item {
                        index.done_in(&lane, stream, next);
                    }
                }
                rest = after;
            }
        }
        Ok(numbers.last().copied())
    }
}

fn name(number: u64) -> String {
    format!("{number:016x}{SUFFIX}")
}

fn number_of(name: &str) -> Option<u64> {
    u64::from_str_radix(name.strip_suffix(SUFFIX)?, 16).ok()
}
