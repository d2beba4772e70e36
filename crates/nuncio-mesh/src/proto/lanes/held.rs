//! What a sender keeps as long as the second connection does not stand.

use std::collections::BTreeSet;

use nuncio_codec::{Text, Value};

use super::{is_unbound, makes_port};

/// Large messages that have no connection to go to yet, and what must not overtake them, in order. `M` is a message in
/// whatever form it will be sent.
#[derive(Debug)]
pub struct Held<M> {
    messages: Vec<HeldMessage<M>>,
    /// To which ports there is a large message.
    ports: BTreeSet<Text>,
    bytes: usize,
    /// Of these, what is not for the second connection.
    small_bytes: usize,
}

/// A message that is kept.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "what was handed in")]
pub struct HeldMessage<M> {
    /// The port it is for.
    pub port: Text,
    /// Whether it is for the second connection.
    pub is_large: bool,
    /// The message.
    pub message: M,
}

impl<M> Default for Held<M> {
    fn default() -> Self {
        Self { messages: Vec::new(), ports: BTreeSet::new(), bytes: 0, small_bytes: 0 }
    }
}

impl<M> Held<M> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a small message must not go ahead of what is kept: it is for a port to which a large one is, or it is a request
    /// to the node that may be about any port. What makes a port is never kept.
    #[must_use]
    pub fn concerns(&self, port: &str, elements: &[Value]) -> bool {
        let may_concern = || self.ports.contains(port) || port.is_empty() && !is_unbound(elements);
        !self.messages.is_empty() && may_concern() && !makes_port(port, elements)
    }

    /// Keeps a message of so many bytes behind all others.
    pub fn push(&mut self, message: HeldMessage<M>, bytes: usize) {
        if message.is_large && !self.ports.contains(&message.port) {
            self.ports.insert(message.port.clone());
        }
        let bytes = Self::weight(&message.port, bytes);
        self.bytes += bytes;
        if !message.is_large {
            self.small_bytes += bytes;
        }
        self.messages.push(message);
    }

    /// How much memory a message of so many bytes to this port takes here, in bytes.
    #[must_use]
    pub const fn weight(port: &str, bytes: usize) -> usize {
        size_of::<HeldMessage<M>>() + port.len() + bytes
    }

    /// How much memory all that is kept takes, in bytes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How much of that is for messages that are not large.
    #[must_use]
    pub const fn small_bytes(&self) -> usize {
        self.small_bytes
    }

    /// All that is kept, in order.
    #[must_use]
    pub fn into_messages(self) -> Vec<HeldMessage<M>> {
        self.messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_overtake_a_large_message_has_to_be_kept() {
        let mut held = Held::new();
        assert!(!held.concerns("a", &[]) && !held.concerns("", &["kil0".into()]));
        held.push(HeldMessage { port: "a".into(), is_large: true, message: 1 }, 100);
        assert!(held.concerns("a", &[]) && !held.concerns("b", &[]));
        assert!(held.concerns("", &["kil0".into()]) && !held.concerns("", &["time".into()]));
        held.push(HeldMessage { port: "".into(), is_large: false, message: 2 }, 10);
        assert!(!held.concerns("", &["time".into()]), "only large messages are waited for");
        held.push(HeldMessage { port: "".into(), is_large: true, message: 3 }, 100);
        assert!(held.concerns("", &["time".into()]));
        let spawn = [crate::proto::kernel::SPAWN.into(), Value::from("p")];
        assert!(!held.concerns("", &spawn), "messages to the port that it makes are not kept either");
        assert_eq!(held.bytes(), 211 + 3 * size_of::<HeldMessage<i32>>(), "what is around them takes memory as well");
        assert_eq!(held.small_bytes(), 10 + size_of::<HeldMessage<i32>>());
        assert!(held.into_messages().iter().map(|one| one.message).eq(1..=3));
    }
}
