//! What strangers leave in the directory of a bus: whoever asks is told, and the bus lives on.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::Command;

use nuncio_bus::wire::burst::{Writer, bursts};
use nuncio_bus::wire::frame;
use nuncio_bus::wire::info::Protocol;
use nuncio_bus::{Bus, BusGuard};
use nuncio_core::ErrorKind;

use crate::support::{PATIENCE, on_each};

fn route(bus: &Bus) -> &Path {
    Path::new(&bus.info().route)
}

/// What a stranger leaves, and how it comes there.
type Strange = (&'static str, fn(&Path));

/// What can stand under a name.
const STRANGE: [Strange; 5] = [
    ("a file", |path| fs::write(path, "x").expect("made")),
    ("a link", |path| std::os::unix::fs::symlink("/tmp", path).expect("made")),
    ("a link that leads nowhere", |path| std::os::unix::fs::symlink("/nonexistent", path).expect("made")),
    ("a FIFO", |path| assert!(Command::new("mkfifo").arg(path).status().expect("there is one").success())),
    ("a directory", |path| fs::create_dir(path).expect("made")),
];

/// What a peer of that medium looks like, and so is none of the strange ones.
fn is_entry(protocol: Protocol, what: &str) -> bool {
    match protocol {
        Protocol::AtomicPipe => what == "a FIFO",
        Protocol::ConnectionUnix => what == "a file",
        Protocol::MessageFiles => what == "a directory",
        _ => false,
    }
}

/// Two peers still reach each other.
fn lives(bus: &Bus, what: &str) {
    let (mut reader, sender) = (bus.connect("reader").expect(what), bus.connect("sender").expect(what));
    sender.send("reader", &what).expect(what);
    assert_eq!(reader.recv().expect(what).content::<String>().expect(what), what);
    reader.close().expect(what);
    sender.close().expect(what);
}

#[test]
fn what_stands_where_a_peer_belongs_is_none_and_its_name_is_taken() {
    on_each("strange entries", |bus| {
        let protocol = bus.info().protocol;
        if protocol == Protocol::JsonFile {
            // Its peers have no files.
            return;
        }
        for (what, plant) in STRANGE.into_iter().filter(|(what, _)| !is_entry(protocol, what)) {
            let path = route(bus).join("strange");
            plant(&path);
            let sender = bus.connect("asker").expect("free");
            assert_eq!(sender.send("strange", &1).expect_err(what).kind(), ErrorKind::NoSuchEndpoint, "{what}");
            sender.close().expect("it leaves");
            let error = bus.connect("strange").expect_err(what);
            assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{what}: {error}");
            assert!(bus.peers().expect("listed").is_empty(), "{what}");
            assert!(!bus.is_active("strange").expect("looked up"), "{what}");
            lives(bus, what);
            assert!(fs::symlink_metadata(&path).is_ok(), "{what} is not ours to remove");
            let removed = if what == "a directory" { fs::remove_dir(&path) } else { fs::remove_file(&path) };
            removed.expect("it is there");
        }
    });
}

#[test]
fn what_stands_beside_a_peer_and_is_not_what_it_should_be_counts_as_absent_or_as_somebodys() {
    on_each("strange sidecars", |bus| {
        if bus.info().protocol == Protocol::JsonFile {
            return;
        }
        // A length of four gigabytes in front of what was put back, and an account that is none.
        let mut reader = bus.connect("victim").expect("free");
        fs::write(route(bus).join("victim.resume"), b"\xff\xff\xff\xff{}").expect("written");
        let sender = bus.connect("asker").expect("free");
        sender.send("victim", &1).expect("it is there");
        assert_eq!(reader.recv().expect("what was put back cannot be read").content::<u32>().expect("a number"), 1);
        reader.close().expect("it leaves");
        sender.close().expect("it leaves");
        fs::write(route(bus).join("other.stats"), b"\x00nonsense").expect("written");
        assert_eq!(bus.accounts().expect("the others can be read").len(), 2);
        lives(bus, "sidecars");
        for (what, plant) in STRANGE {
            // In the place of a file that names a process.
            plant(&route(bus).join("x.pid"));
            assert!(bus.peers().expect("listed").is_empty(), "{what}");
            let path = route(bus).join("x.pid");
            if what == "a directory" { fs::remove_dir(&path) } else { fs::remove_file(&path) }.expect("it is there");
        }
    });
}

/// Puts `message`, as it crosses, into the mailbox of `peer`.
fn plant_message(bus: &Bus, peer: &str, message: &[u8]) {
    let entry = route(bus).join(peer);
    match bus.info().protocol {
        Protocol::AtomicPipe => {
            let mut fifo = OpenOptions::new().write(true).open(entry).expect("somebody reads it");
            for (header, data) in bursts(message, Writer { pid: 1, thread: 0 }) {
                fifo.write_all(&[&header.to_bytes()[..], data].concat()).expect("room");
            }
        }
        Protocol::ConnectionUnix => {
            let mut stream = UnixStream::connect(entry).expect("it listens");
            let mut bytes = Vec::new();
            let serializer = bus.info().serializer.open().expect("it can be used");
            let mut hello = Vec::new();
            serializer.pack(&frame::hello("stranger"), &mut hello).expect("packed");
            for content in [&hello[..], message] {
                let written = frame::append(&mut bytes, |out| {
                    out.extend_from_slice(content);
                    Ok::<(), ()>(())
                });
                written.expect("nothing fails");
            }
            stream.write_all(&bytes).expect("room");
        }
        Protocol::MessageFiles => {
            fs::write(entry.join("new"), message).expect("written");
            fs::rename(entry.join("new"), entry.join("bomb.ready")).expect("renamed");
        }
        _ => {
            let socket = UnixDatagram::unbound().expect("a socket");
            socket.send_to(message, entry).expect("room");
        }
    }
}

/// A message that unpacks to more than anybody wants is told from others by its first bytes, and no more than the limit is
/// made of it.
#[cfg(feature = "zstd")]
#[test]
fn a_message_that_unpacks_to_too_much_is_a_fault_and_the_next_one_comes() {
    use nuncio_bus::wire::serializer::Serializer;
    use nuncio_core::Limits;

    nuncio_conformance::within(PATIENCE, "a bomb", || {
        let mut bomb = Vec::new();
        Serializer::zstd().open().expect("built in").pack(&vec![b' '; 256 << 20], &mut bomb).expect("packed");
        assert!(bomb.len() < 60_000, "{} bytes fit into a datagram", bomb.len());
        for driver in ["fifo", "files", "stream", "unix"] {
            let limits = Limits::default().with_payload_bytes_max(1 << 20);
            let builder = Bus::builder().driver(driver).serializer(Serializer::zstd()).limits(limits);
            let bus: BusGuard = builder.create().expect("a bus");
            let mut reader = bus.connect("reader").expect("free");
            plant_message(&bus, "reader", &bomb);
            let error = reader.recv().expect_err("it is too much");
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{driver}: {}", error.chain());
            let sender = bus.connect("sender").expect("free");
            sender.send("reader", &"next").expect("it is there");
            assert_eq!(reader.recv().expect("it came").content::<String>().expect("a text"), "next", "{driver}");
            drop((reader, sender));
            bus.shutdown(PATIENCE).expect("it ends");
        }
    });
}

#[test]
fn what_is_no_message_is_a_fault_and_the_next_one_comes() {
    on_each("no messages", |bus| {
        if bus.info().protocol == Protocol::JsonFile {
            return;
        }
        let lies_of_length = br#"{"nuncio":"00000020","content":"#;
        for bad in [&b"{\"id\":\"1\"}"[..], b"{\"content\":", b"{\"content\":null}", lies_of_length] {
            let (mut reader, sender) = (bus.connect("target").expect("free"), bus.connect("asker").expect("free"));
            plant_message(bus, "target", bad);
            let error = reader.recv().expect_err("it is none");
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{}", error.chain());
            sender.send("target", &1).expect("it is there");
            assert_eq!(reader.recv().expect("it came").from(), "asker");
            reader.close().expect("it leaves");
            sender.close().expect("it leaves");
        }
    });
}

#[test]
fn an_id_that_nobody_can_have_is_refused_to_all_who_use_it() {
    on_each("impossible ids", |bus| {
        let peer = bus.connect("peer").expect("free");
        for bad in ["", "_x", "a\0b", &"x".repeat(600)] {
            assert_eq!(bus.connect(bad).expect_err("none").kind(), ErrorKind::InvalidName, "{bad:?}");
            let kind = peer.send(bad, &1).expect_err("none").kind();
            assert_eq!(kind, ErrorKind::InvalidName, "{bad:?}");
        }
        peer.close().expect("it leaves");
    });
}
