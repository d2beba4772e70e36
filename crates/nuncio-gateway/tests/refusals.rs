//! What a gateway must not do for a stranger: each is refused with a reason, and the next request is served.

mod support;

use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

use self::support::{
    Place, Running, contents, exchange, message, message_for, post, put, read_answer, take, wait_until, watched,
};

/// A good request is served, whatever came before it.
fn is_alive(gateway: &Running, place: &Place) {
    gateway.post(&message_for("localhost", "alive", "{}")).is(200, &[]);
    take(&place.queue("alive"));
}

#[test]
fn a_batch_with_a_length_that_lies_is_taken_up_to_there() {
    let place = Place::new();
    let gateway = Running::start(place.config("127.0.0.1", ""));
    let good = message_for("localhost", "jobs", "{\"n\":1}");
    for lie in ["20:d=localhost", "12:l=99,q=jobs{}", "99999999999999999999:l=1", "23:d=localhost,q=jobs,l=-1{}"] {
        let answer = gateway.post(&[&good, lie.as_bytes()].concat());
        answer.is(400, &["message 2: ", "taken 1 of 1 messages"]);
        assert_eq!(contents(&place.queue("jobs")), [good.as_slice()]);
        take(&place.queue("jobs"));
        is_alive(&gateway, &place);
    }
}

#[test]
fn a_body_of_a_hundred_gigabytes_is_not_waited_for() {
    let place = Place::new();
    let gateway = Running::start(place.config("127.0.0.1", ""));
    let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 107374182400\r\n\r\n";
    exchange(gateway.address, head.as_bytes()).is(413, &["a body may have 102400000 bytes"]);
    is_alive(&gateway, &place);
    let place = Place::new();
    let gateway = Running::start(place.config("127.0.0.1", "body-bytes = 20000"));
    post(gateway.address, "", &vec![b'x'; 20_001]).is(413, &["20000 bytes"]);
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5000\r\n{}\r\n0\r\n\r\n",
        "x".repeat(0x5000)
    );
    exchange(gateway.address, chunked.as_bytes()).is(413, &["20000 bytes"]);
}

#[test]
fn a_sender_that_is_slow_is_left() {
    let place = Place::new();
    let gateway = Running::start(place.config("127.0.0.1", "patience = '50ms'"));
    let address = gateway.address;
    let answer = watched("the slow sender", move || {
        let mut stream = TcpStream::connect(address).expect("connected");
        stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n26:l=").expect("written");
        read_answer(&mut stream)
    });
    answer.is(408, &["too slowly"]);
    // A head that does not end is no request, and gets no answer.
    watched("the slower sender", move || {
        let mut stream = TcpStream::connect(address).expect("connected");
        stream.write_all(b"POST / HTTP/1.1\r\nHo").expect("written");
        let mut rest = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stream, &mut rest);
    });
    is_alive(&gateway, &place);
}

#[test]
fn queues_and_destinations_that_are_not_listed_are_refused_by_name() {
    let place = Place::new();
    let more = "allow-queue = ['jobs', 'log-*', 'alive']\nallow-destination = ['*.example']";
    let gateway = Running::start(place.config("127.0.0.1", more));
    for (host, queue, reason) in [
        ("localhost", "secret", "queue \"secret\" may not be written from outside"),
        ("localhost", "transitd", "queue \"transitd\" may not be written"),
        ("localhost", "../x", "\"../x\" is not the name of a queue"),
        ("10.0.0.1", "jobs", "destination \"10.0.0.1\" is not listed"),
        ("a.example:80/x", "jobs", "is not listed"),
    ] {
        let body = [message_for(host, queue, "{}"), message_for("localhost", "jobs", "{}")].concat();
        gateway.post(&body).is(403, &["message 1 refused: ", reason, "taken 2 of 2 messages"]);
        take(&place.queue("jobs"));
    }
    gateway.post(&message("q=jobs", "{}")).is(403, &["names no destination"]);
    gateway.post(&message_for("localhost", "log-1", "{}")).is(200, &[]);
    assert!(!place.registry().exists("secret").expect("asked"));
    is_alive(&gateway, &place);
}

