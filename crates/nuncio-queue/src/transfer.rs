//! How a message gets into a queue and out of it: what was given back comes first, then what the kernel or this process
//! holds.

use std::sync::Arc;
use std::time::SystemTime;

use nuncio_codec::Codec;
use nuncio_core::{Encode, Error, Result, Wait};
use nuncio_sys::sysv::{MessageQueue, TYPE_BYTES};
use serde::Serialize;

use crate::compose::{Composed, Scratch, Target, text_of};
use crate::header;
use crate::kernel::{Stop, error};
use crate::local::{self, LocalQueue};
use crate::message::Message;
use crate::options::SendOptions;
use crate::queue::{Inner, Queue};

pub(crate) const SEND: &str = "send to";
pub(crate) const RECEIVE: &str = "receive from";

impl Queue {
    /// Composes a message of `payload` as it is, and sends it.
    #[inline]
    pub(crate) fn send_bytes(&self, payload: &[u8], options: &SendOptions, wait: Wait<'_>) -> Result<()> {
        if local::stays(self.name(), options, None) {
            let text = text_of(format!("l={}", payload.len()).as_bytes(), payload);
            return self.local().send(text, wait).map_err(|stop| error(stop, SEND, self.name().as_str()));
        }
        self.compose_and_send(wait, |scratch| scratch.compose_bytes(self.target(), payload, options))
    }

