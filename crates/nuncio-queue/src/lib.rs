//! Named queues between the processes of one machine, without a broker, and wire-compatible with Perl's IPC::Transit.
//!
//! A queue is a System V message queue of the kernel's. A [`Registry`] directory binds names to them. Whoever opens the same
//! name in the same directory shares the queue, in Rust or in Perl.
//!
//! ```no_run
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Job {
//!     id: u64,
//! }
//!
//! let queue = nuncio_queue::Queue::open("jobs")?;
//! queue.send(&Job { id: 1 })?;
//! let job: Job = queue.recv()?;
//! # Ok::<(), nuncio_core::Error>(())
//! ```
//!
//! What is guaranteed: a message is delivered at most once, whole or not at all, in the order in which the kernel accepted
//! it. A full queue makes the sender wait, or gives him an error; nothing is dropped. What was taken from the queue and
//! cannot be read comes back in the error.
//!
//! What the kernel limits, and how to see and raise it: `kernel.msgmnb` (bytes in one queue, usually 16384), `kernel.msgmax` (bytes
//! in one message, usually 8192; larger ones go through a file), `kernel.msgmni` (queues on the machine); all with
//! sysctl(8). The format is described in `docs/wire/queue.md`.
#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

mod compose;
mod crash;
mod driver;
mod file_lock;
pub mod header;
mod kernel;
mod local;
mod message;
pub mod metadata;
mod options;
mod queue;
mod random;
mod raw;
mod registry;
mod relay;
pub mod remote;
pub mod replay;
mod returned;
#[cfg(feature = "seal")]
pub mod seal;
mod spill;
mod stat;
#[cfg(feature = "tokio")]
mod tokio;
mod transfer;
mod trust;

pub use driver::{SysvDriver, register};
pub use message::{Message, ReceiveError};
pub use metadata::Metadata;
pub use nuncio_codec::{Codec, Map, Value};
pub use nuncio_core::{Error, ErrorKind, Result};
pub use options::SendOptions;
pub use queue::{Queue, QueueBuilder};
pub use raw::Raw;
pub use registry::{CODEC_VARIABLE, DEFAULT_DIRECTORY, DEFAULT_SPILL_DIRECTORY, Registry, RegistryBuilder};
pub use relay::Relay;
pub use remote::{DirectQueue, RemoteQueue, RemoteQueueBuilder};
pub use replay::ReplayGuard;
pub use stat::QueueStat;

#[cfg(feature = "tokio")]
pub use tokio::AsyncQueue;
