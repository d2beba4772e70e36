//! From binding to the last answer: whose socket it is, who may come in, and how a server ends.

mod support;

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use nuncio_core::ErrorKind;
use nuncio_rpc::{Config, Data, Server};
use serde_json::json;
use tokio::sync::Semaphore;

use self::support::{Place, Raw, Served, runtime, wait_until};

const ECHO: &str = r#"{"uri":"/ipcserver/test/echo","data":1}"#;

#[test]
fn a_live_server_keeps_its_socket_and_a_file_stays_a_file() {
    let served = Served::start(Server::builder());
    let error = Server::builder().bind(served.socket()).expect_err("it lives");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(error.to_string().ends_with("socket\": a live server answers there"), "{error}");
    assert_eq!(served.connect().ask(ECHO)["data"], 1);

    let place = Place::new();
    std::fs::write(place.socket(), "precious").expect("written");
    let error = Server::builder().bind(place.socket()).expect_err("no socket");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read_to_string(place.socket()).expect("still there"), "precious");
}

#[test]
fn the_socket_of_a_dead_server_is_taken_over() {
    let place = Place::new();
    drop(UnixListener::bind(place.socket()).expect("a fresh socket"));
    let server = Server::builder().bind(place.socket()).expect("nobody answers");
    let served = Served::run(place, server);
    assert_eq!(served.connect().ask(ECHO)["data"], 1);
}

#[test]
fn a_server_that_ends_removes_its_own_socket_alone() {
    let place = Served::start(Server::builder()).stop();
    assert!(!place.socket().exists());

    let served = Served::start(Server::builder());
    std::fs::remove_file(served.socket()).expect("there");
    let other = UnixListener::bind(served.socket()).expect("free");
    let place = served.stop();
    assert!(place.socket().exists());
    drop(other);
}

#[test]
fn the_mode_is_the_users_alone_unless_told_otherwise() {
    let mode = |builder: nuncio_rpc::Builder| {
        let served = Served::start(builder);
        std::fs::metadata(served.socket()).expect("there").mode() & 0o7777
    };
    assert_eq!(mode(Server::builder()), 0o600);
    assert_eq!(mode(Server::builder().mode(0o666)), 0o666);
    let config: Config =
        serde_json::from_value(json!({"socket_path": "/unused", "socket_chmod": "770"})).expect("keys");
    assert_eq!(mode(Server::builder().configured(&config).expect("octal")), 0o770);
}

#[test]
fn a_configuration_of_the_reference_is_all_that_is_needed() {
    let place = Place::new();
    let config = json!({
        "socket_path": place.socket(), "socket_chmod": "700", "exit_timeout": 100,
        "log_stats_interval": "hour", "slow_threshold_ms": 5,
    });
    let config: Config = serde_json::from_value(config).expect("the reference's keys");
    let server = Server::builder().configured(&config).expect("good values").bind_configured().expect("a fresh socket");
    assert_eq!(server.path(), Some(place.socket().as_path()));
    let served = Served::run(place, server);
    assert_eq!(served.connect().ask(ECHO)["data"], 1);
}

#[test]
fn only_those_on_the_list_are_let_in() {
    let (uid, gid) = (nuncio_sys::process::effective_user(), nuncio_sys::process::effective_group());
    for builder in [Server::builder().allow_uid(uid), Server::builder().allow_uid(uid + 1).allow_gid(gid)] {
        assert_eq!(Served::start(builder).connect_alone().ask(ECHO)["data"], 1);
    }
    for group in rustix::process::getgroups().expect("our groups") {
        let builder = Server::builder().allow_uid(uid + 1).allow_gid(group.as_raw());
        assert_eq!(Served::start(builder).connect_alone().ask(ECHO)["data"], 1);
    }
    let nobodys = u32::MAX - 2;
    for builder in [Server::builder().allow_uid(uid + 1), Server::builder().allow_gid(nobodys)] {
        let mut refused = Served::start(builder).connect_alone();
        let answer = refused.json();
        assert_eq!(answer["data"]["code"], "permission_denied");
        assert_eq!(answer["data"]["message"], format!("user {uid} and group {gid} are not allowed"));
        assert_eq!(refused.rest(), "");
    }
}

/// A route that waits until it is let go.
fn gate() -> (std::sync::Arc<Semaphore>, nuncio_rpc::Builder) {
    let gate = std::sync::Arc::new(Semaphore::new(0));
    let waits = gate.clone();
    let wait = move || {
        let gate = waits.clone();
        async move { Data(gate.acquire().await.is_ok()) }
    };
    (gate, Server::builder().route("/wait", wait))
}

