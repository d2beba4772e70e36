//! The protocol on a network: a [`Node`] with connections over TCP, and [`Port`]s that tasks receive from.
//!
//! [`Kernel`](crate::proto::kernel::Kernel) decides everything that concerns more than one message. Messages between
//! ports of connected nodes go past it: they are written straight into the connection's outbox, and read straight into
//! the receiving port's mailbox.

mod address;
mod builder;
mod bulk;
mod calls;
mod connection;
mod core;
mod data;
mod dispatch;
mod encoded;
mod expected;
mod groups;
mod handler_port;
mod handlers;
mod handling;
mod last_sent;
mod later;
mod line;
mod link;
mod listen;
mod logs;
mod mailbox;
mod monitor;
mod node;
mod opening;
mod port;
mod random;
mod reference;
mod secret;
mod settings;
mod simple;
mod spawned;
mod stream;
mod supervisor;
mod tls;
mod watch;
mod watchers;

pub(crate) use self::address::this_host;
pub use self::builder::Builder;
pub use self::data::DataStream;
pub use self::handler_port::HandlerPort;
pub use self::handlers::{Handlers, Next, Outcome};
pub use self::later::Later;
pub use self::logs::{LogCollector, LogShare, TARGET as LOG_TARGET};
pub use self::mailbox::Message;
pub use self::monitor::Monitor;
pub use self::node::Node;
pub use self::port::Port;
pub(crate) use self::random::random_text;
pub use self::reference::NodeReference;
pub use self::simple::{SimpleBuilder, SimpleClient, SimpleEvent};
pub use self::supervisor::{Child, Supervisor, SupervisorBuilder};
pub use self::watch::Watch;
pub use self::watchers::{Change, Changes, NodeEvent, NodeEvents};
