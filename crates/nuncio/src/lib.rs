//! Messages between processes, with no server of nuncio's own in between: the one dependency to add.
//!
//! A program that sends, and one that receives, in the same file:
//!
#![cfg_attr(all(feature = "queue", target_os = "linux"), doc = "```no_run")]
#![cfg_attr(not(all(feature = "queue", target_os = "linux")), doc = "```ignore")]
//! use nuncio::Queue;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Job {
//!     id: u64,
//!     name: String,
//! }
//!
//! fn main() -> nuncio::Result<()> {
//!     let jobs = Queue::open("jobs")?;
//!     jobs.send(&Job { id: 1, name: "resize".into() })?;
//!     let job: Job = jobs.recv()?;
//!     println!("{} {}", job.id, job.name);
//!     Ok(())
//! }
//! ```
//!
//! Perl programs that use IPC::Transit on the same machine share these queues, and so does a shell:
//! `nuncio queue recv jobs --follow`.
//!
//! - [`queue`]: named queues, what is guaranteed, and which limits the kernel sets
//! - [`codec`]: the formats in which messages travel, and the dynamic [`Value`](codec::Value)
//! - [`core`]: the vocabulary: envelopes, deliveries, waits, errors, and the traits that every driver implements
//! - [`bus`]: named peers that send, ask, answer and serve on a shared medium, and the drivers that need no outside library
//! - `gateway`: queues between machines, with the feature of that name
//! - `mesh`: nodes and ports over TCP and TLS, with the feature of that name
//! - `rpc`: request/response over unix sockets, with the feature of that name
//! - [`drivers`]: all drivers of this build, by scheme
//!
//! # Features
//!
//! All are additive: one that is switched on changes nothing of what is there already.
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `bus` | yes | [`bus`], and the drivers `fifo:`, `files:`, `jsonfile:`, `memory:`, `stream:` and `unix:` |
//! | `mesh` | no | `mesh`: nodes and ports over TCP, compatible with Perl's AnyEvent::MP; brings tokio and rustls, compiles C and assembler |
//! | `queue` | yes | [`queue`], and the driver `sysv:` |
//! | `gateway` | no | `gateway`: queues between machines, compatible with IPC::Transit's daemons; brings tokio, hyper and rustls, compiles C and assembler |
//! | `rpc` | no | `rpc`: JSON request/response over unix sockets, compatible with Node's and PHP's pixl-ipc; brings tokio |
//! | `rpc-metrics` | no | the figures of an RPC server over HTTP, for Prometheus |
//! | `seal` | no | sealed messages between hosts, and a keyring for them |
//! | `tokio` | no | asynchronous forms of sending and receiving |
//! | `zstd` | no | the codec `json-zstd`, the bus's serializer `JSON::Zstd`, and Sereal packed with Zstandard; compiles C |
#![forbid(unsafe_code)]

#[cfg(all(feature = "bus", target_os = "linux"))]
pub use nuncio_bus as bus;
pub use nuncio_codec as codec;
pub use nuncio_core as core;
#[cfg(all(feature = "gateway", target_os = "linux"))]
pub use nuncio_gateway as gateway;
#[cfg(all(feature = "mesh", target_os = "linux"))]
pub use nuncio_mesh as mesh;
#[cfg(all(feature = "queue", target_os = "linux"))]
pub use nuncio_queue as queue;
#[cfg(all(feature = "rpc", target_os = "linux"))]
pub use nuncio_rpc as rpc;

pub use nuncio_core::{DriverRegistry, Error, ErrorKind, Result};
#[cfg(all(feature = "queue", target_os = "linux"))]
pub use nuncio_queue::Queue;

/// The drivers of this build by their schemes, to be opened by address.
///
/// A scheme that exists but was left out of the build is refused with the name of the feature that brings it.
///
/// ```
/// # #[cfg(all(feature = "bus", target_os = "linux"))] {
/// let driver = nuncio::drivers().open(&"memory:tasks".parse()?)?;
/// assert!(driver.endpoints()?.is_empty());
/// # }
/// # Ok::<(), nuncio::Error>(())
/// ```
#[must_use]
pub fn drivers() -> DriverRegistry {
    let mut registry = DriverRegistry::new();
    for scheme in ["fifo", "files", "jsonfile", "memory", "stream", "unix"] {
        registry.register_absent(scheme, "bus");
    }
    registry.register_absent("sysv", "queue");
    #[cfg(all(feature = "bus", target_os = "linux"))]
    nuncio_bus::register(&mut registry);
    #[cfg(all(feature = "queue", target_os = "linux"))]
    nuncio_queue::register(&mut registry);
    registry
}
