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
            claims.suspend = true;
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

/// Another driver on the same directory is what another process would have.
mod files {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use nuncio_bus::RouteConfig;
    use nuncio_bus::files::FilesDriver;
    use nuncio_conformance::{Fixture, Hostile, WithFaults, WithMeter};
    use nuncio_core::{Capabilities, Driver, EndpointName, Full, Limits, Survives, Take, WaitsBy};

    struct Files(tempfile::TempDir);

    const PAYLOAD_BYTES_MAX: usize = 65_536;

    fn open(directory: &Path) -> Arc<dyn Driver> {
        let limits = Limits::default().with_capacity(32).with_payload_bytes_max(PAYLOAD_BYTES_MAX);
        Arc::new(FilesDriver::open(&RouteConfig::new(directory).with_limits(limits)).expect("a private directory"))
    }

    impl Fixture for Files {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a directory"))
        }

        fn driver(&self) -> Arc<dyn Driver> {
            open(self.0.path())
        }

        fn claims(&self) -> Capabilities {
            let mut claims = Capabilities::least(PAYLOAD_BYTES_MAX);
            (claims.body.bytes, claims.body.value) = (false, true);
            claims.full = Full::WaitsAtCapacityAndBytes;
            claims.waits_by = WaitsBy::Descriptor;
            claims.survives = Survives::Reboot;
            (claims.suspend, claims.presence) = (true, true);
            let carries = &mut claims.carries;
            (carries.id, carries.from, carries.stamp, carries.broadcast, carries.headers) =
                (true, true, true, true, true);
            claims
        }

