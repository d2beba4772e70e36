//! The protocol on a network: a [`Node`] with connections over TCP, and [`Port`]s that tasks receive from.
//!
//! [`Kernel`](crate::proto::kernel::Kernel) decides everything that concerns more than one message. Messages between
//! ports of connected nodes go past it: they are written straight into the connection's outbox, and read straight into
//! the receiving port's mailbox.

mod address;
mod builder;
mod calls;
mod connection;
mod core;
mod link;
mod listen;
mod mailbox;
mod monitor;
mod node;
mod port;
mod spawned;
mod stream;
mod tls;
mod watchers;

pub use self::builder::Builder;
pub use self::mailbox::Message;
pub use self::monitor::Monitor;
pub use self::node::{Later, Node};
pub use self::port::Port;
pub use self::watchers::{Change, Changes, NodeEvent, NodeEvents};
