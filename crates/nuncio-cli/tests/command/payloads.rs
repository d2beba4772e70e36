//! What is sent, and what is printed of it.

use nuncio::codec::{Codec, Map, Value};

use crate::place::{Place, json, run, run_with_input, write};

/// What `recv` with `arguments` prints.
fn recv(place: &Place, arguments: &[&str]) -> String {
    run(&mut place.verb(&[&["recv", "q", "--no-wait"], arguments].concat())).printed()
}

#[test]
fn a_payload_is_an_argument_a_file_or_standard_input() {
    let place = Place::new();
    let file = format!("@{}", write(place.path(), "payload", " {\"from\": \"file\"}\n").display());
    run(&mut place.verb(&["send", "q", "{\"from\":\"argument\"}"])).printed();
    run(&mut place.verb(&["send", "q", &file])).printed();
    run_with_input(&mut place.verb(&["send", "q", "-"]), b"{\"from\":\"dash\"}").printed();
    run_with_input(&mut place.verb(&["send", "q"]), b"{\"from\":\"nothing\"}").printed();
    let expected = ["argument", "file", "dash", "nothing"].map(|from| format!("{{\"from\":\"{from}\"}}\n")).concat();
    assert_eq!(recv(&place, &["--count", "4", "--bare"]), expected);
}

#[test]
fn lines_are_messages() {
    let place = Place::new();
    let input = b"{\"a\":1}\n\n[1]\nna\xc3\xafve\nna\xefve\nno line feed";
    run_with_input(&mut place.verb(&["send", "q", "--lines"]), input).printed();
    let expected = concat!(
        "{\"a\":1}\n",
        "{\"line\":\"\"}\n",
        "{\"line\":\"[1]\"}\n",
        "{\"line\":\"naïve\"}\n",
        "{\"line\":\"naïve\"}\n",
        "{\"line\":\"no line feed\"}\n"
    );
    assert_eq!(recv(&place, &["--count", "6", "--bare"]), expected);
}

#[test]
fn a_message_is_printed_whole_unless_something_else_is_asked_for() {
    let place = Place::new();
    let send =
        || run(&mut place.verb(&["send", "q", "{\"b\":[2.5],\"a\":\"é☃\"}", "--source", "h", "--ttl", "3"])).printed();
    send();
    let whole = recv(&place, &[]);
    assert_eq!(whole.lines().count(), 1);
    let whole = json(&whole);
    let metadata = &whole[".ipc_transit_meta"];
    assert_eq!((&whole["a"], &whole["b"][0]), (&"é☃".into(), &2.5.into()));
    assert_eq!(
        (&metadata["encrypt_source"], &metadata["source"], &metadata["ttl"]),
        (&"default".into(), &"h".into(), &"3".into())
    );
    assert!(metadata["send_ts"].is_u64() && metadata["source_hostname"].is_string());

    send();
    assert_eq!(recv(&place, &["--bare"]), "{\"b\":[2.5],\"a\":\"é☃\"}\n");
    send();
    assert_eq!(recv(&place, &["--bare", "--pretty"]), "{\n   \"a\" : \"é☃\",\n   \"b\" : [\n      2.5\n   ]\n}\n");
}

#[test]
fn a_message_that_was_received_can_be_passed_on() {
    let place = Place::new();
    let message = r#"{"a":1,".ipc_transit_meta":{"overrides":{"default_to":"local"},"mine":2}}"#;
    run(&mut place.verb(&["send", "q", message])).printed();
    run_with_input(&mut place.verb(&["send", "q"]), recv(&place, &[]).as_bytes()).printed();
    let passed_on = json(&recv(&place, &[]));
    assert_eq!((&passed_on["a"], &passed_on[".ipc_transit_meta"]["mine"]), (&1.into(), &2.into()));
}

