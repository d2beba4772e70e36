//! The server: routes, handlers, and the life of its socket.

mod answer;
mod builder;
mod built_in;
mod config;
mod connection;
mod extract;
mod fault;
mod handler;
mod life;
mod limits;
#[cfg(feature = "metrics")]
mod metrics;
mod outbox;
mod peer;
mod request;
mod route;
mod running;
mod shared;
mod statistics;
mod threads;

pub use answer::{Absent, Data, IntoAnswer, Raw, Silence};
pub use builder::{Builder, is_activated};
pub use config::{Config, parse_mode};
pub use extract::{Extract, Incoming, Request, State, States};
pub use fault::Fault;
pub use handler::Handler;
pub use life::{Handle, Server};
pub use limits::Limits;
pub use peer::{Peer, Replies};
pub use route::Pattern;
pub use statistics::{Figures, RouteStatistics, Statistics};
