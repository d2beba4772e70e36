//! Nodes and ports over TCP and TLS, compatible with AnyEvent::MP of the generations 1.x and 2.x.
//!
//! - [`proto`] has the protocol, without I/O; [`config`] configuration files.
#![cfg_attr(
    feature = "net",
    doc = "- [`Node`] is a node on a network, [`Port`] something in it that receives messages, [`HandlerPort`] something that acts on them."
)]
//!
//! # Features
//! `net`: the node itself, over TCP and TLS; brings tokio and rustls, and compiles C and assembler. Linux only.
//!
//! # Source
//! `docs/wire/mesh.md` describes the format.

#![forbid(unsafe_code)]

#[cfg(all(feature = "net", target_os = "linux"))]
mod net;

pub mod config;
pub mod proto;

#[cfg(all(feature = "net", target_os = "linux"))]
pub use net::{
    Builder, Change, Changes, Child, DataStream, HandlerPort, Handlers, LOG_TARGET, Later, LogCollector, LogShare,
    Message, Monitor, Next, Node, NodeEvent, NodeEvents, NodeReference, Outcome, Port, SimpleBuilder, SimpleClient,
    SimpleEvent, Supervisor, SupervisorBuilder, Watch,
};
#[cfg(all(feature = "net", target_os = "linux"))]
pub use proto::supervision::{Restart, Strategy};
