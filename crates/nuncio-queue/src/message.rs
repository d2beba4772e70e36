//! A received message: its header, its payload, and the ways to read them.

use std::fmt;
use std::ops::Range;

use nuncio_codec::{Codec, DecodeLimits, Map, Value};
use nuncio_core::{Error, ErrorKind, Origin, Result};
use nuncio_sys::sysv::TYPE_BYTES;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::compose::text_of;
use crate::header::{self, Layout};
use crate::metadata::{self, Metadata};

/// A buffer that a thread keeps for the next message is not larger than this.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// One message. It can be received into again and again, and then keeps its allocations.
#[derive(Default)]
pub struct Message {
    /// The kernel's message type, then the text; of a spilled message the file's content, without a type.
    frame: Vec<u8>,
    layout: Layout,
    accepts_dumper: bool,
}

impl Message {
    /// An empty message, to receive into.
    pub const fn new() -> Self {
        let layout = Layout { start: 0, header: 0..0, payload: 0..0, says_length_only: false };
        Self { frame: Vec::new(), layout, accepts_dumper: false }
    }

    /// An empty message that receives into `buffer`.
    pub(crate) fn with_buffer(buffer: Vec<u8>) -> Self {
        Self { frame: buffer, ..Self::new() }
    }

    /// The payload as it was sent.
    pub fn payload(&self) -> &[u8] {
        self.bytes(&self.layout.payload)
    }

    /// The header's pairs, in their order; one without `=` has no value.
    pub fn headers(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        header::pairs(self.header_text())
    }

    /// The value of the header `key`, the last one if it stands there several times; see [`header`](crate::header) for the
    /// keys.
    pub fn header(&self, key: &str) -> Option<&str> {
        header::find(self.header_text(), key).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The header as it was received.
    pub fn header_text(&self) -> &[u8] {
        self.bytes(&self.layout.header)
    }

    /// The whole message, header first, with the payload of a spilled one in it.
    pub fn to_text(&self) -> Vec<u8> {
        text_of(self.header_text(), self.payload())
    }

    /// The whole message as it was in the queue; of a spilled one that was [restored](crate::Relay::restore), the file's content.
    pub fn as_sent(&self) -> &[u8] {
        self.bytes(&(self.layout.start..self.layout.payload.end))
    }

    /// Whether there is none: nothing was received into it yet, or the last receive took nothing from the queue.
    pub const fn is_empty(&self) -> bool {
        self.frame.is_empty()
    }

    /// How the payload is encoded, by the header and, where that leaves it open, by the payload itself: without a name, or
    /// with the name `sereal`, it is Sereal if it looks like it and else JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for a codec that this version does not know; [`ErrorKind::PermissionDenied`] for Data::Dumper's
    /// text where it is not [accepted](crate::RegistryBuilder::accept_dumper).
    #[inline]
    pub fn codec(&self) -> Result<Codec> {
        let named = self.find_beside_length(header::SERIALIZER).unwrap_or_default();
        match named {
            b"" | b"sereal" if looks_like_sereal(self.payload()) => Ok(Codec::Sereal),
            b"" | b"sereal" => Ok(Codec::Json),
            named => self.codec_called(named),
        }
    }

    #[cold]
    fn codec_called(&self, name: &[u8]) -> Result<Codec> {
        let name = String::from_utf8_lossy(name);
        match name.parse() {
            Ok(Codec::Dumper) if !self.accepts_dumper => Err(unreadable(
                ErrorKind::PermissionDenied,
                "it is Data::Dumper's text, which is read only where it is asked for (`accept_dumper`)",
            )),
            Ok(codec) => Ok(codec),
            Err(_) => Err(unreadable(
                ErrorKind::Unsupported,
                format!("its codec {name:?} cannot be read by this version of nuncio"),
            )),
        }
    }

    /// The message as a `T`, without its metadata. Strings of `T` may borrow from the message.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when it is no `T`, or no map at all; [`ErrorKind::LimitExceeded`];
    /// otherwise as [`codec`](Self::codec).
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        Ok(self.codec()?.decode_without(self.payload(), metadata::MEMBER, &DecodeLimits::default())?)
    }

