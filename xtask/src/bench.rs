//! `cargo xtask bench`: nuncio beside the bare system calls.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::process::{self, Result};

/// Builds the benchmark optimised and runs it with `arguments`.
///
/// # Errors
/// Cargo cannot be started. A benchmark that fails is no error here but the exit code.
pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    // Its two programs, of which the one starts the other.
    process::run(&mut process::cargo("build --release --package nuncio-bench"))?;
    let status = process::status(process::cargo("run --release --package nuncio-bench --").args(arguments))?;
    Ok(process::exit_code(status))
}
