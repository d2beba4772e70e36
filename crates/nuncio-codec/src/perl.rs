//! What Perl's formats have in common, and how to read more of it than [`Codec::decode`] gives.
//!
//! Sereal, Storable and Data::Dumper hold what Perl has: references, objects, strings that are bytes or text. This is
//! what becomes of it, in each of them:
//!
//! | in Perl | here |
//! |---|---|
//! | a reference to an array or a hash | the array or the map |
//! | a reference to a scalar | the scalar |
//! | a string without the character flag | bytes; into a `String` as Latin-1, or as UTF-8 if [asked](Strings::Utf8); a [`Value`] has text where it is ASCII |
//! | a string with the character flag | text; into bytes as Latin-1, where it fits |
//! | a scalar with a string and a number | whichever the sender wrote, which is the string, but for numbers that were also printed |
//! | numeric text where a number is wanted | the number; a number where a string is wanted is its decimal text |
//! | an object | its content; a [`Value`] keeps the [class](crate::Value::Object). None is ever constructed |
//! | an object with a freeze hook | the array of what the hook gave, likewise with its class |
//! | an object that is a JSON decoder's true or false | a boolean |
//! | the same thing twice | a copy each time, within [`DecodeLimits::unfolded_bytes`] |
//! | a weak reference | what it refers to |
//! | a cycle | refused, with the path that closes it |
//! | a regular expression, a function | refused, or its text if [asked](Decoder::code_as_text) |
//! | a tied variable, a glob, a file handle | refused |
//!
//! [`Decoder::decode_typed`] shows everything as it is.

mod allowance;
mod ascii;
mod cursor;
mod deserialize;
mod event;
mod fault;
mod into_value;
mod number;
mod plain;
mod reader;
mod serialize;
mod string;
mod typed;
mod write_value;

use std::marker::PhantomData;

use serde::Deserialize;

use crate::{Codec, DecodeLimits, Error, Value};

pub use self::typed::Typed;

pub(crate) use self::allowance::DEPTH_MAX;
pub(crate) use self::cursor::Cursor;
pub(crate) use self::deserialize::IntoSerde;
pub(crate) use self::event::{Event, Lent, PerlString, Regexp, Source};
pub(crate) use self::fault::Fault;
pub(crate) use self::into_value::IntoValue;
pub(crate) use self::number::{Number, float_text};
pub(crate) use self::plain::Plain;
pub(crate) use self::reader::ROOM_MAX;
pub(crate) use self::serialize::{Content, Serialized, Sink};
pub(crate) use self::string::{downgrade, latin_1};
pub(crate) use self::typed::IntoTyped;

/// What a string without Perl's character flag is, where text is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strings {
    /// The characters 0 to 255, as Perl itself takes it.
    #[default]
    Latin1,
    /// Text in UTF-8, as most programs mean it that never set the flag. Where it is wanted and is not, that is an error.
    Utf8,
}

/// How a document is read into types.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) strings: Strings,
    pub(crate) code_as_text: bool,
}

/// Whatever is made of a document, event by event.
pub(crate) trait Consume<'de> {
    type Out;

    /// Whether it has to know of everything where it is, so that it knows it again.
    const KNOWS_PLACES: bool = false;

    fn consume<'b, S: Source<'de, 'b>>(self, source: S) -> Result<Self::Out, Fault>;
}

/// Reads one of Perl's formats with more say than [`Codec::decode`] has.
///
/// ```
/// use nuncio_codec::Codec;
/// use nuncio_codec::perl::{Decoder, Strings};
///
/// let document = b"=\xf3rl\x05\x00\x65caf\xc3\xa9";
/// let decoder = Decoder::new(Codec::Sereal).strings(Strings::Utf8);
/// assert_eq!(decoder.decode::<String>(document)?, "café");
/// # Ok::<(), nuncio_codec::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    codec: Codec,
    limits: DecodeLimits,
    reading: Reading,
}

impl Decoder {
    /// A decoder for `codec`. For one that is not Perl's it does what [`Codec::decode`] does, and has no typed view.
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        Self { codec, limits: DecodeLimits::default(), reading: Reading::default() }
    }

    /// With these limits instead of the default ones.
    #[must_use]
    pub fn limits(mut self, limits: DecodeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// With another way to read strings that have no character flag.
    #[must_use]
    pub fn strings(mut self, strings: Strings) -> Self {
        self.reading.strings = strings;
        self
    }

    /// Reads regular expressions and functions as their text, as Perl would print it, instead of refusing them.
    #[must_use]
    pub fn code_as_text(mut self, code_as_text: bool) -> Self {
        self.reading.code_as_text = code_as_text;
        self
    }

    /// Decodes the document in `bytes`.
    ///
    /// # Errors
    /// As [`Codec::decode`].
    pub fn decode<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, Error> {
        self.codec.read(bytes, &self.limits, &self.reading, PhantomData::<T>)
    }

    /// Decodes the document in `bytes` as a [`Value`], in half the time in which [`decode`](Self::decode) would.
    ///
    /// # Errors
    /// As [`Codec::decode`].
    pub fn decode_value(&self, bytes: &[u8]) -> Result<Value, Error> {
        self.codec.read_value(bytes, &self.limits, &self.reading)
    }

    /// Decodes the document in `bytes` as Perl would have it.
    ///
    /// # Errors
    /// As [`Codec::decode`]; [`Unsupported`](crate::ErrorKind::Unsupported) also for a codec that is not Perl's.
    pub fn decode_typed(&self, bytes: &[u8]) -> Result<Typed, Error> {
        self.codec.read_typed(bytes, &self.limits)
    }
}
