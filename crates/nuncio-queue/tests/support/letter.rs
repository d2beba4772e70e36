//! Messages that can be told apart and show whether they are whole, and records of those that arrived.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use nuncio_queue::Queue;
use serde::{Deserialize, Serialize};

/// Makes a reader stop.
const LAST: u32 = u32::MAX;
const RECORD_BYTES: usize = 16;

/// Message `number` of `writer`, with text of any size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Letter {
    pub(crate) writer: u32,
    pub(crate) number: u64,
    text: String,
    checksum: u64,
}

impl Letter {
    /// A letter of about `bytes` bytes, with characters of one to four bytes in its text.
    pub(crate) fn new(writer: u32, number: u64, bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes + 4);
        let mut letters = ['m', 'ö', '☃', '𝄞', '"', '\\', '\n'].iter().cycle().skip(number as usize % 7);
        while text.len() < bytes {
            text.extend(letters.next());
        }
        let checksum = checksum(writer, number, &text);
        Self { writer, number, text, checksum }
    }

    /// The letter that ends one reader.
    pub(crate) fn last() -> Self {
        Self::new(LAST, 0, 0)
    }

    pub(crate) fn is_last(&self) -> bool {
        self.writer == LAST
    }

    /// The next letter of `queue`, which must be whole.
    pub(crate) fn receive(queue: &Queue) -> Self {
        let letter: Self = queue.recv().unwrap_or_else(|failed| panic!("{}: {failed:?}", failed.error.chain()));
        assert_eq!(letter.checksum, checksum(letter.writer, letter.number, &letter.text), "a torn letter");
        letter
    }
}

/// FNV-1a.
fn checksum(writer: u32, number: u64, text: &str) -> u64 {
    let bytes = writer.to_be_bytes().into_iter().chain(number.to_be_bytes()).chain(text.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A file of what a reader has received, which survives the reader.
pub(crate) struct Record(File);

impl Record {
    pub(crate) fn create(path: &Path) -> Self {
        Self(File::create_new(path).expect("a new record"))
    }

    /// Adds `letter`, in one call of the kernel, so that no half of it can stand there.
    pub(crate) fn note(&mut self, letter: &Letter) {
        let record = [u64::from(letter.writer).to_be_bytes(), letter.number.to_be_bytes()].concat();
        self.0.write_all(&record).expect("room for a record");
    }

    /// Writer and number of every letter that was noted in the file at `path`.
    pub(crate) fn read(path: &Path) -> Vec<(u64, u64)> {
        let bytes = std::fs::read(path).expect("a record");
        assert_eq!(bytes.len() % RECORD_BYTES, 0, "half a record");
        let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().expect("eight bytes"));
        bytes.chunks(RECORD_BYTES).map(|record| (number(&record[..8]), number(&record[8..]))).collect()
    }
}
