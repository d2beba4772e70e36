//! How one message is sent: codec, header arguments, extra metadata.

use nuncio_codec::{Codec, Value};
use nuncio_core::{Error, ErrorKind, Result};

use crate::header::{self, Writer};
use crate::metadata::{SEND_TIME, SOURCE_HOST};

/// Arguments of one send, made once and used for many.
///
/// As in IPC::Transit most of them stand in the header, under a letter, and in the metadata, under their long name.
///
/// ```
/// use nuncio_queue::SendOptions;
/// let options = SendOptions::new().with_source("web1.example").with_meta("once", nuncio_queue::Value::from_iter([1, 2]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct SendOptions {
    codec: Option<Codec>,
    pairs: Vec<(String, String)>,
    meta: Vec<(String, Value)>,
    place: Place,
}

/// No arguments, for all who have none.
pub(crate) static NO_OPTIONS: SendOptions = SendOptions::new();

/// Where a message goes whose queue may be declared local.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// As the rules of precedence say.
    #[default]
    ByRules,
    Kernel,
    Memory,
}

impl SendOptions {
    /// No arguments: the queue's codec, nothing added.
    pub const fn new() -> Self {
        Self { codec: None, pairs: Vec::new(), meta: Vec::new(), place: Place::ByRules }
    }

    /// Through the kernel, whatever is declared local, and without saying so.
    pub(crate) const fn onward() -> Self {
        Self { codec: None, pairs: Vec::new(), meta: Vec::new(), place: Place::Kernel }
    }

    /// These arguments and `more`, none of which may say anew what these say.
    pub(crate) fn and(&self, more: &Self) -> Result<Self> {
        let is_said =
            |name: &str| self.pairs.iter().any(|(key, _)| key == name) || self.meta.iter().any(|(key, _)| key == name);
        let mut said = more.pairs.iter().map(|(key, _)| key).chain(more.meta.iter().map(|(name, _)| name));
        if let Some(twice) = said.find(|name| is_said(name)) {
            let reason = format!("{twice:?} is said by the remote queue itself");
            return Err(Error::new(ErrorKind::ApiMisuse, "use the arguments").because(reason));
        }
        let mut both = self.clone();
        both.codec = more.codec.or(self.codec);
        both.pairs.extend_from_slice(&more.pairs);
        both.meta.extend_from_slice(&more.meta);
        Ok(both)
    }

    /// Encodes with `codec`, and says so.
    #[must_use]
    pub fn with_codec(mut self, codec: Codec) -> Self {
        self.codec = Some(codec);
        self.with_meta("serializer", codec.name())
    }

    /// Puts the label `c` into the header. It is a label and nothing more: nothing is ever compressed.
    #[must_use]
    pub fn with_compression_label(self, label: &str) -> Self {
        self.with_header(header::COMPRESSION, label).with_meta("compression", label)
    }

    /// Claims to be the host `source`.
    #[must_use]
    pub fn with_source(self, source: &str) -> Self {
        self.with_header(header::SOURCE, source).with_meta("source", source)
    }

    /// Puts `key=value` into the header. `l`, `s`, `f` and `n` are written by nuncio itself and are refused when sending, and
    /// so is what would add keys of its own.
    #[must_use]
    pub fn with_header(mut self, key: &str, value: &str) -> Self {
        self.pairs.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Puts `value` into the metadata under `name`. The time and the host are nuncio's own to say.
    #[must_use]
    pub fn with_meta(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.meta.push((name.to_owned(), value.into()));
        self
    }

    /// Sends through the kernel even if the name is declared local (`override_local` of the original).
    #[must_use]
    pub fn override_local(mut self) -> Self {
        self.place = Place::Kernel;
        self.with_meta("override_local", 1)
    }

    /// Keeps the message in this process even if the name is not declared local (`override_non_local` of the original).
    #[must_use]
    pub fn override_non_local(mut self) -> Self {
        self.place = Place::Memory;
        self.with_meta("override_non_local", 1)
    }

    /// Whether the header has nothing to say but the length.
    #[inline]
    pub(crate) const fn adds_no_header(&self) -> bool {
        self.codec.is_none() && self.pairs.is_empty()
    }

    pub(crate) const fn codec(&self) -> Option<Codec> {
        self.codec
    }

    pub(crate) const fn place(&self) -> Place {
        self.place
    }

    pub(crate) fn meta(&self) -> &[(String, Value)] {
        &self.meta
    }

    /// The first metadata member called `name`.
    pub(crate) fn find_meta(&self, name: &str) -> Option<&Value> {
        self.meta.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    #[inline]
    pub(crate) fn write_header(&self, header: &mut Writer<'_>) -> Result<()> {
        for (key, value) in &self.pairs {
            if [header::LENGTH, header::SERIALIZER, header::SPILL_FILE, header::NONCE].contains(&key.as_str()) {
                let reason = format!("header `{key}` is written by nuncio itself");
                return Err(Error::new(ErrorKind::ApiMisuse, "write the header").because(reason));
            }
            header.pair(key, value)?;
        }
        Ok(())
    }

    /// Refuses metadata that nuncio writes itself.
    pub(crate) fn check_meta(&self) -> Result<()> {
        match self.meta.iter().find(|(name, _)| name == SEND_TIME || name == SOURCE_HOST) {
            None => Ok(()),
            Some((name, _)) => Err(Error::new(ErrorKind::ApiMisuse, "write the metadata")
                .because(format!("{name:?} is written by nuncio itself"))),
        }
    }
}
