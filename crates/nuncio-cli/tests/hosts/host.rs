//! A host: a gateway as a process of its own, on an address, with queues and a spool of its own, that can be killed and started again.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nuncio::core::Wait;
use nuncio::queue::{Queue, Registry};
use nuncio_conformance::{scale, within};

/// Longer than anything here takes on a busy machine.
pub(crate) fn patience() -> Duration {
    scale::choose(Duration::from_secs(120), Duration::from_secs(3600))
}

/// Runs `work` and panics when it hangs.
pub(crate) fn watched<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    within(patience(), name, work)
}

/// A host of the test.
pub(crate) struct Host {
    dir: tempfile::TempDir,
    pub(crate) address: SocketAddr,
    arguments: Vec<String>,
    /// What starts the gateway in another place, if anything does.
    prefix: Vec<OsString>,
    spool: PathBuf,
    gateway: Option<Child>,
}

impl Host {
    /// A host on `ip`, on a port that was free just now.
    pub(crate) fn new(ip: &str) -> Self {
        let listener = TcpListener::bind((ip, 0)).expect("an address of this machine");
        let address = listener.local_addr().expect("it is bound");
        let dir = tempfile::tempdir().expect("a directory");
        let spool = dir.path().join("spool");
        Self { dir, address, arguments: Vec::new(), prefix: Vec::new(), spool, gateway: None }
    }

    /// Posts what is for `host` to `address`.
    pub(crate) fn sends(mut self, host: &Self, address: SocketAddr) -> Self {
        self.arguments.extend(["--destination".into(), format!("{}=http://{address}", host.name())]);
        self
    }

    /// Has more arguments.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|text| (*text).to_owned()));
        self
    }

    /// Keeps its spool on the disk of `small`.
    pub(crate) fn on(mut self, small: &SmallDisk) -> Self {
        self.prefix = small.prefix.clone();
        self.spool = small.path.join("spool");
        self
    }

    /// What other hosts call it.
    pub(crate) fn name(&self) -> String {
        self.address.ip().to_string()
    }

    pub(crate) fn queue(&self, name: &str) -> Queue {
        self.registry().queue(name).expect("a queue")
    }

    fn registry(&self) -> Registry {
        let path = self.dir.path();
        Registry::builder().directory(path.join("registry")).spill_directory(path.join("spill")).open().expect("opened")
    }

    /// Starts the gateway, and waits until it accepts connections.
    pub(crate) fn start(&mut self) {
        assert!(self.gateway.is_none(), "it runs already");
        let program: Vec<OsString> =
            self.prefix.iter().cloned().chain([OsString::from(env!("CARGO_BIN_EXE_nuncio"))]).collect();
        let path = self.dir.path();
        let mut child = Command::new(&program[0])
            .args(&program[1..])
            .arg("gateway")
            .args(["--listen", &self.address.to_string(), "--patience", "2s"])
            .args([OsString::from("--registry"), path.join("registry").into()])
            .args([OsString::from("--spill"), path.join("spill").into()])
            .args([OsString::from("--spool"), self.spool.clone().into()])
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        self.gateway = Some(child);
        let ready = watched("the gateway's start", move || {
            let mut line = String::new();
            lines.read_line(&mut line).expect("a line");
            line
        });
        assert!(ready.contains("\"event\":\"ready\""), "the gateway said {ready:?}");
    }

    /// Ends the gateway with SIGKILL.
    pub(crate) fn kill(&mut self) {
        let mut child = self.gateway.take().expect("it runs");
        child.kill().expect("it can be killed");
        child.wait().expect("it has ended");
    }

    /// A figure of the gateway's.
    pub(crate) fn figure(&self, name: &str) -> f64 {
        let address = self.address;
        let text = watched("the figures", move || {
            let mut stream = TcpStream::connect(address).expect("it listens");
            stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("written");
            let mut text = String::new();
            stream.read_to_string(&mut text).expect("text");
            text
        });
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("nuncio_gateway_{name} ")));
        line.unwrap_or_else(|| panic!("there is no {name} in {text}")).parse().expect("a number")
    }

    /// The dead letters.
    pub(crate) fn dead_letters(&self) -> usize {
        std::fs::read_dir(self.spool.join("dead")).map_or(0, Iterator::count)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(mut child) = self.gateway.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        for name in self.registry().names().unwrap_or_default() {
            let _ = self.registry().remove(name.as_str());
        }
    }
}

/// A message for the queue `jobs` of `host`: its number, and `bytes` of padding.
pub(crate) fn numbered(host: &str, number: u64, bytes: usize) -> Vec<u8> {
    let payload = format!("{{\"n\":{number},\"pad\":\"{}\"}}", "x".repeat(bytes));
    let header = format!("d={host},q=jobs,t=9,l={}", payload.len());
    format!("{}:{header}{payload}", header.len()).into_bytes()
}

/// Sends `numbers` in order, on a thread.
pub(crate) fn send_all(
    queue: Queue,
    host: String,
    numbers: RangeInclusive<u64>,
    bytes: usize,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for number in numbers {
            queue.relay().put(&numbered(&host, number, bytes), Wait::FOREVER).expect("put");
        }
    })
}

/// A disk of few bytes that only processes started with its prefix see.
pub(crate) struct SmallDisk {
    path: PathBuf,
    prefix: Vec<OsString>,
    holder: Child,
}

impl SmallDisk {
    /// A file system in memory with `bytes`, in a mount namespace of its own; none where the system does not allow that.
    pub(crate) fn new(path: &Path, bytes: u64) -> Option<Self> {
        let script =
            format!("mount -t tmpfs -o size={bytes},mode=0700 small '{}' && echo there && exec cat", path.display());
        let mut holder = Command::new("unshare")
            .args(["--mount", "--", "sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        let _ = BufReader::new(holder.stdout.take().expect("piped")).read_line(&mut line);
        if line != "there\n" {
            let _ = holder.wait();
            return None;
        }
        let target = holder.id().to_string();
        let prefix = ["nsenter", "--mount", "--target", &target, "--"].map(OsString::from).to_vec();
        Some(Self { path: path.to_owned(), prefix, holder })
    }

    /// A disk whose files may not grow beyond `bytes` each: the next best.
    pub(crate) fn with_small_files(path: &Path, bytes: u64) -> Self {
        let holder = Command::new("true").spawn().expect("started");
        let prefix = ["prlimit", &format!("--fsize={bytes}"), "--"].map(OsString::from).to_vec();
        Self { path: path.to_owned(), prefix, holder }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It ends when its standard input does.
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
