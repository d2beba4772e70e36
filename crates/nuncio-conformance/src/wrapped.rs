//! Fixtures that put a wrapper around another: the wrapper must keep the contract that the driver inside keeps.

use std::sync::Arc;

use nuncio_core::{Capabilities, Driver, Meter, Observed};

use crate::chaos::{Chaos, ChaosConfig};
use crate::fixture::{Fixture, Hostile};

/// The medium `F` under [`Chaos`].
#[derive(Debug)]
pub struct WithFaults<F>(F);

/// The medium `F` under [`Observed`].
#[derive(Debug)]
pub struct WithMeter<F>(F);

macro_rules! wrapped {
    ($fixture:ident, $around:expr) => {
        impl<F: Fixture> Fixture for $fixture<F> {
            fn new() -> Self {
                Self(F::new())
            }

            fn driver(&self) -> Arc<dyn Driver> {
                $around(self.0.driver())
            }

            fn claims(&self) -> Capabilities {
                self.0.claims()
            }

            fn letters_held(&self) -> usize {
                self.0.letters_held()
            }

            fn reads_ahead(&self) -> bool {
                self.0.reads_ahead()
            }

            fn hostile(&self) -> Vec<Hostile> {
                self.0.hostile()
            }

            fn address(&self) -> Option<String> {
                self.0.address()
            }

            fn join(address: &str) -> Arc<dyn Driver> {
                $around(F::join(address))
            }
        }
    };
}

wrapped!(WithFaults, |driver| Arc::new(Chaos::new(driver, ChaosConfig::default())));
wrapped!(WithMeter, |driver| Arc::new(Observed::new(driver, Arc::new(Meter::default()))));
