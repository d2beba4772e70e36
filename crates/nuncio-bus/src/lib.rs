//! Buses: named peers on a shared medium, and the drivers that need no library outside of nuncio.
//!
//! A [`Bus`] is made or found, a [`Peer`] sends, receives and asks on it, and a [`Service`] answers:
//!
//! ```
//! # #[cfg(target_os = "linux")] {
//! use nuncio_bus::{Bus, answering};
//!
//! let bus = Bus::create()?;
//! let mut echo = bus.service("echo").spawn(answering(|text: String| Ok(format!("echo: {text}"))))?;
//! let answer: String = echo.request(&"hello", None)?.into_value()?;
//! assert_eq!(answer, "echo: hello");
//! # }
//! # Ok::<(), nuncio_core::Error>(())
//! ```
//!
//! Each driver is a module with the same files: its configuration, the driver, its mailboxes.
//!
//! | scheme | module | moves messages |
//! |---|---|---|
//! | `fifo:` | [`fifo`] | through a FIFO for each receiver |
//! | `files:` | [`files`] | as files in a directory for each receiver |
//! | `jsonfile:` | [`jsonfile`] | in one file for the whole bus |
//! | `memory:` | [`memory`] | between threads of one process |
//! | `stream:` | [`stream`] | over connections |
//! | `unix:` | [`unix`] | as datagrams |
//!
//! All but `memory:` share a bus with Perl's IPC::Manager, byte for byte; [`wire`] has its formats. [`own`] is for drivers and
//! serializers of the user's own.
//!
//! Drivers are found by their scheme through a [`DriverRegistry`](nuncio_core::DriverRegistry):
//!
//! ```
//! # #[cfg(target_os = "linux")] {
//! use nuncio_core::DriverRegistry;
//!
//! let mut registry = DriverRegistry::new();
//! nuncio_bus::register(&mut registry);
//! let driver = registry.open(&"memory:tasks?capacity=16".parse()?)?;
//! # }
//! # Ok::<(), nuncio_core::Error>(())
//! ```
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
mod bus;
#[cfg(target_os = "linux")]
mod crash;
#[cfg(target_os = "linux")]
pub mod fifo;
#[cfg(target_os = "linux")]
pub mod files;
#[cfg(target_os = "linux")]
pub mod jsonfile;
#[cfg(target_os = "linux")]
pub mod memory;
#[cfg(target_os = "linux")]
pub mod own;
#[cfg(target_os = "linux")]
mod place;
#[cfg(target_os = "linux")]
mod plain;
#[cfg(target_os = "linux")]
mod route;
#[cfg(target_os = "linux")]
pub mod stream;
#[cfg(target_os = "linux")]
pub mod unix;
#[cfg(target_os = "linux")]
#[cfg(target_os = "linux")]
pub mod wire;

#[cfg(target_os = "linux")]
pub use bus::{
    Activity, Answering, BACKLOG_BYTES_MAX, Backlog, Bus, BusBuilder, BusGuard, Context, Handle, Handled, Launch,
    Leftover, Message, Owner, Peer, PeerChange, PeerInfo, PeerWatch, Program, Report, Request, RequestId, Response,
    Service, ServiceBuilder, Undelivered, Unhandled, answering, clean, patience,
};
#[cfg(target_os = "linux")]
pub use route::RouteConfig;

/// Makes every driver of this crate known to `registry`.
#[cfg(target_os = "linux")]
pub fn register(registry: &mut nuncio_core::DriverRegistry) {
    fifo::register(registry);
    files::register(registry);
    jsonfile::register(registry);
    memory::register(registry);
    stream::register(registry);
    unix::register(registry);
}
