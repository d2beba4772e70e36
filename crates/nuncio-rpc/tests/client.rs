//! The two clients against servers that misbehave.

mod support;

use std::io::Write;
use std::os::unix::net::UnixListener;
use std::sync::Mutex;
use std::time::Duration;

use nuncio_core::{Error, ErrorKind};
use nuncio_rpc::{BlockingClient, Client, ClientBuilder, Data, Refusal, Server};
use serde_json::{Value as Json, json};

use self::support::{PATIENCE, Place, Raw, Served, watched};

const ECHO: &str = "/ipcserver/test/echo";
const DELAY: &str = "/ipcserver/test/delay";

/// A server that a test plays itself.
struct Played {
    place: Place,
    listener: UnixListener,
}

impl Played {
    fn new() -> Self {
        let place = Place::new();
        let listener = UnixListener::bind(place.socket()).expect("a fresh socket");
        Self { place, listener }
    }

    async fn client(&self, builder: ClientBuilder) -> (Client, Raw) {
        let client = builder.connect(self.place.socket()).await.expect("it listens");
        (client, Raw::over(self.listener.accept().expect("a client").0))
    }

    fn blocking(&self, builder: ClientBuilder) -> (BlockingClient, Raw) {
        let client = builder.connect_blocking(self.place.socket()).expect("it listens");
        (client, Raw::over(self.listener.accept().expect("a client").0))
    }
}

fn impatient() -> ClientBuilder {
    Client::builder().request_timeout(Duration::from_millis(30))
}

/// Starts a request, and waits until it is sent.
async fn begin(client: &Client, peer: &mut Raw) -> tokio::task::JoinHandle<Result<Json, Error>> {
    let client = client.clone();
    begin_as(async move { client.request(ECHO, &1).await }, peer).await
}

/// Starts a request that has more time than the others of its client, and waits until it is sent.
async fn begin_patiently(client: &Client, peer: &mut Raw) -> tokio::task::JoinHandle<Result<Json, Error>> {
    let client = client.clone();
    begin_as(async move { client.request_within(PATIENCE, ECHO, &1).await }, peer).await
}

async fn begin_as<R>(request: R, peer: &mut Raw) -> tokio::task::JoinHandle<Result<Json, Error>>
where
    R: Future<Output = Result<Json, Error>> + Send + 'static,
{
    let request = tokio::spawn(request);
    while !peer.has_some() {
        tokio::task::yield_now().await;
    }
    peer.line();
    request
}

fn code(error: &Error) -> String {
    let refusal = std::error::Error::source(error).and_then(|source| source.downcast_ref::<Refusal>());
    refusal.expect("the answer was an error").code().to_owned()
}

/// Asks so often, one after the other, that the next request is moved where it is made.
async fn ask_alone(client: &Client) {
    for n in 0..40 {
        assert_eq!(client.request::<u32>(ECHO, &n).await.expect("an answer"), n);
    }
}

#[test]
fn requests_one_by_one_are_all_answered_and_others_join_them() {
    watched("one by one", async {
        let served = Served::start(Server::builder());
        let client = Client::connect(served.socket()).await.expect("it listens");
        for n in 0..1000_u32 {
            assert_eq!(client.request::<u32>(ECHO, &n).await.expect("an answer"), n);
        }
        let mut others = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let client = client.clone();
            others.spawn(async move { ask_alone(&client).await });
        }
        ask_alone(&client).await;
        others.join_all().await;
        assert_eq!(client.statistics().answers, 1000 + 11 * 40);
    });
}

#[test]
fn a_lone_request_without_its_answer_waits_as_any_other() {
    watched("lone requests", async {
        let played = Played::new();
        let (client, mut peer) = played.client(Client::builder().request_timeout(PATIENCE)).await;
        let answer = |line: &str| {
            let record: Json = serde_json::from_str(line).expect("a request");
            json!({"ipcReqID": record["ipcReqID"], "data": record["data"]}).to_string() + "\n"
        };
        let peer = std::thread::spawn(move || {
            for _ in 0..40 {
                let line = peer.line();
                peer.send(answer(&line));
            }
            // One answer in two halves, one beside a record that nobody asked for, and one that never comes.
            let whole = answer(&peer.line());
            peer.send(&whole[..10]);
            std::thread::yield_now();
            peer.send(&whole[10..]);
            let line = peer.line();
            peer.send(format!("{{\"uri\":\"/news\",\"data\":1}}\n{}", answer(&line)));
            peer.line();
            drop(peer);
        });
        ask_alone(&client).await;
        for n in [41, 42] {
            assert_eq!(client.request::<u32>(ECHO, &n).await.expect("an answer"), n);
        }
        let gone = client.request::<u32>(ECHO, &43).await.expect_err("the server goes");
        assert_eq!(gone.kind(), ErrorKind::PeerGone, "{gone}");
        assert_eq!(client.statistics().messages, 1);
        peer.join().expect("the server did its part");
    });
}

