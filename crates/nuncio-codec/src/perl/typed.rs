//! The exact view of a document: what Perl would have, and serde's data model has no room for.

mod build;
mod render;

use serde::{Serialize, Serializer};

use self::build::Builder;
use super::{Consume, Fault, Regexp, Source};
use crate::{DecodeLimits, Value};

/// A value as Perl has it, in full: which strings are text, what is an object, what is the same thing twice.
///
/// It is there to be looked at, and serializes as a tree of maps with one member that says what it is:
///
/// | member | stands for |
/// |---|---|
/// | `null` itself | nothing |
/// | `{"int":"17"}` | an integer, in decimal |
/// | `{"float":"0.5","bits":"3fe0000000000000"}` | a float as Perl prints it, and its IEEE 754 bits |
/// | `{"bytes":"636166e9"}` | a string without the character flag, in hexadecimal |
/// | `{"text":"é"}` | a string with it |
/// | `{"bool":true}` | a boolean, also one that came as an object of a JSON decoder |
/// | `{"array":[…]}` | a reference to an array |
/// | `{"hash":[[key,value],…]}` | a reference to a hash, sorted by key |
/// | `{"scalarref":…}` | a reference to a scalar |
/// | `{"regexp":"^a","flags":"i"}` | a reference to a regular expression |
/// | `{"blessed":"Class","freeze":[…]}` | an object that wrote itself, and what it wrote |
///
/// Besides, `"blessed":"Class"` names the class of an object, `"weak":true` marks a weak reference, `"id":1` what is
/// met again as `{"same":1}`, and `"aliased":true` what is then one scalar under two names. So a cycle can be shown.
#[derive(Clone, Debug)]
pub struct Typed(Value);

impl Serialize for Typed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Reads the exact view.
#[derive(Debug)]
pub(crate) struct IntoTyped<'a> {
    pub(crate) limits: &'a DecodeLimits,
}

impl<'de> Consume<'de> for IntoTyped<'_> {
    type Out = Typed;

    const KNOWS_PLACES: bool = true;

    fn consume<'b, S: Source<'de, 'b>>(self, source: S) -> Result<Typed, Fault> {
        let mut builder = Builder::new(source, self.limits);
        let root = builder.value()?;
        Ok(Typed(render::view(&builder.into_graph(), root)))
    }
}

/// A value and what it refers to, as nodes that name one another by their index. One that stands in two places is one
/// scalar under two names.
#[derive(Debug, Default)]
struct Graph {
    nodes: Vec<Node>,
    /// What is referred to, each by the node of the reference through which it was met first.
    things: Vec<usize>,
}

#[derive(Debug)]
struct Node {
    kind: Kind,
    class: Option<String>,
    is_weak: bool,
    /// What this refers to, where something else may refer to it too.
    thing: Option<usize>,
}

impl From<Kind> for Node {
    fn from(kind: Kind) -> Self {
        Self { kind, class: None, is_weak: false, thing: None }
    }
}

#[derive(Debug)]
enum Kind {
    /// A reference to a thing that was met before.
    Again,
    Array(Vec<usize>),
    Bool(bool),
    Bytes(Vec<u8>),
    Float(f64),
    Freeze(Vec<usize>),
    Hash(Vec<Entry>),
    Int(i64),
    Regexp(Box<Regexp>),
    ScalarRef(usize),
    Text(String),
    UInt(u64),
    Undef,
}

/// An entry of a hash. In Perl, keys are the same whose characters are.
#[derive(Debug)]
struct Entry {
    key: String,
    key_is_text: bool,
    value: usize,
}
