//! Buses and the peers on them: named participants that send each other messages, ask and answer, with nobody in between.
//!
//! A bus is a directory that one process makes and others find by its [info line](Bus::info), be they written in Rust or,
//! with IPC::Manager, in Perl.
//!
//! ```
//! use nuncio_bus::Bus;
//!
//! let guard = Bus::create()?;
//! let (mut worker, boss) = (guard.connect("worker")?, Bus::open(&guard.info().to_string())?.connect("boss")?);
//! boss.send("worker", &["resize", "crop"])?;
//! let message = worker.recv()?;
//! assert_eq!((message.from(), message.content::<Vec<String>>()?.len()), ("boss", 2));
//! # boss.close()?; worker.close()?;
//! let report = guard.shutdown(std::time::Duration::from_secs(60))?;
//! assert!(report.differences.is_empty());
//! # Ok::<(), nuncio_core::Error>(())
//! ```

mod builder;
mod guard;
mod lease;
mod local;
mod lookout;
mod message;
mod opening;
mod owner;
mod peer;
mod pending;
mod presence;
mod request;
mod response;
mod service;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nuncio_core::{Capabilities, EndpointName, Limits, PeerId, Result};

pub use self::builder::BusBuilder;
pub use self::guard::{BusGuard, Report, patience};
pub use self::local::Leftover;
pub use self::message::Message;
pub use self::owner::{Owner, clean};
pub use self::peer::Peer;
pub use self::pending::RequestId;
pub use self::presence::{PeerChange, PeerWatch};
pub use self::response::Response;
pub use self::service::{
    Activity, Answering, BACKLOG_BYTES_MAX, Backlog, Context, Handle, Handled, Launch, Program, Request, Service,
    ServiceBuilder, Undelivered, Unhandled, answering,
};

use crate::RouteConfig;
use crate::place::Place;
use crate::route::{Arrival, Holder, Present};
use crate::wire::account::{Account, Difference, differences};
use crate::wire::info::Info;

/// A bus that was found or made.
#[derive(Clone)]
pub struct Bus {
    info: Arc<Info>,
    config: Arc<RouteConfig>,
    place: Arc<dyn Place>,
}

/// One of those who are on a bus.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerInfo {
    /// Its id.
    pub id: String,
    /// Its process; none if it is suspended.
    pub pid: Option<u32>,
}

impl Bus {
    /// Makes a bus with the first medium that works here: `stream`, `fifo`, `unix`, `files`. What is returned guards it.
    ///
    /// # Errors
    /// As [`BusBuilder::create`].
    pub fn create() -> Result<BusGuard> {
        Self::builder().create()
    }

    /// For a bus with choices of one's own.
    pub fn builder() -> BusBuilder {
        BusBuilder::default()
    }

    /// Finds the bus of an info line.
    ///
    /// # Errors
    /// Those of [reading the line](Info); [`ErrorKind::Unsupported`](nuncio_core::ErrorKind::Unsupported) for a protocol
    /// that this build has no driver for;
    /// [`ErrorKind::Unavailable`](nuncio_core::ErrorKind::Unavailable) when there is no such directory; those of opening it.
    pub fn open(info: &str) -> Result<Self> {
        Self::at(info.parse()?, |config| config)
    }

