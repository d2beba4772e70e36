//! Queues as a driver, scheme `sysv:`: the locator is the registry's directory, an endpoint is a queue.
//!
//! Options: `spill` (directory), `accept_dumper` and `danger_shared` (`true` or `false`); with the feature `seal` also `keyring`
//! (directory), with whose keys sealed messages are opened.
//!
//! | capability | here |
//! |---|---|
//! | body | bytes as they are; a value must be a map, and carries metadata in [`metadata::MEMBER`] |
//! | order | all senders' |
//! | take | destructive; several readers share the work |
//! | full | waits at the kernel queue's byte limit |
//! | largest payload | [`Limits::payload_bytes_max`]; above 4096 bytes through a spill file |
//! | waits by | a kernel call |
//! | survives | every process, not a reboot |
//! | headers | only the wire's own, as `transit.<key>`; others are dropped |
//!
//! Names that a process has declared local are queues of the kernel here.

use std::sync::Arc;

use nuncio_codec::{Codec, Value};
use nuncio_core::driver::{Attached, Detach, EndpointInfo, Flushed, Leftovers, Presence, SendFailure, Sent};
use nuncio_core::{
    Address, AttachOptions, Batch, Capabilities, Driver, DriverRegistry, EndpointName, Error, ErrorKind, Full, Inbox,
    Item, Limits, Order, Outbox, Outgoing, Payload, QueueName, Readiness, Result, Role, Slot, SlotBody, Span, Survives,
    Target, Wait, WaitsBy,
};

use nuncio_sys::sysv::TYPE_BYTES;

use crate::compose::INLINE_BYTES_MAX;
use crate::header;
use crate::message::{Message, looks_like_sereal};
use crate::metadata;
use crate::options::SendOptions;
use crate::queue::Queue;
use crate::registry::Registry;
use crate::transfer::check_cancel;

const SCHEME: &str = "sysv";
/// What the headers of the wire are called as headers of an envelope.
const HEADER_PREFIX: &str = "transit.";
/// The headers that an envelope shows.
const SHOWN: [(&str, &str); 7] = [
    (header::SERIALIZER, "transit.s"),
    (header::COMPRESSION, "transit.c"),
    (header::DESTINATION, "transit.d"),
    (header::DESTINATION_QUEUE, "transit.q"),
    (header::TTL, "transit.t"),
    (header::NONCE, "transit.n"),
    (header::SOURCE, "transit.S"),
];

/// Makes `sysv:` known to `registry`.
pub fn register(registry: &mut DriverRegistry) {
    registry.register(SCHEME, |address| Ok(Arc::new(SysvDriver::open(address)?)));
}

/// All queues of one registry, as a medium.
#[derive(Debug)]
pub struct SysvDriver {
    registry: Registry,
    capabilities: Capabilities,
}

impl SysvDriver {
    /// The medium of `registry`.
    pub fn new(registry: Registry) -> Self {
        let capabilities = capabilities(&registry.shared().limits);
        Self { registry, capabilities }
    }

    /// The medium that `address` names.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] for an option that is not known; otherwise as
    /// [`RegistryBuilder::open`](crate::RegistryBuilder::open).
    pub fn open(mut address: Address) -> Result<Self> {
        let mut builder = Registry::builder();
        if let Some(spill) = address.take_option("spill") {
            builder = builder.spill_directory(spill);
        }
        #[cfg(feature = "seal")]
        if let Some(keyring) = address.take_option("keyring") {
            builder = builder.keyring(crate::seal::Keyring::open(keyring)?);
        }
        builder = builder
            .accept_dumper(take_flag(&mut address, "accept_dumper")?)
            .danger_shared(take_flag(&mut address, "danger_shared")?);
        address.refuse_options()?;
        if !address.locator().is_empty() {
            builder = builder.directory(address.locator().into_owned());
        }
        Ok(Self::new(builder.open()?))
    }
}

