//! Messages in every framing: the recorded ones byte for byte, in pieces of every size, and those that are none.

mod support;

use nuncio_codec::Value;
use nuncio_mesh::proto::Refusal;
use nuncio_mesh::proto::framing::{Form, Found, Framing, Packet, Reader, Sink};
use proptest::prelude::*;
use serde_json::Value as Json;

use self::support::{as_perl, bytes, json, list, recorded, text, value};

fn written(framing: Framing, packet: &Packet) -> Vec<u8> {
    let mut out = Vec::new();
    framing.write(&packet.port, &packet.elements, &mut out).expect("plain data");
    out
}

/// All messages in `input`, which arrives in pieces of `size` bytes.
fn read(framing: Framing, input: &[u8], size: usize) -> Result<Vec<Packet>, Refusal> {
    let mut reader = Reader::new(framing, Reader::default_limits());
    let (mut arrived, mut packets) = (Vec::new(), Vec::new());
    for piece in input.chunks(size) {
        arrived.extend_from_slice(piece);
        let mut start = 0;
        while let Some((packet, length)) = reader.next(&arrived[start..])? {
            packets.push(packet);
            start += length;
        }
        arrived.drain(..start);
    }
    assert!(arrived.iter().all(u8::is_ascii_whitespace), "{framing}: {arrived:?} is left");
    Ok(packets)
}

/// The message as JSON says it: the port, then the elements.
fn as_json(packet: &Packet) -> Json {
    let port = Json::from(&*packet.port);
    std::iter::once(port).chain(packet.elements.iter().map(json)).collect()
}

fn packet(json: &Json) -> Packet {
    let mut elements = list(json).iter();
    let port = elements.next().map_or("", |port| port.as_str().expect("a port is text"));
    Packet::new(port, elements.map(value).collect::<Vec<_>>())
}

#[test]
fn recorded_values_are_read_and_written_in_every_framing() {
    for case in list(&recorded("framing-values.json")["vectors"]) {
        let meant: Json = serde_json::from_str(text(case, "json")).expect("JSON");
        let recorded = [
            (Framing::Json, text(case, "json").as_bytes().to_vec()),
            (Framing::Cbor, bytes(text(case, "cbor_hex"))),
            (Framing::Storable, bytes(text(case, "storable_frame_hex"))),
        ];
        for (framing, bytes) in recorded {
            for size in [1, 7, bytes.len()] {
                let packets = read(framing, &bytes, size).expect("what the original wrote");
                let [packet] = packets.as_slice() else { panic!("{framing}: {packets:?}") };
                let empty = Json::Array(Vec::new());
                let meant = if meant == empty { Json::from(vec![""]) } else { meant.clone() };
                assert_eq!(as_perl(&as_json(packet)), as_perl(&meant), "{framing}");
            }
            let is_boolean_object = framing == Framing::Storable && case["note"].is_string();
            if !is_boolean_object && meant != Json::Array(Vec::new()) {
                assert_eq!(written(framing, &packet(&meant)), bytes, "{framing} {meant}");
            }
        }
    }
}

#[test]
fn recorded_connections_are_read_whole() {
    let mut count = 0;
    for entry in list(&recorded("index.json")["entries"]) {
        for connection in recorded(text(entry, "file"))["connections"].as_array().into_iter().flatten() {
            for side in ["initiator", "acceptor"] {
                let Ok(framing) = text(&connection[side], "framing_sent").parse::<Framing>() else { continue };
                let stream = stream(connection, side);
                for size in [1, 100, stream.len().max(1)] {
                    let packets = read(framing, &stream, size).expect("what the original wrote");
                    let packets: Json = packets.iter().map(as_json).collect();
                    let messages = connection[side]["messages"].as_array().map_or(&[][..], Vec::as_slice);
                    let expected: Json = messages.iter().map(not_empty).collect();
                    assert_eq!(as_perl(&packets), as_perl(&expected), "{}", text(entry, "file"));
                    count += list(&expected).len();
                }
            }
        }
    }
    assert!(count > 800, "{count}");
}

