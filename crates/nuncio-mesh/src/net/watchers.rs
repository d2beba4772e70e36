//! Those who want to know of nodes, groups and the database.

use nuncio_codec::{Map, Text, Value};
use nuncio_core::NodeId;
use tokio::sync::mpsc;

/// How much may wait for one who watches; one who is further behind is told nothing more, and sees that.
const BEHIND_MAX: usize = 1 << 14;

/// A connection to a node was made, or has ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NodeEvent {
    /// The node.
    pub node: NodeId,
    /// Whether there is a connection now.
    pub is_up: bool,
    /// Why there is none.
    pub reason: Vec<Value>,
}

/// A change of a group, or of a family of the database.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The group or the family.
    pub family: Text,
    /// What is new, or has another value. In a group these are port ids, without value.
    pub set: Map,
    /// What is gone.
    pub deleted: Vec<Text>,
}

/// Connections to nodes, as they are made and end.
#[derive(Debug)]
pub struct NodeEvents(mpsc::Receiver<NodeEvent>);

impl NodeEvents {
    /// The next one; none once the node is gone, or when so many were not taken that some would have been left out.
    pub async fn next(&mut self) -> Option<NodeEvent> {
        self.0.recv().await
    }
}

/// Changes of a group or a family, as they happen.
#[derive(Debug)]
pub struct Changes(mpsc::Receiver<Change>);

impl Changes {
    /// The next one; none once the node is gone, or when so many were not taken that some would have been left out.
    pub async fn next(&mut self) -> Option<Change> {
        self.0.recv().await
    }
}

#[derive(Debug, Default)]
pub(super) struct Watchers {
    nodes: Vec<mpsc::Sender<NodeEvent>>,
    changes: Vec<(Text, mpsc::Sender<Change>)>,
}

impl Watchers {
    pub(super) fn watch_nodes(&mut self) -> NodeEvents {
        let (sender, receiver) = mpsc::channel(BEHIND_MAX);
        self.nodes.push(sender);
        NodeEvents(receiver)
    }

    pub(super) fn watch_changes(&mut self, family: &str) -> Changes {
        let (sender, receiver) = mpsc::channel(BEHIND_MAX);
        self.changes.push((family.into(), sender));
        Changes(receiver)
    }

    pub(super) fn tell_nodes(&mut self, event: &NodeEvent) {
        self.nodes.retain(|watcher| watcher.try_send(event.clone()).is_ok());
    }

    pub(super) fn tell_changes(&mut self, change: &Change) {
        self.changes.retain(|(family, watcher)| *family != change.family || watcher.try_send(change.clone()).is_ok());
    }

    /// Tells the latest one who watches a family what is there.
    pub(super) fn begin(&self, family: &str, set: Map) {
        if let Some((family, watcher)) = self.changes.last().filter(|(watched, _)| **watched == *family)
            && !set.is_empty()
        {
            // It was just made, and so it has room.
            let _ = watcher.try_send(Change { family: family.clone(), set, deleted: Vec::new() });
        }
    }
}
