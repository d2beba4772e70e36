//! From events to a graph.

use std::collections::HashMap;

use serde::de::Error as _;

use super::{Entry, Graph, Kind, Node};
use crate::DecodeLimits;
use crate::perl::allowance::Allowance;
use crate::perl::string::downgrade;
use crate::perl::{Event, Fault, PerlString, Source};

pub(super) struct Builder<'a, S> {
    source: S,
    allowance: Allowance<'a>,
    graph: Graph,
    /// The nodes, by the place where they were read.
    slots: HashMap<usize, usize>,
    /// The things, by the place by which something may refer to them.
    referents: HashMap<usize, usize>,
}

impl<'a, S> Builder<'a, S> {
    pub(super) fn new(source: S, limits: &'a DecodeLimits) -> Self {
        Self {
            source,
            allowance: Allowance::new(limits),
            graph: Graph::default(),
            slots: HashMap::new(),
            referents: HashMap::new(),
        }
    }

    pub(super) fn into_graph(self) -> Graph {
        self.graph
    }

    /// Reads a value, and says at which node it is.
    pub(super) fn value<'de, 'b>(&mut self) -> Result<usize, Fault>
    where
        S: Source<'de, 'b>,
    {
        let place = self.source.place();
        let offset = self.source.offset(place);
        self.value_at(place).map_err(|fault| fault.at(offset))
    }

    fn value_at<'de, 'b>(&mut self, place: usize) -> Result<usize, Fault>
    where
        S: Source<'de, 'b>,
    {
        match self.source.next()? {
            Event::Alias { place } => match self.slots.get(&place) {
                Some(slot) => Ok(*slot),
                None => self.elsewhere(place),
            },
            Event::Copy { start } => self.elsewhere(start),
            event => {
                // It has its index before what it contains, which may refer to it.
                let slot = self.graph.nodes.len();
                self.graph.nodes.push(Kind::Undef.into());
                self.slots.insert(place, slot);
                self.graph.nodes[slot] = self.node(event, slot)?;
                Ok(slot)
            }
        }
    }

    /// The node that begins with the event, and is to be at `slot`.
    ///
    /// What can be nested has a function of its own, and this one nothing but calls: its frame is on the stack once for
    /// each level.
    fn node<'de, 'b>(&mut self, event: Event<'de, 'b, S::Extent>, slot: usize) -> Result<Node, Fault>
    where
        S: Source<'de, 'b>,
    {
        match event {
            Event::Array { place, extent } => self.array_node(place, extent, slot),
            Event::Hash { place, extent } => self.hash_node(place, extent, slot),
            Event::Reference { place } => self.reference(place, slot),
            Event::Again { place, start } => self.again(place, start, slot),
            Event::Weak => self.weak(slot),
            Event::Blessed(class) => self.object(&class, slot),
            Event::Frozen(class) => self.frozen(&class, slot),
            Event::Alias { place: start } | Event::Copy { start } => self.copied_reference(start, slot),
            leaf => self.leaf(leaf, slot),
        }
    }

    /// A node that contains no other.
    fn leaf<'de, 'b>(&mut self, event: Event<'de, 'b, S::Extent>, slot: usize) -> Result<Node, Fault>
    where
        S: Source<'de, 'b>,
    {
        let kind = match event {
            Event::Undef => Kind::Undef,
            Event::Bool(value) => Kind::Bool(value),
            Event::Int(value) => Kind::Int(value),
            Event::UInt(value) => Kind::UInt(value),
            Event::Float(value) => Kind::Float(value),
            Event::String(string) => {
                self.allowance.check_text(string.bytes().len())?;
                match bytes_of::<S>(string) {
                    Some(bytes) => Kind::Bytes(bytes),
                    None => Kind::Text(string.characters().into_owned()),
                }
            }
            Event::Regexp { place, regexp } => {
                return Ok(Node { thing: self.thing(place, slot), ..Kind::Regexp(regexp).into() });
            }
            Event::Code(_) => return Err(Fault::custom("expected data, found a function")),
            _ => return Err(Fault::no_reference()),
        };
        Ok(kind.into())
    }

