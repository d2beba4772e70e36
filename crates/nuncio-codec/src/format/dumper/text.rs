//! The words of a text, one after the other.

use super::quoted::{Characters, Quoted, find_end};
use super::regexp;
use crate::perl::{Cursor, Fault, Number, PerlString};

/// A text while it is read.
#[derive(Debug)]
pub(super) struct Text<'de> {
    cursor: Cursor<'de, 'de>,
    /// Where the list is that is assigned to an array or a hash, and as which of them it is to be read.
    list: Option<(usize, Kind)>,
}

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Array,
    Hash,
}

/// The beginning of a value, or all of it where nothing can be inside.
pub(super) enum Head<'de> {
    /// A path to what is elsewhere, or a backslash and one. It is still to be read.
    BackReference,
    Bool(bool),
    Code(&'de [u8]),
    /// A container, with the bracket that closes it. Its items follow.
    Container(Kind, u8),
    Number(Number),
    /// `bless(`. A reference follows, then the class.
    Object,
    Quoted(Quoted<'de>),
    /// A backslash. A scalar follows.
    Reference,
    Regexp(regexp::Quote<'de>),
    Undef,
    /// `do{\(my $o =`, a reference as well. A scalar follows, then `)}`.
    Variable,
    Version(Characters),
}

impl<'de> Text<'de> {
    pub(super) fn new(cursor: Cursor<'de, 'de>, list: Option<(usize, Kind)>) -> Self {
        Self { cursor, list }
    }

    #[inline]
    pub(super) fn position(&self) -> usize {
        self.cursor.position()
    }

    #[inline]
    pub(super) fn seek(&mut self, position: usize) {
        self.cursor.seek(position);
    }

    /// As [`Cursor::jump`].
    pub(super) fn jump(&mut self, position: usize) -> Result<(), Fault> {
        self.cursor.jump(position)
    }

    /// As [`Cursor::resume`].
    pub(super) fn resume(&mut self, position: usize) {
        self.cursor.resume(position);
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.cursor.peek()
    }

    /// As [`Cursor::string`].
    #[inline(always)]
    pub(super) fn string(&mut self, start: usize, end: usize) -> PerlString<'de, 'de> {
        self.cursor.string(start, end)
    }

    /// As [`Cursor::plain_text`].
    #[inline(always)]
    pub(super) fn plain_text(&mut self) -> Option<&'de str> {
        self.cursor.plain_text()
    }

    #[inline]
    pub(super) fn rest(&self) -> &'de [u8] {
        self.cursor.rest()
    }

    /// Passes over white space and the comments with which Dumper numbers elements.
    #[inline]
    pub(super) fn pass_space(&mut self) {
        if let Some(b' ' | b'\n' | b'\t' | b'\r' | b'#') = self.peek() {
            let rest = pass_space(self.rest());
            self.seek(self.position() + self.rest().len() - rest.len());
        }
    }

    /// Passes over `word` if it comes next.
    #[inline]
    pub(super) fn passes(&mut self, word: &[u8]) -> bool {
        let comes = self.rest().starts_with(word);
        if comes {
            self.seek(self.position() + word.len());
        }
        comes
    }

    #[inline]
    pub(super) fn expect(&mut self, word: &'static str) -> Result<(), Fault> {
        match self.passes(word.as_bytes()) {
            true => Ok(()),
            false => Err(self.expected(format_args!("\"{}\"", word.escape_default()))),
        }
    }

    /// Passes over white space and `word` after it.
    pub(super) fn expect_next(&mut self, word: &'static str) -> Result<(), Fault> {
        self.pass_space();
        self.expect(word)
    }

    /// Passes over the end of a statement.
    pub(super) fn pass_end(&mut self) {
        self.pass_space();
        while self.passes(b";") {
            self.pass_space();
        }
    }

    /// Reads letters, digits and underscores, as many as there are.
    pub(super) fn word(&mut self) -> &'de [u8] {
        let rest = self.rest();
        let size = rest.iter().take_while(|byte| is_word(**byte)).count();
        self.seek(self.position() + size);
        &rest[..size]
    }

    #[cold]
    pub(super) fn expected(&self, wanted: impl std::fmt::Display) -> Fault {
        const SHOWN_BYTES: usize = 16;
        match self.rest() {
            [] => self.cursor.expected(wanted, "the end of the text"),
            rest => {
                let shown = rest[..rest.len().min(SHOWN_BYTES)].escape_ascii();
                self.cursor.expected(wanted, format_args!("\"{shown}\""))
            }
        }
    }

    /// Reads the beginning of a value.
    #[inline]
    pub(super) fn head(&mut self) -> Result<Head<'de>, Fault> {
        match self.peek() {
            Some(b'\'' | b'"') => self.quoted("a value").map(Head::Quoted),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'{') => Ok(self.container(Kind::Hash, b'}')),
            Some(b'[') => Ok(self.container(Kind::Array, b']')),
            _ => self.rare_head(),
        }
    }

    #[inline]
    fn container(&mut self, kind: Kind, close: u8) -> Head<'de> {
        self.seek(self.position() + 1);
        Head::Container(kind, close)
    }

    fn rare_head(&mut self) -> Result<Head<'de>, Fault> {
        let start = self.position();
        match self.rest() {
            [b'(', ..] if let Some((_, kind)) = self.list.filter(|(at, _)| *at == start) => {
                Ok(self.container(kind, b')'))
            }
            [b'$', ..] | [b'\\', b'$' | b'@' | b'%', ..] => Ok(Head::BackReference),
            [b'\\', ..] => {
                self.seek(start + 1);
                Ok(Head::Reference)
            }
            [b'v', b'0'..=b'9', ..] => self.version(),
            [b'*', ..] => Err(Fault::new(start, "expected data, found a glob")),
            _ if self.passes(b"!!1") => Ok(Head::Bool(true)),
            _ if self.passes(b"!!0") => Ok(Head::Bool(false)),
            _ if self.passes(b"do{my $o}") => Ok(Head::Undef),
            _ if self.passes(b"do{\\(my $o = ") => Ok(Head::Variable),
            _ if self.passes(b"qr/") => self.regexp().map(Head::Regexp),
            _ if self.passes(CODE) => Ok(Head::Code(CODE)),
            _ => self.named(start),
        }
    }

    /// Reads what begins with a word.
    fn named(&mut self, start: usize) -> Result<Head<'de>, Fault> {
        match self.word() {
            b"undef" => Ok(Head::Undef),
            b"bless" => {
                self.expect_next("(")?;
                Ok(Head::Object)
            }
            b"sub" => Err(Fault::new(start, "expected data, found a function")),
            _ => {
                self.seek(start);
                Err(self.expected("a value"))
            }
        }
    }

    /// Goes to the next item of a container, or behind the bracket that closes it.
    #[inline]
    pub(super) fn item(&mut self, is_first: bool, close: u8) -> Result<bool, Fault> {
        self.pass_space();
        if !is_first && self.peek() == Some(b',') {
            self.seek(self.position() + 1);
            self.pass_space();
        } else if !is_first && self.peek() != Some(close) {
            return Err(self.expected(format_args!("\",\" or \"{}\"", char::from(close))));
        }
        let is_closed = self.peek() == Some(close);
        if is_closed {
            self.seek(self.position() + 1);
        }
        Ok(!is_closed)
    }

    /// Goes to the next entry and reads its key, if it is written as in the default style and begins in ASCII. Otherwise
    /// reads nothing.
    ///
    /// Keys of one hash stand alike: the `gap` is what stood before the last one, its quote included.
    #[inline]
    pub(super) fn plain_key(&mut self, is_first: bool, gap: &mut &'de str) -> Option<&'de str> {
        let text = self.plain_text()?;
        let before = if is_first { text } else { text.strip_prefix(',')? };
        let behind = match before.strip_prefix(*gap) {
            Some(behind) if !gap.is_empty() => behind,
            _ => {
                let spaces = before.len() - pass_space(before.as_bytes()).len();
                let behind = before.get(spaces..)?.strip_prefix('\'')?;
                *gap = &before[..spaces + 1];
                behind
            }
        };
        let (key, behind) = behind.split_at_checked(find_end(behind.as_bytes())?)?;
        let behind = behind.strip_prefix(QUOTE_AND_PAIR)?;
        self.seek(self.position() + text.len() - behind.len());
        Some(key)
    }

    /// Reads a key, and what separates it from its value.
    pub(super) fn key(&mut self) -> Result<Quoted<'de>, Fault> {
        let key = self.bare_key()?;
        self.pass_pair()?;
        Ok(key)
    }

    /// Passes over what separates a key from its value.
    #[inline]
    pub(super) fn pass_pair(&mut self) -> Result<(), Fault> {
        match self.passes(PAIR) {
            true => Ok(()),
            false => self.pass_other_pair(),
        }
    }

    fn pass_other_pair(&mut self) -> Result<(), Fault> {
        self.pass_space();
        // Whatever Dumper was told to print between the two.
        match [&b"=>"[..], b",", b":", b"="].into_iter().any(|pair| self.passes(pair)) {
            true => Ok(()),
            false => Err(self.expected("\"=>\" after a key")),
        }
    }

    /// Reads a key, in quotes or not.
    pub(super) fn bare_key(&mut self) -> Result<Quoted<'de>, Fault> {
        match self.peek() {
            Some(b'A'..=b'Z' | b'a'..=b'z' | b'_') => {
                let start = self.position();
                Ok(Quoted::bare(self.word(), start))
            }
            Some(b'-' | b'0'..=b'9') => self.numeric_key(),
            _ => self.quoted("a key"),
        }
    }

    /// The characters of the key at `position`.
    pub(super) fn key_at(&mut self, position: usize) -> Result<String, Fault> {
        let origin = self.position();
        self.seek(position);
        let key = self.bare_key()?.to_text()?.into_owned();
        self.seek(origin);
        Ok(key)
    }

    /// Reads the end of an object, and in it the class.
    pub(super) fn class(&mut self) -> Result<Quoted<'de>, Fault> {
        self.expect_next(",")?;
        self.pass_space();
        let class = self.quoted("a class")?;
        self.expect_next(")")?;
        Ok(class)
    }
}

