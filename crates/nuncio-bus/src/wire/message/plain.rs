//! Messages as nuncio writes most of them: the members in their order, no escapes, neither headers nor a broadcast. These are
//! read at a glance; any other is left to the long way.

use std::ops::Range;
use std::time::{Duration, UNIX_EPOCH};

use nuncio_codec::Codec;
use nuncio_core::{Slot, SlotBody, Span};

use super::Position;
use crate::wire::id::TICKS_PER_SECOND;
use crate::wire::json::Scanner;

/// How many digits a stamp has behind the point.
const FRACTION_DIGITS: usize = 5;
/// Digits of numbers that are read here: more would not be exact.
const DIGITS_MAX: usize = 10;

/// Where everything stands in the text.
pub(super) struct Found {
    id: Range<usize>,
    from: Range<usize>,
    to: Range<usize>,
    ticks: u64,
    order: u64,
    content: Range<usize>,
}

impl Found {
    pub(super) fn fill(self, slot: &mut Slot) -> Position {
        slot.id = Span::new(self.id);
        slot.from = Span::new(self.from);
        slot.to = Span::new(self.to);
        slot.broadcast = false;
        let (seconds, rest) = (self.ticks / TICKS_PER_SECOND, self.ticks % TICKS_PER_SECOND);
        slot.stamp = UNIX_EPOCH.checked_add(Duration::new(seconds, rest as u32 * 10_000));
        slot.body = SlotBody::Encoded(Some(Codec::Json), Span::new(self.content));
        // Both are exact, so that the quotient is the number that the decimals stand for.
        Position { stamp: self.ticks as f64 / TICKS_PER_SECOND as f64, order: self.order as f64 }
    }
}

/// Reads such a message; none if it is any other, or no message at all.
#[inline]
pub(super) fn read(text: &[u8]) -> Option<Found> {
    if !text.is_ascii() {
        return None;
    }
    let mut scanner = Scanner { text, at: 0 };
    let id = string_behind(&mut scanner, b"{\"id\":\"")?;
    let from = string_behind(&mut scanner, b",\"from\":\"")?;
    let to = string_behind(&mut scanner, b",\"to\":\"")?;
    word(&mut scanner, b",\"stamp\":")?;
    let seconds = number(&mut scanner)?;
    word(&mut scanner, b".")?;
    let before = scanner.at;
    let fraction = digits(&mut scanner)?;
    if scanner.at - before != FRACTION_DIGITS {
        return None;
    }
    word(&mut scanner, b",\"stamp_ord\":")?;
    let order = number(&mut scanner)?;
    word(&mut scanner, b",\"content\":")?;
    let start = scanner.at;
    scanner.value(1).ok()?;
    let content = start..scanner.at;
    let is_whole = scanner.take(b'}') && scanner.at == text.len() && &text[content.clone()] != b"null";
    let ticks = seconds * TICKS_PER_SECOND + fraction;
    is_whole.then_some(Found { id, from, to, ticks, order, content })
}

fn word(scanner: &mut Scanner<'_>, word: &[u8]) -> Option<()> {
    let is_there = scanner.text[scanner.at..].starts_with(word);
    scanner.at += word.len();
    is_there.then_some(())
}

/// Where a string without escapes stands, whose opening quote is the end of `word`.
fn string_behind(scanner: &mut Scanner<'_>, opening: &[u8]) -> Option<Range<usize>> {
    word(scanner, opening)?;
    scanner.at -= 1;
    let inner = scanner.string().ok()?;
    (!scanner.text[inner.clone()].contains(&b'\\')).then_some(inner)
}

/// A number of few digits, as JSON has it: no zero stands in front of others.
fn number(scanner: &mut Scanner<'_>) -> Option<u64> {
    let start = scanner.at;
    let number = digits(scanner)?;
    (scanner.text[start] != b'0' || scanner.at == start + 1).then_some(number)
}

fn digits(scanner: &mut Scanner<'_>) -> Option<u64> {
    let rest = &scanner.text[scanner.at..];
    let count = rest.iter().take(DIGITS_MAX + 1).take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=DIGITS_MAX).contains(&count) {
        return None;
    }
    scanner.at += count;
    Some(rest[..count].iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}
