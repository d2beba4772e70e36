//! How two gateways of nuncio recognise each other, and make sure that a retry after a lost answer does not double.
//!
//! Every request of nuncio has a header `Nuncio` beside the original's own; an original does not look at it, and does not answer with one.
//!
//! ```text
//! request   Nuncio: 1;stream=<32 hexadecimal digits>;base=<number>;first=<number>;count=<number>
//! answer    Nuncio: 1;taken=<number>[;next=<number>]
//! ```
//!
//! - A *stream* is what one gateway sends to one destination. Its messages are numbered; a number and a stream are the id of a message.
//! - `first` is the number of the first message in the body and `count` says how many there are. Whatever is below `base` has been
//!   answered for, and never comes again.
//! - `next` is the number that the receiver expects next: it has all below, on disk. It stores nothing twice, and nothing out of order.
//! - `taken` says how many messages of this body need not be sent again: they were stored, or refused for ever. Each refused one has a line
//!   in the body, `message <n> refused: <reason>`, counted from 1.

use std::fmt;
use std::str::FromStr;

/// The header's name.
pub const HEADER: &str = "nuncio";
/// So many messages, and no more, a count may claim.
const COUNT_MAX: u64 = 1 << 32;

/// The name of a stream: random, so that nobody else can go on with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub [u8; 16]);

/// What a request says of its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The stream that they belong to.
    pub stream: StreamId,
    /// Nothing below comes again.
    pub base: u64,
    /// The number of the first.
    pub first: u64,
    /// How many there are.
    pub count: u64,
}

/// What an answer says of the messages that were offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// How many from the beginning of the body need not be sent again.
    pub taken: u64,
    /// The number that is expected next, if a stream was named.
    pub next: Option<u64>,
}

/// What becomes of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Something is missing in front of it.
    Early,
    /// Take it, without its first so many messages, which are here already.
    Take(u64),
}

impl Offer {
    /// What a receiver does with the offer when it expects `next`; none says that it does not know the stream.
    #[must_use]
    pub fn judge(&self, next: Option<u64>) -> Verdict {
        // The sender knows what it never sends again; it may have lost more than we remember, or we more than it.
        let next = next.unwrap_or(self.base).max(self.base);
        match self.first > next {
            true => Verdict::Early,
            false => Verdict::Take((next - self.first).min(self.count)),
        }
    }

    /// The number after the last.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.first.saturating_add(self.count)
    }

    /// The part of the offer that begins with its message `skip` and has `count` messages.
    #[must_use]
    pub const fn part(&self, skip: u64, count: u64) -> Self {
        Self { first: self.first.saturating_add(skip), count, ..*self }
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream, base, first, count } = self;
        write!(f, "1;stream={stream};base={base};first={first};count={count}")
    }
}

impl FromStr for Offer {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let field = |name| fields(text).find(|(key, _)| *key == name).map(|(_, value)| value).ok_or(());
        let number = |name| field(name).and_then(|value| value.parse::<u64>().map_err(drop));
        let offer = Self {
            stream: field("stream")?.parse()?,
            base: number("base")?,
            first: number("first")?,
            count: number("count")?,
        };
        let sane = is_first_version(text) && offer.base <= offer.first && offer.count <= COUNT_MAX;
        // Room for the numbers after it, so that none of them ever overflows.
        if sane && offer.first < u64::MAX / 2 { Ok(offer) } else { Err(()) }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1;taken={}", self.taken)?;
        self.next.map_or(Ok(()), |next| write!(f, ";next={next}"))
    }
}

impl FromStr for Answer {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number =
            |name| fields(text).find(|(key, _)| *key == name).map(|(_, value)| value.parse::<u64>()).transpose();
        match (is_first_version(text), number("taken"), number("next")) {
            (true, Ok(taken), Ok(next)) => Ok(Self { taken: taken.unwrap_or_default(), next }),
            _ => Err(()),
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StreamId {
    /// Who knows it can speak as the sender.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamId({:02x}..)", self.0[0])
    }
}

impl FromStr for StreamId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.len() != 32 || !text.is_ascii() {
            return Err(());
        }
        let mut id = [0; 16];
        for (byte, digits) in id.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(drop)?;
            *byte = u8::from_str_radix(digits, 16).map_err(drop)?;
        }
        Ok(Self(id))
    }
}

/// The line that tells of message `number`, counted from 1, that it is refused for ever.
#[must_use]
pub fn refusal(number: usize, reason: &impl fmt::Display) -> String {
    format!("message {number} refused: {reason}\n")
}

/// The messages, counted from 1, of which an answer's `body` says that they are refused, and why.
pub fn refusals(body: &str) -> impl Iterator<Item = (u64, &str)> {
    body.lines().filter_map(|line| {
        let (number, reason) = line.strip_prefix("message ")?.split_once(" refused: ")?;
        Some((number.parse().ok()?, reason))
    })
}

/// Later versions begin with another number, or add fields.
fn is_first_version(text: &str) -> bool {
    text.split(';').next().is_some_and(|version| version.trim() == "1")
}

fn fields(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(';').skip(1).filter_map(|field| field.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: Offer = Offer { stream: StreamId([0xab; 16]), base: 3, first: 5, count: 10 };

    #[test]
    fn what_is_written_can_be_read() {
        assert_eq!(OFFER.to_string().parse(), Ok(OFFER));
        for answer in [Answer { taken: 3, next: Some(9) }, Answer::default()] {
            assert_eq!(answer.to_string().parse(), Ok(answer));
        }
        assert_eq!("1; taken=2; new=x".parse(), Ok(Answer { taken: 2, next: None }), "later fields do no harm");
    }

    #[test]
    fn what_makes_no_sense_is_no_offer() {
        let good = OFFER.to_string();
        for bad in [
            "",
            "1",
            "2;stream=x",
            &good.replace("1;", "2;"),
            &good.replace("count=10", "count=-1"),
            &good.replace("count=10", "count=99999999999"),
            &good.replace("base=3", "base=6"),
            &good.replace("first=5", "first=18446744073709551615"),
            &good.replace("abab", "abxx"),
            &good.replace("abab", "+aé"),
        ] {
            assert_eq!(bad.parse::<Offer>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn nothing_is_stored_twice_or_out_of_order() {
        assert_eq!(OFFER.judge(Some(5)), Verdict::Take(0));
        assert_eq!(OFFER.judge(Some(7)), Verdict::Take(2), "two are here already");
        assert_eq!(OFFER.judge(Some(15)), Verdict::Take(10));
        assert_eq!(OFFER.judge(Some(99)), Verdict::Take(10), "all of them are");
        assert_eq!(OFFER.judge(Some(4)), Verdict::Early);
        assert_eq!(OFFER.judge(None), Verdict::Early, "3 and 4 are still to come");
        assert_eq!(OFFER.judge(Some(1)), Verdict::Early, "what is below the base never comes again");
        assert_eq!(Offer { base: 5, ..OFFER }.judge(None), Verdict::Take(0));
    }

    #[test]
    fn refusals_are_lines() {
        let body = refusal(1, &"no") + "something else\n" + &refusal(12, &"not listed: 1 refused: x");
        assert_eq!(refusals(&body).collect::<Vec<_>>(), [(1, "no"), (12, "not listed: 1 refused: x")]);
    }
}
