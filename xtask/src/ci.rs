//! `cargo xtask ci`: the checks without the tests. All of them run, also after one has failed; a table closes the run.

use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::docs;
use crate::process::{self, Result, cargo};
use crate::setup::{self, Need};

/// One line of the closing table.
struct Check {
    name: &'static str,
    run: fn() -> Result<Verdict>,
}

/// How a check ended that could be run to its end.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// What it needs from outside cannot be reached, which says nothing about this repository.
    NotReachable,
    Passed,
}

const CHECKS: &[Check] = &[
    Check { name: "tools", run: || passed(setup::ensure(Need::Checks)) },
    Check { name: "format", run: || passes("fmt --all --check") },
    Check { name: "lints", run: || passes("clippy --workspace --all-targets --all-features -- -D warnings") },
    Check { name: "lints without features", run: || passes("clippy --workspace --no-default-features -- -D warnings") },
    Check { name: "docs", run: documentation },
    Check { name: "bans, licences, sources", run: || passes("deny check bans licenses sources") },
    Check { name: "advisories", run: advisories },
    Check { name: "macOS", run: || portable(setup::MACOS) },
    Check { name: "FreeBSD", run: || portable(setup::FREEBSD) },
    Check { name: "generated files", run: || passed(docs::check()) },
];

/// Runs all checks.
///
/// # Errors
/// The table cannot be printed. A check that fails is no error here but in the table and the exit code.
pub(crate) fn run() -> Result<ExitCode> {
    let reports: Vec<Report> = CHECKS.iter().map(Report::of).collect();
    eprintln!();
    process::print(&table(&reports))?;
    Ok(if reports.iter().any(Report::failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn passes(line: &str) -> Result<Verdict> {
    passed(process::run(&mut cargo(line)))
}

fn passed(outcome: Result) -> Result<Verdict> {
    outcome.map(|()| Verdict::Passed)
}

fn documentation() -> Result<Verdict> {
    passed(process::run(cargo("doc --workspace --no-deps --all-features").env("RUSTDOCFLAGS", "-D warnings")))
}

/// Looks for known flaws in the dependencies. The database is fetched by a command of its own: its failure is that of
/// the network, while one of the check that follows, which fetches nothing, is an advisory. That cargo-deny itself is
/// there is seen first, so that its absence passes for neither.
fn advisories() -> Result<Verdict> {
    process::run(&mut cargo("deny --version"))?;
    if !process::status(&mut cargo("deny fetch db"))?.success() {
        return Ok(Verdict::NotReachable);
    }
    passes("deny --offline check advisories")
}

/// Checks the crates that need no Linux for `target`.
fn portable(target: &str) -> Result<Verdict> {
    if !setup::has_target(target) {
        return Err(format!("Rust's standard library for {target} is missing: run `cargo xtask setup`").into());
    }
    passes(&format!("check --package nuncio-codec --package nuncio-core --no-default-features --target {target}"))
}

/// A check that was run.
struct Report {
    name: &'static str,
    outcome: Result<Verdict>,
    took: Duration,
}

impl Report {
    fn of(check: &Check) -> Self {
        eprintln!("\nci: {}", check.name);
        let start = Instant::now();
        let outcome = (check.run)();
        if let Err(error) = &outcome {
            eprintln!("ci: {}: {error}", check.name);
        }
        Self { name: check.name, outcome, took: start.elapsed() }
    }

    fn failed(&self) -> bool {
        self.outcome.is_err()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:<24}{:>5} s  ", self.name, self.took.as_secs())?;
        match &self.outcome {
            Err(error) => write!(formatter, "FAILED: {error}"),
            Ok(Verdict::NotReachable) => formatter.write_str("not reachable"),
            Ok(Verdict::Passed) => formatter.write_str("passed"),
        }
    }
}

fn table(reports: &[Report]) -> String {
    reports.iter().map(|report| format!("{report}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(outcome: Result<Verdict>) -> Report {
        Report { name: "lints", outcome, took: Duration::from_millis(12_300) }
    }

    #[test]
    fn a_line_of_the_table_says_how_the_check_ended() {
        let failed = report(Err("`cargo clippy` ended with exit status: 101".into()));
        assert_eq!(
            failed.to_string(),
            "lints                      12 s  FAILED: `cargo clippy` ended with exit status: 101"
        );
        assert_eq!(report(Ok(Verdict::Passed)).to_string(), "lints                      12 s  passed");
    }

    #[test]
    fn only_an_error_is_a_failure() {
        assert!(report(Err("torn".into())).failed());
        assert!(!report(Ok(Verdict::Passed)).failed());
        assert!(!report(Ok(Verdict::NotReachable)).failed());
    }
}
