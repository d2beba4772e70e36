//! JSON in ASCII, plain or in one Zstandard frame; for buses of nuncio alone other codecs, and the user's own.
//!
//! A frame is unpacked piece by piece, so that nothing is allocated on the word of its header; whatever it says, it becomes
//! no more than the limit. Contexts for packing and unpacking are made once and used again: making one takes longer than
//! packing a message.
//!
//! # Source
//! IPC::Manager::Serializer::JSON and ::JSON::Zstd; RFC 8878.

mod other;

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use nuncio_codec::Codec;
use nuncio_core::{Error, ErrorKind, Result};

use crate::own::{self, OwnName, Pack};

/// The level that the reference takes unless told otherwise.
pub const LEVEL_DEFAULT: i32 = 3;
/// The largest dictionary that is read, in bytes.
pub const DICTIONARY_BYTES_MAX: u64 = 16 << 20;
/// The codecs that only nuncio reads, and what their names begin with in an info line.
const OTHER_CODECS: [Codec; 5] = [Codec::Cbor, Codec::MessagePack, Codec::Sereal, Codec::Storable, Codec::Yaml];
const CODEC_CLASS: &str = "Nuncio::Serializer::";
/// What stands before the bytes of other serializers than the reference's: as its own do it says, among damaged bytes, where
/// a message may [begin](super::burst).
const OWN_BEGINS: u8 = 0x28;

/// How a bus writes its messages, as its info line says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Serializer {
    /// `JSON`.
    #[default]
    Json,
    /// `JSON::Zstd`, feature `zstd`.
    JsonZstd {
        /// The level of compression; whoever reads need not know it.
        level: i32,
        /// The file of a dictionary that all peers have.
        dictionary: Option<PathBuf>,
    },
    /// Another codec, which only nuncio reads: the whole message with its envelope in CBOR, MessagePack, YAML, Sereal or
    /// Storable. Named by its [`Codec::name`].
    Codec(Codec),
    /// One of the user's own, with the options of the info line.
    Own {
        /// Its name.
        name: OwnName,
        /// Its options, in their order.
        options: Vec<(String, String)>,
    },
}

impl Serializer {
    /// `JSON::Zstd` with the reference's defaults.
    pub const fn zstd() -> Self {
        Self::JsonZstd { level: LEVEL_DEFAULT, dictionary: None }
    }

    /// The one of that name: `JSON`, `JSON::Zstd`, the name of a codec, or one that this process has
    /// [registered](crate::own::register_serializer).
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for any other.
    pub fn named(name: &str) -> Result<Self> {
        Self::find(name).ok_or_else(|| {
            let codecs = OTHER_CODECS.iter().map(|codec| codec.name());
            let known: Vec<&str> =
                ["JSON", "JSON::Zstd"].into_iter().chain(codecs).chain(own::serializer_names()).collect();
            let reason = format!("it is no known serializer; there are {}", known.join(", "));
            Error::new(ErrorKind::Unsupported, "use the serializer").on(name).because(reason)
        })
    }

    fn find(name: &str) -> Option<Self> {
        let codec = name.strip_prefix(CODEC_CLASS).unwrap_or(name);
        match name {
            "JSON" => Some(Self::Json),
            "JSON::Zstd" => Some(Self::zstd()),
            _ => match OTHER_CODECS.iter().find(|other| other.name() == codec) {
                Some(codec) => Some(Self::Codec(*codec)),
                None => own::serializer_named(name).map(|name| Self::Own { name, options: Vec::new() }),
            },
        }
    }

    /// With an option; false if it is none of this serializer's.
    pub(super) fn set(&mut self, key: &str, value: &str) -> bool {
        match self {
            Self::JsonZstd { level, .. } if key == "level" => value.parse().map(|number| *level = number).is_ok(),
            Self::JsonZstd { dictionary, .. } if key == "dictionary" => {
                *dictionary = Some(PathBuf::from(value));
                true
            }
            Self::Own { options, .. } => {
                options.push((key.to_owned(), value.to_owned()));
                true
            }
            _ => false,
        }
    }

    /// What an info line calls it, without what the reference adds to its own names.
    pub(super) fn class(&self) -> Cow<'static, str> {
        match self {
            Self::Json => "JSON".into(),
            Self::JsonZstd { .. } => "JSON::Zstd".into(),
            Self::Codec(codec) => format!("+{CODEC_CLASS}{}", codec.name()).into(),
            Self::Own { name, .. } => format!("+{}", name.as_str()).into(),
        }
    }

    /// Whether this build has it.
    pub const fn is_supported(&self) -> bool {
        match self {
            Self::Json | Self::Own { .. } => true,
            Self::Codec(codec) => codec.is_supported(),
            Self::JsonZstd { .. } => cfg!(feature = "zstd"),
        }
    }

    /// Makes it ready for use: reads the dictionary.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] for a level that there is not, and for a dictionary that is not there, no regular file or
    /// too large; [`ErrorKind::Unsupported`] without feature `zstd`.
    pub fn open(&self) -> Result<Packer> {
        match self {
            Self::Json => Ok(Packer(Kind::Json)),
            Self::JsonZstd { level, dictionary } => packed::open(*level, dictionary.as_deref()),
            Self::Codec(codec) => other::open(*codec),
            Self::Own { name, options } => own::open_serializer(*name, options).map(|pack| Packer(Kind::Own(pack))),
        }
    }
}

