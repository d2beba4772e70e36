//! Reading a text, value by value.

use super::back_reference::{Name, Path};
use super::kept::{Kept, Strings};
use super::outline::{Classes, Outline, Referent, Target};
use super::text::{Head, Kind, Text, is_word};
use crate::DecodeLimits;
use crate::perl::{Cursor, Event, Fault, Lent, Number, PerlString, Source};

/// A text while it is read.
///
/// Its places are twice the positions of values, and one more for what a value refers to, if that is no scalar.
#[derive(Debug)]
pub(super) struct Document<'de, 'b> {
    text: Text<'de>,
    kept: Kept<'b>,
    /// Where everything is, if there are paths.
    outline: Option<Box<Outline<'de>>>,
    /// Where the classes of the present objects are, if there are no paths.
    classes: Classes,
    /// What has to be closed behind the values that have begun.
    open: Vec<Open>,
    /// Where jumps came from, and how much was open there.
    jumps: Vec<(usize, usize)>,
}

/// What is around a value that is no item of a container.
#[derive(Clone, Copy, Debug)]
enum Open {
    Object,
    Variable,
}

/// What is left of a container.
#[derive(Debug)]
pub(super) struct Extent<'de> {
    close: u8,
    stage: Stage,
    /// What stood before the last key of a hash, if that was as plain as most are.
    gap: &'de str,
    /// How much was open when the container began.
    open: usize,
}

/// Which part of a container comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    First,
    Further,
    /// None.
    Behind,
}

