//! `nuncio bus serve`

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use clap::Args;
use nuncio::bus::{Message, Peer};
use nuncio::codec::{Codec, DecodeLimits, Value};
use nuncio::core::{Deadline, Wait};
use nuncio::{Error, ErrorKind};
use serde::Serialize;

use super::{leave, line_of, open};
use crate::output::{Output, say};
use crate::signals::CANCEL;
use crate::stop::Stop;

/// The most that a command may print, in bytes.
const OUTPUT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Answer requests, until a message or a signal asks to end
///
/// Prints a line when it can be asked. Messages that are no requests are ignored.
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus serve [OPTIONS] --as <NAME> [INFO]")]
pub(super) struct Arguments {
    /// The bus
    #[arg(value_name = "INFO", num_args = 0..=1)]
    words: Vec<String>,
    /// Answer as this peer
    #[arg(long = "as", value_name = "NAME")]
    name: String,
    /// Answer with what COMMAND prints, which gets the request as JSON; it is split into arguments as a shell would, and no
    /// shell runs [default: the request itself]
    #[arg(long, value_name = "COMMAND", value_parser = parse_command)]
    exec: Option<Program>,
}

#[derive(Clone, Debug)]
struct Program(Vec<String>);

fn parse_command(command: &str) -> Result<Program, String> {
    let words = shell_words::split(command).map_err(|error| error.to_string())?;
    if words.is_empty() { Err("the command is empty".to_owned()) } else { Ok(Program(words)) }
}

#[derive(Serialize)]
struct Ready<'a> {
    version: u32,
    event: &'static str,
    peer: &'a str,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (bus, _) = open(&arguments.words, 0)?;
    let mut peer = bus.connect(&arguments.name)?;
    let served = Output::new()
        .print_json(&Ready { version: 1, event: "ready", peer: &arguments.name })
        .and_then(|()| arguments.serve(&mut peer));
    let left = leave(peer);
    served?;
    left
}

impl Arguments {
    fn serve(&self, peer: &mut Peer) -> Result<(), Stop> {
        let wait = Wait { until: Deadline::Never, cancel: Some(&CANCEL) };
        loop {
            match peer.recv_until(wait) {
                Ok(Some(message)) if message.is_terminate() => return Ok(()),
                Ok(Some(message)) => self.answer(peer, &message, wait)?,
                Ok(None) => {}
                // A signal: a server that was asked to end, and does, has done its work.
                Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
                Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::TooLarge) => say(error.chain()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn answer(&self, peer: &Peer, message: &Message, wait: Wait<'_>) -> Result<(), Stop> {
        let Some((id, request)) = message.request() else { return Ok(()) };
        let answer = match &self.exec {
            None => Ok(request),
            Some(program) => run_command(program, &request),
        };
        let sent = match answer {
            Ok(value) => peer.respond(message.from(), &id, &value, wait),
            Err(why) => {
                say(format_args!("a request of {:?}: {why}", message.from()));
                peer.respond_error(message.from(), &id, &why, wait)
            }
        };
        match sent {
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error.into()),
            // Whoever asked may be gone by now, and that is no reason to stop.
            Err(error) => {
                say(Error::chain(&error));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

/// What the command answers, or what went wrong.
fn run_command(program: &Program, request: &Value) -> Result<Value, String> {
    let (name, arguments) = program.0.split_first().ok_or("the command is empty")?;
    let failed = |why: &dyn std::fmt::Display| format!("{name}: {why}");
    let line = line_of(request).map_err(|_| failed(&"the request is no JSON"))?;
    let mut child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error))?;
    let stdin = child.stdin.take();
    // From a thread of its own: a command may print before it has read all.
    let writer = std::thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            // A command need not read what it is given.
            let _ = writeln!(stdin, "{line}");
        }
    });
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(OUTPUT_BYTES_MAX + 1).read_to_end(&mut output).map_err(|error| failed(&error))?;
    }
    if output.len() as u64 > OUTPUT_BYTES_MAX {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| failed(&error))?;
    let _ = writer.join();
    if !status.success() {
        return Err(failed(&format_args!("it ended with {status}")));
    }
    Codec::Json
        .decode(&output, &DecodeLimits::default())
        .map_err(|error| failed(&format_args!("what it printed is no JSON: {error}")))
}
