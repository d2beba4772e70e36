//! This test binary once more, as another process that talks in lines and ends when its parent does.
//!
//! A test file with children has a test `child_process` that is ignored; [`Child::start`] runs it in a process of its own,
//! and there [`words`] says what to do.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

const PART: &str = "NUNCIO_MESH_TEST_PART";
/// What a child says begins so; the test harness writes to the same stream.
const SAYS: &str = "> ";

/// A process that plays a part; killed with SIGKILL when this is dropped.
pub(crate) struct Child {
    process: std::process::Child,
    _input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Child {
    /// Starts a child for the part `words`, separated by blanks.
    pub(crate) fn start(words: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("a test knows its binary"))
            .args(["child_process", "--exact", "--ignored", "--nocapture"])
            .env(PART, words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this binary can be started again");
        let input = process.stdin.take().expect("piped");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        Self { process, _input: input, output }
    }

    /// The next line that the child says.
    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        while self.output.read_line(&mut line).expect("text") > 0 {
            if let Some(said) = line.trim_end().strip_prefix(SAYS) {
                return said.to_owned();
            }
            line.clear();
        }
        panic!("the child has ended: {:?}", self.process.wait());
    }

    /// Its memory that is not shared with the file it was started from, in kilobytes.
    #[allow(dead_code, reason = "each test program takes what it needs")]
    pub(crate) fn memory_kilobytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("proc(5)");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What this process was started for; none if it is no child.
pub(crate) fn words() -> Option<Vec<String>> {
    let words = std::env::var(PART).ok()?;
    Some(words.split(' ').map(str::to_owned).collect())
}

/// Says `line` to the parent.
pub(crate) fn say(line: &str) {
    // The harness leaves its own line open.
    writeln!(std::io::stdout(), "\n{SAYS}{line}").expect("the parent listens");
}

/// Ends this process when the parent does, which says nothing more.
pub(crate) fn end_with_parent() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(1);
    });
}
