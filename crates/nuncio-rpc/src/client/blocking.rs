//! The client for programs that wait in a thread: it reads and writes the socket itself, with no runtime between.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nuncio_core::{Error, ErrorKind, Result};
use nuncio_sys::spin::{Look, Spin};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer::{Answer, decode};
use super::asynchronous::connect_failed;
use super::compose::{Composer, Payload};
use super::desk::{Desk, Standing};
use super::options::ClientBuilder;
use super::pending::answers;
use super::statistics::{ClientFigures, count};
use crate::Raw;
use crate::socket;
use crate::wire::lines::{Line, Lines};
use crate::wire::record::{self, Read, Record};

/// A client of one server, for one thread at a time.
///
/// Each call blocks until its answer is there. [`submit`](Self::submit) and [`wait`](Self::wait) have several under way. When
/// the connection ends, what is under way fails with [`PeerGone`](ErrorKind::PeerGone), and the next request connects again.
/// It needs no runtime, and may be used inside one.
///
/// ```no_run
/// # fn example() -> Result<(), nuncio_core::Error> {
/// let mut client = nuncio_rpc::BlockingClient::connect("/run/app.sock")?;
/// let sum: u64 = client.request("/add", &(2, 3))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BlockingClient {
    path: PathBuf,
    options: ClientBuilder,
    composer: Composer,
    connection: Option<Connection>,
    desk: Desk,
    writing: Vec<u8>,
}

/// A request that was [submitted](BlockingClient::submit).
#[derive(Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Ticket(u64);

impl BlockingClient {
    /// Connects to the server at `path`; see [`ClientBuilder::connect_blocking`].
    ///
    /// # Errors
    /// As there.
    pub fn connect(path: impl AsRef<Path>) -> Result<Self> {
        ClientBuilder::default().connect_blocking(path)
    }

