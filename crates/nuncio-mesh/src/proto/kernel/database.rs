//! What nodes have made known: values by family and key, each owned by whoever set it.
//!
//! Of several owners of one key the first counts, and if its value is deleted the next one shows.

use std::collections::BTreeMap;

use nuncio_codec::{Map, Text, Value};
use nuncio_core::NodeId;

use crate::proto::framing::weight;

/// How many values are kept at most, of all nodes together.
const VALUES_MAX: usize = 1 << 20;
/// How many bytes they have at most, roughly.
const BYTES_MAX: usize = 256 << 20;

/// Who set a value, as far as this node knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// A node, which may speak for those that told it.
    Node(NodeId),
    /// The master, which speaks for everybody.
    Everybody,
}

#[derive(Debug, Default)]
pub(super) struct Database {
    families: BTreeMap<Text, BTreeMap<Text, Owners>>,
    count: usize,
    bytes: usize,
}

type Owners = BTreeMap<Owner, Value>;

/// What changed in a family, to those who look.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Change {
    pub(super) set: Map,
    pub(super) deleted: Vec<Text>,
}

impl Change {
    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.deleted.is_empty()
    }

    fn note(&mut self, key: &Text, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (before, Some(after)) if before != Some(after) => drop(self.set.insert(&**key, after.clone())),
            (Some(_), None) => self.deleted.push(key.clone()),
            _ => {}
        }
    }
}

/// What a change looks like to everybody, and to those who see only what some owners have.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) all: Change,
    pub(super) some: Change,
}

impl Database {
    /// Changes what an owner has in a family.
    pub(super) fn change(
        &mut self,
        owner: &Owner,
        family: &str,
        set: Map,
        deleted: &[Text],
        is_seen: impl Fn(&Owner) -> bool,
    ) -> Changes {
        let mut changes = Changes::default();
        for key in deleted {
            self.put(owner, family, key, None, &is_seen, &mut changes);
        }
        for (key, value) in set {
            self.put(owner, family, &Text::from(key), Some(value), &is_seen, &mut changes);
        }
        changes
    }

    /// All that an owner has, by family.
    pub(super) fn owned_by(&self, owner: &Owner) -> Vec<(Text, Vec<Text>)> {
        let of_family = |(family, keys): (&Text, &BTreeMap<Text, Owners>)| {
            let owned = keys.iter().filter(|(_, owners)| owners.contains_key(owner)).map(|(key, _)| key.clone());
            let owned: Vec<Text> = owned.collect();
            (!owned.is_empty()).then(|| (family.clone(), owned))
        };
        self.families.iter().filter_map(of_family).collect()
    }

    /// A family as those see it who see only what these owners have.
    pub(super) fn family(&self, family: &str, is_seen: impl Fn(&Owner) -> bool) -> Map {
        let keys = self.families.get(family).into_iter().flatten();
        keys.filter_map(|(key, owners)| Some((&**key, first(owners, &is_seen)?.clone()))).collect()
    }

    /// All families as those see them who see only what these owners have.
    pub(super) fn seen(&self, is_seen: impl Fn(&Owner) -> bool) -> Map {
        let families = self.families.keys().map(|family| (&**family, self.family(family, &is_seen)));
        families.filter(|(_, keys)| !keys.is_empty()).map(|(family, keys)| (family, Value::Map(keys))).collect()
    }

    /// The value under a key.
    pub(super) fn get(&self, family: &str, key: &str) -> Option<&Value> {
        first(self.families.get(family)?.get(key)?, &|_| true)
    }

    fn put(
        &mut self,
        owner: &Owner,
        family: &str,
        key: &Text,
        value: Option<Value>,
        is_seen: &impl Fn(&Owner) -> bool,
        changes: &mut Changes,
    ) {
        let weight_of = |value: &Option<Value>| value.as_ref().map_or(0, |value| key.len() + weight(value));
        let added = weight_of(&value);
        if value.is_some() && (self.count >= VALUES_MAX || self.bytes + added > BYTES_MAX) {
            return;
        }
        let keys = self.families.entry(family.into()).or_default();
        let owners = keys.entry(key.clone()).or_default();
        let before = [first(owners, &|_| true).cloned(), first(owners, is_seen).cloned()];
        let is_new = value.is_some();
        let former = match value {
            Some(value) => owners.insert(owner.clone(), value),
            None => owners.remove(owner),
        };
        self.count = self.count + usize::from(is_new) - usize::from(former.is_some());
        self.bytes = self.bytes + added - weight_of(&former);
        changes.all.note(key, before[0].as_ref(), first(owners, &|_| true));
        changes.some.note(key, before[1].as_ref(), first(owners, is_seen));
        if owners.is_empty() {
            keys.remove(key);
        }
        if keys.is_empty() {
            self.families.remove(family);
        }
    }
}

fn first<'a>(owners: &'a Owners, is_seen: &impl Fn(&Owner) -> bool) -> Option<&'a Value> {
    owners.iter().find(|(owner, _)| is_seen(owner)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deleting_one_owners_value_shows_the_others() {
        let owner = |name| Owner::Node(NodeId::new(name).expect("an id"));
        let set = |number| Map::from_iter([("key", number)]);
        let mut database = Database::default();
        let only_b = |other: &Owner| *other == owner("b");
        let changes = database.change(&owner("a"), "family", set(1), &[], only_b);
        assert_eq!((changes.all.set, changes.some.is_empty()), (set(1), true));
        let changes = database.change(&owner("b"), "family", set(2), &[], only_b);
        assert_eq!((changes.all.is_empty(), changes.some.set), (true, set(2)));
        let changes = database.change(&owner("a"), "family", Map::new(), &["key".into()], only_b);
        assert_eq!((changes.all.set, changes.some.is_empty()), (set(2), true));
        let changes = database.change(&owner("b"), "family", Map::new(), &["key".into(), "none".into()], only_b);
        assert_eq!(changes.all.deleted, [Text::from("key")]);
        assert_eq!(changes.some.deleted, [Text::from("key")]);
        assert_eq!((database.count, database.bytes, database.families.len()), (0, 0, 0));
    }
}