/// The option `name`, which is not set unless it is said to be.
fn take_flag(address: &mut Address, name: &'static str) -> Result<bool> {
    let Some(flag) = address.take_option(name) else { return Ok(false) };
    flag.parse().map_err(|error: std::str::ParseBoolError| {
        Error::new(ErrorKind::Misconfigured, "use the option").on(name).caused_by(error)
    })
}

fn capabilities(limits: &Limits) -> Capabilities {
    let mut capabilities = Capabilities::least(limits.payload_bytes_max);
    capabilities.body.value = true;
    capabilities.order = Order::AllSenders;
    capabilities.shared_readers = true;
    capabilities.full = Full::WaitsAtBytes;
    capabilities.inline_bytes_max = INLINE_BYTES_MAX.min(limits.payload_bytes_max);
    capabilities.waits_by = WaitsBy::KernelCall;
    capabilities.survives = Survives::EveryProcess;
    capabilities.suspend = true;
    capabilities
}

impl Driver for SysvDriver {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn attach(&self, who: &EndpointName, options: &AttachOptions) -> Result<Attached> {
        let registry = self.registry.with_clock(Arc::clone(&options.clock));
        let inbox = match options.role {
            Role::Receive => Some(Box::new(SysvInbox::new(registry.queue(who.as_str())?)) as Box<dyn Inbox>),
            _ => None,
        };
        Ok(Attached::new(Arc::new(SysvOutbox { registry }), inbox))
    }

    fn endpoints(&self) -> Result<Vec<EndpointInfo>> {
        let stats = self.registry.stats()?.into_iter();
        Ok(stats.map(|stat| EndpointInfo::new(stat.name.into()).with_messages(stat.messages)).collect())
    }

    fn presence(&self) -> Option<&dyn Presence> {
        None
    }
}

/// Sends to any queue of the registry.
#[derive(Debug)]
struct SysvOutbox {
    registry: Registry,
}

impl Outbox for SysvOutbox {
    fn resolve(&self, to: &EndpointName) -> Result<Target> {
        let queue = self.registry.existing(QueueName::new(to.as_str())?.as_str())?;
        Ok(Target::new(to.clone(), Arc::new(queue)))
    }

    fn send(&self, to: &Target, batch: &mut Outgoing<'_>, wait: Wait<'_>) -> Result<Sent, SendFailure> {
        let queue: &Queue = to.inner()?;
        check_cancel(wait)?;
        let (mut stored, mut result) = queue.send_plain(batch.rest().iter().map_while(plain_payload), wait);
        if let ([item, ..], 0, Ok(())) = (batch.rest(), stored, &result) {
            // One that needs more than that goes alone: what follows is the next call's.
            result = send_item(queue, item, wait);
            stored = usize::from(result.is_ok());
        }
        batch.advance(stored);
        match result {
            Err(error) if stored == 0 => Err(error.into()),
            // What was accepted is not to be kept from the caller, who meets the error next time if it lasts.
            _ => Ok(Sent { stored, queued: 0 }),
        }
    }

    fn room(&self, to: &Target) -> Result<Readiness> {
        to.inner::<Queue>().map(|_| Readiness::Blocking)
    }

    fn flush(&self, _: Wait<'_>) -> Result<Flushed> {
        Ok(Flushed::default())
    }
}

/// The payload of an item that says nothing besides.
#[inline]
fn plain_payload<'a>(item: &Item<'a>) -> Option<&'a [u8]> {
    match item.payload {
        Payload::Encoded { codec: None, bytes } if item.headers.is_empty() => Some(bytes),
        _ => None,
    }
}

fn send_item(queue: &Queue, item: &Item<'_>, wait: Wait<'_>) -> Result<()> {
    match item.payload {
        Payload::Encoded { codec, bytes } => queue.send_bytes_as(codec, bytes, &options_of(item), wait),
        Payload::Encode(value) => queue.send_dynamic(value, &options_of(item), item.stamp, wait),
        Payload::Value(value @ Value::Map(_)) => queue.send_dynamic(value, &options_of(item), item.stamp, wait),
        _ => {
            let error = Error::new(ErrorKind::Unsupported, "send to").on(queue.name().as_str());
            Err(error.because("a queue carries bytes and maps"))
        }
    }
}

