//! The words of a text, one after the other.

use super::plain::{self, Known};
use super::quoted::{Characters, Quoted};
use super::regexp;
use crate::perl::{Cursor, Fault, Number};

/// A text while it is read.
#[derive(Debug)]
pub(super) struct Text<'de> {
    cursor: Cursor<'de, 'de>,
    known: Known<'de>,
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
    pub(super) fn new(text: &'de [u8], unfolded_max: usize) -> Self {
        let cursor = Cursor::new(text, None, unfolded_max);
        Self { cursor, known: Known::default(), list: None }
    }

    /// Says that the value that begins here is a list which is assigned to an array or a hash.
    pub(super) fn expect_list(&mut self, kind: Kind) {
        self.list = Some((self.position(), kind));
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

    /// As [`Known::at`], of what comes next.
    #[inline(always)]
    pub(super) fn known(&mut self) -> (&'de str, usize) {
        self.known.at(self.cursor.position(), self.cursor.rest())
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

/// As what Dumper prints any function.
const CODE: &[u8] = b"sub { \"DUMMY\" }";

pub(super) fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// What is left of `text` behind its white space and comments.
fn pass_space(mut text: &[u8]) -> &[u8] {
    loop {
        text = plain::pass_space(text);
        text = match text {
            [b'#', comment @ ..] if let Some(behind) = behind_index(comment) => behind,
            _ => return text,
        };
    }
}

/// What is behind the index of an element, if there is nothing else on its line.
fn behind_index(comment: &[u8]) -> Option<&[u8]> {
    let digits = comment.iter().take_while(|byte| byte.is_ascii_digit()).count();
    comment[digits..].strip_prefix(b"\n").filter(|_| digits > 0)
}
