//! Passes over JSON text: finds where its values end, and that they are well-formed, and makes nothing of them.
//!
//! # Source
//! RFC 8259.

use std::fmt;

use super::text::{Alphabet, is_plain, next_special, next_special_in_words};

/// What was looked for, and not found, in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    expected: &'static str,
    offset: usize,
}

impl Broken {
    /// Where, in bytes from the beginning.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was expected at byte {}", self.expected, self.offset)
    }
}

impl std::error::Error for Broken {}

type Result<T> = std::result::Result<T, Broken>;

/// A place in a text, at which parts of it can be passed over. White space before them is passed over too.
///
/// What is passed over is well-formed, but for half a surrogate pair as an escape: that has no text, and is found when the
/// string is read. After an error the place is not the one before.
///
/// ```
/// use nuncio_codec::json::Scanner;
///
/// let mut scanner = Scanner::new(r#"{"id": 7, "data": [1, {"a": "]"}]}"#);
/// scanner.expect(b'{')?;
/// assert_eq!((scanner.name()?, scanner.value()?), (r#""id""#, "7"));
/// scanner.expect(b',')?;
/// assert_eq!((scanner.name()?, scanner.value()?), (r#""data""#, r#"[1, {"a": "]"}]"#));
/// # Ok::<(), nuncio_codec::json::Broken>(())
/// ```
#[derive(Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Scanner<'a> {
    /// The beginning of `text`.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    /// Passes over `byte`, if it is next.
    #[inline]
    pub fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.look() == Some(byte);
        self.offset += usize::from(is_next);
        is_next
    }

    /// Passes over `byte`, a punctuation mark.
    ///
    /// # Errors
    /// Something else is next.
    #[inline]
    pub fn expect(&mut self, byte: u8) -> Result<()> {
        if self.takes(byte) { Ok(()) } else { Err(self.broken(described(byte))) }
    }

    /// The end of the text.
    ///
    /// # Errors
    /// Something else is next.
    pub fn end(&mut self) -> Result<()> {
        if self.look().is_none() { Ok(()) } else { Err(self.broken("the end")) }
    }

    /// The name of a member, a string with its quotes. The colon is passed over.
    ///
    /// # Errors
    /// No name is next, or no colon follows it.
    #[inline]
    pub fn name(&mut self) -> Result<&'a str> {
        self.begin_name()?;
        let start = self.offset - 1;
        self.string()?;
        let name = &self.text[start..self.offset];
        self.expect(b':')?;
        Ok(name)
    }

    /// A value, as it is written. No depth costs a stack.
    ///
    /// # Errors
    /// No well-formed value is next.
    pub fn value(&mut self) -> Result<&'a str> {
        self.look();
        let start = self.offset;
        let mut nesting = Nesting::default();
        loop {
            if let Begun::Container(container) = self.begin_value()? {
                nesting.enter(container);
                continue;
            }
            loop {
                let Some(container) = nesting.innermost() else { return Ok(&self.text[start..self.offset]) };
                if self.goes_on(container)? {
                    break;
                }
                nesting.leave();
            }
        }
    }

    /// Where it is, in bytes from the beginning.
    pub(super) const fn offset(&self) -> usize {
        self.offset
    }

    /// The next byte that is no white space, which is passed over.
    #[inline]
    pub(super) fn look(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.offset += 1;
        }
        self.peek()
    }

    /// Passes over the first quote of a name.
    #[inline]
    pub(super) fn begin_name(&mut self) -> Result<()> {
        if self.takes(b'"') { Ok(()) } else { Err(self.broken("the name of a member, in double quotes,")) }
    }

    /// The rest of a string, behind its first quote.
    #[inline]
    pub(super) fn string(&mut self) -> Result<StringToken<'a>> {
        let (start, mut is_escaped) = (self.offset, false);
        loop {
            let rest = &self.text.as_bytes()[self.offset..];
            let Some(offset) = find_special(rest) else {
                self.offset = self.text.len();
                return Err(self.broken("the end of a string"));
            };
            self.offset += offset;
            if rest[offset] < 0x20 {
                return Err(self.broken("an escape instead of a control character"));
            }
            self.offset += 1;
            match rest[offset] {
                b'"' => return Ok(StringToken { content: &self.text[start..self.offset - 1], is_escaped }),
                _ => {
                    is_escaped = true;
                    self.escape()?;
                }
            }
        }
    }

    /// A number.
    #[inline]
    pub(super) fn number(&mut self) -> Result<NumberToken<'a>> {
        let start = self.offset;
        if self.peek() == Some(b'-') {
            self.offset += 1;
        }
        if self.peek() == Some(b'0') {
            self.offset += 1;
        } else {
            self.digits()?;
        }
        let mut is_integer = true;
        if self.peek() == Some(b'.') {
            self.offset += 1;
            is_integer = false;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.offset += 1;
            is_integer = false;
            if let Some(b'+' | b'-') = self.peek() {
                self.offset += 1;
            }
            self.digits()?;
        }
        Ok(NumberToken { text: &self.text[start..self.offset], is_integer })
    }

    /// Passes over `word`, of which the first letter was seen.
    #[inline]
    pub(super) fn word(&mut self, word: &'static str) -> Result<()> {
        if !self.text.as_bytes()[self.offset..].starts_with(word.as_bytes()) {
            return Err(self.broken(word));
        }
        self.offset += word.len();
        Ok(())
    }

    #[cold]
    pub(super) const fn broken(&self, expected: &'static str) -> Broken {
        Broken { expected, offset: self.offset }
    }

    /// Passes over a scalar, an empty container, or all that stands before the first value in another.
    fn begin_value(&mut self) -> Result<Begun> {
        match self.look() {
            Some(b'"') => {
                self.offset += 1;
                self.string()?;
            }
            Some(b'{') => {
                self.offset += 1;
                if !self.takes(b'}') {
                    self.name()?;
                    return Ok(Begun::Container(Container::Object));
                }
            }
            Some(b'[') => {
                self.offset += 1;
                if !self.takes(b']') {
                    return Ok(Begun::Container(Container::Array));
                }
            }
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            Some(b'n') => self.word("null")?,
            Some(b'-' | b'0'..=b'9') => drop(self.number()?),
            _ => return Err(self.broken("a value")),
        }
        Ok(Begun::Whole)
    }

    /// Behind a value in `container`: passes over what stands before the next, or over the end.
    fn goes_on(&mut self, container: Container) -> Result<bool> {
        let (close, expected) = match container {
            Container::Array => (b']', COMMA_OR_BRACKET),
            Container::Object => (b'}', COMMA_OR_BRACE),
        };
        if self.takes(close) {
            return Ok(false);
        }
        if !self.takes(b',') {
            return Err(self.broken(expected));
        }
        if container == Container::Object {
            self.name()?;
        }
        Ok(true)
    }

    /// The rest of an escape, behind its backslash.
    fn escape(&mut self) -> Result<()> {
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.offset += 1;
                Ok(())
            }
            Some(b'u') => {
                self.offset += 1;
                (0..4).try_for_each(|_| self.hexadecimal_digit())
            }
            _ => Err(self.broken("what can be escaped")),
        }
    }

    fn hexadecimal_digit(&mut self) -> Result<()> {
        match self.peek() {
            Some(digit) if digit.is_ascii_hexdigit() => {
                self.offset += 1;
                Ok(())
            }
            _ => Err(self.broken("a hexadecimal digit")),
        }
    }

    /// One digit at least.
    fn digits(&mut self) -> Result<()> {
        let rest = &self.text.as_bytes()[self.offset..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.offset += count;
        if count > 0 { Ok(()) } else { Err(self.broken("a digit")) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }
}

pub(super) const COMMA_OR_BRACKET: &str = "\",\" or \"]\"";
pub(super) const COMMA_OR_BRACE: &str = "\",\" or \"}\"";

/// Punctuation marks in words of an error.
const fn described(byte: u8) -> &'static str {
    match byte {
        b'{' => "\"{\"",
        b'}' => "\"}\"",
        b'[' => "\"[\"",
        b']' => "\"]\"",
        b':' => "\":\"",
        b',' => "\",\"",
        _ => "a punctuation mark",
    }
}

