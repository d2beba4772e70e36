//! How a message is kept.

use nuncio_codec::{Codec, Value};
use nuncio_core::{EndpointName, Error, ErrorKind, Item, Limits, Origin, Payload, Result, Slot, SlotBody};

/// What an element of a value counts for, in bytes.
const ELEMENT_BYTES: usize = 8;

/// A copy of `item` for the mailbox of `to`.
pub(super) fn keep(to: &EndpointName, item: &Item<'_>, limits: &Limits, origin: &Origin) -> Result<Slot> {
    let text_bytes = check_text(to, item, limits)?;
    let mut slot = Slot { attempt: 1, stamp: item.stamp, broadcast: item.broadcast, ..Slot::default() };
    slot.origin = origin.clone();
    match item.payload {
        Payload::Encoded { codec, bytes } => {
            check_payload(to, bytes.len(), limits)?;
            slot.storage.reserve_exact(bytes.len() + text_bytes);
            slot.body = SlotBody::Encoded(codec, slot.push(bytes));
        }
        Payload::Encode(value) => {
            value.encode(Codec::Json, &[], &mut slot.storage)?;
            check_payload(to, slot.storage.len(), limits)?;
            slot.body = SlotBody::Encoded(Some(Codec::Json), nuncio_core::Span::new(0..slot.storage.len()));
        }
        Payload::Value(value) => {
            check_payload(to, size(value), limits)?;
            slot.body = SlotBody::Value(value.clone());
        }
        _ => {
            return Err(Error::new(ErrorKind::Unsupported, "send to")
                .on(to.as_str())
                .because("this kind of payload is not known here"));
        }
    }
    slot.id = slot.push(item.id.as_bytes());
    slot.from = slot.push(item.from.as_bytes());
    slot.to = slot.push(to.as_str().as_bytes());
    for (name, value) in item.headers {
        let header = (slot.push(name.as_bytes()), slot.push(value.as_bytes()));
        slot.headers.push(header);
    }
    Ok(slot)
}

/// How many bytes all the text beside the payload takes.
fn check_text(to: &EndpointName, item: &Item<'_>, limits: &Limits) -> Result<usize> {
    let headers: usize = item.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    let bytes = item.id.len() + item.from.len() + headers;
    if bytes > limits.header_bytes_max {
        return Err(Error::new(ErrorKind::LimitExceeded, "send to")
            .on(to.as_str())
            .because(format!("id, sender and headers are {bytes} bytes, limit is {} bytes", limits.header_bytes_max)));
    }
    Ok(bytes + to.as_str().len())
}

fn check_payload(to: &EndpointName, bytes: usize, limits: &Limits) -> Result<()> {
    match bytes <= limits.payload_bytes_max {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::TooLarge, "send to")
            .on(to.as_str())
            .because(format!("payload is {bytes} bytes, limit is {} bytes", limits.payload_bytes_max))),
    }
}

/// What `value` counts for, in bytes.
fn size(value: &Value) -> usize {
    ELEMENT_BYTES
        + match value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Array(elements) => elements.iter().map(size).sum(),
            Value::Map(map) => map.iter().map(|(key, value)| key.len() + size(value)).sum(),
            Value::Object(object) => object.class.len() + size(&object.value),
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_with_its_texts_and_its_elements() {
        let value = Value::from_iter([("key", Value::from("text")), ("k", Value::from_iter([1, 2]))]);
        assert_eq!(size(&value), 8 + (3 + 8 + 4) + (1 + 8 + 2 * 8));
    }

    #[test]
    fn text_beside_the_payload_has_a_limit_of_its_own() {
        let to = EndpointName::new("worker").expect("a name");
        let limits = Limits::default().with_header_bytes_max(4);
        let payload = Payload::Encoded { codec: None, bytes: b"" };
        let fits = Item { id: "1", headers: &[("a", "bc")], ..Item::new(payload) };
        assert_eq!(keep(&to, &fits, &limits, &Origin::Claimed).expect("fits").view().header("a"), Some("bc"));
        let over = Item { from: "x", ..fits };
        let error = keep(&to, &over, &limits, &Origin::Claimed).expect_err("one more");
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        assert_eq!(error.to_string(), r#"send to "worker": id, sender and headers are 5 bytes, limit is 4 bytes"#);
    }
}