#[test]
fn somebody_elses_messages_are_for_nobody_else() {
    let place = Place::new();
    let (token, other) = (place.path().join("token"), place.path().join("other"));
    for (path, text) in [(&token, "the secret of the peer"), (&other, "the secret of another")] {
        std::fs::write(path, text.replace(' ', "-")).expect("written");
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).expect("private");
    }
    let queue = place.queue("peer");
    let waiting = message_for("peer", "back", "{\"n\":1}");
    put(&queue, &waiting);
    let open = Running::start(place.config("127.0.0.1", "proxy = ['peer']"));
    let claim = "TRANSIT-SENDING-HOST: peer\r\n";
    post(open.address, claim, b"").is(403, &["\"peer\" has to prove to be it"]);
    // A queue that was never meant for a host is no proxy's, whoever asks.
    let jobs = place.queue("jobs");
    put(&jobs, &waiting);
    let answer = post(open.address, "TRANSIT-SENDING-HOST: jobs\r\n", b"");
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b""[..]));
    post(open.address, "", &message_for("localhost", "peer", "{}")).is(403, &["may not be written"]);
    open.stop();

    let more = format!("proxy = ['peer']\ntoken = ['peer={}', 'other={}']", token.display(), other.display());
    let gateway = Running::start(place.config("127.0.0.1", &more));
    let bearer = |secret: &str| format!("{claim}Authorization: Bearer {secret}\r\n");
    post(gateway.address, claim, b"").is(401, &["a bearer token or a client certificate is required"]);
    post(gateway.address, &bearer("the-secret-of-the-pee"), b"").is(401, &[]);
    post(gateway.address, &bearer("the-secret-of-another"), b"").is(403, &["has to prove to be it"]);
    assert_eq!(contents(&queue), [waiting.as_slice()]);
    let answer = post(gateway.address, &bearer("the-secret-of-the-peer"), b"");
    assert_eq!((answer.status, answer.body), (200, waiting));
    wait_until("the message is gone", move || contents(&queue).is_empty());
    assert_eq!(contents(&jobs).len(), 1);
}

#[test]
fn a_path_from_the_network_is_never_followed() {
    let place = Place::new();
    let gateway = Running::start(place.config("127.0.0.1", ""));
    let file = place.path().join("spill/abcdefghij.transit");
    std::fs::create_dir(place.path().join("spill")).expect("made");
    let header = format!("d=localhost,q=jobs,f={}", file.display());
    let hidden = message(&header.replace(",f=", ",F="), "");
    std::fs::write(&file, [&message(&header, "")[..], b"{\"stolen\":1}"].concat()).expect("written");
    gateway.post(&message(&header, "")).is(200, &[]);
    assert_eq!(contents(&place.queue("jobs")), [hidden]);
    assert!(file.exists());
}

#[test]
fn who_sends_too_much_is_told_to_wait() {
    let place = Place::new();
    let gateway = Running::start(place.config("127.0.0.1", "rate = 5\nbatch-messages = 7"));
    let one = message_for("localhost", "jobs", "{}");
    gateway.post(&one.repeat(8)).is(413, &["more messages than one request may have", "taken 7 of 8 messages"]);
    let answer = gateway.post(&one);
    answer.is(429, &["too many messages"]);
    assert!(answer.head.contains("retry-after: "), "{answer:?}");
    assert_eq!(contents(&place.queue("jobs")).len(), 7);
}

#[test]
fn an_address_has_only_so_many_connections() {
    let place = Place::new();
    let gateway = Running::start(place.config("127.0.0.1", "connections = 2"));
    let address = gateway.address;
    let held: Vec<_> = (0..2).map(|_| TcpStream::connect(address).expect("connected")).collect();
    watched("the third", move || {
        let mut third = TcpStream::connect(address).expect("the kernel connects");
        let mut bytes = Vec::new();
        let _ = std::io::Read::read_to_end(&mut third, &mut bytes);
        assert!(bytes.is_empty());
    });
    drop(held);
    let mut body = Vec::new();
    watched("room again", move || {
        while body.is_empty() {
            let mut stream = TcpStream::connect(address).expect("connected");
            let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            let _ = std::io::Read::read_to_end(&mut stream, &mut body);
        }
    });
}

#[test]
fn only_post_brings_messages_and_figures_are_for_this_machine() {
    let place = Place::new();
    let gateway = Running::start(place.config("127.0.0.1", ""));
    let ask = |method: &str, path: &str| {
        exchange(
            gateway.address,
            format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes(),
        )
    };
    ask("GET", "/healthz").is(200, &["ok"]);
    is_alive(&gateway, &place);
    ask("GET", "/metrics").is(200, &["nuncio_gateway_messages_received_total 1\n", "nuncio_gateway_spool_bytes "]);
    ask("GET", "/sendMessage").is(404, &[]);
    ask("DELETE", "/").is(405, &["POST"]);
}

#[test]
fn a_full_spool_answers_with_the_count_and_loses_nothing() {
    let place = Place::new();
    let gateway = Running::start(place.config("127.0.0.1", "spool-bytes = 200000\nallow-destination = ['127.0.0.9']"));
    // Nobody listens there: what is taken stays.
    let one = message_for("127.0.0.9", "jobs", &format!("{{\"x\":\"{}\"}}", "x".repeat(30_000)));
    let mut taken = 0;
    let refused = loop {
        let answer = gateway.post(&one);
        match answer.status {
            200 => taken += 1,
            _ => break answer,
        }
    };
    refused.is(503, &["the spool has its 200000 bytes", "taken 0 of 1 messages"]);
    assert!((4..7).contains(&taken), "{taken} messages of 30000 bytes fit 200000 bytes");
    assert!(
        gateway
            .handle
            .metrics()
            .contains(&format!("nuncio_gateway_waiting_messages{{to=\"host\",name=\"127.0.0.9\"}} {taken}\n"))
    );
    gateway.post(&message_for("localhost", "jobs", "{}")).is(200, &[]);
}
