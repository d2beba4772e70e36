//! Strings in quotes.

use std::borrow::Cow;

use super::kept::Kept;
use super::text::Text;
use crate::perl::{Fault, Lent, PerlString, latin_1};

/// A string as it is written, found but not yet read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted<'de> {
    /// What is between the quotes.
    content: &'de [u8],
    /// Where that begins.
    start: usize,
    quote: Quote,
    has_escapes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quote {
    Double,
    Single,
}

impl<'de> Quoted<'de> {
    /// A word that needs no quotes.
    pub(super) fn bare(content: &'de [u8], start: usize) -> Self {
        Self { content, start, quote: Quote::Single, has_escapes: false }
    }

    /// Where its first quote is.
    pub(super) fn position(self) -> usize {
        self.start - 1
    }

    /// The string that was written: text if it has a character in braces beyond ASCII, otherwise bytes.
    #[inline]
    pub(super) fn read<'b>(self, kept: &mut Kept<'b>) -> Result<PerlString<'de, 'b>, Fault> {
        match self.has_escapes {
            false => Ok(PerlString::Bytes(Lent::Borrowed(self.content))),
            true => self.unescape().map(|characters| kept.keep(characters)),
        }
    }

    /// The string as characters.
    pub(super) fn to_text(self) -> Result<Cow<'de, str>, Fault> {
        match self.has_escapes {
            false => Ok(PerlString::Bytes(Lent::Borrowed(self.content)).characters().into_owned().into()),
            true => self.unescape().map(|characters| characters.to_text().into()),
        }
    }

    #[cold]
    fn unescape(self) -> Result<Characters, Fault> {
        match self.quote {
            Quote::Single => Ok(self.read_single()),
            Quote::Double => self.read_double(),
        }
    }

    /// In single quotes a backslash stands for itself, but before another and before a quote.
    fn read_single(self) -> Characters {
        let mut bytes = Vec::with_capacity(self.content.len());
        let mut rest = self.content;
        while let Some(index) = memchr::memchr(b'\\', rest) {
            bytes.extend_from_slice(&rest[..index]);
            rest = &rest[index + 1..];
            match rest.split_first() {
                Some((escaped @ (b'\'' | b'\\'), behind)) => {
                    bytes.push(*escaped);
                    rest = behind;
                }
                _ => bytes.push(b'\\'),
            }
        }
        bytes.extend_from_slice(rest);
        Characters::Bytes(bytes)
    }

    fn read_double(self) -> Result<Characters, Fault> {
        let mut characters = Characters::with_capacity(self.content.len());
        let mut rest = self.content;
        while let Some(index) = memchr::memchr(b'\\', rest) {
            characters.extend(&rest[..index]);
            let escape = &rest[index + 1..];
            let Some((code, size)) = read_escape(escape) else {
                let at = self.start + self.content.len() - rest.len() + index;
                let found = escape[..escape.len().min(8)].escape_ascii();
                return Err(Fault::new(
                    at,
                    format_args!("expected an escape as Dumper prints it, found \"\\{found}\""),
                ));
            };
            // Dumper writes characters so, and bytes otherwise: who wrote this had text.
            if escape.starts_with(b"x") && !code.is_ascii() {
                characters = characters.into_text();
            }
            characters.push(code);
            rest = &escape[size..];
        }
        characters.extend(rest);
        Ok(characters)
    }
}

/// The character that an escape stands for, and the length of what follows its backslash.
fn read_escape(escape: &[u8]) -> Option<(char, usize)> {
    let character = match escape.first()? {
        b'a' => '\x07',
        b'b' => '\x08',
        b'e' => '\x1b',
        b'f' => '\x0c',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        byte @ (b'"' | b'$' | b'@' | b'\\') => char::from(*byte),
        b'0'..=b'7' => return read_octal(escape),
        b'x' => return read_hexadecimal(escape),
        _ => return None,
    };
    Some((character, 1))
}

fn read_octal(escape: &[u8]) -> Option<(char, usize)> {
    const DIGITS_MAX: usize = 3;
    let digits = escape.iter().take(DIGITS_MAX).take_while(|byte| matches!(byte, b'0'..=b'7'));
    let (code, size) = digits.fold((0, 0), |(code, size), digit| (code * 8 + u32::from(digit - b'0'), size + 1));
    Some((char::from_u32(code)?, size))
}

