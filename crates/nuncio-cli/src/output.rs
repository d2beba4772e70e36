//! Data to standard output, talk to standard error.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};
use std::io::{self, IsTerminal, StdoutLock, Write};
use std::os::fd::AsFd;
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, makedev};
use serde::Serialize;

use crate::signals;
use crate::stop::Stop;

/// A pipe that can be written to has room for so many bytes (`PIPE_BUF`, pipe(7)): a signal is never kept waiting.
const NEVER_BLOCKS_BYTES: usize = 4096;

/// Standard output, flushed after each text. When it is a terminal, control characters in the texts are escaped.
#[derive(Debug)]
pub(crate) struct Output {
    stdout: StdoutLock<'static>,
    is_terminal: bool,
    was_closed: bool,
}

impl Output {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout();
        Self { was_closed: was_closed(&stdout), is_terminal: stdout.is_terminal(), stdout: stdout.lock() }
    }

    /// Writes `text`, which may have several lines, and a line feed.
    ///
    /// # Errors
    /// [`Stop::OutputClosed`] when the reader is gone, which is no failure of ours. [`Stop::Interrupted`] when a signal came
    /// while he did not read.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Stop> {
        // In one piece with its line feed, so that the lines of several writers do not mix.
        let text = if self.is_terminal { printable(text) } else { text.into() } + "\n";
        self.write_all(text.as_bytes())
    }

    /// Writes a document as it is, with nothing before or after it; to a terminal as text.
    ///
    /// # Errors
    /// As [`print`](Self::print).
    pub(crate) fn print_document(&mut self, document: &[u8]) -> Result<(), Stop> {
        match self.is_terminal {
            true => self.print(String::from_utf8_lossy(document).trim_end_matches('\n')),
            false => self.write_all(document),
        }
    }

    /// Writes `value` as one line of JSON.
    ///
    /// # Errors
    /// As [`print`](Self::print).
    pub(crate) fn print_json(&mut self, value: &impl Serialize) -> Result<(), Stop> {
        let text = serde_json::to_string(value).expect("what nuncio describes is text and numbers");
        self.print(&text)
    }

    /// Whether somebody reads it on a screen.
    pub(crate) const fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Whether somebody may still read what is written.
    pub(crate) fn is_wanted(&self) -> bool {
        const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
        !self.was_closed && !reader_is_gone(Some(&AT_ONCE))
    }

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        for chunk in bytes.chunks(NEVER_BLOCKS_BYTES) {
            match self.write(chunk) {
                Ok(true) => {}
                Ok(false) => return Err(Stop::Interrupted),
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Err(Stop::OutputClosed),
                Err(error) => return Err(Stop::failed(format_args!("write to standard output: {error}"))),
            }
        }
        Ok(())
    }

    /// Writes `bytes` when there is room for them; false when a signal came first.
    fn write(&mut self, bytes: &[u8]) -> io::Result<bool> {
        if !signals::wait_until_ready(&self.stdout, PollFlags::OUT)? {
            return Ok(false);
        }
        self.stdout.write_all(bytes)?;
        self.stdout.flush()?;
        Ok(true)
    }
}

/// Whether the process was started without this descriptor. The standard library then opens the null device in its place, for
/// reading and writing; a shell that is told `> /dev/null` opens it for one of them.
fn was_closed(descriptor: impl AsFd) -> bool {
    let is_null = fstat(&descriptor).is_ok_and(|status| {
        FileType::from_raw_mode(status.st_mode) == FileType::CharacterDevice && status.st_rdev == makedev(1, 3)
    });
    is_null && fcntl_getfl(&descriptor).is_ok_and(|flags| flags.contains(OFlags::RDWR))
}

/// Calls `act` from another thread, once, when the reader of standard output has gone.
pub(crate) fn when_unwanted(act: impl FnOnce() + Send + 'static) {
    thread::spawn(move || {
        if reader_is_gone(None) {
            act();
        }
    });
}

/// Waits until the reader of standard output has gone; for ever if it never goes, as with a file.
fn reader_is_gone(timeout: Option<&Timespec>) -> bool {
    let stdout = io::stdout();
    // Errors and hang-ups are reported without being asked for.
    let mut descriptors = [PollFd::new(&stdout, PollFlags::empty())];
    loop {
        match poll(&mut descriptors, timeout) {
            Err(rustix::io::Errno::INTR) => {}
            Err(_) | Ok(0) => return false,
            Ok(_) => return true,
        }
    }
}

/// Tells the user something. If he cannot be reached, there is nobody left to tell.
pub(crate) fn say(text: impl Display) {
    let text = text.to_string();
    let text = if io::stderr().is_terminal() { printable(&text) } else { text.into() };
    let _ = writeln!(io::stderr(), "nuncio: {text}");
}

/// `text` with control characters escaped as JSON does it, so that JSON remains what it was and a terminal obeys nobody.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let is_obeyed = |character: char| character.is_control() && character != '\n';
    if !text.contains(is_obeyed) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_obeyed(character) {
            write!(escaped, "\\u{:04x}", u32::from(character)).expect("a string takes all text");
        } else {
            escaped.push(character);
        }
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_the_rest_stays() {
        assert_eq!(printable("{\"ä\": \"☃\"}\n"), "{\"ä\": \"☃\"}\n");
        assert_eq!(printable("a\u{1b}[2J\u{7f}\u{9b}b\r"), "a\\u001b[2J\\u007f\\u009bb\\u000d");
    }
}
