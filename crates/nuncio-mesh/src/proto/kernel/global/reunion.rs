//! Global nodes that are not connected are dialled again, ever more rarely.

use std::time::Duration;

use nuncio_codec::Map;
use nuncio_core::NodeId;

use super::super::Kernel;
use super::{GLOBALS, REUNITE_AFTER};

impl Kernel {
    pub(super) fn meet_globals(&mut self, nodes: &Map) {
        for node in nodes.keys().filter_map(|node| NodeId::new(node).ok()) {
            let is_up = self.peers.get(&node).is_some_and(|peer| peer.up().is_some());
            if node != self.config.node && !is_up && self.global.apart.len() < self.config.nodes_max {
                self.global.apart.entry(node).or_insert((self.now.elapsed, REUNITE_AFTER));
            }
        }
    }

    pub(in crate::proto::kernel) fn next_reunion(&self) -> Option<Duration> {
        self.global.apart.values().map(|(when, _)| *when).min()
    }

    /// Tries to reach global nodes again that are not connected, as long as somebody says that they are global.
    pub(in crate::proto::kernel) fn reunite(&mut self) {
        let now = self.now.elapsed;
        let due = self.global.apart.iter().filter(|(_, (when, _))| *when <= now);
        for node in due.map(|(node, _)| node.clone()).collect::<Vec<_>>() {
            if self.database.get(GLOBALS, node.as_str()).is_none() {
                self.global.apart.remove(&node);
                continue;
            }
            self.want(&node);
            let most = self.config.monitor_timeout;
            let random = self.random.between(Duration::from_secs(1), Duration::from_secs(2)).as_secs_f64();
            if let Some((when, retry)) = self.global.apart.get_mut(&node) {
                *when = now + retry.mul_f64(random);
                *retry = (*retry * 2).min(most);
            }
        }
    }
}