    fn array_node<'de, 'b>(&mut self, place: Option<usize>, extent: S::Extent, slot: usize) -> Result<Node, Fault>
    where
        S: Source<'de, 'b>,
    {
        let thing = self.thing(place, slot);
        let elements = self.array(extent)?;
        Ok(Node { thing, ..Kind::Array(elements).into() })
    }

    fn hash_node<'de, 'b>(&mut self, place: Option<usize>, extent: S::Extent, slot: usize) -> Result<Node, Fault>
    where
        S: Source<'de, 'b>,
    {
        let thing = self.thing(place, slot);
        let entries = self.hash(extent)?;
        Ok(Node { thing, ..Kind::Hash(entries).into() })
    }

    fn reference<'de, 'b>(&mut self, place: Option<usize>, slot: usize) -> Result<Node, Fault>
    where
        S: Source<'de, 'b>,
    {
        let thing = self.thing(place, slot);
        let scalar = self.descend(Self::value)?;
        Ok(Node { thing, ..Kind::ScalarRef(scalar).into() })
    }

    fn weak<'de, 'b>(&mut self, slot: usize) -> Result<Node, Fault>
    where
        S: Source<'de, 'b>,
    {
        let node = self.following(slot)?;
        Ok(Node { is_weak: true, ..node })
    }

    /// The node that begins with the next event, which belongs to the one before and has to be a reference.
    fn following<'de, 'b>(&mut self, slot: usize) -> Result<Node, Fault>
    where
        S: Source<'de, 'b>,
    {
        match self.source.next()? {
            Event::Undef | Event::Bool(_) | Event::Int(_) | Event::UInt(_) | Event::Float(_) | Event::String(_) => {
                Err(Fault::no_reference())
            }
            event => self.descend(|builder| builder.node(event, slot)),
        }
    }

    /// Notes what the reference at `slot` refers to, if something else may.
    fn thing(&mut self, place: Option<usize>, slot: usize) -> Option<usize> {
        place.map(|place| {
            let thing = self.graph.things.len();
            self.graph.things.push(slot);
            self.referents.insert(place, thing);
            thing
        })
    }

    /// A reference to what was referred to before, or only met.
    fn again<'de, 'b>(&mut self, place: usize, start: usize, slot: usize) -> Result<Node, Fault>
    where
        S: Source<'de, 'b>,
    {
        if let Some(thing) = self.referents.get(&place) {
            return Ok(Node { thing: Some(*thing), ..Kind::Again.into() });
        }
        if start != place {
            let reference = self.elsewhere(start)?;
            let node = std::mem::replace(&mut self.graph.nodes[reference], Kind::Undef.into());
            // What was met there first is met here from now on.
            if let Some(thing) = node.thing.filter(|thing| self.graph.things[*thing] == reference) {
                self.graph.things[thing] = slot;
            }
            return Ok(node);
        }
        let thing = self.thing(Some(place), slot);
        let scalar = match self.slots.get(&place) {
            Some(scalar) => *scalar,
            None => self.elsewhere(start)?,
        };
        Ok(Node { thing, ..Kind::ScalarRef(scalar).into() })
    }

    /// A copy where there has to be a reference.
    fn copied_reference<'de, 'b>(&mut self, start: usize, slot: usize) -> Result<Node, Fault>
    where
        S: Source<'de, 'b>,
    {
        let origin = self.source.place();
        self.source.jump(start)?;
        let node = self.following(slot)?;
        self.source.resume(origin);
        Ok(node)
    }