        fn hostile(&self) -> Vec<Hostile> {
            let route = self.0.path().to_owned();
            let plant = |name: &'static str, act: fn(&Path)| {
                let route = route.clone();
                Hostile::new(name, move |peer: &EndpointName| act(&route.join(peer.as_str())))
            };
            vec![
                plant("a file that is no JSON", |peer| arrive(peer, "bad", b"hello")),
                plant("an empty file", |peer| arrive(peer, "empty", b"")),
                plant("half a message", |peer| arrive(peer, "half", br#"{"content":{"a":1}"#)),
                plant("a message without content", |peer| arrive(peer, "none", br#"{"id":"x"}"#)),
                plant("a file that is too long", |peer| arrive(peer, "long", &vec![b' '; 1 << 20])),
                plant("a file that is not a message", |peer| std::fs::write(peer.join("note"), "x").expect("written")),
                plant("a message that is never finished", |peer| {
                    std::fs::write(peer.join("y.pend"), "{").expect("written")
                }),
                plant("a link to another file", |peer| {
                    std::os::unix::fs::symlink("/etc/hostname", peer.join("link")).expect("made");
                    std::fs::rename(peer.join("link"), peer.join("link.ready")).expect("renamed");
                }),
                plant("a directory in place of a file", |peer| {
                    std::fs::create_dir(peer.join("new")).expect("made");
                    std::fs::rename(peer.join("new"), peer.join("directory.ready")).expect("renamed");
                }),
            ]
        }

        fn address(&self) -> Option<String> {
            self.0.path().to_str().map(str::to_owned)
        }

        fn join(address: &str) -> Arc<dyn Driver> {
            open(Path::new(address))
        }
    }

    fn arrive(peer: &Path, name: &str, content: &[u8]) {
        std::fs::write(peer.join(name), content).expect("written");
        std::fs::rename(peer.join(name), peer.join(format!("{name}.ready"))).expect("renamed");
    }

    /// The same, where messages are lent.
    struct Lent(Files);

    fn lend(directory: &Path) -> Arc<dyn Driver> {
        let limits = Limits::default().with_capacity(32).with_payload_bytes_max(PAYLOAD_BYTES_MAX);
        let config = RouteConfig::new(directory).with_limits(limits).with_lease(Duration::from_secs(600));
        Arc::new(FilesDriver::open(&config).expect("a private directory"))
    }

    impl Fixture for Lent {
        fn new() -> Self {
            Self(Files::new())
        }

        fn driver(&self) -> Arc<dyn Driver> {
            lend(self.0.0.path())
        }

        fn claims(&self) -> Capabilities {
            let mut claims = self.0.claims();
            claims.take = Take::Leased;
            claims
        }

        fn hostile(&self) -> Vec<Hostile> {
            self.0.hostile()
        }

        fn address(&self) -> Option<String> {
            self.0.address()
        }

        fn join(address: &str) -> Arc<dyn Driver> {
            lend(Path::new(address))
        }
    }

    mod lent {
        nuncio_conformance::suite!(super::Lent);
    }

    mod plain {
        nuncio_conformance::suite!(super::Files);
    }

    mod with_faults {
        nuncio_conformance::suite!(super::WithFaults<super::Files>);
    }

    mod with_meter {
        nuncio_conformance::suite!(super::WithMeter<super::Files>);
    }
}

mod unix {
    use std::os::unix::net::UnixDatagram;
    use std::path::Path;
    use std::sync::Arc;

    use nuncio_bus::RouteConfig;
    use nuncio_bus::unix::{PAYLOAD_BYTES_MAX, UnixDriver};
    use nuncio_conformance::{Fixture, Hostile, WithFaults, WithMeter};
    use nuncio_core::{Capabilities, Driver, EndpointName, Survives, WaitsBy};

    struct Unix(tempfile::TempDir);

    fn open(directory: &Path) -> Arc<dyn Driver> {
        Arc::new(UnixDriver::open(&RouteConfig::new(directory)).expect("a private directory"))
    }

    impl Fixture for Unix {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a directory"))
        }

        fn driver(&self) -> Arc<dyn Driver> {
            open(self.0.path())
        }

        fn claims(&self) -> Capabilities {
            let mut claims = Capabilities::least(PAYLOAD_BYTES_MAX);
            (claims.body.bytes, claims.body.value) = (false, true);
            claims.waits_by = WaitsBy::Descriptor;
            claims.survives = Survives::Senders;
            claims.presence = true;
            let carries = &mut claims.carries;
            (carries.id, carries.from, carries.stamp, carries.broadcast, carries.headers) =
                (true, true, true, true, true);
            claims
        }

        fn letters_held(&self) -> usize {
            10
        }

        fn hostile(&self) -> Vec<Hostile> {
            let route = self.0.path().to_owned();
            let plant = |name: &'static str, datagram: Vec<u8>| {
                let route = route.clone();
                Hostile::new(name, move |peer: &EndpointName| {
                    let socket = UnixDatagram::unbound().expect("a socket");
                    socket.send_to(&datagram, route.join(peer.as_str())).expect("room for one");
                })
            };
            vec![
                plant("an empty datagram", Vec::new()),
                plant("no JSON", b"hello".to_vec()),
                plant("half a message", br#"{"content":1"#.to_vec()),
                plant("66,000 bytes", vec![b' '; 66_000]),
            ]
        }

        fn address(&self) -> Option<String> {
            self.0.path().to_str().map(str::to_owned)
        }

        fn join(address: &str) -> Arc<dyn Driver> {
            open(Path::new(address))
        }
    }

    mod plain {
        nuncio_conformance::suite!(super::Unix);
    }

    mod with_faults {
        nuncio_conformance::suite!(super::WithFaults<super::Unix>);
    }

    mod with_meter {
        nuncio_conformance::suite!(super::WithMeter<super::Unix>);
    }
}

mod fifo {
    use std::io::Write;
    use std::path::Path;
    use std::sync::Arc;

    use nuncio_bus::RouteConfig;
    use nuncio_bus::fifo::FifoDriver;
    use nuncio_bus::wire::burst::{Writer, bursts};
    use nuncio_conformance::{Fixture, Hostile, WithFaults, WithMeter};
    use nuncio_core::{Capabilities, Driver, EndpointName, Full, Limits, Survives, WaitsBy};

    const PAYLOAD_BYTES_MAX: usize = 65_536;

    struct Fifo(tempfile::TempDir);

    fn open(directory: &Path) -> Arc<dyn Driver> {
        let limits = Limits::default().with_payload_bytes_max(PAYLOAD_BYTES_MAX);
        Arc::new(FifoDriver::open(&RouteConfig::new(directory).with_limits(limits)).expect("a private directory"))
    }

    fn burst(message: &[u8]) -> Vec<u8> {
        let (header, data) = bursts(message, Writer { pid: 1, thread: 0 }).next().expect("one");
        [&header.to_bytes()[..], data].concat()
    }

    impl Fixture for Fifo {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a directory"))
        }

        fn driver(&self) -> Arc<dyn Driver> {
            open(self.0.path())
        }

        fn claims(&self) -> Capabilities {
            let mut claims = Capabilities::least(PAYLOAD_BYTES_MAX);
            (claims.body.bytes, claims.body.value) = (false, true);
            claims.full = Full::WaitsAtBytes;
            claims.inline_bytes_max = 3056;
            claims.waits_by = WaitsBy::Descriptor;
            claims.survives = Survives::Senders;
            claims.presence = true;
            let carries = &mut claims.carries;
            (carries.id, carries.from, carries.stamp, carries.broadcast, carries.headers) =
                (true, true, true, true, true);
            claims
        }

