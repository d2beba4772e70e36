//! Text of a [`Value`](crate::Value).

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use compact_str::CompactString;

/// A string as a [`Value`](crate::Value) keeps it: up to 24 bytes in place, longer ones on the heap.
///
/// Most texts in messages are short, and giving each a piece of memory of its own is most of what reading them costs. It
/// is a `&str` wherever one is wanted.
///
/// ```
/// use nuncio_codec::{Text, Value};
///
/// let Value::Text(text) = Value::from("Rome") else { unreachable!() };
/// assert_eq!(text, "Rome");
/// assert!(text.starts_with('R'));
/// assert_eq!(String::from(text), "Rome");
/// assert_eq!(Text::from("Rome").len(), 4);
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(CompactString);

impl Text {
    /// The text as a string slice.
    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text without characters.
    pub(crate) const EMPTY: Self = Self(CompactString::const_new(""));

    /// Becomes `text`, having been empty: so there is nothing to drop.
    #[inline(always)]
    pub(crate) fn settle(&mut self, text: &str) {
        debug_assert!(self.is_empty());
        std::mem::forget(std::mem::replace(self, Self::from(text)));
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl PartialEq<str> for Text {
    #[inline]
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Text {
    #[inline]
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl From<&str> for Text {
    #[inline]
    fn from(text: &str) -> Self {
        Self(CompactString::from(text))
    }
}

impl From<String> for Text {
    #[inline]
    fn from(text: String) -> Self {
        Self(CompactString::from(text))
    }
}

impl From<char> for Text {
    fn from(character: char) -> Self {
        Self::from(&*character.encode_utf8(&mut [0; 4]))
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0.into_string()
    }
}

impl FromIterator<char> for Text {
    fn from_iter<I: IntoIterator<Item = char>>(characters: I) -> Self {
        Self(characters.into_iter().collect())
    }
}