impl fmt::Display for Serializer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json => f.write_str("JSON"),
            Self::JsonZstd { .. } => f.write_str("JSON::Zstd"),
            Self::Codec(codec) => f.write_str(codec.name()),
            Self::Own { name, .. } => f.write_str(name.as_str()),
        }
    }
}

/// A serializer that is ready for use, by any number of threads.
#[derive(Debug)]
pub struct Packer(Kind);

#[derive(Debug)]
enum Kind {
    Json,
    Own(Arc<dyn Pack>),
    #[cfg(feature = "zstd")]
    Zstd(packed::Zstd),
}

impl Packer {
    /// Whether what is written is the JSON text itself.
    pub const fn is_plain(&self) -> bool {
        matches!(self.0, Kind::Json)
    }

    /// Appends what is written for the JSON text `json` to `out`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when the library fails, as without memory.
    pub fn pack(&self, json: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match &self.0 {
            Kind::Json => out.extend_from_slice(json),
            Kind::Own(own) => {
                let before = out.len();
                out.push(OWN_BEGINS);
                own.pack(json, out).inspect_err(|_| out.truncate(before))?;
            }
            #[cfg(feature = "zstd")]
            Kind::Zstd(zstd) => zstd.pack(json, out)?,
        }
        Ok(())
    }

    /// Appends the JSON text that was written as `bytes` to `out`: at most `limit` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] above the limit; [`ErrorKind::Corrupt`] for what is no frame, only part of one, or more.
    pub fn unpack(&self, bytes: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<()> {
        match &self.0 {
            Kind::Json if bytes.len() > limit => Err(too_large(limit)),
            Kind::Json => {
                out.extend_from_slice(bytes);
                Ok(())
            }
            Kind::Own(own) => {
                let before = out.len();
                let bytes = bytes.strip_prefix(&[OWN_BEGINS]).ok_or_else(|| {
                    let reason = "it was not written by the serializer of this bus";
                    Error::new(ErrorKind::Corrupt, "read the message").because(reason)
                })?;
                own.unpack(bytes, limit, out)?;
                match out.len() - before > limit {
                    true => Err(too_large(limit)),
                    false => Ok(()),
                }
            }
            #[cfg(feature = "zstd")]
            Kind::Zstd(zstd) => zstd.unpack(bytes, limit, out),
        }
    }
}

fn too_large(limit: usize) -> Error {
    Error::new(ErrorKind::TooLarge, "read the message").because(format!("it is longer than the limit of {limit} bytes"))
}

#[cfg(not(feature = "zstd"))]
mod packed {
    use super::*;

    pub(super) fn open(_: i32, _: Option<&std::path::Path>) -> Result<Packer> {
        Err(Error::new(ErrorKind::Unsupported, "use the serializer")
            .on("JSON::Zstd")
            .because("this build lacks it; enable the cargo feature \"zstd\""))
    }
}

#[cfg(feature = "zstd")]
mod packed;

#[cfg(all(test, feature = "zstd"))]
mod tests {
    use super::*;

    fn unpacked(packer: &Packer, bytes: &[u8], limit: usize) -> Result<Vec<u8>> {
        let mut out = b"kept".to_vec();
        packer.unpack(bytes, limit, &mut out).map(|()| out.split_off(4))
    }

    fn packed(packer: &Packer, json: &[u8]) -> Vec<u8> {
        let mut out = b"kept".to_vec();
        packer.pack(json, &mut out).unwrap();
        out.split_off(4)
    }

    #[test]
    fn what_is_packed_is_unpacked_with_contexts_used_again() {
        let directory = tempfile::tempdir().unwrap();
        let dictionary = directory.path().join("dictionary");
        std::fs::write(&dictionary, b"{\"content\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}").unwrap();
        for serializer in [Serializer::zstd(), Serializer::JsonZstd { level: 19, dictionary: Some(dictionary) }] {
            let packer = serializer.open().unwrap();
            for size in [0, 1, 100, 100_000, 3] {
                let json = vec![b'a'; size];
                assert_eq!(unpacked(&packer, &packed(&packer, &json), size).unwrap(), json);
            }
        }
    }

    #[test]
    fn a_bomb_and_what_is_no_frame_are_refused_and_the_next_message_is_read() {
        let packer = Serializer::zstd().open().unwrap();
        let bomb = packed(&packer, &vec![b' '; 50_000_000]);
        let good = packed(&packer, b"[1]");
        for (bytes, kind) in [
            (&bomb[..], ErrorKind::TooLarge),
            (b"", ErrorKind::Corrupt),
            (b"{}", ErrorKind::Corrupt),
            (&good[..good.len() - 1], ErrorKind::Corrupt),
            (&[&good[..], b"x"].concat(), ErrorKind::Corrupt),
            (&[&good[..], &good[..]].concat(), ErrorKind::Corrupt),
        ] {
            let error = unpacked(&packer, bytes, 1000).unwrap_err();
            assert_eq!(error.kind(), kind, "{}", error.chain());
            assert_eq!(unpacked(&packer, &good, 1000).unwrap(), b"[1]");
        }
    }

    #[test]
    fn a_dictionary_that_is_no_file_and_a_level_that_is_none_are_refused() {
        for serializer in [
            Serializer::JsonZstd { level: 3, dictionary: Some("/dev/zero".into()) },
            Serializer::JsonZstd { level: 3, dictionary: Some("/".into()) },
            Serializer::JsonZstd { level: 3, dictionary: Some("/nonexistent".into()) },
            Serializer::JsonZstd { level: 1000, dictionary: None },
        ] {
            assert_eq!(serializer.open().unwrap_err().kind(), ErrorKind::Misconfigured);
        }
    }
}
