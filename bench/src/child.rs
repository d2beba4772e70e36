//! The processes of a measurement: this very program, or its sister that counts allocations, started again for one part
//! of one case.
//!
//! A child says `ready` on its standard output when everything is prepared, begins when a line arrives on its standard
//! input, and prints its figures, a JSON array, when it is done.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use clap::{Args, ValueEnum};
use nuncio_queue::CODEC_VARIABLE;

use crate::Result;
use crate::case::{self, Kind};

/// glibc gives memory at the end of the heap back to the system as soon as there are 128 KiB of it, and maps and unmaps each
/// block that is as large, until by chance it has freed one: whether a document of 100 KB costs two dozen page faults
/// would depend on what was freed before. So every process, of whatever side, keeps what it has, as programs that handle
/// large messages do.
const MEMORY_IS_KEPT: [(&str, &str); 2] =
    [("MALLOC_TRIM_THRESHOLD_", "67108864"), ("MALLOC_MMAP_THRESHOLD_", "67108864")];

/// The program that counts allocations, which would slow down any other measurement.
const COUNTING: &str = "nuncio-bench-counting";

/// What a child says when it is prepared.
pub(crate) const READY: &str = "ready";
/// A child that says nothing for so long hangs: its partner may have died.
const SILENCE_MAX: Duration = Duration::from_secs(120);

/// What one child is to do.
#[derive(Args, Clone, Debug)]
pub(crate) struct Assignment {
    pub(crate) case: String,
    pub(crate) side: Side,
    pub(crate) part: Part,
    /// The room's directory.
    pub(crate) directory: PathBuf,
    pub(crate) messages: usize,
    /// The processor of the process that takes the time, and that of its partner; none where the system decides.
    #[arg(num_args = 0..=2)]
    pub(crate) processors: Vec<usize>,
}

/// Which form of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    Floor,
    Nuncio,
    Peer,
}

/// Which of the two processes of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    Timed,
    Partner,
}

/// A running child; it is killed on drop.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
    lines: Receiver<String>,
    what: String,
}

impl Child {
    /// Starts a child and waits until it is ready.
    pub(crate) fn start(assignment: &Assignment) -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut command = match case::named(&assignment.case).map(|case| case.kind) {
            Some(Kind::Allocations) => Command::new(program.with_file_name(COUNTING)),
            _ => Command::new(program),
        };
        command.arg("child").args([&assignment.case, &name(assignment.side), &name(assignment.part)]);
        command.arg(&assignment.directory).arg(assignment.messages.to_string());
        command.args(assignment.processors.iter().map(usize::to_string));
        // A codec from outside would change the bytes.
        command.env_remove(CODEC_VARIABLE).envs(MEMORY_IS_KEPT).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let output = process.stdout.take().ok_or("a child has no standard output")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            BufReader::new(output).lines().map_while(|line| line.ok()).try_for_each(|line| sender.send(line))
        });
        let what = format!("{} of {} ({})", name(assignment.part), assignment.case, name(assignment.side));
        let child = Self { process, lines, what };
        match child.line()? {
            line if line == READY => Ok(child),
            line => Err(format!("{}: said {line:?} before it was ready", child.what).into()),
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Lets it begin.
    pub(crate) fn begin(&mut self) -> Result {
        let input = self.process.stdin.as_mut().ok_or("a child has no standard input")?;
        Ok(input.write_all(b"begin\n")?)
    }

    /// Waits until it is done, and says what it came to.
    pub(crate) fn figures(mut self) -> Result<Vec<f64>> {
        let line = self.line()?;
        let figures = serde_json::from_str(&line).map_err(|error| format!("{}: said {line:?}: {error}", self.what))?;
        let status = self.process.wait()?;
        if status.success() { Ok(figures) } else { Err(format!("{}: ended with {status}", self.what).into()) }
    }

    fn line(&self) -> Result<String> {
        self.lines.recv_timeout(SILENCE_MAX).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => format!("{}: said nothing for {SILENCE_MAX:?}", self.what).into(),
            mpsc::RecvTimeoutError::Disconnected => format!("{}: ended too early", self.what).into(),
        })
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail only for a process that has been waited for, as all are that end well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The word by which the command line knows `value`.
fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