#[test]
fn the_raw_form_has_header_and_payload_as_they_were_sent() {
    let place = Place::new();
    run(&mut place.verb(&["send", "q", "{\"a\":\"é\"}", "--codec", "json", "--ttl", "3"])).printed();
    let raw = json(&recv(&place, &["--raw"]));
    assert_eq!(raw["message"]["a"], "é");
    let payload = raw["serialized_message"].as_str().unwrap();
    // The bytes of the payload stand there as code points.
    assert!(payload.starts_with("{\"a\":\"Ã©\","), "{payload}");
    let header = raw["wire_headers"].as_object().unwrap();
    assert_eq!(header["l"], payload.chars().count().to_string());
    assert_eq!((&header["s"], &header["t"], header.len()), (&"json".into(), &"3".into(), 3));
}

#[test]
fn every_codec_is_read_back_and_those_that_only_nuncio_reads_warn() {
    let place = Place::new();
    let send = |codec| run(&mut place.verb(&["send", "q", "{\"a\":[1,\"é☃\",true]}", "--codec", codec]));
    for codec in ["json-zstd", "cbor", "msgpack", "yaml"] {
        let sent = send(codec);
        assert!(sent.status.success());
        let warning = format!("nuncio: warning: only nuncio reads messages in {codec}, IPC::Transit does not\n");
        assert_eq!(sent.stderr, warning);
        assert_eq!(recv(&place, &["--bare"]), "{\"a\":[1,\"é☃\",true]}\n", "{codec}");
    }
    for codec in ["json", "sereal", "storable", "dumper"] {
        send(codec).printed();
        let received = json(&recv(&place, &["--raw", "--accept-dumper"]));
        assert_eq!(received["wire_headers"]["s"], codec);
        assert_eq!(received["message"]["a"], serde_json::json!([1, "é☃", true]), "{codec}");
        assert_eq!(received["message"][".ipc_transit_meta"]["serializer"], codec);
    }
}

#[test]
fn the_environment_names_the_codec_for_the_header_alone() {
    let place = Place::new();
    for codec in ["sereal", "storable", "dumper", "json"] {
        run(place.verb(&["send", "q", "{\"a\":1}"]).env("IPC_TRANSIT_DEFAULT_SERIALIZER", codec)).printed();
        let received = json(&recv(&place, &["--raw", "--accept-dumper"]));
        assert_eq!(received["wire_headers"]["s"], codec);
        assert_eq!(received["message"]["a"], 1, "{codec}");
        assert_eq!(received["message"][".ipc_transit_meta"].get("serializer"), None, "{codec}");
    }
    let mut unknown = place.verb(&["send", "q", "{}"]);
    let unknown = run(unknown.env("IPC_TRANSIT_DEFAULT_SERIALIZER", "xml"));
    assert_eq!(unknown.status.code(), Some(1));
    assert!(unknown.stderr.contains("no codec is called \"xml\""), "{}", unknown.stderr);
    // What is asked for goes before.
    let mut asked = place.verb(&["send", "q", "{}", "--codec", "json"]);
    run(asked.env("IPC_TRANSIT_DEFAULT_SERIALIZER", "sereal")).printed();
    assert_eq!(json(&recv(&place, &["--raw"]))["wire_headers"]["s"], "json");
}

#[test]
fn dumpers_text_is_refused_unless_it_is_asked_for() {
    let place = Place::new();
    let send = || run(&mut place.verb(&["send", "q", "{\"a\":1}", "--codec", "dumper"])).printed();
    send();
    let refused = run(&mut place.verb(&["recv", "q", "--no-wait"]));
    assert_eq!((refused.status.code(), refused.stdout.as_str()), (Some(1), ""));
    assert!(refused.stderr.contains("it is Data::Dumper's text"), "{}", refused.stderr);
    assert!(refused.stderr.contains("s=dumper\"; it is kept in"), "{}", refused.stderr);
    send();
    assert_eq!(recv(&place, &["--bare", "--accept-dumper"]), "{\"a\":1}\n");
}

#[test]
fn byte_strings_are_printed_as_code_points_also_where_they_would_be_utf_8() {
    let place = Place::new();
    let mut payload = Vec::new();
    let message = Map::from_iter([("bytes", Value::Bytes("é".into())), ("text", "é".into())]);
    Codec::Sereal.encode(&message, &mut payload).unwrap();
    place.queue("q").raw().send(&payload).unwrap();
    assert_eq!(recv(&place, &["--bare"]), "{\"bytes\":\"Ã©\",\"text\":\"é\"}\n");
}

