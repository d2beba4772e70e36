//! Perl reads what nuncio writes, and nuncio what Perl writes: random values in Perl's formats, compared in the typed view.
//!
//! `support/peer.pl` has the other half: the original modules, the random data of Perl, and the view of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use nuncio_codec::perl::Decoder;
use nuncio_codec::{Codec, DecodeLimits, Error, Value, to_value};
use nuncio_conformance::{scale, within};
use nuncio_fuzz::{Random, agrees, alike, any_value, encode_somehow};

/// Far more than a soak takes.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A running Perl with the original modules.
struct Peer {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/peer.pl");
        let mut process = Command::new("perl")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("perl is needed for this test; `cargo xtask setup` installs it");
        let input = process.stdin.take().expect("piped");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        Self { process, input, output }
    }

    fn ask(&mut self, command: &str, codec: Codec, bytes: &[u8]) {
        let line = format!("{command} {codec} {}\n", bytes.len());
        let question = [line.as_bytes(), bytes].concat();
        self.input.write_all(&question).expect("perl listens; if not, it has said why");
    }

    fn answer(&mut self) -> Vec<u8> {
        let mut length = String::new();
        self.output.read_line(&mut length).expect("text");
        let length =
            length.trim().parse().expect("perl has ended, and said why; `cargo xtask setup` installs what it needs");
        let mut bytes = vec![0; length];
        self.output.read_exact(&mut bytes).expect("as many bytes as were said");
        bytes
    }

    /// The view of what Perl reads in the document.
    fn read(&mut self, codec: Codec, document: &[u8]) -> Value {
        self.ask("read", codec, document);
        view_of(&self.answer())
    }

    /// A document that Perl writes of random data, and the view of what it reads in it.
    fn write(&mut self, codec: Codec, seed: u64) -> (Vec<u8>, Value) {
        self.ask("write", codec, seed.to_string().as_bytes());
        let document = self.answer();
        (document, view_of(&self.answer()))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn view_of(json: &[u8]) -> Value {
    Codec::Json.decode(json, &DecodeLimits::default().with_depth(10_000)).expect("a view in JSON")
}

/// nuncio's own view.
fn typed(codec: Codec, document: &[u8]) -> Result<Value, Error> {
    Ok(to_value(&Decoder::new(codec).decode_typed(document)?).expect("a tree"))
}

/// Where two views differ, if they do.
fn difference(ours: &Value, theirs: &Value) -> Option<String> {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            ours.iter().zip(theirs).find_map(|(ours, theirs)| difference(ours, theirs))
        }
        (Value::Map(ours), Value::Map(theirs))
            if ours.keys().all(|key| theirs.contains_key(key)) && ours.len() == theirs.len() =>
        {
            ours.iter().find_map(|(key, ours)| difference(ours, &theirs[key]))
        }
        _ if ours == theirs => None,
        _ => Some(format!("nuncio has {ours:?}, Perl {theirs:?}")),
    }
}

fn documents() -> u64 {
    scale::choose(200, 10_000)
}

fn nuncio_reads_what_perl_writes(codec: Codec) {
    let mut peer = Peer::start();
    for seed in 1..=documents() {
        let (document, theirs) = peer.write(codec, seed);
        let text = document.escape_ascii();
        let ours = typed(codec, &document).unwrap_or_else(|error| panic!("seed {seed}: {error:?}: {text}"));
        if let Some(difference) = difference(&ours, &theirs) {
            panic!("seed {seed}: {difference}, of {text}");
        }
    }
    scale::report(&format!("perl {codec}: nuncio read {} documents that Perl wrote", documents()));
}

fn perl_reads_what_nuncio_writes(codec: Codec) {
    let mut peer = Peer::start();
    for seed in 1..=documents() {
        let mut random = Random::new(seed);
        // Small ones first.
        let value = any_value(&mut random, (seed as usize / 20).min(4));
        let mut document = Vec::new();
        let how = encode_somehow(codec, &value, &mut random, &mut document).expect("every value can be written");
        let text = document.escape_ascii();
        let back: Value = codec.decode(&document, &DecodeLimits::default()).expect("nuncio reads it");
        assert!(alike(codec, &value, &back), "seed {seed}, {how}: {value:?} came back as {back:?} from {text}");
        let theirs = peer.read(codec, &document);
        assert!(agrees(&theirs, &back), "seed {seed}, {how}: nuncio reads {back:?}, Perl {theirs:?}: {text}");
    }
    scale::report(&format!("perl {codec}: Perl read {} documents that nuncio wrote", documents()));
}

macro_rules! formats {
    ($($module:ident: $codec:ident;)*) => {$(
        mod $module {
            use super::*;

            #[test]
            fn nuncio_reads_what_perl_writes() {
                within(PATIENCE, "nuncio reading", || super::nuncio_reads_what_perl_writes(Codec::$codec));
            }

            #[test]
            fn perl_reads_what_nuncio_writes() {
                within(PATIENCE, "perl reading", || super::perl_reads_what_nuncio_writes(Codec::$codec));
            }
        }
    )*};
}

formats! {
    dumper: Dumper;
    sereal: Sereal;
    storable: Storable;
}
