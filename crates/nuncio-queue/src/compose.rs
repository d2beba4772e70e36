//! Writing a message: payload first, behind a gap that the header then fills from its end, so that nothing is moved.

use std::cell::RefCell;
use std::path::Path;
use std::time::SystemTime;

use nuncio_codec::{Codec, DecodeLimits, Value};
use nuncio_core::{Encode, Error, ErrorKind, QueueName, Result};
use nuncio_sys::sysv::TYPE_BYTES;
use serde::Serialize;

use crate::header::{self, Writer, push_decimal};
use crate::local;
use crate::message::Message;
use crate::metadata::{self, Stamp};
use crate::options::SendOptions;
use crate::registry::Registry;
use crate::spill::Stored;

/// Payloads of more bytes than this go through a file (wire/transit.md 2.4).
pub(crate) const INLINE_BYTES_MAX: usize = 4096;
/// Room for kernel type, length and header of nearly every message.
const GAP_BYTES: usize = 64;
/// `6:l=` and the four digits of the longest payload that goes through the queue.
const PLAIN_FRONT_MAX: usize = 8;
/// The message type that IPC::Transit sends with.
pub(crate) const MESSAGE_TYPE: std::ffi::c_long = 1;
/// A buffer that grew beyond this is given back after use.
const KEPT_BYTES_MAX: usize = 64 * 1024;

thread_local! {
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch { frame: Vec::new(), header: Vec::new(), plain: None }) };
}

/// Buffers that a thread uses for one message after the other.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    frame: Vec<u8>,
    header: Vec<u8>,
    /// What the frame begins with, if it is a message whose header says the length only.
    plain: Option<Plain>,
}

/// The beginning of a frame: kernel type and header for a payload of so many bytes.
#[derive(Clone, Copy, Debug)]
struct Plain {
    payload_bytes: usize,
    front_bytes: usize,
}

/// The queue that a message is composed for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) name: &'a QueueName,
    /// The longest text that fits one kernel message and the queue.
    pub(crate) text_bytes_max: usize,
    /// With what the payload is sealed.
    #[cfg(feature = "seal")]
    pub(crate) seal: Option<&'a crate::seal::SealWith<'a>>,
}

impl Target<'_> {
    /// Whether `payload`, with a header that says its length only, needs no file.
    #[inline]
    pub(crate) fn goes_plain(self, payload: &[u8]) -> bool {
        let allowed = self.registry.shared().limits.payload_bytes_max.min(INLINE_BYTES_MAX);
        payload.len() <= allowed && payload.len() + PLAIN_FRONT_MAX <= self.text_bytes_max
    }
}

/// What the kernel is to be given, and the file that goes with it.
#[derive(Debug)]
pub(crate) struct Composed {
    start: usize,
    pub(crate) stored: Option<Stored>,
}

