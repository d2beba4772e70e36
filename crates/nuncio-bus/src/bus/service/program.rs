//! A program that runs a service.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use nuncio_codec::Value;
use nuncio_core::{Deadline, Error, ErrorKind, Result, Wait};
use serde::Serialize;

use super::Launch;
use super::children::Children;
use super::run::Settings;
use crate::bus::Bus;
use crate::bus::lookout::{Lookout, State};
use crate::bus::presence::earlier;
use crate::route::wait_for_any;

/// What the reference's services are started by.
const PERL_MODULE: &str = "-MIPC::Manager::Service::State";
const PERL_CODE: &str = "exit(IPC::Manager::Service::State::_post_exec_run())";

/// A program to be started for a service, which learns by its [last argument](Launch) what it is to run.
#[derive(Debug)]
pub struct Program {
    command: Command,
    class: Option<String>,
    fields: BTreeMap<String, Value>,
}

impl Program {
    /// This program once more. It asks [`Launch::from_arguments`] at its beginning.
    ///
    /// # Errors
    /// The system does not say which program this is.
    pub fn this() -> Result<Self> {
        let path = std::env::current_exe().map_err(|error| Error::io("find this program", error))?;
        Ok(Self::new(path))
    }

    /// Another program that runs services.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self { command: Command::new(program), class: None, fields: BTreeMap::new() }
    }

    /// A service of IPC::Manager, in Perl: an object of `class`, which is found in the directories `include` beside Perl's own.
    pub fn perl<I: AsRef<Path>>(class: &str, include: impl IntoIterator<Item = I>) -> Self {
        let mut program = Self::new("perl");
        for directory in include {
            program.command.arg("-I").arg(directory.as_ref());
        }
        program.command.args([PERL_MODULE, "-e", PERL_CODE]);
        program.class(class)
    }

    /// With an argument in front of the last one.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Which service is meant, for a program that has several.
    #[must_use]
    pub fn class(mut self, class: &str) -> Self {
        self.class = Some(class.to_owned());
        self
    }

    /// With something for the service itself to [read](Launch::field).
    ///
    /// # Errors
    /// Those of encoding it.
    pub fn field<T: Serialize + ?Sized>(mut self, key: &str, value: &T) -> Result<Self> {
        self.fields.insert(key.to_owned(), nuncio_codec::to_value(value)?);
        Ok(self)
    }

    /// With its output and errors appended to the file `path`.
    ///
    /// # Errors
    /// Those of opening it.
    pub fn redirect(mut self, path: &Path) -> Result<Self> {
        let failed = |error| Error::io("redirect the output to", error).on(path);
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(failed)?;
        self.command.stderr(file.try_clone().map_err(failed)?).stdout(file);
        Ok(self)
    }

    /// The command, for everything else: environment, directory, streams.
    pub const fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Starts it, and waits until `name` is on the bus.
    pub(super) fn start(mut self, bus: &Bus, name: &str, settings: &Settings, timeout: Duration) -> Result<Child> {
        let launch = Launch::new(bus, name, self.class.as_deref(), settings, self.fields);
        let mut lookout = Lookout::new(&bus.place)?;
        let spawned = self.command.arg(launch.to_json()?).spawn();
        let mut child = spawned.map_err(|error| {
            Error::io("start the program", error).on(&*self.command.get_program().to_string_lossy())
        })?;
        match wait(&mut child, name, &mut lookout, Deadline::after(Instant::now(), timeout)) {
            Ok(()) => Ok(child),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }
}

/// Waits until `name` is on the bus, or `child` has failed.
fn wait(child: &mut Child, name: &str, lookout: &mut Lookout, given_up: Deadline) -> Result<()> {
    let mut ends = Children::new()?;
    ends.watch(child.id())?;
    loop {
        if matches!(lookout.state(name)?, State::Live(_)) {
            return Ok(());
        }
        let failed = |kind, reason: String| Err(Error::new(kind, "start the service").on(name).because(reason));
        // One that starts the service and ends is a way, too.
        if let Some(status) = child.try_wait().ok().flatten().filter(|status: &ExitStatus| !status.success()) {
            return failed(ErrorKind::PeerGone, format!("its program ended before it was on the bus, with {status}"));
        }
        if given_up.instant().is_some_and(|given_up| Instant::now() >= given_up) {
            return failed(ErrorKind::TimedOut, "it was not on the bus in time".to_owned());
        }
        let again = lookout.look_again().map(|again| Instant::now() + again);
        let until = earlier(given_up, [again]);
        let readinesses = [lookout.readiness(), ends.readiness()];
        let count = if ends.is_empty() { 1 } else { 2 };
        wait_for_any(&readinesses[..count], &nuncio_core::SystemClock, Wait::until(until))?;
        lookout.take()?;
        ends.take();
    }
}
