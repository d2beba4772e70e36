//! A driver that injects faults into another: `chaos+scheme:..`.
//!
//! | option | is | default |
//! |---|---|---|
//! | `seed` | where the faults begin, a number; the same seed and the same calls give the same faults | 0 |
//! | `rate` | which part of the calls meets a fault, from 0 to 0.9 | 0.25 |
//!
//! The faults are those for which the contract of [`nuncio_core::driver`] prepares everybody, so a driver keeps all its
//! claims inside this one:
//! - a send that must not wait finds no room;
//! - a send that may wait finds the medium out of reach
//!   ([`Unavailable`](nuncio_core::ErrorKind::Unavailable)), with nothing sent;
//! - fewer messages of a batch are accepted than there is room for;
//! - a receive gives fewer messages than there are;
//! - a call takes its time: other threads run before and after it.
//!
//! ```
//! use nuncio_core::DriverRegistry;
//!
//! let mut registry = DriverRegistry::new();
//! nuncio_bus::register(&mut registry);
//! nuncio_conformance::chaos::register(&mut registry);
//! let driver = registry.open(&"chaos+memory:tasks?seed=7&rate=0.5&capacity=16".parse()?)?;
//! # Ok::<(), nuncio_core::Error>(())
//! ```

mod config;
mod dice;
mod driver;
mod mailbox;

use std::sync::Arc;

use nuncio_core::DriverRegistry;
use nuncio_core::driver::Driver;

pub use config::ChaosConfig;
pub use driver::Chaos;

/// Has `registry` serve the prefix `chaos+`.
pub fn register(registry: &mut DriverRegistry) {
    registry.register_wrapper("chaos", |address| {
        let config = ChaosConfig::take_from(address)?;
        Ok(Box::new(move |inner| Arc::new(Chaos::new(inner, config)) as Arc<dyn Driver>))
    });
}
