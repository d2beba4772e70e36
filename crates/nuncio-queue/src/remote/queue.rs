//! Sending to a queue of another host.

use std::path::PathBuf;
use std::time::Duration;

use nuncio_core::{Address, Error, ErrorKind, QueueName, Result, Wait};
use serde::Serialize;

use super::host::{check_host, port_of};
use super::letters::{Letters, Said, TTL};
use super::{DEFAULT_TTL, OUTGOING_QUEUE, normalize};
use crate::options::{NO_OPTIONS, SendOptions};
use crate::queue::Queue;
use crate::registry::{Registry, RegistryBuilder};

const OPEN: &str = "open the remote queue";
const SCHEME: &str = "queue";

/// A queue of another host, to send to. Cheap to clone.
///
/// `Ok` means that the message is in this machine's queue `transitd`, from which the outgoing gateway takes it: it may be on
/// its way, and the other host may not have it yet.
///
/// ```no_run
/// use nuncio_queue::Queue;
///
/// let jobs = Queue::remote("backup.example", "jobs")?;
/// jobs.send(&std::collections::HashMap::from([("id", 7)]))?;
/// # Ok::<(), nuncio_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RemoteQueue {
    outgoing: Queue,
    letters: Letters,
}

/// Says how to open a queue of another host; see [`RemoteQueue::builder`].
#[derive(Clone, Debug)]
pub struct RemoteQueueBuilder {
    host: String,
    name: String,
    registry: RegistryBuilder,
    ttl: u32,
    source: Option<String>,
    looks_up: bool,
    #[cfg(feature = "seal")]
    seals: bool,
}

impl RemoteQueueBuilder {
    /// Sends through the queue `transitd` of the registry that is described by `registry`.
    #[must_use]
    pub fn registry(mut self, registry: RegistryBuilder) -> Self {
        self.registry = registry;
        self
    }

    /// As [`RegistryBuilder::directory`].
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.registry = self.registry.directory(directory);
        self
    }

    /// Lets messages go through `hops` hosts at most. Default 9.
    #[must_use]
    pub const fn ttl(mut self, hops: u32) -> Self {
        self.ttl = hops;
        self
    }

    /// Claims to be the host `source` (header `S`). Default: of sealed messages the registry's host name, of others nothing.
    #[must_use]
    pub fn source(mut self, source: &str) -> Self {
        self.source = Some(source.to_owned());
        self
    }

    /// Leaves the host's name as it is, instead of going on with its address (see [`normalize`]).
    #[must_use]
    pub const fn no_dns(mut self) -> Self {
        self.looks_up = false;
        self
    }

    /// Seals every message, with the keyring of the registry, for the key that is trusted to be the host's; of which host is
    /// decided by its name after the lookup.
    #[cfg(feature = "seal")]
    #[must_use]
    pub const fn seal(mut self) -> Self {
        self.seals = true;
        self
    }

    /// Whether it was told to seal.
    #[cfg(feature = "seal")]
    pub const fn seals(&self) -> bool {
        self.seals
    }

    /// Looks the host up and opens the queue `transitd`, or makes it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`] for a host or queue that no header can name, and for a host with a port: the gateway knows
    /// which port it is; as [`RegistryBuilder::open`] and [`Registry::queue`](crate::Registry::queue). When it seals also
    /// [`ErrorKind::Misconfigured`] where a key is missing.
    pub fn open(self) -> Result<RemoteQueue> {
        if let Some(port) = port_of(&self.host) {
            let reason = format!("the port {port} is for direct delivery only; a gateway knows which port it sends to");
            return Err(Error::new(ErrorKind::InvalidName, OPEN).on(self.host.as_str()).because(reason));
        }
        let registry = self.registry.clone();
        let letters = self.letters()?;
        Ok(RemoteQueue { outgoing: registry.open()?.queue(OUTGOING_QUEUE)?, letters })
    }

    /// Looks the host up and opens no queue: for whoever posts messages himself. The host may have a port, which no header
    /// says.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn direct(mut self) -> Result<DirectQueue> {
        let port = match port_of(&self.host).map(str::to_owned) {
            None => None,
            Some(text) => {
                let wrong = || Error::new(ErrorKind::InvalidName, OPEN).on(self.host.as_str());
                let port = text.parse().map_err(|_| wrong().because(format!("{text} is no port")))?;
                self.host.truncate(self.host.len() - text.len() - 1);
                Some(port)
            }
        };
        self.host = self.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(DirectQueue { port, letters: self.letters()? })
    }

    fn letters(self) -> Result<Letters> {
        let name = QueueName::new(&self.name)?;
        check_host(&self.host)?;
        self.source.as_deref().map_or(Ok(()), check_host)?;
        let host = if self.looks_up { normalize(&self.host) } else { self.host.clone() };
        let registry = self.registry.open()?;
        let said = Said { ttl: self.ttl, source: self.source, looked_up: self.looks_up };
        #[cfg(feature = "seal")]
        let letters = Letters::new(registry, host, name, &said, self.seals);
        #[cfg(not(feature = "seal"))]
        let letters = Letters::new(registry, host, name, &said);
        #[cfg(feature = "seal")]
        letters.check_keys().map_err(|error| explain(&self.host, &letters.host, error))?;
        Ok(letters)
    }
}

