//! What the drivers of this crate guarantee, attacked by the suite.
#![cfg(target_os = "linux")]

mod memory {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use nuncio_bus::memory::{MemoryConfig, MemoryDriver};
    use nuncio_conformance::{Fixture, WithFaults, WithMeter};
    use nuncio_core::{Capabilities, Driver, Limits, WaitsBy};

    struct Memory {
        config: MemoryConfig,
        /// A medium ends with its last driver.
        _kept: MemoryDriver,
    }

    impl Fixture for Memory {
        fn new() -> Self {
            static COUNT: AtomicUsize = AtomicUsize::new(0);
            let name = format!("conformance {}", COUNT.fetch_add(1, Ordering::Relaxed));
            let limits = Limits::default().with_capacity(32).with_payload_bytes_max(65_536);
            let config = MemoryConfig::new(&name).with_limits(limits);
            Self { _kept: MemoryDriver::open(&config).expect("valid limits"), config }
        }

        fn driver(&self) -> Arc<dyn Driver> {
            Arc::new(MemoryDriver::open(&self.config).expect("the same limits"))
        }

        fn claims(&self) -> Capabilities {
            let mut claims = Capabilities::least(65_536);
            claims.body.value = true;
            claims.waits_by = WaitsBy::Descriptor;
            claims.presence = true;
            let carries = &mut claims.carries;
            (carries.id, carries.from, carries.stamp, carries.broadcast, carries.headers) =
                (true, true, true, true, true);
            claims
        }
    }

    mod plain {
        nuncio_conformance::suite!(super::Memory);
    }

    mod with_faults {
        nuncio_conformance::suite!(super::WithFaults<super::Memory>);
    }

    mod with_meter {
        nuncio_conformance::suite!(super::WithMeter<super::Memory>);
    }
}
