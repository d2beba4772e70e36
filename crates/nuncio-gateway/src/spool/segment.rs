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
    /// Reads what is wanted into `body`, whatever was in it.
    ///
    /// # Errors
    /// Those of reading the files.
    pub(super) fn read(&self, body: Vec<u8>) -> io::Result<Load> {
        let stored_at = self.chunks.first().map_or(0, |(_, chunk)| chunk.stored_at);
        let stored_at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(stored_at);
        let mut load = Load { first: self.from, ends: Vec::new(), body, stored_at, together: 0 };
        for (file, chunk) in &self.chunks {
            let goes_on = self.add(file, chunk, &mut load)?;
            if load.together == 0 {
                load.together = load.ends.len();
            }
            if !goes_on {
                break;
            }
        }
        load.body.truncate(load.ends.last().copied().unwrap_or(0));
        Ok(load)
    }

    /// Adds the messages of a chunk that are wanted; false when there is no room for more.
    fn add(&self, file: &File, chunk: &Chunk, load: &mut Load) -> io::Result<bool> {
        let count = chunk.count as usize;
        let mut lengths = vec![0; count * 4];
        file.read_exact_at(&mut lengths, chunk.at)?;
        let lengths = numbers(&lengths);
        let skip = usize::try_from(self.from.saturating_sub(chunk.first)).unwrap_or(count).min(count);
        let skipped: u64 = lengths[..skip].iter().map(|length| u64::from(*length)).sum();
        let begin = load.ends.last().copied().unwrap_or(0);
        let (mut end, mut goes_on) = (begin, true);
        for length in &lengths[skip..] {
            let longer = end + *length as usize;
            let full = load.ends.len() >= self.messages_max || longer > self.bytes_max;
            if full && !load.ends.is_empty() {
                goes_on = false;
                break;
            }
            end = longer;
            load.ends.push(end);
        }
        if load.body.len() < end {
            load.body.resize(end, 0);
        }
        file.read_exact_at(&mut load.body[begin..end], chunk.at + count as u64 * 4 + skipped)?;
        Ok(goes_on)
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
