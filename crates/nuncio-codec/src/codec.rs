//! The vocabulary of formats, and the operations that every one of them offers.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};

use crate::adapt::{Bounded, Budget, Found, Member, Tally, WithMembers, Without};
use crate::error::{Exceeded, Failure};
use crate::format::{cbor, dumper, json, json_zstd, message_pack, sereal, storable, yaml};
use crate::perl::{self, IntoSerde, IntoTyped, IntoValue, Reading, Serialized, Typed};
use crate::{DecodeLimits, Error, Value};

/// A format in which values travel.
///
/// A codec goes straight between bytes and any `serde` type, with no [`Value`] in between. In every
/// format:
/// - integers reach from -2^63 to 2^64-1, whatever Rust type holds them; others are
///   [`Unrepresentable`](crate::ErrorKind::Unrepresentable);
/// - structs are maps by field name, enums are externally tagged maps or, for unit variants, strings;
/// - of two members of one name a [`Value`] keeps the last.
///
/// A codec whose cargo feature is off remains in this list and answers
/// [`Unsupported`](crate::ErrorKind::Unsupported).
///
/// ```
/// use nuncio_codec::{Codec, DecodeLimits};
///
/// let mut bytes = Vec::new();
/// Codec::Json.encode(&("jobs", 3), &mut bytes)?;
/// assert_eq!(bytes, br#"["jobs",3]"#);
/// let (name, count): (&str, u32) = Codec::Json.decode(&bytes, &DecodeLimits::default())?;
/// assert_eq!((name, count), ("jobs", 3));
/// # Ok::<(), nuncio_codec::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// CBOR (RFC 8949), feature `cbor`.
    Cbor,
    /// The source text that Perl's Data::Dumper prints. Literals are read, nothing is evaluated. Floats travel as text
    /// of 15 digits. See [`perl`](crate::perl).
    Dumper,
    /// JSON (RFC 8259): compact, UTF-8, floats in the shortest form that reads back equal, neither NaN nor infinity.
    Json,
    /// JSON in one Zstandard frame (RFC 8878), feature `zstd`. Strings cannot be borrowed from the input.
    JsonZstd,
    /// MessagePack, feature `msgpack`.
    MessagePack,
    /// Perl's Sereal, versions 1 to 5, feature `sereal`; bodies packed with Zstandard need feature `zstd`. See
    /// [`perl`](crate::perl) and [`sereal`](crate::sereal).
    Sereal,
    /// Perl's Storable, as `freeze`, `nfreeze`, `store` and `nstore` write it; written as `freeze` does. See
    /// [`perl`](crate::perl) and [`storable`](crate::storable).
    Storable,
    /// YAML 1.2, feature `yaml`: one document.
    Yaml,
}

impl Codec {
    /// All codecs, in alphabetical order, including those that this build lacks.
    pub const ALL: &[Self] = &[
        Self::Cbor,
        Self::Dumper,
        Self::Json,
        Self::JsonZstd,
        Self::MessagePack,
        Self::Sereal,
        Self::Storable,
        Self::Yaml,
    ];

