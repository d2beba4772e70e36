//! JSON text, looked at without being built: whether it is whole, and where the members of an object are.
//!
//! The whole grammar is checked, so that what was accepted here can be passed on as it is. A lone surrogate escape is
//! left to whoever decodes the string.
//!
//! ```
//! use nuncio_bus::wire::json::{Members, check};
//!
//! assert!(check(br#"[1,{"a":null}]"#).is_ok());
//! let mut members = Members::of(br#"{"id":"7","content":[1, 2]}"#)?;
//! let content = members.find_map(|member| member.ok().filter(|member| member.is(b"content")));
//! assert_eq!(content.map(|member| member.value), Some(20..26));
//! # Ok::<(), nuncio_bus::wire::json::Malformed>(())
//! ```
//!
//! # Source
//! RFC 8259.

mod ascii;

use std::fmt;
use std::ops::Range;

pub use self::ascii::make_ascii;

/// How deep arrays and objects may stand in one another, in levels: what Perl's JSON::XS reads.
pub const DEPTH_MAX: usize = 512;

/// The text is no JSON, or too deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Where, as a byte offset.
    pub at: usize,
    /// What should have been there.
    pub expected: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no {} at byte {}", self.expected, self.at)
    }
}

impl std::error::Error for Malformed {}

/// Whether `text` is one JSON value and nothing else.
///
/// # Errors
/// [`Malformed`], and for what is no UTF-8.
pub fn check(text: &[u8]) -> Result<(), Malformed> {
    check_utf8(text)?;
    let mut scanner = Scanner { text, at: 0 };
    scanner.value(0)?;
    scanner.end()
}

/// The value with which `text` begins; what follows it is not looked at. All of it if there is none.
pub fn first_value(text: &[u8]) -> &[u8] {
    let mut scanner = Scanner { text, at: 0 };
    match scanner.value(0) {
        Ok(()) => &text[..scanner.at],
        Err(_) => text,
    }
}

fn check_utf8(text: &[u8]) -> Result<(), Malformed> {
    // What the reference and nuncio write is ASCII, which is told faster.
    if text.is_ascii() {
        return Ok(());
    }
    match std::str::from_utf8(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(Malformed { at: error.valid_up_to(), expected: "UTF-8" }),
    }
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// The name as it is written, without the quotes.
    pub name: &'a [u8],
    /// Where the value stands in the text.
    pub value: Range<usize>,
}

impl Member<'_> {
    /// Whether it is called `name`, which needs no escape itself; a name that was written with escapes is understood.
    pub fn is(&self, name: &[u8]) -> bool {
        match self.name.contains(&b'\\') {
            false => self.name == name,
            true => unescape(self.name).is_some_and(|text| text.as_bytes() == name),
        }
    }
}

/// What a string says, of which `inner` stands between the quotes; none if its escapes make no text.
pub fn unescape(inner: &[u8]) -> Option<String> {
    let quoted = [b"\"", inner, b"\""].concat();
    nuncio_codec::Codec::Json.decode(&quoted, &nuncio_codec::DecodeLimits::default()).ok()
}

/// The members of an object, in their order. After the last one, or a fault, there is nothing more.
#[derive(Debug)]
pub struct Members<'a> {
    scanner: Scanner<'a>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    First,
    Next,
    Over,
}

impl<'a> Members<'a> {
    /// The members of `text`, which has to be one object and nothing else.
    ///
    /// # Errors
    /// [`Malformed`] when it begins with something else, or is no UTF-8.
    pub fn of(text: &'a [u8]) -> Result<Self, Malformed> {
        check_utf8(text)?;
        let mut scanner = Scanner { text, at: 0 };
        scanner.blanks();
        scanner.expect(b'{', "object")?;
        Ok(Self { scanner, state: State::First })
    }

    fn step(&mut self) -> Result<Option<Member<'a>>, Malformed> {
        let scanner = &mut self.scanner;
        scanner.blanks();
        match self.state {
            State::First if !scanner.take(b'}') => {}
            State::Next if scanner.take(b',') => scanner.blanks(),
            State::Over => return Ok(None),
            State::First => return scanner.end().map(|()| None),
            State::Next => {
                scanner.expect(b'}', "comma or closing brace")?;
                return scanner.end().map(|()| None);
            }
        }
        let name = scanner.string()?;
        scanner.blanks();
        scanner.expect(b':', "colon")?;
        scanner.blanks();
        let start = scanner.at;
        scanner.value(1)?;
        self.state = State::Next;
        Ok(Some(Member { name: &scanner.text[name], value: start..scanner.at }))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Result<Member<'a>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if !matches!(step, Ok(Some(_))) {
            self.state = State::Over;
        }
        step.transpose()
    }
}

