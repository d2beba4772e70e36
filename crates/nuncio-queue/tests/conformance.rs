//! What the driver `sysv:` guarantees, attacked by the suite that every driver passes.

mod support;

use std::path::Path;
use std::sync::Arc;

use nuncio_conformance::{Fixture, Hostile, WithFaults, WithMeter};
use nuncio_core::{Capabilities, Driver, EndpointName, Full, Limits, Order, Survives};
use nuncio_queue::{Registry, RegistryBuilder, SysvDriver};
use nuncio_sys::sysv::MessageQueue;

use self::support::{Place, builder_in};

const PAYLOAD_BYTES_MAX: usize = 65_536;

struct Sysv {
    place: Place,
}

/// What a stranger might put into a queue, with its name.
const HOSTILE: [(&str, &[u8]); 5] = [
    ("an empty message", b""),
    ("no header", b"hello"),
    ("a header that is longer than the message", b"999:l=7{}"),
    ("a spill file outside the directory", b"15:f=/etc/hostname"),
    ("a spill file that is not there", b"29:f=/nonexistent/AAAAAAAAAA.tra"),
];

impl Fixture for Sysv {
    fn new() -> Self {
        Self { place: Place::new() }
    }

    fn driver(&self) -> Arc<dyn Driver> {
        open(self.place.builder())
    }

    fn claims(&self) -> Capabilities {
        let mut claims = Capabilities::least(PAYLOAD_BYTES_MAX);
        claims.body.value = true;
        claims.order = Order::AllSenders;
        claims.shared_readers = true;
        claims.full = Full::WaitsAtBytes;
        claims.inline_bytes_max = 4096;
        claims.survives = Survives::EveryProcess;
        claims.suspend = true;
        claims
    }

    fn hostile(&self) -> Vec<Hostile> {
        let plant = |text: &'static [u8]| {
            let registry = self.place.registry();
            move |name: &EndpointName| inject(&registry, name, text)
        };
        HOSTILE.into_iter().map(|(name, text)| Hostile::new(name, plant(text))).collect()
    }

    fn address(&self) -> Option<String> {
        self.place.path().to_str().map(str::to_owned)
    }

    fn join(address: &str) -> Arc<dyn Driver> {
        open(builder_in(Path::new(address)))
    }
}

fn open(builder: RegistryBuilder) -> Arc<dyn Driver> {
    let limits = Limits::default().with_payload_bytes_max(PAYLOAD_BYTES_MAX);
    Arc::new(SysvDriver::new(builder.limits(limits).open().expect("a private registry")))
}

/// Puts a message into the kernel queue as it is.
fn inject(registry: &Registry, name: &EndpointName, text: &[u8]) {
    let queue = registry.queue(name.as_str()).expect("a queue");
    let kernel = MessageQueue::open(queue.stat().expect("there").key).expect("there");
    kernel.send(&[&1_i64.to_ne_bytes(), text].concat()).expect("room");
}

mod plain {
    nuncio_conformance::suite!(super::Sysv);
}

mod with_faults {
    nuncio_conformance::suite!(super::WithFaults<super::Sysv>);
}

mod with_meter {
    nuncio_conformance::suite!(super::WithMeter<super::Sysv>);
}
