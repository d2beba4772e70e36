//! Writing a text in Dumper's default style.

use std::io::Write as _;

use super::boolean::{FALSE, TRUE};
use crate::error::Refusal;
use crate::perl::{Sink, float_text};

/// Items stand this far to the right of the bracket around them, in columns.
const INDENT: usize = 2;

/// Integers up to this length stand bare, longer ones in quotes: Dumper minds Perls of 32 bits.
const BARE_INTEGER_BYTES_MAX: usize = 10;

/// A text while it is written.
pub(super) struct Lines<'a> {
    out: &'a mut Vec<u8>,
    /// Where the value that comes next begins, as Dumper counts: in bytes, and an object where its content does.
    column: usize,
}

/// A container while it is written.
pub(super) struct Container {
    column: usize,
    is_empty: bool,
}

impl<'a> Lines<'a> {
    /// Appends to `out`, on a line that has `column` bytes already.
    pub(super) fn new(out: &'a mut Vec<u8>, column: usize) -> Self {
        Self { out, column }
    }

    #[inline]
    fn begin(&mut self, open: u8) -> Container {
        self.out.push(open);
        Container { column: self.column, is_empty: true }
    }

    #[inline]
    fn begin_item(&mut self, container: &mut Container) {
        if !container.is_empty {
            self.out.push(b',');
        }
        container.is_empty = false;
        self.column = container.column + INDENT;
        self.begin_line(self.column);
    }

    #[inline]
    fn end(&mut self, container: Container, close: u8) {
        if !container.is_empty {
            self.begin_line(container.column);
        }
        self.out.push(close);
    }

    #[inline]
    fn begin_line(&mut self, column: usize) {
        self.out.push(b'\n');
        self.out.resize(self.out.len() + column, b' ');
    }

    #[inline]
    fn integer(&mut self, digits: &str) {
        match digits.len() > BARE_INTEGER_BYTES_MAX {
            true => self.single_quoted(digits.as_bytes()),
            false => self.out.extend_from_slice(digits.as_bytes()),
        }
    }

    #[inline]
    fn string(&mut self, text: &str) {
        match text.is_ascii() {
            true => self.single_quoted(text.as_bytes()),
            false => self.double_quoted(text),
        }
    }

    #[inline]
    fn single_quoted(&mut self, bytes: &[u8]) {
        self.out.push(b'\'');
        let mut rest = bytes;
        while let Some(index) = memchr::memchr2(b'\'', b'\\', rest) {
            self.out.extend_from_slice(&rest[..index]);
            self.out.extend_from_slice(&[b'\\', rest[index]]);
            rest = &rest[index + 1..];
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'\'');
    }

    /// Writes text that has characters beyond ASCII; those are escaped, control characters are not.
    fn double_quoted(&mut self, text: &str) {
        self.out.push(b'"');
        for character in text.chars() {
            match character {
                '"' | '$' | '@' | '\\' => self.out.extend_from_slice(&[b'\\', character as u8]),
                '\0'..='\x7f' => self.out.push(character as u8),
                _ => write!(self.out, "\\x{{{:x}}}", u32::from(character)).expect("a vector takes everything"),
            }
        }
        self.out.push(b'"');
    }
}

impl Sink for Lines<'_> {
    type Container = Container;

    fn undef(&mut self) {
        self.out.extend_from_slice(b"undef");
    }

    /// Writes the object that JSON decoders have for true and false, as such objects are printed.
    ///
    /// What Dumper prints for Perl's own booleans is a string or a number, which would not come back as a boolean.
    fn truth(&mut self, value: bool) {
        self.out.extend_from_slice(if value { TRUE } else { FALSE });
    }

    #[inline]
    fn int(&mut self, value: i64) {
        self.integer(itoa::Buffer::new().format(value));
    }

    fn uint(&mut self, value: u64) {
        self.integer(itoa::Buffer::new().format(value));
    }

    fn float(&mut self, value: f64) {
        self.single_quoted(float_text(value).as_bytes());
    }

    #[inline]
    fn text(&mut self, text: &str) -> Result<(), Refusal> {
        self.string(text);
        Ok(())
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.single_quoted(bytes);
        Ok(())
    }

    #[inline]
    fn begin_array(&mut self, _len: Option<usize>) -> Result<Container, Refusal> {
        Ok(self.begin(b'['))
    }

    #[inline]
    fn begin_element(&mut self, array: &mut Container) {
        self.begin_item(array);
    }

    #[inline]
    fn end_array(&mut self, array: Container) -> Result<(), Refusal> {
        self.end(array, b']');
        Ok(())
    }

    #[inline]
    fn begin_hash(&mut self, _len: Option<usize>) -> Result<Container, Refusal> {
        Ok(self.begin(b'{'))
    }

    #[inline]
    fn begin_entry(&mut self, hash: &mut Container, key: &str) -> Result<(), Refusal> {
        self.begin_item(hash);
        let start = self.out.len();
        self.string(key);
        self.out.extend_from_slice(b" => ");
        self.column += self.out.len() - start;
        Ok(())
    }

    #[inline]
    fn end_entry(&mut self, _hash: &mut Self::Container, _key: &str) -> Result<(), Refusal> {
        Ok(())
    }

    #[inline]
    fn end_hash(&mut self, hash: Container) -> Result<(), Refusal> {
        self.end(hash, b'}');
        Ok(())
    }

    fn begin_object(&mut self, _class: &str) -> Result<(), Refusal> {
        const BEGIN: &[u8] = b"bless( ";
        self.out.extend_from_slice(BEGIN);
        self.column += BEGIN.len();
        Ok(())
    }

    /// Writes the class as Perl has it: in Latin-1 where it fits, in UTF-8 where it does not.
    fn end_object(&mut self, class: &str) -> Result<(), Refusal> {
        self.out.extend_from_slice(b", ");
        match crate::perl::downgrade(class) {
            Some(class) => self.single_quoted(&class),
            None => self.single_quoted(class.as_bytes()),
        }
        self.out.extend_from_slice(b" )");
        Ok(())
    }

    fn begin_reference(&mut self) {
        self.out.extend_from_slice(b"do{\\(my $o = ");
    }

    fn end_reference(&mut self) {
        self.out.extend_from_slice(b")}");
    }
}
