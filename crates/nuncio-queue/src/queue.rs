//! A named queue: the forms in which one sends to it and receives from it.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nuncio_core::{Deadline, Error, ErrorKind, QueueName, Result, Wait};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::kernel::Kernel;
use crate::local;
use crate::message::{Message, ReceiveError, decode_or_return};
use crate::options::{NO_OPTIONS, SendOptions};
use crate::raw::Raw;
use crate::registry::{Entry, Registry, RegistryBuilder};
use crate::remote::RemoteQueue;
use crate::returned::{self, Returned};
use crate::stat::QueueStat;
use crate::transfer::{RECEIVE, check_cancel};

thread_local! {
    /// What a thread receives into when it wants a value and not the message.
    static MESSAGE: Cell<Message> = const { Cell::new(Message::new()) };
}

/// A named queue, shared with every process of the machine that opens the same name. Cheap to clone; all clones and threads may
/// send and receive.
///
/// Delivery is at most once: receiving a message removes it. Messages arrive in the order in which the kernel
/// accepted them, whoever sent them. They outlive every process, but not the machine.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// use nuncio_queue::Queue;
/// # let queue = Queue::builder("jobs").directory(dir.path()).open()?;
/// # let _ = stringify! {
/// let queue = Queue::open("jobs")?;
/// # };
/// queue.send(&("name", 1)).expect_err("a message is a map or a struct");
/// queue.send(&std::collections::HashMap::from([("id", 7)]))?;
/// let job: std::collections::HashMap<String, u64> = queue.recv()?;
/// assert_eq!(job["id"], 7);
/// # queue.remove()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Queue {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) registry: Registry,
    pub(crate) name: QueueName,
    pub(crate) kernel: Kernel,
    /// The longest text that fits one kernel message and the queue: a longer one would wait for ever.
    pub(crate) text_bytes_max: usize,
    pub(crate) returned: Returned,
}

/// Says how to open one queue; see [`Queue::builder`].
#[derive(Clone, Debug)]
pub struct QueueBuilder {
    name: String,
    registry: RegistryBuilder,
    local: bool,
}

impl QueueBuilder {
    /// As [`RegistryBuilder::directory`].
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.registry = self.registry.directory(directory);
        self
    }

    /// As [`RegistryBuilder::accept_dumper`].
    #[must_use]
    pub fn accept_dumper(mut self, accept: bool) -> Self {
        self.registry = self.registry.accept_dumper(accept);
        self
    }

    /// Opens the queue in a registry that is described by `registry`.
    #[must_use]
    pub fn registry(mut self, registry: RegistryBuilder) -> Self {
        self.registry = registry;
        self
    }

    /// Declares the name local for this process: its messages stay in memory.
    #[must_use]
    pub const fn local(mut self) -> Self {
        self.local = true;
        self
    }

    /// Opens the queue, or makes it.
    ///
    /// # Errors
    /// As [`RegistryBuilder::open`] and [`Registry::queue`].
    pub fn open(self) -> Result<Queue> {
        let queue = self.registry.open()?.queue(&self.name)?;
        if self.local {
            local::declare(queue.name(), queue.inner.registry.shared().limits.capacity);
        }
        Ok(queue)
    }
}

impl Queue {
    /// Opens the queue `name` where IPC::Transit has its queues, or makes it.
    ///
    /// # Errors
    /// As [`RegistryBuilder::open`] and [`Registry::queue`].
    pub fn open(name: &str) -> Result<Self> {
        Self::builder(name).open()
    }

    /// Says how to open the queue `name`.
    pub fn builder(name: &str) -> QueueBuilder {
        QueueBuilder { name: name.to_owned(), registry: Registry::builder(), local: false }
    }

    /// The queue `name` of the host `host`, to which messages go through the outgoing gateway of this machine.
    ///
    /// # Errors
    /// As [`RemoteQueueBuilder::open`](crate::RemoteQueueBuilder::open).
    pub fn remote(host: &str, name: &str) -> Result<RemoteQueue> {
        RemoteQueue::builder(host, name).open()
    }