    /// Sends `payloads` as they are, the first waiting as `wait` says and the others not at all, up to one that needs a file.
    /// Says how many were sent, and why it was not more.
    pub(crate) fn send_plain<'p>(
        &self,
        payloads: impl Iterator<Item = &'p [u8]>,
        wait: Wait<'_>,
    ) -> (usize, Result<()>) {
        let (mut sent, target) = (0, self.target());
        let result = Scratch::with(|scratch| {
            for payload in payloads.take_while(|payload| target.goes_plain(payload)) {
                let wait = if sent == 0 { wait } else { Wait::NOW };
                self.send_frame(scratch.compose_plain(payload), wait)
                    .map_err(|stop| error(stop, SEND, self.name().as_str()))?;
                sent += 1;
            }
            Ok(())
        });
        (sent, result)
    }

    /// Composes a message of `payload` as it is, labelled with `codec`, and sends it.
    pub(crate) fn send_bytes_as(
        &self,
        codec: Option<Codec>,
        payload: &[u8],
        options: &SendOptions,
        wait: Wait<'_>,
    ) -> Result<()> {
        self.compose_and_send(wait, |scratch| scratch.compose_labelled(self.target(), codec, payload, options))
    }

    /// Composes a message of a value whose type is not known, sent at `stamp` or now, and sends it.
    pub(crate) fn send_dynamic(
        &self,
        value: &(dyn Encode + Sync),
        options: &SendOptions,
        stamp: Option<SystemTime>,
        wait: Wait<'_>,
    ) -> Result<()> {
        self.compose_and_send(wait, |scratch| scratch.compose_dynamic(self.target(), value, stamp, options))
    }

    /// Sends a whole message once more, as it is.
    pub(crate) fn send_again(&self, text: &[u8]) -> Result<()> {
        self.send_whole(text, Wait::NOW)
    }

    /// Sends a whole message, through a file if it is large.
    pub(crate) fn send_whole(&self, text: &[u8], wait: Wait<'_>) -> Result<()> {
        let mut message = Message::new();
        message.parse_text(text.to_vec())?;
        self.compose_and_send(wait, |scratch| scratch.compose_again(self.target(), &message))
    }

    #[inline(always)]
    fn compose_and_send(&self, wait: Wait<'_>, compose: impl FnOnce(&mut Scratch) -> Result<Composed>) -> Result<()> {
        check_cancel(wait)?;
        Scratch::with(|scratch| {
            let composed = compose(scratch).map_err(|error| self.about(SEND, error))?;
            self.send_composed(scratch, composed, wait)
        })
    }

    #[inline(always)]
    fn send_composed(&self, scratch: &Scratch, composed: Composed, wait: Wait<'_>) -> Result<()> {
        self.send_frame(scratch.frame(&composed), wait).map_err(|stop| error(stop, SEND, self.name().as_str()))?;
        if let Some(stored) = composed.stored {
            stored.keep();
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn target(&self) -> Target<'_> {
        let Inner { registry, name, text_bytes_max, .. } = &*self.inner;
        Target {
            registry,
            name,
            text_bytes_max: *text_bytes_max,
            #[cfg(feature = "seal")]
            seal: None,
        }
    }

    /// Sends `message` through the kernel with exactly these arguments; `target` is this queue, and says with what is sealed.
    pub(crate) fn send_onward<T: Serialize + ?Sized>(
        &self,
        message: &T,
        options: &SendOptions,
        target: Target<'_>,
        wait: Wait<'_>,
    ) -> Result<()> {
        self.compose_and_send(wait, |scratch| {
            let composed = scratch.compose_value(target, message, options)?;
            Ok(composed.expect("arguments that say so keep no message in this process"))
        })
    }

    #[inline(always)]
    pub(crate) fn send_frame(&self, frame: &[u8], wait: Wait<'_>) -> Result<(), Stop> {
        let used = self.inner.kernel.queue();
        match self.inner.kernel.send(frame, wait) {
            Ok(()) => {
                crate::crash::point("message-sent");
                Ok(())
            }
            Err(stop) => self.send_again_after(stop, used, frame, wait),
        }
    }

    #[inline(always)]
    fn receive_frame(&self, frame: &mut Vec<u8>, wait: Wait<'_>) -> Result<(), Stop> {
        let used = self.inner.kernel.queue();
        match self.inner.kernel.receive(frame, wait) {
            Ok(()) => Ok(()),
            Err(stop) => self.receive_again_after(stop, used, frame, wait),
        }
    }

    #[cold]
    fn send_again_after(&self, stop: Stop, used: MessageQueue, frame: &[u8], wait: Wait<'_>) -> Result<(), Stop> {
        match stop {
            Stop::Removed if self.find_again(used)? => self.inner.kernel.send(frame, wait),
            stop => Err(stop),
        }
    }

    #[cold]
    fn receive_again_after(
        &self,
        stop: Stop,
        used: MessageQueue,
        frame: &mut Vec<u8>,
        wait: Wait<'_>,
    ) -> Result<(), Stop> {
        match stop {
            Stop::Removed if self.find_again(used)? => self.inner.kernel.receive(frame, wait),
            stop => Err(stop),
        }
    }

    /// The kernel queue `used` is gone: is the name bound to another by now?
    #[cold]
    fn find_again(&self, used: MessageQueue) -> Result<bool, Stop> {
        let registry = &self.inner.registry;
        let Some(entry) = registry.lookup(self.name()).map_err(Stop::Failed)? else { return Ok(false) };
        match registry.open_kernel_queue(&entry).map_err(Stop::Failed)? {
            Some(queue) if queue != used => {
                self.inner.kernel.replace(queue);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Puts the content of the spill file, if the message names one, in its place.
    ///
    /// A message that has its payload with it is whole, whatever its header says: the original's gateway leaves the path in
    /// the header of what it has restored.
    #[inline]
    fn fetch_spilled(&self, message: &mut Message) -> Result<()> {
        match message.find_beside_length(header::SPILL_FILE) {
            Some(path) if message.payload().is_empty() => self.fetch(path.to_vec(), message),
            _ => Ok(()),
        }
    }

    #[cold]
    fn fetch(&self, path: Vec<u8>, message: &mut Message) -> Result<()> {
        let shared = self.inner.registry.shared();
        let mut content = Vec::new();
        shared
            .spill
            .fetch(&path, message.front(), shared.limits.payload_bytes_max, &mut content)
            .map_err(|error| self.about(RECEIVE, error))?;
        crate::crash::point("spill-file-read");
        let front_bytes = message.front().len();
        message.replace_by_file(content, front_bytes);
        Ok(())
    }

    /// Sends `message` within this process if it `stays`, else through the kernel; false if its own metadata wants it
    /// elsewhere.
    #[inline]
    pub(crate) fn send_to_place<T: Serialize + ?Sized>(
        &self,
        stays: bool,
        message: &T,
        options: &SendOptions,
        wait: Wait<'_>,
    ) -> Result<bool> {
        if stays {
            let composed = Scratch::with(|scratch| scratch.compose_local(self.target(), message, options));
            let Some(text) = composed.map_err(|error| self.about(SEND, error))? else { return Ok(false) };
            self.local().send(text, wait).map_err(|stop| error(stop, SEND, self.name().as_str()))?;
            return Ok(true);
        }
        Scratch::with(|scratch| {
            let composed = scratch.compose_value(self.target(), message, options);
            let Some(composed) = composed.map_err(|error| self.about(SEND, error))? else { return Ok(false) };
            self.send_composed(scratch, composed, wait).map(|()| true)
        })
    }

    /// Takes the next message as it is into `frame`, from memory if the name is declared local; false if none came. On error
    /// the frame is empty.
    #[inline(always)]
    pub(crate) fn take(&self, frame: &mut Vec<u8>, wait: Wait<'_>) -> Result<bool> {
        if local::is_declared(self.name()) {
            return self.take_locally(frame, wait);
        }
        self.take_sent(frame, wait)
    }

    /// Takes the next message that went through the kernel: one that was given back first.
    #[inline(always)]
    pub(crate) fn take_sent(&self, frame: &mut Vec<u8>, wait: Wait<'_>) -> Result<bool> {
        frame.clear();
        check_cancel(wait)?;
        let inner = &*self.inner;
        if let Some(text) = inner.returned.next(&inner.registry, &inner.name)? {
            put_text(frame, &text);
            return Ok(true);
        }
        self.take_from_kernel(frame, wait)
    }

    /// Takes the next message that the kernel has.
    #[inline(always)]
    pub(crate) fn take_from_kernel(&self, frame: &mut Vec<u8>, wait: Wait<'_>) -> Result<bool> {
        match self.receive_frame(frame, wait) {
            Ok(()) => {
                crate::crash::point("message-taken");
                Ok(true)
            }
            Err(stop) => self.taken_nothing(stop),
        }
    }

    #[cold]
    fn take_locally(&self, frame: &mut Vec<u8>, wait: Wait<'_>) -> Result<bool> {
        frame.clear();
        check_cancel(wait)?;
        match self.local().receive(wait) {
            Ok(text) => {
                put_text(frame, &text);
                Ok(true)
            }
            Err(stop) => self.taken_nothing(stop),
        }
    }

    #[cold]
    fn taken_nothing(&self, stop: Stop) -> Result<bool> {
        match stop {
            Stop::NotNow | Stop::TimedOut => Ok(false),
            stop => Err(error(stop, RECEIVE, self.name().as_str())),
        }
    }

    /// Finds header and payload of a message that was taken as it was sent, and gets the payload from its file if it is in
    /// one.
    #[inline]
    pub(crate) fn understand(&self, message: &mut Message) -> Result<()> {
        message.accept_dumper(self.inner.registry.shared().accepts_dumper);
        message.parse_frame().map_err(|error| error.on(self.name().as_str()))?;
        self.fetch_spilled(message)?;
        #[cfg(feature = "seal")]
        self.open_sealed(message)?;
        Ok(())
    }

    pub(crate) fn local(&self) -> Arc<LocalQueue> {
        local::find(self.name(), self.inner.registry.shared().limits.capacity)
    }

    /// `cause` as the reason why `operation` on this queue failed.
    #[cold]
    pub(crate) fn about(&self, operation: &'static str, cause: Error) -> Error {
        Error::new(cause.kind(), operation).on(self.name().as_str()).caused_by(cause)
    }
}

/// A cancel that was called already ends the call before it does anything.
#[inline]
pub(crate) fn check_cancel(wait: Wait<'_>) -> Result<()> {
    wait.cancel.map_or(Ok(()), |cancel| cancel.check())
}

/// Lays `text` out as the kernel would have.
fn put_text(frame: &mut Vec<u8>, text: &[u8]) {
    frame.clear();
    frame.extend_from_slice(&[0; TYPE_BYTES]);
    frame.extend_from_slice(text);
}
