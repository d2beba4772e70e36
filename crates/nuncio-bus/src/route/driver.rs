//! The driver: how one joins a bus in a directory.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use nuncio_core::driver::{EndpointInfo, Presence};
use nuncio_core::{
    AttachOptions, Attached, Capabilities, Driver, EndpointName, Error, ErrorKind, Inbox, Result, Role, Take,
};

use super::arrival::{Arrival, Seat};
use super::config::RouteConfig;
use super::directory::Route;
use super::inbox::RouteInbox;
use super::ledger::Ledger;
use super::medium::{Mailbox, Medium, Sending};
use super::outbox::RouteOutbox;
use super::pen::{Pen, Reader};
use super::presence::Holder;
use crate::place::Joined;
use crate::wire::message::Writer;

/// A bus in a directory, whose messages `M` moves.
#[derive(Debug)]
pub(crate) struct RouteDriver<M> {
    route: Arc<Route>,
    capabilities: Capabilities,
    medium: PhantomData<fn() -> M>,
}

impl<M: Medium> RouteDriver<M> {
    pub(crate) fn open(config: &RouteConfig) -> Result<Self> {
        let wrong = |reason: &'static str| {
            Err(Error::new(ErrorKind::Misconfigured, "open the bus").on(config.directory.as_path()).because(reason))
        };
        if !config.listens && !M::MAY_BE_SILENT {
            return wrong("nobody could reach a peer that does not listen on this medium");
        }
        match config.lease {
            Some(_) if !M::LENDS => return wrong("this medium lends no messages"),
            Some(lease) if lease.is_zero() => return wrong("a lease of no time is over before it begins"),
            _ => {}
        }
        let route = Arc::new(Route::open(config, M::name_budget)?);
        let mut capabilities = M::capabilities(&route.limits);
        if route.lease.is_some() {
            capabilities.take = Take::Leased;
        }
        Ok(Self { route, capabilities, medium: PhantomData })
    }

    pub(super) const fn route(&self) -> &Arc<Route> {
        &self.route
    }

    pub(super) const fn capabilities_of(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Joins to receive, as `arrival` says.
    pub(crate) fn receive(&self, who: &EndpointName, arrival: Arrival, options: &AttachOptions) -> Result<Joined> {
        let (seat, (mailbox, sending)) = Seat::take(&self.route, who, arrival, M::ENTRIES, M::receive)?;
        // Whoever comes again under a name goes on counting: the owner adds up all that a name has sent and read.
        let ledger = Arc::new(Ledger::from(self.route.account_before(&seat.disk)));
        let reader = Reader::new(Arc::clone(&self.route.packer), self.capabilities.payload_bytes_max);
        let may_resume = Arc::clone(&seat.may_resume);
        let acknowledge = mailbox.acknowledge();
        let may_read_ahead = acknowledge.is_none();
        let inbox = RouteInbox::<M>::new(seat, mailbox, reader, Arc::clone(&ledger), Arc::clone(&options.clock));
        let connections = sending.connections();
        let mut attached = self.attached(who, sending, Arc::clone(&ledger), options, Some(Box::new(inbox)));
        attached.acknowledge = acknowledge;
        let glance = M::Mailbox::GLANCE;
        Ok(Joined { attached, ledger, may_resume, connections, may_read_ahead, glance })
    }

    fn attached(
        &self,
        who: &EndpointName,
        sending: M::Sending,
        ledger: Arc<Ledger>,
        options: &AttachOptions,
        inbox: Option<Box<dyn Inbox>>,
    ) -> Attached {
        let clock = Arc::clone(&options.clock);
        let header_bytes_max = self.route.limits.header_bytes_max;
        let writer = Writer::new(who.as_str(), self.capabilities.payload_bytes_max, header_bytes_max);
        let pen = Pen::new(Arc::clone(&self.route.packer), writer);
        Attached::new(Arc::new(RouteOutbox::new(sending, pen, ledger, clock).on(&self.route)), inbox)
    }
}

impl<M: Medium> Driver for RouteDriver<M> {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn attach(&self, who: &EndpointName, options: &AttachOptions) -> Result<Attached> {
        match options.role {
            Role::Receive => self.receive(who, Arrival::Either, options).map(|joined| joined.attached),
            _ => {
                let sending = M::send_only(&self.route, who)?;
                Ok(self.attached(who, sending, Arc::default(), options, None))
            }
        }
    }

    fn endpoints(&self) -> Result<Vec<EndpointInfo>> {
        let mut present = self.route.present(M::ENTRIES)?;
        present.retain(|peer| M::KEEPS || !matches!(peer.holder, Holder::Dead(_)));
        Ok(present.into_iter().map(|peer| EndpointInfo::new(peer.id)).collect())
    }

    fn presence(&self) -> Option<&dyn Presence> {
        Some(self)
    }
}

impl<M: Medium> Presence for RouteDriver<M> {
    fn is_alive(&self, who: &EndpointName) -> Result<bool> {
        self.route.is_alive(who.as_str(), M::ENTRIES)
    }
}
