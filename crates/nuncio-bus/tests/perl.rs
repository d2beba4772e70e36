//! A Perl process on the same bus, on every medium. It knows the formats from their description and uses core modules and
//! Cpanel::JSON::XS (`support/manager.pl`).
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use nuncio_bus::Bus;
use nuncio_bus::wire::info::Protocol;
use nuncio_conformance::within;
use nuncio_core::Origin;
use serde_json::{Value as Json, json};

const PATIENCE: Duration = Duration::from_secs(120);
const PROTOCOLS: [Protocol; 5] =
    [Protocol::AtomicPipe, Protocol::ConnectionUnix, Protocol::JsonFile, Protocol::MessageFiles, Protocol::UnixSocket];

/// A running peer, ended on drop.
struct Perl {
    process: std::process::Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Perl {
    fn start(protocol: Protocol, route: &Path, id: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/manager.pl");
        let mut process = Command::new("perl")
            .arg(script)
            .arg(protocol.name())
            .arg(route)
            .arg(id)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("perl is needed for this test; `cargo xtask setup` installs it");
        let input = process.stdin.take().expect("piped");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        let mut perl = Self { process, input, output };
        assert_eq!(perl.answer(), json!("ready"));
        perl
    }

    fn ask(&mut self, command: Json) -> Json {
        writeln!(self.input, "{command}").expect("perl listens; if not, it has said why");
        self.answer()
    }

    fn answer(&mut self) -> Json {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        assert!(!line.is_empty(), "perl has ended, and said why; `cargo xtask setup` installs what it needs");
        serde_json::from_str(&line).expect("JSON")
    }
}

impl Drop for Perl {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Contents of several kinds and sizes; the last one crosses in several pieces.
fn contents() -> Vec<Json> {
    vec![
        json!("gr\u{fc}n \u{1f600} \"\\\n\u{7f}"),
        json!({"n": [1, -2, 3.5, null, true], "empty": {}}),
        json!(0),
        json!(""),
        json!("x".repeat(20_000)),
    ]
}

fn talk(protocol: Protocol) {
    let directory = tempfile::tempdir().expect("a directory");
    let route = directory.path().join("bus");
    let bus = Bus::builder().protocols([protocol]).route(&route).create().expect("a bus");
    let mut perl = Perl::start(protocol, &route, "perl");
    let pid = perl.process.id();
    let mut rust = bus.connect("rust").expect("free");
    assert!(bus.is_active("perl").expect("looked up"), "{protocol:?}");
    assert_eq!(
        bus.peers().expect("listed").into_iter().find(|peer| peer.id == "perl").and_then(|peer| peer.pid),
        Some(pid)
    );

    for content in contents() {
        let id = perl.ask(json!(["send", "rust", content]));
        let message = rust.recv().expect("it came");
        assert_eq!((message.from(), message.to(), json!(message.id())), ("perl", "rust", id), "{protocol:?}");
        assert_eq!(message.content::<Json>().expect("JSON"), content);
        if let Origin::Kernel { pid: sender, .. } = message.origin() {
            assert_eq!(*sender, pid, "{protocol:?}");
        }
    }
    for content in contents() {
        rust.send("perl", &content).expect("it is there");
        let came = perl.ask(json!(["receive", 1]));
        assert_eq!((&came[0]["from"], &came[0]["to"], &came[0]["content"]), (&json!("rust"), &json!("perl"), &content));
        assert!(came[0]["stamp"].is_f64() && came[0]["stamp_ord"].is_u64() && came[0].get("broadcast").is_none());
    }
    // Several at once, in their order; a socket holds some ten.
    for round in 0..5_u64 {
        let numbers: Vec<u64> = (round * 10..round * 10 + 10).collect();
        numbers.iter().for_each(|number| rust.send("perl", number).expect("it is there"));
        let came = perl.ask(json!(["receive", 10]));
        let came: Vec<u64> =
            came.as_array().expect("messages").iter().filter_map(|message| message["content"].as_u64()).collect();
        assert_eq!(came, numbers, "{protocol:?}");
    }

    rust.close().expect("in order");
    perl.ask(json!(["leave"]));
    assert!(!bus.is_active("perl").expect("looked up"), "{protocol:?}");
    let accounts = bus.accounts().expect("listed");
    assert_eq!(accounts["rust"].sent["perl"], 50 + contents().len() as i64);
    assert!(accounts["perl"].sent.is_empty());
}

#[test]
fn perl_and_rust_write_and_read_each_others_messages() {
    std::thread::scope(|scope| {
        for protocol in PROTOCOLS {
            scope.spawn(move || within(PATIENCE, &format!("perl on {protocol:?}"), move || talk(protocol)));
        }
    });
}

#[test]
fn the_name_of_a_perl_process_that_was_killed_is_free() {
    for protocol in PROTOCOLS {
        within(PATIENCE, &format!("a killed perl on {protocol:?}"), move || {
            let directory = tempfile::tempdir().expect("a directory");
            let route = directory.path().join("bus");
            let bus = Bus::builder().protocols([protocol]).route(&route).create().expect("a bus");
            let perl = Perl::start(protocol, &route, "worker");
            assert!(bus.connect("worker").is_err(), "{protocol:?}: it is taken");
            drop(perl);
            assert!(!bus.is_active("worker").expect("looked up"), "{protocol:?}");
            let mut worker = bus.connect("worker").expect("free");
            worker.send("worker", &1).expect("it is there");
            assert_eq!(worker.recv().expect("it came").content::<u32>().expect("a number"), 1);
            worker.close().expect("in order");
        });
    }
}
