//! Each failure has its exit code, and says on standard error what failed.

use crate::place::{Outcome, Place, run};

/// Runs `nuncio queue` with `arguments`, which fails with `code` and says `words`.
fn fails(place: &Place, arguments: &[&str], code: i32, words: &str) {
    let Outcome { status, stdout, stderr } = run(&mut place.verb(arguments));
    assert_eq!(status.code(), Some(code), "{arguments:?}: {stderr}");
    assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    assert_eq!(stdout, "", "{arguments:?}");
}

/// Fills the queue `name`.
fn fill(place: &Place, name: &str) {
    let queue = place.queue(name);
    let message = serde_json::json!({ "text": "x".repeat(500) });
    while queue.try_send(&message).is_ok() {}
}

#[test]
fn what_is_no_json_object_is_not_sent() {
    let place = Place::new();
    fails(&place, &["send", "q", "[1]"], 1, "nuncio: the payload is not a JSON object: it is JSON of another kind\n");
    fails(&place, &["send", "q", "{bad"], 1, "the name of a member, in double quotes, was expected at byte 1");
    fails(&place, &["send", "q"], 1, "nuncio: standard input is not a JSON object");
    fails(&place, &["send", "q", "@/nowhere"], 1, "nuncio: read \"/nowhere\": No such file");
    assert!(place.registry().names().unwrap().is_empty(), "a queue was made for nothing");
}

#[test]
fn a_command_line_that_is_wrong_is_a_usage_error() {
    let place = Place::new();
    for (arguments, words) in [
        (&["send"][..], "<NAME>"),
        (&["send", "a/b", "{}"], "a queue name holds no `/`"),
        (&["send", "q", "{}", "--codec", "gzip"], "possible values: cbor, dumper, json"),
        (&["send", "q", "{}", "--source", "a,b"], "`,` and `=` would add keys of their own"),
        (&["send", "q", "{}", "--timeout", "5"], "300ms, 5s, 2m, 1h"),
        (&["send", "q", "{}", "--timeout", "5s", "--no-wait"], "--no-wait"),
        (&["send", "q", "{}", "--to", "a,b"], "a host name holds no"),
        (&["send", "q", "{}", "--to", "10.0.0.1:9816"], "the port 9816 is for direct delivery only"),
        (&["send", "q", "{}", "--seal"], "--seal needs --to HOST"),
        (&["send", "q", "{}", "--no-dns"], "--no-dns needs --to HOST"),
        (&["send", "q", "{}", "--ttl", "0"], "0 is not in 1.."),
        (&["send", "queue://host", "{}"], "the form is `queue://host/name`"),
        (&["send", "queue:a=b", "{}"], "a queue name holds no `/`"),
        (&["send", "queue://10.0.0.1/q", "{}", "--to", "10.0.0.1"], "without --to"),
        (&["recv", "q", "--count", "2", "--follow"], "--follow"),
    ] {
        fails(&place, arguments, 2, words);
    }
}

#[test]
fn nothing_that_came_in_time() {
    let place = Place::new();
    place.queue("q");
    fails(&place, &["recv", "q", "--no-wait"], 3, "nuncio: receive from \"q\": no message came in time\n");
    fails(&place, &["recv", "q", "--timeout", "1ms"], 3, "no message came in time");
    // A reader may be there before the first writer.
    fails(&place, &["recv", "early", "--timeout", "1ms"], 3, "no message came in time");
    assert!(place.registry().exists("early").unwrap());
}

#[test]
fn no_such_queue() {
    let place = Place::new();
    for arguments in [&["stat", "nobody"][..], &["remove", "nobody"], &["recv", "nobody", "--no-wait"]] {
        fails(&place, arguments, 4, "\"nobody\": no queue of that name is registered in");
    }
    assert!(place.registry().names().unwrap().is_empty());
}

#[test]
fn full() {
    let place = Place::new();
    fill(&place, "q");
    fails(&place, &["send", "q", "{}", "--no-wait"], 5, "nuncio: send to \"q\": no room\n");
    fails(&place, &["send", "q", "{}", "--timeout", "1ms"], 5, "nuncio: send to \"q\"");
    let spilled = format!("{{\"text\":\"{}\"}}", "x".repeat(5000));
    fails(&place, &["send", "q", &spilled, "--no-wait"], 5, "no room");
    assert!(place.files("spill").is_empty(), "the file of a message that was not sent stays behind");
}

#[test]
fn full_in_the_middle_of_many_lines() {
    let place = Place::new();
    place.queue("q").send(&serde_json::json!({ "first": true })).unwrap();
    let lines = "x\n".repeat(1000);
    let sent = {
        let outcome =
            crate::place::run_with_input(&mut place.verb(&["send", "q", "--lines", "--no-wait"]), lines.as_bytes());
        assert_eq!(outcome.status.code(), Some(5), "{outcome:?}");
        outcome.stderr
    };
    let accepted = place.messages("q") - 1;
    assert!(sent.starts_with(&format!("nuncio: {accepted} lines were sent, the next one was not\n")), "{sent}");
}

#[test]
fn what_belongs_to_somebody_else_is_not_used() {
    let place = Place::new();
    let foreign = place.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    let foreign = match std::os::unix::fs::chown(&foreign, Some(1), None) {
        Ok(()) => foreign.to_str().unwrap().to_owned(),
        // Only root can give away; for everybody else there is much that is not theirs.
        Err(_) => "/usr".to_owned(),
    };
    fails(&place, &["--registry", &foreign, "list"], 6, "it belongs to user");
}

#[test]
fn a_registry_that_is_none() {
    let place = Place::new();
    let file = crate::place::write(place.path(), "file", "");
    fails(&place, &["list", "--registry", file.to_str().unwrap()], 1, "it is not a directory");
}

#[test]
fn looking_makes_no_registry() {
    let place = Place::new();
    let registry = place.path().join("registry");
    for (verb, exit) in [
        (&["list"][..], 0),
        (&["list", "--json"], 0),
        (&["stat"], 0),
        (&["stat", "q"], 4),
        (&["remove", "q"], 4),
        (&["recv", "q", "--no-wait"], 4),
    ] {
        let _ = std::fs::remove_dir(&registry);
        assert_eq!(run(&mut place.verb(verb)).status.code(), Some(exit), "{verb:?}");
        assert!(!registry.exists(), "{verb:?}");
    }
}
