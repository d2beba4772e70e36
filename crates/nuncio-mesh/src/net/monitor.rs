//! Waiting for the end of a port.

use std::pin::Pin;
use std::task::{Context, Poll};

use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, PortId, Result};
use tokio::sync::oneshot;

use super::node::Node;
use crate::proto::kernel::{MonitorId, Reason};

/// A monitor: awaited, it gives the reason for which its port ended, once. Dropping it takes it back.
///
/// The reason is empty when the port ended as it should. It begins with `transport_error` when the connection to the node
/// ended, and then the port may well live; with `no_such_port` when there was none; with `die` when an error ended it.
#[derive(Debug)]
#[must_use = "dropping it takes the monitor back"]
pub struct Monitor {
    node: Node,
    id: MonitorId,
    port: PortId,
    fired: oneshot::Receiver<Reason>,
    has_fired: bool,
}

impl Monitor {
    pub(super) fn new(node: Node, id: MonitorId, port: PortId, fired: oneshot::Receiver<Reason>) -> Self {
        Self { node, id, port, fired, has_fired: false }
    }

    /// Sends to the port that this watches, unless it has fired.
    ///
    /// [`Node::send`] sends in any case: whoever has not looked at a monitor that fires at this moment could send the first
    /// message after a loss and take it for one that follows those before. What is sent here is never delivered unless
    /// all that was sent before is.
    ///
    /// # Errors
    /// [`ErrorKind::PeerGone`] once it has fired; the monitor says why. As [`Node::send`].
    pub fn send(&self, elements: impl Into<Vec<Value>> + AsRef<[Value]>) -> Result<()> {
        self.node.send_unless(&self.port, elements, || self.is_over())
    }

    /// Whether it has fired, or was answered for already.
    fn is_over(&self) -> bool {
        self.has_fired || self.fired.is_terminated() || !self.fired.is_empty()
    }

    /// The error of whoever sends to a port that may be another one by now.
    #[cold]
    pub(super) fn over(port: &PortId) -> Error {
        Error::new(ErrorKind::PeerGone, "send to").on(port.as_str()).because("its monitor has fired")
    }

    /// The reason, if it has fired already.
    pub fn try_fired(&mut self) -> Option<Vec<Value>> {
        let reason = self.fired.try_recv().ok();
        self.has_fired |= reason.is_some();
        reason
    }
}

impl Future for Monitor {
    type Output = Vec<Value>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<Value>> {
        let polled = Pin::new(&mut self.fired).poll(context);
        polled.map(|fired| {
            self.has_fired = true;
            fired.unwrap_or_else(|_| vec!["transport_error".into(), "the node has stopped".into()])
        })
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        if !self.has_fired {
            self.node.shared().forget_monitor(self.id);
        }
    }
}
