//! Two connections to one node: however they are read, and whatever a sender announces, each port has its own order.

use std::collections::VecDeque;

use nuncio_codec::Value;
use nuncio_mesh::proto::framing::{Packet, text_of};
use nuncio_mesh::proto::lanes::{Held, HeldMessage, Lanes, announced, announcement};

use crate::sight::Sight;

/// Ports; the last one is the node itself.
const PORTS: [&str; 4] = ["a", "b", "c", ""];
/// Requests to the node: one about a port, and one about none.
const REQUESTS: [&str; 2] = ["kil0", "time"];

/// The first byte says whether the sender is one of nuncio or somebody who does as he likes; each of the others is something that
/// happens.
pub(crate) fn check(data: &[u8]) -> Sight {
    match data.split_first() {
        None => Sight::of_text("nothing"),
        Some((first, steps)) if first % 2 == 0 => honest(steps),
        Some((_, steps)) => hostile(steps),
    }
}

/// A message with a number, which says where it was sent.
fn message(step: u8, number: usize) -> Packet {
    let number = Value::from(number as u64);
    match port_of(step) {
        "" => Packet::new("", [REQUESTS[usize::from(step >> 4 & 1)].into(), number]),
        port => Packet::new(port, [number]),
    }
}

fn number(packet: &Packet) -> u64 {
    packet.elements.last().and_then(Value::as_u64).expect("each has a number")
}

const fn port_of(step: u8) -> &'static str {
    PORTS[(step >> 2 & 3) as usize]
}

/// Whether it has to wait for large messages to whatever port.
fn is_bound(packet: &Packet) -> bool {
    packet.port.is_empty() && packet.elements.first().and_then(text_of).is_some_and(|tag| tag == REQUESTS[0])
}

/// The receiver of both connections, and what it has handed out.
#[derive(Default)]
struct Receiver {
    lanes: Lanes,
    out: Vec<Packet>,
}

impl Receiver {
    /// Something comes on the first connection; false if it is refused.
    fn first(&mut self, packet: Packet) -> bool {
        match announced(&packet) {
            Some(port) => self.lanes.announce(port, &mut self.out).is_ok(),
            None => {
                self.out.extend(self.lanes.small(packet));
                true
            }
        }
    }

    /// Something comes on the second one; false if it is refused.
    fn second(&mut self, packet: Packet) -> bool {
        self.lanes.large(packet, &mut self.out).is_ok()
    }

    /// Everything that was sent is here, and nothing twice; each port has its order, and what may be about any port came behind
    /// all that was sent before it.
    fn has_all(&self, sent: usize) {
        assert!(self.lanes.is_idle() && !self.lanes.is_full() && !self.lanes.is_ahead());
        let mut numbers: Vec<_> = self.out.iter().map(number).collect();
        for (place, packet) in self.out.iter().enumerate().filter(|(_, packet)| is_bound(packet)) {
            assert!(numbers[place..].iter().all(|later| *later >= number(packet)), "{packet:?} was too early");
        }
        for port in PORTS {
            let of_port = self.out.iter().filter(|packet| packet.port == port);
            // Those about no port may go ahead of those about one, and the other way round they do not.
            let of_port = of_port.filter(|packet| !port.is_empty() || !is_bound(packet));
            assert!(of_port.map(number).is_sorted(), "{port:?} has another order: {:?}", self.out);
        }
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(0..sent as u64), "{sent} were sent: {numbers:?}");
    }

    fn sight(&self, end: &str) -> Sight {
        let ports: String =
            self.out.iter().map(|packet| if packet.port.is_empty() { "-" } else { &packet.port }).collect();
        let turns = self.out.windows(2).filter(|pair| number(&pair[0]) > number(&pair[1])).count();
        Sight::of_text(&format!("{end} {turns} {}", &ports[..ports.len().min(8)]))
    }
}

/// A sender of nuncio: where its large messages go.
enum Large {
    Along,
    Aside,
    Held(Held<Packet>),
}

/// A sender of nuncio, whose second connection comes late, or once it was given up.
struct Sender {
    large: Large,
    first: VecDeque<Packet>,
    second: VecDeque<Packet>,
    sent: usize,
}

impl Sender {
    fn new() -> Self {
        Self { large: Large::Held(Held::new()), first: VecDeque::new(), second: VecDeque::new(), sent: 0 }
    }

    fn send(&mut self, step: u8, is_large: bool) {
        let packet = message(step, self.sent);
        self.sent += 1;
        match &mut self.large {
            Large::Held(held) if is_large || held.concerns(&packet.port, &packet.elements) => {
                let (before, weight) = (held.bytes(), Held::<Packet>::weight(&packet.port, 1));
                held.push(HeldMessage { port: packet.port.clone(), is_large, message: packet }, 1);
                assert_eq!(held.bytes() - before, weight, "what is kept is counted");
                assert!(held.small_bytes() <= held.bytes());
            }
            _ => self.append(packet, is_large),
        }
    }

