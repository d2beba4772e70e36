//! `nuncio bus serve`

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use clap::Args;
use nuncio::bus::{Context, Handled, Request, Service, Unhandled};
use nuncio::codec::{Codec, DecodeLimits, Value};
use serde::Serialize;

use super::{ENDS_ON, line_of, words};
use crate::output::{Output, say};
use crate::stop::Stop;

/// The most that a command may print, in bytes.
const OUTPUT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Answer requests, until a message or a signal asks to end
///
/// Prints a line when it can be asked. Messages that are no requests are ignored. Up to eight commands run at the same time.
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus serve [OPTIONS] --as <NAME> [INFO]")]
pub(super) struct Arguments {
    /// The bus; may be left out when NUNCIO_BUS is set
    info: Option<String>,
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

/// How many commands run at the same time.
const COMMANDS_MAX: usize = 8;

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (bus, []) = words::open([&arguments.info], [])?;
    let service = Serve { name: arguments.name.clone(), commands: arguments.exec.as_ref().map(Commands::start) };
    bus.service(&arguments.name).ends_on(ENDS_ON).expose_errors().run(service)?;
    Ok(())
}

struct Serve {
    name: String,
    commands: Option<Commands>,
}

impl Service for Serve {
    fn on_start(&mut self, _: &mut Context) -> Handled {
        let ready = Ready { version: 1, event: "ready", peer: &self.name };
        Output::new().print_json(&ready).map_err(|_| "nobody reads what it prints".into())
    }

    fn on_request(&mut self, _: &mut Context, request: Request) -> Handled {
        match &self.commands {
            Some(commands) => Ok(commands.queue.send(request)?),
            None => {
                let asked = request.as_value().clone();
                Ok(request.respond(&asked)?)
            }
        }
    }

    fn on_unhandled(&mut self, _: &mut Context, unhandled: Unhandled) -> Handled {
        if let Unhandled::Corrupt(error) = unhandled {
            say(error.chain());
        }
        Ok(())
    }

    fn on_cleanup(&mut self, _: &mut Context) -> Handled {
        // What was asked is answered before it leaves.
        if let Some(Commands { queue, threads }) = self.commands.take() {
            drop(queue);
            threads.into_iter().for_each(|thread| drop(thread.join()));
        }
        Ok(())
    }
}

/// Threads that run the command, so that one that takes its time delays no other.
struct Commands {
    queue: Sender<Request>,
    threads: Vec<JoinHandle<()>>,
}

impl Commands {
    fn start(program: &Program) -> Self {
        let (queue, requests) = channel();
        let requests = Arc::new(Mutex::new(requests));
        let start = |_| {
            let (program, requests) = (program.clone(), Arc::clone(&requests));
            thread::spawn(move || {
                while let Some(request) = next(&requests) {
                    answer(&program, request)
                }
            })
        };
        Self { queue, threads: (0..COMMANDS_MAX).map(start).collect() }
    }
}

fn next(requests: &Mutex<Receiver<Request>>) -> Option<Request> {
    requests.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn answer(program: &Program, request: Request) {
    let from = request.from().to_owned();
    let answered = match run_command(program, request.as_value()) {
        Ok(value) => request.respond(&value).map_err(Into::into),
        Err(why) => {
            say(format_args!("a request of {from:?}: {why}"));
            request.fail(why)
        }
    };
    if let Err(error) = answered {
        say(error);
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
