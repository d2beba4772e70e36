//! Taking messages from a queue and printing them, so that none is lost on the way.
//!
//! - Before each message, and while waiting for one, it is seen whether anybody still reads the output. If not, nothing is taken.
//! - A message that was taken and could not be written is kept: the next reader of the queue gets it first.
//! - One that cannot be read is no message for anybody; it is told of and kept in a file of its own, which no reader
//!   looks at.
//! - A signal ends a wait, for a message or for room to write one, and nothing else.

use std::io::{self, Write};
use std::path::PathBuf;

use nuncio::codec::{Codec, Map, Value};
use nuncio::queue::{Message, Queue, metadata};
use nuncio::{Error, ErrorKind};

use super::Patience;
use crate::output::{self, Output, say};
use crate::signals::CANCEL;
use crate::stop::Stop;
use crate::{exit, pretty, signals};

/// Messages that could not be read are kept in the registry under names that begin so.
const UNREADABLE: &str = ".unreadable-";

/// How many messages are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// So many; the first that cannot be read ends it.
    Count(u64),
    /// All that come, until a signal comes.
    Endless,
}

/// What is printed of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Without the metadata.
    pub(crate) bare: bool,
    /// With payload and header as they were sent.
    pub(crate) raw: bool,
    /// On several lines.
    pub(crate) pretty: bool,
    /// What is printed of a message that cannot be read, before it goes on; else the first one ends it.
    pub(crate) unreadable: Option<&'static str>,
}

/// Prints messages of `queue`.
///
/// # Errors
/// Nothing came in time, a message could not be read, the output could not be written.
pub(crate) fn receive(queue: &Queue, amount: Amount, patience: Patience, form: Form) -> Result<(), Stop> {
    signals::catch()?;
    output::when_unwanted(|| CANCEL.cancel());
    let mut output = Output::new();
    let mut taken = 0;
    while amount != Amount::Count(taken) {
        if !output.is_wanted() {
            return Err(Stop::OutputClosed);
        }
        // A message that is there already is taken without a wait that could be called off.
        if signals::came() {
            return end(Stop::Interrupted, amount, &output);
        }
        match take(queue, patience, form) {
            Taken::Text(text, message) => {
                if let Err(stop) = hand_over(queue, &mut output, &text, &message) {
                    return end(stop, amount, &output);
                }
            }
            Taken::Unreadable(error, message) => {
                set_aside(queue, &message);
                match form.unreadable {
                    Some(instead) => {
                        say(error.chain());
                        output.print(instead)?;
                    }
                    None if amount == Amount::Endless => say(error.chain()),
                    None => return Err(Stop::failed(error.chain())),
                }
            }
            Taken::Nothing(stop) => return end(stop, amount, &output),
        }
        taken += 1;
    }
    Ok(())
}

/// What one receive gave.
enum Taken {
    Text(String, Message),
    Unreadable(Error, Message),
    Nothing(Stop),
}

fn take(queue: &Queue, patience: Patience, form: Form) -> Taken {
    let mut message = Message::new();
    match queue.recv_message(&mut message, patience.wait()) {
        Ok(true) => match form.print(&message) {
            Ok(text) => Taken::Text(text, message),
            Err(error) => Taken::Unreadable(about(queue, error), message),
        },
        Ok(false) => Taken::Nothing(Stop::with_exit(
            exit::NOTHING_CAME,
            format_args!("receive from {:?}: no message came in time", queue.name()),
        )),
        Err(error) if message.is_empty() => Taken::Nothing(error.into()),
        Err(error) => Taken::Unreadable(error, message),
    }
}

/// Ends the receiving: in order, if that is what was asked for.
fn end(stop: Stop, amount: Amount, output: &Output) -> Result<(), Stop> {
    match stop {
        Stop::Interrupted if !output.is_wanted() => Err(Stop::OutputClosed),
        Stop::Interrupted if amount == Amount::Endless => Ok(()),
        stop => Err(stop),
    }
}

/// Prints `text`, or keeps `message` for the next reader.
fn hand_over(queue: &Queue, output: &mut Output, text: &str, message: &Message) -> Result<(), Stop> {
    output.print(text).inspect_err(|_| match queue.keep(message) {
        Ok(path) => say(format_args!(
            "the last message of {:?} could not be written; it is kept in {path:?}, and the next reader gets it first",
            queue.name()
        )),
        Err(error) => say(format_args!(
            "the last message of {:?} could be neither written nor kept and is lost: {}: {text}",
            queue.name(),
            error.chain()
        )),
    })
}

/// Tells of a message that cannot be read, and keeps it.
fn set_aside(queue: &Queue, message: &Message) {
    let (header, text) = (String::from_utf8_lossy(message.header_text()), message.to_text());
    let kept = match keep(queue, &text) {
        Ok(path) => format!("it is kept in {path:?}, {} bytes", text.len()),
        Err(error) => format!("it could not be kept ({error}) and is {}", text.escape_ascii()),
    };
    say(format_args!("a message of {:?} cannot be read; its header is {header:?}; {kept}", queue.name()));
}

fn keep(queue: &Queue, text: &[u8]) -> io::Result<PathBuf> {
    let mut file = tempfile::Builder::new().prefix(UNREADABLE).tempfile_in(queue.registry().directory())?;
    file.write_all(text)?;
    Ok(file.keep()?.1)
}

/// `error` as the reason why a message of `queue` could not be received.
fn about(queue: &Queue, error: Error) -> Error {
    Error::new(error.kind(), "receive from").on(queue.name().as_str()).caused_by(error)
}

impl Form {
    /// `message` as JSON.
    fn print(self, message: &Message) -> Result<String, Error> {
        let mut members = message.decode_whole()?;
        if self.bare {
            members.remove(metadata::MEMBER);
        }
        if self.raw {
            members = raw(members, message);
        }
        let value = Value::Map(members);
        if self.pretty {
            return pretty::format(&value)
                .map_err(|error| Error::new(ErrorKind::Unsupported, "print the message").caused_by(error));
        }
        let mut text = Vec::new();
        Codec::Json.encode(&value, &mut text)?;
        Ok(String::from_utf8(text).expect("JSON is written as UTF-8"))
    }
}

/// Bytes as code points 0 to 255.
fn text_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The message with its payload and header as they were sent.
fn raw(members: Map, message: &Message) -> Map {
    let header: Map = message.headers().map(|(key, value)| (text_of(key), value.map(Value::from))).collect();
    Map::from_iter([
        ("message", Value::Map(members)),
        ("serialized_message", message.payload().into()),
        ("wire_headers", header.into()),
    ])
}
