//! Each target is searched for what breaks it: for a moment in a test, for an hour in a soak where the format is Perl's.
//!
//! `NUNCIO_FUZZ_SEED` begins elsewhere, `NUNCIO_FUZZ_SECONDS` ends earlier or later. What is found is in
//! `target/tmp/fuzz`.

use std::env;
use std::path::Path;
use std::time::Duration;

use nuncio_conformance::scale;
use nuncio_fuzz::{Effort, TARGETS, explore};

const SEED: &str = "NUNCIO_FUZZ_SEED";
const SECONDS: &str = "NUNCIO_FUZZ_SECONDS";

fn search(name: &str, soak: Duration) {
    let target = *TARGETS.iter().find(|target| target.name == name).expect("a target");
    let seed = number(SEED).unwrap_or(1);
    let effort = match number(SECONDS) {
        Some(seconds) => Effort::Time(Duration::from_secs(seconds)),
        None => scale::choose(Effort::Inputs(2_000), Effort::Time(soak)),
    };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    let outcome = explore(target, seed, effort, &directory).unwrap_or_else(|failure| panic!("{name}: {failure}"));
    let (time, size) = outcome.slowest;
    scale::report(&format!(
        "fuzz {name}: {} inputs from seed {seed}, {} kept, the slowest of {size} bytes took {} us",
        outcome.tried,
        outcome.kept,
        time.as_micros()
    ));
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text:?}")))
}

macro_rules! searches {
    ($($name:ident: $minutes:literal;)*) => {$(
        #[test]
        fn $name() {
            search(stringify!($name), Duration::from_secs(60 * $minutes));
        }
    )*};
}

searches! {
    batch: 5;
    bus_stream: 5;
    bus_text: 5;
    cbor: 5;
    detect: 1;
    dumper: 60;
    json: 5;
    json_zstd: 5;
    mesh_config: 5;
    mesh_handshake: 5;
    mesh_lanes: 5;
    mesh_messages: 5;
    message_pack: 5;
    sealed: 5;
    sereal: 60;
    storable: 60;
    yaml: 5;
}
