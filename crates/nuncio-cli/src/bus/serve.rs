//! `nuncio bus serve`

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use clap::Args;
use nuncio::bus::{Context, Handled, Request, Service, Unhandled};
use nuncio::codec::{Codec, DecodeLimits, Value};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use serde::Serialize;

use super::{ENDS_ON, line_of, words};
use crate::output::{Output, say};
use crate::stop::Stop;

/// The most that a command may print, in bytes.
const OUTPUT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Answer requests, until a message or a signal asks to end
///
/// Prints a line when it can be asked. Messages that are no requests are ignored. Up to eight commands run at the same time; those
/// that run when it ends get SIGTERM, and 15 seconds later SIGKILL.
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
/// How long commands may take to end when they are asked to, and how long it takes until it is seen that they were killed.
const PATIENCE: Duration = Duration::from_secs(15);
const KILLED: Duration = Duration::from_secs(1);

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
                let asked = request.as_value()?.clone();
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
        // Whoever asked is answered before it leaves.
        if let Some(commands) = self.commands.take() {
            commands.end();
        }
        Ok(())
    }
}

/// Threads that run the command, so that one that takes its time delays no other.
struct Commands {
    queue: Sender<Request>,
    running: Arc<Running>,
    /// Its other ends go with the threads.
    at_work: Receiver<()>,
}

impl Commands {
    fn start(program: &Program) -> Self {
        let (queue, requests) = channel();
        let (works, at_work) = channel();
        let (requests, running) = (Arc::new(Mutex::new(requests)), Arc::<Running>::default());
        for _ in 0..COMMANDS_MAX {
            let (program, requests, running) = (program.clone(), Arc::clone(&requests), Arc::clone(&running));
            let works = works.clone();
            thread::spawn(move || {
                while let Some(request) = next(&requests) {
                    answer(&program, &running, request);
                }
                drop(works);
            });
        }
        Self { queue, running, at_work }
    }

    /// Ends what runs, and waits until everybody who asked has an answer.
    fn end(self) {
        let Self { queue, running, at_work } = self;
        drop(queue);
        let have_ended = |patience| at_work.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected);
        running.end(Signal::TERM);
        if !have_ended(PATIENCE) {
            running.end(Signal::KILL);
            // A process that has left its group and holds the output open is not waited for.
            have_ended(KILLED);
        }
    }
}

/// The commands that run, each of which leads a group of processes.
#[derive(Default)]
struct Running(Mutex<Groups>);

#[derive(Default)]
struct Groups {
    leaders: Vec<Pid>,
    /// What they were told last, once they were told to end.
    told: Option<Signal>,
}

impl Running {
    fn begin(&self, leader: Pid) {
        let mut groups = self.lock();
        groups.leaders.push(leader);
        if let Some(signal) = groups.told {
            let _ = kill_process_group(leader, signal);
        }
    }

    /// It is over, and its number will be given out again.
    fn forget(&self, leader: Pid) {
        self.lock().leaders.retain(|other| *other != leader);
    }

    fn end(&self, signal: Signal) {
        let mut groups = self.lock();
        groups.told = Some(signal);
        for leader in &groups.leaders {
            // One that has ended by itself is told nothing.
            let _ = kill_process_group(*leader, signal);
        }
    }

    fn ends(&self) -> bool {
        self.lock().told.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Groups> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn next(requests: &Mutex<Receiver<Request>>) -> Option<Request> {
    requests.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn answer(program: &Program, running: &Running, request: Request) {
    let from = request.from().to_owned();
    let asked = request.as_value().map_err(|error| error.chain().to_string());
    let answered = match asked.and_then(|asked| run_command(program, running, asked)) {
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
fn run_command(program: &Program, running: &Running, request: &Value) -> Result<Value, String> {
    if running.ends() {
        return Err("the service ends".to_owned());
    }
    let (name, arguments) = program.0.split_first().ok_or("the command is empty")?;
    let failed = |why: &dyn std::fmt::Display| format!("{name}: {why}");
    let line = line_of(request).map_err(|_| failed(&"the request is no JSON"))?;
    let mut child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| failed(&error))?;
    let leader = Pid::from_child(&child);
    running.begin(leader);
    let stdin = child.stdin.take();
    // From a thread of its own: a command may print before it has read all.
    let writer = std::thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            // A command need not read what it is given.
            let _ = writeln!(stdin, "{line}");
        }
    });
    let output = read_output(&mut child);
    // Until it is waited for nobody else has its number.
    let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(leader), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT));
    running.forget(leader);
    let status = child.wait().map_err(|error| failed(&error))?;
    let _ = writer.join();
    let output = output.map_err(|error| failed(&error))?;
    if !status.success() {
        return Err(failed(&format_args!("it ended with {status}")));
    }
    Codec::Json
        .decode(&output, &DecodeLimits::default())
        .map_err(|error| failed(&format_args!("what it printed is no JSON: {error}")))
}

/// What the command prints; one that prints too much, or cannot be read, is ended.
fn read_output(child: &mut Child) -> io::Result<Vec<u8>> {
    let mut output = Vec::new();
    let Some(stdout) = child.stdout.take() else { return Ok(output) };
    let read = stdout.take(OUTPUT_BYTES_MAX + 1).read_to_end(&mut output);
    if read.is_err() || output.len() as u64 > OUTPUT_BYTES_MAX {
        let _ = child.kill();
    }
    read.map(|_| output)
}
