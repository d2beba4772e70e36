//! The elements of a message as they came: nothing is made of them before it is known what they are wanted as.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use nuncio_codec::{DecodeLimits, Value};
use serde::de::DeserializeOwned;

use super::typed::{Items, Unfit, unfit};
use super::{ARRAY, BYTES, Cursor, MAP, SIMPLE, Stop, TEXT, malformed, write_value};
use crate::proto::Refusal;
use crate::proto::framing::{Reader, latin_1};

/// The elements of one message, encoded: nothing was made of them yet.
#[derive(Clone, Copy)]
pub struct Elements<'a> {
    bytes: &'a [u8],
    count: usize,
    /// How many bytes the first one has, if that is known; otherwise 0.
    first: usize,
    limits: &'a DecodeLimits,
}

impl<'a> Elements<'a> {
    const fn none(limits: &'a DecodeLimits) -> Self {
        Self { bytes: &[], count: 0, first: 0, limits }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first element, if it is a string.
    #[must_use]
    pub fn tag(&self) -> Option<Cow<'a, str>> {
        Some(match self.first_string()? {
            Str::Plain(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) if bytes.is_ascii() => Cow::Borrowed(text),
                _ => Cow::Owned(latin_1(bytes)),
            },
            Str::Text(text) => Cow::Borrowed(text),
        })
    }

    /// The first element as it came, if it is a string.
    #[inline]
    pub(crate) fn first_string(&self) -> Option<Str<'a>> {
        // A short one, as tags are, needs no second look.
        match self.bytes.get(..self.first) {
            Some([head, text @ ..]) if *head >> 5 == BYTES && *head & 31 < 24 => Some(Str::Plain(text)),
            _ if self.count == 0 => None,
            _ => self.cursor().string().ok()?,
        }
    }

    /// These without the first one; none if there is none.
    #[inline]
    #[must_use]
    pub fn without_first(&self) -> Option<Self> {
        let count = self.count.checked_sub(1)?;
        let mut cursor = self.cursor();
        match self.first {
            0 => cursor.skip(1).ok()?,
            first => cursor.rest = &self.bytes[first..],
        }
        Some(Self { bytes: cursor.rest, count, first: 0, limits: self.limits })
    }

    /// The elements as a type of the program's own: a tuple, a struct's fields in their order, a list; or an enum, whose
    /// variant is what the first element says and has the others.
    ///
    /// ```
    /// # fn main() -> Result<(), nuncio_mesh::proto::Refusal> {
    /// use nuncio_codec::Value;
    /// use nuncio_mesh::proto::framing::Encoded;
    ///
    /// let message = Encoded::new(&["add".into(), Value::from("2"), Value::from(3)]);
    /// assert_eq!(message.elements().decode::<(String, u64, u64)>()?, ("add".to_owned(), 2, 3));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Refusal::MalformedMessage`]: they are of another shape, or there are more of them.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        self.try_decode().map_err(|unfit| malformed(unfit.0))
    }

    /// The same, for whom it is no fault if they are of another shape.
    #[inline]
    pub(crate) fn try_decode<T: DeserializeOwned>(&self) -> Result<T, Unfit> {
        let mut cursor = self.cursor();
        let mut items = Items { cursor: &mut cursor, left: self.count, depth: 1 };
        let decoded = T::deserialize(&mut items)?;
        match items.left {
            0 => Ok(decoded),
            left => Err(Unfit(format!("{left} more elements than are wanted"))),
        }
    }

    /// The elements as values.
    ///
    /// # Errors
    /// [`Refusal::MalformedMessage`].
    pub fn values(&self) -> Result<Vec<Value>, Refusal> {
        self.cursor().values(self.count).map_err(|stop| malformed(unfit(stop).0))
    }

    #[inline]
    fn cursor(&self) -> Cursor<'a> {
        Cursor { rest: self.bytes, elements_left: self.limits.elements, limits: self.limits }
    }

    /// The elements behind each other, with how many there are in front.
    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        super::write_head(ARRAY, self.count as u64, out);
        out.extend_from_slice(self.bytes);
    }
}

impl fmt::Debug for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.values() {
            Ok(values) => f.debug_list().entries(values).finish(),
            Err(refusal) => fmt::Display::fmt(&refusal, f),
        }
    }
}

