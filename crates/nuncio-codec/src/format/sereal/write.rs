//! Writing a document.

use std::collections::HashMap;
use std::io::Write as _;

use serde::Serialize;

use super::body::Packing;
use super::header::HAS_USER_HEADER;
use super::room::Room;
use super::tag;
use crate::detect::SEREAL_MAGIC;
use crate::error::{Failure, Refusal};
use crate::perl::{Content, Serialized, Sink};
use crate::{Codec, Error, Value};

/// A version of the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Version {
    /// Of 2013: no Zstandard.
    V3 = 3,
    /// Of 2016.
    V4 = 4,
    /// Of 2022.
    #[default]
    V5 = 5,
}

/// How the body of a document is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// Snappy: fast.
    Snappy,
    /// zlib, at the level that most programs use.
    Zlib,
    /// Zstandard at level 3, from version 4 on; feature `zstd`.
    Zstd,
}

/// Writes Sereal with all its choices.
///
/// ```
/// use nuncio_codec::{Codec, DecodeLimits, sereal};
///
/// let encoder = sereal::Encoder::default().compression(sereal::Compression::Zlib).deduplicate_strings(true);
/// let mut bytes = Vec::new();
/// encoder.encode(&vec!["the same words"; 100], &mut bytes)?;
/// assert!(bytes.len() < 100);
/// let words: Vec<String> = Codec::Sereal.decode(&bytes, &DecodeLimits::default())?;
/// assert_eq!(words.len(), 100);
/// # Ok::<(), nuncio_codec::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    version: Version,
    compression: Compression,
    deduplicate_strings: bool,
    canonical: bool,
}

impl Encoder {
    /// Writes this version. By default the latest.
    #[must_use]
    pub fn version(self, version: Version) -> Self {
        Self { version, ..self }
    }

    /// Packs the body. By default it is not. A body that packing would make larger stays as it is.
    #[must_use]
    pub fn compression(self, compression: Compression) -> Self {
        Self { compression, ..self }
    }

    /// Writes a string that was there before, and is longer than its repetition would be, as a copy. Off by default: it
    /// takes time, and memory for all strings.
    #[must_use]
    pub fn deduplicate_strings(self, deduplicate_strings: bool) -> Self {
        Self { deduplicate_strings, ..self }
    }

    /// Sorts the entries of each map by key, so that equal values become equal bytes. Off by default: it goes through a
    /// [`Value`].
    #[must_use]
    pub fn canonical(self, canonical: bool) -> Self {
        Self { canonical, ..self }
    }

    /// Appends a document of `value` to `out`.
    ///
    /// # Errors
    /// As [`Codec::encode`]; also for Zstandard before version 4 or without the feature.
    pub fn encode<T: Serialize + ?Sized>(&self, value: &T, out: &mut Vec<u8>) -> Result<(), Error> {
        self.finish(out, |out| self.append(&Serialized(value), out))
    }

    /// Appends a document of `value` with a user header, which a reader gets at without decoding the document: see
    /// [`user_header`](super::user_header).
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_with_header<H, T>(&self, header: &H, value: &T, out: &mut Vec<u8>) -> Result<(), Error>
    where
        H: Serialize + ?Sized,
        T: Serialize + ?Sized,
    {
        self.finish(out, |out| {
            let mut suffix = vec![HAS_USER_HEADER];
            self.items(&Serialized(header), 1, &mut suffix)?;
            self.document(&suffix, &Serialized(value), out)
        })
    }

    fn finish(&self, out: &mut Vec<u8>, append: impl FnOnce(&mut Vec<u8>) -> Result<(), Failure>) -> Result<(), Error> {
        let start = out.len();
        append(out).map_err(|failure| {
            out.truncate(start);
            Error::encode(Codec::Sereal, failure)
        })
    }

    /// As [`encode`](Self::encode); on an error a part of the document may be left.
    #[inline]
    pub(super) fn append<C: Content>(&self, content: &C, out: &mut Vec<u8>) -> Result<(), Failure> {
        self.document(&[], content, out)
    }

    fn document<C: Content>(&self, suffix: &[u8], content: &C, out: &mut Vec<u8>) -> Result<(), Failure> {
        out.extend_from_slice(SEREAL_MAGIC);
        let kind = out.len();
        out.push(self.version as u8);
        Room::new(out).push_varint(suffix.len() as u64);
        out.extend_from_slice(suffix);
        let body = out.len();
        self.items(content, body, out)?;
        match self.compression {
            Compression::None => Ok(()),
            compression => self.pack(compression, kind, body, out),
        }
    }

    /// Packs the body, which begins at `body` of `out`, and says so in the byte at `kind`; unless that makes it larger.
    fn pack(&self, compression: Compression, kind: usize, body: usize, out: &mut Vec<u8>) -> Result<(), Failure> {
        let (packing, packed) = self.packed(compression, &out[body..])?;
        if packed.len() < out.len() - body {
            out[kind] |= (packing as u8) << 4;
            out.truncate(body);
            out.extend_from_slice(&packed);
        }
        Ok(())
    }

