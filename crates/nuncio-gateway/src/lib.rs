//! Queues between machines: a gateway that accepts, keeps and delivers messages, compatible with IPC::Transit's two daemons.
//!
//! ```no_run
//! # async fn run() -> nuncio_core::Result<()> {
//! use nuncio_gateway::{Gateway, Settings};
//!
//! let settings = Settings::parse("spool = '/var/lib/nuncio/gateway'\ndestination = ['b.example=http://b.example']")?;
//! let gateway = Gateway::open(settings.check()?).await?;
//! let handle = gateway.handle();
//! tokio::spawn(async move {
//!     tokio::signal::ctrl_c().await.expect("signals can be caught");
//!     handle.stop();
//! });
//! gateway.run().await
//! # }
//! ```
//!
//! - **Outgoing**: messages in the queue `transitd` are stored on disk, then taken, then posted to the host that their header names,
//!   again and again until it has them or they are too old.
//! - **Incoming**: messages that are posted here are stored on disk, then answered for, then put into the queues that their headers name;
//!   or sent on, with a hop less.
//! - What is guaranteed in which direction, and with whom at the other end, is in `docs/gateway.md`; what stands on the wire in [`wire`].
#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

mod config;
mod delivery;
mod drain;
mod gateway;
mod incoming;
mod metrics;
pub mod policy;
pub mod spool;
mod tls;
pub mod wire;

pub use config::secret::Token;
pub use config::settings::{DEFAULT_LISTEN, Settings};
pub use config::url::{DEFAULT_PATH, DEFAULT_PORT, Url};
pub use config::{Config, DangerOpen, Destination, GatewayLimits, Listen};
pub use delivery::direct::{Posted, post};
pub use gateway::{Gateway, Handle};
