//! Messages as nuncio writes most of them: the members in their order, no escapes, neither headers nor a broadcast, and first of
//! all how long the content is. These are written from a draft and read at a glance; any other takes the long way.
//!
//! A message that somebody has changed on its way and whose first member he has kept is one of these only if its content is still
//! as long, and the last of its members.

use std::ops::Range;
use std::time::{Duration, UNIX_EPOCH};

use nuncio_codec::Codec;
use nuncio_core::{Item, Slot, SlotBody, Span};

use super::Position;
use crate::wire::id::{ID_BYTES, TICKS_PER_SECOND, Tick};

const OPENING: &[u8] = b"{\"nuncio\":\"";
/// How many digits the length of the content has.
const LENGTH_BYTES: usize = 8;
const BEFORE_ID: &[u8] = b"\",\"id\":\"";
const BEFORE_FROM: &[u8] = b"\",\"from\":\"";
const BEFORE_TO: &[u8] = b"\",\"to\":\"";
const BEFORE_STAMP: &[u8] = b"\",\"stamp\":";
const BEFORE_ORDER: &[u8] = b",\"stamp_ord\":";
const BEFORE_CONTENT: &[u8] = b",\"content\":";
const ID_AT: usize = OPENING.len() + LENGTH_BYTES + BEFORE_ID.len();
/// Ten digits, a point, five digits.
const STAMP_BYTES: usize = 16;
const SECONDS_DIGITS: usize = 10;
/// What a stamp of ten digits for the seconds can say.
const TICKS: Range<u64> = 1_000_000_000 * TICKS_PER_SECOND..10_000_000_000 * TICKS_PER_SECOND;

/// Whether `item`, sent at `tick`, has nothing that such a message does not have.
#[inline(always)]
pub(super) fn is_plain(item: &Item<'_>, tick: Tick) -> bool {
    TICKS.contains(&tick.ticks())
        && item.id.is_empty()
        && item.from.is_empty()
        && item.headers.is_empty()
        && item.stamp.is_none()
        && !item.broadcast
}

/// How the messages of one peer to another begin, up to the number that tells apart those of one time; the id, the stamp and the
/// length of the content are still to be filled in.
#[derive(Clone, Debug)]
pub(super) struct Head {
    draft: Vec<u8>,
    stamp_at: usize,
}

impl Head {
    /// Of messages with `from`, a member with what stands around it, to `to`, a JSON string. None if their names need escapes.
    pub(super) fn new(from: &[u8], to: &[u8]) -> Option<Self> {
        let mut draft = [OPENING, &[b'0'; LENGTH_BYTES], BEFORE_ID, &[b'0'; ID_BYTES], b"\"", from, to].concat();
        draft.extend_from_slice(&BEFORE_STAMP[1..]);
        let stamp_at = draft.len();
        draft.extend_from_slice(b"0000000000.00000");
        draft.extend_from_slice(BEFORE_ORDER);
        (!draft.contains(&b'\\')).then_some(Self { draft, stamp_at })
    }

    /// Appends it, and all that stands before the content.
    #[inline(always)]
    pub(super) fn append(&self, tick: Tick, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.draft);
        let head = &mut out[start..];
        head[ID_AT..ID_AT + ID_BYTES].copy_from_slice(&tick.id());
        head[self.stamp_at..self.stamp_at + STAMP_BYTES].copy_from_slice(&stamp(tick.ticks()));
        match tick.order() {
            order @ ..=9 => out.push(b'0' + order as u8),
            order => out.extend_from_slice(itoa::Buffer::new().format(order).as_bytes()),
        }
        out.extend_from_slice(BEFORE_CONTENT);
    }

    /// Says in `message` how long its content is; of one that eight digits cannot tell, nothing.
    #[inline(always)]
    pub(super) fn announce(message: &mut [u8], content_bytes: usize) {
        let length = if content_bytes < 100_000_000 { content_bytes } else { 0 };
        message[OPENING.len()..OPENING.len() + LENGTH_BYTES].copy_from_slice(&spell_eight(length as u64));
    }
}

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
    #[inline(always)]
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
#[inline(always)]
pub(super) fn read(text: &[u8]) -> Option<Found> {
    begin(text).filter(|found| found.content.end + 1 == text.len())
}

/// Such a message, if `text` begins with one; more may follow.
pub(super) fn first(text: &[u8]) -> Option<&[u8]> {
    begin(text).map(|found| &text[..=found.content.end])
}

/// Reads the message with which `text` begins.
#[inline(always)]
fn begin(text: &[u8]) -> Option<Found> {
    let bytes = eight_digits(*text.strip_prefix(OPENING)?.first_chunk()?)? as usize;
    let mut head = Cursor { text, at: OPENING.len() + LENGTH_BYTES };
    let id = head.id()?;
    let from = head.string_behind(BEFORE_FROM)?;
    let to = head.string_behind(BEFORE_TO)?;
    head.pass(BEFORE_STAMP)?;
    let ticks = head.stamp()?;
    head.pass(BEFORE_ORDER)?;
    let order = head.order()?;
    head.pass(BEFORE_CONTENT)?;
    let content = head.at..head.at + bytes;
    let is_whole = bytes > 0 && text.get(content.end) == Some(&b'}') && &text[content.clone()] != b"null";
    is_whole.then_some(Found { id, from, to, ticks, order, content })
}

