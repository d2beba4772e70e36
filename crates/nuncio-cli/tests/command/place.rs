//! A registry of a test's own, and the command started in it under a watchdog.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use nuncio::queue::{Queue, Registry};
use rustix::process::{Pid, Signal, kill_process};

/// No test takes nearly as long; what hangs is killed.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// Registry and spill directory of one test, removed with their kernel queues when it ends.
pub(crate) struct Place {
    directory: tempfile::TempDir,
    registry: Registry,
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let registry = Registry::builder()
            .directory(directory.path().join("registry"))
            .spill_directory(directory.path().join("spill"))
            .open()
            .unwrap();
        Self { directory, registry }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The queue `name`, through the library.
    pub(crate) fn queue(&self, name: &str) -> Queue {
        self.registry.queue(name).unwrap()
    }

    /// How many messages are in the queue `name`.
    pub(crate) fn messages(&self, name: &str) -> u64 {
        self.queue(name).stat().unwrap().messages
    }

    /// The names of the files in the directory `name` of this place.
    pub(crate) fn files(&self, name: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path().join(name)) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// `nuncio`, to be run here.
    pub(crate) fn nuncio<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        self.program(Path::new(env!("CARGO_BIN_EXE_nuncio")), arguments)
    }

    /// `nuncio queue`, to be run here.
    pub(crate) fn verb(&self, arguments: &[&str]) -> Command {
        self.nuncio([&["queue"], arguments].concat())
    }

    /// `nuncio` under the name of another tool, to be run here.
    pub(crate) fn tool(&self, name: &str, arguments: &[&str]) -> Command {
        let link = self.path().join(name);
        if !link.exists() {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_nuncio"), &link).unwrap();
        }
        self.program(&link, arguments)
    }

    fn program<S: AsRef<OsStr>>(&self, program: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        command.env_remove("IPC_TRANSIT_DEFAULT_SERIALIZER").env_remove("NUNCIO_QUEUE_DANGER_SHARED");
        command.env_remove("NUNCIO_KEYRING").env("XDG_CONFIG_HOME", self.path().join("configuration"));
        command.env("NUNCIO_QUEUE_REGISTRY", self.registry.directory());
        command.env("NUNCIO_QUEUE_SPILL", self.path().join("spill"));
        command
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for name in self.registry.names().unwrap_or_default() {
            let _ = self.registry.remove(name.as_str());
        }
    }
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// What it printed; it must have ended with 0 and said nothing else.
    pub(crate) fn printed(self) -> String {
        assert!(self.status.success() && self.stderr.is_empty(), "{self:?}");
        self.stdout
    }
}

/// Runs `command` to its end.
pub(crate) fn run(command: &mut Command) -> Outcome {
    run_with(command, Stdio::null())
}

/// Runs `command` to its end, with `input` as its standard input.
pub(crate) fn run_with_input(command: &mut Command, input: &[u8]) -> Outcome {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(input).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    run_with(command, file.into())
}

fn run_with(command: &mut Command, stdin: Stdio) -> Outcome {
    let [stdout, stderr] = [(); 2].map(|()| tempfile::NamedTempFile::new().unwrap());
    let open = |path: &Path| File::options().append(true).open(path).unwrap();
    command.stdin(stdin).stdout(open(stdout.path())).stderr(open(stderr.path()));
    let status = Running::start(command).end();
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    Outcome { status, stdout: read(stdout.path()), stderr: read(stderr.path()) }
}

/// A command that is running. The watchdog ends it if the test does not.
pub(crate) struct Running {
    pub(crate) child: Child,
    _watchdog: Sender<()>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let child = command.spawn().unwrap();
        let pid = Pid::from_child(&child);
        let (watchdog, barked) = mpsc::channel();
        thread::spawn(move || {
            if barked.recv_timeout(HANGS_AFTER) == Err(RecvTimeoutError::Timeout) {
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        Self { child, _watchdog: watchdog }
    }

    /// Its standard output, which must be piped, line by line.
    pub(crate) fn lines(&mut self) -> BufReader<ChildStdout> {
        BufReader::new(self.child.stdout.take().unwrap())
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub(crate) fn end(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

/// The next line of `lines`, without its line feed.
pub(crate) fn next_line(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line.pop(), Some('\n'), "the output ends after {line:?}");
    line
}

/// Waits until `condition` gives something; the test runner's watchdog is the limit.
pub(crate) fn wait_for<T>(mut condition: impl FnMut() -> Option<T>) -> T {
    let began = std::time::Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(began.elapsed() < HANGS_AFTER, "what was waited for did not happen");
        thread::yield_now();
    }
}

/// The JSON in `text`.
pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Writes `content` to the file `name` in `directory`.
pub(crate) fn write(directory: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, content).unwrap();
    path
}
