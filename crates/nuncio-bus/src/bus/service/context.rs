//! What a callback can do.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use nuncio_core::{Cancel, Deadline, EndpointName, Error, Result};
use serde::Serialize;

use super::backlog::{Backlog, Outgoings};
use super::children::Children;
use super::mail::{Content, Letter, Mail};
use super::request::WayBack;
use super::{Handle, Handled, Program, Service, ServiceBuilder};
use crate::bus::peer::Peer;
use crate::bus::pending::{Pending, RequestId};
use crate::bus::presence::PeerWatch;
use crate::bus::response::{Ask, Response, seconds};
use crate::bus::{Bus, PeerInfo};
use crate::wire::id::Tick;

type Callback = Box<dyn FnOnce(&mut Context, Result<Response>) -> Handled + Send>;

/// A service while it runs: what its callbacks send, ask and start by.
pub struct Context {
    pub(super) peer: Peer,
    pub(super) watch: PeerWatch,
    pub(super) outgoings: Outgoings,
    pub(super) children: Children,
    pub(super) pending: Pending,
    pub(super) callbacks: BTreeMap<RequestId, Callback>,
    pub(super) way_back: WayBack,
    /// Taken out of the mail and not sent yet; between two calls there are none.
    letters: Vec<Letter>,
    pub(super) terminated: Option<i32>,
}

impl Context {
    pub(super) fn new(peer: Peer, exposes_errors: bool) -> Result<Self> {
        let watch = peer.bus().watch_peers()?;
        let outgoings = Outgoings::new(Arc::clone(&peer.local.outbox));
        Ok(Self {
            peer,
            watch,
            outgoings,
            children: Children::new()?,
            pending: Pending::default(),
            callbacks: BTreeMap::new(),
            way_back: WayBack { mail: Mail::new()?, exposes_errors },
            letters: Vec::new(),
            terminated: None,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.peer.id()
    }

    /// The bus that it is on.
    pub fn bus(&self) -> &Bus {
        self.peer.bus()
    }

    /// Everybody else who was on the bus when the callback began, sorted.
    pub fn others(&self) -> Vec<PeerInfo> {
        let mut peers = self.watch.present();
        peers.retain(|peer| peer.id != self.name());
        peers
    }

    /// Sends `content` to `to`. Where there is no room it is kept and sent later, in order.
    ///
    /// # Errors
    /// [`NoSuchEndpoint`](nuncio_core::ErrorKind::NoSuchEndpoint), [`TooLarge`](nuncio_core::ErrorKind::TooLarge) and others of
    /// sending; [`LimitExceeded`](nuncio_core::ErrorKind::LimitExceeded) when too much is kept for `to` already.
    pub fn send<T: Serialize + ?Sized>(&mut self, to: &str, content: &T) -> Result<()> {
        let letter = Letter { to: to.to_owned(), content: Content::of(content)?, deadline: None };
        self.send_letter(letter)
    }

    fn send_letter(&mut self, letter: Letter) -> Result<()> {
        self.post_mail();
        self.outgoings.send(letter).map_err(|(error, _)| error)
    }

    /// Has on its way what requests were answered with.
    #[inline]
    pub(super) fn post_mail(&mut self) {
        if self.way_back.mail.has_letters() {
            self.post_all_mail();
        }
    }

    fn post_all_mail(&mut self) {
        let mut letters = std::mem::take(&mut self.letters);
        for dropped in self.way_back.mail.take(&mut letters) {
            letters.extend(dropped.refusal_of_dropped(self.way_back.exposes_errors));
        }
        for letter in letters.drain(..) {
            self.outgoings.post(letter);
        }
        self.letters = letters;
    }

    /// Asks `to`; the answer comes to [`on_response`](Service::on_response), within `timeout` if that is said.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn ask<T: Serialize + ?Sized>(&mut self, to: &str, value: &T, timeout: Option<Duration>) -> Result<RequestId> {
        let (name, now) = (EndpointName::new(to)?, Instant::now());
        let id = RequestId::of(Tick::next(SystemTime::now()));
        let content = Content::of(&Ask { ipcm_request_id: id.as_str(), request: &value })?;
        let deadline = timeout.and_then(|timeout| SystemTime::now().checked_add(timeout)).map(seconds);
        let state = self.watch.state(to)?;
        self.send_letter(Letter { to: to.to_owned(), content, deadline })?;
        let until = timeout.map_or(Deadline::Never, |timeout| Deadline::after(now, timeout));
        self.pending.add(id, name, state, now, until);
        Ok(id)
    }

    /// Asks `to`, and has `then` called with the answer.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn ask_then<T: Serialize + ?Sized>(
        &mut self,
        to: &str,
        value: &T,
        timeout: Option<Duration>,
        then: impl FnOnce(&mut Self, Result<Response>) -> Handled + Send + 'static,
    ) -> Result<RequestId> {
        let id = self.ask(to, value, timeout)?;
        self.callbacks.insert(id, Box::new(then));
        Ok(id)
    }