        fn reads_ahead(&self) -> bool {
            true
        }

        fn hostile(&self) -> Vec<Hostile> {
            let route = self.0.path().to_owned();
            let plant = |name: &'static str, bytes: Vec<u8>| {
                let route = route.clone();
                Hostile::new(name, move |peer: &EndpointName| {
                    let mut fifo =
                        std::fs::OpenOptions::new().write(true).open(route.join(peer.as_str())).expect("read");
                    fifo.write_all(&bytes).expect("room");
                })
            };
            vec![
                plant("bytes that are no burst", b"hello".to_vec()),
                plant("a burst that is no JSON", burst(b"{hello")),
                plant("a burst that is no message", burst(b"nothing at all")),
                plant("the first of two parts", burst(&[b'{'; 5000])),
                plant("a length of four gigabytes", [1_u32, 0, 0, u32::MAX].map(u32::to_ne_bytes).concat()),
                plant(
                    "a million parts to come",
                    [&[1_u32, 0, 1 << 20, 4080].map(u32::to_ne_bytes).concat()[..], &[b'{'; 4080]].concat(),
                ),
            ]
        }

        fn address(&self) -> Option<String> {
            self.0.path().to_str().map(str::to_owned)
        }

        fn join(address: &str) -> Arc<dyn Driver> {
            open(Path::new(address))
        }
    }

    mod plain {
        nuncio_conformance::suite!(super::Fifo);
    }

    mod with_faults {
        nuncio_conformance::suite!(super::WithFaults<super::Fifo>);
    }

    mod with_meter {
        nuncio_conformance::suite!(super::WithMeter<super::Fifo>);
    }
}

mod stream {
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::sync::Arc;

    use nuncio_bus::RouteConfig;
    use nuncio_bus::stream::StreamDriver;
    use nuncio_bus::wire::frame;
    use nuncio_conformance::{Fixture, Hostile, WithFaults, WithMeter};
    use nuncio_core::{Capabilities, Driver, EndpointName, Full, Limits, Survives, WaitsBy};

    const PAYLOAD_BYTES_MAX: usize = 200_000;

    struct Stream(tempfile::TempDir);

    fn open(directory: &Path) -> Arc<dyn Driver> {
        let limits = Limits::default().with_payload_bytes_max(PAYLOAD_BYTES_MAX);
        Arc::new(StreamDriver::open(&RouteConfig::new(directory).with_limits(limits)).expect("a private directory"))
    }

    fn framed(content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let written = frame::append(&mut out, |out| {
            out.extend_from_slice(content);
            Ok::<(), ()>(())
        });
        written.expect("nothing fails");
        out
    }

    fn after_hello(bytes: &[u8]) -> Vec<u8> {
        [&framed(&frame::hello("stranger"))[..], bytes].concat()
    }

    impl Fixture for Stream {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a directory"))
        }

        fn driver(&self) -> Arc<dyn Driver> {
            open(self.0.path())
        }

        fn claims(&self) -> Capabilities {
            let mut claims = Capabilities::least(PAYLOAD_BYTES_MAX);
            (claims.body.bytes, claims.body.value) = (false, true);
            claims.full = Full::WaitsAtBytes;
            claims.inline_bytes_max = 64_512;
            claims.waits_by = WaitsBy::Descriptor;
            claims.survives = Survives::Senders;
            claims.presence = true;
            let carries = &mut claims.carries;
            (carries.id, carries.from, carries.stamp, carries.broadcast, carries.headers) =
                (true, true, true, true, true);
            claims
        }

        fn reads_ahead(&self) -> bool {
            true
        }

