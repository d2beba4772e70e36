//! A map that keeps the order of its entries.

use std::fmt;
use std::ops::Index;

use indexmap::IndexMap;

use crate::{Text, Value, short};

/// How many entries are looked through one by one. Nearly all maps are as small, and then neither hashing nor the table
/// for it pays.
const FEW: usize = 24;

/// Text keys to [`Value`]s, in the order in which they were first inserted.
///
/// Equality does not look at the order. Hashing, where there are many entries, is keyed at random, so that no sender can
/// choose keys that collide.
#[derive(Clone)]
pub struct Map(Entries);

#[derive(Clone)]
enum Entries {
    Few(Vec<(Text, Value)>),
    // A pointer of its own keeps every `Value` at four words instead of ten.
    Many(Box<IndexMap<Text, Value>>),
}

impl Map {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty map with room for so many entries.
    #[must_use]
    pub fn with_capacity(entries: usize) -> Self {
        Self(match entries {
            ..=FEW => Entries::Few(Vec::with_capacity(entries)),
            _ => Entries::Many(Box::new(IndexMap::with_capacity(entries))),
        })
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Entries::Few(entries) => entries.len(),
            Entries::Many(entries) => entries.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is an entry under `key`.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.0 {
            Entries::Few(entries) => entries.iter().find(|(name, _)| *name == *key).map(|(_, value)| value),
            Entries::Many(entries) => entries.get(key),
        }
    }

    /// The value under `key`, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        match &mut self.0 {
            Entries::Few(entries) => entries.iter_mut().find(|(name, _)| *name == *key).map(|(_, value)| value),
            Entries::Many(entries) => entries.get_mut(key),
        }
    }

    /// Puts `value` under `key` and returns what was there. A key that is there keeps its place; a new one comes last.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.insert_key(Text::from(key.into()), value.into())
    }

    fn insert_key(&mut self, key: Text, value: Value) -> Option<Value> {
        match &mut self.0 {
            Entries::Few(entries) => {
                if let Some((_, present)) = entries.iter_mut().find(|(name, _)| *name == key) {
                    return Some(std::mem::replace(present, value));
                }
                if entries.len() < FEW {
                    entries.push((key, value));
                    return None;
                }
            }
            Entries::Many(entries) => return entries.insert(key, value),
        }
        self.many().insert(key, value)
    }

    /// The entries, in a table from now on.
    #[cold]
    fn many(&mut self) -> &mut IndexMap<Text, Value> {
        if let Entries::Few(entries) = &mut self.0 {
            let table = std::mem::take(entries).into_iter().collect();
            self.0 = Entries::Many(Box::new(table));
        }
        match &mut self.0 {
            Entries::Many(entries) => entries,
            Entries::Few(_) => unreachable!("they have just been moved"),
        }
    }

    /// Takes out the entry under `key`. The others keep their order, which takes time in proportion to their number.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        match &mut self.0 {
            Entries::Few(entries) => {
                let index = entries.iter().position(|(name, _)| *name == *key)?;
                Some(entries.remove(index).1)
            }
            Entries::Many(entries) => entries.shift_remove(key),
        }
    }

    /// Brings the entries into the order of their keys.
    pub fn sort_keys(&mut self) {
        match &mut self.0 {
            Entries::Few(entries) => entries.sort_unstable_by(|left, right| left.0.cmp(&right.0)),
            Entries::Many(entries) => entries.sort_unstable_keys(),
        }
    }

    /// The entries in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter(match &self.0 {
            Entries::Few(entries) => EntriesIter::Few(entries.iter()),
            Entries::Many(entries) => EntriesIter::Many(entries.iter()),
        })
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.iter().map(|(key, _)| key)
    }

    /// The values in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
    }

    /// The values in order, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        let (few, many) = match &mut self.0 {
            Entries::Few(entries) => (Some(entries.iter_mut().map(|(_, value)| value)), None),
            Entries::Many(entries) => (None, Some(entries.values_mut())),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten())
    }
}

/// A map that is put together from a document.
///
/// It notices most new keys without comparing them to those that are there, and each value is made where it stays.
#[derive(Debug, Default)]
pub(crate) struct MapBuilder {
    /// The entries, as long as they are few; then only the one whose key is still to come.
    few: Vec<(Text, Value)>,
    seen: Seen,
    /// All entries, once they are many.
    many: Option<Box<IndexMap<Text, Value>>>,
}

