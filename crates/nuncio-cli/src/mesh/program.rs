//! A command that is a port: what it is sent it reads, line by line, and what it prints is sent.

use std::process::Stdio;
use std::sync::Arc;

use nuncio::codec::{Codec, DecodeLimits, Value};
use nuncio::core::PortId;
use nuncio::mesh::proto::framing::text_of;
use nuncio::mesh::{Node, Port};
use nuncio::{Error, ErrorKind, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The longest line that a command may print, in bytes.
const LINE_BYTES_MAX: usize = 16 << 20;

/// A program and its arguments, under the name by which other nodes spawn it.
#[derive(Clone, Debug)]
pub(super) struct Spawnable {
    pub(super) name: String,
    words: Arc<[String]>,
}

/// Reads `NAME=COMMAND`; the command is split into words as a shell would.
pub(super) fn parse(text: &str) -> Result<Spawnable, String> {
    let (name, command) = text.split_once('=').ok_or("a function is NAME=COMMAND")?;
    let words = shell_words::split(command).map_err(|error| format!("the command {command:?}: {error}"))?;
    match words.is_empty() || name.is_empty() {
        true => Err("neither the name nor the command may be empty".to_owned()),
        false => Ok(Spawnable { name: name.to_owned(), words: words.into() }),
    }
}

impl Spawnable {
    /// Runs the program as this port, until it or the port ends.
    ///
    /// # Errors
    /// It cannot be started, or ends with a failure.
    pub(super) async fn run(&self, mut port: Port, arguments: Vec<Value>) -> Result<()> {
        let failed = |reason: String| Error::new(ErrorKind::Io, "run").on(self.name.as_str()).because(reason);
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.env("NUNCIO_MESH_PORT", port.id().as_str());
        let mut running = Running(command.spawn().map_err(|error| failed(error.to_string()))?);
        let (Some(stdin), Some(stdout)) = (running.0.stdin.take(), running.0.stdout.take()) else {
            return Err(failed("it has no input or no output".to_owned()));
        };
        let node = port.node().clone();
        tokio::select! {
            () = give(&mut port, stdin, arguments) => {}
            () = send_all(&node, &self.name, stdout) => {}
        }
        let status = running.0.wait().await.map_err(|error| failed(error.to_string()))?;
        if status.success() { Ok(()) } else { Err(failed(format!("it ended with {status}"))) }
    }
}

/// Gives a command what its port receives; for ever, if it does not read.
async fn give(port: &mut Port, mut stdin: ChildStdin, arguments: Vec<Value>) {
    let mut next = Some(arguments);
    while let Some(elements) = next {
        let mut line = Vec::new();
        match Codec::Json.encode(&elements, &mut line) {
            Ok(()) => line.push(b'\n'),
            Err(error) => tracing::warn!(%error, "a message was left out"),
        }
        if stdin.write_all(&line).await.is_err() {
            // It need not read; what it prints is sent all the same.
            std::future::pending::<()>().await;
        }
        next = port.recv().await.ok().map(|message| message.elements);
    }
}

/// Sends what a command prints, until it prints no more.
async fn send_all(node: &Node, name: &str, stdout: ChildStdout) {
    let mut lines = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = tokio::io::AsyncReadExt::take(&mut lines, LINE_BYTES_MAX as u64);
        match limited.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        if let Some((port, elements)) = read(&line) {
            node.ready(&port).await;
            if let Err(error) = node.send(&port, elements) {
                tracing::warn!("a message of {name} was not sent: {}", error.chain());
            }
        }
    }
}

/// A line that is an array of a port and elements.
fn read(line: &[u8]) -> Option<(PortId, Vec<Value>)> {
    let Ok(Value::Array(mut elements)) = Codec::Json.decode_value(line, &DecodeLimits::default()) else { return None };
    if elements.is_empty() {
        return None;
    }
    let port = PortId::new(&text_of(&elements.remove(0))?).ok()?;
    Some((port, elements))
}

/// A command that runs, with whatever it has started; ended on drop.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // The number is there for as long as the process was not waited for, so that nobody else can be hit.
        let pid = self.0.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        if let Some(Err(error)) = pid.map(|pid| kill_process_group(pid, Signal::KILL)) {
            tracing::warn!("a command could not be ended: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_array_that_begins_with_a_port() {
        assert_eq!(read(b"[\"a#b\",1]\n"), Some((PortId::new("a#b").expect("a port"), vec![Value::Int(1)])));
        for line in ["", "[]", "{}", "[1 2]", "[\"#x\"]", "[null,1]", "text"] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
        assert!(parse("x").is_err() && parse("x=").is_err() && parse("=x").is_err() && parse("x='").is_err());
        assert_eq!(parse("My::echo=cat -u").expect("a command").name, "My::echo");
    }
}
