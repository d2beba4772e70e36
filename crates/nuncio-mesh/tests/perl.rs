//! A small node in Perl, written from the description of the protocol (`support/node.pl`), with a node of nuncio.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/net.rs"]
mod net;
mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use nuncio_codec::{Map, Value};
use nuncio_mesh::proto::auth::AuthMethod;
use nuncio_mesh::proto::framing::Framing;
use nuncio_mesh::{Builder, Node, NodeReference, Port};
use serde_json::{Value as Json, json};

use self::support::as_perl;

/// What Perl needs beside itself.
const MODULES: [&str; 5] = ["-MAnyEvent", "-MCBOR::XS", "-MDigest::SHA3", "-MJSON::XS", "-MNet::SSLeay"];

/// A running peer, ended on drop.
struct Perl {
    process: Child,
    output: BufReader<ChildStdout>,
}

/// How it is started.
#[derive(Clone, Copy)]
struct Manner {
    method: AuthMethod,
    receives: Framing,
    /// Its certificate, and whether its nonce is the first or the last of all.
    tls: Option<(&'static str, &'static str)>,
}

impl Manner {
    const fn plain(method: AuthMethod, receives: Framing) -> Self {
        Self { method, receives, tls: None }
    }

    const fn encrypted(self, certificate: &'static str, rank: &'static str) -> Self {
        Self { tls: Some((certificate, rank)), ..self }
    }
}

impl Perl {
    /// Starts one that dials this address, or listens; none where its modules are not installed and nobody insists on them.
    fn start(address: &str, manner: Manner) -> Option<Self> {
        let status = Command::new("perl").args(MODULES).args(["-e", "1"]).stderr(Stdio::null()).status();
        if !status.is_ok_and(|status| status.success()) {
            assert!(std::env::var_os("CI").is_none(), "Perl's modules are missing; `cargo xtask setup` installs them");
            eprintln!("ignored: Perl's modules are missing; `cargo xtask setup` installs them");
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/node.pl");
        let mut command = Command::new("perl");
        command.args([script, address, manner.method.name(), manner.receives.name()]).stdout(Stdio::piped());
        if let Some((certificate, rank)) = manner.tls {
            command.arg(net::certificate(certificate)).arg(rank);
        }
        let mut process = command.spawn().expect("perl");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        Some(Self { process, output })
    }

    /// Where it listens, which it says first.
    fn address(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        let said: Json = serde_json::from_str(&line).expect("JSON");
        assert_eq!(said[0], "listens");
        said[1].as_str().expect("an address").to_owned()
    }

    /// Waits until it has ended by itself; whether it was content.
    async fn ends(mut self) -> bool {
        let status = tokio::task::spawn_blocking(move || self.process.wait()).await.expect("no panic");
        status.expect("it has ended").success()
    }

    /// The next message that it received for its port, or of the end of the one that it watches.
    fn received(&mut self) -> Json {
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).expect("text");
            assert!(!line.is_empty(), "perl has ended, and said why");
            let message: Json = serde_json::from_str(&line).expect("JSON");
            if message[0] == "port" || message[1] == "kil0" {
                return message;
            }
        }
    }
}