impl MapBuilder {
    /// A builder with room for so many entries.
    #[inline(always)]
    pub(crate) fn with_capacity(entries: usize) -> Self {
        match entries {
            ..=FEW => Self { few: Vec::with_capacity(entries), ..Self::default() },
            _ => Self { many: Some(Box::new(IndexMap::with_capacity(entries))), ..Self::default() },
        }
    }

    /// Puts `value` under `key`, instead of what was there.
    #[inline]
    pub(crate) fn insert(&mut self, key: &str, value: Value) {
        *self.place(key) = value;
    }

    /// The place for the value under `key`, [blank](Value::BLANK).
    #[inline]
    pub(crate) fn place(&mut self, key: &str) -> &mut Value {
        match self.seen.is_surely_new(key) && self.few.len() < FEW && self.many.is_none() {
            true => self.take_place(key),
            false => self.look_for_place(key),
        }
    }

    #[inline(always)]
    fn take_place(&mut self, key: &str) -> &mut Value {
        // In two steps: a pair that is put together elsewhere is read in wider pieces than it was just written in, for
        // which a processor waits.
        let (name, value) = self.few.push_mut(UNNAMED);
        name.settle(key);
        value
    }

    #[inline(never)]
    fn look_for_place(&mut self, key: &str) -> &mut Value {
        if self.many.is_none() {
            match self.few.iter().position(|(name, _)| *name == *key) {
                Some(index) => {
                    let (_, value) = &mut self.few[index];
                    *value = Value::BLANK;
                    return value;
                }
                None if self.few.len() < FEW => return self.take_place(key),
                None => {}
            }
        }
        let few = &mut self.few;
        let many = self.many.get_or_insert_with(|| Box::new(few.drain(..).collect()));
        let value = many.entry(Text::from(key)).or_insert(Value::BLANK);
        *value = Value::BLANK;
        value
    }

    /// The place for the next value, [blank](Value::BLANK), whose key [comes after it](Self::name).
    #[inline]
    pub(crate) fn next_place(&mut self) -> &mut Value {
        if self.few.len() == FEW {
            self.many = Some(Box::new(self.few.drain(..).collect()));
        }
        &mut self.few.push_mut(UNNAMED).1
    }

    /// Puts the value that is in the [next place](Self::next_place) under `key`, instead of what was there.
    #[inline]
    pub(crate) fn name(&mut self, key: &str) {
        if let Some((name, _)) = self.few.last_mut()
            && self.seen.is_surely_new(key)
            && self.many.is_none()
        {
            name.settle(key);
        } else {
            self.look_for_name(key);
        }
    }

    #[inline(never)]
    fn look_for_name(&mut self, key: &str) {
        let Some((_, value)) = self.few.pop() else { return };
        match (&mut self.many, self.few.iter_mut().find(|(name, _)| *name == *key)) {
            (Some(many), _) => drop(many.insert(Text::from(key), value)),
            (None, Some((_, present))) => *present = value,
            (None, None) => self.few.push((Text::from(key), value)),
        }
    }

    pub(crate) fn finish(self) -> Map {
        Map(self.many.map_or(Entries::Few(self.few), Entries::Many))
    }
}

/// An entry before its key and its value are known.
const UNNAMED: (Text, Value) = (Text::EMPTY, Value::BLANK);

/// Which keys have been there, with a bit for each, by its length and its last bytes. Some share one.
#[derive(Debug, Default)]
struct Seen([u64; 4]);

