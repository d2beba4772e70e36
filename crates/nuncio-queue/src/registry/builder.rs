//! How a registry is opened: where it is, who is believed, which limits hold.

use std::path::PathBuf;
use std::sync::Arc;

use nuncio_codec::Codec;
use nuncio_core::{Clock, Error, ErrorKind, Limits, Randomness, Result, SystemClock};

use nuncio_sys::files::Directory;

use super::{Registry, Shared};
use crate::random::{Names, SystemRandomness};
#[cfg(feature = "seal")]
use crate::replay::ReplayGuard;
#[cfg(feature = "seal")]
use crate::seal::{Keyring, Policy, Sealing};
use crate::spill::Spill;
use crate::trust::Trust;

/// Where IPC::Transit keeps its queue files.
pub const DEFAULT_DIRECTORY: &str = "/tmp/ipc_transit";
/// Where IPC::Transit puts large messages.
pub const DEFAULT_SPILL_DIRECTORY: &str = "/tmp/transit_large_messages";
/// The environment variable that names the codec of all messages for which none is asked for. As in IPC::Transit the header
/// says so and the metadata does not.
pub const CODEC_VARIABLE: &str = "IPC_TRANSIT_DEFAULT_SERIALIZER";
const OPEN: &str = "open the registry";
/// `hostname -f` is believed when it is longer than this; shorter ones are what a machine without a domain prints.
const SHORT_HOST_NAME: usize = 5;

/// How a registry is opened; see [`Registry::builder`].
#[derive(Clone, Debug)]
pub struct RegistryBuilder {
    directory: PathBuf,
    spill_directory: PathBuf,
    host_name: Option<String>,
    trust: Trust,
    accepts_dumper: bool,
    limits: Limits,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    #[cfg(feature = "seal")]
    sealing: Sealing,
}

impl Default for RegistryBuilder {
    fn default() -> Self {
        Self {
            directory: DEFAULT_DIRECTORY.into(),
            spill_directory: DEFAULT_SPILL_DIRECTORY.into(),
            host_name: None,
            trust: Trust::Own,
            accepts_dumper: false,
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            #[cfg(feature = "seal")]
            sealing: Sealing::default(),
        }
    }
}

impl RegistryBuilder {
    /// Keeps the queue files in `directory`, which is made if it is not there. Default [`DEFAULT_DIRECTORY`].
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// Puts large messages into `directory`, which is made when it is first needed. Default [`DEFAULT_SPILL_DIRECTORY`].
    #[must_use]
    pub fn spill_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.spill_directory = directory.into();
        self
    }

    /// Sends as the host `name`. Default: what `hostname -f` prints, if that is longer than five characters, else the
    /// plain host name.
    #[must_use]
    pub fn host_name(mut self, name: impl Into<String>) -> Self {
        self.host_name = Some(name.into());
        self
    }

    /// Accepts a registry, spill directory or kernel queue that belongs to another user, and makes them with the
    /// original's open modes: every local user can then read, forge and remove messages.
    #[must_use]
    pub const fn danger_shared(mut self, shared: bool) -> Self {
        self.trust = if shared { Trust::DangerShared } else { Trust::Own };
        self
    }

    /// Reads messages in Data::Dumper's text, too. By default they are refused, because few mean to send them: the original
    /// evaluates such text as a program. Here only its literals are read, and nothing is ever evaluated.
    #[must_use]
    pub const fn accept_dumper(mut self, accept: bool) -> Self {
        self.accepts_dumper = accept;
        self
    }

    /// Keeps to `limits`.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Takes the names of spill files from `randomness`.
    #[must_use]
    pub fn randomness(mut self, randomness: Arc<dyn Randomness>) -> Self {
        self.randomness = randomness;
        self
    }

    /// Opens sealed messages with the keys of `keyring`, and seals with them. What is received stays sealed without one.
    #[cfg(feature = "seal")]
    #[must_use]
    pub fn keyring(mut self, keyring: impl Into<Arc<Keyring>>) -> Self {
        self.sealing.keyring = Some(keyring.into());
        self
    }

    /// Refuses in the queue `name` what `policy` does not accept. Default: [`Policy::Anything`].
    #[cfg(feature = "seal")]
    #[must_use]
    pub fn policy(mut self, name: &str, policy: Policy) -> Self {
        self.sealing.policies.insert(name.to_owned(), policy);
        self
    }

    /// Accepts each sealed message once by `guard`. Default: one in the directory `replay` of the keyring, which remembers for
    /// [`REPLAYS_KEPT`](crate::seal::REPLAYS_KEPT).
    #[cfg(feature = "seal")]
    #[must_use]
    pub fn replay_guard(mut self, guard: impl Into<Arc<ReplayGuard>>) -> Self {
        self.sealing.set_replay_guard(guard.into());
        self
    }

    /// Seals and opens with the key pair that IPC::Transit comes with, too, where there is no other. Everybody has it: what is
    /// sealed with it is neither secret nor signed, and counts as not authenticated.
    #[cfg(feature = "seal")]
    #[must_use]
    pub const fn danger_default_key(mut self, accept: bool) -> Self {
        self.sealing.danger_default = accept;
        self
    }

    /// Opens the directory, or makes it.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] when it is no directory, or when the environment names a codec that this build does
    /// not have; [`ErrorKind::PermissionDenied`] when it is somebody else's; those of the system.
    pub fn open(self) -> Result<Registry> {
        let directory = self.trust.open_directory(&self.directory, OPEN)?;
        self.open_in(directory)
    }

    /// Opens the directory if it is there; for looking, which should leave nothing behind.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_existing(self) -> Result<Option<Registry>> {
        match self.directory.try_exists() {
            Ok(false) => Ok(None),
            Ok(true) => self.open().map(Some),
            Err(error) => Err(Error::io(OPEN, error).on(self.directory.as_path())),
        }
    }

    fn open_in(self, directory: Directory) -> Result<Registry> {
        let spill_directory = std::path::absolute(&self.spill_directory)
            .map_err(|error| Error::io("find the spill directory", error).on(self.spill_directory.as_path()))?;
        let shared = Shared {
            directory,
            spill: Spill::new(spill_directory, self.trust),
            trust: self.trust,
            host_name: self.host_name.map_or_else(own_host_name, Ok)?,
            codec: codec_of_environment()?,
            accepts_dumper: self.accepts_dumper,
            limits: self.limits,
            names: Names::new(Arc::clone(&self.randomness)),
            #[cfg(feature = "seal")]
            sealing: self.sealing.with_randomness(self.randomness),
        };
        Ok(Registry { shared: Arc::new(shared), clock: self.clock })
    }
}

fn own_host_name() -> Result<String> {
    match nuncio_sys::host::fully_qualified_name() {
        Some(name) if name.len() > SHORT_HOST_NAME => Ok(name),
        _ => nuncio_sys::host::name().map_err(|error| Error::io("find the host name", error)),
    }
}

fn codec_of_environment() -> Result<Option<Codec>> {
    let Some(name) = std::env::var_os(CODEC_VARIABLE).filter(|name| !name.is_empty()) else { return Ok(None) };
    let name = name.to_string_lossy();
    let codec = name.parse().map_err(|error: nuncio_codec::UnknownCodec| {
        Error::new(ErrorKind::Misconfigured, "use the environment variable").on(CODEC_VARIABLE).caused_by(error)
    })?;
    Ok(Some(codec))
}
