//! Messages for other hosts, sealed and not, as a shell sends and receives them.

use nuncio::queue::Queue;
use serde_json::{Value as Json, json};

use crate::place::{Outcome, Place, run};

/// Two keyrings of one place that trust each other.
struct Pair {
    place: Place,
    ours: String,
    theirs: String,
}

impl Pair {
    fn new() -> Self {
        let place = Place::new();
        let [ours, theirs] = ["ours", "theirs"].map(|name| place.path().join(name).to_str().unwrap().to_owned());
        let pair = Self { place, ours, theirs };
        let [our_key, their_key] = [&pair.ours, &pair.theirs].map(|keyring| pair.keys(keyring, &["generate"]));
        pair.keys(&pair.ours, &["trust", "10.0.0.2", their_key.trim_end()]);
        pair.keys(&pair.theirs, &["trust", "us.example", our_key.trim_end()]);
        pair
    }

    fn keys(&self, keyring: &str, arguments: &[&str]) -> String {
        run(&mut self.place.nuncio([&["keys", "--keyring", keyring], arguments].concat())).printed()
    }

    /// Sends `payload` sealed, and lays it into the queue `jobs` as the two gateways would.
    fn deliver(&self, payload: &str) {
        let arguments = ["send", "jobs", payload, "--to", "10.0.0.2", "--seal", "--source", "us.example"];
        run(&mut self.place.verb(&[&arguments[..], &["--keyring", &self.ours]].concat())).printed();
        self.pass_on();
    }

    fn pass_on(&self) {
        let message = self.place.queue("transitd").raw().recv().unwrap();
        self.jobs().keep(&message).unwrap();
    }

    fn jobs(&self) -> Queue {
        self.place.queue("jobs")
    }

    fn receive(&self, arguments: &[&str]) -> Outcome {
        run(&mut self.place.verb(&[&["recv", "jobs", "--keyring", &self.theirs, "--no-wait"], arguments].concat()))
    }
}

