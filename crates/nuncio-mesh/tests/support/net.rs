//! What tests with real nodes have in common.

#![allow(dead_code, reason = "each test program takes what it needs")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use nuncio_core::{NodeId, PortId};
use nuncio_mesh::{Builder, Node};

/// How long a test may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a test of several tasks under the watchdog.
pub(crate) fn watched(name: &str, work: impl Future<Output = ()> + Send + 'static) {
    nuncio_conformance::within(PATIENCE, name, || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime").block_on(work);
    });
}

pub(crate) fn builder(id: &str) -> Builder {
    Node::builder(id).secret("geheim").bind("127.0.0.1:0")
}

/// A file with a certificate.
pub(crate) fn certificate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates").join(name)
}

pub(crate) fn port_id(text: &str) -> PortId {
    text.parse().expect("a port id")
}

pub(crate) fn node_id(text: &str) -> NodeId {
    text.parse().expect("a node id")
}

/// Two nodes, the second of which has the first for its seed.
pub(crate) async fn pair(adjust: impl Fn(Builder) -> Builder) -> (Node, Node) {
    let alpha = adjust(builder("alpha")).start().await.expect("it starts");
    let beta = adjust(builder("beta")).seed(&alpha.addresses()[0]).start().await.expect("it starts");
    (alpha, beta)
}
