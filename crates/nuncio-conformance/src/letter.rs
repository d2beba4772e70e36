//! The messages that the cases send: each can be told from all others, and arrives intact or is noticed.

use nuncio_codec::{Codec, DecodeLimits, Value};
use nuncio_core::{BodyKinds, Delivery, Item, Payload};
use serde::{Deserialize, Serialize};

/// Every letter's JSON form has at least this size, in bytes, and most have exactly it: where room is counted in bytes,
/// a letter that leaves makes room for one that comes.
const LETTER_BYTES: usize = 128;

/// A numbered message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Letter {
    pub(crate) sender: u32,
    pub(crate) number: u64,
    filler: String,
}

impl Letter {
    pub(crate) fn new(sender: u32, number: u64) -> Self {
        let bare = Self { sender, number, filler: String::new() };
        let filler = "-".repeat(LETTER_BYTES.saturating_sub(bare.json().len()));
        Self { filler, ..bare }
    }

    /// The letters `numbers` of `sender`.
    pub(crate) fn row(sender: u32, numbers: std::ops::Range<u64>) -> Vec<Self> {
        numbers.map(|number| Self::new(sender, number)).collect()
    }

    /// A letter whose JSON form has `bytes` bytes.
    pub(crate) fn with_size(number: u64, bytes: usize) -> Self {
        let bare = Self { sender: 0, number, filler: String::new() };
        let filler = "-".repeat(bytes.checked_sub(bare.json().len()).expect("a letter that large"));
        Self { filler, ..bare }
    }

    pub(crate) fn json(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        Codec::Json.encode(self, &mut bytes).expect("a letter is plain JSON");
        bytes
    }

    /// The letter in one of `forms`, which take turns.
    pub(crate) fn seal(&self, forms: &[Form]) -> Sealed<'_> {
        match forms[self.number as usize % forms.len()] {
            Form::Bytes => Sealed::Bytes(self.json()),
            Form::Typed => Sealed::Typed(self),
            Form::Value => Sealed::Value(nuncio_codec::to_value(self).expect("a letter is a plain map")),
        }
    }

    /// What `delivery` holds, which must be a letter and nothing else.
    pub(crate) fn read(delivery: Delivery<'_>) -> Self {
        assert!(delivery.fault().is_none(), "a letter arrived damaged: {:?}", delivery.fault());
        delivery.decode(&DecodeLimits::default()).unwrap_or_else(|error| panic!("{}: {delivery:?}", error.chain()))
    }
}

/// In which form a letter is given to a driver.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Bytes,
    Typed,
    Value,
}

impl Form {
    /// Those that a medium with `kinds` carries.
    pub(crate) fn all(kinds: BodyKinds) -> Vec<Self> {
        let forms = [(kinds.bytes, Self::Bytes), (true, Self::Typed), (kinds.value, Self::Value)];
        forms.into_iter().filter(|(carried, _)| *carried).map(|(_, form)| form).collect()
    }
}

/// A letter ready to be sent.
pub(crate) enum Sealed<'a> {
    Bytes(Vec<u8>),
    Typed(&'a Letter),
    Value(Value),
}

impl Sealed<'_> {
    pub(crate) fn item(&self) -> Item<'_> {
        Item::new(match self {
            Self::Bytes(bytes) => Payload::Encoded { codec: Some(Codec::Json), bytes },
            Self::Typed(letter) => Payload::Encode(*letter),
            Self::Value(value) => Payload::Value(value),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_of_one_size_unless_asked_for() {
        for number in [0, 9, 10, 123_456_789] {
            assert_eq!(Letter::new(7, number).json().len(), LETTER_BYTES);
        }
        assert_eq!(Letter::with_size(1, 1000).json().len(), 1000);
    }
}