/// Encoded messages that own their bytes, one after the other.
#[derive(Debug, Default)]
pub struct Encoded {
    bytes: Vec<u8>,
}

/// What is in there was written here, or was read within other limits before; only the stack has one.
static LIMITS: LazyLock<DecodeLimits> = LazyLock::new(|| {
    let limits = DecodeLimits::default().with_depth(Reader::DEPTH).with_total_bytes(usize::MAX);
    limits.with_text_bytes(usize::MAX).with_elements(usize::MAX)
});

impl Encoded {
    /// The message of these elements.
    #[must_use]
    pub fn new(elements: &[Value]) -> Self {
        let mut encoded = Self::default();
        encoded.push(elements);
        encoded
    }

    /// How many bytes all of them take.
    pub(crate) const fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Appends the message of these elements.
    pub fn push(&mut self, elements: &[Value]) {
        super::write_head(ARRAY, elements.len() as u64, &mut self.bytes);
        elements.iter().for_each(|element| write_value(element, &mut self.bytes));
    }

    /// Appends a message that is encoded already.
    pub fn push_encoded(&mut self, elements: Elements<'_>) {
        elements.append_to(&mut self.bytes);
    }

    /// The elements of the first message.
    #[must_use]
    pub fn elements(&self) -> Elements<'_> {
        self.iter().next().unwrap_or(Elements::none(&LIMITS))
    }

    /// The messages in order.
    pub fn iter(&self) -> impl Iterator<Item = Elements<'_>> {
        let mut rest = &*self.bytes;
        std::iter::from_fn(move || {
            let mut cursor = Cursor { rest, elements_left: usize::MAX, limits: &LIMITS };
            let (_, count) = cursor.head().ok()?;
            let elements = cursor.elements(usize::try_from(count).ok()?).ok()?;
            rest = cursor.rest;
            Some(elements)
        })
    }
}

/// A string, with or without Perl's flag for characters.
#[derive(Clone, Copy)]
pub(crate) enum Str<'a> {
    Plain(&'a [u8]),
    Text(&'a str),
}

impl Str<'_> {
    /// Whether it is this text.
    #[cfg(feature = "net")]
    #[inline]
    pub(crate) fn is(self, text: &str) -> bool {
        match self {
            Str::Plain(bytes) if bytes.is_ascii() => bytes == text.as_bytes(),
            Str::Plain(bytes) => latin_1(bytes) == text,
            Str::Text(own) => own == text,
        }
    }
}

