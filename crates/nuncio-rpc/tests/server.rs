//! What a server answers, to whom, and what it tells of itself.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nuncio_core::{Deadline, ErrorKind, Origin};
use nuncio_rpc::{
    Data, Extract, Fault, Figures, Incoming, Limits, Pattern, Peer, Replies, Request, Server, Silence, State,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::{Notify, mpsc, oneshot};

use self::support::{Place, Served, wait_until};

#[derive(Serialize, Deserialize)]
struct Pair {
    left: u64,
    right: u64,
}

async fn add(Data(pair): Data<Pair>) -> Result<Data<u64>, Fault> {
    let sum = pair.left.checked_add(pair.right);
    sum.map(Data).ok_or_else(|| Fault::new("overflow", "the sum is above 2^64"))
}

#[test]
fn handlers_take_and_give_serde_types() {
    let mut client = Served::start(Server::builder().route("/add", add)).connect_alone();
    assert_eq!(client.ask(r#"{"ipcReqID":1,"uri":"/add","data":{"left":2,"right":3}}"#)["data"], 5);
    let max = u64::MAX;
    let answer = client.ask(&format!(r#"{{"ipcReqID":2,"uri":"/add","data":{{"left":{max},"right":1}}}}"#));
    assert_eq!(answer, json!({"ipcReqID": 2, "data": {"code": "overflow", "message": "the sum is above 2^64"}}));
    for line in [r#"{"ipcReqID":3,"uri":"/add","data":{"left":2}}"#, r#"{"ipcReqID":3,"uri":"/add"}"#] {
        let answer = client.ask(line);
        assert_eq!(answer["data"]["code"], "bad_data", "{answer}");
        assert!(answer["data"]["message"].as_str().expect("text").contains("/add"), "{answer}");
    }
}

#[test]
fn the_first_route_that_fits_is_taken_and_the_fallback_takes_the_rest() {
    let name = |name: &'static str| move || async move { Data(name) };
    let builder = Server::builder()
        .route("/a", name("exact"))
        .route(Pattern::prefix("/a"), name("prefix"))
        .route(Pattern::expression("[0-9]$").expect("an expression"), name("expression"))
        .route("/a7", name("never"))
        .fallback(async |request: Request| Data(format!("nothing for {}", request.uri())));
    let mut client = Served::start(builder).connect_alone();
    for (uri, route) in [("/a", "exact"), ("/a7", "prefix"), ("/b7", "expression"), ("/b", "nothing for /b")] {
        assert_eq!(client.ask(&format!(r#"{{"uri":"{uri}"}}"#))["data"], route, "{uri}");
    }
}

/// Something that a program knows how to take out of a request.
struct Agent(String);

impl Extract for Agent {
    fn extract(request: &Incoming<'_>) -> Result<Self, Fault> {
        request.user_agent().map(Self).ok_or_else(|| Fault::new("no_agent", "who are you?"))
    }
}

#[test]
fn handlers_are_given_what_they_want() {
    async fn tell(
        Agent(agent): Agent,
        origin: Origin,
        State(counter): State<AtomicU64>,
        peer: Peer,
        request: Request,
        deadline: Deadline,
    ) -> Data<serde_json::Value> {
        let Origin::Kernel { pid, uid, .. } = origin else { panic!("the kernel knows") };
        let count = counter.fetch_add(1, Ordering::Relaxed);
        assert_eq!((peer.origin(), deadline), (&origin, Deadline::Never));
        Data(json!([agent, pid, uid, count, request.claimed_pid(), request.id(), request.data()]))
    }
    let served = Served::start(Server::builder().state(AtomicU64::new(7)).route("/tell", tell));
    let mut client = served.connect();
    let answer = client.ask(r#"{"uri":"/tell","ipcReqID":[1],"data":{"a":1},"pid":1,"userAgent":"me"}"#);
    let (pid, uid) = (std::process::id(), nuncio_sys::process::effective_user());
    assert_eq!(answer["data"], json!(["me", pid, uid, 7, 1, "[1]", r#"{"a":1}"#]));
    assert_eq!(client.ask(r#"{"uri":"/tell"}"#)["data"]["code"], "no_agent");
}

#[test]
fn a_state_that_is_missing_is_found_at_the_start() {
    let place = Place::new();
    let builder = Server::builder().route("/x", async |_: State<Notify>| Silence);
    let error = builder.bind(place.socket()).expect_err("no such state");
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
    assert!(error.to_string().contains("Notify"), "{error}");
    assert!(!place.socket().exists());
}

#[test]
fn a_handler_that_panics_answers_and_the_server_lives_on() {
    async fn panics(Data(late): Data<bool>) -> Data<()> {
        if late {
            tokio::task::yield_now().await;
        }
        panic!("as a careless handler may");
    }
    fn at_once() -> std::future::Ready<Data<()>> {
        panic!("as a careless handler may");
    }
    let mut client = Served::start(Server::builder().route("/panic", panics).route("/once", at_once)).connect_alone();
    for line in [
        r#"{"uri":"/panic","ipcReqID":1,"data":true}"#,
        r#"{"uri":"/panic","ipcReqID":1,"data":false}"#,
        r#"{"uri":"/once","ipcReqID":1}"#,
    ] {
        let expected = json!({"ipcReqID": 1, "data": {"code": "handler_error", "message": "the handler has panicked"}});
        assert_eq!(client.ask(line), expected);
    }
    assert_eq!(client.ask(r#"{"uri":"/ipcserver/test/echo","data":7}"#)["data"], 7);
}

#[test]
fn an_answer_that_is_no_json_is_an_error() {
    let mut client = Served::start(Server::builder().route("/nan", async || Data(f64::NAN))).connect_alone();
    assert_eq!(client.ask(r#"{"uri":"/nan","ipcReqID":1}"#)["data"]["code"], "handler_error");
}

#[test]
fn answers_overtake_each_other_and_a_request_may_have_several() {
    let (release, released) = oneshot::channel::<()>();
    let released = std::sync::Mutex::new(Some(released));
    let slow = move || {
        let released = released.lock().expect("once").take().expect("once");
        async move { Data(released.await.is_ok()) }
    };
    async fn thrice(replies: Replies) -> Result<Silence, Fault> {
        for n in 1..=3 {
            replies.send(&n).await?;
        }
        Ok(Silence)
    }
    let mut client = Served::start(Server::builder().route("/slow", slow).route("/thrice", thrice)).connect_alone();
    client.send("{\"uri\":\"/slow\",\"ipcReqID\":\"s\"}\n{\"uri\":\"/thrice\",\"ipcReqID\":\"t\"}\n");
    for n in 1..=3 {
        assert_eq!(client.json(), json!({"ipcReqID": "t", "data": n}));
    }
    release.send(()).expect("it waits");
    assert_eq!(client.json(), json!({"ipcReqID": "s", "data": true}));
}

#[test]
fn a_server_sends_what_nobody_asked_for() {
    let builder = Server::builder().on_connect(|peer| peer.try_push(&json!({"welcome": peer.number()})).expect("room"));
    let served = Served::start(builder);
    let (mut first, mut second) = (served.connect(), served.connect());
    assert_eq!([first.json(), second.json()], [json!({"welcome": 0}), json!({"welcome": 1})]);
    assert_eq!(served.handle().broadcast(&json!({"news": 1})).expect("an object"), 2);
    assert_eq!([first.json(), second.json()], [json!({"news": 1}), json!({"news": 1})]);
    assert_eq!(served.handle().broadcast(&[1]).expect_err("no object").kind(), ErrorKind::ApiMisuse);
}

/// Sends when it is dropped.
struct OnDrop(mpsc::UnboundedSender<&'static str>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

#[test]
fn when_the_client_goes_its_handlers_are_told() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let wait = move |peer: Peer| {
        let (dropped, watcher) = (OnDrop(tell.clone()), tell.clone());
        tokio::spawn(async move {
            peer.gone().await;
            let _ = watcher.send("gone");
            let refused = peer.push(&json!({})).await.expect_err("gone");
            assert_eq!((refused.kind(), peer.is_gone()), (ErrorKind::PeerGone, true));
        });
        async move {
            let _dropped = dropped;
            std::future::pending::<Silence>().await
        }
    };
    let served = Served::start(Server::builder().route("/wait", wait));
    let mut client = served.connect();
    client.send("{\"uri\":\"/wait\"}\n");
    wait_until("the handler waits", || served.handle().statistics().in_flight == 1);
    drop(client);
    let mut what = [told.blocking_recv().expect("told"), told.blocking_recv().expect("told")];
    what.sort_unstable();
    assert_eq!(what, ["dropped", "gone"]);
    wait_until("nothing is in work", || served.handle().statistics().in_flight == 0);
}

#[test]
fn a_handler_has_its_time_and_no_more() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let wait = move |deadline: Deadline| {
        assert!(deadline.instant().is_some());
        let dropped = OnDrop(tell.clone());
        async move {
            let _dropped = dropped;
            std::future::pending::<Silence>().await
        }
    };
    let limits = Limits::default().with_handler_timeout(Some(Duration::from_millis(20)));
    let mut client = Served::start(Server::builder().limits(limits).route("/wait", wait)).connect_alone();
    let answer = client.ask(r#"{"uri":"/wait","ipcReqID":1}"#);
    assert_eq!((&answer["ipcReqID"], &answer["data"]["code"]), (&json!(1), &json!("handler_timeout")));
    assert_eq!(told.blocking_recv(), Some("dropped"));
    // A client of nuncio's says how long it waits; the shorter of both counts.
    let answer = client.ask(r#"{"uri":"/wait","ipcReqID":2,"nuncio":{"timeout":1}}"#);
    assert_eq!(answer["data"]["code"], "handler_timeout");
}

#[test]
fn delays_are_those_of_the_reference() {
    let limits = Limits::default().with_delay_max(Duration::from_secs(1));
    let mut client = Served::start(Server::builder().limits(limits)).connect_alone();
    let mut delay = |data: &str| client.ask(&format!(r#"{{"uri":"/ipcserver/test/delay","data":{data}}}"#));
    for (data, answer) in [
        ("{}", json!({"delay": 0})),
        ("7", json!({"delay": 0})),
        (r#"{"delay":0}"#, json!({"delay": 0})),
        (r#"{"delay":"x"}"#, json!({"delay": "x"})),
        (r#"{"delay":{}}"#, json!({"delay": {}})),
        (r#"{"delay":-1e300}"#, json!({"delay": -1e300})),
    ] {
        assert_eq!(delay(data)["data"], answer, "{data}");
    }
    assert_eq!(delay("null")["data"]["code"], "bad_data");
    let year = delay(r#"{"delay":31536000000}"#);
    assert_eq!(year["data"]["code"], "delay_too_long");
    assert_eq!(year["data"]["message"], "the delay is 31536000000 ms, the limit is 1000 ms");
    assert_eq!(delay(r#"{"delay":1e400}"#)["data"]["code"], "delay_too_long");
}

#[test]
fn statistics_are_those_of_the_reference_and_roll_over() {
    let (tell, told) = std::sync::mpsc::channel::<Figures>();
    let builder = Server::builder()
        .slow_threshold(Duration::ZERO)
        .statistics_interval(Duration::from_millis(50))
        .on_statistics(move |figures| drop(tell.send(figures.clone())));
    let served = Served::start(builder);
    let mut client = served.connect();
    client.ask(r#"{"uri":"/ipcserver/test/echo","data":1}"#);
    client.send("garbage\n{broken\n");
    client.ask(r#"{"uri":"/nowhere"}"#);
    client.ask(r#"{"no":"uri"}"#);
    let statistics = served.handle().statistics();
    assert_eq!((statistics.connections, statistics.handlers), (1, 2));
    assert_eq!((statistics.totals.requests, statistics.totals.client_open), (3, 1));
    assert_eq!(statistics.totals.slow_responses, 2);
    let echo = &statistics.routes[0];
    assert_eq!((echo.route.as_str(), echo.latency.count), ("/ipcserver/test/echo*", 1));
    let mut sum = 0;
    while sum < 3 {
        let interval = told.recv_timeout(support::PATIENCE).expect("an interval ends");
        sum += interval.requests;
        assert!(interval.duration >= 50);
    }
    assert_eq!(sum, 3);
    // Asking for them is no request.
    let told = client.ask(r#"{"uri":"/nuncio/stats","ipcReqID":1}"#);
    assert_eq!((&told["data"]["version"], &told["data"]["requests"]), (&json!(1), &json!(3)), "{told}");
    assert!(told["data"]["interval"]["duration"].as_u64() >= Some(50), "{told}");
}

#[test]
fn without_the_built_in_routes_nothing_answers_there() {
    let mut client = Served::start(Server::builder().without_built_ins()).connect_alone();
    for uri in ["/ipcserver/test/echo", "/ipcserver/test/delay", "/nuncio/stats"] {
        assert_eq!(client.ask(&format!(r#"{{"uri":"{uri}"}}"#))["data"]["code"], "no_handler_found");
    }
}

#[test]
fn a_server_may_have_threads_of_its_own() {
    let seen = Arc::new(std::sync::Mutex::new(std::collections::HashSet::new()));
    let (noted, barrier) = (seen.clone(), Arc::new(tokio::sync::Barrier::new(4)));
    let note = move || {
        noted.lock().expect("whole").insert(std::thread::current().id());
        let barrier = barrier.clone();
        async move {
            barrier.wait().await;
            Data(())
        }
    };
    let served = Served::start(Server::builder().threads(2).route("/note", note));
    let mut clients: Vec<_> = (0..4).map(|_| served.connect()).collect();
    clients.iter_mut().for_each(|client| client.send("{\"uri\":\"/note\"}\n"));
    clients.iter_mut().for_each(|client| drop(client.line()));
    assert_eq!(seen.lock().expect("whole").len(), 2);
}

#[cfg(feature = "metrics")]
#[test]
fn metrics_are_served_over_http() {
    use std::io::{Read, Write};
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    let served = Served::start(Server::builder().metrics(port));
    served.connect().ask(r#"{"uri":"/ipcserver/test/echo"}"#);
    let get = |request: &str| {
        let mut stream = std::net::TcpStream::connect(port).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("text");
        answer
    };
    let metrics = get("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(metrics.starts_with("HTTP/1.1 200 OK\r\n"), "{metrics}");
    for line in [
        "nuncio_rpc_requests_total 1\n",
        "# TYPE nuncio_rpc_latency_seconds histogram\n",
        "nuncio_rpc_latency_seconds_count{route=\"/ipcserver/test/echo*\"} 1\n",
        "nuncio_rpc_latency_seconds_bucket{route=\"/ipcserver/test/echo*\",le=\"+Inf\"} 1\n",
    ] {
        assert!(metrics.contains(line), "{line:?} is missing in {metrics}");
    }
    assert!(get("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
    assert!(get("POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
}