impl<'de: 'b, 'b> Document<'de, 'b> {
    /// Goes to the value in `bytes`.
    pub(super) fn open(bytes: &'de [u8], strings: &'b Strings, limits: &DecodeLimits) -> Result<Self, Fault> {
        let mut text = Text::new(Cursor::new(bytes, Some(bytes), limits.unfolded_bytes), None);
        let name = assigned_variable(&mut text)?;
        let start = text.position();
        let list = name.and_then(|name| name.list());
        let text_at_start = |unfolded_max| {
            let mut text = Text::new(Cursor::new(bytes, Some(bytes), unfolded_max), list.map(|kind| (start, kind)));
            text.seek(start);
            text
        };
        let outline = match has_paths(&bytes[start..], name) {
            true => Some(Box::new(Outline::read(&mut text_at_start(0), name, limits.elements)?)),
            false => None,
        };
        Ok(Self {
            text: text_at_start(limits.unfolded_bytes),
            kept: Kept::new(strings),
            outline,
            classes: Classes::new(limits.elements),
            open: Vec::new(),
            jumps: Vec::new(),
        })
    }

    /// Sees that nothing but the end of the statement follows, when the value was read.
    pub(super) fn close(mut self) -> Result<(), Fault> {
        self.close_down_to(0)?;
        self.text.pass_end();
        match self.outline {
            // Then all statements were read before.
            Some(_) => Ok(()),
            None if self.text.peek().is_none() => Ok(()),
            None => Err(self.text.expected("the end of the text")),
        }
    }

    /// Passes over what closes the values that have begun since `open` were.
    #[inline]
    fn close_down_to(&mut self, open: usize) -> Result<(), Fault> {
        while self.open.len() > open {
            match self.open.pop() {
                Some(Open::Object) => {
                    self.text.class()?;
                }
                Some(Open::Variable) => self.text.expect_next(")}")?,
                None => {}
            }
        }
        Ok(())
    }

    /// The place of what the value at `position` refers to, if something may refer to it too.
    #[inline]
    fn thing(&self, position: usize) -> Option<usize> {
        self.outline.is_some().then_some(2 * position + 1)
    }

    /// A reference to the scalar that comes next.
    fn reference(&mut self) -> Event<'de, 'b, Extent<'de>> {
        self.text.pass_space();
        let place = self.outline.is_some().then_some(2 * self.text.position());
        Event::Reference { place }
    }

    /// Reads the head of the value that begins here, whatever it is.
    #[inline(never)]
    fn other(&mut self) -> Result<Event<'de, 'b, Extent<'de>>, Fault> {
        let position = self.text.position();
        if let Some(path) = self.assigned(position) {
            return self.read_assigned(path);
        }
        Ok(match self.text.head()? {
            Head::Quoted(quoted) => Event::String(quoted.read(&mut self.kept)?),
            Head::Number(Number::Int(value)) => Event::Int(value),
            Head::Number(Number::UInt(value)) => Event::UInt(value),
            Head::Number(Number::Float(value)) => Event::Float(value),
            Head::Container(kind, close) => {
                let place = self.thing(position);
                let extent = self.extent(close);
                match kind {
                    Kind::Array => Event::Array { place, extent },
                    Kind::Hash => Event::Hash { place, extent },
                }
            }
            Head::Undef => Event::Undef,
            Head::Bool(value) => Event::Bool(value),
            Head::Object => self.object(position)?,
            Head::Variable => {
                self.open.push(Open::Variable);
                self.reference()
            }
            Head::Reference => self.reference(),
            Head::BackReference => self.back_reference()?,
            Head::Code(code) => Event::Code(PerlString::Bytes(Lent::Borrowed(code))),
            Head::Regexp(quote) => Event::Regexp { place: self.thing(position), regexp: Box::new(quote.read()) },
            Head::Version(characters) => Event::String(self.kept.keep(characters)),
        })
    }

    #[inline]
    fn extent(&self, close: u8) -> Extent<'de> {
        Extent { close, stage: Stage::First, gap: "", open: self.open.len() }
    }

    /// Begins an object that is at `position`, whose `bless(` was passed.
    fn object(&mut self, position: usize) -> Result<Event<'de, 'b, Extent<'de>>, Fault> {
        self.text.pass_space();
        let content = self.text.position();
        if let None | Some(b'\'' | b'"' | b'-' | b'0'..=b'9' | b'u' | b'!' | b'v') = self.text.peek() {
            return Err(self.text.expected("a reference in an object"));
        }
        let class = match &self.outline {
            Some(outline) => outline.class(position),
            None => self.classes.find(position),
        };
        let class = match class {
            Some(class) => class,
            None => self.find_class(position)?,
        };
        self.text.seek(class);
        let class = self.text.quoted("a class")?.read(&mut self.kept)?;
        self.text.seek(content);
        self.open.push(Open::Object);
        Ok(Event::Blessed(class))
    }

    /// Finds the class of the object at `position`, and on the way those of all objects in it.
    fn find_class(&mut self, position: usize) -> Result<usize, Fault> {
        self.classes.clear();
        self.text.seek(position);
        self.text.walk(&mut self.classes)?;
        Ok(self.classes.find(position).expect("an object that was walked through has a class"))
    }

    /// Reads the path that begins here.
    fn back_reference(&mut self) -> Result<Event<'de, 'b, Extent<'de>>, Fault> {
        let Self { text, outline, .. } = self;
        let start = text.position();
        let path = Path::read(text)?;
        let Some(outline) = outline else {
            return Err(Fault::new(start, "expected a value, found a variable"));
        };
        let target = outline.target(&path, text).map_err(|fault| fault.at(start))?;
        Ok(match target {
            Target::Scalar { place } | Target::Reference { place, .. } if path.is_reference => {
                Event::Again { place: 2 * place, start: 2 * place }
            }
            Target::Scalar { place } | Target::Reference { place, .. } if path.is_alias => {
                Event::Alias { place: 2 * place }
            }
            Target::Scalar { place } => Event::Copy { start: 2 * place },
            Target::Reference { place, referent: Referent::Scalar(scalar) } => {
                Event::Again { place: 2 * scalar, start: 2 * place }
            }
            Target::Reference { place, referent: Referent::Thing(thing) } => {
                Event::Again { place: 2 * thing + 1, start: 2 * place }
            }
        })
    }

    /// Reads a key that is not in single quotes, or has escapes.
    #[inline(never)]
    fn other_key(&mut self) -> Result<PerlString<'de, 'b>, Fault> {
        self.text.bare_key()?.read(&mut self.kept)
    }

    /// Where the path is that was assigned to the value at `position`.
    #[inline]
    fn assigned(&self, position: usize) -> Option<usize> {
        self.outline.as_ref()?.assigned(position)
    }

    /// Reads the path at `path` instead of the value that begins here.
    fn read_assigned(&mut self, path: usize) -> Result<Event<'de, 'b, Extent<'de>>, Fault> {
        self.text.walk(&mut ())?;
        let behind = self.text.position();
        self.text.seek(path);
        let event = self.back_reference()?;
        self.text.seek(behind);
        Ok(event)
    }
}

