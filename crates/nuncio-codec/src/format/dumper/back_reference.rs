//! Paths to what has been written: `$VAR1->{'a'}[0]`, `${$VAR1->[1]}`, `\$VAR1->[2]`.

use std::borrow::Cow;

use super::text::{Kind, Text, is_word};
use crate::perl::Fault;

/// A path, or a reference to what is at its end.
#[derive(Debug)]
pub(super) struct Path<'de> {
    pub(super) name: Name<'de>,
    pub(super) steps: Vec<Step<'de>>,
    /// Whether a backslash stands before it.
    pub(super) is_reference: bool,
    /// Whether it is written as `${\…}`, which is how Dumper prints a scalar that stands in two places.
    pub(super) is_alias: bool,
}

/// The variable to which the value is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'de> {
    /// `$`, or `@` or `%` where it is an array or a hash itself, whose elements are `$name[0]` and `$name{'a'}`.
    pub(super) sigil: u8,
    pub(super) word: &'de [u8],
}

impl Name<'_> {
    /// What the variable is, if it is an array or a hash itself.
    pub(super) fn list(self) -> Option<Kind> {
        match self.sigil {
            b'@' => Some(Kind::Array),
            b'%' => Some(Kind::Hash),
            _ => None,
        }
    }
}

/// How a path goes on.
#[derive(Debug)]
pub(super) enum Step<'de> {
    /// To the scalar that is referred to.
    Dereference,
    Element(usize),
    Entry(Cow<'de, str>),
}

impl<'de> Path<'de> {
    /// Reads the path that begins here.
    pub(super) fn read(text: &mut Text<'de>) -> Result<Self, Fault> {
        let is_reference = text.passes(b"\\");
        if is_reference && let Some(sigil @ (b'@' | b'%')) = text.peek() {
            text.seek(text.position() + 1);
            let name = Name { sigil, word: text.variable()? };
            // A reference to all of it, which is what the value is taken for.
            return Ok(Self { name, steps: Vec::new(), is_reference: false, is_alias: false });
        }
        // For each brace that is open, whether what is in it is referred to before it is dereferenced.
        let mut open = Vec::new();
        while text.passes(b"${") {
            open.push(text.passes(b"\\"));
        }
        text.expect("$")?;
        let word = text.variable()?;
        let sigil = match text.peek() {
            Some(b'[') => b'@',
            Some(b'{') => b'%',
            _ => b'$',
        };
        let name = Name { sigil, word };
        let mut path = Self { name, steps: Vec::new(), is_reference, is_alias: false };
        path.read_steps(text)?;
        while let Some(is_referred_to) = open.pop() {
            text.expect("}")?;
            if !is_referred_to {
                path.steps.push(Step::Dereference);
            }
            let steps = path.steps.len();
            path.read_steps(text)?;
            path.is_alias = is_referred_to && path.steps.len() == steps;
        }
        Ok(path)
    }

    fn read_steps(&mut self, text: &mut Text<'de>) -> Result<(), Fault> {
        loop {
            let has_arrow = text.passes(b"->");
            if text.passes(b"[") {
                self.steps.push(Step::Element(text.index()?));
                text.expect("]")?;
            } else if text.passes(b"{") {
                self.steps.push(Step::Entry(text.bare_key()?.to_text()?));
                text.expect("}")?;
            } else if has_arrow {
                return Err(text.expected("\"[\" or \"{\""));
            } else {
                return Ok(());
            }
        }
    }
}

impl<'de> Text<'de> {
    /// Reads the name of a variable behind its sigil.
    pub(super) fn variable(&mut self) -> Result<&'de [u8], Fault> {
        match self.peek().filter(|byte| is_word(*byte) && !byte.is_ascii_digit()) {
            Some(_) => Ok(self.word()),
            None => Err(self.expected("the name of a variable")),
        }
    }

    fn index(&mut self) -> Result<usize, Fault> {
        let rest = self.rest();
        let size = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let index = std::str::from_utf8(&rest[..size]).ok().and_then(|digits| digits.parse().ok());
        let index = index.ok_or_else(|| self.expected("the index of an element"))?;
        self.seek(self.position() + size);
        Ok(index)
    }
}
