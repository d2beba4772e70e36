//! Connections, from the dialling to the end that each side notices by itself.

use std::time::Duration;

use nuncio_mesh::proto::framing::Packet;
use nuncio_mesh::proto::kernel::{Claim, ConnectionId, DialEnd, Hello, Verdict};
use nuncio_mesh::proto::lanes::{self, Held, HeldMessage, Lanes};
use nuncio_mesh::proto::liveness::{Liveness, Pulse};

use super::{Event, Sabotage, Simulation, id, pair};
use crate::ledger::Letter;

/// Within which time a second connection is there, after the first was dialled, if there is one at all.
const SECOND_AFTER: Duration = Duration::from_secs(2);
/// For how long large messages wait for it.
const HELD_FOR: Duration = Duration::from_secs(1);
/// How often each side of a connection shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// For how long a side may be silent, and for how long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much longer large messages are under way, at most.
const LARGE_WITHIN: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(super) struct Connection {
    /// The dialling and the accepting node, and their incarnations.
    pub(super) ends: [usize; 2],
    pub(super) incarnations: [u64; 2],
    pub(super) address: String,
    pub(super) has_proven: [bool; 2],
    pub(super) has_learnt: [bool; 2],
    pub(super) is_done: [bool; 2],
    /// Whether each side still has it open.
    pub(super) is_open: [bool; 2],
    /// From when on nothing arrives any more, at each side.
    pub(super) cut: [Option<Duration>; 2],
    /// When the last thing under way to each side arrives.
    pub(super) last: [Duration; 2],
    /// What each side knows of the other's being alive, once it is done with the handshake.
    liveness: [Option<Liveness>; 2],
    /// How much each side has written and heard.
    written: [u64; 2],
    heard: [u64; 2],
    /// The second connection, for large messages.
    second: Second,
}

/// The second connection that belongs to one.
#[derive(Debug)]
struct Second {
    /// Whether it is there.
    stands: bool,
    /// What each side keeps until it is there, or it has waited for long enough.
    held: [Option<Held<Packet>>; 2],
    /// When the last large message under way to each side arrives.
    last: [Duration; 2],
    /// What each side has to put together.
    lanes: [Lanes; 2],
}

impl Simulation {
    pub(super) fn dial(&mut self, index: usize, address: String) {
        let other: usize = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address");
        self.counter += 1;
        let id = self.counter;
        let second = self.now + self.share(SECOND_AFTER);
        let incarnations = [self.members[index].incarnation, self.members[other].incarnation];
        self.connections.insert(
            id,
            Connection {
                ends: [index, other],
                incarnations,
                address,
                has_proven: [false; 2],
                has_learnt: [false; 2],
                is_done: [false; 2],
                is_open: [true, false],
                cut: [None; 2],
                last: [self.now; 2],
                liveness: [None, None],
                written: [0; 2],
                heard: [0; 2],
                second: Second {
                    stands: false,
                    held: [Some(Held::new()), Some(Held::new())],
                    last: [self.now; 2],
                    lanes: [Lanes::new(), Lanes::new()],
                },
            },
        );
        if self.below(4) > 0 {
            self.at(second, Event::Second(id));
        }
        for side in 0..2 {
            self.at(self.now + HELD_FOR, Event::Release(id, side));
            self.at(self.now + PATIENCE, Event::TooSlow(id, side));
        }
        let when = self.now + self.delay();
        self.at(when, Event::Accept(id));
    }