/// What stands between a key and its value in the default style.
const PAIR: &[u8] = b" => ";
/// The same behind a key in quotes.
const QUOTE_AND_PAIR: &str = "' => ";

/// As what Dumper prints any function.
const CODE: &[u8] = b"sub { \"DUMMY\" }";

pub(super) fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// What is left of `text` behind its white space.
fn pass_space(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b' ' | b'\n' | b'\t' | b'\r', behind @ ..] => pass_indentation(behind),
            [b'#', comment @ ..] => match behind_index(comment) {
                Some(behind) => behind,
                None => return text,
            },
            _ => return text,
        };
    }
}

/// What is left of `text` behind its spaces, which are most of a deep document.
#[inline]
fn pass_indentation(mut text: &[u8]) -> &[u8] {
    const STEP: usize = 8;
    const STRIDE: usize = 4 * STEP;
    while let Some((chunk, behind)) = text.split_first_chunk::<STEP>() {
        let other = u64::from_le_bytes(*chunk) ^ u64::from_le_bytes([b' '; STEP]);
        if other != 0 {
            return &text[other.trailing_zeros() as usize / 8..];
        }
        text = behind;
        while let Some((chunk, behind)) = text.split_first_chunk::<STRIDE>()
            && *chunk == [b' '; STRIDE]
        {
            text = behind;
        }
    }
    text
}

/// What is behind the index of an element, if there is nothing else on its line.
fn behind_index(comment: &[u8]) -> Option<&[u8]> {
    let digits = comment.iter().take_while(|byte| byte.is_ascii_digit()).count();
    comment[digits..].strip_prefix(b"\n").filter(|_| digits > 0)
}
