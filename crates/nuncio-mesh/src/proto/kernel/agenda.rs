//! Nodes that something has to be done about, by when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nuncio_core::NodeId;

/// One time for each node.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    by_time: BTreeSet<(Duration, NodeId)>,
    by_node: BTreeMap<NodeId, Duration>,
}

impl Agenda {
    /// The time for this node is this one, whatever it was.
    pub(super) fn set(&mut self, node: &NodeId, when: Duration) {
        self.remove(node);
        self.by_time.insert((when, node.clone()));
        self.by_node.insert(node.clone(), when);
    }

    pub(super) fn remove(&mut self, node: &NodeId) {
        if let Some((node, when)) = self.by_node.remove_entry(node) {
            self.by_time.remove(&(when, node));
        }
    }

    pub(super) fn contains(&self, node: &NodeId) -> bool {
        self.by_node.contains_key(node)
    }

    /// The first time of all.
    pub(super) fn first(&self) -> Option<Duration> {
        self.by_time.first().map(|(when, _)| *when)
    }

    /// The nodes whose time has come, the earliest first.
    pub(super) fn due(&self, now: Duration) -> Vec<NodeId> {
        self.by_time.iter().take_while(|(when, _)| *when <= now).map(|(_, node)| node.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_has_one_time() {
        let node = |name| NodeId::new(name).expect("an id");
        let mut agenda = Agenda::default();
        for (name, seconds) in [("a", 3), ("b", 1), ("c", 2), ("b", 4)] {
            agenda.set(&node(name), Duration::from_secs(seconds));
        }
        assert_eq!(agenda.first(), Some(Duration::from_secs(2)));
        assert_eq!(agenda.due(Duration::from_secs(3)), [node("c"), node("a")]);
        agenda.remove(&node("c"));
        agenda.remove(&node("c"));
        assert!(!agenda.contains(&node("c")) && agenda.contains(&node("b")));
        assert_eq!(agenda.first(), Some(Duration::from_secs(3)));
    }
}