    pub(crate) fn new(registry: Registry, entry: &Entry) -> Result<Self> {
        let failed = |source| Error::io("open the queue", source).on(entry.name.as_str());
        let queue = registry.kernel_queue(entry)?;
        let stat = registry.kernel_stat(queue, entry, "open the queue")?;
        let capacity_bytes = usize::try_from(stat.capacity_bytes).unwrap_or(usize::MAX);
        let text_bytes_max = nuncio_sys::sysv::message_bytes_max().map_err(failed)?.min(capacity_bytes);
        let name = entry.name.clone();
        let kernel = Kernel::new(queue);
        let inner = Inner { registry, name, kernel, text_bytes_max, returned: Returned::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Its name.
    pub fn name(&self) -> &QueueName {
        &self.inner.name
    }

    /// The registry it is in.
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// Sends `message`, a map or struct, waiting for room for as long as it takes.
    ///
    /// When it returns `Ok` the kernel has the whole message; nobody may have read it yet.
    ///
    /// # Errors
    /// [`ErrorKind::ApiMisuse`] when `message` is no map, or cannot be encoded; [`ErrorKind::TooLarge`] above
    /// [`Limits::payload_bytes_max`](nuncio_core::Limits::payload_bytes_max); [`ErrorKind::NoSuchEndpoint`] when the queue
    /// was removed; those of the spill directory for a large message.
    pub fn send<T: Serialize + ?Sized>(&self, message: &T) -> Result<()> {
        self.send_with(message, &NO_OPTIONS, Wait::FOREVER)
    }

    /// Sends `message` if there is room now.
    ///
    /// # Errors
    /// [`ErrorKind::Full`]; otherwise as [`send`](Self::send).
    pub fn try_send<T: Serialize + ?Sized>(&self, message: &T) -> Result<()> {
        self.send_with(message, &NO_OPTIONS, Wait::NOW)
    }

    /// Sends `message`, waiting for room for `timeout` at most.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`]; otherwise as [`send`](Self::send).
    pub fn send_timeout<T: Serialize + ?Sized>(&self, message: &T, timeout: Duration) -> Result<()> {
        self.send_with(message, &NO_OPTIONS, self.within(timeout))
    }

    /// Sends `message` with arguments, waiting as `wait` says: the general form.
    ///
    /// # Errors
    /// As the other forms; [`ErrorKind::Interrupted`] when the wait was cancelled; [`ErrorKind::ApiMisuse`] for
    /// arguments that no header can hold.
    pub fn send_with<T: Serialize + ?Sized>(&self, message: &T, options: &SendOptions, wait: Wait<'_>) -> Result<()> {
        check_cancel(wait)?;
        let stays = local::stays(self.name(), options, None);
        let sent = self.send_to_place(stays, message, options, wait)?;
        if !sent {
            // The metadata that the message has of its own says otherwise.
            self.send_to_place(!stays, message, options, wait)?;
        }
        Ok(())
    }

    /// Receives the next message as a `T`, waiting for as long as it takes.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] when the queue was removed. For a message that is no `T`, or cannot be read at all, the error
    /// has the message: it is no longer in the queue.
    pub fn recv<T: DeserializeOwned>(&self) -> Result<T, ReceiveError> {
        self.receive_as(Wait::FOREVER)?.ok_or_else(|| self.nothing_came().into())
    }

    /// Receives the next message as a `T` if there is one now.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn try_recv<T: DeserializeOwned>(&self) -> Result<Option<T>, ReceiveError> {
        self.receive_as(Wait::NOW)
    }

    /// Receives the next message as a `T`, waiting for `timeout` at most.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`]; otherwise as [`recv`](Self::recv).
    pub fn recv_timeout<T: DeserializeOwned>(&self, timeout: Duration) -> Result<T, ReceiveError> {
        self.receive_as(self.within(timeout))?.ok_or_else(|| self.nothing_came().into())
    }

    /// Receives the next message into `message`, waiting as `wait` says: the general form, which allocates nothing once
    /// `message` has been used. False when nothing came.
    ///
    /// # Errors
    /// As [`recv`](Self::recv), and [`ErrorKind::Interrupted`] when the wait was cancelled. What was taken and cannot be
    /// read ([`ErrorKind::Corrupt`], [`ErrorKind::PermissionDenied`] and [`ErrorKind::TooLarge`] for its spill file) is in `message`.
    #[inline]
    pub fn recv_message(&self, message: &mut Message, wait: Wait<'_>) -> Result<bool> {
        match self.take(message.frame_mut(), wait)? {
            false => Ok(false),
            true => self.understand(message).map(|()| true),
        }
    }

    /// Messages as they come, for ever: an error is an item like any other, but the queue's removal ends it.
    pub fn iter<T: DeserializeOwned>(&self) -> impl Iterator<Item = Result<T, ReceiveError>> {
        let mut removed = false;
        std::iter::from_fn(move || {
            let next = (!removed).then(|| self.recv())?;
            removed =
                matches!(&next, Err(failed) if failed.message.is_none() && failed.kind() == ErrorKind::NoSuchEndpoint);
            Some(next)
        })
    }

    /// Payloads as bytes, for tools: nothing is encoded, decoded or added.
    pub const fn raw(&self) -> Raw<'_> {
        Raw::new(self)
    }

