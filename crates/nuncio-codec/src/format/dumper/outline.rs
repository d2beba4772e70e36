//! What is where in a text, so that its paths can be followed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::back_reference::{Name, Path, Step};
use super::text::{Kind, Text};
use super::walk::{Notes, Part};
use crate::error::Exceeded;
use crate::perl::Fault;

/// The values of a text, each before what is in it.
#[derive(Debug)]
pub(super) struct Outline<'de> {
    /// The variable by which paths begin. A text that assigns none tells it by its first path.
    name: Option<Name<'de>>,
    nodes: Vec<Node>,
    classes: Classes,
    /// What is in the containers that paths have gone through.
    contents: HashMap<usize, Contents>,
    /// Where the path is that was assigned to a value later on, by the place of the value.
    assigned: HashMap<usize, usize>,
    nodes_max: usize,
    /// Where jumps came from, and how much was open there.
    pub(super) jumps: Vec<(usize, usize)>,
    /// What had begun before it was known that there are paths, and where what is behind it begins.
    around: Vec<(Referent, usize)>,
    /// The nodes that have begun and not ended, while the text is walked.
    open: Vec<usize>,
    /// Where the last key was, likewise.
    key: usize,
}

#[derive(Debug)]
struct Node {
    place: usize,
    /// Where its key is, if it is in a hash.
    key: usize,
    part: Part,
    /// The node after all that are in this one.
    next: usize,
}

#[derive(Debug)]
enum Contents {
    Array(Vec<usize>),
    Hash(HashMap<String, usize>),
}

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Target {
    /// To something that is no reference, or to one by itself.
    Scalar { place: usize },
    /// To a reference, which is at `place`, to what is at `referent`.
    Reference { place: usize, referent: Referent },
}

/// What a reference is to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Referent {
    /// The container or the regular expression that is written here.
    Thing(usize),
    /// The scalar that is written here.
    Scalar(usize),
}

impl<'de> Outline<'de> {
    /// Goes through the value at which `text` is, and through the assignments behind it.
    pub(super) fn read(text: &mut Text<'de>, name: Option<Name<'de>>, nodes_max: usize) -> Result<Self, Fault> {
        let mut outline = Self {
            name,
            nodes: Vec::new(),
            classes: Classes::new(nodes_max),
            contents: HashMap::new(),
            assigned: HashMap::new(),
            nodes_max,
            jumps: Vec::new(),
            around: Vec::new(),
            open: Vec::new(),
            key: 0,
        };
        text.walk(&mut outline)?;
        text.pass_end();
        while text.peek().is_some() {
            outline.read_assignment(text)?;
            text.pass_end();
        }
        Ok(outline)
    }

    /// Where the class of the object at `place` is.
    pub(super) fn class(&self, place: usize) -> Option<usize> {
        self.classes.find(place)
    }

    /// Where the path is that was assigned to the value at `place`.
    pub(super) fn assigned(&self, place: usize) -> Option<usize> {
        self.assigned.get(&place).copied()
    }

    /// Notes what contains the value at `position`, all of which has begun.
    pub(super) fn note_around(&mut self, position: usize) {
        let mut node = 0;
        while let Some(Node { place, part, next, .. }) = self.nodes.get(node).filter(|node| node.place < position) {
            let behind = self.nodes.get(*next).map_or(usize::MAX, |behind| behind.place);
            if behind <= position {
                node = *next;
                continue;
            }
            node += 1;
            let referent = match part {
                Part::Reference => Referent::Scalar(self.nodes[node].place),
                _ => Referent::Thing(*place),
            };
            self.around.push((referent, behind));
        }
    }

    /// What was noted and contains `position` as well, or where the jumps to it came from.
    pub(super) fn around(&self, position: usize) -> impl Iterator<Item = Referent> {
        let position = self.jumps.first().map_or(position, |(from, _)| *from);
        self.around.iter().filter(move |(_, behind)| position < *behind).map(|(referent, _)| *referent)
    }

    /// Reads a statement in which Dumper mends what it could not write in place: `$VAR1->{'b'} = $VAR1->{'a'};`.
    fn read_assignment(&mut self, text: &mut Text<'de>) -> Result<(), Fault> {
        let start = text.position();
        let path = Path::read(text)?;
        text.expect_next("=")?;
        text.pass_space();
        let value = text.position();
        Path::read(text)?;
        text.expect_next(";")?;
        let node = self.follow(&path, text).map_err(|fault| fault.at(start))?;
        let is_left_open = match self.nodes[node].part {
            Part::Container(_) => self.nodes[node].next == node + 1,
            part => part == Part::Undef,
        };
        if path.is_reference || !is_left_open {
            return Err(Fault::new(start, "expected the path of a value that was left open, found that of another"));
        }
        self.assigned.insert(self.nodes[node].place, value);
        Ok(())
    }

