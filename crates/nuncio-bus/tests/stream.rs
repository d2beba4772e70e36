//! Connections between peers: who is reached over which, what becomes of them, and what nobody loses.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use nuncio_bus::RouteConfig;
use nuncio_bus::stream::{Connections, StreamDriver};
use nuncio_bus::wire::frame;
use nuncio_conformance::within;
use nuncio_core::driver::Detach;
use nuncio_core::{
    AttachOptions, Batch, Deadline, EndpointName, ErrorKind, Inbox, Item, Origin, Outbox, Outgoing, Payload, Readiness,
    Result, Role, Wait,
};
use rustix::event::{PollFd, PollFlags, poll};

const PATIENCE: Duration = Duration::from_secs(60);

struct Peer {
    outbox: Arc<dyn Outbox>,
    inbox: Box<dyn Inbox>,
    connections: Connections,
    batch: Batch,
}

impl Peer {
    fn join(config: &RouteConfig, id: &str) -> Self {
        let driver = StreamDriver::open(config).expect("a private directory");
        let (attached, connections) =
            driver.attach_with_connections(&name(id), &AttachOptions::new(Role::Receive)).expect("free");
        let inbox = attached.inbox.expect("it receives");
        Self { outbox: attached.outbox, inbox, connections, batch: Batch::new() }
    }

    fn send(&self, to: &str, text: &str) -> Result<()> {
        send(&*self.outbox, to, text)
    }

    /// The next message: its sender and its text, or nobody for a faulty one.
    fn recv(&mut self) -> (String, String) {
        self.batch.clear();
        self.inbox.recv(&mut self.batch, 1, Wait::FOREVER).expect("nothing is wrong");
        let delivery = self.batch.get(0).expect("one came");
        match delivery.fault() {
            Some(fault) => (String::new(), fault.to_string()),
            None => (delivery.from().to_owned(), delivery.decode(&Default::default()).expect("a text")),
        }
    }

    /// What there is, or else what comes first.
    fn recv_all(&mut self) -> Vec<String> {
        self.recv_all_until(Deadline::Never)
    }

    fn recv_all_until(&mut self, until: Deadline) -> Vec<String> {
        self.batch.clear();
        self.inbox.recv(&mut self.batch, 64, Wait::until(until)).expect("nothing is wrong");
        self.batch.iter().map(|delivery| delivery.decode(&Default::default()).expect("a text")).collect()
    }

    /// Whether nothing is there.
    fn has_nothing(&mut self) -> bool {
        self.batch.clear();
        self.inbox.recv(&mut self.batch, 64, Wait::NOW).expect("nothing is wrong") == 0
    }

    fn texts(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.recv().1).collect()
    }

    fn leave(&mut self) -> Vec<String> {
        let left = self.inbox.detach(Detach::Leave, Wait::NOW).expect("in order").unread;
        left.iter().map(|delivery| delivery.decode(&Default::default()).expect("a text")).collect()
    }
}

fn send(outbox: &dyn Outbox, to: &str, text: &str) -> Result<()> {
    let target = outbox.resolve(&name(to))?;
    let items = [Item::new(Payload::Encode(&text))];
    let sent = outbox.send(&target, &mut Outgoing::new(&items), Wait::FOREVER);
    sent.map(drop).map_err(|failure| failure.error)
}

/// How many sockets the descriptor of an inbox tells of.
fn watched(readiness: &Readiness) -> usize {
    let Readiness::Readable(set) = readiness else { panic!("it has a descriptor") };
    let path = format!("/proc/self/fdinfo/{}", set.as_raw_fd());
    std::fs::read_to_string(path).expect("it is open").matches("tfd:").count()
}

fn name(id: &str) -> EndpointName {
    EndpointName::new(id).expect("a name")
}

fn on_a_bus(what: &str, play: fn(&Path, RouteConfig)) {
    within(PATIENCE, what, move || {
        let directory = tempfile::tempdir().expect("a directory");
        play(directory.path(), RouteConfig::new(directory.path()));
    });
}

/// A frame as a stranger writes it.
fn framed(content: &[u8]) -> Vec<u8> {
    [&u32::try_from(content.len()).expect("short").to_be_bytes()[..], content].concat()
}

