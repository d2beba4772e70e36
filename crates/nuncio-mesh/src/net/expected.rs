//! Connections for two programs that will come, and what becomes of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use nuncio_codec::Value;
use nuncio_core::{ErrorKind, NodeId, PortId, Result};
use tokio::sync::oneshot;

use super::core::Shared;
use super::data::{DataStream, KEY, StreamFunction, dial, failed};
use super::listen;
use super::node::Node;
use super::opening::{Failure, Opened};
use super::spawned::text_of_panic;
use crate::proto::Refusal;
use crate::proto::framing::text_of;
use crate::proto::greeting::Greeting;

/// How many connections are expected at the same time, at most.
const EXPECTED_MAX: usize = 1024;
/// For how long one is expected, at most.
const PATIENCE_MAX: Duration = Duration::from_secs(600);

/// A connection that will come.
pub(super) struct Expected {
    /// From whom, or to whom.
    node: NodeId,
    then: Then,
    /// How many handshakes for it are in progress.
    claims: usize,
    /// Nobody waits for it any more, unless it comes by a handshake that is in progress.
    is_given_up: bool,
}

/// A handshake for an expected connection. As long as there is one, the connection is expected.
pub(super) struct Claim {
    shared: Arc<Shared>,
    id: String,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut expected = self.shared.lock_expected();
        if let Some(one) = expected.get_mut(&self.id) {
            one.claims -= 1;
            if one.claims == 0 && one.is_given_up {
                expected.remove(&self.id);
            }
        }
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

/// What becomes of it.
pub(super) enum Then {
    Function(Arc<StreamFunction>, Vec<Value>),
    Opened(oneshot::Sender<DataStream>),
}

/// Takes back what is expected, if it has not come.
pub(super) struct Until {
    shared: Arc<Shared>,
    id: String,
}

impl Drop for Until {
    fn drop(&mut self) {
        let mut expected = self.shared.lock_expected();
        match expected.get_mut(&self.id) {
            Some(one) if one.claims > 0 => one.is_given_up = true,
            _ => drop(expected.remove(&self.id)),
        }
    }
}

impl Expected {
    pub(super) fn new(node: &NodeId, then: Then) -> Self {
        Self { node: node.clone(), then, claims: 0, is_given_up: false }
    }
}

impl Shared {
    /// Where a node can be dialled: where it was, or where it says that it listens.
    pub(super) fn addresses_of(self: &Arc<Self>, node: &NodeId) -> Vec<String> {
        self.with(|core, _| match core.dialled.get(node) {
            Some(address) => vec![address.to_string()],
            None => core.kernel.addresses_of(node),
        })
    }

    fn lock_expected(&self) -> MutexGuard<'_, HashMap<String, Expected>> {
        // Every change is whole before something can panic.
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn expect(self: &Arc<Self>, id: String, connection: Expected) -> Result<Until> {
        let mut expected = self.lock_expected();
        if expected.len() >= EXPECTED_MAX {
            return Err(failed(ErrorKind::LimitExceeded, &connection.node)
                .because(format!("{EXPECTED_MAX} connections are expected already")));
        }
        if expected.contains_key(&id) {
            return Err(failed(ErrorKind::AlreadyExists, &connection.node).because("its id is expected already"));
        }
        expected.insert(id.clone(), connection);
        Ok(Until { shared: Arc::clone(self), id })
    }

    /// The connection that this greeting begins, if such a one of that node is expected.
    pub(super) fn expected_stream(self: &Arc<Self>, greeting: &Greeting) -> std::result::Result<Arc<Claim>, Failure> {
        let claim = greeting.key(KEY).and_then(|id| self.claim(id, &greeting.node));
        claim.map(Arc::new).ok_or(Some(Refusal::NoStreamExpected))
    }

