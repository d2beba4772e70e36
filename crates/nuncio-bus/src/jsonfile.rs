//! A whole bus in one file: `jsonfile:/file`. Compatible with IPC::Manager's `JSONFile`.
//!
//! The file holds peers, messages and accounts ([`wire::state`](crate::wire::state)); whoever changes something locks it,
//! reads all of it and writes all of it. That is simple, and slow when much of it waits to be received. Options are those
//! of [`JsonFileConfig`].
//!
//! # Contract
//! - **Bodies.** JSON values. Headers travel in a member that the reference ignores.
//! - **Order** is that in which all senders were accepted. Receiving removes the message. A name has one reader.
//! - **Full** is a mailbox with [`Limits::capacity`](nuncio_core::Limits::capacity) messages, which each sender counts under the
//!   lock; a sender waits. Senders of the reference do not count at all.
//! - **Waits** are on a descriptor, through inotify; without an instance to be had the file is looked at each 10 ms.
//! - **Leaving** hands over what is unread. Who is suspended, dropped or killed keeps his place, and messages arrive; the next
//!   one of that name gets them.
//! - **Survives** every process. What nuncio writes it writes beside the file first, so that of a process that is killed
//!   while it writes nothing is lost. The reference leaves a file that is cut off; whoever finds it is told so with
//!   [`ErrorKind::Corrupt`](nuncio_core::ErrorKind::Corrupt), once, and what could be saved is in the file then.
//! - **Origin** is what the message claims.
//!
//! ```
//! use nuncio_bus::jsonfile::{JsonFileConfig, JsonFileDriver};
//! use nuncio_core::Driver;
//!
//! # let parent = tempfile::tempdir().expect("a directory");
//! let driver = JsonFileDriver::open(&JsonFileConfig::new(parent.path().join("bus.json")))?;
//! assert!(driver.endpoints()?.is_empty());
//! # Ok::<(), nuncio_core::Error>(())
//! ```

mod config;
mod driver;
mod inbox;
mod place;
mod sending;
mod store;

pub use self::config::JsonFileConfig;
pub use self::driver::JsonFileDriver;
pub(crate) use self::place::place;

/// Has `registry` serve `jsonfile:`.
pub fn register(registry: &mut nuncio_core::DriverRegistry) {
    registry.register("jsonfile", |address| {
        let driver = JsonFileDriver::open(&JsonFileConfig::from_address(address)?)?;
        Ok(std::sync::Arc::new(driver) as std::sync::Arc<dyn nuncio_core::Driver>)
    });
}