    pub(super) fn accept(&mut self, id: u64) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let [from, to] = connection.ends;
        let is_there = self.members[to].is_running && !self.parted.contains(&pair(from, to));
        connection.incarnations[1] = self.members[to].incarnation;
        if !is_there || from == to {
            return self.notice_end(id, 0, "refused");
        }
        connection.is_open[1] = true;
        self.pass(id, 0, |id| Event::Greet(id, 0));
        self.pass(id, 1, |id| Event::Greet(id, 1));
    }

    /// Something passes on a connection to a side, in order.
    pub(super) fn pass(&mut self, id: u64, side: usize, event: impl FnOnce(u64) -> Event) {
        let delay = self.delay();
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let when = (self.now + delay).max(connection.last[side]);
        connection.last[side] = when;
        if connection.cut[side].is_none() {
            self.at(when, event(id));
        }
    }

    /// The node at that side, if it is still the one that had the connection, and has it open.
    fn holder(&self, id: u64, side: usize) -> Option<usize> {
        let connection = self.connections.get(&id)?;
        let index = connection.ends[side];
        let member = &self.members[index];
        let is_same = member.is_running && member.incarnation == connection.incarnations[side];
        let is_late = connection.cut[side].is_some_and(|cut| self.now >= cut);
        (is_same && connection.is_open[side] && !is_late).then_some(index)
    }

    pub(super) fn side_of(&self, id: u64, index: usize) -> Option<usize> {
        self.connections.get(&id)?.ends.iter().position(|end| *end == index)
    }

    pub(super) fn greet(&mut self, id: u64, side: usize) {
        let Some(index) = self.holder(id, side) else { return };
        let other = self.connections[&id].ends[1 - side];
        let incarnation = Some(self.connections[&id].incarnations[1 - side].to_string());
        let dialled = (side == 0).then(|| self.connections[&id].address.clone());
        let claim = Claim { node: self::id(other), is_nuncio: true, incarnation, dialled };
        let now = self.moment();
        match self.members[index].kernel.greeted(now, ConnectionId(id), claim) {
            Verdict::Proceed => self.prove(id, index),
            Verdict::Hold => {}
            _ => self.close(id, index),
        }
        self.settle(index);
    }

    pub(super) fn prove(&mut self, id: u64, index: usize) {
        let Some(side) = self.side_of(id, index) else { return };
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.has_proven[side] = true;
        self.pass(id, 1 - side, |id| Event::Proof(id, 1 - side));
        self.finish(id, side);
    }

    pub(super) fn proof(&mut self, id: u64, side: usize) {
        if self.holder(id, side).is_none() {
            return;
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.has_learnt[side] = true;
        }
        self.finish(id, side);
    }

    fn finish(&mut self, id: u64, side: usize) {
        let Some(index) = self.holder(id, side) else { return };
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if !(connection.has_proven[side] && connection.has_learnt[side]) || connection.is_done[side] {
            return;
        }
        connection.is_done[side] = true;
        connection.liveness[side] = Some(Liveness::new(HEARTBEAT, HEARTBEAT, PATIENCE, self.now));
        let hello = Hello {
            node: self::id(connection.ends[1 - side]),
            generations: self.setting.generations.clone(),
            incarnation: Some(connection.incarnations[1 - side].to_string()),
            dialled: (side == 0).then(|| connection.address.clone()),
        };
        let now = self.moment();
        self.members[index].kernel.connected(now, ConnectionId(id), hello);
        self.settle(index);
        self.pulse(id, side);
    }

    /// A side shows that it is alive, or notices that the other one is not.
    pub(super) fn pulse(&mut self, id: u64, side: usize) {
        let (now, sabotage) = (self.now, self.setting.sabotage);
        let Some(connection) = self.connections.get_mut(&id).filter(|connection| connection.is_open[side]) else {
            return;
        };
        let (written, heard) = (connection.written[side], connection.heard[side]);
        let Some(liveness) = &mut connection.liveness[side] else { return };
        match liveness.check(written, heard, now) {
            Pulse::Wait(until) => self.at(until, Event::Pulse(id, side)),
            Pulse::Dead(_) if sabotage == Some(Sabotage::TrustSilence) => {}
            Pulse::Dead(_) => self.notice_end(id, side, "nothing was heard"),
            _ => {
                self.note_written(id, side);
                self.pass(id, 1 - side, |id| Event::Beat(id, 1 - side));
                self.at(now, Event::Pulse(id, side));
            }
        }
    }

    pub(super) fn note_heard(&mut self, id: u64, side: usize) {
        if self.holder(id, side).is_some()
            && let Some(connection) = self.connections.get_mut(&id)
        {
            connection.heard[side] += 1;
        }
    }

    fn note_written(&mut self, id: u64, side: usize) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.written[side] += 1;
        }
    }

    /// A handshake has taken too long.
    pub(super) fn is_too_slow(&mut self, id: u64, side: usize) {
        if self.connections.get(&id).is_some_and(|connection| !connection.is_done[side]) {
            self.notice_end(id, side, "too slow");
        }
    }

    pub(super) fn transmit(&mut self, id: u64, index: usize, packet: Packet) {
        let Some(side) = self.side_of(id, index) else { return };
        let is_chosen = Letter::read(&packet.elements).is_some() && self.below(20) == 0;
        let times = match self.setting.sabotage.filter(|_| is_chosen) {
            Some(Sabotage::LoseMessage) => 0,
            Some(Sabotage::RepeatMessage) => 2,
            _ => 1,
        };
        let is_large = Letter::read(&packet.elements).is_some() && self.below(4) == 0;
        for _ in 0..times {
            self.send_on(id, side, packet.clone(), is_large);
        }
    }

    /// Sends a message, or keeps it as long as the second connection does not stand.
    fn send_on(&mut self, id: u64, from: usize, packet: Packet, is_large: bool) {
        let is_careless = self.setting.sabotage == Some(Sabotage::OvertakeKept);
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if let Some(held) = &mut connection.second.held[from]
            && (is_large || !is_careless && held.concerns(&packet.port, &packet.elements))
        {
            return held.push(HeldMessage { port: packet.port.clone(), is_large, message: packet }, 0);
        }
        match is_large && connection.second.stands {
            true => self.transmit_large(id, 1 - from, packet),
            false => self.transmit_small(id, 1 - from, packet),
        }
    }

    /// A second connection stands, if its first one still does.
    pub(super) fn second_stands(&mut self, id: u64) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.second.stands = connection.is_open == [true, true];
        if connection.second.stands {
            (0..2).for_each(|side| self.release(id, side));
        }
    }

    /// Keeps nothing any more.
    pub(super) fn release(&mut self, id: u64, side: usize) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let held = connection.second.held[side].take();
        if connection.is_open[side] {
            for kept in held.into_iter().flat_map(Held::into_messages) {
                self.send_on(id, side, kept.message, kept.is_large);
            }
        }
    }

    fn transmit_small(&mut self, id: u64, to: usize, packet: Packet) {
        self.note_written(id, 1 - to);
        let number = self.under_way(packet);
        self.pass(id, to, |id| Event::Packet(id, to, number));
    }

    /// It takes longer, but is announced where it would have been.
    fn transmit_large(&mut self, id: u64, to: usize, packet: Packet) {
        self.transmit_small(id, to, Packet::new("", lanes::announcement(&packet.port)));
        let number = self.under_way(packet);
        let delay = self.delay() + self.share(LARGE_WITHIN);
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let when = (self.now + delay).max(connection.second.last[to]);
        connection.second.last[to] = when;
        if connection.cut[to].is_none() {
            self.at(when, Event::Large(id, to, number));
        }
    }

    fn under_way(&mut self, packet: Packet) -> u64 {
        self.counter += 1;
        self.packets.insert(self.counter, packet);
        self.counter
    }

    pub(super) fn deliver(&mut self, id: u64, side: usize, number: u64, is_large: bool) {
        let Some(packet) = self.packets.remove(&number) else { return };
        let Some(index) = self.holder(id, side) else { return };
        self.note_heard(id, side);
        let is_careless = self.setting.sabotage == Some(Sabotage::OvertakeLarge);
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let (lanes, mut packets) = (&mut connection.second.lanes[side], Vec::new());
        let fits = match (is_large, lanes::announced(&packet)) {
            (_, Some(_)) if is_careless => Ok(()),
            (_, None) if is_careless => {
                packets.push(packet);
                Ok(())
            }
            (true, _) => lanes.large(packet, &mut packets),
            (false, Some(port)) => lanes.announce(port, &mut packets),
            (false, None) => {
                packets.extend(lanes.small(packet));
                Ok(())
            }
        };
        if let Err(wrong) = fits {
            self.violated(format!("node {index}: {wrong}"));
        }
        for packet in packets {
            let now = self.moment();
            self.members[index].kernel.packet(now, ConnectionId(id), packet);
            self.settle(index);
        }
    }

    /// A side closes: it is done with the connection, and the other one notices later.
    pub(super) fn close(&mut self, id: u64, index: usize) {
        let Some(side) = self.side_of(id, index) else { return };
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.is_open[side] = false;
        self.pass(id, 1 - side, |id| Event::Close(id, 1 - side));
        self.tell_end(id, side, index, "closed");
    }

    pub(super) fn notice_end(&mut self, id: u64, side: usize, reason: &str) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let index = connection.ends[side];
        let was_open = std::mem::replace(&mut connection.is_open[side], false);
        let is_same = self.members[index].is_running
            && self.members[index].incarnation == self.connections[&id].incarnations[side];
        if was_open && is_same {
            self.tell_end(id, side, index, reason);
        }
        // Whoever notices closes, too, and so the other side does.
        if self.connections[&id].is_open[1 - side] && was_open {
            self.pass(id, 1 - side, |id| Event::Close(id, 1 - side));
        }
        self.settle(index);
    }

    fn tell_end(&mut self, id: u64, side: usize, index: usize, reason: &str) {
        let now = self.moment();
        let connection = &self.connections[&id];
        let has_failed = !connection.is_done[side];
        let end = if connection.ends[0] == connection.ends[1] { DialEnd::OwnNode } else { DialEnd::Failed };
        let address = connection.address.clone();
        self.members[index].kernel.closed(now, ConnectionId(id), reason);
        if side == 0 && has_failed {
            self.members[index].kernel.dial_ended(now, &address, end);
        }
    }
}
