//! Reading a text, value by value.

mod container;

use self::container::Extent;
use super::back_reference::Path;
use super::kept::{Kept, Strings};
use super::outline::{Classes, Outline, Referent, Target};
use super::statement::{ends_in_container, has_paths};
use super::text::{Head, Kind, Text, is_word};
use crate::DecodeLimits;
use crate::perl::{Event, Fault, Lent, Number, PerlString, Source};

/// A text while it is read.
///
/// Its places are twice the positions of values, and one more for what a value refers to, if that is no scalar.
#[derive(Debug)]
pub(super) struct Document<'de, 'b> {
    text: Text<'de>,
    kept: Kept<'b>,
    /// Where everything is, as far as is known, if there are paths.
    outline: Option<Box<Outline<'de>>>,
    /// Where the classes of the present objects are, if there are any and no paths.
    classes: Option<Box<Classes>>,
    /// What has to be closed behind the values that have begun.
    open: Vec<Open>,
    elements_max: usize,
    /// What white space stood before the items of the container that was read last: the next one is likely to be alike.
    gap: &'de [u8],
}

/// What is around a value that is no item of a container.
#[derive(Clone, Copy, Debug)]
enum Open {
    Object,
    Variable,
}

impl<'de: 'b, 'b> Document<'de, 'b> {
    /// A text of which nothing is read yet.
    pub(super) fn new(bytes: &'de [u8], strings: &'b Strings, limits: &DecodeLimits) -> Self {
        Self {
            text: Text::new(bytes, limits.unfolded_bytes),
            kept: Kept::new(strings),
            outline: None,
            classes: None,
            open: Vec::new(),
            elements_max: limits.elements,
            // Of the outermost container in the default style.
            gap: b"\n          ",
        }
    }

    /// Goes to the value. Where nothing may be read before it is known what else refers to it, that is found out first.
    #[inline]
    pub(super) fn begin(&mut self, knows_places: bool) -> Result<(), Fault> {
        self.text.assigned_variable()?;
        if knows_places || !ends_in_container(self.text.rest()) {
            self.read_outline()?;
        }
        Ok(())
    }

    /// Finds out where everything is, if there may be paths.
    #[inline(never)]
    fn read_outline(&mut self) -> Result<(), Fault> {
        let Self { text, elements_max, .. } = self;
        let position = text.position();
        text.seek(0);
        let name = text.assigned_variable()?;
        if has_paths(text.rest(), name) {
            let mut outline = Outline::read(text, name, *elements_max)?;
            outline.note_around(position);
            self.outline = Some(Box::new(outline));
        }
        text.seek(position);
        Ok(())
    }

    /// Sees that nothing but the end of the statement follows, when the value was read.
    #[inline]
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        self.close_down_to(0)?;
        if self.text.rest() == b";\n" {
            return Ok(());
        }
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

    /// Begins an object that is at `position`, whose `bless(` was passed.
    fn object(&mut self, position: usize) -> Result<Event<'de, 'b, Extent<'de>>, Fault> {
        self.text.pass_space();
        let content = self.text.position();
        if let None | Some(b'\'' | b'"' | b'-' | b'0'..=b'9' | b'u' | b'!' | b'v') = self.text.peek() {
            return Err(self.text.expected("a reference in an object"));
        }
        let class = match &self.outline {
            Some(outline) => outline.class(position),
            None => self.classes.as_ref().and_then(|classes| classes.find(position)),
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
        let Self { text, classes, elements_max, .. } = self;
        let classes = classes.get_or_insert_with(|| Box::new(Classes::new(*elements_max)));
        classes.clear();
        text.seek(position);
        text.walk(&mut **classes)?;
        Ok(classes.find(position).expect("an object that was walked through has a class"))
    }

    /// Reads the path that begins here.
    fn back_reference(&mut self) -> Result<Event<'de, 'b, Extent<'de>>, Fault> {
        let start = self.text.position();
        let path = Path::read(&mut self.text)?;
        if self.outline.is_none() {
            self.text.seek(start);
            self.read_outline().map_err(Fault::wherever)?;
            Path::read(&mut self.text)?;
        }
        let Self { text, outline, .. } = self;
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
    const FLOATS_ARE_TEXT: bool = true;

    #[inline]
    fn place(&mut self) -> usize {
        self.text.pass_space();
        2 * self.text.position()
    }

    fn offset(&self, place: usize) -> usize {
        place / 2
    }

    fn jump(&mut self, place: usize) -> Result<(), Fault> {
        if let Some(outline) = &mut self.outline {
            outline.jumps.push((self.text.position(), self.open.len()));
        }
        self.text.jump(place / 2)
    }

    fn surrounds(&self, place: usize) -> bool {
        self.outline.as_ref().is_some_and(|outline| {
            outline.around(self.text.position()).any(|referent| match referent {
                Referent::Thing(thing) => place == 2 * thing + 1,
                Referent::Scalar(scalar) => place == 2 * scalar,
            })
        })
    }

    fn resume(&mut self, place: usize) {
        let position = place / 2;
        while let Some((from, open)) = self.outline.as_mut().and_then(|outline| outline.jumps.pop()) {
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
            Some(b'\'') if let Some(string) = self.text.plain_string() => Ok(Event::String(PerlString::Ascii(string))),
            Some(b'0'..=b'9' | b'-') if let Some(value) = self.text.plain_integer() => Ok(Event::Int(value)),
            Some(b'b') if let Some(truth) = self.plain_truth() => Ok(Event::Bool(truth)),
            Some(b'[') if let Some(extent) = self.plain_array() => Ok(Event::Array { place: None, extent }),
            Some(b'{') if let Some(extent) = self.plain_hash() => Ok(Event::Hash { place: None, extent }),
            _ => self.other(),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn plain_string(&mut self) -> Option<&'de str> {
        match self.outline {
            Some(_) => None,
            None => self.text.plain_string(),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn plain_integer(&mut self) -> Option<i64> {
        match self.outline {
            Some(_) => None,
            None => self.text.plain_integer(),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn plain_truth(&mut self) -> Option<bool> {
        match self.outline {
            // What is blessed once more is no boolean.
            None if self.open.is_empty() => self.text.plain_boolean(),
            _ => None,
        }
    }

    #[inline]
    fn plain_array(&mut self) -> Option<Extent<'de>> {
        self.plain_container(b"[", b']')
    }

    #[inline]
    fn plain_hash(&mut self) -> Option<Extent<'de>> {
        self.plain_container(b"{", b'}')
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

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn element(&mut self, extent: &mut Extent<'de>) -> Result<bool, Fault> {
        match self.plain_item(extent) {
            Some(is_more) => Ok(is_more),
            None => self.other_item(extent),
        }
    }

    fn key(&mut self, extent: &mut Extent<'de>) -> Result<Option<PerlString<'de, 'b>>, Fault> {
        if !self.element(extent)? {
            return Ok(None);
        }
        let key = self.text.bare_key()?.read(&mut self.kept)?;
        self.text.pass_pair()?;
        Ok(Some(key))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn plain_key(&mut self, extent: &mut Extent<'de>) -> Option<&'de str> {
        self.plain_entry(extent)
    }

    fn remaining(&self, _extent: &Extent<'de>) -> Option<usize> {
        None
    }
}
