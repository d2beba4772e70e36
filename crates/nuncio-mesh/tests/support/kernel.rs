//! A kernel whose actions are looked at.

use std::time::Duration;

use nuncio_core::NodeId;
use nuncio_mesh::proto::Generation;
use nuncio_mesh::proto::kernel::{Action, Config, Kernel, Moment};

/// So many seconds after the start.
pub(crate) fn at(seconds: f64) -> Moment {
    let elapsed = Duration::from_secs_f64(seconds);
    Moment { elapsed, unix: Duration::from_secs(1_795_170_391) + elapsed }
}

pub(crate) fn node(id: &str) -> NodeId {
    NodeId::new(id).expect("a node id")
}

pub(crate) fn config(id: &str, generations: &[Generation]) -> Config {
    let mut config = Config::new(node(id), &format!("{id}Unique"), 1);
    config.generations = generations.to_vec();
    config
}

/// All that is to be done now.
pub(crate) fn actions(kernel: &mut Kernel) -> Vec<Action> {
    std::iter::from_fn(|| kernel.poll()).collect()
}