    /// What is at the end of the path.
    pub(super) fn target(&mut self, path: &Path<'de>, text: &mut Text<'de>) -> Result<Target, Fault> {
        let node = self.follow(path, text)?;
        let place = self.nodes[node].place;
        let inner = self.blessed(node);
        let Node { place: at, part, .. } = self.nodes[inner];
        let referent = match part {
            Part::Container(_) | Part::Regexp => Referent::Thing(at),
            Part::Reference => Referent::Scalar(self.nodes[inner + 1].place),
            Part::PathReference | Part::Scalar | Part::Undef => return Ok(Target::Scalar { place }),
            Part::Path | Part::Object => return Err(refuse("a value that is written out", "a further path")),
        };
        match self.assigned.contains_key(&place) {
            true => Err(refuse("a value that is written out", "one that is assigned later")),
            false => Ok(Target::Reference { place, referent }),
        }
    }

    /// The node of what an object consists of; of anything else its own.
    fn blessed(&self, mut node: usize) -> usize {
        while self.nodes[node].part == Part::Object {
            node += 1;
        }
        node
    }

    /// The node to which a path leads.
    fn follow(&mut self, path: &Path<'de>, text: &mut Text<'de>) -> Result<usize, Fault> {
        let name = *self.name.get_or_insert(path.name);
        if path.name != name {
            let [wanted, found] = [name, path.name].map(|name| name.word.escape_ascii());
            return Err(refuse(format_args!("a path from the variable {wanted}"), format_args!("one from {found}")));
        }
        path.steps.iter().try_fold(0, |node, step| self.step(self.blessed(node), step, text))
    }

    fn step(&mut self, node: usize, step: &Step<'de>, text: &mut Text<'de>) -> Result<usize, Fault> {
        let found = match (self.nodes[node].part, step) {
            (Part::Reference, Step::Dereference) => Some(node + 1),
            (Part::Container(kind), _) => match (self.contents(node, kind, text)?, step) {
                (Contents::Array(elements), Step::Element(index)) => elements.get(*index).copied(),
                (Contents::Hash(entries), Step::Entry(key)) => entries.get(&**key).copied(),
                _ => None,
            },
            _ => None,
        };
        found.ok_or_else(|| refuse("a path to what is in the text", "one to what is not"))
    }

    /// What is in the container at `node`, which is looked for once.
    fn contents(&mut self, node: usize, kind: Kind, text: &mut Text<'de>) -> Result<&Contents, Fault> {
        let vacant = match self.contents.entry(node) {
            Entry::Occupied(contents) => return Ok(contents.into_mut()),
            Entry::Vacant(vacant) => vacant,
        };
        let end = self.nodes[node].next;
        let within = |child: usize| Some(child).filter(|child| *child < end);
        let children = std::iter::successors(within(node + 1), |child| within(self.nodes[*child].next));
        Ok(vacant.insert(match kind {
            Kind::Array => Contents::Array(children.collect()),
            Kind::Hash => {
                let entry = |child: usize| Ok((text.key_at(self.nodes[child].key)?, child));
                Contents::Hash(children.map(entry).collect::<Result<_, Fault>>()?)
            }
        }))
    }
}

fn refuse(wanted: impl std::fmt::Display, found: impl std::fmt::Display) -> Fault {
    serde::de::Error::custom(format_args!("expected {wanted}, found {found}"))
}

impl Notes for Outline<'_> {
    fn key(&mut self, at: usize) {
        self.key = at;
    }

    fn begin(&mut self, at: usize, part: Part) -> Result<(), Fault> {
        if self.nodes.len() > self.nodes_max {
            return Err(Fault::limit(Exceeded::Elements { limit: self.nodes_max }));
        }
        self.open.push(self.nodes.len());
        self.nodes.push(Node { place: at, key: self.key, part, next: 0 });
        self.classes.begin(at, part)
    }

    fn class(&mut self, at: usize) {
        self.classes.class(at);
    }

    fn end(&mut self) {
        let ended = self.open.pop().expect("a value begins before it ends");
        self.nodes[ended].next = self.nodes.len();
    }
}

/// Where the classes of objects are, which stand behind what they consist of and are wanted before.
#[derive(Debug)]
pub(super) struct Classes {
    /// The places of objects and of their classes, in the order of objects.
    found: Vec<(usize, usize)>,
    /// Which of them have begun and not ended.
    open: Vec<usize>,
    objects_max: usize,
}

impl Classes {
    pub(super) fn new(objects_max: usize) -> Self {
        Self { found: Vec::new(), open: Vec::new(), objects_max }
    }

    /// Where the class of the object at `place` is, if that was walked through.
    pub(super) fn find(&self, place: usize) -> Option<usize> {
        let index = self.found.binary_search_by_key(&place, |(object, _)| *object).ok()?;
        Some(self.found[index].1)
    }

    pub(super) fn clear(&mut self) {
        self.found.clear();
    }
}

impl Notes for Classes {
    fn begin(&mut self, at: usize, part: Part) -> Result<(), Fault> {
        if part != Part::Object {
            return Ok(());
        }
        if self.found.len() > self.objects_max {
            return Err(Fault::limit(Exceeded::Elements { limit: self.objects_max }));
        }
        self.open.push(self.found.len());
        self.found.push((at, 0));
        Ok(())
    }

    fn class(&mut self, at: usize) {
        let index = self.open.pop().expect("an object begins before it ends");
        self.found[index].1 = at;
    }
}
