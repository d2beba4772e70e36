//! Messages on a stream, and in the file of those that a peer has put back: the length as an unsigned 32-bit number, most
//! significant byte first, then so many bytes.
//!
//! The first frame that the initiator of a connection sends is its hello: the serialized object `{"hello":"<its id>"}`.
//! Later ones are ignored.

use std::ops::Range;

use super::json::{self, Members};

/// How long the length is, in bytes.
pub const LENGTH_BYTES: usize = 4;

/// A frame that is longer than what is accepted; nothing behind it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// What it says to be, in bytes.
    pub bytes: usize,
    /// The limit, in bytes.
    pub limit: usize,
}

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a frame of {} bytes, limit is {} bytes", self.bytes, self.limit)
    }
}

impl std::error::Error for TooLong {}

/// Where the content of the frame at the beginning of `bytes` stands; none when more bytes are needed.
///
/// # Errors
/// [`TooLong`], as soon as the length is there.
#[inline]
pub fn first(bytes: &[u8], limit: usize) -> Result<Option<Range<usize>>, TooLong> {
    let Some(length) = bytes.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
    let length = u32::from_be_bytes(*length) as usize;
    if length > limit {
        return Err(TooLong { bytes: length, limit });
    }
    let content = LENGTH_BYTES..LENGTH_BYTES + length;
    Ok((bytes.len() >= content.end).then_some(content))
}

/// Appends a frame whose content `write` appends.
///
/// # Errors
/// Those of `write`; `out` then has its former length.
#[inline(always)]
pub fn append<E>(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
    let start = out.len();
    out.extend_from_slice(&[0; LENGTH_BYTES]);
    match write(out) {
        Ok(()) => {
            let length = u32::try_from(out.len() - start - LENGTH_BYTES).expect("a message is smaller than 4 GiB");
            out[start..start + LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
            Ok(())
        }
        Err(error) => {
            out.truncate(start);
            Err(error)
        }
    }
}

/// The hello of `id`, as JSON.
pub fn hello(id: &str) -> Vec<u8> {
    let mut out = br#"{"hello":"#.to_vec();
    super::message::append_text(id, &mut out);
    out.push(b'}');
    out
}

/// Who says hello in this JSON text; none if it is something else, or an object that has other members too.
pub fn hello_of(text: &[u8]) -> Option<String> {
    let mut members = Members::of(text).ok()?;
    let hello = members.next()?.ok().filter(|member| member.is(b"hello"))?;
    let id = match &text[hello.value] {
        [b'"', inner @ .., b'"'] => json::unescape(inner).filter(|id| !id.is_empty())?,
        // Perl writes a name as a number that was used as one.
        number @ [b'-' | b'0'..=b'9', ..] => String::from_utf8(number.to_vec()).ok()?,
        _ => return None,
    };
    members.next().is_none().then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_there_when_all_of_it_is() {
        let mut out = Vec::new();
        append(&mut out, |out| {
            out.extend_from_slice(b"{}");
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(out, b"\0\0\0\x02{}");
        for end in 0..out.len() {
            assert_eq!(first(&out[..end], 10), Ok(None));
        }
        assert_eq!(first(&out, 10), Ok(Some(4..6)));
        assert_eq!(append(&mut out, |_| Err(1)), Err(1));
        assert_eq!(out.len(), 6);
    }

    #[test]
    fn a_length_of_four_gigabytes_is_refused_before_anything_follows() {
        assert_eq!(first(b"\xff\xff\xff\xff", 1000), Err(TooLong { bytes: 0xffff_ffff, limit: 1000 }));
    }

    #[test]
    fn only_a_hello_is_one() {
        assert_eq!(hello_of(&hello("gr\u{fc}n \"1\"")).as_deref(), Some("gr\u{fc}n \"1\""));
        assert_eq!(hello("a"), br#"{"hello":"a"}"#);
        assert_eq!(hello_of(br#"{"hello":42}"#).as_deref(), Some("42"));
        for other in [
            &br#"{"hello":""}"#[..],
            br#"{"hello":[1]}"#,
            br#"{"hello":"a","x":1}"#,
            b"{}",
            b"[",
            br#"{"hello":"a"} x"#,
        ] {
            assert_eq!(hello_of(other), None);
        }
    }
}
