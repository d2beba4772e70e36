//! A received message: its header, its payload, and the ways to read them.

mod error;
#[cfg(feature = "seal")]
mod sealed;

use std::fmt;
use std::ops::Range;

use nuncio_codec::{Codec, DecodeLimits, Map, Value};
use nuncio_core::{Error, ErrorKind, Origin, Result};
use nuncio_sys::sysv::TYPE_BYTES;
use serde::Deserialize;

pub use self::error::ReceiveError;
pub(crate) use self::error::decode_or_return;
#[cfg(feature = "seal")]
pub(crate) use self::sealed::Opened;
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
    /// What a sealed message says, once it is opened; the frame keeps it as it came.
    #[cfg(feature = "seal")]
    plain: Vec<u8>,
    #[cfg(feature = "seal")]
    opened: Option<Box<Opened>>,
}

impl Message {
    /// An empty message, to receive into.
    pub const fn new() -> Self {
        let layout = Layout { start: 0, header: 0..0, payload: 0..0, says_length_only: false };
        Self {
            frame: Vec::new(),
            layout,
            accepts_dumper: false,
            #[cfg(feature = "seal")]
            plain: Vec::new(),
            #[cfg(feature = "seal")]
            opened: None,
        }
    }

    /// The message whose whole text, header first, somebody has stored or passed on. It is not opened if it is sealed, and no
    /// spill file is read.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when it does not begin with a header.
    pub fn from_text(text: impl Into<Vec<u8>>) -> Result<Self> {
        let mut message = Self::new();
        message.parse_text(text.into())?;
        Ok(message)
    }

    /// An empty message that receives into `buffer`.
    pub(crate) fn with_buffer(buffer: Vec<u8>) -> Self {
        Self { frame: buffer, ..Self::new() }
    }

    /// The payload as it was sent; of a sealed message that was opened, what was sealed.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        #[cfg(feature = "seal")]
        if self.opened.is_some() {
            return &self.plain;
        }
        self.payload_on_wire()
    }

    /// The payload as it came, sealed if it was sealed.
    #[inline]
    pub(crate) fn payload_on_wire(&self) -> &[u8] {
        self.bytes(&self.layout.payload)
    }

    /// Whether it was sealed, opened or not.
    pub fn is_sealed(&self) -> bool {
        self.find_beside_length(header::NONCE).is_some_and(|nonce| !nonce.trim_ascii().is_empty())
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

    /// The whole message as it came, header first, with the payload of a spilled one in it.
    pub fn to_text(&self) -> Vec<u8> {
        text_of(self.header_text(), self.payload_on_wire())
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
    /// text where it is not [accepted](crate::RegistryBuilder::accept_dumper); [`ErrorKind::Unauthenticated`] for a sealed
    /// message that nobody was there to open.
    #[inline]
    pub fn codec(&self) -> Result<Codec> {
        if !self.layout.says_length_only && self.is_closed() {
            return Err(closed());
        }
        let named = self.find_beside_length(header::SERIALIZER).unwrap_or_default();
        match named {
            b"" | b"sereal" if looks_like_sereal(self.payload()) => Ok(Codec::Sereal),
            b"" | b"sereal" => Ok(Codec::Json),
            named => self.codec_called(named),
        }
    }

    fn is_closed(&self) -> bool {
        #[cfg(feature = "seal")]
        if self.opened.is_some() {
            return false;
        }
        self.is_sealed()
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
        metadata.insert(metadata::OPENED_WITH, self.opened_with());
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

    /// Who really sent it. A System V queue proves nothing; the key that opened a sealed message does, by its base64.
    pub fn origin(&self) -> Origin {
        #[cfg(feature = "seal")]
        if let Some(sealed_by) = self.sealed_by() {
            return Origin::Key(sealed_by.key.to_string());
        }
        Origin::Claimed
    }

    /// The host whose key opened it.
    fn opened_with(&self) -> &str {
        #[cfg(feature = "seal")]
        if let Some(sealed_by) = self.sealed_by() {
            return &sealed_by.host;
        }
        metadata::NOT_SEALED
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
        #[cfg(feature = "seal")]
        {
            self.set_opened(None);
            self.plain.shrink_to(KEPT_BYTES_MAX);
        }
    }

    /// The buffer and where header and payload stand in it; of a message that was opened, what was sealed.
    pub(crate) fn into_parts(mut self) -> (Vec<u8>, Layout) {
        #[cfg(feature = "seal")]
        if self.opened.is_some() {
            self.frame.truncate(self.layout.header.end);
            self.frame.append(&mut self.plain);
            self.layout.payload = self.layout.header.end..self.frame.len();
        }
        (std::mem::take(&mut self.frame), std::mem::take(&mut self.layout))
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
        #[cfg(feature = "seal")]
        if self.opened.is_some() {
            self.set_opened(None);
        }
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

#[cold]
fn closed() -> Error {
    let reason = if cfg!(feature = "seal") {
        "it is sealed and was not opened: no keyring was given, or it waits to be sent to another host"
    } else {
        "it is sealed, and this build opens none"
    };
    unreadable(ErrorKind::Unauthenticated, reason)
}

#[cfg(test)]
mod tests;
