//! `nuncio gateway`, `gateway check`, and the two halves under the names of the original's daemons.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::json as object;

use crate::place::{Outcome, Place, Running, json, next_line, run, write};

/// A whole message for the queue `jobs` of `host`.
fn message(host: &str) -> Vec<u8> {
    let header = format!("d={host},q=jobs,t=9,l=7");
    format!("{}:{header}{{\"n\":1}}", header.len()).into_bytes()
}

/// Starts what prints a ready line, and says where it listens.
fn start(command: &mut Command) -> (Running, serde_json::Value) {
    let mut running = Running::start(command.stdout(Stdio::piped()));
    let ready = json(&next_line(&mut running.lines()));
    assert_eq!((&ready["version"], &ready["event"]), (&object!(1), &object!("ready")));
    (running, ready)
}

fn ends_in_order(running: Running) {
    running.signal(Signal::TERM);
    assert_eq!(running.end().code(), Some(0));
}

fn post(address: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_gateway_says_when_it_is_ready_takes_messages_and_ends_with_0() {
    let place = Place::new();
    let spool = place.path().join("spool").display().to_string();
    let (running, ready) = start(&mut place.nuncio(["gateway", "--listen", "127.0.0.1:0", "--spool", &spool]));
    let address = ready["listen"].as_str().unwrap();
    assert!(post(address, &message("localhost")).starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(run(&mut place.verb(&["recv", "jobs", "--bare"])).printed(), "{\"n\":1}\n");
    let again = run(&mut place.nuncio(["gateway", "--listen", "127.0.0.1:0", "--spool", &spool]));
    assert_eq!(again.status.code(), Some(1));
    assert!(again.stderr.contains("another process has it open"), "{}", again.stderr);
    ends_in_order(running);
}

#[test]
fn settings_are_checked_and_what_is_wrong_is_told() {
    let place = Place::new();
    let file = write(place.path(), "gateway.toml", "spool = '/x'\nallow-queue = ['jobs']\n");
    let check =
        |file: &std::path::Path| run(&mut place.nuncio(["gateway", "check", "--config", file.to_str().unwrap()]));
    assert_eq!(check(&file).printed(), "ok\n");
    for (text, words) in [
        ("spool = '/x'\nspol = '/y'", "unknown field `spol`"),
        ("spool = '/x'\nlisten = '0.0.0.0:9816'", "allow-queue"),
        ("listen = '127.0.0.1:1'", "spool"),
    ] {
        let Outcome { status, stderr, .. } = check(&write(place.path(), "wrong.toml", text));
        assert_eq!(status.code(), Some(1), "{text}");
        assert!(stderr.contains(words) && stderr.contains("nuncio: "), "{text}: {stderr}");
    }
    let Outcome { status, stderr, .. } = check(&place.path().join("nowhere"));
    assert!(status.code() == Some(1) && stderr.contains("nowhere"), "{stderr}");
    let usage = run(&mut place.nuncio(["gateway", "--danger-open", "everything", "--spool", "/x"]));
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn options_count_before_the_file() {
    let place = Place::new();
    let spool = place.path().join("spool");
    let file = write(place.path(), "gateway.toml", format!("spool = {spool:?}\nlisten = '127.0.0.1:1'\n"));
    let arguments = ["gateway", "--config", file.to_str().unwrap(), "--listen", "127.0.0.1:0"];
    let (running, ready) = start(&mut place.nuncio(arguments));
    assert_ne!(ready["listen"], "127.0.0.1:1");
    ends_in_order(running);
}

#[test]
fn the_halves_take_the_places_of_the_originals_daemons() {
    let place = Place::new();
    let [incoming, outgoing] = ["incoming", "outgoing"].map(|name| place.path().join(name).display().to_string());
    let registry = place.registry().directory().display().to_string();
    let gateway = ["-P", &registry, "--listen", "127.0.0.1:0", "--spool", &incoming];
    let (first, ready) = start(&mut place.tool("remote-transit-gateway", &gateway));
    let address = ready["listen"].as_str().unwrap();
    assert!(post(address, &message("localhost")).starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(place.messages("jobs"), 1);
    // Nothing but the other half sends on.
    assert!(post(address, &message("127.0.0.77")).starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(place.messages("transitd"), 1);

    let (second, ready) =
        start(&mut place.tool("remote-transitd", &["-P", &registry, "-d", "1", "--spool", &outgoing]));
    assert_eq!(ready["listen"], object!(null), "it listens nowhere");
    crate::place::wait_for(|| (place.messages("transitd") == 0).then_some(()));
    ends_in_order(first);
    ends_in_order(second);
}

#[test]
fn with_a_keyring_what_no_reader_would_take_is_refused_at_once() {
    let place = Place::new();
    let [ours, theirs, strangers] =
        ["ours", "theirs", "strangers"].map(|name| place.path().join(name).display().to_string());
    let keys = |keyring: &str, verb: &[&str]| {
        run(&mut place.nuncio([&["keys"], verb, &["--keyring", keyring]].concat())).printed().trim_end().to_owned()
    };
    for keyring in [&ours, &theirs, &strangers] {
        keys(keyring, &["generate"]);
    }
    let public = |keyring: &str| keys(keyring, &["export", "--public"]);
    keys(&theirs, &["trust", "sender", &public(&ours)]);
    let spool = place.path().join("spool").display().to_string();
    let arguments = ["gateway", "--listen", "127.0.0.1:0", "--spool", &spool, "--keyring", &theirs];
    let (running, ready) = start(&mut place.nuncio(arguments));
    let address = ready["listen"].as_str().unwrap();
    // What is sealed waits where no gateway looks.
    let sender = Place::new();
    let sealed = |keyring: &str| {
        keys(keyring, &["trust", "localhost", &public(&theirs)]);
        let verb = [
            "send",
            "jobs",
            "{\"n\":1}",
            "--to",
            "localhost",
            "--no-dns",
            "--seal",
            "--source",
            "sender",
            "--keyring",
            keyring,
        ];
        run(&mut sender.verb(&verb)).printed();
        let mut message = nuncio::queue::Message::new();
        assert!(sender.queue("transitd").relay().take(&mut message).unwrap());
        message.as_sent().to_vec()
    };
    let good = sealed(&ours);
    let another = sealed(&ours);
    let at = good.windows(7).position(|window| window == b",q=jobs").unwrap();
    let mut swapped = good.clone();
    swapped[at + 3] = b'm';
    for (bad, reason, good) in [(sealed(&strangers), "no", &good), (swapped, "header `q` says", &another)] {
        let answer = post(address, &bad);
        assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains(reason), "{answer}");
        assert!(post(address, good).starts_with("HTTP/1.1 200 OK"));
        let again = post(address, good);
        assert!(again.starts_with("HTTP/1.1 403 ") && again.contains("it was received before"), "{again}");
    }
    assert_eq!(place.messages("jobs"), 2);
    ends_in_order(running);
}