impl Scratch {
    /// Gives `act` the thread's buffers. A send inside a send (from a user's `Serialize`) gets buffers of its own.
    #[inline(always)]
    pub(crate) fn with<R>(act: impl FnOnce(&mut Self) -> R) -> R {
        SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut scratch) => {
                let result = act(&mut scratch);
                if scratch.frame.capacity() > KEPT_BYTES_MAX {
                    *scratch = Self::default();
                }
                result
            }
            Err(_) => act(&mut Self::default()),
        })
    }

    /// The kernel's view of what was composed: type, then text.
    #[inline]
    pub(crate) fn frame(&self, composed: &Composed) -> &[u8] {
        &self.frame[composed.start..]
    }

    /// Composes a message of `value` with its metadata; nothing if the metadata it has already keeps it in this process.
    #[inline]
    pub(crate) fn compose_value<T: Serialize + ?Sized>(
        &mut self,
        queue: Target<'_>,
        value: &T,
        options: &SendOptions,
    ) -> Result<Option<Composed>> {
        let (codec, has_own) = self.encode_stamped(queue, value, options)?;
        if has_own && self.stays(queue, codec, options)? {
            return Ok(None);
        }
        self.finish(queue, codec, options).map(Some)
    }

    /// Composes a message of `value` that goes through no queue: its whole text, however long.
    pub(crate) fn compose_whole<T: Serialize + ?Sized>(
        &mut self,
        queue: Target<'_>,
        value: &T,
        options: &SendOptions,
    ) -> Result<Vec<u8>> {
        let (codec, _) = self.encode_stamped(queue, value, options)?;
        self.head(queue, codec, options)?;
        Ok(text_of(&self.header, &self.frame[GAP_BYTES..]))
    }

    /// Encodes the payload with its metadata, and says how, and whether the value had metadata of its own.
    #[inline]
    fn encode_stamped<T: Serialize + ?Sized>(
        &mut self,
        queue: Target<'_>,
        value: &T,
        options: &SendOptions,
    ) -> Result<(Option<Codec>, bool)> {
        options.check_meta()?;
        let shared = queue.registry.shared();
        let sent_at = queue.registry.clock().time_of_day();
        let stamp = Stamp { sent_at, source_host: Some(&shared.host_name), extra: options.meta() };
        let codec = options.codec().or(shared.codec);
        let has_own = self.encode(codec.unwrap_or(Codec::Json), value, &stamp)?;
        Ok((codec, has_own))
    }

    /// Composes a message of `value` for this process, its metadata being the time alone; nothing if the metadata it has
    /// already sends it through the kernel.
    pub(crate) fn compose_local<T: Serialize + ?Sized>(
        &mut self,
        queue: Target<'_>,
        value: &T,
        options: &SendOptions,
    ) -> Result<Option<Vec<u8>>> {
        let stamp = Stamp { sent_at: queue.registry.clock().time_of_day(), source_host: None, extra: &[] };
        if self.encode(Codec::Json, value, &stamp)? && !self.stays(queue, None, options)? {
            return Ok(None);
        }
        let payload = &self.frame[GAP_BYTES..];
        check("payload", payload.len(), queue.registry.shared().limits.payload_bytes_max)?;
        Writer::new(&mut self.header, payload.len());
        Ok(Some(text_of(&self.header, payload)))
    }

    /// Encodes the payload, and says whether the value had metadata of its own.
    #[inline]
    fn encode<T: Serialize + ?Sized>(&mut self, codec: Codec, value: &T, stamp: &Stamp<'_>) -> Result<bool> {
        self.reset();
        Ok(codec.encode_with(value, &[(metadata::MEMBER, stamp)], &mut self.frame)? != 0)
    }

    /// Whether the message that was encoded stays in this process by what its own metadata says.
    #[cold]
    fn stays(&self, queue: Target<'_>, codec: Option<Codec>, options: &SendOptions) -> Result<bool> {
        let (payload, limits) = (&self.frame[GAP_BYTES..], DecodeLimits::default());
        let own: Option<Value> = codec.unwrap_or(Codec::Json).decode_member(payload, metadata::MEMBER, &limits)?;
        Ok(local::stays(queue.name, options, own.as_ref().and_then(|own| own.get(metadata::OVERRIDES))))
    }

    /// Composes a message of bytes that are encoded already; nothing is added to them.
    #[inline]
    pub(crate) fn compose_bytes(
        &mut self,
        queue: Target<'_>,
        payload: &[u8],
        options: &SendOptions,
    ) -> Result<Composed> {
        self.compose_labelled(queue, options.codec().or(queue.registry.shared().codec), payload, options)
    }

    /// Composes a message of bytes whose codec their owner names; nothing is added to them.
    #[inline]
    pub(crate) fn compose_labelled(
        &mut self,
        queue: Target<'_>,
        codec: Option<Codec>,
        payload: &[u8],
        options: &SendOptions,
    ) -> Result<Composed> {
        if codec.is_none() && options.adds_no_header() && queue.goes_plain(payload) {
            self.compose_plain(payload);
            return Ok(Composed { start: 0, stored: None });
        }
        self.reset();
        self.frame.extend_from_slice(payload);
        self.finish(queue, codec, options)
    }

    /// Composes the most common message of all, whose header says the length and nothing else, in as few steps as it takes.
    #[inline(always)]
    pub(crate) fn compose_plain(&mut self, payload: &[u8]) -> &[u8] {
        match self.plain {
            // What stands before the payload stands there already: messages of one kind often have one length.
            Some(Plain { payload_bytes, front_bytes }) if payload_bytes == payload.len() => {
                self.frame.truncate(front_bytes);
            }
            _ => self.put_plain_front(payload.len()),
        }
        self.frame.extend_from_slice(payload);
        &self.frame
    }

    fn put_plain_front(&mut self, payload_bytes: usize) {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(payload_bytes).as_bytes();
        self.frame.clear();
        self.frame.extend_from_slice(&MESSAGE_TYPE.to_ne_bytes());
        push_decimal(&mut self.frame, b"l=".len() + digits.len());
        self.frame.extend_from_slice(b":l=");
        self.frame.extend_from_slice(digits);
        self.plain = Some(Plain { payload_bytes, front_bytes: self.frame.len() });
    }

    /// Composes a message of a value whose type is not known, with its metadata.
    pub(crate) fn compose_dynamic(
        &mut self,
        queue: Target<'_>,
        value: &(dyn Encode + Sync),
        sent_at: Option<SystemTime>,
        options: &SendOptions,
    ) -> Result<Composed> {
        let codec = queue.registry.shared().codec;
        let sent_at = sent_at.unwrap_or_else(|| queue.registry.clock().time_of_day());
        let stamp = Stamp { sent_at, source_host: Some(&queue.registry.shared().host_name), extra: options.meta() };
        self.reset();
        value.encode(codec.unwrap_or(Codec::Json), &[(metadata::MEMBER, &stamp)], &mut self.frame)?;
        self.finish(queue, codec, options)
    }

    /// Composes a message that was received, as it was.
    pub(crate) fn compose_again(&mut self, queue: Target<'_>, message: &Message) -> Result<Composed> {
        self.reset();
        self.frame.extend_from_slice(message.payload());
        if message.payload().is_empty() {
            // Its payload may still be in the file that the header names.
            self.header.extend_from_slice(message.header_text());
            return self.place(queue);
        }
        Writer::new(&mut self.header, message.payload().len());
        for (key, value) in header::pairs(message.header_text()) {
            // The length is written anew, and a payload that was in a file is here by now.
            if key != header::LENGTH.as_bytes() && key != header::SPILL_FILE.as_bytes() {
                self.header.push(b',');
                self.header.extend_from_slice(key);
                self.header.extend(value.iter().flat_map(|value| [b"=", *value].into_iter().flatten()));
            }
        }
        self.place(queue)
    }

    #[inline]
    fn reset(&mut self) {
        self.plain = None;
        self.frame.truncate(GAP_BYTES);
        self.frame.resize(GAP_BYTES, 0);
        self.header.clear();
    }

    /// Writes the header of the payload that is there, and puts it in its place.
    #[inline]
    fn finish(&mut self, queue: Target<'_>, codec: Option<Codec>, options: &SendOptions) -> Result<Composed> {
        self.head(queue, codec, options)?;
        self.place(queue)
    }

    /// Seals the payload that is there if it is to be sealed, and writes its header.
    #[inline]
    fn head(&mut self, queue: Target<'_>, codec: Option<Codec>, options: &SendOptions) -> Result<()> {
        #[cfg(feature = "seal")]
        let nonce = queue.seal.map(|seal| seal.seal(&mut self.frame, GAP_BYTES)).transpose()?;
        let payload_bytes = self.frame.len() - GAP_BYTES;
        let limits = &queue.registry.shared().limits;
        check("payload", payload_bytes, limits.payload_bytes_max)?;
        let mut header = Writer::new(&mut self.header, payload_bytes);
        if let Some(codec) = codec {
            header.pair(header::SERIALIZER, codec.name())?;
        }
        options.write_header(&mut header)?;
        #[cfg(feature = "seal")]
        if let Some(nonce) = nonce {
            header.pair(header::NONCE, &nonce.to_header())?;
        }
        check("header", self.header.len(), limits.header_bytes_max)
    }

    /// Puts the header in front of the payload, or payload and header into a file.
    #[inline]
    fn place(&mut self, queue: Target<'_>) -> Result<Composed> {
        let mut buffer = itoa::Buffer::new();
        let length = buffer.format(self.header.len());
        let payload_bytes = self.frame.len() - GAP_BYTES;
        let text_bytes = length.len() + 1 + self.header.len() + payload_bytes;
        if payload_bytes > INLINE_BYTES_MAX || text_bytes > queue.text_bytes_max {
            return self.spill(queue);
        }
        let front_bytes = TYPE_BYTES + length.len() + 1 + self.header.len();
        let start = match GAP_BYTES.checked_sub(front_bytes) {
            Some(start) => start,
            None => self.widen_gap(front_bytes - GAP_BYTES),
        };
        let (kernel_type, text) = self.frame[start..start + front_bytes].split_at_mut(TYPE_BYTES);
        kernel_type.copy_from_slice(&MESSAGE_TYPE.to_ne_bytes());
        let (digits, rest) = text.split_at_mut(length.len());
        digits.copy_from_slice(length.as_bytes());
        rest[0] = b':';
        rest[1..].copy_from_slice(&self.header);
        Ok(Composed { start, stored: None })
    }

    /// Makes room for a header that is longer than usual, and says where it begins.
    #[cold]
    fn widen_gap(&mut self, missing: usize) -> usize {
        self.frame.splice(0..0, std::iter::repeat_n(0, missing));
        0
    }

    /// Writes header and payload into a file, and leaves in the frame what goes through the queue.
    fn spill(&mut self, queue: Target<'_>) -> Result<Composed> {
        let shared = queue.registry.shared();
        let (stored, file) = shared.spill.create(&shared.names)?;
        let path = stored.path();
        self.header.push(b',');
        self.header.extend_from_slice(spill_pair(&path)?.as_bytes());
        let front = text_of(&self.header, &[]);
        check("header", front.len(), queue.text_bytes_max)?;
        crate::crash::point("spill-file-made");
        stored.write(file, &front, &self.frame[GAP_BYTES..])?;
        crate::crash::point("spill-file-written");
        self.frame.clear();
        self.frame.extend_from_slice(&MESSAGE_TYPE.to_ne_bytes());
        self.frame.extend_from_slice(&front);
        Ok(Composed { start: 0, stored: Some(stored) })
    }
}