/// Says under which name a key was looked for, where that is not the one that was given.
#[cfg(feature = "seal")]
fn explain(given: &str, host: &str, error: Error) -> Error {
    if host == given {
        return error;
    }
    let reason = format!("it is looked for as {host:?}, its address; without the lookup (no_dns) by its name");
    Error::new(error.kind(), OPEN).on(given).because(reason).caused_by(error)
}

impl RemoteQueue {
    /// Says how to open the queue `name` of `host`.
    pub fn builder(host: &str, name: &str) -> RemoteQueueBuilder {
        RemoteQueueBuilder {
            host: host.to_owned(),
            name: name.to_owned(),
            registry: Registry::builder(),
            ttl: DEFAULT_TTL,
            source: None,
            looks_up: true,
            #[cfg(feature = "seal")]
            seals: false,
        }
    }

    /// Says how to open the queue that `address`, `queue://host/name`, stands for. Options: `ttl` (a number), `source` (a host),
    /// `dns` and, with the feature of that name, `seal` (`true` or `false`).
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] for an address of another form, or an option that is not known.
    pub fn at(address: &Address) -> Result<RemoteQueueBuilder> {
        let wrong = |reason: &str| {
            Error::new(ErrorKind::Misconfigured, "use the address")
                .on(format!("{address:?}").as_str())
                .because(reason.to_owned())
        };
        let locator = address.locator();
        let parts = locator.strip_prefix("//").and_then(|rest| rest.split_once('/'));
        let (Some((host, name)), SCHEME, None) = (parts, address.scheme(), address.name()) else {
            return Err(wrong("the form is `queue://host/name`"));
        };
        let mut rest = address.clone();
        let mut builder = Self::builder(host, name);
        if let Some(ttl) = rest.take_option(TTL) {
            builder.ttl = ttl.parse().map_err(|_| wrong("option `ttl` is a number of hosts"))?;
        }
        builder.source = rest.take_option("source");
        let mut flag = |name: &str| match rest.take_option(name).as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(wrong(&format!("option `{name}` is `true` or `false`"))),
        };
        builder.looks_up = flag("dns")?.unwrap_or(true);
        #[cfg(feature = "seal")]
        {
            builder.seals = flag("seal")?.unwrap_or(false);
        }
        rest.refuse_options()?;
        Ok(builder)
    }

    /// The host, as headers and keyrings name it.
    pub fn host(&self) -> &str {
        &self.letters.host
    }

    /// The name of the queue there.
    pub const fn name(&self) -> &QueueName {
        &self.letters.name
    }

    /// The local queue that its messages go through.
    pub const fn outgoing(&self) -> &Queue {
        &self.outgoing
    }

    /// Sends `message`, a map or struct, waiting for room for as long as it takes.
    ///
    /// # Errors
    /// As [`Queue::send`]; when it seals also [`ErrorKind::Misconfigured`] where a key is missing.
    pub fn send<T: Serialize + ?Sized>(&self, message: &T) -> Result<()> {
        self.send_with(message, &NO_OPTIONS, Wait::FOREVER)
    }

    /// Sends `message` if there is room now.
    ///
    /// # Errors
    /// [`ErrorKind::Full`]; otherwise as [`send`](Self::send).
    pub fn try_send<T: Serialize + ?Sized>(&self, message: &T) -> Result<()> {
        self.send_with(message, &NO_OPTIONS, Wait::NOW)
    }

    /// Sends `message`, waiting for room for `timeout` at most.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`]; otherwise as [`send`](Self::send).
    pub fn send_timeout<T: Serialize + ?Sized>(&self, message: &T, timeout: Duration) -> Result<()> {
        self.send_with(message, &NO_OPTIONS, self.outgoing.within(timeout))
    }

    /// Sends `message` with arguments, waiting as `wait` says: the general form.
    ///
    /// # Errors
    /// As [`Queue::send_with`]; [`ErrorKind::ApiMisuse`] also for arguments that say anew what the queue says itself, such as
    /// the ttl.
    pub fn send_with<T: Serialize + ?Sized>(&self, message: &T, options: &SendOptions, wait: Wait<'_>) -> Result<()> {
        self.letters.send_through(&self.outgoing, message, options, wait)
    }
}

/// A queue of another host, for which messages are made and posted by whoever has it; see [`RemoteQueueBuilder::direct`].
#[derive(Clone, Debug)]
pub struct DirectQueue {
    port: Option<u16>,
    letters: Letters,
}

impl DirectQueue {
    /// The host, as headers and keyrings name it.
    pub fn host(&self) -> &str {
        &self.letters.host
    }

    /// The port that was given with the host.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// What this host is called where it posts: its plain name.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the name is no text.
    pub fn sender(&self) -> Result<String> {
        nuncio_sys::host::name().map_err(|error| Error::io("find the host name", error))
    }

    /// A whole message of `message`, a map or struct, with its header, sealed if that was asked for: the body of a request to the
    /// host's gateway.
    ///
    /// # Errors
    /// As [`RemoteQueue::send_with`], but that no queue is needed.
    pub fn compose<T: Serialize + ?Sized>(&self, message: &T, options: &SendOptions) -> Result<Vec<u8>> {
        self.letters.compose(message, options)
    }
}
