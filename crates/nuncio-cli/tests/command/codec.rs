//! `nuncio codec`: what it tells, converts and shows.

use std::fs;
use std::process::{Command, Stdio};

use nuncio::codec::{Codec, DecodeLimits, Map, Object, Value};

use crate::place::{Outcome, Running, json, run_with_input, write};

/// Runs `nuncio codec` with `input` on its standard input.
fn codec(arguments: &[&str], input: &[u8]) -> Outcome {
    run_with_input(command().args(arguments), input)
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nuncio"));
    command.arg("codec");
    command
}

/// What `nuncio codec` writes, which may be no text.
fn written(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let output = tempfile::NamedTempFile::new().unwrap();
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, input).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let stdout = fs::File::options().append(true).open(output.path()).unwrap();
    assert!(Running::start(command().args(arguments).stdin(file).stdout(stdout)).end().success(), "{arguments:?}");
    fs::read(output.path()).unwrap()
}

/// What is refused: the reason, which must be all that is said.
fn refused(arguments: &[&str], input: &[u8]) -> String {
    let outcome = codec(arguments, input);
    assert_eq!((outcome.status.code(), outcome.stdout.as_str()), (Some(1), ""), "{arguments:?}: {outcome:?}");
    outcome.stderr
}

fn encoded(format: Codec, value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    format.encode(value, &mut bytes).unwrap();
    bytes
}

/// A value that every format holds as it is.
fn plain() -> Value {
    let list = Value::from_iter([Value::from(1), Value::Null, true.into(), "é☃".into(), Value::from("")]);
    Value::Map(Map::from_iter([("list", list), ("name", "x".into())]))
}

/// An object, which Perl's formats alone keep.
fn object() -> Value {
    Object::new("My::Job", Value::from_iter([("id", 7)])).into()
}

#[test]
fn every_format_is_converted_to_every_other_and_recognised() {
    for from in Codec::ALL {
        let document = encoded(*from, &plain());
        assert_eq!(codec(&["detect"], &document).printed(), format!("{from}\n"));
        for to in Codec::ALL {
            for said in [from.name(), "auto"] {
                let converted = written(&["convert", "--from", said, "--to", to.name()], &document);
                let read: Value = to.decode(&converted, &DecodeLimits::default()).unwrap();
                assert_eq!(read, plain(), "{from} to {to}");
            }
        }
    }
}

#[test]
fn documents_are_written_as_they_are_and_json_is_a_line() {
    let document = encoded(Codec::Sereal, &plain());
    assert_eq!(
        written(&["convert", "--to", "json"], &document),
        b"{\"list\":[1,null,true,\"\xc3\xa9\xe2\x98\x83\",\"\"],\"name\":\"x\"}\n"
    );
    for to in Codec::ALL.iter().filter(|to| **to != Codec::Json) {
        assert_eq!(written(&["convert", "--to", to.name()], &document), encoded(*to, &plain()), "{to}");
    }
}

#[test]
fn a_document_is_a_file_or_standard_input() {
    let directory = tempfile::tempdir().unwrap();
    let file = write(directory.path(), "-x", "{\"a\":1}\n");
    let file = file.to_str().unwrap();
    for arguments in
        [&["convert", "--to", "json", file][..], &["convert", "--to", "json", "-"], &["convert", "--to", "json"]]
    {
        assert_eq!(codec(arguments, b" {\"a\": 1}").printed(), "{\"a\":1}\n");
    }
    assert_eq!(codec(&["detect", file], b"").printed(), "json\n");
    let inside = run_with_input(command().args(["detect", "--", "-x"]).current_dir(directory.path()), b"");
    assert_eq!(inside.printed(), "json\n");
}

#[test]
fn classes_are_kept_between_perls_formats_and_nowhere_else() {
    let perl = [Codec::Dumper, Codec::Sereal, Codec::Storable];
    for from in perl {
        let document = encoded(from, &object());
        for to in perl {
            let converted = written(&["convert", "--to", to.name()], &document);
            let read: Value = to.decode(&converted, &DecodeLimits::default()).unwrap();
            assert_eq!(read, object(), "{from} to {to}");
        }
        assert_eq!(codec(&["convert", "--to", "json"], &document).printed(), "{\"id\":7}\n");
    }
}

