//! What the decoders of Perl's formats have in common: a stream of events, and how to walk it.

use std::ops::Deref;

use super::Fault;

/// A piece of a document.
#[derive(Debug)]
pub(crate) enum Lent<'de, 'b, T: ?Sized> {
    /// Part of the input as the caller has it.
    Borrowed(&'de T),
    /// Part of what lives shorter: what the input was decompressed to, or what was put together.
    Passing(&'b T),
}

impl<T: ?Sized> Clone for Lent<'_, '_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Lent<'_, '_, T> {}

impl<T: ?Sized> Deref for Lent<'_, '_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        match self {
            Self::Borrowed(piece) => piece,
            Self::Passing(piece) => piece,
        }
    }
}

/// A string of Perl: bytes or, with the character flag, text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PerlString<'de, 'b> {
    /// Bytes that are known to be ASCII.
    Ascii(&'de str),
    Bytes(Lent<'de, 'b, [u8]>),
    Text(Lent<'de, 'b, str>),
}

/// One step through a document.
///
/// Perl has scalars and containers, and a scalar can hold a reference to either. What everybody else calls an array
/// inside an array is a reference to one, so [`Array`](Self::Array) and [`Hash`](Self::Hash) stand for the reference
/// and the container together.
///
/// A `place` says what a later part of the document may refer to; it is `None` where nothing will.
#[derive(Debug)]
pub(crate) enum Event<'de, 'b, X> {
    /// The same scalar as the one at `place`, under a second name.
    Alias { place: usize },
    /// A reference to what was referred to before: identified by `place`, and read again from `start`.
    Again { place: usize, start: usize },
    /// A reference to an array. Its elements follow.
    Array { place: Option<usize>, extent: X },
    /// The reference that comes next is to an object of this class.
    Blessed(PerlString<'de, 'b>),
    /// True or false.
    Bool(bool),
    /// Perl source text of a function.
    Code(PerlString<'de, 'b>),
    /// What is written at `start`, once more, with no identity in common.
    Copy { start: usize },
    /// A floating-point number.
    Float(f64),
    /// An object of this class that wrote itself; what it wrote follows as an array.
    Frozen(PerlString<'de, 'b>),
    /// A reference to a hash. Its entries follow.
    Hash { place: Option<usize>, extent: X },
    /// An integer.
    Int(i64),
    /// A reference to the scalar that comes next.
    Reference { place: Option<usize> },
    /// A reference to a regular expression.
    Regexp { place: Option<usize>, regexp: Box<Regexp> },
    /// A string.
    String(PerlString<'de, 'b>),
    /// An integer of more than 63 bits.
    UInt(u64),
    /// Nothing.
    Undef,
    /// The reference that comes next is weak.
    Weak,
}

/// A regular expression, as rare as it is large.
#[derive(Debug)]
pub(crate) struct Regexp {
    pub(crate) pattern: String,
    pub(crate) flags: String,
}

/// A document that is read event by event.
///
/// The reader asks for a value with [`next`](Self::next), and where that begins a container walks it with
/// [`element`](Self::element) or [`key`](Self::key). It does not have to read a container to its end if it says so
/// with [`skip`](Self::skip) *before*: one either enters a value or skips it.
pub(crate) trait Source<'de, 'b> {
    /// What is left of a container.
    type Extent;

    /// Whether two keys of one name in a hash are an error in this format.
    const REFUSES_EQUAL_KEYS: bool = false;

    /// Whether to Perl, when it reads this format, text that fits into Latin-1 is bytes.
    const DOWNGRADES_TEXT: bool = false;

    /// Whether floats are strings.
    const FLOATS_ARE_TEXT: bool = false;

    /// Where the next value begins.
    fn place(&mut self) -> usize;

    /// The byte of the document that `place` stands for.
    fn offset(&self, place: usize) -> usize;

    /// Goes to an earlier place, to read what is there again.
    fn jump(&mut self, place: usize) -> Result<(), Fault>;

    /// Whether what is being read is part of what is at `place` and began before it was known that this has a place.
    fn surrounds(&self, _place: usize) -> bool {
        false
    }

    /// Goes back to where a [`jump`](Self::jump) came from.
    fn resume(&mut self, place: usize);

    /// Reads the head of the next value.
    fn next(&mut self) -> Result<Event<'de, 'b, Self::Extent>, Fault>;

    /// Reads the next value if it is a string as most are: short, borrowed and ASCII. Otherwise reads nothing.
    #[inline(always)]
    fn plain_string(&mut self) -> Option<&'de str> {
        None
    }

    /// Reads the next value if it is an integer as most are. Otherwise reads nothing.
    #[inline(always)]
    fn plain_integer(&mut self) -> Option<i64> {
        None
    }

    /// Reads the next value if it is true or false and written as it mostly is. Otherwise reads nothing.
    #[inline(always)]
    fn plain_truth(&mut self) -> Option<bool> {
        None
    }

    /// Goes into the next value if it is an array to which nothing may refer. Otherwise reads nothing.
    #[inline(always)]
    fn plain_array(&mut self) -> Option<Self::Extent> {
        None
    }

    /// Goes into the next value if it is a hash to which nothing may refer. Otherwise reads nothing.
    #[inline(always)]
    fn plain_hash(&mut self) -> Option<Self::Extent> {
        None
    }

    /// Reads the next value if it is nothing.
    fn take_undef(&mut self) -> Result<bool, Fault>;

    /// Passes over the next value, however deep it is, and whatever it refers to.
    fn skip(&mut self) -> Result<(), Fault>;

    /// Goes to the next element of an array, or behind its end.
    fn element(&mut self, extent: &mut Self::Extent) -> Result<bool, Fault>;

    /// Reads the next key of a hash, or goes behind its end.
    fn key(&mut self, extent: &mut Self::Extent) -> Result<Option<PerlString<'de, 'b>>, Fault>;

    /// Reads the next key of a hash if it is a string as most are: short, borrowed and ASCII. Otherwise reads nothing.
    #[inline(always)]
    fn plain_key(&mut self, _extent: &mut Self::Extent) -> Option<&'de str> {
        None
    }

    /// How many elements or entries are left, where the format says it.
    fn remaining(&self, extent: &Self::Extent) -> Option<usize>;
}
