//! Messages between threads of one process: `memory:name`.
//!
//! As a bus, which only this process can join, it is [`Protocol::LocalMemory`](crate::wire::info::Protocol::LocalMemory).
//!
//! The locator names the medium within the process: drivers opened with the same one share it, and with it their limits.
//! A medium ends with the last driver, half or target that belongs to it.
//!
//! | option | is | default |
//! |---|---|---|
//! | `capacity` | how many messages one mailbox holds | [`Limits::capacity`](nuncio_core::Limits::capacity) |
//! | `payload_bytes_max` | the largest payload, in bytes | [`Limits::payload_bytes_max`](nuncio_core::Limits::payload_bytes_max) |
//!
//! # Contract
//! - **Bodies.** Bytes and values arrive as they are, and so does every part of the envelope. What is given as
//!   [`Payload::Encode`](nuncio_core::Payload::Encode) arrives as JSON: its type is not known here, so it can only be
//!   asked to encode itself, and the receiver decodes it straight into a type of its own.
//! - **Size.** Bytes count as they are. A value counts with the bytes of its texts, keys, byte strings and class names,
//!   and 8 bytes for each element.
//! - **Order** holds for each sender. Receiving removes the message. A name has one reader.
//! - **Full** is a mailbox with `capacity` messages; a sender waits. Waits are on a descriptor or inside the call, as the
//!   caller likes; whoever waits for room competes for it with whoever comes.
//! - **Leaving** for good hands over what is unread, frees the name and ends the waits of its senders with
//!   [`NoSuchEndpoint`](nuncio_core::ErrorKind::NoSuchEndpoint); a suspended name keeps its mailbox until it is attached
//!   again. An inbox that is dropped leaves for good; what was unread is lost and logged.
//! - **Origin** is this process, as a peer's credentials would say it.
//!
//! ```
//! use nuncio_bus::memory::MemoryDriver;
//! use nuncio_core::{AttachOptions, Batch, Driver, EndpointName, Item, Outgoing, Payload, Role, Wait};
//!
//! let driver = MemoryDriver::new();
//! let name = EndpointName::new("worker")?;
//! let worker = driver.attach(&name, &AttachOptions::new(Role::Receive))?;
//! let target = worker.outbox.resolve(&name)?;
//! let items = [Item::new(Payload::Encode(&["resize", "crop"]))];
//! worker.outbox.send(&target, &mut Outgoing::new(&items), Wait::FOREVER).map_err(|failure| failure.error)?;
//!
//! let (mut inbox, mut batch) = (worker.inbox.expect("it receives"), Batch::new());
//! inbox.recv(&mut batch, 16, Wait::FOREVER)?;
//! let jobs: Vec<String> = batch.get(0).expect("one arrived").decode(&Default::default())?;
//! assert_eq!(jobs, ["resize", "crop"]);
//! # Ok::<(), nuncio_core::Error>(())
//! ```

mod config;
mod driver;
mod inbox;
mod mailbox;
mod medium;
mod message;
mod outbox;
mod refusal;
mod signal;

use std::sync::Arc;

use nuncio_core::{Driver, DriverRegistry};

pub use config::MemoryConfig;
pub use driver::MemoryDriver;

/// Has `registry` serve `memory:`.
pub fn register(registry: &mut DriverRegistry) {
    registry.register("memory", |address| {
        let driver = MemoryDriver::open(&MemoryConfig::from_address(address)?)?;
        Ok(Arc::new(driver) as Arc<dyn Driver>)
    });
}
