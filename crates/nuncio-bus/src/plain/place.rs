//! The bus, as its peers see it.

use std::collections::BTreeMap;
use std::fmt;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use nuncio_codec::Codec;
use nuncio_core::{
    AttachOptions, Attached, Batch, Capabilities, Driver, EndpointName, Error, ErrorKind, Limits, PeerId, Result, Role,
};
use rustix::event::epoll;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use super::annex::{Annex, Bell};
use super::inbox::PlainInbox;
use super::payload_bytes_max;
use super::sending::PlainSending;
use crate::place::{Changes, Glance, Joined, Place, claims_of_a_bus};
use crate::route::{Arrival, Holder, Ledger, Pen, Present, Reader, RouteOutbox, no_such_peer};
use crate::wire::account::Account;
use crate::wire::message::Writer;
use crate::wire::serializer::{Packer, Serializer};

/// How often one looks who of other processes has come and gone: a driver does not tell.
const LOOK: Duration = Duration::from_millis(50);

/// A bus on a driver.
pub(super) struct PlainPlace {
    key: String,
    driver: Arc<dyn Driver>,
    packer: Arc<Packer>,
    codec: Option<Codec>,
    claims: Capabilities,
    header_bytes_max: usize,
    annex: Arc<Annex>,
    /// Whether nobody of another process can be on it.
    is_local: bool,
    /// Removes what is left at the end.
    remove: Box<dyn Fn() -> Result<()> + Send + Sync>,
}

impl PlainPlace {
    pub(super) fn open(key: String, driver: Arc<dyn Driver>, serializer: &Serializer, limits: &Limits) -> Result<Self> {
        let packer = Arc::new(serializer.open()?);
        let mut claims = driver.capabilities().clone();
        let wrong = |reason: &'static str| Error::new(ErrorKind::Unsupported, "open the bus").on(&*key).because(reason);
        if !claims.body.bytes && !packer.is_plain() {
            return Err(wrong("its driver carries JSON values, which only the serializer JSON writes"));
        }
        let codec = (!claims.body.bytes).then_some(Codec::Json);
        // What crosses is the message with its envelope, and whoever receives on a bus has received.
        let of_a_bus = claims_of_a_bus(1);
        (claims.body, claims.carries, claims.take) = (of_a_bus.body, of_a_bus.carries, of_a_bus.take);
        let room = |bytes: usize| payload_bytes_max(bytes, limits.header_bytes_max);
        claims.payload_bytes_max = room(claims.payload_bytes_max).min(limits.payload_bytes_max);
        claims.inline_bytes_max = room(claims.inline_bytes_max).min(claims.payload_bytes_max);
        let (annex, header_bytes_max) = (Annex::of(&key), limits.header_bytes_max);
        let remove = Box::new(|| Ok(()));
        Ok(Self { key, driver, packer, codec, claims, header_bytes_max, annex, is_local: false, remove })
    }

    /// Nobody of another process can be on it.
    pub(super) fn within_this_process(mut self) -> Self {
        self.is_local = true;
        self
    }

    /// Has `remove` remove what is left at the end.
    pub(super) fn removed_by(mut self, remove: impl Fn() -> Result<()> + Send + Sync + 'static) -> Self {
        self.remove = Box::new(remove);
        self
    }

    fn check(&self) -> Result<()> {
        match self.annex.is_over() {
            true => Err(Error::new(ErrorKind::NoSuchEndpoint, "use the bus").on(&*self.key).because("it has ended")),
            false => Ok(()),
        }
    }

    fn holder_of(&self, who: &EndpointName) -> Result<Holder> {
        let lives = match self.driver.presence() {
            Some(presence) => presence.is_alive(who)?,
            None => true,
        };
        Ok(match lives {
            true if self.is_local || self.annex.has(who.as_str()) => Holder::Live(std::process::id()),
            true => Holder::Unknown,
            false => Holder::Nobody,
        })
    }