    /// Hands an expected connection over to whom it was expected for.
    pub(super) fn has_come(self: &Arc<Self>, claim: &Claim, opened: Opened) -> std::result::Result<(), Failure> {
        let came = self.lock_expected().remove(&claim.id);
        match came.ok_or(Some(Refusal::NoStreamExpected))?.then {
            Then::Function(function, arguments) => self.run_stream(function, DataStream::of(opened), arguments),
            // Whoever waited may have given up at this very moment.
            Then::Opened(waiting) => drop(waiting.send(DataStream::of(opened))),
        }
        Ok(())
    }

    pub(super) fn run_stream(
        self: &Arc<Self>,
        function: Arc<StreamFunction>,
        stream: DataStream,
        arguments: Vec<Value>,
    ) {
        listen::spawn(self, async move {
            let node = stream.node().clone();
            let running = std::panic::AssertUnwindSafe(async move { function(stream, arguments).await });
            match running.catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%node, error = %error.chain(), "a stream's function failed"),
                Err(panic) => {
                    tracing::warn!(%node, error = text_of_panic(panic.as_ref()), "a stream's function failed")
                }
            }
        });
    }

    /// A node says that a connection will come; without such a function nothing is expected.
    pub(super) fn is_told_to_expect(self: &Arc<Self>, from: &NodeId, arguments: Vec<Value>) {
        let mut arguments = arguments.into_iter();
        let mut text = || arguments.next().as_ref().and_then(text_of).map(|text| text.into_owned());
        let (Some(id), Some(port), Some(seconds), Some(function)) = (text(), text(), text(), text()) else { return };
        let Some(function) = self.settings.functions.stream(&function) else {
            tracing::warn!(node = %from, function, "a stream was refused: there is no such function");
            return;
        };
        let (Ok(port), Ok(seconds)) = (PortId::new(&port), seconds.parse::<f64>()) else { return };
        let timeout = Duration::try_from_secs_f64(seconds).unwrap_or(PATIENCE_MAX).min(PATIENCE_MAX);
        let expected = Expected::new(from, Then::Function(function, arguments.collect()));
        match self.expect(id, expected) {
            Err(error) => tracing::warn!(node = %from, %error, "a stream was refused"),
            Ok(until) => {
                let Some(monitor) = Node::of(self).map(|node| node.monitor(&port)) else { return };
                listen::spawn(self, async move {
                    // Whichever comes first: it was given up there, or here.
                    let _ = tokio::time::timeout(timeout, monitor).await;
                    drop(until);
                });
            }
        }
    }

    /// A node that does not listen wants this one to dial the connection that it waits for.
    pub(super) fn is_told_to_connect(self: &Arc<Self>, from: &NodeId, arguments: &[Value]) {
        let Some(id) = arguments.first().and_then(text_of) else { return };
        let Some(claim) = self.claim(&id, from.as_str()) else { return };
        let (shared, from) = (Arc::clone(self), from.clone());
        listen::spawn(self, async move {
            let addresses = shared.addresses_of(&from);
            match dial(&shared, &addresses, &from, &claim.id).await {
                Ok(stream) => shared.has_dialled(&claim, stream),
                Err(error) => tracing::warn!(%error, "a stream was wanted and could not be made"),
            }
        });
    }

    /// Keeps a connection expected, if it is by that node.
    fn claim(self: &Arc<Self>, id: &str, node: &str) -> Option<Claim> {
        let mut expected = self.lock_expected();
        expected.get_mut(id).filter(|one| one.node.as_str() == node)?.claims += 1;
        Some(Claim { shared: Arc::clone(self), id: id.to_owned() })
    }

    fn has_dialled(self: &Arc<Self>, claim: &Claim, stream: DataStream) {
        let came = self.lock_expected().remove(&claim.id);
        if let Some(Expected { then: Then::Function(function, arguments), .. }) = came {
            self.run_stream(function, stream, arguments);
        }
    }
}

impl fmt::Debug for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expected").field("node", &self.node).finish_non_exhaustive()
    }
}