#[test]
fn a_lone_request_has_its_time_and_no_more() {
    watched("a lone request's time", async {
        let served = Served::start(Server::builder());
        let client = Client::connect(served.socket()).await.expect("it listens");
        ask_alone(&client).await;
        let late = client.request_within::<Json>(Duration::from_millis(30), DELAY, &json!({"delay": 60_000})).await;
        let late = late.expect_err("it takes a minute");
        assert_eq!(late.kind(), ErrorKind::TimedOut, "{late}");
        ask_alone(&client).await;
    });
}

#[test]
fn what_comes_before_an_answer_at_once_is_kept_by_a_blocking_client() {
    nuncio_conformance::within(PATIENCE, "blocking", || {
        let played = Played::new();
        let (mut client, mut peer) = played.blocking(Client::builder().record_bytes_max(100));
        let peer = std::thread::spawn(move || {
            peer.line();
            peer.send("{\"uri\":\"/news\"}\nnot JSON\n{\"ipcReqID\":\"rq0\",\"data\":1}\n");
            peer.line();
            peer.send(format!("{{\"ipcReqID\":\"rq1\",\"data\":\"{}\"}}\n", "x".repeat(100)));
            peer.line();
            peer.send("{\"ipcReqID\":\"rq1\",\"data\":2}\n{\"ipcReqID\":\"rq2\",\"data\":3}\n");
        });
        assert_eq!(client.request::<u32>(ECHO, &0).expect("an answer"), 1);
        let large = client.request::<String>(ECHO, &0).expect_err("more than may come");
        assert_eq!(large.kind(), ErrorKind::TooLarge, "{large}");
        assert_eq!(client.request::<u32>(ECHO, &0).expect("an answer"), 3);
        let news = client.next_message(PATIENCE).expect("it was kept").expect("a record");
        assert_eq!(news.record(), "{\"uri\":\"/news\"}");
        peer.join().expect("the server did its part");
    });
}

#[test]
fn many_requests_share_a_connection() {
    watched("many requests", async {
        let served = Served::start(Server::builder());
        let client = Client::connect(served.socket()).await.expect("it listens");
        let mut requests = tokio::task::JoinSet::new();
        for n in 0..1000_u64 {
            let client = client.clone();
            requests.spawn(async move { (n, client.request::<u64>(ECHO, &n).await.expect("an answer")) });
        }
        while let Some(answered) = requests.join_next().await {
            let (n, answer) = answered.expect("no panic");
            assert_eq!(n, answer);
        }
        let figures = client.statistics();
        assert_eq!((figures.requests, figures.answers, figures.timeouts), (1000, 1000, 0));
        assert_eq!(served.handle().statistics().totals.client_open, 1);
    });
}

#[test]
fn an_answer_that_is_an_error_is_an_error_of_the_request() {
    watched("errors", async {
        let served = Served::start(Server::builder());
        let client = Client::connect(served.socket()).await.expect("it listens");
        let error = client.request::<Json>("/nowhere", &1).await.expect_err("no route");
        assert_eq!((error.kind(), code(&error).as_str()), (ErrorKind::Refused, "no_handler_found"));
        assert_eq!(
            error.chain().to_string(),
            "request \"/nowhere\": refused by the other side: no_handler_found: No handler found for /nowhere"
        );
        assert_eq!(code(&client.request::<Json>("", &1).await.expect_err("no uri")), "no_uri");
        let zero = json!({"code": 0, "message": "fine"});
        assert_eq!(client.request::<Json>(ECHO, &zero).await.expect("no error"), zero);
        let error = client.request::<u64>(ECHO, "text").await.expect_err("no number");
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert_eq!(client.request::<Json>(ECHO, &f64::NAN).await.expect_err("no JSON").kind(), ErrorKind::ApiMisuse);

        let plain = Client::builder().code_to_err(false).connect(served.socket()).await.expect("it listens");
        let data = plain.request::<Json>("/nowhere", &1).await.expect("data like any other");
        assert_eq!(data["code"], "no_handler_found");
        let answer = client.call("/nowhere", &1).await.expect("an answer");
        assert_eq!(answer.refusal().expect("an error").message(), "No handler found for /nowhere");

        let transformed = Client::builder().transform(|record| match record.contains("secret") {
            true => Err(Refusal::new("hushed", "").into()),
            false => Ok("\"changed\"".to_owned()),
        });
        let client = transformed.connect(served.socket()).await.expect("it listens");
        assert_eq!(client.request::<String>(ECHO, "x").await.expect("transformed"), "changed");
        assert_eq!(code(&client.request::<Json>(ECHO, "secret").await.expect_err("transformed")), "hushed");
    });
}

