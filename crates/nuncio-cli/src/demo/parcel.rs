//! What the demo sends: messages that their reader can foretell, so that he sees what is missing, doubled or torn.

use clap::ValueEnum;
use nuncio::core::Wait;
use nuncio::queue::{Message, Queue, SendOptions};
use serde::{Deserialize, Serialize};

use crate::stop::Stop;

/// Texts that a careless program breaks: two, three and four bytes for a character, right to left, characters that
/// combine or join, and those that JSON escapes.
const TEXTS: [&str; 7] = ["grüße", "☃ €", "🦀🏳️‍🌈", "שלום", "e\u{301}\u{200d}", "\"\\/\u{1}\n", "漢字かな"];
const LARGE_BYTES: u64 = 64 * 1024;

/// What a parcel contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    Large,
    Small,
    Unicode,
}

/// A message of the demo.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parcel {
    number: u64,
    text: String,
}

impl Parcel {
    pub(super) const fn number(&self) -> u64 {
        self.number
    }
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Small, Self::Unicode, Self::Large];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Small => "small",
            Self::Unicode => "unicode",
        }
    }

    /// How many parcels a tour moves at once, and how many one after the other.
    pub(super) const fn amounts(self) -> (u64, u64) {
        match self {
            Self::Large => (100, 100),
            Self::Small => (20_000, 2_000),
            Self::Unicode => (5_000, 1_000),
        }
    }

    /// The parcel `number` of this kind.
    pub(super) fn parcel(self, number: u64) -> Parcel {
        let text = match self {
            Self::Large => (number..number + LARGE_BYTES).map(|letter| (b'a' + (letter % 26) as u8) as char).collect(),
            Self::Small => format!("parcel {number}"),
            Self::Unicode => format!("{} {number}", TEXTS[number as usize % TEXTS.len()]),
        };
        Parcel { number, text }
    }

    /// Sends the parcel `number`.
    pub(super) fn send(self, queue: &Queue, number: u64, wait: Wait<'_>) -> Result<(), Stop> {
        Ok(queue.send_with(&self.parcel(number), &SendOptions::new(), wait)?)
    }

    /// Receives the parcel `number`, and no other.
    pub(super) fn receive(self, queue: &Queue, number: u64, wait: Wait<'_>) -> Result<(), Stop> {
        let mut message = Message::new();
        if !queue.recv_message(&mut message, wait)? {
            return Err(Stop::failed(format_args!("{} message {number} did not come", self.name())));
        }
        let parcel: Parcel = message.decode()?;
        self.check(&parcel, number).map_err(Stop::failed)
    }

    /// Whether `parcel` is the one of that number, and in words what else it is.
    pub(super) fn check(self, parcel: &Parcel, number: u64) -> Result<(), String> {
        match parcel.number == number {
            false => Err(format!("{} message {} came in place of {number}", self.name(), parcel.number)),
            true if *parcel == self.parcel(number) => Ok(()),
            true => Err(format!("{} message {number} came with another text", self.name())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_that_is_not_the_expected_one_is_seen() {
        for kind in Kind::ALL {
            let parcel = kind.parcel(7);
            kind.check(&parcel, 7).expect("the right one");
            assert!(kind.check(&parcel, 8).unwrap_err().contains("7 came in place of 8"));
            let torn = Parcel { text: parcel.text[..parcel.text.len() - 1].to_owned(), ..parcel };
            assert!(kind.check(&torn, 7).unwrap_err().contains("another text"));
        }
    }
}