/// The header pair that names a spill file.
fn spill_pair(path: &Path) -> Result<String> {
    let failed = |reason| Error::new(ErrorKind::Misconfigured, "name the spill file").on(path).because(reason);
    match path.to_str() {
        None => Err(failed("its path is no UTF-8; choose another spill directory")),
        Some(text) if text.contains([',', '=']) => {
            Err(failed("a header cannot hold `,` or `=`; choose another spill directory"))
        }
        Some(text) => Ok(format!("{}={text}", header::SPILL_FILE)),
    }
}

#[inline]
fn check(what: &'static str, bytes: usize, bytes_max: usize) -> Result<()> {
    if bytes > bytes_max { Err(too_large(what, bytes, bytes_max)) } else { Ok(()) }
}

#[cold]
fn too_large(what: &'static str, bytes: usize, bytes_max: usize) -> Error {
    Error::new(ErrorKind::TooLarge, "send").because(format!("{what} is {bytes} bytes, limit is {bytes_max} bytes"))
}

/// A whole message, without a kernel type, in a buffer of its own.
pub(crate) fn text_of(header: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(header.len() + payload.len() + 8);
    push_decimal(&mut text, header.len());
    text.push(b':');
    text.extend_from_slice(header);
    text.extend_from_slice(payload);
    text
}
