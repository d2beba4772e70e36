//! A Perl process on the same queues. It knows the wire from its description and uses core modules and Sereal
//! (`support/transit.pl`).

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use nuncio_core::Wait;
use nuncio_queue::{Codec, Map, Queue, SendOptions, Value};
use serde_json::{Value as Json, json};

use self::support::child::{Child, Part};
use self::support::{Place, key, watched};

/// Not a test: what the other tests run in a process of its own.
#[test]
#[ignore = "the other tests run it as a child"]
fn child_process() {
    let Some(part) = Part::of_this_process() else { return };
    assert_eq!(part.role(), "open");
    part.say("ready");
    part.say(&key(&part.queue(0)).to_string());
}

/// A running peer, ended on drop.
struct Perl {
    process: std::process::Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Perl {
    fn start(place: &Place) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/transit.pl");
        place.registry();
        let mut process = Command::new("perl")
            .args([script.as_ref(), place.directory().as_path(), &place.spill()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("perl is needed for this test; `cargo xtask setup` installs it");
        let input = process.stdin.take().expect("piped");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        Self { process, input, output }
    }

    fn tell(&mut self, command: &str) {
        writeln!(self.input, "{command}").expect("perl listens; if not, it has said why");
    }

    fn answer(&mut self) -> Json {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        assert!(!line.is_empty(), "perl has ended, and said why; `cargo xtask setup` installs what it needs");
        serde_json::from_str(&line).expect("JSON")
    }

    fn ask(&mut self, command: &str) -> Json {
        self.tell(command);
        self.answer()
    }
}

impl Drop for Perl {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A fresh place with a queue `both`, and a peer on it.
fn with_perl(name: &str, act: impl FnOnce(&Place, &Queue, &mut Perl) + Send + 'static) {
    watched(name, || {
        let place = Place::new();
        let (queue, mut perl) = (place.queue("both"), Perl::start(&place));
        act(&place, &queue, &mut perl);
    });
}

/// Every character of Latin-1 above ASCII.
fn latin() -> String {
    ('\u{80}'..='\u{ff}').collect()
}

fn received(queue: &Queue) -> Json {
    serde_json::to_value(queue.recv::<Map>().expect("readable")).expect("JSON")
}

#[test]
fn perl_reads_what_nuncio_sends() {
    with_perl("perl reads", |place, queue, perl| {
        for message in [
            json!({}),
            json!({"text": "größe ☃ 𝄞 \u{0} \" \\ \n", "größe": latin()}),
            json!({"list": [1, -1, 0.5, true, false, null, [], {}], "nested": {"a": {"b": "c"}}}),
            json!({"large": "☃".repeat(5_000)}),
            json!({"larger": latin().repeat(4_000)}),
        ] {
            let is_large = message.to_string().len() > 4096;
            queue.send(&message).expect("room");
            let mut answer = perl.ask("recv both");
            let metadata = answer["message"].as_object_mut().expect("a map").remove(".ipc_transit_meta");
            assert_eq!(answer["message"], message);
            assert_eq!(answer["spilled"], json!(u8::from(is_large)));
            assert_eq!(answer["header"].as_object().expect("a map").len(), if is_large { 2 } else { 1 });
            let metadata = metadata.expect("nuncio writes it");
            assert_eq!(metadata["source_hostname"], "test.example");
            assert!(metadata["send_ts"].is_u64());
        }
        assert_eq!(place.spilled(), [""; 0]);
    });
}

#[test]
fn nuncio_reads_what_perl_sends() {
    with_perl("perl writes", |place, queue, perl| {
        for message in [
            json!({}),
            json!({"text": "größe ☃ 𝄞 \u{0} \" \\ \n", "größe": 1}),
            json!({"list": [1, -1, 0.5, true, false, null, [], {}], "nested": {"a": {"b": "c"}}}),
            json!({"large": "☃".repeat(5_000)}),
        ] {
            // As ASCII, so that a command is one line whatever the text.
            assert_eq!(perl.ask(&format!("send both {}", ascii(&message))), json!(1));
            assert_eq!(received(queue), message);
        }
        perl.ask("send both {}");
        let metadata = queue.raw().recv().expect("there").metadata().expect("readable");
        assert_eq!(metadata.source_host(), Some("perl.example"));
        assert!(metadata.sent_at().is_some());
        assert_eq!(place.spilled(), [""; 0]);
    });
}

/// IPC::Transit's serializers beside JSON.
const SERIALIZERS: [Codec; 3] = [Codec::Dumper, Codec::Sereal, Codec::Storable];

/// What all of them can carry.
fn messages() -> [Json; 4] {
    [
        json!({}),
        json!({"text": "größe ☃ 𝄞 \u{0} \" ' \\ $x @y \n", "größe": latin(), "": "empty", "0": "zero"}),
        json!({"list": [1, -1, 300, -70_000, 5_000_000_000_i64, i64::MIN, 0.5, -0.125, true, false, null, [], {}], "a": {"b": {"c": [[1]]}}}),
        json!({"large": "☃".repeat(5_000), "bytes": "x".repeat(300)}),
    ]
}

/// `value` with every scalar as the text that Perl has for it: which of them is a number, it leaves to who looks.
fn in_perls_eyes(value: &Json) -> Json {
    match value {
        Json::Array(elements) => elements.iter().map(in_perls_eyes).collect(),
        Json::Object(members) => members.iter().map(|(key, value)| (key.clone(), in_perls_eyes(value))).collect(),
        Json::Bool(true) => json!("1"),
        Json::Bool(false) => json!(""),
        Json::Number(number) => json!(number.to_string()),
        other => other.clone(),
    }
}

#[test]
fn perl_reads_every_serializer_of_its_own_that_nuncio_writes() {
    with_perl("perl reads serializers", |place, queue, perl| {
        for codec in SERIALIZERS {
            let options = SendOptions::new().with_codec(codec);
            for message in messages() {
                queue.send_with(&message, &options, Wait::NOW).expect("room");
                let mut answer = perl.ask("recv both");
                let metadata = answer["message"].as_object_mut().expect("a map").remove(".ipc_transit_meta");
                assert_eq!(in_perls_eyes(&answer["message"]), in_perls_eyes(&message), "{codec}");
                assert_eq!(answer["header"]["s"], codec.name());
                let metadata = metadata.expect("nuncio writes it");
                assert_eq!(metadata["source_hostname"], "test.example", "{codec}");
                assert_eq!(metadata["serializer"], codec.name());
            }
            let bytes = Value::Bytes((0x80..=0xff).collect());
            queue.send_with(&Map::from_iter([("bytes", bytes)]), &options, Wait::NOW).expect("room");
            assert_eq!(perl.ask("recv both")["message"]["bytes"], latin(), "{codec}");
        }
        assert_eq!(place.spilled(), [""; 0]);
    });
}

#[test]
fn nuncio_reads_every_serializer_that_perl_writes() {
    with_perl("perl writes serializers", |place, _, perl| {
        let queue = place.builder().accept_dumper(true).open().expect("there").queue("both").expect("there");
        for codec in SERIALIZERS {
            for message in messages() {
                assert_eq!(perl.ask(&format!("send_as both {codec} {}", ascii(&message))), json!(1));
                assert_eq!(in_perls_eyes(&received(&queue)), in_perls_eyes(&message), "{codec}");
            }
            perl.ask(&format!("latin both {codec}"));
            assert_eq!(
                queue.recv::<Map>().expect("readable")["bytes"].as_bytes().map(<[u8]>::len),
                Some(128),
                "{codec}"
            );
            perl.ask(&format!("latin both {codec}"));
            assert_eq!(received(&queue), json!({ "bytes": latin() }), "{codec}");
        }
        assert_eq!(place.spilled(), [""; 0]);
    });
}

#[test]
fn integers_arrive_exactly_at_their_limits() {
    with_perl("integers", |_, queue, perl| {
        let limits = json!([i64::MIN, i64::MAX, u64::MAX, 0]);
        perl.ask("numbers both");
        assert_eq!(received(queue)["list"], limits);
        queue.send(&json!({ "list": limits })).expect("room");
        let list = perl.ask("recv both")["message"]["list"].take();
        // Perl's decoder keeps a number of that many digits as a string, and writes it as one.
        let texts = |list: &Json| -> Vec<String> {
            let list = list.as_array().expect("a list");
            list.iter().map(|number| number.as_str().map_or_else(|| number.to_string(), str::to_owned)).collect()
        };
        assert_eq!(texts(&list), texts(&limits));
    });
}

#[test]
fn perls_byte_strings_arrive_as_the_characters_of_latin_1() {
    with_perl("bytes", |_, queue, perl| {
        perl.ask("latin both");
        assert_eq!(received(queue), json!({ "bytes": latin() }));
    });
}

#[test]
fn a_name_that_one_has_made_is_found_by_the_other() {
    with_perl("names", |place, queue, perl| {
        assert_eq!(perl.ask("open both"), json!(key(queue)));
        let made_by_perl = perl.ask("open perls");
        assert_eq!(json!(key(&place.registry().existing("perls").expect("there"))), made_by_perl);
        assert_eq!(place.files(), ["both", "perls"]);
    });
}

#[test]
fn both_make_the_same_names_at_once_and_agree() {
    with_perl("names at once", |place, _, perl| {
        let registry = place.registry();
        for round in 0..20 {
            let name = format!("new-{round}");
            perl.tell(&format!("open {name}"));
            let queue = registry.queue(&name).expect("made by one of us");
            assert_eq!(perl.answer(), json!(key(&queue)), "{name}");
        }
        assert_eq!(place.files().len(), 21, "nothing else stays: {:?}", place.files());
    });
}

#[test]
fn nuncio_waits_for_a_name_that_perl_is_just_writing() {
    with_perl("half a name", |place, _, perl| {
        perl.ask("begin slow");
        let mut nuncio = Child::start(place, "open slow");
        assert_eq!(nuncio.hear(), "ready");
        nuncio.wait_until_asleep();
        let made_by_perl = perl.ask("finish slow");
        assert_eq!(nuncio.hear(), made_by_perl.to_string());
        nuncio.finish();
    });
}

#[test]
fn nuncio_waits_for_the_lock_that_perl_holds() {
    with_perl("a held lock", |place, _, perl| {
        perl.ask("lock");
        let mut nuncio = Child::start(place, "open wanted");
        assert_eq!(nuncio.hear(), "ready");
        nuncio.wait_until_asleep();
        assert!(!place.registry().exists("wanted").expect("readable"), "nuncio did not mind the lock");
        perl.ask("unlock");
        let made_by_nuncio = nuncio.hear();
        assert_eq!(perl.ask("open wanted").to_string(), made_by_nuncio);
        nuncio.finish();
        assert_eq!(place.files(), ["both", "wanted"]);
    });
}

/// `value` as JSON in ASCII.
fn ascii(value: &Json) -> String {
    let mut text = String::new();
    for character in value.to_string().chars() {
        if character.is_ascii() {
            text.push(character);
        } else {
            text.extend(character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}
