//! YAML, through `serde-saphyr`: it is safe Rust, bounds what aliases expand to, and writes enums as maps like every
//! other format here; `yaml_serde` is a translation of a C library, stops at 128 levels, and writes enums as tags.
//!
//! One document per message. Of two equal keys the last wins, and `<<` is an ordinary key.
//!
//! # Source
//! YAML 1.2.2, core schema.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeSeed;
use serde_saphyr::{DuplicateKeyPolicy, Error, MergeKeyPolicy, NonFiniteFloatPolicy, Options, Serializer};

use crate::adapt::Strict;
use crate::error::{Exceeded, Failure};
use crate::{Codec, DecodeLimits};

pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Failure> {
    let mut text = Text(out);
    value.serialize(Strict(&mut Serializer::new(&mut text)))?;
    Ok(())
}

pub(crate) fn decode<'de, S: DeserializeSeed<'de>>(
    bytes: &'de [u8],
    limits: &DecodeLimits,
    seed: S,
) -> Result<S::Value, Failure> {
    let read = |deserializer: serde_saphyr::Deserializer<'de, '_>| seed.deserialize(deserializer);
    serde_saphyr::with_deserializer_from_slice_with_options(bytes, options(limits), read).map_err(|error| match error {
        Error::Budget { .. } | Error::AliasReplayLimitExceeded { .. } | Error::AliasReplayStackDepthExceeded { .. } => {
            Failure::Limit(Exceeded::Skipped)
        }
        error => Failure::from(error),
    })
}

/// The library's own limits, which hold for what is skipped as well. They are a little wider than those of the seed, so
/// that it is the seed which names a limit that was exceeded.
fn options(limits: &DecodeLimits) -> Options {
    let depth = limits.depth.min(Codec::Yaml.depth_max()) + 2;
    let nodes = limits.elements.saturating_mul(2).saturating_add(2);
    let events = nodes.saturating_mul(2).saturating_add(4);
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: depth,
            max_nodes: nodes,
            max_events: events,
            max_documents: 1,
            max_total_scalar_bytes: limits.total_bytes,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: events },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        strict_booleans: true,
        with_snippet: false,
    }
}

/// The library writes text; the output is bytes.
struct Text<'a>(&'a mut Vec<u8>);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
