//! The member `.ipc_transit_meta` that every message carries inside the user's own map (wire/transit.md 3).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nuncio_codec::{Map, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The name of the member.
pub const MEMBER: &str = ".ipc_transit_meta";
pub(crate) const SEND_TIME: &str = "send_ts";
pub(crate) const SOURCE_HOST: &str = "source_hostname";
/// Host and queue that a remote message is for; what is sealed with a message says them, too.
pub(crate) const DESTINATION: &str = "destination";
pub(crate) const DESTINATION_QUEUE: &str = "destination_qname";
/// What the receiver adds: which key opened the message; `default` for one that was not sealed.
pub(crate) const OPENED_WITH: &str = "encrypt_source";
pub(crate) const NOT_SEALED: &str = "default";
/// What the sender puts there to say which way the message goes: `force_local.<queue>`, `force_non_local.<queue>`, `default_to`.
pub const OVERRIDES: &str = "overrides";

/// What the sender said about the message, beside the message itself. All of it is a claim.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    members: Map,
}

impl Metadata {
    pub(crate) const fn new(members: Map) -> Self {
        Self { members }
    }

    /// When it was sent, by the sender's clock, in whole seconds.
    pub fn sent_at(&self) -> Option<SystemTime> {
        let seconds = self.members.get(SEND_TIME)?.as_u64()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// The host it was sent from.
    pub fn source_host(&self) -> Option<&str> {
        self.members.get(SOURCE_HOST)?.as_str()
    }

    /// Any other member: send arguments, and what the sender put there.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// All members.
    pub const fn members(&self) -> &Map {
        &self.members
    }
}

/// The metadata of a message that is being written.
#[derive(Debug)]
pub(crate) struct Stamp<'a> {
    pub(crate) sent_at: SystemTime,
    /// Not said of a message that stays in its process.
    pub(crate) source_host: Option<&'a str>,
    pub(crate) extra: &'a [(String, Value)],
}

impl Stamp<'_> {
    fn seconds(&self) -> u64 {
        self.sent_at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

impl Serialize for Stamp<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = 1 + usize::from(self.source_host.is_some()) + self.extra.len();
        let mut map = serializer.serialize_map(Some(entries))?;
        for (name, value) in self.extra {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry(SEND_TIME, &self.seconds())?;
        if let Some(source_host) = self.source_host {
            map.serialize_entry(SOURCE_HOST, source_host)?;
        }
        map.end()
    }
}