fn not_empty(message: &Json) -> Json {
    if list(message).is_empty() { Json::from(vec![""]) } else { message.clone() }
}

/// What a side sent after the three lines of its handshake.
fn stream(connection: &Json, side: &str) -> Vec<u8> {
    let mut stream = Vec::new();
    for event in list(&connection["events"]).iter().filter(|event| event["from"] == side) {
        match (event["text"].as_str(), event["hex"].as_str()) {
            (Some(text), _) => stream.extend_from_slice(text.as_bytes()),
            (_, Some(hex)) => stream.extend(bytes(hex)),
            _ => {}
        }
    }
    for _ in 0..3 {
        if let Some(end) = stream.iter().position(|byte| *byte == b'\n') {
            stream.drain(..=end);
        }
    }
    stream
}

#[test]
fn keep_alives_are_messages_without_anything() {
    for framing in Framing::ALL {
        let mut bytes = Vec::new();
        framing.write_keep_alive(&mut bytes);
        assert_eq!(read(framing, &bytes, 1), Ok(vec![Packet::default()]), "{framing}");
    }
}

/// Why this is refused, however it is cut.
fn refused(framing: Framing, input: &[u8]) -> String {
    let reasons = [1, input.len()].map(|size| match read(framing, input, size) {
        Err(Refusal::MalformedMessage(reason)) => reason,
        other => panic!("{framing}: {input:x?} is {other:?}"),
    });
    reasons[1].clone()
}

#[test]
fn what_is_no_message_is_refused_with_a_reason() {
    for text in ["7", "\"a\"", "]", "[}", "[1]]", "{}", "[\"\", tru]", "[[\"a\"],1]", "nonsense"] {
        refused(Framing::Json, text.as_bytes());
    }
    for hex in
        ["01", "a0", "8240c101", "8240d81c00", "82405fff", "9fff", "8240f8ff", "824061ff", "828001", "8240a18001"]
    {
        refused(Framing::Cbor, &bytes(hex));
    }
    // An object, code, a tied hash, a regular expression, a hook, something of major version 3, and no array.
    for hex in [
        "050b02000000020a001101610300000000",
        "050b02000000020a00041a0a0231",
        "050b02000000020a00040c0403",
        "050b02000000020a0004200003616263",
        "050b02000000020a0004130003616263",
        "070b02000000020a000880",
        "050b0300000000",
        "050b02ffffffff0a000880",
    ] {
        let image = bytes(hex);
        refused(Framing::Storable, &[&[image.len() as u8], image.as_slice()].concat());
    }
}

#[test]
fn nothing_is_allocated_for_a_claim() {
    // Four thousand million elements, bytes, entries.
    for hex in ["9affffffff", "82405affffffff", "8240baffffffff", "9bffffffffffffffff", "82407bffffffffffffffff"] {
        let mut reader = Reader::new(Framing::Cbor, Reader::default_limits());
        assert!(!matches!(reader.next(&bytes(hex)), Ok(Some(_))), "{hex}");
    }
    let mut reader = Reader::new(Framing::Storable, Reader::default_limits());
    assert!(reader.next(&[0xff, 0xff, 0xff, 0xff, 0x7f]).is_err());
}

#[test]
fn size_and_depth_are_bounded_in_every_framing() {
    let deep = |levels: usize| {
        let nested = (0..levels).fold(Value::Null, |inside, _| Value::Array(vec![inside]));
        Packet::new("p", [nested])
    };
    for framing in Framing::ALL {
        assert!(read(framing, &written(framing, &deep(100)), 1000).is_ok(), "{framing}");
        refused(framing, &written(framing, &deep(200)));
        let large = written(framing, &Packet::new("p", [Value::from("x".repeat(2000).as_str())]));
        let mut reader = Reader::new(framing, Reader::default_limits().with_total_bytes(1000));
        assert!(reader.next(&large[..1500]).is_err(), "{framing}");
    }
}

/// Takes messages in one form, and keeps their elements.
struct Taken(Form, Vec<Vec<Value>>);

