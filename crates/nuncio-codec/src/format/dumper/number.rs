//! Bare numbers.

use super::quoted::{Characters, Quoted};
use super::text::{Head, Text};
use crate::perl::{Fault, Number};
use crate::short::HIGH;

/// So many digits are looked at together.
const STEP: usize = 8;

impl<'de> Text<'de> {
    /// Reads the number that begins here.
    pub(super) fn number(&mut self) -> Result<Head<'de>, Fault> {
        match self.plain_integer() {
            Some(value) => Ok(Head::Number(Number::Int(value))),
            None => self.odd_number(),
        }
    }

    /// Reads an integer, if one begins here that is written as Dumper writes them.
    #[inline(always)]
    pub(super) fn plain_integer(&mut self) -> Option<i64> {
        let text = self.rest();
        let (is_negative, digits) = match text {
            [b'-', digits @ ..] => (true, digits),
            _ => (false, text),
        };
        let (mut value, mut size) = read_digits(digits)?;
        if size == STEP
            && let Some((low, more)) = read_digits(&digits[STEP..])
        {
            value = value * POWERS[more] + low;
            size += more;
        }
        let ends = matches!(digits.get(size)?, b',' | b'\n' | b' ' | b';' | b')' | b']' | b'}');
        if !ends || size > 1 && digits[0] == b'0' {
            return None;
        }
        self.seek(self.position() + usize::from(is_negative) + size);
        Some(if is_negative { -value } else { value })
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

/// What so many digits are worth before others.
const POWERS: [i64; STEP + 1] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Reads the digits with which `text` begins, eight at most, and says how many there are. It reads nothing where there
/// are none, or the text is near its end.
///
/// There is no step for each, for nobody knows beforehand how many they are.
#[inline(always)]
fn read_digits(text: &[u8]) -> Option<(i64, usize)> {
    let word = u64::from_le_bytes(*text.first_chunk()?) ^ u64::from_le_bytes([b'0'; STEP]);
    // The highest bit of each byte that is above nine; what is behind the first of them does not matter.
    let others = (word.wrapping_add(u64::from_le_bytes([0x7f - 9; STEP])) | word) & HIGH;
    let size = others.trailing_zeros() as usize / 8;
    if size == 0 {
        return None;
    }
    // Eight digits, the first of them zeros; then four numbers of two digits each, two of four, and one.
    let digits = word << (8 * (STEP - size));
    let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let eight = (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff;
    Some((eight as i64, size))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_digits_are_an_integer_whatever_they_are() {
        for digits in 1..=16 {
            for value in
                [10_i64.pow(digits - 1), 10_i64.pow(digits) - 1, 1_234_567_890_123_456 / 10_i64.pow(16 - digits)]
            {
                for (value, text) in [(value, format!("{value}")), (-value, format!("-{value}"))] {
                    let behind = format!("{text},        ");
                    let mut text = Text::new(behind.as_bytes(), 0);
                    assert_eq!(text.plain_integer(), Some(value), "{behind}");
                    assert_eq!(text.peek(), Some(b','), "{behind}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_usual_integer_is_left_alone() {
        for text in [
            "",
            "-",
            "a",
            "-a1234567",
            "0123,       ",
            "1.5,        ",
            "12345678.5,       ",
            "12345678a       ",
            "1_0,       ",
        ] {
            let mut read = Text::new(text.as_bytes(), 0);
            assert_eq!(read.plain_integer(), None, "{text}");
            assert_eq!(read.position(), 0, "{text}");
        }
    }
}
