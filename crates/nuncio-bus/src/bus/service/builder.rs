//! How a service is started.

use std::process::Child;
use std::thread;
use std::time::Duration;

use nuncio_core::{Error, Result};

use super::handle::{Started, Starting};
use super::run::{Running, Settings};
use super::signals::Signals;
use super::{Context, Handle, Program, Service};
use crate::bus::Bus;

/// How long a process is waited for to be on the bus, unless told otherwise.
const START: Duration = Duration::from_secs(10);

/// A service to be started.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until the service is started"]
pub struct ServiceBuilder {
    pub(super) bus: Bus,
    pub(super) name: String,
    pub(super) settings: Settings,
    start: Duration,
    is_attached: bool,
}

impl Bus {
    /// A service called `name` on this bus, with choices of its own.
    pub fn service(&self, name: &str) -> ServiceBuilder {
        let (bus, name) = (self.clone(), name.to_owned());
        ServiceBuilder { bus, name, settings: Settings::default(), start: START, is_attached: true }
    }
}

impl ServiceBuilder {
    /// With [`Service::on_interval`] called this often.
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.settings.interval = Some(interval);
        self
    }

    /// With [`Service::on_signal`] called for `signals`. After its end they do again what they did before.
    pub fn signals(mut self, signals: impl IntoIterator<Item = i32>) -> Self {
        self.settings.signals.extend(signals);
        self
    }

    /// With `signals` that end it in order.
    pub fn ends_on(mut self, signals: impl IntoIterator<Item = i32>) -> Self {
        self.settings.ends_on.extend(signals);
        self
    }

    /// With [`Service::on_process_gone`] called when process `pid` ends.
    pub fn watch_process(mut self, pid: u32) -> Self {
        self.settings.watched.push(pid);
        self
    }

    /// Logs what goes wrong in a callback, and goes on.
    pub const fn intercept_errors(mut self) -> Self {
        self.settings.intercepts_errors = true;
        self
    }

    /// Tells callers what went wrong, and not only that something did.
    pub const fn expose_errors(mut self) -> Self {
        self.settings.exposes_errors = true;
        self
    }

    /// With a process that may take this long to be on the bus; ten seconds unless told otherwise.
    pub const fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start = timeout;
        self
    }

    /// With a process that goes on when this one ends; otherwise it ends, too.
    pub const fn outlive_this_process(mut self) -> Self {
        self.is_attached = false;
        self
    }

    /// Runs it in this thread until it ends; its exit code.
    ///
    /// # Errors
    /// Those of joining the bus; of a callback, unless errors are intercepted; of the medium.
    pub fn run(self, mut service: impl Service) -> Result<i32> {
        let (context, signals) = self.join()?;
        Running::new(&mut service, context, self.settings, signals).run()
    }

    /// Runs it as a thread. When this returns it is on the bus.
    ///
    /// # Errors
    /// Those of joining the bus and of starting a thread.
    pub fn spawn(self, service: impl Service + Send + 'static) -> Result<Handle> {
        let bus = self.bus.clone();
        let name = self.name.clone();
        let thread = self.spawn_thread(service)?;
        Handle::started(&bus, name, Starting::Thread(thread))
    }

    pub(super) fn spawn_detached(self, service: impl Service + Send + 'static) -> Result<()> {
        self.spawn_thread(service).map(drop)
    }

    fn spawn_thread(self, mut service: impl Service + Send + 'static) -> Result<thread::JoinHandle<Result<i32>>> {
        let (context, signals) = self.join()?;
        let (name, settings) = (self.name.clone(), self.settings);
        let body = move || {
            let ended = Running::new(&mut service, context, settings, signals).run();
            if let Err(error) = &ended {
                tracing::error!(service = name, error = %error.chain(), "a service ended with an error");
            }
            ended
        };
        let thread = thread::Builder::new().name(self.name.clone()).spawn(body);
        thread.map_err(|error| Error::io("start the service", error).on(&*self.name))
    }

    /// Joins at once, so that whoever starts a service can ask it at once. From then on it can be signalled, too.
    fn join(&self) -> Result<(Context, Option<Signals>)> {
        let signals = self.settings.catch_signals()?;
        let peer = self.bus.connect(&self.name)?;
        peer.local.serve();
        Ok((Context::new(peer, self.settings.exposes_errors)?, signals))
    }

    /// Starts `program`, which is to run it, and waits until it is on the bus.
    ///
    /// # Errors
    /// Those of starting it; [`PeerGone`](nuncio_core::ErrorKind::PeerGone) when it fails before it is on the bus, and
    /// [`TimedOut`](nuncio_core::ErrorKind::TimedOut) when it is not there in time: then it is killed.
    pub fn start(self, program: Program) -> Result<Handle> {
        let child = self.start_child(program)?;
        Handle::started(&self.bus, self.name, Starting::Process(Started::new(child)))
    }

    pub(super) fn start_child(&self, program: Program) -> Result<Child> {
        let mut settings = self.settings.clone();
        if self.is_attached {
            settings.watched.push(std::process::id());
        }
        program.start(&self.bus, &self.name, &settings, self.start)
    }
}
