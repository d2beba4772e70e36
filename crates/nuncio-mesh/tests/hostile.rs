//! Those who mean no good, before and after they have proven that they know the secret: each is closed or refused, the
//! memory of a node stays bounded, and its other connections go on.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/child.rs"]
mod child;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use nuncio_codec::Value;
use nuncio_conformance::scale;
use nuncio_mesh::proto::framing::Framing;
use nuncio_mesh::{Node, Port};

use self::child::Child;

const PATIENCE: Duration = Duration::from_secs(120);
/// How much a node may grow, whatever one other node sends to it, in kilobytes.
const GROWTH_MAX: u64 = 64 << 10;

fn watched(name: &'static str, work: impl FnOnce() + Send + 'static) {
    nuncio_conformance::within(PATIENCE, name, work);
}

/// Goes on also while the test does something else, so that heartbeats are sent.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

#[test]
#[ignore = "only as a process that another test starts"]
fn child_process() {
    let Some(words) = child::words() else { return };
    child::end_with_parent();
    let many = match words.get(1) {
        Some(count) => count.parse().expect("a number"),
        None => 0,
    };
    runtime().block_on(async {
        let sleeps = async |port: Port, _| port_ends(port).await;
        let node = Node::builder("victim").secret("geheim").bind("127.0.0.1:0").danger_accept_cleartext();
        let node = node.outbox(1 << 20, 16 << 20).mailbox_bytes(16 << 20).function("test::sleep", sleeps);
        let node = node.start().await.expect("it starts");
        let _port = node.named_port("port").expect("a fresh name");
        child::say(&node.addresses()[0]);
        let mut more = node.named_port("more").expect("a fresh name");
        if many > 0 {
            more.recv().await.expect("somebody asks for them");
        }
        let ports: Vec<Port> = (0..many).map(|number| node.named_port(&format!("p{number}")).expect("fresh")).collect();
        child::say(&format!("{} ports", ports.len()));
        std::future::pending::<()>().await;
    });
}

async fn port_ends(mut port: Port) -> nuncio_core::Result<()> {
    loop {
        port.recv().await?;
    }
}

/// A node in a process of its own, and another one that is connected to it and means well.
struct Victim {
    child: Child,
    address: String,
    runtime: tokio::runtime::Runtime,
    friend: Node,
}

impl Victim {
    fn start() -> Self {
        Self::start_as("victim")
    }

    fn start_as(part: &str) -> Self {
        let mut child = Child::start(part);
        let (address, runtime) = (child.hear(), runtime());
        let friend = Node::builder("friend").secret("geheim").seed(&address);
        let friend = runtime.block_on(friend.start()).expect("it starts");
        let victim = Self { child, address, runtime, friend };
        victim.answers_its_friend();
        victim
    }

    /// Nobody else has disturbed the connection that stands.
    fn answers_its_friend(&self) {
        let to = "victim".parse().expect("a port id");
        let answer = self.runtime.block_on(self.friend.call(&to, [Value::from("time")], PATIENCE));
        answer.expect("it answers as before");
        assert_eq!(self.friend.nodes().len(), 1);
    }

    /// One that knows the secret, and then sends what it likes.
    fn enter(&self, name: &str, framing: Framing) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let lines =
            format!("aemp;1;{name};hmac_sha3_512,hmac_md6_64_256;{framing}\nn\ncleartext;67656865696d;{framing}\n");
        stream.write_all(lines.as_bytes()).expect("it reads");
        let mut reader = BufReader::new(stream.try_clone().expect("a descriptor is free"));
        for _ in 0..3 {
            assert!(reader.read_line(&mut String::new()).expect("it answers") > 0);
        }
        stream
    }

    /// Has one enter that sends these messages and reads nothing, until it is closed or all is sent.
    fn is_flooded(&self, what: &str, message: impl Fn(u64) -> String) {
        let before = self.child.memory_kilobytes();
        let mut stream = self.enter(&format!("flood.{what}"), Framing::Json);
        let count = scale::choose(20_000, 1_000_000);
        let mut block = String::new();
        for number in 0..count {
            block += &message(number);
            if block.len() > 1 << 16 || number + 1 == count {
                if stream.write_all(block.as_bytes()).is_err() {
                    break;
                }
                block.clear();
            }
        }
        self.answers_its_friend();
        let growth = self.child.memory_kilobytes().saturating_sub(before);
        assert!(growth < GROWTH_MAX, "{what}: {count} messages took {growth} KiB");
        scale::report(&format!("mesh: a flood of {count} messages ({what}) took {growth} KiB"));
    }
}