fn read_hexadecimal(escape: &[u8]) -> Option<(char, usize)> {
    const DIGITS_MAX: usize = 8;
    let digits = escape.strip_prefix(b"x{")?;
    let size = digits.iter().take(DIGITS_MAX + 1).position(|byte| *byte == b'}')?;
    let digits = std::str::from_utf8(&digits[..size]).ok().filter(|digits| !digits.starts_with('+'))?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    Some((char::from_u32(code)?, b"x{}".len() + size))
}

/// A string that is put together: bytes, until there is a character that is none.
#[derive(Debug)]
pub(super) enum Characters {
    Bytes(Vec<u8>),
    Text(String),
}

impl Characters {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self::Bytes(Vec::with_capacity(capacity))
    }

    /// Appends bytes, which are the characters of these numbers.
    fn extend(&mut self, more: &[u8]) {
        match self {
            Self::Bytes(bytes) => bytes.extend_from_slice(more),
            Self::Text(text) => text.extend(more.iter().copied().map(char::from)),
        }
    }

    pub(super) fn push(&mut self, character: char) {
        match (&mut *self, u8::try_from(character)) {
            (Self::Bytes(bytes), Ok(byte)) => bytes.push(byte),
            (Self::Text(text), _) => text.push(character),
            (Self::Bytes(bytes), Err(_)) => {
                let mut text = latin_1(bytes);
                text.push(character);
                *self = Self::Text(text);
            }
        }
    }

    fn into_text(self) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Text(latin_1(&bytes)),
            text => text,
        }
    }

    fn to_text(&self) -> String {
        match self {
            Self::Bytes(bytes) => latin_1(bytes),
            Self::Text(text) => text.clone(),
        }
    }
}

impl<'de> Text<'de> {
    /// Reads a string in quotes of either kind, up to the quote that ends it.
    #[inline]
    pub(super) fn quoted(&mut self, what: &'static str) -> Result<Quoted<'de>, Fault> {
        match self.peek() {
            Some(b'\'') => self.single_quoted(),
            Some(b'"') => self.double_quoted(),
            _ => Err(self.expected(what)),
        }
    }

    #[inline]
    fn single_quoted(&mut self) -> Result<Quoted<'de>, Fault> {
        let start = self.position() + 1;
        let text = &self.rest()[1..];
        let mut has_escapes = false;
        let mut end = 0;
        loop {
            match memchr::memchr2(b'\'', b'\\', &text[end..]) {
                Some(index) if text[end + index] == b'\'' => {
                    end += index;
                    break;
                }
                // Whatever is behind a backslash ends nothing.
                Some(index) if end + index + 2 <= text.len() => {
                    has_escapes = true;
                    end += index + 2;
                }
                _ => return Err(self.unterminated()),
            }
        }
        self.seek(start + end + 1);
        Ok(Quoted { content: &text[..end], start, quote: Quote::Single, has_escapes })
    }

    fn double_quoted(&mut self) -> Result<Quoted<'de>, Fault> {
        let start = self.position() + 1;
        let text = &self.rest()[1..];
        let mut has_escapes = false;
        let mut end = 0;
        loop {
            let Some(index) = memchr::memchr2(b'"', b'\\', &text[end..]) else { return Err(self.unterminated()) };
            if let Some(index) = memchr::memchr2(b'$', b'@', &text[end..end + index]) {
                let found = text[end + index].escape_ascii();
                let reason = format_args!("expected a string that interpolates nothing, found \"{found}\" in one");
                return Err(Fault::new(start + end + index, reason));
            }
            end += index;
            match text[end] {
                b'"' => break,
                _ if end + 2 > text.len() => return Err(self.unterminated()),
                _ => {
                    has_escapes = true;
                    end += 2;
                }
            }
        }
        self.seek(start + end + 1);
        Ok(Quoted { content: &text[..end], start, quote: Quote::Double, has_escapes })
    }

    #[cold]
    fn unterminated(&self) -> Fault {
        Fault::new(self.position(), "expected a string with a quote at its end, found the end of the text")
    }
}
