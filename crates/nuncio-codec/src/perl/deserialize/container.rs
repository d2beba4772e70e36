//! The items of containers, for whoever reads them one by one.

use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess};

use super::super::reader::{ROOM_MAX, Reader};
use super::super::string::put_into_text;
use super::super::{Fault, Lent, PerlString, Source};
use crate::adapt::{Key, KeyDeserializer, OtherKey};

/// The elements of an array while they are read.
pub(super) struct Elements<'r, 'a, 'de, 'b, S: Source<'de, 'b>> {
    pub(super) reader: &'r mut Reader<'a, 'b, S>,
    pub(super) extent: S::Extent,
    pub(super) index: usize,
}

impl<'de, 'b, S: Source<'de, 'b>> Elements<'_, '_, 'de, 'b, S> {
    /// Sees that whoever read the elements has read them all.
    #[inline]
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        match self.reader.source.element(&mut self.extent)? {
            false => Ok(()),
            true => {
                Err(Fault::custom(format_args!("expected an array of {} elements, found one with more", self.index)))
            }
        }
    }
}

impl<'de, 'b, S: Source<'de, 'b>> SeqAccess<'de> for Elements<'_, '_, 'de, 'b, S> {
    type Error = Fault;

    #[inline]
    fn next_element_seed<D: DeserializeSeed<'de>>(&mut self, seed: D) -> Result<Option<D::Value>, Fault> {
        if !self.reader.source.element(&mut self.extent)? {
            return Ok(None);
        }
        self.reader.allowance.count_element()?;
        let element = seed.deserialize(&mut *self.reader).map_err(|fault| fault.in_element(self.index))?;
        self.index += 1;
        Ok(Some(element))
    }

    /// Up to [`ROOM_MAX`] as the document says. Beyond that a list grows as it is read: what a sender announces is not
    /// there yet, and room for many elements at once would be a mapping of its own, made and given back each time.
    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.reader.source.remaining(&self.extent).map(|remaining| remaining.min(ROOM_MAX))
    }
}

/// The entries of a hash while they are read.
pub(super) struct Entries<'r, 'a, 'de, 'b, S: Source<'de, 'b>> {
    pub(super) reader: &'r mut Reader<'a, 'b, S>,
    pub(super) extent: S::Extent,
    /// The key that was read last.
    pub(super) key: PerlString<'de, 'b>,
    /// Whether it was found that there are no more.
    pub(super) has_ended: bool,
}

impl<'de, 'b, S: Source<'de, 'b>> Entries<'_, '_, 'de, 'b, S> {
    /// Sees that whoever read the entries has read them all.
    #[inline]
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        match self.has_ended {
            true => Ok(()),
            false => self.find_end(),
        }
    }

    #[inline(never)]
    fn find_end(&mut self) -> Result<(), Fault> {
        match self.reader.source.key(&mut self.extent)? {
            None => Ok(()),
            Some(key) => Err(Fault::custom(format_args!("expected no further entry, found {:?}", key.characters()))),
        }
    }

    /// Reads the next key if it is none as most are, or ends.
    #[inline(never)]
    fn next_other_key<D: DeserializeSeed<'de>>(&mut self, seed: D) -> Result<Option<D::Value>, Fault> {
        let Some(key) = self.reader.source.key(&mut self.extent)? else {
            self.has_ended = true;
            return Ok(None);
        };
        self.reader.count_key(key.bytes().len())?;
        self.key = key;
        let key = match key.text_or_bytes(self.reader.reading.strings) {
            Ok(Lent::Borrowed(key)) => Key::Text(key),
            Ok(Lent::Passing(key)) => OtherKey::Text(key.to_owned()).into(),
            Err(key) => OtherKey::Text(put_into_text(&key, self.reader.reading.strings)?).into(),
        };
        seed.deserialize(key.into_deserializer()).map(Some)
    }
}

impl<'de, 'b, S: Source<'de, 'b>> MapAccess<'de> for Entries<'_, '_, 'de, 'b, S> {
    type Error = Fault;

    #[inline]
    fn next_key_seed<D: DeserializeSeed<'de>>(&mut self, seed: D) -> Result<Option<D::Value>, Fault> {
        let Some(key) = self.reader.source.plain_key(&mut self.extent) else { return self.next_other_key(seed) };
        self.reader.count_key(key.len())?;
        self.key = PerlString::Ascii(key);
        seed.deserialize(KeyDeserializer::new(key)).map(Some)
    }

    #[inline]
    fn next_value_seed<D: DeserializeSeed<'de>>(&mut self, seed: D) -> Result<D::Value, Fault> {
        seed.deserialize(&mut *self.reader).map_err(|fault| fault.in_entry(&self.key.characters()))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.reader.source.remaining(&self.extent)
    }
}
