//! This test binary once more, as another process.
//!
//! A test file with children has a test `child_process` that is ignored; [`Child::start`] runs it in a process of its own,
//! and there [`Part::of_this_process`] says what to do. The two talk in lines. A child ends when its parent does.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};

use nuncio_queue::{Queue, Registry};

use super::{Place, builder_in};

const PART: &str = "NUNCIO_TEST_PART";
const PLACE: &str = "NUNCIO_TEST_PLACE";
/// What a child says begins so; the test harness writes to the same stream.
const SAYS: &str = "> ";
const SIGKILL: i32 = 9;

/// The parent's view of a child; it is killed on drop.
pub(crate) struct Child {
    process: std::process::Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Child {
    /// Starts a child for the part `words`, separated by blanks, on the queues of `place`.
    pub(crate) fn start(place: &Place, words: &str) -> Self {
        Self::start_with(place, words, &[])
    }

    /// Starts a child that is killed at the crash point `point`.
    pub(crate) fn start_doomed(place: &Place, words: &str, point: &str) -> Self {
        Self::start_with(place, words, &[("NUNCIO_CRASH_AT", point)])
    }

    fn start_with(place: &Place, words: &str, environment: &[(&str, &str)]) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("a test knows its binary"))
            .args(["child_process", "--exact", "--ignored", "--nocapture"])
            .envs([(PART, words.as_ref()), (PLACE, place.path().as_os_str())])
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this binary can be started again");
        let input = process.stdin.take().expect("piped");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        Self { process, input, output }
    }

    /// Says `line` to the child.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("the child listens");
    }

    /// The next line that the child says.
    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        while self.output.read_line(&mut line).expect("text") != 0 {
            if let Some(said) = line.strip_prefix(SAYS) {
                return said.trim_end().to_owned();
            }
            line.clear();
        }
        panic!("the child has ended: {:?}", self.process.wait());
    }

    /// Waits until every thread of the child sleeps: one that was about to wait for something does.
    pub(crate) fn wait_until_asleep(&self) {
        let threads = format!("/proc/{}/task", self.process.id());
        let sleeps = |thread: std::fs::DirEntry| {
            let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            stat.rsplit(") ").next().is_some_and(|state| state.starts_with('S'))
        };
        while !std::fs::read_dir(&threads).expect("it runs").all(|thread| thread.is_ok_and(sleeps)) {
            std::thread::yield_now();
        }
    }

    /// Waits until the child has done its part.
    pub(crate) fn finish(mut self) {
        let status = self.process.wait().expect("a child can be waited for");
        assert!(status.success(), "the child failed: {status}");
    }

    /// Waits until the child has killed itself.
    pub(crate) fn dies(mut self) {
        let status = self.process.wait().expect("a child can be waited for");
        assert_eq!(status.signal(), Some(SIGKILL), "the child should have been killed: {status}");
    }

    /// Ends the child with SIGKILL, whatever it is doing.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("a child can be killed");
        self.dies();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // After `wait` the child's number is forgotten, so nobody else can be hit.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The child's view of what it is to do.
pub(crate) struct Part {
    words: Vec<String>,
    place: PathBuf,
    heard: Receiver<String>,
}

impl Part {
    /// What this process was started for; `None` if it is no child.
    pub(crate) fn of_this_process() -> Option<Self> {
        let (words, place) = (std::env::var(PART).ok()?, std::env::var_os(PLACE)?);
        let (hears, heard) = mpsc::channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                let _ = hears.send(line);
            }
            // The parent is gone, and nobody would ever end this process.
            std::process::exit(1);
        });
        Some(Self { words: words.split(' ').map(str::to_owned).collect(), place: place.into(), heard })
    }

    /// What to do.
    pub(crate) fn role(&self) -> &str {
        &self.words[0]
    }

    /// The word `index` after the role.
    pub(crate) fn word(&self, index: usize) -> &str {
        &self.words[1 + index]
    }

    /// The word `index` after the role, as a number.
    pub(crate) fn number(&self, index: usize) -> u64 {
        self.word(index).parse().expect("a number")
    }

    /// A file beside the registry that parent and child share.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    /// The registry of the parent's place.
    pub(crate) fn registry(&self) -> Registry {
        builder_in(&self.place).open().expect("the parent's registry")
    }

    /// The queue that the word `index` names.
    pub(crate) fn queue(&self, index: usize) -> Queue {
        self.registry().queue(self.word(index)).expect("the parent's queue")
    }

    /// Says `line` to the parent.
    pub(crate) fn say(&self, line: &str) {
        // The harness leaves its own line open.
        writeln!(std::io::stdout(), "\n{SAYS}{line}").expect("the parent listens");
    }

    /// The next line from the parent.
    pub(crate) fn hear(&self) -> String {
        self.heard.recv().expect("the parent lives")
    }

    /// Whether the parent has said something.
    pub(crate) fn was_told(&self) -> bool {
        self.heard.try_recv().is_ok()
    }
}