/// A string, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct StringToken<'a> {
    pub(super) content: &'a str,
    pub(super) is_escaped: bool,
}

/// A number.
#[derive(Clone, Copy, Debug)]
pub(super) struct NumberToken<'a> {
    pub(super) text: &'a str,
    /// It has neither a fraction nor an exponent.
    pub(super) is_integer: bool,
}

/// What stands at the beginning of a value.
enum Begun {
    /// All of it.
    Whole,
    /// The beginning of a container that is not empty; its first value is next.
    Container(Container),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

/// The containers around a place, a bit each; the first sixty-four need no memory.
#[derive(Debug, Default)]
struct Nesting {
    /// The innermost ones, the very innermost lowest. A bit is set where it is an object.
    word: u64,
    depth: usize,
    outer_words: Vec<u64>,
}

impl Nesting {
    fn enter(&mut self, container: Container) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.outer_words.push(self.word);
        }
        self.word = self.word << 1 | u64::from(container == Container::Object);
        self.depth += 1;
    }

    fn leave(&mut self) {
        self.depth -= 1;
        self.word >>= 1;
        if self.depth.is_multiple_of(64) {
            self.word = self.outer_words.pop().unwrap_or_default();
        }
    }

    const fn innermost(&self) -> Option<Container> {
        match (self.depth, self.word & 1) {
            (0, _) => None,
            (_, 0) => Some(Container::Array),
            _ => Some(Container::Object),
        }
    }
}

