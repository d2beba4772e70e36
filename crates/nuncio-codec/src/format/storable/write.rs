//! Writing an image.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;
use serde::ser::Error as _;

use super::header::{FILE_MAGIC, Header, Order};
use super::tag;
use crate::error::{Failure, Refusal};
use crate::perl::{Content, Serialized, Sink, downgrade, float_text};
use crate::{Codec, Error};

/// What an image is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// For machines of this kind: what `freeze` writes.
    #[default]
    Native,
    /// For any machine: what `nfreeze` writes.
    Network,
    /// A file for machines of this kind: what `store` writes.
    NativeFile,
    /// A file for any machine: what `nstore` writes.
    NetworkFile,
}

impl Form {
    fn order(self) -> Order {
        match self {
            Self::Native | Self::NativeFile => Order::Native,
            Self::Network | Self::NetworkFile => Order::Network,
        }
    }

    fn is_file(self) -> bool {
        matches!(self, Self::NativeFile | Self::NetworkFile)
    }
}

/// Writes Storable with all its choices.
///
/// Booleans become Perl's own, which Perl reads as true and false that cannot be assigned to. Those that can have tags
/// only in later versions, which Perl 5.36 refuses.
///
/// ```
/// use nuncio_codec::{Codec, DecodeLimits, storable};
///
/// let encoder = storable::Encoder::default().form(storable::Form::NetworkFile);
/// let mut bytes = Vec::new();
/// encoder.encode(&["a", "b"], &mut bytes)?;
/// assert!(bytes.starts_with(b"pst0\x05\x0b"));
/// let words: Vec<String> = Codec::Storable.decode(&bytes, &DecodeLimits::default())?;
/// assert_eq!(words, ["a", "b"]);
/// # Ok::<(), nuncio_codec::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    form: Form,
    canonical: bool,
}

impl Encoder {
    /// Writes an image in this form. By default one for memory, in native order.
    #[must_use]
    pub fn form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// Sorts the entries of each map by key, so that equal values become equal bytes. Off by default: it goes through a
    /// [`Value`](crate::Value).
    #[must_use]
    pub fn canonical(self, canonical: bool) -> Self {
        Self { canonical, ..self }
    }

    /// Appends an image of `value` to `out`.
    ///
    /// # Errors
    /// As [`Codec::encode`].
    pub fn encode<T: Serialize + ?Sized>(&self, value: &T, out: &mut Vec<u8>) -> Result<(), Error> {
        let start = out.len();
        self.append(&Serialized(value), out).map_err(|failure| {
            out.truncate(start);
            Error::encode(Codec::Storable, failure)
        })
    }

    /// As [`encode`](Self::encode); on an error a part of the image may be left.
    #[inline]
    pub(super) fn append<C: Content>(&self, content: &C, out: &mut Vec<u8>) -> Result<(), Failure> {
        if self.form.is_file() {
            out.extend_from_slice(FILE_MAGIC);
        }
        Header::write(self.form.order(), out);
        let mut flags = Vec::new();
        let items = Items {
            out: &mut *out,
            order: self.form.order(),
            flags: &mut flags,
            keys: Vec::new(),
            classes: HashMap::new(),
            stands: Stands::AtRoot,
        };
        match self.canonical {
            true => content.sorted()?.write(items)?,
            false => content.write(items)?,
        }
        insert_zeros(&mut flags, out);
        Ok(())
    }
}

/// Inserts a zero at each of these positions, all of them in one pass.
fn insert_zeros(positions: &mut [usize], out: &mut Vec<u8>) {
    positions.sort_unstable();
    let mut end = out.len();
    out.resize(end + positions.len(), 0);
    for (before, position) in positions.iter().enumerate().rev() {
        out.copy_within(*position..end, position + before + 1);
        out[position + before] = 0;
        end = *position;
    }
}

/// Where what is written next stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// Where thawing makes a reference to it.
    AtRoot,
    /// Where it has a class.
    InObject,
    /// Where a container has to be behind a reference.
    InContainer,
}

