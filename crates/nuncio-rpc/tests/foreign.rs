//! Real programs of other languages: Node's on the package that the reference reads and writes records with, PHP's on plain
//! sockets. `cargo xtask setup` installs what they need.

mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nuncio_conformance::scale;
use nuncio_core::ErrorKind;
use nuncio_rpc::{BlockingClient, Client, Data, Server};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use self::support::{Place, Served, watched};

/// The releases of the package: the one of today, which loses records of more than a megabyte, and the one before.
const VERSIONS: [&str; 2] = ["1.0.9", "1.0.6"];

#[derive(Serialize, Deserialize)]
struct Numbered {
    n: u64,
    text: String,
}

fn served() -> Served {
    Served::start(Server::builder().route("/typed", async |Data(numbered): Data<Numbered>| Data(numbered)))
}

fn count() -> u64 {
    scale::choose(1_000, 100_000)
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support").join(name)
}

fn node(name: &str, version: &str, socket: &Path) -> Command {
    let package = format!("../../target/node/pixl-json-stream@{version}/node_modules/pixl-json-stream");
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join(package);
    assert!(package.exists(), "pixl-json-stream {version} is needed for this test; `cargo xtask setup` installs it");
    let mut command = Command::new("node");
    command.args([script(name), package, socket.to_owned()]).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// What a client of another language found.
fn results(mut command: Command) -> Json {
    let output = command.output().expect("node and php are needed for this test; `cargo xtask setup` installs them");
    assert!(output.status.success(), "{}", output.status);
    support::json(std::str::from_utf8(&output.stdout).expect("text"))
}

#[test]
fn a_client_of_nodes_is_served() {
    nuncio_conformance::within(support::PATIENCE * 5, "Node's client", || {
        for version in VERSIONS {
            let served = served();
            let mut command = node("client.js", version, &served.socket());
            command.arg(count().to_string());
            let missing = json!({"code": "no_handler_found", "message": "No handler found for /nowhere"});
            let last = count() + 4 + 4;
            let no_uri = json!({
                "ipcReqID": format!("rq{last}"), "code": "no_uri",
                "message": "Missing required uri parameter from request",
            });
            let expected = json!({
                "echo": true, "order": [0, 20, 40, 60], "right": count(), "large": true, "undefined": false,
                "missing": missing, "noUri": no_uri, "events": [],
            });
            assert_eq!(results(command), expected, "{version}");
        }
        scale::report(&format!("rpc: {} requests of Node's clients answered", 2 * count()));
    });
}

#[test]
fn a_client_of_phps_is_served() {
    nuncio_conformance::within(support::PATIENCE * 5, "PHP's client", || {
        let served = served();
        let mut command = Command::new("php");
        command.arg(script("client.php")).arg(served.socket()).arg(count().to_string()).stdout(Stdio::piped());
        let expected = json!({
            "echo": true, "right": count(), "large": true, "empty": [], "missing": "no_handler_found", "noUri": "no_uri",
        });
        assert_eq!(results(command), expected);
        scale::report(&format!("rpc: {} requests of PHP's client answered", count()));
    });
}

/// A running server of Node's; ended on drop.
struct NodeServer {
    process: Child,
    place: Place,
}

impl NodeServer {
    fn start(version: &str) -> Self {
        let place = Place::new();
        let mut process = node("server.js", version, &place.socket())
            .spawn()
            .expect("node is needed for this test; `cargo xtask setup` installs it");
        let mut line = String::new();
        let output = process.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut line).expect("text");
        assert_eq!(line, "ready\n");
        Self { process, place }
    }
}

impl Drop for NodeServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_server_of_nodes_is_asked() {
    for version in VERSIONS {
        watched("Node's server", async move {
            let server = NodeServer::start(version);
            let client = Client::connect(server.place.socket()).await.expect("it listens");
            let mut messages = client.messages();
            let texts =
                json!({"t": "grüße ☃ 😀", "ctl": "a\u{0}b\u{1f}\n\t\"\\/\u{7f}\u{2028}", "n": [1, -1, 0.5, null]});
            assert_eq!(client.request::<Json>("/ipcserver/test/echo", &texts).await.expect("an answer"), texts);
            let whole: Json = client.request("/whole", &json!({"a": 1})).await.expect("an answer");
            assert_eq!((&whole["uri"], &whole["pid"]), (&json!("/whole"), &json!(std::process::id())));
            assert_eq!(client.call_bare("/undefined").await.expect("an answer").data(), None);
            assert_eq!(client.request::<Json>("/twice", &()).await.expect("the first"), json!({"n": 1}));
            assert_eq!(client.request::<Json>("/push", &()).await.expect("an answer"), "pushed");
            for event in [json!({"hello": 1}), json!({"ipcReqID": null, "data": 2})] {
                let message = messages.recv().await.expect("open").expect("kept");
                assert_eq!(support::json(message.record()), event);
            }
            assert_eq!(client.request::<Json>("/garbage", &()).await.expect("an answer"), "good");
            assert_eq!(client.request::<Json>("/nowhere", &()).await.expect_err("no route").kind(), ErrorKind::Refused);
            assert_eq!(client.statistics().unknown_answers, 1);
            let large = "x".repeat(2 << 20);
            let outcome = client.request_within::<String>(Duration::from_secs(2), "/ipcserver/test/echo", &large).await;
            match version {
                // This release cuts off the front of a record of more than a megabyte.
                "1.0.9" => assert_eq!(outcome.expect_err("lost").kind(), ErrorKind::TimedOut),
                _ => assert!(outcome.expect("whole") == large),
            }
            let error = client.request::<Json>("/end", &()).await.expect_err("cut off");
            assert_eq!(error.kind(), ErrorKind::PeerGone);
            while !client.is_connected() {
                tokio::task::yield_now().await;
            }
            assert_eq!(client.request::<Json>("/ipcserver/test/echo", &7).await.expect("it is back"), 7);
        });
    }
}

#[test]
fn a_server_of_nodes_is_asked_by_the_blocking_client() {
    nuncio_conformance::within(support::PATIENCE * 5, "Node's server", || {
        let server = NodeServer::start(VERSIONS[0]);
        let mut client = BlockingClient::connect(server.place.socket()).expect("it listens");
        for n in 0..count() {
            let answer: Numbered = client
                .request("/ipcserver/test/echo", &Numbered { n, text: "☃".repeat(n as usize % 100) })
                .expect("an answer");
            assert_eq!((answer.n, answer.text.chars().count()), (n, n as usize % 100));
        }
        assert_eq!(client.request::<Json>("/end", &()).expect_err("cut off").kind(), ErrorKind::PeerGone);
        assert_eq!(client.request::<Json>("/ipcserver/test/echo", &7).expect("connected again"), 7);
        scale::report(&format!("rpc: {} requests answered by Node's server", count()));
    });
}
