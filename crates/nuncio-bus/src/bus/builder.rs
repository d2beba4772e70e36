//! How a bus is made.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use nuncio_core::{Error, ErrorKind, Limits, Result};
use nuncio_sys::files::Directory;

use super::guard::BusGuard;
use super::{Bus, owner};
use crate::RouteConfig;
use crate::jsonfile::{JsonFileConfig, JsonFileDriver};
use crate::wire::id::Tick;
use crate::wire::info::{Info, Protocol};
use crate::wire::serializer::Serializer;

/// In which order media are tried.
const CANDIDATES: [Protocol; 4] =
    [Protocol::ConnectionUnix, Protocol::AtomicPipe, Protocol::UnixSocket, Protocol::MessageFiles];
const DIRECTORY_MODE: u32 = 0o700;

/// A bus to be made, with choices of one's own.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `create`"]
pub struct BusBuilder {
    candidates: Vec<Candidate>,
    serializer: Serializer,
    route: Option<PathBuf>,
    signal: Option<i32>,
    keeps: bool,
    limits: Limits,
}

/// A medium to be tried.
#[derive(Clone, Debug)]
enum Candidate {
    Known(Protocol),
    Named(String),
}

impl Candidate {
    fn protocol(&self) -> Result<Protocol> {
        match self {
            Self::Known(protocol) => Ok(*protocol),
            Self::Named(name) => Protocol::named(name),
        }
    }
}

impl Default for BusBuilder {
    fn default() -> Self {
        Self {
            candidates: CANDIDATES.map(Candidate::Known).to_vec(),
            serializer: Serializer::Json,
            route: None,
            signal: None,
            keeps: false,
            limits: Limits::default(),
        }
    }
}

impl BusBuilder {
    /// With the first of `protocols` that works here.
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = Protocol>) -> Self {
        self.candidates = protocols.into_iter().map(Candidate::Known).collect();
        self
    }

    /// With the driver of that name: nuncio's (`files`), the reference's (`MessageFiles`), or one that this process has
    /// [registered](crate::own::register_driver).
    pub fn driver(self, name: &str) -> Self {
        self.drivers([name])
    }

    /// With the first of the drivers of these names that works here; a name that is not known counts as one that does not.
    pub fn drivers<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.candidates = names.into_iter().map(|name| Candidate::Named(name.to_owned())).collect();
        self
    }

    /// With messages written by `serializer`; `JSON` unless told otherwise, which every Perl can read.
    pub fn serializer(mut self, serializer: Serializer) -> Self {
        self.serializer = serializer;
        self
    }

    /// In the directory `route`, or for a bus in one file in that file, which is made if it is not there; for other media it is
    /// a name. One that is there has to be empty, or a bus whose owner has ended, which is taken over with what is on it.
    /// Otherwise it is a new one among the temporary files.
    pub fn route(mut self, route: impl Into<PathBuf>) -> Self {
        self.route = Some(route.into());
        self
    }

    /// Sends `signal` to the peers' processes when the bus ends, before they are asked to end.
    pub const fn signal(mut self, signal: i32) -> Self {
        self.signal = Some(signal);
        self
    }

    /// Leaves the bus as it is when its guard is dropped; [`shutdown`](BusGuard::shutdown) ends it all the same.
    pub const fn keep(mut self) -> Self {
        self.keeps = true;
        self
    }

    /// With `limits` for what this bus value and its clones send and receive. They are not in the info line: others have
    /// those that they [open](Bus::open_with_limits) it with.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Makes the bus.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] without a protocol to try, and for a serializer that cannot be used;
    /// [`ErrorKind::AlreadyExists`] for a route with something in it, and for a bus whose owner lives; otherwise the error of
    /// the last protocol that was tried.
    pub fn create(self) -> Result<BusGuard> {
        let mut failed = Error::new(ErrorKind::Misconfigured, "make a bus").because("there is no protocol to try");
        for candidate in &self.candidates {
            match candidate.protocol().and_then(|protocol| self.create_with(protocol)) {
                Ok(bus) if self.keeps => return Ok(BusGuard::unarmed(bus, self.signal)),
                Ok(bus) => return Ok(BusGuard::new(bus, self.signal)),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn create_with(&self, protocol: Protocol) -> Result<Bus> {
        let route = match &self.route {
            // A name, not a path.
            Some(route) if matches!(protocol, Protocol::LocalMemory | Protocol::Own(_)) => route.clone(),
            None if protocol == Protocol::LocalMemory => local_name(),
            Some(route) => {
                std::path::absolute(route).map_err(|error| Error::io("make a bus", error).on(route.as_path()))?
            }
            None => temporary(protocol)?,
        };
        let is_made = make(protocol, &route)?;
        let bus = self.open_at(protocol, &route, is_made);
        match &bus {
            // Somebody else has made a bus of it meanwhile.
            Err(error) if is_made && error.kind() != ErrorKind::AlreadyExists => {
                let _ = match protocol {
                    Protocol::JsonFile => std::fs::remove_file(&route),
                    _ => std::fs::remove_dir_all(&route),
                };
            }
            _ => {}
        }
        bus
    }

    fn open_at(&self, protocol: Protocol, route: &Path, is_made: bool) -> Result<Bus> {
        let Some(text) = route.to_str() else {
            return Err(Error::new(ErrorKind::InvalidName, "make a bus").on(route).because("the path is no UTF-8"));
        };
        let config = RouteConfig::new(text).with_serializer(self.serializer.clone()).with_limits(self.limits.clone());
        let bus = Bus::with(Info::new(protocol, self.serializer.clone(), text), config, true)?;
        // A path that leaves no room for a name is of no use.
        bus.place.check_name(crate::wire::account::OWNER)?;
        if let Some(file) = bus.place.owner_file() {
            match self.route {
                Some(_) => owner::claim(route, &file, || Ok(is_made || bus.place.is_empty()?))?,
                // Nobody else knows it.
                None => owner::mark(&file)?,
            }
        }
        Ok(bus)
    }
}

/// Makes the directory or the file, for a medium that has such; whether it was not there.
fn make(protocol: Protocol, route: &Path) -> Result<bool> {
    match protocol {
        Protocol::LocalMemory | Protocol::Own(_) => Ok(false),
        Protocol::JsonFile => {
            let was_there = route.exists();
            JsonFileDriver::open(&JsonFileConfig::new(route)).map(|_| !was_there)
        }
        _ => Directory::create(route, DIRECTORY_MODE).map_err(|error| cannot_make(route, error)),
    }
}

fn cannot_make(route: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::new(ErrorKind::Misconfigured, "make a bus")
            .on(route)
            .because("the directory above it does not exist"),
        _ => Error::io("make a bus", error).on(route),
    }
}

/// A name within this process, as the reference makes them.
fn local_name() -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("localmemory-{}", COUNT.fetch_add(1, Ordering::Relaxed) + 1).into()
}

/// A name that nobody has, as the reference makes them.
fn temporary(protocol: Protocol) -> Result<PathBuf> {
    let id = Tick::next(std::time::SystemTime::now()).id();
    let random = String::from_utf8_lossy(&id[id.len() - 6..]).into_owned();
    let pid = std::process::id();
    let name = match protocol {
        Protocol::JsonFile => format!("{}{pid}-{random}{}", owner::FILE_PREFIX, owner::FILE_ENDING),
        _ => format!("{}{pid}-{random}", owner::DIRECTORY_PREFIX),
    };
    std::path::absolute(std::env::temp_dir().join(name)).map_err(|error| Error::io("make a bus", error))
}