    fn append(&mut self, packet: Packet, is_large: bool) {
        if is_large && matches!(self.large, Large::Aside) {
            self.first.push_back(Packet::new("", announcement(&packet.port)));
            self.second.push_back(packet);
        } else {
            self.first.push_back(packet);
        }
    }

    /// From now on large messages go somewhere else; so does what was kept.
    fn release(&mut self, to: Large) {
        if let Large::Held(held) = std::mem::replace(&mut self.large, to) {
            for HeldMessage { is_large, message, .. } in held.into_messages() {
                self.append(message, is_large);
            }
        }
    }
}

fn honest(steps: &[u8]) -> Sight {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::default());
    for step in steps {
        match step & 3 {
            0 | 1 if *step >= 0xf8 && matches!(sender.large, Large::Held(_)) => sender.release(Large::Along),
            0 | 1 if *step >= 0xf0 => sender.release(Large::Aside),
            kind @ (0 | 1) => sender.send(*step, kind == 1),
            2 => {
                sender.first.pop_front().into_iter().for_each(|packet| assert!(receiver.first(packet), "it is honest"))
            }
            _ if receiver.lanes.is_ahead() => {}
            _ => sender
                .second
                .pop_front()
                .into_iter()
                .for_each(|packet| assert!(receiver.second(packet), "it is honest")),
        }
    }
    sender.release(Large::Aside);
    sender.first.drain(..).for_each(|packet| assert!(receiver.first(packet), "it is honest"));
    sender.second.drain(..).for_each(|packet| assert!(receiver.second(packet), "it is honest"));
    receiver.has_all(sender.sent);
    receiver.sight("honest")
}

/// Announces and sends as it likes, in whatever order. What does not fit together is refused, and nothing else; and what is
/// behind no large message waits for nothing.
fn hostile(steps: &[u8]) -> Sight {
    let mut receiver = Receiver::default();
    // Large messages that were announced and are not here, and those that are here and were not announced.
    let (mut missing, mut early) = (VecDeque::new(), VecDeque::new());
    let mut sent = 0;
    for step in steps {
        let port = port_of(*step);
        let packet = message(*step, sent);
        let is_allowed = match step & 3 {
            0 | 1 => {
                let waits = missing.contains(&port) || !missing.is_empty() && is_bound(&packet);
                let before = receiver.out.len();
                assert!(receiver.first(packet), "small messages fit always");
                assert_eq!(receiver.out.len() == before, waits, "a message to {port:?} behind {missing:?}");
                sent += 1;
                true
            }
            kind => {
                let (ours, theirs) = if kind == 2 { (&mut early, &mut missing) } else { (&mut missing, &mut early) };
                let fits = ours.pop_front().map(|expected| expected == port);
                if fits.is_none() {
                    theirs.push_back(port);
                }
                let comes = if kind == 2 { Receiver::first } else { Receiver::second };
                let packet = if kind == 2 {
                    Packet::new("", announcement(port))
                } else {
                    Packet::new(port, ["large".into(), 0.into()])
                };
                assert_eq!(comes(&mut receiver, packet), fits.unwrap_or(true), "a large message to {port:?}");
                fits.unwrap_or(true)
            }
        };
        if !is_allowed {
            return receiver.sight("refused");
        }
        assert_eq!(receiver.lanes.is_idle(), missing.is_empty() && early.is_empty());
        assert_eq!(receiver.lanes.is_ahead(), !early.is_empty());
    }
    // Once it does what it has announced, nothing is left out and nothing is there twice.
    for port in missing {
        assert!(receiver.second(Packet::new(port, ["large".into(), 0.into()])), "it was announced");
    }
    for port in early {
        assert!(receiver.first(Packet::new("", announcement(port))), "it is here");
    }
    let large = |packet: &&Packet| packet.elements.first().and_then(text_of).is_some_and(|tag| tag == "large");
    assert!(receiver.lanes.is_idle());
    assert_eq!(receiver.out.iter().filter(|packet| !large(packet)).count(), sent, "all small ones, once");
    receiver.sight("whole")
}

/// A sender whose second connection comes at once, late and never; one that announces and sends nothing, and the reverse.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let at_once = [0, 0xf0, 0x01, 0x00, 0x05, 0x04, 0x0c, 0x02, 0x02, 0x02, 0x03, 0x02, 0x02, 0x03];
    let late = [0, 0x01, 0x00, 0x0c, 0x1c, 0x0d, 0x02, 0xf0, 0x02, 0x02, 0x03, 0x03];
    let never = [0, 0x01, 0x00, 0x0d, 0x0c, 0xf8, 0x02, 0x02, 0x05, 0xf0, 0x05, 0x04, 0x02, 0x03];
    let announces = [1, 0x02, 0x06, 0x00, 0x04, 0x08, 0x0c, 0x1c, 0x03, 0x07];
    let sends = [1, 0x03, 0x07, 0x00, 0x04, 0x02, 0x06, 0x0f, 0x0e];
    [&at_once[..], &late, &never, &announces, &sends].map(<[u8]>::to_vec).to_vec()
}
