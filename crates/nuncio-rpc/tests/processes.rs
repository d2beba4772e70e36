//! Client and server in processes of their own: many connections, many requests, and SIGKILL.

#[path = "support/child.rs"]
mod child;
mod support;

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nuncio_conformance::scale;
use nuncio_core::ErrorKind;
use nuncio_rpc::{BlockingClient, Client, Data, Server};
use nuncio_sys::descriptors::raise_limit;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use self::child::{Child, say, wait};
use self::support::{Place, Raw, Served, runtime, wait_until, watched};

const CONNECTIONS: usize = 64;
const IN_FLIGHT: usize = 64;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Numbered {
    n: u64,
    text: String,
}

/// Not a test: what the other tests run in processes of their own.
#[test]
#[ignore = "the other tests run it as a child"]
fn child_process() {
    let Some((role, socket)) = child::role() else { return };
    match role.as_str() {
        "serve" => serve(Path::new(&socket)),
        "crowd" => crowd(Path::new(&socket)),
        "ask" => ask(Path::new(&socket)),
        other => panic!("no child plays {other:?}"),
    }
}

fn serve(socket: &Path) {
    runtime().block_on(async {
        let server = Server::builder()
            .route("/typed", async |Data(numbered): Data<Numbered>| Data(numbered))
            .route("/wait", async || std::future::pending::<Data<()>>().await)
            .bind(socket)
            .expect("free, or nobody answers");
        thread::spawn(|| {
            wait();
            std::process::exit(0);
        });
        say("ready");
        server.run().await.expect("it runs until it is killed");
    });
}

fn connections() -> usize {
    scale::choose(300, 10_000)
}

