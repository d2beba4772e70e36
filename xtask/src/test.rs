//! `cargo xtask test`: all tests at small scale, doc tests included.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::process::{self, Result};
use crate::setup::{self, Need};

/// Runs the tests, with `arguments` appended to the command line of `cargo test`.
///
/// # Errors
/// What the tests need is missing and cannot be installed, or cargo cannot be started. Failing tests are no error here
/// but the exit code.
pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    setup::ensure(Need::Test)?;
    let status = process::status(command().args(arguments))?;
    Ok(process::exit_code(status))
}

/// `cargo test` over the whole workspace. Where CI is set, a test whose peer is absent has to fail, not be ignored.
pub(crate) fn command() -> Command {
    let mut command = process::cargo("test --workspace --all-features");
    if env::var_os("CI").is_some() {
        command.env("NUNCIO_REQUIRE_ALL", "1");
    }
    command
}
