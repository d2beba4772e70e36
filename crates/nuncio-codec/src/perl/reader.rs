//! A source while it is read: references followed, limits kept.

use std::marker::PhantomData;

use serde::de::Error as _;

use super::allowance::Allowance;
use super::{Event, Fault, PerlString, Reading, Regexp, Source};
use crate::DecodeLimits;

/// For how many elements there is room before they are there, at most.
pub(crate) const ROOM_MAX: usize = 256;

/// A source while it is read.
pub(super) struct Reader<'a, 'b, S> {
    pub(super) source: S,
    pub(super) allowance: Allowance<'a>,
    pub(super) reading: &'a Reading,
    /// The places of what is being read and may be referred to from within.
    pub(super) open: Vec<usize>,
    passing: PhantomData<&'b ()>,
}

pub(super) type Class<'de, 'b> = Option<PerlString<'de, 'b>>;

type Resolved<'de, 'b, X> = (Event<'de, 'b, X>, Class<'de, 'b>, Option<usize>);

impl<'a, 'de, 'b, S: Source<'de, 'b>> Reader<'a, 'b, S> {
    #[inline]
    pub(super) fn new(source: S, limits: &'a DecodeLimits, reading: &'a Reading) -> Self {
        Self { source, allowance: Allowance::new(limits), reading, open: Vec::new(), passing: PhantomData }
    }

    /// Reads one value, of which `visit` gets the part that is neither a reference to a scalar, nor repeated, nor
    /// blessed.
    // What is done with an event has to be seen with where it came from: then most of it is never built. Not without
    // optimisation: each level of a document would take so much of the stack that the deepest do not fit on a thread's.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn read<T>(
        &mut self,
        visit: impl FnOnce(&mut Self, Event<'de, 'b, S::Extent>, Class<'de, 'b>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let place = self.source.place();
        let read = match self.source.next() {
            Ok(
                event @ (Event::Undef
                | Event::Bool(_)
                | Event::Int(_)
                | Event::UInt(_)
                | Event::Float(_)
                | Event::String(_)
                | Event::Array { .. }
                | Event::Hash { .. }),
            ) => self.check(&event).and_then(|()| visit(self, event, None)),
            Ok(event) => self.read_indirect(event, visit),
            Err(fault) => Err(fault),
        };
        read.map_err(|fault| fault.at(self.source.offset(place)))
    }

    /// As [`read`](Self::read), where strings are to be expected.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn read_string<T>(
        &mut self,
        visit: impl FnOnce(&mut Self, Event<'de, 'b, S::Extent>, Class<'de, 'b>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let plain = |source: &mut S| source.plain_string().map(|text| Event::String(PerlString::Ascii(text)));
        self.read_plain(plain, visit)
    }

    /// As [`read`](Self::read), where integers are to be expected.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn read_integer<T>(
        &mut self,
        visit: impl FnOnce(&mut Self, Event<'de, 'b, S::Extent>, Class<'de, 'b>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.read_plain(|source| source.plain_integer().map(Event::Int), visit)
    }

    /// As [`read`](Self::read), where floats are to be expected.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn read_float<T>(
        &mut self,
        visit: impl FnOnce(&mut Self, Event<'de, 'b, S::Extent>, Class<'de, 'b>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        match S::FLOATS_ARE_TEXT {
            true => self.read_string(visit),
            false => self.read(visit),
        }
    }

    /// As [`read`](Self::read), where truth is to be expected.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn read_truth<T>(
        &mut self,
        visit: impl FnOnce(&mut Self, Event<'de, 'b, S::Extent>, Class<'de, 'b>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.read_plain(|source| source.plain_truth().map(Event::Bool), visit)
    }

    /// As [`read`](Self::read), where `plain` reads most values.
    // The event is known where it is made and is never built then.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn read_plain<T>(
        &mut self,
        plain: impl FnOnce(&mut S) -> Option<Event<'de, 'b, S::Extent>>,
        visit: impl FnOnce(&mut Self, Event<'de, 'b, S::Extent>, Class<'de, 'b>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let place = self.source.place();
        let Some(event) = plain(&mut self.source) else { return self.read(visit) };
        let read = self.check(&event).and_then(|()| visit(self, event, None));
        read.map_err(|fault| fault.at(self.source.offset(place)))
    }

    #[cold]
    fn read_indirect<T>(
        &mut self,
        event: Event<'de, 'b, S::Extent>,
        visit: impl FnOnce(&mut Self, Event<'de, 'b, S::Extent>, Class<'de, 'b>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let (open, levels) = (self.open.len(), self.allowance.levels());
        let (event, class, origin) = self.resolve(event)?;
        self.check(&event)?;
        let value = visit(self, event, class)?;
        self.open.truncate(open);
        self.allowance.rise_to(levels);
        if let Some(origin) = origin {
            self.source.resume(origin);
        }
        Ok(value)
    }

    /// Follows the event to what it stands for: answers that, the class that it was given on the way, and where to go on
    /// afterwards if it stands elsewhere.
    fn resolve(&mut self, mut event: Event<'de, 'b, S::Extent>) -> Result<Resolved<'de, 'b, S::Extent>, Fault> {
        let mut origin = None;
        // Of objects in one another, which only references to references can be, the outermost.
        let mut class = None;
        let mut is_frozen = false;
        // Whether what comes has been blessed, or is weak.
        let mut has_to_be_reference = false;
        let event = loop {
            // Each is a level of its own: an object takes stack, and what is open is looked through whenever something is
            // met again.
            if let Event::Again { .. }
            | Event::Alias { .. }
            | Event::Blessed(_)
            | Event::Copy { .. }
            | Event::Frozen(_)
            | Event::Reference { .. } = event
            {
                self.allowance.descend()?;
            }
            match event {
                Event::Again { place, start } => {
                    has_to_be_reference = false;
                    self.enter(place, &mut origin)?;
                    self.source.jump(start)?;
                }
                Event::Alias { place } => {
                    self.enter(place, &mut origin)?;
                    self.source.jump(place)?;
                }
                Event::Copy { start } => {
                    origin.get_or_insert(self.source.place());
                    self.source.jump(start)?;
                }
                Event::Blessed(name) if name.is_boolean_class() => match self.source.next()? {
                    Event::Reference { .. } => break Event::Bool(self.truth()?),
                    other => {
                        class.get_or_insert(name);
                        has_to_be_reference = true;
                        event = other;
                        continue;
                    }
                },
                Event::Blessed(name) => {
                    class.get_or_insert(name);
                    has_to_be_reference = true;
                }
                Event::Frozen(name) => {
                    class.get_or_insert(name);
                    is_frozen = true;
                }
                Event::Weak => has_to_be_reference = true,
                Event::Reference { place } if !is_frozen => {
                    has_to_be_reference = false;
                    self.open.extend(place);
                }
                array @ Event::Array { .. } => break array,
                _ if is_frozen => {
                    return Err(Fault::custom("expected an array of what an object wrote of itself"));
                }
                reference @ (Event::Hash { .. } | Event::Regexp { .. } | Event::Code(_)) => break reference,
                _ if has_to_be_reference => return Err(Fault::no_reference()),
                scalar => break scalar,
            }
            event = self.source.next()?;
        };
        Ok((event, class, origin))
    }

    /// Sees that a string is not longer than allowed.
    #[inline]
    fn check(&self, event: &Event<'de, 'b, S::Extent>) -> Result<(), Fault> {
        match event {
            Event::String(string) => self.allowance.check_text(string.bytes().len()),
            _ => Ok(()),
        }
    }

    /// Notes that what is at `place` is read again.
    fn enter(&mut self, place: usize, origin: &mut Option<usize>) -> Result<(), Fault> {
        if self.open.contains(&place) || self.source.surrounds(place) {
            let begun = self.source.offset(place);
            return Err(Fault::custom(format_args!(
                "a cycle: expected data without cycles, found a reference to what contains it and begins at byte {begun}"
            )));
        }
        origin.get_or_insert(self.source.place());
        self.open.push(place);
        Ok(())
    }

    /// What the number in a boolean object says.
    fn truth(&mut self) -> Result<bool, Fault> {
        match self.source.next()? {
            Event::Bool(value) => Ok(value),
            Event::Int(value) => Ok(value != 0),
            Event::String(text) => Ok(!matches!(text.bytes(), b"" | b"0")),
            Event::Undef => Ok(false),
            _ => Err(Fault::custom("expected 0 or 1 in a boolean object")),
        }
    }

    /// Notes that a key of so many bytes was read.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn count_key(&mut self, size: usize) -> Result<(), Fault> {
        self.allowance.count_element()?;
        self.allowance.check_text(size)
    }

    /// Goes into the container at `place`, one level deeper, and answers what [`leave_container`](Self::leave_container)
    /// needs.
    #[inline]
    pub(super) fn enter_container(&mut self, place: Option<usize>) -> Result<usize, Fault> {
        let open = self.open.len();
        self.open.extend(place);
        self.allowance.descend()?;
        Ok(open)
    }

    #[inline]
    pub(super) fn leave_container(&mut self, open: usize) {
        self.allowance.rise();
        self.open.truncate(open);
    }

    pub(super) fn regexp(&self, regexp: &Regexp) -> Result<String, Fault> {
        match self.reading.code_as_text {
            true => Ok(format!("(?^{}:{})", regexp.flags, regexp.pattern)),
            false => Err(refuse_code("a regular expression")),
        }
    }

    pub(super) fn code(&self, source: &PerlString<'de, 'b>) -> Result<String, Fault> {
        match self.reading.code_as_text {
            true => Ok(source.characters().into_owned()),
            false => Err(refuse_code("a function")),
        }
    }
}

#[cold]
fn refuse_code(what: &str) -> Fault {
    Fault::custom(format_args!("expected data, found {what}, which is read only when asked for as text"))
}