#[test]
fn a_request_has_its_time_and_a_late_answer_is_dropped_quietly() {
    watched("timeouts", async {
        let played = Played::new();
        let (client, mut peer) = played.client(impatient()).await;
        let error = begin(&client, &mut peer).await.await.expect("no panic").expect_err("silence");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(error.to_string(), format!("request {ECHO:?}: no answer came in time"));
        let next = begin_patiently(&client, &mut peer).await;
        peer.send("{\"ipcReqID\":\"rq0\",\"data\":\"late\"}\n{\"ipcReqID\":\"rq1\",\"data\":\"good\"}\n");
        assert_eq!(next.await.expect("no panic").expect("in time"), "good");
        let figures = client.statistics();
        assert_eq!((figures.timeouts, figures.late_answers, figures.unknown_answers), (1, 1, 0));
    });
}

#[test]
fn a_late_answer_is_unknown_after_the_expiry() {
    watched("expiry", async {
        let played = Played::new();
        let (client, mut peer) = played.client(impatient().expiry(Duration::from_millis(1))).await;
        begin(&client, &mut peer).await.await.expect("no panic").expect_err("silence");
        while client.statistics().unknown_answers == 0 {
            peer.send("{\"ipcReqID\":\"rq0\",\"data\":\"late\"}\n");
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn when_the_connection_ends_requests_fail_at_once_and_the_client_connects_again() {
    watched("reconnect", async {
        let played = Played::new();
        let builder = Client::builder().request_timeout(None);
        let (client, mut peer) = played.client(builder).await;
        let requests = [begin(&client, &mut peer).await, begin(&client, &mut peer).await];
        drop(peer);
        for request in requests {
            let error = request.await.expect("no panic").expect_err("cut off");
            assert_eq!(error.kind(), ErrorKind::PeerGone);
            assert_eq!(error.to_string(), format!("request {ECHO:?}: the server has closed the connection"));
        }
        let mut peer = accept(&played.listener).await;
        let request = loop {
            // Until it knows of the connection, it says that it has none.
            if client.is_connected() {
                break begin(&client, &mut peer).await;
            }
            tokio::task::yield_now().await;
        };
        peer.send("{\"ipcReqID\":\"rq2\",\"data\":7}\n");
        assert_eq!(request.await.expect("no panic").expect("answered"), 7);
        assert_eq!((client.statistics().reconnects, client.statistics().cut_off), (1, 2));
    });
}

#[test]
fn a_stream_of_messages_holds_no_request_back() {
    watched("a stream of messages", async {
        let played = Played::new();
        // It looks for more as long as something comes at all.
        let builder = Client::builder().request_timeout(None).watch(Duration::from_secs(3600));
        let (client, mut peer) = played.client(builder).await;
        let mut stream = peer.stream().try_clone().expect("a descriptor");
        let (last, line) = tokio::sync::oneshot::channel();
        let reading = std::thread::spawn(move || {
            (0..12).for_each(|_| drop(peer.line()));
            let streaming = std::thread::spawn(move || while stream.write_all(b"{\"news\":1}\n").is_ok() {});
            last.send(peer.line()).expect("the test waits");
            streaming.join().expect("no panic");
        });
        let ask = |client: Client, data: u32| tokio::spawn(async move { client.request::<Json>(ECHO, &data).await });
        // So many are under way that one more is worth holding back until others join it.
        let mut requests: Vec<_> = (0..12).map(|_| ask(client.clone(), 1)).collect();
        while client.statistics().messages < 1000 {
            tokio::task::yield_now().await;
        }
        requests.push(ask(client, 2));
        let line = line.await.expect("it came");
        assert!(line.contains("\"data\":2"), "{line}");
        // The last clone of the client goes with the requests, and its connection with it.
        requests.iter().for_each(tokio::task::JoinHandle::abort);
        for request in requests {
            let _ = request.await;
        }
        tokio::task::spawn_blocking(move || reading.join()).await.expect("no panic").expect("no panic");
    });
}

/// The next client, without keeping the runtime's thread.
async fn accept(listener: &UnixListener) -> Raw {
    let listener = listener.try_clone().expect("a descriptor");
    let accepted = tokio::task::spawn_blocking(move || listener.accept().expect("a client").0);
    Raw::over(accepted.await.expect("no panic"))
}

#[test]
fn without_a_connection_requests_fail_at_once() {
    watched("no connection", async {
        let served = Served::start(Server::builder());
        let client = Client::connect(served.socket()).await.expect("it listens");
        let lasting = Client::builder().reconnect(None).connect(served.socket()).await.expect("it listens");
        let place = served.stop();
        for client in [&client, &lasting] {
            while client.is_connected() {
                tokio::task::yield_now().await;
            }
            let error = client.request::<Json>(ECHO, &1).await.expect_err("nobody is there");
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert!(error.is_transient() && error.to_string().contains("there is no connection: "), "{error}");
        }
        let server = Server::builder().bind(place.socket()).expect("free");
        let served = Served::run(place, server);
        while !client.is_connected() {
            tokio::task::yield_now().await;
        }
        assert_eq!(client.request::<Json>(ECHO, &1).await.expect("it is back"), 1);
        assert!(!lasting.is_connected());
        drop(served);
    });
}

#[test]
fn whom_one_cannot_connect_to() {
    watched("connect", async {
        let place = Place::new();
        let error = Client::connect(place.socket()).await.expect_err("nobody");
        assert_eq!((error.kind(), error.to_string().contains("there is no socket")), (ErrorKind::Unavailable, true));
        drop(UnixListener::bind(place.socket()).expect("a fresh socket"));
        let error = Client::connect(place.socket()).await.expect_err("dead");
        assert!(error.to_string().contains("nobody answers on the socket"), "{error}");
        assert_eq!(BlockingClient::connect(place.socket()).expect_err("dead").kind(), ErrorKind::Unavailable);
    });
}

#[test]
fn limits_of_a_client() {
    watched("limits", async {
        let played = Played::new();
        let builder = Client::builder().record_bytes_max(1000).in_flight_max(2);
        let (client, mut peer) = played.client(builder).await;
        let error = client.request::<Json>(ECHO, &"x".repeat(1000)).await.expect_err("too large");
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        let first = begin(&client, &mut peer).await;
        let second = begin(&client, &mut peer).await;
        assert_eq!(client.request::<Json>(ECHO, &1).await.expect_err("two are under way").kind(), ErrorKind::Full);
        peer.send(format!("{{\"ipcReqID\":\"rq0\",\"data\":\"{}\"}}\n", "x".repeat(1000)));
        let error = first.await.expect("no panic").expect_err("too large");
        assert_eq!((error.kind(), error.to_string().contains("larger than 1000 bytes")), (ErrorKind::TooLarge, true));
        client.close();
        assert_eq!(second.await.expect("no panic").expect_err("closed").kind(), ErrorKind::Closed);
        assert_eq!(client.request::<Json>(ECHO, &1).await.expect_err("closed").kind(), ErrorKind::Closed);
    });
}

#[test]
fn the_last_clone_closes_the_connection() {
    watched("drop", async {
        let played = Played::new();
        let (client, mut peer) = played.client(Client::builder()).await;
        drop(client.clone());
        assert!(client.is_connected());
        drop(client);
        let rest = tokio::task::spawn_blocking(move || peer.rest());
        assert_eq!(rest.await.expect("no panic"), "");
    });
}

#[test]
fn a_client_tells_its_figures_at_intervals() {
    let (tell, told) = std::sync::mpsc::channel();
    let tell = Mutex::new(tell);
    watched("figures", async move {
        let served = Served::start(Server::builder());
        let builder = Client::builder().on_statistics(Duration::from_millis(10), move |figures| {
            let _ = tell.lock().expect("whole").send(*figures);
        });
        let client = builder.connect(served.socket()).await.expect("it listens");
        client.request::<Json>(ECHO, &1).await.expect("an answer");
        let mut answers = 0;
        while answers == 0 {
            tokio::task::yield_now().await;
            answers += told.try_iter().map(|figures| figures.answers).sum::<u64>();
        }
        assert_eq!(answers, 1);
    });
}

#[test]
fn a_request_that_says_how_long_it_waits_ends_with_its_handler() {
    watched("announced", async {
        let wait = async || std::future::pending::<Data<()>>().await;
        let served = Served::start(Server::builder().route("/wait", wait));
        let client = impatient().announce_timeout().connect(served.socket()).await.expect("it listens");
        client.request::<Json>("/wait", &1).await.expect_err("no answer");
        while served.handle().statistics().in_flight > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_blocking_client_asks_waits_and_has_several_under_way() {
    let served = Served::start(Server::builder());
    let mut client = BlockingClient::connect(served.socket()).expect("it listens");
    assert_eq!(client.request::<String>(ECHO, "x").expect("an answer"), "x");
    assert_eq!(code(&client.request::<Json>("/nowhere", &1).expect_err("no route")), "no_handler_found");
    assert_eq!(client.call_bare(ECHO).expect("an answer").data(), None);
    let slow = client.submit(DELAY, &json!({"delay": 30})).expect("sent");
    let fast = client.submit(ECHO, &2).expect("sent");
    assert_eq!(client.wait(fast).expect("answered").data(), Some("2"));
    assert_eq!(client.request::<Json>(ECHO, &3).expect("answered"), 3);
    assert_eq!(client.wait(slow).expect("answered").data(), Some("{\"delay\":30}"));
    let figures = client.statistics();
    assert_eq!((figures.requests, figures.answers), (6, 6));
}

#[test]
fn a_blocking_client_times_out_and_goes_on() {
    let played = Played::new();
    let (mut client, mut peer) = played.blocking(impatient());
    let first = client.submit(ECHO, &1).expect("sent");
    let error = client.request::<Json>(ECHO, &2).expect_err("silence");
    assert_eq!(
        (error.kind(), client.wait(first).expect_err("silence").kind()),
        (ErrorKind::TimedOut, ErrorKind::TimedOut)
    );
    peer.send("{\"ipcReqID\":\"rq0\",\"data\":\"late\"}\n{\"ipcReqID\":\"rq2\",\"data\":\"good\"}\n{\"half");
    let answer: Json = client.request_within(PATIENCE, ECHO, &3).expect("in time");
    assert_eq!(answer, "good");
    // A record that is cut by a timeout is whole when the rest has come.
    assert_eq!(client.request::<Json>(ECHO, &4).expect_err("half").kind(), ErrorKind::TimedOut);
    peer.send("\":1}\n{\"ipcReqID\":\"rq4\",\"data\":\"whole\"}\n");
    assert_eq!(client.request_within::<Json>(PATIENCE, ECHO, &5).expect("in time"), "whole");
    assert_eq!(client.next_message(PATIENCE).expect("kept").expect("one").record(), "{\"half\":1}");
    assert_eq!(client.statistics().late_answers, 1);
}

#[test]
fn a_blocking_client_connects_again_with_its_next_request() {
    let played = Played::new();
    let (mut client, peer) = played.blocking(Client::builder());
    let ticket = client.submit(ECHO, &1).expect("sent");
    drop(peer);
    let error = client.wait(ticket).expect_err("cut off");
    assert_eq!(error.kind(), ErrorKind::PeerGone);
    assert!(
        error.to_string().contains("the server has closed the connection") || error.to_string().contains("reset"),
        "{error}"
    );
    let second = client.submit(ECHO, &2).expect("sent");
    let mut peer = Raw::over(played.listener.accept().expect("a client").0);
    peer.send("{\"ipcReqID\":\"rq1\",\"data\":2}\n");
    assert_eq!(client.wait(second).expect("answered").data(), Some("2"));
    assert_eq!((client.statistics().reconnects, client.statistics().cut_off), (1, 1));
    drop((peer, played));
    assert_eq!(client.next_message(PATIENCE).expect_err("gone").kind(), ErrorKind::PeerGone);
    assert_eq!(client.request::<Json>(ECHO, &3).expect_err("nobody").kind(), ErrorKind::Unavailable);
}

#[test]
fn a_blocking_client_works_inside_a_runtime() {
    watched("inside a runtime", async {
        let served = Served::start(Server::builder());
        let mut client = BlockingClient::connect(served.socket()).expect("it listens");
        assert_eq!(client.request::<Json>(ECHO, &1).expect("an answer"), 1);
        assert!(client.next_message(Duration::from_millis(1)).expect("open").is_none());
    });
}
