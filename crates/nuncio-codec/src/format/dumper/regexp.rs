//! Regular expressions.

use super::text::Text;
use crate::perl::{Fault, Regexp, latin_1};

/// As what Dumper prints a `$` that Perl would take for the beginning of a variable.
const DOLLAR: &[u8] = b"${\\q($)}";

/// A regular expression as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quote<'de> {
    pattern: &'de [u8],
    flags: &'de [u8],
}

impl Quote<'_> {
    pub(super) fn read(self) -> Regexp {
        let mut pattern = String::new();
        let mut rest = self.pattern;
        while let Some(index) = memchr::memmem::find(rest, DOLLAR) {
            pattern += &latin_1(&rest[..index]);
            pattern.push('$');
            rest = &rest[index + DOLLAR.len()..];
        }
        pattern += &latin_1(rest);
        Regexp { pattern, flags: latin_1(self.flags) }
    }
}

impl<'de> Text<'de> {
    /// Reads the regular expression whose `qr/` was passed.
    pub(super) fn regexp(&mut self) -> Result<Quote<'de>, Fault> {
        let start = self.position();
        let text = self.rest();
        let mut end = 0;
        loop {
            let behind = text.get(end + 1);
            match text.get(end) {
                None => return Err(self.expected("a regular expression with a slash at its end")),
                Some(b'/') => break,
                Some(b'\\') => end += 2,
                Some(b'$') if text[end..].starts_with(DOLLAR) => end += DOLLAR.len(),
                Some(b'$') if matches!(behind, Some(b'/' | b'|' | b')')) => end += 1,
                Some(b'@') if !behind.is_some_and(begins_array_name) => end += 1,
                Some(byte @ (b'$' | b'@')) => {
                    let found = byte.escape_ascii();
                    let reason = format_args!("expected a pattern that interpolates nothing, found \"{found}\" in one");
                    return Err(Fault::new(start + end, reason));
                }
                Some(_) => end += 1,
            }
        }
        self.seek(start + end + 1);
        Ok(Quote { pattern: &text[..end], flags: self.flags()? })
    }

    fn flags(&mut self) -> Result<&'de [u8], Fault> {
        const FLAGS: &[u8] = b"adilmnpsux";
        let text = self.rest();
        let size = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let flags = &text[..size];
        match flags.iter().all(|flag| FLAGS.contains(flag)) {
            true => {
                self.seek(self.position() + size);
                Ok(flags)
            }
            false => Err(self.expected("modifiers of a regular expression")),
        }
    }
}

fn begins_array_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'{' | b'$')
}