#[test]
fn a_large_message_goes_through_a_file() {
    let place = Place::new();
    let text = "☃".repeat(100_000);
    run_with_input(&mut place.verb(&["send", "q"]), format!("{{\"text\":\"{text}\"}}").as_bytes()).printed();
    assert_eq!(place.files("spill").len(), 1);
    assert_eq!(json(&recv(&place, &[]))["text"], text);
    assert!(place.files("spill").is_empty());
}

#[test]
fn what_cannot_be_read_is_reported_and_kept() {
    let place = Place::new();
    let queue = place.queue("q");
    for payload in [&b"no json"[..], b"[1]"] {
        queue.raw().send(payload).unwrap();
    }
    queue.send(&serde_json::json!({ "a": 1 })).unwrap();

    let one = run(&mut place.verb(&["recv", "q", "--count", "3"]));
    assert_eq!((one.status.code(), one.stdout.as_str()), (Some(1), ""));
    assert!(one.stderr.contains("its header is \"l=7\"; it is kept in"), "{}", one.stderr);

    let others = run(&mut place.verb(&["recv", "q", "--follow", "--no-wait", "--bare"]));
    assert_eq!((others.status.code(), others.stdout.as_str()), (Some(3), "{\"a\":1}\n"));
    assert!(others.stderr.contains("it is no map at top level"), "{}", others.stderr);

    let kept = place.files("registry").into_iter().filter(|file| file.starts_with(".unreadable-"));
    let mut kept: Vec<_> = kept.map(|file| std::fs::read(place.path().join("registry").join(file)).unwrap()).collect();
    kept.sort();
    assert_eq!(kept, [b"3:l=3[1]".to_vec(), b"3:l=7no json".to_vec()]);
}

#[test]
fn a_large_message_whose_file_is_gone_is_reported_with_its_header() {
    let place = Place::new();
    let queue = place.queue("q");
    queue.send(&serde_json::json!({ "text": "x".repeat(5000) })).unwrap();
    std::fs::remove_file(place.path().join("spill").join(&place.files("spill")[0])).unwrap();
    queue.send(&serde_json::json!({ "a": 1 })).unwrap();

    let outcome = run(&mut place.verb(&["recv", "q", "--follow", "--no-wait", "--bare"]));
    assert_eq!((outcome.status.code(), outcome.stdout.as_str()), (Some(3), "{\"a\":1}\n"), "{outcome:?}");
    assert!(outcome.stderr.contains(".transit\"; it is kept in"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("it does not exist"), "{}", outcome.stderr);
}

#[test]
fn queues_are_listed_described_and_removed() {
    let place = Place::new();
    place.queue("empty");
    run(&mut place.verb(&["send", "q", "{}"])).printed();
    assert_eq!(run(&mut place.verb(&["list"])).printed(), "empty\nq\n");
    assert_eq!(
        run(&mut place.verb(&["list", "--json"])).printed(),
        "{\"version\":1,\"queues\":[{\"name\":\"empty\",\"messages\":0},{\"name\":\"q\",\"messages\":1}]}\n"
    );

    let stat = json(&run(&mut place.verb(&["stat", "q", "--json"])).printed());
    let known = place.queue("q").stat().unwrap();
    assert_eq!((&stat["version"], &stat["name"], &stat["key"]), (&1.into(), &"q".into(), &known.key.into()));
    assert_eq!((&stat["messages"], &stat["bytes"]), (&1.into(), &known.bytes.into()));
    assert_eq!((&stat["mode"], &stat["last_receive_time"]), (&0o600.into(), &0.into()));
    assert!(stat["last_send_time"].as_u64().unwrap() > 1_500_000_000);
    let all = run(&mut place.verb(&["stat", "--json"])).printed();
    assert_eq!(all.lines().map(|line| json(line)["name"].clone()).collect::<Vec<_>>(), ["empty", "q"]);
    let table = run(&mut place.verb(&["stat"])).printed();
    assert!(table.starts_with("NAME   MESSAGES") && table.lines().count() == 3, "{table}");

    run(&mut place.verb(&["remove", "q"])).printed();
    assert_eq!(run(&mut place.verb(&["list"])).printed(), "empty\n");
}