fn refused(outcome: &Outcome, code: i32, words: &str) {
    assert_eq!(outcome.status.code(), Some(code), "{outcome:?}");
    assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_sealed_message_says_whose_key_opened_it() {
    let pair = Pair::new();
    pair.deliver("{\"id\":1}");
    let json: Json = serde_json::from_str(&pair.receive(&[]).printed()).unwrap();
    let metadata = &json[".ipc_transit_meta"];
    assert_eq!((&json["id"], &metadata["encrypt_source"]), (&json!(1), &json!("us.example")));
    assert_eq!((&metadata["destination"], &metadata["destination_qname"]), (&json!("10.0.0.2"), &json!("jobs")));

    pair.deliver("{\"id\":2}");
    let raw: Json = serde_json::from_str(&pair.receive(&["--raw"]).printed()).unwrap();
    assert!(raw["serialized_message"].as_str().unwrap().starts_with("{\"id\":2,"), "{raw}");
    assert_eq!(raw["wire_headers"]["S"], "us.example");
    assert_eq!(raw["wire_headers"]["n"].as_str().unwrap().len(), 33);
}

#[test]
fn what_cannot_be_opened_is_told_of_and_the_next_is_served() {
    let pair = Pair::new();
    pair.deliver("{\"id\":1}");
    pair.keys(&pair.theirs, &["revoke", "us.example"]);
    refused(&pair.receive(&[]), 1, "it says to come from \"us.example\", of which no key is trusted");
    let plain = ["send", "jobs", "{\"id\":2}"];
    run(&mut pair.place.verb(&plain)).printed();
    refused(&pair.receive(&["--only-sealed"]), 1, "the queue takes only what is sealed");
    run(&mut pair.place.verb(&plain)).printed();
    let json: Json = serde_json::from_str(&pair.receive(&[]).printed()).unwrap();
    assert_eq!((&json["id"], &json[".ipc_transit_meta"]["encrypt_source"]), (&json!(2), &json!("default")));

    let our_key = pair.keys(&pair.ours, &["export", "--public"]);
    pair.keys(&pair.theirs, &["trust", "them.example", our_key.trim_end()]);
    pair.deliver("{\"id\":3}");
    refused(&pair.receive(&["--only-from", "us.example"]), 1, "\"them.example\" sealed it");
    pair.deliver("{\"id\":4}");
    assert!(pair.receive(&["--only-from", "a", "--only-from", "them.example"]).printed().contains("\"id\":4"));
}

#[test]
fn a_replay_is_refused_also_by_the_next_process() {
    let pair = Pair::new();
    pair.deliver("{\"id\":1}");
    let message = {
        let jobs = pair.jobs();
        let message = jobs.raw().recv().unwrap();
        jobs.keep(&message).unwrap();
        message
    };
    pair.receive(&[]).printed();
    pair.jobs().keep(&message).unwrap();
    refused(&pair.receive(&[]), 1, "it was received before: a replay");
}

#[test]
fn the_key_is_looked_for_under_the_address_or_without_a_lookup_under_the_name() {
    let pair = Pair::new();
    let send = |host: &str, more: &[&str]| {
        let arguments = ["send", "jobs", "{}", "--keyring", &pair.ours, "--seal", "--to", host];
        run(&mut pair.place.verb(&[&arguments[..], more].concat()))
    };
    refused(&send("localhost", &[]), 1, "it is looked for as \"127.0.0.1\", its address");
    let their_key = pair.keys(&pair.theirs, &["export", "--public"]);
    pair.keys(&pair.ours, &["trust", "localhost", their_key.trim_end()]);
    refused(&send("localhost", &[]), 1, "no public key of it is trusted");
    send("localhost", &["--no-dns"]).printed();
    let message = pair.place.queue("transitd").raw().recv().unwrap();
    assert_eq!((message.header("d"), message.header("t")), (Some("localhost"), Some("9")));
    pair.keys(&pair.ours, &["trust", "127.0.0.1", their_key.trim_end()]);
    send("localhost", &["--ttl", "3"]).printed();
    let message = pair.place.queue("transitd").raw().recv().unwrap();
    assert_eq!((message.header("d"), message.header("t")), (Some("127.0.0.1"), Some("3")));
}

#[test]
fn an_address_stands_for_host_and_queue() {
    let place = Place::new();
    run(&mut place.verb(&["send", "queue://10.0.0.2/jobs", "{\"id\":1}"])).printed();
    run(&mut place.verb(&["send", "jobs", "{\"id\":1}", "--to", "10.0.0.2"])).printed();
    let outgoing = place.queue("transitd");
    let [first, second] = [(); 2].map(|()| outgoing.raw().recv().unwrap());
    assert_eq!(first.header_text(), second.header_text());
    assert_eq!((first.header("d"), first.header("q")), (Some("10.0.0.2"), Some("jobs")));
    run(&mut place.verb(&["send", "queue:jobs", "{\"id\":1}"])).printed();
    assert_eq!(place.messages("jobs"), 1, "without a host it is a queue here");
}

#[test]
fn the_published_key_is_used_where_it_is_asked_for_and_counts_for_nothing() {
    let pair = Pair::new();
    let send = ["send", "jobs", "{\"id\":1}", "--to", "10.9.9.9", "--seal"];
    let sealed = run(&mut pair.place.verb(&send));
    refused(&sealed, 1, "there is no key of our own");
    run(&mut pair.place.verb(&[&send[..], &["--danger-default-key"]].concat())).printed();
    pair.pass_on();
    let message = pair.jobs().raw().recv().unwrap();
    pair.jobs().keep(&message).unwrap();
    refused(&pair.receive(&[]), 1, "no key opens it");
    pair.jobs().keep(&message).unwrap();
    let json: Json = serde_json::from_str(&pair.receive(&["--danger-default-key"]).printed()).unwrap();
    assert_eq!(json[".ipc_transit_meta"]["encrypt_source"], "default");
    assert_eq!(json[".ipc_transit_meta"]["signed_destination"], "default");
}

/// A gateway that answers each request with `answer`, and gives what was posted.
fn gateway(answer: &'static str, requests: usize) -> (u16, std::thread::JoinHandle<Vec<String>>) {
    use std::io::{BufRead, BufReader, Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let start = head.len();
            reader.read_line(&mut head).unwrap();
            if let Some(text) = head[start..].strip_prefix("Content-Length: ") {
                length = text.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        head + &String::from_utf8_lossy(&body)
    };
    (port, std::thread::spawn(move || std::iter::repeat_with(serve).take(requests).collect()))
}

#[test]
fn a_message_is_posted_at_once_and_the_answer_told_of() {
    let place = Place::new();
    let (port, served) = gateway("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1);
    let to = format!("localhost:{port}");
    let sent = run(&mut place.verb(&["send", "jobs", "{\"id\":1}", "--to", &to, "--direct"]));
    assert_eq!(sent.status.code(), Some(0), "{}", sent.stderr);
    assert_eq!(sent.stderr, format!("nuncio: http://127.0.0.1:{port}/sendMessage answered 200\n"));
    let request = served.join().unwrap().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let expected =
        format!("POST /sendMessage HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1:{port}\r\nTRANSIT-SENDING-HOST: ");
    assert!(head.starts_with(&expected), "{head}");
    assert!(head.contains("\r\nTRANSIT-DESTINATION-HOST: 127.0.0.1\r\n"), "{head}");
    assert!(body.contains(",d=127.0.0.1,q=jobs,t=9{\"id\":1,"), "{body}");
    assert!(!place.registry().exists("transitd").unwrap(), "the queue of the gateway is not needed");

    let (port, served) = gateway("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 2);
    let address = format!("queue://127.0.0.1:{port}/jobs");
    let mut lines = place.verb(&["send", &address, "-", "--lines", "--direct"]);
    let sent = crate::place::run_with_input(&mut lines, b"a\nb\n");
    assert!(sent.stderr.contains("took 2 messages"), "{}", sent.stderr);
    assert!(served.join().unwrap()[1].contains("{\"line\":\"b\","));
}

#[test]
fn a_message_that_was_not_taken_directly_is_told_of() {
    let pair = Pair::new();
    let (port, served) = gateway("HTTP/1.1 503 Full\r\nContent-Length: 7\r\n\r\nno room", 1);
    let send =
        |to: &str| run(&mut pair.place.verb(&["send", "jobs", "{}", "--to", to, "--direct", "--timeout", "20s"]));
    refused(&send(&format!("127.0.0.1:{port}")), 1, "it answered 503 no room");
    served.join().unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    refused(&send(&nobody.to_string()), 7, "connect to");
    refused(&send("127.0.0.1:99999"), 2, "99999 is no port");
    let (port, served) = gateway("", 1);
    refused(&send(&format!("127.0.0.1:{port}")), 7, "whether the message was taken is not known");
    served.join().unwrap();
    let here = run(&mut pair.place.verb(&["send", "jobs", "{}", "--direct"]));
    refused(&here, 2, "--direct needs --to HOST");
}

#[test]
fn what_is_posted_directly_can_be_sealed_and_large() {
    let pair = Pair::new();
    let (port, served) = gateway("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1);
    let their_key = pair.keys(&pair.theirs, &["export", "--public"]);
    pair.keys(&pair.ours, &["trust", "127.0.0.1", their_key.trim_end()]);
    let payload = format!("{{\"pad\":\"{}\"}}", "x".repeat(20_000));
    let to = format!("127.0.0.1:{port}");
    let arguments = ["send", "jobs", &payload, "--to", &to, "--direct", "--seal", "--keyring", &pair.ours];
    assert_eq!(run(&mut pair.place.verb(&arguments)).status.code(), Some(0));
    let request = served.join().unwrap().remove(0);
    assert!(request.contains(",q=jobs,t=9,S=") && request.contains(",n=") && !request.contains("xxxx"));
    assert!(!request.contains(",f=/") && pair.place.files("spill").is_empty(), "nothing goes through a file");
}
