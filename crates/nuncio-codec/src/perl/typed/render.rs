//! From a graph to the tree that shows it.

use super::{Entry, Graph, Kind, Node};
use crate::perl::number::float_text;
use crate::{Map, Value};

/// The tree of `root`: entries by key, and what is met more than once in full where that order meets it first.
pub(super) fn view(graph: &Graph, root: usize) -> Value {
    let mut renderer = Renderer {
        graph,
        elements: vec![Occurrence::default(); graph.nodes.len()],
        scalars: vec![Occurrence::default(); graph.nodes.len()],
        things: vec![Occurrence::default(); graph.things.len()],
        ids: 0,
    };
    renderer.count(root);
    renderer.element(root)
}

struct Renderer<'g> {
    graph: &'g Graph,
    /// The scalars, as what stands somewhere.
    elements: Vec<Occurrence>,
    /// The scalars, as what is referred to.
    scalars: Vec<Occurrence>,
    /// Everything else that is referred to.
    things: Vec<Occurrence>,
    /// How many numbers were given.
    ids: usize,
}

/// How often something occurs, and the number under which it was shown.
#[derive(Clone, Copy, Debug, Default)]
struct Occurrence {
    count: usize,
    id: Option<usize>,
}

impl Occurrence {
    /// What to show it as, if it occurs more than once: the same as before, or something new.
    fn meet(&mut self, ids: &mut usize) -> Met {
        match self.id {
            _ if self.count < 2 => Met::Once,
            Some(id) => Met::Again(id),
            None => {
                *ids += 1;
                self.id = Some(*ids);
                Met::First(*ids)
            }
        }
    }
}

enum Met {
    Again(usize),
    First(usize),
    Once,
}

impl<'g> Renderer<'g> {
    /// The node that has in full what the one at `slot` is or refers to.
    fn holder(&self, slot: usize) -> &'g Node {
        let node = &self.graph.nodes[slot];
        match (&node.kind, node.thing) {
            (Kind::Again, Some(thing)) => &self.graph.nodes[self.graph.things[thing]],
            _ => node,
        }
    }

    /// What the node refers to, if it may be met again.
    fn referent(&mut self, node: &Node) -> Option<&mut Occurrence> {
        match (&node.kind, node.thing) {
            (Kind::ScalarRef(scalar), _) => Some(&mut self.scalars[*scalar]),
            (Kind::Bool(_), _) | (_, None) => None,
            (_, Some(thing)) => Some(&mut self.things[thing]),
        }
    }

    /// Counts what occurs from `root` on.
    fn count(&mut self, root: usize) {
        let mut ahead = vec![root];
        while let Some(slot) = ahead.pop() {
            self.elements[slot].count += 1;
            if self.elements[slot].count == 1 {
                self.count_node(slot, &mut ahead);
            }
        }
    }

    fn count_node(&mut self, mut slot: usize, ahead: &mut Vec<usize>) {
        loop {
            let holder = self.holder(slot);
            if let Some(referent) = self.referent(holder) {
                referent.count += 1;
                if referent.count > 1 {
                    return;
                }
            }
            match &holder.kind {
                Kind::ScalarRef(scalar) => slot = *scalar,
                Kind::Array(elements) | Kind::Freeze(elements) => return ahead.extend(elements),
                Kind::Hash(entries) => return ahead.extend(entries.iter().map(|entry| entry.value)),
                _ => return,
            }
        }
    }

    /// A scalar that stands somewhere.
    fn element(&mut self, slot: usize) -> Value {
        match self.elements[slot].meet(&mut self.ids) {
            Met::Again(id) => Value::from_iter([("same", id)]),
            Met::Once => self.node(slot),
            Met::First(id) => {
                let mut view = match self.node(slot) {
                    Value::Map(view) => view,
                    _ => Map::from_iter([("undef", true)]),
                };
                view.insert("aliased", true);
                view.insert("id", id);
                view.into()
            }
        }
    }

    fn node(&mut self, slot: usize) -> Value {
        let node = &self.graph.nodes[slot];
        let holder = self.holder(slot);
        let mut ids = self.ids;
        let met = self.referent(holder).map_or(Met::Once, |referent| referent.meet(&mut ids));
        self.ids = ids;
        let mut view = match met {
            Met::Again(id) => Map::from_iter([("same", id)]),
            Met::First(_) | Met::Once => match self.kind(&holder.kind) {
                Some(view) => view,
                None => return Value::Null,
            },
        };
        if let (Some(class), Met::First(_) | Met::Once) = (&holder.class, &met) {
            view.insert("blessed", class.as_str());
        }
        if node.is_weak {
            view.insert("weak", true);
        }
        if let Met::First(id) = met {
            view.insert("id", id);
        }
        view.into()
    }

    /// What is said of a value by its kind; nothing of nothing.
    fn kind(&mut self, kind: &Kind) -> Option<Map> {
        let (member, value) = match kind {
            Kind::Again | Kind::Undef => return None,
            Kind::Array(elements) => ("array", self.all(elements)),
            Kind::Bool(value) => ("bool", (*value).into()),
            Kind::Bytes(bytes) => ("bytes", hexadecimal(bytes).into()),
            Kind::Float(value) => {
                let bits = format!("{:016x}", value.to_bits());
                return Some(Map::from_iter([("float", float_text(*value)), ("bits", bits)]));
            }
            Kind::Freeze(arguments) => ("freeze", self.all(arguments)),
            Kind::Hash(entries) => ("hash", entries.iter().map(|entry| self.entry(entry)).collect()),
            Kind::Int(value) => ("int", value.to_string().into()),
            Kind::Regexp(regexp) => {
                return Some(Map::from_iter([("regexp", regexp.pattern.as_str()), ("flags", regexp.flags.as_str())]));
            }
            Kind::ScalarRef(scalar) => ("scalarref", self.node(*scalar)),
            Kind::Text(text) => ("text", text.as_str().into()),
            Kind::UInt(value) => ("int", value.to_string().into()),
        };
        Some(Map::from_iter([(member, value)]))
    }

    fn all(&mut self, slots: &[usize]) -> Value {
        slots.iter().map(|slot| self.element(*slot)).collect()
    }

    fn entry(&mut self, entry: &Entry) -> Value {
        let key = match entry.key_is_text {
            true => ("text", entry.key.clone()),
            // Characters that stand for bytes are below 256.
            false => ("bytes", entry.key.chars().map(|byte| format!("{:02x}", u32::from(byte))).collect()),
        };
        Value::from_iter([Value::from_iter([key]), self.element(entry.value)])
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