    fn object<'de, 'b>(&mut self, class: &PerlString<'_, '_>, slot: usize) -> Result<Node, Fault>
    where
        S: Source<'de, 'b>,
    {
        let node = self.following(slot)?;
        if class.is_boolean_class()
            && let Kind::ScalarRef(scalar) = node.kind
        {
            let truth = match &self.graph.nodes[scalar].kind {
                Kind::Bool(value) => *value,
                Kind::Int(value) => *value != 0,
                Kind::Bytes(text) => !matches!(&text[..], b"" | b"0"),
                Kind::Undef => false,
                _ => return Err(Fault::custom("expected 0 or 1 in a boolean object")),
            };
            return Ok(Node { kind: Kind::Bool(truth), ..node });
        }
        let is_plain_regexp = matches!(node.kind, Kind::Regexp(_)) && class.bytes() == b"Regexp";
        let class = (!is_plain_regexp).then(|| class.characters().into_owned());
        Ok(Node { class, ..node })
    }

    fn frozen<'de, 'b>(&mut self, class: &PerlString<'_, '_>, slot: usize) -> Result<Node, Fault>
    where
        S: Source<'de, 'b>,
    {
        let node = self.following(slot)?;
        let Kind::Array(arguments) = node.kind else {
            return Err(Fault::custom("expected an array of what an object wrote of itself"));
        };
        Ok(Node { kind: Kind::Freeze(arguments), class: Some(class.characters().into_owned()), ..node })
    }

    /// The value that is written at `start`.
    fn elsewhere<'de, 'b>(&mut self, start: usize) -> Result<usize, Fault>
    where
        S: Source<'de, 'b>,
    {
        let origin = self.source.place();
        self.source.jump(start)?;
        let slot = self.descend(Self::value)?;
        self.source.resume(origin);
        Ok(slot)
    }

    fn array<'de, 'b>(&mut self, mut extent: S::Extent) -> Result<Vec<usize>, Fault>
    where
        S: Source<'de, 'b>,
    {
        self.descend(|builder| {
            let mut elements = Vec::new();
            while builder.source.element(&mut extent)? {
                builder.allowance.count_element()?;
                elements.push(builder.value().map_err(|fault| fault.in_element(elements.len()))?);
            }
            Ok(elements)
        })
    }

    /// Reads the entries, and sorts them. Of equal keys the last counts, where the format has them.
    fn hash<'de, 'b>(&mut self, mut extent: S::Extent) -> Result<Vec<Entry>, Fault>
    where
        S: Source<'de, 'b>,
    {
        self.descend(|builder| {
            let mut entries = Vec::new();
            while let Some(key) = builder.source.key(&mut extent)? {
                builder.allowance.count_element()?;
                builder.allowance.check_text(key.bytes().len())?;
                let key_is_text = bytes_of::<S>(key).is_none();
                let key = key.characters().into_owned();
                let value = builder.value().map_err(|fault| fault.in_entry(&key))?;
                entries.push(Entry { key, key_is_text, value });
            }
            // Reversed first, so that of equal keys the last is met first, and stays.
            entries.reverse();
            entries.sort_by(|left, right| left.key.cmp(&right.key));
            if S::REFUSES_EQUAL_KEYS
                && let Some(pair) = entries.windows(2).find(|pair| pair[0].key == pair[1].key)
            {
                return Err(Fault::custom(format_args!("expected each key once, found {:?} twice", pair[0].key)));
            }
            entries.dedup_by(|second, first| second.key == first.key);
            Ok(entries)
        })
    }

    /// Reads one level deeper.
    fn descend<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.allowance.descend()?;
        let value = read(self)?;
        self.allowance.rise();
        Ok(value)
    }
}

/// The bytes that the string is to Perl, if it is no text to it.
fn bytes_of<'de, 'b, S: Source<'de, 'b>>(string: PerlString<'de, 'b>) -> Option<Vec<u8>> {
    match string {
        PerlString::Ascii(text) => Some(text.as_bytes().to_vec()),
        PerlString::Bytes(bytes) => Some(bytes.to_vec()),
        PerlString::Text(text) if S::DOWNGRADES_TEXT => downgrade(&text),
        PerlString::Text(_) => None,
    }
}