    /// Appends a body that begins at `start` of `out`.
    #[inline]
    fn items<C: Content>(&self, content: &C, start: usize, out: &mut Vec<u8>) -> Result<(), Failure> {
        let strings = self.deduplicate_strings.then(HashMap::new);
        let sink = Items { out: Room::new(out), start, strings, version: self.version, is_referent: false };
        match self.canonical {
            true => content.sorted()?.write(sink)?,
            false => content.write(sink)?,
        }
        Ok(())
    }

    /// The packed body with what stands before it.
    fn packed(&self, compression: Compression, body: &[u8]) -> Result<(Packing, Vec<u8>), Failure> {
        let mut out = Vec::new();
        let (packing, packed) = match compression {
            Compression::None => (Packing::Raw, body.to_vec()),
            Compression::Snappy => (Packing::SnappyIncremental, snap::raw::Encoder::new().compress_vec(body)?),
            Compression::Zlib => {
                Room::new(&mut out).push_varint(body.len() as u64);
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(body)?;
                (Packing::Zlib, encoder.finish()?)
            }
            Compression::Zstd if self.version == Version::V3 => {
                return Err(Failure::Cause("Zstandard is packed from version 4 on, not in version 3".into()));
            }
            Compression::Zstd => (Packing::Zstd, zstd(body)?),
        };
        Room::new(&mut out).push_varint(packed.len() as u64);
        out.extend_from_slice(&packed);
        Ok((packing, out))
    }
}

#[cfg(feature = "zstd")]
fn zstd(body: &[u8]) -> Result<Vec<u8>, Failure> {
    const LEVEL: i32 = 3;
    Ok(zstd::bulk::compress(body, LEVEL)?)
}

#[cfg(not(feature = "zstd"))]
fn zstd(_body: &[u8]) -> Result<Vec<u8>, Failure> {
    Err(Failure::Lacks("zstd"))
}

/// A body while it is written.
struct Items<'a> {
    out: Room<'a>,
    /// Where the body begins.
    start: usize,
    /// The strings that were written and where, if they are to be looked for.
    strings: Option<HashMap<Box<[u8]>, usize>>,
    version: Version,
    /// Whether what comes next is a scalar that a reference is to.
    is_referent: bool,
}

/// A container while it is written.
struct Container {
    /// Where its tag is.
    start: usize,
    announced: Option<usize>,
    written: usize,
    short: u8,
    long: u8,
}

/// How many texts are written together.
const TOGETHER: usize = 16;

/// Room for two tags and the longest count.
const HEAD_BYTES_MAX: usize = 12;

impl Items<'_> {
    #[inline]
    fn begin(&mut self, len: Option<usize>, short: u8, long: u8) -> Container {
        let start = self.out.len();
        match len {
            Some(len) => self.out.push_head(len, short, long),
            None => self.out.push_array([tag::PAD; HEAD_BYTES_MAX]),
        }
        Container { start, announced: len, written: 0, short, long }
    }

    #[inline]
    fn end(&mut self, container: Container) -> Result<(), Refusal> {
        match container.announced == Some(container.written) {
            true => Ok(()),
            false => self.correct(container),
        }
    }

    /// Writes the head of a container whose count was not known, or not right.
    #[cold]
    fn correct(&mut self, container: Container) -> Result<(), Refusal> {
        let Container { start, announced, written, short, long } = container;
        let mut head = Vec::with_capacity(HEAD_BYTES_MAX);
        Room::new(&mut head).push_head(written, short, long);
        match announced {
            None => {
                let end = start + HEAD_BYTES_MAX;
                self.out.written()[end - head.len()..end].copy_from_slice(&head);
                Ok(())
            }
            Some(announced) => {
                let mut wrong = Vec::with_capacity(HEAD_BYTES_MAX);
                Room::new(&mut wrong).push_head(announced, short, long);
                if wrong.len() != head.len() && self.strings.is_some() {
                    return Err(serde::ser::Error::custom(format_args!(
                        "the value announced {announced} elements and gave {written}"
                    )));
                }
                self.out.replace(start..start + wrong.len(), head);
                Ok(())
            }
        }
    }

    fn string(&mut self, tag: u8, bytes: &[u8]) {
        if self.strings.is_some() && self.copied(tag, bytes) {
            return;
        }
        if tag == tag::BINARY && bytes.len() <= tag::SHORT_BINARY_MAX {
            self.out.push(tag::SHORT_BINARY | bytes.len() as u8);
        } else {
            self.out.push(tag);
            self.out.push_varint(bytes.len() as u64);
        }
        self.out.push_slice(bytes);
    }

    /// Writes a text that is not short ASCII, or that may have been written before.
    #[inline(never)]
    fn other_text(&mut self, text: &str) {
        // To Perl, ASCII is the same with the flag and without, and shorter without.
        let tag = if text.is_ascii() { tag::BINARY } else { tag::STR_UTF8 };
        self.string(tag, text.as_bytes());
    }

    /// Writes the first elements as long as all of the next few are short ASCII, and returns the others.
    #[inline(never)]
    fn many_texts<'v>(&mut self, array: &mut Container, elements: &'v [Value]) -> &'v [Value] {
        let (runs, _) = elements.as_chunks::<TOGETHER>();
        let mut are_written = |run: &&[Value; TOGETHER]| {
            let texts = run.iter().map(|element| element.as_str().map(str::as_bytes));
            self.out.push_all_ascii(tag::SHORT_BINARY, texts)
        };
        let written = TOGETHER * runs.iter().take_while(&mut are_written).count();
        array.written += written;
        &elements[written..]
    }

    /// Writes a copy, if the string was written before; otherwise notes that it now will be.
    fn copied(&mut self, tag: u8, bytes: &[u8]) -> bool {
        /// What a copy takes in a document of usual size, in bytes.
        const COPY_BYTES: usize = 4;
        let Some(strings) = self.strings.as_mut().filter(|_| bytes.len() >= COPY_BYTES) else { return false };
        let offset = self.out.len() - self.start + 1;
        let key: Box<[u8]> = [&[tag], bytes].concat().into();
        match strings.entry(key) {
            std::collections::hash_map::Entry::Occupied(written) => {
                self.out.push(tag::COPY);
                self.out.push_varint(*written.get() as u64);
                true
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(offset);
                false
            }
        }
    }
}

