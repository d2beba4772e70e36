//! Lines in a stream of bytes, found where they were read: nothing is copied, and no line grows beyond the limit.

use super::pool;

/// So much of a line that is too long is kept, to find out whose request it was.
const HEAD_BYTES: usize = 4096;
/// The rest of a line that is smaller than this waits for its end in a buffer of its own size.
const SMALL_REST_BYTES: usize = 4096;

/// What was read and not looked at yet.
#[derive(Debug)]
pub(crate) struct Lines {
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to here there is no line feed.
    searched: usize,
    /// The rest of a line that was too long is passed over.
    skips: bool,
    bytes_max: usize,
}

/// One line, without its line feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// The beginning of one that is longer than the limit. It comes once; the rest is passed over.
    TooLong(&'a [u8]),
}

impl Lines {
    /// Lines of up to `bytes_max` bytes.
    pub(crate) const fn new(bytes_max: usize) -> Self {
        Self { buffer: Vec::new(), start: 0, searched: 0, skips: false, bytes_max }
    }

    /// The buffer to append what is read to. It has room for one read at least.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        if self.buffer.capacity() < pool::READ_BYTES {
            let small = std::mem::replace(&mut self.buffer, pool::take());
            self.buffer.extend_from_slice(&small);
        }
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        if self.buffer.capacity() - self.buffer.len() < pool::READ_BYTES {
            // Doubles, so that a large record takes few reads and few copies.
            self.buffer.reserve(pool::READ_BYTES.max(self.buffer.len()));
        }
        &mut self.buffer
    }

    /// The next line, if its end was read or it is too long already.
    pub(crate) fn next(&mut self) -> Option<Line<'_>> {
        loop {
            let (start, skips) = (self.start, self.skips);
            let Some(offset) = memchr::memchr(b'\n', &self.buffer[self.searched..]) else {
                return self.without_end();
            };
            let end = self.searched + offset;
            (self.start, self.searched, self.skips) = (end + 1, end + 1, false);
            if skips {
                continue;
            }
            return Some(match end - start > self.bytes_max {
                true => Line::TooLong(&self.buffer[start..start + HEAD_BYTES.min(end - start)]),
                false => Line::Whole(&self.buffer[start..end]),
            });
        }
    }

    /// What is there of a line that has not ended, in bytes; 0 between lines.
    pub(crate) const fn rest_bytes(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// The beginning of the line that has not ended.
    pub(crate) fn rest_head(&self) -> &[u8] {
        let rest = &self.buffer[self.start..];
        &rest[..rest.len().min(HEAD_BYTES)]
    }

    /// Whether the end of a line is awaited.
    pub(crate) const fn is_amid_line(&self) -> bool {
        self.skips || self.rest_bytes() > 0
    }

    /// Gives back memory that a connection that waits does not need.
    pub(crate) fn rest(&mut self) {
        let rest = self.rest_bytes();
        if rest < SMALL_REST_BYTES && self.buffer.capacity() > SMALL_REST_BYTES {
            let small = self.buffer[self.start..].to_vec();
            pool::give(std::mem::replace(&mut self.buffer, small));
            self.searched -= self.start;
            self.start = 0;
        }
    }

    fn without_end(&mut self) -> Option<Line<'_>> {
        let (start, length) = (self.start, self.rest_bytes());
        self.searched = self.buffer.len();
        if !self.skips && length <= self.bytes_max {
            return None;
        }
        // What is passed over takes no memory.
        self.start = self.searched;
        let was_known = std::mem::replace(&mut self.skips, true);
        (!was_known).then(|| Line::TooLong(&self.buffer[start..start + HEAD_BYTES.min(length)]))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        pool::give(std::mem::take(&mut self.buffer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(lines: &mut Lines, bytes: &[u8]) -> Vec<String> {
        lines.buffer().extend_from_slice(bytes);
        let mut found = Vec::new();
        while let Some(line) = lines.next() {
            found.push(match line {
                Line::Whole(line) => String::from_utf8(line.to_vec()).expect("text"),
                Line::TooLong(head) => format!("too long: {}", head.len()),
            });
        }
        lines.rest();
        found
    }

    #[test]
    fn lines_are_found_wherever_reads_cut_them() {
        let text = b"one\n\ntwo three\nfour";
        for cut in 0..text.len() {
            let mut lines = Lines::new(100);
            let mut found = feed(&mut lines, &text[..cut]);
            found.extend(feed(&mut lines, &text[cut..]));
            assert_eq!(found, ["one", "", "two three"], "cut at {cut}");
            assert_eq!((lines.rest_bytes(), lines.rest_head()), (4, &b"four"[..]));
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_said_once_and_passed_over() {
        let mut lines = Lines::new(5);
        assert_eq!(feed(&mut lines, b"12345\n123456\n1\n"), ["12345", "too long: 6", "1"]);
        assert_eq!(feed(&mut lines, b"1234567"), ["too long: 7"]);
        for _ in 0..100 {
            assert_eq!(feed(&mut lines, &[b'x'; 1000]), [""; 0]);
            assert_eq!((lines.rest_bytes(), lines.is_amid_line()), (0, true));
        }
        assert_eq!(feed(&mut lines, b"x\n2\n"), ["2"]);
        assert!(!lines.is_amid_line());
    }

    #[test]
    fn who_waits_holds_no_buffer() {
        let mut lines = Lines::new(1 << 20);
        feed(&mut lines, b"1\n");
        assert_eq!(lines.buffer.capacity(), 0);
        feed(&mut lines, b"half");
        assert!(lines.buffer.capacity() < 100);
        assert_eq!(feed(&mut lines, b" a line\n"), ["half a line"]);
    }
}
