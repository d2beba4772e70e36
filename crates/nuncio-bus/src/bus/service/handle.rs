//! A service as it is seen from outside.

use std::collections::BTreeMap;
use std::io;
use std::process::{Child, ExitStatus};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use nuncio_core::{Error, ErrorKind, Result, Wait};
use serde::Serialize;
use tracing::warn;

use super::context::panicked;
use crate::bus::message::Message;
use crate::bus::peer::Peer;
use crate::bus::pending::RequestId;
use crate::bus::request::is_of_message;
use crate::bus::response::Response;
use crate::bus::{Bus, BusGuard};
use crate::wire::id::Tick;

/// Asks one service under a name of its own; see [`Bus::handle`] and [`ServiceBuilder`](super::ServiceBuilder).
///
/// When it is dropped it leaves the bus, and the service goes on.
#[derive(Debug)]
pub struct Handle {
    // Left before the bus ends.
    peer: Peer,
    service: String,
    started: Starting,
    child: Option<u32>,
    guard: Option<BusGuard>,
}

/// How a service was started.
#[derive(Debug)]
pub(super) enum Starting {
    Elsewhere,
    Process(Started),
    Thread(JoinHandle<Result<i32>>),
}

/// A process that was started for a service. It is waited for also when nobody asks for its end any more.
#[derive(Debug)]
pub(super) struct Started(Option<Child>);

impl Started {
    pub(super) const fn new(child: Child) -> Self {
        Self(Some(child))
    }

    fn id(&self) -> Option<u32> {
        self.0.as_ref().map(Child::id)
    }

    fn wait(mut self) -> io::Result<ExitStatus> {
        match self.0.take() {
            Some(mut child) => child.wait(),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else { return };
        let pid = child.id();
        if matches!(child.try_wait(), Ok(None)) {
            // It sleeps until then.
            let reaper = thread::Builder::new().name(format!("end of {pid}")).spawn(move || child.wait());
            if let Err(error) = reaper {
                warn!(pid, %error, "nobody waits for the end of a service's process");
            }
        }
    }
}

impl Bus {
    /// For the service `name`, whoever started it.
    ///
    /// # Errors
    /// Those of joining the bus.
    pub fn handle(&self, name: &str) -> Result<Handle> {
        let peer = self.connect(&Tick::next(SystemTime::now()).id_text())?;
        Ok(Handle { peer, service: name.to_owned(), started: Starting::Elsewhere, child: None, guard: None })
    }
}

impl Handle {
    /// For a service that this process has started, under the reference's name for that or, if it is taken, another one.
    pub(super) fn started(bus: &Bus, service: String, started: Starting) -> Result<Self> {
        let child = match &started {
            Starting::Process(process) => process.id(),
            Starting::Elsewhere | Starting::Thread(_) => None,
        };
        let peer = match bus.connect(&format!("service_parent_{}", std::process::id())) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => bus.handle(&service)?.peer,
            joined => joined?,
        };
        Ok(Self { peer, service, started, child, guard: None })
    }

    /// Has the bus end with the handle.
    #[must_use]
    pub fn with_bus(mut self, guard: BusGuard) -> Self {
        self.guard = Some(guard);
        self
    }

    /// The name of the service.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The bus.
    pub fn bus(&self) -> &Bus {
        self.peer.bus()
    }

    /// The peer by which it asks.
    pub const fn peer(&mut self) -> &mut Peer {
        &mut self.peer
    }

    /// The process that was started for the service, if this process did; the service may be another one, if that was a program
    /// that starts it.
    pub const fn child_pid(&self) -> Option<u32> {
        self.child
    }

    /// The process of the service, if it is on the bus.
    ///
    /// # Errors
    /// Those of reading the bus.
    pub fn service_pid(&self) -> Result<Option<u32>> {
        Ok(self.bus().peer(&self.service)?.and_then(|peer| peer.pid))
    }