/// Which brackets are open, one bit each.
struct Nesting {
    objects: [u64; DEPTH_MAX / 64],
    depth: usize,
}

impl Nesting {
    fn is_object(&self) -> bool {
        let top = self.depth - 1;
        self.objects[top / 64] >> (top % 64) & 1 == 1
    }

    fn push(&mut self, is_object: bool, at: usize, outer: usize) -> Result<(), Malformed> {
        if self.depth + outer >= DEPTH_MAX {
            return Err(Malformed { at, expected: "end of 512 levels" });
        }
        let bit = 1 << (self.depth % 64);
        match is_object {
            true => self.objects[self.depth / 64] |= bit,
            false => self.objects[self.depth / 64] &= !bit,
        }
        self.depth += 1;
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct Scanner<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
}

impl Scanner<'_> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    pub(super) fn blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    #[inline]
    pub(super) fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Malformed> {
        match self.take(byte) {
            true => Ok(()),
            false => Err(Malformed { at: self.at, expected }),
        }
    }

    pub(super) fn end(&mut self) -> Result<(), Malformed> {
        self.blanks();
        match self.at == self.text.len() {
            true => Ok(()),
            false => Err(Malformed { at: self.at, expected: "end of the text" }),
        }
    }

    /// Steps over one value, which stands in `outer` brackets already.
    #[inline]
    pub(super) fn value(&mut self, outer: usize) -> Result<(), Malformed> {
        self.blanks();
        match self.peek() {
            Some(b'{' | b'[') => self.nested(outer),
            _ => self.scalar(),
        }
    }

    fn nested(&mut self, outer: usize) -> Result<(), Malformed> {
        let mut nesting = Nesting { objects: [0; DEPTH_MAX / 64], depth: 0 };
        loop {
            self.blanks();
            let opened = self.at;
            if self.take(b'{') {
                nesting.push(true, opened, outer)?;
                self.blanks();
                if self.peek() != Some(b'}') {
                    self.key()?;
                    continue;
                }
            } else if self.take(b'[') {
                nesting.push(false, opened, outer)?;
                self.blanks();
                if self.peek() != Some(b']') {
                    continue;
                }
            } else {
                self.scalar()?;
            }
            if self.close(&mut nesting)? {
                return Ok(());
            }
        }
    }

    /// Behind a value: closes what closes here, and steps to the next value; true if all is closed.
    fn close(&mut self, nesting: &mut Nesting) -> Result<bool, Malformed> {
        while nesting.depth > 0 {
            self.blanks();
            let is_object = nesting.is_object();
            if self.take(if is_object { b'}' } else { b']' }) {
                nesting.depth -= 1;
                continue;
            }
            self.expect(b',', "comma or closing bracket")?;
            if is_object {
                self.blanks();
                self.key()?;
            }
            return Ok(false);
        }
        Ok(true)
    }

    fn key(&mut self) -> Result<(), Malformed> {
        self.string()?;
        self.blanks();
        self.expect(b':', "colon")
    }

    #[inline]
    fn scalar(&mut self) -> Result<(), Malformed> {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            _ => Err(Malformed { at: self.at, expected: "value" }),
        }
    }

    fn literal(&mut self, word: &'static [u8]) -> Result<(), Malformed> {
        match self.text[self.at..].starts_with(word) {
            true => {
                self.at += word.len();
                Ok(())
            }
            false => Err(Malformed { at: self.at, expected: "value" }),
        }
    }

    fn number(&mut self) -> Result<(), Malformed> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        match self.at > start {
            true => Ok(()),
            false => Err(Malformed { at: start, expected: "digit" }),
        }
    }

    /// Steps over a string and says what stands between its quotes.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Range<usize>, Malformed> {
        self.expect(b'"', "string")?;
        let start = self.at;
        loop {
            self.at += plain_length(&self.text[self.at..]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(start..self.at - 1);
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(Malformed { at: self.at, expected: "end of the string" }),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        let malformed = Malformed { at: self.at, expected: "escape" };
        let length = match self.text.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => {
                let digits = self.text.get(self.at + 2..self.at + 6).ok_or(malformed)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(malformed);
                }
                6
            }
            _ => return Err(malformed),
        };
        self.at += length;
        Ok(())
    }
}

