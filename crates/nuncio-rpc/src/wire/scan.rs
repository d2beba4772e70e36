//! Passes over JSON text: finds where its values end, and that they are well-formed, and makes nothing of them.
//!
//! # Source
//! RFC 8259.

use std::fmt;

/// What was looked for, and not found, in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Where, in bytes from the beginning.
    offset: usize,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it breaks at byte {}", self.offset)
    }
}

type Result<T> = std::result::Result<T, Broken>;

/// A place in a text. White space before what is asked for is passed over.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    /// Passes over `byte`, if it is next.
    pub(crate) fn takes(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is_next = self.peek() == Some(byte);
        self.offset += usize::from(is_next);
        is_next
    }

    /// Passes over `byte`.
    pub(crate) fn expect(&mut self, byte: u8) -> Result<()> {
        if self.takes(byte) { Ok(()) } else { Err(self.broken()) }
    }

    /// The end of the text.
    pub(crate) fn end(&mut self) -> Result<()> {
        self.skip_space();
        if self.offset == self.text.len() { Ok(()) } else { Err(self.broken()) }
    }

    /// The name of a member, a string with its quotes; the colon is passed over.
    pub(crate) fn name(&mut self) -> Result<&'a str> {
        self.expect(b'"')?;
        let start = self.offset - 1;
        self.string()?;
        let name = &self.text[start..self.offset];
        self.expect(b':')?;
        Ok(name)
    }

    /// A value, as it was written. No depth costs a stack.
    pub(crate) fn value(&mut self) -> Result<&'a str> {
        self.skip_space();
        let start = self.offset;
        let mut nesting = Nesting::default();
        loop {
            match self.begin_value()? {
                Begun::Whole => {}
                Begun::Container(container) => {
                    nesting.enter(container);
                    continue;
                }
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

    /// Passes over a scalar, an empty container, or all that stands before the first value in another.
    fn begin_value(&mut self) -> Result<Begun> {
        self.skip_space();
        match self.next()? {
            b'"' => self.string()?,
            b'{' if !self.takes(b'}') => {
                self.name()?;
                return Ok(Begun::Container(Container::Object));
            }
            b'[' if !self.takes(b']') => return Ok(Begun::Container(Container::Array)),
            b'{' | b'[' => {}
            b't' => self.literal("rue")?,
            b'f' => self.literal("alse")?,
            b'n' => self.literal("ull")?,
            b'-' => self.number()?,
            b'0'..=b'9' => {
                self.offset -= 1;
                self.number()?;
            }
            _ => return Err(self.broken_before()),
        }
        Ok(Begun::Whole)
    }

    /// Behind a value in `container`: passes over what stands before the next, or over the end.
    fn goes_on(&mut self, container: Container) -> Result<bool> {
        self.skip_space();
        match (self.next()?, container) {
            (b',', Container::Array) => Ok(true),
            (b',', Container::Object) => self.name().map(|_| true),
            (b']', Container::Array) | (b'}', Container::Object) => Ok(false),
            _ => Err(self.broken_before()),
        }
    }

    /// The rest of a string, behind its first quote.
    fn string(&mut self) -> Result<()> {
        loop {
            let rest = &self.text.as_bytes()[self.offset..];
            let Some(offset) = find_special(rest) else {
                self.offset = self.text.len();
                return Err(self.broken());
            };
            self.offset += offset + 1;
            match rest[offset] {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                _ => return Err(self.broken_before()),
            }
        }
    }

    /// The rest of an escape, behind its backslash. Half a surrogate pair passes, as with the reference.
    fn escape(&mut self) -> Result<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => (0..4).try_for_each(|_| match self.next()?.is_ascii_hexdigit() {
                true => Ok(()),
                false => Err(self.broken_before()),
            }),
            _ => Err(self.broken_before()),
        }
    }

    fn literal(&mut self, rest: &str) -> Result<()> {
        if !self.text.as_bytes()[self.offset..].starts_with(rest.as_bytes()) {
            return Err(self.broken());
        }
        self.offset += rest.len();
        Ok(())
    }

    /// A number, without its sign.
    fn number(&mut self) -> Result<()> {
        if self.peek() == Some(b'0') {
            self.offset += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.offset += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.offset += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.offset += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit at least.
    fn digits(&mut self) -> Result<()> {
        let rest = &self.text.as_bytes()[self.offset..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.offset += count;
        if count > 0 { Ok(()) } else { Err(self.broken()) }
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.offset += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    fn next(&mut self) -> Result<u8> {
        let byte = self.peek().ok_or(self.broken())?;
        self.offset += 1;
        Ok(byte)
    }

    const fn broken(&self) -> Broken {
        Broken { offset: self.offset }
    }

    /// The byte that was taken last is wrong.
    const fn broken_before(&self) -> Broken {
        Broken { offset: self.offset - 1 }
    }
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

/// Where a string ends, an escape begins, or a control character stands that may not be there.
fn find_special(bytes: &[u8]) -> Option<usize> {
    let found = memchr::memchr2(b'"', b'\\', bytes);
    let passed = &bytes[..found.unwrap_or(bytes.len())];
    // Of looking for the smallest the compiler makes a few vector instructions, and nearly always there is none.
    match passed.iter().fold(u8::MAX, |smallest, byte| smallest.min(*byte)) {
        0x20.. => found,
        _ => passed.iter().position(|byte| *byte < 0x20),
    }
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
            [("", 0), ("[1,}", 3), ("{\"a\"}", 4), ("\"\u{1}", 1), ("[1", 2), (r#""\x""#, 2), ("trve", 1), ("-", 1)]
        {
            assert_eq!(Scanner::new(text).value(), Err(Broken { offset }), "{text}");
        }
    }

    #[test]
    fn strings_end_wherever_their_quotes_stand() {
        for length in 0..100 {
            let text = format!("\"{}\"", "x".repeat(length));
            assert_eq!(Scanner::new(&format!("{text}\"")).value(), Ok(&*text));
            assert!(!is_value(&text[..=length]), "{length}");
            assert!(!is_value(&text.replace("x\"", "\n\"")) || length == 0, "{length}");
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
