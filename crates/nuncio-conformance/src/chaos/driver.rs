//! The driver: it puts faults around both halves.

use std::sync::Arc;

use nuncio_core::driver::{EndpointInfo, Presence};
use nuncio_core::{AttachOptions, Attached, Capabilities, Driver, EndpointName, Inbox, Result};

use super::config::ChaosConfig;
use super::dice::Dice;
use super::mailbox::{ChaosInbox, ChaosOutbox};

/// Another driver, with faults.
#[derive(Debug)]
pub struct Chaos {
    inner: Arc<dyn Driver>,
    dice: Dice,
}

impl Chaos {
    /// `inner` with the faults that `config` asks for. Who attaches first, second and so on has the same faults each
    /// time.
    pub fn new(inner: Arc<dyn Driver>, config: ChaosConfig) -> Self {
        Self { inner, dice: Dice::new(config.seed, config.rate) }
    }
}

impl Driver for Chaos {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn attach(&self, who: &EndpointName, options: &AttachOptions) -> Result<Attached> {
        let mut attached = self.inner.attach(who, options)?;
        attached.outbox = Arc::new(ChaosOutbox::new(attached.outbox, self.dice.fork()));
        let inbox = |inner| Box::new(ChaosInbox::new(inner, self.dice.fork())) as Box<dyn Inbox>;
        attached.inbox = attached.inbox.map(inbox);
        Ok(attached)
    }

    fn endpoints(&self) -> Result<Vec<EndpointInfo>> {
        self.inner.endpoints()
    }

    fn presence(&self) -> Option<&dyn Presence> {
        self.inner.presence()
    }
}
