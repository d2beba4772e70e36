//! Gateways with everything of their own, each on an address of this machine, and a plain client.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use nuncio_core::Wait;
use nuncio_gateway::{Config, Gateway, Handle, Settings};
use nuncio_queue::{Message, Queue, Registry};
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `work` and panics when it hangs.
pub(crate) fn watched<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    nuncio_conformance::within(PATIENCE, name, work)
}

/// Directories of one host; its kernel queues are removed on drop.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory") }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn registry(&self) -> Registry {
        let directory = self.path().join("registry");
        Registry::builder().directory(directory).spill_directory(self.path().join("spill")).open().expect("a registry")
    }

    pub(crate) fn queue(&self, name: &str) -> Queue {
        self.registry().queue(name).expect("a queue")
    }

    /// Settings for a gateway here that listens on `listen`, and `more`.
    pub(crate) fn config(&self, listen: &str, more: &str) -> Config {
        let path = self.path().display();
        let text = format!(
            "spool = '{path}/spool'\nregistry = '{path}/registry'\nspill = '{path}/spill'\nlisten = '{listen}:0'\n{more}"
        );
        let mut config = Settings::parse(&text).expect("settings").check().expect("settings that make sense");
        config.limits.retry_max = Duration::from_millis(100);
        config
    }

    /// The dead letters, whole.
    pub(crate) fn dead_letters(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path().join("spool/dead")) else { return Vec::new() };
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths.iter().map(|path| String::from_utf8_lossy(&std::fs::read(path).expect("read")).into_owned()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Ok(registry) = Registry::builder().directory(self.path().join("registry")).open() else { return };
        for name in registry.names().unwrap_or_default() {
            let _ = registry.remove(name.as_str());
        }
    }
}

/// A gateway that runs until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn start(config: Config) -> Self {
        let (send, opened) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let gateway = Gateway::open(config).await.expect("opened");
                send.send((gateway.address(), gateway.handle())).expect("waited for");
                gateway.run().await.expect("no failure");
            });
        });
        let (address, handle) = watched("the gateway's start", move || opened.recv().expect("opened"));
        let none = SocketAddr::from(([0, 0, 0, 0], 0));
        Self { address: address.unwrap_or(none), handle, thread: Some(thread) }
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) {
        self.end();
    }

    pub(crate) fn post(&self, body: &[u8]) -> Answer {
        post(self.address, "", body)
    }

    fn end(&mut self) {
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            watched("the gateway's end", move || thread.join()).expect("no panic");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

/// What a request was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, words: &[&str]) {
        assert_eq!(self.status, status, "{self:?}");
        for word in words {
            assert!(self.text().contains(word), "{word:?} is missing in {:?}", self.text());
        }
    }
}

/// Posts `body` with further headers, each with its line end.
pub(crate) fn post(address: SocketAddr, headers: &str, body: &[u8]) -> Answer {
    let head = format!(
        "POST /sendMessage HTTP/1.1\r\nConnection: close\r\nHost: {address}\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    exchange(address, &[head.as_bytes(), body].concat())
}

/// Sends `request` as it is, and reads the answer to its end.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let request = request.to_vec();
    watched("an answer", move || {
        let mut stream = TcpStream::connect(address).expect("somebody listens");
        // Who refuses a request does not read all of it.
        let _ = stream.write_all(&request);
        read_answer(&mut stream)
    })
}

pub(crate) fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..count]);
    }
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    Answer { status, head, body: bytes.split_off(end) }
}

/// A whole message.
pub(crate) fn message(header: &str, payload: &str) -> Vec<u8> {
    let header = format!("{header},l={}", payload.len());
    format!("{}:{header}{payload}", header.len()).into_bytes()
}

/// A message for a queue of a host.
pub(crate) fn message_for(host: &str, queue: &str, payload: &str) -> Vec<u8> {
    message(&format!("d={host},t=9,q={queue}"), payload)
}

/// Puts a whole message into a queue.
pub(crate) fn put(queue: &Queue, text: &[u8]) {
    queue.relay().put(text, Wait::FOREVER).expect("put");
}

/// What is in the queue now, as it stands there.
pub(crate) fn contents(queue: &Queue) -> Vec<Vec<u8>> {
    let mut message = Message::new();
    (0..)
        .map_while(|at| queue.relay().peek(at, &mut message).expect("there").then(|| message.as_sent().to_vec()))
        .collect()
}

/// Takes the next message out of the queue, with its payload.
pub(crate) fn take(queue: &Queue) -> Message {
    let queue = queue.clone();
    watched("a message", move || {
        let mut message = Message::new();
        assert!(queue.recv_message(&mut message, Wait::FOREVER).expect("readable"));
        message
    })
}

/// Waits until `is_so`.
pub(crate) fn wait_until(what: &str, is_so: impl Fn() -> bool + Send + 'static) {
    watched(what, move || {
        while !is_so() {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}

/// A host that takes one request after the other, and answers as it is told.
pub(crate) struct FakeHost {
    pub(crate) address: SocketAddr,
    pub(crate) requests: std::sync::mpsc::Receiver<Vec<u8>>,
}

impl FakeHost {
    /// Answers each request with what `answer` says to it; none closes the connection.
    pub(crate) fn start(answer: impl Fn(usize, &[u8]) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("an address");
        let address = listener.local_addr().expect("an address");
        let (send, requests) = std::sync::mpsc::channel();
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for number in 0.. {
                let Ok((mut stream, _)) = listener.accept() else { return };
                let request = read_request(&mut stream);
                let answered = answer(number, &request);
                if let Some(answered) = answered {
                    let _ = stream.write_all(answered.as_bytes());
                }
                if send.send(request).is_err() {
                    return;
                }
            }
        });
        Self { address, requests }
    }

    pub(crate) fn next(&self) -> Vec<u8> {
        self.requests.recv_timeout(PATIENCE).expect("a request")
    }
}

/// One request, head and body.
fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length =
                head.split("content-length: ").nth(1).map_or("0", |rest| rest.split("\r\n").next().expect("a line"));
            if bytes.len() >= end + 4 + length.parse::<usize>().expect("a number") {
                return bytes;
            }
        }
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => bytes.extend_from_slice(&buffer[..count]),
            _ => return bytes,
        }
    }
}

/// The body of a request.
pub(crate) fn body_of(request: &[u8]) -> &[u8] {
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    &request[end + 4..]
}