/// Opens many connections and asks on each of them, twice.
fn crowd(socket: &Path) {
    raise_limit(connections() as u64 + 100).expect("the hard limit allows it");
    say("ready");
    wait();
    let mut crowd: Vec<Raw> = (0..connections()).map(|_| Raw::over(connect(socket))).collect();
    for _ in 0..2 {
        for (n, one) in crowd.iter_mut().enumerate() {
            let answer = one.ask(&format!(r#"{{"uri":"/ipcserver/test/echo","ipcReqID":"a","data":{n}}}"#));
            assert_eq!(answer["data"], n);
        }
        say(&crowd.len().to_string());
        wait();
    }
}

fn connect(socket: &Path) -> UnixStream {
    UnixStream::connect(socket).expect("the backlog has room, or a connect waits")
}

#[test]
fn so_many_connections_at_once() {
    nuncio_conformance::within(support::PATIENCE * 5, "the crowd", || {
        let place = Place::new();
        let server = Child::start("serve", &place.socket());
        let mut clients = Child::start("crowd", &place.socket());
        let before = server.memory_kilobytes();
        clients.tell();
        let open = clients.hear();
        assert_eq!(open, connections().to_string());
        let mut client = BlockingClient::connect(place.socket()).expect("one more");
        let statistics: Json = client.request("/nuncio/stats", &()).expect("told to the same user");
        assert_eq!(statistics["connections"], connections() + 1);
        let each = (server.memory_kilobytes() - before) as f64 / connections() as f64;
        clients.tell();
        assert_eq!(clients.hear(), open);
        scale::report(&format!(
            "rpc: {open} connections open at once, each asked twice; {each:.1} kB of the server's memory each"
        ));
    });
}

/// Asks on many connections, with many requests under way on each, until the parent speaks.
fn ask(socket: &Path) {
    let (ends, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    runtime().block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..CONNECTIONS {
            let client = Client::connect(socket).await.expect("it listens");
            for _ in 0..IN_FLIGHT {
                tasks.spawn(ask_on(client.clone(), ends.clone(), answered.clone()));
            }
        }
        say("ready");
        thread::spawn(move || {
            wait();
            ends.store(true, Ordering::Relaxed);
        });
        let asked: u64 = tasks.join_all().await.into_iter().sum();
        say(&format!("{asked} {}", answered.load(Ordering::Relaxed)));
    });
    wait();
}

/// Says how often it has asked; each answer is counted when it is the right one.
async fn ask_on(client: Client, ends: Arc<AtomicBool>, answered: Arc<AtomicU64>) -> u64 {
    let mut asked = 0;
    while !ends.load(Ordering::Relaxed) {
        let numbered = Numbered { n: asked, text: "some text".to_owned() };
        asked += 1;
        let answer: Numbered = client.request("/typed", &numbered).await.expect("an answer");
        assert_eq!(answer, numbered);
        answered.fetch_add(1, Ordering::Relaxed);
    }
    asked
}

/// The most memory that `child` is seen to have during `time`.
fn peak_kilobytes(child: &Child, time: Duration) -> u64 {
    let ends = Instant::now() + time;
    let mut peak = child.memory_kilobytes();
    while Instant::now() < ends {
        thread::sleep(Duration::from_millis(20));
        peak = peak.max(child.memory_kilobytes());
    }
    peak
}

#[test]
fn so_many_requests_under_way_on_so_many_connections() {
    nuncio_conformance::within(support::PATIENCE * 5, "64 x 64", || {
        let place = Place::new();
        let server = Child::start("serve", &place.socket());
        let mut clients = Child::start("ask", &place.socket());
        // The first seconds fill buffers and pools; after that nothing grows. Buffers come and go, so that peaks are compared.
        let before = peak_kilobytes(&server, scale::choose(Duration::ZERO, Duration::from_secs(10)));
        let after = peak_kilobytes(&server, scale::choose(Duration::ZERO, Duration::from_secs(50)));
        clients.tell();
        let said = clients.hear();
        let (asked, answered) = said.split_once(' ').expect("two numbers");
        assert_eq!(asked, answered);
        let growth = (after as f64 / before as f64 - 1.0) * 100.0;
        assert!(!scale::is_soak() || growth < 10.0, "the server has grown from {before} to {after} kB");
        scale::report(&format!(
            "rpc: {CONNECTIONS} connections with {IN_FLIGHT} requests under way each: {answered} requests, all answered; \
             server's memory {before} kB, then {after} kB ({growth:+.1} %)"
        ));
    });
}

#[test]
fn a_server_that_is_killed_is_noticed_and_the_next_one_found() {
    let rounds = scale::choose(3, 100);
    watched("kill the server", async move {
        let place = Place::new();
        let socket = place.socket();
        let mut server = Child::start("serve", &socket);
        let client = Client::builder().request_timeout(None).connect(&socket).await.expect("it listens");
        let mut cut_off = 0;
        for _ in 0..rounds {
            let requests: Vec<_> = (0..IN_FLIGHT)
                .map(|n| {
                    let client = client.clone();
                    let uri = if n % 2 == 0 { "/wait" } else { "/typed" };
                    tokio::spawn(async move { until_cut_off(&client, uri).await })
                })
                .collect();
            // Some have been answered, so that it is busy.
            while client.statistics().answers == 0 {
                tokio::task::yield_now().await;
            }
            drop(server);
            for request in requests {
                assert_eq!(request.await.expect("no panic"), ErrorKind::PeerGone);
                cut_off += 1;
            }
            // What is left of the dead one's socket is taken over.
            server = Child::start("serve", &socket);
            while !client.is_connected() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let numbered = Numbered { n: 1, text: String::new() };
            let answer: Numbered = client.request("/typed", &numbered).await.expect("the next server answers");
            assert_eq!(answer, numbered);
        }
        assert_eq!(client.statistics().reconnects, rounds);
        scale::report(&format!(
            "rpc: server killed {rounds} times while busy: {cut_off} requests failed at once, {rounds} times connected again"
        ));
    });
}

/// Asks until the connection ends, and says with which error.
async fn until_cut_off(client: &Client, uri: &str) -> ErrorKind {
    loop {
        let numbered = Numbered { n: 1, text: String::new() };
        match client.request::<Numbered>(uri, &numbered).await {
            Ok(_) => {}
            // It was between two requests.
            Err(error) if error.kind() == ErrorKind::Unavailable => return ErrorKind::PeerGone,
            Err(error) => return error.kind(),
        }
    }
}

#[test]
fn a_client_that_is_killed_is_noticed_and_others_are_not_affected() {
    let rounds = scale::choose(3, 100);
    nuncio_conformance::within(support::PATIENCE * 5, "kill the client", move || {
        let served = Served::start(Server::builder().route("/typed", async |Data(numbered): Data<Numbered>| {
            tokio::time::sleep(Duration::from_millis(numbered.n % 3)).await;
            Data(numbered)
        }));
        let mut other = served.connect();
        let mut busy = 0;
        for _ in 0..rounds {
            let client = Child::start("ask", &served.socket());
            wait_until("it is busy", || served.handle().statistics().in_flight >= CONNECTIONS);
            busy += served.handle().statistics().in_flight;
            drop(client);
            wait_until("all is dropped", || {
                let statistics = served.handle().statistics();
                statistics.in_flight == 0 && statistics.connections == 1
            });
            assert_eq!(other.ask(r#"{"uri":"/ipcserver/test/echo","data":1}"#)["data"], 1);
        }
        scale::report(&format!(
            "rpc: client killed {rounds} times while {busy} requests were in work: all dropped, the other client served"
        ));
    });
}
