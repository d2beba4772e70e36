//! What the original tools printed, byte for byte; `<dir>`, `<time>` and `<host>` stand for what differs from run to run.

use nuncio::codec::Codec;
use nuncio::core::Wait;
use nuncio::queue::SendOptions;

use crate::place::{Outcome, Place, json, run};

const ANNOUNCED: &str = "Using alternative Transit config dir: <dir>\n";
const METADATA: &str = ".ipc_transit_meta";
const RICH: &str = r#"{"foo":"bar","n":[1,2.5,null,true,{"a":"gr\u00fc\u00dfe \u2603"}],"e":{},"l":[]}"#;

/// Runs a tool on the place's registry, given as `-P`.
fn tool(place: &Place, name: &str, arguments: &[&str]) -> Outcome {
    let directory = place.registry().directory().to_str().unwrap().to_owned();
    let mut outcome = run(&mut place.tool(name, &[&["-P", &directory], arguments].concat()));
    outcome.stdout = outcome.stdout.replace(&directory, "<dir>");
    outcome
}

/// What a tool prints after the announcement.
fn printed(place: &Place, name: &str, arguments: &[&str]) -> String {
    let printed = tool(place, name, arguments).printed();
    printed.strip_prefix(ANNOUNCED).unwrap_or_else(|| panic!("no announcement: {printed}")).to_owned()
}

/// A message that a tool printed, with placeholders for time and host.
fn settled(text: &str) -> String {
    let message = json(text);
    let metadata = message.get(METADATA).unwrap_or_else(|| &message["message"][METADATA]);
    text.replace(&format!(": {}", metadata["send_ts"]), ": <time>")
        .replace(&metadata["source_hostname"].to_string(), "\"<host>\"")
}

#[test]
fn strans_says_1_and_qtrans_counts() {
    let place = Place::new();
    for message in [RICH, "{\"k\":1}"] {
        assert_eq!(printed(&place, "strans", &[message, "cliq"]), "1\n");
    }
    let [bytes, percent] = figures(&place, "cliq");
    let line = format!("{:<40}{:<8}{bytes:<10}{:<10}{percent:<8}\n", "cliq", 2, 16384);
    assert_eq!(printed(&place, "qtrans", &[]), line);
    assert_eq!(printed(&place, "qtrans", &["-a"]), line);

    for _ in 0..2 {
        printed(&place, "rtrans", &["-s", "cliq"]);
    }
    assert_eq!(printed(&place, "qtrans", &[]), "");
    let empty = "cliq                                    0       0         16384     0%      \n";
    assert_eq!(printed(&place, "qtrans", &["-a"]), empty);

    assert_eq!(printed(&place, "strans", &["{\"far\":1}", "farq", "127.0.0.1"]), "1\n");
    let [bytes, percent] = figures(&place, "transitd");
    let line = format!("{:<40}{:<8}{bytes:<10}{:<10}{percent:<8}\n", "transitd", 1, 16384);
    assert_eq!(printed(&place, "qtrans", &["-a"]), format!("{empty}{line}"));
}

/// Bytes in a queue, which depend on the host's name, and how many percent of 16384 that is, cut to a tenth.
fn figures(place: &Place, name: &str) -> [String; 2] {
    let bytes = place.queue(name).stat().unwrap().bytes;
    let percent = (bytes as f64 / 16384.0 * 1000.0).floor() / 10.0;
    [bytes.to_string(), format!("{percent}%")]
}

#[test]
fn strans_refuses_with_255_what_is_no_object() {
    let place = Place::new();
    for (arguments, words) in [
        (&["[1]", "cliq"][..], "the json message passed in first argument"),
        (&["{bad", "cliq"], "the json message passed in first argument"),
        (&[], "json message required"),
        (&["{}"], "qname required"),
        (&["{}", "a/b"], "a queue name holds no `/`"),
        (&["{}", "farq", "some,host"], "a host name holds no white space"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let refused = tool(&place, "strans", arguments);
        assert_eq!(refused.status.code(), Some(255), "{arguments:?}");
        assert!(refused.stderr.contains(words), "{arguments:?}: {}", refused.stderr);
        let announced = if arguments == ["--nonsense"] { "" } else { ANNOUNCED };
        assert_eq!(refused.stdout, announced, "{arguments:?}");
    }
    assert!(place.registry().names().unwrap().is_empty());
}

#[test]
fn strans_prints_an_empty_line_for_a_full_queue() {
    let place = Place::new();
    let queue = place.queue("cliq");
    while queue.try_send(&json("{}")).is_ok() {}
    let full = tool(&place, "strans", &["{}", "cliq"]);
    assert_eq!((full.status.code(), full.stdout), (Some(0), format!("{ANNOUNCED}\n")));
    assert!(full.stderr.contains("no room"), "{}", full.stderr);
}

#[test]
fn rtrans_prints_sorted_indented_json() {
    let place = Place::new();
    printed(&place, "strans", &[RICH, "cliq"]);
    let expected = r#"{
   ".ipc_transit_meta" : {
      "encrypt_source" : "default",
      "send_ts" : <time>,
      "source_hostname" : "<host>"
   },
   "e" : {},
   "foo" : "bar",
   "l" : [],
   "n" : [
      1,
      2.5,
      null,
      true,
      {
         "a" : "grüße ☃"
      }
   ]
}
"#;
    assert_eq!(settled(&printed(&place, "rtrans", &["-s", "cliq"])), expected);
}

