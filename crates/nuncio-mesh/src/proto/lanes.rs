//! Two connections to one node, and still one order for each port.
//!
//! Nodes of nuncio have a second connection for large messages, so that everything else need not wait for them. Where a large
//! message would have been on the first connection, there is an *announcement*: `["", "nuncio_bulk", port]`. The second
//! connection has the large messages themselves, in the order of their announcements.
//!
//! [`Lanes`] puts both together again:
//! - Messages to one port arrive in the order in which they were sent, small and large ones; what comes behind a large
//!   message waits for it. Messages to other ports do not.
//! - What tells of the end of a port, kills one, is relayed or calls a function waits for all large messages that were sent
//!   before, for it may be about any port. Other requests to a node wait for large messages to the node itself alone, with
//!   which they keep their order: what follows a large change of the shared database must not be overtaken by it.
//! - What makes a port never waits, so that messages to that port, which do not either, find it. What is about the port and
//!   is sent later (`mon1`, `kil`) may come later still, and finds the port, or that it has ended.
//! - As long as the second connection does not stand, the sender keeps large messages, and what must not overtake them, in
//!   [`Held`].
//!
//! # Source
//! `docs/wire/mesh.md`, "The second connection".

mod held;

use std::collections::{BTreeMap, VecDeque};

use nuncio_codec::{Text, Value};

use super::Refusal;
use super::framing::{Packet, text_of};
use super::kernel::SPAWN;

pub use self::held::{Held, HeldMessage};

/// The first element of an announcement.
pub const ANNOUNCEMENT: &str = "nuncio_bulk";
/// From how many bytes on a message is large, roughly.
pub const LARGE_BYTES: usize = 64 << 10;
/// How much may wait behind large messages before nothing more should be read, in messages and in bytes, roughly.
const WAITING_MAX: usize = 100_000;
const WAITING_BYTES_MAX: usize = 64 << 20;

/// Requests to a node that are about no port, or about one that the sender does not have.
const UNBOUND: [&str; 10] = ["mon1", "mon0", "info", "known_nodes", "up_nodes", "can", "time", "eval", "devnull", ""];

/// Whether a message has to go to the second connection.
#[must_use]
pub fn is_large(port: &str, elements: &[Value]) -> bool {
    let mut left = LARGE_BYTES;
    let is_small = elements.iter().all(|element| takes(element, &mut left));
    !is_small && !makes_port(port, elements)
}

/// Whether a message makes a port. It waits for nothing: messages to the port it makes do not wait either, and would come
/// to none. Nothing that is about that port can be before it, for only who has sent it knows the name.
fn makes_port(port: &str, elements: &[Value]) -> bool {
    port.is_empty() && elements.first().and_then(text_of).is_some_and(|tag| tag == SPAWN)
}

/// Takes the size of a value from what is left; false if that is not enough. It stops as soon as it is known.
pub(super) fn takes(value: &Value, left: &mut usize) -> bool {
    let size = match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Array(elements) => return elements.iter().all(|element| takes(element, left)),
        Value::Map(map) => {
            return map.iter().all(|(key, value)| {
                *left = left.saturating_sub(key.len());
                takes(value, left)
            });
        }
        Value::Object(object) => return takes(&object.value, left),
        _ => 1,
    };
    *left = left.saturating_sub(size + 1);
    *left > 0
}

/// The announcement of a large message to a port.
#[must_use]
pub fn announcement(port: &str) -> [Value; 2] {
    [ANNOUNCEMENT.into(), port.into()]
}

/// The port of which this message announces a large one, if it does.
#[must_use]
pub fn announced(packet: &Packet) -> Option<Text> {
    let [tag, port] = &*packet.elements else { return None };
    let is_one = packet.port.is_empty() && matches!(tag, Value::Text(tag) if **tag == *ANNOUNCEMENT);
    is_one.then(|| text_of(port).map(|port| Text::from(&*port))).flatten()
}