    /// The message with its metadata, to which `encrypt_source` is added, as IPC::Transit gives it to its caller.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_whole(&self) -> Result<Map> {
        let value = self.codec()?.decode(self.payload(), &DecodeLimits::default())?;
        let mut members = map_of(value).ok_or_else(|| not_a_map("it is no map at top level"))?;
        let mut metadata = members.remove(metadata::MEMBER).map_or(Ok(Map::new()), metadata_of)?;
        metadata.insert(metadata::OPENED_WITH, metadata::NOT_SEALED);
        members.insert(metadata::MEMBER, metadata);
        Ok(members)
    }

    /// What the sender said about the message; empty where he said nothing.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn metadata(&self) -> Result<Metadata> {
        let limits = DecodeLimits::default();
        let members = self.codec()?.decode_member::<Value>(self.payload(), metadata::MEMBER, &limits)?;
        members.map_or(Ok(Metadata::default()), |members| metadata_of(members).map(Metadata::new))
    }

    /// Who really sent it: a System V queue proves nothing.
    pub const fn origin(&self) -> Origin {
        Origin::Claimed
    }

    /// Whether Data::Dumper's text is read.
    #[inline]
    pub(crate) const fn accept_dumper(&mut self, accept: bool) {
        self.accepts_dumper = accept;
    }

    /// The buffer that the kernel writes into.
    pub(crate) const fn frame_mut(&mut self) -> &mut Vec<u8> {
        &mut self.frame
    }

    /// Gives back a buffer that one large message has made large.
    pub(crate) fn shrink(&mut self) {
        self.frame.clear();
        self.frame.shrink_to(KEPT_BYTES_MAX);
        self.layout = Layout::default();
    }

    /// The buffer and where header and payload stand in it.
    pub(crate) fn into_parts(self) -> (Vec<u8>, Layout) {
        (self.frame, self.layout)
    }

    /// Finds header and payload in what the kernel wrote.
    #[inline]
    pub(crate) fn parse_frame(&mut self) -> Result<()> {
        self.parse_from(TYPE_BYTES.min(self.frame.len()))
    }

    /// As [`parse_frame`](Self::parse_frame); what is no message is payload as a whole.
    pub(crate) fn parse_leniently(&mut self) {
        let _ = self.parse_frame();
    }

    /// Takes `text`, a whole message without a kernel type, as the content.
    pub(crate) fn parse_text(&mut self, text: Vec<u8>) -> Result<()> {
        self.frame = text;
        self.parse_from(0)
    }

    #[inline]
    fn parse_from(&mut self, start: usize) -> Result<()> {
        match header::parse(&self.frame, start) {
            Ok(layout) => {
                self.layout = layout;
                Ok(())
            }
            Err(error) => {
                // It is payload as a whole, so that whoever wants to look at it can.
                let payload = start..self.frame.len();
                self.layout = Layout { start, header: start..start, payload, says_length_only: false };
                Err(error)
            }
        }
    }

    /// The value of the header `key`, which is not the length.
    #[inline]
    pub(crate) fn find_beside_length(&self, key: &str) -> Option<&[u8]> {
        if self.layout.says_length_only { None } else { header::find(self.header_text(), key) }
    }

    /// The text from its beginning to the end of the header.
    pub(crate) fn front(&self) -> &[u8] {
        &self.frame[self.layout.start..self.layout.header.end]
    }

    /// Takes the content of the spill file, which begins with `front_bytes` bytes of front.
    pub(crate) fn replace_by_file(&mut self, content: Vec<u8>, front_bytes: usize) {
        let header_bytes = self.layout.header.len();
        self.frame = content;
        let (header, payload) = (front_bytes - header_bytes..front_bytes, front_bytes..self.frame.len());
        self.layout = Layout { start: 0, header, payload, says_length_only: false };
    }

    fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.frame.get(range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Message {
    /// Header and size, not the payload: it may be secret and is often long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("header", &String::from_utf8_lossy(self.header_text()))
            .field("payload_bytes", &self.payload().len())
            .finish_non_exhaustive()
    }
}

/// A failed receive. A message that was taken from the queue and cannot be read is handed over as it is.
pub struct ReceiveError {
    /// Why it failed.
    pub error: Error,
    /// What was taken from the queue, if anything was.
    pub message: Option<Box<Message>>,
}

impl ReceiveError {
    /// What to match on.
    pub const fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// `error`, with what was taken into `message`, if anything was.
    pub(crate) fn after(error: Error, message: &mut Message) -> Self {
        let taken = (!message.is_empty()).then(|| Box::new(std::mem::take(message)));
        Self { error, message: taken }
    }
}

impl From<Error> for ReceiveError {
    fn from(error: Error) -> Self {
        Self { error, message: None }
    }
}

impl From<ReceiveError> for Error {
    fn from(failed: ReceiveError) -> Self {
        failed.error
    }
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiveError").field("error", &self.error).field("message", &self.message).finish()
    }
}