    /// The name on the wire (IPC::Transit's `s` header) and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cbor => "cbor",
            Self::Dumper => "dumper",
            Self::Json => "json",
            Self::JsonZstd => "json-zstd",
            Self::MessagePack => "msgpack",
            Self::Sereal => "sereal",
            Self::Storable => "storable",
            Self::Yaml => "yaml",
        }
    }

    /// The cargo feature that this codec needs, if it needs one.
    #[must_use]
    pub const fn feature(self) -> Option<&'static str> {
        match self {
            Self::Cbor => Some("cbor"),
            Self::Dumper | Self::Json | Self::Storable => None,
            Self::JsonZstd => Some("zstd"),
            Self::MessagePack => Some("msgpack"),
            Self::Sereal => Some("sereal"),
            Self::Yaml => Some("yaml"),
        }
    }

    /// Whether this build has the codec.
    #[must_use]
    pub const fn is_supported(self) -> bool {
        match self {
            Self::Cbor => cfg!(feature = "cbor"),
            Self::Dumper | Self::Json | Self::Storable => true,
            Self::JsonZstd => cfg!(feature = "zstd"),
            Self::MessagePack => cfg!(feature = "msgpack"),
            Self::Sereal => cfg!(feature = "sereal"),
            Self::Yaml => cfg!(feature = "yaml"),
        }
    }

    /// How deep a document this codec reads at most, in levels, whatever [`DecodeLimits::depth`] allows.
    ///
    /// It is the largest power of two with which the codec's library needs well under the 2 MiB of stack that a thread
    /// has by default, in a debug build. JSON follows the limits alone.
    #[must_use]
    pub const fn depth_max(self) -> usize {
        match self {
            Self::Cbor => 128,
            Self::Dumper | Self::Sereal | Self::Storable => perl::DEPTH_MAX,
            Self::Json | Self::JsonZstd => usize::MAX,
            Self::MessagePack => 256,
            Self::Yaml => 64,
        }
    }

    /// Appends the encoding of `value` to `out`.
    ///
    /// # Errors
    /// [`Unrepresentable`](crate::ErrorKind::Unrepresentable), [`Unsupported`](crate::ErrorKind::Unsupported). `out`
    /// then keeps its former content.
    pub fn encode<T: Serialize + ?Sized>(self, value: &T, out: &mut Vec<u8>) -> Result<(), Error> {
        let start = out.len();
        self.append(value, out).map_err(|failure| {
            out.truncate(start);
            Error::encode(self, failure)
        })
    }

    /// Appends the encoding of a [`Value`]: as [`encode`](Self::encode) does, but in Perl's formats, where it goes past
    /// serde, in less time.
    ///
    /// # Errors
    /// As [`encode`](Self::encode). `out` then keeps its former content.
    pub fn encode_value(self, value: &Value, out: &mut Vec<u8>) -> Result<(), Error> {
        let start = out.len();
        let written = match self {
            Self::Dumper => dumper::encode(value, out),
            Self::Sereal => sereal::encode(value, out),
            Self::Storable => storable::encode(value, out),
            _ => return self.encode(value, out),
        };
        written.map_err(|failure| {
            out.truncate(start);
            Error::encode(self, failure)
        })
    }

    /// Appends the encoding of `value` with `members` added at top level, in one pass.
    ///
    /// Where `value` itself has a member of such a name and both are maps they are merged, the added entries winning
    /// one by one; otherwise the added member wins. `value` has to serialize as a map: a map, a struct, an enum
    /// variant with content, or any of these in an `Option` or a newtype. The names in `members` have to differ.
    ///
    /// Only a clash of names goes through [`Value`], and, in the formats that write the number of
    /// entries first, costs a second pass. The answer says how many of the names `value` had itself.
    ///
    /// ```
    /// use nuncio_codec::Codec;
    /// use std::collections::BTreeMap;
    ///
    /// let message = BTreeMap::from([("job", 7)]);
    /// let mut bytes = Vec::new();
    /// Codec::Json.encode_with(&message, &[("sent", 1_700_000_000)], &mut bytes)?;
    /// assert_eq!(bytes, br#"{"job":7,"sent":1700000000}"#);
    /// # Ok::<(), nuncio_codec::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`encode`](Self::encode), and [`NotAMap`](crate::ErrorKind::NotAMap). `out` then keeps its former content.
    pub fn encode_with<T, M>(self, value: &T, members: &[(&str, M)], out: &mut Vec<u8>) -> Result<usize, Error>
    where
        T: Serialize + ?Sized,
        M: Serialize,
    {
        let start = out.len();
        self.append_with(value, members, out).inspect_err(|_| out.truncate(start))
    }

    /// Decodes the whole of `bytes`.
    ///
    /// `T` may borrow from `bytes` where the format stores strings as they are. White space may follow a JSON or YAML
    /// document, and anything a document of Sereal or Storable, as for Perl's own readers; any other byte after a
    /// document is an error.
    ///
    /// # Errors
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded), [`Malformed`](crate::ErrorKind::Malformed),
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    pub fn decode<'de, T: Deserialize<'de>>(self, bytes: &'de [u8], limits: &DecodeLimits) -> Result<T, Error> {
        self.read(bytes, limits, &Reading::default(), PhantomData::<T>)
    }

    /// Decodes the whole of `bytes` as a [`Value`]: as [`decode`](Self::decode) does, but in Perl's formats, in which most
    /// of the time of that is spent on moving values to their places, in half the time.
    ///
    /// ```
    /// use nuncio_codec::{Codec, DecodeLimits};
    ///
    /// let value = Codec::Sereal.decode_value(b"=\xf3rl\x05\x00\x65Salve", &DecodeLimits::default())?;
    /// assert_eq!(value.as_str(), Some("Salve"));
    /// # Ok::<(), nuncio_codec::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_value(self, bytes: &[u8], limits: &DecodeLimits) -> Result<Value, Error> {
        self.read_value(bytes, limits, &Reading::default())
    }

    /// As [`decode`](Self::decode), hiding every top-level member called `name` from `T`, in one pass.
    ///
    /// So a type with `deny_unknown_fields` can be read from a message that carries metadata among the user's members.
    /// What is not a map at top level is refused.
    ///
    /// ```
    /// use nuncio_codec::{Codec, DecodeLimits};
    /// use std::collections::BTreeMap;
    ///
    /// let bytes = br#"{"job":7,"sent":{"at":1700000000}}"#;
    /// let message: BTreeMap<&str, u32> = Codec::Json.decode_without(bytes, "sent", &DecodeLimits::default())?;
    /// assert_eq!(message, BTreeMap::from([("job", 7)]));
    /// # Ok::<(), nuncio_codec::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_without<'de, T>(self, bytes: &'de [u8], name: &str, limits: &DecodeLimits) -> Result<T, Error>
    where
        T: Deserialize<'de>,
    {
        self.read(bytes, limits, &Reading::default(), Without::new(name, PhantomData::<T>))
    }

    /// Decodes only the top-level member called `name`, the last one if there are several, and skips the rest without
    /// building it.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and [`NotAMap`](crate::ErrorKind::NotAMap).
    pub fn decode_member<'de, T>(self, bytes: &'de [u8], name: &str, limits: &DecodeLimits) -> Result<Option<T>, Error>
    where
        T: Deserialize<'de>,
    {
        match self.read(bytes, limits, &Reading::default(), Member::new(name))? {
            Found::Absent => Ok(None),
            Found::Here(member) => Ok(Some(member)),
            Found::NotAMap => Err(Error::not_a_map("decode", self)),
        }
    }

    fn append_with<T, M>(self, value: &T, members: &[(&str, M)], out: &mut Vec<u8>) -> Result<usize, Error>
    where
        T: Serialize + ?Sized,
        M: Serialize,
    {
        let start = out.len();
        let tally = Tally::default();
        let value = WithMembers { value, members, tally: &tally };
        let failed = |failure| match tally.is_not_a_map() {
            true => Error::not_a_map("encode", self),
            false => Error::encode(self, failure),
        };
        self.append(&value, out).map_err(failed)?;
        if self.counts_entries() && !tally.settle() {
            out.truncate(start);
            self.append(&value, out).map_err(failed)?;
            if !tally.settle() {
                return Err(Error::unstable(self));
            }
        }
        Ok(tally.replaced())
    }

    /// Whether the number of a map's entries stands before them, so that it cannot be corrected afterwards.
    const fn counts_entries(self) -> bool {
        matches!(self, Self::Cbor | Self::MessagePack)
    }

    #[inline]
    fn append<T: Serialize + ?Sized>(self, value: &T, out: &mut Vec<u8>) -> Result<(), Failure> {
        match self {
            Self::Cbor => cbor::encode(value, out),
            Self::Dumper => dumper::encode(&Serialized(value), out),
            Self::Json => json::encode(value, out),
            Self::JsonZstd => json_zstd::encode(value, out),
            Self::MessagePack => message_pack::encode(value, out),
            Self::Sereal => sereal::encode(&Serialized(value), out),
            Self::Storable => storable::encode(&Serialized(value), out),
            Self::Yaml => yaml::encode(value, out),
        }
    }

    #[inline]
    pub(crate) fn read<'de, S>(
        self,
        bytes: &'de [u8],
        limits: &DecodeLimits,
        reading: &Reading,
        seed: S,
    ) -> Result<S::Value, Error>
    where
        S: DeserializeSeed<'de>,
    {
        self.check_size(bytes, limits)?;
        match self {
            Self::Cbor => self.within(limits, seed, |seed| cbor::decode(bytes, limits, seed)),
            Self::Dumper => self.named(dumper::read(bytes, limits, IntoSerde { seed, limits, reading })),
            Self::Json => self.within(limits, seed, |seed| json::decode(bytes, limits, seed)),
            Self::JsonZstd => self.within(limits, seed, |seed| json_zstd::decode(bytes, limits, seed)),
            Self::MessagePack => self.within(limits, seed, |seed| message_pack::decode(bytes, limits, seed)),
            Self::Sereal => self.named(sereal::read(bytes, limits, IntoSerde { seed, limits, reading })),
            Self::Storable => self.named(storable::read(bytes, limits, IntoSerde { seed, limits, reading })),
            Self::Yaml => self.within(limits, seed, |seed| yaml::decode(bytes, limits, seed)),
        }
    }

    /// Decodes by a library that keeps no limits: the seed does, and all that is read by it. Each format has a function of its own:
    /// among all others in one place the few lines that JSON takes would be far apart.
    #[inline(never)]
    fn within<S, T>(
        self,
        limits: &DecodeLimits,
        seed: S,
        decode: impl FnOnce(Bounded<'_, S>) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        let budget = Budget::new(limits, limits.depth.min(self.depth_max()));
        decode(Bounded::new(seed, &budget)).map_err(|failure| match budget.exceeded() {
            Some(exceeded) => Error::limit(self, exceeded),
            None => Error::decode(self, failure),
        })
    }

    #[inline]
    fn named<T>(self, read: Result<T, Failure>) -> Result<T, Error> {
        read.map_err(|failure| Error::decode(self, failure))
    }

    pub(crate) fn read_value(self, bytes: &[u8], limits: &DecodeLimits, reading: &Reading) -> Result<Value, Error> {
        self.check_size(bytes, limits)?;
        match self {
            Self::Dumper => self.named(dumper::read(bytes, limits, IntoValue { limits, reading })),
            Self::Sereal => self.named(sereal::read_value(bytes, limits, reading)),
            Self::Storable => self.named(storable::read_value(bytes, limits, reading)),
            _ => self.decode(bytes, limits),
        }
    }

    pub(crate) fn read_typed(self, bytes: &[u8], limits: &DecodeLimits) -> Result<Typed, Error> {
        self.check_size(bytes, limits)?;
        let consumer = IntoTyped { limits };
        match self {
            Self::Dumper => self.named(dumper::read(bytes, limits, consumer)),
            Self::Sereal => self.named(sereal::read(bytes, limits, consumer)),
            Self::Storable => self.named(storable::read(bytes, limits, consumer)),
            _ => Err(Error::no_typed_view(self)),
        }
    }

    #[inline]
    pub(crate) fn check_size(self, bytes: &[u8], limits: &DecodeLimits) -> Result<(), Error> {
        match bytes.len() > limits.total_bytes {
            true => Err(Error::limit(self, Exceeded::Input { size: bytes.len(), limit: limits.total_bytes })),
            false => Ok(()),
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text is no [`Codec::name`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCodec(String);

impl fmt::Display for UnknownCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no codec is called {:?}; there are", self.0)?;
        Codec::ALL.iter().enumerate().try_for_each(|(index, codec)| match index {
            0 => write!(f, " {codec}"),
            _ => write!(f, ", {codec}"),
        })
    }
}

impl std::error::Error for UnknownCodec {}

impl FromStr for Codec {
    type Err = UnknownCodec;

    fn from_str(name: &str) -> Result<Self, UnknownCodec> {
        let named = Self::ALL.iter().copied().find(|codec| codec.name() == name);
        named.ok_or_else(|| UnknownCodec(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn names_are_read_back() {
        for codec in Codec::ALL {
            assert_eq!(codec.to_string().parse(), Ok(*codec));
        }
        let error = "xml".parse::<Codec>().unwrap_err();
        let names = "cbor, dumper, json, json-zstd, msgpack, sereal, storable, yaml";
        assert_eq!(error.to_string(), format!("no codec is called \"xml\"; there are {names}"));
    }

    #[test]
    fn a_codec_that_is_left_out_names_its_feature() {
        for codec in Codec::ALL.iter().filter(|codec| !codec.is_supported()) {
            let feature = codec.feature().expect("JSON is never left out");
            let reason = format!("{codec}: this build lacks it; enable the cargo feature \"{feature}\"");
            let error = codec.encode(&1, &mut Vec::new()).unwrap_err();
            assert_eq!((error.kind(), error.to_string()), (ErrorKind::Unsupported, format!("encode {reason}")));
            let error = codec.decode::<u8>(b"1", &DecodeLimits::default()).unwrap_err();
            assert_eq!((error.kind(), error.to_string()), (ErrorKind::Unsupported, format!("decode {reason}")));
        }
    }
}
