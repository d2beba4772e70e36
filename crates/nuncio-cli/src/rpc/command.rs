//! Commands that answer requests: how many run, for how long, and what becomes of their output.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nuncio::core::Origin;
use nuncio::rpc::{Fault, Raw, Request};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The most that a command may print, in bytes: the largest record that a server of nuncio takes.
const OUTPUT_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// What of its errors goes into an answer, in bytes.
const ERRORS_BYTES_MAX: u64 = 4096;

/// A program and its arguments.
#[derive(Clone, Debug)]
pub(super) struct Program {
    name: String,
    arguments: Vec<String>,
}

impl Program {
    /// Splits `command` into words as a shell would.
    ///
    /// # Errors
    /// A quote is not closed, or there is no word.
    pub(super) fn parse(command: &str) -> Result<Self, String> {
        let mut words = shell_words::split(command).map_err(|error| format!("the command {command:?}: {error}"))?;
        if words.is_empty() {
            return Err("the command is empty".to_owned());
        }
        Ok(Self { name: words.remove(0), arguments: words })
    }
}

/// Runs commands, not too many at once and none for too long.
#[derive(Debug)]
pub(super) struct Commands {
    room: Semaphore,
    timeout: Duration,
}

impl Commands {
    pub(super) fn new(count: u32, timeout: Duration) -> Self {
        Self { room: Semaphore::new(count as usize), timeout }
    }

    /// Runs `program` for `request`. A client that goes takes the command with him.
    pub(super) async fn answer(&self, program: &Program, request: &Request, origin: &Origin) -> Result<Raw, Fault> {
        let _permit = self.room.acquire().await?;
        let failed = |why: &dyn std::fmt::Display| {
            tracing::warn!("{:?} failed: {why}", program.name);
            Fault::new("handler_error", format!("{}: {why}", program.name))
        };
        let mut running = Running::start(program, request, origin).map_err(|error| failed(&error))?;
        match timeout(self.timeout, running.finish(request.data())).await {
            Err(_) => Err(failed(&format_args!("it was ended after {:?}", self.timeout))),
            Ok(Err(error)) => Err(failed(&error)),
            Ok(Ok(Finished { status, output, .. })) if status.success() => Ok(answer_of(output)?),
            Ok(Ok(Finished { status, errors, .. })) => {
                let words = String::from_utf8_lossy(&errors);
                Err(match words.trim() {
                    "" => failed(&format_args!("it ended with {status}")),
                    words => failed(&words),
                })
            }
        }
    }
}

/// The answer that is made of what a command has printed.
fn answer_of(output: Vec<u8>) -> nuncio::Result<Raw> {
    let text = String::from_utf8(output).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    let quoted = |text: &str| serde_json::to_string(text.strip_suffix('\n').unwrap_or(text));
    Raw::new(text.as_str()).or_else(|_| Raw::new(quoted(&text).expect("every text is a JSON string")))
}

/// What a command came to.
struct Finished {
    status: ExitStatus,
    output: Vec<u8>,
    errors: Vec<u8>,
}

/// A command that runs, with whatever it has started; ended on drop.
struct Running(Child);

impl Running {
    fn start(program: &Program, request: &Request, origin: &Origin) -> io::Result<Self> {
        let mut command = Command::new(&program.name);
        command.args(&program.arguments).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("NUNCIO_RPC_URI", without_nul(request.uri()));
        command.env("NUNCIO_RPC_PID", request.claimed_pid().map(|pid| pid.to_string()).unwrap_or_default());
        command.env("NUNCIO_RPC_USER_AGENT", without_nul(&request.user_agent().unwrap_or_default()));
        if let Origin::Kernel { pid, uid, gid } = origin {
            command.env("NUNCIO_RPC_PEER_PID", pid.to_string());
            command.env("NUNCIO_RPC_PEER_UID", uid.to_string());
            command.env("NUNCIO_RPC_PEER_GID", gid.to_string());
        }
        Ok(Self(command.spawn()?))
    }

    /// Gives it `data`, and waits until it has ended.
    async fn finish(&mut self, data: Option<&str>) -> io::Result<Finished> {
        let (stdin, stdout, stderr) = (self.0.stdin.take(), self.0.stdout.take(), self.0.stderr.take());
        let line = format!("{}\n", data.unwrap_or("null"));
        let give = async {
            if let Some(mut stdin) = stdin {
                // A command need not read what it is given.
                let _ = stdin.write_all(line.as_bytes()).await;
            }
        };
        let ((), output, errors) = tokio::join!(give, read(stdout, OUTPUT_BYTES_MAX), read_beginning(stderr));
        let (output, errors) = (output?, errors?);
        Ok(Finished { status: self.0.wait().await?, output, errors })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The number is there for as long as the process was not waited for, so that nobody else can be hit.
        let pid = self.0.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        if let Some(Err(error)) = pid.map(|pid| kill_process_group(pid, Signal::KILL)) {
            tracing::warn!("a command could not be ended: {error}");
        }
    }
}

async fn read(from: Option<impl AsyncRead + Unpin>, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(bytes_max + 1).read_to_end(&mut bytes).await?;
    }
    match bytes.len() as u64 > bytes_max {
        true => Err(io::Error::other(format!("it printed more than {bytes_max} bytes"))),
        false => Ok(bytes),
    }
}

/// What comes first; the rest is read and forgotten, so that the command can go on.
async fn read_beginning(from: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        (&mut from).take(ERRORS_BYTES_MAX).read_to_end(&mut bytes).await?;
        tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    }
    Ok(bytes)
}

/// An environment holds no NUL, and a command with one would not be started.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_as_by_a_shell() {
        let program = Program::parse(r#"jq -c '.a | "x y"' "$HOME""#).expect("closed");
        assert_eq!(
            (program.name.as_str(), program.arguments.as_slice()),
            ("jq", &["-c", ".a | \"x y\"", "$HOME"].map(str::to_owned)[..])
        );
        assert!(Program::parse("echo 'x").is_err());
        assert!(Program::parse("  ").is_err());
    }

    #[test]
    fn output_is_json_or_becomes_a_string() {
        for (output, answer) in [
            ("{\"a\": 1}\n", "{\"a\": 1}"),
            ("[1,\n 2]\n", "[1,  2]"),
            ("7", "7"),
            ("hello\n", "\"hello\""),
            ("two\nlines\n\n", "\"two\\nlines\\n\""),
            ("", "\"\""),
        ] {
            assert_eq!(answer_of(output.into()).expect("an answer").json(), answer, "{output:?}");
        }
        assert_eq!(answer_of(vec![0xff]).expect("an answer").json(), "\"\u{fffd}\"");
    }
}