impl std::error::Error for ReceiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}

/// Decodes `message`, and gives it back when that fails.
pub(crate) fn decode_or_return<T: DeserializeOwned>(message: &mut Message) -> Result<T, ReceiveError> {
    message.decode().map_err(|error| ReceiveError::after(error, message))
}

/// Whether the payload begins as a Sereal document of some version does.
#[inline]
pub(crate) fn looks_like_sereal(payload: &[u8]) -> bool {
    payload.first() == Some(&b'=') && Codec::detect(payload) == Some(Codec::Sereal)
}

/// The members of a map, which may be an object of some class: to a receiver in Perl that makes no difference.
fn map_of(value: Value) -> Option<Map> {
    match value {
        Value::Map(members) => Some(members),
        Value::Object(object) => map_of(object.value),
        _ => None,
    }
}

fn metadata_of(value: Value) -> Result<Map> {
    map_of(value).ok_or_else(|| not_a_map("its metadata is no map"))
}

fn not_a_map(reason: &'static str) -> Error {
    unreadable(ErrorKind::Corrupt, reason)
}

fn unreadable(kind: ErrorKind, reason: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(kind, "read the message").because(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        let mut message = Message::new();
        message.parse_text(text.as_bytes().to_vec()).expect("a message");
        message
    }

    #[test]
    fn metadata_is_hidden_from_the_users_type_and_there_when_asked_for() {
        #[derive(Deserialize, PartialEq, Debug)]
        #[serde(deny_unknown_fields)]
        struct Job<'a> {
            name: &'a str,
        }
        let message = message(r#"5:l=999{".ipc_transit_meta":{"send_ts":7,"source_hostname":"h","x":[1]},"name":"n"}"#);
        assert_eq!(message.decode::<Job<'_>>().expect("a job"), Job { name: "n" });
        let metadata = message.metadata().expect("readable");
        assert_eq!(metadata.source_host(), Some("h"));
        assert_eq!(metadata.sent_at(), Some(std::time::UNIX_EPOCH + std::time::Duration::from_secs(7)));
        assert!(metadata.get("x").is_some());
        let whole = message.decode_whole().expect("readable");
        assert_eq!(whole[metadata::MEMBER].get(metadata::OPENED_WITH), Some(&Value::from("default")));
    }

    #[test]
    fn the_codec_is_what_the_header_says_or_the_payload_shows() {
        for (text, codec) in [
            ("3:l=2{}", Codec::Json),
            ("1:s{}", Codec::Json),
            ("8:s=sereal{}", Codec::Json),
            ("8:s=sereal=srl\u{1}\0\u{5}", Codec::Sereal),
            ("0:=srl\u{1}\0\u{5}", Codec::Sereal),
            ("0:=srl\u{1}\0", Codec::Json),
            ("6:s=json=srl\u{1}\0\u{5}", Codec::Json),
            ("10:s=storable{}", Codec::Storable),
            ("6:s=cbor\u{a0}", Codec::Cbor),
        ] {
            assert_eq!(message(text).codec().expect(text), codec);
        }
        assert_eq!(message("7:s=bogus{}").codec().expect_err("unknown").kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn dumpers_text_is_read_only_where_it_is_accepted() {
        let mut message = message("8:s=dumper$VAR1 = {};");
        assert_eq!(message.codec().expect_err("refused").kind(), ErrorKind::PermissionDenied);
        message.accept_dumper(true);
        assert_eq!(message.codec().expect("accepted"), Codec::Dumper);
        // Nothing but the header makes it that.
        assert_eq!(self::message("0:$VAR1 = {};").codec().expect("by default"), Codec::Json);
    }

    #[test]
    fn what_is_no_map_is_no_message() {
        for text in ["0:[1,2]", "0:\"x\"", "0:0", "0:", "0:{}\0", r#"0:{".ipc_transit_meta":1}"#] {
            assert!(message(text).decode_whole().is_err(), "{text:?}");
        }
        assert!(message("0:[1,2]").decode::<Vec<u8>>().is_err());
    }

    #[test]
    fn the_front_is_the_text_up_to_the_payload() {
        assert_eq!(message("003:l=7xy").front(), b"003:l=7");
        let mut framed = Message::new();
        framed.frame_mut().extend_from_slice(&[49; TYPE_BYTES]);
        framed.frame_mut().extend_from_slice(b"3:l=7xy");
        framed.parse_frame().expect("a message");
        assert_eq!((framed.front(), framed.payload()), (&b"3:l=7"[..], &b"xy"[..]));
    }
}
