//! Groups of ports, and what nodes make known in the distributed database.

use std::time::Duration;

use nuncio_codec::{Map, Text, Value};
use nuncio_core::{Error, ErrorKind, PortId, Result};
use tokio::sync::oneshot;

use super::node::Node;
use super::port::Port;
use super::watchers::Changes;
use crate::proto::kernel::Question;

impl Node {
    /// Puts a port of this node into a group, until it ends.
    pub fn join_group(&self, group: &str, port: &Port) {
        self.shared().with(|core, now| core.kernel.join_group(now, group, port.name()));
    }

    /// Takes a port of this node out of a group.
    pub fn leave_group(&self, group: &str, port: &Port) {
        self.shared().with(|core, now| core.kernel.leave_group(now, group, port.name()));
    }

    /// The ports in a group, as far as they are known here: those of nodes of generation 1.x always; those of generation
    /// 2.x on global nodes, and elsewhere while the group is [watched](Self::watch).
    #[must_use]
    pub fn group(&self, group: &str) -> Vec<PortId> {
        self.family(group).keys().filter_map(|port| PortId::new(port).ok()).collect()
    }

    /// All groups and families of the database that are known here.
    #[must_use]
    pub fn families(&self) -> Map {
        self.shared().with(|core, _| core.kernel.families())
    }

    /// The entries of a family of the database, as far as they are known here; see [`group`](Self::group).
    #[must_use]
    pub fn family(&self, family: &str) -> Map {
        self.shared().with(|core, _| core.kernel.family(family))
    }

    /// Sets values in a family of the database. They are this node's own, and go with it.
    pub fn set(&self, family: &str, values: Map) {
        self.shared().with(|core, now| core.kernel.set(now, family, values));
    }

    /// Deletes values of this node from a family of the database.
    pub fn delete(&self, family: &str, keys: &[&str]) {
        let keys: Vec<Text> = keys.iter().map(|key| Text::from(*key)).collect();
        self.shared().with(|core, now| core.kernel.delete(now, family, &keys));
    }

    /// Tells of every change in a group or a family of the database, beginning with what is there.
    #[must_use]
    pub fn watch(&self, family: &str) -> Changes {
        self.shared().with(|core, now| {
            let changes = core.watchers.watch_changes(family);
            if !core.kernel.subscribe(now, family) {
                core.watchers.begin(family, core.kernel.family(family));
            }
            changes
        })
    }

    /// Asks a global node for a family of the database.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`]: no global node answered within `timeout`.
    pub async fn query(&self, question: Question, family: &str, timeout: Duration) -> Result<Value> {
        let (answers, answered) = oneshot::channel();
        self.shared().with(|core, now| {
            let query = core.kernel.query(now, question, family);
            core.queries.insert(query, answers);
        });
        let late = || Error::new(ErrorKind::TimedOut, "ask the database for").on(family);
        tokio::time::timeout(timeout, answered).await.ok().and_then(|answer| answer.ok()).ok_or_else(late)
    }
}
