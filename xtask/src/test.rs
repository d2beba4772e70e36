//! `cargo xtask test`: all tests at small scale, doc tests and those of the clients in other languages included.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::process::{self, Result};
use crate::setup::{self, Need};

/// Runs the tests, with `arguments` appended to the command line of `cargo test`. Without arguments the clients' too.
///
/// # Errors
/// What the tests need is missing and cannot be installed, or cargo cannot be started. Failing tests are no error here
/// but the exit code.
pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    setup::ensure(Need::Test)?;
    let status = process::status(command().args(arguments))?;
    let clients = if arguments.is_empty() { clients()? } else { ExitCode::SUCCESS };
    Ok(if status.success() { clients } else { process::exit_code(status) })
}

/// The tests of the clients in other languages, whether or not those before have failed.
fn clients() -> Result<ExitCode> {
    let mut node = Command::new("node");
    node.arg("--test").current_dir("clients/node");
    let mut php = Command::new("php");
    php.arg("clients/php/tests/run.php");
    let node = process::status(&mut node)?;
    let php = process::status(&mut php)?;
    Ok(if node.success() { process::exit_code(php) } else { process::exit_code(node) })
}

/// `cargo test` over the whole workspace. Where CI is set, a test whose peer is absent has to fail, not be ignored.
pub(crate) fn command() -> Command {
    let mut command = process::cargo("test --workspace --all-features");
    if env::var_os("CI").is_some() {
        command.env("NUNCIO_REQUIRE_ALL", "1");
    }
    command
}