impl Drop for Perl {
    fn drop(&mut self) {
        // Both fail if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn watched(work: impl Future<Output = ()> + Send + 'static) {
    net::watched("perl", work);
}

fn builder() -> Builder {
    net::builder("nuncio")
}

#[test]
fn perl_and_nuncio_understand_each_other_in_every_framing_and_both_generations() {
    for method in [AuthMethod::HmacSha3, AuthMethod::HmacMd6] {
        for framing in Framing::ALL {
            watched(answer(builder().framings(&[framing]), Manner::plain(method, framing)));
        }
    }
}

#[test]
fn each_side_may_write_in_a_framing_of_its_own() {
    for (first, second) in [(0, 1), (1, 2), (2, 0)].map(|(first, second)| (Framing::ALL[first], Framing::ALL[second])) {
        let manner = Manner::plain(AuthMethod::HmacSha3, second);
        watched(answer(builder().framings(&[first, second]), manner));
    }
}

#[test]
fn perl_may_show_the_secret_only_where_that_was_asked_for() {
    let manner = Manner::plain(AuthMethod::Cleartext, Framing::Json);
    watched(answer(builder().danger_accept_cleartext(), manner));
    watched(refuse(builder(), manner));
}

#[test]
fn perl_and_nuncio_speak_tls_in_both_roles_and_both_generations() {
    for (method, framing) in [(AuthMethod::TlsMd6, Framing::Storable), (AuthMethod::TlsSha3, Framing::Cbor)] {
        for rank in ["first", "last"] {
            let manner = Manner::plain(method, framing).encrypted("mesh.pem", rank);
            watched(answer(certified(), manner));
            watched(dial(certified(), manner));
        }
    }
}

#[test]
fn over_tls_only_what_covers_the_greetings_proves_something_unless_asked_for() {
    for rank in ["first", "last"] {
        let encrypted = |method| Manner::plain(method, Framing::Json).encrypted("mesh.pem", rank);
        watched(answer(certified().danger_accept_tls_anon(), encrypted(AuthMethod::TlsAnon)));
        for method in [AuthMethod::TlsAnon, AuthMethod::HmacSha3, AuthMethod::HmacMd6, AuthMethod::Cleartext] {
            watched(refuse(certified(), encrypted(method)));
        }
    }
}

#[test]
fn perl_with_a_certificate_of_another_mesh_stays_outside() {
    for rank in ["first", "last"] {
        let stranger = Manner::plain(AuthMethod::TlsSha3, Framing::Json).encrypted("stranger.pem", rank);
        watched(refuse(certified(), stranger));
    }
}

/// A node with the certificate that Perl has, too.
fn certified() -> Builder {
    builder().tls(net::certificate("mesh.pem"))
}

/// Perl dials, and both send to each other.
async fn answer(builder: Builder, manner: Manner) {
    let node = builder.start().await.expect("it starts");
    let sink = node.named_port("sink").expect("a fresh name");
    let Some(perl) = Perl::start(&node.addresses()[0], manner) else { return };
    talk(&node, sink, perl, manner).await;
}

/// Perl listens, and both send to each other.
async fn dial(builder: Builder, manner: Manner) {
    let node = builder.start().await.expect("it starts");
    let sink = node.named_port("sink").expect("a fresh name");
    let Some(mut perl) = Perl::start("listen", manner) else { return };
    let address = NodeReference::resolve(&perl.address()).await.expect("an address");
    let reached = node.reach(&address, net::PATIENCE).await.expect("it answers");
    assert_eq!(reached.as_str(), "perl");
    talk(&node, sink, perl, manner).await;
}

/// Perl dials, and is not let in.
async fn refuse(builder: Builder, manner: Manner) {
    let node = builder.start().await.expect("it starts");
    let mut sink = node.named_port("sink").expect("a fresh name");
    let Some(perl) = Perl::start(&node.addresses()[0], manner) else { return };
    assert!(!perl.ends().await, "it was let in with {}", manner.method);
    assert!(sink.try_recv().is_none() && node.nodes().is_empty());
}

/// Both send to each other; Perl understands its framing alone.
async fn talk(node: &Node, mut sink: Port, mut perl: Perl, Manner { method, receives: framing, .. }: Manner) {
    let hello = sink.recv().await.expect("it arrives");
    let hello: Json = hello.elements.iter().map(support::json).collect();
    let meant = json!(["hello", 1, -2.5, "café", "€", [1, {"a": "b"}, []], null, "1".repeat(300)]);
    assert_eq!(as_perl(&hello), as_perl(&meant), "{method}, {framing}");
    assert!(sink.recv().await.expect("it arrives").is("enough"), "{method}, {framing}");

    let map = Value::Map(Map::from_iter([("key", vec![Value::from(7), Value::Null])]));
    let elements: Vec<Value> = vec!["café".into(), "€".into(), (-1).into(), 1.5.into(), u64::MAX.into(), map];
    node.send(&"perl#port".parse().expect("a port id"), elements).expect("it is sent");
    sink.end(["because".into(), 3.into()]);
    let received = tokio::task::spawn_blocking(move || [perl.received(), perl.received()]).await.expect("no panic");
    let meant = json!(["port", "café", "€", -1, 1.5, u64::MAX, {"key": [7, null]}]);
    assert_eq!(as_perl(&received[0]), as_perl(&meant), "{method}, {framing}");
    assert_eq!(as_perl(&received[1]), as_perl(&json!(["", "kil0", "sink", "because", 3])), "{method}, {framing}");
}