    /// What the kernel says of the queue; of a local one only the number of messages is meant.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] when it was removed.
    pub fn stat(&self) -> Result<QueueStat> {
        let queue = self.inner.kernel.queue();
        let key = queue.stat().map_or(0, |stat| stat.key);
        let mut stat = QueueStat::ask(queue, self.name(), key)?;
        if local::is_declared(self.name()) {
            stat.messages = self.local().len() as u64;
        }
        Ok(stat)
    }

    /// Removes the queue with all that is in it, and its name.
    ///
    /// # Errors
    /// As [`Registry::remove`].
    pub fn remove(&self) -> Result<()> {
        self.inner.registry.remove(self.name().as_str())
    }

    /// Gives a message back that could not be handled. If the queue is empty it is sent again, so that whoever waits gets it;
    /// otherwise this handle receives it next, before what is in the queue. If the handle and its clones are dropped first it is
    /// kept as by [`keep`](Self::keep).
    pub fn give_back(&self, message: &Message) {
        #[cfg(feature = "seal")]
        self.may_come_again(message);
        if local::is_declared(self.name()) {
            return self.local().give_back(message.to_text());
        }
        self.inner.returned.push(message.to_text());
        // Who begins to receive from here on finds it; who waits in the kernel already would not.
        if self.stat().is_ok_and(|stat| stat.messages == 0)
            && let Some(text) = self.inner.returned.take()
            && self.send_again(&text).is_err()
        {
            self.inner.returned.push(text);
        }
    }

    /// Writes a message that could not be handed on to a dot-named file in the registry, and says where; the next process
    /// that receives from this queue gets it first.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn keep(&self, message: &Message) -> Result<PathBuf> {
        #[cfg(feature = "seal")]
        self.may_come_again(message);
        returned::store(self.registry(), self.name(), &message.to_text())
    }

    pub(crate) fn within(&self, timeout: Duration) -> Wait<'static> {
        Wait::until(Deadline::after(self.inner.registry.clock().now(), timeout))
    }

    #[inline]
    fn receive_as<T: DeserializeOwned>(&self, wait: Wait<'_>) -> Result<Option<T>, ReceiveError> {
        MESSAGE.with(|kept| {
            let mut message = kept.take();
            let received = match self.recv_message(&mut message, wait) {
                Ok(false) => Ok(None),
                Ok(true) => decode_or_return(&mut message)
                    .map(Some)
                    .map_err(|failed| ReceiveError { error: self.about(RECEIVE, failed.error), ..failed }),
                Err(error) => Err(ReceiveError::after(error, &mut message)),
            };
            message.shrink();
            kept.set(message);
            received
        })
    }

    fn nothing_came(&self) -> Error {
        Error::new(ErrorKind::TimedOut, RECEIVE).on(self.name().as_str()).because("no message came in time")
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        while let Some(text) = self.returned.take() {
            match returned::store(&self.registry, &self.name, &text) {
                Ok(path) => tracing::warn!(?path, "a message that was given back waits for the next reader"),
                Err(error) => tracing::error!("a message is lost: {}", error.chain()),
            }
        }
    }
}
