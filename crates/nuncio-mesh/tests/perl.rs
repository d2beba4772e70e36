//! A small node in Perl, written from the description of the protocol (`support/node.pl`), with a node of nuncio.
#![cfg(all(feature = "net", target_os = "linux"))]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use nuncio_codec::{Map, Value};
use nuncio_mesh::proto::auth::AuthMethod;
use nuncio_mesh::proto::framing::Framing;
use nuncio_mesh::{Builder, Node};
use serde_json::{Value as Json, json};

use self::support::as_perl;

/// What Perl needs beside itself.
const MODULES: [&str; 4] = ["-MAnyEvent", "-MCBOR::XS", "-MDigest::SHA3", "-MJSON::XS"];

/// A running peer, ended on drop.
struct Perl {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Perl {
    /// Starts one; none where its modules are not installed and nobody insists on them.
    fn start(address: &str, method: AuthMethod, receives: Framing) -> Option<Self> {
        let status = Command::new("perl").args(MODULES).args(["-e", "1"]).stderr(Stdio::null()).status();
        if !status.is_ok_and(|status| status.success()) {
            assert!(std::env::var_os("CI").is_none(), "Perl's modules are missing; `cargo xtask setup` installs them");
            eprintln!("ignored: Perl's modules are missing; `cargo xtask setup` installs them");
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/node.pl");
        let mut command = Command::new("perl");
        let process = command.args([script, address, method.name(), receives.name()]).stdout(Stdio::piped()).spawn();
        let mut process = process.expect("perl");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        Some(Self { process, output })
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
    nuncio_conformance::within(Duration::from_secs(60), "perl", move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime").block_on(work);
    });
}

fn builder() -> Builder {
    Node::builder("nuncio").secret("geheim").bind("127.0.0.1:0")
}

#[test]
fn perl_and_nuncio_understand_each_other_in_every_framing_and_both_generations() {
    for method in [AuthMethod::HmacSha3, AuthMethod::HmacMd6] {
        for framing in Framing::ALL {
            watched(talk(builder().framings(&[framing]), method, framing));
        }
    }
}

#[test]
fn each_side_may_write_in_a_framing_of_its_own() {
    for (first, second) in [(0, 1), (1, 2), (2, 0)].map(|(first, second)| (Framing::ALL[first], Framing::ALL[second])) {
        watched(talk(builder().framings(&[first, second]), AuthMethod::HmacSha3, second));
    }
}

#[test]
fn perl_may_show_the_secret_only_where_that_was_asked_for() {
    watched(talk(builder().danger_accept_cleartext(), AuthMethod::Cleartext, Framing::Json));
    watched(async {
        let node = builder().start().await.expect("it starts");
        let mut sink = node.named_port("sink").expect("a fresh name");
        let Some(mut perl) = Perl::start(&node.addresses()[0], AuthMethod::Cleartext, Framing::Json) else { return };
        let status = tokio::task::spawn_blocking(move || perl.process.wait()).await.expect("no panic");
        assert!(!status.expect("it has ended").success(), "it was let in");
        assert!(sink.try_recv().is_none() && node.nodes().is_empty());
    });
}

/// Both send to each other; Perl understands `framing` alone.
async fn talk(builder: Builder, method: AuthMethod, framing: Framing) {
    let node = builder.start().await.expect("it starts");
    let mut sink = node.named_port("sink").expect("a fresh name");
    let Some(mut perl) = Perl::start(&node.addresses()[0], method, framing) else { return };
    let hello = sink.recv().await.expect("it arrives");
    let hello: Json = hello.elements.iter().map(support::json).collect();
    let meant = json!(["hello", 1, -2.5, "café", "€", [1, {"a": "b"}, []], null, "1".repeat(300)]);
    assert_eq!(as_perl(&hello), as_perl(&meant), "{framing}");
    assert!(sink.recv().await.expect("it arrives").is("enough"), "{framing}");

    let map = Value::Map(Map::from_iter([("key", vec![Value::from(7), Value::Null])]));
    let elements: Vec<Value> = vec!["café".into(), "€".into(), (-1).into(), 1.5.into(), u64::MAX.into(), map];
    node.send(&"perl#port".parse().expect("a port id"), elements).expect("it is sent");
    sink.end(["because".into(), 3.into()]);
    let received = tokio::task::spawn_blocking(move || [perl.received(), perl.received()]).await.expect("no panic");
    let meant = json!(["port", "café", "€", -1, 1.5, u64::MAX, {"key": [7, null]}]);
    assert_eq!(as_perl(&received[0]), as_perl(&meant), "{framing}");
    assert_eq!(as_perl(&received[1]), as_perl(&json!(["", "kil0", "sink", "because", 3])), "{framing}");
}
