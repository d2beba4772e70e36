//! What IPC::Transit really wrote, read by nuncio.

mod support;

use nuncio_codec::perl::Decoder;
use nuncio_queue::{ErrorKind, Queue};
use nuncio_sys::sysv::key_from;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use self::support::{Place, inject};

#[derive(Deserialize)]
struct Vectors<T> {
    cases: Vec<T>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    wire_hex: String,
    #[serde(default)]
    received_json: Json,
    payload_typed: Option<Json>,
    #[serde(default)]
    file_base64: String,
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hexadecimal")).collect()
}

/// The whole message as IPC::Transit's caller sees it.
fn receive(queue: &Queue) -> Result<Json, nuncio_queue::Error> {
    let message = queue.raw().recv()?;
    let members = message.decode_whole()?;
    Ok(as_perl_prints(serde_json::to_value(members).expect("a map of JSON's own types")))
}

/// A float that is a whole number has no point in Perl.
fn as_perl_prints(mut json: Json) -> Json {
    match &mut json {
        Json::Array(elements) => elements.iter_mut().for_each(|element| *element = as_perl_prints(element.take())),
        Json::Object(members) => members.values_mut().for_each(|member| *member = as_perl_prints(member.take())),
        Json::Number(number) => {
            let whole = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15);
            return whole.map_or(json, |whole| Json::from(whole as i64));
        }
        _ => {}
    }
    json
}

#[test]
fn messages_in_every_format_are_read_as_the_original_reads_them() {
    let place = Place::new();
    let queue = place.builder().accept_dumper(true).open().expect("a registry").queue("vec").expect("a queue");
    let vectors: Vectors<Case> = serde_json::from_str(include_str!("vectors/queue-messages.json")).expect("JSON");
    assert_eq!(vectors.cases.len(), 52);
    for case in vectors.cases.into_iter().map(resolved) {
        let text = bytes(&case.wire_hex);
        inject(&queue, &text);
        assert_eq!(receive(&queue).expect(&case.id), case.received_json, "{}", case.id);
        if let Some(expected) = case.payload_typed {
            inject(&queue, &text);
            assert_eq!(payload_typed(&queue), expected, "{}", case.id);
        }
    }
}

/// The case, with what nuncio reads and the original does not: evaluating `$VAR1->{'list'}[1]` before `$VAR1` is assigned
/// gives nothing, and the sender meant the boolean that stands there.
fn resolved(mut case: Case) -> Case {
    if case.id == "undef-bools/dumper" {
        case.received_json["t"] = Json::Bool(true);
        let typed = case.payload_typed.as_mut().and_then(|typed| typed["hash"].as_array_mut()).expect("a map");
        let repeated = typed.iter_mut().find(|entry| entry[0] == json!({"bytes": "74"})).expect("the key t");
        repeated[1] = json!({"bool": true});
    }
    case
}

/// The payload of the next message as Perl would have it.
fn payload_typed(queue: &Queue) -> Json {
    let message = queue.raw().recv().expect("readable");
    let codec = message.codec().expect("a codec of Perl's");
    let typed = Decoder::new(codec).decode_typed(message.payload()).expect("readable");
    serde_json::to_value(typed).expect("a tree")
}

#[test]
fn the_example_of_the_wire_document_is_a_message() {
    let document = include_str!("../../../docs/wire/queue.md");
    let example = document.split("Example, 12 bytes: `").nth(1).and_then(|rest| rest.split('`').next()).expect("there");
    let text = bytes(&example.replace(' ', ""));
    let place = Place::new();
    let queue = place.queue("example");
    inject(&queue, &text);
    let message = queue.raw().recv().expect("readable");
    assert_eq!((text.len(), message.header("l"), message.payload()), (12, Some("7"), &b"{\"a\":1}"[..]));
}

#[test]
fn odd_messages_are_read_or_refused_as_the_original_does() {
    #[derive(Deserialize)]
    struct Odd {
        id: String,
        wire_hex: String,
        result: String,
        #[serde(default)]
        received_json: Json,
        #[serde(default)]
        wire_headers: std::collections::HashMap<String, Option<String>>,
    }
    let place = Place::new();
    let queue = place.queue("odd");
    let vectors: Vectors<Odd> = serde_json::from_str(include_str!("vectors/malformed.json")).expect("JSON");
    assert_eq!(vectors.cases.len(), 16);
    for case in vectors.cases {
        let text = bytes(&case.wire_hex);
        inject(&queue, &text);
        if case.result == "message" {
            assert_eq!(receive(&queue).expect(&case.id), case.received_json, "{}", case.id);
            inject(&queue, &text);
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
            let message = queue.raw().recv().expect(&case.id);
            let headers = message.headers().map(|(key, value)| (text(key), value.map(text))).collect();
            assert_eq!(case.wire_headers, headers, "{}", case.id);
        } else {
            let error = receive(&queue).expect_err(&case.id);
            assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Unsupported), "{}: {error:?}", case.id);
        }
        assert_eq!(queue.stat().expect("there").messages, 0, "{}", case.id);
    }
}

#[test]
fn spilled_messages_are_read_and_their_files_removed() {
    const RECORDED: &str = "/tmp/transit_large_messages";
    let place = Place::new();
    let queue = place.queue("vec");
    std::fs::create_dir(place.spill()).expect("made");
    let vectors: Vectors<Case> = serde_json::from_str(include_str!("vectors/spill-messages.json")).expect("JSON");
    assert_eq!(vectors.cases.len(), 4);
    for case in vectors.cases {
        let wire = String::from_utf8(bytes(&case.wire_hex)).expect("a header is text");
        let file = decode_base64(&case.file_base64);
        if file.is_empty() {
            inject(&queue, wire.as_bytes());
            let error = receive(&queue).expect_err(&case.id);
            assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error:?}");
            continue;
        }
        // The file stands in this test's own directory, so the header that names it has another length.
        let (_, header) = wire.split_once(':').expect("a header");
        let moved = header.replace(RECORDED, place.spill().to_str().expect("text"));
        let front = format!("{}:{moved}", moved.len());
        let name = moved.split("f=").nth(1).and_then(|rest| rest.split(',').next()).expect("a path");
        std::fs::write(name, [front.as_bytes(), &file[wire.len()..]].concat()).expect("written");
        inject(&queue, front.as_bytes());
        let received = receive(&queue).expect(&case.id);
        if !case.received_json.is_null() {
            assert_eq!(received, case.received_json, "{}", case.id);
        }
        assert!(!std::path::Path::new(name).exists(), "{}", case.id);
    }
}

#[test]
fn keys_are_made_as_ftok_makes_them() {
    #[derive(Deserialize)]
    struct Key {
        key: i32,
        proj: u8,
        st_dev: String,
        st_ino: String,
    }
    let vectors: Vectors<Key> = serde_json::from_str(include_str!("vectors/ftok.json")).expect("JSON");
    assert_eq!(vectors.cases.len(), 16);
    for case in vectors.cases {
        let (device, inode) = (case.st_dev.parse().expect("a number"), case.st_ino.parse().expect("a number"));
        assert_eq!(key_from(device, inode, case.proj), case.key);
    }
}

/// The vectors hold files as base64; four lines serve better here than a dependency.
fn decode_base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> = text
        .bytes()
        .filter_map(|byte| ALPHABET.iter().position(|letter| *letter == byte))
        .map(|digit| u32::try_from(digit).expect("below 64"))
        .collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let word = group.iter().fold(0, |word, digit| word << 6 | digit) << (6 * (4 - group.len()));
        bytes.extend_from_slice(&word.to_be_bytes()[1..group.len()]);
    }
    bytes
}
