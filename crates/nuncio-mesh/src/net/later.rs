//! What happens later, unless it is taken back.

use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::PortId;

use super::node::Node;

impl Node {
    /// Sends a message later, unless what this gives is dropped before.
    pub fn send_after(&self, delay: Duration, to: &PortId, elements: impl Into<Vec<Value>>) -> Later {
        let (node, to, elements) = (self.clone(), to.clone(), elements.into());
        let task = self.shared().runtime.spawn(async move {
            tokio::time::sleep(delay).await;
            if let Err(error) = node.send(&to, elements) {
                tracing::warn!(%error, "a message could not be sent later");
            }
        });
        Later::of(task)
    }
}

/// A message that is sent later; dropping this takes it back.
#[derive(Debug)]
#[must_use = "dropping it takes the message back"]
pub struct Later(Option<tokio::task::JoinHandle<()>>);

impl Later {
    pub(super) const fn of(task: tokio::task::JoinHandle<()>) -> Self {
        Self(Some(task))
    }

    /// Lets it be sent, whatever becomes of this.
    pub fn detach(mut self) {
        self.0 = None;
    }
}

impl Drop for Later {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