#[test]
fn rtrans_prints_utf_8_also_where_latin_1_would_do() {
    let place = Place::new();
    printed(&place, "strans", &["{\"a\":\"é\"}", "cliq"]);
    assert!(printed(&place, "rtrans", &["-s", "cliq"]).contains("   \"a\" : \"é\"\n"));
}

#[test]
fn rtrans_prints_the_raw_form() {
    let place = Place::new();
    printed(&place, "strans", &["{\"k\":1}", "cliq"]);
    let expected = r#"{
   "message" : {
      ".ipc_transit_meta" : {
         "encrypt_source" : "default",
         "send_ts" : <time>,
         "source_hostname" : "<host>"
      },
      "k" : 1
   },
   "serialized_message" : "<payload>",
   "wire_headers" : {
      "l" : "<length>"
   }
}
"#;
    assert_eq!(settled_raw(&printed(&place, "rtrans", &["-s", "-r", "cliq"])), expected);
}

#[test]
fn a_message_for_another_host_waits_for_the_daemon() {
    let place = Place::new();
    printed(&place, "strans", &["{\"far\":1}", "farq", "127.0.0.1"]);
    let expected = r#"{
   "message" : {
      ".ipc_transit_meta" : {
         "destination" : "127.0.0.1",
         "destination_qname" : "farq",
         "encrypt_source" : "default",
         "send_ts" : <time>,
         "source_hostname" : "<host>",
         "ttl" : "9"
      },
      "far" : 1
   },
   "serialized_message" : "<payload>",
   "wire_headers" : {
      "d" : "127.0.0.1",
      "l" : "<length>",
      "q" : "farq",
      "t" : "9"
   }
}
"#;
    assert_eq!(settled_raw(&printed(&place, "rtrans", &["-s", "-r", "transitd"])), expected);
}

/// A raw form with placeholders also for the payload and its length. The payload is the message without what the
/// receiver adds, and the length is that of the payload.
fn settled_raw(text: &str) -> String {
    let mut form = json(text);
    let payload = form["serialized_message"].as_str().unwrap().to_owned();
    let length = form["wire_headers"]["l"].as_str().unwrap();
    assert_eq!(length, payload.len().to_string());
    let settled = settled(text)
        .lines()
        .map(|line| {
            if line.contains("serialized_message") {
                "   \"serialized_message\" : \"<payload>\",\n".to_owned()
            } else {
                format!("{line}\n")
            }
        })
        .collect::<String>()
        .replace(&format!("\"l\" : \"{length}\""), "\"l\" : \"<length>\"");
    form["message"][METADATA].as_object_mut().unwrap().remove("encrypt_source").unwrap();
    assert_eq!(json(&payload), form["message"]);
    settled
}

#[test]
fn the_environment_names_the_serializer_of_strans() {
    let place = Place::new();
    let mut send = place.tool("strans", &["{\"k\":1}", "cliq"]);
    assert_eq!(run(send.env("IPC_TRANSIT_DEFAULT_SERIALIZER", "sereal")).printed(), "1\n");
    let form = json(&printed(&place, "rtrans", &["-s", "-r", "cliq"]));
    assert_eq!((&form["wire_headers"]["s"], &form["message"]["k"]), (&"sereal".into(), &1.into()));
}

#[test]
fn rtrans_reads_dumpers_text_only_when_it_is_told_to() {
    let place = Place::new();
    for (arguments, printed_instead) in [(&["-s"][..], Some("null\n")), (&["-s", "--accept-dumper"], None)] {
        place.queue("cliq").raw().send_with(b"$VAR1 = {'k' => 1};\n", &dumper(), Wait::NOW).unwrap();
        let outcome = tool(&place, "rtrans", &[arguments, &["cliq"]].concat());
        let printed = outcome.stdout.strip_prefix(ANNOUNCED).unwrap();
        match printed_instead {
            Some(instead) => assert_eq!(printed, instead),
            None => assert_eq!(json(printed)["k"], 1),
        }
        assert_eq!(outcome.stderr.contains("it is Data::Dumper's text"), printed_instead.is_some());
    }
}

fn dumper() -> SendOptions {
    SendOptions::new().with_codec(Codec::Dumper)
}

#[test]
fn rtrans_receives_as_many_as_it_is_told() {
    let place = Place::new();
    for number in 0..3 {
        place.queue("cliq").send(&serde_json::json!({ "n": number })).unwrap();
    }
    let two = printed(&place, "rtrans", &["-c", "2", "cliq"]);
    assert!(two.contains("\"n\" : 0") && two.contains("\"n\" : 1") && !two.contains("\"n\" : 2"), "{two}");
    assert_eq!(place.messages("cliq"), 1);
}