/// How many bytes come before the first quote, backslash or control character.
///
/// Eight at a time: a subtraction sets the top bit of each byte that was smaller, and of each of 0x80 and above, which are
/// left out afterwards. Its borrow can disturb only bytes behind the first one that is found.
#[inline]
fn plain_length(text: &[u8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let skipped = plain_blocks(text);
    let (words, rest) = text[skipped..].as_chunks();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // Flipping bit 1 puts the quote right behind the control characters.
        let quote_or_control = (word ^ (0x02 * EACH)).wrapping_sub(0x21 * EACH);
        let backslash = (word ^ (u64::from(b'\\') * EACH)).wrapping_sub(EACH);
        let found = (quote_or_control | backslash) & !word & (0x80 * EACH);
        if found != 0 {
            return skipped + 8 * index + found.trailing_zeros() as usize / 8;
        }
    }
    let tail = rest.iter().position(|byte| *byte ^ 0x02 <= 0x20 || *byte == b'\\');
    text.len() - rest.len() + tail.unwrap_or(rest.len())
}

/// How many bytes are in whole blocks without any of these in front of the first one. A block is looked at all at once, by
/// vector instructions.
#[inline]
fn plain_blocks(text: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let (blocks, _) = text.as_chunks::<BLOCK>();
    let is_plain = |block: &[u8; BLOCK]| {
        !block.iter().fold(false, |found, &byte| found | (byte < 0x20) | (byte == b'"') | (byte == b'\\'))
    };
    BLOCK * blocks.iter().take_while(|block| is_plain(block)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_grammar_is_that_of_the_standard() {
        for good in ["0", "-0.5e+10", "\"\\u00e9\\n\"", "[]", "{}", " [1 , {\"a\" :[ ]} ] ", "1E5", "true", "[null]"] {
            assert_eq!(check(good.as_bytes()), Ok(()), "{good}");
        }
        for bad in [
            "",
            "01",
            "1.",
            ".5",
            "-",
            "1e",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\n\"",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":1,}",
            "{1:2}",
            "[1}",
            "nul",
            "1 2",
            "[",
            "{\"a\":1",
            "+1",
            "'a'",
        ] {
            assert!(check(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(check(b"\"\xff\"").is_err());
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(check(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert!(check(nested(DEPTH_MAX + 1).as_bytes()).is_err());
    }

    #[test]
    fn members_are_found_and_a_fault_ends_them() {
        let text = br#" {"a":"x","\u0062":[1,{}] , "c" : null} "#;
        let members: Vec<_> = Members::of(text).unwrap().map(Result::unwrap).collect();
        assert!(members[1].is(b"b") && !members[1].is(b"a"));
        assert_eq!(
            members.iter().map(|member| &text[member.value.clone()]).collect::<Vec<_>>(),
            [&b"\"x\""[..], b"[1,{}]", b"null"]
        );
        let mut broken = Members::of(br#"{"a":1,"b"}"#).unwrap();
        assert!(broken.next().unwrap().is_ok());
        assert!(broken.next().unwrap().is_err());
        assert_eq!(broken.next(), None);
        assert_eq!(Members::of(b"{}").unwrap().count(), 0);
        assert!(Members::of(b"{} x").unwrap().next().unwrap().is_err());
    }

    proptest! {
        #[test]
        fn it_agrees_with_serde_json(text in r#"[\[\]{}",:\\0-9a-f.eE+\- untrlsd\x00é]{0,24}"#) {
            let oracle = serde_json::from_str::<serde_json::Value>(&text);
            // A lone surrogate and a number beyond all measure are JSON, and no value.
            let differs = oracle.as_ref().is_err_and(|error| {
                ["surrogate", "out of range"].iter().any(|word| error.to_string().contains(word)) || text.contains("\\u")
            });
            prop_assert!(differs || check(text.as_bytes()).is_ok() == oracle.is_ok(), "{oracle:?}");
        }
    }
}
