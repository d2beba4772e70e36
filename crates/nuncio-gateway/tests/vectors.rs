//! What IPC::Transit's gateway and sending daemon were recorded to do, replayed in both directions.

mod support;

use std::collections::BTreeMap;

use serde::Deserialize;

use self::support::{FakeHost, Place, Running, body_of, contents, exchange, put, take, wait_until};

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    queued: Option<BTreeMap<String, Vec<String>>>,
    queued_lengths: Option<Vec<usize>>,
    request_hex: Option<String>,
    response_hex: Option<String>,
}

fn cases() -> Vec<Case> {
    let vectors: Vectors = serde_json::from_str(include_str!("vectors/http.json")).expect("JSON");
    vectors.cases
}

fn case(id: &str) -> Case {
    cases().into_iter().find(|case| case.id == id).expect(id)
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).expect("ASCII"), 16).expect("hex")).collect()
}

/// The incoming half alone, as the original's.
fn start(place: &Place, more: &str) -> Running {
    let mut config = place.config("127.0.0.1", &format!("danger-open = ['proxy', 'destinations']\n{more}"));
    config.sends = false;
    Running::start(config)
}

/// With the hop that nuncio counts and the original does not.
fn with_a_hop_less(text: &[u8]) -> Vec<u8> {
    String::from_utf8(text.to_vec()).expect("JSON").replacen("t=9", "t=8", 1).into_bytes()
}

#[test]
fn requests_are_answered_and_queued_as_recorded() {
    let mut replayed = 0;
    for case in cases() {
        let (Some(request), Some(queued)) = (&case.request_hex, &case.queued) else { continue };
        // These two have tests of their own.
        if ["proxy-return", "truncated"].contains(&case.id.as_str()) {
            continue;
        }
        let place = Place::new();
        let gateway = start(&place, "");
        let answer = exchange(gateway.address, &from_hex(request));
        answer.is(200, &[]);
        assert!(answer.head.contains("content-type: text/plain") && answer.body.is_empty(), "{}: {answer:?}", case.id);
        for (queue, expected) in queued {
            let expected: Vec<_> = expected.iter().map(|text| from_hex(text)).collect();
            let expected: Vec<_> = match queue.as_str() {
                "transitd" => expected.iter().map(|text| with_a_hop_less(text)).collect(),
                _ => expected,
            };
            assert_eq!(contents(&place.queue(queue)), expected, "{} {queue}", case.id);
        }
        replayed += 1;
    }
    assert_eq!(replayed, 4);
}

#[test]
fn a_message_that_is_cut_short_is_refused_where_the_original_delivers_the_rest() {
    let place = Place::new();
    let gateway = start(&place, "");
    let answer = exchange(gateway.address, &from_hex(&case("truncated").request_hex.expect("a request")));
    answer.is(400, &["message 1: it claims a payload of 158 bytes, and 31 follow"]);
    assert!(contents(&place.queue("rq")).is_empty());
}

#[test]
fn a_message_below_the_kernels_limit_keeps_its_bytes_and_nobody_follows_its_path() {
    let case = case("medium-inline");
    let place = Place::new();
    let gateway = start(&place, "");
    exchange(gateway.address, &from_hex(&case.request_hex.expect("a request"))).is(200, &[]);
    let queued = contents(&place.queue("rq"));
    assert_eq!(queued.iter().map(Vec::len).collect::<Vec<_>>(), case.queued_lengths.expect("lengths"));
    assert!(!String::from_utf8_lossy(&queued[0][..80]).contains(",f="));
    take(&place.queue("rq")).decode_whole().expect("readable");
}

#[test]
fn a_host_that_comes_for_its_messages_gets_them_as_recorded() {
    let case = case("proxy-return");
    let recorded = from_hex(&case.response_hex.expect("an answer"));
    let waiting = body_of(&recorded);
    let place = Place::new();
    let gateway = start(&place, "proxy = ['peer.example']");
    let queue = place.queue("peer.example");
    for part in nuncio_gateway::wire::batch::split(waiting).parts {
        put(&queue, &waiting[part.message]);
    }
    let answer = exchange(gateway.address, &from_hex(&case.request_hex.expect("a request")));
    answer.is(200, &[]);
    assert_eq!(answer.body, waiting);
    let rq = &case.queued.expect("queues")["rq"];
    assert_eq!(contents(&place.queue("rq")), rq.iter().map(|text| from_hex(text)).collect::<Vec<_>>());
    wait_until("they are gone", move || contents(&queue).is_empty());
}

#[test]
fn requests_are_written_as_recorded() {
    for id in ["sender-post-two-batched", "sender-post-large"] {
        let recorded = from_hex(&case(id).request_hex.expect("a request"));
        let body = body_of(&recorded).to_vec();
        let host = FakeHost::start(|_, _| Some("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned()));
        let place = Place::new();
        // What waits in the queue before the gateway starts goes in one request.
        let queue = place.queue("transitd");
        for part in nuncio_gateway::wire::batch::split(&body).parts {
            let text = &body[part.message];
            match text.len() > 4096 {
                // As the original leaves a large message: in a file that the header names.
                true => {
                    let file = place.path().join("spill/lcIG1Rz8tZ.transit");
                    let text = respilled(text, file.to_str().expect("text"));
                    std::fs::create_dir(place.path().join("spill")).expect("made");
                    let front = nuncio_gateway::wire::batch::whole(&text).expect("whole").header.end;
                    std::fs::write(file, &text).expect("written");
                    put(&queue, &text[..front]);
                }
                false => put(&queue, text),
            }
        }
        let mut config = place.config("127.0.0.1", &format!("destination = ['127.0.0.1=http://{}']", host.address));
        config.listen = None;
        let _gateway = Running::start(config);
        let request = host.next();
        let head = String::from_utf8_lossy(&request[..request.len() - body_of(&request).len()]).into_owned();
        let lines: Vec<_> = head.lines().collect();
        assert_eq!(lines[0], "POST /sendMessage HTTP/1.1");
        for (at, start) in
            ["Connection: close", "Host: ", "TRANSIT-SENDING-HOST: ", "TRANSIT-DESTINATION-HOST: 127.0.0.1"]
                .into_iter()
                .enumerate()
        {
            assert!(lines[at + 1].starts_with(start), "{id}: {lines:?}");
        }
        match id {
            "sender-post-large" => {
                let path = place.path().join("spill/lcIG1Rz8tZ.transit");
                assert_eq!(body_of(&request), respilled(&body, path.to_str().expect("text")), "{id}");
                wait_until("the file is gone", move || !path.exists());
            }
            _ => {
                assert!(lines.contains(&"Content-Length: 378"));
                assert_eq!(body_of(&request), body, "{id}");
            }
        }
    }
}

/// The recorded message with the path of a file of ours.
fn respilled(text: &[u8], path: &str) -> Vec<u8> {
    let part = nuncio_gateway::wire::batch::whole(text).expect("whole");
    let header = String::from_utf8(text[part.header.clone()].to_vec()).expect("text");
    let header = header.replace("/tmp/transit_large_messages/lcIG1Rz8tZ.transit", path);
    [format!("{}:{header}", header.len()).as_bytes(), &text[part.header.end..]].concat()
}
