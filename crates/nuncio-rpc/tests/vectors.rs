//! Every recorded stream of the reference, replayed against nuncio in both roles.

mod support;

use std::collections::HashMap;
use std::io::Read;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use nuncio_core::ErrorKind;
use nuncio_rpc::{Absent, Builder, Client, Data, Fault, IntoAnswer, Pattern, Replies, Request, Server};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use self::support::{Place, Raw, Served, watched};

/// Where the answer is the same value and not the same bytes: the reference writes anew what it echoes, with its own order
/// of members and its own form of numbers and escapes; nuncio passes on what came.
const SAME_VALUE: [&str; 3] = ["php-echo", "raw-extra-members", "raw-key-order"];
/// Where the client did not wait for one answer before it asked again, or several clients had the same ids.
const AT_ONCE: [&str; 2] = ["node-no-uri", "node-pipelined-out-of-order"];
/// Where nuncio answers and the reference cannot.
const BETTER: [&str; 2] = ["node-echo-over-1m", "shutdown-with-open-client"];

#[derive(Deserialize)]
struct Index {
    cases: Vec<Recorded>,
    fatal_to_reference: Vec<Fatal>,
}

#[derive(Deserialize)]
struct Recorded {
    id: String,
    client_to_server: Stream,
    server_to_client: Stream,
}

/// What crossed a socket in one direction: as text, or in a file of its own.
#[derive(Deserialize)]
struct Stream {
    text: Option<String>,
    file: String,
    bytes: usize,
    gzip: bool,
}

#[derive(Deserialize)]
struct Fatal {
    client_to_server_text: String,
}

/// One recorded conversation.
struct Case {
    id: String,
    sent: Vec<u8>,
    answered: Vec<u8>,
}

fn index() -> Index {
    serde_json::from_str(include_str!("vectors/index.json")).expect("the index of the vectors")
}

fn cases() -> Vec<Case> {
    let case = |Recorded { id, client_to_server, server_to_client }| Case {
        id,
        sent: client_to_server.read(),
        answered: server_to_client.read(),
    };
    index().cases.into_iter().map(case).collect()
}

impl Stream {
    fn read(self) -> Vec<u8> {
        let bytes = match &self.text {
            Some(text) => text.clone().into_bytes(),
            None if self.bytes == 0 => Vec::new(),
            None => self.read_file(),
        };
        assert_eq!(bytes.len(), self.bytes, "{}", self.file);
        bytes
    }

    fn read_file(&self) -> Vec<u8> {
        let path = format!("{}/tests/vectors/{}", env!("CARGO_MANIFEST_DIR"), self.file);
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        if !self.gzip {
            return bytes;
        }
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).expect("gzip");
        plain
    }
}

/// The handlers of the recorded server, beside the two that are built in.
fn recorded_server() -> Builder {
    let expression = |text| Pattern::expression(text).expect("an expression");
    Server::builder()
        .route(expression("^/myapi/test"), async || Data(json!({"hello": "thanks"})))
        .route(expression("^/str.ng$"), async |request: Request| Data(json!({"matched": request.uri()})))
        .route("/undef", async || Absent)
        .route("/null", async || Data(()))
        .route("/twice", twice)
        .route("/whole", whole)
}

async fn twice(replies: Replies) -> Result<Data<Json>, Fault> {
    replies.send(&json!({"n": 1})).await?;
    Ok(Data(json!({"n": 2})))
}

async fn whole(request: Request) -> impl IntoAnswer {
    nuncio_rpc::Raw::new(request.record())
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8(bytes.to_vec()).expect("text").lines().map(str::to_owned).collect()
}

/// The value of a line, every number as JavaScript has it.
fn value(line: &str) -> Json {
    fn doubles(value: Json) -> Json {
        match value {
            Json::Number(number) => number.as_f64().map_or(Json::Null, Json::from),
            Json::Array(elements) => elements.into_iter().map(doubles).collect(),
            Json::Object(members) => members.into_iter().map(|(name, value)| (name, doubles(value))).collect(),
            other => other,
        }
    }
    // Half a surrogate pair is no text in Rust.
    doubles(support::json(&line.replace(r"\ud800", r"\ufffd")))
}