#[test]
fn byte_strings_are_characters_or_utf_8_as_asked() {
    let document = encoded(Codec::Sereal, &Value::Bytes("é".into()));
    let convert = |more: &[&str]| codec(&[&["convert", "--to", "json"], more].concat(), &document).printed();
    assert_eq!(convert(&[]), "\"Ã©\"\n");
    assert_eq!(convert(&["--strings", "latin1"]), "\"Ã©\"\n");
    assert_eq!(convert(&["--strings", "utf8"]), "\"é\"\n");
}

#[test]
fn regular_expressions_are_refused_unless_their_text_is_asked_for() {
    let document = b"=\xf3rl\x05\x00\x31\x62^a\x61i";
    assert!(refused(&["convert", "--to", "json"], document).contains("found a regular expression"));
    assert_eq!(codec(&["convert", "--to", "json", "--code-as-text"], document).printed(), "\"(?^i:^a)\"\n");
}

#[test]
fn the_typed_view_shows_what_json_would_hide() {
    let members = Map::from_iter([("bytes", Value::Bytes(vec![0xe9])), ("text", "é".into()), ("truth", true.into())]);
    let document = encoded(Codec::Sereal, &Object::new("Job", members.into()).into());
    let view = codec(&["decode", "--from", "sereal", "--typed"], &document).printed();
    assert_eq!(view.lines().count(), 1);
    let entry = |key: &str, value| serde_json::json!([{"bytes": hexadecimal(key)}, value]);
    let entries = [
        entry("bytes", json(r#"{"bytes":"e9"}"#)),
        entry("text", json(r#"{"text":"é"}"#)),
        entry("truth", json(r#"{"bool":true}"#)),
    ];
    assert_eq!(json(&view), serde_json::json!({"blessed": "Job", "hash": entries}));
    // A cycle can be shown, though not converted.
    let cycle = b"=\xf3rl\x05\x00\x28\xab\x01\x29\x02";
    assert!(refused(&["convert", "--to", "json"], cycle).contains("a cycle"));
    let view = codec(&["decode", "--from", "sereal", "--typed"], cycle).printed();
    assert!(view.contains("\"same\":1"), "{view}");
}

fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_is_refused_ends_with_1_and_the_reason() {
    for (arguments, input, words) in [
        (&["detect"][..], &b"just words"[..], "standard input: its format is not recognised"),
        (&["convert", "--to", "json"], b"just words", "say it with --from"),
        (&["convert", "--from", "json", "--to", "cbor"], b"{", "decode json"),
        (&["convert", "--to", "json"], b"=\xf3rl\x05\x00\x42\x01", "at byte"),
        (&["convert", "--from", "yaml", "--to", "json"], b"a: .nan", "encode json"),
        (&["decode", "--from", "sereal", "--typed"], b"{}", "expected the header of a Sereal document"),
        (&["decode", "--from", "json", "--typed"], b"{}", "json"),
        (&["detect", "/nonexistent"], b"", "read \"/nonexistent\": No such file"),
        (&["detect", "/"], b"", "read \"/\": Is a directory"),
    ] {
        let reason = refused(arguments, input);
        assert!(reason.starts_with("nuncio: ") && reason.contains(words), "{arguments:?}: {reason}");
    }
}

#[test]
fn more_than_a_decoder_takes_is_not_read() {
    let endless = fs::File::open("/dev/zero").unwrap();
    let mut convert = command();
    convert
        .args(["convert", "--from", "json", "--to", "cbor"])
        .stdin(endless)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut running = Running::start(&mut convert);
    let reason = std::io::read_to_string(running.child.stderr.take().unwrap()).unwrap();
    assert_eq!(running.end().code(), Some(1));
    assert_eq!(reason, "nuncio: standard input: it has more than 67108864 bytes\n");
}

#[test]
fn what_is_no_use_ends_with_2() {
    for (arguments, words) in [
        (&["convert"][..], "--to"),
        (&["convert", "--to", "xml"], "possible values: cbor, dumper, json"),
        (&["convert", "--to", "auto"], "possible values"),
        (&["decode", "--from", "sereal"], "--typed"),
        (&[], "detect"),
    ] {
        let outcome = codec(arguments, b"");
        assert_eq!(outcome.status.code(), Some(2), "{arguments:?}");
        assert!(outcome.stderr.contains(words), "{arguments:?}: {}", outcome.stderr);
    }
}
