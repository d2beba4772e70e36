//! All connections of one peer: made here or accepted, read by the inbox and written by the outbox.

use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nuncio_core::driver::Failed;
use nuncio_core::{EndpointName, Error, ErrorKind, Result};
use nuncio_sys::files::FileKind;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{Shutdown, SocketFlags, SocketType, accept_with, shutdown};

use super::connection::{Connection, WENT};
use super::input::{Input, Next};
use super::reading::Reading;
use crate::crash;
use crate::route::{Refusal, Route, Seat, connect, no_such_peer};
use crate::wire::frame;
use crate::wire::id::Tick;

/// The key of the socket that is listened on.
pub(super) const LISTENER: u64 = 0;
/// How many connections may be silent about who they are; of more than that the first is closed.
const NAMELESS_MAX: usize = 256;
/// How many changes are asked for at once.
const EVENTS: usize = 64;

/// The connections of one peer.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) route: Arc<Route>,
    /// What it says when it connects.
    hello: Vec<u8>,
    /// Readable when a connection is, or when somebody connects.
    pub(super) set: Arc<OwnedFd>,
    next_key: AtomicU64,
    table: Mutex<Table>,
    reading: Mutex<Reading>,
    failed: Mutex<Vec<Failed>>,
}

#[derive(Debug, Default)]
struct Table {
    all: HashMap<u64, Arc<Connection>>,
    /// The one on which a peer is sent to.
    by_peer: HashMap<EndpointName, Arc<Connection>>,
}

impl Hub {
    /// For `seat`, whose listening socket is `listener`, if it listens.
    pub(super) fn of_peer(seat: &Seat, listener: Option<OwnedFd>) -> Result<Self> {
        let hub = Self::new(&seat.route, seat.id.as_str())?;
        if let Some(listener) = &listener {
            hub.add_to_set(listener, LISTENER)?;
        }
        hub.reading().listener = listener;
        Ok(hub)
    }

    /// For somebody who only sends. What he calls himself when he connects is nobody's name: an answer to his name would
    /// otherwise come here, where nobody reads.
    pub(super) fn of_sender(route: &Arc<Route>) -> Result<Self> {
        let hub = Self::new(route, &Tick::next(std::time::SystemTime::now()).id_text())?;
        hub.reading().has_left = true;
        Ok(hub)
    }

    fn new(route: &Arc<Route>, id: &str) -> Result<Self> {
        let mut hello = Vec::new();
        frame::append(&mut hello, |out| route.packer.pack(&frame::hello(id), out))?;
        let set =
            epoll::create(epoll::CreateFlags::CLOEXEC).map_err(|error| Error::io("join as", error.into()).on(id))?;
        Ok(Self {
            route: Arc::clone(route),
            hello,
            set: Arc::new(set),
            next_key: AtomicU64::new(LISTENER + 1),
            table: Mutex::default(),
            reading: Mutex::default(),
            failed: Mutex::default(),
        })
    }

    /// The connection to `to`: one that there is, or a new one.
    pub(super) fn connection_to(&self, to: &EndpointName) -> Result<Arc<Connection>> {
        if let Some(known) = self.known(to) {
            return Ok(known);
        }
        let disk = self.route.disk_name(to.as_str())?;
        match self.route.find(to.as_str(), &[FileKind::Socket, FileKind::Regular])? {
            None => Err(no_such_peer("send to", to.as_str())),
            Some(_) if self.is_silent(&disk)? => self.connection_from(to),
            Some(_) => self.connect(to),
        }
    }

    fn known(&self, to: &EndpointName) -> Option<Arc<Connection>> {
        let known = lock(&self.table).by_peer.get(to).cloned()?;
        known.is_open().then_some(known)
    }

    fn is_silent(&self, disk: &str) -> Result<bool> {
        let status = self.route.directory.status_of(disk.as_ref());
        let status = status.map_err(|error| self.route.failed("look up in the bus", error))?;
        Ok(status.is_some_and(|status| status.kind == FileKind::Regular))
    }