#[test]
fn nuncio_answers_as_the_reference_did() {
    nuncio_conformance::within(support::PATIENCE, "the vectors", || {
        let served = Served::start(recorded_server());
        let mut replayed = 0;
        for case in cases().iter().filter(|case| !BETTER.contains(&case.id.as_str())) {
            let answered = replay(&served, case);
            match SAME_VALUE.contains(&case.id.as_str()) {
                false => assert_eq!(answered, String::from_utf8_lossy(&case.answered), "{}", case.id),
                true => {
                    let values = |text: &str| text.lines().map(value).collect::<Vec<_>>();
                    assert_eq!(values(&answered), values(&String::from_utf8_lossy(&case.answered)), "{}", case.id);
                }
            }
            replayed += 1;
        }
        assert_eq!(replayed, 31);
    });
}

/// What nuncio answers, asked in the rhythm of the recorded client.
fn replay(served: &Served, case: &Case) -> String {
    let mut client = served.connect();
    match case.id.as_str() {
        "raw-split" => case.sent.iter().for_each(|byte| client.send([*byte])),
        id if id.starts_with("raw-") || AT_ONCE.contains(&id) => client.send(&case.sent),
        // These clients wait for each answer before they ask again.
        _ => return one_by_one(client, case),
    }
    client.finish()
}

fn one_by_one(mut client: Raw, case: &Case) -> String {
    let mut answered = String::new();
    for request in lines(&case.sent) {
        let id = value(&request)["ipcReqID"].clone();
        client.send(format!("{request}\n"));
        for _ in lines(&case.answered).iter().filter(|answer| value(answer)["ipcReqID"] == id) {
            answered += &(client.line() + "\n");
        }
    }
    answered + &client.finish()
}

#[test]
fn nuncio_answers_where_the_reference_is_silent() {
    nuncio_conformance::within(support::PATIENCE, "the vectors", || {
        let served = Served::start(recorded_server());
        for case in cases().iter().filter(|case| BETTER.contains(&case.id.as_str())) {
            let mut client = served.connect();
            client.send(&case.sent);
            let answered = client.finish();
            let requests = lines(&case.sent);
            assert_eq!(answered.lines().count(), requests.len(), "{}", case.id);
            for (request, answer) in requests.iter().zip(answered.lines()) {
                let (request, answer) = (value(request), value(answer));
                assert_eq!((&answer["ipcReqID"], &answer["data"]), (&request["ipcReqID"], &request["data"]));
            }
        }
    });
}

