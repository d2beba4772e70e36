//! What a driver gives the suite to be tested.

use std::fmt;
use std::sync::Arc;

use nuncio_core::{Capabilities, Driver, EndpointName};

/// A medium under test.
pub trait Fixture: Send + Sync + 'static {
    /// A new medium, with nobody on it and shared with no other test; dropping it removes it. Small limits make the
    /// cases that fill it fast: a mailbox holds at least 20 and less than 10,000 messages of 128 bytes, and payloads of
    /// 256 bytes fit.
    fn new() -> Self
    where
        Self: Sized;

    /// A driver for this medium. Each call gives one that is independent of those before, as another process would have
    /// it.
    fn driver(&self) -> Arc<dyn Driver>;

    /// What the driver is meant to guarantee, written down here and not asked of it: the two are compared.
    fn claims(&self) -> Capabilities;

    /// How many letters a mailbox holds for certain, where it is less than what [`new`](Self::new) asks for.
    fn letters_held(&self) -> usize {
        20
    }

    /// Whether a receive may make more room than what it gave took: it takes more from the medium than it gives.
    fn reads_ahead(&self) -> bool {
        false
    }

    /// What a stranger might do to an endpoint of this medium.
    fn hostile(&self) -> Vec<Hostile> {
        Vec::new()
    }

    /// Where another process finds this medium, in the words of [`join`](Self::join). A medium that outlives its senders
    /// must be found.
    fn address(&self) -> Option<String> {
        None
    }

    /// In another process: a driver for the medium that its creator calls `address`.
    ///
    /// # Panics
    /// When that cannot be done; the default, because the default [`address`](Self::address) leads nowhere.
    fn join(address: &str) -> Arc<dyn Driver>
    where
        Self: Sized,
    {
        panic!("the fixture gives {address:?} as an address and does not say how to join it")
    }
}

/// Something that a stranger puts where messages are expected. The reader may find it faulty or not see it at all; it
/// must not fail, and the next message must arrive.
pub struct Hostile {
    /// What it is, for the report.
    pub name: &'static str,
    /// Puts it into the endpoint of that name.
    pub plant: Box<dyn Fn(&EndpointName)>,
}

impl Hostile {
    /// `plant`, called `name`.
    pub fn new(name: &'static str, plant: impl Fn(&EndpointName) + 'static) -> Self {
        Self { name, plant: Box::new(plant) }
    }
}

impl fmt::Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hostile").field("name", &self.name).finish_non_exhaustive()
    }
}
