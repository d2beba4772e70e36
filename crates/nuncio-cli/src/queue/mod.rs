//! `nuncio queue`: named queues, one file for each verb.

mod list;
mod mail;
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
use nuncio::queue::seal::{KEYRING_VARIABLE, Policy};
use nuncio::queue::{DEFAULT_DIRECTORY, DEFAULT_SPILL_DIRECTORY, Queue, Registry, RegistryBuilder};
use nuncio::{Error, ErrorKind};

pub(crate) use self::payload::{Payload, parse_object};
pub(crate) use self::receive::{Amount, Form, receive};
pub(crate) use self::send::send;
use crate::duration;
use crate::keys;
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
    /// Directory with the keys for sealed messages [default: nuncio/keyring in the user's directory for configuration]
    #[arg(long, value_name = "DIR", global = true, env = KEYRING_VARIABLE, hide_env_values = true)]
    #[arg(value_parser = |text: &str| Ok::<_, String>(PathBuf::from(text)))]
    keyring: Option<PathBuf>,
    /// Seal and open with the key pair that IPC::Transit comes with, too; everybody has it, and what it opens counts as not sealed
    #[arg(long, global = true)]
    danger_default_key: bool,
    /// Whether messages in Data::Dumper's text are read, too.
    #[arg(skip)]
    accepts_dumper: bool,
}

/// What a reader accepts.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Accepts {
    /// Refuse what no trusted key has sealed for this very queue
    #[arg(long)]
    only_sealed: bool,
    /// Refuse what no trusted key of HOST has sealed for this very queue; may be given again for one more host
    #[arg(long, value_name = "HOST")]
    only_from: Vec<String>,
}

impl Accepts {
    fn policy(&self) -> Policy {
        match (self.only_from.is_empty(), self.only_sealed) {
            (false, _) => Policy::OnlyFrom(self.only_from.clone()),
            (true, true) => Policy::OnlySealed,
            (true, false) => Policy::Anything,
        }
    }
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
        self.builder().open()
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
        self.builder().open_existing()
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

    /// How the registry is opened by who seals or opens messages.
    ///
    /// # Errors
    /// The keyring that was named cannot be used, or the one that is at the usual place.
    pub(crate) fn builder_with_keys(&self) -> nuncio::Result<RegistryBuilder> {
        let builder = self.builder().danger_default_key(self.danger_default_key);
        Ok(match keys::find(self.keyring.as_deref())? {
            Some(keyring) => builder.keyring(keyring),
            None => builder,
        })
    }

    /// The queue `name` for a reader who opens what is sealed and refuses what is not as he `accepts`; made if there is none, unless only
    /// what `exists` will do.
    ///
    /// # Errors
    /// Those of the library; [`ErrorKind::NoSuchEndpoint`] when it is to exist and does not.
    pub(crate) fn queue_to_read(&self, name: &QueueName, accepts: &Accepts, exists: bool) -> nuncio::Result<Queue> {
        if exists {
            self.open_for(name)?.existing(name.as_str())?;
        }
        let builder = self.builder_with_keys()?.policy(name.as_str(), accepts.policy());
        builder.open()?.queue(name.as_str())
    }

    /// How the registry is opened.
    pub(crate) fn builder(&self) -> RegistryBuilder {
        Registry::builder()
            .directory(&self.registry)
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

    /// How long each wait is at most, if it was said.
    fn timeout(self) -> Option<Duration> {
        self.timeout
    }

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