impl<'de: 'b, 'b> Source<'de, 'b> for &mut Document<'de, 'b> {
    type Extent = Extent<'de>;

    const DOWNGRADES_TEXT: bool = true;

    #[inline]
    fn place(&mut self) -> usize {
        self.text.pass_space();
        2 * self.text.position()
    }

    fn offset(&self, place: usize) -> usize {
        place / 2
    }

    fn jump(&mut self, place: usize) -> Result<(), Fault> {
        self.jumps.push((self.text.position(), self.open.len()));
        self.text.jump(place / 2)
    }

    fn resume(&mut self, place: usize) {
        let position = place / 2;
        while let Some((from, open)) = self.jumps.pop() {
            self.open.truncate(open);
            if from == position {
                break;
            }
        }
        self.text.resume(position);
    }

    #[inline]
    fn next(&mut self) -> Result<Event<'de, 'b, Extent<'de>>, Fault> {
        self.text.pass_space();
        match self.text.peek().filter(|_| self.outline.is_none()) {
            Some(b'\'') if let Some(string) = self.text.plain_string() => Ok(Event::String(string)),
            Some(b'0'..=b'9' | b'-') if let Some(value) = self.text.plain_integer() => Ok(Event::Int(value)),
            // What is blessed once more is no boolean.
            Some(b'b')
                if self.open.is_empty()
                    && let Some(truth) = self.text.plain_boolean() =>
            {
                Ok(Event::Bool(truth))
            }
            Some(b'[') => {
                self.text.seek(self.text.position() + 1);
                Ok(Event::Array { place: None, extent: self.extent(b']') })
            }
            Some(b'{') => {
                self.text.seek(self.text.position() + 1);
                Ok(Event::Hash { place: None, extent: self.extent(b'}') })
            }
            _ => self.other(),
        }
    }

    #[inline]
    fn plain_string(&mut self) -> Option<&'de str> {
        match self.outline {
            Some(_) => None,
            None => self.text.plain_ascii(),
        }
    }

    #[inline]
    fn take_undef(&mut self) -> Result<bool, Fault> {
        const UNDEF: &[u8] = b"undef";
        self.text.pass_space();
        let is_undef = match self.text.rest().strip_prefix(UNDEF) {
            Some(behind) => !behind.first().copied().is_some_and(is_word),
            None => false,
        };
        Ok(is_undef && self.assigned(self.text.position()).is_none() && self.text.passes(UNDEF))
    }

    fn skip(&mut self) -> Result<(), Fault> {
        self.text.walk(&mut ())
    }

    #[inline]
    fn element(&mut self, extent: &mut Extent<'de>) -> Result<bool, Fault> {
        if extent.stage == Stage::Behind {
            return Ok(false);
        }
        self.close_down_to(extent.open)?;
        let is_more = self.text.item(extent.stage == Stage::First, extent.close)?;
        extent.stage = if is_more { Stage::Further } else { Stage::Behind };
        Ok(is_more)
    }

    #[inline]
    fn key(&mut self, extent: &mut Extent<'de>) -> Result<Option<PerlString<'de, 'b>>, Fault> {
        if !self.element(extent)? {
            return Ok(None);
        }
        let key = match self.text.peek() {
            Some(b'\'') if let Some(key) = self.text.plain_string() => key,
            _ => self.other_key()?,
        };
        self.text.pass_pair()?;
        Ok(Some(key))
    }

    #[inline]
    fn plain_key(&mut self, extent: &mut Extent<'de>) -> Option<&'de str> {
        if extent.stage == Stage::Behind || self.open.len() != extent.open {
            return None;
        }
        let key = self.text.plain_key(extent.stage == Stage::First, &mut extent.gap)?;
        extent.stage = Stage::Further;
        Some(key)
    }

    fn remaining(&self, _extent: &Extent<'de>) -> Option<usize> {
        None
    }
}

/// Passes over `$VAR1 =`, if the text begins like that, and says to what is assigned.
fn assigned_variable<'de>(text: &mut Text<'de>) -> Result<Option<Name<'de>>, Fault> {
    text.pass_space();
    let Some(sigil @ (b'$' | b'@' | b'%')) = text.peek() else { return Ok(None) };
    text.seek(text.position() + 1);
    let name = Name { sigil, word: text.variable()? };
    text.expect_next("=")?;
    text.pass_space();
    match name.list() {
        Some(_) if text.peek() != Some(b'(') => Err(text.expected("\"(\"")),
        _ => Ok(Some(name)),
    }
}

/// Whether there may be paths in `text`. A string may look like one.
fn has_paths(text: &[u8], name: Option<Name<'_>>) -> bool {
    let begins = |index: usize, word: &[u8]| text[index + 1..].starts_with(word);
    match name {
        Some(Name { sigil: b'$', word }) => memchr::memchr_iter(b'$', text).any(|index| begins(index, word)),
        Some(Name { sigil, word }) => memchr::memchr2_iter(b'$', sigil, text).any(|index| begins(index, word)),
        // The one variable that stands in values by itself is that of a blessed scalar.
        None => memchr::memchr_iter(b'$', text).any(|index| !begins(index, b"o = ")),
    }
}
