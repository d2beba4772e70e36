//! Records as they are written: compact JSON and one line feed.

use nuncio_codec::Codec;
use serde::Serialize;

use nuncio_core::Result;

/// The id of a request as JSON, to be repeated in its answer. The usual ones need no memory of their own.
#[derive(Clone, Debug)]
pub(crate) struct Id(Kind);

const INLINE_BYTES: usize = 22;

#[derive(Clone, Debug)]
enum Kind {
    Inline([u8; INLINE_BYTES], u8),
    Heap(Box<[u8]>),
}

impl Id {
    pub(crate) fn new(json: &str) -> Self {
        let bytes = json.as_bytes();
        let mut inline = [0; INLINE_BYTES];
        match (inline.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(bytes);
                Self(Kind::Inline(inline, length))
            }
            _ => Self(Kind::Heap(bytes.into())),
        }
    }

    fn json(&self) -> &[u8] {
        match &self.0 {
            Kind::Inline(bytes, length) => &bytes[..usize::from(*length)],
            Kind::Heap(bytes) => bytes,
        }
    }
}

/// Appends what `write` writes; nothing of it stays if it fails or panics, as the serializer of a stranger's type may.
pub(crate) fn whole(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
    struct Guard<'a>(&'a mut Vec<u8>, usize);

    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            self.0.truncate(self.1);
        }
    }

    let length = out.len();
    let mut guard = Guard(out, length);
    write(guard.0)?;
    guard.1 = guard.0.len();
    Ok(())
}

/// Appends an answer whose data is `value`; nothing if it cannot be written as JSON.
pub(crate) fn answer(out: &mut Vec<u8>, id: &Id, value: &(impl Serialize + ?Sized)) -> Result<()> {
    whole(out, |out| {
        begin(out, id);
        out.extend_from_slice(b",\"data\":");
        Codec::Json.encode(value, out)?;
        out.extend_from_slice(b"}\n");
        Ok(())
    })
}

/// Appends an answer whose data is `json`.
pub(crate) fn raw_answer(out: &mut Vec<u8>, id: &Id, json: &str) {
    out.reserve(json.len() + 64);
    begin(out, id);
    out.extend_from_slice(b",\"data\":");
    out.extend_from_slice(json.as_bytes());
    out.extend_from_slice(b"}\n");
}

/// Appends an answer without data.
pub(crate) fn bare_answer(out: &mut Vec<u8>, id: &Id) {
    begin(out, id);
    out.extend_from_slice(b"}\n");
}

/// Appends the answer to a request without a URI, the only error that stands at top level and not in the data.
pub(crate) fn no_uri(out: &mut Vec<u8>, id: &Id) {
    begin(out, id);
    out.extend_from_slice(b",\"code\":\"no_uri\",\"message\":\"Missing required uri parameter from request\"}\n");
}

/// Appends `text` as a JSON string.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    Codec::Json.encode(text, out).expect("every text is a JSON string");
}

fn begin(out: &mut Vec<u8>, id: &Id) {
    out.extend_from_slice(b"{\"ipcReqID\":");
    out.extend_from_slice(id.json());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_the_form_of_the_reference() {
        let mut out = Vec::new();
        answer(&mut out, &Id::new("\"rq0\""), &serde_json::json!({"a": [1, "☃"]})).expect("JSON");
        raw_answer(&mut out, &Id::new("7"), "null");
        bare_answer(&mut out, &Id::new("null"));
        no_uri(&mut out, &Id::new(&format!("[{}]", "1,".repeat(30) + "1")));
        let text = String::from_utf8(out).expect("text");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [r#"{"ipcReqID":"rq0","data":{"a":[1,"☃"]}}"#, r#"{"ipcReqID":7,"data":null}"#, r#"{"ipcReqID":null}"#]
        );
        assert!(
            lines[3].ends_with(r#"1],"code":"no_uri","message":"Missing required uri parameter from request"}"#),
            "{}",
            lines[3]
        );
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing() {
        let mut out = b"before".to_vec();
        answer(&mut out, &Id::new("1"), &f64::NAN).expect_err("JSON has no such number");
        assert_eq!(out, b"before");
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            whole(&mut out, |out| {
                out.push(b'x');
                panic!("as a serializer may");
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(out, b"before");
    }
}