    /// Whose the name `id` is, which somebody of this process has taken and its driver does not list.
    fn unlisted(&self, id: &str) -> Result<Option<Holder>> {
        let Some(presence) = self.driver.presence() else { return Ok(None) };
        match presence.is_alive(&EndpointName::from(PeerId::new(id)?)) {
            Ok(lives) => Ok(lives.then(|| Holder::Live(std::process::id()))),
            Err(error) if error.kind() == ErrorKind::NoSuchEndpoint => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn check_arrival(&self, who: &EndpointName, arrival: Arrival) -> Result<()> {
        match (self.holder(who.as_str())?, arrival) {
            (None, Arrival::Back) => Err(no_such_peer("come back as", who.as_str())),
            (Some(Holder::Nobody), Arrival::New) if self.claims.suspend => {
                let taken = Error::new(ErrorKind::AlreadyExists, "join as").on(who.as_str());
                Err(taken.because("its peer is suspended"))
            }
            // Whether somebody has the name the driver knows best.
            _ => Ok(()),
        }
    }
}

impl Place for PlainPlace {
    fn claims(&self) -> &Capabilities {
        &self.claims
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn check_name(&self, id: &str) -> Result<()> {
        PeerId::new(id).map(drop)
    }

    fn join(&self, who: &EndpointName, arrival: Arrival) -> Result<Joined> {
        self.check()?;
        PeerId::new(who.as_str())?;
        self.check_arrival(who, arrival)?;
        let options = AttachOptions::new(Role::Receive);
        let Attached { outbox, inbox, acknowledge, .. } = self.driver.attach(who, &options)?;
        let inner = inbox.ok_or_else(|| Error::new(ErrorKind::Unsupported, "join as").on(who.as_str()))?;
        // Whoever comes again under a name goes on counting: the owner adds up all that a name has sent and read.
        let ledger = Arc::new(Ledger::from(self.annex.account_of(who.as_str())));
        let bell = self.annex.bell()?;
        self.annex.arrive(who.as_str());
        let inbox = PlainInbox {
            inner,
            acknowledge,
            annex: Arc::clone(&self.annex),
            bell,
            id: who.as_str().to_owned(),
            reader: Reader::new(Arc::clone(&self.packer), self.claims.payload_bytes_max),
            ledger: Arc::clone(&ledger),
            clock: Arc::clone(&options.clock),
            can_suspend: self.claims.suspend,
            is_attached: true,
            raw: Batch::new(),
        };
        let writer = Writer::new(who.as_str(), self.claims.payload_bytes_max, self.header_bytes_max);
        let pen = Pen::new(Arc::clone(&self.packer), writer);
        let sending = PlainSending { outbox, codec: self.codec };
        let outbox = RouteOutbox::new(sending, pen, Arc::clone(&ledger), options.clock);
        let attached = Attached::new(Arc::new(outbox), Some(Box::new(inbox)));
        // What is put back this process keeps; what a driver keeps for longer is left with it.
        let may_read_ahead = self.is_local || !self.claims.suspend;
        let (may_resume, connections) = Default::default();
        Ok(Joined { attached, ledger, may_resume, connections, may_read_ahead, glance: Glance::None })
    }

    fn present(&self) -> Result<Vec<Present>> {
        if self.annex.is_over() {
            return Ok(Vec::new());
        }
        let mut present = Vec::new();
        for endpoint in self.driver.endpoints()? {
            match self.holder_of(&endpoint.name) {
                Ok(holder) => present.push(Present { id: endpoint.name, holder }),
                // It has gone meanwhile.
                Err(error) if error.kind() == ErrorKind::NoSuchEndpoint => {}
                Err(error) => return Err(error),
            }
        }
        present.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(present)
    }

    fn holder(&self, id: &str) -> Result<Option<Holder>> {
        let listed = self.present()?.into_iter().find(|peer| peer.id.as_str() == id).map(|peer| peer.holder);
        match listed {
            // A driver need not list every name that it lets somebody have.
            None if !self.annex.is_over() && self.annex.has(id) => self.unlisted(id),
            listed => Ok(listed),
        }
    }

    fn is_certainly(&self, id: &str, pid: u32) -> Result<bool> {
        Ok(pid == std::process::id() && self.annex.has(id))
    }

    fn suspended_until(&self, id: &str) -> Result<Option<SystemTime>> {
        Ok(self.annex.away_until(id))
    }

    fn suspend_until(&self, id: &str, until: SystemTime) -> Result<()> {
        self.annex.expect_back(id, until);
        Ok(())
    }

    fn put_back(&self, id: &str, json: &[u8]) -> Result<()> {
        self.annex.put_back(id, json);
        Ok(())
    }

    fn has_unfinished(&self, _: &str) -> Result<bool> {
        Ok(false)
    }

    fn reap(&self, _: &str) -> Result<bool> {
        Ok(false)
    }

    fn accounts(&self) -> Result<BTreeMap<String, Account>> {
        let mut accounts = self.annex.accounts();
        if !self.is_local {
            // What is between one of this process and one of another would not come out.
            let known: Vec<String> = accounts.keys().cloned().collect();
            for account in accounts.values_mut() {
                account.sent.retain(|to, _| known.contains(to));
                account.read.retain(|from, _| known.contains(from));
            }
        }
        Ok(accounts)
    }

    fn changes(&self) -> Result<Box<dyn Changes>> {
        Ok(Box::new(PlainChanges::new(self.annex.bell()?, !self.is_local)?))
    }

    fn owner_file(&self) -> Option<PathBuf> {
        None
    }

    fn remove(&self) -> Result<()> {
        self.annex.end();
        (self.remove)()
    }
}

impl fmt::Debug for PlainPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainPlace").field("key", &self.key).field("driver", &self.driver).finish_non_exhaustive()
    }
}

/// Those of this process ring; of others nothing tells.
#[derive(Debug)]
struct PlainChanges {
    bell: Arc<Bell>,
    timer: Option<OwnedFd>,
    readiness: Arc<OwnedFd>,
}

impl PlainChanges {
    fn new(bell: Arc<Bell>, has_others: bool) -> Result<Self> {
        if !has_others {
            let readiness = Arc::clone(bell.descriptor());
            return Ok(Self { bell, timer: None, readiness });
        }
        let failed = |error: rustix::io::Errno| Error::io("watch the bus", error.into());
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK);
        let timer = timer.map_err(failed)?;
        let every = Timespec { tv_sec: 0, tv_nsec: LOOK.subsec_nanos().into() };
        let times = Itimerspec { it_interval: every, it_value: every };
        timerfd_settime(&timer, TimerfdTimerFlags::empty(), &times).map_err(failed)?;
        let readiness = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(failed)?;
        for descriptor in [&timer, &**bell.descriptor()] {
            let data = epoll::EventData::new_u64(0);
            epoll::add(&readiness, descriptor, data, epoll::EventFlags::IN).map_err(failed)?;
        }
        Ok(Self { bell, timer: Some(timer), readiness: Arc::new(readiness) })
    }
}

impl Changes for PlainChanges {
    fn readiness(&self) -> &Arc<OwnedFd> {
        &self.readiness
    }

    fn take(&mut self) -> Result<bool> {
        let has_rung = self.bell.hush();
        let must_look =
            self.timer.as_ref().is_some_and(|timer| rustix::io::read(timer, &mut [0; size_of::<u64>()]).is_ok());
        Ok(has_rung || must_look)
    }
}
