//! The driver: how one joins a medium in memory.

use std::sync::Arc;

use nuncio_core::driver::{EndpointInfo, Presence};
use nuncio_core::{
    AttachOptions, Attached, Capabilities, Driver, EndpointName, Full, Inbox, Limits, Order, Result, Role, Survives,
    Take, WaitsBy,
};

use super::config::MemoryConfig;
use super::inbox::MemoryInbox;
use super::medium::Medium;
use super::outbox::MemoryOutbox;

/// A medium within this process.
#[derive(Debug)]
pub struct MemoryDriver {
    medium: Arc<Medium>,
    capabilities: Capabilities,
}

impl MemoryDriver {
    /// A medium of one's own, with the default limits.
    pub fn new() -> Self {
        Self::of(Arc::new(Medium::new(Limits::default())))
    }

    /// The medium that `config` names, made if it is not there.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`](nuncio_core::ErrorKind::Misconfigured) for limits that are out of range, or other
    /// than those with which the medium was made.
    pub fn open(config: &MemoryConfig) -> Result<Self> {
        Medium::open(config).map(Self::of)
    }

    /// The medium `name` of this process, if there is one, whatever its limits are.
    pub fn find(name: &str) -> Option<Self> {
        Medium::find_medium(name).map(Self::of)
    }

    /// Frees the name of its medium, which others may go on using.
    pub(crate) fn forget(&self) {
        self.medium.forget();
    }

    fn of(medium: Arc<Medium>) -> Self {
        let capabilities = capabilities(medium.limits());
        Self { medium, capabilities }
    }
}

impl Default for MemoryDriver {
    fn default() -> Self {
        Self::new()
    }
}

impl Driver for MemoryDriver {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn attach(&self, who: &EndpointName, options: &AttachOptions) -> Result<Attached> {
        let inbox = match options.role {
            Role::Receive => {
                let mailbox = self.medium.claim(who)?;
                let inbox = MemoryInbox::new(self.medium.clone(), who.clone(), mailbox, options.clock.clone());
                Some(Box::new(inbox) as Box<dyn Inbox>)
            }
            _ => None,
        };
        let outbox = MemoryOutbox::new(self.medium.clone(), options.clock.clone());
        Ok(Attached::new(Arc::new(outbox), inbox))
    }

    fn endpoints(&self) -> Result<Vec<EndpointInfo>> {
        Ok(self.medium.endpoints())
    }

    fn presence(&self) -> Option<&dyn Presence> {
        Some(&*self.medium)
    }
}

fn capabilities(limits: &Limits) -> Capabilities {
    let mut claims = Capabilities::least(limits.payload_bytes_max);
    claims.body.value = true;
    claims.order = Order::PerSender;
    claims.take = Take::Destructive;
    claims.full = Full::WaitsAtCapacity;
    claims.waits_by = WaitsBy::Descriptor;
    claims.survives = Survives::Nothing;
    claims.suspend = true;
    claims.presence = true;
    let carries = &mut claims.carries;
    (carries.id, carries.from, carries.stamp, carries.broadcast, carries.headers) = (true, true, true, true, true);
    claims
}