/// The receiving end of both connections.
#[derive(Debug, Default)]
pub struct Lanes {
    /// The ports of large messages that were announced and are not here yet, in order.
    missing: VecDeque<Text>,
    /// Large messages that are here and were not announced yet, in order.
    early: VecDeque<Packet>,
    /// Ports for which something waits: it begins with a large message that is missing.
    ports: BTreeMap<Text, VecDeque<Waiting>>,
    /// Requests to the node, each behind so many large messages.
    requests: VecDeque<(u64, Packet)>,
    /// How many large messages were announced, and how many are here, since the connection was made.
    announced: u64,
    arrived: u64,
    waiting: usize,
    waiting_bytes: usize,
}

#[derive(Debug)]
enum Waiting {
    /// A large message that is missing.
    Large,
    /// A small one, behind so many large messages to whatever port.
    Small(u64, Packet),
}

impl Lanes {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is missing, so that everything can be handed out as it comes.
    #[must_use]
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.missing.is_empty() && self.early.is_empty()
    }

    /// Whether so much waits behind large messages that no small ones should be read.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let waiting = self.waiting + self.missing.len();
        waiting >= WAITING_MAX || self.waiting_bytes >= WAITING_BYTES_MAX
    }

    /// Whether large messages are so far ahead of their announcements that none should be read.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        !self.early.is_empty()
    }

    /// A message came on the first connection. It comes back if it can be handed out at once.
    #[must_use]
    pub fn small(&mut self, packet: Packet) -> Option<Packet> {
        if makes_port(&packet.port, &packet.elements) {
            return Some(packet);
        }
        if let Some(waiting) = self.ports.get_mut(&packet.port) {
            self.waiting += 1;
            self.waiting_bytes += packet.weight();
            waiting.push_back(Waiting::Small(self.announced, packet));
            return None;
        }
        if packet.port.is_empty() && !self.missing.is_empty() && !is_unbound(&packet.elements) {
            self.waiting += 1;
            self.waiting_bytes += packet.weight();
            self.requests.push_back((self.announced, packet));
            return None;
        }
        Some(packet)
    }

    /// A large message to this port was announced. What can be handed out now is appended to `out`.
    ///
    /// # Errors
    /// [`Refusal::MalformedMessage`]: the two connections do not fit together.
    pub fn announce(&mut self, port: Text, out: &mut Vec<Packet>) -> Result<(), Refusal> {
        self.announced += 1;
        match self.early.pop_front() {
            Some(packet) if packet.port != port => return Err(mixed_up(&port, &packet.port)),
            Some(packet) => {
                self.arrived += 1;
                out.push(packet);
            }
            None => {
                self.ports.entry(port.clone()).or_default().push_back(Waiting::Large);
                self.missing.push_back(port);
            }
        }
        Ok(())
    }

    /// A large message came on the second connection. What can be handed out now is appended to `out`.
    ///
    /// # Errors
    /// As [`announce`](Self::announce).
    pub fn large(&mut self, packet: Packet, out: &mut Vec<Packet>) -> Result<(), Refusal> {
        let Some(port) = self.missing.pop_front() else {
            self.early.push_back(packet);
            return Ok(());
        };
        if packet.port != port {
            return Err(mixed_up(&port, &packet.port));
        }
        self.arrived += 1;
        out.push(packet);
        self.release_port(&port, out);
        self.release_requests(out);
        Ok(())
    }

    /// Hands out what waited for the port's first large message, up to the next one.
    fn release_port(&mut self, port: &Text, out: &mut Vec<Packet>) {
        let Some(waiting) = self.ports.get_mut(port) else { return };
        waiting.pop_front();
        let mut released = Vec::new();
        while let Some(Waiting::Small(behind, packet)) =
            waiting.pop_front_if(|waiting| matches!(waiting, Waiting::Small(..)))
        {
            released.push((behind, packet));
        }
        if waiting.is_empty() {
            self.ports.remove(port);
        }
        for (behind, packet) in released {
            // A request to the node may also have to wait for large messages to other ports.
            if port.is_empty() && behind > self.arrived && !is_unbound(&packet.elements) {
                self.requests.push_back((behind, packet));
                continue;
            }
            self.release(packet, out);
        }
    }

    fn release_requests(&mut self, out: &mut Vec<Packet>) {
        while let Some((_, packet)) = self.requests.pop_front_if(|(behind, _)| *behind <= self.arrived) {
            self.release(packet, out);
        }
    }

    fn release(&mut self, packet: Packet, out: &mut Vec<Packet>) {
        self.waiting -= 1;
        self.waiting_bytes -= packet.weight();
        out.push(packet);
    }
}

