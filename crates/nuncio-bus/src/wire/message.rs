//! The envelope of a message on a bus, written and read.
//!
//! A message is a JSON object. What nuncio writes, in this order:
//!
//! | key | is |
//! |---|---|
//! | `id` | UUID of version 7, in upper case; compared without regard to case |
//! | `from`, `to` | peer ids |
//! | `stamp` | seconds since 1970, with five decimals |
//! | `stamp_ord` | which one of those with an equal stamp |
//! | `broadcast` | 1, where everybody gets it |
//! | `nuncio` | the headers, an object of strings. Others ignore it |
//! | `content` | any value but null |
//!
//! A message without headers, broadcast or names that need escapes begins with `nuncio` instead: a text of eight digits, which
//! say how many bytes `content` has. Whoever finds exactly what nuncio writes, of that length, takes the content as it is, without
//! looking through it: what of it is no JSON is told when it is decoded.
//!
//! What is read may have any order, white space, further keys, and numbers where texts belong. One without an id is given one.

mod plain;
mod write;

use std::ops::Range;
use std::sync::LazyLock;
use std::time::SystemTime;

use memchr::memchr;
use memchr::memmem::Finder;
use nuncio_codec::Codec;
use nuncio_core::{Error, ErrorKind, Result, Slot, SlotBody, Span};

pub use self::write::{Recipient, Writer, append_text};
use super::id::{Tick, time_of_seconds};
use super::json::{self, Malformed, Members};

/// Where a message stands among those that are read at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Position {
    /// Its stamp, in seconds.
    pub stamp: f64,
    /// Which one of those with an equal stamp.
    pub order: f64,
}

/// Understands the JSON text in the slot's storage as a message, and fills in the rest of the slot. What the message says of
/// itself is a claim; the origin is left as it is.
///
/// # Errors
/// [`ErrorKind::Corrupt`] when it is no message. The slot then holds what was understood until then.
#[inline(always)]
pub fn understand(slot: &mut Slot) -> Result<Position> {
    match plain::read(&slot.storage) {
        Some(found) => Ok(found.fill(slot)),
        None => understand_any(slot),
    }
}

/// As [`understand`], whatever order the members have.
#[cold]
fn understand_any(slot: &mut Slot) -> Result<Position> {
    let text = std::mem::take(&mut slot.storage);
    let found = find(&text);
    slot.storage = text;
    let found = found.map_err(|error| corrupt("it is no JSON object").caused_by(error))?;
    slot.id = span_of(slot, found.id);
    if slot.view().id().is_empty() {
        slot.id = slot.push(&Tick::next(SystemTime::now()).id());
    }
    slot.from = span_of(slot, found.from);
    slot.to = span_of(slot, found.to);
    slot.broadcast = found.broadcast.is_some_and(|value| is_true(&slot.storage[value]));
    if let Some(headers) = found.headers {
        read_headers(slot, headers);
    }
    let stamp = found.stamp.and_then(|value| number(&slot.storage[value]));
    slot.stamp = stamp.and_then(time_of_seconds);
    let order = found.order.and_then(|value| number(&slot.storage[value]));
    match found.content {
        Some(content) if &slot.storage[content.clone()] != b"null" => {
            slot.body = SlotBody::Encoded(Some(Codec::Json), Span::new(content));
        }
        _ => return Err(corrupt("it has no content")),
    }
    Ok(Position { stamp: stamp.unwrap_or_default(), order: order.unwrap_or_default() })
}

/// The JSON text of the message with which `storage` begins. Behind it stands what was understood of its escapes.
pub fn text_of(storage: &[u8]) -> &[u8] {
    plain::first(storage).unwrap_or_else(|| json::first_value(storage))
}

fn corrupt(reason: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, "read the message").because(reason)
}

#[derive(Default)]
struct Found {
    id: Option<Range<usize>>,
    from: Option<Range<usize>>,
    to: Option<Range<usize>>,
    stamp: Option<Range<usize>>,
    order: Option<Range<usize>>,
    broadcast: Option<Range<usize>>,
    headers: Option<Range<usize>>,
    content: Option<Range<usize>>,
}

/// Of two members of one name the last counts.
#[inline]
fn find(text: &[u8]) -> Result<Found, Malformed> {
    let mut found = Found::default();
    for member in Members::of(text)? {
        let member = member?;
        let place = match member.name {
            b"id" => &mut found.id,
            b"from" => &mut found.from,
            b"to" => &mut found.to,
            b"stamp" => &mut found.stamp,
            b"stamp_ord" => &mut found.order,
            b"broadcast" => &mut found.broadcast,
            b"nuncio" => &mut found.headers,
            b"content" => &mut found.content,
            // A name in escapes is one that nobody writes; it is understood all the same where it matters most.
            name if name.contains(&b'\\') && member.is(b"content") => &mut found.content,
            _ => continue,
        };
        *place = Some(member.value);
    }
    Ok(found)
}

