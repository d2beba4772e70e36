//! Child processes: each is announced before it runs, and its failure names the command line.

use std::error::Error;
use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::{env, io, iter};

/// A chore has no caller that could tell failures apart, so that the message is all there is to an error.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Makes the repository's root the current directory, which every path in this program is relative to.
///
/// # Errors
/// The repository has moved since this program was built.
pub(crate) fn enter_repository() -> Result {
    // Cargo sets the variable on each run; the path from compile time may be that of a checkout that has moved since.
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let root = Path::new(&package).parent().ok_or("the package xtask has no parent directory")?;
    env::set_current_dir(root).map_err(|error| format!("enter {}: {error}", root.display()).into())
}

/// Cargo with the words of `line` as its arguments.
pub(crate) fn cargo(line: &str) -> Command {
    let mut command = Command::new("cargo");
    command.args(line.split_whitespace());
    command
}

/// Runs `command` on the terminal and says how it ended.
///
/// # Errors
/// It could not be started.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    let line = shown(command);
    eprintln!("$ {line}");
    command.status().map_err(|error| format!("start `{line}`: {error}").into())
}

/// Runs `command` on the terminal.
///
/// # Errors
/// It could not be started, or ended in failure.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = status(command)?;
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", shown(command)).into()) }
}

/// Prints `text` on standard output.
///
/// # Errors
/// It cannot be written, be it that the reader has gone.
pub(crate) fn print(text: &str) -> Result {
    io::stdout().write_all(text.as_bytes()).map_err(|error| format!("write to standard output: {error}").into())
}

/// Whether `program` can be started here and ends well; it sees no input and its output is discarded.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What `program` prints on standard output, without the white space around it; `None` where it cannot be started or fails.
pub(crate) fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The exit code that passes on how a child ended; 1 where a signal ended it.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// The command line as one would type it.
fn shown(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| Some(assignment(name, value?)));
    let words = iter::once(command.get_program()).chain(command.get_args()).map(quoted);
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

fn assignment(name: &OsStr, value: &OsStr) -> String {
    format!("{}={}", name.to_string_lossy(), quoted(value))
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,@+".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_command_as_one_would_type_it() {
        let mut command = Command::new("cargo");
        command.args(["test", "--", "it's", ""]).env("RUSTDOCFLAGS", "-D warnings").env_remove("HOME");
        assert_eq!(shown(&command), r"RUSTDOCFLAGS='-D warnings' cargo test -- 'it'\''s' ''");
    }

    #[test]
    fn a_failure_names_the_command_and_how_it_ended() {
        let error = run(Command::new("sh").args(["-c", "exit 7"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c 'exit 7'` ended with exit status: 7");
    }

    #[test]
    fn a_program_that_is_absent_neither_succeeds_nor_answers() {
        assert!(succeeds("sh", &["-c", "exit 0"]));
        assert!(!succeeds("sh", &["-c", "exit 1"]));
        assert!(!succeeds("nuncio-no-such-program", &[]));
        assert_eq!(answer("sh", &["-c", "echo yes"]).as_deref(), Some("yes"));
        assert_eq!(answer("nuncio-no-such-program", &[]), None);
    }
}
