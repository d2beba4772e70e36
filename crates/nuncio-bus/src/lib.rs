//! The drivers that need no library outside of nuncio, each a module with the same files: its configuration, the driver,
//! its mailboxes.
//!
//! | scheme | module | moves messages |
//! |---|---|---|
//! | `memory:` | [`memory`] | between threads of one process |
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
pub mod memory;
#[cfg(target_os = "linux")]
pub mod wire;

/// Makes every driver of this crate known to `registry`.
#[cfg(target_os = "linux")]
pub fn register(registry: &mut nuncio_core::DriverRegistry) {
    memory::register(registry);
}
