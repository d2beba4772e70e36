//! `nuncio rpc`: a server of commands, what is asked of it, and what it tells of itself.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::json as object;

use crate::place::{Outcome, Place, Running, json, next_line, run, run_with_input, wait_for, write};

/// A running server of commands.
struct Served {
    place: Place,
    server: Running,
}

impl Drop for Served {
    fn drop(&mut self) {
        // Both fail if it has ended already.
        let _ = self.server.child.kill();
        let _ = self.server.child.wait();
    }
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let place = Place::new();
        let socket = place.path().join("socket");
        let mut command = rpc(&place, "serve", &socket, arguments);
        let mut server = Running::start(command.stdout(Stdio::piped()));
        let ready = json(&next_line(&mut server.lines()));
        assert_eq!(ready, object!({"version": 1, "event": "ready", "socket": socket}));
        Self { place, server }
    }

    fn socket(&self) -> PathBuf {
        self.place.path().join("socket")
    }

    fn verb(&self, verb: &str, arguments: &[&str]) -> Command {
        rpc(&self.place, verb, &self.socket(), arguments)
    }

    fn call(&self, arguments: &[&str]) -> String {
        run(&mut self.verb("call", arguments)).printed()
    }

    /// Runs `nuncio rpc call`, which fails with `code` and says `words`.
    fn fails(&self, arguments: &[&str], code: i32, words: &str) {
        let Outcome { status, stdout, stderr } = run(&mut self.verb("call", arguments));
        assert_eq!(status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
        assert_eq!(stdout, "", "{arguments:?}");
    }
}

fn rpc(place: &Place, verb: &str, socket: &std::path::Path, arguments: &[&str]) -> Command {
    let socket = socket.to_str().unwrap();
    place.nuncio([&["rpc", verb, socket], arguments].concat())
}

