//! Objects, for a [`Value`](crate::Value), which alone can keep their class.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, VariantAccess, Visitor};

use super::super::reader::Reader;
use super::super::{Event, Fault, PerlString, Source};

/// An object, for a [`Value`]: the enum whose variant is the class.
pub(super) struct Blessed<'r, 'a, 'de, 'b, S: Source<'de, 'b>> {
    pub(super) class: PerlString<'de, 'b>,
    pub(super) content: Content<'r, 'a, 'de, 'b, S>,
}

impl<'r, 'a, 'de, 'b, S: Source<'de, 'b>> EnumAccess<'de> for Blessed<'r, 'a, 'de, 'b, S> {
    type Error = Fault;
    type Variant = Content<'r, 'a, 'de, 'b, S>;

    fn variant_seed<D: DeserializeSeed<'de>>(self, seed: D) -> Result<(D::Value, Self::Variant), Fault> {
        let class = self.class.characters();
        let class: StrDeserializer<'_, Fault> = (*class).into_deserializer();
        Ok((seed.deserialize(class)?, self.content))
    }
}

/// What was blessed, its first event already read.
pub(super) struct Content<'r, 'a, 'de, 'b, S: Source<'de, 'b>> {
    pub(super) reader: &'r mut Reader<'a, 'b, S>,
    pub(super) event: Event<'de, 'b, S::Extent>,
}

impl<'de, 'b, S: Source<'de, 'b>> VariantAccess<'de> for Content<'_, '_, 'de, 'b, S> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Err(Fault::custom("an object has content"))
    }

    fn newtype_variant_seed<D: DeserializeSeed<'de>>(self, seed: D) -> Result<D::Value, Fault> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }
}

impl<'de, 'b, S: Source<'de, 'b>> Deserializer<'de> for Content<'_, '_, 'de, 'b, S> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.reader.visit_any(self.event, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