    /// Whether the service is on the bus, and its process lives.
    ///
    /// # Errors
    /// Those of reading the bus.
    pub fn is_active(&self) -> Result<bool> {
        self.bus().is_active(&self.service)
    }

    /// Waits until the service is on the bus; false if the deadline passed first.
    ///
    /// # Errors
    /// Those of reading the bus, and [`ErrorKind::Interrupted`].
    pub fn wait_until_active(&self, wait: Wait<'_>) -> Result<bool> {
        self.bus().wait_for_peer(&self.service, wait)
    }

    /// Sends `content` to the service, which is no request.
    ///
    /// # Errors
    /// As [`Peer::send`].
    pub fn send<T: Serialize + Sync>(&self, content: &T) -> Result<()> {
        self.peer.send(&self.service, content)
    }

    /// Asks the service, and waits for the answer.
    ///
    /// # Errors
    /// As [`Peer::request`].
    pub fn request<T: Serialize + Sync>(&mut self, value: &T, timeout: Option<Duration>) -> Result<Response> {
        self.peer.request(&self.service, value, timeout)
    }

    /// Asks the service, and goes on.
    ///
    /// # Errors
    /// As [`Peer::begin_request`].
    pub fn begin_request<T: Serialize + Sync>(&mut self, value: &T, timeout: Option<Duration>) -> Result<RequestId> {
        self.peer.begin_request(&self.service, value, timeout)
    }

    /// Waits for the answer to `id`.
    ///
    /// # Errors
    /// As [`Peer::response`].
    pub fn response(&mut self, id: &RequestId, wait: Wait<'_>) -> Result<Response> {
        self.peer.response(id, wait)
    }

    /// Waits for all answers that are outstanding.
    ///
    /// # Errors
    /// As [`Peer::next_response`]; what a single request failed with is in its answer.
    pub fn all_responses(&mut self, wait: Wait<'_>) -> Result<Vec<(RequestId, Result<Response>)>> {
        let mut responses = Vec::new();
        while let Some(response) = self.peer.next_response(wait)? {
            responses.push(response);
        }
        Ok(responses)
    }

    /// Messages that came and are no answers, without waiting.
    ///
    /// # Errors
    /// Those of the medium; messages that cannot be read are logged.
    pub fn messages(&mut self) -> Result<Vec<Message>> {
        let mut messages = Vec::new();
        loop {
            match self.peer.try_recv() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => return Ok(messages),
                Err(error) if is_of_message(&error) => {
                    warn!(error = %error.chain(), "a message that cannot be read came");
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Asks the service to end, and waits until it has; its exit code.
    ///
    /// # Errors
    /// Those of sending, of the service, and of ending the bus, if that ends with the handle.
    pub fn stop(self) -> Result<i32> {
        match self.send(&BTreeMap::from([("terminate", 1)])) {
            Err(error) if error.kind() == ErrorKind::NoSuchEndpoint => {}
            sent => sent?,
        }
        self.wait()
    }

    /// Waits until the service has ended; its exit code, which is not known of one that was started elsewhere.
    ///
    /// # Errors
    /// Those of the service, and of ending the bus, if that ends with the handle.
    pub fn wait(self) -> Result<i32> {
        let Self { peer, service, started, guard, .. } = self;
        let code = match started {
            Starting::Elsewhere => peer.bus().wait_until_gone(&service, Wait::FOREVER).map(|_| 0),
            Starting::Process(process) => match process.wait() {
                Ok(status) => status.code().ok_or_else(|| {
                    Error::new(ErrorKind::PeerGone, "wait for the service").on(&*service).because(status.to_string())
                }),
                Err(error) => Err(Error::io("wait for the service", error).on(&*service)),
            },
            Starting::Thread(thread) => thread.join().unwrap_or_else(|payload| Err(panicked(&*payload))),
        };
        drop(peer);
        if let Some(guard) = guard {
            guard.shutdown(crate::bus::patience())?;
        }
        code
    }
}