/// An image while it is written.
struct Items<'a> {
    out: &'a mut Vec<u8>,
    order: Order,
    /// Where flags, all of them zero, are still to be inserted: a hash whose keys are not all ASCII has them, which shows
    /// only when it is half written.
    flags: &'a mut Vec<usize>,
    /// Where the keys are of the hashes that have begun and have no flags.
    keys: Vec<usize>,
    classes: HashMap<Box<str>, usize>,
    stands: Stands,
}

/// A container while it is written.
struct Container {
    /// Where its tag is.
    start: usize,
    announced: Option<usize>,
    written: usize,
    /// How many keys other hashes have.
    keys: usize,
    has_flags: bool,
}

impl Items<'_> {
    /// Writes the tag of a scalar.
    #[inline]
    fn tag(&mut self, tag: u8) {
        self.stands = Stands::InContainer;
        self.out.push(tag);
    }

    #[inline]
    fn size_bytes(&self, size: usize) -> Result<[u8; 4], Refusal> {
        let refuse = |_| Refusal::custom(format_args!("{size} bytes or items are more than 2147483647"));
        let size = i32::try_from(size).map_err(refuse)?;
        Ok(match self.order {
            Order::Native => size.to_le_bytes(),
            Order::Network => size.to_be_bytes(),
        })
    }

    #[inline]
    fn size(&mut self, size: usize) -> Result<(), Refusal> {
        let bytes = self.size_bytes(size)?;
        self.out.extend_from_slice(&bytes);
        Ok(())
    }

    #[inline]
    fn string(&mut self, short: u8, long: u8, bytes: &[u8]) -> Result<(), Refusal> {
        match u8::try_from(bytes.len()) {
            Ok(size) => {
                self.tag(short);
                self.out.push(size);
            }
            Err(_) => {
                self.tag(long);
                self.size(bytes.len())?;
            }
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes a number that has no other form.
    fn decimal(&mut self, text: &str) {
        self.tag(tag::SCALAR);
        self.out.push(text.len() as u8);
        self.out.extend_from_slice(text.as_bytes());
    }

    #[inline]
    fn begin(&mut self, tag: u8, len: Option<usize>) -> Result<Container, Refusal> {
        if self.stands == Stands::InContainer {
            self.out.push(tag::REF);
        }
        let start = self.out.len();
        self.tag(tag);
        self.size(len.unwrap_or(0))?;
        Ok(Container { start, announced: len, written: 0, keys: self.keys.len(), has_flags: false })
    }

    #[inline]
    fn end(&mut self, container: &Container) -> Result<(), Refusal> {
        if container.announced != Some(container.written) {
            let size = self.size_bytes(container.written)?;
            self.out[container.start + 1..][..size.len()].copy_from_slice(&size);
        }
        Ok(())
    }

    /// Makes a hash that has no flags, up to its present key, one that has.
    #[cold]
    fn begin_flags(&mut self, hash: &mut Container) {
        hash.has_flags = true;
        self.out[hash.start] = tag::FLAG_HASH;
        self.flags.push(hash.start + 1);
        self.flags.extend(self.keys.drain(hash.keys..));
    }

    /// Writes a length or a number that takes one byte if it is small.
    fn class_size(&mut self, size: usize) -> Result<(), Refusal> {
        match u8::try_from(size) {
            Ok(size) if size < tag::LONG_CLASS => self.out.push(size),
            _ => {
                self.out.push(tag::LONG_CLASS);
                self.size(size)?;
            }
        }
        Ok(())
    }
}

impl Sink for Items<'_> {
    type Container = Container;

    fn undef(&mut self) {
        self.tag(tag::UNDEF);
    }

    fn truth(&mut self, value: bool) {
        match self.stands {
            // Perl's own true and false cannot be blessed. What JSON decoders bless is a number.
            Stands::InObject => self.int(value.into()),
            _ => self.tag(if value { tag::SV_YES } else { tag::SV_NO }),
        }
    }

    #[inline]
    fn int(&mut self, value: i64) {
        const BYTE_MIN: i64 = -128;
        if let Ok(byte) = u8::try_from(value.wrapping_sub(BYTE_MIN)) {
            self.tag(tag::BYTE);
            return self.out.push(byte);
        }
        match (self.order, i32::try_from(value)) {
            (Order::Native, _) => {
                self.tag(tag::INTEGER);
                self.out.extend_from_slice(&value.to_le_bytes());
            }
            (Order::Network, Ok(value)) => {
                self.tag(tag::NETINT);
                self.out.extend_from_slice(&value.to_be_bytes());
            }
            (Order::Network, Err(_)) => self.decimal(itoa::Buffer::new().format(value)),
        }
    }

    fn uint(&mut self, value: u64) {
        self.decimal(itoa::Buffer::new().format(value));
    }

    #[inline]
    fn float(&mut self, value: f64) {
        match self.order {
            Order::Native => {
                self.tag(tag::DOUBLE);
                self.out.extend_from_slice(&value.to_le_bytes());
            }
            Order::Network if value.is_finite() => self.decimal(zmij::Buffer::new().format_finite(value)),
            Order::Network => self.decimal(&float_text(value)),
        }
    }

    #[inline]
    fn text(&mut self, text: &str) -> Result<(), Refusal> {
        match text.is_ascii() {
            // To Perl, ASCII is the same with the flag and without.
            true => self.bytes(text.as_bytes()),
            false => self.string(tag::UTF8STR, tag::LUTF8STR, text.as_bytes()),
        }
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.string(tag::SCALAR, tag::LSCALAR, bytes)
    }

    #[inline]
    fn begin_array(&mut self, len: Option<usize>) -> Result<Container, Refusal> {
        self.begin(tag::ARRAY, len)
    }

    #[inline]
    fn begin_element(&mut self, array: &mut Container) {
        array.written += 1;
    }

    #[inline]
    fn end_array(&mut self, array: Container) -> Result<(), Refusal> {
        self.end(&array)
    }

    #[inline]
    fn begin_hash(&mut self, len: Option<usize>) -> Result<Container, Refusal> {
        self.begin(tag::HASH, len)
    }

    #[inline]
    fn begin_entry(&mut self, hash: &mut Container, _key: &str) -> Result<(), Refusal> {
        hash.written += 1;
        Ok(())
    }

    #[inline]
    fn end_entry(&mut self, hash: &mut Container, key: &str) -> Result<(), Refusal> {
        let is_ascii = key.is_ascii();
        if !is_ascii && !hash.has_flags {
            self.begin_flags(hash);
        }
        match hash.has_flags {
            true => self.out.push(if is_ascii { 0 } else { tag::key::UTF8 }),
            false => self.keys.push(self.out.len()),
        }
        self.size(key.len())?;
        self.out.extend_from_slice(key.as_bytes());
        Ok(())
    }

    #[inline]
    fn end_hash(&mut self, hash: Container) -> Result<(), Refusal> {
        self.keys.truncate(hash.keys);
        self.end(&hash)
    }

    fn begin_object(&mut self, class: &str) -> Result<(), Refusal> {
        if self.stands != Stands::AtRoot {
            self.out.push(tag::REF);
        }
        self.stands = Stands::InObject;
        if let Some(number) = self.classes.get(class).copied() {
            self.out.push(tag::IX_BLESS);
            return self.class_size(number);
        }
        self.classes.insert(class.into(), self.classes.len());
        self.out.push(tag::BLESS);
        // Names have no character flag in an image. Perl takes their bytes for Latin-1, as nuncio does.
        let bytes = downgrade(class).map_or(Cow::Borrowed(class.as_bytes()), Cow::Owned);
        self.class_size(bytes.len())?;
        self.out.extend_from_slice(&bytes);
        Ok(())
    }

    fn end_object(&mut self, _class: &str) -> Result<(), Refusal> {
        Ok(())
    }

    /// A scalar of an object is written as one that is referred to, as at the root.
    fn begin_reference(&mut self) {}

    fn end_reference(&mut self) {}
}