    /// Finds the bus of an info line also in a directory that other users own or may write to.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_danger_shared(info: &str) -> Result<Self> {
        Self::at(info.parse()?, RouteConfig::danger_shared)
    }

    /// Finds the bus of an info line, with `limits` for what is sent and received by it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with_limits(info: &str, limits: Limits) -> Result<Self> {
        Self::at(info.parse()?, |config| config.with_limits(limits))
    }

    pub(crate) fn at(info: Info, configure: impl FnOnce(RouteConfig) -> RouteConfig) -> Result<Self> {
        let config = configure(RouteConfig::new(&info.route).with_serializer(info.serializer.clone()));
        Self::with(info, config, false)
    }

    fn with(info: Info, config: RouteConfig, is_new: bool) -> Result<Self> {
        let place = opening::open(&info, &config, is_new)?;
        Ok(Self { info: Arc::new(info), config: Arc::new(config), place })
    }

    /// The same bus for peers that do not listen: nobody can send to them but those to whom they have sent something. Only
    /// [`stream`](crate::stream) has such.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](nuncio_core::ErrorKind::Unsupported) on any other medium; otherwise as [`open`](Self::open).
    pub fn without_listening(&self) -> Result<Self> {
        Self::with(Info::clone(&self.info), RouteConfig::clone(&self.config).without_listening(), false)
    }

    /// The same bus for peers to whom messages are lent, for `lease`: one that is received stays where it is until it is
    /// [acknowledged](Peer::acknowledge), and comes again when it is given back, when its lease runs out, or when its reader has
    /// ended. Only [`files`](crate::files) lends. Services acknowledge by themselves what they have seen to.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](nuncio_core::ErrorKind::Unsupported) on any other medium;
    /// [`ErrorKind::Misconfigured`](nuncio_core::ErrorKind::Misconfigured) for a lease of no time; otherwise as
    /// [`open`](Self::open).
    pub fn with_lease(&self, lease: Duration) -> Result<Self> {
        Self::with(Info::clone(&self.info), RouteConfig::clone(&self.config).with_lease(lease), false)
    }

    /// The line by which others find it.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// What its medium guarantees.
    pub fn capabilities(&self) -> &Capabilities {
        self.place.claims()
    }

    /// Joins as `id`, who is new; what a process that has ended left under that name is removed.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`](nuncio_core::ErrorKind::InvalidName) for an id that begins with `_`, is empty or too long;
    /// [`ErrorKind::AlreadyExists`](nuncio_core::ErrorKind::AlreadyExists) when the
    /// name is taken or suspended.
    pub fn connect(&self, id: &str) -> Result<Peer> {
        self.join(id, Arrival::New)
    }

    /// Joins as `id`, who was suspended or whose process has ended, with the messages that came meanwhile.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`](nuncio_core::ErrorKind::NoSuchEndpoint) when there was nobody of that name; otherwise
    /// as [`connect`](Self::connect).
    pub fn reconnect(&self, id: &str) -> Result<Peer> {
        self.join(id, Arrival::Back)
    }

    pub(crate) fn join(&self, id: &str, arrival: Arrival) -> Result<Peer> {
        let id = PeerId::new(id)?;
        let joined = self.place.join(&EndpointName::from(id.clone()), arrival)?;
        Peer::new(self.clone(), id, joined)
    }

    /// All who are on the bus, sorted; those whose processes have ended are not.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn peers(&self) -> Result<Vec<PeerInfo>> {
        let present = self.place.present()?;
        let info = |peer: Present| match peer.holder {
            Holder::Dead(_) => None,
            Holder::Live(pid) => Some(PeerInfo { id: peer.id.as_str().to_owned(), pid: Some(pid) }),
            Holder::Nobody | Holder::Unknown => Some(PeerInfo { id: peer.id.as_str().to_owned(), pid: None }),
        };
        Ok(present.into_iter().filter_map(info).collect())
    }

    /// Whether somebody of that name is on the bus, whose process lives.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn is_active(&self, id: &str) -> Result<bool> {
        Ok(matches!(self.place.holder(id)?, Some(Holder::Live(_) | Holder::Unknown)))
    }

    /// Who has the name `id`, also if that peer is suspended; none if nobody has it, or its process has ended.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn peer(&self, id: &str) -> Result<Option<PeerInfo>> {
        let info = |pid| Some(PeerInfo { id: id.to_owned(), pid });
        Ok(match self.place.holder(id)? {
            None | Some(Holder::Dead(_)) => None,
            Some(Holder::Live(pid)) => info(Some(pid)),
            Some(Holder::Nobody | Holder::Unknown) => info(None),
        })
    }

    /// Removes what is left of `id`, with its unread messages, if its process has ended, and says whether it did. Without this
    /// it is done when somebody takes the name.
    ///
    /// # Errors
    /// Those of removing files.
    pub fn reap(&self, id: &str) -> Result<bool> {
        self.place.reap(id)
    }

    /// The accounts that peers have left, by their ids.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn accounts(&self) -> Result<BTreeMap<String, Account>> {
        self.place.accounts()
    }

    /// Where the accounts differ: messages that were sent and not read, or the other way round.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn differences(&self) -> Result<Vec<Difference>> {
        let accounts = self.accounts()?;
        Ok(differences(accounts.iter().map(|(id, account)| (id.as_str(), account))))
    }

    /// Removes the bus with everything that is on it, whoever uses it.
    ///
    /// # Errors
    /// Those of removing files.
    pub fn destroy(self) -> Result<()> {
        self.place.remove()
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus").field("info", &self.info).finish_non_exhaustive()
    }
}