    /// The connection that a peer who does not listen has made.
    fn connection_from(&self, to: &EndpointName) -> Result<Arc<Connection>> {
        self.greet(&mut self.reading())?;
        self.known(to).ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, "send to")
                .on(to.as_str())
                .because("it does not listen, and has not connected to us")
        })
    }

    fn connect(&self, to: &EndpointName) -> Result<Arc<Connection>> {
        let (socket, _) = connect(&self.route, to, SocketType::STREAM)?;
        let connection = Arc::new(Connection::new(self.next_key.fetch_add(1, Ordering::Relaxed), socket, true));
        connection.name(to.clone());
        crash::point("stream-connected");
        match connection.write(&self.hello) {
            Ok(written) if written == self.hello.len() => {}
            // It has just been made and holds more than that.
            Ok(_) | Err(Refusal::Full | Refusal::Gone) => return Err(no_such_peer("send to", to.as_str())),
            Err(Refusal::Failed(error)) => return Err(error),
        }
        crash::point("stream-greeted");
        let mut reading = self.reading();
        if !reading.has_left {
            self.add(&mut reading, &connection)?;
        }
        self.enter(&connection, to);
        Ok(connection)
    }

    /// From now on `peer` is sent to over `connection`. Those that are over are forgotten.
    fn enter(&self, connection: &Arc<Connection>, peer: &EndpointName) {
        let mut table = lock(&self.table);
        table.all.retain(|_, other| other.is_open() || !other.rest().is_empty());
        table.by_peer.retain(|_, other| other.is_open());
        table.all.insert(connection.key, Arc::clone(connection));
        table.by_peer.insert(peer.clone(), Arc::clone(connection));
    }

    fn add(&self, reading: &mut Reading, connection: &Arc<Connection>) -> Result<()> {
        self.add_to_set(&*connection.socket, connection.key)?;
        reading.inputs.insert(connection.key, Input::new(Arc::clone(connection), Vec::new()));
        Ok(())
    }

    pub(super) fn add_to_set(&self, socket: impl std::os::fd::AsFd, key: u64) -> Result<()> {
        let flags = EventFlags::IN | EventFlags::RDHUP;
        epoll::add(&self.set, socket, EventData::new_u64(key), flags)
            .map_err(|error| Error::io("watch a connection", error.into()))
    }

    /// What comes over `connection` from now on is not told by the set.
    pub(super) fn take_from_set(&self, connection: &Connection) {
        // It fails only where it is not in there.
        let _ = epoll::delete(&self.set, &connection.socket);
    }

    /// All connections whose other side is known.
    pub(super) fn connections(&self) -> Vec<Arc<Connection>> {
        let table = lock(&self.table);
        let mut all: Vec<_> = table.all.values().filter(|connection| connection.peer().is_some()).cloned().collect();
        all.sort_by_key(|connection| connection.key);
        all
    }

    /// Messages that were begun and will not arrive.
    pub(super) fn failed(&self) -> MutexGuard<'_, Vec<Failed>> {
        lock(&self.failed)
    }

    pub(super) fn reading(&self) -> MutexGuard<'_, Reading> {
        lock(&self.reading)
    }

    /// Accepts who waits, and reads who they are and nothing else: what the inbox waits for stays where it is.
    pub(super) fn greet(&self, reading: &mut Reading) -> Result<()> {
        self.accept(reading)?;
        for key in reading.nameless.clone() {
            let Some(input) = reading.inputs.get_mut(&key) else { continue };
            if let Next::Hello(peer) = input.read_hello(&self.route) {
                reading.nameless.retain(|nameless| *nameless != key);
                self.met(reading, key, &peer);
            }
        }
        Ok(())
    }

    pub(super) fn accept(&self, reading: &mut Reading) -> Result<()> {
        let Some(listener) = &reading.listener else { return Ok(()) };
        let mut accepted = Vec::new();
        let ended = loop {
            match accept_with(listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
                Ok(socket) => accepted.push(socket),
                Err(Errno::AGAIN) => break Ok(()),
                // Those who went while they waited.
                Err(Errno::INTR | Errno::CONNABORTED) => {}
                // The socket does not listen any more.
                Err(Errno::INVAL) => break Ok(()),
                Err(error) => break Err(Error::io("accept a connection", error.into())),
            }
        };
        for socket in accepted {
            let connection = Arc::new(Connection::new(self.next_key.fetch_add(1, Ordering::Relaxed), socket, false));
            self.add(reading, &connection)?;
            reading.nameless.push_back(connection.key);
            lock(&self.table).all.insert(connection.key, connection);
        }
        while reading.nameless.len() > NAMELESS_MAX {
            if let Some(first) = reading.nameless.pop_front() {
                self.remove(reading, first);
            }
        }
        ended
    }

    /// The connection `key` is that of `peer`. What came over one that it has left is read first.
    pub(super) fn met(&self, reading: &mut Reading, key: u64, peer: &EndpointName) {
        let Some(connection) = reading.inputs.get(&key).map(|input| Arc::clone(&input.connection)) else { return };
        let before = lock(&self.table).by_peer.get(peer).cloned();
        reading.put_first(key);
        match before {
            // Both connected at once: what was begun to be sent goes on where it was.
            Some(before) if before.is_ours && before.is_open() => return,
            Some(before) if before.key != key => {
                before.close_to_others();
                reading.finish_first(before.key);
            }
            _ => {}
        }
        self.enter(&connection, peer);
    }

    /// Forgets a connection that is over.
    pub(super) fn remove(&self, reading: &mut Reading, key: u64) {
        let Some(input) = reading.inputs.remove(&key) else { return };
        let connection = input.connection;
        self.take_from_set(&connection);
        reading.nameless.retain(|nameless| *nameless != key);
        if reading.has_left && !connection.rest().is_empty() {
            // What was begun is still written.
            return;
        }
        connection.close();
        let mut table = lock(&self.table);
        table.all.remove(&key);
        if let Some(peer) = connection.peer()
            && table.by_peer.get(peer).is_some_and(|current| current.key == key)
        {
            table.by_peer.remove(peer);
        }
        drop(table);
        let failed = connection.give_up(&mut connection.rest(), WENT);
        self.failed().extend(failed);
    }

    /// Takes nothing more from others but what is on its way.
    pub(super) fn leave(&self) {
        let mut reading = self.reading();
        if let Some(listener) = &reading.listener {
            // Whoever connects now is refused; those who wait to be accepted still are.
            let _ = shutdown(listener, Shutdown::Both);
            let _ = self.accept(&mut reading);
        }
        reading.listener = None;
        reading.has_left = true;
        reading.inputs.values().for_each(|input| input.connection.close_to_others());
    }

    /// Ends without looking at what is on its way.
    pub(super) fn abandon(&self) {
        let mut reading = self.reading();
        reading.listener = None;
        reading.has_left = true;
        let keys: Vec<u64> = reading.inputs.keys().copied().collect();
        for key in keys {
            if let Some(input) = reading.inputs.get(&key) {
                input.connection.close_to_others();
            }
            self.remove(&mut reading, key);
        }
    }
}

/// Adds the keys of those connections that have changed by now, or until `timeout`; for ever without one.
pub(super) fn changes(hub: &Hub, keys: &mut Vec<u64>, timeout: Option<&Timespec>) -> Result<()> {
    let mut space = [const { MaybeUninit::uninit() }; EVENTS];
    loop {
        match epoll::wait(&hub.set, &mut space, timeout) {
            Ok((events, _)) => {
                keys.extend(events.iter().map(|event| event.data.u64()));
                return Ok(());
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(Error::io("wait for the connections", error.into())),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where a panic could happen.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
