//! Bare numbers.

use super::quoted::{Characters, Quoted};
use super::text::{Head, Text};
use crate::perl::{Fault, Number};

/// So many digits are always an integer of 63 bits.
const DIGITS_MAX: usize = 18;

impl<'de> Text<'de> {
    /// Reads the number that begins here.
    pub(super) fn number(&mut self) -> Result<Head<'de>, Fault> {
        match self.plain_integer() {
            Some(value) => Ok(Head::Number(Number::Int(value))),
            None => self.odd_number(),
        }
    }

    /// Reads an integer, if one begins here that is written as Dumper writes them.
    #[inline]
    pub(super) fn plain_integer(&mut self) -> Option<i64> {
        let text = self.rest();
        let sign = usize::from(text.first() == Some(&b'-'));
        let (mut value, mut size) = (0, 0);
        for byte in &text[sign..text.len().min(sign + DIGITS_MAX)] {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value * 10 + i64::from(digit);
            size += 1;
        }
        let has_more = matches!(text.get(sign + size), Some(b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'));
        if has_more || size == 0 || size > 1 && text[sign] == b'0' {
            return None;
        }
        self.seek(self.position() + sign + size);
        Some(if sign == 0 { value } else { -value })
    }

    /// Reads a number that is no integer, or a large one. Dumper prints none of these but version strings.
    #[cold]
    fn odd_number(&mut self) -> Result<Head<'de>, Fault> {
        let text = self.rest();
        let is_part = |index: usize| match text[index] {
            b'+' | b'-' => index == 0 || matches!(text[index - 1], b'e' | b'E'),
            byte => byte == b'.' || byte == b'_' || byte.is_ascii_alphanumeric(),
        };
        let size = (0..text.len()).position(|index| !is_part(index)).unwrap_or(text.len());
        let text = &text[..size];
        let head = match is_decimal(text) {
            true => Number::parse(text).map(Head::Number),
            false => read_version(text).map(Head::Version),
        };
        let head = head.ok_or_else(|| self.expected("a decimal number"))?;
        self.seek(self.position() + size);
        Ok(head)
    }

    /// Reads a version string: `v1.22.333`, where each number is that of a character.
    pub(super) fn version(&mut self) -> Result<Head<'de>, Fault> {
        self.odd_number()
    }

    /// Reads a number that is a key, as which it is its text.
    pub(super) fn numeric_key(&mut self) -> Result<Quoted<'de>, Fault> {
        let start = self.position();
        let text = self.rest();
        match self.number()? {
            Head::Number(Number::Int(value)) if value != 0 || text[0] != b'-' => {
                Ok(Quoted::bare(&text[..self.position() - start], start))
            }
            _ => {
                self.seek(start);
                Err(self.expected("a key"))
            }
        }
    }
}

/// Whether `text` is digits, with a fraction and an exponent at most, as Perl reads them: none of its other bases.
fn is_decimal(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let whole = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let dots = text.iter().filter(|byte| **byte == b'.').count();
    let is_octal = whole > 1 && text[0] == b'0';
    let exponent_is_led = text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    whole > 0 && dots <= 1 && !is_octal && exponent_is_led
}

fn read_version(text: &[u8]) -> Option<Characters> {
    let numbers = text.strip_prefix(b"v");
    let dots = text.iter().filter(|byte| **byte == b'.').count();
    if numbers.is_none() && dots < 2 {
        return None;
    }
    let mut characters = Characters::with_capacity(text.len());
    for number in numbers.unwrap_or(text).split(|byte| *byte == b'.') {
        let is_digits = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(number).ok().filter(|_| is_digits)?;
        characters.push(char::from_u32(number.parse().ok()?)?);
    }
    Some(characters)
}