impl<'a> Cursor<'a> {
    /// So many elements that come next, as they are.
    #[inline]
    pub(super) fn elements(&mut self, count: usize) -> Result<Elements<'a>, Stop> {
        let start = self.rest;
        self.skip(count.min(1))?;
        let first = start.len() - self.rest.len();
        self.skip(count.saturating_sub(1))?;
        Ok(Elements { bytes: &start[..start.len() - self.rest.len()], count, first, limits: self.limits })
    }

    /// The string that comes next; none, and nothing read, if it is something else.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Option<Str<'a>>, Stop> {
        match self.short_string() {
            Some(bytes) => Ok(Some(Str::Plain(bytes))),
            None => self.any_string(),
        }
    }

    #[inline(never)]
    fn any_string(&mut self) -> Result<Option<Str<'a>>, Stop> {
        let start = self.rest;
        let (major, argument) = self.head()?;
        Ok(Some(match major {
            BYTES => Str::Plain(self.take(argument)?),
            TEXT => {
                let bytes = self.take(argument)?;
                Str::Text(std::str::from_utf8(bytes).map_err(|_| malformed("text is not UTF-8"))?)
            }
            _ => {
                self.rest = start;
                return Ok(None);
            }
        }))
    }

    /// Goes behind so many items, whatever is in them.
    #[inline]
    pub(super) fn skip(&mut self, items: usize) -> Result<(), Stop> {
        let mut left = items;
        while left > 0 {
            left -= 1;
            if self.short_string().is_some() {
                continue;
            }
            let (major, argument) = self.head()?;
            match major {
                BYTES | TEXT => drop(self.take(argument)?),
                ARRAY => left = left.saturating_add(self.count(argument)?),
                MAP => left = left.saturating_add(self.count(argument)?.saturating_mul(2)),
                SIMPLE => drop(self.simple(argument)?),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use nuncio_codec::Map;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    enum Order {
        Add(u64, u64),
        Name { first: String, last: Option<String> },
        Only(String),
        Stop,
    }

    fn decode<T: DeserializeOwned>(elements: &[Value]) -> Result<T, Refusal> {
        Encoded::new(elements).elements().decode()
    }

    #[test]
    fn a_message_becomes_what_is_wanted_or_is_refused() {
        let read = decode::<(u8, i64, f64, String, Option<bool>, Vec<u8>)>(&[
            "7".into(),
            (-3).into(),
            "2.5".into(),
            12.into(),
            Value::Null,
            Value::Bytes(vec![0xe9, 1]),
        ]);
        assert_eq!(read.expect("it fits"), (7, -3, 2.5, "12".to_owned(), None, vec![0xe9, 1]));
        assert_eq!(decode::<(String, String)>(&["é".into(), "€".into()]).expect("text"), ("é".into(), "€".into()));
        assert_eq!(decode::<Vec<u64>>(&[1.into(), 2.into()]).expect("a list"), [1, 2]);
        decode::<()>(&[]).expect("nothing is wanted");
        for elements in
            [&[1.into()][..], &[1.into(), "x".into()], &[1.into(), 2.into(), 3.into()], &[300.into(), 2.into()]]
        {
            assert!(decode::<(u8, u8)>(elements).is_err(), "{elements:?}");
        }
        let members = Value::Map(Map::from_iter([("a", 1)]));
        assert_eq!(decode::<(std::collections::BTreeMap<String, i32>,)>(&[members]).expect("a map").0["a"], 1);
    }

    #[test]
    fn the_first_element_chooses_the_variant() {
        assert_eq!(decode::<Order>(&["Add".into(), 1.into(), 2.into()]), Ok(Order::Add(1, 2)));
        assert_eq!(decode::<Order>(&["Stop".into()]), Ok(Order::Stop));
        assert_eq!(decode::<Order>(&["Only".into(), "x".into()]), Ok(Order::Only("x".to_owned())));
        let name = Order::Name { first: "a".to_owned(), last: None };
        let members = Value::Map(Map::from_iter([("first", "a")]));
        assert_eq!(decode::<Order>(&["Name".into(), members]), Ok(name));
        let name = Order::Name { first: "a".to_owned(), last: Some("b".to_owned()) };
        assert_eq!(decode::<Order>(&["Name".into(), "a".into(), "b".into()]), Ok(name));
        let inside = Value::Array(vec!["Add".into(), 1.into(), 2.into()]);
        assert_eq!(decode::<(Order, Order)>(&[inside, "Stop".into()]), Ok((Order::Add(1, 2), Order::Stop)));
        for wrong in [&["Stop".into(), 1.into()][..], &["Add".into(), 1.into()], &["None".into()], &[Value::Null], &[]]
        {
            assert!(decode::<Order>(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_refused_and_not_followed() {
        let deep = [(0..1000).fold(Value::Null, |inner, _| Value::Array(vec![inner]))];
        assert!(decode::<(serde::de::IgnoredAny,)>(&deep).is_ok(), "what is not read needs no depth");
        assert!(decode::<(Value,)>(&deep).is_err());
        assert!(Encoded::new(&deep).elements().values().is_err());
    }

    #[test]
    fn messages_behind_each_other_are_told_apart() {
        let mut encoded = Encoded::new(&["a".into(), 1.into()]);
        encoded.push(&[]);
        encoded.push(&["b".into()]);
        let read: Vec<_> =
            encoded.iter().map(|elements| (elements.len(), elements.tag().map(Cow::into_owned))).collect();
        assert_eq!(read, [(2, Some("a".to_owned())), (0, None), (1, Some("b".to_owned()))]);
        let first = encoded.elements().without_first().expect("it has one");
        assert_eq!(first.values(), Ok(vec![Value::Int(1)]));
        assert!(encoded.iter().nth(1).expect("three").without_first().is_none());
    }
}