        fn hostile(&self) -> Vec<Hostile> {
            let route = self.0.path().to_owned();
            let plant = |name: &'static str, bytes: Vec<u8>| {
                let route = route.clone();
                Hostile::new(name, move |peer: &EndpointName| {
                    let mut stream = UnixStream::connect(route.join(peer.as_str())).expect("it listens");
                    stream.write_all(&bytes).expect("room");
                })
            };
            vec![
                plant("a connection without a word", Vec::new()),
                plant("no frame", b"hello".to_vec()),
                plant("no hello", framed(br#"{"id":"1","content":1}"#)),
                plant("a hello without a name", framed(br#"{"hello":""}"#)),
                plant("a hello of somebody who cannot be", framed(br#"{"hello":"_x"}"#)),
                plant("a hello of four gigabytes", b"\xff\xff\xff\xff".to_vec()),
                plant("half a hello", framed(&frame::hello("stranger"))[..9].to_vec()),
                plant("only a hello", after_hello(b"")),
                plant("a second hello", after_hello(&framed(&frame::hello("other")))),
                plant("a frame that is no JSON", after_hello(&framed(b"hello"))),
                plant("a frame of nothing", after_hello(&framed(b""))),
                plant("half a frame", after_hello(&framed(br#"{"content":1}"#)[..10])),
                plant("half a length", after_hello(b"\0\0")),
                plant("a frame of four gigabytes", after_hello(b"\xff\xff\xff\xff{")),
                plant("the name of somebody else", [framed(&frame::hello("sender")), framed(b"{}")].concat()),
            ]
        }

        fn address(&self) -> Option<String> {
            self.0.path().to_str().map(str::to_owned)
        }

        fn join(address: &str) -> Arc<dyn Driver> {
            open(Path::new(address))
        }
    }

    mod plain {
        nuncio_conformance::suite!(super::Stream);
    }

    mod with_faults {
        nuncio_conformance::suite!(super::WithFaults<super::Stream>);
    }

    mod with_meter {
        nuncio_conformance::suite!(super::WithMeter<super::Stream>);
    }
}

mod jsonfile {
    use std::path::Path;
    use std::sync::Arc;

    use nuncio_bus::jsonfile::{JsonFileConfig, JsonFileDriver};
    use nuncio_conformance::{Fixture, Hostile};
    use nuncio_core::{Capabilities, Driver, EndpointName, Limits, Order, Survives, WaitsBy};

    struct JsonFile(tempfile::TempDir);

    const PAYLOAD_BYTES_MAX: usize = 65_536;

    fn open(directory: &Path) -> Arc<dyn Driver> {
        let limits = Limits::default().with_capacity(32).with_payload_bytes_max(PAYLOAD_BYTES_MAX);
        let config = JsonFileConfig::new(directory.join("bus.json")).with_limits(limits);
        Arc::new(JsonFileDriver::open(&config).expect("a private file"))
    }

    impl Fixture for JsonFile {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a directory"))
        }

        fn driver(&self) -> Arc<dyn Driver> {
            open(self.0.path())
        }

        fn claims(&self) -> Capabilities {
            let mut claims = Capabilities::least(PAYLOAD_BYTES_MAX);
            (claims.body.bytes, claims.body.value) = (false, true);
            claims.order = Order::AllSenders;
            claims.waits_by = WaitsBy::Descriptor;
            claims.survives = Survives::EveryProcess;
            (claims.suspend, claims.presence) = (true, true);
            let carries = &mut claims.carries;
            (carries.id, carries.from, carries.stamp, carries.broadcast, carries.headers) =
                (true, true, true, true, true);
            claims
        }

        fn hostile(&self) -> Vec<Hostile> {
            let file = self.0.path().join("bus.json");
            let plant = |name: &'static str, from: &'static str, to: &'static str| {
                let file = file.clone();
                Hostile::new(name, move |peer: &EndpointName| {
                    let (from, to) = (from.replace("ID", peer.as_str()), to.replace("ID", peer.as_str()));
                    let text = std::fs::read_to_string(&file).expect("a bus");
                    assert!(text.contains(&from), "{text}");
                    std::fs::write(&file, text.replacen(&from, &to, 1)).expect("written");
                })
            };
            vec![
                plant("a message that is no object", r#""ID":[]"#, r#""ID":[7]"#),
                plant("a message without content", r#""ID":[]"#, r#""ID":[{"id":"x"}]"#),
                plant("messages for nobody", r#""ID":[]"#, r#""ID":[],"nobody":[{"content":1}]"#),
                plant("a mailbox that is null", r#""ID":[]"#, r#""ID":null"#),
                plant("an account that is none", r#""stats":{"#, r#""stats":{"ID":[7],"x":null"#),
                plant("a peer that is none", r#""clients":{"#, r#""clients":{"x":7,"y":{"pid":"x"},"#),
                plant("more than a bus has", r#"{"clients""#, r#"{"more":[{"than":1}],"clients""#),
            ]
        }

        fn address(&self) -> Option<String> {
            self.0.path().to_str().map(str::to_owned)
        }

        fn join(address: &str) -> Arc<dyn Driver> {
            open(Path::new(address))
        }
    }

    mod plain {
        nuncio_conformance::suite!(super::JsonFile);
    }
}
