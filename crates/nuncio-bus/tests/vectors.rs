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

#[test]
fn a_file_with_a_whole_bus_is_read_and_written_as_equal() {
    use nuncio_bus::wire::state::State;

    for file in ["jsonfile-empty.json", "jsonfile-state.json"] {
        let text = bytes(file);
        let (state, damage) = State::read(&text);
        assert_eq!(damage, None, "{file}");
        let mut written = Vec::new();
        state.write(&mut written);
        assert!(written.is_ascii());
        assert_eq!(serde_json::from_slice::<Json>(&written).expect("JSON"), parsed::<Json>(file));
    }
    let text = bytes("jsonfile-state.json");
    let (state, _) = State::read(&text);
    assert_eq!(state.clients.values().map(|client| client.pid).collect::<Vec<_>>(), [Some(3437); 3]);
    assert_eq!(state.clients["h-any name/ok"].suspend_expires_at.as_deref(), Some(&b"2000000000.5"[..]));
    let expected: Json = parsed("jsonfile-state.json");
    for (receiver, messages) in &state.messages {
        let expected = expected["messages"][receiver].as_array().expect("messages");
        assert_eq!(messages.len(), expected.len());
        messages.iter().zip(expected).for_each(|(message, expected)| check_message(message, expected));
    }
}

/// A copy of the recorded directory of a bus, whose processes have ended. Directories without files were not recorded.
fn message_files() -> tempfile::TempDir {
    fn copy(from: &std::path::Path, to: &std::path::Path) {
        for entry in std::fs::read_dir(from).expect("recorded") {
            let entry = entry.expect("recorded");
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                std::fs::create_dir(&target).expect("made");
                copy(&entry.path(), &target);
            } else if entry.path().extension().is_some_and(|ending| ending == "pid") {
                // A number that no process can have.
                std::fs::write(&target, "4194305").expect("written");
            } else {
                std::fs::write(&target, std::fs::read(entry.path()).expect("recorded")).expect("written");
            }
        }
    }
    let directory = tempfile::tempdir().expect("a directory");
    copy(&path("messagefiles"), directory.path());
    std::fs::create_dir(directory.path().join("h-ca41a9a3c6ce91961b28cdf698ccbea4533e7d7f")).expect("made");
    directory
}

#[test]
fn a_directory_of_message_files_is_read() {
    use nuncio_bus::Bus;

    let directory = message_files();
    let recorded: Json = parsed("messagefiles-decoded.json");
    let (files, long) = (&recorded["files"], recorded["long_id"].as_str().expect("an id"));
    let line = format!(r#"["MessageFiles","JSON","{}"]"#, directory.path().display());
    let bus = Bus::open(&line).expect("a private directory");

    let accounts = bus.accounts().expect("listed");
    for (id, file) in [("alpha", "alpha"), ("gamma", "gamma"), (long, "h-ca41a9a3c6ce91961b28cdf698ccbea4533e7d7f")] {
        let account = serde_json::to_value(&accounts[id]).expect("an account");
        assert_eq!(account, files[format!("{file}.stats")]["json"], "{id}");
    }
    // Only the suspended one has a process that has not ended.
    let present: Vec<_> = bus.peers().expect("listed").into_iter().map(|peer| (peer.id, peer.pid)).collect();
    assert_eq!(present, [(long.to_owned(), None)]);

    for (id, file) in [
        ("alpha", "alpha"),
        ("beta", "beta"),
        ("a/slash", "h-c04fe6e3580b9ac187d447333edf63b80fdfb20e"),
        (long, "h-ca41a9a3c6ce91961b28cdf698ccbea4533e7d7f"),
    ] {
        let mut expected: Vec<Json> = files[format!("{file}.resume")]["frames"].as_array().cloned().unwrap_or_default();
        let mut ready: Vec<Json> = (files.as_object().expect("files").iter())
            .filter(|(name, _)| name.starts_with(&format!("{file}/")) && name.ends_with(".ready"))
            .map(|(_, decoded)| decoded["json"].clone())
            .collect();
        ready.sort_by(|one, other| one["stamp"].as_f64().partial_cmp(&other["stamp"].as_f64()).expect("numbers"));
        expected.extend(ready);
        assert!(!expected.is_empty(), "{id}");
        let mut peer = bus.reconnect(id).expect("it was there");
        for expected in &expected {
            let message = peer.recv().expect("recorded");
            assert_eq!(
                (message.id(), message.from(), message.to(), message.is_broadcast()),
                (
                    expected["id"].as_str().expect("an id"),
                    expected["from"].as_str().expect("a sender"),
                    expected["to"].as_str().expect("a receiver"),
                    expected.get("broadcast").is_some()
                )
            );
            assert_eq!(message.content::<Json>().expect("JSON"), expected["content"]);
        }
        assert!(peer.try_recv().expect("in order").is_none(), "{id}: what was not finished is no message");
        peer.close().expect("in order");
    }
}

#[test]
fn message_files_are_written_as_the_reference_writes_them() {
    use nuncio_bus::Bus;

    let directory = message_files();
    let line = format!(r#"["MessageFiles","JSON","{}"]"#, directory.path().display());
    let bus = Bus::open(&line).expect("a private directory");
    let mut beta = bus.reconnect("beta").expect("it was there");
    while beta.try_recv().expect("in order").is_some() {}
    let sender = bus.connect("new/one").expect("free");
    sender.send("beta", &"gr\u{fc}n").expect("it is there");
    let name = on_disk("new/one", BUDGET_OF_FILES).expect("a name");
    let content = |file: &str| std::fs::read_to_string(directory.path().join(file)).unwrap_or_default();
    assert_eq!(content(&format!("{name}.name")), "new/one");
    assert_eq!(content(&format!("{name}.pid")), std::process::id().to_string());
    let ready: Vec<_> = std::fs::read_dir(directory.path().join("beta"))
        .expect("it is there")
        .map(|entry| entry.expect("listed").file_name().into_string().expect("text"))
        .filter(|name| name.ends_with(".ready"))
        .collect();
    let [file] = &ready[..] else { panic!("{ready:?}") };
    let text = content(&format!("beta/{file}"));
    let message: Json = serde_json::from_str(&text).expect("JSON");
    assert_eq!(*file, format!("{}.ready", message["id"].as_str().expect("an id")));
    assert!(text.is_ascii() && !text.contains(' ') && text.contains(r#""content":"gr\u00fcn""#), "{text}");
    let read = beta.recv().expect("it came");
    beta.requeue(read).map_err(|failed| failed.error).expect("put back");
    let resume = std::fs::read(directory.path().join("beta.resume")).expect("written");
    let content = frame::first(&resume, MESSAGE_BYTES_MAX).expect("not too long").expect("whole");
    assert_eq!((&resume[content.clone()], content.end), (text.as_bytes(), resume.len()));
    sender.close().expect("in order");
    let account = std::fs::read_to_string(directory.path().join(format!("{name}.stats"))).expect("written");
    assert_eq!(account, r#"{"read":{},"sent":{"beta":1}}"#);
}