/// The wire's own headers among those of the item.
fn options_of(item: &Item<'_>) -> SendOptions {
    let own = item.headers.iter().filter_map(|(name, value)| Some((name.strip_prefix(HEADER_PREFIX)?, *value)));
    // The codec is the item's own to say.
    own.filter(|(key, _)| *key != header::SERIALIZER)
        .fold(SendOptions::new(), |options, (key, value)| options.with_header(key, value))
}

/// Receives from one queue.
#[derive(Debug)]
struct SysvInbox {
    queue: Option<Queue>,
    name: QueueName,
}

impl SysvInbox {
    fn new(queue: Queue) -> Self {
        Self { name: queue.name().clone(), queue: Some(queue) }
    }
}

impl Inbox for SysvInbox {
    fn recv(&mut self, into: &mut Batch, max: usize, wait: Wait<'_>) -> Result<usize> {
        let Some(queue) = &self.queue else {
            return Err(Error::new(ErrorKind::Closed, "receive from").on(self.name.as_str()));
        };
        let mut received = 0;
        while received < max {
            let slot = into.slot();
            // Only the first may wait, or be one that was given back.
            let taken = match received {
                0 => queue.take_sent(&mut slot.storage, wait)?,
                _ => queue.take_from_kernel(&mut slot.storage, Wait::NOW).unwrap_or(false),
            };
            if !taken {
                break;
            }
            fill(queue, slot);
            into.commit();
            received += 1;
        }
        Ok(received)
    }

    fn readiness(&self) -> Readiness {
        Readiness::Blocking
    }

    fn pump(&mut self) -> Result<()> {
        Ok(())
    }

    fn detach(&mut self, _: Detach, _: Wait<'_>) -> Result<Leftovers> {
        // The messages are the next reader's, and the name is nobody's own.
        self.queue = None;
        Ok(Leftovers::default())
    }
}

/// Says of the message in the slot's storage what it is; one that cannot be read becomes a fault.
#[inline]
fn fill(queue: &Queue, slot: &mut Slot) {
    match header::parse(&slot.storage, TYPE_BYTES) {
        // The most common message of all has nothing to show, no file to fetch and nothing to open.
        Ok(layout)
            if layout.says_length_only
                && accepts_plain(queue)
                && !looks_like_sereal(&slot.storage[layout.payload.clone()]) =>
        {
            slot.medium_member = Some(metadata::MEMBER);
            slot.body = SlotBody::Encoded(Some(Codec::Json), Span::new(layout.payload));
        }
        _ => understand(queue, slot),
    }
}

/// Whether a message that is not sealed needs no second look.
#[cfg(feature = "seal")]
#[inline]
fn accepts_plain(queue: &Queue) -> bool {
    queue.accepts_plain()
}

/// Whether a message that is not sealed needs no second look.
#[cfg(not(feature = "seal"))]
#[inline]
const fn accepts_plain(_: &Queue) -> bool {
    true
}

#[cold]
fn understand(queue: &Queue, slot: &mut Slot) {
    let mut message = Message::with_buffer(std::mem::take(&mut slot.storage));
    let understood = queue.understand(&mut message);
    let codec = message.codec();
    slot.origin = message.origin();
    let (storage, layout) = message.into_parts();
    slot.storage = storage;
    match understood {
        Err(error) => slot.fault = Some(error),
        Ok(()) => {
            slot.medium_member = Some(metadata::MEMBER);
            slot.body = SlotBody::Encoded(codec.ok(), Span::new(layout.payload));
        }
    }
    show_headers(slot, layout.header);
}

fn show_headers(slot: &mut Slot, header_text: std::ops::Range<usize>) {
    for (key, shown) in SHOWN {
        let Some(value) = header::find(&slot.storage[header_text.clone()], key) else { continue };
        let value = value.to_vec();
        let pair = (slot.push(shown.as_bytes()), slot.push(&value));
        slot.headers.push(pair);
    }
}
