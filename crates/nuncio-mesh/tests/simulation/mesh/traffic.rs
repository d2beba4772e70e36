//! What nodes send to each other, and whether what arrives keeps the guarantee: between two losses that a sender was told
//! of, every message once and in order from the first one on, and none for a process that is gone.

use nuncio_codec::{Text, Value};
use nuncio_mesh::proto::framing::Packet;
use nuncio_mesh::proto::kernel::{Kernel, MonitorId, Notify, PortKind, Reason};

use super::{Sabotage, Simulation, id};
use crate::ledger::Letter;

/// The port that every node has, whichever process it is, where ports have no names that are used once.
const SINK: &str = "sink";

/// What a node sends to another: to which port, how many since the last loss, and the monitor that tells of the next one.
#[derive(Debug)]
pub(super) struct Sending {
    port: Text,
    receiver: u64,
    epoch: u64,
    next: u64,
    monitor: Option<MonitorId>,
}

impl Simulation {
    /// Makes the port of a new process that the others send to.
    pub(super) fn make_sink(&self, kernel: &mut Kernel) -> Text {
        if self.setting.has_fresh_ports {
            return kernel.create_port(PortKind::Private);
        }
        assert!(kernel.create_named_port(SINK, PortKind::Private), "it is the first one");
        SINK.into()
    }

    /// Sends the next letter to another node, which is watched.
    pub(super) fn send(&mut self, from: usize, to: usize) {
        let now = self.moment();
        let (port, receiver) = (self.members[to].sink.clone(), self.members[to].incarnation);
        let member = &mut self.members[from];
        if !member.is_running {
            return;
        }
        let fresh = Sending { port, receiver, epoch: 0, next: 0, monitor: None };
        let sending = member.sending.entry(to).or_insert(fresh);
        let port = sending.port.clone();
        sending.monitor.get_or_insert_with(|| member.kernel.monitor(now, &id(to), &port, Notify::Fired));
        let letter = Letter {
            from: (from, member.incarnation),
            epoch: sending.epoch,
            number: sending.next,
            receiver: sending.receiver,
        };
        sending.next += 1;
        member.kernel.send(now, &id(to), Packet { port, elements: letter.elements() });
        self.settle(from);
    }

    /// A monitor has fired: what is sent from now on is counted anew, and goes to the port that is there now. The old one
    /// is sent to once more, as by a program that has kept its id.
    pub(super) fn learn_of_loss(&mut self, index: usize, monitor: MonitorId, reason: &Reason) {
        if reason.is_empty() {
            self.violated(format!("a port of {index}'s peers ended as it should, which none does"));
        }
        if self.setting.sabotage == Some(Sabotage::SkipMonitor) && self.below(3) == 0 {
            return;
        }
        self.losses += 1;
        let watched = self.members[index].sending.iter().find(|(_, one)| one.monitor == Some(monitor));
        let Some(to) = watched.map(|(to, _)| *to) else { return };
        let (port, receiver) = (self.members[to].sink.clone(), self.members[to].incarnation);
        let (now, member) = (self.moment(), &mut self.members[index]);
        let Some(sending) = member.sending.get_mut(&to) else { return };
        let epoch = sending.epoch + 1;
        let old = std::mem::replace(sending, Sending { port, receiver, epoch, next: 0, monitor: None });
        if self.setting.has_fresh_ports {
            let elements = vec![Value::from(old.receiver)];
            member.kernel.send(now, &id(to), Packet { port: old.port, elements });
        }
    }

    /// Holds what arrives against the guarantee.
    pub(super) fn receive(&mut self, index: usize, elements: &[Value]) {
        let own = self.members[index].incarnation;
        let Some(letter) = Letter::read(elements) else {
            if elements != [Value::from(own)] {
                self.violated(format!(
                    "node {index}: a message for a former process came to number {own}: {elements:?}"
                ));
            }
            return;
        };
        if self.setting.has_fresh_ports && letter.receiver != own {
            self.violated(format!("node {index}: a message for a former process came to number {own}: {letter:?}"));
        }
        if let Err(wrong) = self.members[index].ledger.take(&letter) {
            self.violated(format!("node {index}: {wrong}"));
        }
        self.arrived += 1;
    }

    /// At rest, whatever was sent has arrived, or its sender knows.
    pub(super) fn account(&mut self) {
        let mut missing = Vec::new();
        for (from, member) in self.members.iter().enumerate() {
            for (to, sending) in member.sending.iter().filter(|(_, sending)| sending.monitor.is_some()) {
                let ledger = &self.members[*to].ledger;
                let settled = ledger.settle((from, member.incarnation), sending.epoch, sending.next);
                missing.extend(settled.err().map(|missing| format!("node {to}: {missing}")));
            }
        }
        missing.into_iter().for_each(|missing| self.violated(missing));
    }
}
