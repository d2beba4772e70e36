//! Reading one member of a map and nothing else.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use super::Key;

/// What became of the search for a member.
#[derive(Debug)]
pub(crate) enum Found<T> {
    Absent,
    Here(T),
    NotAMap,
}

/// The seed that looks for the top-level member called `name`.
#[derive(Debug)]
pub(crate) struct Member<'n, T> {
    name: &'n str,
    member: PhantomData<T>,
}

impl<'n, T> Member<'n, T> {
    pub(crate) fn new(name: &'n str) -> Self {
        Self { name, member: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Member<'_, T> {
    type Value = Found<T>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! visit_scalar {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method<E: Error>(self, _: $type) -> Result<Found<T>, E> {
            Ok(Found::NotAMap)
        }
    )*};
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Member<'_, T> {
    type Value = Found<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map with the member {:?}", self.name)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Found<T>, A::Error> {
        let mut found = Found::Absent;
        while let Some(key) = access.next_key::<Key<'de>>()? {
            match key.is(self.name) {
                true => found = Found::Here(access.next_value()?),
                false => drop(access.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }

    visit_scalar! {
        visit_bool: bool; visit_i64: i64; visit_i128: i128; visit_u64: u64; visit_u128: u128; visit_f64: f64;
        visit_str: &str; visit_bytes: &[u8];
    }

    fn visit_unit<E: Error>(self) -> Result<Found<T>, E> {
        Ok(Found::NotAMap)
    }

    fn visit_none<E: Error>(self) -> Result<Found<T>, E> {
        Ok(Found::NotAMap)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<Found<T>, A::Error> {
        IgnoredAny.visit_seq(access).map(|IgnoredAny| Found::NotAMap)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Found<T>, A::Error> {
        let (IgnoredAny, content) = access.variant()?;
        content.newtype_variant::<IgnoredAny>().map(|IgnoredAny| Found::NotAMap)
    }
}
