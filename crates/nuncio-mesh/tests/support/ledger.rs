//! Whether what arrives keeps the guarantee: between two losses that a sender was told of, every message once and in order
//! from the first one on.

use std::collections::BTreeMap;

use nuncio_codec::Value;
use nuncio_mesh::proto::framing::text_of;

/// One message, as its sender has numbered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The sending node, and how often that was started before.
    pub(crate) from: (usize, u64),
    /// How many losses the sender had been told of.
    pub(crate) epoch: u64,
    /// How many it had sent since.
    pub(crate) number: u64,
    /// How often the receiving node had been started when the sender learnt of the port.
    pub(crate) receiver: u64,
}

impl Letter {
    /// It as a message.
    pub(crate) fn elements(self) -> Vec<Value> {
        let numbers = [self.from.0 as u64, self.from.1, self.epoch, self.number, self.receiver];
        numbers.into_iter().map(Value::from).collect()
    }

    /// The letter in a message, if it is one.
    pub(crate) fn read(elements: &[Value]) -> Option<Self> {
        let number = |value: &Value| text_of(value)?.parse::<u64>().ok();
        let numbers: Vec<u64> = elements.iter().map(number).collect::<Option<_>>()?;
        let [from, incarnation, epoch, number, receiver] = numbers.try_into().ok()?;
        Some(Self { from: (from as usize, incarnation), epoch, number, receiver })
    }
}

/// What one process has received.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// From each process: after which loss, and how many.
    received: BTreeMap<(usize, u64), (u64, u64)>,
}

impl Ledger {
    /// Takes what arrives; what is wrong with it.
    pub(crate) fn take(&mut self, letter: &Letter) -> Result<(), String> {
        let (epoch, count) = self.received.entry(letter.from).or_insert((letter.epoch, 0));
        if letter.epoch < *epoch {
            return Err(format!("sent before a loss, and it came after it: {letter:?}"));
        }
        if letter.epoch > *epoch {
            (*epoch, *count) = (letter.epoch, 0);
        }
        match letter.number.cmp(count) {
            std::cmp::Ordering::Less => return Err(format!("it came twice, or too late: {letter:?}")),
            std::cmp::Ordering::Greater => return Err(format!("there is a hole before it: {letter:?}")),
            std::cmp::Ordering::Equal => *count += 1,
        }
        Ok(())
    }

    /// What a sender has to have been told if not all has arrived of what it sent.
    pub(crate) fn settle(&self, from: (usize, u64), epoch: u64, sent: u64) -> Result<(), String> {
        let received = self.received.get(&from).copied().unwrap_or((epoch, 0));
        match received == (epoch, sent) {
            true => Ok(()),
            false => Err(format!("{from:?} sent {sent} after loss {epoch}, of {received:?} it was never told")),
        }
    }
}
