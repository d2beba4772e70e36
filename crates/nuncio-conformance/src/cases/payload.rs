//! What is sent arrives as it was sent, up to the limit and not above it.

use std::thread;
use std::time::{Duration, SystemTime};

use nuncio_codec::{Codec, DecodeLimits, Value};
use nuncio_core::driver::{SendFailure, Sent};
use nuncio_core::{BodyRef, ErrorKind, Item, Outcome, Payload, Wait};

use crate::letter::Letter;
use crate::post::{Reader, Sender, shortly};
use crate::stage::Stage;

/// Bytes of every value, in any codec or none, arrive unchanged; a medium without bytes refuses them.
pub fn bytes(stage: &Stage<'_>) {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let samples: [(Option<Codec>, &[u8]); 5] = [
        (None, &every_byte),
        (None, b"\0"),
        (None, b"\r\n{} [1,2\n"),
        (Some(Codec::Cbor), b"\xa1\x61a\x01"),
        (Some(Codec::Json), br#"{"a":[1,{}]}"#),
    ];
    for (codec, bytes) in samples {
        check_bytes(stage, codec, bytes);
    }
}

/// A payload of no bytes is a message.
pub fn empty(stage: &Stage<'_>) {
    check_bytes(stage, None, b"");
}

/// A map with all that JSON can say arrives equal; a medium without values refuses it.
pub fn values(stage: &Stage<'_>) {
    let list = Value::from_iter([Value::Null, true.into(), 1.5.into(), "größe \u{1f600}\n\0\"".into()]);
    let map = Value::from_iter([
        ("list", list),
        ("least", i64::MIN.into()),
        ("most", u64::MAX.into()),
        ("", Value::from_iter([("nested", Value::from_iter([("", "")]))])),
    ]);
    let (sender, mut reader) = pair(stage);
    let sent = sender.send_item(Item::new(Payload::Value(&map)), Wait::FOREVER);
    if !stage.claims.body.value {
        return refused(sent, ErrorKind::Unsupported, &mut reader);
    }
    sent.expect("values are claimed");
    read_one(&mut reader, |delivery| {
        assert_eq!(delivery.decode::<Value>(&DecodeLimits::default()).expect("a value"), map);
    });
}

/// Any `serde` type arrives, on every medium.
pub fn typed(stage: &Stage<'_>) {
    let (sender, mut reader) = pair(stage);
    let letter = Letter::new(1, u64::MAX);
    sender.send_item(Item::new(Payload::Encode(&letter)), Wait::FOREVER).expect("every medium carries this");
    assert_eq!(reader.take(1), [letter]);
    assert_eq!(reader.take_rest(), []);
}

/// Each part of an envelope that is claimed arrives; the others are empty.
pub fn envelope(stage: &Stage<'_>) {
    let (sender, mut reader) = pair(stage);
    let headers = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"), ("note", "größe, a=b")];
    let stamp = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
    let letter = Letter::new(1, 1);
    let payload = Payload::Encode(&letter);
    let item = Item { id: "id-1", from: "sender", stamp: Some(stamp), headers: &headers, broadcast: true, payload };
    sender.send_item(item, Wait::FOREVER).expect("what is not carried is dropped");
    sender.send_item(Item::new(payload), Wait::FOREVER).expect("an envelope may be bare");
    let carries = stage.claims.carries;
    read_one(&mut reader, |delivery| {
        assert_eq!(Letter::read(delivery), letter);
        assert_eq!(delivery.id(), if carries.id { "id-1" } else { "" });
        assert_eq!(delivery.from(), if carries.from { "sender" } else { "" });
        assert_eq!(delivery.broadcast(), carries.broadcast);
        let late = |arrived: SystemTime| arrived.duration_since(stamp).unwrap_or_else(|early| early.duration());
        assert_eq!(delivery.stamp().map(|stamp| late(stamp) < Duration::from_millis(1)), carries.stamp.then_some(true));
        for (name, value) in headers {
            assert_eq!(delivery.header(name), carries.headers.then_some(value), "{name}");
        }
        assert!(matches!(delivery.to(), "" | "reader"), "{:?}", delivery.to());
        assert_eq!(delivery.attempt(), 1);
    });
    read_one(&mut reader, |delivery| {
        // A medium may give a message an id of its own.
        assert!(carries.id || delivery.id().is_empty());
        assert_ne!(delivery.id(), "id-1", "something of the message before is left");
        assert!(!delivery.broadcast(), "something of the message before is left");
        assert_eq!((delivery.header("note"), delivery.header("traceparent")), (None, None));
    });
}