#[test]
fn what_kills_the_reference_is_answered_with_an_error() {
    nuncio_conformance::within(support::PATIENCE, "the vectors", || {
        let served = Served::start(recorded_server());
        let mut client = served.connect();
        for case in index().fatal_to_reference {
            client.send(case.client_to_server_text);
            let answer = client.json();
            assert_eq!(answer["ipcReqID"], "a");
            let code = answer["data"]["code"].as_str().expect("an error");
            assert!(["bad_data", "no_handler_found"].contains(&code), "{answer}");
        }
        assert_eq!(client.ask(r#"{"uri":"/null"}"#), json!({"ipcReqID": null, "data": null}));
    });
}

/// What a request asks for, without what differs from client to client.
fn asked(line: &str) -> Json {
    let mut request = value(line);
    let members = request.as_object_mut().expect("an object");
    assert!(members.remove("pid").expect("a claim").is_number());
    assert!(members.remove("userAgent").expect("a claim").is_string());
    request
}

/// The first answer to each request.
fn first_answers(case: &Case) -> HashMap<String, String> {
    let mut first = HashMap::new();
    for line in lines(&case.answered) {
        first.entry(value(&line)["ipcReqID"].to_string()).or_insert(line);
    }
    first
}

#[test]
fn nuncio_asks_as_the_reference_did_and_understands_the_answers() {
    // Where one client is not one stream, or the answer is not to be waited for.
    let left_out =
        ["node-no-uri", "node-echo-over-1m", "php-timeout-then-next", "php-bad-type", "shutdown-with-open-client"];
    let cases =
        cases().into_iter().filter(|case| !case.id.starts_with("raw-") && !left_out.contains(&case.id.as_str()));
    for case in cases {
        let name = case.id.clone();
        watched(&name, async move { ask_again(case).await });
    }
}

async fn ask_again(case: Case) {
    let place = Place::new();
    let listener = UnixListener::bind(place.socket()).expect("a fresh socket");
    let client = Client::builder().code_to_err(false).connect(place.socket()).await.expect("it listens");
    let (requests, answers) = (lines(&case.sent), case.answered.clone());
    let recorded: Vec<Json> = requests.iter().map(|line| asked(line)).collect();
    let count = requests.len();
    let server = std::thread::spawn(move || {
        let mut peer = Raw::over(listener.accept().expect("a client").0);
        let asked: Vec<Json> = (0..count).map(|_| asked(&peer.line())).collect();
        peer.send(answers);
        (asked, peer)
    });
    let mut calls = tokio::task::JoinSet::new();
    for (index, request) in requests.into_iter().enumerate() {
        let client = client.clone();
        calls.spawn(async move { (index, again(&client, &request).await) });
        // So that the requests get the ids that they had.
        tokio::task::yield_now().await;
    }
    let first = first_answers(&case);
    while let Some(answered) = calls.join_next().await {
        let (index, record) = answered.expect("no panic");
        assert_eq!(record, first[&format!("\"rq{index}\"")], "{}", case.id);
    }
    let (asked, _peer) = server.join().expect("no panic");
    assert_eq!(asked, recorded, "{}", case.id);
}

/// Asks for what `request` asks for.
async fn again(client: &Client, request: &str) -> String {
    let members: HashMap<String, Box<serde_json::value::RawValue>> = serde_json::from_str(request).expect("an object");
    let uri: String = serde_json::from_str(members["uri"].get()).expect("text");
    let answer = match members.get("data") {
        None => client.call_bare(&uri).await,
        Some(data) => client.call_raw(&uri, &nuncio_rpc::Raw::new(data.get()).expect("JSON")).await,
    };
    answer.expect("an answer").record().to_owned()
}

#[test]
fn nuncio_takes_records_as_the_references_client_does() {
    let cases = support::json(include_str!("vectors/client-behaviour.json"));
    for case in cases["cases"].as_array().expect("a list").clone() {
        let name = case["id"].as_str().expect("text").to_owned();
        watched(&name, async move { behave(&case).await });
    }
}

async fn behave(case: &Json) {
    let place = Place::new();
    let listener = UnixListener::bind(place.socket()).expect("a fresh socket");
    let is_silent = case["id"] == "silent-server";
    let builder = Client::builder().code_to_err(case["options"]["codeToErr"] == true);
    let timeout = if is_silent { Duration::from_millis(50) } else { support::PATIENCE };
    let client = builder.connect(place.socket()).await.expect("it listens");
    let mut messages = client.messages();
    let writes = case["server_writes"].clone();
    let server = std::thread::spawn(move || {
        let mut peer = Raw::over(listener.accept().expect("a client").0);
        peer.line();
        writes.as_array().expect("a list").iter().for_each(|text| peer.send(text.as_str().expect("text")));
        peer
    });
    let outcome = client.request_within::<Json>(timeout, "/x", &json!({})).await;
    let expected = &case["callback_final"];
    match (&outcome, &expected["err"]) {
        (Ok(data), Json::Null) => match expected["data"].as_str() {
            Some("<undefined>") => assert_eq!(*data, Json::Null),
            _ => assert_eq!(*data, expected["data"]),
        },
        (Err(error), Json::String(code)) if code == "request_timeout" => assert_eq!(error.kind(), ErrorKind::TimedOut),
        (Err(error), refusal) => {
            assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
            let text = error.chain().to_string();
            assert!(text.contains(refusal["code"].as_str().expect("a code")), "{text}");
        }
        (outcome, expected) => panic!("{outcome:?} where {expected} was expected"),
    }
    for event in case["data_events"].as_array().expect("a list") {
        let message = messages.recv().await.expect("open").expect("kept");
        assert_eq!(support::json(message.record()), *event);
    }
    let peer = server.join().expect("no panic");
    drop(peer);
    let unknown = case["logged_errors"].as_array().expect("a list");
    let unknown = unknown.iter().filter(|code| *code == "ipc_req_not_found").count();
    // All was read when the connection has ended.
    while client.is_connected() {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.statistics().unknown_answers, unknown as u64);
}