    /// Does not wait for the answer to `id` any more.
    pub fn withdraw(&mut self, id: &RequestId) {
        self.callbacks.remove(id);
        self.pending.remove(id);
    }

    /// Ends the service after this round, with this exit code. Of several the first one counts that is not 0.
    pub const fn terminate(&mut self, code: i32) {
        self.terminated = match self.terminated {
            None | Some(0) => Some(code),
            kept => kept,
        };
    }

    /// What is kept for receivers without room.
    pub fn backlogs(&self) -> Vec<Backlog> {
        self.outgoings.backlogs()
    }

    /// Starts a child, whose end [`on_child_exit`](Service::on_child_exit) is told; its process number.
    ///
    /// # Errors
    /// Those of starting it.
    pub fn start_child(&mut self, command: &mut Command) -> Result<u32> {
        self.children.start(command)
    }

    /// Starts a worker: a process that is asked to end, and killed if it does not, when the service ends.
    ///
    /// # Errors
    /// Those of starting it.
    pub fn start_worker(&mut self, name: &str, command: &mut Command) -> Result<u32> {
        self.children.start_worker(name, command)
    }

    /// Starts a worker that is a thread. When the service ends its cancel is called, and it is waited for.
    ///
    /// # Errors
    /// Those of starting it.
    pub fn start_worker_thread(&mut self, name: &str, work: impl FnOnce(&Cancel) + Send + 'static) -> Result<()> {
        self.children.start_thread(name, &self.way_back.mail, work)
    }

    /// The workers that have not ended, with the process numbers of those that are processes.
    pub fn workers(&self) -> Vec<(String, Option<u32>)> {
        self.children.workers()
    }

    /// Watches process `pid`, whose end [`on_process_gone`](Service::on_process_gone) is told; false if there is none.
    ///
    /// # Errors
    /// Those of watching it.
    pub fn watch_process(&mut self, pid: u32) -> Result<bool> {
        self.children.watch(pid)
    }

    /// Starts a service on the same bus, as a thread.
    ///
    /// # Errors
    /// As [`ServiceBuilder::spawn`].
    pub fn spawn_service(&self, name: &str, service: impl Service + Send + 'static) -> Result<()> {
        self.bus().service(name).spawn_detached(service)
    }

    /// Starts a service on the same bus, as a process, and waits until it is there; its process number. Its end is told to
    /// [`on_child_exit`](Service::on_child_exit).
    ///
    /// # Errors
    /// As [`ServiceBuilder::start`].
    pub fn start_service(&mut self, builder: &ServiceBuilder, program: Program) -> Result<u32> {
        let child = builder.start_child(program)?;
        self.children.take_child(child)
    }

    /// For another service of this bus: it asks under a name of its own, so that this one goes on meanwhile.
    ///
    /// # Errors
    /// Those of joining the bus.
    pub fn handle(&self, name: &str) -> Result<Handle> {
        self.bus().handle(name)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("name", &self.name())
            .field("terminated", &self.terminated)
            .finish_non_exhaustive()
    }
}

/// The error of a callback that panicked.
pub(super) fn panicked(payload: &(dyn std::any::Any + Send)) -> Error {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    Error::new(nuncio_core::ErrorKind::ApiMisuse, "run the callback")
        .because(format!("it panicked: {}", text.unwrap_or_else(|| "without a text".to_owned())))
}