fn message(from: &str, text: &str) -> Vec<u8> {
    framed(format!(r#"{{"id":"1","from":"{from}","to":"x","stamp":1.5,"content":"{text}"}}"#).as_bytes())
}

/// The next frame that comes over `stream`.
fn read_frame(stream: &mut UnixStream) -> String {
    let mut length = [0; 4];
    stream.read_exact(&mut length).expect("a frame");
    let mut content = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut content).expect("all of it");
    String::from_utf8(content).expect("JSON")
}

#[test]
fn one_connection_serves_both_directions() {
    on_a_bus("both directions", |_, config| {
        let (mut here, mut there) = (Peer::join(&config, "here"), Peer::join(&config, "there"));
        here.send("there", "question").expect("it listens");
        assert_eq!(there.recv(), ("here".into(), "question".into()));
        there.send("here", "answer").expect("it is connected");
        assert_eq!(here.recv(), ("there".into(), "answer".into()));
        let (ours, theirs) = (here.connections.list(), there.connections.list());
        assert_eq!((ours.len(), theirs.len()), (1, 1));
        assert_eq!((ours[0].peer.as_str(), ours[0].is_ours), ("there", true));
        assert_eq!((theirs[0].peer.as_str(), theirs[0].is_ours), ("here", false));
        let Origin::Kernel { pid, .. } = theirs[0].origin else { panic!("{:?}", theirs[0].origin) };
        assert_eq!(pid, std::process::id());
    });
}

#[test]
fn who_does_not_listen_is_reached_by_those_he_has_sent_to() {
    on_a_bus("not listening", |route, config| {
        let mut quiet = Peer::join(&config.clone().without_listening(), "quiet");
        let status = route.join("quiet").metadata().expect("it shows that it is there");
        assert_eq!((status.len(), status.file_type().is_socket()), (0, false));
        let mut open = Peer::join(&config, "open");
        assert_eq!(open.send("quiet", "x").expect_err("no way there").kind(), ErrorKind::Unavailable);
        quiet.send("open", "I am here").expect("it listens");
        // The sender finds the connection before the receiver has looked.
        open.send("quiet", "welcome").expect("there is a way now");
        assert_eq!(quiet.recv(), ("open".into(), "welcome".into()));
        assert_eq!(open.recv(), ("quiet".into(), "I am here".into()));
        assert_eq!(quiet.leave(), [""; 0]);
        assert!(!route.join("quiet").exists());
        assert_eq!(open.send("quiet", "x").expect_err("it left").kind(), ErrorKind::NoSuchEndpoint);
    });
}

#[test]
fn connections_are_closed_without_loss_and_made_again() {
    on_a_bus("closing", |_, config| {
        let (mut here, mut there) = (Peer::join(&config, "here"), Peer::join(&config, "there"));
        for text in ["a", "b"] {
            here.send("there", text).expect("it listens");
        }
        assert_eq!(there.texts(1), ["a"]);
        assert_eq!(here.connections.close_idle(PATIENCE), 0, "it was used just now");
        assert_eq!((here.connections.close("nobody"), there.connections.close_idle(Duration::ZERO)), (0, 1));
        assert!(!there.connections.is_connected("here"));
        for text in ["c", "d"] {
            here.send("there", text).expect("a new connection");
        }
        assert_eq!(there.texts(3), ["b", "c", "d"]);
        there.send("here", "e").expect("it is connected");
        assert_eq!(here.texts(1), ["e"]);
        assert_eq!((here.connections.list().len(), there.connections.list().len()), (1, 1));
    });
}

#[test]
fn what_was_written_before_one_leaves_is_handed_over() {
    on_a_bus("leaving", |_, config| {
        let (mut reader, connected) = (Peer::join(&config, "reader"), Peer::join(&config, "connected"));
        connected.send("reader", "a").expect("it listens");
        assert_eq!(reader.texts(1), ["a"]);
        connected.send("reader", "b").expect("it is connected");
        // Nobody has accepted this one yet.
        Peer::join(&config, "waiting").send("reader", "c").expect("it listens");
        let mut left = reader.leave();
        left.sort();
        assert_eq!(left, ["b", "c"]);
        assert_eq!(connected.send("reader", "d").expect_err("it left").kind(), ErrorKind::NoSuchEndpoint);
    });
}

#[test]
fn a_later_connection_of_the_same_peer_replaces_the_one_before() {
    on_a_bus("replacing", |route, config| {
        let mut reader = Peer::join(&config, "reader");
        let connect = || UnixStream::connect(route.join("reader")).expect("it listens");
        let (mut first, mut second) = (connect(), connect());
        let hello = framed(&frame::hello("stranger"));
        first.write_all(&[&hello[..], &message("stranger", "1")].concat()).expect("room");
        assert_eq!(reader.recv(), ("stranger".into(), "1".into()));
        first.write_all(&[message("stranger", "2"), message("stranger", "3")].concat()).expect("room");
        // Read before the one that comes later, though that is looked at first.
        second.write_all(&[&hello[..], &message("stranger", "4")].concat()).expect("room");
        assert_eq!(reader.texts(3), ["2", "3", "4"]);
        std::fs::write(route.join("stranger"), "").expect("a peer who does not listen");
        reader.send("stranger", "hi").expect("the second one leads there");
        assert!(read_frame(&mut second).contains(r#""content":"hi""#));
        assert_eq!(first.read(&mut [0; 1]).expect("its end"), 0);
    });
}

#[test]
fn what_connects_says_hello_first_and_once() {
    on_a_bus("greeting", |route, config| {
        let listener = UnixListener::bind(route.join("stranger")).expect("bound");
        let mut peer = Peer::join(&config, "gr\u{fc}n");
        for text in ["1", "2"] {
            peer.send("stranger", text).expect("it listens");
        }
        let (mut stream, _) = listener.accept().expect("it has connected");
        assert_eq!(read_frame(&mut stream), r#"{"hello":"gr\u00fcn"}"#);
        for text in ["1", "2"] {
            let frame = read_frame(&mut stream);
            assert!(frame.is_ascii() && frame.ends_with(&format!(r#""content":"{text}"}}"#)), "{frame}");
        }
        stream.write_all(&message("stranger", "back")).expect("room");
        assert_eq!(peer.recv(), ("stranger".into(), "back".into()));
    });
}

#[test]
fn a_message_that_its_sender_does_not_finish_is_a_fault() {
    on_a_bus("half a message", |route, config| {
        let mut reader = Peer::join(&config, "reader");
        let mut stream = UnixStream::connect(route.join("reader")).expect("it listens");
        let (hello, message) = (framed(&frame::hello("stranger")), message("stranger", "x"));
        stream.write_all(&[&hello[..], &message, &message[..9]].concat()).expect("room");
        drop(stream);
        assert_eq!(reader.recv().1, "x");
        let (from, fault) = reader.recv();
        assert!(from.is_empty() && fault.contains("after 9 bytes"), "{fault}");
        assert!(reader.connections.list().is_empty());
    });
}

#[test]
fn two_who_connect_to_each_other_at_once_both_get_everything() {
    on_a_bus("at once", |_, config| {
        for _ in 0..50 {
            let (mut here, mut there) = (Peer::join(&config, "here"), Peer::join(&config, "there"));
            std::thread::scope(|scope| {
                for (outbox, to, texts) in [(&here.outbox, "there", ["a", "b"]), (&there.outbox, "here", ["c", "d"])] {
                    scope.spawn(move || texts.map(|text| send(&**outbox, to, text).expect("it listens")));
                }
            });
            here.send("there", "e").expect("it is connected");
            assert_eq!(
                (there.texts(3), here.texts(2)),
                (["a", "b", "e"].map(String::from).into(), ["c", "d"].map(String::from).into())
            );
        }
    });
}

/// `from` sends so often, and `to` reads in between, that its connection is not watched any more; `others` are.
fn keep_busy(from: &Peer, to: &mut Peer, others: usize) {
    for number in 0..200 {
        from.send("here", &number.to_string()).expect("it listens");
        assert_eq!(to.recv_all(), [number.to_string()]);
    }
    assert_eq!(watched(&to.inbox.readiness()), others);
}

#[test]
fn a_busy_connection_is_watched_again_before_anybody_waits() {
    on_a_bus("a busy connection", |_, config| {
        let (mut here, busy) = (Peer::join(&config, "here"), Peer::join(&config, "busy"));
        keep_busy(&busy, &mut here, 1);
        assert!(here.has_nothing());
        assert_eq!(watched(&here.inbox.readiness()), 2);
        let Readiness::Readable(set) = here.inbox.readiness() else { panic!("it has a descriptor") };
        busy.send("here", "told of").expect("it listens");
        poll(&mut [PollFd::new(&set, PollFlags::IN)], None).expect("it can be waited for");
        assert_eq!(here.recv_all(), ["told of"]);

        keep_busy(&busy, &mut here, 1);
        let (outbox, readiness) = (Arc::clone(&busy.outbox), here.inbox.readiness());
        let sending = thread::spawn(move || {
            while watched(&readiness) < 2 {
                thread::yield_now();
            }
            send(&*outbox, "here", "waited for")
        });
        assert_eq!(here.recv_all_until(Deadline::after(Instant::now(), 10 * PATIENCE)), ["waited for"]);
        sending.join().expect("it does not panic").expect("it listens");
    });
}

#[test]
fn a_busy_connection_keeps_nobody_else_waiting_and_may_end() {
    on_a_bus("a busy connection and others", |_, config| {
        let (mut here, mut busy) = (Peer::join(&config, "here"), Peer::join(&config, "busy"));
        keep_busy(&busy, &mut here, 1);
        let late = Peer::join(&config, "late");
        late.send("here", "from late").expect("it listens");
        for number in 0.. {
            assert!(number < 200, "others have their turn");
            busy.send("here", "another").expect("it listens");
            if here.recv_all() == ["from late"] {
                break;
            }
        }
        while !here.has_nothing() {}
        keep_busy(&busy, &mut here, 2);
        busy.send("here", "the last").expect("it listens");
        assert!(busy.leave().is_empty());
        assert_eq!(here.recv_all(), ["the last"]);
        late.send("here", "later").expect("it listens");
        assert_eq!(here.recv_all(), ["later"]);
        assert!(here.has_nothing());
        assert_eq!(watched(&here.inbox.readiness()), 2);
    });
}