/// What of a string is searched word by word, in bytes: most names end in it.
const NEAR_BYTES: usize = 16;
/// What is looked at as one behind that.
const BLOCK_BYTES: usize = 32;
/// How many blocks are, before the search for long text begins.
const BLOCKS: usize = 4;

/// Where a string ends, an escape begins, or a control character stands that may not be there.
#[inline(always)]
fn find_special(bytes: &[u8]) -> Option<usize> {
    let Some((near, far)) = bytes.split_first_chunk::<NEAR_BYTES>() else {
        return next_special_in_words(bytes, Alphabet::Any);
    };
    next_special_in_words(near, Alphabet::Any).or_else(|| find_special_behind(far).map(|offset| NEAR_BYTES + offset))
}

#[inline(always)]
fn find_special_behind(bytes: &[u8]) -> Option<usize> {
    let (blocks, _) = bytes.as_chunks::<BLOCK_BYTES>();
    let plain = blocks.iter().take(BLOCKS).take_while(|block| is_plain(block, Alphabet::Any)).count();
    let (passed, rest) = (plain * BLOCK_BYTES, &bytes[plain * BLOCK_BYTES..]);
    let found = match plain {
        BLOCKS => next_special(rest, Alphabet::Any),
        _ => next_special_in_words(rest, Alphabet::Any),
    };
    found.map(|offset| passed + offset)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    fn is_value(text: &str) -> bool {
        let mut scanner = Scanner::new(text);
        scanner.value().is_ok() && scanner.end().is_ok()
    }

    /// What `serde_json` says of it.
    fn is_json(text: &str) -> bool {
        serde_json::from_str::<IgnoredAny>(text).is_ok()
    }

    #[test]
    fn a_value_is_what_stands_between_white_space() {
        for value in ["0", "-1.5e+3", "\"\"", "[ ]", "{ }", "true", "false", "null", r#"{"a" : [1 , {"b":"]}"}]}"#] {
            let text = format!(" \t\r\n{value} ,");
            assert_eq!(Scanner::new(&text).value(), Ok(value));
        }
    }

    #[test]
    fn it_says_where_a_value_breaks() {
        for (text, offset) in
            [("", 0), ("[1,}", 3), ("{\"a\"}", 4), ("\"\u{1}", 1), ("[1", 2), (r#""\x""#, 2), ("trve", 0), ("-", 1)]
        {
            assert_eq!(Scanner::new(text).value().map_err(|broken| broken.offset()), Err(offset), "{text}");
        }
    }

    #[test]
    fn strings_end_wherever_their_quotes_stand() {
        for length in 0..400 {
            let text = format!("\"{}\"", "x".repeat(length));
            assert_eq!(Scanner::new(&format!("{text}\"")).value(), Ok(&*text));
            assert!(!is_value(&text[..=length]), "{length}");
            assert!(!is_value(&text.replace("x\"", "\n\"")) || length == 0, "{length}");
        }
    }

    #[test]
    fn a_character_in_a_string_is_taken_as_serde_json_takes_it_wherever_it_stands() {
        for character in (0..0x80_u8).map(char::from) {
            for before in 0..300 {
                let text = format!("\"{}{character}{}\"", "x".repeat(before), "n".repeat(20));
                assert_eq!(is_value(&text), is_json(&text), "{character:?} behind {before} others");
            }
        }
    }

    #[test]
    fn brackets_of_any_depth_must_match() {
        for depth in 0..300 {
            let (open, close) = ("{\"a\":[".repeat(depth), "]}".repeat(depth));
            assert!(is_value(&format!("{open}0{close}")), "{depth}");
            assert!(!is_value(&format!("{open}0{close}]")), "{depth}");
            if depth > 0 {
                assert!(!is_value(&format!("{open}0{}}}", &close[..close.len() - 2])), "{depth}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn it_takes_what_serde_json_takes(text in r#"([\[\]{}",:\\ueE+.0-9a-]|null|true|false|"a":|\\u00e9|\n| ){0,12}"#) {
            prop_assert_eq!(is_value(&text), is_json(&text));
        }

        #[test]
        fn a_value_changed_in_one_place_is_taken_as_serde_json_takes_it(at in 0_usize..80, with in any::<u8>()) {
            const VALUE: &[u8] = br#"{"a":[1,-2.5e-7,"b\"\u00e9\\c",{}, [ ],{"d":null,"e":[true,false]}],"f":{"g":0}}"#;
            let mut bytes = VALUE.to_vec();
            let at = at % bytes.len();
            bytes[at] = with & 0x7f;
            let text = String::from_utf8(bytes).expect("ASCII");
            prop_assert_eq!(is_value(&text), is_json(&text));
        }
    }
}