#[test]
fn a_flood_of_whatever_takes_bounded_memory() {
    // Ten floods, at full counts of a million messages each.
    nuncio_conformance::within(PATIENCE * scale::choose(1, 5), "floods", || {
        let connect = "AnyEvent::MP::Global::connect";
        let victim = Victim::start();
        victim.is_flooded("monitors", |number| format!(r#"["","mon1","none.{number}"]"#));
        victim.is_flooded("monitors-of-one-port", |_| r#"["","mon1","port"]"#.to_owned());
        victim.is_flooded("spawned", |number| format!(r#"["","AnyEvent::MP::_spawn","s.{number}","test::sleep"]"#));
        victim.is_flooded("unregistered", |number| format!(r#"["","AnyEvent::MP::_spawn","u.{number}","main::x"]"#));
        victim.is_flooded("rendezvous", |number| {
            format!(r#"["","AnyEvent::MP::_spawn","r.{number}","{connect}",0,"flood.rendezvous"]"#)
        });
        victim.is_flooded("addresses", |number| match number {
            0 => format!(r#"["","AnyEvent::MP::_spawn","r","{connect}",0,"flood.addresses"]"#),
            _ => r#"["r","addr",["127.0.0.1:1"]]"#.to_owned(),
        });
        victim.is_flooded("nodes", |number| match number {
            0 => format!(r#"["","AnyEvent::MP::_spawn","n","{connect}",0,"flood.nodes"]"#),
            _ => format!(r#"["n","nodes",{{"node.{number}":["127.0.0.1:1"]}}]"#),
        });
        victim.is_flooded("families", |number| match number {
            0 => r#"["","g_slave"]"#.to_owned(),
            _ => format!(r#"["","g_mon1","family.{number}"]"#),
        });
        victim.is_flooded("full-mailbox", |number| format!(r#"["port",{number},"{}"]"#, "x".repeat(1000)));
        victim.is_flooded("nowhere", |number| format!(r#"["nowhere.{number}","hello"]"#));
    });
}

/// Reads all that comes until the other side closes.
fn until_closed(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    // Closed with something unread, it is an error.
    let _ = stream.read_to_end(&mut all);
    all
}

#[test]
fn what_is_no_message_ends_the_connection_that_it_came_on() {
    watched("messages", || {
        let victim = Victim::start();
        let code = b"\x05\x0b\x02\x00\x00\x00\x02\x0a\x04port\x04\x1a\x0a\x08{ die; }";
        let object = b"\x05\x0b\x02\x00\x00\x00\x02\x0a\x04port\x04\x11\x03Foo\x02\x00\x00\x00\x00";
        let storable = |image: &[u8]| [&[u8::try_from(image.len()).expect("short")], image].concat();
        for (framing, bytes) in [
            (Framing::Json, b"[\"port\", nonsense]".to_vec()),
            (Framing::Json, b"{\"port\":1}".to_vec()),
            (Framing::Json, b"]".to_vec()),
            (Framing::Json, [&b"[\"port\","[..], &[b'['; 200]].concat()),
            (Framing::Storable, storable(code)),
            (Framing::Storable, storable(object)),
            (Framing::Storable, vec![0xff; 16]),
            (Framing::Storable, vec![0xff, 0xff, 0xff, 0xff, 0x7f]),
            (Framing::Cbor, b"\xd9\x01\x00\x81\x44port".to_vec()),
            (Framing::Cbor, b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x44port".to_vec()),
            (Framing::Cbor, [&b"\x82\x44port"[..], &[0x81; 200]].concat()),
            (Framing::Cbor, b"\x9f\x44port\xff".to_vec()),
        ] {
            let mut stream = victim.enter("stranger", framing);
            stream.write_all(&bytes).expect("it reads");
            until_closed(&mut stream);
            victim.answers_its_friend();
        }
    });
}

#[test]
fn whoever_sends_back_what_he_is_sent_is_not_let_in() {
    watched("echo", || {
        let victim = Victim::start();
        for (word, keeps_nonce, keeps_greeting) in
            [("aemp", true, true), ("aemp", true, false), ("aemp", false, false), ("aemp-dataconn", false, false)]
        {
            let mut stream = TcpStream::connect(&victim.address).expect("it listens");
            let mut reader = BufReader::new(stream.try_clone().expect("a descriptor is free"));
            let [mut greeting, mut nonce, mut proof] = [String::new(), String::new(), String::new()];
            reader.read_line(&mut greeting).expect("it greets");
            reader.read_line(&mut nonce).expect("it greets");
            if !keeps_greeting {
                greeting = greeting.replacen(";victim;", ";mirror;", 1).replacen("aemp", word, 1);
            }
            if !keeps_nonce {
                nonce = "another\n".to_owned();
            }
            stream.write_all(format!("{greeting}{nonce}").as_bytes()).expect("it reads");
            // It proves itself only to one that could be another node, and takes no proof of its own for the other's.
            let length = reader.read_line(&mut proof).unwrap_or_default();
            assert_eq!(length == 0, keeps_nonce || word == "aemp-dataconn", "{word}: {proof}");
            let _ = stream.write_all(proof.as_bytes());
            assert_eq!(until_closed(&mut stream), b"");
            victim.answers_its_friend();
        }
    });
}

#[test]
fn those_who_begin_and_say_nothing_more_keep_nobody_out() {
    watched("silence", || {
        let victim = Victim::start();
        let before = victim.child.memory_kilobytes();
        let silent: Vec<TcpStream> = (0..scale::choose(200, 900))
            .map(|number| {
                let mut stream = TcpStream::connect(&victim.address).expect("it listens");
                let part =
                    ["", "aemp;1;x", "aemp;1;silent;hmac_sha3_512;json\n", "aemp;1;silent;hmac_sha3_512;json\nn\n"];
                stream.write_all(part[number % part.len()].as_bytes()).expect("it reads");
                stream
            })
            .collect();
        let mut welcome = victim.enter("welcome", Framing::Json);
        welcome.write_all(br#"["","info","welcome#x"]"#).expect("it reads");
        let mut answer = Vec::new();
        while !String::from_utf8_lossy(&answer).contains(r#"["x","victim"]"#) {
            let mut piece = [0; 4096];
            let length = welcome.read(&mut piece).expect("it answers");
            assert!(length > 0, "closed");
            answer.extend_from_slice(&piece[..length]);
        }
        victim.answers_its_friend();
        let growth = victim.child.memory_kilobytes().saturating_sub(before);
        assert!(growth < GROWTH_MAX, "{} half handshakes took {growth} KiB", silent.len());
    });
}

#[test]
fn ten_thousand_ports_that_are_watched_take_less_than_ten_megabytes() {
    watched("ports", || {
        const PORTS: usize = 10_000;
        let mut victim = Victim::start_as(&format!("victim {PORTS}"));
        let before = victim.child.memory_kilobytes();
        victim.friend.send(&"victim#more".parse().expect("a port id"), [Value::from("go")]).expect("it is sent");
        victim.answers_its_friend();
        assert_eq!(victim.child.hear(), format!("{PORTS} ports"));
        let port = |number| format!("victim#p{number}").parse().expect("a port id");
        let monitors: Vec<_> = (0..PORTS).map(|number| victim.friend.monitor(&port(number))).collect();
        victim.answers_its_friend();
        let growth = victim.child.memory_kilobytes().saturating_sub(before);
        assert!(growth < 10_000, "{PORTS} ports with monitors took {growth} KiB");
        scale::report(&format!("mesh: {PORTS} ports with {} monitors took {growth} KiB", monitors.len()));
    });
}
