//! The driver: how one joins a bus in a file.

use std::sync::Arc;

use nuncio_codec::{Codec, DecodeLimits};
use nuncio_core::driver::{EndpointInfo, Presence};
use nuncio_core::{
    AttachOptions, Attached, Capabilities, Driver, EndpointName, Error, ErrorKind, Full, Inbox, Order, PeerId, Result,
    Role, Survives,
};
use nuncio_sys::process::ProcessIdentity;
use tracing::warn;

use super::config::JsonFileConfig;
use super::inbox::JsonFileInbox;
use super::sending::JsonFileSending;
use super::store::{Store, Verdict};
use crate::place::claims_of_a_bus;
use crate::route::{Arrival, Holder, Ledger, Pen, Reader, RouteOutbox, no_such_peer};
use crate::wire::account::Account;
use crate::wire::message::Writer;
use crate::wire::serializer::{Packer, Serializer};
use crate::wire::state::{Client, State};

/// A bus in one file.
#[derive(Debug)]
pub struct JsonFileDriver {
    store: Arc<Store>,
    packer: Arc<Packer>,
    capabilities: Capabilities,
}

impl JsonFileDriver {
    /// The bus that `config` describes.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] for what is no regular file; [`ErrorKind::PermissionDenied`] for a file that is another
    /// user's or open to others; [`ErrorKind::Corrupt`] for one that is no bus.
    pub fn open(config: &JsonFileConfig) -> Result<Self> {
        let store = Arc::new(Store::open(config)?);
        let mut claims = claims_of_a_bus(config.limits.payload_bytes_max);
        claims.order = Order::AllSenders;
        claims.full = Full::WaitsAtCapacity;
        claims.survives = Survives::EveryProcess;
        claims.suspend = true;
        // The reference never packs what is in the file.
        Ok(Self { store, packer: Arc::new(Serializer::Json.open()?), capabilities: claims })
    }

    /// Joins as `who`, who is new: a name that is suspended is taken, and what a process that has ended left under it is
    /// removed. [`attach`](Driver::attach) takes over both.
    ///
    /// # Errors
    /// As [`attach`](Driver::attach).
    pub fn connect(&self, who: &EndpointName, options: &AttachOptions) -> Result<Attached> {
        self.receive(who, Arrival::New, options).map(|(attached, _)| attached)
    }

    /// Joins as `who`, who was there before and is suspended, or whose process has ended.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] if he was not; otherwise as [`attach`](Driver::attach).
    pub fn reconnect(&self, who: &EndpointName, options: &AttachOptions) -> Result<Attached> {
        self.receive(who, Arrival::Back, options).map(|(attached, _)| attached)
    }

    pub(super) const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    pub(super) fn receive(
        &self,
        who: &EndpointName,
        arrival: Arrival,
        options: &AttachOptions,
    ) -> Result<(Attached, Arc<Ledger>)> {
        PeerId::new(who.as_str())?;
        let account = self.store.change(|state| {
            take_name(state, who.as_str(), arrival)?;
            Ok::<_, Error>((account_of(state, who.as_str()), Verdict::Write))
        })?;
        // Whoever comes again under a name goes on counting: the owner adds up all that a name has sent and read.
        let ledger = Arc::new(Ledger::from(account.unwrap_or_default()));
        let inbox = JsonFileInbox {
            store: Arc::clone(&self.store),
            id: who.clone(),
            watch: self.store.watch()?,
            reader: Reader::new(Arc::clone(&self.packer), self.capabilities.payload_bytes_max),
            ledger: Arc::clone(&ledger),
            clock: Arc::clone(&options.clock),
            is_attached: true,
        };
        Ok((self.attached(who, Arc::clone(&ledger), options, Some(Box::new(inbox))), ledger))
    }

    fn attached(
        &self,
        who: &EndpointName,
        ledger: Arc<Ledger>,
        options: &AttachOptions,
        inbox: Option<Box<dyn Inbox>>,
    ) -> Attached {
        let (limits, clock) = (&self.store.limits, Arc::clone(&options.clock));
        let writer = Writer::new(who.as_str(), limits.payload_bytes_max, limits.header_bytes_max);
        let pen = Pen::new(Arc::clone(&self.packer), writer);
        let sending = JsonFileSending(Arc::clone(&self.store));
        Attached::new(Arc::new(RouteOutbox::new(sending, pen, ledger, clock)), inbox)
    }
}

impl Driver for JsonFileDriver {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn attach(&self, who: &EndpointName, options: &AttachOptions) -> Result<Attached> {
        match options.role {
            Role::Receive => self.receive(who, Arrival::Either, options).map(|(attached, _)| attached),
            _ => Ok(self.attached(who, Arc::default(), options, None)),
        }
    }

    fn endpoints(&self) -> Result<Vec<EndpointInfo>> {
        self.store.look(|state| {
            let info = |id: &String| {
                let waiting = state.messages.get(id).map_or(0, Vec::len);
                EndpointName::new(id).ok().map(|name| EndpointInfo::new(name).with_messages(waiting as u64))
            };
            state.clients.keys().filter_map(info).collect()
        })
    }

    fn presence(&self) -> Option<&dyn Presence> {
        Some(self)
    }
}

impl Presence for JsonFileDriver {
    fn is_alive(&self, who: &EndpointName) -> Result<bool> {
        let holder = self.store.look(|state| state.clients.get(who.as_str()).map(holder))?;
        match holder {
            Some(holder) => Ok(matches!(holder, Holder::Live(_))),
            None => Err(no_such_peer("look up", who.as_str())),
        }
    }
}

/// This process, as the file says it.
pub(super) fn here() -> Client<'static> {
    // Without /proc there is only the number, as for the reference's peers.
    Client::new(std::process::id(), ProcessIdentity::current().ok().map(|identity| identity.start_ticks))
}

/// Whose the place of `client` is.
pub(super) fn holder(client: &Client<'_>) -> Holder {
    let Some(pid) = client.pid else { return Holder::Nobody };
    let lives = match client.start_ticks {
        Some(start_ticks) => ProcessIdentity { pid, start_ticks }.is_alive(),
        None => ProcessIdentity::of(pid).map(|found| found.is_some()),
    };
    // A process that is hidden from us is there.
    if lives.unwrap_or(true) { Holder::Live(pid) } else { Holder::Dead(pid) }
}

fn take_name(state: &mut State<'_>, id: &str, arrival: Arrival) -> Result<()> {
    let taken = |reason: String| Err(Error::new(ErrorKind::AlreadyExists, "join as").on(id).because(reason));
    match (state.clients.get(id).map(holder), arrival) {
        (None, Arrival::Back) => return Err(no_such_peer("come back as", id)),
        (Some(Holder::Live(pid)), _) => return taken(format!("process {pid} has that name")),
        (Some(Holder::Nobody), Arrival::New) => return taken("its peer is suspended".to_owned()),
        (Some(Holder::Dead(pid)), Arrival::New) => {
            warn!(peer = id, pid, "what a process that has ended left behind is removed");
            state.messages.remove(id);
        }
        _ => {}
    }
    state.clients.insert(id.to_owned(), here());
    state.messages.entry(id.to_owned()).or_default();
    Ok(())
}

/// The account that `id` has left; none if there is none that can be read.
pub(super) fn account_of(state: &State<'_>, id: &str) -> Option<Account> {
    Codec::Json.decode(state.stats.get(id)?, &DecodeLimits::default()).ok()
}
