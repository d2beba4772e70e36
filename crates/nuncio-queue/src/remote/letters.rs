//! Messages for one queue of another host: what each says in its header and in its metadata, and with what it is sealed.

use nuncio_core::{Error, QueueName, Result, Wait};
use serde::Serialize;

use crate::compose::{Scratch, Target};
use crate::header;
use crate::metadata::{DESTINATION, DESTINATION_QUEUE};
use crate::options::SendOptions;
use crate::queue::Queue;
use crate::registry::Registry;
use crate::transfer::SEND;

pub(super) const TTL: &str = "ttl";

/// What the user said of all messages.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) ttl: u32,
    pub(super) source: Option<String>,
    pub(super) looked_up: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Letters {
    registry: Registry,
    pub(super) host: String,
    pub(super) name: QueueName,
    /// What every message says.
    options: SendOptions,
    #[cfg(feature = "seal")]
    seals: bool,
}

impl Letters {
    pub(super) fn new(
        registry: Registry,
        host: String,
        name: QueueName,
        said: &Said,
        #[cfg(feature = "seal")] seals: bool,
    ) -> Self {
        let ttl = said.ttl.to_string();
        let mut options = SendOptions::onward()
            .with_header(header::DESTINATION, &host)
            .with_header(header::DESTINATION_QUEUE, name.as_str())
            .with_header(header::TTL, &ttl)
            .with_meta(DESTINATION, host.as_str())
            .with_meta(DESTINATION_QUEUE, name.as_str())
            .with_meta(TTL, ttl);
        if !said.looked_up {
            options = options.with_meta("no_dns_normalize", 1);
        }
        match &said.source {
            Some(source) => options = options.with_source(source),
            #[cfg(feature = "seal")]
            None if seals => options = options.with_header(header::SOURCE, &registry.shared().host_name),
            None => {}
        }
        Self {
            registry,
            host,
            name,
            options,
            #[cfg(feature = "seal")]
            seals,
        }
    }

    /// Sends a message through `queue`.
    pub(super) fn send_through<T: Serialize + ?Sized>(
        &self,
        queue: &Queue,
        message: &T,
        options: &SendOptions,
        wait: Wait<'_>,
    ) -> Result<()> {
        self.with(options, queue.target(), |options, target| queue.send_onward(message, options, target, wait))
    }

    /// The whole text of a message.
    pub(super) fn compose<T: Serialize + ?Sized>(&self, message: &T, options: &SendOptions) -> Result<Vec<u8>> {
        let nowhere = Target {
            registry: &self.registry,
            name: &self.name,
            text_bytes_max: usize::MAX,
            #[cfg(feature = "seal")]
            seal: None,
        };
        self.with(options, nowhere, |options, target| {
            let composed = Scratch::with(|scratch| scratch.compose_whole(target, message, options));
            composed.map_err(|cause| Error::new(cause.kind(), SEND).on(self.name.as_str()).caused_by(cause))
        })
    }

    /// Does `act` with all that a message says, and with what it is sealed.
    fn with<R>(
        &self,
        options: &SendOptions,
        target: Target<'_>,
        act: impl FnOnce(&SendOptions, Target<'_>) -> Result<R>,
    ) -> Result<R> {
        let options = self.options.and(options)?;
        #[cfg(feature = "seal")]
        if self.seals {
            let seal = self.registry.shared().sealing.seal_for(&self.host)?;
            let signed = if seal.seal.is_own { "my_private" } else { "default" };
            return act(&options.with_meta("signed_destination", signed), Target { seal: Some(&seal), ..target });
        }
        act(&options, target)
    }

    /// Refuses to go on where a key is missing that every message needs.
    #[cfg(feature = "seal")]
    pub(super) fn check_keys(&self) -> Result<()> {
        match self.seals {
            true => self.registry.shared().sealing.seal_for(&self.host).map(drop),
            false => Ok(()),
        }
    }
}
