//! Which of several handshakes with one node may be finished, so that two nodes that dial each other at the same moment
//! end up with one connection, and with the same one.
//!
//! One of the two decides: between nodes of nuncio the one with the smaller id, with an original always nuncio. It
//! sends its proof on one connection at a time, and so the other side can finish no more than one.

use std::collections::BTreeMap;

use nuncio_core::NodeId;

use super::{Action, ConnectionId, Kernel, Moment};

/// Who the other side of a handshake claims to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what a greeting says")]
pub struct Claim {
    /// The node.
    pub node: NodeId,
    /// Whether it is one of nuncio.
    pub is_nuncio: bool,
    /// What tells this process from those that had the same id before, if it says so.
    pub incarnation: Option<String>,
    /// The address that was dialled, if this side dialled.
    pub dialled: Option<String>,
}

/// What is to become of a handshake after the greetings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It has to wait for [`Action::Proceed`] or [`Action::Close`].
    Hold,
    /// It goes on.
    Proceed,
    /// There is a connection to that node.
    Refuse,
}

#[derive(Debug, Default)]
pub(super) struct Handshakes(BTreeMap<ConnectionId, Pending>);

#[derive(Debug)]
struct Pending {
    node: NodeId,
    is_dialled: bool,
    is_held: bool,
}

impl Handshakes {
    pub(super) fn is_over(&mut self, connection: ConnectionId) {
        self.0.remove(&connection);
    }

    fn is_one_in_progress(&self, node: &NodeId, is_dialled: bool) -> bool {
        self.0.values().any(|other| other.node == *node && other.is_dialled == is_dialled && !other.is_held)
    }

    fn held(&self, node: &NodeId) -> Vec<ConnectionId> {
        self.0.iter().filter(|(_, one)| one.node == *node && one.is_held).map(|(connection, _)| *connection).collect()
    }
}

impl Kernel {
    /// The other side of a handshake has greeted; nothing was proven on either side.
    pub fn greeted(&mut self, now: Moment, connection: ConnectionId, claim: Claim) -> Verdict {
        self.now = now;
        let Claim { node, is_nuncio, incarnation, dialled } = claim;
        let is_dialled = dialled.is_some();
        self.meet_at(dialled.as_deref(), &node);
        if let Some(up) = self.peers.get(&node).and_then(|peer| peer.up()) {
            // A process that was started anew is believed; its forerunner's connection only seems to be alive.
            let is_another = incarnation.is_some() && up.incarnation.is_some() && incarnation != up.incarnation;
            if !is_another {
                return Verdict::Refuse;
            }
        }
        let decides_here = !is_nuncio || self.config.node < node;
        let is_held = decides_here && self.handshakes.is_one_in_progress(&node, !is_dialled);
        self.handshakes.0.insert(connection, Pending { node, is_dialled, is_held });
        if is_held { Verdict::Hold } else { Verdict::Proceed }
    }

    /// A handshake failed; one that waited for its end may go on.
    pub(super) fn handshake_ended(&mut self, connection: ConnectionId) {
        let Some(ended) = self.handshakes.0.remove(&connection) else { return };
        if self.handshakes.is_one_in_progress(&ended.node, ended.is_dialled) {
            return;
        }
        for connection in self.handshakes.held(&ended.node) {
            if let Some(pending) = self.handshakes.0.get_mut(&connection) {
                pending.is_held = false;
            }
            self.actions.push_back(Action::Proceed { connection });
        }
    }

    /// A connection stands; those that waited for its fate have lost.
    pub(super) fn refuse_held(&mut self, node: &NodeId) {
        for connection in self.handshakes.held(node) {
            self.handshakes.0.remove(&connection);
            self.actions.push_back(Action::Close { connection, reason: "there is a connection to that node already" });
        }
    }
}
