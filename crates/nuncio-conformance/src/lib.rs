//! The suite that every driver of nuncio passes, and what all its tests share.
//!
//! - [`suite!`] makes one test of each case; a [`Fixture`] says what is tested and what it claims to guarantee. Each
//!   claim is attacked; what is not claimed must fail without a trace. [`WithFaults`] and [`WithMeter`] put a wrapper
//!   around another fixture.
//! - [`chaos`] is a driver that injects faults into another.
//! - [`within`] ends a test that hangs, [`scale`] says how much a test does.
//!
//! It is a development dependency: nothing of it ends in a program. A driver's own test looks like this:
//!
//! ```
//! use std::sync::Arc;
//! use nuncio_bus::memory::MemoryDriver;
//! use nuncio_conformance::Fixture;
//! use nuncio_core::{Capabilities, Driver};
//!
//! struct Memory(Arc<MemoryDriver>);
//!
//! impl Fixture for Memory {
//!     fn new() -> Self {
//!         Self(Arc::new(MemoryDriver::new()))
//!     }
//!
//!     fn driver(&self) -> Arc<dyn Driver> {
//!         self.0.clone()
//!     }
//!
//!     fn claims(&self) -> Capabilities {
//!         self.0.capabilities().clone()
//!     }
//! }
//!
//! mod plain {
//!     nuncio_conformance::suite!(super::Memory);
//! }
//! # fn main() {}
//! ```
#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod cases;
pub mod chaos;
mod child;
mod fixture;
mod letter;
mod post;
mod readiness;
pub mod scale;
mod stage;
mod suite;
mod watchdog;
mod wrapped;

#[doc(hidden)]
pub use child::run_child;
pub use fixture::{Fixture, Hostile};
#[doc(hidden)]
pub use stage::{Stage, run};
pub use watchdog::within;
pub use wrapped::{WithFaults, WithMeter};
