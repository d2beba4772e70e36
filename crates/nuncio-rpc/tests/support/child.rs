//! This test binary once more, as another process that talks in lines and ends when its parent does.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

const ROLE: &str = "NUNCIO_RPC_TEST_ROLE";
/// What a child says begins so; the test harness writes to the same stream.
const SAYS: &str = "> ";

/// A process that plays a role; killed with SIGKILL when this is dropped.
pub(crate) struct Child {
    process: std::process::Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Child {
    /// Starts a child that plays `role`, and waits until it is ready.
    pub(crate) fn start(role: &str, socket: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("a test knows its binary"))
            .args(["child_process", "--exact", "--ignored", "--nocapture"])
            .env(ROLE, format!("{role} {}", socket.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this binary can be started again");
        let input = process.stdin.take().expect("piped");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        let mut child = Self { process, input, output };
        assert_eq!(child.hear(), "ready");
        child
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Has the child go on.
    pub(crate) fn tell(&mut self) {
        writeln!(self.input).expect("the child listens");
    }

    /// The next line that it says.
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
    pub(crate) fn memory_kilobytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it runs");
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

/// The role of this process and its socket; `None` if it is no child.
pub(crate) fn role() -> Option<(String, String)> {
    let role = std::env::var(ROLE).ok()?;
    let (role, socket) = role.split_once(' ')?;
    Some((role.to_owned(), socket.to_owned()))
}

/// Says `line` to the parent.
pub(crate) fn say(line: &str) {
    // The harness leaves its own line open.
    writeln!(std::io::stdout(), "\n{SAYS}{line}").expect("the parent listens");
}

/// Waits until the parent has it go on; ends with the parent.
pub(crate) fn wait() {
    if std::io::stdin().read_line(&mut String::new()).unwrap_or_default() == 0 {
        std::process::exit(1);
    }
}