    pub(crate) fn open(options: ClientBuilder, path: &Path) -> Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            composer: options.composer(),
            connection: Some(Connection::open(path, &options)?),
            desk: Desk::new(&options),
            writing: Vec::new(),
            options,
        })
    }

    /// Asks for `uri` with `data`, and waits for the data of the answer.
    ///
    /// # Errors
    /// Those of [`Client::request`](crate::Client::request).
    pub fn request<R: DeserializeOwned>(&mut self, uri: &str, data: &(impl Serialize + ?Sized)) -> Result<R> {
        self.request_within(self.options.request_timeout, uri, data)
    }

    /// As [`request`](Self::request), waiting for `timeout` at most, or for ever.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn request_within<R: DeserializeOwned>(
        &mut self,
        timeout: impl Into<Option<Duration>>,
        uri: &str,
        data: &(impl Serialize + ?Sized),
    ) -> Result<R> {
        self.ask(uri, &Payload::Value(data), timeout.into(), |options, line, record| {
            decode(options.judge.data(line, record)?.as_deref())
        })
    }

    /// Asks for `uri` with `data`, and waits for the answer as it is: one that is an error is an answer too.
    ///
    /// # Errors
    /// As [`request`](Self::request), without those that the answer itself can be.
    pub fn call(&mut self, uri: &str, data: &(impl Serialize + ?Sized)) -> Result<Answer> {
        self.ask(uri, &Payload::Value(data), self.options.request_timeout, as_it_is)
    }

    /// As [`call`](Self::call), without any data.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn call_bare(&mut self, uri: &str) -> Result<Answer> {
        self.ask(uri, &Payload::<()>::Absent, self.options.request_timeout, as_it_is)
    }

    /// As [`call`](Self::call), with data that is JSON already.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn call_raw(&mut self, uri: &str, data: &Raw) -> Result<Answer> {
        self.ask(uri, &Payload::<()>::Json(data), self.options.request_timeout, as_it_is)
    }

    /// Sends a request and does not wait. Its time begins now.
    ///
    /// # Errors
    /// As [`request`](Self::request), without those of waiting.
    pub fn submit(&mut self, uri: &str, data: &(impl Serialize + ?Sized)) -> Result<Ticket> {
        let timeout = self.options.request_timeout;
        let number = self.send(uri, &Payload::Value(data), timeout)?;
        self.desk.begin(deadline(timeout));
        Ok(Ticket(number))
    }

    /// Waits for the answer to a submitted request.
    ///
    /// # Errors
    /// [`TimedOut`](ErrorKind::TimedOut), [`PeerGone`](ErrorKind::PeerGone), [`TooLarge`](ErrorKind::TooLarge).
    pub fn wait(&mut self, ticket: Ticket) -> Result<Answer> {
        self.wait_for(ticket.0, as_it_is)
    }

    /// Waits for a record that nobody asked for, until `timeout` has passed; `None` if none came.
    ///
    /// # Errors
    /// [`PeerGone`](ErrorKind::PeerGone), [`Unavailable`](ErrorKind::Unavailable);
    /// [`LimitExceeded`](ErrorKind::LimitExceeded) once, where records found no room while calls waited.
    pub fn next_message(&mut self, timeout: impl Into<Option<Duration>>) -> Result<Option<Answer>> {
        let deadline = deadline(timeout.into());
        loop {
            if let Some(message) = self.desk.next_message() {
                return message.map(Some);
            }
            let connection = connected(&mut self.connection, &self.path, &self.options)?;
            if let Some(line) = connection.lines.next() {
                sort(&mut self.desk, line, &self.options);
            } else if !connection.read(deadline).map_err(|why| self.end(&why))? {
                return Ok(None);
            }
        }
    }

    /// What it has done so far.
    pub fn statistics(&self) -> ClientFigures {
        self.desk.counters.figures()
    }

    /// Sends a request, waits for its answer, and makes something of that where it was read.
    fn ask<T: Serialize + ?Sized, R>(
        &mut self,
        uri: &str,
        data: &Payload<'_, T>,
        timeout: Option<Duration>,
        make: impl FnOnce(&ClientBuilder, &str, &Record<'_>) -> Result<R>,
    ) -> Result<R> {
        let number = self.send(uri, data, timeout)?;
        let line = self.connection.as_mut().and_then(Connection::line_at_once);
        if let Some(Line::Whole(line)) = line {
            let line = record::text_of(line);
            if let Read::Record(record) = record::read(&line)
                && answers(&record, number)
            {
                // Nearly always. Nothing need be kept of a request that is answered already.
                self.desk.answered_at_once();
                return make(&self.options, &line, &record).map_err(|error| error.on(uri));
            }
        }
        self.desk.begin(deadline(timeout));
        if let Some(line) = line {
            sort(&mut self.desk, line, &self.options);
        }
        self.wait_for(number, make).map_err(|error| error.on(uri))
    }

    /// Sends the next request, of which nothing is kept yet.
    fn send<T: Serialize + ?Sized>(
        &mut self,
        uri: &str,
        data: &Payload<'_, T>,
        timeout: Option<Duration>,
    ) -> Result<u64> {
        if self.desk.open_requests() >= self.options.in_flight_max {
            let reason = format!("{} requests are under way", self.options.in_flight_max);
            return Err(Error::new(ErrorKind::Full, "request").on(uri).because(reason));
        }
        let was_connected = self.connection.is_some();
        let connection = connected(&mut self.connection, &self.path, &self.options)?;
        count(&self.desk.counters.reconnects, u64::from(!was_connected));
        let number = self.desk.next_number();
        self.writing.clear();
        self.composer.append(&mut self.writing, number, uri, data, timeout)?;
        let sent = write_all(&connection.stream, &self.writing);
        // A part of it may have been sent when it fails, so that nothing can follow.
        sent.map_err(|error| self.end(&format!("writing to the server failed: {error}")).on(uri))?;
        Ok(number)
    }

    /// Waits for the answer `number`, and makes something of it where it was read.
    fn wait_for<R>(
        &mut self,
        number: u64,
        make: impl FnOnce(&ClientBuilder, &str, &Record<'_>) -> Result<R>,
    ) -> Result<R> {
        loop {
            let deadline = match self.desk.standing(number) {
                Standing::Waits(deadline) => deadline,
                Standing::Done(outcome) => {
                    let answer = outcome?;
                    return make(&self.options, answer.record(), &record::read_head(answer.record()));
                }
            };
            // Without a connection the outcome would have been there.
            let Some(connection) = &mut self.connection else { continue };
            match connection.lines.next() {
                Some(Line::Whole(line)) => {
                    let line = record::text_of(line);
                    if let Some(record) = self.desk.sort(&line, Some(number)) {
                        return make(&self.options, &line, &record);
                    }
                }
                Some(line) => sort(&mut self.desk, line, &self.options),
                None => match connection.read(deadline) {
                    Ok(true) => {}
                    Ok(false) => self.desk.expire(Instant::now()),
                    Err(why) => drop(self.end(&why)),
                },
            }
        }
    }

    /// The connection has ended, and so have all requests.
    fn end(&mut self, why: &str) -> Error {
        self.connection = None;
        self.desk.cut_off(why);
        Error::new(ErrorKind::PeerGone, "talk to").on(self.path.as_path()).because(why.to_owned())
    }
}

fn as_it_is(_: &ClientBuilder, line: &str, _: &Record<'_>) -> Result<Answer> {
    Ok(Answer::new(line))
}

fn deadline(timeout: Option<Duration>) -> Option<Instant> {
    timeout.and_then(|timeout| Instant::now().checked_add(timeout))
}

fn connected<'a>(
    connection: &'a mut Option<Connection>,
    path: &Path,
    options: &ClientBuilder,
) -> Result<&'a mut Connection> {
    match connection {
        Some(connection) => Ok(connection),
        none => Ok(none.insert(Connection::open(path, options)?)),
    }
}