/// Where the text of the value is: inside its quotes, or, if it has escapes, at the end of the storage. A number counts as
/// the text that it is written as.
fn span_of(slot: &mut Slot, value: Option<Range<usize>>) -> Span {
    let Some(value) = value else { return Span::default() };
    match &slot.storage[value.clone()] {
        [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => Span::new(value.start + 1..value.end - 1),
        [b'"', inner @ .., b'"'] => match json::unescape(inner) {
            Some(text) => slot.push(text.as_bytes()),
            None => Span::default(),
        },
        [b'-' | b'0'..=b'9', ..] => Span::new(value),
        _ => Span::default(),
    }
}

fn read_headers(slot: &mut Slot, value: Range<usize>) {
    let text = slot.storage[value.clone()].to_vec();
    let Ok(members) = Members::of(&text) else { return };
    for member in members.map_while(Result::ok) {
        let [b'"', inner @ .., b'"'] = &text[member.value] else { continue };
        if let (Some(name), Some(header)) = (json::unescape(member.name), json::unescape(inner)) {
            let pair = (slot.push(name.as_bytes()), slot.push(header.as_bytes()));
            slot.headers.push(pair);
        }
    }
}

fn number(value: &[u8]) -> Option<f64> {
    let text = value.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(value);
    std::str::from_utf8(text).ok()?.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Perl's word for true: neither null nor false, zero, an empty text nor the text `0`.
pub fn is_true(value: &[u8]) -> bool {
    match value {
        b"null" | b"false" | b"\"\"" | b"\"0\"" => false,
        [b'-' | b'0'..=b'9', ..] => number(value) != Some(0.0),
        _ => true,
    }
}

/// Whether the content is an object that asks to end. What is no JSON asks for nothing.
#[inline]
pub fn is_terminate(content: &[u8]) -> bool {
    static TERMINATE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"terminate"));
    // Most contents have no such word in them, which is told sooner than where their members are.
    content.trim_ascii_start().starts_with(b"{")
        && may_have_texts_with_t(content)
        && (TERMINATE.find(content).is_some() || memchr(b'\\', content).is_some())
        && asks_to_end(content)
}

/// Whether there may be a text in `content` that begins with a `t`, or has escapes. It takes little code to tell, which matters
/// where messages are few and each finds the processor cold.
#[inline(always)]
fn may_have_texts_with_t(content: &[u8]) -> bool {
    const BLOCK_BYTES: usize = 32;
    let (Some((_, next)), Some((_, bytes))) = (content.split_first(), content.split_last()) else { return false };
    let (Some(last), Some(last_next)) = (bytes.last_chunk::<BLOCK_BYTES>(), next.last_chunk::<BLOCK_BYTES>()) else {
        return true;
    };
    let has_one = |(bytes, next): (&[u8; BLOCK_BYTES], &[u8; BLOCK_BYTES])| {
        let found = bytes.iter().zip(next).fold(0, |found, (byte, next)| {
            found | u8::from(*byte == b'"') & u8::from(*next == b't') | u8::from(*byte == b'\\')
        });
        found != 0
    };
    bytes.as_chunks().0.iter().zip(next.as_chunks().0).any(has_one) || has_one((last, last_next))
}

