//! What comes on a bus: bursts in a FIFO, frames on a stream, and texts that are messages, whole buses or info lines.

use nuncio_bus::wire::burst::{Header, Reassembly, Step, Writer, bursts};
use nuncio_bus::wire::info::Info;
use nuncio_bus::wire::message::understand;
use nuncio_bus::wire::state::State;
use nuncio_bus::wire::{frame, json};
use nuncio_core::Slot;

use crate::sight::Sight;

/// What a message may have here, in bytes: less than inputs have, so that some are too long.
const MESSAGE_BYTES_MAX: usize = 600;

/// Reads `data`, whose first byte says what it is, whole and in pieces: the messages are the same.
pub(crate) fn stream(data: &[u8]) -> Sight {
    let Some((first, stream)) = data.split_first() else { return Sight::of_text("nothing") };
    let size = 1 + usize::from(*first) / 2;
    let (what, read): (_, Read) = match first % 2 {
        0 => ("bursts", read_bursts),
        _ => ("frames", read_frames),
    };
    let (whole, in_pieces) = (read(stream, stream.len().max(1)), read(stream, size));
    assert_eq!(joined(&whole), joined(&in_pieces), "{what}: pieces make other messages");
    let kinds = whole.iter().take(12).map(|found| match found {
        Found::Message(bytes) => format!("{}", bytes.len().min(5)),
        Found::Passed(bytes) => format!("-{}", bytes.min(&3)),
        Found::Refused => "!".to_owned(),
    });
    Sight::of_text(&format!("{what} {}", kinds.collect::<String>()))
}

/// Reads a stream that comes in pieces of a size.
type Read = fn(&[u8], usize) -> Vec<Found>;

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Message(Vec<u8>),
    Passed(usize),
    Refused,
}

/// How many bytes are passed over at a time depends on how many there are.
fn joined(found: &[Found]) -> Vec<&Found> {
    found.iter().filter(|found| !matches!(found, Found::Passed(_))).collect()
}

fn read_bursts(stream: &[u8], size: usize) -> Vec<Found> {
    let (mut reassembly, mut arrived, mut found) = (Reassembly::new(MESSAGE_BYTES_MAX), Vec::new(), Vec::new());
    for piece in stream.chunks(size) {
        arrived.extend_from_slice(piece);
        let mut at = 0;
        while let Some(step) = reassembly.step(&arrived, &mut at) {
            let what = match step {
                Step::Inline(range) => Found::Message(arrived[range].to_vec()),
                Step::Joined(_, message) => Found::Message(message),
                Step::Garbage(bytes) => Found::Passed(bytes),
                _ => Found::Refused,
            };
            if let Found::Message(message) = &what {
                assert!(!message.is_empty() && message.len() <= MESSAGE_BYTES_MAX, "{} bytes", message.len());
            }
            found.push(what);
        }
        arrived.drain(..at);
    }
    found
}

fn read_frames(stream: &[u8], size: usize) -> Vec<Found> {
    let (mut arrived, mut found) = (Vec::new(), Vec::new());
    for piece in stream.chunks(size) {
        arrived.extend_from_slice(piece);
        loop {
            match frame::first(&arrived, MESSAGE_BYTES_MAX) {
                Ok(None) => break,
                Ok(Some(content)) => {
                    let hello = frame::hello_of(&arrived[content.clone()]);
                    assert!(hello.is_none_or(|id| !id.is_empty()), "nobody says hello");
                    found.push(Found::Message(arrived[content.clone()].to_vec()));
                    arrived.drain(..content.end);
                }
                Err(_) => {
                    found.push(Found::Refused);
                    return found;
                }
            }
        }
    }
    found
}

