//! What is to be sent: from an argument, a file or standard input.

use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};

use nuncio::codec::{Codec, DecodeLimits, Map, Value};

use crate::signals::{self, Input};
use crate::stop::Stop;

/// Bytes to be sent, of which no more than one message is in memory.
pub(crate) struct Payload {
    reader: Box<dyn BufRead>,
    /// What it is, for errors.
    name: String,
    bytes_max: u64,
}

impl Payload {
    /// What `argument` stands for: `@FILE` for a file, `-` for standard input, else itself.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub(crate) fn open(argument: &str) -> Result<Self, Stop> {
        let (name, reader) = match (argument, argument.strip_prefix('@')) {
            ("-", _) => ("standard input".to_owned(), Input::stdin().map(buffered)),
            (_, Some(path)) => (format!("{path:?}"), File::open(path).map(Input::new).map(buffered)),
            (text, None) => ("the payload".to_owned(), Ok(Box::new(Cursor::new(text.to_owned())) as _)),
        };
        let bytes_max = DecodeLimits::default().total_bytes as u64;
        Ok(Self { reader: reader.map_err(|error| unreadable(&name, error))?, name, bytes_max })
    }

    /// All of it, as one JSON object.
    ///
    /// # Errors
    /// It cannot be read, is too large, or is no JSON object.
    pub(super) fn read_object(mut self) -> Result<Map, Stop> {
        let bytes = self.read_whole()?;
        parse_object(&bytes)
            .map_err(|reason| Stop::failed(format_args!("{} is not a JSON object: {reason}", self.name)))
    }

    /// All of it, which may be a byte more than is allowed.
    ///
    /// # Errors
    /// It cannot be read. [`Stop::Interrupted`] when a signal came.
    pub(crate) fn read_whole(&mut self) -> Result<Vec<u8>, Stop> {
        let mut bytes = Vec::new();
        let mut limited = self.reader.by_ref().take(self.bytes_max + 1);
        limited.read_to_end(&mut bytes).map_err(|error| unreadable(&self.name, error))?;
        if signals::came() { Err(Stop::Interrupted) } else { Ok(bytes) }
    }

    /// What it is, for errors.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The next line, without its line feed. A signal ends the input between two lines.
    ///
    /// # Errors
    /// It cannot be read, or is too long. [`Stop::Interrupted`] when a signal cut a line.
    pub(super) fn next_line(&mut self) -> Result<Option<Vec<u8>>, Stop> {
        let mut line = Vec::new();
        let mut limited = self.reader.by_ref().take(self.bytes_max + 1);
        limited.read_until(b'\n', &mut line).map_err(|error| unreadable(&self.name, error))?;
        if line.len() as u64 > self.bytes_max {
            return Err(unreadable(&self.name, format_args!("a line is longer than {} bytes", self.bytes_max)));
        }
        match line.pop() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(line)),
            Some(_) if signals::came() => Err(Stop::Interrupted),
            Some(last) => {
                line.push(last);
                Ok(Some(line))
            }
        }
    }
}

/// `text` as a message.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn parse_object(text: &[u8]) -> Result<Map, String> {
    match Codec::Json.decode(text, &DecodeLimits::default()) {
        Ok(Value::Map(members)) => Ok(members),
        Ok(_) => Err("it is JSON of another kind".to_owned()),
        // What the parser says is all there is to say of a text that the user has before him.
        Err(error) => Err(error.source().map_or_else(|| error.to_string(), ToString::to_string)),
    }
}

/// `line` as a message: itself if it is a JSON object, else `{"line": ...}`. Bytes that are no text become the code
/// points 0 to 255, as Perl would have it.
pub(super) fn message_of_line(line: Vec<u8>) -> Map {
    parse_object(&line).unwrap_or_else(|_| {
        let line = String::from_utf8(line).map_or_else(|error| Value::Bytes(error.into_bytes()), Value::from);
        Map::from_iter([("line", line)])
    })
}

fn buffered(input: Input) -> Box<dyn BufRead> {
    Box::new(BufReader::new(input))
}

fn unreadable(name: &str, error: impl Display) -> Stop {
    Stop::failed(format_args!("read {name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_message_or_becomes_one() {
        let sent = |line: &[u8]| {
            let mut json = Vec::new();
            Codec::Json.encode(&message_of_line(line.to_vec()), &mut json).expect("JSON");
            String::from_utf8(json).expect("UTF-8")
        };
        assert_eq!(sent(br#" {"a":1}"#), r#"{"a":1}"#);
        assert_eq!(sent(b"[1]"), r#"{"line":"[1]"}"#);
        assert_eq!(sent("grüße \"☃\"".as_bytes()), r#"{"line":"grüße \"☃\""}"#);
        assert_eq!(sent(b"\xe9t\xe9"), r#"{"line":"été"}"#);
        assert_eq!(sent(b""), r#"{"line":""}"#);
    }

    #[test]
    fn lines_end_with_a_line_feed_or_the_input() {
        let mut payload = Payload::open("a\n\nb").expect("text");
        let lines: Vec<_> = std::iter::from_fn(|| payload.next_line().expect("readable")).collect();
        assert_eq!(lines, [b"a".to_vec(), b"".to_vec(), b"b".to_vec()]);
    }
}
