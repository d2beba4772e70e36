//! What strangers send: bounded memory, a clear error, and nobody else is affected.

mod support;

use std::io::Write;
use std::time::Duration;

use nuncio_rpc::{Data, Limits, Server};
use serde_json::json;

use self::support::{Raw, Served, wait_until};

const ECHO: &str = r#"{"uri":"/ipcserver/test/echo","ipcReqID":"ok","data":"alive"}"#;

fn is_alive(client: &mut Raw) {
    assert_eq!(client.ask(ECHO), json!({"ipcReqID": "ok", "data": "alive"}));
}

fn limited(limits: Limits) -> Served {
    Served::start(Server::builder().limits(limits))
}

#[test]
fn megabytes_without_a_line_feed_are_a_record_when_it_comes_at_last() {
    let served = limited(Limits::default());
    let (mut client, mut other) = (served.connect(), served.connect());
    let text = "x".repeat(2 << 20);
    client.send(format!(r#"{{"ipcReqID":1,"uri":"/ipcserver/test/echo","data":"{text}"#));
    is_alive(&mut other);
    client.send("\"}\n");
    assert_eq!(client.json()["data"], text);
}

#[test]
fn a_record_that_is_too_large_is_answered_and_passed_over() {
    let served = limited(Limits::default().with_record_bytes_max(1 << 20));
    let (mut client, mut other) = (served.connect(), served.connect());
    client.send(r#"{"ipcReqID":"big","uri":"/ipcserver/test/echo","data":""#);
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..16 {
        client.send(&piece);
        is_alive(&mut other);
    }
    client.send("\"}\n");
    let answer = client.json();
    assert_eq!((&answer["ipcReqID"], &answer["data"]["code"]), (&json!("big"), &json!("record_too_large")));
    assert_eq!(answer["data"]["message"], "the record is larger than 1048576 bytes");
    // The connection goes on, and nothing of the record is left.
    is_alive(&mut client);
    client.send(format!("{}\n", "y".repeat((1 << 20) + 1)));
    assert_eq!(
        client.json(),
        json!({"ipcReqID": null, "data": {"code": "record_too_large", "message": "the record is larger than 1048576 bytes"}})
    );
    is_alive(&mut client);
}

#[test]
fn half_a_record_and_silence() {
    let served = limited(Limits::default().with_record_timeout(Duration::from_millis(50)));
    let mut other = served.connect();
    let mut client = served.connect();
    client.send(r#"{"ipcReqID":"half","uri":"/ipcserver"#);
    let answer = client.json();
    assert_eq!((&answer["ipcReqID"], &answer["data"]["code"]), (&json!("half"), &json!("record_incomplete")));
    assert_eq!(answer["data"]["message"], "the record was not whole after 0.05 s: 36 bytes came, and no line feed");
    assert_eq!(client.rest(), "");
    is_alive(&mut other);
}

#[test]
fn an_idle_connection_is_closed_when_that_is_asked_for() {
    let served = limited(Limits::default().with_idle_timeout(Some(Duration::from_millis(500))));
    let mut client = served.connect();
    is_alive(&mut client);
    // A request in work is no idleness.
    assert_eq!(client.ask(r#"{"uri":"/ipcserver/test/delay","data":{"delay":600}}"#)["data"]["delay"], 600);
    assert_eq!(client.rest(), "");
}

#[test]
fn deep_nesting_costs_nothing() {
    let mut client =
        Served::start(Server::builder().route("/typed", async |Data(value): Data<serde_json::Value>| Data(value)))
            .connect_alone();
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    client.send(format!("{{\"ipcReqID\":1,\"uri\":\"/typed\",\"data\":{deep}}}\n"));
    assert_eq!(client.json()["data"]["code"], "bad_data");
    client.send(format!("{{\"ipcReqID\":1,\"uri\":{deep},\"data\":1}}\n"));
    assert_eq!(client.json()["data"]["code"], "no_handler_found");
    client.send(format!("{{\"ipcReqID\":2,\"uri\":\"/ipcserver/test/echo\",\"data\":{deep}}}\n"));
    assert_eq!(client.line(), format!("{{\"ipcReqID\":2,\"data\":{deep}}}"));
    client.send(format!("{}\n", "{\"a\":".repeat(1_000_000)));
    is_alive(&mut client);
}

#[test]
fn bytes_that_are_no_text_and_odd_values() {
    let mut client = Served::start(Server::builder()).connect_alone();
    client.send(b"{\"uri\":\"/ipcserver/test/echo\",\"ipcReqID\":1,\"data\":\"\xff\xfe\"}\n");
    assert_eq!(client.json()["data"], "\u{fffd}\u{fffd}");
    client.send(b"\xff\xff\n\0\0\n");
    for line in [
        r#"{"uri":{"toString":1},"ipcReqID":1}"#,
        r#"{"uri":[[],{}],"ipcReqID":1}"#,
        r#"{"uri":"\ud800","ipcReqID":1}"#,
    ] {
        assert_eq!(client.ask(line)["data"]["code"], "no_handler_found", "{line}");
    }
    is_alive(&mut client);
}

#[test]
fn answers_that_nobody_reads_stop_the_reading_and_nothing_else() {
    let limits = Limits::default().with_outbox_bytes_max(64 * 1024);
    let served = limited(limits);
    let (client, mut other) = (served.connect(), served.connect());
    let text = "x".repeat(10_000);
    let record = format!("{{\"uri\":\"/ipcserver/test/echo\",\"data\":\"{text}\"}}\n");
    // Far more than sockets and outbox hold together: the client cannot send it all while it reads nothing.
    client.stream().set_nonblocking(true).expect("a flag");
    let (mut sent, mut stalled) = (0_usize, 0);
    while stalled < 1000 {
        match client.stream().write(&record.as_bytes()[sent % record.len()..]) {
            Ok(bytes) => (sent, stalled) = (sent + bytes, 0),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                stalled += 1;
                is_alive(&mut other);
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(sent < 4 << 20, "{sent} bytes were taken of a client that reads nothing");
    assert!(served.handle().statistics().totals.stream_backpressure > 0);
    // When it reads, it gets every answer, and may go on.
    let mut client = client;
    client.stream().set_nonblocking(false).expect("a flag");
    let whole = sent.div_ceil(record.len());
    let rest = whole * record.len() - sent;
    let writer = client.stream().try_clone().expect("a descriptor");
    let last = record.as_bytes()[record.len() - rest..].to_vec();
    let writing = std::thread::spawn(move || (&writer).write_all(&last).expect("it reads again"));
    for _ in 0..whole {
        assert_eq!(client.json()["data"], text);
    }
    writing.join().expect("no panic");
    is_alive(&mut client);
}

#[test]
fn requests_in_work_are_bounded() {
    let wait = async |Data(_): Data<u32>| std::future::pending::<Data<()>>().await;
    let per_connection = Limits::default().with_in_flight_per_connection_max(3);
    let served = Served::start(Server::builder().limits(per_connection).route("/wait", wait));
    let mut client = served.connect();
    (0..10).for_each(|n| client.send(format!("{{\"uri\":\"/wait\",\"data\":{n}}}\n")));
    wait_until("three are in work", || served.handle().statistics().in_flight == 3);
    assert_eq!(served.handle().statistics().totals.requests, 3);
    is_alive(&mut served.connect());

    let in_all = Limits::default().with_in_flight_max(3);
    let served = Served::start(Server::builder().limits(in_all).route("/wait", wait));
    let mut clients: Vec<_> = (0..3).map(|_| served.connect()).collect();
    clients.iter_mut().for_each(|client| client.send("{\"uri\":\"/wait\",\"data\":1}\n"));
    wait_until("three are in work", || served.handle().statistics().in_flight == 3);
    let answer = served.connect().ask(r#"{"uri":"/wait","ipcReqID":9,"data":1}"#);
    assert_eq!((&answer["ipcReqID"], &answer["data"]["code"]), (&json!(9), &json!("server_busy")));
    drop(clients);
    wait_until("there is room again", || served.handle().statistics().in_flight == 0);
}

#[test]
fn connections_are_bounded() {
    let served = limited(Limits::default().with_connections_max(2));
    let mut clients: Vec<_> = (0..2).map(|_| served.connect()).collect();
    clients.iter_mut().for_each(is_alive);
    let mut third = served.connect();
    assert_eq!(third.json()["data"]["code"], "too_many_connections");
    assert_eq!(third.rest(), "");
    clients.pop();
    wait_until("one is gone", || served.handle().statistics().connections == 1);
    is_alive(&mut served.connect());
}

#[test]
fn random_bytes_never_stop_a_server() {
    let served = limited(Limits::default().with_record_bytes_max(4096));
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let pieces =
        [ECHO, "{", "}", "\"", "\\", "\n", "[", ":", ",", "uri", "\u{feff}", "null", "\"ipcReqID\":", "☃", "\r\n"];
    for _ in 0..200 {
        let mut client = served.connect();
        let garbage: Vec<u8> = (0..next() % 300)
            .flat_map(|_| match next() % 4 {
                0 => next().to_le_bytes().to_vec(),
                _ => pieces[next() as usize % pieces.len()].as_bytes().to_vec(),
            })
            .collect();
        client.send(garbage);
        client.send("\n");
        client.finish().lines().for_each(|line| drop(support::json(line)));
    }
    is_alive(&mut served.connect());
}