/// A payload of exactly the largest size arrives.
pub fn largest(stage: &Stage<'_>) {
    check_sizes(stage, [stage.claims.payload_bytes_max]);
}

/// Sizes around the one from which the medium takes another way.
pub fn sizes_around_the_detour(stage: &Stage<'_>) {
    let (inline, max) = (stage.claims.inline_bytes_max, stage.claims.payload_bytes_max);
    check_sizes(stage, [inline - 1, inline, max.min(inline + 1), max.min(2 * inline), inline]);
}

/// One byte more than the largest size is refused in every form, and nothing of it arrives.
pub fn one_byte_over(stage: &Stage<'_>) {
    let (sender, mut reader) = pair(stage);
    let letter = Letter::with_size(1, stage.claims.payload_bytes_max + 1);
    let json = letter.json();
    let mut payloads = vec![Payload::Encode(&letter)];
    if stage.claims.body.bytes {
        payloads.push(Payload::Encoded { codec: Some(Codec::Json), bytes: &json });
    }
    for payload in payloads {
        refused(sender.send_item(Item::new(payload), Wait::FOREVER), ErrorKind::TooLarge, &mut reader);
        refused(sender.send_item(Item::new(payload), shortly()), ErrorKind::TooLarge, &mut reader);
    }
    let small = Letter::new(1, 1);
    sender.send(std::slice::from_ref(&small), 1);
    assert_eq!(reader.take(1), [small]);
}

fn pair(stage: &Stage<'_>) -> (Sender, Reader) {
    let reader = stage.reader("reader");
    (stage.sender("sender", "reader"), reader)
}

fn check_bytes(stage: &Stage<'_>, codec: Option<Codec>, bytes: &[u8]) {
    let (sender, mut reader) = pair(stage);
    let sent = sender.send_item(Item::new(Payload::Encoded { codec, bytes }), Wait::FOREVER);
    if !stage.claims.body.bytes {
        // Its own codec is JSON, and that it may take.
        return match codec {
            Some(Codec::Json) => {}
            _ => refused(sent, ErrorKind::Unsupported, &mut reader),
        };
    }
    sent.expect("bytes are claimed");
    read_one(&mut reader, |delivery| match delivery.body() {
        BodyRef::Encoded(arrived_codec, arrived) => {
            assert_eq!(arrived, bytes);
            assert!(codec.is_none() || arrived_codec.is_none() || arrived_codec == codec, "{arrived_codec:?}");
        }
        body => panic!("bytes were sent, {body:?} came"),
    });
}

/// Letters of these sizes, sent from another thread because they need not have room at once.
fn check_sizes<const N: usize>(stage: &Stage<'_>, sizes: [usize; N]) {
    let (sender, mut reader) = pair(stage);
    let letters: Vec<Letter> = sizes.into_iter().map(|bytes| Letter::with_size(0, bytes)).collect();
    let read = thread::scope(|scope| {
        scope.spawn(|| sender.in_one_form().send(&letters, 1));
        reader.take(letters.len())
    });
    assert!(read == letters, "a payload of one of these sizes is changed: {sizes:?}");
    assert_eq!(reader.take_rest(), []);
}

fn read_one(reader: &mut Reader, read: impl FnMut(nuncio_core::Delivery<'_>)) {
    assert_eq!(reader.recv_with(1, Wait::FOREVER, read).expect("one arrived"), 1);
}

/// The send failed with `kind`, and nothing arrived.
fn refused(sent: Result<Sent, SendFailure>, kind: ErrorKind, reader: &mut Reader) {
    let failure = sent.expect_err("it cannot be carried");
    assert_eq!((failure.error.kind(), failure.outcome), (kind, Outcome::NotSent), "{:?}", failure.error);
    assert_eq!(reader.recv(1, shortly()).expect("nothing"), []);
}