impl Seen {
    /// Notes the key, and says whether it is known to be there for the first time.
    #[inline(always)]
    fn is_surely_new(&mut self, key: &str) -> bool {
        let tail = short::tail(key.as_bytes()) ^ (key.len() as u64) << 56;
        let [.., high] = tail.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
        let (word, bit) = (&mut self.0[usize::from(high >> 6)], 1 << (high & 63));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

impl Default for Map {
    fn default() -> Self {
        Self(Entries::Few(Vec::new()))
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// The value under a key.
///
/// # Panics
/// If there is none, as the maps of the standard library do.
impl Index<&str> for Map {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        self.get(key).unwrap_or_else(|| panic!("no entry under {key:?}"))
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Into<String>, V: Into<Value>> Extend<(K, V)> for Map {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(key, value)| drop(self.insert(key, value)));
    }
}

/// The entries of a [`Map`] by reference, in order.
#[derive(Clone, Debug)]
pub struct Iter<'a>(EntriesIter<'a>);

#[derive(Clone, Debug)]
enum EntriesIter<'a> {
    Few(std::slice::Iter<'a, (Text, Value)>),
    Many(indexmap::map::Iter<'a, Text, Value>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a Value);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            EntriesIter::Few(entries) => entries.next().map(|(key, value)| (key.as_str(), value)),
            EntriesIter::Many(entries) => entries.next().map(|(key, value)| (key.as_str(), value)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            EntriesIter::Few(entries) => entries.size_hint(),
            EntriesIter::Many(entries) => entries.size_hint(),
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a str, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The entries of a [`Map`], in order.
#[derive(Debug)]
pub struct IntoIter(EntriesIntoIter);

#[derive(Debug)]
enum EntriesIntoIter {
    Few(std::vec::IntoIter<(Text, Value)>),
    Many(indexmap::map::IntoIter<Text, Value>),
}

impl Iterator for IntoIter {
    type Item = (String, Value);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = match &mut self.0 {
            EntriesIntoIter::Few(entries) => entries.next(),
            EntriesIntoIter::Many(entries) => entries.next(),
        };
        entry.map(|(key, value)| (key.into(), value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            EntriesIntoIter::Few(entries) => entries.size_hint(),
            EntriesIntoIter::Many(entries) => entries.size_hint(),
        }
    }
}

impl ExactSizeIterator for IntoIter {}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        IntoIter(match self.0 {
            Entries::Few(entries) => EntriesIntoIter::Few(entries.into_iter()),
            Entries::Many(entries) => EntriesIntoIter::Many(entries.into_iter()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_of_first_insertion() {
        let mut map = Map::from_iter([("b", 1), ("a", 2), ("c", 3), ("b", 4)]);
        assert_eq!(map.keys().collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!(map.remove("a"), Some(Value::Int(2)));
        assert_eq!(map.insert("d", 5), None);
        let entries: Vec<_> = map.into_iter().collect();
        assert_eq!(entries, [("b", 4), ("c", 3), ("d", 5)].map(|(key, value)| (key.to_owned(), Value::Int(value))));
    }

    #[test]
    fn many_entries_are_as_few() {
        let mut map = Map::from_iter((0..100).map(|number| (format!("key {number}"), number)));
        assert_eq!(map.len(), 100);
        assert_eq!(map.insert("key 7", 0), Some(Value::Int(7)));
        assert_eq!(map.get("key 7"), Some(&Value::Int(0)));
        assert_eq!(map.remove("key 0"), Some(Value::Int(0)));
        assert!(map.keys().eq((1..100).map(|number| format!("key {number}"))));
        assert_eq!(map.clone().into_iter().collect::<Map>(), map);
        map.sort_keys();
        assert!(map.keys().is_sorted());
    }

    #[test]
    fn keys_may_come_after_their_values() {
        for (count, names) in [(3_i64, 2), (24, 24), (25, 25), (30, 7), (100, 90)] {
            for room in [0, 3, count as usize] {
                let entries = || (0..count).map(|number| (format!("key {}", number % names), number));
                let mut builder = MapBuilder::with_capacity(room);
                for (key, number) in entries() {
                    *builder.next_place() = Value::Int(number);
                    builder.name(&key);
                }
                let map = builder.finish();
                assert!(map.keys().eq((0..names).map(|number| format!("key {number}"))), "{count}, {names}, {room}");
                assert_eq!(map, Map::from_iter(entries()), "{count}, {names}, {room}");
            }
        }
    }

    #[test]
    fn equality_ignores_order() {
        assert_eq!(Map::from_iter([("a", 1), ("b", 2)]), Map::from_iter([("b", 2), ("a", 1)]));
    }

    #[test]
    fn a_value_takes_four_words() {
        assert_eq!(size_of::<Value>(), 4 * size_of::<usize>());
    }
}