#[test]
fn commands_answer_requests() {
    let served = Served::start(&[
        "--route",
        "/upper=tr a-z A-Z",
        "--route",
        "/text=echo 'two  words'",
        "--route",
        "/who=sh -c 'echo $NUNCIO_RPC_URI $NUNCIO_RPC_PID $NUNCIO_RPC_PEER_PID $NUNCIO_RPC_PEER_UID $NUNCIO_RPC_USER_AGENT'",
        "--route",
        "/=sh -c 'echo \"[1,\"; echo 2]'",
    ]);
    assert_eq!(served.call(&["/upper", r#"{"a":"b"}"#]), "{\"A\":\"B\"}\n");
    assert_eq!(served.call(&["/upper"]), "\"NULL\"\n");
    assert_eq!(served.call(&["/text", "1"]), "\"two  words\"\n");
    assert_eq!(served.call(&["/", "1"]), "[1, 2]\n");
    let who = json(&served.call(&["/who"]));
    let words: Vec<&str> = who.as_str().unwrap().split(' ').collect();
    assert_eq!((words[0], words[1], words.len()), ("/who", words[2], 5), "{who}");
    assert!(words[4].starts_with("nuncio/"), "{who}");
    // Data never becomes an argument, and no shell looks at it.
    assert_eq!(served.call(&["/upper", "\"$(id) `id` ; id\""]), "\"$(ID) `ID` ; ID\"\n");
}

#[test]
fn a_command_that_fails_or_takes_too_long_answers_with_an_error() {
    let served = Served::start(&[
        "--timeout",
        "200ms",
        "--route",
        "/fails=sh -c 'echo no way >&2; exit 3'",
        "--route",
        "/silent=false",
        "--route",
        "/sleeps=sleep 1000",
        "--route",
        "/missing=/nonexistent/command",
    ]);
    served.fails(&["/fails"], 1, "nuncio: request \"/fails\": refused by the other side: handler_error: sh: no way\n");
    served.fails(&["/silent"], 1, "handler_error: false: it ended with exit status: 1");
    served.fails(&["/sleeps"], 1, "handler_error: sleep: it was ended after 200ms");
    served.fails(&["/missing"], 1, "handler_error: /nonexistent/command: No such file");
    served.fails(&["/nowhere"], 1, "no_handler_found: No handler found for /nowhere");
    served.fails(&[""], 1, "no_uri: Missing required uri parameter from request");
    let data = json(&served.call(&["/silent", "--code-is-data"]));
    assert_eq!(data, object!({"code": "handler_error", "message": "false: it ended with exit status: 1"}));
}

#[test]
fn what_a_command_has_started_goes_with_its_client() {
    let place = Place::new();
    let pid_file = place.path().join("pid");
    let script = format!("/sleeps=sh -c 'sleep 1000 & echo $! > {}; wait'", pid_file.display());
    let served = Served::start(&["--route", &script]);
    let call = Running::start(&mut served.verb("call", &["/sleeps", "--timeout", "1h"]));
    let pid: u32 = wait_for(|| std::fs::read_to_string(&pid_file).ok()?.strip_suffix('\n')?.parse().ok());
    let runs = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.contains("(sleep)") && !stat.contains(") Z ")
    };
    wait_for(|| runs().then_some(()));
    call.signal(Signal::INT);
    call.end();
    wait_for(|| (!runs()).then_some(()));
}

#[test]
fn only_so_many_commands_run_at_once() {
    let place = Place::new();
    let lock = place.path().join("lock");
    // Fails if another one has the lock.
    let script = format!("/one=sh -c 'mkdir {0} && sleep 0.01 && rmdir {0} && echo 1'", lock.display());
    let served = Served::start(&["--commands", "1", "--route", &script]);
    assert_eq!(served.call(&["/one", "--repeat", "10", "--in-flight", "10"]), "1\n".repeat(10));
}

#[test]
fn calls_print_data_or_records_one_line_each() {
    let served = Served::start(&[]);
    let echo = "/ipcserver/test/echo";
    assert_eq!(served.call(&[echo, "[1.0,1e3,\"\\u00e9\"]"]), "[1.0,1e3,\"\\u00e9\"]\n");
    assert_eq!(served.call(&[echo, "{\n\"a\": 1\n}"]), "{ \"a\": 1 }\n");
    assert_eq!(served.call(&[echo]), "null\n");
    assert_eq!(served.call(&[echo, "--raw"]), "{\"ipcReqID\":\"rq0\"}\n");
    assert_eq!(served.call(&["--raw", "--", echo, "-1"]), "{\"ipcReqID\":\"rq0\",\"data\":-1}\n");
    assert_eq!(served.call(&[echo, "7", "--repeat", "1000", "--in-flight", "64"]), "7\n".repeat(1000));
    let outcome = run_with_input(&mut served.verb("call", &[echo, "-"]), b"{\"from\":\"stdin\"}\n");
    assert_eq!(outcome.printed(), "{\"from\":\"stdin\"}\n");
    let file = write(served.place.path(), "payload", "\"from a file\"");
    assert_eq!(served.call(&[echo, &format!("@{}", file.display())]), "\"from a file\"\n");
    served.fails(&[echo, "{bad"], 1, "nuncio: the payload is not JSON: key must be a string");
    served.fails(&[echo, r#"{"code":"x","message":"y"}"#], 1, "refused by the other side: x: y");
    assert_eq!(served.call(&[echo, r#"{"code":0}"#]), "{\"code\":0}\n");
    served.fails(&["/ipcserver/test/delay", r#"{"delay":60000}"#, "--timeout", "10ms"], 3, "no answer came in time");
    served.fails(&[echo, "1", "--timeout", "5"], 2, "300ms, 5s, 2m");
}

#[test]
fn whom_one_cannot_ask() {
    let place = Place::new();
    let socket = place.path().join("socket");
    let exit = |place: &Place| run(&mut rpc(place, "call", &socket, &["/x"])).status.code();
    assert_eq!(exit(&place), Some(7));
    drop(UnixListener::bind(&socket).unwrap());
    assert_eq!(exit(&place), Some(7));
}

#[test]
fn a_server_ends_in_order_and_leaves_nothing() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut served = Served::start(&["--mode", "0660"]);
        let mode = std::fs::metadata(served.socket()).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode, 0o660);
        let second = run(&mut served.verb("serve", &[]));
        assert_eq!(second.status.code(), Some(1));
        assert!(second.stderr.ends_with("socket\": a live server answers there\n"), "{second:?}");
        let socket = served.socket();
        served.server.signal(signal);
        assert!(served.server.child.wait().unwrap().success());
        assert!(!socket.exists());
    }
}

#[test]
fn a_command_line_that_is_wrong_is_a_usage_error() {
    let place = Place::new();
    let socket = place.path().join("socket");
    for arguments in
        [["--route", "/x"], ["--route", "/x="], ["--route", "/x='a"], ["--mode", "rw"], ["--commands", "0"]]
    {
        assert_eq!(run(&mut rpc(&place, "serve", &socket, &arguments)).status.code(), Some(2), "{arguments:?}");
    }
    assert!(!socket.exists());
}

#[test]
fn statistics_are_told_as_one_object_or_a_table() {
    let served = Served::start(&[]);
    served.call(&["/ipcserver/test/echo", "1", "--repeat", "3"]);
    let told = json(&run(&mut served.verb("stats", &["--json"])).printed());
    assert_eq!((&told["version"], &told["requests"], &told["handlers"]), (&1.into(), &3.into(), &2.into()), "{told}");
    assert_eq!((&told["connections"], &told["clientOpen"]), (&1.into(), &2.into()), "{told}");
    let names =
        ["clientClose", "clientOpen", "duration", "maxConnections", "requests", "slowResponses", "streamBackpressure"];
    let interval = told["interval"].as_object().unwrap();
    assert_eq!(interval.keys().map(String::as_str).collect::<Vec<_>>(), names);
    let table = run(&mut served.verb("stats", &[])).printed();
    assert!(table.contains("requests") && table.contains("/ipcserver/test/echo*"), "{table}");
}

#[test]
fn listening_prints_what_nobody_asked_for_and_connects_again() {
    let place = Place::new();
    let socket = place.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let mut command = rpc(&place, "listen", &socket, &[]);
    let mut listen = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
    let mut lines = listen.lines();
    for n in 1..=2 {
        let (mut peer, _) = listener.accept().unwrap();
        let text = format!("hello\n{{\"ipcReqID\":\"rq9\",\"data\":0}}\n{{\"n\": {n}}}\n");
        std::io::Write::write_all(&mut peer, text.as_bytes()).unwrap();
        assert_eq!(next_line(&mut lines), format!("{{\"n\": {n}}}"));
    }
    listen.signal(Signal::TERM);
    assert!(listen.end().success());
}