#[cold]
fn asks_to_end(content: &[u8]) -> bool {
    let asks = || {
        let mut asks = false;
        for member in Members::of(content)? {
            let member = member?;
            if member.is(b"terminate") {
                asks = is_true(&content[member.value]);
            }
        }
        Ok::<_, Malformed>(asks)
    };
    asks().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use nuncio_core::{BodyRef, Item, Payload};

    use super::*;
    use crate::wire::id::ticks_of;

    fn read(text: &str) -> Result<(Slot, Position)> {
        let mut slot = Slot { storage: text.as_bytes().to_vec(), ..Slot::default() };
        understand(&mut slot).map(|position| (slot, position))
    }

    fn written(item: &Item<'_>, to: &str) -> String {
        let mut out = Vec::new();
        let now = UNIX_EPOCH + Duration::from_micros(1_795_170_656_000_020);
        let writer = Writer::new("me", 1000, 100);
        writer.write(item, &writer.recipient(to), now, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let payload = Payload::Encode(&["gr\u{fc}n"]);
        let headers = [("deadline", "x\"y"), ("b", "\u{1f600}")];
        let stamp = UNIX_EPOCH + Duration::from_micros(1_795_170_656_000_120);
        let text =
            written(&Item { stamp: Some(stamp), headers: &headers, broadcast: true, ..Item::new(payload) }, "y\u{f6}u");
        assert!(text.is_ascii(), "{text}");
        assert!(text.contains(r#","from":"me","to":"y\u00f6u","stamp":1795170656.00012,"stamp_ord":"#), "{text}");
        let (slot, position) = read(&text).unwrap();
        let delivery = slot.view();
        assert_eq!((delivery.from(), delivery.to(), delivery.broadcast()), ("me", "y\u{f6}u", true));
        assert_eq!(delivery.headers().collect::<Vec<_>>(), headers);
        assert_eq!(position.stamp, 1_795_170_656.000_12);
        assert_eq!(delivery.decode::<Vec<String>>(&Default::default()).unwrap(), ["gr\u{fc}n"]);
    }

    #[test]
    fn the_short_way_understands_the_same_as_the_long_one() {
        for (item, to) in [
            (Item::new(Payload::Encode(&["gr\u{fc}n"])), "you"),
            (Item::new(Payload::Encode(&"x".repeat(900))), "a/b c"),
            (Item { id: "x", from: "a/b", ..Item::new(Payload::Encode(&7)) }, "you"),
            (Item::new(Payload::Encode(&"\"")), "gr\u{fc}n"),
        ] {
            let text = written(&item, to);
            assert_eq!(plain::read(text.as_bytes()).is_some(), item.id.is_empty() && to.is_ascii(), "{text}");
            let (mut short, mut long) = (Slot::default(), Slot::default());
            for slot in [&mut short, &mut long] {
                slot.storage = text.as_bytes().to_vec();
            }
            let positions = (understand(&mut short).unwrap(), understand_any(&mut long).unwrap());
            assert_eq!(positions.0, positions.1, "{text}");
            let seen = |slot: &Slot| {
                let delivery = slot.view();
                let texts = [delivery.id(), delivery.from(), delivery.to()].map(str::to_owned);
                // A number with a fraction says it less exactly than its digits do.
                let stamp = delivery.stamp().unwrap() + Duration::from_nanos(500);
                (texts, ticks_of(stamp), delivery.broadcast(), format!("{:?}", delivery.body()))
            };
            assert_eq!(seen(&short), seen(&long), "{text}");
        }
    }

    #[test]
    fn what_was_changed_on_its_way_is_looked_through() {
        let text = written(&Item::new(Payload::Encode(&[1, 2])), "you");
        let spaced = text.replace("[1,2]", " [1,2]");
        let longer = text.replace("[1,2]}", "[1,2],\"from\":\"other\"}");
        for (changed, from) in [(spaced, "me"), (longer, "other"), (format!(" {text}"), "me")] {
            assert!(plain::read(changed.as_bytes()).is_none(), "{changed}");
            let (slot, _) = read(&changed).unwrap();
            assert_eq!((slot.view().from(), slot.view().to()), (from, "you"));
            assert!(matches!(slot.view().body(), BodyRef::Encoded(_, b"[1,2]")), "{changed}");
        }
        for broken in [text.replace("[1,2]}", "[1,2]"), text.replace("[1,2]}", "null}"), text.replace("you\"", "you")] {
            assert_eq!(read(&broken).map(drop).unwrap_err().kind(), ErrorKind::Corrupt, "{broken}");
        }
        // The content is taken as it is.
        let (slot, _) = read(&text.replace("[1,2]}", "[1,2[}")).unwrap();
        let error = slot.view().decode::<Vec<u8>>(&Default::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }

    #[test]
    fn no_length_and_no_end_is_believed() {
        let text = written(&Item::new(Payload::Encode(&[1, 2])), "you");
        for length in (0..200).chain([99_999_999]) {
            let lying = text.replacen("00000005", &format!("{length:08}"), 1);
            let (slot, _) = read(&lying).unwrap();
            assert!(matches!(slot.view().body(), BodyRef::Encoded(_, b"[1,2]")), "{lying}");
            let short = format!("{{\"nuncio\":\"{length:08}\",\"content\":1}}");
            assert!(matches!(read(&short).unwrap().0.view().body(), BodyRef::Encoded(_, b"1")), "{short}");
        }
        for end in 0..text.len() {
            assert!(read(&text[..end]).is_err(), "{}", &text[..end]);
        }
    }

    #[test]
    fn the_text_is_the_one_that_came() {
        let plain = written(&Item::new(Payload::Encode(&[1, 2])), "you");
        let broken = plain.replace("[1,2]", "1}abc");
        let other = r#" {"content":1,"from":"\u0061"}"#;
        for text in [&plain, &broken, other] {
            let (mut slot, _) = read(text).unwrap();
            slot.push(b"behind");
            assert_eq!(text_of(&slot.storage), text.as_bytes());
        }
    }

    #[test]
    fn any_order_and_perls_ways_of_writing_are_read() {
        let text = r#" {"content": {"a":[1]} ,"x":{"content":2},"to":7,"broadcast":"1","stamp":"12.5","from":"\u0061b", "id":"i"}"#;
        let (slot, position) = read(text).unwrap();
        let delivery = slot.view();
        assert_eq!((delivery.id(), delivery.from(), delivery.to(), delivery.broadcast()), ("i", "ab", "7", true));
        assert!(matches!(delivery.body(), BodyRef::Encoded(_, br#"{"a":[1]}"#)));
        assert_eq!((position.stamp, position.order), (12.5, 0.0));
        assert_eq!(delivery.stamp(), Some(UNIX_EPOCH + Duration::from_millis(12_500)));
    }

    #[test]
    fn what_is_no_message_is_corrupt() {
        for bad in
            ["", "[]", "{", r#"{"id":"x"}"#, r#"{"content":null}"#, r#"{"content":1}x"#, r#"{"content":1,"from":"b"#]
        {
            assert_eq!(read(bad).map(drop).unwrap_err().kind(), ErrorKind::Corrupt, "{bad}");
        }
        let (slot, _) =
            read(r#"{"content":0,"stamp":1e999,"from":{},"id":"\ud800","nuncio":[],"broadcast":0.0}"#).unwrap();
        assert_eq!((slot.view().from(), slot.view().stamp()), ("", None));
        assert!(!slot.view().broadcast());
    }

    #[test]
    fn a_message_without_an_id_is_given_one() {
        for without in [
            r#"{"content":1}"#,
            r#"{"content":1,"id":null}"#,
            r#"{"content":1,"id":""}"#,
            r#"{"content":1,"id":"\ud800"}"#,
        ] {
            let (one, other) = (read(without).unwrap().0, read(without).unwrap().0);
            assert_eq!(one.view().id().len(), 36, "{without}");
            assert_ne!(one.view().id(), other.view().id());
            assert_eq!(text_of(&one.storage), without.as_bytes());
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_and_leaves_no_trace() {
        let writer = Writer::new("me", 10, 3);
        let to = writer.recipient("x");
        let mut out = b"kept".to_vec();
        let long = "12345678";
        for (item, kind) in [
            (Item::new(Payload::Encode(&"123456789")), ErrorKind::TooLarge),
            // Six characters each on the medium.
            (Item::new(Payload::Encode(&"\u{fc}\u{fc}")), ErrorKind::TooLarge),
            (Item::new(Payload::Encode(&())), ErrorKind::ApiMisuse),
            (Item::new(Payload::Encoded { codec: None, bytes: b"1" }), ErrorKind::Unsupported),
            (Item::new(Payload::Encoded { codec: Some(Codec::Json), bytes: b"1,2" }), ErrorKind::ApiMisuse),
            (Item { headers: &[("ab", "cd")], ..Item::new(Payload::Encode(&1)) }, ErrorKind::LimitExceeded),
        ] {
            let error = writer.write(&item, &to, UNIX_EPOCH, &mut out).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(out, b"kept");
        }
        writer.write(&Item::new(Payload::Encode(&long)), &to, UNIX_EPOCH, &mut out).unwrap();
    }

    #[test]
    fn terminate_is_perls_true() {
        for yes in [r#"{"terminate":1}"#, r#"{"a":0,"terminate":"x"}"#, r#"{"terminate":[]}"#, r#"{"terminate":true}"#]
        {
            assert!(is_terminate(yes.as_bytes()), "{yes}");
        }
        // Wherever it stands among other members.
        for padding in 0..100 {
            let (before, behind) = ("x".repeat(padding), "x".repeat(100 - padding));
            for name in ["terminate", "\\u0074erminate", "t\\u0065rminate"] {
                let content = format!(r#"{{"a":"{before}","{name}":1,"b":"{behind}"}}"#);
                assert!(is_terminate(content.as_bytes()), "{content}");
            }
            assert!(is_terminate(format!(r#"{{{}"terminate":1}}"#, " ".repeat(padding)).as_bytes()), "{padding}");
        }
        for no in [
            r#"{"terminate":0}"#,
            r#"{"terminate":"0"}"#,
            r#"{"terminate":""}"#,
            r#"{"terminate":null}"#,
            "[1]",
            "\"terminate\"",
            "{}",
            r#"{"terminate":1"#,
            r#"{"terminate":1 x"#,
            r#"{"terminate":1},"from":"x""#,
        ] {
            assert!(!is_terminate(no.as_bytes()), "{no}");
        }
    }
}
