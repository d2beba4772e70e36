//! `nuncio queue`: named queues, one file for each verb.

mod list;
mod payload;
mod receive;
mod recv;
mod remove;
mod send;
mod stat;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand};
use nuncio::core::{Deadline, QueueName, Wait};
use nuncio::queue::{DEFAULT_DIRECTORY, DEFAULT_SPILL_DIRECTORY, Registry, RegistryBuilder};
use nuncio::{Error, ErrorKind};

pub(crate) use self::payload::{Payload, parse_object};
pub(crate) use self::receive::{Amount, Form, receive};
pub(crate) use self::send::send;
use crate::duration;
use crate::signals::CANCEL;
use crate::stop::Stop;

/// Named queues between the processes of this machine, shared with Perl's IPC::Transit
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Arguments),
    Recv(recv::Arguments),
    Remove(remove::Arguments),
    Send(send::Arguments),
    Stat(stat::Arguments),
}

/// Where the queues are.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Where the queues are")]
pub(crate) struct Place {
    /// Directory that binds names to queues
    #[arg(long, value_name = "DIR", global = true, env = "NUNCIO_QUEUE_REGISTRY", hide_env_values = true)]
    #[arg(default_value = DEFAULT_DIRECTORY, value_parser = |text: &str| Ok::<_, String>(path_or(text, DEFAULT_DIRECTORY)))]
    registry: PathBuf,
    /// Directory for messages that are too large for a queue
    #[arg(long, value_name = "DIR", global = true, env = "NUNCIO_QUEUE_SPILL", hide_env_values = true)]
    #[arg(default_value = DEFAULT_SPILL_DIRECTORY)]
    #[arg(value_parser = |text: &str| Ok::<_, String>(path_or(text, DEFAULT_SPILL_DIRECTORY)))]
    spill: PathBuf,
    /// Share with other users: accept what they own or may write, and make what is missing open to everybody
    #[arg(long, global = true, env = "NUNCIO_QUEUE_DANGER_SHARED", hide_env_values = true)]
    #[arg(value_parser = FalseyValueParser::new())]
    danger_shared: bool,
    /// Whether messages in Data::Dumper's text are read, too.
    #[arg(skip)]
    accepts_dumper: bool,
}

/// A variable that is empty counts as not set.
fn path_or(text: &str, default: &str) -> PathBuf {
    if text.is_empty() { default.into() } else { text.into() }
}

impl Place {
    /// Opens the registry, or makes it.
    ///
    /// # Errors
    /// Those of the library.
    pub(crate) fn open(&self) -> nuncio::Result<Registry> {
        self.open_in(&self.registry)
    }

    /// As [`open`](Self::open), with the registry in `directory`.
    ///
    /// # Errors
    /// Those of the library.
    pub(crate) fn open_in(&self, directory: &Path) -> nuncio::Result<Registry> {
        self.builder(directory).open()
    }

    /// The registry, the spill directory, and whether they are shared with other users.
    pub(crate) fn directories(&self) -> (&Path, &Path, bool) {
        (&self.registry, &self.spill, self.danger_shared)
    }

    /// Opens the registry if there is one: looking makes nothing.
    ///
    /// # Errors
    /// Those of the library.
    pub(crate) fn open_existing(&self) -> nuncio::Result<Option<Registry>> {
        self.builder(&self.registry).open_existing()
    }

    /// The registry in which `name` is looked for.
    ///
    /// # Errors
    /// As [`open_existing`](Self::open_existing), and [`ErrorKind::NoSuchEndpoint`] when there is none.
    pub(crate) fn open_for(&self, name: &QueueName) -> nuncio::Result<Registry> {
        self.open_existing()?.ok_or_else(|| {
            Error::new(ErrorKind::NoSuchEndpoint, "find the queue")
                .on(name.as_str())
                .because(format!("there is no registry {:?}", self.registry))
        })
    }

    /// The same place, for a reader who reads messages in Data::Dumper's text if he is told to `accept` them.
    pub(crate) fn accept_dumper(&self, accept: bool) -> Self {
        Self { accepts_dumper: accept, ..self.clone() }
    }

    fn builder(&self, directory: &Path) -> RegistryBuilder {
        Registry::builder()
            .directory(directory)
            .spill_directory(&self.spill)
            .danger_shared(self.danger_shared)
            .accept_dumper(self.accepts_dumper)
    }
}

/// How long to wait.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    /// Wait at most this long for each message: 300ms, 5s, 2m [default: for ever]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    timeout: Option<Duration>,
    /// Do not wait
    #[arg(long, conflicts_with = "timeout")]
    no_wait: bool,
}

impl Patience {
    /// Waits for nothing.
    pub(crate) const NONE: Self = Self { timeout: None, no_wait: true };

    /// The wait of a call that begins now. Signals call it off.
    pub(crate) fn wait(self) -> Wait<'static> {
        let until = match self.timeout {
            _ if self.no_wait => Deadline::Now,
            None => Deadline::Never,
            Some(timeout) => Deadline::after(Instant::now(), timeout),
        };
        Wait { until, cancel: Some(&CANCEL) }
    }
}

/// Does what was asked for.
///
/// # Errors
/// Those of the verb.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let place = &arguments.place;
    match &arguments.verb {
        Verb::List(arguments) => list::run(place, arguments),
        Verb::Recv(arguments) => recv::run(place, arguments),
        Verb::Remove(arguments) => remove::run(place, arguments),
        Verb::Send(arguments) => send::run(place, arguments),
        Verb::Stat(arguments) => stat::run(place, arguments),
    }
}