impl Sink for Items<'_> {
    type Container = Container;

    fn undef(&mut self) {
        self.out.push(tag::UNDEF);
    }

    fn truth(&mut self, value: bool) {
        // What `TRUE` and `FALSE` become in Perl can be neither changed nor blessed.
        self.out.push(
            match (self.is_referent, self.version) {
                (false, _) => [tag::FALSE, tag::TRUE],
                (true, Version::V5) => [tag::NO, tag::YES],
                (true, _) => [0, 1],
            }[usize::from(value)],
        );
    }

    #[inline(always)]
    fn int(&mut self, value: i64) {
        match value {
            0..=15 => self.out.push(value as u8),
            -16..=-1 => self.out.push((value + 32) as u8),
            16.. => self.out.push_tagged(tag::VARINT, value.cast_unsigned()),
            ..-16 => self.out.push_tagged(tag::ZIGZAG, ((value << 1) ^ (value >> 63)).cast_unsigned()),
        }
    }

    fn uint(&mut self, value: u64) {
        self.out.push_tagged(tag::VARINT, value);
    }

    #[inline]
    fn float(&mut self, value: f64) {
        let narrow = value as f32;
        if f64::from(narrow).to_bits() == value.to_bits() {
            self.out.push(tag::FLOAT);
            self.out.push_array(narrow.to_le_bytes());
        } else {
            self.out.push(tag::DOUBLE);
            self.out.push_array(value.to_le_bytes());
        }
    }

    #[inline(always)]
    fn text(&mut self, text: &str) -> Result<(), Refusal> {
        if self.strings.is_some() || !self.out.push_ascii(tag::SHORT_BINARY | text.len() as u8, text.as_bytes()) {
            self.other_text(text);
        }
        Ok(())
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.string(tag::BINARY, bytes);
        Ok(())
    }

    #[inline]
    fn begin_array(&mut self, len: Option<usize>) -> Result<Container, Refusal> {
        Ok(self.begin(len, tag::ARRAYREF, tag::ARRAY))
    }

    #[inline]
    fn begin_element(&mut self, array: &mut Container) {
        array.written += 1;
    }

    #[inline(always)]
    fn texts<'v>(&mut self, array: &mut Container, elements: &'v [Value]) -> &'v [Value] {
        match elements.len() < TOGETHER || self.strings.is_some() {
            true => elements,
            false => self.many_texts(array, elements),
        }
    }

    #[inline]
    fn end_array(&mut self, array: Container) -> Result<(), Refusal> {
        self.end(array)
    }

    #[inline]
    fn begin_hash(&mut self, len: Option<usize>) -> Result<Container, Refusal> {
        Ok(self.begin(len, tag::HASHREF, tag::HASH))
    }

    #[inline]
    fn begin_entry(&mut self, hash: &mut Container, key: &str) -> Result<(), Refusal> {
        hash.written += 1;
        self.text(key)
    }

    #[inline]
    fn end_entry(&mut self, _hash: &mut Container, _key: &str) -> Result<(), Refusal> {
        Ok(())
    }

    #[inline]
    fn end_hash(&mut self, hash: Container) -> Result<(), Refusal> {
        self.end(hash)
    }

    fn begin_object(&mut self, class: &str) -> Result<(), Refusal> {
        self.out.push(tag::OBJECT);
        self.text(class)
    }

    fn end_object(&mut self, _class: &str) -> Result<(), Refusal> {
        Ok(())
    }

    fn begin_reference(&mut self) {
        self.out.push(tag::REFN);
        self.is_referent = true;
    }

    fn end_reference(&mut self) {
        self.is_referent = false;
    }
}
