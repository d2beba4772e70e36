//! A directory of its own for each test, a server in it, and clients that say what they like.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::future::Future;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use nuncio_conformance::scale;
use nuncio_rpc::{Builder, Handle, Server};
use serde_json::Value as Json;

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `work` on a runtime of one thread, and panics when it hangs.
pub(crate) fn watched<T: Send + 'static>(name: &str, work: impl Future<Output = T> + Send + 'static) -> T {
    nuncio_conformance::within(scale::choose(PATIENCE, PATIENCE * 10), name, move || runtime().block_on(work))
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A place for sockets.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.0.path().join("socket")
    }
}

/// A server on a thread of its own, stopped on drop.
pub(crate) struct Served {
    place: Place,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    pub(crate) fn start(builder: Builder) -> Self {
        let place = Place::new();
        let server = builder.bind(place.socket()).expect("a fresh socket");
        Self::run(place, server)
    }

    pub(crate) fn run(place: Place, server: Server) -> Self {
        let handle = server.handle();
        let thread = std::thread::spawn(move || runtime().block_on(server.run()).expect("it runs until it is stopped"));
        Self { place, handle, thread: Some(thread) }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.place.socket()
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    pub(crate) fn connect(&self) -> Raw {
        Raw::connect(&self.socket())
    }

    /// Its only client, which keeps it running.
    pub(crate) fn connect_alone(self) -> Raw {
        let mut client = self.connect();
        client.served = Some(self);
        client
    }

    /// Stops it, and waits until it has stopped.
    pub(crate) fn stop(mut self) -> Place {
        self.end();
        std::mem::replace(&mut self.place, Place::new())
    }

    fn end(&mut self) {
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server has not panicked");
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

/// A client that writes bytes and reads lines. What hangs ends in a panic.
pub(crate) struct Raw {
    stream: BufReader<UnixStream>,
    served: Option<Served>,
}

impl Raw {
    pub(crate) fn connect(socket: &Path) -> Self {
        Self::over(UnixStream::connect(socket).expect("a server listens"))
    }

    pub(crate) fn over(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        Self { stream: BufReader::new(stream), served: None }
    }

    pub(crate) fn stream(&self) -> &UnixStream {
        self.stream.get_ref()
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(bytes.as_ref()).expect("the other side reads");
    }

    /// Whether a read would give something at once.
    pub(crate) fn has_some(&mut self) -> bool {
        self.stream().set_nonblocking(true).expect("a flag");
        let some = self.stream.fill_buf().is_ok_and(|bytes| !bytes.is_empty());
        self.stream().set_nonblocking(false).expect("a flag");
        some
    }

    /// The next line, without its line feed.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("a line");
        assert_eq!(line.pop(), Some('\n'), "the stream ends after {line:?}");
        line
    }

    /// The next line as JSON.
    pub(crate) fn json(&mut self) -> Json {
        json(&self.line())
    }

    /// Sends a line, and reads one as JSON.
    pub(crate) fn ask(&mut self, line: &str) -> Json {
        self.send(format!("{line}\n"));
        self.json()
    }

    /// Says that nothing more comes, and reads the rest.
    pub(crate) fn finish(mut self) -> String {
        self.stream().shutdown(Shutdown::Write).expect("open");
        self.rest()
    }

    /// Reads until the other side has closed.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).expect("text until the end");
        rest
    }
}

pub(crate) fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Waits until `condition` holds; what hangs ends in a panic.
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "{what}: it did not happen");
        std::thread::yield_now();
    }
}
