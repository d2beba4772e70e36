//! One file of the log.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::Load;
use super::frame::numbers;

/// What a segment's file is called: its number in sixteen hexadecimal digits, and this.
const SUFFIX: &str = ".segment";

/// A segment: what is in it and is not done keeps it.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) file: Arc<File>,
    pub(super) bytes: u64,
    /// How many chunks in it are not done.
    pub(super) live: u64,
}

/// Messages of one lane that stand together in a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub(super) segment: u64,
    /// Where the lengths begin, which the messages follow.
    pub(super) at: u64,
    pub(super) first: u64,
    pub(super) count: u32,
    pub(super) body_bytes: u32,
    pub(super) stored_at: u64,
}

impl Chunk {
    pub(super) const fn end(&self) -> u64 {
        self.first + self.count as u64
    }
}

/// Chunks that are to be read, of which the messages below `from` are not wanted.
pub(super) struct Wanted {
    pub(super) chunks: Vec<(Arc<File>, Chunk)>,
    pub(super) from: u64,
    pub(super) messages_max: usize,
    pub(super) bytes_max: usize,
}

impl Wanted {
    /// Reads what is wanted.
    ///
    /// # Errors
    /// Those of reading the files.
    pub(super) fn read(&self) -> io::Result<Load> {
        let stored_at = self.chunks.first().map_or(0, |(_, chunk)| chunk.stored_at);
        let stored_at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(stored_at);
        let mut load = Load { first: self.from, ends: Vec::new(), body: Vec::new(), stored_at, together: 0 };
        for (file, chunk) in &self.chunks {
            let goes_on = self.add(file, chunk, &mut load)?;
            if load.together == 0 {
                load.together = load.ends.len();
            }
            if !goes_on {
                break;
            }
        }
        Ok(load)
    }

    /// Adds the messages of a chunk that are wanted; false when there is no room for more.
    fn add(&self, file: &File, chunk: &Chunk, load: &mut Load) -> io::Result<bool> {
        let count = chunk.count as usize;
        let mut bytes = vec![0; count * 4 + chunk.body_bytes as usize];
        file.read_exact_at(&mut bytes, chunk.at)?;
        let (lengths, body) = bytes.split_at(count * 4);
        let skip = usize::try_from(self.from.saturating_sub(chunk.first)).unwrap_or(count);
        let mut start = 0;
        for (index, length) in numbers(lengths).into_iter().enumerate() {
            let message = start..start + length as usize;
            start = message.end;
            if index < skip {
                continue;
            }
            let full = load.ends.len() >= self.messages_max || load.body.len() + message.len() > self.bytes_max;
            if full && !load.ends.is_empty() {
                return Ok(false);
            }
            load.body.extend_from_slice(&body[message]);
            load.ends.push(load.body.len());
        }
        Ok(true)
    }
}

/// The file name of segment `number`.
pub(super) fn name(number: u64) -> String {
    format!("{number:016x}{SUFFIX}")
}

/// The number of the segment that is called so.
pub(super) fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX).filter(|digits| digits.len() == 16)?;
    u64::from_str_radix(digits, 16).ok()
}
