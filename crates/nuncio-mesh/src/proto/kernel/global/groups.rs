//! Groups of ports, which are families of the database, and in the older generation something of their own.

use nuncio_codec::{Map, Value};

use super::super::{Kernel, Moment, port_id};

impl Kernel {
    /// Puts a port of this node into a group, under both names that groups have. It leaves it when it ends.
    ///
    /// False if there is no such port.
    pub fn join_group(&mut self, now: Moment, group: &str, port: &str) -> bool {
        self.now = now;
        if !self.ports.contains_key(port) {
            return false;
        }
        if self.global.memberships.insert((group.into(), port.into())) {
            let id = port_id(&self.config.node, port);
            self.tell_all_in_mesh("reg1", &[group.into(), Value::Text(id.clone())]);
            self.change_own(group, Map::from_iter([(&*id, Value::Null)]), &[]);
        }
        self.settle();
        true
    }

    /// Takes a port of this node out of a group.
    pub fn leave_group(&mut self, now: Moment, group: &str, port: &str) {
        self.now = now;
        self.leave(group, port);
        self.settle();
    }

    pub(in crate::proto::kernel) fn leave_groups(&mut self, port: &str) {
        let groups = self.global.memberships.iter().filter(|(_, member)| *member == *port);
        for group in groups.map(|(group, _)| group.clone()).collect::<Vec<_>>() {
            self.leave(&group, port);
        }
    }

    fn leave(&mut self, group: &str, port: &str) {
        if self.global.memberships.remove(&(group.into(), port.into())) {
            let id = port_id(&self.config.node, port);
            self.tell_all_in_mesh("reg0", &[group.into(), Value::Text(id.clone())]);
            self.change_own(group, Map::new(), &[id]);
        }
    }
}
