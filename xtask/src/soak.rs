//! `cargo xtask soak`: the tests of `cargo xtask test`, optimised and at the full counts.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use crate::process::{self, Result};
use crate::setup::{self, Need};
use crate::test;

/// Where the tests append one line each about what they counted, relative to the repository's root.
const REPORT: &str = "target/soak-report.txt";

/// Runs the tests at full counts, with `arguments` appended to the command line of `cargo test`, then prints what they
/// reported, also when some failed. One that fails does not keep the others from running.
///
/// # Errors
/// As [`test::run`]; and where the report cannot be removed before or read after.
pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    setup::ensure(Need::Test)?;
    let report = env::current_dir()?.join(REPORT);
    remove_old(&report)?;
    let mut command = test::command();
    command.args(["--profile=soak", "--no-fail-fast"]).env("NUNCIO_SCALE", "soak").env("NUNCIO_SOAK_REPORT", &report);
    let status = process::status(command.args(arguments))?;
    print_summary(&report)?;
    Ok(process::exit_code(status))
}

fn remove_old(report: &Path) -> Result {
    match fs::remove_file(report) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", report, &error)),
        _ => Ok(()),
    }
}

fn print_summary(report: &Path) -> Result {
    let lines = match fs::read_to_string(report) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => "no test reported anything\n".to_owned(),
        Err(error) => return Err(failed("read", report, &error)),
        Ok(lines) => lines,
    };
    process::print(&format!("\nsoak summary\n{lines}"))
}

fn failed(operation: &str, report: &Path, error: &io::Error) -> Box<dyn std::error::Error> {
    format!("{operation} the soak report {}: {error}", report.display()).into()
}