fn sort(desk: &mut Desk, line: Line<'_>, options: &ClientBuilder) {
    match line {
        Line::Whole(line) => drop(desk.sort(&record::text_of(line), None)),
        Line::TooLong(head) => desk.sort_too_large(&record::text_of(head), options.record_bytes_max),
    }
}

fn write_all(stream: &UnixStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match socket::write(stream, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What comes of so many bytes that were read.
fn came(bytes: usize) -> std::result::Result<bool, String> {
    match bytes {
        0 => Err("the server has closed the connection".to_owned()),
        _ => Ok(true),
    }
}

#[derive(Debug)]
struct Connection {
    stream: UnixStream,
    spin: Spin,
    lines: Lines,
    /// How long the kernel waits at a read; `None` for ever.
    read_timeout: Option<Duration>,
}

impl Connection {
    fn open(path: &Path, options: &ClientBuilder) -> Result<Self> {
        let stream = UnixStream::connect(path).map_err(|error| connect_failed(error, path))?;
        // A server that reads nothing for so long will not answer either.
        let timeout = options.request_timeout.filter(|timeout| !timeout.is_zero());
        stream.set_write_timeout(timeout).map_err(|error| Error::io("connect to", error).on(path))?;
        let (spin, lines) = (Spin::new(options.watch), Lines::new(options.record_bytes_max));
        Ok(Self { stream, spin, lines, read_timeout: None })
    }

    /// Reads what there is, or waits for something until `deadline`; false when that has come.
    ///
    /// # Errors
    /// Why the connection has ended.
    fn read(&mut self, deadline: Option<Instant>) -> std::result::Result<bool, String> {
        let failed = |error: io::Error| format!("reading from the server failed: {error}");
        if let Some(read) = self.watch() {
            return read.map_err(failed).and_then(came);
        }
        loop {
            let patience = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if patience == Some(Duration::ZERO) {
                return Ok(false);
            }
            self.set_read_timeout(patience).map_err(failed)?;
            match socket::read(&self.stream, self.lines.buffer()) {
                Ok(bytes) => return came(bytes),
                Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// The next record, if it comes within a moment, and nothing came before.
    fn line_at_once(&mut self) -> Option<Line<'_>> {
        if self.lines.is_amid_line() {
            return None;
        }
        match self.watch() {
            Some(Ok(1..)) => self.lines.next(),
            // If it has ended, the next to read finds that again.
            _ => None,
        }
    }

    /// Looks for something for a moment.
    fn watch(&mut self) -> Option<io::Result<usize>> {
        let Self { stream, spin, lines, .. } = self;
        spin.until(|| match socket::read_now(stream, lines.buffer()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Look::Nothing,
            read => Look::Found(read),
        })
    }

    /// Has the kernel wait for `patience`, or a little longer: so that requests that all have the same timeout need not tell
    /// it anew each time.
    fn set_read_timeout(&mut self, patience: Option<Duration>) -> io::Result<()> {
        let fits = match (patience, self.read_timeout) {
            (None, None) => true,
            (Some(patience), Some(set)) => set >= patience && set - patience <= patience / 32,
            _ => false,
        };
        if !fits {
            let wanted = patience.map(|patience| patience + patience / 64 + Duration::from_micros(1));
            self.stream.set_read_timeout(wanted)?;
            self.read_timeout = wanted;
        }
        Ok(())
    }
}