#[test]
fn what_is_in_work_is_finished_and_nothing_more_begun() {
    let (gate, builder) = gate();
    let served = Served::start(builder.exit_timeout(support::PATIENCE));
    let (mut client, idle) = (served.connect(), served.connect());
    client.send("{\"uri\":\"/wait\",\"ipcReqID\":1}\n");
    wait_until("it is in work", || served.handle().statistics().in_flight == 1);
    served.handle().stop();
    wait_until("nobody is accepted", || !served.socket().exists());
    assert!(UnixStream::connect(served.socket()).is_err());
    // Whoever has nothing in work is closed at once.
    let mut idle = idle;
    assert_eq!(idle.rest(), "");
    gate.add_permits(1);
    assert_eq!(client.json(), json!({"ipcReqID": 1, "data": true}));
    assert_eq!(client.rest(), "");
    served.stop();
}

#[test]
fn what_takes_too_long_is_cut_off_at_the_end() {
    let (_gate, builder) = gate();
    let served = Served::start(builder.exit_timeout(Duration::from_millis(20)));
    let mut client = served.connect();
    client.send("{\"uri\":\"/wait\",\"ipcReqID\":1}\n");
    wait_until("it is in work", || served.handle().statistics().in_flight == 1);
    served.stop();
    assert_eq!(client.rest(), "");
}

#[test]
fn a_client_that_has_said_all_still_gets_its_answers() {
    let (gate, builder) = gate();
    let served = Served::start(builder);
    let mut client = served.connect();
    client.send("{\"uri\":\"/wait\",\"ipcReqID\":1}\n");
    client.stream().shutdown(std::net::Shutdown::Write).expect("open");
    wait_until("it is in work", || served.handle().statistics().in_flight == 1);
    gate.add_permits(1);
    assert_eq!(client.rest(), "{\"ipcReqID\":1,\"data\":true}\n");
}

#[test]
fn a_client_that_has_asked_a_lot_and_said_all_gets_every_answer() {
    let served = Served::start(Server::builder());
    let mut client = served.connect();
    let requests: String =
        (1..300).map(|id| format!("{{\"uri\":\"/ipcserver/test/echo\",\"ipcReqID\":{id},\"data\":{id}}}\n")).collect();
    client.send(requests);
    let answers: String = (1..300).map(|id| format!("{{\"ipcReqID\":{id},\"data\":{id}}}\n")).collect();
    assert_eq!(client.finish(), answers);
}

#[test]
fn a_server_whose_future_is_dropped_leaves_nothing() {
    let place = Place::new();
    let server = Server::builder().bind(place.socket()).expect("a fresh socket");
    let (mut client, handle) = (Raw::connect(&place.socket()), server.handle());
    runtime().block_on(async {
        tokio::select! {
            _ = server.run() => unreachable!("nobody stops it"),
            () = async { while handle.statistics().connections == 0 { tokio::task::yield_now().await } } => {}
        }
        // The connection's own task has its turn once more.
        while handle.statistics().connections > 0 {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(client.rest(), "");
    assert!(!place.socket().exists());
}

#[test]
fn a_server_that_was_never_run_leaves_nothing() {
    let place = Place::new();
    drop(Server::builder().bind(place.socket()).expect("a fresh socket"));
    assert!(!place.socket().exists());
}

/// Not a test: what the next one runs in a process of its own.
#[test]
#[ignore = "another test runs it as a child"]
fn activated_child() {
    if !nuncio_rpc::is_activated() {
        return;
    }
    let server = Server::builder().bind_activated().expect("handed over");
    assert_eq!(server.path(), None);
    let handle = server.handle();
    runtime().block_on(async {
        let served = tokio::spawn(server.run());
        while handle.statistics().totals.client_close == 0 {
            tokio::task::yield_now().await;
        }
        handle.stop();
        served.await.expect("no panic").expect("stopped");
    });
}

#[test]
fn a_socket_that_a_service_manager_hands_over() {
    let place = Place::new();
    let listener = UnixListener::bind(place.socket()).expect("a fresh socket");
    std::fs::set_permissions(place.socket(), std::fs::Permissions::from_mode(0o640)).expect("ours");
    let socket: OwnedFd = listener.as_fd().try_clone_to_owned().expect("a descriptor");
    let binary = std::env::current_exe().expect("a test knows its binary");
    let mut child = Command::new("sh")
        .args(["-c", r#"LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" activated_child --exact --ignored 3<&0"#])
        .arg(binary)
        .stdin(Stdio::from(socket))
        .stdout(Stdio::null())
        .spawn()
        .expect("a shell");
    let mut client = Raw::connect(&place.socket());
    assert_eq!(client.ask(ECHO)["data"], 1);
    drop(client);
    assert!(child.wait().expect("a child").success());
    // It is the service manager's: it stays as it was.
    assert_eq!(std::fs::metadata(place.socket()).expect("still there").mode() & 0o7777, 0o640);
    assert!(!nuncio_rpc::is_activated());
    let error = Server::builder().bind_activated().expect_err("not us");
    assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint);
}