/// Whether a request to a node need not wait for large messages that were sent before it.
fn is_unbound(elements: &[Value]) -> bool {
    match elements.first() {
        None => true,
        Some(tag) => text_of(tag).is_some_and(|tag| UNBOUND.contains(&&*tag) || tag.starts_with("g_")),
    }
}

fn mixed_up(announced: &str, came: &str) -> Refusal {
    Refusal::MalformedMessage(format!("a large message to {announced:?} was announced, and one to {came:?} came"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(port: &str, number: i64) -> Packet {
        Packet::new(port, [Value::Int(number)])
    }

    #[test]
    fn only_what_is_behind_a_large_message_waits_for_it() {
        let (mut lanes, mut out) = (Lanes::new(), Vec::new());
        lanes.announce("a".into(), &mut out).expect("in order");
        assert!(out.is_empty() && !lanes.is_idle());
        assert_eq!(lanes.small(packet("a", 2)), None);
        assert_eq!(lanes.small(packet("b", 1)), Some(packet("b", 1)));
        let (time, end) = (Packet::new("", ["time".into()]), Packet::new("", ["kil0".into(), "x".into()]));
        assert_eq!(lanes.small(time.clone()), Some(time));
        assert_eq!(lanes.small(end.clone()), None, "the port that ended may have sent the large message");
        lanes.announce("a".into(), &mut out).expect("in order");
        assert_eq!(lanes.small(packet("a", 4)), None);
        lanes.large(packet("a", 1), &mut out).expect("in order");
        assert_eq!(std::mem::take(&mut out), [packet("a", 1), packet("a", 2), end]);
        lanes.large(packet("a", 3), &mut out).expect("in order");
        assert_eq!(out, [packet("a", 3), packet("a", 4)]);
        assert!(lanes.is_idle() && lanes.ports.is_empty() && (lanes.waiting, lanes.waiting_bytes) == (0, 0));
        assert_eq!(lanes.small(packet("a", 5)), Some(packet("a", 5)));
    }

    #[test]
    fn a_large_message_may_be_first_and_another_than_the_announced_one_is_refused() {
        let (mut lanes, mut out) = (Lanes::new(), Vec::new());
        lanes.large(packet("a", 1), &mut out).expect("early");
        assert!(out.is_empty() && lanes.is_ahead());
        lanes.announce("a".into(), &mut out).expect("it is that one");
        assert_eq!(out, [packet("a", 1)]);
        lanes.announce("a".into(), &mut out).expect("in order");
        assert!(lanes.large(packet("b", 1), &mut out).is_err());
        let mut lanes = Lanes::new();
        lanes.large(packet("a", 1), &mut out).expect("early");
        assert!(lanes.announce("b".into(), &mut out).is_err());
    }

    #[test]
    fn what_waits_is_bounded_by_whoever_asks() {
        let mut lanes = Lanes::new();
        lanes.announce("a".into(), &mut Vec::new()).expect("in order");
        while !lanes.is_full() {
            assert_eq!(lanes.small(packet("a", 0)), None);
        }
        assert_eq!(lanes.waiting, WAITING_MAX - 1);
        let mut lanes = Lanes::new();
        for _ in 0..WAITING_MAX {
            assert!(!lanes.is_full());
            lanes.announce("a".into(), &mut Vec::new()).expect("in order");
        }
        assert!(lanes.is_full(), "announcements alone take room as well");
    }

    #[test]
    fn what_makes_a_port_waits_for_nothing() {
        let (mut lanes, mut out) = (Lanes::new(), Vec::new());
        lanes.announce("".into(), &mut out).expect("in order");
        let [time, spawn] = ["time", SPAWN].map(|tag| Packet::new("", [tag.into(), "p".into()]));
        assert_eq!(lanes.small(time.clone()), None, "requests keep their order");
        assert_eq!(lanes.small(spawn.clone()), Some(spawn));
        assert_eq!(lanes.small(packet("p", 1)), Some(packet("p", 1)), "it finds the port");
        lanes.large(packet("", 0), &mut out).expect("in order");
        assert_eq!(out, [packet("", 0), time]);
    }

    #[test]
    fn announcements_are_told_from_other_messages() {
        assert_eq!(announced(&Packet::new("", announcement("p"))), Some("p".into()));
        assert_eq!(announced(&Packet::new("p", announcement("p"))), None);
        assert_eq!(announced(&Packet::new("", ["nuncio_bulk".into()])), None);
    }

    #[test]
    fn large_is_what_takes_many_bytes_and_makes_no_port() {
        let text = Value::from("x".repeat(LARGE_BYTES));
        assert!(!is_large("p", &["x".into(), Value::Null]) && is_large("p", std::slice::from_ref(&text)));
        assert!(is_large("p", &[Value::Array(vec![Value::Null; LARGE_BYTES])]));
        assert!(is_large("", &["snd".into(), text.clone()]) && !is_large("", &[SPAWN.into(), text]));
    }

    proptest! {
        /// However the two connections are read, each port sees its own messages in order, and an end comes behind all that
        /// was sent before it.
        #[test]
        fn every_port_sees_its_own_order(
            sent in prop::collection::vec((0..4_usize, any::<bool>()), 0..200),
            turns in prop::collection::vec(any::<bool>(), 0..400),
        ) {
            const PORTS: [&str; 4] = ["a", "b", "c", ""];
            let (mut first, mut second) = (VecDeque::new(), VecDeque::new());
            for (number, (port, is_large)) in sent.iter().enumerate() {
                let port = PORTS[*port];
                let number = Value::Int(number as i64);
                let packet = match port {
                    "" => Packet::new("", ["kil0".into(), number]),
                    _ => Packet::new(port, [number]),
                };
                match *is_large {
                    true => {
                        first.push_back(Packet::new("", announcement(port)));
                        second.push_back(packet);
                    }
                    false => first.push_back(packet),
                }
            }
            let (mut lanes, mut out) = (Lanes::new(), Vec::new());
            let mut turns = turns.into_iter().chain(std::iter::repeat(true));
            while !(first.is_empty() && second.is_empty()) {
                let reads_first = !first.is_empty() && (second.is_empty() || turns.next() == Some(true));
                if reads_first {
                    let packet = first.pop_front().expect("it is not empty");
                    match announced(&packet) {
                        Some(port) => lanes.announce(port, &mut out).expect("in order"),
                        None => out.extend(lanes.small(packet)),
                    }
                } else {
                    lanes.large(second.pop_front().expect("it is not empty"), &mut out).expect("in order");
                }
            }
            prop_assert!(lanes.is_idle());
            let number = |packet: &Packet| packet.elements.last().and_then(Value::as_i64).expect("a number");
            prop_assert_eq!(out.len(), sent.len());
            for port in PORTS {
                let numbers: Vec<_> = out.iter().filter(|packet| packet.port == port).map(number).collect();
                prop_assert!(numbers.is_sorted(), "{:?} got {:?}", port, numbers);
            }
            for (index, end) in out.iter().enumerate().filter(|(_, packet)| packet.port.is_empty()) {
                let later = out[index..].iter().filter(|packet| number(packet) < number(end)).count();
                prop_assert_eq!(later, 0, "something that was sent before an end came behind it");
            }
        }
    }
}
