//! Who is told when a monitor fires, and how it is taken back.

use std::sync::{Arc, Weak};

use tokio::sync::oneshot;

use super::core::Shared;
use super::handler_port::HandlerPort;
use super::handling::Handling;
use super::node::Node;
use crate::proto::kernel::{MonitorId, Reason};

/// What to do in a port with the reason.
pub(super) type Callback = Box<dyn FnOnce(&HandlerPort, Reason) -> Result<(), Reason> + Send>;

/// Who is told.
pub(super) enum Fires {
    /// A port with handlers runs this.
    InPort(Arc<Handling>, Callback),
    /// Somebody waits.
    Waiting(oneshot::Sender<Reason>),
}

impl std::fmt::Debug for Fires {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::InPort(..) => "InPort",
            Self::Waiting(_) => "Waiting",
        })
    }
}

/// A monitor, or a link, that can be taken back. Dropping this changes nothing.
#[derive(Clone, Debug)]
pub struct Watch {
    shared: Weak<Shared>,
    id: MonitorId,
}

impl Watch {
    pub(super) fn new(node: &Node, id: MonitorId) -> Self {
        Self { shared: Arc::downgrade(node.shared()), id }
    }

    /// Takes it back, unless it has fired.
    pub fn cancel(self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.forget_monitor(self.id);
        }
    }
}

impl Shared {
    pub(super) fn forget_monitor(self: &Arc<Self>, id: MonitorId) {
        let forgotten = self.with(|core, now| {
            core.kernel.unmonitor(now, id);
            core.monitors.remove(&id)
        });
        if let Some(Fires::InPort(handling, _)) = forgotten {
            handling.watches_no_more(id);
        }
    }
}
