//! Perl's strings: bytes that may be text.

use std::borrow::Cow;

use super::ascii::ascii_text;
use super::{Fault, Lent, PerlString, Strings};

/// The classes whose objects are how JSON decoders spell true and false.
const BOOLEANS: &[&str] = &[
    "Cpanel::JSON::XS::Boolean",
    "JSON::PP::Boolean",
    "JSON::XS::Boolean",
    "Types::Serialiser::Boolean",
    "Types::Serialiser::BooleanBase",
    "boolean",
];

impl<'de, 'b> PerlString<'de, 'b> {
    /// The bytes as they were sent: the text's UTF-8, or the byte string.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Ascii(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
            Self::Text(text) => text.as_bytes(),
        }
    }

    /// Whether this is the name of a class that stands for true and false.
    pub(crate) fn is_boolean_class(&self) -> bool {
        BOOLEANS.iter().any(|class| class.as_bytes() == self.bytes())
    }

    /// The string as characters, bytes standing for the first 256 of them.
    pub(crate) fn characters(&self) -> Cow<'_, str> {
        match self {
            Self::Ascii(text) => Cow::Borrowed(text),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bytes(bytes) => ascii_text(bytes).map_or_else(|| Cow::Owned(latin_1(bytes)), Cow::Borrowed),
        }
    }

    /// The string as text if it is text to everybody, whoever sent it; otherwise its bytes.
    #[inline]
    pub(crate) fn text_or_bytes(self, strings: Strings) -> Result<Lent<'de, 'b, str>, Lent<'de, 'b, [u8]>> {
        match self {
            Self::Ascii(text) => Ok(Lent::Borrowed(text)),
            Self::Text(text) => Ok(text),
            Self::Bytes(Lent::Borrowed(bytes)) => text(bytes, strings).map(Lent::Borrowed).ok_or(Lent::Borrowed(bytes)),
            Self::Bytes(Lent::Passing(bytes)) => text(bytes, strings).map(Lent::Passing).ok_or(Lent::Passing(bytes)),
        }
    }
}

/// The text that the bytes are in ASCII or, if that was asked for, in UTF-8.
#[inline]
fn text(bytes: &[u8], strings: Strings) -> Option<&str> {
    match strings {
        Strings::Latin1 => ascii_text(bytes),
        Strings::Utf8 => std::str::from_utf8(bytes).ok(),
    }
}

/// The text that bytes are which are no text to everybody, by the rule that was asked for.
///
/// # Errors
/// Bytes that were to be UTF-8 are not.
#[cold]
pub(crate) fn put_into_text(bytes: &[u8], strings: Strings) -> Result<String, Fault> {
    match strings {
        Strings::Latin1 => Ok(latin_1(bytes)),
        Strings::Utf8 => {
            let text = std::str::from_utf8(bytes).map(str::to_owned);
            text.map_err(|error| serde::de::Error::custom(format_args!("expected a string in UTF-8: {error}")))
        }
    }
}

/// The characters that the bytes are in Latin-1.
pub(crate) fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The bytes of text whose characters are all below 256, as Perl downgrades it.
pub(crate) fn downgrade(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}