impl Sink for Taken {
    type Taken = ();

    fn form(&mut self, port: &[u8]) -> Form {
        assert_eq!(port, b"p");
        self.0
    }

    fn take(&mut self, found: Found<'_>) -> Result<(), Refusal> {
        self.1.push(match found {
            Found::Encoded(elements) => elements.values()?,
            Found::Packet(packet) => packet.elements,
            Found::Values(values) => values,
        });
        Ok(())
    }
}

const FORMS: [Form; 3] = [Form::Encoded, Form::Packet, Form::Values];

#[test]
fn nothing_that_is_too_large_is_handed_out_in_any_form() {
    for (framing, form) in Framing::ALL.into_iter().flat_map(|framing| FORMS.map(|form| (framing, form))) {
        let message = written(framing, &Packet::new("p", ["x".repeat(100).as_str().into(), 7.into()]));
        for (limit, is_read) in [(message.len(), true), (message.len() - 1, false)] {
            let mut reader = Reader::new(framing, Reader::default_limits().with_total_bytes(limit));
            let mut taken = Taken(form, Vec::new());
            assert_eq!(reader.next_into(&message, &mut taken).is_ok(), is_read, "{framing} {form:?}");
            assert_eq!(taken.1.len(), usize::from(is_read), "{framing} {form:?}");
        }
    }
}

#[test]
fn strings_with_heads_of_every_length_are_read_in_every_form() {
    for length in [0, 1, 23, 24, 255, 256, 65_535, 65_536] {
        let elements = [Value::from("x".repeat(length)), 1.into(), "tail".into()];
        let message = written(Framing::Cbor, &Packet::new("p", elements.clone()));
        for form in FORMS {
            let mut reader = Reader::new(Framing::Cbor, Reader::default_limits().with_text_bytes(length.max(4)));
            let mut taken = Taken(form, Vec::new());
            let mut ends = [1, 2, 3, 4, 5, 6, message.len() / 2, message.len() - 1];
            ends.sort_unstable();
            for end in ends {
                assert_eq!(reader.next_into(&message[..end], &mut taken), Ok(None), "{length} {form:?} {end}");
            }
            assert_eq!(reader.next_into(&message, &mut taken), Ok(Some(((), message.len()))), "{length} {form:?}");
            assert_eq!(taken.1, [elements.to_vec()], "{length} {form:?}");
            if length > 4 {
                let mut reader = Reader::new(Framing::Cbor, Reader::default_limits().with_text_bytes(length - 1));
                assert!(reader.next_into(&message, &mut taken).is_err(), "{length} {form:?}");
            }
        }
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i32>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) + 0.125)),
        "[ -~]{0,40}".prop_map(Value::from),
        ".{0,10}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec(("[a-z]{0,5}", inner), 0..5).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn messages_arrive_as_they_were_sent(
        packets in prop::collection::vec(("[a-zA-Z0-9.]{1,20}", prop::collection::vec(values(), 0..5)), 1..5),
        size in 1_usize..40,
    ) {
        let packets: Vec<Packet> = packets.into_iter().map(|(port, elements)| Packet::new(&port, elements)).collect();
        for framing in Framing::ALL {
            let stream: Vec<u8> = packets.iter().flat_map(|packet| written(framing, packet)).collect();
            let arrived: Vec<Json> = read(framing, &stream, size).expect("own messages").iter().map(as_json).collect();
            let sent: Vec<Json> = packets.iter().map(as_json).collect();
            prop_assert_eq!(as_perl(&Json::from(arrived)), as_perl(&Json::from(sent)), "{}", framing);
        }
    }

    #[test]
    fn bytes_of_strangers_never_panic(input in prop::collection::vec(any::<u8>(), 0..200)) {
        for framing in Framing::ALL {
            let mut reader = Reader::new(framing, Reader::default_limits());
            let mut start = 0;
            while let Ok(Some((_, length))) = reader.next(&input[start..]) {
                prop_assert!(length > 0);
                start += length;
            }
        }
    }
}
