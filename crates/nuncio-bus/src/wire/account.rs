//! How many messages a peer has sent to whom and read from whom.
//!
//! Each peer leaves its account on the bus when it goes; the owner compares them. What was sent and not read, or read and
//! not sent, is a [`difference`](differences).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The peer that an owner is. What it sends while it ends the bus is in no account.
pub const OWNER: &str = "spawn";

/// The account of one peer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// How many messages were read, by their senders.
    #[serde(default, deserialize_with = "counts")]
    pub read: BTreeMap<String, i64>,
    /// How many messages were handed to the medium, by their receivers.
    #[serde(default, deserialize_with = "counts")]
    pub sent: BTreeMap<String, i64>,
}

impl Account {
    /// As JSON text in ASCII.
    ///
    /// # Errors
    /// Those of encoding it, of which there are none for what can be counted.
    pub fn to_json(&self) -> nuncio_core::Result<Vec<u8>> {
        let mut json = Vec::new();
        nuncio_codec::json::encode_ascii(self, &mut json)?;
        Ok(json)
    }

    /// Adds what `other` counts.
    pub fn add(&mut self, other: &Self) {
        for (into, from) in [(&mut self.read, &other.read), (&mut self.sent, &other.sent)] {
            for (peer, count) in from {
                let sum = into.entry(peer.clone()).or_default();
                *sum = sum.saturating_add(*count);
            }
        }
    }
}

/// Perl writes a count as a number or as text, and an empty table as it likes.
fn counts<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Count {
        Number(i64),
        Fraction(f64),
        Text(String),
        Nothing(()),
    }
    let counts: Option<BTreeMap<String, Count>> = Option::deserialize(deserializer)?;
    let number = |count| match count {
        Count::Number(number) => number,
        Count::Fraction(number) => number as i64,
        Count::Text(text) => text.parse::<f64>().unwrap_or_default() as i64,
        Count::Nothing(()) => 0,
    };
    Ok(counts.unwrap_or_default().into_iter().map(|(peer, count)| (peer, number(count))).collect())
}

/// One pair of peers whose accounts differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Who sent.
    pub from: String,
    /// Whom it was for.
    pub to: String,
    /// How many more were sent than read; less than zero if more were read.
    pub messages: i64,
}

/// Where the accounts of all peers of a bus differ, sorted; the owner's are left out, as it does not count what it sends
/// at the end.
pub fn differences<'a>(accounts: impl IntoIterator<Item = (&'a str, &'a Account)>) -> Vec<Difference> {
    let mut sums: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for (peer, account) in accounts {
        for (to, count) in &account.sent {
            *sums.entry((peer, to)).or_default() += count;
        }
        for (from, count) in &account.read {
            *sums.entry((from, peer)).or_default() -= count;
        }
    }
    sums.into_iter()
        .filter(|((from, to), messages)| *messages != 0 && *from != OWNER && *to != OWNER)
        .map(|((from, to), messages)| Difference { from: from.to_owned(), to: to.to_owned(), messages })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(json: &str) -> Account {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_balances_is_no_difference() {
        let a = account(r#"{"sent":{"b":3,"spawn":1},"read":{"b":"1"}}"#);
        let b = account(r#"{"sent":{"a":1},"read":{"a":2,"spawn":1}}"#);
        let found = differences([("a", &a), ("b", &b)]);
        assert_eq!(found, [Difference { from: "a".into(), to: "b".into(), messages: 1 }]);
    }

    #[test]
    fn accounts_are_read_as_perl_writes_them_and_add_up() {
        let mut sum = account(r#"{"read":null,"sent":{"x":null,"y":"7.0"}}"#);
        sum.add(&account(r#"{"sent":{"y":1},"read":{"z":2.0}}"#));
        assert_eq!(serde_json::to_string(&sum).unwrap(), r#"{"read":{"z":2},"sent":{"x":0,"y":8}}"#);
    }
}
