//! The chores of this repository, one file each. They run at the repository's root, wherever they were called.
//!
//! What a chore says about its work goes to standard error, what it was asked for (a table, a summary) to standard
//! output. Exit codes: that of the tests or the benchmark where one was run, else 0 done, 1 failed, 2 usage.
#![forbid(unsafe_code)]

mod bench;
mod ci;
mod docs;
mod process;
mod setup;
mod soak;
mod test;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use process::Result;

const USAGE: &str = "\
cargo xtask <chore>

  setup            install what tests and checks need (Debian and npm packages, cargo-deny, rustup components and targets)
  test [ARGS..]    all tests at small scale, those of clients/ too; ARGS go to `cargo test`, and leave clients/ out
  soak [ARGS..]    the same tests, optimised and at full counts, with a summary; ARGS go to `cargo test`
  ci               the checks without the tests: format, lints, docs, dependencies, other targets, generated files
  bench [ARGS..]   nuncio beside its peers and the bare system calls; ARGS go to the benchmark
  docs [--check]   write docs/man and completions; with --check only compare them
";

fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let outcome = process::enter_repository().and_then(|()| dispatch(&words));
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error}");
        ExitCode::FAILURE
    })
}

/// Runs the chore that `words` name. What follows a chore that takes arguments reaches its program untouched, a `--`
/// included, which is why no argument parser stands in between.
fn dispatch(words: &[OsString]) -> Result<ExitCode> {
    let line: Vec<&str> = words.iter().map(known).collect();
    match line.as_slice() {
        ["setup"] => setup::run().map(|()| ExitCode::SUCCESS),
        ["test", ..] => test::run(&words[1..]),
        ["soak", ..] => soak::run(&words[1..]),
        ["ci"] => ci::run(),
        ["bench", ..] => bench::run(&words[1..]),
        ["docs"] => docs::write().map(|()| ExitCode::SUCCESS),
        ["docs", "--check"] => docs::check().map(|()| ExitCode::SUCCESS),
        [] | ["help" | "--help" | "-h"] => process::print(USAGE).map(|()| ExitCode::SUCCESS),
        _ => Ok(usage_error(&line)),
    }
}

/// The word as text. One that is not UTF-8 is no word of ours, and becomes empty.
fn known(word: &OsString) -> &str {
    word.to_str().unwrap_or_default()
}

fn usage_error(line: &[&str]) -> ExitCode {
    eprint!("xtask: no such chore: {}\n\n{USAGE}", line.join(" "));
    ExitCode::from(2)
}