/// Takes `data` for a message, for a whole bus and for an info line: what is understood of it is JSON, and the same when it
/// is written and read once more.
pub(crate) fn text(data: &[u8]) -> Sight {
    let mut slot = Slot { storage: data.to_vec(), ..Slot::default() };
    let message = understand(&mut slot);
    if message.is_ok() {
        assert!(json::check(data).is_ok(), "a message that is no JSON");
        let delivery = slot.view();
        let _ = (delivery.id(), delivery.from(), delivery.to(), delivery.headers().count());
    }
    let (state, damage) = State::read(data);
    let mut written = Vec::new();
    state.write(&mut written);
    let (again, fault) = State::read(&written);
    assert_eq!(fault, None, "what was saved is not whole: {}", String::from_utf8_lossy(&written));
    let mut twice = Vec::new();
    again.write(&mut twice);
    assert_eq!(written, twice);
    let saved: usize = state.messages.values().map(Vec::len).sum();
    let info = std::str::from_utf8(data).ok().and_then(|line| line.parse::<Info>().ok());
    if let Some(info) = &info {
        let line = info.to_string();
        assert_eq!(line.parse::<Info>().ok().as_ref(), Some(info), "{line} is not read again");
    }
    let reason = damage.map_or("whole", |damage| damage.expected);
    Sight::of_text(&format!("{} {reason} {} {saved} {}", message.is_ok(), state.clients.len(), info.is_some()))
}

/// Bursts of two writers, and frames after a hello.
pub(crate) fn stream_seeds() -> Vec<Vec<u8>> {
    let message = br#"{"id":"1","from":"a","to":"b","stamp":1.5,"content":[1]}"#;
    let burst = |message: &[u8], thread: u32| -> Vec<u8> {
        let writer = Writer { pid: 7, thread };
        bursts(message, writer).flat_map(|(header, data)| [&header.to_bytes()[..], data].concat()).collect()
    };
    let part = Header { writer: Writer { pid: 7, thread: 1 }, parts_left: 1, data_bytes: 4080 };
    let mut frames = vec![1];
    for content in [&frame::hello("stranger")[..], message, b"{}"] {
        frames.extend_from_slice(&u32::try_from(content.len()).expect("short").to_be_bytes());
        frames.extend_from_slice(content);
    }
    vec![
        [&[0][..], &burst(message, 0), &burst(b"{}", 1)].concat(),
        [&[62][..], b"noise", &burst(message, 0), &part.to_bytes(), &[b'{'; 4080], &burst(b"{1}", 1)].concat(),
        frames,
    ]
}

/// A message, a bus, and info lines.
pub(crate) fn text_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"id":"01A1F882","from":"a","to":"b\u00e9","stamp":1795170653.8614,"stamp_ord":0,"broadcast":1,"nuncio":{"deadline":"1"},"content":{"terminate":1}}"#,
        r#"{"clients":{"a":{"pid":7,"nuncio":9},"b":{"pid":"8","suspend_expires_at":2.5}},"stats":{"a":{"sent":{"b":1},"read":{}}},"messages":{"b":[{"content":1},"x"]}}"#,
        r#"["IPC::Manager::Client::UnixSocket",["IPC::Manager::Serializer::JSON::Zstd","level",7,"dictionary","/d"],"/run/bus"]"#,
        r#"["MessageFiles","JSON","/x"]"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// The words of streams.
pub(crate) const STREAM_PIECES: &[&[u8]] =
    &[b"{", b"}", b"\0\0\0\x01", b"\x07\0\0\0", b"\0\0\0\0", b"\x02\0\0\0", b"\xff\xff\xff\xff", b"{\"hello\":\"a\"}"];

/// The words of texts.
pub(crate) const TEXT_PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"\\u00e9",
    b"null",
    b"\"content\":",
    b"\"clients\":{",
    b"\"messages\":{",
    b"\"stats\":",
    b"\"pid\":",
    b"\"nuncio\":",
    b"{\"nuncio\":\"00000005\",",
    b"1e9",
    b"\"JSON\"",
    b"\"level\"",
    b"IPC::Manager::",
];
