//! What the reference wrote, read; and written the same where the format leaves no choice.
#![cfg(target_os = "linux")]

use std::path::PathBuf;

use nuncio_bus::wire::burst::{self, Header, Reassembly, Step, Writer};
use nuncio_bus::wire::info::Info;
use nuncio_bus::wire::message::{Position, understand};
use nuncio_bus::wire::name::{BUDGET_OF_FILES, budget_of_sockets, on_disk};
use nuncio_bus::wire::{frame, json};
use nuncio_codec::{Codec, DecodeLimits, Value};
use nuncio_core::{Delivery, Slot};
use serde::Deserialize;
use serde_json::Value as Json;

const MESSAGE_BYTES_MAX: usize = 1 << 20;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn parsed<T: for<'de> Deserialize<'de>>(name: &str) -> T {
    serde_json::from_slice(&bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[derive(Deserialize)]
struct Index {
    entries: Vec<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    file: String,
    message: Option<String>,
    decoded: Option<String>,
    parts: Vec<Part>,
    expected_content: Json,
    length: usize,
    json: Option<String>,
    options: Options,
}

#[derive(Default, Deserialize)]
struct Part {
    id: u32,
    offset: usize,
    pid: u32,
    size: u32,
    tid: u32,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    level: Option<i32>,
    dictionary: Option<String>,
}

/// The entries of `folder`; there are `count`, so that none is missed.
fn entries(folder: &str, count: usize) -> Vec<Entry> {
    let index: Index = parsed("index.json");
    let entries: Vec<_> = index.entries.into_iter().filter(|entry| entry.file.starts_with(folder)).collect();
    assert_eq!(entries.len(), count, "{folder}");
    entries
}

/// The message in `text`, whose every part has to be what `expected` says.
fn check_message(text: &[u8], expected: &Json) {
    let mut slot = Slot { storage: text.to_vec(), ..Slot::default() };
    let position = understand(&mut slot).unwrap_or_else(|error| panic!("{}", error.chain()));
    let delivery = slot.view();
    assert_eq!(
        (delivery.id(), delivery.from(), delivery.to()),
        (
            expected["id"].as_str().expect("an id"),
            expected["from"].as_str().expect("a sender"),
            expected["to"].as_str().expect("a receiver")
        )
    );
    assert_eq!(
        position,
        Position {
            stamp: expected["stamp"].as_f64().expect("a stamp"),
            order: expected["stamp_ord"].as_f64().expect("an order")
        }
    );
    assert_eq!(delivery.broadcast(), expected.get("broadcast").is_some_and(|flag| flag == 1));
    assert_eq!(content(delivery), expected["content"]);
}

fn content(delivery: Delivery<'_>) -> Json {
    let value: Value = delivery.decode(&DecodeLimits::default()).expect("JSON");
    let mut text = Vec::new();
    Codec::Json.encode_value(&value, &mut text).expect("JSON again");
    serde_json::from_slice(&text).expect("JSON")
}

#[test]
fn info_lines_are_read_and_written_the_same() {
    let cases: Vec<Json> = parsed("info.json");
    assert_eq!(cases.len(), 24);
    for case in cases {
        let line = case["info"].as_str().expect("a line");
        let info: Info = line.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(info.to_string(), line);
        assert_eq!(info.route, case["route"].as_str().expect("a route"));
    }
}

#[test]
fn peers_are_called_the_same_on_disk() {
    let cases: Vec<Json> = parsed("on-disk-names.json");
    assert_eq!(cases.len(), 78);
    for case in cases {
        let text = |key: &str| case[key].as_str().unwrap_or_default();
        let budget = match text("protocol") {
            "UnixSocket" | "ConnectionUnix" => budget_of_sockets(text("route").len()),
            _ => BUDGET_OF_FILES,
        };
        assert_eq!(budget as u64, case["budget"].as_u64().expect("a number"), "{case}");
        assert_eq!(on_disk(text("id"), budget).as_deref(), case["on_disk"].as_str(), "{case}");
    }
}

#[test]
fn values_are_written_as_equal_ascii() {
    let cases: Vec<Json> = parsed("serializer-json.json");
    assert_eq!(cases.len(), 12);
    for case in cases {
        let text = case["text"].as_str().expect("a text");
        let value: Value = Codec::Json.decode(text.as_bytes(), &DecodeLimits::default()).expect("JSON");
        let mut written = Vec::new();
        Codec::Json.encode_value(&value, &mut written).expect("JSON");
        json::make_ascii(&mut written, 0);
        // How a number is written is free.
        match case["value"].is_f64() {
            true => assert_eq!(serde_json::from_slice::<Json>(&written).expect("JSON"), case["value"]),
            false => assert_eq!(String::from_utf8_lossy(&written), text),
        }
    }
}

#[test]
fn bursts_are_joined_and_cut_the_same() {
    for entry in entries("atomicpipe/", 7) {
        let stream = bytes(&entry.file);
        let (mut reassembly, mut at, mut messages) = (Reassembly::new(MESSAGE_BYTES_MAX), 0, Vec::new());
        while let Some(step) = reassembly.step(&stream, &mut at) {
            messages.push(match step {
                Step::Inline(range) => stream[range].to_vec(),
                Step::Joined(_, message) => message,
                other => panic!("{}: {other:?}", entry.file),
            });
        }
        assert_eq!((at, reassembly.begun()), (stream.len(), 0), "{}", entry.file);
        let expected: Json = parsed(entry.message.as_deref().or(entry.decoded.as_deref()).expect("a message"));
        let expected = expected.as_array().cloned().unwrap_or_else(|| vec![expected]);
        assert_eq!(messages.len(), expected.len());
        messages.iter().zip(&expected).for_each(|(message, expected)| check_message(message, expected));
        for part in &entry.parts {
            let header =
                Header::from_bytes(stream[part.offset..].first_chunk().expect("a header"), 1000).expect("a header");
            let writer = Writer { pid: part.pid, thread: part.tid };
            assert_eq!(header, Header { writer, parts_left: part.id, data_bytes: part.size });
        }
        if let [message] = &messages[..] {
            let writer = Writer { pid: entry.parts[0].pid, thread: entry.parts[0].tid };
            let written: Vec<u8> = burst::bursts(message, writer)
                .flat_map(|(header, data)| [&header.to_bytes()[..], data].concat())
                .collect();
            assert!(written == stream, "{}", entry.file);
        }
    }
}

#[test]
fn datagrams_are_messages() {
    for entry in entries("unixsocket/", 4) {
        let datagram = bytes(&entry.file);
        assert_eq!(datagram.len(), entry.length);
        let mut slot = Slot { storage: datagram, ..Slot::default() };
        understand(&mut slot).expect("a message");
        if !entry.expected_content.is_null() {
            assert_eq!(content(slot.view()), entry.expected_content);
        }
    }
}

#[test]
fn streams_are_frames_after_a_hello() {
    for entry in entries("connectionunix/", 2) {
        let stream = bytes(&entry.file);
        let mut rest = &stream[..];
        let mut frames = Vec::new();
        while let Some(content) = frame::first(rest, MESSAGE_BYTES_MAX).expect("no frame is too long") {
            frames.push(&rest[content.clone()]);
            rest = &rest[content.end..];
        }
        assert!(rest.is_empty());
        let expected: Vec<Json> = parsed(entry.decoded.as_deref().expect("the frames"));
        assert_eq!(frames.len(), expected.len());
        for (frame, expected) in frames.iter().zip(&expected) {
            match expected.get("hello").and_then(Json::as_str) {
                Some(id) => {
                    assert_eq!(frame::hello_of(frame).as_deref(), Some(id));
                    assert_eq!(*frame, frame::hello(id));
                }
                None => check_message(frame, expected),
            }
        }
    }
}

#[cfg(feature = "zstd")]
#[test]
fn frames_of_every_kind_are_unpacked_and_packed() {
    use nuncio_bus::wire::serializer::Serializer;

    let cases: Vec<_> = entries("zstd/", 17).into_iter().filter(|entry| entry.file.ends_with(".zst")).collect();
    assert_eq!(cases.len(), 15);
    for entry in cases {
        let dictionary = entry.options.dictionary.as_deref().map(path);
        let serializer = Serializer::JsonZstd { level: entry.options.level.unwrap_or(3), dictionary };
        let packer = serializer.open().expect("a level and a dictionary that there are");
        let unpacked = |bytes: &[u8]| {
            let mut json = Vec::new();
            packer.unpack(bytes, 10_000, &mut json).unwrap_or_else(|error| panic!("{}: {}", entry.file, error.chain()));
            json
        };
        let json = unpacked(&bytes(&entry.file));
        match &entry.json {
            Some(expected) => assert_eq!(
                serde_json::from_slice::<Json>(&json).expect("JSON"),
                serde_json::from_str::<Json>(expected).expect("JSON")
            ),
            None => assert_eq!(json, format!("{{\"pad\":\"{}\"}}", "abc".repeat(2000)).into_bytes()),
        }
        let mut packed = Vec::new();
        packer.pack(&json, &mut packed).expect("packed");
        assert_eq!(unpacked(&packed), json);
        // With a dictionary the reference wants to be told the size, which the header says if its flag or its single segment does.
        assert!(packed[4] >> 6 != 0 || packed[4] & 0x20 != 0, "{}: the frame does not say its size", entry.file);
    }
}