/// A place in the text.
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    #[inline(always)]
    fn pass(&mut self, word: &[u8]) -> Option<()> {
        if !self.text[self.at..].starts_with(word) {
            return None;
        }
        self.at += word.len();
        Some(())
    }

    /// Where the string without escapes stands whose opening quote is the end of `opening`, up to its closing one.
    #[inline(always)]
    fn string_behind(&mut self, opening: &[u8]) -> Option<Range<usize>> {
        self.pass(opening)?;
        let start = self.at;
        self.at += nuncio_codec::json::plain_bytes(&self.text[start..]);
        Some(start..self.at)
    }

    /// Where the id stands: as many characters as nuncio's have, which are looked at all at once.
    #[inline(always)]
    fn id(&mut self) -> Option<Range<usize>> {
        self.pass(BEFORE_ID)?;
        let start = self.at;
        let id: &[u8; ID_BYTES] = self.text[start..].first_chunk()?;
        self.at += ID_BYTES;
        let other = id.iter().fold(0, |other, byte| other | u8::from(!byte.is_ascii_alphanumeric() & (*byte != b'-')));
        (other == 0).then_some(start..self.at)
    }

    /// A stamp in ticks.
    #[inline(always)]
    fn stamp(&mut self) -> Option<u64> {
        let text: &[u8; STAMP_BYTES] = self.text[self.at..].first_chunk()?;
        self.at += STAMP_BYTES;
        let [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, point, f0, f1, f2, f3, f4] = *text;
        let high = eight_digits([s0, s1, s2, s3, s4, s5, s6, s7])?;
        let low = eight_digits([b'0', s8, s9, f0, f1, f2, f3, f4])?;
        (point == b'.' && s0 != b'0').then_some(high * 10_000_000 + low)
    }

    /// A number of up to four digits; no zero stands in front of others.
    #[inline(always)]
    fn order(&mut self) -> Option<u64> {
        match self.text[self.at..] {
            [digit @ b'0'..=b'9', b',', ..] => {
                self.at += 1;
                Some(u64::from(digit - b'0'))
            }
            _ => self.long_order(),
        }
    }

    #[inline(never)]
    fn long_order(&mut self) -> Option<u64> {
        let rest = &self.text[self.at..];
        let count = rest.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        let is_number = (1..=4).contains(&count) && (rest[0] != b'0' || count == 1);
        is_number.then(|| rest[..count].iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }
}

/// The number that these digits are, the first one counting most.
///
/// # Source
/// Neighbours are joined to pairs, pairs to fours, fours to the number: each step does it for all at once.
#[inline(always)]
const fn eight_digits(digits: [u8; 8]) -> Option<u64> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_le_bytes(digits);
    // Adding 6 carries out of the upper half of whatever is above 9.
    if (text & (0xf0 * EACH)) | (text.wrapping_add(0x06 * EACH) & (0xf0 * EACH)) >> 4 != 0x33 * EACH {
        return None;
    }
    let ones = text & (0x0f * EACH);
    let pairs = (ones * 10 + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

/// A stamp of `ticks`, of which ten digits say the seconds.
#[inline(always)]
fn stamp(ticks: u64) -> [u8; STAMP_BYTES] {
    let high = spell_eight(ticks / 10_000_000);
    let low = spell_eight(ticks % 10_000_000);
    let mut text = [b'.'; STAMP_BYTES];
    text[..8].copy_from_slice(&high);
    text[8..SECONDS_DIGITS].copy_from_slice(&low[1..3]);
    text[SECONDS_DIGITS + 1..].copy_from_slice(&low[3..]);
    text
}

/// The digits of a number below 10^8: [`eight_digits`] the other way round.
#[inline(always)]
const fn spell_eight(number: u64) -> [u8; 8] {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    // A quotient by 100, and then by 10, for each part at once: multiplied by its inverse and shifted.
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    (tens | ((pairs - tens * 10) << 8) | (0x30 * EACH)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stamp_has_its_point_behind_ten_digits() {
        assert_eq!(&stamp(TICKS.start), b"1000000000.00000");
        assert_eq!(&stamp(TICKS.end - 1), b"9999999999.99999");
        assert_eq!(&stamp(179_517_065_600_012), b"1795170656.00012");
    }

    #[test]
    fn what_is_no_digit_is_no_number() {
        for place in 0..8 {
            for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
                let mut digits = *b"12345678";
                digits[place] = byte;
                assert_eq!(eight_digits(digits), None, "{digits:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn digits_are_read_as_they_are_spelled(number in 0_u64..100_000_000) {
            let spelled = spell_eight(number);
            prop_assert_eq!(std::str::from_utf8(&spelled).unwrap(), format!("{number:08}"));
            prop_assert_eq!(eight_digits(spelled), Some(number));
        }
    }
}
